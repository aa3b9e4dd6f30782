"""Workbooks: sheets, limits, bombs, templates that read back, marked registers, reports as sheets."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import python_calamine as calamine
import xlsxwriter

from sim.errors import InputError
from sim.evaluation import inspect, limits, workbook
from sim.evaluation.flat import as_csv as flat_csv
from sim.evaluation.flat import harmless, write_workbook
from sim.evaluation.marked import marks_of_findings, marks_of_problems, write_marked
from sim.evaluation.preview import preview
from sim.evaluation.problems import RegisterProblems
from sim.evaluation.register import open_register, read_register
from sim.evaluation.template import HEADINGS, write_template
from tests.sim.evaluation.registers import ENGLISH, SCHOOLS, as_csv, as_xlsx, grid
from tests.sim.evaluation.test_layouts import CHINESE
from tests.sim.evaluation.test_rows import HEAD, school


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def two_sheets(path: Path, names: tuple[str, str] = ("2022年", "2023年")) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for k, name in enumerate(names):
            page = book.add_worksheet(name)
            for r, row in enumerate(grid(CHINESE)[: None if k else -1]):
                page.write_row(r, 0, row)
    return path


def test_two_sheets_with_headings_are_asked_for_by_name(tmp_path):
    path = two_sheets(tmp_path / "r.xlsx")
    with pytest.raises(InputError, match="2 sheets have headings of a register: 2022年, 2023年. Say which by --sheet."):
        read_register(path)
    assert len(read_register(path, sheet="2022年").ids) == 5
    assert len(read_register(path, sheet=" ２０２３年").ids) == 6
    with pytest.raises(InputError, match="there is no sheet '2024'. Its sheets are: 2022年, 2023年."):
        read_register(path, sheet="2024")
    with pytest.raises(InputError, match="text without sheets"):
        read_register(as_csv(tmp_path / "r.csv", grid(CHINESE)), sheet="x")


def test_a_hidden_sheet_is_not_read(tmp_path):
    def hide(book: Any) -> None:
        page = book.add_worksheet("旧")
        page.hide()
        for r, row in enumerate(grid(CHINESE)):
            page.write_row(r, 0, row)

    assert len(read_register(as_xlsx(tmp_path / "r.xlsx", grid(CHINESE), "新", hide)).ids) == 6


def packed(path: Path, parts: dict[str, bytes], lie: int | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    if lie is not None:
        size = max(len(c) for c in parts.values())
        path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), lie.to_bytes(4, "little")))
    return path


BOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


@pytest.mark.parametrize("lie", [None, 1000])
def test_a_workbook_that_unpacks_to_more_is_refused_whatever_it_says(tmp_path, monkeypatch, lie):
    monkeypatch.setattr(workbook, "MOST_BYTES", 3_000_000)
    path = packed(tmp_path / "bomb.xlsx", {**BOOK, "xl/worksheets/sheet1.xml": b" " * 4_000_001}, lie)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="unpacks to more than 3,000,000 bytes"):
        read_register(path)


def test_a_text_that_many_cells_share_counts_for_each(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_BYTES", 3_000_000)
    path = as_xlsx(tmp_path / "r.xlsx", [["学校名称" * 2000] * 3] * 100)
    with pytest.raises(InputError, match="unpacks to more than"):
        read_register(path)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (3, 16383, "16,384 columns, allowed: at most 300"),
        (1048575, 2, "more than 1,000,000 rows"),
        (900000, 290, "30,000,000 cells"),
    ],
)
def test_cells_far_away_are_refused_before_room_is_made_for_them(tmp_path, row, column, says):
    path = as_xlsx(
        tmp_path / "r.xlsx", grid(CHINESE), "s", lambda b: b.get_worksheet_by_name("s").write(row, column, "x")
    )
    with pytest.raises(InputError, match=says):
        read_register(path)


def test_formats_far_away_do_not_matter(tmp_path):
    def formats(book: Any) -> None:
        book.get_worksheet_by_name("s").write_blank(1048575, 16383, None, book.add_format({"bold": True}))

    assert len(read_register(as_xlsx(tmp_path / "r.xlsx", grid(CHINESE), "s", formats)).ids) == 6


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04" + b"x" * 100, "no Excel workbook that can be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "no Excel workbook that can be read"),
    ],
)
def test_damaged_workbooks(tmp_path, data, says):
    path = tmp_path / "r.xlsx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=says):
        read_register(path)
    good = as_xlsx(tmp_path / "s.xlsx", grid(CHINESE)).read_bytes()
    for cut in (30, len(good) // 2, len(good) - 30):
        path.write_bytes(good[:cut])
        with pytest.raises(InputError):
            read_register(path)
    with pytest.raises(InputError, match="this is a zip file, not an Excel workbook"):
        read_register(packed(tmp_path / "a.zip", {"r.csv": b"x"}))


def test_text_beyond_the_limits(tmp_path, monkeypatch):
    path = as_csv(tmp_path / "r.csv", [[f"c{i}" for i in range(301)], [1] * 301])
    with pytest.raises(InputError, match="301 columns, allowed: at most 300"):
        read_register(path)
    monkeypatch.setattr(limits, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="more than 1,000 bytes"):
        read_register(path)
    monkeypatch.setattr("sim.evaluation.sources.MOST_ROWS", 3)
    with pytest.raises(InputError, match="more than 1,000,000 rows"):
        read_register(as_csv(tmp_path / "s.csv", [HEAD[:9]] + [[1]] * 9))


def filled(template: bytes, path: Path) -> Path:
    """Fill a template with the schools, as a planner does: below its headings."""
    head = sheets(template)["学校"][0]
    fields = dict(zip(HEADINGS.values(), ENGLISH.values(), strict=True))
    return as_xlsx(path, grid({name: fields[name] for name in head}))


def test_the_template_reads_back_once_it_is_filled_in(tmp_path):
    memory = io.BytesIO()
    write_template(memory)
    data = memory.getvalue()
    assert list(sheets(data)) == ["学校", "填表说明"]
    got = read_register(filled(data, tmp_path / "r.xlsx"))
    assert got.ids == [s["id"] for s in SCHOOLS] and got.notes == [] and got.left_out == []
    empty = tmp_path / "empty.xlsx"
    empty.write_bytes(data)
    with pytest.raises(InputError, match="there are headings but no row of a school below them"):
        read_register(empty)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "小学校教学点" not in page and 'type="list"' in page and "完全中学" in page
        assert page.count('type="whole"') == 12 and page.count('type="decimal"') == 3
        assert any("comments" in name for name in archive.namelist())


def test_every_key_has_a_heading_in_the_template():
    assert list(HEADINGS) == HEAD


def marked(data: bytes) -> tuple[list[list[Any]], dict[str, str]]:
    """The rows of a marked register, and its comments by cell."""
    rows = next(iter(sheets(data).values()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if re.fullmatch(r"xl/comments\d*\.xml", n)]
        text = archive.read(names[0]).decode() if names else ""
    found = re.findall(r'<comment ref="([A-Z]+\d+)".*?<t[^>]*>(.*?)</t>', text, re.DOTALL)
    return rows, dict(found)


def test_the_marked_register_keeps_the_users_cells_and_says_what_to_add(tmp_path):
    path = as_xlsx(tmp_path / "r.xlsx", [["乌有市学校表"], *grid({**CHINESE, "备注": "=公办"})], "学校")
    register = read_register(path)
    found = inspect(register.totals, register.county, len(register.counties))
    assert register.table is not None and register.plan is not None
    memory = io.BytesIO()
    write_marked(memory, register.table, marks_of_findings(register, found, register.plan))
    rows, comments = marked(memory.getvalue())
    before = next(iter(sheets(path.read_bytes()).values()))
    assert [row[: len(before[0])] for row in rows] == before  # the user's own
    assert rows[1][-1] == "junheng: what is the matter"
    assert "河口小学" in comments["J4"] and "short by 2 teachers" in comments["J4"]  # 3 backbone teachers, 4.2 asked
    assert comments["N4"].endswith("short by 190 m2")  # 420 pupils x 4.5 m2 - 1700
    assert "short by 190 m2" in rows[3][-1]
    assert rows[7][-1] == "" or "龙场小学" in rows[7][-1]


def test_the_marked_register_of_one_that_cannot_be_read(tmp_path):
    rows = grid(CHINESE)
    rows[2][13], rows[4][0] = "约1700", "#N/A"
    path = as_csv(tmp_path / "r.csv", rows, "gb18030", ";")
    with pytest.raises(RegisterProblems) as caught:
        read_register(path)
    memory = io.BytesIO()
    write_marked(memory, caught.value.table, marks_of_problems(caught.value.problems))
    got, comments = marked(memory.getvalue())
    assert set(comments) == {"N3", "A5"}
    assert "no number" in comments["N3"] and "an error of the spreadsheet" in comments["A5"]
    assert got[2][13] == "约1700" and "no number" in got[2][-1]


DANGEROUS = ['=cmd|"/c calc"!A0', "+1+1", "-2+3", "@SUM(A1)", "=HYPERLINK(1)"]


@pytest.mark.parametrize("name", DANGEROUS)
def test_texts_that_a_spreadsheet_would_run_stay_texts(tmp_path, name):
    rows = [HEAD, school("s1", name=name, county=name, multimedia_rooms=2), school("s2", county=name)]
    register = read_register(as_csv(tmp_path / "r.csv", rows))
    found = inspect(register.totals, register.county, 1)
    memory, again = io.BytesIO(), io.BytesIO()
    write_workbook(memory, register, found)
    assert register.table is not None and register.plan is not None
    write_marked(again, register.table, marks_of_findings(register, found, register.plan))
    for data in (memory.getvalue(), again.getvalue()):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert not any(b"<f>" in archive.read(n) for n in archive.namelist() if "worksheets/sheet" in n)
    assert any(name in row for rows in sheets(memory.getvalue()).values() for row in rows)
    line = b"".join(flat_csv(register, found)).decode("utf-8-sig").splitlines()[1]
    assert "'" + name[:4] in line.replace('"', "") or "'" + name in line
    assert harmless("-5") == "'-5" and harmless("城关") == "城关"


def test_the_report_as_sheets_and_rows(tmp_path):
    register = read_register(as_xlsx(tmp_path / "r.xlsx", grid(CHINESE)))
    found = inspect(register.totals, register.county, 2)
    memory = io.BytesIO()
    write_workbook(memory, register, found)
    got = sheets(memory.getvalue())
    assert list(got) == ["Missing", "Reasons", "Coefficients", "Schools", "Each failure", "Not evaluated", "Reading"]
    assert got["Missing"][1][:2] == ["甲县", "primary"]
    assert got["Missing"][1][8] == 190  # rooms m2: 420 x 4.5 - 1700 (the other school has 5000.5 of 4500)
    assert got["Not evaluated"][1][0] == "岩脚教学点"
    assert got["Coefficients"][1][-1] == pytest.approx(float(np.mean(found.cv[0, 0])))
    lines = b"".join(flat_csv(register, found)).decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + 7  # six schools, one of two stages
    assert lines[2].startswith("3152000002,河口小学,甲县,primary,primary,420.0,,")


def test_the_preview_says_how_each_heading_is_understood(tmp_path):
    path = as_xlsx(
        tmp_path / "r.xlsx", [["乌有市学校表"], *grid({**CHINESE, "备注": "", "杂项": "=1", "生均图书": "=30"})], "学校"
    )
    text = "\n".join(preview(open_register(path), read_register(path)))
    rows = [line.split() for line in text.splitlines()]
    assert "workbook, sheet '学校'" in text
    assert "row 1: title, not read: '乌有市学校表'" in text
    assert ["P", "教学仪器设备值（万元）", "equipment_value_yuan", "万元", "(x", "10,000)"] in [row[:6] for row in rows]
    assert "not read: not understood" in text and "not read: derived" in text and "not read: not needed" in text
    assert "Schools: 6; counties: 2" in text
