"""The end of a run in figures: each arm's key measures by year with intervals, targets, money, what blocks counties.

`summarise` makes plain content (also the --json output); `experiments/table.py` writes it for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from experiments.only import told_only
from experiments.reading import RunReading, read_runs
from experiments.scenario import Scenario, Target
from results.construction import ITEMS, Construction, construction
from results.measures import measures, needs_whole_schools
from results.store import Store

# measure and stage of each line of the end table, in order: levels first, then gaps, then the official evaluation
LINES = (
    ("pupils", "compulsory"),
    ("pupil_teacher_ratio", "compulsory"),
    ("class_size", "compulsory"),
    ("score_mean", "compulsory"),
    ("gap.urban_rural", "compulsory"),
    ("gap.left_behind", "compulsory"),
    ("gap.ses_top_bottom", "compulsory"),
    ("between_share", "compulsory"),
    ("retention", "compulsory"),
    ("schools_passing_share", "compulsory"),
    ("county_passed", "compulsory"),
    ("counties_certified", "compulsory"),
    ("counties_certified_without", "compulsory"),
)
WITHOUT = LINES[-1]  # not stored: the same without the items that the arms decide by construction
SHARE = 0.8  # of the runs inside an interval
TOP = 6  # reasons listed


def summarise(store: Store, experiment: int, scenario: Scenario) -> dict[str, Any]:
    """Return what the end table says, as JSON content.

    Keys: experiment, scenario, title, title_zh, region, sample, withheld (measures that a sample cannot give), only (null, or
    areas, counties, of), interval {kind, share, runs}, years, counties, arms [{name, title, title_zh, policies, runs, lines
    [{measure, stage, values {year: {median, low, high}}}], cost_yuan {year: ...}, blockers [...]}], differences (arms
    against the first, same seed and draw, last year), targets, modelled {items, of}, construction {left_out, arms, words,
    words_zh}: see `results.construction`; null for a sample. low and high are null with a single run: one run has no
    interval.
    """
    first, last = scenario.years
    years = sorted({first, last, *(y for y in scenario.show_years if first < y < last)})
    wanted = [*years, *(t.year for t in scenario.targets if first <= t.year <= last)]
    read = {*wanted_measures(), *(t.measure for t in scenario.targets)}
    runs = read_runs(store, experiment, read, wanted)
    # no county of a sample can pass: what its items tell is the sample
    told = construction(store, experiment) if scenario.sample >= 1 else None
    if told is not None:
        _count_without(runs, told, years)
    by_arm = {arm.name: [run for run in runs if run.arm == arm.name] for arm in scenario.arms}
    return {
        "experiment": experiment,
        "scenario": scenario.name,
        "title": scenario.title,
        "title_zh": scenario.title_zh,
        "region": scenario.region,
        "sample": scenario.sample,
        "withheld": [
            key for key in wanted_measures() if scenario.sample < 1 and key in measures() and needs_whole_schools(key)
        ],
        "only": told_only(scenario.only, scenario.region),
        "interval": {
            "kind": interval_kind(scenario),
            "share": SHARE,
            "runs": max((len(found) for found in by_arm.values()), default=0),
        },
        "years": years,
        "counties": max((run.counties for run in runs), default=0),
        "arms": [
            {
                "name": arm.name,
                "title": arm.title,
                "title_zh": arm.title_zh,
                "policies": [policy["name"] for policy in arm.policies],
                "runs": len(by_arm[arm.name]),
                "lines": arm_lines(by_arm[arm.name], years),
                "cost_yuan": {year: spread(_money(by_arm[arm.name], year, scenario.sample)) for year in years},
                "blockers": [
                    record | {"by_construction": told is not None and record["code"] in told.items.get(arm.name, ())}
                    for record in blockers(by_arm[arm.name], years[-1])
                ],
            }
            for arm in scenario.arms
        ],
        "differences": differences(by_arm, [arm.name for arm in scenario.arms], last),
        "targets": [target_record(target, by_arm) for target in scenario.targets if first <= target.year <= last],
        "modelled": told and {"items": told.modelled, "of": ITEMS},
        "construction": told and _construction_record(told, last),
    }


def _count_without(runs: Sequence[RunReading], told: Construction, years: Sequence[int]) -> None:
    """Give each run its counts of certified counties without the items that are decided by construction, if there are any."""
    for run in runs:
        found = told.run(run.arm, run.seed, run.draw) if told.left_out else None
        if found is not None:
            counts = found.so_far(told.left_out)
            run.values[WITHOUT] = {year: float(counts[year]) for year in years if year in counts}


def _construction_record(told: Construction, year: int) -> dict[str, Any]:
    """Return what follows from how the arms are made, as content and in words."""
    words = {
        lang: [*told.reasons(lang), *filter(None, (told.counts_words(year, lang), told.modelled_words(lang)))]
        for lang in ("en", "zh")
    }
    return {
        "left_out": list(told.left_out),
        "without": told.without("en"),
        "without_zh": told.without("zh"),
        "arms": {arm: list(items) for arm, items in told.items.items()},
        "words": words["en"],
        "words_zh": words["zh"],
    }


def wanted_measures() -> list[str]:
    """Return the measures of the end table, and the money, in its order."""
    return [*(measure for measure, _ in LINES), "cost"]


def _money(runs: Sequence[RunReading], year: int, sample: float) -> list[float]:
    """Return what the policies cost in a year, a number a run; none where money is withheld."""
    return [] if sample < 1 else [run.yuan.get(year, 0.0) for run in runs]


def interval_kind(scenario: Scenario) -> str:
    """Return what varies over the runs of an arm: chance, parameters, or chance+parameters."""
    if not scenario.draws:
        return "chance"
    return "chance+parameters" if len(scenario.seeds) > 1 else "parameters"


def arm_lines(runs: Sequence[RunReading], years: Sequence[int]) -> list[dict[str, Any]]:
    """Return the lines of one arm; a measure that no run holds is left out."""
    lines = []
    for key in LINES:
        values = {year: spread([run.values[key][year] for run in runs if year in run.values[key]]) for year in years}
        if any(value["median"] is not None for value in values.values()):
            lines.append({"measure": key[0], "stage": key[1], "values": values})
    return lines


def differences(by_arm: dict[str, list[RunReading]], names: Sequence[str], year: int) -> list[dict[str, Any]]:
    """Return every arm minus the first arm in one year, paired by seed and draw, so that luck cancels out."""
    found = []
    base = {(run.seed, run.draw): run for run in by_arm[names[0]]}
    for name in names[1:]:
        pairs = [(run, base[run.seed, run.draw]) for run in by_arm[name] if (run.seed, run.draw) in base]
        for key in LINES:
            gains = [
                run.values[key][year] - other.values[key][year]
                for run, other in pairs
                if year in run.values[key] and year in other.values[key]
            ]
            if gains:
                less = sum(gain < 0 for gain in gains) / len(gains)
                found.append(
                    {"arm": name, "minus": names[0], "measure": key[0], "stage": key[1], "year": year}
                    | spread(gains)
                    | {"share_of_runs_below_zero": less}
                )
    return found


def target_record(target: Target, by_arm: dict[str, list[RunReading]]) -> dict[str, Any]:
    """Return one target of the document with each arm's value and the share of runs that meet it."""
    key = (target.measure, target.stage)
    arms = {}
    for name, runs in by_arm.items():
        values = [run.values[key][target.year] for run in runs if target.year in run.values[key]]
        met = sum(target.met(value) for value in values) / len(values) if values else None
        arms[name] = spread(values) | {"share_of_runs_met": met}
    return vars(target) | {"arms": arms}


def blockers(runs: Sequence[RunReading], year: int) -> list[dict[str, Any]]:
    """Return what keeps most counties from passing in a year, most counties first.

    code: as in `recorder.county_failures`; counties: mean over runs; schools_share: of the counted school stages of
    those counties, the share short of it (school indicators only).
    """
    counties: Counter[str] = Counter()
    failing: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for run in runs:
        for county in run.failures.get(year, []):
            for record in county:
                code = record["code"]
                if code.startswith("schools."):
                    continue  # the indicators below it say the same, and why
                counties[code] += 1
                failing[code] += record.get("failing", 0)
                counted[code] += record.get("of", 0)
    ranked = sorted(counties, key=lambda code: (-counties[code], -failing[code] / (counted[code] or 1), code))
    return [
        {
            "code": code,
            "counties": counties[code] / len(runs),
            "schools_share": failing[code] / counted[code] if counted[code] else None,
        }
        for code in ranked[:TOP]
    ]


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Return median and the interval that holds SHARE of the values; no interval for a single value."""
    ordered = sorted(values)
    if not ordered:
        return {"median": None, "low": None, "high": None}
    if len(ordered) == 1:
        return {"median": ordered[0], "low": None, "high": None}
    tail = (1 - SHARE) / 2
    return {"median": quantile(ordered, 0.5), "low": quantile(ordered, tail), "high": quantile(ordered, 1 - tail)}


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values, linear between them (Hyndman and Fan 1996, type 7)."""
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
