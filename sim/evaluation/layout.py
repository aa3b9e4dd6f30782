"""Where the headings of a table stand and what each column is: title lines above, one to three rows of headings, units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.evaluation import vocabulary as v
from sim.evaluation.headings import Heading, Understand
from sim.names import clean

LOOK_AT = 40  # rows in which headings are looked for
DEEPEST = 3  # rows of headings
NUMBER = re.compile(r"[+\-]?[\d,]*\.?\d+%?", re.ASCII)
ORDER = "甲乙丙丁戊己庚辛"


@dataclass(frozen=True)
class Layout:
    """Which rows are headings and what they say. Row numbers are those of the file.

    titles: rows above the headings, with their text; heading_rows; skipped: rows below them that number the columns
    headings: one a column; after: number of rows, counted from the first, that stand before the schools
    """

    titles: list[tuple[int, str]]
    heading_rows: list[int]
    skipped: list[int]
    headings: list[Heading]
    after: int
    score: int

    @property
    def used(self) -> list[Heading]:
        """The headings that were understood."""
        return [h for h in self.headings if h.concept]

    @property
    def unused(self) -> list[Heading]:
        """The headings that were not, with their reasons; blank ones left out."""
        return [h for h in self.headings if not h.concept and h.text]


def find_layout(rows: Sequence[tuple[int, Sequence[Any]]], understand: Understand, least: int = 2) -> Layout | None:
    """Return the layout of a table's first rows, None when no row holds headings that are understood.

    rows: number and cells of the first rows; least: different headings that have to be understood
    The rows chosen give most different headings, then are fewest, then first.
    """
    texts = [[_text(cell) for cell in cells] for _, cells in rows[:LOOK_AT]]
    best: tuple[tuple[int, int, int], int, int, list[Heading]] | None = None
    for first in range(len(texts)):
        if sum(1 for t in texts[first] if t) < 1:
            continue
        for depth in range(1, DEEPEST + 1):
            block = texts[first : first + depth]
            if len(block) < depth or (depth > 1 and not _may_be_heading(block[-1])):
                break
            headings = read_headings(block, understand)
            score = len({h.key for h in headings if h.concept and h.concept != "serial"})
            rank = (score, -depth, -first)
            if best is None or rank > best[0]:
                best = rank, first, depth, headings
    if best is None or best[0][0] < least:
        return None
    (score, *_), first, depth, headings = best
    after, skipped = first + depth, []
    if after < len(texts) and _is_units(texts[after]):
        depth, after = depth + 1, after + 1
        headings = read_headings(texts[first : first + depth], understand)
    while after < len(texts) and _is_numbering(texts[after]):
        skipped.append(rows[after][0])
        after += 1
    titles = [(rows[i][0], " ".join(t for t in texts[i] if t)) for i in range(first) if any(texts[i])]
    return Layout(
        titles, [rows[i][0] for i in range(first, first + depth)], skipped, _with_title(headings, titles), after, score
    )


def read_headings(block: Sequence[Sequence[str]], understand: Understand) -> list[Heading]:
    """Return what each column of one to four rows of headings means; a group above reaches right to the next one."""
    columns = max(len(row) for row in block)
    filled = [list(row) + [""] * (columns - len(row)) for row in block]
    for level in range(len(filled) - 2, -1, -1):
        below = [any(filled[deeper][c] for deeper in range(level + 1, len(filled))) for c in range(columns)]
        for c in range(1, columns):
            if (
                not filled[level][c]
                and below[c]
                and below[c - 1]
                and filled[level][c - 1]
                and _same_group(filled, level, c)
            ):
                filled[level][c] = filled[level][c - 1]
    while columns and not any(row[columns - 1] for row in filled):
        columns -= 1
    return [understand(c, [row[c] for row in filled if row[c]]) for c in range(columns)]


def _same_group(filled: list[list[str]], level: int, c: int) -> bool:
    """Return whether the groups above a column are those of the column to its left, as far as they are written."""
    return all(not filled[upper][c] or filled[upper][c] == filled[upper][c - 1] for upper in range(level))


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _may_be_heading(row: Sequence[str]) -> bool:
    """Return whether a row can be a lower row of headings: it holds words and no numbers."""
    words = [t for t in row if t]
    return bool(words) and not any(NUMBER.fullmatch(t) for t in words) and not words[0].startswith("#")


def _is_units(row: Sequence[str]) -> bool:
    words = [v.plain(t) for t in row if t]
    return len(words) >= 2 and all(v.UNIT_ONLY.fullmatch(w.strip("()")) or w in ("-", "—") for w in words)


def _is_numbering(row: Sequence[str]) -> bool:
    """Return whether a row only numbers the columns: 甲 乙 1 2 3 ..."""
    words = [v.plain(t).strip("()") for t in row if t]
    while words and (words[0] in ORDER or words[0] in ("栏次", "序号")):
        words.pop(0)
    numbers = [int(w) for w in words if w.isascii() and w.isdigit()]
    steps = [b - a for a, b in zip(numbers, numbers[1:], strict=False)]
    return len(numbers) == len(words) and len(numbers) >= 4 and set(steps) == {1} and numbers[0] <= 5


def _with_title(headings: list[Heading], titles: list[tuple[int, str]]) -> list[Heading]:
    """Give money without a unit the one that a title line names, such as 单位：万元."""
    text = v.plain(" ".join(t for _, t in titles))
    named = re.search("单位[:：]?(.*)", text)
    units = set(re.findall("亿元|百万元|万元|千元|(?<![万千亿百])元", named[1])) if named else set()
    if len(units) != 1:
        return headings
    unit = units.pop()
    scale = v.UNITS[v.MONEY][unit]
    return [
        replace(h, unit=unit, scale=scale) if h.concept == "equipment_value_yuan" and h.scale is None else h
        for h in headings
    ]
