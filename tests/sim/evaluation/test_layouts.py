# ruff: noqa: E501
"""Registers as county offices keep them: of the layouts here nine in ten and more are read, and to the same verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.register import read_register
from tests.sim.evaluation.registers import ENGLISH, SCHOOLS, as_csv, as_xlsx, grid, plain

CHINESE = {
    "学校标识码": "id", "学校名称": "name", "所属县区": "county", "办学类型": "type", "小学在校生数": "pupils.0",
    "初中在校生数": "pupils.1", "高中在校生数": "pupils.2", "小学高于规定学历教师数": "degree.0",
    "初中高于规定学历教师数": "degree.1", "小学县级及以上骨干教师数": "backbone.0", "初中县级及以上骨干教师数": "backbone.1",
    "小学体育艺术专任教师数": "peart.0", "初中体育艺术专任教师数": "peart.1", "教学及辅助用房面积（㎡）": "rooms",
    "体育运动场馆面积（㎡）": "sports", "教学仪器设备值（万元）": "wan", "网络多媒体教室数（间）": "media",
    "小学班级数": "classes.0", "初中班级数": "classes.1",
}  # fmt: skip
# one row a school, teachers and pupils not by stage: the type says which stage; a nine-year school needs both
BY_TYPE = {
    "序号": "=1", "学校名称": "name", "县区": "county", "学校类别": "type", "在校生数（人）": "pupils",
    "专任教师数": "=99", "其中：高于规定学历教师数": "degree", "骨干教师数": "backbone", "体育、艺术教师数": "peart",
    "教学及辅助用房面积": "rooms", "运动场馆面积": "sports", "设备值(元)": "money", "多媒体教室": "media", "备注": "",
}  # fmt: skip
ONE_STAGE = [s for s in SCHOOLS if s["type"] != "九年一贯制学校"]


def renamed(headings: dict[str, str], change: dict[str, str]) -> dict[str, str]:
    return {change.get(name, name): field for name, field in headings.items()}


def two_rows() -> list[list[Any]]:
    groups = [
        ("在校生数（人）", "pupils"),
        ("高于规定学历教师", "degree"),
        ("县级以上骨干教师", "backbone"),
        ("体艺教师", "peart"),
    ]
    top: list[Any] = ["学校代码", "学校名称", "县(市、区)", "学校类型"]
    low: list[Any] = ["", "", "", ""]
    fields = ["id", "name", "county", "type"]
    for name, field in groups:
        top += [name, ""]
        low += ["小学", "初中"]
        fields += [f"{field}.0", f"{field}.1"]
    top += ["高中在校生", "教学及教学辅助用房面积", "体育运动场(馆)面积", "教学仪器设备值", "网络多媒体教室"]
    low += ["", "平方米", "平方米", "万元", "间"]
    rows = grid(dict(zip(map(str, range(99)), [*fields, "pupils.2", "rooms", "sports", "wan", "media"], strict=False)))
    return [top, low, *rows[1:]]


def stages_on_top() -> list[list[Any]]:
    names = [
        ("在校生", "pupils"),
        ("高学历", ""),
        ("高于规定学历教师", "degree"),
        ("骨干教师", "backbone"),
        ("音体美教师", "peart"),
        ("班数", "classes"),
    ]
    top: list[Any] = ["单位名称", "区县", "类型"]
    low: list[Any] = ["", "", ""]
    fields = ["name", "county", "type"]
    for s, stage in enumerate(("小学", "初中")):
        for i, (name, field) in enumerate(names):
            top.append(stage if i == 0 else "")
            low.append(name)
            fields.append(f"{field}.{s}" if field else "")
    top += ["高中部学生数", "教学及辅助用房", "体育场馆面积", "仪器设备总值（元）", "多媒体教室（间）"]
    low += [""] * 5
    rows = grid(
        dict(zip(map(str, range(99)), [*fields, "pupils.2", "rooms", "sports", "money", "media"], strict=False))
    )
    return [top, low, *rows[1:]]


def three_rows() -> list[list[Any]]:
    top, low, *rest = two_rows()
    head = ["基本情况"] + [""] * 3 + ["学生和教师"] + [""] * 8 + ["办学条件"] + [""] * 4
    return [["乌有县义务教育学校基本情况表"], head[: len(top)], top, low, *rest]


def with_sums(headings: dict[str, str]) -> list[list[Any]]:
    rows = grid(headings)
    numbers = range(4, len(rows[0]))
    total = ["", "合计", "", ""] + [sum(r[c] for r in rows[1:] if r[c] != "") for c in numbers]
    return [rows[0], total, *rows[1:], [], ["注：数据截至2023年9月。"], ["填表人：张三", "", "", "审核人：李四"]]


def merged_counties() -> list[list[Any]]:
    rows = grid(CHINESE)
    seen = set()
    for row in rows[1:]:
        row[2], seen = ("" if row[2] in seen else row[2]), seen | {row[2]}
    return rows


def formatted() -> list[list[Any]]:
    rows = grid(CHINESE)
    for row in rows[1:]:
        for c, cell in enumerate(row):
            if c == 15:
                row[c] = f"{cell:,.4f}"
            elif c in (13, 14):
                row[c] = f"{cell:,}平方米"
            elif c > 3 and cell == "":
                row[c] = "—"
            elif c > 3:
                row[c] = (
                    str(cell).translate(str.maketrans("0123456789.", "０１２３４５６７８９．")) if c % 2 else f"{cell} "
                )
    return rows


TRADITIONAL = renamed(CHINESE, {
    "学校标识码": "學校標識碼", "学校名称": "學校名稱", "所属县区": "所屬縣區", "办学类型": "辦學類型", "小学在校生数": "小學在校生數",
    "初中在校生数": "初中在校生數", "高中在校生数": "高中在校生數", "小学高于规定学历教师数": "小學高於規定學歷教師數",
    "初中高于规定学历教师数": "初中高於規定學歷教師數", "小学县级及以上骨干教师数": "小學縣級及以上骨幹教師數",
    "初中县级及以上骨干教师数": "初中縣級及以上骨幹教師數", "小学体育艺术专任教师数": "小學體育藝術專任教師數",
    "初中体育艺术专任教师数": "初中體育藝術專任教師數", "教学及辅助用房面积（㎡）": "教學及輔助用房面積（平方米）",
    "体育运动场馆面积（㎡）": "體育運動場館面積（平方米）", "教学仪器设备值（万元）": "教學儀器設備值（萬元）",
    "网络多媒体教室数（间）": "網絡多媒體教室數（間）", "小学班级数": "小學班級數", "初中班级数": "初中班級數",
})  # fmt: skip
BIG5 = str.maketrans("县关龙双学级贯数点脚场", "縣關龍雙學級貫數點腳場")


def traditional() -> list[list[Any]]:
    rows = grid(TRADITIONAL)
    return [rows[0], *[[c.translate(BIG5) if isinstance(c, str) else c for c in row] for row in rows[1:]]]


def swapped(rows: list[list[Any]], names: dict[str, str]) -> list[list[Any]]:
    return [[names.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


DIRECT = {"school_id": "id"}
LAYOUTS: dict[str, Any] = {
    "plain": lambda p: plain(p / "r.csv"),
    "english, xlsx": lambda p: as_xlsx(p / "r.xlsx", grid(ENGLISH)),
    "english, reversed": lambda p: as_csv(p / "r.csv", grid(dict(reversed(ENGLISH.items())))),
    "chinese, csv": lambda p: as_csv(p / "r.csv", grid(CHINESE)),
    "chinese, gbk": lambda p: as_csv(p / "r.csv", grid(renamed(CHINESE, {k: k.replace("㎡", "平方米") for k in CHINESE})), "gbk"),
    "chinese, gb18030": lambda p: as_csv(p / "r.csv", grid(CHINESE), "gb18030"),
    "chinese, bom": lambda p: as_csv(p / "r.csv", grid(CHINESE), "utf-8-sig"),
    "chinese, utf-16, tabs": lambda p: as_csv(p / "r.txt", grid(CHINESE), "utf-16", "\t"),
    "chinese, semicolons": lambda p: as_csv(p / "r.csv", grid(CHINESE), "gb18030", ";"),
    "chinese, xlsx": lambda p: as_xlsx(p / "r.xlsx", grid(CHINESE), "基本情况"),
    "traditional, big5": lambda p: as_csv(p / "r.csv", traditional(), "big5hkscs"),
    "traditional, xlsx": lambda p: as_xlsx(p / "r.xlsx", traditional()),
    "title above": lambda p: as_xlsx(p / "r.xlsx", [["乌有市2023年义务教育学校基本情况统计表"], [], *grid(CHINESE)]),
    "title with the unit": lambda p: as_csv(
        p / "r.csv",
        [["乌有市学校办学条件", "", "单位：人、平方米、万元"], *grid(renamed(CHINESE, {"教学仪器设备值（万元）": "教学仪器设备值"}))],
    ),
    "no unit, by size": lambda p: as_csv(p / "r.csv", grid(renamed(CHINESE, {"教学仪器设备值（万元）": "教学仪器设备值"}))),
    "two rows of headings, xlsx": lambda p: as_xlsx(p / "r.xlsx", two_rows()),
    "two rows of headings, csv": lambda p: as_csv(p / "r.csv", two_rows(), "gb18030"),
    "stages on top": lambda p: as_xlsx(p / "r.xlsx", stages_on_top()),
    "three rows of headings": lambda p: as_xlsx(p / "r.xlsx", three_rows()),
    "numbers of the columns": lambda p: as_csv(
        p / "r.csv", [(g := grid(CHINESE))[0], ["甲", "乙", "丙", "丁", *range(1, 16)], *g[1:]]
    ),
    "sums, notes, signatures": lambda p: as_xlsx(p / "r.xlsx", with_sums(CHINESE)),
    "merged counties": lambda p: as_csv(p / "r.csv", merged_counties()),
    "units, separators, wide digits": lambda p: as_csv(p / "r.csv", formatted()),
    "everything as text": lambda p: as_xlsx(p / "r.xlsx", [[str(c) for c in row] for row in grid(CHINESE)]),
    "remarks and other columns": lambda p: as_csv(
        p / "r.csv",
        grid({"序号": "=7", "乡镇": "=城关镇", **CHINESE, "教职工数": "=80", "图书（册）": "=9000", "联系电话": "=0857-1234567", "备注": "=无"}),
    ),
    "derived columns beside": lambda p: as_xlsx(
        p / "r.xlsx",
        grid({**CHINESE, "生均教学及辅助用房面积": "=4.1", "每百名学生拥有骨干教师数": "=1.2", "是否达标": "=是", "入学率": "=100%"}),
    ),
    "sports teachers apart": lambda p: as_csv(
        p / "r.csv",
        grid({
            **{k: f for k, f in CHINESE.items() if "体育艺术" not in k},
            "小学体育教师数": "pe.0", "小学艺术教师数": "art.0", "初中体育教师数": "pe.1", "初中艺术教师数": "art.1",
        }),
    ),
    "degrees by name": lambda p: as_csv(
        p / "r.csv",
        grid(renamed(CHINESE, {
            "小学高于规定学历教师数": "小学专任教师中大专及以上学历教师数", "初中高于规定学历教师数": "初中本科及以上学历专任教师数",
        })),
    ),
    "mu": lambda p: as_csv(
        p / "r.csv", grid({**{k: f for k, f in CHINESE.items() if f != "sports"}, "体育运动场馆面积（亩）": "mu"})
    ),
    "short names of types": lambda p: as_csv(
        p / "r.csv", swapped(grid(CHINESE), {"小学": "完小", "初级中学": "初中", "九年一贯制学校": "九年一贯制"})
    ),
    "types with codes": lambda p: as_csv(
        p / "r.csv", swapped(grid(CHINESE), {"小学": "211-小学", "初级中学": "311-初级中学", "教学点": "218 小学教学点"})
    ),
    "no types": lambda p: as_csv(p / "r.csv", grid({k: f for k, f in CHINESE.items() if f != "type"})),
    "no codes": lambda p: as_csv(p / "r.csv", grid({k: f for k, f in CHINESE.items() if f != "id"})),
    "line ends in headings": lambda p: as_xlsx(
        p / "r.xlsx", grid(renamed(CHINESE, {"小学县级及以上骨干教师数": "小学县级及以上\n骨干教师数", "学校名称": "学 校 名 称"}))
    ),
    "a cover sheet": lambda p: as_xlsx(
        p / "r.xlsx", grid(CHINESE), "学校", lambda book: book.add_worksheet("封面").write(0, 0, "乌有市教育局")
    ),
    "official monitoring names": lambda p: as_xlsx(
        p / "r.xlsx",
        grid(renamed(CHINESE, {
            "学校标识码": "学校（机构）标识码", "学校名称": "学校（机构）名称", "所属县区": "县级行政区", "办学类型": "学校（机构）办学类型",
            "教学及辅助用房面积（㎡）": "教学及辅助用房面积（不含室内体育用房）", "体育运动场馆面积（㎡）": "体育运动场馆面积",
            "教学仪器设备值（万元）": "教学仪器设备资产值（万元）", "小学班级数": "小学教学班数",
        })),
    ),
}  # fmt: skip
# the same without the nine-year school: what its single numbers mean by stage nobody can know
OF_ONE_STAGE: dict[str, Any] = {
    "by type, csv": lambda p: as_csv(p / "r.csv", grid(BY_TYPE, ONE_STAGE), "gb18030"),
    "by type, xlsx": lambda p: as_xlsx(p / "r.xlsx", grid(BY_TYPE, ONE_STAGE)),
    "by type, degrees by stage": lambda p: as_csv(
        p / "r.csv",
        grid({
            **{k: f for k, f in BY_TYPE.items() if f != "degree"}, "专科及以上学历教师": "degree", "本科及以上学历教师": "degree",
        }, ONE_STAGE),
    ),
    "by type, years": lambda p: as_csv(
        p / "r.csv", grid(renamed(BY_TYPE, {"在校生数（人）": "2023年秋季在校生数", "骨干教师数": "现有骨干教师数"}), ONE_STAGE)
    ),
}  # fmt: skip


def verdict(path: Path) -> dict[str, Any]:
    """What an evaluation says, by county name without the forms of writing."""
    register = read_register(path)
    found = inspect(register.totals, register.county, len(register.counties))
    return {
        "counties": [c.replace("縣", "县") for c in register.counties],
        "passed": found.passed.tolist(),
        "value": found.value,
        "shortfall": found.shortfall,
        "cv": found.cv,
        "excluded": found.excluded.tolist(),
        "kinds": register.kinds,
    }


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    exact = all(a[k] == b[k] for k in ("counties", "passed", "excluded", "kinds"))
    return exact and all(np.allclose(a[k], b[k], rtol=1e-9, equal_nan=True) for k in ("value", "shortfall", "cv"))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_gives_the_verdict_of_the_plain_register(name, tmp_path):
    (tmp_path / "plain").mkdir()
    assert same(verdict(LAYOUTS[name](tmp_path)), verdict(plain(tmp_path / "plain" / "r.csv")))


@pytest.mark.parametrize("name", OF_ONE_STAGE)
def test_a_layout_without_stages_is_read_by_type(name, tmp_path):
    (tmp_path / "plain").mkdir()
    assert same(verdict(OF_ONE_STAGE[name](tmp_path)), verdict(plain(tmp_path / "plain" / "r.csv", ONE_STAGE)))


def test_numbers_without_stage_of_a_school_with_several_are_asked_for(tmp_path):
    with pytest.raises(InputError) as caught:
        read_register(as_csv(tmp_path / "r.csv", grid(BY_TYPE)))
    assert "line 5" in str(caught.value) and "not given by stage" in str(caught.value)
    assert "line 2" not in str(caught.value)
