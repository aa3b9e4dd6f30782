"""What is kept of each county and year: held against the inspection it comes from, and against a register worked out by hand."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

import sim
from experiments.county_detail import CountyDetail, to_add
from experiments.recorder import capital_to_close, county_rows
from policies.registry import make_policy
from results.detail import ALL, pack, shortfalls, unpack
from sim.evaluation.inspection import inspect
from sim.evaluation.totals import NINE_YEAR, SchoolTotals
from sim.tables import PHYSICAL, PRIMARY, STAGES

YEARS = (2024, 2025)


@pytest.fixture(scope="module")
def seen():
    """Two years of two counties with rotation: the kept rows, and the inspections and costs they came from."""
    kept, found = CountyDetail(), {}

    def observe(world, *rest):
        kept.add(world)
        found[world.year] = (world.inspection, capital_to_close(world), county_rows(world), world.schools.copy())
        found["rows"], found["codes"] = world.map_rows.tolist(), world.counties.code.tolist()

    world = sim.build("guizhou", seed=1, only=["织金县", "云岩区"])
    rotation = make_policy({"name": "rotation"})
    sim.simulate(world, [rotation], years=range(YEARS[0], YEARS[1] + 1), seed=1, observe=observe)
    rows = kept.rows()
    return SimpleNamespace(
        about=json.loads(rows[0][1]), counties=[json.loads(text) for _, text in rows[1:]], found=found, rows=rows,
        codes=found["codes"],
    )  # fmt: skip


def test_a_row_a_county_after_what_they_refer_to(seen):
    assert seen.rows[0][0] == ALL
    assert [int(code) for code, _ in seen.rows[1:]] == seen.codes == [520103, 520524]
    assert unpack(pack(seen.rows[1][1])) == seen.counties[0]
    assert seen.about["modelled"] == ["government.4", "government.5", "government.11", "quality.1", "quality.9"]
    assert len(seen.about["items"]) == 24


def test_what_it_costs_to_close_is_the_measure(seen):
    prices = [spec["yuan"] for spec in seen.about["indicators"]]
    assert [spec["yearly"] for spec in seen.about["indicators"]] == [True] * 3 + [False] * 4
    for at, year in enumerate(YEARS):
        _, capital, rows, _ = seen.found[year]
        for c, content in enumerate(seen.counties):
            need = content["need"][at]
            total = sum(amount * price for amount, price in zip(need[3:], prices[3:], strict=True))
            assert total == pytest.approx(capital[c], rel=1e-12)
            assert total == pytest.approx(rows[c][6], rel=1e-12)  # cost_to_close of the table county_inspection
            schools = shortfalls(content, seen.about, year)
            by_school = sum(r["yuan"] for r in schools if r["unit"] != "teachers")
            assert by_school == pytest.approx(total, abs=0.005 * len(schools) * max(prices[3:]))  # hundredths are kept


def test_each_school_is_there_with_what_it_lacks(seen):
    keys = [spec["key"] for spec in seen.about["indicators"]]
    for year in YEARS:
        inspection, _, _, schools = seen.found[year]
        added, lacks = np.zeros((len(schools), 7)), np.zeros((len(schools), 2, 7))
        for content in seen.counties:
            for r in shortfalls(content, seen.about, year):
                row, s, k = seen.found["rows"].index(r["school"]), STAGES.index(r["stage"]), keys.index(r["indicator"])
                added[row, k] += r["to_add"]
                lacks[row, s, k] = r["lacks"]
                assert r["blocks"] == (not inspection.passed_section[row, s])
                assert r["name"] == schools.name[row]
                assert r["pupils"] == round(inspection.pupils[row, s])
        np.testing.assert_allclose(lacks, inspection.shortfall, atol=0.005001)
        np.testing.assert_allclose(added, inspection.to_add(), atol=0.010001)


def test_items_and_schools_over_a_limit(seen):
    for at, year in enumerate(YEARS):
        inspection, _, _, _ = seen.found[year]
        for c, content in enumerate(seen.counties):
            for key in seen.about["modelled"]:
                want = {-1: "not_modelled", 0: "failed", 1: "passed"}[int(inspection.items[key].state[c])]
                assert content["items"][key][at]["state"] == want
            here = inspection.county == c
            classes, large = content["classes"][at], content["large"][at]
            assert len(classes["school"]) == inspection.over_class_size[here].sum()
            assert large["school"] == [seen.found["rows"][row] for row in np.flatnonzero(inspection.over_size & here)]
    shares = [c["items"]["government.11"][1]["values"]["rotation_share"] for c in seen.counties]
    assert min(shares) > 0.05


def test_a_school_with_both_stages_buys_a_shared_room_once():
    # per pupil 4.5 and 5.8 m2 are asked; 100 pupils each: shares 1/2.1 and 1.1/2.1 of the 840 m2
    n, ample = 2, np.full((2, 2), 50.0)
    register = SchoolTotals(
        kind=np.array([NINE_YEAR, PRIMARY]), pupils=np.array([[100.0, 100.0], [100.0, 0.0]]), pupils_senior=np.zeros(n),
        above_degree=ample, backbone=ample, pe_art=ample, physical=np.array([[840.0, 9e3, 9e6, 50], [400.0, 9e3, 9e6, 50]]),
    )  # fmt: skip
    found = inspect(register, np.zeros(n, int), 1)
    row, stage, k = np.nonzero(found.counted[:, :, None] & ~found.met)
    lacks = found.shortfall[row, stage, k]
    assert list(zip(row, stage, k, strict=True)) == [(0, 0, 3), (0, 1, 3), (1, 0, 3)]
    # primary lacks 450 - 400 = 50, a share of 1/2.1: 105 for the school; junior 580 - 440 = 140 of 1.1/2.1: 267.3
    assert lacks == pytest.approx([50, 140, 50])
    assert to_add(found, row, stage, k, lacks) == pytest.approx([0, 140 * 2.1 / 1.1, 50])
    assert to_add(found, row, stage, k, lacks).sum() == pytest.approx(found.to_add()[:, 3].sum())
    assert PHYSICAL[0] == "teaching_area"
