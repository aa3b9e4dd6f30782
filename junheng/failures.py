"""What a user reads when something goes wrong: one message, an exit code, and no traceback."""

from __future__ import annotations

import errno
import os
import sys
from gettext import gettext as tr

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)


def explain(error: BaseException) -> int:
    """Print one message about the error to stderr and return the exit code.

    Returns: 2 for bad input, 1 for a run or machine that failed, 130 for Ctrl-C, 128 + n for signal n.
    With JUNHENG_DEBUG=1 in the environment the error is raised again, for its traceback.
    """
    if isinstance(error, BrokenPipeError):
        from junheng.streams import silence

        silence(
            1
        )  # the reader (head, less) has gone: leave quietly, and keep Python from flushing into the closed pipe
        return FAILED
    if os.environ.get("JUNHENG_DEBUG") == "1":
        raise error
    code, message = describe(error)
    print(message, file=sys.stderr)
    return code


def describe(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the message for an error: hidden characters escaped, passwords masked."""
    code, message = _describe(error)
    return code, plainly(message)


def plainly(message: str) -> str:
    """Return a message as it may be shown: passwords masked, hidden characters escaped, no endless line."""
    from results.errors import masked, said_plainly

    return said_plainly(masked(message))


def _describe(error: BaseException) -> tuple[int, str]:
    if isinstance(error, KeyboardInterrupt):
        from experiments.interrupts import number_of, word

        number = number_of(error)
        return 128 + number, str(error) or tr("{interrupted}. Finished runs are kept.").format(interrupted=word(number))
    if isinstance(error, MemoryError):
        return FAILED, tr("Error: out of memory. Use --workers 1, or --only with some counties.")
    if isinstance(error, OSError) and error.errno in FULL:
        return FAILED, tr("Error: the disk is full ({where}). Free space or choose another place.").format(
            where=error.filename or tr("while writing")
        )
    if isinstance(error, user_errors()):
        return getattr(error, "exit_code", BAD_INPUT), tr("Error: {message}").format(message=error)
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return BAD_INPUT, tr("Error: {message}").format(message=f"{error.strerror or error}{where}")
    return FAILED, tr(
        "Error: {kind}: {error}. This is a fault of junheng, not of your input. "
        "Set JUNHENG_DEBUG=1 to see where it happened, and report it."
    ).format(kind=type(error).__name__, error=error)


def user_errors() -> tuple[type[BaseException], ...]:
    """Return the errors whose message is written for users; imported here so that starting stays quick."""
    from experiments.errors import RunFailed
    from results.errors import ResultsError
    from sim.errors import InputError

    return (InputError, ResultsError, RunFailed)
