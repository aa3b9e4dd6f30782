"""Checks that every metric makes before it computes: numeric, not empty, no NaN, same length, no negatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from results.errors import ResultsError

Array = NDArray[Any]


def numbers(given: ArrayLike, name: str, *, negative: bool = False, ndim: int = 1) -> Array:
    """Return `given` as float64.

    negative: whether values below 0 are allowed
    Raises: ResultsError if it is empty, not numeric, of another dimension, NaN, infinite or (unless allowed) negative
    """
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ResultsError(f"{name}: not numeric ({error}). Give an array of numbers.") from None
    if array.ndim != ndim:
        raise ResultsError(f"{name}: {array.ndim} dimensions came, {ndim} wanted.")
    if array.size == 0:
        raise ResultsError(f"{name}: empty. At least one number is needed.")
    _refuse(~np.isfinite(array), array, f"{name}: not a finite number", "Leave out or fill missing values first.")
    if not negative:
        _refuse(array < 0, array, f"{name}: negative", "Only values of 0 or more are allowed.")
    return array


def weighted(values: ArrayLike, weights: ArrayLike | None, *, negative: bool = False) -> tuple[Array, Array]:
    """Return checked (values, weights); weights None means every value counts once. Weights must be above 0."""
    array = numbers(values, "values", negative=negative)
    if weights is None:
        return array, np.ones_like(array)
    weight = numbers(weights, "weights")
    if weight.shape != array.shape:
        raise ResultsError(f"weights: {len(weight)} came for {len(array)} values. Give one weight for each value.")
    _refuse(weight <= 0, weight, "weights: not above 0", "Leave out rows without weight first.")
    return array, weight


def grouped(groups: ArrayLike, n: int) -> tuple[Array, int]:
    """Return (number of each value's group, how many groups). groups: (n,) labels of any kind but NaN."""
    labels = np.asarray(groups)
    if labels.shape != (n,):
        raise ResultsError(f"groups: shape {labels.shape} came for {n} values. Give one group label for each value.")
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ResultsError("groups: NaN came. Give every value a group.")
    names, number = np.unique(labels, return_inverse=True)
    return number.reshape(-1), len(names)


def _refuse(bad: Array, array: Array, what: str, do: str) -> None:
    """Raise ResultsError that names the first bad entry and how many there are."""
    if bad.any():
        where = np.unravel_index(int(np.argmax(bad)), array.shape)
        place = ", ".join(str(int(i)) for i in where)
        raise ResultsError(f"{what} at position {place} ({array[where]}; {int(bad.sum())} in all). {do}")
