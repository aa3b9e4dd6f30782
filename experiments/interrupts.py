"""Ctrl-C and the signals of batch systems: finished runs are kept, and what is being written is made whole first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as tr
from types import FrameType, TracebackType
from typing import Any

# Ctrl-C; a batch system whose time is up; a terminal that is closed; Ctrl-Break and a closed window on Windows
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class Interrupted(KeyboardInterrupt):
    """The end that somebody asked for: by Ctrl-C, or by a signal to stop. number: of the signal."""

    def __init__(self, message: str = "", number: int = signal.SIGINT) -> None:
        super().__init__(message)
        self.number = number

    @property
    def exit_code(self) -> int:
        """Return what shells expect: 128 and the number of the signal, 130 for Ctrl-C."""
        return 128 + int(self.number)


def number_of(error: BaseException) -> int:
    """Return the number of the signal behind an interrupt, that of Ctrl-C for Python's own."""
    return int(getattr(error, "number", signal.SIGINT))


def word(number: int) -> str:
    """Return what a message begins with: Interrupted, or the signal that ended the command."""
    if number == signal.SIGINT:
        return tr("Interrupted")
    return tr("Ended by {signal}").format(signal=signal.Signals(number).name)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Raise what a signal asks for: a handler, as `signal.signal` takes it."""
    raise Interrupted(number=number)


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Let SIGTERM and SIGHUP, which would end the process at once, be raised as Ctrl-C is, so that it can tidy up.

    A signal that is ignored (nohup, a background job's Ctrl-C) stays so. Outside the main thread nothing is changed.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Interrupts:
    """While open, a signal inside `held()` is raised at the end of the block; elsewhere at once.

    An interrupt in the middle of a statement leaves the database locked by the very process that wants to note that it
    was interrupted. A second one does not wait. Outside the main thread signals are none of our business.
    """

    def __init__(self) -> None:
        self._busy = False
        self._asked = 0  # the signal that came while something was written
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                known = signal.getsignal(number)  # a background job is started with Ctrl-C ignored: so it stays
                if callable(known) or (known == signal.SIG_DFL and number != signal.SIGINT):
                    self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._busy and not self._asked:
            self._asked = number
            return
        before = self._before.get(number)
        if callable(before):
            before(number, frame)
        else:
            interrupt(number, frame)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the block finish before an interrupt is raised."""
        self._busy = True
        try:
            yield
        except BaseException:
            self._busy, self._asked = False, 0  # the error ends the experiment anyhow
            raise
        self._busy = False
        if self._asked:
            number, self._asked = self._asked, 0
            raise Interrupted(number=number)
