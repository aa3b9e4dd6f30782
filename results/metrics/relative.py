"""What the inequality indices share: shares of people, values over their mean, and functions that stay exact near 1."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from results.metrics.checks import Array, add, scaled, shares

NEAR = 0.02  # distance from 1 below which a power series is closer than the formula with a logarithm


class Relative(NamedTuple):
    """Values of a quantity beside their mean."""

    share: Array  # (n,) share of people
    value: Array  # (n,) value / 2^power
    mean: float  # of `value`
    power: int
    logs: Array  # (n,) natural logarithm of value / mean; -infinity at 0

    @property
    def equal(self) -> bool:
        """Whether everybody has the same."""
        return bool(self.value.min() == self.value.max())

    @property
    def off(self) -> Array:
        """(n,) value / mean - 1."""
        return (self.value - self.mean) / self.mean


def relative(values: Array, weights: Array) -> Relative:
    """Return checked values (>= 0) over their mean. A mean of 0 gives logarithms without meaning."""
    share = shares(weights)
    value, power = scaled(values)
    mean = add(share * value)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(value / mean)
        lost = (values > 0) & (value < 2.0**-1000)  # too small beside the largest for the quotient
        logs = np.where(lost, np.log(values) - (math.log(mean) if mean else 0.0) - power * math.log(2), logs)
    return Relative(share, value, mean, power, logs)


def t_terms(off: Array, logs: Array) -> Array:
    """Return r ln r - (r - 1) >= 0 of ratios r to the mean; off: r - 1, logs: ln r. 0 ln 0 = 0.

    Near 1 by its power series: sum of (-1)^k off^k / (k (k - 1)), k from 2.
    """
    return _terms(
        off, logs, [1 / (k * (k - 1)) for k in range(2, 12)], lambda r, ln: np.where(r > 0, r * ln, 0.0) - (r - 1)
    )


def l_terms(off: Array, logs: Array) -> Array:
    """Return (r - 1) - ln r >= 0 of ratios r to the mean. Near 1 by its power series: sum of (-1)^k off^k / k, k from 2."""
    return _terms(off, logs, [1 / k for k in range(2, 12)], lambda r, ln: (r - 1) - ln)


def _terms(off: Array, logs: Array, series: list[float], formula: object) -> Array:
    near = np.abs(off) < NEAR
    x = np.where(near, -off, 0.0)
    close = np.zeros_like(x)
    for factor in reversed(series):
        close = close * x + factor
    with np.errstate(invalid="ignore"):
        far = formula(1 + off, logs)  # type: ignore[operator]
    return np.where(near, close * x * x, far)
