"""Inequality of a non-negative quantity: Gini, Theil, Atkinson, CV, McLoone, percentile ratio, concentration.

All are weighted: a value is the quantity of one unit (a school, say) and its weight is how many people it stands for.
All but the concentration index and the ratios are 0 when everybody has the same.
"""

from __future__ import annotations

import math
from gettext import gettext as tr
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from results.errors import ResultsError
from results.metrics.checks import Array, add, aligned, grouped, numbers, one_number, shares, weighted
from results.metrics.relative import l_terms, relative, t_terms


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Weighted Gini index.

    values: (n,) any unit, >= 0, e.g. qualified teachers per 100 pupils
    weights: (n,) e.g. pupils in each school, > 0; None = 1 each
    Returns: unitless, from 0 (all equal, or all zero) to below 1; population form, no n / (n - 1)
    Raises: ResultsError if empty, NaN or negative, if shapes differ or a weight is not positive
    Source: Cowell, Measuring Inequality (3rd ed., 2011): 1 - 2 times the area under the Lorenz curve, by trapezoids;
        the same number as the integral of F (1 - F) over the mean

    >>> gini([0.0, 1.0])
    0.5
    """
    value, weight = weighted(values, weights)
    at = relative(value, weight)
    if at.equal:
        return 0.0
    order = np.argsort(value, kind="stable")
    share = at.share[order]
    below, above = np.cumsum(share)[:-1], np.cumsum(share[::-1])[::-1][1:]
    # each step between neighbours separates those below from those above: no difference of large numbers
    return min(1.0, add(np.diff(at.value[order]) * below * above) / at.mean)


def theil_t(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil's T: sum of w v ln(v / mean) over sum of w v. Sensitive to the top.

    values: (n,) >= 0 (0 ln 0 = 0); weights: (n,) > 0, None = 1 each
    Returns: nats, from 0 (all equal, or all zero) to ln n
    Raises: as `gini`
    Source: Theil, Economics and Information Theory (1967); Cowell (2011), generalised entropy with alpha = 1

    >>> round(theil_t([1.0, 3.0]), 6)
    0.130812
    """
    value, weight = weighted(values, weights)
    return _theil_t(value, weight)


def theil_l(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Theil's L, the mean log deviation: weighted mean of ln(mean / v). Sensitive to the bottom.

    values: (n,) > 0; weights: (n,) > 0, None = 1 each
    Returns: nats, >= 0
    Raises: ResultsError as `gini`, and for a value of 0, where L is infinite
    Source: Theil (1967); Cowell (2011), generalised entropy with alpha = 0

    >>> round(theil_l([1.0, 3.0]), 6)
    0.143841
    """
    value, weight = weighted(values, weights)
    _above_zero(value, "theil_l")
    return _theil_l(value, weight)


class TheilParts(NamedTuple):
    """A Theil index and its exact split: total = between + within (nats)."""

    total: float
    between: float
    within: float


def theil_decomposition(
    values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None, index: str = "t"
) -> TheilParts:
    """Split Theil's T or L into the part between groups and the part within them.

    values: (n,) >= 0 (for L > 0); groups: (n,) labels; weights: (n,) > 0, None = 1 each; index: "t" or "l"
    Returns: (total, between, within), nats. Between = the index if everybody had the group's mean
    Raises: ResultsError as `theil_t` and `theil_l`, and for an unknown index
    Source: Shorrocks (1980), Econometrica 48(3) 613-625; Theil (1967)

    >>> theil_decomposition([1.0, 1.0, 3.0, 3.0], ["a", "a", "b", "b"]).within
    0.0
    """
    if index not in ("t", "l"):
        raise ResultsError(
            tr("index = {index} is not known. Allowed: 't' (Theil T), 'l' (Theil L).").format(index=repr(index))
        )
    value, weight = weighted(values, weights)
    if index == "l":
        _above_zero(value, "theil_decomposition with index 'l'")
    number, n = grouped(groups, len(value), values)
    at = relative(value, weight)
    if at.equal:
        return TheilParts(0.0, 0.0, 0.0)
    people = np.bincount(number, at.share, n)
    inside = at.share / people[number]  # share of the people of its group
    means = np.bincount(number, inside * at.value, n)
    lowest, highest = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(lowest, number, at.value)
    np.maximum.at(highest, number, at.value)
    means = np.where(lowest == highest, highest, means)  # to the bit, where all of a group have the same
    with np.errstate(divide="ignore", invalid="ignore"):
        group_logs = np.log(means / at.mean)
        off = np.where(means[number] > 0, (at.value - means[number]) / means[number], 0.0)
        logs = np.where(means[number] > 0, at.logs - group_logs[number], 0.0)
    group_off = (means - at.mean) / at.mean
    if index == "t":
        between = add(people * t_terms(group_off, group_logs))
        within = add(at.share * (means[number] / at.mean) * t_terms(off, logs))
    else:
        between, within = add(people * l_terms(group_off, group_logs)), add(at.share * l_terms(off, logs))
    if n == 1:
        between = 0.0
    return TheilParts(between + within, between, within)


def atkinson(values: ArrayLike, epsilon: float = 0.5, weights: ArrayLike | None = None) -> float:
    """Atkinson index: the share of the total that could be given up for equality without loss of welfare.

    values: (n,) >= 0 (with epsilon >= 1: > 0); epsilon: aversion to inequality, > 0; weights: (n,) > 0, None = 1 each
    Returns: unitless, from 0 (all equal, or all zero) to 1
    Raises: ResultsError as `gini`, for epsilon <= 0, and for a value of 0 when epsilon >= 1
    Source: Atkinson (1970), Journal of Economic Theory 2(3) 244-263

    >>> round(atkinson([10, 20, 30, 40, 50], 0.5), 5)
    0.06315
    """
    value, weight = weighted(values, weights)
    aversion = one_number(epsilon, "epsilon")
    if aversion <= 0:
        raise ResultsError(
            tr("epsilon = {epsilon} is not allowed. Give a finite number above 0, e.g. 0.5.").format(epsilon=epsilon)
        )
    if not value.any():
        return 0.0
    if aversion >= 1:
        _above_zero(value, f"atkinson with epsilon = {epsilon}")
    at = relative(value, weight)
    if at.equal:
        return 0.0
    power = 1 - aversion
    if power == 0:
        return _share_lost(add(at.share * at.logs))
    # relative to the value that weighs most, powers lie between 0 and 1: a large epsilon does not overflow, and near 1
    # their distance from 1 is what counts
    most = float(at.logs.min() if power < 0 else at.logs.max())
    with np.errstate(over="ignore"):
        exponent = power * (at.logs - most)
    missing = add(at.share * np.expm1(exponent))
    log = math.log1p(missing) if missing > -0.5 else math.log(add(at.share * np.exp(exponent)))
    return _share_lost(most + log / power)


def coefficient_of_variation(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Standard deviation over mean, population form (weights sum to one, no n - 1).

    values: (n,) >= 0, e.g. teaching area per pupil of each school; weights: (n,) > 0, e.g. its pupils; None = 1 each
    Returns: unitless, >= 0. With pupils as weights: the official coefficient (差异系数), S / mean with
        S = sqrt(sum of P_i / P_N (X_i - mean)^2)
    Raises: ResultsError as `gini`, and when all values are 0
    Source: calculation method of the balanced-development inspection (义务教育均衡发展差异系数计算方法)

    >>> coefficient_of_variation([1.0, 3.0])
    0.5
    """
    value, weight = weighted(values, weights)
    if not value.any():
        raise ResultsError(
            tr("coefficient_of_variation: all values are 0, so the mean is 0 and the ratio has no meaning.")
        )
    at = relative(value, weight)
    return 0.0 if at.equal else math.sqrt(add(at.share * (at.value - at.mean) ** 2)) / at.mean


def mcloone(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """McLoone index: what the lower half has, over what it would have if all of it were at the median.

    values: (n,) >= 0; weights: (n,) > 0, None = 1 each. The lower half is exactly half of the weight: a value that
        straddles the middle counts with the part below it. Where the halves meet between two values, the median is
        their midpoint
    Returns: unitless, from 0 to 1; 1 = nobody in the lower half is below the median
    Raises: ResultsError as `gini`, and when the median is 0
    Source: Odden and Picus, School Finance; Hale, The Theoretical Basics of Popular Inequality Measures

    >>> round(mcloone([1.0, 2.0, 3.0]), 6)
    0.666667
    """
    value, weight = weighted(values, weights)
    order = np.argsort(value, kind="stable")
    value, share = value[order], shares(weight)[order]
    reached = np.cumsum(share)
    half = reached[-1] / 2
    at = _first_reaching(reached, half)
    meets = at + 1 < len(value) and abs(reached[at] - half) <= 1e-9 * half
    median = _midpoint(value[at], value[at + 1]) if meets else value[at]
    if median == 0:
        raise ResultsError(tr("mcloone: the median is 0, so the ratio to it has no meaning."))
    below = reached[at] - share[at]
    lower = add(share[:at] * (value[:at] / median)) + (half - below) * (value[at] / median)
    return min(1.0, float(lower / half))


def percentile_ratio(
    values: ArrayLike, upper: float = 90, lower: float = 10, weights: ArrayLike | None = None
) -> float:
    """Ratio of two percentiles, e.g. P90 / P10.

    values: (n,) >= 0; upper, lower: percent, 0 < lower < upper <= 100; weights: (n,) > 0, None = 1 each
    Returns: unitless, >= 1. A percentile is the smallest value that at least p % of the weight does not exceed
        (inverse of the empirical distribution, type 1 of Hyndman and Fan; no interpolation)
    Raises: ResultsError as `gini`, for percentiles out of order, and when the lower percentile is 0
    Source: Hyndman and Fan (1996), The American Statistician 50(4) 361-365

    >>> percentile_ratio([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    9.0
    """
    top, bottom = one_number(upper, "upper"), one_number(lower, "lower")
    if not 0 < bottom < top <= 100:
        raise ResultsError(
            tr("percentiles: lower = {lower}, upper = {upper}. Allowed: 0 < lower < upper <= 100 (percent).").format(
                lower=lower, upper=upper
            )
        )
    value, weight = weighted(values, weights)
    order = np.argsort(value, kind="stable")
    value, reached = value[order], np.cumsum(shares(weight)[order])
    low = value[_first_reaching(reached, reached[-1] * bottom / 100)]
    if low == 0:
        raise ResultsError(
            tr("percentile_ratio: percentile {lower} is 0, so the ratio to it has no meaning.").format(lower=lower)
        )
    with np.errstate(over="ignore"):
        ratio = float(value[_first_reaching(reached, reached[-1] * top / 100)] / low)
    return finite(ratio, "percentile_ratio")


def concentration_index(values: ArrayLike, rank_by: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Concentration index: how far a quantity is concentrated among those high in another one, e.g. SES.

    values: (n,) >= 0, e.g. teachers per pupil; rank_by: (n,) any finite number, e.g. mean SES of the school's pupils;
        weights: (n,) > 0, e.g. pupils; None = 1 each. Equal ranks share their mean rank
    Returns: unitless, -1 to 1; above 0 = the better-off have more; 0 also when all values are 0
    Raises: ResultsError as `gini`, and when rank_by differs in length or is not finite
    Source: Kakwani, Wagstaff, van Doorslaer (1997), Journal of Econometrics 77(1) 87-103: 2 cov(value, rank) / mean

    >>> concentration_index([0.0, 1.0], rank_by=[-1.0, 1.0])
    0.5
    """
    value, weight = weighted(values, weights)
    by = numbers(aligned(values, rank_by, "rank_by"), "rank_by", negative=True)
    if by.shape != value.shape:
        raise ResultsError(
            tr("rank_by: {came} came for {n} values. Give one number for each value.").format(
                came=len(by), n=len(value)
            )
        )
    at = relative(value, weight)
    level, number = np.unique(by, return_inverse=True)
    number = number.reshape(-1)
    if at.equal or len(level) == 1:
        return 0.0
    share = np.bincount(number, at.share, len(level))
    rank = np.cumsum(share) - share / 2 - share.sum() / 2
    index = 2 * add(at.share * (at.value - at.mean) * rank[number]) / at.mean
    return min(1.0, max(-1.0, index))


def _theil_t(value: Array, weight: Array) -> float:
    at = relative(value, weight)
    return 0.0 if at.equal else add(at.share * t_terms(at.off, at.logs))


def _theil_l(value: Array, weight: Array) -> float:
    at = relative(value, weight)
    return 0.0 if at.equal else add(at.share * l_terms(at.off, at.logs))


def _share_lost(log: float) -> float:
    """Return 1 - exp(log), the index of an equal share that is exp(log) times the mean."""
    return min(1.0, max(0.0, -math.expm1(log)))


def finite(index: float, name: str) -> float:
    """Return an index; ResultsError when it is larger than a float can be."""
    if not math.isfinite(index):
        raise ResultsError(tr("{name}: the result is larger than a number can be.").format(name=name))
    return index


def _midpoint(a: float, b: float) -> float:
    """Return the middle of two numbers >= 0, also near the ends of what a float holds."""
    return (a + b) / 2 if b < 1 else a / 2 + b / 2


def _above_zero(value: Array, who: str) -> None:
    if (value == 0).any():
        raise ResultsError(
            tr("{who}: value 0 at position {at}. All values must be above 0 here.").format(
                who=who, at=int(np.argmin(value))
            )
        )


def _first_reaching(reached: Array, wanted: float) -> int:
    """Return the first position at which the running weight reaches `wanted`, safe against rounding."""
    return min(int(np.searchsorted(reached, wanted - 1e-9 * reached[-1])), len(reached) - 1)
