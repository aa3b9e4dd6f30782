"""What is said beside data and errors: --quiet leaves it out, --verbose adds a log of what is done and how long it took.

The folders log to Python's logger "junheng" and its children; only the command line gives that logger somewhere to
write. A program that imports junheng configures logging itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as tr
from typing import Any

LOGGER = "junheng"
LINE = "%(asctime)s.%(msecs)03d %(name)s: %(message)s"
_state: dict[str, Any] = {"quiet": False, "handler": None}


def quiet() -> bool:
    """Return whether --quiet was given: no progress, no hints."""
    return bool(_state["quiet"])


def progress_shown() -> bool:
    """Return whether a bar of progress has its place: not when nothing is to be said, nor among the lines of a log."""
    return not quiet() and _state["handler"] is None


def note(text: str) -> None:
    """Say something that is neither data nor an error, on stderr; nothing with --quiet."""
    if not quiet():
        print(text, file=sys.stderr)


def choose(be_quiet: bool, be_verbose: bool) -> None:
    """Take --quiet and --verbose of a command line, before the verb or after it.

    Raises: InputError when both are given
    """
    _state["quiet"] = quiet() or be_quiet
    if be_verbose and _state["handler"] is None:
        _state["handler"] = _log_to_stderr()
    if quiet() and _state["handler"] is not None:
        from sim.errors import InputError

        raise InputError(tr("--quiet and --verbose contradict each other: give one of them."))


def _log_to_stderr() -> Any:
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(LINE, datefmt="%H:%M:%S"))
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return handler


@contextmanager
def one_command() -> Iterator[None]:
    """Begin a command as loud as usual, and leave logging behind as it was found."""
    _state.update(quiet=False, handler=None)
    try:
        yield
    finally:
        handler = _state["handler"]
        if handler is not None:
            import logging

            logger = logging.getLogger(LOGGER)
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
        _state.update(quiet=False, handler=None)
