"""Sheets of Excel workbooks, row by row, after a look at what they unpack to."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.columns import Array
from sim.errors import InputError
from sim.evaluation.limits import MOST_BYTES, MOST_COLUMNS, MOST_ROWS, ZIP, too_many_columns, too_many_rows
from sim.evaluation.words import tr

PORTION = 1 << 20
OVERLAP = 4096  # bytes of a portion that are looked at again with the next: no cell's head is longer
CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{2,})[0-9]+"[^>/]*>')  # one beyond Z that holds something
ROW = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="[A-Z]+([0-9]{6,})"[^>/]*>')  # one so far down that it matters
UNPLACED = re.compile(rb"<(?:\w+:)?c(?:>|\s(?![^>]*\br=)[^>]*>)")
MOST_CELLS = 30_000_000  # of the rectangle that holds all cells: the reader makes room for each
WRONG = re.compile(
    rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]{1,20})<'
)
NAMED = re.compile(rb't="s"[^>]*><v>([0-9]{1,9})<')  # the cell's text is a shared one
PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
SHARED = "xl/sharedStrings.xml"
LONG_TEXT = 1000  # bytes: shared texts below cannot fill the memory
SHEETS = re.compile(r"xl/(?!sharedStrings|styles|theme/|drawings/|comments|_rels/).*\.xml")


@dataclass
class Wrong:
    """The cells of one sheet that hold an error of the spreadsheet, in the order of the rows."""

    rows: array[int] = field(default_factory=lambda: array("l"))
    columns: array[int] = field(default_factory=lambda: array("l"))
    signs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Workbook:
    """An open workbook: visible sheets by name, and by name the cells that hold errors (formulas that failed)."""

    path: Path
    book: Any
    names: list[str]
    wrong: dict[str, Wrong]
    _open: dict[str, Any] = field(default_factory=dict)

    def rows(self, name: str) -> Iterator[tuple[int, list[Any]]]:
        """Yield the number in the sheet and the cells of each row; cells start in column A."""
        sheet = self._sheet(name)
        start, end = sheet.start, sheet.end
        if start is None:
            return
        if end[1] >= MOST_COLUMNS:
            raise too_many_columns(self.path, end[1] + 1)
        left = [""] * start[1]
        wrong = self.wrong.get(name, Wrong())
        at = 0
        for number, cells in enumerate(sheet.iter_rows(), 1):
            row = left + cells if left else cells
            while at < len(wrong.rows) and wrong.rows[at] <= number:
                if wrong.rows[at] == number and wrong.columns[at] < len(row):
                    row[wrong.columns[at]] = wrong.signs[at]
                at += 1
            yield number, row

    def merged(self, name: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return the merged cells of a sheet: first and last (row, column), counted from 0."""
        return self._sheet(name).merged_cell_ranges or []

    def _sheet(self, name: str) -> Any:
        """Return a sheet; the last one is kept, since reading one means unpacking it."""
        if name not in self._open:
            self._open.clear()
            self._open[name] = self.book.get_sheet_by_name(name)
        return self._open[name]


def open_workbook(path: Path, data: bytes) -> Workbook:
    """Open a workbook (.xlsx, .xlsm, .xls) that lies in memory.

    Raises: InputError when it is no workbook, is locked by a password, or unpacks to more than the limits
    """
    import python_calamine as calamine

    wrong = _look_inside(path, data) if data.startswith(ZIP) else {}
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError:
        raise InputError(
            tr("{path}: the workbook is locked by a password. Save a copy without one.").format(path=path)
        ) from None
    except Exception as error:  # the reader's own errors, of many types
        raise _damaged(path, str(error)) from None
    visible = calamine.SheetVisibleEnum.Visible
    names = [s.name for s in book.sheets_metadata if s.visible == visible and s.typ == calamine.SheetTypeEnum.WorkSheet]
    return Workbook(path, book, names, wrong)


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(
        tr(
            "{path}: this is no Excel workbook that can be read ({reason}). Save it again as .xlsx or as CSV UTF-8."
        ).format(path=path, reason=reason[:100])
    )


def _look_inside(path: Path, data: bytes) -> dict[str, Wrong]:
    """Unpack every part once, count what comes out, whatever the file says of its size, and note cells with errors."""
    found: dict[str, Wrong] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if not any(p.filename == "[Content_Types].xml" for p in parts):
                raise InputError(
                    tr(
                        "{path}: this is a zip file, not an Excel workbook (.xlsx). Take the register out of it."
                    ).format(path=path)
                )
            if not any(p.filename.startswith("xl/") for p in parts):
                raise _damaged(path, "no xl/ folder in it")
            if any(p.filename.endswith(".bin") and p.filename.startswith("xl/worksheets/") for p in parts):
                raise _damaged(path, ".xlsb")
            _check_size(path, data, parts)
            sizes = _shared_sizes(path, data, parts)
            small: dict[str, bytes] = {}
            for part in parts:
                look = _Sheet(path, sizes) if SHEETS.fullmatch(part.filename) else None
                keep = part.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
                for portion in _unpacked(path, data, part):
                    if keep:
                        small[part.filename] = small.get(part.filename, b"") + portion
                    if look is not None:
                        look.see(portion)
                if look is not None:
                    look.see(b"", last=True)
                    found[part.filename] = look.wrong
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError) as error:
        raise _damaged(path, str(error)) from None
    return _by_name(small, found)


def _check_size(path: Path, data: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Raise InputError when all parts together unpack to more than the limit, whatever the file says."""
    room = MOST_BYTES - sum(part.file_size for part in parts)
    if room >= 0:
        room = MOST_BYTES
        for part in parts:
            for portion in _unpacked(path, data, part):
                room -= len(portion)
                if room < 0:
                    raise _too_much(path)
    if room < 0:
        raise _too_much(path)


def _too_much(path: Path) -> InputError:
    return InputError(
        tr("{path}: unpacks to more than {limit:,} bytes, the most that is read. Split it by county.").format(
            path=path, limit=MOST_BYTES
        )
    )


def _shared_sizes(path: Path, data: bytes, parts: list[zipfile.ZipInfo]) -> Array | None:
    """Return the bytes of each shared text, None when none is long: a cell that names one gets a copy of it."""
    part = next((p for p in parts if p.filename == SHARED), None)
    if part is None:
        return None
    sizes = np.array([len(text) for text in b"".join(_unpacked(path, data, part)).split(b"<si")[1:]])
    return sizes if len(sizes) and int(sizes.max()) > LONG_TEXT else None


def _unpacked(path: Path, data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part of the archive in portions, as many as really come out of its packed bytes."""
    head = data[part.header_offset : part.header_offset + 30]
    if len(head) < 30 or head[:4] != ZIP:
        raise zipfile.BadZipFile("bad header of a part")
    name, extra = struct.unpack("<HH", head[26:30])
    begin = part.header_offset + 30 + name + extra
    packed = data[begin : begin + part.compress_size]
    if part.flag_bits & 1:
        raise _damaged(path, "locked by a password")
    if part.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError("unknown way of packing")
    engine = zlib.decompressobj(-15)
    while packed and not engine.eof:
        portion = engine.decompress(packed, PORTION)
        packed = engine.unconsumed_tail
        if not portion:
            break
        yield portion


class _Sheet:
    """Looks at one sheet as it is unpacked: no cell beyond the limits, and where errors stand."""

    def __init__(self, path: Path, sizes: Array | None) -> None:
        self.path, self.sizes = path, sizes
        self.room = MOST_BYTES  # for copies of shared texts
        self.wrong = Wrong()
        self.rows = self.columns = 0
        self._rest = b""

    def see(self, portion: bytes, last: bool = False) -> None:
        """Look at the next portion; the end of it waits for what follows."""
        text = self._rest + portion
        cut = len(text) if last else max(text.rfind(b"<c ", 0, len(text)), text.rfind(b"<row ", 0, len(text)), 0)
        if not last and len(text) - cut > PORTION:
            cut = len(text) - OVERLAP
        text, self._rest = text[:cut], text[cut:]
        self._measure(text)
        if self.sizes is not None:
            named = np.array(NAMED.findall(text), int)
            self.room -= int(self.sizes[named[named < len(self.sizes)]].sum())
            if self.room < 0:
                raise _too_much(self.path)
        if b't="e"' in text:
            for cell in WRONG.finditer(text):
                place = PLACE.search(cell[1])
                if place:
                    self.wrong.rows.append(int(place[2]))
                    self.wrong.columns.append(_column(place[1]))
                    self.wrong.signs.append(cell[2].decode("utf-8", "replace"))

    def _measure(self, text: bytes) -> None:
        """Raise InputError when the cells seen so far reach beyond the limits."""
        columns = {26, *(_column(letters) + 1 for letters in set(CELL.findall(text)))}
        usual = text.count(b"<c ") == text.count(b'<c r="') and b"<c>" not in text and b":c" not in text
        if not usual and UNPLACED.search(text):  # such cells follow each other: a row is as wide as it has cells
            columns.add(max(len(UNPLACED.findall(row)) for row in re.split(rb"<(?:\w+:)?row", text)))
        self.columns = max(columns | {self.columns})
        self.rows = max([self.rows, *map(int, ROW.findall(text))])
        if self.columns > MOST_COLUMNS:
            raise too_many_columns(self.path, self.columns)
        if self.rows > MOST_ROWS:
            raise too_many_rows(self.path)
        if self.columns * self.rows > MOST_CELLS:
            raise InputError(
                tr(
                    "{path}: {rows:,} rows of {columns} columns, allowed: {limit:,} cells. Keep the columns of the register."
                ).format(path=self.path, rows=self.rows, columns=self.columns, limit=MOST_CELLS)
            )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _by_name(small: dict[str, bytes], found: dict[str, Wrong]) -> dict[str, Wrong]:
    """Return the errors by the sheet's name: the workbook says which part a sheet is."""
    if not any(wrong.rows for wrong in found.values()):
        return {}
    from xml.etree import ElementTree

    if any(b"<!DOCTYPE" in text or len(text) > PORTION for text in small.values()):
        return {}
    try:
        sheets = ElementTree.fromstring(small["xl/workbook.xml"])
        links = ElementTree.fromstring(small["xl/_rels/workbook.xml.rels"])
    except (KeyError, ElementTree.ParseError):
        return {}
    part = {link.get("Id"): (link.get("Target") or "").rpartition("/")[2] for link in links}
    names = {}
    for sheet in sheets.iter():
        if sheet.tag.endswith("}sheet"):
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), None)
            names[sheet.get("name") or ""] = f"xl/worksheets/{part.get(key, '')}"
    return {name: found[file] for name, file in names.items() if file in found}
