"""Functions and sums with the same bits on every machine: state and stored values are made of these and of + - * / and sqrt.

Processors, numpy and the C library each have their own exp, log, sin or power, which differ in the last digit, and numpy
adds a long row in an order that depends on its version and on the processor. Here every function is a polynomial in plain
float64 arithmetic, which IEEE 754 fixes to the bit, and every sum goes from the first number to the last. Kernels are
compiled without fastmath, so the compiler neither reorders a sum nor fuses a multiplication with an addition.

Functions are right to 1 unit in the last place (power: 4, where the result is near the ends of the range). They take a
number or an array of any shape; float32 gives float32 (worked out in float64), everything else float64.
`tests/test_exact_sources.py` keeps the inexact ones out of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sim.columns import Array, locked
from sim.exact_kernels import add_by_group, add_middle, fill_cos, fill_exp, fill_log, fill_power, fill_sin

VERSION = (
    1  # of this arithmetic: a part of every run's identity; raise it when a function or an order of adding changes
)
LARGEST_ANGLE = 1e6  # radians that sin and cos take: beyond it the reduction to a quarter turn loses digits
RADIANS = 0.017453292519943295  # in a degree


def exp(x: ArrayLike) -> Any:
    """Return e to the power of x; 0 and infinity beyond what a float64 holds."""
    return _each(fill_exp, x)


def log(x: ArrayLike) -> Any:
    """Return the natural logarithm; -infinity at 0, NaN below."""
    return _each(fill_log, x)


def sin(x: ArrayLike) -> Any:
    """Return the sine of an angle in radians, at most 1e6 on either side; NaN beyond."""
    return _each(fill_sin, x)


def cos(x: ArrayLike) -> Any:
    """Return the cosine of an angle in radians, at most 1e6 on either side; NaN beyond."""
    return _each(fill_cos, x)


def power(base: ArrayLike, exponent: ArrayLike) -> Any:
    """Return base ** exponent for bases >= 0 (NaN below 0), broadcast against each other."""
    base, exponent = np.asarray(base), np.asarray(exponent)
    single = base.dtype == np.float32 and exponent.dtype.itemsize <= 4
    shape = np.broadcast_shapes(base.shape, exponent.shape)
    out = np.empty(_product(shape))
    fill_power(_flat(np.broadcast_to(base, shape)), _flat(np.broadcast_to(exponent, shape)), out)
    return _shaped(out, shape, single)


def hypot(x: ArrayLike, y: ArrayLike) -> Any:
    """Return sqrt(x x + y y)."""
    x, y = np.asarray(x), np.asarray(y)
    return np.sqrt(x * x + y * y)


def normal_quantile(p: float) -> float:
    """Return the standard normal's quantile of a share p strictly between 0 and 1, relative error below 1e-15.

    Source: Wichura 1988, algorithm AS 241 (PPND16): ratios of polynomials of degree 7.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * _ratio(r, CENTRE)
    r = float(np.sqrt(-log(p if q <= 0 else 1.0 - p)))
    size = _ratio(r - 1.6, MIDDLE) if r <= 5.0 else _ratio(r - 5.0, TAIL)
    return size if q > 0 else -size


def total(x: ArrayLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Add numbers in their order, along one axis or all of them (in C order), as float64."""
    x = np.asarray(x)
    if axis is None:
        x, axis, shape = x.reshape(-1), 0, (1,) * x.ndim if keepdims else ()
    else:
        axis = axis % x.ndim
        shape = (*x.shape[:axis], *((1,) if keepdims else ()), *x.shape[axis + 1 :])
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    cube = _plain(x).reshape(_product(before), x.shape[axis], _product(after))
    out = np.zeros((cube.shape[0], cube.shape[2]))
    add_middle(locked(cube), out)
    return out.reshape(shape)[()]


def count(x: ArrayLike, axis: int | None = None) -> Any:
    """Add whole numbers or truth values, as int64: exact in any order. Raises TypeError for anything else."""
    x = np.asarray(x)
    if x.dtype.kind not in "biu":
        raise TypeError(f"count adds whole numbers and truth values, not {x.dtype}: use total")
    return x.sum(axis=axis, dtype=np.int64)


def add_up(parts: Iterable[Any], start: Any = 0) -> Any:
    """Add the parts to `start` one after the other. (The built-in sum of floats differs between Python 3.11 and 3.12.)"""
    for part in parts:
        start = start + part
    return start


def mean(x: ArrayLike, weights: ArrayLike | None = None, axis: int | None = None) -> Any:
    """Return the mean, or with weights (of the shape of x) the weighted mean."""
    x = np.asarray(x)
    if weights is None:
        return total(x, axis) / (x.size if axis is None else x.shape[axis])
    return total(x * np.asarray(weights), axis) / total(weights, axis)


def sd(x: ArrayLike) -> Any:
    """Return the standard deviation of all numbers (divided by their number)."""
    x = np.asarray(x, np.float64)
    off = x - mean(x)
    return np.sqrt(mean(off * off))


def median(x: ArrayLike) -> Any:
    """Return the median of all numbers: the middle one, or the mean of the two in the middle."""
    row = np.sort(np.asarray(x, np.float64).reshape(-1), kind="stable")
    return (row[(len(row) - 1) // 2] + row[len(row) // 2]) / 2


def dot(x: ArrayLike, y: ArrayLike) -> Any:
    """Return the sum of x times y: of two (n,) rows a number; the last axis of x is the one added when x has more."""
    return total(np.asarray(x) * np.asarray(y), axis=-1)


def by_group(x: Array, group: Array, groups: int) -> Array:
    """Add the last axis of (..., n) amounts by group, in their order: (..., groups) float64.

    group: (n,) whole numbers 0 .. groups - 1
    """
    rows = _plain(x).reshape(-1, x.shape[-1])
    if len(group) != x.shape[-1] or (len(group) and not (int(group.min()) >= 0 and int(group.max()) < groups)):
        raise ValueError(f"by_group: {x.shape[-1]} amounts need as many groups of 0 to {groups - 1}")
    out = np.zeros((len(rows), groups))
    add_by_group(locked(rows), locked(np.ascontiguousarray(group, np.int64)), out)
    return out.reshape(*x.shape[:-1], groups)


def _each(fill: Callable[[Array, Array], None], x: ArrayLike) -> Any:
    x = np.asarray(x)
    out = np.empty(x.size)
    fill(_flat(x), out)
    return _shaped(out, x.shape, x.dtype == np.float32)


def _shaped(out: Array, shape: tuple[int, ...], single: bool) -> Any:
    return (out.astype(np.float32) if single else out).reshape(shape)[()]


def _plain(x: Array) -> Array:
    return np.ascontiguousarray(x, np.float64)


def _flat(x: Array) -> Array:
    return locked(_plain(x).reshape(-1))  # locked: kernels are compiled once for writable and not


def _product(sizes: tuple[int, ...]) -> int:
    n = 1
    for size in sizes:
        n *= size
    return n


def _ratio(r: float, of: tuple[tuple[float, ...], tuple[float, ...]]) -> float:
    above = below = 0.0
    for a, b in zip(*of, strict=True):
        above, below = above * r + a, below * r + b
    return above / below


# numerator and denominator, highest power first
CENTRE = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)  # fmt: skip
MIDDLE = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip
