"""Empty registers to fill in: a workbook with notes and checked cells, or a CSV file for Excel."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from sim.evaluation.register import COLUMNS, OPTIONAL
from sim.evaluation.vocabulary import KINDS_ZH
from sim.evaluation.words import tr

ROWS = 2000  # of the sheet that are checked while typing
TEXTS = ("school_id", "name", "county", "type")
HEADINGS = {
    "school_id": "学校标识码",
    "name": "学校名称",
    "county": "县（市、区）",
    "type": "学校类型",
    "pupils_primary": "小学在校生数（人）",
    "pupils_junior": "初中在校生数（人）",
    "pupils_senior": "高中在校生数（人）",
    "teachers_above_degree_primary": "小学高于规定学历教师数（人）",
    "teachers_above_degree_junior": "初中高于规定学历教师数（人）",
    "backbone_teachers_primary": "小学县级及以上骨干教师数（人）",
    "backbone_teachers_junior": "初中县级及以上骨干教师数（人）",
    "pe_art_teachers_primary": "小学体育、艺术专任教师数（人）",
    "pe_art_teachers_junior": "初中体育、艺术专任教师数（人）",
    "teaching_area_m2": "教学及辅助用房面积（㎡，不含室内体育用房）",
    "sports_area_m2": "体育运动场馆面积（㎡）",
    "equipment_value_yuan": "教学仪器设备值（元）",
    "multimedia_rooms": "网络多媒体教室（间）",
    "classes_primary": "小学班级数（个）",
    "classes_junior": "初中班级数（个）",
}


def template_csv() -> bytes:
    """Return an empty register: the column names, then a row of Chinese notes that the reader skips.

    UTF-8 with a byte order mark, by which Excel knows that it is not GBK.
    """
    text = io.StringIO(newline="")
    notes = {**COLUMNS, **OPTIONAL}
    csv.writer(text).writerows(
        [list(notes), [("# " if i == 0 else "") + note for i, note in enumerate(notes.values())]]
    )
    return text.getvalue().encode("utf-8-sig")


def write_template(file: BinaryIO) -> None:
    """Write an empty workbook: headings with notes, types from a list, whole numbers from 0, codes as text."""
    import xlsxwriter

    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("学校")
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDEBF7", "border": 1})
        optional = book.add_format(
            {"italic": True, "text_wrap": True, "valign": "top", "bg_color": "#F2F2F2", "border": 1}
        )
        as_text = book.add_format({"num_format": "@"})
        notes = {**COLUMNS, **OPTIONAL}
        for column, (key, heading) in enumerate(HEADINGS.items()):
            sheet.write_string(0, column, heading, optional if key in OPTIONAL else head)
            sheet.write_comment(0, column, f"{notes[key]}\n{key}", {"x_scale": 2})
            sheet.set_column(column, column, 18 if key in TEXTS else 13, as_text if key in TEXTS else None)
            sheet.data_validation(1, column, ROWS, column, _rule(key))
        sheet.freeze_panes(1, 2)
        more = book.add_worksheet("填表说明")
        more.set_column(0, 0, 34)
        more.set_column(1, 1, 90)
        for row, (key, heading) in enumerate(HEADINGS.items()):
            more.write_string(row, 0, heading)
            more.write_string(row, 1, notes[key])


def _rule(key: str) -> dict[str, object]:
    """Return what a cell of a column may hold, and what the spreadsheet says of anything else."""
    if key == "type":
        return {
            "validate": "list",
            "source": list(KINDS_ZH),
            "error_title": "学校类型",
            "error_message": "请从列表中选择",
        }
    if key in TEXTS:
        return {"validate": "length", "criteria": "between", "minimum": 1, "maximum": 100, "ignore_blank": True}
    whole = not key.endswith(("_m2", "_yuan"))
    return {
        "validate": "integer" if whole else "decimal",
        "criteria": "between",
        "minimum": 0,
        "maximum": 1_000_000_000_000,
        "error_title": HEADINGS[key][:30],
        "error_message": tr("A whole number from 0.") if whole else tr("A number from 0."),
    }
