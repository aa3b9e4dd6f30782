"""Read a table that people keep in a spreadsheet: any of the usual encodings, and errors that name row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.columns import Array
from sim.errors import InputError, nearest

SHOWN = 10  # bad cells named in one message
LARGEST = 1e12  # no amount of one school or county comes near; beyond it sums of squares lose their meaning
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook (.xlsx) or another zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF file",
    b"\xff\xfe": "UTF-16 text (Excel's 'Unicode text')",
    b"\xfe\xff": "UTF-16 text",
}
SAVE_AS = "Save it as CSV UTF-8 (comma delimited)."


class Problems:
    """Collects what is wrong in a file, so that one message tells all of it (the first ten, and how many more)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, what: str) -> None:
        """Note a problem in a line of the file (1 = the header)."""
        self._found.append((line, what))

    def raise_any(self) -> None:
        """Raise InputError when anything was noted, in the order of the lines."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda f: f[0])
        lines = [f"line {line}: {what}" for line, what in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"and {len(found) - SHOWN} more like these")
        if len(lines) == 1:
            raise InputError(f"{self.path}: {lines[0]}")
        head = f"{self.path}: {len(found)} problems:\n  "
        raise InputError(head + "\n  ".join(lines))


@dataclass(frozen=True)
class Sheet:
    """Cells of a file as text, by column, with the line of the file that each row came from."""

    path: Path
    lines: Sequence[int]
    columns: Mapping[str, Sequence[str]]  # only columns that the file has; cells are stripped of blanks

    def __len__(self) -> int:
        return len(self.lines)

    def cells(self, name: str) -> Sequence[str]:
        """Return a column, empty cells when the file lacks it."""
        return self.columns.get(name) or [""] * len(self)

    def numbers(self, name: str, problems: Problems, whole: bool = False) -> Array:
        """Return a column as floats >= 0, NaN where blank; what is not a number is noted in `problems`."""
        try:
            values = np.array([float(cell) if cell else np.nan for cell in self.cells(name)])
        except ValueError:
            values = np.array([_number(cell) for cell in self.cells(name)])
        blank = np.array([not cell for cell in self.cells(name)], bool)
        kind = "a whole number" if whole else "a number"
        bad = ~blank & ~((values >= 0) & (values <= LARGEST))
        if whole:
            bad |= ~blank & ~bad & (values != np.round(values))
        # Python reads 1_000 as a thousand; people do not write it, typing errors do
        odd = [i for i, cell in enumerate(self.cells(name)) if "_" in cell]
        for i in sorted({*np.flatnonzero(bad).tolist(), *odd}):
            problems.add(
                self.lines[i],
                f"{name} = {self.cells(name)[i]!r}, allowed: {kind} from 0 to 1e12, no unit, no thousands separator",
            )
        return np.where(bad, np.nan, values)


def _number(cell: str) -> float:
    """Return a cell as a float; NaN if blank, and infinity, which no column allows, if it is not a number."""
    try:
        return float(cell) if cell else np.nan
    except ValueError:
        return np.inf


def read_sheet(path: Path, required: Sequence[str], optional: Sequence[str], what: str, hint: str = "") -> Sheet:
    """Read a CSV file with exactly the given columns, in any order.

    Rows whose first cell starts with "#" are comments; empty rows are skipped. UTF-8 with or without BOM, GBK and
    GB18030 are read. what: what the file is, for messages; hint: where to get one that is right.
    Raises: InputError: no such file, not text, empty, no rows, column missing, unknown or twice, row too long or short
    """
    text = _decode(path, _bytes(path), what)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num}: not valid CSV ({error}). Check the quotation marks."
        ) from None
    kept = [(line, row) for line, row in rows if "".join(row).strip() and not row[0].lstrip().startswith("#")]
    if not kept:
        raise InputError(f"{path}: the file is empty. It needs a header with the columns of {what}.{hint}")
    names = _header(path, kept[0], required, optional, what, hint)
    if len(kept) == 1:
        raise InputError(f"{path}: there is a header but no row below it. Fill in {what}: at least one row.")
    problems = Problems(path)
    for line, row in kept[1:]:
        extra = row[len(names) :]
        if len(row) < len(names) or any(cell.strip() for cell in extra):
            problems.add(line, f"{len(row)} cells, allowed: {len(names)}, as many as the header has. Check the commas.")
    problems.raise_any()
    by_column = zip(*(row[: len(names)] for _, row in kept[1:]), strict=True)
    columns = {name: [cell.strip() for cell in cells] for name, cells in zip(names, by_column, strict=True)}
    return Sheet(path, [line for line, _ in kept[1:]], columns)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file. Check the name and the folder.") from None
    except IsADirectoryError:
        raise InputError(f"{path}: this is a folder. Give the CSV file in it.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}).") from None


def _decode(path: Path, data: bytes, what: str) -> str:
    for signature, name in SIGNATURES.items():
        if data.startswith(signature):
            raise InputError(f"{path}: this is {name}, allowed: CSV text. {SAVE_AS}")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise InputError(f"{path}: line {line}: a zero byte, so this is not a text file, allowed: CSV text. {SAVE_AS}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}: line {line}: byte 0x{data[error.start]:02x} is neither UTF-8 nor GBK/GB18030, the encodings "
            f"allowed for {what}. {SAVE_AS}"
        ) from None


def _header(
    path: Path, header: tuple[int, list[str]], required: Sequence[str], optional: Sequence[str], what: str, hint: str
) -> list[str]:
    line, cells = header
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = [*required, *optional]
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")):
        if len(names) == 1 and mark in names[0]:
            raise InputError(f"{path}: line {line}: cells are separated by {name}, allowed: commas. {SAVE_AS}")
    problems = Problems(path)
    for name in names:
        if name not in known:
            problems.add(line, f"unknown column {name!r}.{nearest(name, known)}")
    for name in sorted({n for n in names if names.count(n) > 1}):
        problems.add(line, f"column {name!r} stands there more than once, allowed: once. Remove one.")
    missing = [n for n in required if n not in names]
    if missing:
        problems.add(line, f"missing column {', '.join(missing)}. {what[0].upper()}{what[1:]} needs every one.{hint}")
    problems.raise_any()
    return names
