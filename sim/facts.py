"""Figures with their unit, range, kind, source and confidence, and the tables that they are read from."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from gettext import gettext as tr
from pathlib import Path

from sim.errors import InputError, nearest
from sim.numbers import shown

LEAST_SAMPLE = 0.001  # share of children: with fewer, schools are empty
DATA = Path(__file__).parent / "data"
KINDS = ("data", "derived", "assumed")


@dataclass(frozen=True)
class Fact:
    """One figure that the world is made from.

    name: dotted name, e.g. `price.bed`
    value, low, high: in `unit`; low and high are a plausible range
    kind: `data` (read in a published table), `derived` (computed from such rows) or `assumed`
    source, confidence (published, derived, memory, assumed), note: where it comes from
    """

    name: str
    value: float
    unit: str
    low: float
    high: float
    kind: str
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Published:
    """One row of `baseline.csv`: a published (or derived, or remembered) figure of a year."""

    region: str
    indicator: str
    stage: str
    locality: str
    year: int
    value: float
    unit: str
    source: str
    confidence: str


def read_rows(file: Path) -> list[dict[str, str]]:
    """Return the rows of a UTF-8 CSV file with a header as dictionaries of text."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_counties(region: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return (census rows sorted by code, younger units without data) of a region's county file."""
    rows = read_rows(DATA / f"counties_{region}.csv")
    known = [row for row in rows if row["population"]]
    return sorted(known, key=lambda row: int(row["code"])), [row for row in rows if not row["population"]]


def read_published(region: str) -> dict[tuple[str, str, str, str, int], Published]:
    """Return the baseline rows of a region and of China, keyed by (region, indicator, stage, locality, year)."""
    rows = {}
    with (DATA / "baseline.csv").open(encoding="utf-8", newline="") as stream:
        for area, indicator, stage, locality, year, value, *rest in list(csv.reader(stream))[1:]:
            if area in (region, "china") and value:
                key = (area, indicator, stage, locality, int(year))
                rows[key] = Published(area, indicator, stage, locality, int(year), float(value), *rest)
    return rows


def region_names() -> tuple[str, ...]:
    """Return the names of the built-in regions."""
    return tuple(_tables()["region"])


def region_titles(name: str) -> dict[str, str]:
    """Return title and title_zh of a region; InputError names the nearest region when the name is unknown."""
    known = _tables()["region"]
    if name not in known:
        raise InputError(tr("region: unknown name {name!r}.{nearest}").format(name=name, nearest=nearest(name, known)))
    return {key: str(text) for key, text in known[name].items()}


def region_name(given: object) -> str:
    """Return the name of a region as text; InputError when it is none, with the nearest."""
    if not isinstance(given, str):
        raise InputError(
            tr("region = {given} is not a name.{hint}").format(
                given=shown(given), hint=nearest("", _tables()["region"])
            )
        )
    region_titles(given)
    return str(given)


def read_facts(region: str) -> dict[str, Fact]:
    """Return the derived and assumed figures of `regions.toml`: those of all regions, overridden by the region's own.

    Raises: InputError when an entry lacks a key, its kind is unknown or its value lies outside its range.
    """
    tables = _tables()
    facts: dict[str, Fact] = {}
    for part in ("common", region):
        for group, entries in tables[part].items():
            for key, cells in entries.items():
                name = f"{group}.{key}"
                facts[name] = _fact(name, cells)
    return facts


def _fact(name: str, cells: dict[str, object]) -> Fact:
    missing = {"value", "unit", "low", "high", "kind", "source", "confidence"} - set(cells)
    if missing:
        raise InputError(
            tr("sim/data/regions.toml: {name} lacks {missing}; every figure needs them.").format(
                name=name, missing=", ".join(sorted(missing))
            )
        )
    fact = Fact(name=name, **cells)  # type: ignore[arg-type]
    if fact.kind not in KINDS:
        raise InputError(
            tr("sim/data/regions.toml: {name}: kind = {kind!r}; allowed: {kinds}.").format(
                name=name, kind=fact.kind, kinds=", ".join(KINDS)
            )
        )
    if not fact.low <= fact.value <= fact.high:
        raise InputError(
            tr("sim/data/regions.toml: {name}: value {value} is outside its range {low} to {high}.").format(
                name=name, value=fact.value, low=fact.low, high=fact.high
            )
        )
    return fact


def _tables() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    return tomllib.loads((DATA / "regions.toml").read_text(encoding="utf-8"))
