"""Two processes on one database: each makes the runs that nobody makes yet, and waits for those that the other makes."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from results.claims import of_experiment
from results.errors import ResultsError
from results.store import Store

log = logging.getLogger("junheng.run")
BEAT = 15.0  # seconds between two signs of life
SILENCE = 120.0  # seconds after which a process of another machine that shows none is given up
LOOK = 1.0  # seconds between two looks at what the others make


class Sharing:
    """While open, shows that this process lives; tells which runs others make. A database in memory has no others."""

    def __init__(self, store: Store, experiment: int, fresh: bool = False) -> None:
        """fresh: every run is made anew, whoever else makes it."""
        self.store, self.experiment = store, experiment
        self.active = store.shared and not fresh
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[str, tuple[int, float]] = {}  # owner -> beat, and when it was first seen

    def __enter__(self) -> Sharing:
        if self.store.shared:
            self.store.claim(of_experiment(self.experiment, self.store.owner))
            self._thread = threading.Thread(target=self._live, name="beat", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self.store.shared:
            try:
                self.store.let_go()
            except ResultsError as failure:  # whatever is wrong with the database is told elsewhere
                log.debug("claims not given back: %s", failure)

    def _live(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self.store.beat()
            except ResultsError as failure:
                log.debug("no sign of life written: %s", failure)

    def claim(self, fingerprint: str) -> bool:
        """Return whether this process is to make a run; False when another one makes it."""
        return not self.active or self.store.claim(fingerprint, self._silent())

    def give_back(self, fingerprint: str) -> None:
        """Let go of a run that is stored already."""
        self.store.let_go(fingerprint)

    def wait(self, fingerprints: list[str]) -> set[str]:
        """Wait for runs that others make, and return those that are stored or given up, or whose maker is gone: one at least."""
        while True:
            now = self.store.claims()
            self._note(now)
            silent = self._silent()
            free = {f for f in fingerprints if f not in now or now[f][0] in silent}
            if free:
                return free
            time.sleep(LOOK)

    def _note(self, now: dict[str, tuple[str, int]]) -> None:
        for owner, beat in now.values():
            if self._seen.get(owner, (-1, 0.0))[0] != beat:
                self._seen[owner] = (beat, time.monotonic())

    def _silent(self) -> set[str]:
        """Return the owners whose sign of life has not changed for long, by this process's own clock."""
        return {owner for owner, (_, since) in self._seen.items() if time.monotonic() - since > SILENCE}
