"""The one error that users see: what is wrong, where, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input from a user: one clear message, shown without a traceback, exit code 2.

    message: names the file or key or row, what came, what is allowed and what to do.
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known spelling and lists the allowed ones."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{hint} Allowed: {', '.join(names)}."
