"""Why a county does not pass, in words and records, in English and Chinese."""

from __future__ import annotations

import numpy as np
import pytest

from sim.evaluation import CountyItems, Inspection, SchoolTotals, inspect, sentence


def county(**changes: object) -> Inspection:
    """A primary school, a nine-year school and a junior school that lack nothing but what `changes` takes."""
    amounts = {
        "kind": np.array([1, 3, 2]),
        "pupils": np.array([[1000, 0], [600, 300], [0, 400]], float),
        "pupils_senior": np.zeros(3),
        "above_degree": np.array([[42, 0], [30, 20], [0, 25]], float),
        "backbone": np.array([[10, 0], [6, 3], [0, 4]], float),
        "pe_art": np.array([[9, 0], [6, 3], [0, 4]], float),
        "physical": np.array([[4500, 7500, 2e6, 23], [5200, 9000, 2.4e6, 22], [2400, 4100, 1e6, 10]], float),
    }
    items = changes.pop("items", None)
    return inspect(SchoolTotals(**(amounts | changes)), np.zeros(3, int), 1, items)  # type: ignore[arg-type]


def said(found: Inspection, lang: str) -> list[str]:
    names = ["A校", "B校", "C校"]
    return [sentence(f, found, names[f.school] if f.school >= 0 else "", lang) for f in found.failures(0)]


def test_a_county_that_passes_has_no_reason():
    found = county()
    assert found.passed[0]
    assert said(found, "en") == []


def test_a_school_that_lacks_teachers():
    found = county(backbone=np.array([[8, 0], [6, 3], [0, 4]], float))
    assert said(found, "en") == [
        "A校, primary: backbone teachers (county level or above) 0.80 teachers per 100 pupils, "
        "1.00 asked (80.0 % of it), short by 2 teachers"
    ]
    assert said(found, "zh") == [
        "A校（小学）：每百名学生拥有县级以上骨干教师数 0.80 人/百生，标准 1.00（达到 80.0%），缺 2 人"
    ]


def test_a_split_school_says_what_the_whole_school_has_to_add():
    """The junior part gets 330/930 of whatever is added; the primary part, at 96 %, passes with six of seven."""
    area = np.array([[4500, 7500, 2e6, 23], [4000, 9000, 2.4e6, 22], [2400, 4100, 1e6, 10]])
    found = county(physical=area)
    (junior,) = found.failures(0)
    part = 4000 * 330 / 930
    assert junior.shortfall == pytest.approx(5.8 * 300 - part)
    assert junior.to_add == pytest.approx((5.8 * 300 - part) * 930 / 330)
    assert said(found, "en")[0] == (
        "B校, junior: teaching and auxiliary rooms 4.73 m2 per pupil, 5.80 asked (81.5 % of it), short by 321 m2 "
        "(the whole school has to add 904 m2)"
    )
    assert said(found, "zh")[0].endswith("缺 321 平方米（全校需增加 904 平方米）")


def test_84_96_percent_is_not_called_85():
    area = np.array([[4500, 7500, 2e6, 23 * 0.8496], [5200, 9000, 2.4e6, 22], [2400, 4100, 1e6, 10]])
    assert "(84.9 % of it)" in said(county(physical=area), "en")[0]


def test_a_coefficient_above_its_limit():
    rooms = np.array([[4500, 7500, 2e6, 23], [5200, 9000, 2.4e6, 22], [2400, 4100, 9e6, 10]])
    found = county(physical=rooms)
    (reason,) = found.failures(0)
    assert (reason.about, reason.stage, reason.indicator) == ("cv", 1, 5)
    assert said(found, "en") == [
        f"junior: coefficient of variation of teaching equipment is {found.cv[0, 1, 5]:.3f}, at most 0.45 allowed"
    ]
    assert said(found, "zh") == [f"初中“生均教学仪器设备值”校际差异系数 {found.cv[0, 1, 5]:.3f}，高于 0.45"]


def test_items_in_words():
    items = CountyItems(rotation_share=np.array([0.04]), rotation_backbone_share=np.array([0.25]))
    classes = np.array([[20, np.nan], [14, 7], [np.nan, 8]])
    found = county(items=items, classes=classes)
    assert said(found, "en") == [
        "government item 5 (class size): largest class of A校, primary, has at least 50 pupils, at most 45 allowed",
        "government item 11 (teacher rotation): rotated, of the teachers who are due is 4.0 %, at least 10.0 % asked",
    ]
    assert said(found, "zh") == [
        "政府保障程度第5项（班级学生数）：A校小学最大班额至少 50 人，上限 45 人",
        "政府保障程度第11项（教师交流轮岗）：交流轮岗教师占应交流教师比例 4.0 %，应不低于 10.0 %",
    ]


def test_an_unknown_language_is_refused():
    found = county(backbone=np.zeros((3, 2)))
    with pytest.raises(ValueError, match="lang = 'fr', allowed: en, zh"):
        sentence(found.failures(0)[0], found, "", "fr")
