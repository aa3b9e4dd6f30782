"""Ctrl-C and the database: an interrupt waits until what is being written is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any


class Interrupts:
    """While open, Ctrl-C inside `held()` is raised at the end of the block; elsewhere at once.

    An interrupt in the middle of a statement leaves the database locked by the very process that wants to note that it
    was interrupted. A second Ctrl-C does not wait. Outside the main thread signals are none of our business.
    """

    def __init__(self) -> None:
        self._busy = False
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        known = signal.getsignal(signal.SIGINT)  # a background job is started with Ctrl-C ignored: so it stays
        if threading.current_thread() is threading.main_thread() and callable(known):
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._busy and not self._asked:
            self._asked = True
        elif callable(self._before):
            self._before(number, frame)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the block finish before an interrupt is raised."""
        self._busy = True
        try:
            yield
        except BaseException:
            self._busy = self._asked = False  # the error ends the experiment anyhow
            raise
        self._busy = False
        if self._asked:
            self._asked = False
            raise KeyboardInterrupt
