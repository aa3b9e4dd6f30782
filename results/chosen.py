"""What a reader of results asks for: names and whole numbers, alone or as any list, array or Series, as plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from gettext import gettext as tr
from typing import Any

from results.errors import ResultsError

LARGEST = 2**62  # whole numbers that every database holds


def one_by_one(given: Any) -> list[Any]:
    """Return what stands in a list, tuple, range, set, array, Series or generator; a text or single value as a list of one."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable) or getattr(given, "ndim", 1) != 1:
        return [given]
    return list(given)


def texts(given: Any, what: str) -> list[str] | None:
    """Return names as texts, None = all. Whole numbers are taken as the codes of areas that they are.

    Raises: ResultsError for anything that is no name
    """
    if given is None:
        return None
    found = []
    for one in one_by_one(given):
        number = whole(one)
        if not isinstance(one, str) and number is None:
            raise ResultsError(
                tr("{what}: {one} is no name. Give a text, or a list of texts.").format(what=what, one=repr(one)[:80])
            )
        found.append(str(one if number is None else number))
    return found


def wholes(given: Any, what: str) -> list[int] | None:
    """Return whole numbers, None = all; ResultsError for anything that is none."""
    if given is None:
        return None
    found = []
    for one in one_by_one(given):
        number = whole(one)
        if number is None or abs(number) > LARGEST:
            raise ResultsError(
                tr("{what}: {one} is not a whole number. Give one, or a list such as [1, 2].").format(
                    what=what, one=repr(one)[:80]
                )
            )
        found.append(number)
    return found


def whole(given: Any) -> int | None:
    """Return an int, numpy's whole number, or an array without dimensions of one as an int; None for anything else."""
    if getattr(given, "shape", None) == () and hasattr(given, "item") and not getattr(given, "mask", False):
        given = given.item()
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        return None
    try:
        return int(given.__index__())
    except TypeError:
        return None
