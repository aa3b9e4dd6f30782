"""Variance of scores between and within schools, and the gap of two groups in standard deviations.

Scores may be negative (they are in standard deviations), so only NaN, infinite and empty input is refused here.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from results.errors import ResultsError
from results.metrics.checks import Array, grouped, numbers, weighted


def between_share(
    values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None, corrected: bool = False
) -> float:
    """Share of the variance of scores that lies between groups, e.g. schools.

    values: (n,) scores, any sign; groups: (n,) labels; weights: (n,) > 0, None = 1 each
    corrected: False: variance of the group means (by members) over the total variance, as it stands.
        True: the analysis-of-variance estimator, which takes out what chance alone puts between small groups;
        it does not take weights
    Returns: unitless, 0 to 1
    Raises: ResultsError if empty, NaN, lengths differ, all values are equal; corrected: also with weights, with fewer
        than two groups, or when no group has two members
    Source: Snijders and Bosker, Multilevel Analysis (2nd ed., 2012), section 3.3; Searle, Casella, McCulloch,
        Variance Components (1992), section 3.6

    >>> between_share([0.0, 2.0, 4.0, 6.0], ["a", "a", "b", "b"])
    0.8
    """
    value, weight = weighted(values, weights, negative=True)
    number, n = grouped(groups, len(value))
    size = np.bincount(number, weight, n)
    mean = np.bincount(number, weight * value, n) / size
    grand = np.average(value, weights=weight)
    between = float(size @ (mean - grand) ** 2)
    within = float(weight @ (value - mean[number]) ** 2)
    if between + within == 0:
        raise ResultsError("between_share: all values are equal, so there is no variance to share.")
    if not corrected:
        return between / (between + within)
    if weights is not None:
        raise ResultsError("between_share: the corrected estimator takes no weights. Leave weights out.")
    if n < 2 or len(value) <= n:
        raise ResultsError(
            f"between_share: {n} groups of {len(value)} values. Two groups and a group of two are needed."
        )
    effective = len(value) - float(size @ size) / len(value)
    return float(anova_share(between, within, n - 1.0, float(len(value) - n), effective))


def anova_share(
    between: ArrayLike, within: ArrayLike, df_between: ArrayLike, df_within: ArrayLike, effective: ArrayLike
) -> Array:
    """Analysis-of-variance estimate of the between-group share from sums of squares; arrays of one shape.

    between, within: sums of squares; df_between: groups - 1; df_within: members - groups;
    effective: N - sum(n_j^2) / N, which is df_between times the typical size of a group.
    (Sums over several strata, e.g. stages, give the pooled estimate.)
    Returns: unitless, 0 to 1; NaN where degrees of freedom or the variance are missing
    Source: Searle, Casella, McCulloch, Variance Components (1992), section 3.6; a negative estimate is set to 0
    """
    ssb, ssw, dfb, dfw, size = (
        np.asarray(x, dtype=np.float64) for x in (between, within, df_between, df_within, effective)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(dfw > 0, ssw / dfw, np.nan)
        real = np.where(dfb > 0, np.maximum(0.0, (ssb - dfb * noise) / size), np.nan)
        return real / np.where(real + noise > 0, real + noise, np.nan)


class VarianceComponents(NamedTuple):
    """A random-intercept model without explanatory variables, fitted by maximum likelihood."""

    mean: float  # unit of the scores
    between: float  # variance of the group effects, unit squared
    within: float  # variance within groups, unit squared
    share: float  # between / (between + within)
    deviance: float  # -2 log likelihood


def variance_components(values: ArrayLike, groups: ArrayLike) -> VarianceComponents:
    """Fit score = mean + group effect + rest by maximum likelihood.

    values: (n,) scores, any sign; groups: (n,) labels, e.g. schools
    Returns: mean, variance between and within, their share, -2 log likelihood
    Raises: ResultsError if empty, NaN, lengths differ, fewer than two groups, or no spread inside any group
    Source: Goldstein, Multilevel Statistical Models (4th ed., 2011), chapter 2; mean and variance within are
        profiled out, the share is searched on [0, 1) by ever finer grids

    >>> round(variance_components([0.0, 2.0, 4.0, 6.0, 1.0, 3.0], ["a", "a", "b", "b", "c", "c"]).within, 6)
    2.0
    """
    value = numbers(values, "values", negative=True)
    number, n = grouped(groups, len(value))
    size = np.bincount(number, minlength=n).astype(np.float64)
    mean = np.bincount(number, value, n) / size
    inside = float(((value - mean[number]) ** 2).sum())
    if n < 2:
        raise ResultsError("variance_components: one group came. At least two are needed.")
    if inside <= 1e-24 * max(1.0, float((value**2).sum())):
        raise ResultsError(
            "variance_components: no spread inside any group, so the variance within cannot be estimated."
        )
    low, high = 0.0, 1.0 - 1e-9
    while high - low > 1e-12:
        grid = np.linspace(low, high, 101)
        best = int(np.argmin(_profile(grid, size, mean, inside)[0]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 100)]
    share = 0.0 if low == 0.0 and best == 0 else (low + high) / 2
    deviance, grand, within = (float(x[0]) for x in _profile(np.array([share]), size, mean, inside))
    return VarianceComponents(grand, within * share / (1 - share), within, share, deviance)


def _profile(share: Array, size: Array, mean: Array, inside: float) -> tuple[Array, Array, Array]:
    """Return (-2 log likelihood, mean, variance within) at each share, the last two at their best."""
    ratio = (share / (1 - share))[:, None]
    spread = 1 + ratio * size
    weight = size / spread
    grand = (weight @ mean) / weight.sum(axis=1)
    n = size.sum()
    within = (inside + (weight * (mean - grand[:, None]) ** 2).sum(axis=1)) / n
    return n * (np.log(2 * np.pi * within) + 1) + np.log(spread).sum(axis=1), grand, within


def standardised_gap(
    first: ArrayLike, second: ArrayLike, first_weights: ArrayLike | None = None, second_weights: ArrayLike | None = None
) -> float:
    """Gap of two groups in pooled standard deviations: mean of the first minus mean of the second (Cohen's d).

    first, second: (n1,), (n2,) scores, any sign; weights: numbers of people > 0, None = 1 each
    Returns: unitless (standard deviations), any sign
    Raises: ResultsError if a group is empty or has NaN, or when there is no spread
    Source: Cohen, Statistical Power Analysis (2nd ed., 1988); pooled SD with n - 1

    >>> standardised_gap([1.0, 3.0], [0.0, 2.0])
    0.7071067811865475
    """
    parts = []
    for score, weights in ((first, first_weights), (second, second_weights)):
        value, weight = weighted(score, weights, negative=True)
        mean = np.average(value, weights=weight)
        squares = float(weight @ (value - mean) ** 2)
        n = float(weight.sum())
        parts.append((float(mean), math.sqrt(squares / (n - 1)) if n > 1 else 0.0, n))
    return gap_from_summary(*parts[0], *parts[1])


def gap_from_summary(mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float) -> float:
    """The same gap from a published table of means, standard deviations (n - 1) and numbers of people.

    Raises: ResultsError if a number is not finite, a standard deviation or count negative, or nothing spreads
    """
    given = numbers([mean1, sd1, n1, mean2, sd2, n2], "summary", negative=True)
    if sd1 < 0 or sd2 < 0 or n1 <= 0 or n2 <= 0:
        raise ResultsError(
            f"summary: {given.tolist()}. Standard deviations must be 0 or more and numbers of people above 0."
        )
    free = n1 + n2 - 2
    pooled = math.sqrt(max(0.0, (n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / free) if free > 0 else 0.0
    if pooled == 0:
        raise ResultsError(
            "standardised_gap: no spread within the groups, so a gap in standard deviations has no meaning."
        )
    return (mean1 - mean2) / pooled
