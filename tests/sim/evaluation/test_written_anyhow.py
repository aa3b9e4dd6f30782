"""A register written in any order, encoding, separator and manner gives the verdict of the plain one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sim.evaluation.registers import SCHOOLS, as_csv, as_xlsx, grid, plain
from tests.sim.evaluation.test_layouts import BIG5, CHINESE, TRADITIONAL, renamed, same, verdict

UNUSED = {"备注": "=无", "乡镇": "=城关镇", "教职工数": "=80", "生均图书册数": "=31.5", "联系电话": "=0857-123"}
EMPTY_SIGNS = ["", "—", "-", "/", "空", " "]


@st.composite
def schools(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some of the schools, in any order, with other amounts."""
    chosen = draw(st.permutations(SCHOOLS)).copy()[: draw(st.integers(2, 6))]
    found = []
    for school in chosen:
        factor = draw(st.sampled_from([0.5, 0.9, 1.0, 1.3]))
        money = draw(st.integers(300000, 3000000))
        found.append(
            school | {"rooms": round(school["rooms"] * factor, 2), "money": money, "media": draw(st.integers(1, 40))}
        )
    return found


def number(cell: Any, manner: str) -> Any:
    if not isinstance(cell, int | float) or manner == "plain":
        return cell
    text = f"{cell:,}" if manner == "separated" else str(cell)
    return text.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789."}) if manner == "wide" else text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    schools(), st.permutations(list(CHINESE)), st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "big5hkscs", "xlsx"]),
    st.sampled_from([",", ";", "\t"]), st.sampled_from(["plain", "separated", "wide"]), st.sampled_from(EMPTY_SIGNS),
    st.booleans(), st.booleans(), st.lists(st.sampled_from(list(UNUSED)), unique=True),
)  # fmt: skip
def test_the_same_register_in_any_manner(rows, order, encoding, separator, manner, empty, title, sums, unused):
    headings = {name: CHINESE[name] for name in order} | {name: UNUSED[name] for name in unused}
    if encoding == "big5hkscs":
        headings = {k: v for k, v in renamed(headings, TRADITIONAL_OF).items() if k not in UNUSED}
    cells = grid(headings, rows)
    for row in cells[1:]:
        row[:] = [number(empty if c == "" else c, manner) for c in row]
    if sums:
        cells.append(["合计" if c == "name" else "" for c in headings.values()])
    if title:
        cells.insert(0, ["2023年基本情况表"] + [""] * (len(headings) - 1))
    if encoding == "big5hkscs":
        cells = [[c.translate(BIG5_TOO) if isinstance(c, str) else c for c in row] for row in cells]
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        book = encoding == "xlsx"
        path = as_xlsx(there / "r.xlsx", cells) if book else as_csv(there / "r.csv", cells, encoding, separator)
        got, want = verdict(path), verdict(plain(there / "p.csv", rows))
    assert same(got, want), (got, want)
    assert np.isfinite(got["shortfall"]).all()


TRADITIONAL_OF = dict(zip(CHINESE, TRADITIONAL, strict=True))
BIG5_TOO = BIG5 | str.maketrans("报总计况义务无", "報總計況義務無")
