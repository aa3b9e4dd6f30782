"""A tiny engine for tests of the runner: two counties, four schools, figures that can be worked out by hand.

Scores rise by the seed and the year; a policy "lift" closes the urban-rural gap by its share each year.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from experiments.engine import Engine
from sim.errors import InputError, nearest
from sim.evaluation.inspection import inspect
from sim.evaluation.totals import SchoolTotals
from sim.tables import Counties, Schools

UNITS = {"pupils": "pupils", "gap.urban_rural": "SD", "counties_certified": "counties"}


class FakeParams(dict[str, float]):
    def with_values(self, changes: Mapping[str, float], where: str = "parameters") -> FakeParams:
        for name in changes:
            if name not in self:
                raise InputError(f"{where}: unknown parameter {name!r}.{nearest(name, self)}")
        return FakeParams({**self, **changes})

    def draw(self, number: int, keep: Any = ()) -> FakeParams:
        return FakeParams({k: v if k in keep else v * (1 + 0.01 * number) for k, v in self.items()})


class FakeWorld:
    def __init__(self, seed: int, sample: float, gap: float) -> None:
        self.seed, self.sample, self.gap, self.year = seed, sample, gap, 0
        self.weight, self.map_rows = 1.0 / sample, None
        self.counties = Counties.empty(2)
        self.counties.code[:] = [520101, 520102]
        self.counties.name[:] = ["甲县", "乙县"]
        self.counties.pinyin[:] = ["Jia", "Yi"]
        self.counties.prefecture[:] = "贵阳市"
        self.schools = Schools.empty(4)
        self.schools.name[:] = [f"合成小学{i}" for i in range(4)]
        self.schools.county[:] = [0, 0, 1, 1]
        self.schools.kind[:] = 1
        self.schools.pupils[:, 0] = [100, 200, 300, 400]
        price = SimpleNamespace(value=2.0)
        names = ("teaching_area", "sports_area", "equipment_value", "multimedia_rooms", "teacher_year")
        prices = dict.fromkeys(names, price)
        self.region = SimpleNamespace(name="guizhou", title="Test", title_zh="试验", prices=prices)
        self.certified = np.zeros(2, dtype=np.int64)
        self.ledger = SimpleNamespace(rows={})
        self.inspection: Any = None

    def copy(self) -> FakeWorld:
        return FakeWorld(self.seed, self.sample, self.gap)

    def inspect(self) -> None:
        pupils = self.schools.pupils
        ample, nothing = pupils * 1.0, np.zeros((4, 2))
        ample[2:] = 0  # the second county has no teachers of merit and fails
        physical = np.outer(pupils.sum(axis=1), [20.0, 20.0, 9000.0, 1.0])
        register = SchoolTotals(
            kind=self.schools.kind.astype(int), pupils=pupils, pupils_senior=np.zeros(4), above_degree=ample,
            backbone=ample, pe_art=ample + nothing, physical=physical,
        )  # fmt: skip
        self.inspection = inspect(register, self.schools.county.astype(int), 2)


class FakePolicy(dict):
    acts_on = ()

    def __getattr__(self, name: str) -> Any:
        return self[name]

    def parameters(self) -> list[str]:
        return [name for name in self if name != "name"]

    def drawn(self, number: int, keep: Mapping[str, Any]) -> FakePolicy:
        return self if "share" in keep else FakePolicy({**self, "share": self["share"] + 0.01 * number})


class FakeObserver:
    def __init__(self) -> None:
        self.years: list[int] = []
        self.found: list[list[float]] = []

    def __call__(self, world: FakeWorld) -> None:
        self.years.append(world.year)
        pupils = float(world.schools.pupils.sum())
        self.found.append([pupils, world.gap + 0.001 * world.seed, float((world.certified > 0).sum())])

    def rows(self) -> Any:
        series = [("region", "all", "compulsory", "all", name, unit) for name, unit in UNITS.items()]
        return SimpleNamespace(series=series, years=self.years, values=np.array(self.found).T)


def fake_engine(on_year: Callable[[str, int], None] | None = None) -> tuple[Engine, dict[str, int]]:
    """Return an engine and the count of its calls. on_year(policy names, year) runs before each year, may raise."""
    calls = {"build": 0, "simulate": 0}
    lock = threading.Lock()

    def build(
        region: str,
        *,
        seed: int,
        sample: float,
        births: str,
        first_year: int,
        params: Mapping[str, float],
        threads: int,
        only: Any = None,
    ) -> FakeWorld:
        with lock:
            calls["build"] += 1
        return FakeWorld(seed, sample, params["gap"])

    def simulate(
        world: FakeWorld,
        policies: Any,
        *,
        years: range,
        seed: int,
        observe: Callable[..., None],
        threads: int,
        keep: bool = True,
        beside: bool = False,
    ) -> None:
        with lock:
            calls["simulate"] += 1
        world = world.copy() if keep else world
        for year in years:
            if on_year is not None:
                on_year(",".join(p["name"] for p in policies), year)
            world.year = year
            for policy in policies:
                world.gap *= 1 - policy["share"]
                world.ledger.rows[policy["name"], "county"] = np.array([1e6, 2e6])
            world.inspect()
            world.certified = np.where((world.certified == 0) & world.inspection.passed, year, world.certified)
            observe(world, None)

    def make_policy(record: Mapping[str, Any]) -> dict[str, Any]:
        if record["name"] != "lift":
            raise InputError(f"unknown policy {record['name']!r}.{nearest(record['name'], ['lift'])}")
        for key in record:
            if key not in ("name", "share"):
                raise InputError(f"lift: unknown parameter {key!r}.{nearest(key, ['share'])}")
        return FakePolicy({"share": 0.1, **record})

    def check_region(name: str) -> None:
        if name != "guizhou":
            raise InputError(f"region: unknown name {name!r}.{nearest(name, ['guizhou'])}")

    return Engine(lambda: FakeParams(gap=0.4), build, simulate, make_policy, FakeObserver, check_region), calls
