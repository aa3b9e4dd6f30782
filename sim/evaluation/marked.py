"""A user's register given back as a workbook, with the cells marked that are wrong or below what is asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, BinaryIO

import numpy as np

from sim.evaluation.failures import section_failure, sentence
from sim.evaluation.inspection import Inspection
from sim.evaluation.numbers import PLAIN
from sim.evaluation.plan import Plan
from sim.evaluation.problems import Problem
from sim.evaluation.register import Register
from sim.evaluation.sources import Table
from sim.evaluation.words import tr
from sim.tables import STAGES

MOST_COMMENTS = 20_000  # bubbles beside cells; the last column says everything
MOST_WORDS = 2000  # letters of one row's reasons
WRONG, BELOW = "wrong", "below"
RESOURCES = (
    *("teachers_above_degree", "backbone_teachers", "pe_art_teachers"),
    *("teaching_area_m2", "sports_area_m2", "equipment_value_yuan", "multimedia_rooms"),
)
Marks = Mapping[int, list[tuple[tuple[int, ...], str, str]]]  # row -> (columns, kind of mark, words)


def marks_of_problems(problems: list[Problem]) -> Marks:
    """Return what is wrong, by row of the file."""
    marks: dict[int, list[tuple[tuple[int, ...], str, str]]] = {}
    for p in problems:
        words = f"{p.label}: {p.what}. {p.todo}" if p.label else f"{p.what}. {p.todo}"
        mark = (p.columns, WRONG, words)
        for row in p.rows.tolist():
            marks.setdefault(row, []).append(mark)
    return marks


def marks_of_findings(register: Register, inspection: Inspection, plan: Plan) -> Marks:
    """Return which amounts are below what is asked and how much to add, by row of the file."""
    marks: dict[int, list[tuple[tuple[int, ...], str, str]]] = {}
    for i, s, k in np.argwhere(~inspection.met & inspection.counted[:, :, None]).tolist():
        columns = plan.places(RESOURCES[k], STAGES[s])
        words = sentence(section_failure(inspection, i, s, k), inspection, register.names[i], None)
        marks.setdefault(int(register.rows[i]), []).append((columns, BELOW, words))
    return marks


def write_marked(file: BinaryIO, table: Table, marks: Marks) -> None:
    """Write the user's rows and columns as they are, marked, with one column more that says what is the matter."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(table.sheet[:31] if table.sheet else tr("Register"))
        style = {
            WRONG: book.add_format({"bg_color": "#FF9999"}),
            BELOW: book.add_format({"bg_color": "#FFE699"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        texts = {h.column for h in table.layout.headings if h.concept in ("school_id", "name", "county", "type")}
        last = len(table.layout.headings)
        comments = 0
        for at, (number, cells) in enumerate(table.rows()):
            here = marks.get(number, [])
            by_column: dict[int, tuple[str, str]] = {}
            for columns, kind, words in here:
                for column in columns:
                    before = by_column.get(column)
                    by_column[column] = (kind, words if before is None else f"{before[1]}\n{words}")
            width = max(len(cells), max(by_column, default=-1) + 1)
            for column in range(width):
                cell = cells[column] if column < len(cells) else ""
                mark = by_column.get(column)
                _write(sheet, at, column, cell, style.get(mark[0]) if mark else None, column in texts, style["day"])
                if mark and comments < MOST_COMMENTS:
                    sheet.write_comment(at, column, mark[1][:1000], {"x_scale": 2})
                    comments += 1
            if number == table.layout.heading_rows[-1]:
                sheet.write_string(at, max(last, len(cells)), tr("junheng: what is the matter"))
            elif here:
                sheet.write_string(at, max(last, len(cells)), "; ".join(words for _, _, words in here)[:MOST_WORDS])


def _write(sheet: Any, row: int, column: int, cell: Any, style: Any, is_text: bool, day: Any) -> None:
    """Write one cell as what it is; texts stay texts, whatever they begin with."""
    if isinstance(cell, datetime | date) and not isinstance(cell, time):
        sheet.write_datetime(row, column, cell, style or day)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, style)
    elif isinstance(cell, int | float):
        sheet.write_number(row, column, cell, style)
    elif cell is None or cell == "":
        if style is not None:
            sheet.write_blank(row, column, None, style)
    elif not is_text and PLAIN.fullmatch(str(cell)) and (str(cell) == "0" or not str(cell).startswith(("0", "+"))):
        sheet.write_number(row, column, float(cell), style)
    else:
        sheet.write_string(row, column, str(cell)[:32_767], style)
