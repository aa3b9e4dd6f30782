"""What one run hands to the database: who it was (RunRecord) and what it found (RunData)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from gettext import gettext as tr
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from results.errors import ResultsError
from results.tables import INDICATORS

Rows = Sequence[tuple[Any, ...]] | Mapping[str, Sequence[Any] | NDArray[Any]]
COUNTY_COLUMNS = ("year", "county", "name", "passed", "certified", "failures", "cost_to_close")
SCHOOL_COLUMNS = (
    "year", "school", "stage", "name", "county", "kind", "place_type", "pupils",
    *(f"value_{name}" for name in INDICATORS),
    *(f"shortfall_{name}" for name in INDICATORS),
    "met", "passed",
)  # fmt: skip
COST_COLUMNS = ("year", "item", "payer", "county", "yuan")
AREA_COLUMNS = ("level", "area", "name_zh", "name_en", "code")
DETAIL_COLUMNS = ("county", "content")


def canonical(content: Any) -> str:
    """Return JSON that is the same for equal content: sorted keys, no spaces, numpy numbers as plain ones."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(content: Any) -> Any:
    """Turn numpy numbers and arrays, tuples and sets into what JSON knows; anything else into its text."""
    if isinstance(content, (np.generic, np.ndarray)):
        return content.tolist()
    if isinstance(content, (set, frozenset, range)):
        return sorted(content)
    return str(content)


def digest(content: Any) -> str:
    """Return the SHA-256 of the canonical JSON of some content, in hexadecimal."""
    return sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One arm with one seed and one draw of parameters.

    `key` names what was asked for; `fingerprint` adds the code and data that answered, so two runs with one fingerprint
    have the same rows. Time of day and duration are in neither.
    """

    scenario: str
    arm: str
    seed: int
    region: str
    years: tuple[int, int]  # first and last
    draw: int = 0  # 0 = central values of the parameters
    sample: float = 1.0
    # policies of the arm and parameters as the scenario sets them; under "used" the value of every single one in this run
    parameters: Mapping[str, Any] = field(default_factory=dict)
    code_version: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)
    data_hashes: Mapping[str, str] = field(default_factory=dict)
    started: str = ""  # UTC, ISO 8601
    seconds: float = 0.0
    state: str = "finished"  # or "failed"
    error: str = ""  # why it failed

    @property
    def key(self) -> str:
        """Hash of scenario, arm, seed, draw, sample, region, years and the parameters that were asked for."""
        asked = {name: value for name, value in self.parameters.items() if name != "used"}
        return digest([self.scenario, self.arm, self.seed, self.draw, self.sample, self.region, self.years, asked])

    @property
    def fingerprint(self) -> str:
        """Hash of the key, the code version and the data hashes."""
        return digest([self.key, self.code_version, self.data_hashes])


@dataclass(frozen=True, kw_only=True)
class RunData:
    """What a run found.

    series: what each row of `values` means, as (level, area, stage, group, measure, unit); no meaning twice
    years: calendar year of each column of `values`
    values: (n_series, n_years) floats in the unit of the series; NaN = absent, no row is stored
    county_inspection, school_inspection, cost, areas, county_detail: tuples in the order of COUNTY_COLUMNS,
        SCHOOL_COLUMNS, COST_COLUMNS, AREA_COLUMNS and DETAIL_COLUMNS, or a mapping from those names to columns of equal
        length (`failures` may be a list of texts per row, `content` is JSON; NaN and None are stored as unknown)
    """

    series: Sequence[tuple[str, str, str, str, str, str]]
    years: Sequence[int]
    values: NDArray[np.floating[Any]]
    county_inspection: Rows = ()
    school_inspection: Rows = ()
    cost: Rows = ()
    areas: Rows = ()
    county_detail: Rows = ()

    @classmethod
    def empty(cls) -> RunData:
        """Return the data of a run that found nothing (a failed one)."""
        return cls(series=[], years=[], values=np.empty((0, 0)))

    def check(self) -> None:
        """Raise ResultsError when shapes disagree, a series comes twice, or a value is infinite."""
        want = (len(self.series), len(self.years))
        if self.values.shape != want:
            raise ResultsError(
                tr("run data: values have shape {shape}, want (series, years) = {want}").format(
                    shape=self.values.shape, want=want
                )
            )
        if len(set(self.series)) != len(self.series):
            raise ResultsError(
                tr("run data: a series comes twice; give every (level, area, stage, group, measure) once")
            )
        if np.isinf(self.values).any():
            bad = self.series[int(np.flatnonzero(np.isinf(self.values).any(axis=1))[0])]
            raise ResultsError(
                tr("run data: {bad}: an infinite value; leave it NaN where it is not defined").format(bad=bad)
            )


def lists(table: Rows, columns: tuple[str, ...], name: str) -> dict[str, list[Any]]:
    """Return a table as one list a column, in the order of `columns`, numpy numbers as plain ones.

    Raises: ResultsError if a column is missing, unknown or of another length, or a tuple has another width
    """
    if isinstance(table, Mapping):
        if set(table) != set(columns):
            wrong = sorted(set(table) ^ set(columns))
            raise ResultsError(
                tr("run data: {name}: columns {wrong} are missing or unknown; want {columns}").format(
                    name=name, wrong=wrong, columns=list(columns)
                )
            )
        plain = {key: c.tolist() if isinstance(c := table[key], np.ndarray) else list(c) for key in columns}
        if len({len(c) for c in plain.values()}) > 1:
            lengths = [len(c) for c in plain.values()]
            raise ResultsError(
                tr("run data: {name}: columns differ in length: {lengths}").format(name=name, lengths=lengths)
            )
        return plain
    got = list(table)
    if got and {len(row) for row in got} != {len(columns)}:
        raise ResultsError(
            tr("run data: {name}: every row must hold {count} cells: {columns}").format(
                name=name, count=len(columns), columns=", ".join(columns)
            )
        )
    cells = zip(*got, strict=True) if got else ((),) * len(columns)
    return {
        key: [c.item() if isinstance(c, np.generic) else c for c in column]
        for key, column in zip(columns, cells, strict=True)
    }


def known(rows_: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the same rows with NaN as None, for databases that keep the two apart."""
    return [tuple(None if isinstance(c, float) and c != c else c for c in row) for row in rows_]
