"""Segregation of groups over units: dissimilarity, mutual information, Theil's information theory index H."""

from __future__ import annotations

from gettext import gettext as tr

import numpy as np
from numpy.typing import ArrayLike

from results.errors import ResultsError
from results.metrics.checks import Array, add, aligned, grouped, numbers, shares
from results.metrics.inequality import finite


def cross_table(units: ArrayLike, groups: ArrayLike, counts: ArrayLike) -> Array:
    """Turn a long table into the (units, groups) table that the indices take; units and groups in sorted order.

    units, groups: (n,) labels; counts: (n,) people, >= 0. Rows of the same unit and group are added
    Raises: ResultsError if lengths differ, or a count is negative or NaN
    """
    count = numbers(counts, "counts")
    unit, n_units = grouped(units, len(count), counts, "units")
    group, n_groups = grouped(groups, len(count), counts)
    table = np.bincount(unit * n_groups + group, count, n_units * n_groups).reshape(n_units, n_groups)
    finite(float(table.max()), "cross_table")
    return table


def dissimilarity(first: ArrayLike, second: ArrayLike) -> float:
    """Index of dissimilarity: the share of either group that would have to change units for an even spread.

    first, second: (n_units,) people of the two groups in each unit, >= 0
    Returns: unitless, from 0 (same spread) to 1 (no unit holds both)
    Raises: ResultsError if empty, NaN or negative, if lengths differ, or if a group has nobody
    Source: Duncan and Duncan (1955), American Sociological Review 20(2) 210-217: D = 1/2 sum |a_i / A - b_i / B|

    >>> dissimilarity([1.0, 0.0], [0.0, 1.0])
    1.0
    """
    a, b = numbers(first, "first"), numbers(aligned(first, second, "second"), "second")
    if a.shape != b.shape:
        raise ResultsError(
            tr("dissimilarity: {a} units for the first group, {b} for the second. Give the same units.").format(
                a=len(a), b=len(b)
            )
        )
    if not a.any():
        raise ResultsError(tr("dissimilarity: the first group has nobody in any unit."))
    if not b.any():
        raise ResultsError(tr("dissimilarity: the second group has nobody in any unit."))
    return min(1.0, add(np.abs(shares(a) - shares(b))) / 2)


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
    return _mutual(table)


def information_theory_h(counts: ArrayLike) -> float:
    """Theil's information theory index H: mutual information over the entropy of the groups.

    counts: as `mutual_information`
    Returns: unitless, from 0 (even) to 1 (every unit holds one group)
    Raises: ResultsError as `mutual_information`, and when there is only one group
    Source: Theil (1972), Statistical Decomposition Analysis; Reardon and Firebaugh (2002), Sociological Methodology 32

    >>> information_theory_h([[1.0, 0.0], [0.0, 1.0]])
    1.0
    """
    table = _shares(counts)
    group = table.sum(axis=0)
    entropy = -add(group[group > 0] * np.log(group[group > 0]))
    if entropy <= 0 or (group > 0).sum() < 2:
        raise ResultsError(tr("information_theory_h: only one group has people, so there is nothing to separate."))
    return min(1.0, _mutual(table) / entropy)


def _mutual(table: Array) -> float:
    """Return the mutual information of a table of shares: sum of p ln(p / (p of its unit times p of its group))."""
    unit, group = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    here = table > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(table) - np.log(unit) - np.log(group)
    return max(0.0, add(table[here] * logs[here]))


def _shares(counts: ArrayLike) -> Array:
    table = numbers(counts, "counts", ndim=2)
    if not table.any():
        raise ResultsError(tr("counts: all zero. At least one person is needed."))
    return shares(table.reshape(-1)).reshape(table.shape)
