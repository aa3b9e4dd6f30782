"""The error of this package: what is wrong with the numbers or names handed in, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ResultsError(ValueError):
    """Bad input to metrics, measures, database or figures: one clear message, no traceback, exit code 2."""


class StorageFailed(ResultsError):
    """The machine failed, not the input: a full disk, a broken one, a size limit reached; exit code 1."""

    exit_code = 1


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known spelling and lists the allowed ones."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{hint} Allowed: {', '.join(names)}."
