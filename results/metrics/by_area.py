"""The rank-based inequality indices for many areas at once: the numbers of `inequality`, without a loop over areas.

Areas without rows give NaN. `tests/results` checks every method against the plain function.
"""

from __future__ import annotations

from dataclasses import dataclass
from gettext import gettext as tr

import numpy as np

from results.errors import ResultsError
from results.metrics.checks import Array, numbers, scaled


@dataclass(frozen=True)
class Ranked:
    """Rows sorted by area and, inside each, by a key; with running weights, ready for any rank-based index."""

    order: Array  # (n,) rows of the caller
    area: Array  # (n,) area of each sorted row
    first: Array  # (k,) sorted position at which each area that has rows begins
    present: Array  # (k,) those areas
    n_areas: int
    weight: Array  # (n,) sorted
    running: Array  # (n,) weight of all rows up to and with this one
    before: Array  # (n,) weight in the same area before this row
    total: Array  # (k,) weight of each area that has rows

    @classmethod
    def by(cls, key_order: Array, area: Array, weights: Array, n_areas: int) -> Ranked:
        """Rank rows inside areas.

        key_order: (n,) argsort of the key over all rows; area: (n,) 0 .. n_areas - 1; weights: (n,) > 0
        Raises: ResultsError when a weight is missing, infinite or not above 0, or an area is none
        """
        weights = _whole(weights, "weights", above_zero=True)
        if len(area) and not (int(np.min(area)) >= 0 and int(np.max(area)) < n_areas):
            raise ResultsError(tr("area: give every row one of 0 to {last}.").format(last=n_areas - 1))
        order = key_order[np.argsort(area[key_order], kind="stable")]
        where = area[order]
        first = _starts(where[1:] != where[:-1], len(where))
        weight = weights[order]
        running = np.cumsum(weight)
        start = running[first] - weight[first]
        length = np.diff(first, append=len(where))
        before = running - weight - np.repeat(start, length)
        total = np.bincount(where, weight, n_areas)[where[first]]
        return cls(order, where, first, where[first], n_areas, weight, running, before, total)

    def gini(self, values: Array) -> Array:
        """Gini of values (the key) in each area: see `inequality.gini`. Returns (n_areas,)."""
        have = self.weight * _whole(values, "values")[self.order]
        mid = self.before + self.weight / 2
        amount = self._add(have)
        with np.errstate(divide="ignore", invalid="ignore"):
            index = 2 * self._add(have * mid) / (amount * self.total) - 1
        return self._spread(np.where(amount > 0, index, 0.0))

    def quantile(self, values: Array, share: float) -> Array:
        """Smallest value that a share (0-1) of the weight does not exceed, in each area. Returns (n_areas,)."""
        return self._spread(values[self.order][self._reach(share)])

    def mcloone(self, values: Array) -> Array:
        """McLoone index of values (the key): see `inequality.mcloone`. (n_areas,), NaN where the median is 0."""
        value = _whole(values, "values")[self.order]
        half = self.total / 2
        at = self._reach(0.5)
        last = self._ends()
        meets = (at < last) & (np.abs(self.before[at] + self.weight[at] - half) <= 1e-9 * half)
        median = np.where(meets, (value[at] + value[np.minimum(at + 1, last)]) / 2, value[at])
        below = np.arange(len(value)) < np.repeat(at, np.diff(self.first, append=len(value)))
        lower = self._add(np.where(below, self.weight * value, 0.0)) + (half - self.before[at]) * value[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._spread(np.where(median > 0, lower / (median * half), np.nan))

    def concentration(self, values: Array, key: Array) -> Array:
        """Concentration index of values by the key that ranks: see `inequality.concentration_index`. (n_areas,)."""
        value, by = _whole(values, "values")[self.order], key[self.order]
        tie = _starts((by[1:] != by[:-1]) | (self.area[1:] != self.area[:-1]), len(by))
        length = np.diff(tie, append=len(by))
        tied = np.bincount(np.repeat(np.arange(len(tie)), length), self.weight, len(tie))
        rank = np.repeat(self.before[tie] + tied / 2, length)
        amount = self._add(self.weight * value)
        with np.errstate(divide="ignore", invalid="ignore"):
            index = 2 * self._add(self.weight * value * rank) / (amount * self.total) - 1
        return self._spread(np.where(amount > 0, index, 0.0))

    def _add(self, x: Array) -> Array:
        """Add by area, from the first row to the last: the same bits on every machine."""
        return np.bincount(self.area, x, self.n_areas)[self.present]

    def _reach(self, share: float) -> Array:
        """Return the first sorted position in each area at which the running weight reaches a share of the total."""
        end = self._ends()
        wanted = self.running[end] - self.total + (share - 1e-9) * self.total
        return np.clip(np.searchsorted(self.running, wanted), self.first, end)

    def _ends(self) -> Array:
        """Return the last sorted position of each area that has rows."""
        return np.append(self.first[1:], len(self.weight))[: len(self.first)] - 1

    def _spread(self, x: Array) -> Array:
        """Put one number for each area that has rows into (n_areas,), NaN elsewhere."""
        out = np.full(self.n_areas, np.nan)
        out[self.present] = x
        return out


def _whole(given: Array, name: str, above_zero: bool = False) -> Array:
    """Return numbers / a power of 2, so that no sum overflows and no bit of a share changes; ResultsError for bad ones."""
    if not len(given):
        return np.zeros(0)
    array = numbers(given, name)
    if above_zero and not array.all():
        raise ResultsError(tr("{name}: not above 0. Leave out rows without weight first.").format(name=name))
    return scaled(array)[0]


def _starts(changes: Array, n: int) -> Array:
    """Return the positions at which runs begin, given (n - 1,) whether each row differs from the one before it."""
    return np.append(0, np.flatnonzero(changes) + 1)[:n]
