"""Columns of a user's own, one value a row: masks and group labels as arrays, in the order of the rows.

A pandas Series that was sorted or filtered keeps its labels; it is put back into the order of the rows, or refused.
"""

from __future__ import annotations

from contextlib import suppress
from gettext import gettext as tr
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.numbers import listed, shown

Array = NDArray[Any]


def by_row(given: Any, n: int, what: str) -> Array:
    """Return one value a row as an array (n,).

    given: list, array, pandas Series (labels 0 to n - 1 in any order) or Index
    Raises: InputError for another length, labels that are not rows, or a value that is missing
    """
    values = given
    if isinstance(given, set | frozenset | dict):
        raise InputError(tr("{what}: a {kind} has no order; give one value a row.").format(what=what, kind=kind(given)))
    if hasattr(given, "index") and hasattr(given, "to_numpy") and not isinstance(given, type):
        labels = np.asarray(given.index)
        if (
            labels.shape != (n,)
            or labels.dtype.kind not in "iu"
            or not np.array_equal(np.sort(labels, kind="stable"), np.arange(n))
        ):
            raise InputError(
                tr("{what}: a Series whose labels are not the {n} rows; give an array (.to_numpy()), one value a row.")
                .format(what=what, n=n)
            )  # fmt: skip
        values = given.iloc[np.argsort(labels, kind="stable")]
    found = array(values, what)
    if found.shape != (n,):
        raise InputError(
            tr("{what}: shape {shape} for {n} rows; give one value a row.").format(what=what, shape=found.shape, n=n)
        )
    return found


def positions(given: Any, n: int, what: str) -> Array:
    """Return row numbers (int64, counted from 0) from a mask of n rows, or from numbers, those below 0 from the end.

    Raises: InputError for a mask of another length, anything that is neither, or a row that is not there
    """
    found = array(listed(given) if isinstance(given, set | frozenset) else given, what)
    if found.dtype == np.bool_:
        if found.shape != (n,):
            raise InputError(
                tr("{what}: a mask of shape {shape} for {n} rows; give one value a row.").format(
                    what=what, shape=found.shape, n=n
                )
            )
        return np.flatnonzero(by_row(given, n, what))
    if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
        raise InputError(
            tr("{what}: {kind} chooses no rows; give a mask (bool) or row positions (int).").format(
                what=what, kind=found.dtype if found.ndim == 1 else shown(given)
            )
        )
    rows = np.where(found < 0, found + n, found).astype(np.int64)
    if rows.size and (np.min(rows) < 0 or np.max(rows) >= n):
        raise InputError(
            tr("{what}: positions from {low} to {high} for {n} rows.").format(
                what=what, low=np.min(rows), high=np.max(rows), n=n
            )
        )
    return rows


def array(given: Any, what: str) -> Array:
    """Return a list, array or Series as a numpy array without missing values.

    Raises: InputError when a value is missing (masked, None, NaN, NA, NaT) or the values have no order among each other
    """
    try:
        found = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise InputError(tr("{what}: not an array ({error}).").format(what=what, error=error)) from None
    missing = np.ma.isMaskedArray(given) and bool(np.ma.getmaskarray(given).any())
    if found.dtype.kind in "fc":
        missing |= bool(np.isnan(found).any())
    elif found.dtype.kind in "mM":
        missing |= bool(np.isnat(found).any())
    elif found.dtype.kind == "O":
        missing |= any(map(_is_missing, found.reshape(-1).tolist()))
    if missing:
        raise InputError(tr("{what}: a value is missing; give one value a row.").format(what=what))
    listed_here = found.tolist() if found.dtype.kind == "O" else given if isinstance(given, list | tuple) else ()
    texts = [isinstance(item, str) for item in listed_here]
    if any(texts) and not all(texts):
        raise InputError(tr("{what}: texts and other values are mixed; make all of them texts.").format(what=what))
    if found.dtype.kind == "O":
        with suppress(ValueError):
            found = np.array(found.tolist())  # whole numbers, texts, truth values that pandas keeps as objects
    return found


def _is_missing(item: Any) -> bool:
    """Return whether one value of an array of objects is missing: None, NaN, NaT, NA."""
    named = item is None or type(item).__name__ in ("NAType", "NaTType", "MaskedConstant")
    return named or (isinstance(item, float) and item != item)


def kind(given: Any) -> str:
    """Return the name of a value's type."""
    return type(given).__name__
