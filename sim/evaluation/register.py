"""A school register in a CSV file: what its columns mean, how it is read and checked, and an empty one to fill in."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.columns import Array
from sim.errors import nearest
from sim.evaluation.csvfile import Problems, Sheet, read_sheet
from sim.evaluation.standards import load_standards
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals, excluded
from sim.tables import STAGES

# column -> what a planner reads in the template's row of notes
COLUMNS = {
    "school_id": "学校标识码（唯一）",
    "name": "学校名称",
    "county": "县（市、区）",
    "type": "学校类型：教学点 小学 初中 九年一贯制学校 完全中学 十二年一贯制学校 特殊教育学校 职业学校",
    "pupils_primary": "小学在校生数（无此学段留空）",
    "pupils_junior": "初中在校生数（无此学段留空）",
    "pupils_senior": "高中在校生数（无此学段留空）",
    "teachers_above_degree_primary": "小学高于规定学历教师数（大专及以上）",
    "teachers_above_degree_junior": "初中高于规定学历教师数（本科及以上）",
    "backbone_teachers_primary": "小学县级及以上骨干教师数",
    "backbone_teachers_junior": "初中县级及以上骨干教师数",
    "pe_art_teachers_primary": "小学体育、艺术专任教师数",
    "pe_art_teachers_junior": "初中体育、艺术专任教师数",
    "teaching_area_m2": "教学及辅助用房面积（平方米，不含室内体育用房，全校）",
    "sports_area_m2": "体育运动场馆面积（平方米，全校）",
    "equipment_value_yuan": "教学仪器设备值（元，全校）",
    "multimedia_rooms": "网络多媒体教室数（间，全校）",
}
OPTIONAL = {
    "classes_primary": "小学班级数（选填，用于核查班额）",
    "classes_junior": "初中班级数（选填，用于核查班额）",
}
KINDS_ZH = ("教学点", "小学", "初中", "九年一贯制学校", "完全中学", "十二年一贯制学校", "特殊教育学校", "职业学校")
TEXTS = ("school_id", "name", "county", "type")
TEACHERS = ("teachers_above_degree", "backbone_teachers", "pe_art_teachers")
PHYSICAL = ("teaching_area_m2", "sports_area_m2", "equipment_value_yuan", "multimedia_rooms")
# stages that a school of each kind can hold: primary, junior, senior; special and vocational schools any
HOLDS = np.array(
    [[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]],
    dtype=bool,
)
WHAT = "the school register"
HINT = " `junheng inspect --template` writes an empty one."


@dataclass(frozen=True, eq=False)
class Register:
    """A register as read: S schools in the order of the file, C counties in the order in which they first appear."""

    path: Path
    ids: list[str]
    names: list[str]
    kinds: list[str]  # English keys of SCHOOL_KINDS
    counties: list[str]
    county: Array  # (S,) position in counties
    totals: SchoolTotals


def read_register(path: Path) -> Register:
    """Read a school register and check every cell.

    Raises: InputError with every bad row and column (the first ten): no file, not CSV text, another encoding than
    UTF-8 or GBK/GB18030, columns missing or unknown, text or a negative where a number belongs, a school number twice,
    an unknown type, a blank where the school has pupils, pupils in a stage that the type does not hold
    """
    sheet = read_sheet(path, list(COLUMNS), list(OPTIONAL), WHAT, HINT)
    problems = Problems(path)
    _check_texts(sheet, problems)
    kind = _kinds(sheet, problems)
    numbers = {
        name: sheet.numbers(name, problems, whole=name.startswith(("pupils", "classes")))
        for name in (*COLUMNS, *OPTIONAL)
        if name not in TEXTS
    }
    problems.raise_any()  # before the checks across columns, which would repeat a cell that is bad by itself
    _check_stages(sheet, kind, numbers, problems)
    totals = _totals(kind, numbers)
    _check_blanks(sheet, totals, numbers, problems)
    problems.raise_any()
    rows = {name: i for i, name in enumerate(dict.fromkeys(sheet.cells("county")))}
    return Register(
        path=path,
        ids=list(sheet.cells("school_id")),
        names=list(sheet.cells("name")),
        kinds=[SCHOOL_KINDS[k] for k in kind.tolist()],
        counties=list(rows),
        county=np.array([rows[name] for name in sheet.cells("county")]),
        totals=totals,
    )


def template() -> bytes:
    """Return an empty register: the column names, then a row of Chinese notes that the reader skips.

    UTF-8 with a byte order mark, by which Excel knows that it is not GBK.
    """
    text = io.StringIO(newline="")
    notes = {**COLUMNS, **OPTIONAL}
    csv.writer(text).writerows(
        [list(notes), [("# " if i == 0 else "") + note for i, note in enumerate(notes.values())]]
    )
    return text.getvalue().encode("utf-8-sig")


def _check_texts(sheet: Sheet, problems: Problems) -> None:
    for name in TEXTS[:3]:
        for line, cell in zip(sheet.lines, sheet.cells(name), strict=True):
            if not cell:
                problems.add(line, f"{name} is blank, allowed: any text. Every school needs one.")
    first: dict[str, int] = {}
    for line, cell in zip(sheet.lines, sheet.cells("school_id"), strict=True):
        if cell and first.setdefault(cell, line) != line:
            problems.add(
                line, f"school_id = {cell!r} stands in line {first[cell]} too, allowed: once. Give it its own."
            )


def _kinds(sheet: Sheet, problems: Problems) -> Array:
    codes = {name: code for names in (SCHOOL_KINDS, KINDS_ZH) for code, name in enumerate(names)}
    kind = np.array([codes.get(cell.lower(), -1) for cell in sheet.cells("type")])
    for i in np.flatnonzero(kind < 0).tolist():
        cell = sheet.cells("type")[i]
        problems.add(
            sheet.lines[i], f"type = {cell!r}.{nearest(cell, SCHOOL_KINDS)} Or in Chinese: {'、'.join(KINDS_ZH)}."
        )
    return kind


def _check_stages(sheet: Sheet, kind: Array, numbers: dict[str, Array], problems: Problems) -> None:
    """Note amounts in a stage that the school's type does not hold, and schools without any number of pupils."""
    for s, stage in enumerate((*STAGES, "senior")):
        prefixes = ("pupils", *TEACHERS, "classes") if s < 2 else ("pupils",)
        for name in (f"{prefix}_{stage}" for prefix in prefixes):
            for i in np.flatnonzero((numbers[name] > 0) & ~HOLDS[kind, s]).tolist():
                problems.add(
                    sheet.lines[i],
                    f"{name} = {sheet.cells(name)[i]}, but type {SCHOOL_KINDS[kind[i]]} has no {stage} stage, "
                    "allowed: blank or 0. Correct the number or the type.",
                )
    known = np.array([~np.isnan(numbers[f"pupils_{stage}"]) for stage in (*STAGES, "senior")])
    for i in np.flatnonzero(~(known.T & HOLDS[kind]).any(axis=1)).tolist():
        names = " or ".join(f"pupils_{s}" for j, s in enumerate((*STAGES, "senior")) if HOLDS[kind[i], j])
        problems.add(
            sheet.lines[i], f"{names} is blank, allowed: a number from 0. Type {SCHOOL_KINDS[kind[i]]} needs it."
        )


def _check_blanks(sheet: Sheet, totals: SchoolTotals, numbers: dict[str, Array], problems: Problems) -> None:
    """Note blanks in what the evaluation needs; schools that it leaves out may be blank."""
    evaluated = (totals.pupils > 0) & HOLDS[totals.kind, :2] & (excluded(totals, load_standards()) == 0)[:, None]
    need = {name: evaluated.any(axis=1) for name in PHYSICAL}
    for s, stage in enumerate(STAGES):
        need |= {f"{prefix}_{stage}": evaluated[:, s] for prefix in TEACHERS}
    for name, rows in need.items():
        for i in np.flatnonzero(rows & np.isnan(numbers[name])).tolist():
            problems.add(sheet.lines[i], f"{name} is blank, allowed: a number from 0. The school has pupils there.")
    for s, stage in enumerate(STAGES):
        for i in np.flatnonzero((totals.pupils[:, s] > 0) & (numbers[f"classes_{stage}"] == 0)).tolist():
            problems.add(sheet.lines[i], f"classes_{stage} = 0, allowed: at least 1 where there are pupils, or blank.")


def _totals(kind: Array, numbers: dict[str, Array]) -> SchoolTotals:
    def by_stage(prefix: str) -> Array:
        return np.stack([numbers[f"{prefix}_{stage}"] for stage in STAGES], axis=1)

    zero = {name: np.nan_to_num(by_stage(name)) for name in ("pupils", *TEACHERS)}
    return SchoolTotals(
        kind=kind,
        pupils=zero["pupils"],
        pupils_senior=np.nan_to_num(numbers["pupils_senior"]),
        above_degree=zero["teachers_above_degree"],
        backbone=zero["backbone_teachers"],
        pe_art=zero["pe_art_teachers"],
        physical=np.nan_to_num(np.stack([numbers[name] for name in PHYSICAL], axis=1)),
        classes=by_stage("classes"),
    )
