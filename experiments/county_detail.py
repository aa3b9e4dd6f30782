"""What each school of a county lacks in each year, and how the county's items came out: kept beside the measures."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from results.detail import ALL, FINE, what
from sim import exact
from sim.evaluation.items import NOT_MODELLED, STATES
from sim.evaluation.standards import Standards
from sim.tables import KINDS, PHYSICAL, PLACE_TYPES, STAGES

Array = NDArray[Any]
N_STAFF = 3  # the first three indicators count teachers
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class CountyDetail:
    """Collects the years of one run: `add` after each year, `rows` at the end. It keeps small arrays, never the world."""

    def __init__(self) -> None:
        self.years: list[int] = []
        self._found: list[dict[str, Any]] = []
        self._about: dict[str, Any] = {}
        self._schools: tuple[Array, Array, Array] = (np.empty(0),) * 3
        self._codes: list[str] = []
        self._map_rows: Array | None = None  # of a world of some counties: its schools' rows in the whole map

    def add(self, world: Any) -> None:
        """Take down one year."""
        inspection = world.inspection
        if not self._codes:
            self._codes = [str(code) for code in world.counties.code.tolist()]
            self._about = reference(inspection.standards, world.region.prices)
        self.years.append(int(world.year))
        # schools that open take reserved rows, so the last year's columns name those of every year
        s = world.schools
        self._schools = (s.name.copy(), s.kind.copy(), s.place_type.copy())
        self._map_rows = getattr(world, "map_rows", None)
        self._found.append(year_of(inspection))

    def rows(self) -> list[tuple[str, str]]:
        """Return (county code, JSON) of every county, after one for `all`: what the others refer to."""
        if not self.years:
            return []
        shown = {key for found in self._found for key in found["items"]}
        modelled = [item["key"] for item in self._about["items"] if item["key"] in shown]
        about = self._about | {"modelled": modelled}
        return [(ALL, _json(about)), *((code, _json(self._county(c))) for c, code in enumerate(self._codes))]

    def _county(self, c: int) -> dict[str, Any]:
        """Return the years of one county, as `results.detail` describes them."""
        found = self._found
        content: dict[str, Any] = {"years": self.years}
        content |= {name: [year[name][c] for year in found] for name in ("counted", "passing", "cv", "need")}
        keys = dict.fromkeys(key for year in found for key in year["items"])
        content["items"] = {key: [_of_county(year["items"].get(key), c) for year in found] for key in keys}
        schools: set[int] = set()
        for name in ("short", "split", "classes", "large"):
            content[name] = [_part(year[name], c) for year in found]
            schools.update(row for part in content[name] for row in part["school"])
        rows = np.array(sorted(schools), dtype=np.int64)
        names, kinds, places = (column[rows].tolist() for column in self._schools)
        content["schools"] = {"school": self._of_map(rows.tolist()), "name": names, "kind": kinds, "place_type": places}
        for part in (p for name in ("short", "split", "classes", "large") for p in content[name]):
            part["school"] = self._of_map(part["school"])
        return content

    def _of_map(self, rows: list[int]) -> list[int]:
        """Return the numbers of schools on the whole map, also where some counties are run alone."""
        return rows if self._map_rows is None else self._map_rows[rows].tolist()


def reference(standards: Standards, prices: Any) -> dict[str, Any]:
    """Return what the rows of counties refer to: indicators with units, thresholds and prices; the rule; the items."""
    wage = prices["teacher_year"].value
    price = [wage] * N_STAFF + [prices[name].value for name in PHYSICAL]
    return {
        "document": standards.document,
        "indicators": [
            {
                "key": spec.key, "label": spec.label, "label_zh": spec.label_zh, "unit": spec.unit, "unit_zh": spec.unit_zh,
                "raw_unit": spec.raw_unit, "raw_unit_zh": spec.raw_unit_zh, "per": spec.per,
                "threshold": list(spec.threshold), "yuan": float(yuan), "yearly": k < N_STAFF,
            }
            for k, (spec, yuan) in enumerate(zip(standards.indicators, price, strict=True))
        ],
        "stages": list(STAGES),
        "kinds": list(KINDS),
        "place_types": list(PLACE_TYPES),
        "cv_max": standards.cv_max.tolist(),
        "class_size": standards.class_size.tolist(),
        "items": [
            {
                "key": item.key, "text": item.text, "text_zh": item.text_zh,
                "measures": [
                    {"field": m.field, "label": m.label, "label_zh": m.label_zh, "unit": m.unit, "op": m.op, "limit": m.limit}
                    for m in item.measures
                ],
            }
            for item in standards.items
        ],
    }  # fmt: skip


def year_of(inspection: Any) -> dict[str, Any]:
    """Return one year of every county: sections, coefficients, what is needed in all, items, and schools that lack."""
    f = inspection
    row, stage, k = np.nonzero(f.counted[:, :, None] & ~f.met)
    lacks = f.shortfall[row, stage, k]
    add = to_add(f, row, stage, k, lacks)
    n_counties, n_keys = len(f.passed), len(f.standards.keys)
    need = np.bincount(f.county[row] * n_keys + k, weights=add, minlength=n_counties * n_keys)
    crowded, large = np.nonzero(f.over_class_size), np.flatnonzero(f.over_size)
    fine, whole = (np.rint(FINE * amounts).astype(np.int64) for amounts in (lacks, add))
    differs = np.flatnonzero(whole != fine)
    short = {
        "school": row,
        "what": what(k, stage, ~f.passed_section[row, stage]),
        "lacks": fine,
        "pupils": np.rint(f.pupils[row, stage]).astype(np.int64),
    }
    split = {"school": row[differs], "what": short["what"][differs], "add": whole[differs]}
    classes = {"school": crowded[0], "stage": crowded[1], "largest": f.largest_class[crowded]}
    large_ones = {"school": large, "pupils": np.rint(exact.total(f.pupils[large], 1)), "limit": f.size_limit[large]}
    return {
        "counted": f.sections_counted.tolist(),
        "passing": f.sections_passing.tolist(),
        "cv": _without_nan(np.round(f.cv, 4)),
        "need": need.reshape(n_counties, n_keys).tolist(),
        "items": {key: _item(result) for key, result in f.items.items() if (result.state != NOT_MODELLED).any()},
        "short": _by_county(short, f.county[row], n_counties),
        "split": _by_county(split, f.county[row[differs]], n_counties),
        "classes": _by_county(classes, f.county[crowded[0]], n_counties),
        "large": _by_county(large_ones, f.county[large], n_counties),
    }


def to_add(f: Any, row: Array, stage: Array, k: Array, lacks: Array) -> Array:
    """Return what a school adds on account of one stage, so that the sum over stages is what it adds in all.

    Teachers add up over stages. Of area, equipment and rooms the stage that lacks most decides, and its amount is divided by
    its share of the school (see `sim.evaluation.inspection.Inspection.to_add`); the other stage then adds nothing more.
    """
    safe = np.where(f.counted, f.share, 1.0)
    own, other = lacks / safe[row, stage], f.shortfall[row, 1 - stage, k] / safe[row, 1 - stage]
    decides = (own > other) | ((own == other) & (stage == 0))
    return np.where(k < N_STAFF, lacks, np.where(decides, own, 0.0))


def _item(result: Any) -> dict[str, Any]:
    """Return the state of an item and the values of its measures, by county."""
    values = {field: _without_nan(np.round(values, 4)) for field, values in result.values.items()}
    return {"state": result.state.tolist(), "values": values}


def _of_county(item: dict[str, Any] | None, c: int) -> dict[str, Any]:
    if item is None:
        return {"state": STATES[NOT_MODELLED], "values": {}}
    return {"state": STATES[item["state"][c]], "values": {field: values[c] for field, values in item["values"].items()}}


def _by_county(columns: dict[str, Array], county: Array, n_counties: int) -> tuple[dict[str, Array], Array]:
    """Return columns sorted by county (schools stay in their order), and where each county begins."""
    order = np.argsort(county, kind="stable")
    return {name: column[order] for name, column in columns.items()}, np.searchsorted(
        county[order], np.arange(n_counties + 1)
    )


def _part(sorted_columns: tuple[dict[str, Array], Array], c: int) -> dict[str, Any]:
    """Return one county's rows as lists."""
    columns, start = sorted_columns
    return {name: column[start[c] : start[c + 1]].tolist() for name, column in columns.items()}


def _without_nan(values: Array) -> Any:
    """Return nested lists with None for NaN."""
    if not np.isnan(values).any():
        return values.tolist()
    plain = values.astype(object)
    plain[np.isnan(values)] = None
    return plain.tolist()
