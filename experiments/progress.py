"""How far an experiment is, on stderr, with the time left; figures go to stdout and are never mixed with it."""

from __future__ import annotations

import sys
import threading
import time
from gettext import gettext as tr
from typing import Any

from sim.errors import visible

SELDOM = 10.0  # seconds between lines when stderr is a file or a pipe, where every update is a line of its own
BAR = "{desc}{percentage:3.0f}% |{bar:20}| {n_fmt}/{total_fmt} {unit}{postfix}"
WORDS = "{desc}"  # while nothing moves on that could be counted in years


class Progress:
    """Counts school years over all runs; threads may share it."""

    def __init__(self, years: int, shown: bool = True, workers: int = 1) -> None:
        """years: school years to simulate, over all runs; workers: how many runs are made at a time."""
        self._lock = threading.Lock()
        self._bar: Any = None
        self._workers = workers
        self._took, self._made = 0.0, 0  # seconds and school years of finished runs
        self._said = -SELDOM
        if shown:
            from tqdm import tqdm

            # the command line's stderr shows what moves the cursor as text, and has another face for bars
            self._file = getattr(sys.stderr, "for_bars", sys.stderr)
            self._bar = tqdm(
                total=years,
                file=self._file,
                unit=tr("school years"),
                leave=False,
                mininterval=0.1 if sys.stderr.isatty() else SELDOM,
                bar_format=BAR,
            )

    def step(self, what: str, years: int = 1) -> None:
        """Note that a run called `what` is some years further."""
        if self._bar is not None:
            with self._lock:
                self._bar.bar_format = BAR
                self._bar.set_description_str(f"{what}: ", refresh=False)
                self._bar.set_postfix_str(self._left(years), refresh=False)
                self._bar.update(years)

    def finished(self, seconds: float, years: int) -> None:
        """Note how long a finished run took: the time left is worked out from finished runs and from nothing else.

        seconds: without what was spent on compiling, which happens once
        """
        with self._lock:
            self._took += seconds
            self._made += years

    def _left(self, years: int) -> str:
        """Return the time left after `years` more, in words; nothing before the first run is finished."""
        if not self._made:
            return ""
        seconds = (self._bar.total - self._bar.n - years) * self._took / self._made / self._workers
        return tr("{time} left").format(time=self._bar.format_interval(seconds))

    def doing(self, text: str) -> None:
        """Say what goes on before the first school year, in the place of the bar; seldom when each saying is a line."""
        if self._bar is None:
            return
        with self._lock:
            if sys.stderr.isatty():
                self._bar.bar_format = WORDS
                self._bar.set_description_str(text, refresh=True)
            elif time.monotonic() - self._said >= SELDOM:
                self._said = time.monotonic()
                self._bar.write(visible(text), file=self._file)

    def say(self, message: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar is not None:
            with self._lock:
                self._bar.write(visible(message), file=self._file)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
