"""Writing and reading a run of the size of a province: 88 counties, 40 measures, three stages, twelve years."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from results.record import RunData, RunRecord
from results.store import open_store

YEARS = range(2024, 2036)
KEYS = [
    ("county", str(520000 + c), stage, "all", f"m{m}", "share")
    for c in range(88) for stage in ("primary", "junior", "compulsory") for m in range(40)
]  # fmt: skip


def run_of_a_province() -> RunData:
    """Some 126,720 values."""
    values = np.random.default_rng(1).random((len(KEYS), len(YEARS)))
    return RunData(series=KEYS, years=list(YEARS), values=values)


def test_write_a_run(benchmark: Any, tmp_path: Path) -> None:
    data, seeds = run_of_a_province(), count()
    with open_store(tmp_path / "r.db") as store:
        experiment = store.begin_experiment({"scenario": "g", "arms": ["a"], "seeds": [1]})

        def write() -> int:
            record = RunRecord(scenario="g", arm="a", seed=next(seeds), region="g", years=(2024, 2035))
            return store.write_run(experiment, record, data)

        write()  # the first run also writes what the series mean
        assert benchmark.pedantic(write, rounds=5) > 1


def test_read_a_run(benchmark: Any, tmp_path: Path) -> None:
    data = run_of_a_province()
    with open_store(tmp_path / "r.db") as store:
        experiment = store.begin_experiment({"scenario": "g", "arms": ["a"], "seeds": [1]})
        store.write_run(experiment, RunRecord(scenario="g", arm="a", seed=1, region="g", years=(2024, 2035)), data)
        frame = benchmark.pedantic(lambda: store.frame(experiment), rounds=3)
    assert len(frame) == data.values.size
