"""Areas by name, pinyin or code: one meaning is found, several are listed, none names the nearest."""

from __future__ import annotations

import numpy as np
import pytest

from sim.area_names import LEVELS, area_names, find, find_all, normal, split
from sim.errors import InputError
from sim.facts import read_counties, region_names


@pytest.mark.parametrize("region", region_names())
def test_codes_and_names_of_prefectures_are_those_of_the_county_tables(region):
    rows, _ = read_counties(region)
    seen: dict[int, set[str]] = {}
    for row in rows:
        seen.setdefault(int(row["code"]) // 100 * 100, set()).add(row["prefecture"])
    assert seen == {area.code: {area.name} for area in area_names(region).of_level("prefecture")}
    first = area_names(region).areas[0]
    assert (first.level, first.code, first.key) == ("region", int(rows[0]["code"]) // 10000 * 10000, "all")


@pytest.mark.parametrize("region", region_names())
def test_every_area_is_found_by_code_and_by_whole_name_and_pinyin(region):
    for area in area_names(region).areas:
        for way in (area.code, str(area.code), np.int32(area.code), float(area.code), area.name, f"{area.code}000000"):
            assert find(way, region) == area
    rows, _ = read_counties(region)
    for row in rows:
        for way in (row["pinyin"], row["pinyin"].upper(), row["pinyin"].replace(" ", ""), row["name_current"]):
            assert find(way, region, ("county",)).key == row["code"], way
        assert find(row["pinyin"], region).key == row["code"]


@pytest.mark.parametrize(
    ("region", "way", "code"),
    [
        ("guizhou", "毕节", 520500),
        ("guizhou", "Bìjié", 520500),
        ("guizhou", "bi jie shi", 520500),
        ("guizhou", "毕 节\u200b市", 520500),
        ("guizhou", "５２０５", 520500),
        ("guizhou", 5205, 520500),
        ("guizhou", "Qiandongnan", 522600),
        ("guizhou", "黔东南州", 522600),
        ("guizhou", "织金", 520524),
        ("guizhou", "Zhījīn Xiàn", 520524),
        ("guizhou", "Zhijin County", 520524),
        ("guizhou", "Zheng'an", 520324),
        ("guizhou", "zhengan xian", 520324),
        ("guizhou", "威宁", 520526),
        ("guizhou", "威宁县", 520526),
        ("guizhou", "威宁自治县", 520526),
        ("guizhou", "六枝", 520203),
        ("guizhou", "黔西市", 520522),  # its name of today
        ("guizhou", 520581, 520522),  # and its code of today
        ("guizhou", "黔西县", 520522),
        ("guizhou", "贵州", 520000),
        ("guizhou", 52, 520000),
        ("xinjiang", "新疆", 650000),
        ("xinjiang", "Kashgar", 653100),
        ("xinjiang", "Hotan Prefecture", 653200),
        ("xinjiang", "和田县", 653221),
        ("xinjiang", "伊犁", 654000),
        ("xinjiang", "Ürümqi", 650100),
        ("xinjiang", "巴州", 652800),
        ("xinjiang", "自治区直辖（兵团）", 659000),
        ("xinjiang", "石河子", 659001),
    ],
)
def test_a_name_is_found_as_people_write_it(region, way, code):
    assert find(way, region).code == code


@pytest.mark.parametrize(
    ("way", "codes"),
    [
        ("和田", {653200, 653201, 653221}),
        ("Kashi", {653100, 653101}),
        ("伊宁", {654002, 654021}),
        ("Changji", {652300, 652301}),
    ],
)
def test_a_name_of_several_areas_lists_them_all_and_takes_none(way, codes):
    with pytest.raises(InputError, match=f"'{way}' fits {len(codes)} areas") as error:
        find(way, "xinjiang")
    for code in codes:
        assert str(code) in str(error.value)
    assert "和田地区)" in str(error.value) or way != "和田"  # the prefecture of the counties among them


def test_a_level_that_is_asked_for_decides_between_areas_of_one_name():
    assert find("喀什", "xinjiang", ("prefecture",)).code == 653100
    assert find("喀什", "xinjiang", ("county",)).code == 653101


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("织金州", "--only: '织金州' is no area of guizhou.*520524 织金县"),
        ("Zhjin", "Zhijin Xian"),
        (520599, "'?520599'? is no area"),
        ("qwxyz", "Write a name such as"),
        ("", "no name or code"),
        ("　()", "no name or code"),
        (True, "no name or code"),
        (None, "no name or code"),
        (1.5, "no name or code"),
        (float("nan"), "no name or code"),
        ("x" * 10_000, "is no area"),
        ("a\x00\x1b[31m", r"\\x00\\x1b"),
    ],
)
def test_what_is_no_area_is_one_short_message(given, told):
    with pytest.raises(InputError, match=told) as error:
        find(given, "guizhou", where="--only")
    assert len(str(error.value)) < 400 and str(error.value).isprintable()


def test_the_wrong_level_and_a_county_without_data_say_so():
    with pytest.raises(InputError, match="520000 贵州省 .*level region; asked for is: prefecture, county"):
        find("贵州省", "guizhou", LEVELS[1:])
    with pytest.raises(InputError, match="和安县 was founded after the census"):
        find("和安县", "xinjiang")
    with pytest.raises(InputError, match="区 was founded|新星市 was founded"):
        find(659011, "xinjiang")


def test_lists_and_texts_with_commas_name_each_area_once():
    found = find_all("毕节市, 织金县、Zunyi，毕节", "guizhou")
    assert [area.code for area in found] == [520500, 520524, 520300]
    assert find_all(["毕节市", ["5203", 520524]], "guizhou") == [found[0], found[2], found[1]]
    assert list(split(np.array([520502, 520521]))) == [520502, 520521]


def test_names_that_differ_only_in_signs_that_nobody_sees_are_one():
    assert len({normal(x) for x in ("毕节市", "毕节市\u200b", "\ufeff毕节市", "毕\u3000节市", "毕节市()")}) == 1
    assert normal("Lǜ") == normal("lu") != normal("li")
