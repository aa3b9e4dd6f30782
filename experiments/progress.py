"""How far an experiment is, on stderr, with the time left; figures go to stdout and are never mixed with it."""

from __future__ import annotations

import sys
import threading
from typing import Any

SELDOM = 10.0  # seconds between lines when stderr is a file or a pipe, where every update is a line of its own


class Progress:
    """Counts school years over all runs; threads may share it."""

    def __init__(self, years: int, shown: bool = True) -> None:
        """years: school years to simulate, over all runs."""
        self._lock = threading.Lock()
        self._bar: Any = None
        if shown:
            from tqdm import tqdm

            self._bar = tqdm(
                total=years,
                file=sys.stderr,
                unit="year",
                leave=False,
                mininterval=0.1 if sys.stderr.isatty() else SELDOM,
                bar_format="{desc}{percentage:3.0f}% |{bar:20}| {n_fmt}/{total_fmt} school years, {remaining} left",
            )

    def step(self, what: str, years: int = 1) -> None:
        """Note that a run called `what` is some years further."""
        if self._bar is not None:
            with self._lock:
                self._bar.set_description_str(f"{what}: ", refresh=False)
                self._bar.update(years)

    def say(self, message: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar is not None:
            with self._lock:
                self._bar.write(message, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
