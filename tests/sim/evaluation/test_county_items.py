"""The file of what a county office knows of the 15 + 9 items."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evaluation import CountyItems
from sim.evaluation.county_items import item_columns, read_items


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "items.csv"


def message(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_items(file, ["甲县", "乙县"])
    return str(caught.value).removeprefix(f"{file}: ")


def test_every_field_of_county_items_is_a_column():
    assert set(item_columns()) == {f.name for f in fields(CountyItems)}


def test_known_and_unknown(file):
    file.write_text("county,rotation_share,special_funds\n乙县,0.12,\n", encoding="gbk")
    got = read_items(file, ["甲县", "乙县"])
    np.testing.assert_array_equal(got.rotation_share, [np.nan, 0.12])
    np.testing.assert_array_equal(got.special_funds, [np.nan, np.nan])
    np.testing.assert_array_equal(got.retention_junior3, [np.nan, np.nan])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "county,rotation_share\n丁县,0.1\n",
            "line 2: county = '丁县': not a county of the register. '丁县' may be '甲县'. Write a county as the register",
        ),
        ("county\n甲县\n甲县\n", "line 3: county = '甲县': a county that stands there twice. Join the two rows."),
        ("county\n甲县\n甲 县\u200b\n", "line 3: county = '甲 县': a county that stands there twice."),
        ("county,rotation_share\n甲县,12\n", "line 2: rotation_share = '12': not a share from 0 to 1. For 95 % write"),
        ("county,rotation_share\n甲县,١٢\n", "line 2: rotation_share = '١٢': digits of another script."),
        ("county,rotation\n甲县,0.1\n", "unknown column 'rotation'. Did you mean 'rotation_share'? Allowed: county, "),
        ("rotation_share\n0.1\n", "0 columns of counties (county or 县区), allowed: one."),
    ],
)
def test_errors(file, text, says):
    assert message(file, text).startswith(says)


def test_shares_in_per_cent_full_width_digits_and_chinese_headings(file):
    file.write_text('县区,交流轮岗教师占应交流教师比例,special_funds,备注\n乙 县,９５％,"7,000",好\n', encoding="utf-8")
    got = read_items(file, ["甲县", "乙县"])
    np.testing.assert_allclose(got.rotation_share, [np.nan, 0.95])
    np.testing.assert_array_equal(got.special_funds, [np.nan, 7000])
