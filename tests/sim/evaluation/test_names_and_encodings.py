"""One county however it is typed, one encoding a file, one rule for numbers, and nothing that a terminal would obey."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.numbers import BLANK, NO_NUMBER, OK, OTHER_DIGITS, read_numbers
from sim.evaluation.register import read_register
from sim.evaluation.report import as_text
from sim.names import name_key, shown, width
from tests.sim.evaluation.registers import as_csv
from tests.sim.evaluation.test_rows import HEAD, school

PAIRS = [
    ("甲县", "甲县\u200b"), ("甲县", "\ufeff甲县"), ("甲县", "甲 县"), ("甲县", "甲\u3000县"), ("ABC县", "ＡＢＣ县"),
    ("甲(市)", "甲（市）"), ("Ürümqi", "U\u0308ru\u0308mqi"), ("甲县", "甲\u00a0县"), ("甲县", "甲\u2060县"),
    ("甲县", "甲\u00ad县"), ("甲县(东)", "甲县【东】"), ("甲县", "甲\ufe00县"), ("甲县", "\u202a甲县\u202c"),
    ("一县", "\u2f00县"), ("甲县3区", "甲县３区"), ("甲县", "甲\u034f县"),
    ("甲县", "甲\u3164县"), ("甲县(东)", "甲县〔东〕"), ("甲县", "甲\t县"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_county_typed_in_two_ways_is_one_county(tmp_path, one, other):
    rows = [HEAD, school("s1", county=one), school("s2", county=other, equipment_value_yuan=6000000)]
    got = read_register(as_csv(tmp_path / "r.csv", rows))
    assert len(got.counties) == 1
    found = inspect(got.totals, got.county, 1)
    assert found.cv[0, 0, 5] == pytest.approx(0.690, abs=5e-4) and not found.passed[0]


@pytest.mark.parametrize(
    ("one", "other"), [("甲县", "乙县"), ("甲县", "甲县东区"), ("甲县(东)", "甲县(西)"), ("ab", "AB")]
)
def test_counties_that_differ_stay_two(one, other):
    assert name_key(one) != name_key(other)


JOINED = [
    ("utf-8", "gb18030"),
    ("gb18030", "utf-8"),
    ("utf-8", "big5hkscs"),
    ("gb18030", "big5hkscs"),
    ("big5hkscs", "gb18030"),
]


@pytest.mark.parametrize(("first", "second"), JOINED)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_of_two_encodings_is_refused(tmp_path, first, second, mark):
    text = {
        "gb18030": "河口第一小学,织金县城关镇",
        "utf-8": "河口第一小学,织金县城关镇",
        "big5hkscs": "河口第一小學,織金縣城關鎮",
    }

    def line(number: int, encoding: str) -> bytes:
        name, county = text[encoding].split(",")
        return (",".join(map(str, school(f"s{number}", name=name, county=county, type="primary"))) + "\n").encode(
            encoding
        )

    lines = [line(i, first) for i in range(6)] + [line(9, second)]
    path = tmp_path / "r.csv"
    path.write_bytes(mark + ",".join(HEAD).encode() + b"\n" + b"".join(lines))
    with pytest.raises(InputError) as caught:
        read_register(path)
    assert (
        "no single encoding fits" in str(caught.value)
        or "has no meaning" in str(caught.value)
        or "byte" in str(caught.value)
    )


@pytest.mark.parametrize("odd", ["\ue000", "\uf8ff", "\U000f0000", "\u0378", "\ufffd", "\ufdd0"])
def test_characters_without_meaning_are_refused(tmp_path, odd):
    path = as_csv(tmp_path / "r.csv", [HEAD, school("s1", name=f"城{odd}关小学")])
    with pytest.raises(InputError, match=f"line 2: the character U\\+{ord(odd):04X} has no meaning"):
        read_register(path)


DIGITS = [
    ("１０００", 1000), ("５０００．５", 5000.5), ("１，０００", 1000), ("1,234,567.5", 1234567.5), (" 12 ", 12), ("4500㎡", 4500),
    ("4500 平方米", 4500), ("4500m²", 4500), ("1.5公顷", 15000), ("３亩", 2000), ("无", 0), ("暂无", 0), ("\u200b7\u200b", 7),
    ("1 234", 1234), ("1e3", 1000), ("７．５万平方米", 75000), ("＋5", 5),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), DIGITS)
def test_numbers_that_are_read(cell, value):
    values, codes = read_numbers([cell], "area")
    assert codes[0] == OK and values[0] == pytest.approx(value)


SCRIPTS = ["١٠٠٠", "۱۲", "५००", "๑๒", "①", "Ⅻ", "十二", "一百", "𝟓𝟎", "5²", "½٣", "৫", "1٠"]


@pytest.mark.parametrize("cell", SCRIPTS)
def test_digits_of_other_scripts_are_refused_alike(cell):
    _, codes = read_numbers([cell], "area")
    assert codes[0] in (OTHER_DIGITS, NO_NUMBER)


@pytest.mark.parametrize("cell", ["", "-", "—", "——", "/", "空", "…", "不详", "\u200b", "N/A", "－"])
def test_what_stands_for_a_number_that_is_not_known(cell):
    assert read_numbers([cell], "area")[1].tolist() == [BLANK]


@given(
    st.floats(0, 1e9).map(lambda v: round(v, 3)), st.sampled_from(["{:.3f}", "{:,.3f}", "{:.3f}㎡", "{:,.3f} 平方米"])
)
def test_a_number_means_the_same_in_every_writing(value, form):
    wide = form.format(value).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789.,"})
    for cell in (form.format(value), wide):
        assert read_numbers([cell], "area")[0].tolist() == [pytest.approx(value, abs=1e-9)]


NASTY = [
    "\x1b[31m坏\x1b[0m\x07",
    "a\tb",
    "二行\n名",
    "a\r\nb",
    "右\u202e左",
    "\u2066x\u2069",
    "\x9b31m",
    "\u2028x",
    "\u200fx",
    "\x00x"[1:] + "\x7f",
]


@pytest.mark.parametrize("name", NASTY)
def test_names_that_a_terminal_would_obey_are_shown_as_escapes(tmp_path, name):
    rows = [HEAD, school("s1", name=name, county="甲" + name), school("s2", multimedia_rooms=1)]
    try:
        register = read_register(as_csv(tmp_path / "r.csv", rows))
        text = "\n".join(as_text(register, inspect(register.totals, register.county, 2), full=True))
    except InputError as error:
        text = str(error)
    bad = [ch for ch in text.replace("\n", "") if unicodedata.category(ch) in ("Cc", "Cf", "Zl", "Zp")]
    assert bad == []
    tables = [line for line in text.splitlines() if line.startswith("  ") and " primary " in line]
    assert tables or "line" in text


@settings(max_examples=200)
@given(st.text(max_size=80), st.integers(1, 60))
def test_what_is_shown_is_safe_and_short(text, most):
    out = shown(text, most)
    assert len(out) <= most + 1
    assert not [ch for ch in out if unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    if text.isprintable() and len(text) <= most:
        assert out == text
    assert width(out) >= 0 and np.isfinite(width(out))


def test_a_pipe_is_read_to_its_limit(tmp_path):
    with pytest.raises(InputError, match="a zero byte"):
        read_register(Path("/dev/zero"))
