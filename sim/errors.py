"""The one error that users see: what is wrong, where, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input from a user: one clear message, shown without a traceback, exit code 2.

    message: names the file or key or row, what came, what is allowed and what to do.
    """


class NoAttribute(InputError, AttributeError):
    """An attribute or column that is not there or cannot be set; `hasattr` and `copy` know it as an AttributeError."""


class NoRow(InputError, IndexError):
    """A row that is not there; loops and slices know it as an IndexError."""


class NoKey(InputError, KeyError):
    """A name or person that is not there; mappings know it as a KeyError."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show the message in quotes


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known spelling and lists the allowed ones."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"{hint} Allowed: {', '.join(names)}."
