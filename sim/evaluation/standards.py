"""The official standards as one frozen object, read once from `sim/data/standards.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from sim.columns import Array
from sim.tables import STAGES

FILE = Path(__file__).parent.parent / "data" / "standards.toml"
RATES = ("a", "b", "both")


@dataclass(frozen=True)
class Indicator:
    """One of the seven resource indicators of a school.

    per: pupils that the value is counted for (100 for teachers and rooms, 1 for area and money)
    threshold: least value for (primary, junior), in `unit`
    raw_unit: unit of the resource itself, in which shortfalls are given
    """

    key: str
    label: str
    label_zh: str
    unit: str
    unit_zh: str
    raw_unit: str
    raw_unit_zh: str
    per: float
    threshold: tuple[float, float]
    source: str
    confidence: str


@dataclass(frozen=True)
class Measure:
    """One number that a county has to show: `value op limit`, op is one of >=, <=, <."""

    locked_when_read: ClassVar[bool] = True
    field: str
    label: str
    label_zh: str
    unit: str
    unit_zh: str
    op: str
    limit: float


@dataclass(frozen=True)
class Item:
    """One of the 15 government or 9 quality items. Without measures it is never modelled.

    not_covered: the part of the item that the measures say nothing about, "" when they cover all of it
    """

    locked_when_read: ClassVar[bool] = True
    key: str
    text: str
    text_zh: str
    measures: tuple[Measure, ...]
    not_covered: str
    not_covered_zh: str
    source: str
    confidence: str


@dataclass(frozen=True, eq=False)
class Standards:
    """The standards of the inspection. Stage axis: 0 primary, 1 junior; weights: primary, junior, senior."""

    locked_when_read: ClassVar[bool] = True  # no array of it can be written: see `sim.columns.locked`
    document: str
    indicators: tuple[Indicator, ...]
    per: Array  # (7,) pupils
    threshold: Array  # (2, 7) in the indicators' units
    min_met: int  # indicators of seven
    min_ratio: float  # share of its threshold that the remaining one must reach
    cv_max: Array  # (2,)
    split_weights: Array  # (3,) weighted pupils per pupil
    min_point_pupils: float
    excluded_kinds: tuple[str, ...]
    school_size: dict[str, float]  # pupils of the compulsory stages, by kind
    class_size: Array  # (2,) pupils
    items: tuple[Item, ...]  # government.1 to government.15, quality.1 to quality.9
    other: dict[str, tuple[str, str]]  # never modelled: key -> English, Chinese
    difference_rate: str  # candidate formula that decides unless the caller says otherwise

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the seven indicators in official order."""
        return tuple(i.key for i in self.indicators)


@cache
def load_standards() -> Standards:
    """Return the built-in standards (教督〔2017〕6号), read once."""
    with FILE.open("rb") as f:
        raw = tomllib.load(f)
    indicators = tuple(_indicator(r) for r in raw["indicator"])
    rule, split = raw["pass_rule"], raw["split"]
    texts = {"source", "confidence", "relaxed"}
    return Standards(
        document=raw["meta"]["document"],
        indicators=indicators,
        per=_frozen([i.per for i in indicators]),
        threshold=_frozen([[i.threshold[stage] for i in indicators] for stage in range(2)]),
        min_met=rule["school_min_indicators_met"],
        min_ratio=rule["school_remaining_min_ratio"],
        cv_max=_frozen([rule[f"cv_max_{stage}"] for stage in STAGES]),
        split_weights=_frozen([split[f"weight_{stage}"] for stage in (*STAGES, "senior")]),
        min_point_pupils=raw["exclusions"]["teaching_points_below_pupils"],
        excluded_kinds=tuple(raw["exclusions"]["kinds"]),
        school_size={k: v for k, v in raw["school_size"].items() if k not in texts},
        class_size=_frozen([raw["class_size"][stage] for stage in STAGES]),
        items=tuple(_item(group, r) for group in ("government", "quality") for r in raw[group]),
        other={r["key"]: (r["text"], r["text_zh"]) for r in raw["other"]},
        difference_rate=raw["difference_rate"]["default"],
    )


def _frozen(values: Any) -> Array:
    array = np.array(values, float)
    array.flags.writeable = False
    return array


def _indicator(r: dict[str, Any]) -> Indicator:
    names = ("key", "label", "label_zh", "unit", "unit_zh", "raw_unit", "raw_unit_zh", "source", "confidence")
    return Indicator(**{n: r[n] for n in names}, per=r["per"], threshold=(r["primary"], r["junior"]))


def _item(group: str, r: dict[str, Any]) -> Item:
    return Item(
        key=f"{group}.{r['id']}",
        text=r["text"],
        text_zh=r["text_zh"],
        measures=tuple(_measure(m) for m in r.get("measure", ())),
        not_covered=r.get("not_covered", ""),
        not_covered_zh=r.get("not_covered_zh", ""),
        source=r["source"],
        confidence=r["confidence"],
    )


def _measure(r: dict[str, Any]) -> Measure:
    op, limit = next((op, r[name]) for name, op in (("min", ">="), ("max", "<="), ("below", "<")) if name in r)
    names = ("field", "label", "label_zh", "unit", "unit_zh")
    return Measure(**{n: r[n] for n in names}, op=op, limit=float(limit))
