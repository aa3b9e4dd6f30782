"""The notebook's side: run a scenario, open a database, get frames out. The command line uses the same functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from gettext import gettext as tr
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.identity import hash_files
from experiments.runner import Outcome, plan_experiment
from experiments.scenario import Scenario, load_scenario
from experiments.summary import summarise
from experiments.toml_file import MOST_BYTES
from results.store import Store, open_store
from sim.errors import InputError, visible
from sim.numbers import listed, shown

if TYPE_CHECKING:
    import pandas as pd

    from experiments.engine import Engine


@dataclass
class Result:
    """What `run` returns. summary: the end table as plain content; `frame` and `table` read the database."""

    store: Store
    experiment: int
    summary: dict[str, Any]
    outcome: Outcome

    def frame(self, *measures: str, level: str | None = None, **chosen: Any) -> pd.DataFrame:
        """Return the long table (scenario, arm, seed, year, level, area, area_name, stage, group, measure, value, unit, draw).

        measures: names as in `junheng list measures`, none = all
        level: region, prefecture, county, place_type, or several; None = that of the areas asked for, else the region
        chosen: stages, areas, groups, arms, seeds, draws, years: what is wanted, one or a list; areas by Chinese name,
            pinyin or code
        """
        wanted = [
            name for given in measures for name in ([given] if isinstance(given, str) else listed(given) or [given])
        ]
        levels = level or (None if chosen.get("areas") is not None else "region")
        return self.store.frame(self.experiment, measures=wanted or None, levels=levels, **chosen)

    def county(self, name: str | int, arm: str | None = None, year: int | None = None) -> dict[str, Any]:
        """Return what `junheng show county NAME --json` prints: certified when, what is missing, what that costs.

        name: Chinese name, pinyin or code; arm, year: see `results.county.county_report`
        """
        from junheng.show_county import find_county
        from results.county import county_report

        area = find_county(self.store, self.experiment, str(name))
        return county_report(self.store, self.experiment, area, arm, year)

    def __str__(self) -> str:
        from experiments.table import write_table

        return write_table(self.summary)


def run(
    scenario: str | Path | Scenario,
    *,
    years: str | Sequence[int] | None = None,
    seeds: str | int | Sequence[int] | None = None,
    draws: str | int | Sequence[int] | None = None,
    arms: Sequence[str] | None = None,
    sample: float | None = None,
    only: Any = None,
    db: str | Path = "junheng.db",
    workers: int = 1,
    policy_files: Sequence[str | Path] = (),
    fresh: bool = False,
    progress: bool = False,
    check: bool = True,
    engine: Engine | None = None,
) -> Result:
    """Run a scenario, store every run in `db`, and return the result.

    scenario: a built-in name, a TOML file, or a Scenario; years, seeds, draws, arms, sample, only: instead of its own
    only: counties and prefectures to run, as names, pinyin or codes, such as ["毕节市"]; all their children are simulated, and
        the rest of the region stands in with expected pupils
    policy_files: Python files with policies of the user; one that no arm names gets an arm of its own
    fresh: simulate again what the database already holds
    check: raise RunFailed when a run failed (the others are stored)
    Raises: InputError (bad input), ResultsError (database), RunFailed
    """
    files = check_files(policy_files)
    own = [name for file in files for name in load_policy_file(file)]
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    chosen = chosen.with_arms_for(own)
    chosen = chosen.with_options(years=years, seeds=seeds, draws=draws, arms=arms, sample=sample, only=only)
    hashes = {f"policy file {visible(file.name)}": hash_files([file])[:16] for file in files}
    plan = plan_experiment(
        chosen, workers=workers, engine=engine, progress=progress, extra_hashes=hashes, fresh=fresh
    )  # before the database: bad input leaves nothing behind
    store = open_store(db)
    outcome = plan.run(store)
    if check:
        outcome.check()
    return Result(store, outcome.experiment, summarise(store, outcome.experiment, chosen), outcome)


def open(db: str | Path = "junheng.db") -> Store:
    """Open a results database to read: `experiments()`, `runs()`, `frame()`, `table()`; see `results.store.Store`.

    Raises: ResultsError when there is none, or it is not a results database of this version
    """
    return open_store(db, readonly=True)


def check_files(given: Any) -> list[Path]:
    """Return paths from one path or several; InputError for anything else."""
    several = [given] if isinstance(given, str | PathLike) else [] if given is None else listed(given)
    if several is None or not all(isinstance(one, str | PathLike) for one in several):
        raise InputError(
            tr('policy_files = {given}: give Python files, such as ["my_policy.py"].').format(given=shown(given))
        )
    return [Path(one) for one in several]


def load_policy_file(path: Path) -> list[str]:
    """Add the policies of a user's Python file to the table of policies and return their names.

    Raises: InputError that names the file when it is not there or holds no good policy
    """
    if not path.is_file():
        raise InputError(tr("--policy-file {path}: no such file. Give a Python file with a policy.").format(path=path))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(
            tr("--policy-file {path}: longer than {most:,} bytes. Is it the right file?").format(
                path=path, most=MOST_BYTES
            )
        )
    from policies.registry import load_file

    return list(load_file(path))
