"""Reading a school register: encodings, spreadsheet habits, and every error with file, line, column."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.evaluation import inspect
from sim.evaluation.register import COLUMNS, KINDS_ZH, OPTIONAL, read_register
from sim.evaluation.template import template_csv as template
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
    got = message(write(file, *rows))
    assert got.startswith("kinds of problems: 7; rows: 1. Nothing was evaluated.\n  teaching_area_m2: blank")
    assert got.count("line 3") == 7


CELLS = [
    ({"pupils_primary": "many"}, "line 2: pupils_primary = 'many': no number."),
    ({"pupils_primary": "30.5"}, "line 2: pupils_primary = '30.5': not a whole number."),
    ({"pupils_primary": "-1"}, "line 2: pupils_primary = '-1': below 0."),
    ({"teaching_area_m2": "-0.5"}, "line 2: teaching_area_m2 = '-0.5': below 0."),
    ({"teaching_area_m2": "nan"}, "line 2: teaching_area_m2 = 'nan': no number."),
    ({"teaching_area_m2": "inf"}, "line 2: teaching_area_m2 = 'inf': no number."),
    ({"teaching_area_m2": "1e300"}, "line 2: teaching_area_m2 = '1e300': more than any school has (above 1e12)."),
    ({"teaching_area_m2": "4,5"}, "line 2: teaching_area_m2 = '4,5': commas, blanks or points that are no thousands"),
    ({"teaching_area_m2": "4500人"}, "line 2: teaching_area_m2 = '4500人': a unit that does not fit."),
    ({"teaching_area_m2": "4_500"}, "line 2: teaching_area_m2 = '4_500': no number."),
    ({"teaching_area_m2": "٤٥٠٠"}, "line 2: teaching_area_m2 = '٤٥٠٠': digits of another script."),
    ({"teaching_area_m2": "＃REF！"}, "line 2: teaching_area_m2 = '＃REF！': an error of the spreadsheet"),
    ({"type": "primery"}, "line 2: type = 'primery': no type of school that is known. 'primery' may be 'primary'."),
    ({"type": ""}, "line 2: type = '': blank. Write one of: 教学点、小学、"),
    ({"school_id": ""}, "line 2: school_id: blank."),
    ({"county": " "}, "line 2: county: blank."),
    ({"name": "\u3000\u200b"}, "line 2: name: blank."),
    ({"pupils_primary": ""}, "line 2: pupils_primary, pupils_junior, pupils_senior: blank for every stage"),
    ({"type": "nine_year", "pupils_primary": ""}, "line 2: pupils_primary, pupils_junior, pupils_senior: blank"),
    ({"backbone_teachers_primary": ""}, "line 2: backbone_teachers_primary: blank, and the school has pupils there."),
    ({"backbone_teachers_primary": "—"}, "line 2: backbone_teachers_primary: blank, and the school has pupils there."),
    ({"multimedia_rooms": ""}, "line 2: multimedia_rooms: blank, and the school has pupils there."),
    ({"pupils_junior": "20"}, "line 2: pupils_junior = '20 小学': an amount in the junior stage, which the school's type"),
    ({"pupils_senior": "20"}, "line 2: pupils_senior = '20 小学': an amount in the senior stage"),
    ({"pe_art_teachers_junior": "2"}, "line 2: pe_art_teachers_junior = '2 小学': an amount in the junior stage"),
    ({"classes_primary": "0"}, "line 2: classes_primary: 0 classes where there are pupils."),
    ({"classes_primary": "two"}, "line 2: classes_primary = 'two': no number."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), CELLS, ids=[f"{next(iter(c))}={next(iter(c.values()))}" for c, _ in CELLS])
def test_a_bad_cell_is_named_and_nothing_else(file, change, says):
    got = message(write(file, GOOD | change, NINE, columns=[*COLUMNS, *OPTIONAL]))
    assert got.startswith(says)
    assert "\n" not in got


def test_a_school_number_twice_names_both_lines(file):
    for same in ("3552001", "３５５２００１", "3552 001", "3552001\u200b"):
        got = message(write(file, GOOD, NINE, GOOD | {"name": "别的学校", "school_id": same}))
        assert got.startswith("line 4: school_id = ") and "as in line 2': a code that stands there twice." in got


def test_problems_are_grouped_by_kind_with_counts_and_first_rows(file):
    rows = [GOOD | {"school_id": str(i), "pupils_primary": f"x{i}", "type": "school"} for i in range(8)]
    head, *lines = message(write(file, *rows)).splitlines()
    assert head == "kinds of problems: 2; rows: 8. Nothing was evaluated."
    assert len(lines) == 3
    assert (
        "  pupils_primary: no number (8): line 2 'x0', line 3 'x1', line 4 'x2', line 5 'x3', line 6 'x4' and 3 more."
        in (lines[1])
    )
    assert lines[2].startswith("`junheng inspect FILE --corrected marked.xlsx`")


def test_columns_missing_unknown_twice(file):
    names = list(COLUMNS)
    got = message(write(file, GOOD, columns=[n for n in names if n not in ("sports_area_m2", "multimedia_rooms")]))
    assert got.startswith(
        "line 1: missing column sports_area_m2 (sports grounds and halls, m2).\n  missing column multi"
    )
    assert got.endswith("`junheng inspect --template empty.xlsx` writes an empty one.")
    renamed = {"pupils_primary": "pupil_primary", "pupils_junior": "pupil_junior", "pupils_senior": "pupil_senior"}
    got = message(write(file, GOOD, columns=[renamed.get(n, n) for n in names]))
    assert "missing column pupils (pupils). Is it 'pupil_" in got
    assert "E 'pupil_primary' (not understood)" in got
    assert message(write(file, GOOD, columns=[*names, "name"])).startswith(
        "line 1: column 'name' stands there more than"
    )


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_another_separator_is_read(file, mark):
    write(file, GOOD, NINE)
    file.write_text(file.read_text(encoding="utf-8").replace(",", mark), encoding="utf-8")
    assert read_register(file).ids == ["3552001", "3552002"]


def test_full_width_commas_are_named(file):
    write(file, GOOD)
    file.write_text(file.read_text(encoding="utf-8").replace(",", "，"), encoding="utf-8")
    assert "The cells seem to be separated by full-width commas; use commas." in message(file)


def test_ragged_rows(file):
    write(file, GOOD, NINE)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], lines[1] + ",7", lines[2][:-1]]), encoding="utf-8")
    assert message(file).startswith("line 2: more cells than headings (17). Check the separators")
    file.write_text("\n".join([lines[0], lines[1], "3552003,某校"]), encoding="utf-8")
    assert "fewer cells than headings (17) (1): line 3 '2'" in message(file)


FILES = [
    (b"", "the file is empty. It needs headings"),
    (b"\xef\xbb\xbf\r\n\r\n", "the file is empty. It needs headings"),
    (b"# only a comment\n", "no headings of the school register found in the first 40 rows, which begin with '# only"),
    (b"PK\x03\x04rest", "this is no Excel workbook that can be read"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is no Excel workbook that can be read"),
    (b"%PDF-1.7", "this is a PDF file. Save the table as .xlsx or as CSV UTF-8."),
    (b"school_id\nab\x00c", "line 2: a zero byte, so this is neither text nor a workbook."),
    (b"school_id\n\x80\x81\xff\xff", "line 2: byte 0x80 fits no encoding that is read"),
    (",".join(COLUMNS).encode() + b'\n1,"never closed', "line 2: not valid CSV (unexpected end of data). Check the quot"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), FILES, ids=[str(i) for i in range(len(FILES))])
def test_files_that_are_no_register(file, data, says):
    file.write_bytes(data)
    assert message(file).startswith(says)


def test_header_only_no_file_and_a_folder(file, tmp_path):
    assert message(write(file)).startswith("there are headings but no row of a school below them.")
    assert message(tmp_path / "nothing.csv") == "there is no such file. Check the name and the folder."
    assert message(tmp_path) == "this is a folder. Give the file in it."


def test_the_template_reads_back_once_it_is_filled_in(file):
    file.write_bytes(template())
    assert template().startswith(b"\xef\xbb\xbf")
    assert message(file).startswith("there are headings but no row of a school below them.")
    header, notes = csv.reader(io.StringIO(template().decode("utf-8-sig")))
    assert header == [*COLUMNS, *OPTIONAL]
    assert notes[0].startswith("# ")
    assert all(any("一" <= ch <= "鿿" for ch in note) for note in notes)
    filled = template().decode("utf-8-sig") + ",".join(GOOD.get(name, "") for name in header) + "\r\n"
    for encoding in ("utf-8-sig", "gbk"):  # Excel in Chinese saves "CSV" as GBK
        file.write_bytes(filled.encode(encoding))
        assert read_register(file).names == ["第一小学"]
