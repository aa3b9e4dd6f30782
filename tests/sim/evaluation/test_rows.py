"""No row is left out or added in silence: failed lookups, sums, notes, blanks, names that begin with #, repeated heads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.register import Register, read_register
from sim.evaluation.sums import sum_rows
from tests.sim.evaluation.registers import ENGLISH, SCHOOLS, as_csv, as_xlsx, grid

HEAD = list(ENGLISH)


def school(number: str, **change: Any) -> list[Any]:
    """A row of a primary school that passes."""
    row = {"school_id": number, "name": f"{number}小学", "county": "甲县", "type": "小学", "pupils_primary": 500}
    row |= {"teachers_above_degree_primary": 25, "backbone_teachers_primary": 6, "pe_art_teachers_primary": 5}
    row |= {"teaching_area_m2": 2500, "sports_area_m2": 4000, "equipment_value_yuan": 1100000, "multimedia_rooms": 13}
    return [(row | change).get(name, "") for name in HEAD]


def read(path: Path, *rows: list[Any]) -> Register:
    return read_register(as_csv(path / "r.csv", [HEAD, *rows]))


def left_out(register: Register) -> dict[str, list[int]]:
    return {out.why: out.rows.tolist() for out in register.left_out}


ERRORS = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#名称?",
    "#NUM!",
    "#NULL!",
    "＃N/A",
    "＃ＲＥＦ！",
    " #N/A ",
    "#####",
    "#SPILL!",
]


@pytest.mark.parametrize("cell", ERRORS)
@pytest.mark.parametrize("where", ["school_id", "name", "county", "pupils_primary", "multimedia_rooms"])
def test_a_failed_lookup_is_an_error_of_its_line(tmp_path, cell, where):
    with pytest.raises(InputError) as caught:
        read(tmp_path, school("s1"), school("s2", **{where: cell}))
    text = str(caught.value)
    assert "line 3" in text and where in text and "an error of the spreadsheet" in text


def test_a_failed_lookup_in_an_otherwise_empty_row_is_no_comment(tmp_path):
    with pytest.raises(InputError, match="line 3"):
        read(tmp_path, school("s1"), ["#N/A", "河口小学", "甲县", "小学"] + [""] * (len(HEAD) - 4))


@pytest.mark.parametrize("name", ["#2 小学", "# 小学", "＃一小学", "#1", "#名称", "#N/A小学", "# 注释小学"])
def test_a_name_that_begins_with_a_number_sign_is_a_name(tmp_path, name):
    by_name = [[row[1], row[0], *row[2:]] for row in (HEAD, school("s1"), school("s2", name=name, multimedia_rooms=1))]
    got = read_register(as_csv(tmp_path / "r.csv", by_name))
    assert got.names == ["s1小学", name] and got.left_out == []
    assert not inspect(got.totals, got.county, 1).passed[0]


def test_comments_notes_blanks_and_heads_again_are_named(tmp_path):
    blank = [""] * len(HEAD)
    rows = [
        ["# 说明", *blank[1:]], school("s1"), blank, ["\u3000", *blank[1:]], HEAD, school("s2"),
        ["注：数据截至九月", *blank[1:]], ["填表人：张三", "", "审核人：李四", *blank[3:]],
    ]  # fmt: skip
    got = read(tmp_path, *rows)
    assert got.ids == ["s1", "s2"] and got.rows.tolist() == [3, 7]
    assert left_out(got) == {"comments": [2], "blank rows": [4, 5], "headings again": [6], "notes": [8, 9]}


SUM_NAMES = [
    "合计",
    "总计",
    "小计",
    "合 计",
    "全县合计",
    "甲县小计",
    "平均",
    "县均值",
    "共计",
    "合计：",
    "總計",
    "Total",
    "平均值",
    "小学小计",
]


@pytest.mark.parametrize("name", SUM_NAMES)
@pytest.mark.parametrize("column", [0, 1])
def test_sums_by_name_are_left_out_and_named(tmp_path, name, column):
    total = school("", county="", type="", name="", pupils_primary=900)
    total[column] = name
    got = read(tmp_path, school("s1"), school("s2", multimedia_rooms=14), total)
    assert got.ids == ["s1", "s2"]
    assert left_out(got) == {"sums or means of other rows": [4]}


def test_a_name_that_only_holds_such_a_word_is_a_school(tmp_path):
    names = ["合计镇小学", "总计岩教学点小学", "平均村小学", "Gypsum School", "Summit"]
    got = read(tmp_path, *(school(f"s{i}", name=name, multimedia_rooms=13 + i) for i, name in enumerate(names)))
    assert got.names == names and got.left_out == []


def added(*rows: list[Any], **change: Any) -> list[Any]:
    total = [sum(row[c] for row in rows if row[c] != "") if c > 3 else "" for c in range(len(HEAD))]
    return [change.get(name, cell if cell != 0 else "") for name, cell in zip(HEAD, total, strict=True)]


def test_sums_by_their_numbers_are_left_out_whatever_they_are_called(tmp_path):
    a, b, c, d = (school(f"s{i}", pupils_primary=400 + i, sports_area_m2=4000 + i / 3) for i in range(4))
    rows = [a, b, added(a, b, name="甲镇"), c, d, added(c, d, name="乙镇"), added(a, b, c, d, name="甲县")]
    got = read(tmp_path, *rows)
    assert got.ids == ["s0", "s1", "s2", "s3"]
    assert left_out(got) == {"sums or means of other rows": [4, 7, 8]}
    first = read(tmp_path, added(a, b, c, name="全县"), a, b, c)
    assert left_out(first) == {"sums or means of other rows": [2]}


def test_a_sum_that_is_written_as_a_school_is_asked_about(tmp_path):
    a, b = school("s1"), school("s2", multimedia_rooms=14)
    total = added(a, b, school_id="s3", name="中心小学", county="甲县", type="小学")
    with pytest.raises(InputError, match="line 4 '中心小学'|line 4: .*sum of the rows above"):
        read(tmp_path, a, b, total)
    assert read(tmp_path, total, a, b).ids == ["s3", "s1", "s2"]  # as the message says: moved above the others


def test_like_schools_are_no_sums(tmp_path):
    assert len(read(tmp_path, *(school(f"s{i}") for i in range(5))).ids) == 5


def test_sum_rows_by_hand():
    rows = np.array(
        [[1, 2, 3, 4.0], [2, 3, 4, 5], [3, 5, 7, 9], [1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3], [6, 8, 10, 12]]
    )
    assert sum_rows(rows).tolist() == [False, False, True, False, False, True, True]
    assert not sum_rows(rows[:2]).any()
    assert not sum_rows(np.full((9, 4), np.nan)).any()
    many = np.arange(1.0, 4001).reshape(1000, 4)
    assert np.flatnonzero(sum_rows(np.vstack([many, many.sum(axis=0)]))).tolist() == [1000]


def test_schools_outside_compulsory_education_are_left_out_by_name(tmp_path):
    got = read(
        tmp_path, school("s1"), school("s2", name="县一中", type="高级中学", pupils_primary="", pupils_senior=900)
    )
    assert got.ids == ["s1"]
    (out,) = got.left_out
    assert "outside compulsory education" in out.why and out.rows.tolist() == [3] and out.words == ("县一中",)
    with pytest.raises(InputError, match="outside compulsory education that has primary or junior pupils"):
        read(tmp_path, school("s1"), school("s2", type="高中"))


CODES = [
    (["5.2E+11", "s2"], "line 2: school_id = '5.2E+11'"),
    (["5.20102E+11", "5.20102E+11"], "destroyed this code (2)"),
    (["520102000000120000", "520102000000340000"], "destroyed this code (2)"),
    (["520102000000120000", "s2"], "destroyed this code"),
]  # fmt: skip


@pytest.mark.parametrize(("codes", "says"), CODES)
def test_a_code_that_the_spreadsheet_has_destroyed(tmp_path, codes, says):
    with pytest.raises(InputError) as caught:
        read(tmp_path, *(school(code, name=f"n{i}") for i, code in enumerate(codes)))
    assert says in str(caught.value) and "the spreadsheet has destroyed this code" in str(caught.value)
    assert "Format the column as text" in str(caught.value)


def test_codes_that_look_like_it_and_are_whole(tmp_path):
    codes = ["12E3", "3E10", "5201020000001234", "520102000000123456", "52010200000012X", "1E5", "A+1"]
    assert read(tmp_path, *(school(code, name=f"n{i}") for i, code in enumerate(codes))).ids == codes


def test_a_code_that_a_workbook_holds_as_a_number(tmp_path):
    rows = grid(ENGLISH)
    for i, row in enumerate(rows[1:]):
        row[0] = 3152000001 + i
    assert read_register(as_xlsx(tmp_path / "r.xlsx", rows)).ids[0] == "3152000001"
    rows[1][0] = 520102000000123456
    with pytest.raises(InputError, match="the spreadsheet has destroyed this code"):
        read_register(as_xlsx(tmp_path / "s.xlsx", rows))


def test_errors_of_formulas_in_a_workbook_are_found(tmp_path):
    def with_error(book: Any) -> None:
        book.get_worksheet_by_name("表").write_formula(
            3, 18, "=NA()", None, "#N/A"
        )  # an optional column: blank would pass

    path = as_xlsx(tmp_path / "r.xlsx", grid(ENGLISH), "表", with_error)
    with pytest.raises(InputError, match=r"row 4: classes_junior = '#N/A': an error of the spreadsheet"):
        read_register(path)


def test_names_without_codes_twice(tmp_path):
    rows = [row[1:] for row in (HEAD, school("s1"), school("s2", name="s1 小学"))]
    with pytest.raises(InputError, match="a name that stands there twice in a county"):
        read_register(as_csv(tmp_path / "r.csv", rows))
    assert len(SCHOOLS) == 6
