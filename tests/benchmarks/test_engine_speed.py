"""Speed and memory of the engine at three sizes of Guizhou, and against the plain model at 100,000 children.

As part of the tests only the smallest size runs, once. Timed, all sizes:
`python -m pytest tests/benchmarks/test_engine_speed.py --benchmark-enable`; figures go to docs/performance.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from policies.registry import BUILT_IN, make_policy
from sim.start import build, survey
from sim.step import step
from sim.world import World
from tests.reference.speed import children_of, engine_child_years_per_second, plain_child_years_per_second
from tests.small_worlds import LEISHAN, LIKE_A_CITY, small_world

ROOT = Path(__file__).parents[2]
SIZES = (0.01, 0.1, 1.0)
COUNTIES = (1, 9, 88)
ALONE = ("雷山县", "毕节市")  # a county of 18,000 children, a prefecture of 1,200,000
LEAST_RATIO = 200.0  # a guard against a slip; the aim and what is reached stand in docs/performance.md
PEAK = """
import json, resource, sys
from pathlib import Path
from policies.registry import BUILT_IN, make_policy
from sim.start import build
from sim.step import simulate
world = build("guizhou", sample=float(sys.argv[1]))
policies = [make_policy({"name": name, "start": 2024}) for name in BUILT_IN]
simulate(world, policies, range(2024, 2027), keep=False)
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
status = Path("/proc/self/status")
if status.exists():  # on Linux getrusage hands the peak of the process that started this one down to it
    kilobytes = next(float(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps({"children": sum(map(len, world.blocks)), "peak_gb": kilobytes / 1024**2}))
"""


def timed(config: Any) -> bool:
    """Return whether benchmarks are really timed."""
    return bool(config.getoption("benchmark_enable", False) or not config.getoption("benchmark_disable", True))


def pytest_generate_tests(metafunc: Any) -> None:
    """All sizes when timed, else the smallest."""
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", SIZES if timed(metafunc.config) else SIZES[:1])
    if "only" in metafunc.fixturenames:
        metafunc.parametrize("only", ALONE if timed(metafunc.config) else ALONE[:1])
    if "counties" in metafunc.fixturenames:
        metafunc.parametrize("counties", COUNTIES if timed(metafunc.config) else COUNTIES[:1])


def policies() -> list[Any]:
    """Return all built-in policies."""
    return [make_policy({"name": name, "start": 2024}) for name in BUILT_IN]


def test_build(benchmark: Any, size: float) -> None:
    survey("guizhou")
    world = benchmark.pedantic(lambda: build("guizhou", sample=size), rounds=3, warmup_rounds=1)
    benchmark.extra_info["children"] = children_of(world)
    assert children_of(world) > 5_500_000 * size


def test_one_year_with_all_phases_and_policies(benchmark: Any, size: float) -> None:
    world, on, years = build("guizhou", sample=size), policies(), count(2024)
    step(world, on, next(years))
    benchmark.pedantic(lambda: step(world, on, next(years)), rounds=5, warmup_rounds=1)
    children = children_of(world)
    benchmark.extra_info["children"] = children
    if benchmark.stats is not None:
        benchmark.extra_info["child_years_per_second"] = children / benchmark.stats.stats.median
        benchmark.extra_info["ns_per_child"] = 1e9 * benchmark.stats.stats.median / children
    assert world.year == next(years) - 1


def test_one_year_of_whole_counties(benchmark: Any, counties: int) -> None:
    """Size by counties, everybody in them: schools grow with the children, as they do not in a sample."""
    codes = survey("guizhou").region.counties.code[:counties]
    world, on, years = small_world("guizhou", *codes.tolist(), sample=1.0, threads=2), policies(), count(2024)
    for _ in range(2):  # grade 1 is admitted from the second year on
        step(world, on, next(years))
    benchmark.pedantic(lambda: step(world, on, next(years)), rounds=5)
    children = children_of(world)
    benchmark.extra_info.update(counties=len(world.counties), children=children)
    if benchmark.stats is not None:
        benchmark.extra_info["ns_per_child"] = 1e9 * benchmark.stats.stats.median / children
    assert len(world.counties) == counties


def test_build_of_some_counties_alone(benchmark: Any, only: str) -> None:
    """With another seed each time: the start of the whole region is counted anew."""
    survey("guizhou")
    seeds = count(101)
    world = benchmark.pedantic(lambda: build("guizhou", only=only, seed=next(seeds)), rounds=3, warmup_rounds=1)
    benchmark.extra_info["children"] = children_of(world)
    assert 10_000 < children_of(world) < 1_500_000


def test_one_year_of_some_counties_alone(benchmark: Any, only: str) -> None:
    world, on, years = build("guizhou", only=only), policies(), count(2024)
    for _ in range(2):
        step(world, on, next(years))
    benchmark.pedantic(lambda: step(world, on, next(years)), rounds=5)
    benchmark.extra_info["children"] = children_of(world)
    assert world.year == next(years) - 1


def test_peak_memory(benchmark: Any, size: float) -> None:
    """Build and three years in a process of its own: the peak includes the interpreter and the compiled kernels."""

    def run() -> dict[str, float]:
        done = subprocess.run([sys.executable, "-c", PEAK, str(size)], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    found = benchmark.pedantic(run, rounds=1)
    benchmark.extra_info.update(found)
    assert found["peak_gb"] < 1.0


def test_times_the_plain_model(benchmark: Any, request: pytest.FixtureRequest) -> None:
    codes = LIKE_A_CITY if timed(request.config) else (LEISHAN,)
    sample = 1.0 if timed(request.config) else 0.1
    worlds: list[World] = [small_world("guizhou", *codes, sample=sample, threads=n) for n in (1, 2)]
    # both at their best: other work on the machine must not count for one of them
    plain = max(plain_child_years_per_second(worlds[0], policies(), years=2) for _ in range(2))
    engine = [max(engine_child_years_per_second(world, policies(), years=10) for _ in range(5)) for world in worlds]
    benchmark.pedantic(lambda: engine_child_years_per_second(worlds[0], policies(), years=3), rounds=1)
    benchmark.extra_info.update(
        children=children_of(worlds[0]), plain=plain, engine_1_thread=engine[0], engine_2_threads=engine[1],
        ratio=max(engine) / plain,
    )  # fmt: skip
    if timed(request.config):
        assert children_of(worlds[0]) > 95_000
        assert max(engine) / plain > LEAST_RATIO
