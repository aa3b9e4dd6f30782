"""Segregation of groups over units: dissimilarity, mutual information, Theil's information theory index H."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from results.errors import ResultsError
from results.metrics.checks import Array, grouped, numbers


def cross_table(units: ArrayLike, groups: ArrayLike, counts: ArrayLike) -> Array:
    """Turn a long table into the (units, groups) table that the indices take; units and groups in sorted order.

    units, groups: (n,) labels; counts: (n,) people, >= 0. Rows of the same unit and group are added
    Raises: ResultsError if lengths differ, or a count is negative or NaN
    """
    count = numbers(counts, "counts")
    unit, n_units = grouped(units, len(count))
    group, n_groups = grouped(groups, len(count))
    return np.bincount(unit * n_groups + group, count, n_units * n_groups).reshape(n_units, n_groups)


def dissimilarity(first: ArrayLike, second: ArrayLike) -> float:
    """Index of dissimilarity: the share of either group that would have to change units for an even spread.

    first, second: (n_units,) people of the two groups in each unit, >= 0
    Returns: unitless, from 0 (same spread) to 1 (no unit holds both)
    Raises: ResultsError if empty, NaN or negative, if lengths differ, or if a group has nobody
    Source: Duncan and Duncan (1955), American Sociological Review 20(2) 210-217: D = 1/2 sum |a_i / A - b_i / B|

    >>> dissimilarity([1.0, 0.0], [0.0, 1.0])
    1.0
    """
    a, b = numbers(first, "first"), numbers(second, "second")
    if a.shape != b.shape:
        raise ResultsError(
            f"dissimilarity: {len(a)} units for the first group, {len(b)} for the second. Give the same units."
        )
    for name, group in (("first", a), ("second", b)):
        if group.sum() == 0:
            raise ResultsError(f"dissimilarity: the {name} group has nobody in any unit.")
    return float(np.abs(a / a.sum() - b / b.sum()).sum() / 2)


def mutual_information(counts: ArrayLike) -> float:
    """Mutual information index M of units and groups.

    counts: (n_units, n_groups) people, >= 0; empty units and groups count for nothing (see `cross_table`)
    Returns: nats, from 0 (every unit has the groups' shares) to the entropy of the groups
    Raises: ResultsError if empty, NaN, negative, not a table, or all zero
    Source: Theil and Finizza (1971), Journal of Mathematical Sociology 1(2) 187-193;
        Mora and Ruiz-Castillo (2011), Sociological Methodology 41(1) 159-194

    >>> round(mutual_information([[1.0, 0.0], [0.0, 1.0]]), 6)
    0.693147
    """
    table = _shares(counts)
    unit, group = table.sum(axis=1), table.sum(axis=0)
    return float(_entropy(unit) + _entropy(group) - _entropy(table.ravel()))


def information_theory_h(counts: ArrayLike) -> float:
    """Theil's information theory index H: mutual information over the entropy of the groups.

    counts: as `mutual_information`
    Returns: unitless, from 0 (even) to 1 (every unit holds one group)
    Raises: ResultsError as `mutual_information`, and when there is only one group
    Source: Theil (1972), Statistical Decomposition Analysis; Reardon and Firebaugh (2002), Sociological Methodology 32

    >>> information_theory_h([[1.0, 0.0], [0.0, 1.0]])
    1.0
    """
    entropy = _entropy(_shares(counts).sum(axis=0))
    if entropy == 0:
        raise ResultsError("information_theory_h: only one group has people, so there is nothing to separate.")
    return mutual_information(counts) / entropy


def _shares(counts: ArrayLike) -> Array:
    table = numbers(counts, "counts", ndim=2)
    if table.sum() == 0:
        raise ResultsError("counts: all zero. At least one person is needed.")
    return table / table.sum()


def _entropy(share: Array) -> float:
    some = share[share > 0]
    return float(-(some * np.log(some)).sum())
