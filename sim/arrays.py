"""Columns of a user's own, one value a row: masks and group labels as arrays, in the order of the rows.

A pandas Series that was sorted or filtered keeps its labels; it is put back into the order of the rows, or refused.
"""

from __future__ import annotations

from contextlib import suppress
from gettext import gettext as tr
from typing import Any

import numpy as np

from sim.columns import Array
from sim.errors import InputError


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
        import pandas as pd

        missing |= bool(np.any(pd.isna(found)))
    if missing:
        raise InputError(tr("{what}: a value is missing; give one value a row.").format(what=what))
    if found.dtype.kind == "O":
        with suppress(ValueError):
            found = np.array(found.tolist())  # whole numbers, texts, truth values that pandas keeps as objects
    return found


def kind(given: Any) -> str:
    """Return the name of a value's type."""
    return type(given).__name__
