"""What a run keeps each year beside the measures: the inspection of counties and schools, and the money."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.county_detail import CountyDetail
from results.record import RunData
from sim import exact
from sim.area_names import area_names
from sim.tables import KINDS, PHYSICAL, PLACE_TYPES, STAGES

Array = NDArray[Any]
PLACE_TYPES_ZH = ("城区", "镇区", "乡村")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Recorder:
    """Collects the years of one run; call it with the world after each year."""

    def __init__(self, observer: Any, school_years: Collection[int], after_year: Callable[[int], None]) -> None:
        """observer: collects the measures; school_years: years whose schools are kept one by one (many rows);
        after_year: told the year when it is done, and may raise to stop the run.
        """
        self.observer = observer
        self.school_years = set(school_years)
        self.after_year = after_year
        self._counties: list[tuple[Any, ...]] = []
        self._schools: list[dict[str, Any]] = []
        self._costs: list[tuple[Any, ...]] = []
        self._areas: list[tuple[str, str, str, str, int]] = []
        self._detail = CountyDetail()

    def __call__(self, world: Any, *rest: Any) -> None:
        """Take down one year of the world."""
        self.observer(world)
        if not self._areas:
            self._areas = area_rows(world)
        if world.weight == 1:  # of a sample nothing that needs whole schools is kept
            self._counties += county_rows(world)
            self._detail.add(world)
            self._costs += cost_rows(world)
        if world.weight == 1 and world.year in self.school_years:
            self._schools += [school_columns(world, stage) for stage in range(len(STAGES))]
        self.after_year(world.year)

    def data(self) -> RunData:
        """Return everything the run found, as the database takes it."""
        found = self.observer.rows()
        schools: Any = ()
        if self._schools:
            names = self._schools[0].keys()
            schools = {name: np.concatenate([part[name] for part in self._schools]) for name in names}
        return RunData(
            series=found.series,
            years=found.years,
            values=found.values,
            county_inspection=self._counties,
            school_inspection=schools,
            cost=self._costs,
            areas=self._areas,
            county_detail=self._detail.rows(),
        )


def county_rows(world: Any) -> list[tuple[Any, ...]]:
    """Return a row a county: year, code, name, passed, year certified, what fails (JSON), capital to close (yuan)."""
    failures = county_failures(world.inspection)
    capital = capital_to_close(world)
    return [
        (
            int(world.year), str(code), str(name), bool(passed), int(certified),
            _json(failing), float(yuan),
        )
        for code, name, passed, certified, failing, yuan in zip(
            world.counties.code.tolist(), world.counties.name, world.inspection.passed, world.certified, failures,
            capital, strict=True,
        )
    ]  # fmt: skip


def county_failures(inspection: Any) -> list[list[dict[str, Any]]]:
    """Return for each county what keeps it from passing.

    A record has `code` and figures: `schools.<stage>` (failing, of: sections below the school rule),
    `indicator.<stage>.<key>` (failing, of: sections below the threshold), `cv.<stage>.<key>` (value, limit), or an
    item of the official list such as `government.4`. Indicators are listed only where the school rule fails.
    """
    keys, limits = inspection.standards.keys, inspection.standards.cv_max
    county, n_counties = inspection.county, len(inspection.passed)
    row, stages, which = np.nonzero(inspection.counted[:, :, None] & ~inspection.met)
    shape = (n_counties, len(STAGES), len(keys))
    cell = np.ravel_multi_index((county[row], stages, which), shape)
    failing = np.bincount(cell, minlength=math.prod(shape)).reshape(shape).tolist()
    counted = inspection.sections_counted.astype(int).tolist()
    passing = inspection.sections_passing.astype(int).tolist()
    cv, cv_met = inspection.cv.tolist(), inspection.cv_met.tolist()
    failed_items = {key: (result.state == 0).tolist() for key, result in inspection.items.items()}
    found: list[list[dict[str, Any]]] = []
    for c in range(n_counties):
        rows: list[dict[str, Any]] = []
        for s, stage in enumerate(STAGES):
            short = counted[c][s] - passing[c][s]
            if short:
                rows.append({"code": f"schools.{stage}", "failing": short, "of": counted[c][s]})
                rows += [
                    {"code": f"indicator.{stage}.{key}", "failing": failing[c][s][k], "of": counted[c][s]}
                    for k, key in enumerate(keys)
                    if failing[c][s][k]
                ]
            rows += [
                {"code": f"cv.{stage}.{key}", "value": round(cv[c][s][k], 4), "limit": float(limits[s])}
                for k, key in enumerate(keys)
                if not cv_met[c][s][k]
            ]
        rows += [{"code": key} for key, failed in failed_items.items() if failed[c]]
        found.append(rows)
    return found


def capital_to_close(world: Any) -> Array:
    """Return (C,) yuan of capital that lifts every school of a county to the four physical thresholds.

    Teachers are not in it: posts are a yearly cost. Prices are those of the region's facts.
    """
    needed = world.inspection.to_add()[:, 3:]
    yuan = exact.dot(needed, [world.region.prices[name].value for name in PHYSICAL])
    return np.bincount(world.inspection.county, weights=yuan, minlength=len(world.counties))


def cost_rows(world: Any) -> list[tuple[Any, ...]]:
    """Return the money of the year: year, item, payer, county code, yuan; zeros are left out."""
    codes = [str(code) for code in world.counties.code.tolist()]
    rows: list[tuple[Any, ...]] = []
    for (item, payer), yuan in world.ledger.rows.items():
        rows += [
            (int(world.year), item, payer, code, amount)
            for code, amount in zip(codes, yuan.tolist(), strict=True)
            if amount
        ]
    return rows


def school_columns(world: Any, stage: int) -> dict[str, Any]:
    """Return the columns of SCHOOL_COLUMNS for the sections of one stage that the inspection counted."""
    found, schools = world.inspection, world.schools
    row = np.flatnonzero(found.counted[:, stage])
    county = world.counties.code.astype(str)[schools.county[row]]
    columns: dict[str, Any] = {
        "year": np.full(len(row), int(world.year)),
        "school": row
        if world.map_rows is None
        else world.map_rows[row],  # of the whole map, also where some counties are run
        "stage": np.full(len(row), STAGES[stage]),
        "name": schools.name[row],
        "county": county,
        "kind": np.array(KINDS)[schools.kind[row]],
        "place_type": np.array(PLACE_TYPES)[schools.place_type[row]],
        "pupils": schools.pupils[row, stage],
    }
    keys = found.standards.keys
    columns |= {f"value_{key}": found.value[row, stage, k] for k, key in enumerate(keys)}
    columns |= {f"shortfall_{key}": found.shortfall[row, stage, k] for k, key in enumerate(keys)}
    return columns | {
        "met": np.count_nonzero(found.met[row, stage], axis=1),
        "passed": found.passed_section[row, stage],
    }


def area_rows(world: Any) -> list[tuple[str, str, str, str, int]]:
    """Return level, key, Chinese and English name, and code of every area of the region; a place type has the region's code.

    Counties are those of the world; their English name is the pinyin.
    """
    counties, titles = world.counties, world.region
    there, codes = list(dict.fromkeys(counties.prefecture.tolist())), counties.code.tolist()
    known = {area.key: area for area in area_names(titles.name).of_level("prefecture")}
    whole = codes[0] // 10_000 * 10_000
    rows = [("region", "all", str(titles.title_zh), str(titles.title), whole)]
    rows += [("prefecture", name, name, known[name].name_en, known[name].code) for name in there]
    rows += [
        ("county", str(code), str(name), str(pinyin), code)
        for code, name, pinyin in zip(codes, counties.name, counties.pinyin, strict=True)
    ]
    return rows + [("place_type", name, zh, name, whole) for name, zh in zip(PLACE_TYPES, PLACE_TYPES_ZH, strict=True)]
