"""One rule for every number that people type into a table: what is read, what is refused, and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

import numpy as np

from sim.columns import Array
from sim.evaluation.vocabulary import MONEY, MONEY_SIGNS, UNITS
from sim.evaluation.words import tr
from sim.names import INVISIBLE

LARGEST = 1e12  # no amount of one school or county comes near; beyond it sums of squares lose their meaning
# codes: what a cell is; everything above BLANK is a problem
OK, BLANK, FAILED_FORMULA, OTHER_DIGITS, NO_NUMBER, GROUPING, WRONG_UNIT, NEGATIVE, TOO_LARGE, NOT_WHOLE, A_DATE = (
    range(11)
)
ERRORS = re.compile(
    r"#(?:N/?A!?|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|"
    r"名称[?!]|值!|数值!|引用!|#+|\?+)",
    re.IGNORECASE,
)
BLANK_SIGNS = frozenset(
    [
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "―",
        "─",
        "/",
        "//",
        "\\",
        "…",
        "……",
        "...",
        "*",
        "空",
        "空白",
        "n/a",
        "不详",
        "未填",
        "未统计",
        "无数据",
        "缺",
    ]
)
NOTHING = frozenset(["无", "無", "没有", "沒有", "暂无", "零"])
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ", 0xA0: " ", 0x2009: " ", 0x202F: " ", 0x2007: " ", 0x2212: "-", 0x33A1: "m2", 0xFFE5: "¥",
}  # fmt: skip
DROPPED = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\xad")
)
ALL_UNITS = frozenset(unit for table in UNITS.values() for unit in table)
PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)(?:\.\d+)?", re.ASCII)
HEAD = re.compile(r"([+-]?[\d.,' ]*\d[\d.]*(?:[eE][+-]?\d{1,3}(?![\d.]))?)\s*(.*)", re.ASCII)
DIGIT = re.compile("[0-9]")
SURELY_NONE = re.compile(r"^[0-9.]*[A-DF-LN-Za-df-ln-z_?!*=][0-9]")  # a letter that begins no unit, then a digit
UNUSUAL = re.compile(r"[^0-9.\n]")
CHINESE_DIGITS = frozenset("〇一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟")


def widened(text: str) -> str:
    """Return a text with full-width letters as ordinary ones, and without marks that draw nothing."""
    return text if text.isascii() else text.translate(FULL_WIDTH).translate(DROPPED)


def is_error(cell: str) -> bool:
    """Return whether a cell is what a spreadsheet leaves where a formula failed, such as #N/A, #REF! or ＃名称？."""
    return bool(cell) and cell.lstrip()[:1] in "#＃" and ERRORS.fullmatch(widened(cell).strip()) is not None


def read_numbers(
    cells: Sequence[Any], dimension: str, scale: int | float = 0, whole: bool = False
) -> tuple[Array, Array]:
    """Return the values of a column and a code for each cell.

    cells: texts, or numbers as a workbook holds them; dimension: which units a cell may carry (see `UNITS`)
    scale: exponent of ten (int) or factor (float) for cells that name no unit; whole: only whole numbers are right
    Returns: (n,) floats, NaN where the code is not OK; (n,) int8 codes
    """
    values = _quick(cells, scale)
    if values is None:
        return _slow(cells, dimension, scale, whole)
    codes = np.where(np.isnan(values), BLANK, OK).astype(np.int8)
    _bounds(values, codes, whole)
    return values, codes


def _quick(cells: Sequence[Any], scale: int | float) -> Array | None:
    """Return the values when all cells are blank or written in plain digits, else None."""
    try:
        joined = "\n".join(cells)
    except TypeError:
        return _quick_native(cells, scale)
    if UNUSUAL.search(joined):
        return None
    try:
        if isinstance(scale, int) and scale:
            return np.array([float(f"{cell}e{scale}") if cell else np.nan for cell in cells])
        values = np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return None
    return values * scale if isinstance(scale, float) else values


def _quick_native(cells: Sequence[Any], scale: int | float) -> Array | None:
    """Return the values of a workbook's column when all its cells are numbers or blank, else None."""
    if not {type(cell) for cell in cells} <= {float, int, str} or any(type(c) is str and c for c in cells):
        return None
    if isinstance(scale, int) and scale:
        return np.array([np.nan if cell == "" else _scaled(repr(cell), scale) for cell in cells])
    values = np.array([np.nan if cell == "" else cell for cell in cells], float)
    return values * scale if isinstance(scale, float) else values


def _bounds(values: Array, codes: Array, whole: bool) -> None:
    """Mark and blank what is out of bounds."""
    with np.errstate(invalid="ignore"):
        codes[values < 0] = NEGATIVE
        codes[values > LARGEST] = TOO_LARGE
        if whole:
            codes[(codes == OK) & (values != np.round(values))] = NOT_WHOLE
    values[codes > BLANK] = np.nan


def _slow(cells: Sequence[Any], dimension: str, scale: int | float, whole: bool) -> tuple[Array, Array]:
    values, codes = np.full(len(cells), np.nan), np.empty(len(cells), np.int8)
    seen: dict[Any, tuple[float, int]] = {}
    for at, cell in enumerate(cells):
        kind = type(cell)
        if kind is str:
            found = seen.get(cell)
            if found is None:
                found = seen[cell] = _read(cell, dimension, scale)
        else:
            found = _native(cell, scale)
        values[at], codes[at] = found
    _bounds(values, codes, whole)
    return values, codes


def _native(cell: Any, scale: int | float) -> tuple[float, int]:
    """Return the value and code of a cell that a workbook holds as something else than text."""
    if isinstance(cell, bool):
        return np.nan, NO_NUMBER
    if isinstance(cell, int | float):
        return _scaled(repr(cell), scale), OK
    if cell is None:
        return np.nan, BLANK
    return np.nan, A_DATE if isinstance(cell, date | time | timedelta) else NO_NUMBER


def _scaled(number: str, scale: int | float) -> float:
    """Return a number times its unit; powers of ten by moving the point, which rounds once."""
    if isinstance(scale, float):
        return float(number) * scale
    if scale and "e" not in number.lower():
        return float(f"{number}e{scale}")
    return float(number) * 10.0**scale if scale else float(number)


def _read(cell: str, dimension: str, scale: int | float) -> tuple[float, int]:
    """Return the value and code of one cell of text."""
    ascii_only = cell.isascii()
    text = cell if ascii_only else widened(cell).replace("m²", "m2")
    text = text.strip()
    if PLAIN.fullmatch(text):
        return _scaled(text, scale), OK
    if not DIGIT.search(text):
        return _read_words(text)
    if ascii_only and SURELY_NONE.search(text):
        return np.nan, NO_NUMBER
    if text[0] == "#":
        return np.nan, FAILED_FORMULA
    if dimension == MONEY:
        text = text.lstrip(MONEY_SIGNS).strip()
    if not text.isascii() and any(_other_digit(ch) for ch in text):
        return np.nan, OTHER_DIGITS
    found = HEAD.fullmatch(text)
    if not found:
        return np.nan, NO_NUMBER
    number, unit = found[1].strip(), found[2].lower()
    if unit:
        unit = unit if unit.isascii() else unicodedata.normalize("NFKC", unit).strip()
        units = UNITS[dimension]
        if unit not in units:
            return np.nan, WRONG_UNIT if unit in ALL_UNITS else NO_NUMBER
        scale = units[unit]
    if GROUPED.fullmatch(number):
        number = re.sub("[, ']", "", number)
    if not PLAIN.fullmatch(number):
        return np.nan, GROUPING if re.fullmatch("[+-]?[0-9][0-9.,' ]*", number) else NO_NUMBER
    return _scaled(number, scale), OK


def _read_words(text: str) -> tuple[float, int]:
    """Return the value and code of a cell without a digit 0-9."""
    if not text or text.lower() in BLANK_SIGNS:
        return np.nan, BLANK
    if text[0] == "#":
        return np.nan, FAILED_FORMULA
    if not text.isascii():
        if all(ch in INVISIBLE or ch.isspace() for ch in text):
            return np.nan, BLANK
        if text in NOTHING:
            return 0.0, OK
        if any(_other_digit(ch) for ch in text):
            return np.nan, OTHER_DIGITS
    return np.nan, NO_NUMBER


def _other_digit(ch: str) -> bool:
    return not ch.isascii() and (ch.isdigit() or ch.isdecimal() or ch in CHINESE_DIGITS)


def what_is_wrong(code: int, dimension: str) -> tuple[str, str]:
    """Return what a code means, and what to do, in words."""
    units = ", ".join(list(UNITS[dimension])[:6])
    return {
        FAILED_FORMULA: (
            tr("an error of the spreadsheet (a lookup or formula that failed)"),
            tr("Mend the formula or type the value."),
        ),
        OTHER_DIGITS: (tr("digits of another script"), tr("Write the number with the digits 0-9.")),
        NO_NUMBER: (tr("no number"), tr("Write a number from 0, or nothing.")),
        GROUPING: (tr("commas, blanks or points that are no thousands separators"), tr("Write 1234.5 or 1,234.5.")),
        WRONG_UNIT: (
            tr("a unit that does not fit"),
            tr("Write the number alone, or with one of: {units}.").format(units=units)
            if units
            else tr("Write the number alone."),
        ),
        NEGATIVE: (tr("below 0"), tr("Write a number from 0.")),
        TOO_LARGE: (tr("more than any school has (above 1e12)"), tr("Write the right number.")),
        NOT_WHOLE: (tr("not a whole number"), tr("Write whole pupils and classes.")),
        A_DATE: (
            tr("a date: the spreadsheet turned the number into one"),
            tr("Set the cells to numbers and type them anew."),
        ),
    }[code]
