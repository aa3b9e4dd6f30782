"""The results database: experiments, runs and what they found. One transaction a run: whole or absent.

Writing a run again replaces it. A run that several experiments ask for is stored once and belongs to all of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from gettext import gettext as tr
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, insert, select, update

from results import claims, writing
from results import tables as t
from results.chosen import whole
from results.connect import clear_errors, database_file, database_url, ensure_schema, open_engine, shown_url
from results.database_errors import OPENING
from results.errors import ResultsError
from results.record import RunData, RunRecord, canonical, digest

if TYPE_CHECKING:
    import pandas as pd

    from results.areas import AreaTable

STATES = ("running", "finished", "failed", "interrupted")
SPEC_KEYS = ("scenario", "arms", "seeds")


def open_store(url_or_path: str | os.PathLike[str], readonly: bool = False) -> Store:
    """Open (and unless readonly, make) a results database.

    url_or_path: a file for SQLite, or any SQLAlchemy URL
    Raises: ResultsError when it cannot be reached, read or written, is not ours, or has another schema version
    """
    url = database_url(url_or_path)
    where, file = shown_url(url), database_file(url)
    with clear_errors(where, OPENING, file):
        engine = open_engine(url, readonly)
        try:
            ensure_schema(engine, where, readonly)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, where, readonly, file)


class Store:
    """An open results database. Threads may share it: writers take turns."""

    def __init__(self, engine: Engine, where: str, readonly: bool, file: Path | None = None) -> None:
        """file: the file of an SQLite database, which no other output may take the place of."""
        self.engine = engine
        self.file = file
        self.where = where
        self.readonly = readonly
        self.owner = claims.Owner()
        self._claiming = False  # whether this process has claimed runs
        self._lock = threading.RLock()  # one writer in this process; the database keeps other processes apart
        self._series: dict[writing.SeriesKey, int] = {}

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # -- writing -------------------------------------------------------------------------------------------------

    def begin_experiment(self, spec: Mapping[str, Any]) -> int:
        """Note that a command was given, and return the id of its experiment; the same command keeps its id.

        spec: the command: `scenario`, `arms` and `seeds` (required), `title`, `draws`, `years`, `region`, `sample`,
            policies, ...; all of it must be JSON content. The interval kind is `chance` without `draws` (or with
            the central draw 0 alone), `chance+parameters` with several seeds and draws, and `parameters` when draws
            vary under a single seed.
        """
        missing = [name for name in SPEC_KEYS if not isinstance(spec, Mapping) or name not in spec]
        if missing:
            raise ResultsError(
                tr("experiment: {missing} missing in the spec; want {spec_keys}").format(
                    missing=", ".join(missing), spec_keys=", ".join(SPEC_KEYS)
                )
            )
        varied = any(int(d) != 0 for d in spec.get("draws") or ())
        content = "chance" if not varied else "chance+parameters" if len(spec["seeds"]) > 1 else "parameters"
        row = {
            "key": digest(spec),
            "scenario": str(spec["scenario"]),
            "title": str(spec.get("title") or spec["scenario"]),
            "created": datetime.now(UTC).isoformat(timespec="microseconds"),
            "state": "running",
            "interval": content,
            "spec": canonical(spec),
        }
        with self._writing(f"beginning experiment {spec['scenario']}") as connection:
            found = connection.scalar(select(t.experiment.c.id).where(t.experiment.c.key == row["key"]))
            if found is None:
                key = connection.execute(insert(t.experiment).values(**row)).inserted_primary_key
                assert key is not None  # a single row always has one
                return int(key[0])
            connection.execute(update(t.experiment).where(t.experiment.c.id == found).values(**row))
            return int(found)

    def finish(self, experiment: int, state: str) -> None:
        """Note how an experiment ended: finished, failed or interrupted."""
        if state not in STATES:
            raise ResultsError(
                tr("experiment {experiment}: state {state!r} is none of {states}").format(
                    experiment=experiment, state=state, states=", ".join(STATES)
                )
            )
        with self._writing(f"closing experiment {experiment}") as connection:
            connection.execute(update(t.experiment).where(t.experiment.c.id == experiment).values(state=state))

    def write_run(self, experiment: int, record: RunRecord, data: RunData) -> int:
        """Store a run in one transaction, in the place of the same run if it stands there, and return its id.

        An older answer to the same question (same key, other code or data) leaves this experiment, and leaves the
        database when no other experiment holds it.
        """
        _check_record(record)
        data.check()
        with self._writing(f"writing run {record.arm}, seed {record.seed}") as connection:
            if connection.scalar(select(t.experiment.c.id).where(t.experiment.c.id == experiment)) is None:
                raise ResultsError(
                    tr("database {where}: there is no experiment {experiment}; begin it first").format(
                        where=self.where, experiment=experiment
                    )
                )
            run = writing.place(connection, experiment, record)
            if self._claiming:
                claims.let_go(connection, self.owner, record.fingerprint)
            self._series = writing.write_values(connection, run, data, self._series)
            writing.write_tables(connection, run, record.region, data)
        return run

    def reuse_run(self, experiment: int, record: RunRecord) -> int | None:
        """Take a finished run that already stands here (same key, code and data) into an experiment.

        Returns: the id of the run, or None when it has to be simulated
        """
        _check_record(record)
        with self._writing(f"looking for run {record.arm}, seed {record.seed}") as connection:
            where = (t.run.c.fingerprint == record.fingerprint, t.run.c.state == "finished")
            found = connection.scalar(select(t.run.c.id).where(*where))
            if found is not None:
                writing.drop_answers(connection, experiment, record, keep=int(found))
                writing.join(connection, experiment, int(found))
        return None if found is None else int(found)

    # -- sharing work with other processes (results.claims) ----------------------------------------------------------

    @property
    def shared(self) -> bool:
        """Whether other processes can have this database open: not one in memory."""
        return self.file is not None or self.engine.dialect.name != "sqlite"

    def claim(self, fingerprint: str, silent: Collection[str] = ()) -> bool:
        """Note that this process makes a run, unless another one that lives does; return whether it is ours to make.

        silent: owners that have shown no life for long
        """
        with self._writing("claiming a run") as connection:
            if not self._claiming:
                claims.meta.create_all(connection)
            got = claims.take(connection, fingerprint, self.owner, silent)
        self._claiming = True
        return got == claims.MINE

    def claims(self) -> dict[str, tuple[str, int]]:
        """Return who makes which run (fingerprint -> owner, signs of life); no process that is known to be gone."""
        with clear_errors(self.where, "looking at claims", self.file), self.engine.connect() as connection:
            return claims.beats(connection)

    def beat(self) -> None:
        """Show other processes that this one lives."""
        if self._claiming:
            with self._writing("showing life") as connection:
                claims.beat(connection, self.owner)

    def let_go(self, fingerprint: str | None = None) -> None:
        """Give back the claim of one run, or all that this process holds."""
        if self._claiming:
            with self._writing("giving back claims") as connection:
                claims.let_go(connection, self.owner, fingerprint)

    @contextmanager
    def _writing(self, doing: str) -> Iterator[Connection]:
        """Open a transaction that writes; any error in it rolls everything back and becomes a ResultsError."""
        if self.readonly:
            raise ResultsError(
                tr("database {where} was opened read-only; {doing} needs open_store(readonly=False)").format(
                    where=self.where, doing=doing
                )
            )
        with (
            self._lock,
            clear_errors(self.where, doing, self.file),
            self.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            if connection.dialect.name != "sqlite":
                # hold a row until the end, so that writers take turns on servers as they do in a SQLite file
                connection.execute(update(t.about).where(t.about.c.name == "schema").values(value=t.about.c.value))
            yield connection

    # -- reading -------------------------------------------------------------------------------------------------

    def experiments(self) -> list[dict[str, Any]]:
        """Return one record an experiment, oldest first: id, scenario, arms, seeds, created, state, ..."""
        from results import reading

        with clear_errors(self.where, "reading experiments", self.file), self.engine.connect() as connection:
            listed, alive = reading.experiments(connection), claims.running(connection)
        for row in listed:
            if row["state"] == "running" and alive is not None and row["id"] not in alive:
                row["state"] = "interrupted"  # its process was killed, or could not reach the database any more
        return listed

    def resolve(self, experiment: int | str = "latest") -> int:
        """Return the id of an experiment given as a number, its text, or `latest` (the last command given)."""
        listed = self.experiments()
        if not listed:
            raise ResultsError(
                tr("database {where} holds no experiment yet; make one with `junheng run`").format(where=self.where)
            )
        number = whole(experiment)
        text = (experiment if isinstance(experiment, str) else repr(experiment if number is None else number)).strip()
        if text == "latest":
            return int(max(listed, key=lambda e: (e["created"], e["id"]))["id"])
        ids = [int(e["id"]) for e in listed]
        if not (text.isascii() and text.isdecimal() and len(text) < 19) or int(text) not in ids:
            raise ResultsError(
                tr("database {where}: experiment {text} is not there; allowed: latest, {allowed}").format(
                    where=self.where, text=repr(text[:40]), allowed=", ".join(str(i) for i in ids[-20:])
                )
            )
        return int(text)

    def runs(self, experiment: int | str = "latest") -> list[dict[str, Any]]:
        """Return one record a run of an experiment, by arm (in the order of the command), seed and draw."""
        from results import reading

        which = self.resolve(experiment)
        with clear_errors(self.where, "reading runs", self.file), self.engine.connect() as connection:
            return reading.runs(connection, which)

    def frame(self, experiment: int | str = "latest", **chosen: Any) -> pd.DataFrame:
        """Return values as a long table: the exported columns and `draw`, in a fixed order.

        chosen: measures, levels, areas, stages, groups, arms, years, seeds, draws: each one value, a list or array of
            allowed values, or None for all; areas by code (520524), Chinese name (织金县) or pinyin
        Raises: ResultsError for a name that the database does not know
        """
        import pandas as pd

        from results.tables import LONG_COLUMNS

        parts = list(self.frames(experiment, **chosen))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*LONG_COLUMNS, "draw"])

    def frames(self, experiment: int | str = "latest", **chosen: Any) -> Iterator[pd.DataFrame]:
        """Yield what `frame` returns, one run at a time, so that a large experiment needs little memory."""
        from results import reading

        which = self.resolve(experiment)
        with clear_errors(self.where, "reading values", self.file), self.engine.connect() as connection:
            yield from reading.frames(connection, which, **chosen)

    def table(self, name: str, experiment: int | str = "latest") -> pd.DataFrame:
        """Return county_inspection, school_inspection, cost or shortfall with arm, seed and draw in front.

        shortfall: one row a school, stage and indicator below its threshold in a year (see `results.detail.shortfalls`)
        """
        from results import reading

        which = self.resolve(experiment)
        with clear_errors(self.where, f"reading {name}", self.file), self.engine.connect() as connection:
            return reading.table(connection, which, name)

    def counties(self, experiment: int) -> set[str]:
        """Return the keys (codes as text) of the counties whose evaluation a finished run of an experiment holds."""
        pair, seen = t.experiment_run.c, t.county_inspection.c
        query = select(seen.county).distinct().join(t.experiment_run, pair.run == seen.run)
        with clear_errors(self.where, "reading counties", self.file), self.engine.connect() as connection:
            return set(connection.scalars(query.where(pair.experiment == experiment)))

    def areas(self, region: str) -> dict[tuple[str, str], tuple[str, str]]:
        """Return the Chinese and English name of each (level, key) of a region, where known."""
        return {key: (area.name_zh, area.name_en) for key, area in self.area_table(region).areas.items()}

    def area_table(self, region: str) -> AreaTable:
        """Return the areas of a region with their codes and names, as far as the database knows them."""
        from results.areas import AreaTable

        with clear_errors(self.where, "reading names of areas", self.file), self.engine.connect() as connection:
            return AreaTable(connection, region)


def _check_record(record: Any) -> None:
    """Raise ResultsError unless something is the record of a run."""
    if not isinstance(record, RunRecord):
        raise ResultsError(tr("{given} is no record of a run; make a RunRecord.").format(given=repr(record)[:80]))
