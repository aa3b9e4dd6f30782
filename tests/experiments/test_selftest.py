"""The same bits on every machine: the self-test's hashes do not move with processor levels, threads or libraries' kernels.

Each setting also gives a control made with numpy's own functions. Where the control does not move either, this machine
cannot show that the setting reached it, and the test says so.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from experiments import selftest
from tests.selftest_line import kept

ROOT = Path(__file__).parents[2]
LEVELS = selftest.processor()["levels"]
CORES = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX", "Zen")  # of OpenBLAS on x86-64
CANNOT = "this machine cannot show it: numpy's own {} do not change under {}"


def elsewhere(**settings: str) -> dict:
    """Return what `junheng selftest --json` prints in a process of its own under some settings of the environment."""
    command = [sys.executable, "-c", "from junheng.cli import main; main(['selftest', '--json'])"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def here() -> dict[str, str]:
    """Return the controls of this process's settings."""
    return selftest.control()


def is_the_same(found: dict, control: str, setting: str) -> None:
    """Hold the hashes of a setting against the README's; skip, with the reason, where the control shows nothing."""
    assert {name: found[name] for name in ("values", "state")} == kept()
    if found["control"][control] == here()[control]:
        pytest.skip(CANNOT.format(control, setting))


def without(n: int) -> dict[str, str]:
    """Return the setting that leaves numpy its lowest n levels."""
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(LEVELS[n:])}


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_hashes_are_those_of_the_readme_with_any_threads(threads: int) -> None:
    assert selftest.selftest(threads) == kept()


@pytest.mark.skipif(not LEVELS, reason="numpy knows no level of this processor that can be switched off")
def test_the_lowest_level_of_the_processor_gives_the_same_bits() -> None:
    is_the_same(elsewhere(**without(0)), "functions", "NPY_DISABLE_CPU_FEATURES")


@pytest.mark.long
@pytest.mark.parametrize("n", range(len(LEVELS)))
def test_each_level_of_the_processor_gives_the_same_bits(n: int) -> None:
    found = elsewhere(**without(n))
    assert found["processor"]["levels"] == LEVELS[:n], "numpy did not switch the levels off"
    is_the_same(found, "functions", f"NPY_DISABLE_CPU_FEATURES={' '.join(LEVELS[n:])}")


@pytest.mark.long
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these are names of x86-64 cores")
@pytest.mark.parametrize("core", CORES)
def test_other_linear_algebra_gives_the_same_bits(core: str) -> None:
    is_the_same(elsewhere(OPENBLAS_CORETYPE=core), "products", f"OPENBLAS_CORETYPE={core}")


@pytest.mark.long
def test_generic_machine_code_gives_the_same_bits(tmp_path: Path) -> None:
    found = elsewhere(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="", JUNHENG_CACHE=str(tmp_path))
    assert {name: found[name] for name in ("values", "state")} == kept()
    assert any(tmp_path.rglob("*")), "the kernels were not compiled anew"


@dataclass
class Thing:
    """A record as a world holds them."""

    rows: np.ndarray
    name: str = "a"
    _memory: dict = field(default_factory=dict)


def state(**world) -> str:
    return selftest.hash_state(type("World", (), {})() if not world else _world(world))


def _world(parts: dict) -> object:
    world = type("World", (), {})()
    world.__dict__.update(parts)
    return world


def test_the_state_is_all_that_a_world_holds() -> None:
    rows = np.array([1.0, 2.0, np.nan])
    one = state(thing=Thing(rows), year=2024)
    assert one == state(year=2024, thing=Thing(rows.copy()))
    assert one == state(thing=Thing(rows.astype(">f8")), year=np.int16(2024)), "byte order and width of whole numbers"
    assert one == state(thing=Thing(rows, _memory={1: 2}), year=2024, threads=7)
    nudged = rows.copy()
    nudged[0] = np.nextafter(1.0, 2.0)
    others = [
        state(thing=Thing(nudged), year=2024),
        state(thing=Thing(rows), year=2025),
        state(thing=Thing(rows, name="b"), year=2024),
        state(thing=Thing(rows[None]), year=2024),
        state(thing=Thing(rows.astype(np.float32)), year=2024),
        state(thing=Thing(rows), year=2024, more=True),
        state(thing=[Thing(rows)], year=2024),
        state(thing=Thing(rows)),
    ]
    assert len({one, *others}) == 9
    with pytest.raises(TypeError, match=r"world\.odd: a set has no bytes"):
        state(odd={1})


def test_a_missing_number_is_one_number() -> None:
    odd = np.array([1.0, np.nan])
    odd.view(np.uint64)[1] |= np.uint64(5) | np.uint64(1 << 63)
    assert selftest.little(odd) == selftest.little(np.array([1.0, np.nan]))


def test_the_values_are_all_that_a_run_stores() -> None:
    from results.record import RunData

    def data(value=1.0, yuan=2.0, cost=3.0, order=1):
        series = [("region", "all", "primary", "all", name, "SD") for name in ("a", "b")][::order]
        values = np.array([[value, np.nan], [5.0, 6.0]])[::order]
        county = [(2024, "1", "x", True, 0, "[]", cost)]
        return RunData(series=series, years=[2024, 2025], values=values, county_inspection=county,
                       cost=[(2024, "i", "county", "1", yuan)])  # fmt: skip

    one = selftest.hash_values(data())
    assert one == selftest.hash_values(data(order=-1))
    near = {name: np.nextafter(was, 9.0).item() for name, was in (("value", 1.0), ("yuan", 2.0), ("cost", 3.0))}
    assert len({one, *(selftest.hash_values(data(**{name: x})) for name, x in near.items())}) == 4
