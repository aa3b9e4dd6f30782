"""Tables in files: CSV in any usual encoding and separator, or a sheet of a workbook, as numbered rows of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.evaluation.decoding import decode
from sim.evaluation.headings import Understand
from sim.evaluation.layout import LOOK_AT, Layout, find_layout
from sim.evaluation.limits import MOST_COLUMNS, MOST_ROWS, OLE, ZIP, read_limited, too_many_columns, too_many_rows
from sim.evaluation.words import tr
from sim.names import shown

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
Rows = Iterator[tuple[int, list[Any]]]


@dataclass(frozen=True, eq=False)
class Table:
    """A table that was opened and whose headings were found.

    rows(): number and cells of every row of the file, from the first, as often as asked
    kind: "csv" or "workbook"; encoding, separator, sheet, other_sheets: how it was read, "" where it does not apply
    merged: merged cells, first and last (row, column) counted from 0
    """

    path: Path
    kind: str
    rows: Callable[[], Rows]
    layout: Layout
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = field(default=())

    def place(self, row: int) -> str:
        """Return how a message names a row of the file."""
        return (tr("line {n}") if self.kind == "csv" else tr("row {n}")).format(n=row)


def open_table(path: Path, understand: Understand, what: str, sheet: str | None = None, least: int = 2) -> Table:
    """Open a file and find its headings.

    what: what the file is, for messages; sheet: the sheet of a workbook to take, None for the one that has headings
    least: different headings that have to be understood
    Raises: InputError: no such file, too large, no encoding fits, no headings found, several sheets with headings
    """
    data = read_limited(path)
    if data.startswith((ZIP, OLE)):
        return _open_workbook(path, data, understand, what, sheet, least)
    if data.startswith(b"%PDF"):
        raise InputError(tr("{path}: this is a PDF file. Save the table as .xlsx or as CSV UTF-8.").format(path=path))
    if sheet is not None:
        raise InputError(tr("{path}: this is text without sheets; leave --sheet out.").format(path=path))
    decoded = decode(path, data)
    del data
    if not decoded.text.strip("\ufeff \r\n\t,;|"):
        raise InputError(
            tr("{path}: the file is empty. It needs headings and rows of {what}.").format(path=path, what=what)
        )
    found = _best_separator(path, decoded.text, understand, least)
    if found is None:
        raise _no_headings(path, _first_words(decoded.text), what)
    separator, layout = found
    return Table(
        path,
        "csv",
        lambda: csv_rows(path, decoded.text, separator),
        layout,
        encoding=decoded.encoding,
        separator=SEPARATORS[separator],
    )


def csv_rows(path: Path, text: str, separator: str) -> Rows:
    """Yield the first line and the cells of each record of a CSV text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line, count = 1, 0
    try:
        for cells in reader:
            count += 1
            if count > MOST_ROWS:
                raise too_many_rows(path)
            if len(cells) > MOST_COLUMNS:
                raise too_many_columns(path, len(cells))
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            tr("{path}: line {line}: not valid CSV ({error}). Check the quotation marks.").format(
                path=path, line=line, error=error
            )
        ) from None


def _best_separator(path: Path, text: str, understand: Understand, least: int) -> tuple[str, Layout] | None:
    """Return the separator under which most headings are understood, with the layout; None when none are."""
    best: tuple[str, Layout] | None = None
    start = text[: 1 << 20]
    for separator in SEPARATORS:
        if separator not in start and separator != ",":
            continue
        try:
            rows = list(islice(csv_rows(path, start, separator), LOOK_AT))
        except InputError as error:
            if separator == "," and "CSV" not in str(error):
                raise
            rows = _until_wrong(path, start, separator)
        layout = find_layout(rows, understand, least)
        if layout is not None and (best is None or layout.score > best[1].score):
            best = separator, layout
    return best


def _until_wrong(path: Path, text: str, separator: str) -> list[tuple[int, list[Any]]]:
    rows = []
    try:
        for row in islice(csv_rows(path, text, separator), LOOK_AT):
            rows.append(row)
    except InputError:
        pass
    return rows


def _first_words(text: str) -> list[str]:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return [line.strip()]


def _no_headings(path: Path, seen: list[str], what: str, sheet: str = "") -> InputError:
    where = tr("sheet {sheet}: ").format(sheet=shown(sheet)) if sheet else ""
    more = ""
    if any("，" in word for word in seen):
        more = tr(" The cells seem to be separated by full-width commas; use commas.")
    return InputError(
        tr(
            "{path}: {where}no headings of {what} found in the first {n} rows, which begin with {seen}.{more} "
            "`junheng inspect --template empty.xlsx` writes a table with the headings."
        ).format(
            path=path, where=where, what=what, n=LOOK_AT, seen="; ".join(f"'{shown(s)}'" for s in seen[:5]), more=more
        )
    )


def _open_workbook(path: Path, data: bytes, understand: Understand, what: str, sheet: str | None, least: int) -> Table:
    from sim.evaluation.workbook import open_workbook

    book = open_workbook(path, data)
    names = book.names
    if sheet is not None:
        names = _named(path, sheet, book.names)
    found: list[tuple[str, Layout]] = []
    seen: list[str] = []
    for name in names:
        first = list(islice(book.rows(name), LOOK_AT))
        layout = find_layout(first, understand, least)
        if layout is not None:
            found.append((name, layout))
        seen += [str(cell) for _, cells in first for cell in cells if cell not in ("", None)][:2]
    if not found:
        if not seen:
            raise InputError(
                tr("{path}: the workbook is empty. It needs headings and rows of {what}.").format(path=path, what=what)
            )
        raise _no_headings(path, seen, what, sheet or "")
    name, layout = _chosen(path, found)
    return Table(
        path,
        "workbook",
        lambda: book.rows(name),
        layout,
        sheet=name,
        other_sheets=tuple(n for n in book.names if n != name),
        merged=tuple(book.merged(name)),
    )


def _named(path: Path, sheet: str, names: list[str]) -> list[str]:
    from sim.names import name_key

    same = [name for name in names if name == sheet] or [name for name in names if name_key(name) == name_key(sheet)]
    if len(same) != 1:
        raise InputError(
            tr("{path}: there is no sheet '{sheet}'. Its sheets are: {names}.").format(
                path=path, sheet=shown(sheet), names=", ".join(shown(n) for n in names[:20])
            )
        )
    return same


def _chosen(path: Path, found: list[tuple[str, Layout]]) -> tuple[str, Layout]:
    """Return the one sheet that has clearly more headings than the others."""
    found = sorted(found, key=lambda f: -f[1].score)
    rivals = [f for f in found if f[1].score > 0.6 * found[0][1].score]
    if len(rivals) > 1:
        raise InputError(
            tr("{path}: {n} sheets have headings of a register: {names}. Say which by --sheet.").format(
                path=path, n=len(rivals), names=", ".join(shown(name) for name, _ in rivals[:10])
            )
        )
    return found[0]
