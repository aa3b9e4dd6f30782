"""Registers in the layouts in which county offices keep them, all of the same six schools, as files for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

# school: code, name, county, type, then by stage (primary, junior, senior) pupils, and so on
SCHOOLS: list[dict[str, Any]] = [
    {"id": "3152000001", "name": "城关第一小学", "county": "甲县", "type": "小学", "pupils": (1000, 0, 0),
     "degree": (45, 0), "backbone": (12, 0), "pe": (6, 0), "art": (5, 0), "rooms": 5000.5, "sports": 8000,
     "money": 2200000, "media": 25, "classes": (24, 0)},
    {"id": "3152000002", "name": "河口小学", "county": "甲县", "type": "小学", "pupils": (420, 0, 0),
     "degree": (18, 0), "backbone": (3, 0), "pe": (2, 0), "art": (3, 0), "rooms": 1700, "sports": 3300,
     "money": 820000, "media": 10, "classes": (12, 0)},
    {"id": "3152000003", "name": "城关中学", "county": "甲县", "type": "初级中学", "pupils": (0, 900, 0),
     "degree": (0, 52), "backbone": (0, 11), "pe": (0, 5), "art": (0, 4), "rooms": 5400, "sports": 9500,
     "money": 2400000, "media": 22, "classes": (0, 19)},
    {"id": "3152000004", "name": "双河学校", "county": "乙县", "type": "九年一贯制学校", "pupils": (400, 200, 0),
     "degree": (18, 12), "backbone": (5, 2), "pe": (2, 1), "art": (2, 1), "rooms": 3100, "sports": 5200,
     "money": 1400000, "media": 15, "classes": (10, 5)},
    {"id": "3152000005", "name": "岩脚教学点", "county": "乙县", "type": "教学点", "pupils": (36, 0, 0),
     "degree": (3, 0), "backbone": (0, 0), "pe": (0, 0), "art": (1, 0), "rooms": 300, "sports": 500,
     "money": 60000, "media": 1, "classes": (3, 0)},
    {"id": "3152000006", "name": "龙场小学", "county": "乙县", "type": "小学", "pupils": (310, 0, 0),
     "degree": (14, 0), "backbone": (4, 0), "pe": (1, 0), "art": (2, 0), "rooms": 1500, "sports": 2400,
     "money": 700000, "media": 8, "classes": (8, 0)},
]  # fmt: skip
ENGLISH = {
    "school_id": "id", "name": "name", "county": "county", "type": "type", "pupils_primary": "pupils.0",
    "pupils_junior": "pupils.1", "pupils_senior": "pupils.2", "teachers_above_degree_primary": "degree.0",
    "teachers_above_degree_junior": "degree.1", "backbone_teachers_primary": "backbone.0",
    "backbone_teachers_junior": "backbone.1", "pe_art_teachers_primary": "peart.0", "pe_art_teachers_junior": "peart.1",
    "teaching_area_m2": "rooms", "sports_area_m2": "sports", "equipment_value_yuan": "money", "multimedia_rooms": "media",
    "classes_primary": "classes.0", "classes_junior": "classes.1",
}  # fmt: skip


def value(school: dict[str, Any], field: str) -> Any:
    """Return what a school has of a field such as "pupils.0", or of the whole school; zero of an absent stage is blank."""
    name, _, stage = field.partition(".")
    if name == "wan":
        return school["money"] / 10000
    if name == "mu":
        return school["sports"] / 2000 * 3
    if name == "peart":
        amounts: Any = tuple(p + a for p, a in zip(school["pe"], school["art"], strict=True))
    else:
        amounts = school.get(name, "")
    if not isinstance(amounts, tuple):
        return amounts
    if stage:
        return amounts[int(stage)] if school["pupils"][int(stage)] else ""
    return sum(amounts)


def grid(headings: dict[str, str], schools: Sequence[dict[str, Any]] = SCHOOLS) -> list[list[Any]]:
    """Return rows with one row of headings: heading -> field; "=text" is a constant, "" a blank."""
    rows: list[list[Any]] = [list(headings)]
    for school in schools:
        rows.append([f[1:] if f.startswith("=") else value(school, f) if f else "" for f in headings.values()])
    return rows


def as_csv(path: Path, rows: list[list[Any]], encoding: str = "utf-8", separator: str = ",") -> Path:
    """Write rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def as_xlsx(
    path: Path, rows: list[list[Any]], sheet: str = "Sheet1", more: Callable[[Any], None] | None = None
) -> Path:
    """Write rows as a workbook; texts as texts, numbers as numbers."""
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell != "":
                    page.write(r, c, cell)
        if more:
            more(book)
    return path


def plain(path: Path, schools: Sequence[dict[str, Any]] = SCHOOLS) -> Path:
    """Write the register as the documentation describes it."""
    return as_csv(path, grid(ENGLISH, schools))
