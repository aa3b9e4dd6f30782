"""Numbers, lists and tables as scientific Python hands them over: one place where they become plain Python values.

Each function returns None where the meaning is not clear; the caller says in its own words which argument it was, what
came (`shown`) and what is allowed.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " "
}  # as a Chinese keyboard writes them
PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
LONGEST = 80  # characters of a value that an error message repeats


def plain(given: Any) -> Any:
    """Return a numpy scalar or an array without dimensions as the Python value that it holds, anything else as it is.

    What is masked is missing: None.
    """
    if getattr(given, "shape", None) == () and getattr(given, "mask", False):
        return None
    if getattr(given, "shape", None) == () and hasattr(given, "item") and given.dtype.kind not in "mM":
        return given.item()  # dates stay dates: the item of one in nanoseconds is a bare int
    return given


def _is_time(given: Any) -> bool:
    """Return whether a value is a date or a duration of numpy, which counts as a whole number in Python's eyes."""
    return getattr(getattr(given, "dtype", None), "kind", "") in ("m", "M")


def flag(given: Any) -> bool | None:
    """Return a truth value: bool, numpy's, or an array without dimensions of one."""
    got = plain(given)
    return got if isinstance(got, bool) else None


def real(given: Any) -> float | None:
    """Return a finite number as a float: int, float, numpy's numbers, Decimal, Fraction, any real number.

    Truth values, texts, complex numbers, arrays, NaN, missing values, infinity and what a float cannot hold give None.
    """
    got = plain(given)
    if isinstance(got, bool) or _is_time(got):
        return None
    if not isinstance(got, numbers.Real | Decimal) and not hasattr(got, "__index__"):
        return None
    try:
        number = float(got if isinstance(got, numbers.Real | Decimal) else got.__index__())
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole(given: Any, real_too: bool = False) -> int | None:
    """Return a whole number as an int: whatever has `__index__`.

    real_too: also a real number without a fraction, such as 2025.0 or Decimal(3)
    """
    got = plain(given)
    if isinstance(got, bool) or _is_time(got):
        return None
    if hasattr(got, "__index__"):
        try:
            return int(got.__index__())
        except TypeError:  # an array of several numbers has the method and refuses it
            return None
    number = real(got) if real_too else None
    if number is None or number != int(number) or got != int(number):
        return None
    return int(number)


def narrow(text: str) -> str:
    """Return a text with full-width digits, signs and letters as ordinary ones; those of other scripts stay as they are."""
    return text.translate(FULL_WIDTH)


def typed(text: str) -> float | None:
    """Return the number that a person typed: plain or full-width digits, no other script, no NaN, nothing infinite."""
    given = narrow(text).strip()
    return real(float(given)) if len(given) <= LONGEST and PLAIN.fullmatch(given) else None


def listed(given: Any) -> list[Any] | None:
    """Return what stands in a list, tuple, range, set (sorted), one-dimensional array, pandas Series or Index, generator.

    A text, a table (dictionary, frame, array of two dimensions) and a single value give None.
    """
    if isinstance(given, str | bytes | bytearray | Mapping) or not isinstance(given, Iterable):
        return None
    if getattr(given, "ndim", 1) != 1 or getattr(given, "shape", (0,)) == ():
        return None
    try:
        got = sorted(given) if isinstance(given, set | frozenset) else list(given)
    except TypeError:  # texts and numbers in one set have no order; some objects only look iterable
        return None
    return [plain(item) for item in got]


def table(given: Any) -> dict[Any, Any] | None:
    """Return a Mapping or a pandas Series (its labels are the keys) as a dictionary; None for anything else.

    A Series that has a label twice has no clear meaning: None.
    """
    if isinstance(given, Mapping):
        return {plain(key): value for key, value in given.items()}
    if not isinstance(given, type) and hasattr(given, "index") and hasattr(given, "to_dict"):
        if getattr(given, "ndim", 0) != 1 or not getattr(given.index, "is_unique", False):
            return None
        return {plain(key): value for key, value in given.to_dict().items()}
    return None


def shown(given: Any) -> str:
    """Return a value as an error message repeats it: plain, in one line, and not longer than 80 characters."""
    try:
        text = repr(plain(given))
    except Exception:  # a user's own object may fail even here; the message must not
        text = f"<{type(given).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 15]}... ({len(text)} characters)"
