"""The rows of a table sorted into schools and what is none (blanks, sums, notes, comments), kept as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from sim.columns import Array
from sim.evaluation import vocabulary as v
from sim.evaluation.headings import Heading
from sim.evaluation.numbers import BLANK, OK, is_error, read_numbers
from sim.evaluation.sources import Table
from sim.names import clean

PORTION = 10_000  # rows that are worked on at a time
ECHOES = 5
MOST_OF_A_NOTE = 6  # filled cells of a row that is a note
SURE_DIGITS = 1e15  # a spreadsheet keeps 15 digits of a number
SUM, NOTE, COMMENT, HEADINGS = "sum", "note", "comment", "headings"


@dataclass(eq=False)
class Collected:
    """The rows that are taken for records, as columns, and the rows that are left out.

    rows: numbers in the file; texts: cells by concept; values, codes: by column of the file (see `numbers`)
    echoes: the first bad cells by (column, code); left_out: (row, why, first words); blank: numbers of blank rows
    ragged: (row, cells) of rows with fewer or more cells than headings
    """

    rows: Array
    texts: dict[str, list[str]]
    values: dict[int, Array]
    codes: dict[int, Array]
    echoes: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    ragged: list[tuple[int, int]] = field(default_factory=list)

    def keep(self, mask: Array) -> None:
        """Drop the rows where `mask` is False."""
        if mask.all():
            return
        kept = np.flatnonzero(mask).tolist()
        self.rows = self.rows[mask]
        self.texts = {name: [cells[i] for i in kept] for name, cells in self.texts.items()}
        self.values = {c: a[mask] for c, a in self.values.items()}
        self.codes = {c: a[mask] for c, a in self.codes.items()}


@dataclass(frozen=True)
class NumberColumn:
    """How a column of numbers is read: see `numbers.read_numbers`."""

    column: int
    dimension: str
    scale: int | float
    whole: bool


def collect(table: Table, texts: dict[str, Heading], numbers: Sequence[NumberColumn]) -> Collected:
    """Read all rows below the headings.

    texts: heading by concept (name, county, ...); numbers: the columns to read as numbers
    """
    parts = _Parts(table, texts, numbers)
    rows = islice(table.rows(), table.layout.after, None)
    while portion := list(islice(rows, PORTION)):
        parts.take(portion)
    return parts.done()


class _Parts:
    """Portions of rows as they are read."""

    def __init__(self, table: Table, texts: dict[str, Heading], numbers: Sequence[NumberColumn]) -> None:
        self.table, self.text_columns, self.number_columns = table, texts, numbers
        self.width = len(table.layout.headings)
        self.found = Collected(np.zeros(0, int), {name: [] for name in texts}, {}, {})
        self.rows: list[Array] = []
        self.values: dict[int, list[Array]] = {n.column: [] for n in numbers}
        self.codes: dict[int, list[Array]] = {n.column: [] for n in numbers}
        self.own_heads = {n: clean(h.text.split(" / ")[-1]) for n, h in texts.items() if n in ("name", "county")}
        self.same: dict[str, str] = {}  # one object for each county and type

    def take(self, portion: list[tuple[int, list[Any]]]) -> None:
        """Sort one portion of rows."""
        numbers: list[int] = []
        rows: list[list[Any]] = []
        ragged: dict[int, int] = {}
        csv = self.table.kind == "csv"
        for number, cells in portion:
            if _is_blank(cells):
                self.found.blank.append(number)
                continue
            numbers.append(number)
            if len(cells) != self.width:
                if csv and (len(cells) < self.width or any(clean(c) for c in cells[self.width :])):
                    ragged[len(rows)] = len(cells)
                rows.append((cells + [""] * self.width)[: self.width])
            else:
                rows.append(cells)
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        texts = {name: [_as_text(c) for c in columns[h.column]] for name, h in self.text_columns.items()}
        read = {n.column: self._numbers(n, columns[n.column]) for n in self.number_columns}
        keep = np.ones(len(rows), bool)
        for at, why in self._no_records(rows, texts, read):
            keep[at] = False
            self.found.left_out.append((numbers[at], why, _first(rows[at])))
        self.found.ragged += [(numbers[at], came) for at, came in ragged.items() if keep[at]]
        self._append(np.array(numbers), texts, read, keep, columns)

    def _numbers(self, n: NumberColumn, cells: Sequence[Any]) -> tuple[Array, Array]:
        if self.table.kind == "csv":
            cells = [c.strip() for c in cells]
        return read_numbers(cells, n.dimension, n.scale, n.whole)

    def _append(
        self,
        numbers: Array,
        texts: dict[str, list[str]],
        read: dict[int, tuple[Array, Array]],
        keep: Array,
        columns: Any,
    ) -> None:
        kept = np.flatnonzero(keep)
        some = None if len(kept) == len(keep) else kept.tolist()
        self.rows.append(numbers[kept])
        for name, cells in texts.items():
            cells = cells if some is None else [cells[i] for i in some]
            if name in ("county", "type"):
                cells = [self.same.setdefault(c, c) for c in cells]
            self.found.texts[name] += cells
        for column, (values, codes) in read.items():
            self.values[column].append(values[kept])
            self.codes[column].append(codes[kept])
            for at in np.flatnonzero(keep & (codes > BLANK))[: 20 * ECHOES].tolist():
                echoes = self.found.echoes.setdefault((column, int(codes[at])), [])
                if len(echoes) < ECHOES:
                    echoes.append(str(columns[column][at]))

    def _no_records(
        self, rows: list[Any], texts: dict[str, list[str]], read: dict[int, tuple[Array, Array]]
    ) -> Iterator[tuple[int, str]]:
        """Yield the rows that are no records, with the reason: sums by their name, and rows without a number."""
        codes = [c for _, c in read.values()]
        silent = np.all([c != OK for c in codes], axis=0) if codes else np.zeros(len(rows), bool)
        named: set[int] = set()
        hinted = [cells for name, cells in texts.items() if name != "type"] + [[_as_text(row[0]) for row in rows]]
        for cells in hinted:
            if v.SUM_HINT.search("\n".join(cells)):
                named.update(i for i, c in enumerate(cells) if c and v.SUM_HINT.search(c))
        for at in sorted(named.union(np.flatnonzero(silent).tolist())):
            here = {name: cells[at] for name, cells in texts.items()}
            why = SUM if at in named and _is_sum(rows[at], here) else ""
            why = why or (self._why_none(rows[at], here) if silent[at] else "")
            if why:
                yield at, why

    def _why_none(self, row: Sequence[Any], texts: dict[str, str]) -> str:
        """Return why a row without a number is no record, "" if it is one."""
        first = _first(row)
        if is_error(first):
            return ""
        if all(texts[n] == own for n, own in self.own_heads.items()):
            return HEADINGS
        if v.kind_of(texts.get("type", "")) >= 0:
            return ""
        if first[:1] in ("#", "＃"):
            return COMMENT
        if not v.NOTES.match(v.plain(first)):
            return ""
        return NOTE if sum(1 for cell in row if _as_text(cell)) <= MOST_OF_A_NOTE else ""

    def done(self) -> Collected:
        """Join the portions."""
        self.found.rows = np.concatenate(self.rows) if self.rows else np.zeros(0, int)
        empty = np.zeros(0)
        self.found.values = {c: np.concatenate(p) if p else empty for c, p in self.values.items()}
        self.found.codes = {c: np.concatenate(p) if p else empty.astype(np.int8) for c, p in self.codes.items()}
        return self.found


def _is_blank(cells: Sequence[Any]) -> bool:
    return not any(cell != "" and cell is not None and (type(cell) is not str or clean(cell)) for cell in cells)


def _is_sum(row: Sequence[Any], texts: dict[str, str]) -> bool:
    """Return whether a row is called a sum or mean in its first cell, code, name or county."""
    first = _first(row)
    if is_error(first):
        return False
    called = [first, *(text for name, text in texts.items() if name != "type")]
    return any(v.SUM_HINT.search(text) and v.SUMS.fullmatch(v.plain(text)) for text in called)


def _first(row: Sequence[Any]) -> str:
    return next((t for t in map(_as_text, row) if t), "")


def _as_text(cell: Any) -> str:
    """Return a cell as text; a number too long for a spreadsheet comes in the form that shows its loss."""
    if type(cell) is str:
        return clean(cell)
    if cell is None:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= SURE_DIGITS:
            return f"{cell:.5E}"
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    return str(cell)
