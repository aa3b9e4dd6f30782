"""Run a scenario: arms x seeds x draws in worker threads, every finished run stored at once, one transaction each.

Threads, not processes: the kernels let go of the GIL, two runs in threads beat two processes, and nothing is sent
around. One run already spreads over all cores by itself, so one worker is the default and needs the least memory; the
main thread stores a run while the next one is computed.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from gettext import gettext as tr
from typing import Any

from experiments import identity
from experiments.before import Listener, check_region, check_workers
from experiments.engine import Engine, real_engine
from experiments.first_start import FirstStart
from experiments.interrupts import Interrupted, Interrupts, number_of, word
from experiments.only import told_only
from experiments.outcome import Job, Outcome
from experiments.progress import Progress
from experiments.recorder import Recorder
from experiments.scenario import Scenario
from experiments.sharing import Sharing
from experiments.texts import check_texts
from experiments.worlds import Worlds
from policies.users_code import no_exit
from results.errors import masked, said_plainly
from results.record import RunData, RunRecord
from results.store import Store
from sim.errors import InputError

log = logging.getLogger("junheng.run")


class Stopped(Exception):
    """Raised inside a run, between two years, when the experiment is to end."""


def run_experiment(
    scenario: Scenario,
    store: Store,
    *,
    workers: int = 1,
    engine: Engine | None = None,
    progress: bool = True,
    extra_hashes: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> Outcome:
    """Run every arm with every seed and draw, and store each run as soon as it is finished.

    workers: runs at a time; the cores are shared out among them
    extra_hashes: what else the numbers depend on, such as the user's policy file, by name
    fresh: simulate also what the database already holds from the same code and data
    Raises: InputError for bad input; ResultsError when the database fails; KeyboardInterrupt after Ctrl-C, with
        finished runs kept. Runs that fail do not stop others: see `Outcome.check`.
    """
    plan = plan_experiment(
        scenario, workers=workers, engine=engine, progress=progress, extra_hashes=extra_hashes, fresh=fresh
    )
    return plan.run(store)


def plan_experiment(
    scenario: Scenario,
    *,
    workers: int = 1,
    engine: Engine | None = None,
    progress: bool = True,
    extra_hashes: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> Experiment:
    """Return an experiment that is checked but not begun: no database is needed, nothing is written.

    Raises: InputError for bad input
    """
    workers = check_workers(workers)
    check_texts(scenario)
    hashes = dict(extra_hashes or {})
    return Experiment(scenario, workers, engine or real_engine(), progress, hashes, fresh)


class Experiment:
    """The state of one running experiment, shared by the worker threads."""

    store: Store

    def __init__(
        self,
        scenario: Scenario,
        workers: int,
        engine: Engine,
        progress: bool,
        hashes: dict[str, str],
        fresh: bool,
    ) -> None:
        self.scenario, self.engine, self.fresh = scenario, engine, fresh
        self.stop = threading.Event()
        self.interrupts = Interrupts()
        self.stored: set[Job] = set()
        check_region(engine, scenario)
        self.base = engine.load_params().with_values(scenario.parameters or {}, where=f"{scenario.source}: parameters")
        self.policies = scenario.make_policies(engine.make_policy)
        made = [policy for policies in self.policies.values() for policy in policies]
        self.hashes = identity.data_hashes() | hashes | identity.foreign_hashes(made)
        self.jobs = [
            Job(arm.name, seed, draw)
            for seed in scenario.seeds
            for draw in scenario.draws or (0,)
            for arm in scenario.arms
        ]
        self.workers = min(workers, len(self.jobs))
        self.threads = max(1, (os.cpu_count() or 1) // self.workers) if self.workers > 1 else None  # None: as is best
        self.years = range(scenario.years[0], scenario.years[1] + 1)
        self.shown = progress
        self.listener = Listener(engine, scenario, self.policies)

    def run(self, store: Store) -> Outcome:
        """Make the runs that the database lacks."""
        self.store = store
        with self.interrupts, no_exit(self.scenario.source):
            return self._run()

    def _run(self) -> Outcome:
        with self.interrupts.held():
            outcome = Outcome(self.store.begin_experiment(self.spec()), self.scenario)
        with Sharing(self.store, outcome.experiment, self.fresh) as self.sharing:
            return self._make(outcome)

    def _make(self, outcome: Outcome) -> Outcome:
        state = "failed"
        try:
            todo = [job for job in self.jobs if not self._reuse(outcome.experiment, job)]
            outcome.reused = len(self.jobs) - len(todo)
            for note in self.listener.never if todo else ():
                log.info("%s", note)
                if self.shown:
                    print(tr("Note: {note}").format(note=note), file=sys.stderr)
            self._run_all(todo, outcome)
            state = "failed" if outcome.errors else "finished"
            outcome.notes = self.listener.notes({job.arm for job in self.stored})
        except KeyboardInterrupt as error:
            state = "interrupted"
            raise self._interrupted(error, outcome) from None
        finally:
            self._close(outcome.experiment, state)
        return outcome

    def _interrupted(self, error: KeyboardInterrupt, outcome: Outcome) -> Interrupted:
        number = number_of(error)
        said = tr(
            "{interrupted}: {done} of {runs} runs are finished and kept as experiment {experiment} in {db}. The same "
            "command goes on from there."
        )
        return Interrupted(
            said.format(
                interrupted=word(number),
                done=outcome.simulated + outcome.reused,
                runs=len(self.jobs),
                experiment=outcome.experiment,
                db=self.store.where,
            ),
            number,
        )

    def spec(self) -> dict[str, Any]:
        """Return the command as JSON content: two equal commands have equal specs."""
        s = self.scenario
        return {
            "scenario": s.name,
            "title": s.title,
            "title_zh": s.title_zh,
            "region": s.region,
            "years": list(s.years),
            "show_years": list(s.show_years),
            "arms": [arm.name for arm in s.arms],
            "arm_titles": {arm.name: [arm.title, arm.title_zh] for arm in s.arms},
            "policies": {arm.name: [dict(p) for p in arm.policies] for arm in s.arms},
            "acts_on": {arm: sorted({k for p in made for k in p.acts_on}) for arm, made in self.policies.items()},
            "seeds": list(s.seeds),
            "draws": list(s.draws),
            "sample": s.sample,
            **({"only": told_only(s.only, s.region)} if s.only else {}),
            "births": s.births,
            "parameters": dict(s.parameters or {}),
            "targets": [vars(target) for target in s.targets],
            "extra": {k: v for k, v in self.hashes.items() if k not in identity.data_hashes()},
        }

    def record(self, job: Job, **more: Any) -> RunRecord:
        """Return the identity of a run."""
        s = self.scenario
        return RunRecord(
            scenario=s.name,
            arm=job.arm,
            seed=job.seed,
            draw=job.draw,
            region=s.region,
            years=s.years,
            sample=s.sample,
            parameters={
                "policies": [dict(p) for p in s.arm(job.arm).policies],
                "values": dict(s.parameters or {}),
                "births": s.births,
                **({"only": list(s.only)} if s.only else {}),
                "used": identity.used(self._params(job.draw), self._drawn_policies(job)),
            },
            code_version=identity.code_version(),
            packages=identity.packages(),
            data_hashes=self.hashes,
            **more,
        )

    def _reuse(self, experiment: int, job: Job) -> bool:
        with self.interrupts.held():
            there = not self.fresh and self.store.reuse_run(experiment, self.record(job)) is not None
        if there:
            log.info("%s: taken from the database", job)
        return there

    def _run_all(self, todo: list[Job], outcome: Outcome) -> None:
        """Hand the runs to the workers and store each as it ends; leave no worker behind, whatever happens."""
        self.worlds = Worlds(self._build, [(job.seed, job.draw) for job in todo])
        self.progress = Progress(len(todo) * len(self.years), self.shown and bool(todo), self.workers)
        self.first_start = FirstStart(self.progress.doing, self.engine.kernels)
        # two a worker: enough to keep them busy, few enough that finished results do not pile up in memory
        ahead, queue = 2 * self.workers, list(todo)
        running: dict[Future[tuple[RunRecord, RunData]], Job] = {}
        others: list[Job] = []  # made by other processes
        watched = self.engine.watch(self.first_start.told)
        with watched, ThreadPoolExecutor(self.workers, thread_name_prefix="run") as pool:
            try:
                while queue or running or others:
                    while queue and len(running) < ahead:
                        job = queue.pop(0)
                        if self._claim(job, outcome, others):
                            running[pool.submit(self._simulate, job)] = job
                    for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                        self._store(running[future], future, outcome)
                        del running[future]  # only now: a run is forgotten when it is stored, not before
                    if others and not queue and not running:
                        queue, others = self._wait(others)
            except BaseException as error:
                self.stop.set()
                pool.shutdown(wait=True, cancel_futures=True)
                if isinstance(error, KeyboardInterrupt):
                    self._store_finished(running, outcome)
                raise
            finally:
                self.progress.close()

    def _claim(self, job: Job, outcome: Outcome, others: list[Job]) -> bool:
        """Return whether a run is ours to make: not when another process makes it (then it joins `others`), or has."""
        fingerprint = self.record(job).fingerprint
        with self.interrupts.held():
            ours = self.sharing.claim(fingerprint)
        if not ours:
            others.append(job)
        elif self.sharing.active and self._reuse(outcome.experiment, job):
            with self.interrupts.held():
                self.sharing.give_back(fingerprint)
            outcome.reused += 1
            self.worlds.skip((job.seed, job.draw))
            self.progress.step(str(job), len(self.years))
            ours = False
        return ours

    def _wait(self, others: list[Job]) -> tuple[list[Job], list[Job]]:
        """Wait for what other processes make, and say so; return the runs to look at again, and those that are made yet."""
        text = tr("Another process makes {runs} of these runs; waiting for it.").format(runs=len(others))
        log.info("%s", text)
        self.progress.doing(text)
        runs = {self.record(job).fingerprint: job for job in others}
        free = self.sharing.wait(list(runs))
        return [job for f, job in runs.items() if f in free], [job for f, job in runs.items() if f not in free]

    def _store_finished(self, running: Mapping[Future[tuple[RunRecord, RunData]], Job], outcome: Outcome) -> None:
        """Store the runs that were finished but not yet stored when Ctrl-C came."""
        for future, job in running.items():
            if job not in self.stored and not future.cancelled() and future.exception() is None:
                self._store(job, future, outcome)

    def _build(self, key: tuple[int, int]) -> Any:
        """Build the start world of one seed and draw."""
        seed, draw = key
        clock = time.perf_counter()
        world = self.engine.build(
            self.scenario.region,
            seed=seed,
            sample=self.scenario.sample,
            births=self.scenario.births,
            first_year=self.years[0],
            params=self._params(draw),
            threads=self.threads,
            **({"only": list(self.scenario.only)} if self.scenario.only else {}),
        )
        log.info(
            "start world of %s, seed %d%s: built in %.1f s",
            self.scenario.region, seed, f", draw {draw}" if draw else "", time.perf_counter() - clock,
        )  # fmt: skip
        return world

    def _params(self, draw: int) -> Any:
        # what the scenario sets by hand is no longer uncertain
        return self.base.draw(draw, keep=self.scenario.parameters or {}) if draw else self.base

    def _drawn_policies(self, job: Job) -> tuple[Any, ...]:
        """Return the arm's policies with the draw's values of their uncertain effects: the same draw in every arm."""
        made = self.policies[job.arm]
        if not job.draw:
            return made
        records = self.scenario.arm(job.arm).policies
        return tuple(policy.drawn(job.draw, keep=record) for policy, record in zip(made, records, strict=True))

    def _simulate(self, job: Job) -> tuple[RunRecord, RunData]:
        """Make one run in a worker thread."""
        started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        compiled = self.first_start.seconds()
        self._check_stop(0)
        world = self.worlds.take((job.seed, job.draw))

        def after_year(year: int) -> None:
            self.progress.step(str(job))
            self._check_stop(year)

        recorder = Recorder(self.engine.observer(), (self.years[0], self.years[-1]), after_year)
        self.engine.simulate(
            world,
            self.listener.listen(job.arm, self._drawn_policies(job)),
            years=self.years,
            seed=job.seed,
            observe=recorder,
            threads=self.threads,
            keep=False,
            beside=True,
        )
        seconds = time.perf_counter() - clock
        self.progress.finished(seconds - (self.first_start.seconds() - compiled), len(self.years))
        log.info("%s: %d school years in %.1f s", job, len(self.years), seconds)
        return self.record(job, started=started, seconds=seconds), recorder.data()

    def _check_stop(self, year: int) -> None:
        if self.stop.is_set():
            raise Stopped(year)

    def _store(self, job: Job, future: Future[tuple[RunRecord, RunData]], outcome: Outcome) -> None:
        """Store a finished run, or note why it failed; bad input concerns every run, so it ends the experiment."""
        error = future.exception()
        if error is None:
            clock = time.perf_counter()
            with self.interrupts.held():
                self.store.write_run(outcome.experiment, *future.result())
                self.stored.add(job)
                outcome.simulated += 1
            log.info("%s: stored in %.1f s", job, time.perf_counter() - clock)
            return
        if not isinstance(error, Exception) or isinstance(error, InputError) or os.environ.get("JUNHENG_DEBUG") == "1":
            raise error
        message = said_plainly(masked(f"{type(error).__name__}: {error}"))
        if isinstance(error, MemoryError):
            message = tr("out of memory; use --workers 1, or --only with some counties")
        outcome.errors.append((str(job), message))
        self.progress.say(f"{job} failed: {message}")
        with self.interrupts.held():
            self.store.write_run(outcome.experiment, self.record(job, state="failed", error=message), RunData.empty())

    def _close(self, experiment: int, state: str) -> None:
        """Note how it ended; a database that is gone must not hide the error that says so."""
        try:
            with self.interrupts.held():
                self.store.finish(experiment, state)
        except Exception:
            if state == "finished":
                raise
