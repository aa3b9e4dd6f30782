"""Kernels: told of when they are compiled, light when they are loaded; work shared among threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim.compile as compiling
from sim import build, kernel_folder, simulate


def test_a_kernel_that_is_compiled_is_told_of_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after; the sum over the model's own kernels says what a start has to wait for."""
    told: list[tuple[str, bool]] = []

    def doubled(x):  # type: ignore[no-untyped-def]
        return x * 2

    made = compiling.kernel(doubled)
    monkeypatch.setenv("JUNHENG_CACHE", str(tmp_path))  # nothing kept
    with compiling.watch(lambda name, done: told.append((name, done))):
        assert made(3) == 6 and made(4) == 8
    assert made(0.5) == 1.0  # nobody listens any more
    [(name, _), _] = told
    assert told == [(name, False), (name, True)] and name.endswith("doubled")
    monkeypatch.undo()
    compiling._kernels[:] = [pair for pair in compiling._kernels if pair[0] is not made]
    ready, total = compiling.counts()
    assert 50 < total < 200 and 0 <= ready <= total and compiling.is_compiled() is (ready == total)


def test_after_a_run_of_two_years_every_kernel_that_runs_need_is_ready() -> None:
    world = build("guizhou", seed=1, sample=0.002)
    simulate(world, [], years=(world.first_year, world.first_year + 1), seed=1, observe=lambda world: None)
    assert compiling.is_compiled(), sorted(
        kept.name for made, kept in compiling._kernels if kept.stem() not in {n[:-24] for n in kernel_folder.names()}
    )


def test_each_does_every_task_once_with_any_number_of_threads() -> None:
    for threads in (1, 2, 5):
        done = np.zeros(17, np.int64)

        def work(i: int, done: np.ndarray = done) -> None:
            done[i] += 1

        compiling.each(range(17), work, threads)
        assert (done == 1).all()


def test_an_error_in_a_thread_is_not_lost() -> None:
    def work(i: int) -> None:
        raise ValueError(f"task {i}")

    for threads in (1, 2):
        with pytest.raises(ValueError, match="task"):
            compiling.each(range(4), work, threads)


MIXED = """
import sys
import numpy as np
from sim.compile import kernel
from sim.counting import row_sums
from sim.streams import to_uniform

@kernel
def later(values, word):
    made = np.empty(values.shape[0])
    return row_sums(values), made.size, to_uniform(word)

values = np.arange(6.0).reshape(2, 3)
alone = row_sums(values)
light = not any(name.startswith(("numba.np.arrayobj", "scipy.linalg")) for name in sys.modules)
found, size, share = later(values, np.uint32(1 << 31))
assert (alone == [3.0, 12.0]).all() and (found == alone).all() and size == 2 and abs(share - 0.5) < 1e-6
try:
    row_sums(np.lib.stride_tricks.as_strided(values, (2**62, 3), (0, 8)))
except (ValueError, MemoryError):
    print("light" if light else "heavy")
"""


def test_a_kernel_from_the_cache_needs_little_and_serves_kernels_compiled_after_it(tmp_path: Path) -> None:
    """Called alone, called by a kernel that is compiled in the same process, and raising an error."""
    script = tmp_path / "mixed.py"
    known = {**os.environ, "JUNHENG_CACHE": str(tmp_path), "PYTHONPATH": str(Path(compiling.__file__).parent.parent)}
    said = []
    for extra in ("", "", "# edited: this kernel is compiled again, the others are in the cache"):
        script.write_text(MIXED + extra, encoding="utf-8")
        ended = subprocess.run([sys.executable, script], env=known, capture_output=True, text=True, check=True)
        said.append(ended.stdout.strip())
    assert said == ["heavy", "light", "light"]
