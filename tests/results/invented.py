"""An invented experiment with numbers that a reader can work out: two arms, a few seeds, one tiny region."""

from __future__ import annotations

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
