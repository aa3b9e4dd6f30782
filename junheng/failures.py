"""What a user reads when something goes wrong: one message, an exit code, and no traceback."""

from __future__ import annotations

import errno
import os
import sys

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
FULL = (errno.ENOSPC, errno.EDQUOT)


def explain(error: BaseException) -> int:
    """Print one message about the error to stderr and return the exit code.

    Returns: 2 for bad input, 1 for a run or machine that failed, 130 for Ctrl-C.
    With JUNHENG_DEBUG=1 in the environment the error is raised again, for its traceback.
    """
    if isinstance(error, BrokenPipeError):
        # the reader (head, less) has gone: leave quietly, and keep Python from flushing into the closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    if os.environ.get("JUNHENG_DEBUG") == "1":
        raise error
    code, message = describe(error)
    print(message, file=sys.stderr)
    return code


def describe(error: BaseException) -> tuple[int, str]:
    """Return the exit code and the message for an error."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, str(error) or "Interrupted. Finished runs are kept."
    if isinstance(error, MemoryError):
        return FAILED, "Error: out of memory. Use --workers 1, or --only with some counties."
    if isinstance(error, OSError) and error.errno in FULL:
        return (
            FAILED,
            f"Error: the disk is full ({error.filename or 'while writing'}). Free space or choose another --db.",
        )
    if isinstance(error, user_errors()):
        return getattr(error, "exit_code", BAD_INPUT), f"Error: {error}"
    if isinstance(error, OSError):
        return BAD_INPUT, f"Error: {error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    return FAILED, (
        f"Error: {type(error).__name__}: {error}. This is a fault of junheng, not of your input. "
        "Set JUNHENG_DEBUG=1 to see where it happened, and report it."
    )


def user_errors() -> tuple[type[BaseException], ...]:
    """Return the errors whose message is written for users; imported here so that starting stays quick."""
    from experiments.errors import RunFailed
    from results.errors import ResultsError
    from sim.errors import InputError

    return (InputError, ResultsError, RunFailed)
