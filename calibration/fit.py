"""Solving for the alignment factors: as many anchors as factors, by Broyden's method from a measured Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from gettext import gettext as tr

import numpy as np

from calibration.anchors import fitted
from calibration.measures import base_run
from sim.columns import Array
from sim.errors import InputError

TOLERANCE = 0.001  # largest distance to a target, in the anchor's own unit
MOST_ROUNDS = 12
PROBE = {"place_gap": 0.1, "ses_slope": 0.05, "intercept": 0.02}  # step of the Jacobian; for variances:
PROBE_VARIANCE = 0.02
LEAST_VARIANCE = {"ability_sd": 0.05}  # of the others 0: communities may turn out not to differ


@dataclass(frozen=True)
class Fit:
    """Factors found, what the anchors come to with them (mean over the fitting seeds), and whether every target was reached."""

    align: dict[str, float]
    reached: Mapping[str, float]
    rounds: int
    met: bool


def fit(
    region: str,
    start: Mapping[str, float],
    seeds: Sequence[int] = (1,),
    sample: float = 1.0,
    tolerance: float = TOLERANCE,
    measure: Callable[[dict[str, float]], Mapping[str, float]] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Fit:
    """Return the alignment factors with which the region's first year meets the fitted anchors.

    start: the factors to begin with; those without an anchor keep their value. seeds: the anchors are met by the mean
    over them. measure: what a set of factors comes to, default the region's first year.
    SDs are solved as variances, in which the anchors are nearly linear; a variance that would be negative stays at its
    bound, its anchor is given up, and `met` is False.
    Raises: InputError when a factor is missing from `start`.
    """
    anchors = fitted()
    names = [anchor.factor for anchor in anchors]
    missing = [name for name in names if name not in start]
    if missing:
        raise InputError(
            tr("alignment.csv: {region} has no factor {missing}; add a row with a value to begin at.").format(
                region=region, missing=", ".join(missing)
            )
        )
    target = np.array([anchor.target for anchor in anchors])
    run = measure or (lambda align: mean_first_year(region, align, seeds, sample))
    last: Mapping[str, float] = {}

    def miss(x: Array) -> Array:
        nonlocal last
        last = run({**start, **_factors(names, x)})
        return np.array([last[anchor.name] for anchor in anchors]) - target

    x = _unknowns(names, start)
    off, first = miss(x), last
    jacobian = _jacobian(names, x, off, miss)
    best, best_off, reached = x, off, first
    rounds = stalled = 0
    while np.abs(best_off).max() > tolerance and rounds < MOST_ROUNDS and stalled < 2:
        rounds += 1
        goal = _solve(names, best, best_off, jacobian)
        moved = goal - best
        if np.abs(moved).max() < 1e-9:
            break
        off = miss(goal)
        jacobian = jacobian + np.outer(off - best_off - jacobian @ moved, moved) / (moved @ moved)
        stalled = 0 if off @ off < 0.99 * (best_off @ best_off) else stalled + 1
        if off @ off < best_off @ best_off:
            best, best_off, reached = goal, off, last
        if tell:
            tell(
                tr("round {rounds}: farthest from its target {max:.4f}").format(
                    rounds=rounds, max=np.abs(best_off).max()
                )
            )
    align = {**start, **_factors(names, best)}
    return Fit(align, reached, rounds, bool(np.abs(best_off).max() <= tolerance))


def mean_first_year(region: str, align: dict[str, float], seeds: Sequence[int], sample: float) -> dict[str, float]:
    """Return each measure of the region's first year, averaged over seeds."""
    found = [base_run(region, align, seed, sample, years=1) for seed in seeds]
    return {name: sum(run[name] for run in found) / len(found) for name in found[0]}


def _unknowns(names: list[str], align: Mapping[str, float]) -> Array:
    return np.array([align[name] ** 2 if name.endswith("_sd") else align[name] for name in names])


def _factors(names: list[str], x: Array) -> dict[str, float]:
    return {name: float(np.sqrt(v) if name.endswith("_sd") else v) for name, v in zip(names, x, strict=True)}


def _solve(names: list[str], x: Array, off: Array, jacobian: Array) -> Array:
    """Return the unknowns that would bring every anchor home if the world were linear.

    An unknown that would pass its bound is held there and its anchor given up, so that the others still come home.
    """
    low = np.array([LEAST_VARIANCE.get(name, 0.0) if name.endswith("_sd") else -np.inf for name in names])
    goal, held = x.copy(), np.zeros(len(names), np.bool_)
    while True:
        free = ~held
        rest = off[free] + jacobian[np.ix_(free, held)] @ (goal - x)[held]
        goal[free] = x[free] - np.linalg.lstsq(jacobian[np.ix_(free, free)], rest, rcond=None)[0]
        beyond = free & (goal < low)
        if not beyond.any():
            return goal
        held |= beyond
        goal[beyond] = low[beyond]


def _jacobian(names: list[str], x: Array, off: Array, miss: Callable[[Array], Array]) -> Array:
    """Return (anchors, factors) change of each anchor per unit of each unknown, by one step forward in each."""
    columns = []
    for i, name in enumerate(names):
        there = x.copy()
        there[i] += PROBE.get(name, PROBE_VARIANCE)
        columns.append((miss(there) - off) / (there[i] - x[i]))
    return np.stack(columns, axis=1)
