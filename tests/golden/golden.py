"""Golden runs: what one prefecture of each built-in scenario comes to, every child of it, kept as reviewed tables."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from experiments.engine import real_engine
from experiments.scenario import load_scenario

FOLDER = Path(__file__).parent
SCENARIOS = ("guizhou", "xinjiang")
ONLY = {"guizhou": "安顺市", "xinjiang": "喀什地区"}  # six counties and twelve
SEED, YEARS = 1, range(2024, 2027)
KEYS = ("arm", "measure", "stage", "group", "unit")
RELATIVE = 1e-9
SMALL = 1e-12  # below this a value is a zero with rounding
Rows = dict[tuple[str, ...], list[float | None]]


def compute(scenario: str) -> Rows:
    """Run both arms of a scenario in its prefecture; return the measures by (arm, measure, stage, group, unit), one a year."""
    engine = real_engine()
    found: Rows = {}
    loaded = load_scenario(scenario)
    arms = loaded.make_policies(engine.make_policy)
    start = engine.build(loaded.region, seed=SEED, only=ONLY[scenario])
    for arm, policies in arms.items():
        observer = engine.observer()
        engine.simulate(start, policies, years=YEARS, seed=SEED, observe=observer)
        observed = observer.rows()
        for (level, _, stage, group, measure, unit), values in zip(observed.series, observed.values, strict=True):
            if level == "region":
                numbers = [None if math.isnan(x) else float(x) for x in values]
                found[arm, measure, stage, group, unit] = numbers
    return found


def path(scenario: str) -> Path:
    """Return where a scenario's table is kept."""
    return FOLDER / f"{scenario}.csv"


def write(scenario: str, rows: Rows) -> None:
    """Write a table: one row a measure, one column a year, twelve digits, sorted, an empty cell where there is none."""
    with path(scenario).open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow([*KEYS, *YEARS])
        for key in sorted(rows):
            out.writerow([*key, *("" if x is None else f"{x:.12g}" for x in rows[key])])


def read(scenario: str) -> Rows:
    """Read a table."""
    with path(scenario).open(encoding="utf-8", newline="") as f:
        table = csv.reader(f)
        assert next(table) == [*KEYS, *map(str, YEARS)]
        return {tuple(row[: len(KEYS)]): [float(x) if x else None for x in row[len(KEYS) :]] for row in table}


def differences(now: Rows, kept: Rows) -> list[str]:
    """Return one line for every row and year in which two tables differ, and for rows that only one has."""
    told = [f"{' '.join(key)}: new row" for key in sorted(now.keys() - kept.keys())]
    told += [f"{' '.join(key)}: row is gone" for key in sorted(kept.keys() - now.keys())]
    for key in sorted(now.keys() & kept.keys()):
        for year, one, two in zip(YEARS, now[key], kept[key], strict=True):
            same = one == two if one is None or two is None else abs(one - two) <= tolerance(one, two)
            if not same:
                told.append(f"{' '.join(key)} {year}: {two} -> {one}")
    return told


def tolerance(one: float, two: float) -> float:
    """Return by how much two equal results may differ."""
    return max(RELATIVE * max(abs(one), abs(two)), SMALL)
