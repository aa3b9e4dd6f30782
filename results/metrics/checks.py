"""Checks that every metric makes before it computes: numeric, not empty, nothing missing, same length, no negatives.

Values come as lists, ranges, generators, numpy arrays, masked arrays, pandas Series, or anything that numpy can read. A
value is missing when it is None, NaN, NaT, pandas' NA or masked; what stands behind a mask is never looked at. Two Series
belong together by their labels, everything else by position.
"""

from __future__ import annotations

import math
import numbers as kinds
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from gettext import gettext as tr
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from results.errors import ResultsError

Array = NDArray[Any]
FURTHEST = 2.0**-900  # smallest weight over largest one: beyond it their products leave the range of a float


def numbers(given: ArrayLike, name: str, *, negative: bool = False, ndim: int = 1) -> Array:
    """Return `given` as float64.

    negative: whether values below 0 are allowed
    Raises: ResultsError if it is empty, not numeric (texts, truth values, dates and complex numbers are not), of another
        dimension, missing, infinite or (unless allowed) negative
    """
    array, missing = floats(given, name)
    if array.ndim != ndim:
        raise ResultsError(
            tr("{name}: {came} dimensions came, {wanted} wanted.").format(name=name, came=array.ndim, wanted=ndim)
        )
    if array.size == 0:
        raise ResultsError(tr("{name}: empty. At least one number is needed.").format(name=name))
    # sentences are looked up only when they are said: a run asks some two hundred times a year
    if missing.any() or not np.isfinite(array).all():
        fill = tr("Leave out or fill missing values first.")
        _refuse(missing, array, tr("{name}: missing").format(name=name), fill)
        _refuse(~np.isfinite(array), array, tr("{name}: not a finite number").format(name=name), fill)
    if not negative and (array < 0).any():
        only = tr("Only values of 0 or more are allowed.")
        _refuse(array < 0, array, tr("{name}: negative").format(name=name), only)
    return array


def floats(given: ArrayLike, name: str) -> tuple[Array, Array]:
    """Return (numbers as float64, where one is missing); what is missing is NaN.

    Raises: ResultsError for what is not numeric
    """
    array, missing = _read(given, name)
    if array.dtype.kind in "iuf":
        with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite
            plain = array.astype(np.float64)
    elif array.dtype.kind == "O":
        plain = np.array([_number(item, name, at) for at, item in enumerate(array.reshape(-1))], np.float64)
        plain = plain.reshape(array.shape)
    elif array.size == 0:
        plain = np.zeros(array.shape)
    else:
        raise ResultsError(
            tr("{name}: not numeric ({kind}). Give an array of numbers.").format(name=name, kind=array.dtype)
        )
    return np.where(missing, np.nan, plain), missing


def weighted(values: ArrayLike, weights: ArrayLike | None, *, negative: bool = False) -> tuple[Array, Array]:
    """Return checked (values, weights); weights None means every value counts once. Weights must be above 0.

    Weights may be numbers of people or shares: only their proportions count.
    """
    array = numbers(values, "values", negative=negative)
    if weights is None:
        return array, np.ones_like(array)
    weight = numbers(aligned(values, weights, "weights"), "weights")
    if weight.shape != array.shape:
        raise ResultsError(
            tr("weights: {came} came for {n} values. Give one weight for each value.").format(
                came=len(weight), n=len(array)
            )
        )
    out = tr("Leave out rows without weight first.")
    _refuse(weight <= 0, weight, tr("weights: not above 0"), out)
    if weight.min() < weight.max() * FURTHEST:
        raise ResultsError(
            tr("weights: {low:g} and {high:g} are too far apart. Leave out rows whose weight is nothing beside others.")
            .format(low=weight.min(), high=weight.max())
        )  # fmt: skip
    return array, weight


def grouped(groups: ArrayLike, n: int, beside: Any = None, name: str = "groups") -> tuple[Array, int]:
    """Return (number of each value's group, how many groups), groups in sorted order.

    groups: (n,) labels of one kind (texts, numbers, dates, ...), none missing; beside: the values, for labels of a Series
    Raises: ResultsError if lengths differ, a label is missing, or labels of several kinds have no order
    """
    labels, missing = _read(aligned(beside, groups, name), name)
    if labels.shape != (n,):
        raise ResultsError(
            tr("{name}: shape {shape} came for {n} values. Give one group label for each value.").format(
                name=name, shape=labels.shape, n=n
            )
        )
    if labels.dtype.kind == "f":
        missing = missing | np.isnan(labels)
    if missing.any():
        raise ResultsError(
            tr("{name}: missing at position {at} ({count} in all). Give every value a group.").format(
                name=name, at=int(np.argmax(missing)), count=int(missing.sum())
            )
        )
    if labels.dtype.kind == "O":
        return _grouped_objects(labels, name)
    names, number = np.unique(labels, return_inverse=True)
    return number.reshape(-1), len(names)


def aligned(first: Any, second: Any, name: str) -> Any:
    """Return `second` in the order of `first` where both are pandas Series with the same labels; else as it is.

    Raises: ResultsError when both have labels, but not the same ones
    """
    if not (_labelled(first) and _labelled(second)) or len(first) != len(second):
        return second
    if first.index.equals(second.index):
        return second
    if not (first.index.is_unique and second.index.is_unique):
        raise ResultsError(
            tr("{name}: its labels and those of the values are in another order, and some come twice. Give arrays.")
            .format(name=name)
        )  # fmt: skip
    at = second.index.get_indexer(first.index)
    if (at < 0).any():
        label = first.index[int(np.argmax(at < 0))]
        raise ResultsError(
            tr("{name}: no {label} among its labels, which the values have. Give both the same labels, or arrays.")
            .format(name=name, label=repr(label))
        )  # fmt: skip
    return second.iloc[at]


def scaled(array: Array) -> tuple[Array, int]:
    """Return (array / 2^power, power) with its largest number at 0.5 to 1, so that no sum or square overflows: exact."""
    power = int(np.frexp(np.max(np.abs(array), initial=0.0))[1])
    return np.ldexp(array, -power), power


def shares(weight: Array) -> Array:
    """Return weights as shares of their sum."""
    w, _ = scaled(weight)
    return w / add(w)


def add(x: Array) -> float:
    """Return the sum of numbers, rounded once: the same in any order, on any machine."""
    return math.fsum(x.tolist())


def one_number(given: Any, name: str) -> float:
    """Return one finite number; ResultsError for anything else."""
    array, missing = floats(given, name)
    if array.ndim or missing.any() or not math.isfinite(float(array)):
        raise ResultsError(
            tr("{name} = {given} is not allowed. Give one finite number.").format(name=name, given=given)
        )
    return float(array)


def _read(given: Any, name: str) -> tuple[Array, Array]:
    """Return (array, where a value is missing); texts beside numbers stay what they are."""
    if isinstance(given, str | bytes | Mapping | set | frozenset):
        raise ResultsError(
            tr("{name}: not numeric (a {kind}). Give an array of numbers.").format(name=name, kind=type(given).__name__)
        )
    if isinstance(given, Iterable) and not isinstance(given, Sequence) and not hasattr(given, "__array__"):
        given = list(given)
    try:
        if isinstance(given, list | tuple) and any(np.ma.isMaskedArray(item) for item in given):
            given = np.ma.stack(given)
        mask = np.ma.getmaskarray(given) if np.ma.isMaskedArray(given) else np.False_
        array = np.ma.getdata(given) if np.ma.isMaskedArray(given) else _array(given)
    except (TypeError, ValueError) as error:
        raise ResultsError(
            tr("{name}: not numeric ({error}). Give an array of numbers.").format(name=name, error=error)
        ) from None
    if array.dtype.kind in "fc":
        lost = np.zeros(array.shape, bool) if array.dtype.kind == "f" else np.isnan(array)
    elif array.dtype.kind in "mM":
        lost = np.isnat(array)
    elif array.dtype.kind == "O":
        lost = np.array([_is_missing(item) for item in array.reshape(-1)], bool).reshape(array.shape)
    else:
        lost = np.zeros(array.shape, bool)
    return array, lost | mask


def _array(given: Any) -> Array:
    """Return an array without turning missing values or numbers into texts, or truth values into numbers."""
    if isinstance(given, list | tuple):
        array = np.asarray(given)
        if array.dtype.kind in "iufM" and not (array.ndim == 1 and bool in set(map(type, given))):
            return array
        if array.ndim == 1 and array.size:
            as_given = np.empty(len(given), dtype=object)
            as_given[:] = given
            return as_given
        return np.asarray(given, dtype=object) if array.size else array
    kind = getattr(given, "dtype", None)
    own = [kind] if kind is not None else list(getattr(given, "dtypes", ()))  # of a column, or of a frame's columns
    if hasattr(given, "isna") and any(not isinstance(one, np.dtype) for one in own):  # pandas' nullable types
        return np.asarray(given.astype(object))
    return np.asarray(given)


def _grouped_objects(labels: Array, name: str) -> tuple[Array, int]:
    """Return (number, how many) for labels that are Python objects."""
    types = {_kind(label) for label in labels.tolist()}
    try:
        if len(types) > 1:
            raise TypeError(", ".join(sorted(types)))
        place = {label: at for at, label in enumerate(sorted(set(labels.tolist())))}
    except TypeError as error:
        raise ResultsError(
            tr("{name}: labels of several kinds, or without an order ({error}). Make them texts first.").format(
                name=name, error=error
            )
        ) from None
    return np.array([place[label] for label in labels.tolist()], np.intp), len(place)


def _kind(label: Any) -> str:
    """Return the name of a label's kind: all numbers are one."""
    if isinstance(label, bool | np.bool_):
        return "bool"
    return (
        "number"
        if isinstance(label, kinds.Real | Decimal)
        else "str"
        if isinstance(label, str)
        else type(label).__name__
    )


def _is_missing(item: Any) -> bool:
    """Return whether one value of an array of objects is missing: None, NaN, NaT, NA, masked."""
    if item is None or item is np.ma.masked or type(item).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(item, np.datetime64 | np.timedelta64):
        return bool(np.isnat(item))
    if isinstance(item, Decimal):
        return item.is_nan()
    return isinstance(item, float | np.floating) and bool(item != item)


def _number(item: Any, name: str, at: int) -> float:
    """Return one value of an array of objects as a float, NaN where it is missing."""
    if _is_missing(item):
        return math.nan
    if isinstance(item, kinds.Real | Decimal) and not isinstance(item, bool | np.bool_ | np.timedelta64):
        try:
            return float(item)
        except OverflowError:
            return math.inf if item > 0 else -math.inf  # type: ignore[operator]
    raise ResultsError(
        tr("{name}: not numeric ({item} at position {at}). Give an array of numbers.").format(
            name=name, item=repr(item)[:80], at=at
        )
    )


def _labelled(given: Any) -> bool:
    """Return whether something is a pandas Series."""
    return hasattr(given, "iloc") and hasattr(given, "index") and getattr(given, "ndim", 0) == 1


def _refuse(bad: Array, array: Array, what: str, do: str) -> None:
    """Raise ResultsError that names the first bad entry and how many there are."""
    if bad.any():
        where = np.unravel_index(int(np.argmax(bad)), array.shape)
        place = ", ".join(str(int(i)) for i in where)
        raise ResultsError(
            tr("{what} at position {place} ({value}; {count} in all). {do}").format(
                what=what, place=place, value=array[where], count=int(bad.sum()), do=do
            )
        )
