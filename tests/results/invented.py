"""An invented experiment with numbers that a reader can work out: two arms, a few seeds, one tiny region."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from results.record import RunData, RunRecord
from results.store import Store, open_store
from results.tables import INDICATORS

YEARS = list(range(2024, 2036))
COUNTIES = (("520102", "南明区", "Nanming"), ("520103", "云岩区", "Yunyan"), ("520111", "花溪区", "Huaxi"))
SD = "student SD of the base year"


def luck(seed: int, at: int) -> float:
    """A number in [-0.5, 0.5) that depends on the seed and on nothing else that matters: the same in every arm."""
    return ((seed * 2654435761 + at * 40503) % 1000) / 1000 - 0.5


def region_series(arm: str, seed: int) -> dict[tuple[str, str, str, str, str, str], np.ndarray[Any, Any]]:
    """Region-level series: gaps that shrink by 0.01 a year more in the plan, levels, counts, costs."""
    t = np.arange(len(YEARS), dtype=float)
    plan = float(arm == "plan")
    found: dict[tuple[str, str, str, str, str, str], np.ndarray[Any, Any]] = {}

    def add(
        measure: str, unit: str, values: np.ndarray[Any, Any], stage: str = "compulsory", group: str = "all"
    ) -> None:
        found["region", "all", stage, group, measure, unit] = values

    for at, (stage, base) in enumerate((("primary", 0.30), ("junior", 0.39), ("compulsory", 0.34))):
        noise = 0.02 * luck(seed, at)
        for name, scale in (("urban_rural", 1.0), ("left_behind", 0.4), ("ses_top_bottom", 1.8)):
            add(f"gap.{name}", SD, scale * (base - 0.003 * t) - plan * 0.01 * t + noise, stage)
        add("between_share", "share of variance", 0.19 - plan * 0.004 * t + noise, stage)
        add("score_mean", SD, plan * 0.012 * t + noise, stage)
        for group, lead in (
            ("urban", 0.6),
            ("town", 0.5),
            ("village", -0.4),
            ("left_behind", -0.3),
            ("not_left_behind", 0.1),
            ("ses_top", 1.1),
            ("ses_bottom", -0.8),
        ):
            add("score_mean", SD, lead * base + plan * (0.012 - 0.01 * (lead > 0)) * t + noise, stage, group)
        add("pupil_teacher_ratio", "pupils per teacher", 17 - 0.1 * t - plan * 0.1 * t + 10 * noise, stage)
        add("class_size", "pupils per class", 42 - 0.5 * t - plan * 0.3 * t + 10 * noise, stage)
        add("seats_short", "places", np.maximum(0, 9000 - 1200 * t - plan * 400 * t + 1e4 * noise), stage)
        if stage != "compulsory":
            for k, indicator in enumerate(INDICATORS):
                add(f"cv.{indicator}", "ratio", 0.35 + 0.06 * k - (0.004 + 0.012 * plan) * t + noise, stage)
    certified = np.floor((0.15 + 0.22 * plan) * t + luck(seed, 7) + 0.5).clip(0, 3)
    add("counties_certified", "counties", certified)
    add("counties_certified_share", "share of counties", certified / 3)
    return found


def run_data(arm: str, seed: int) -> RunData:
    """All that one invented run hands to the database."""
    found = region_series(arm, seed)
    for at, (code, _, _) in enumerate(COUNTIES):
        key = ("county", code, "junior", "all", "gap.urban_rural", SD)
        found[key] = np.full(len(YEARS), 0.2 + 0.1 * at) + 0.01 * luck(seed, at)
        if at == 2:
            found[key][:6] = np.nan  # no urban school in the first half
    counties = [
        (year, code, name, arm == "plan" and year >= 2030, 2030 if arm == "plan" and year >= 2030 else 0,
         ["cv.sports_area primary 0.61 > 0.50"], 1.5e6)
        for year in YEARS for code, name, _ in COUNTIES
    ]  # fmt: skip
    schools = [
        (2035, at, "primary", f"虚拟小学{at}", COUNTIES[at][0], "primary", "town", 400.0,
         *[1.0] * 7, *[0.0] * 6, float("nan"), 6, True)
        for at in range(3)
    ]  # fmt: skip
    items = [("rotation", "county"), ("rotation", "province"), ("standardisation", "centre")] if arm == "plan" else []
    cost = [
        (year, item, payer, code, 1e6 * (at + 1) * (1 + (payer == "county")))
        for year in YEARS for at, (item, payer) in enumerate([*items, ("base.capital", "county")])
        for code, _, _ in COUNTIES
    ]  # fmt: skip
    areas = [("region", "all", "贵州", "Guizhou", 520000)]
    areas += [("county", code, zh, en, int(code)) for code, zh, en in COUNTIES]
    return RunData(
        series=list(found), years=YEARS, values=np.array(list(found.values())),
        county_inspection=counties, school_inspection=schools, cost=cost, areas=areas,
    )  # fmt: skip


def record(arm: str, seed: int, **changed: Any) -> RunRecord:
    """Who an invented run was."""
    facts: dict[str, Any] = {
        "scenario": "guizhou", "arm": arm, "seed": seed, "region": "guizhou", "years": (2024, 2035),
        "parameters": {"rotation.share": 0.1} if arm == "plan" else {}, "code_version": "1.0+abc",
        "packages": {"numpy": "2.4"}, "data_hashes": {"counties.csv": "00ff"}, "started": "2026-01-01T00:00:00+00:00",
        "seconds": 3.0,
    }  # fmt: skip
    return RunRecord(**(facts | changed))


def spec(seeds: list[int], **changed: Any) -> dict[str, Any]:
    """The command that made the invented experiment."""
    facts = {
        "scenario": "guizhou", "title": "Guizhou, invented", "region": "guizhou", "years": [2024, 2035],
        "arms": ["baseline", "plan"], "seeds": seeds, "draws": [], "sample": 1.0,
    }  # fmt: skip
    facts |= {
        "arm_titles": {"baseline": ["No new policy", "无新增政策"], "plan": ["The plan", "方案核心政策"]},
        "targets": [{"measure": "counties_certified_share", "comparator": ">=", "value": 1.0, "year": 2035}],
    }
    return facts | changed


def make(path: Path | str, seeds: tuple[int, ...] = (1, 2, 3, 4, 5)) -> Store:
    """Write the invented experiment into a new database and return the open store."""
    store = open_store(path)
    experiment = store.begin_experiment(spec(list(seeds)))
    for arm in ("baseline", "plan"):
        for seed in seeds:
            store.write_run(experiment, record(arm, seed), run_data(arm, seed))
    store.finish(experiment, "finished")
    return store


# what fails, by arm, county and year, beside government.11 (rotation), which every county of the baseline fails
VERDICTS: dict[str, dict[str, tuple[list[str], list[str], list[str]]]] = {
    "baseline": {
        "520102": (["schools.primary"], [], []),
        "520103": (["schools.primary"], ["government.4"], []),
        "520111": (["schools.primary"], ["cv.junior.sports_area"], ["quality.1"]),
    },
    "plan": {
        "520102": (["government.11", "schools.primary"], [], ["government.11"]),
        "520103": (["government.11"], ["government.4"], ["government.4"]),
        "520111": (["government.11"], ["quality.1"], []),
    },
}


def verdicts_run(arm: str) -> RunData:
    """A run of three counties and years, 2024 to 2026, with verdicts alone; a county passes when it fails nothing."""
    rows: list[tuple[Any, ...]] = []
    for county, name, _ in COUNTIES:
        certified = 0
        for at, year in enumerate((2024, 2025, 2026)):
            codes = VERDICTS[arm][county][at] + (["government.11"] if arm == "baseline" else [])
            certified = certified or (0 if codes else year)
            rows.append((year, county, name, not codes, certified, [{"code": code} for code in codes], 0.0))
    return RunData(series=[], years=[], values=np.empty((0, 0)), county_inspection=rows)


ABOUT: dict[str, Any] = {  # what the details of counties refer to: two indicators, two items
    "document": "教督〔2017〕6号",
    "indicators": [
        {"key": "backbone_teachers", "label": "backbone teachers", "label_zh": "骨干教师", "unit": "per 100", "unit_zh": "人/百生",
         "raw_unit": "teachers", "raw_unit_zh": "人", "per": 100, "threshold": [1.0, 1.0], "yuan": 100_000.0, "yearly": True},
        {"key": "sports_area", "label": "sports grounds", "label_zh": "体育场馆", "unit": "m2 per pupil", "unit_zh": "平方米/生",
         "raw_unit": "m2", "raw_unit_zh": "平方米", "per": 1, "threshold": [7.5, 10.2], "yuan": 500.0, "yearly": False},
    ],
    "stages": ["primary", "junior"], "kinds": ["teaching_point", "primary", "junior", "nine_year"],
    "place_types": ["urban", "town", "village"], "cv_max": [0.5, 0.45], "class_size": [45, 50],
    "items": [
        {"key": "government.5", "text": "class size", "text_zh": "班级学生数", "measures": [
            {"field": "sections_over_class_size", "label": "schools with a class above the limit", "label_zh": "班额超标学校数",
             "unit": "schools", "op": "<=", "limit": 0.0}]},
        {"key": "government.8", "text": "teachers' pay", "text_zh": "教师平均工资", "measures": []},
        {"key": "government.11", "text": "teacher rotation", "text_zh": "教师交流轮岗", "measures": [
            {"field": "rotation_share", "label": "rotated", "label_zh": "交流比例", "unit": "share", "op": ">=", "limit": 0.1}]},
    ],
    "modelled": ["government.5", "government.11"],
}  # fmt: skip


def county_detail(arm: str, seed: int) -> list[tuple[str, str]]:
    """Details of 520102 in 2024 to 2026 beside `verdicts_run`: in 2024 two schools lack something, later none does.

    School 4 (primary, village) lacks 0.5 teachers a seed and 100 m2; school 9 (nine-year, town) lacks 20 m2 in its junior
    stage and has to add 40 for it. A class of school 4 has 50 pupils in every year of the baseline.
    """
    teachers = 0.5 * seed
    nothing: dict[str, list[Any]] = {"school": [], "what": [], "lacks": [], "pupils": []}
    crowded = (
        {"school": [4], "stage": [0], "largest": [50.0]}
        if arm == "baseline"
        else {"school": [], "stage": [], "largest": []}
    )
    rotation = {"state": "failed", "values": {"rotation_share": 0.0}}
    rotated = {"state": "passed", "values": {"rotation_share": 0.125}}
    size = {
        "state": "failed" if crowded["school"] else "passed",
        "values": {"sections_over_class_size": len(crowded["school"])},
    }
    content = {
        "years": [2024, 2025, 2026],
        "counted": [[2, 1]] * 3, "passing": [[1, 1], [2, 1], [2, 1]],
        "cv": [[[0.2, 0.55], [0.1, None]]] + [[[0.2, 0.4], [0.1, None]]] * 2,
        "need": [[teachers, 140.0], [0.0, 0.0], [0.0, 0.0]],
        "items": {
            "government.5": [size] * 3,
            "government.11": [rotation, rotation if arm == "baseline" else rotated, rotation if arm == "baseline" else rotated],
        },
        "short": [
            # what = 4 x indicator + 2 x stage + 1 where the section fails the rule
            {"school": [4, 4, 9], "what": [1, 5, 6], "lacks": [round(100 * teachers), 10_000, 2_000], "pupils": [200, 200, 90]},
            nothing, nothing,
        ],
        "split": [{"school": [9], "what": [6], "add": [4_000]}] + [{"school": [], "what": [], "add": []}] * 2,
        "classes": [crowded] * 3,
        "large": [{"school": [], "pupils": [], "limit": []}] * 3,
        "schools": {
            "school": [4, 9], "name": ["南明区小学004·合成", "南明区九年制学校001·合成"], "kind": [1, 3], "place_type": [2, 1],
        },
    }  # fmt: skip
    return [("all", json.dumps(ABOUT)), ("520102", json.dumps(content))]


def make_county(path: Path | str, seeds: tuple[int, ...] = (1, 2, 3)) -> Store:
    """Write an experiment of three years with verdicts and the details of one county; return the open store."""
    store = open_store(path)
    policies = {"baseline": [], "plan": [{"name": "rotation"}]}
    acts_on = {"baseline": [], "plan": ["government.11"]}
    which = store.begin_experiment(spec(list(seeds), acts_on=acts_on, policies=policies, years=[2024, 2026]))
    for arm in ("baseline", "plan"):
        for seed in seeds:
            areas, so_far = run_data(arm, seed).areas, np.array([[0.0, arm == "plan", 2 * (arm == "plan")]])
            key = ("region", "all", "compulsory", "all", "counties_certified", "counties")
            data = replace(verdicts_run(arm), county_detail=county_detail(arm, seed), areas=areas)
            data = replace(data, series=[key], years=[2024, 2025, 2026], values=so_far)
            store.write_run(which, record(arm, seed), data)
    store.finish(which, "finished")
    return store
