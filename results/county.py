"""One county of an experiment as a planner asks for it: certified when, what is missing, what it costs, by year.

Everything is read from what runs stored. Numbers that differ between runs come as a spread: median, lowest and highest.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import gettext as tr
from statistics import median, median_low
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from results import detail
from results import tables as t
from results.areas import StoredArea
from results.connect import clear_errors
from results.construction import ITEMS, Construction, construction
from results.errors import ResultsError, nearest

if TYPE_CHECKING:
    from results.store import Store

Spread = dict[str, float] | None


@dataclass
class CountyRun:
    """One run of the county. verdicts: by year, the stored row; content: what `results.detail` keeps of it, or None."""

    seed: int
    draw: int
    verdicts: dict[int, Mapping[str, Any]]
    content: dict[str, Any] | None


def county_report(
    store: Store, experiment: int | str, county: StoredArea, arm: str | None = None, year: int | None = None
) -> dict[str, Any]:
    """Return all that an experiment tells of a county under one arm, ready for JSON.

    arm: None = the first arm with policies; year: whose details are given, None = the last year before the county is
        certified (in the middle one of the runs that certify it), or the last year if fewer than half of them do
    Returns: county, experiment, arm, arms, runs, certified, construction, items, years, detail (see `_detail`; None when the
        database was written before details were kept)
    Raises: ResultsError: no such arm or year, or no run holds the county
    """
    which = store.resolve(experiment)
    facts = next(e for e in store.experiments() if e["id"] == which)
    chosen = chosen_arm(facts, arm)
    finished = [r for r in store.runs(which) if r["state"] == "finished"]
    told = construction(store, which)
    with clear_errors(store.where, "reading a county"), store.engine.connect() as connection:
        runs = [_read(connection, r, county.key) for r in finished if r["arm"] == chosen]
        about = next((found for r in finished if (found := detail.read(connection, r["id"], detail.ALL))), None)
    runs = [run for run in runs if run.verdicts]
    if not runs:
        raise ResultsError(
            tr("experiment {id} ({scenario}) holds no finished run of {county} under the arm {arm!r}").format(
                id=which, scenario=facts["scenario"], county=county, arm=chosen
            )
        )
    known = about if all(run.content for run in runs) else None
    years = sorted({y for run in runs for y in run.verdicts})
    shown = _shown_year(runs, years, year)
    return {
        "county": {"code": county.code, "name": county.name_zh, "name_en": county.name_en},
        "experiment": {name: facts[name] for name in ("id", "scenario", "title", "seeds", "draws", "interval", "state")}
        | {"sample": facts["spec"].get("sample", 1.0), "title_zh": facts["spec"].get("title_zh", "")},
        "arm": _arm(facts, chosen),
        "arms": [_arm(facts, name) for name in facts["arms"]],
        "runs": [{"seed": run.seed, "draw": run.draw} for run in runs],
        "certified": _first([_certified(run) for run in runs]),
        "construction": _construction(told, chosen, county.key, runs),
        "items": _items(known),
        "years": [_year(runs, known, y) for y in years],
        "detail": None if known is None else _detail(runs, known, shown),
        "detail_year": shown,
    }


def chosen_arm(facts: Mapping[str, Any], arm: str | None) -> str:
    """Return the arm asked for; without one the first that has policies, else the first of all."""
    arms: list[str] = list(facts["arms"])
    if arm is not None and arm not in arms:
        raise ResultsError(
            tr("--arm: {arm!r} is no arm of experiment {id}.").format(arm=arm, id=facts["id"]) + nearest(arm, arms)
        )
    policies = facts["spec"].get("policies", {})
    return arm or next((name for name in arms if policies.get(name)), arms[0])


def spread(values: Sequence[float]) -> Spread:
    """Return median, lowest and highest of some values, None of none."""
    return {"median": median(values), "low": min(values), "high": max(values)} if values else None


def _read(connection: Connection, run: Mapping[str, Any], county: str) -> CountyRun:
    c = t.county_inspection.c
    query = select(c.year, c.passed, c.certified, c.failures, c.cost_to_close).where(
        c.run == run["id"], c.county == county
    )
    rows = {row["year"]: row for row in connection.execute(query.order_by(c.year)).mappings()}
    return CountyRun(run["seed"], run["draw"], dict(rows), detail.read(connection, run["id"], county))


def _certified(run: CountyRun) -> int:
    return max(row["certified"] for row in run.verdicts.values())


def _first(years: Sequence[int]) -> dict[str, Any]:
    """Return in how many runs something happens, and when: the middle year of those runs, the earliest and the latest."""
    found = [year for year in years if year]
    when = {"median": median_low(found), "low": min(found), "high": max(found)} if found else None
    return {"runs": len(found), "of": len(years), "year": when, "by_run": [year or None for year in years]}


def _shown_year(runs: Sequence[CountyRun], years: Sequence[int], asked: int | None) -> int:
    if asked is not None:
        if asked not in years:
            raise ResultsError(
                tr("--year {year}: these runs hold {first} to {last}").format(
                    year=asked, first=years[0], last=years[-1]
                )
            )
        return asked
    found = sorted(year for run in runs if (year := _certified(run)))
    if 2 * len(found) < len(runs):
        return years[-1]
    return max(years[0], median_low(found) - 1)


def _arm(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    spec = facts["spec"]
    title, title_zh = spec.get("arm_titles", {}).get(name, [name, name])
    policies = [policy["name"] for policy in spec.get("policies", {}).get(name, ())]
    return {"name": name, "title": title or name, "title_zh": title_zh or name, "policies": policies}


def _construction(told: Construction, arm: str, county: str, runs: Sequence[CountyRun]) -> dict[str, Any]:
    """Return the items that this arm decides by construction, and when the county passes without those of all arms."""
    first = []
    for run in runs:
        found = told.run(arm, run.seed, run.draw)
        first.append(found.first(told.left_out).get(county, 0) if found else 0)
    return {
        "items": list(told.items.get(arm, ())),
        "left_out": list(told.left_out),
        "without": told.without("en"),
        "without_zh": told.without("zh"),
        "words": told.reasons("en", [arm]),
        "words_zh": told.reasons("zh", [arm]),
        "passes_without": _first(first) if told.left_out else None,
    }


def _items(about: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return which of the 24 items are modelled and which are not, with their texts; None when it is not known."""
    if about is None:
        return None
    named = [{name: item[name] for name in ("key", "text", "text_zh")} for item in about["items"]]
    modelled = set(about["modelled"])
    return {
        "of": ITEMS,
        "modelled": [item for item in named if item["key"] in modelled],
        "not_modelled": [item for item in named if item["key"] not in modelled],
    }


def _year(runs: Sequence[CountyRun], about: Mapping[str, Any] | None, year: int) -> dict[str, Any]:
    """Return one year in short: verdicts, schools that pass, what it costs to close, what fails in which share of runs."""
    rows = [run.verdicts[year] for run in runs if year in run.verdicts]
    fails: dict[str, int] = defaultdict(int)
    for row in rows:
        for code in {record["code"] if isinstance(record, dict) else record for record in json.loads(row["failures"])}:
            fails[code] += 1
    found: dict[str, Any] = {
        "year": year,
        "runs": len(rows),
        "passes": sum(bool(row["passed"]) for row in rows),
        "passed_so_far": sum(0 < row["certified"] <= year for row in rows),
        "cost_to_close": spread([row["cost_to_close"] for row in rows if row["cost_to_close"] is not None]),
        "fails": {code: n / len(rows) for code, n in sorted(fails.items(), key=lambda pair: (-pair[1], pair[0]))},
    }
    if about is None:
        return found | {"schools": None, "teachers_yuan_a_year": None, "needs": None}
    parts = [(run.content, at) for run in runs if run.content and (at := _at(run.content, year)) is not None]
    found["schools"] = {
        stage: {
            "passing": spread([content["passing"][at][s] for content, at in parts]),
            "of": spread([content["counted"][at][s] for content, at in parts]),
        }
        for s, stage in enumerate(about["stages"])
    }
    needs = []
    for k, spec in enumerate(about["indicators"]):
        amounts = [content["need"][at][k] for content, at in parts]
        money = [amount * spec["yuan"] for amount in amounts]
        needs.append(_named(spec) | {"to_add": spread(amounts), "yuan": spread(money), "yearly": spec["yearly"]})
    found["needs"] = needs
    found["teachers_yuan_a_year"] = spread(
        [
            sum(content["need"][at][k] * spec["yuan"] for k, spec in enumerate(about["indicators"]) if spec["yearly"])
            for content, at in parts
        ]
    )
    return found


def _at(content: Mapping[str, Any], year: int) -> int | None:
    return content["years"].index(year) if year in content["years"] else None


def _named(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "indicator": spec["key"], "label": spec["label"], "label_zh": spec["label_zh"], "unit": spec["raw_unit"],
        "unit_zh": spec["raw_unit_zh"],
    }  # fmt: skip


def _detail(runs: Sequence[CountyRun], about: dict[str, Any], year: int) -> dict[str, Any]:
    """Return one year in full: lacks (by indicator and stage, dearest first), schools, variation, items, classes, large.

    Shares and numbers of runs count the runs in which a thing is so; spreads are over those runs.
    """
    here = [run.content for run in runs if run.content and _at(run.content, year) is not None]
    records = [detail.shortfalls(content, about, year) for content in here]
    specs = {spec["key"]: spec for spec in about["indicators"]}
    return {
        "runs": len(here),
        "lacks": _lacks(records, specs, about["stages"]),
        "schools": _schools(records, specs),
        "variation": _variation(here, about, year),
        "items": _item_states(here, about, year),
        "classes": _over(here, about, year, "classes", "largest"),
        "large": _over(here, about, year, "large", "pupils"),
    }


def _lacks(
    records: Sequence[list[dict[str, Any]]], specs: Mapping[str, Any], stages: Sequence[str]
) -> list[dict[str, Any]]:
    """Return what the schools of a stage lack of an indicator, dearest first; blocking: sections that fail the rule."""
    found = []
    for key, spec in specs.items():
        for stage in stages:
            parts = [[r for r in run if (r["indicator"], r["stage"]) == (key, stage)] for run in records]
            if not any(parts):
                continue
            found.append(
                _named(spec)
                | {
                    "stage": stage,
                    "runs": sum(bool(part) for part in parts),
                    "schools": spread([len(part) for part in parts]),
                    "blocking": spread([sum(r["blocks"] for r in part) for part in parts]),
                    "lacks": spread([sum(r["lacks"] for r in part) for part in parts]),
                    "to_add": spread([sum(r["to_add"] for r in part) for part in parts]),
                    "yuan": spread([sum(r["yuan"] for r in part) for part in parts]),
                    "yearly": spec["yearly"],
                }
            )
    return sorted(found, key=lambda r: (-r["yuan"]["median"], -r["lacks"]["median"]))


def _schools(records: Sequence[list[dict[str, Any]]], specs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what each school lacks, over the runs in which it does; what costs most over all runs first."""
    parts: dict[tuple[int, str, str], list[dict[str, Any]]] = defaultdict(list)
    for run in records:
        for r in run:
            parts[r["school"], r["stage"], r["indicator"]].append(r)
    found = []
    for (school, stage, key), some in parts.items():
        found.append(
            {"school": school} | {name: some[-1][name] for name in ("name", "kind", "place_type")}
            | {"stage": stage} | _named(specs[key])
            | {"runs": len(some), "blocking": sum(r["blocks"] for r in some), "yearly": specs[key]["yearly"]}
            | {name: spread([r[name] for r in some]) for name in ("pupils", "lacks", "to_add", "yuan")}
        )  # fmt: skip
    return sorted(found, key=lambda r: (-r["yuan"]["median"] * r["runs"], r["school"], r["indicator"]))


def _variation(here: Sequence[dict[str, Any]], about: Mapping[str, Any], year: int) -> list[dict[str, Any]]:
    """Return every coefficient of variation with its limit and the number of runs in which it is above."""
    found = []
    for s, stage in enumerate(about["stages"]):
        for k, spec in enumerate(about["indicators"]):
            all_values = [content["cv"][content["years"].index(year)][s][k] for content in here]
            values = [value for value in all_values if value is not None]
            limit = about["cv_max"][s]
            above = sum(value > limit * (1 + 1e-9) for value in values)
            found.append(_named(spec) | {"stage": stage, "value": spread(values), "limit": limit, "runs_above": above})
    return found


def _item_states(here: Sequence[dict[str, Any]], about: Mapping[str, Any], year: int) -> list[dict[str, Any]]:
    """Return every modelled item: in how many runs it fails and passes, and its measures with their limits."""
    found = []
    for item in about["items"]:
        if item["key"] not in about["modelled"]:
            continue
        there = [content["items"][item["key"]][content["years"].index(year)] for content in here]
        measures = []
        for m in item["measures"]:
            values = [x["values"][m["field"]] for x in there if x["values"].get(m["field"]) is not None]
            measures.append(m | {"value": spread(values)})
        states = [x["state"] for x in there]
        found.append(
            {name: item[name] for name in ("key", "text", "text_zh")}
            | {"runs_failed": states.count("failed"), "runs_passed": states.count("passed"), "measures": measures}
        )
    return found


def _over(
    here: Sequence[dict[str, Any]], about: Mapping[str, Any], year: int, name: str, amount: str
) -> list[dict[str, Any]]:
    """Return the schools over a limit of size: name `classes` (largest class of a stage) or `large` (pupils of a school)."""
    parts: dict[tuple[int, int], list[tuple[float, float, dict[str, str]]]] = defaultdict(list)
    for content in here:
        rows, names = content[name][content["years"].index(year)], detail.school_names(content, about)
        stages = rows.get("stage", [0] * len(rows["school"]))
        limits = rows.get("limit", [about["class_size"][s] for s in stages])
        for school, stage, value, limit in zip(rows["school"], stages, rows[amount], limits, strict=True):
            parts[school, stage].append((value, limit, names[school]))
    found = []
    for (school, stage), some in parts.items():
        where = {"stage": about["stages"][stage]} if name == "classes" else {}
        found.append(
            {"school": school} | some[-1][2] | where
            | {"runs": len(some), "pupils": spread([value for value, _, _ in some]), "limit": some[-1][1]}
        )  # fmt: skip
    return sorted(found, key=lambda r: (-r["runs"], -r["pupils"]["median"], r["school"]))
