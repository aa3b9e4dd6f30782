"""A school register: what its columns mean, and how a user's file becomes one, with all that was assumed or left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.columns import Array
from sim.errors import InputError
from sim.evaluation import checks
from sim.evaluation.amounts import WHOLE, Amounts, pupils_by_stage, put_together
from sim.evaluation.collect import SUM, Collected, collect
from sim.evaluation.headings import Heading, register_heading
from sim.evaluation.kinds import derived, kinds_of
from sim.evaluation.layout import Layout
from sim.evaluation.plan import Plan, plan_columns
from sim.evaluation.problems import Problems, named_rows
from sim.evaluation.sources import Table, open_table
from sim.evaluation.sums import sum_rows
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals
from sim.evaluation.vocabulary import AMBIGUOUS, KINDS_ZH, OUTSIDE, plain
from sim.evaluation.words import speaking, tr
from sim.names import name_key, shown
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
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
PLACE_NAME = re.compile("([一-龥]{1,12}?(?:自治县|县|市|区|旗))(?=[一-龥\\d（(]|$)")
LOOKS_LIKE_COUNTY = re.compile("[一-龥]{1,12}(?:县|区|市|旗)")


@dataclass(frozen=True)
class LeftOut:
    """Rows of the file that are no schools, or no schools of compulsory education. rows: numbers in the file."""

    why: str
    rows: Array
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Register:
    """A register as read: S schools in the order of the file, C counties in the order in which they first appear.

    notes: what was assumed in reading; left_out: rows that are not among the schools; rows: (S,) numbers in the file
    table, plan: how the file was understood
    """

    path: Path
    ids: list[str]
    names: list[str]
    kinds: list[str]  # English keys of SCHOOL_KINDS
    counties: list[str]
    county: Array  # (S,) position in counties
    totals: SchoolTotals
    rows: Array = field(default_factory=lambda: np.zeros(0, int))
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    table: Table | None = None
    plan: Plan | None = None


def hint() -> str:
    """Return where to get a register that is right."""
    return tr(" `junheng inspect --template empty.xlsx` writes an empty one.")


def open_register(path: Path, sheet: str | None = None) -> Table:
    """Open a file and find the headings of a register in it; errors as `read_register`."""
    return open_table(path, register_heading({**COLUMNS, **OPTIONAL}), tr("the school register"), sheet)


def read_register(path: Path, sheet: str | None = None, county: str | None = None, lang: str | None = None) -> Register:
    """Read a school register from a workbook or CSV file and check every cell.

    sheet: the sheet of a workbook to read; county: the county of all schools, for a file without a column of counties
    lang: "en" or "zh", of messages and notes; None is the language of the process
    Raises: RegisterProblems (an InputError) with every kind of problem, the first rows of each and what to do;
    InputError when the file cannot be read, no headings are found, a column is missing, or a limit is passed
    """
    with speaking(lang):
        table = open_register(Path(path), sheet)
        plan = plan_columns(table, hint())
        return _Reading(table, plan, county).register()


class _Reading:
    """One file on its way from cells to a register."""

    def __init__(self, table: Table, plan: Plan, county: str | None) -> None:
        self.table, self.plan, self.given = table, plan, county
        self.problems = Problems(table)
        self.notes: list[str] = []
        self.left_out: list[LeftOut] = []
        self.found = collect(table, plan.texts, plan.numbers())

    def register(self) -> Register:
        """Check everything and return the register."""
        found, problems = self.found, self.problems
        self._sums()
        if not len(found.rows):
            raise InputError(
                tr("{path}: there are headings but no row of a school below them. Fill in at least one.").format(
                    path=self.table.path
                )
            )
        checks.check_rows(found, len(self.table.layout.headings), problems)
        self._counties()
        pupils = pupils_by_stage(found, self.plan, problems)
        kind = self._kinds(pupils)
        checks.check_texts(found, self.plan, problems)
        checks.check_kinds(found, kind, self.plan, problems)
        checks.check_outside(found, kind, pupils, self.plan, problems)
        checks.check_numbers(found, self.plan, problems)
        self._raise()
        kind = self._only_compulsory(kind)
        amounts = put_together(found, self.plan, kind, problems)
        checks.check_stages(found, kind, amounts, self.plan, problems)
        totals = _totals(kind, amounts)
        checks.check_blanks(found, totals, amounts, self.plan, problems)
        self._raise()
        self._rows_left_out()
        return self._made(kind, amounts, totals)

    def _raise(self) -> None:
        self.problems.raise_any(
            "\n" + tr("`junheng inspect FILE --corrected marked.xlsx` returns the register with these cells marked.")
            if len(self.problems.found) > 1 or any(len(p.rows) > 1 for p in self.problems.found)
            else ""
        )

    def _sums(self) -> None:
        """Leave out rows that are the sum of others by their numbers; those that look like a school are a problem."""
        found = self.found
        columns = [n.column for n in self.plan.numbers()]
        if not columns or not len(found.rows):
            return
        sums = sum_rows(np.stack([found.values[c] for c in columns], axis=1))
        if not sums.any():
            return
        kind = kinds_of(found.texts["type"]) if "type" in found.texts else np.full(len(sums), -1)
        identified = np.array([bool(c) for c in found.texts.get("school_id", [""] * len(sums))])
        named = np.array([bool(re.search("学|校|教学点|school", name.lower())) for name in found.texts["name"]])
        school = sums & ((kind >= 0) | (identified & named))
        school[0] = False  # by chance, or a school that was moved up: what stands first is asked for its name only
        self.problems.add(
            "",
            tr("a row whose amounts are the sum of the rows above it, but that is written as a school"),
            tr("Remove it if it is a total. If it is a school, move it above the others."),
            found.rows[school],
            [found.texts["name"][i] for i in np.flatnonzero(school)[:5].tolist()],
        )
        total = sums & ~school
        total[0] &= kind[0] < 0 and not (identified[0] and named[0])
        for i in np.flatnonzero(total).tolist():
            found.left_out.append((int(found.rows[i]), SUM, found.texts["name"][i] or tr("(no name)")))
        found.keep(~total)

    def _kinds(self, pupils: Array) -> Array:
        """Return the kind of each record; where the file says none, or an unclear one, by name and pupils."""
        found = self.found
        column = "type" in self.plan.texts
        kind = kinds_of(found.texts["type"]) if column else np.full(len(found.rows), AMBIGUOUS, np.int8)
        rows = np.flatnonzero(kind == AMBIGUOUS)
        if len(rows):
            kind[rows] = derived(found.texts["name"], pupils, rows)
            settled = rows[kind[rows] != AMBIGUOUS]
            if len(settled):
                text = tr("Types of {n} schools are taken from their names and pupils: {rows}.")
                self.notes.append(text.format(n=len(settled), rows=named_rows(self.table, found.rows[settled])))
        return kind

    def _only_compulsory(self, kind: Array) -> Array:
        """Leave out schools without a compulsory stage (senior schools, kindergartens)."""
        outside = kind == OUTSIDE
        if outside.any():
            words = tuple(shown(self.found.texts["name"][i]) for i in np.flatnonzero(outside)[:5].tolist())
            why = tr("schools outside compulsory education (senior schools, kindergartens)")
            self.left_out.append(LeftOut(why, self.found.rows[outside], words))
            self.found.keep(~outside)
            kind = kind[~outside]
        if not len(kind):
            raise InputError(
                tr("{path}: no school of compulsory education among the rows.").format(path=self.table.path)
            )
        return kind

    def _counties(self) -> None:
        """Fill counties of merged cells, or give all schools the one county of the file."""
        found, n = self.found, len(self.found.rows)
        if self.given is not None:
            found.texts["county"] = [self.given] * n
            return
        if "county" in self.plan.texts:
            filled = _filled_down(found.texts["county"], self._merged_rows())
            if filled is not None:
                blank = np.array([not c for c in found.texts["county"]])
                self.notes.append(
                    tr("Blank counties are those of the row above, as in merged cells: {rows}.").format(
                        rows=named_rows(self.table, found.rows[blank])
                    )
                )
                found.texts["county"] = filled
            return
        self._no_county_column(n)

    def _no_county_column(self, n: int) -> None:
        for h in self.plan.unused:
            cells = self._cells(h)
            like = [c for c in cells if LOOKS_LIKE_COUNTY.fullmatch(c)]
            if len(like) > 0.8 * max(len(cells), 1) and len(set(like)) > 1:
                raise InputError(
                    tr(
                        "{path}: no column is called county (县区), but column {letter} '{heading}' may hold counties. "
                        "Call it 县区, or name the one county of all schools: --county 甲县."
                    ).format(path=self.table.path, letter=h.letter, heading=shown(h.text, 40))
                )
        name = _county_in_title(self.table.layout) or tr("all schools of the file")
        self.notes.append(
            tr(
                "The file has no column of counties: all its schools are one county, called '{name}' (change it by --county)."
            ).format(name=shown(name))
        )
        self.found.texts["county"] = [name] * n

    def _cells(self, heading: Heading, most: int = 200) -> list[str]:
        rows = []
        for at, (_, cells) in enumerate(self.table.rows()):
            if at >= self.table.layout.after + most:
                break
            if at >= self.table.layout.after and heading.column < len(cells):
                rows.append(str(cells[heading.column]).strip())
        return [c for c in rows if c]

    def _merged_rows(self) -> set[int] | None:
        """Return the rows that merged cells of the county column cover; None where the file does not tell."""
        if self.table.kind != "workbook" or not self.table.merged:
            return None
        column = self.plan.texts["county"].column
        return {
            row + 1
            for (top, left), (bottom, right) in self.table.merged
            if left <= column <= right
            for row in range(top, bottom + 1)
        }

    def _rows_left_out(self) -> None:
        found = self.found
        words = {
            "sum": tr("sums or means of other rows"),
            "note": tr("notes"),
            "comment": tr("comments"),
            "headings": tr("headings again"),
        }
        for why, text in words.items():
            rows = sorted((row, first) for row, reason, first in found.left_out if reason == why)
            if rows:
                firsts = tuple(shown(first, 30) for _, first in rows[:5])
                self.left_out.append(LeftOut(text, np.array([row for row, _ in rows]), firsts))
        if found.blank:
            self.left_out.append(LeftOut(tr("blank rows"), np.array(found.blank), ()))

    def _made(self, kind: Array, amounts: Amounts, totals: SchoolTotals) -> Register:
        found = self.found
        counties, county = self._grouped(found.texts["county"])
        ids = found.texts.get("school_id")
        if ids is None:
            ids = _own_ids(found, self.plan)
            self.notes.append(tr("The file has no school codes: schools are called by name."))
        return Register(
            path=self.table.path,
            ids=ids,
            names=found.texts["name"],
            kinds=[SCHOOL_KINDS[k] for k in kind.tolist()],
            counties=counties,
            county=county,
            totals=totals,
            rows=found.rows,
            notes=self.notes + amounts.notes,
            left_out=self.left_out,
            table=self.table,
            plan=self.plan,
        )

    def _grouped(self, cells: list[str]) -> tuple[list[str], Array]:
        """Return the counties and each school's; spellings that are compared as the same are one county, and said."""
        spelled: dict[str, dict[str, None]] = {}
        at: dict[str, int] = {}
        position = {}
        for cell in dict.fromkeys(cells):
            key = name_key(cell)
            position[cell] = at.setdefault(key, len(at))
            spelled.setdefault(key, {})[cell] = None
        for spellings in spelled.values():
            if len(spellings) > 1:
                self.notes.append(
                    tr("One county, written in {n} ways: {ways}.").format(
                        n=len(spellings), ways=", ".join(f"'{shown(s)}'" for s in list(spellings)[:5])
                    )
                )
        return [next(iter(s)) for s in spelled.values()], np.array([position[c] for c in cells])


def _filled_down(cells: list[str], merged: set[int] | None) -> list[str] | None:
    """Return counties with blanks filled from above, where they are blank as merged cells are; None where not.

    Merged cells hold their text once: every county stands there a single time, at the top of its rows.
    """
    named = [c for c in cells if c]
    blanks = len(cells) - len(named)
    if not named or not cells[0] or len(set(named)) != len(named) or (blanks < 2 and not (merged and blanks)):
        return None
    filled, last = [], ""
    for cell in cells:
        last = cell or last
        filled.append(last)
    return filled


def _county_in_title(layout: Layout) -> str:
    for _, text in layout.titles:
        found = PLACE_NAME.search(re.sub("^.*?(?:省|自治区|地区|自治州|州)", "", plain(text)))
        names = [found[1]] if found else []
        if names and names[0].endswith("市"):  # the prefecture stands before its county: 毕节市织金县
            inner = PLACE_NAME.match(re.sub("^.*?市", "", plain(text), count=1))
            names = [inner[1]] if inner else names
        if names and not re.search("学校|教育|统计", names[0]):
            return names[0]
    return ""


def _own_ids(found: Collected, plan: Plan) -> list[str]:
    """Return codes for schools that have none: their names, with the county where a name stands in several."""
    names: list[str] = found.texts["name"]
    if len(set(names)) == len(names):
        return list(names)
    return [f"{c}/{n}" for c, n in zip(found.texts["county"], names, strict=True)]


def _totals(kind: Array, amounts: Amounts) -> SchoolTotals:
    def by_stage(prefix: str) -> Array:
        return np.stack([amounts[f"{prefix}_{stage}"] for stage in STAGES], axis=1)

    zero: dict[str, Array] = {name: np.nan_to_num(by_stage(name)) for name in ("pupils", *checks.TEACHERS)}
    return SchoolTotals(
        kind=kind,
        pupils=zero["pupils"],
        pupils_senior=np.nan_to_num(amounts["pupils_senior"]),
        above_degree=zero["teachers_above_degree"],
        backbone=zero["backbone_teachers"],
        pe_art=zero["pe_art_teachers"],
        physical=np.nan_to_num(np.stack([amounts[name] for name in WHOLE], axis=1)),
        classes=by_stage("classes"),
    )


__all__: Sequence[str] = ("COLUMNS", "KINDS_ZH", "OPTIONAL", "LeftOut", "Register", "read_register")
