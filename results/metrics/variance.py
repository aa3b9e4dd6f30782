"""Variance of scores between and within schools, and the gap of two groups in standard deviations.

Scores may be negative (they are in standard deviations), so only NaN, infinite and empty input is refused here.
"""

from __future__ import annotations

import math
from gettext import gettext as tr
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from results.errors import ResultsError
from results.metrics.checks import Array, add, floats, grouped, numbers, one_number, scaled, shares, weighted
from results.metrics.inequality import finite


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
    number, n = grouped(groups, len(value), values)
    if value.min() == value.max():
        raise ResultsError(tr("between_share: all values are equal, so there is no variance to share."))
    between, within, size = _squares(value, number, n, scaled(weight)[0])
    if not corrected:
        return between / (between + within)
    if weights is not None:
        raise ResultsError(tr("between_share: the corrected estimator takes no weights. Leave weights out."))
    if n < 2 or len(value) <= n:
        raise ResultsError(
            tr("between_share: {n} groups of {values} values. Two groups and a group of two are needed.").format(
                n=n, values=len(value)
            )
        )
    size = np.bincount(number, minlength=n).astype(np.float64)
    effective = len(value) - add(size * size) / len(value)
    return float(anova_share(between, within, n - 1.0, float(len(value) - n), effective))


def _squares(value: Array, number: Array, n: int, weight: Array) -> tuple[float, float, Array]:
    """Return the sums of squares between and within n groups, in a unit of their own, and the groups' weights."""
    x, _, _ = centred(value)
    size = np.bincount(number, weight, n)
    lowest, highest = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(lowest, number, x)
    np.maximum.at(highest, number, x)
    mean = np.bincount(number, weight / size[number] * x, n)
    mean = np.where(lowest == highest, highest, mean)  # to the bit, where all of a group are equal
    grand = add(weight * x) / add(weight)
    return add(size * (mean - grand) ** 2), add(weight * (x - mean[number]) ** 2), size


def centred(value: Array) -> tuple[Array, float, int]:
    """Return ((value - first) / 2^power, first, power): differences without overflow, with all the digits there are."""
    small, power = scaled(value)
    small = small / 4  # a difference of two stays below 1/2
    x, more = scaled(small - small[0])
    return x, float(value[0]), power + 2 + more


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
    names = ("between", "within", "df_between", "df_within", "effective")
    given = (between, within, df_between, df_within, effective)
    parts = [floats(x, name)[0] for x, name in zip(given, names, strict=True)]
    try:
        ssb, ssw, dfb, dfw, size = np.broadcast_arrays(*parts)
    except ValueError:
        shapes = ", ".join(str(x.shape) for x in parts)
        raise ResultsError(
            tr("anova_share: shapes {shapes} differ. Give arrays of one shape.").format(shapes=shapes)
        ) from None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        power = np.frexp(np.maximum(ssb, ssw))[1]  # exact: the share does not depend on the unit of the squares
        ssb, ssw = np.ldexp(ssb, -power), np.ldexp(ssw, -power)
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
    number, n = grouped(groups, len(value), values)
    if n < 2:
        raise ResultsError(tr("variance_components: one group came. At least two are needed."))
    x, first, power = centred(value)
    size = np.bincount(number, minlength=n).astype(np.float64)
    mean = np.bincount(number, x, n) / size
    inside = add((x - mean[number]) ** 2)
    if inside <= 1e-24 * add(x * x):
        raise ResultsError(
            tr("variance_components: no spread inside any group, so the variance within cannot be estimated.")
        )
    low, high = 0.0, 1.0 - 1e-9
    while high - low > 1e-12:
        grid = np.linspace(low, high, 101)
        best = int(np.argmin(_profile(grid, size, mean, inside)[0]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 100)]
    share = 0.0 if low == 0.0 and best == 0 else float(low + high) / 2
    deviance, grand, within = (float(part[0]) for part in _profile(np.array([share]), size, mean, inside))
    with np.errstate(over="ignore"):
        within_ = float(np.ldexp(within, 2 * power))
        between = float(np.ldexp(within * share / (1 - share), 2 * power))
        middle = float(np.ldexp(np.ldexp(first, -power) + grand, power))
    if not (math.isfinite(within_ + between) and math.isfinite(middle) and within_ > 0):
        raise ResultsError(
            tr("variance_components: the squares of these values leave the range of a number. Give them another unit.")
        )
    return VarianceComponents(middle, between, within_, share, deviance + len(value) * 2 * power * math.log(2))


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
    groups = (("first", first, first_weights), ("second", second, second_weights))
    checked = [weighted(score, weights, negative=True) for _, score, weights in groups]
    power = _power(float(max(np.abs(value).max() for value, _ in checked)))
    means, spreads, counts = [], [], []
    for (name, _, _), (value, weight) in zip(groups, checked, strict=True):
        small, weight_power = scaled(weight)
        people = math.ldexp(add(small), weight_power) if weight_power < 1000 else math.inf
        if people < 1 or (people == 1 and len(value) > 1):
            raise ResultsError(
                tr(
                    "standardised_gap: the weights of the {name} group add up to {people:g}. Give numbers of people, not "
                    "shares: the standard deviation divides by their number less one."
                ).format(name=name, people=people)
            )
        share, (x, _, own) = shares(weight), centred(value)
        scores = np.ldexp(value, -power)
        means.append(float(scores[0]) if scores.min() == scores.max() else add(share * scores))
        spreads.append((math.sqrt(add(share * (x - add(share * x)) ** 2)) if x.any() else 0.0, own))
        counts.append(people)
    if not math.isfinite(counts[0] + counts[1]):
        raise ResultsError(tr("standardised_gap: the weights add up to more than a number can be."))
    free = counts[0] + counts[1] - 2
    parts = [people / free if free > 0 else 0.0 for people in counts]
    return _gap(means[0] - means[1], power, spreads, parts)


def gap_from_summary(mean1: float, sd1: float, n1: float, mean2: float, sd2: float, n2: float) -> float:
    """The same gap from a published table of means, standard deviations (n - 1) and numbers of people.

    Raises: ResultsError if a number is not finite, a standard deviation negative, a number of people below 1, or
        nothing spreads
    """
    given = [one_number(x, "summary") for x in (mean1, sd1, n1, mean2, sd2, n2)]
    m1, s1, people1, m2, s2, people2 = given
    if s1 < 0 or s2 < 0 or people1 < 1 or people2 < 1:
        raise ResultsError(
            tr(
                "summary: {given}. Standard deviations must be 0 or more and numbers of people above 0 (1 or more)."
            ).format(given=given)
        )
    power = _power(max(abs(m1), abs(m2)))
    half = people1 / 2 + people2 / 2 - 1  # half of the degrees of freedom: their sum may be too large
    parts = [(people / 2 - 0.5) / half if half > 0 else 0.0 for people in (people1, people2)]
    spreads = [(math.frexp(sd)[0], math.frexp(sd)[1]) for sd in (s1, s2)]
    return _gap(math.ldexp(m1, -power) - math.ldexp(m2, -power), power, spreads, parts)


def _power(largest: float) -> int:
    """Return the power of 2 that brings numbers up to `largest` to 1/4 at most."""
    return math.frexp(largest)[1] + 2


def _gap(difference: float, power: int, spreads: list[tuple[float, int]], parts: list[float]) -> float:
    """Return the gap in pooled standard deviations.

    difference: of the means, in units of 2^power; spreads: (sd, its power of 2) of each group; parts: what each square
    counts for
    """
    most = max((own for sd, own in spreads if sd > 0), default=0)
    squares = (part * math.ldexp(sd, own - most) ** 2 for (sd, own), part in zip(spreads, parts, strict=True))
    pooled = math.sqrt(math.fsum(squares))
    if pooled == 0:
        raise ResultsError(
            tr("standardised_gap: no spread within the groups, so a gap in standard deviations has no meaning.")
        )
    with np.errstate(over="ignore"):
        return finite(float(np.ldexp(difference / pooled, power - most)), "standardised_gap")
