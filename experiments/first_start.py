"""The first start on a machine: the model is compiled once, kernel by kernel, and the user is told how far that is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gettext import gettext as tr

log = logging.getLogger("junheng.kernels")
TYPICAL = 0.7  # seconds a kernel, until the machine has shown its own pace
ENOUGH = 10  # kernels after which its pace is believed


class FirstStart:
    """Watches kernels being compiled (`sim.compile.watch` calls `told`, from any thread) and keeps the time they take."""

    def __init__(self, show: Callable[[str], None], counts: Callable[[], tuple[int, int]]) -> None:
        """show: says a text; counts() -> kernels ready and kernels needed, asked once, when the first has to be compiled."""
        self._show, self._counts = show, counts
        self._lock = threading.Lock()
        self._open: dict[str, float] = {}  # kernels under way, also those that a kernel under way needs first
        self._done: set[str] = set()
        self._ready, self._needed = 0, 0
        self._began = self._seconds = 0.0

    def told(self, name: str, done: bool) -> None:
        """Note that the compiling of a kernel begins (done False) or is over."""
        now = time.perf_counter()
        with self._lock:
            if not self._needed:
                self._ready, self._needed = self._counts()
            if done:
                began = self._open.pop(name, now)
                self._done.add(name)
                if not self._open:
                    self._seconds += now - self._began
                log.debug("%s: compiled in %.1f s", name, now - began)
            else:
                if not self._open:
                    self._began = now
                self._open[name] = now
            text = self._text(now)
        self._show(text)

    def seconds(self) -> float:
        """Return how long kernels have been compiled so far, on the clock of the wall."""
        with self._lock:
            return self._seconds + (time.perf_counter() - self._began if self._open else 0.0)

    def _text(self, now: float) -> str:
        """Return how far the compiling is, and about how long it will go on."""
        done = len(self._done)
        needed = max(
            self._needed, self._ready + done + len(self._open)
        )  # a policy may need some that no run needed yet
        spent = self._seconds + (now - self._began if self._open else 0.0)
        pace = spent / done if done >= ENOUGH else TYPICAL
        left = in_words(pace * (needed - self._ready - done))
        return tr("Compiling the model for this machine, once: {done} of {needed} kernels, {left}").format(
            done=self._ready + done, needed=needed, left=left
        )


def in_words(seconds: float) -> str:
    """Return about how long something will go on, as people say it."""
    if seconds < 15:
        return tr("a few seconds")
    if seconds < 45:
        return tr("about half a minute")
    if seconds < 90:
        return tr("about a minute")
    return tr("about {minutes} minutes").format(minutes=round(seconds / 60))


@contextmanager
def told_on_stderr(shown: bool) -> Iterator[None]:
    """Say on stderr how far compiling is, for commands that have no bar; nothing when all kernels are there."""
    from experiments.progress import Progress
    from sim.compile import counts, watch

    made: list[Progress] = []  # not before there is something to say

    def show(text: str) -> None:
        if not made:
            made.append(Progress(0, shown))
        made[0].doing(text)

    try:
        with watch(FirstStart(show, counts).told):
            yield
    finally:
        for progress in made:
            progress.close()
