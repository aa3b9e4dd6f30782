"""`junheng inspect`: report, JSON, template, and what it refuses."""

from __future__ import annotations

import json
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from junheng.inspect import inspect
from results.errors import ResultsError
from sim.errors import InputError
from sim.evaluation import load_standards
from sim.evaluation.register import COLUMNS, OPTIONAL
from sim.evaluation.template import template_csv as template

REGISTER = """\
1,第一小学,甲县,primary,1000,,,42,,10,,9,,4500,7500,2000000,23,,
2,第二小学,甲县,小学,500,,,30,,5,,5,,2300,3300,1100000,12,12,
3,实验学校,甲县,nine_year,600,300,,30,20,8,3,6,3,5000,9000,2500000,22,14,6
4,河边教学点,甲县,teaching_point,49,,,,,,,,,,,,,,
5,南村小学,乙县,primary,100,,,4,,1,,1,,300,800,250000,3,4,
6,南村初中,乙县,junior,,200,,,12,,1,,2,,,,,,
7,特教学校,丙县,special,30,,,,,,,,,,,,,,
"""


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "schools.csv"
    rows = REGISTER.replace(
        "6,南村初中,乙县,junior,,200,,,12,,1,,2,,,,,,", "6,南村初中,乙县,junior,,200,,,12,,1,,2,1200,2100,510000,5,,4"
    )
    path.write_text(",".join([*COLUMNS, *OPTIONAL]) + "\n" + rows, encoding="gbk")
    return path


def call(*args: object, lang: str = "en") -> bytes:
    app = typer.Typer()

    @app.command()
    @wraps(inspect)
    def spoken(**given: Any) -> None:
        inspect(**given | {"lang": lang})

    result = CliRunner().invoke(app, [str(a) for a in args])
    if isinstance(result.exception, InputError | ResultsError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


def refused(*args: object) -> str:
    with pytest.raises((InputError, ResultsError)) as caught:
        call(*args)
    return str(caught.value)


def strict(text: bytes) -> dict:
    def no(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=no)


def test_json_has_the_shape_that_programs_rely_on(register):
    got = strict(call(register, "--json"))
    assert [(c["county"], c["passed"]) for c in got["counties"]] == [("甲县", True), ("乙县", False), ("丙县", False)]
    first, second, third = got["counties"]
    assert set(first["stages"]) == {"primary", "junior"}
    assert third["stages"] == {}  # a stage that nobody is evaluated in is left out
    assert list(first["stages"]["primary"]["cv"]) == list(load_standards().keys)
    assert (first["stages"]["primary"]["schools_passing"], first["stages"]["primary"]["schools"]) == (3, 3)
    assert first["stages"]["junior"]["cv"]["teaching_area"] == 0
    assert first["failures"] == []
    assert [(f["school_id"], f["stage"], f["indicator"]) for f in second["failures"]] == [
        ("5", "primary", "teachers_above_required_degree"),
        ("5", "primary", "teaching_area"),
        ("6", "junior", "backbone_teachers"),
    ]  # fmt: skip
    lacking = second["failures"][1]
    assert (lacking["value"], lacking["limit"], lacking["shortfall"], lacking["raw_unit"]) == (3, 4.5, 150, "m2")
    assert lacking["message"].startswith(
        "南村小学, primary: teaching and auxiliary rooms 3.00 m2 per pupil, 4.50 asked"
    )
    assert {"government.11", "quality.9", "social_recognition", "veto"} <= set(first["not_modelled"])


def test_json_schools_have_values_met_and_shortfall(register):
    schools = {s["school_id"]: s for s in strict(call(register, "--json"))["schools"]}
    assert len(schools) == 7
    assert schools["2"]["stages"]["primary"]["values"]["sports_area"] == 6.6
    assert schools["2"]["stages"]["primary"]["met"]["sports_area"] is False
    assert schools["2"]["stages"]["primary"]["shortfall"]["sports_area"] == 450
    assert schools["2"]["stages"]["primary"]["passed"] is True
    assert schools["2"]["to_add"]["sports_area"] == 450
    assert set(schools["3"]["stages"]) == {"primary", "junior"}
    assert (schools["4"]["excluded"], schools["4"]["stages"]) == ("teaching_point_too_small", {})
    assert schools["7"]["excluded"] == "kind"
    assert schools["1"]["excluded"] is None


def test_report_in_english(register):
    text = call(register).decode()
    assert text.startswith("Inspection by 教督〔2017〕6号. Schools: 7; counties: 3.\n")
    assert "1 of 3 counties pass all that could be checked." in text
    rows = [line.split() for line in text.splitlines()]
    assert ["乙县", "primary", "0/1", "1", "-", "-", "150", "-", "-", "-"] in rows
    assert ["乙县", "junior", "0/1", "-", "1", "-", "-", "-", "-", "-"] in rows
    assert ["all", "primary", "3/4", "1", "-", "-", "150", "450", "-", "-"] in rows
    assert (
        "  - primary, teaching and auxiliary rooms: 1 schools that do not pass are below, in 1 counties; they lack 150 m2"
        in text
    )
    assert "Left out of the evaluation: special and vocational schools (1): 特教学校 (special)" in text
    assert "Left out of the evaluation: teaching points below 50 pupils (1): 河边教学点" in text
    assert "government item 11 teacher rotation" in text
    assert "a = between-school variance / total variance of scores; b = pupil-weighted SD" in text
    assert "composite" in text


def test_details_in_english(register):
    text = call(register, "--details").decode()
    assert "== 甲县: PASSES all that could be checked" in text
    assert "== 乙县: DOES NOT PASS (reasons: 3)" in text
    assert "== 丙县: DOES NOT PASS: no school to evaluate" in text
    assert "6.60*" in text
    assert (
        "第二小学, primary: sports grounds and halls 6.60 m2 per pupil, 7.50 asked (88.0 % of it), short by 450" in text
    )
    assert "left out (special, vocational, or teaching point below 50 pupils): 河边教学点 (teaching point)" in text
    assert "Not checked here: government item 5 class size" in text  # 第一小学 gives no classes


def test_report_in_chinese_has_no_english_sentence(register):
    text = call(register, "--details", lang="zh").decode()
    assert "== 乙县: 未通过（原因 3 条）" in text
    assert "政府保障程度第11项 教师交流轮岗" in text
    assert "南村初中（初中）：每百名学生拥有县级以上骨干教师数 0.50 人/百生，标准 1.00（达到 50.0%），缺 1 人" in text
    for word in ("school", "primary", "asked", "pupils", "item "):
        assert word not in text
    message = strict(call(register, "--json", lang="zh"))["counties"][1]["failures"][2]["message"]
    assert "（初中）" in message


def test_template_to_stdout_and_to_a_file(tmp_path):
    assert call("--template") == template()
    out = tmp_path / "empty.csv"
    assert call("--template", "--out", out) == b""
    assert out.read_bytes() == template()
    assert refused("--template", "--out", out).startswith(f"--out {out}: the file exists and is not overwritten.")
    assert "does not exist. Make it first." in refused("--template", "--out", tmp_path / "no" / "empty.csv")
    assert refused("--template", out, "--out", tmp_path / "b.csv").startswith("inspect: two files to write given")


def test_report_to_a_file(register, tmp_path):
    out = tmp_path / "report.txt"
    call(register, "--out", out)
    assert out.read_bytes() == call(register)


def test_what_it_refuses(register, tmp_path):
    assert refused() == "inspect: no register given, allowed: a register (junheng inspect schools.xlsx) or --template."
    assert refused("--template", "--json") == "inspect: --template and --json given, allowed: one of them."
    assert refused(tmp_path / "none.csv").startswith(f"{tmp_path / 'none.csv'}: there is no such file.")
    assert "the ending .doc says no form of report" in refused(register, "--out", tmp_path / "a.doc")
    assert refused(register, "--format", "pdf").startswith("--format pdf: unknown, allowed: text, csv, json, xlsx.")
    assert refused(register, "--out", register).startswith(f"--out {register}: this is {register}, which the command")
    assert refused(register, "--corrected", tmp_path / "a.csv").startswith("--corrected")
    assert list(tmp_path.iterdir()) == [register]


def test_items_that_the_user_knows_are_checked(register, tmp_path):
    items = tmp_path / "items.csv"
    items.write_text("county,rotation_share,rotation_backbone_share\n甲县,0.05,0.2\n乙县,0.1,0.2\n", encoding="utf-8")
    first, second, third = strict(call(register, "--json", "--items", items))["counties"]
    assert not first["passed"]
    assert [(f["about"], f["item"], f["measure"], f["value"]) for f in first["failures"]] == [
        ("item", "government.11", "rotation_share", 0.05)
    ]
    states = [c["items"]["government.11"]["state"] for c in (first, second, third)]
    assert states == ["failed", "passed", "not_modelled"]
    assert "rotated, of the teachers who are due is 5.0 %" in call(register, "--items", items, "--details").decode()
    assert refused("--template", "--items", items).startswith("inspect: --template and --items given")


def test_out_by_its_ending(register, tmp_path):
    for ending, begins in (
        (".txt", b"Inspection by"),
        (".json", b'{"standard"'),
        (".csv", b"\xef\xbb\xbfschool_id,"),
        (".xlsx", b"PK"),
    ):
        out = tmp_path / f"report{ending}"
        assert call(register, "--out", out) == b""
        assert out.read_bytes().startswith(begins)
    assert call(register, "--format", "csv").startswith(b"\xef\xbb\xbfschool_id,name,county,type,stage,pupils,")
    assert call(register, "--format", "xlsx").startswith(b"PK")
    assert strict(call(register, "--format", "json")) == strict(call(register, "--json"))
    assert refused(register, "--out", tmp_path / "report.csv").endswith("Choose another name, or add --force.")
    call(register, "--out", tmp_path / "report.csv", "--force")


def test_json_has_sums_and_how_the_file_was_read(register):
    got = strict(call(register, "--json"))
    assert got["reading"] == {"sheet": None, "encoding": "GBK/GB18030", "left_out": [], "notes": []}
    assert got["missing"]["primary"]["teaching_area"] == 150 and got["missing"]["junior"]["backbone_teachers"] == 1
    assert got["counties"][1]["missing"]["primary"]["teaching_area"] == 150
    cv = got["counties"][0]["stages"]["primary"]["cv"]
    assert got["counties"][0]["composite_cv"]["primary"] == pytest.approx(sum(cv.values()) / 7)
    assert got["counties"][2]["composite_cv"] == {"primary": None, "junior": None}


def test_template_and_preview_and_marked_register(register, tmp_path):
    empty, marked = tmp_path / "empty.xlsx", tmp_path / "marked.xlsx"
    call("--template", empty)
    assert empty.read_bytes().startswith(b"PK")
    assert "template is .xlsx or .csv, not json" in refused("--template", tmp_path / "a.json")
    text = call(register, "--preview").decode()
    assert "text, GBK/GB18030, separated by commas" in text and "Schools: 7; counties: 3" in text
    call(register, "--corrected", marked, "--out", tmp_path / "report.txt")
    assert marked.read_bytes().startswith(b"PK")
    assert "the file exists" in refused(register, "--corrected", marked)
    bad = tmp_path / "bad.csv"
    bad.write_bytes(register.read_bytes().replace(b",1000,", b",many,"))
    assert "no number" in refused(bad, "--corrected", tmp_path / "again.xlsx", "--out", tmp_path / "none.txt")
    assert (tmp_path / "again.xlsx").exists() and not (tmp_path / "none.txt").exists()
    assert "The register cannot be evaluated as it is:" in call(bad, "--preview").decode()


def test_three_hundred_schools_are_a_screen_or_two(tmp_path):
    path = tmp_path / "many.csv"
    lines = [
        f"{i},第{i}小学,第{i // 100}县,小学,{300 + i},,,{10 + i % 9},,3,,2,,{1000 + 7 * i},{2000 + i},{600000 + i},{6 + i % 5},,"
        for i in range(300)
    ]
    path.write_text("\n".join([",".join([*COLUMNS, *OPTIONAL]), *lines]), encoding="utf-8")
    report = call(path).decode().splitlines()
    assert len(report) < 50
    assert len(call(path, "--details").decode().splitlines()) > 300
    assert len({len(line) for line in report}) > 5
