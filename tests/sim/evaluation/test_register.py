"""Reading a school register: encodings, spreadsheet habits, and every error with file, line, column."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.register import COLUMNS, KINDS_ZH, OPTIONAL, read_register, template
from sim.evaluation.totals import SCHOOL_KINDS

GOOD = {
    "school_id": "3552001", "name": "第一小学", "county": "甲县", "type": "primary", "pupils_primary": "1000",
    "teachers_above_degree_primary": "42", "backbone_teachers_primary": "10", "pe_art_teachers_primary": "9",
    "teaching_area_m2": "4500", "sports_area_m2": "7500.5", "equipment_value_yuan": "2000000", "multimedia_rooms": "23",
}  # fmt: skip
NINE = GOOD | {
    "school_id": "3552002", "name": "实验学校", "type": "九年一贯制学校", "pupils_junior": "300",
    "teachers_above_degree_junior": "20", "backbone_teachers_junior": "3", "pe_art_teachers_junior": "3",
}  # fmt: skip


def write(path: Path, *rows: dict[str, str], columns: list[str] | None = None, encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    names = columns or list(COLUMNS)
    csv.writer(text).writerows([names, *([row.get(name, "") for name in names] for row in rows)])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "schools.csv"


def message(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_register(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)[len(f"{path}: ") :]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_every_usual_encoding_reads_the_same(file, encoding):
    got = read_register(write(file, GOOD, NINE | {"county": "乙县"}, encoding=encoding))
    assert got.ids == ["3552001", "3552002"]
    assert got.names == ["第一小学", "实验学校"]
    assert got.counties == ["甲县", "乙县"]
    assert got.county.tolist() == [0, 1]
    assert got.kinds == ["primary", "nine_year"]
    np.testing.assert_array_equal(got.totals.pupils, [[1000, 0], [1000, 300]])
    np.testing.assert_array_equal(got.totals.above_degree, [[42, 0], [42, 20]])
    np.testing.assert_array_equal(got.totals.physical[0], [4500, 7500.5, 2e6, 23])
    assert got.totals.classes is not None
    assert np.isnan(got.totals.classes).all()


def test_columns_in_any_order_and_case_with_classes(file):
    columns = [name.upper() for name in reversed([*COLUMNS, *OPTIONAL])]
    row = {name.upper(): value for name, value in (GOOD | {"classes_primary": "25"}).items()}
    got = read_register(write(file, row, columns=columns))
    np.testing.assert_array_equal(got.totals.classes[0], [25, np.nan])


@pytest.mark.parametrize(("english", "chinese"), list(zip(SCHOOL_KINDS, KINDS_ZH, strict=True)))
def test_types_in_english_and_chinese(file, english, chinese):
    stage = {"junior": "junior", "complete_secondary": "junior", "vocational": "senior"}.get(english, "primary")
    row = {
        k.replace("_primary", f"_{stage}") if k != "pupils_primary" else f"pupils_{stage}": v for k, v in GOOD.items()
    }
    rows = [row | {"type": name, "school_id": name} for name in (english, chinese)]
    assert read_register(write(file, *rows)).kinds == [english, english]


def test_spreadsheet_leftovers_are_no_error(file):
    write(file, GOOD)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\r\n".join([f"{lines[0]},,", "# 注释,,", "", ",,,,", f" {lines[1]},,"]), encoding="utf-8")
    assert read_register(file).ids == ["3552001"]


def test_what_is_left_out_of_the_evaluation_may_be_blank(file):
    left_out = {"county": "甲县", "name": "某校"}
    rows = [
        left_out | {"school_id": "1", "type": "special", "pupils_primary": "80"},
        left_out | {"school_id": "2", "type": "teaching_point", "pupils_primary": "49"},
        left_out | {"school_id": "3", "type": "vocational", "pupils_senior": "800"},
        left_out | {"school_id": "4", "type": "primary", "pupils_primary": "0"},
    ]
    got = read_register(write(file, *rows))
    assert not inspect(got.totals, got.county, 1).counted.any()
    rows[1]["pupils_primary"] = "50"
    assert message(write(file, *rows)).startswith("7 problems:\n  line 3: teaching_area_m2 is blank")


CELLS = [
    ({"pupils_primary": "many"}, "line 2: pupils_primary = 'many', allowed: a whole number from 0 to 1e12"),
    ({"pupils_primary": "30.5"}, "line 2: pupils_primary = '30.5', allowed: a whole number"),
    ({"pupils_primary": "-1"}, "line 2: pupils_primary = '-1', allowed: a whole number from 0"),
    ({"teaching_area_m2": "-0.5"}, "line 2: teaching_area_m2 = '-0.5', allowed: a number from 0"),
    ({"teaching_area_m2": "nan"}, "line 2: teaching_area_m2 = 'nan', allowed: a number"),
    ({"teaching_area_m2": "inf"}, "line 2: teaching_area_m2 = 'inf', allowed: a number"),
    ({"teaching_area_m2": "1e300"}, "line 2: teaching_area_m2 = '1e300', allowed: a number from 0 to 1e12"),
    ({"teaching_area_m2": "4,500"}, "line 2: teaching_area_m2 = '4,500', allowed: a number from 0 to 1e12, no unit"),
    ({"teaching_area_m2": "4500㎡"}, "line 2: teaching_area_m2 = '4500㎡', allowed: a number"),
    ({"teaching_area_m2": "4_500"}, "line 2: teaching_area_m2 = '4_500', allowed: a number"),
    ({"type": "primery"}, "line 2: type = 'primery'. Did you mean 'primary'? Allowed: "),
    ({"type": ""}, "line 2: type = ''. Allowed: complete_secondary, junior, "),
    ({"school_id": ""}, "line 2: school_id is blank, allowed: any text"),
    ({"county": " "}, "line 2: county is blank"),
    ({"name": ""}, "line 2: name is blank"),
    ({"pupils_primary": ""}, "line 2: pupils_primary is blank, allowed: a number from 0. Type primary needs it."),
    ({"type": "nine_year", "pupils_primary": ""}, "line 2: pupils_primary or pupils_junior is blank"),
    ({"backbone_teachers_primary": ""}, "line 2: backbone_teachers_primary is blank, allowed: a number from 0."),
    ({"multimedia_rooms": ""}, "line 2: multimedia_rooms is blank, allowed: a number from 0."),
    ({"pupils_junior": "20"}, "line 2: pupils_junior = 20, but type primary has no junior stage, allowed: blank or 0."),
    ({"pupils_senior": "20"}, "line 2: pupils_senior = 20, but type primary has no senior stage"),
    ({"pe_art_teachers_junior": "2"}, "line 2: pe_art_teachers_junior = 2, but type primary has no junior stage"),
    ({"classes_primary": "0"}, "line 2: classes_primary = 0, allowed: at least 1 where there are pupils"),
    ({"classes_primary": "two"}, "line 2: classes_primary = 'two', allowed: a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), CELLS, ids=[f"{next(iter(c))}={next(iter(c.values()))}" for c, _ in CELLS])
def test_a_bad_cell_is_named_and_nothing_else(file, change, says):
    got = message(write(file, GOOD | change, NINE, columns=[*COLUMNS, *OPTIONAL]))
    assert got.startswith(says)
    assert "\n" not in got


def test_a_school_number_twice_names_both_lines(file):
    got = message(write(file, GOOD, NINE, GOOD | {"name": "别的学校"}))
    assert got == "line 4: school_id = '3552001' stands in line 2 too, allowed: once. Give it its own."


def test_many_bad_cells_are_told_in_one_message_in_order(file):
    rows = [GOOD | {"school_id": str(i), "pupils_primary": f"x{i}", "type": "school"} for i in range(8)]
    lines = message(write(file, *rows)).splitlines()
    assert lines[0] == "16 problems:"
    assert len(lines) == 12
    assert lines[1].startswith("  line 2: ")
    assert lines[10].startswith("  line 6: ")
    assert lines[11] == "  and 6 more like these"


def test_columns_missing_unknown_twice(file):
    names = list(COLUMNS)
    got = message(write(file, GOOD, columns=[n for n in names if n not in ("county", "multimedia_rooms")]))
    assert got.startswith("line 1: missing column county, multimedia_rooms. The school register needs every one.")
    assert got.endswith("`junheng inspect --template` writes an empty one.")
    got = message(write(file, GOOD, columns=["pupil_primary" if n == "pupils_primary" else n for n in names]))
    assert "line 1: unknown column 'pupil_primary'. Did you mean 'pupils_primary'? Allowed: " in got
    assert "line 1: missing column pupils_primary." in got
    assert message(write(file, GOOD, columns=[*names, "name"])).startswith(
        "line 1: column 'name' stands there more than"
    )


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs"), ("，", "full-width commas")])
def test_another_separator_is_recognised(file, mark, name):
    write(file, GOOD)
    file.write_text(file.read_text(encoding="utf-8").replace(",", mark), encoding="utf-8")
    assert message(file) == (
        f"line 1: cells are separated by {name}, allowed: commas. Save it as CSV UTF-8 (comma delimited)."
    )


def test_ragged_rows(file):
    write(file, GOOD, NINE)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], lines[1] + ",7", lines[2][:-1]]), encoding="utf-8")
    assert message(file).startswith("line 2: 18 cells, allowed: 17, as many as the header has.")
    file.write_text("\n".join([lines[0], lines[1], "3552003,某校"]), encoding="utf-8")
    assert message(file).startswith("line 3: 2 cells, allowed: 17")


FILES = [
    (b"", "the file is empty. It needs a header"),
    (b"\xef\xbb\xbf\r\n\r\n", "the file is empty. It needs a header"),
    (b"# only a comment\n", "the file is empty."),
    (b"PK\x03\x04rest", "this is an Excel workbook (.xlsx) or another zip file, allowed: CSV text. Save it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is an old Excel workbook (.xls)"),
    ("school_id".encode("utf-16"), "this is UTF-16 text (Excel's 'Unicode text')"),
    (b"school_id\nab\x00c", "line 2: a zero byte, so this is not a text file"),
    (b"school_id\n\x80\x81\xff\xff", "line 2: byte 0x80 is neither UTF-8 nor GBK/GB18030"),
    (b'school_id,name\n1,"never closed', "line 2: not valid CSV (unexpected end of data). Check the quotation marks."),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), FILES, ids=[str(i) for i in range(len(FILES))])
def test_files_that_are_no_register(file, data, says):
    file.write_bytes(data)
    assert message(file).startswith(says)


def test_header_only_no_file_and_a_folder(file, tmp_path):
    assert message(write(file)).startswith("there is a header but no row below it.")
    assert message(tmp_path / "nothing.csv") == "there is no such file. Check the name and the folder."
    assert message(tmp_path) == "this is a folder. Give the CSV file in it."


def test_the_template_reads_back_once_it_is_filled_in(file):
    file.write_bytes(template())
    assert template().startswith(b"\xef\xbb\xbf")
    assert message(file).startswith("there is a header but no row below it.")
    header, notes = csv.reader(io.StringIO(template().decode("utf-8-sig")))
    assert header == [*COLUMNS, *OPTIONAL]
    assert notes[0].startswith("# ")
    assert all(any("一" <= ch <= "鿿" for ch in note) for note in notes)
    filled = template().decode("utf-8-sig") + ",".join(GOOD.get(name, "") for name in header) + "\r\n"
    for encoding in ("utf-8-sig", "gbk"):  # Excel in Chinese saves "CSV" as GBK
        file.write_bytes(filled.encode(encoding))
        assert read_register(file).names == ["第一小学"]
