"""Children by single year of age: census groups split into years, cohorts aged forward, births added."""

from __future__ import annotations

from gettext import gettext as tr

import numpy as np

from sim.columns import Array


def single_years(edges: Array, groups: Array) -> Array:
    """Split counts of age groups into single years of age, keeping every group's total.

    edges: (G+1,) ages at the borders of the groups, ascending whole years, e.g. 0, 1, 5, 10
    groups: (C, G) persons in each group, >= 0
    Returns: (C, edges[-1] - edges[0]) persons by single year of age, >= 0
    Source: cumulative counts interpolated by a monotone cubic (Fritsch and Carlson, 1980), differences of which are
    non-negative; slopes are harmonic means of the neighbouring groups' densities.
    """
    edges = np.asarray(edges, np.float64)
    width = np.diff(edges)
    total = np.concatenate([np.zeros((len(groups), 1)), np.cumsum(groups, axis=1)], axis=1)
    density = groups / width
    slope = _slopes(width, density)
    ages = np.arange(edges[0], edges[-1] + 1)
    cell = np.clip(np.searchsorted(edges, ages, side="right") - 1, 0, len(width) - 1)
    t = (ages - edges[cell]) / width[cell]
    t2 = t * t
    t3 = t2 * t
    h00, h10 = 2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t
    h01, h11 = 3 * t2 - 2 * t3, t3 - t2
    cumulative = (
        h00 * total[:, cell]
        + h10 * width[cell] * slope[:, cell]
        + h01 * total[:, cell + 1]
        + h11 * width[cell] * slope[:, cell + 1]
    )
    return np.maximum(np.diff(cumulative, axis=1), 0.0)


def _slopes(width: Array, density: Array) -> Array:
    """Slopes at the borders: weighted harmonic means inside, the group's own density at both ends; (C, G+1)."""
    left, right = density[:, :-1], density[:, 1:]
    w_left, w_right = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    with np.errstate(divide="ignore"):
        inverse = (w_left / left + w_right / right) / (w_left + w_right)
    inside = np.where((left > 0) & (right > 0), 1 / inverse, 0.0)
    return np.concatenate([density[:, :1], inside, density[:, -1:]], axis=1)


def age_forward(ages: Array, entrants: Array, survival: Array | float = 1.0) -> Array:
    """Move every cohort up one age a year and add a new youngest cohort each year.

    ages: (..., A) persons by single year of age in the first year
    entrants: (..., Y) persons who join the youngest age in each of the next Y years
    survival: scalar or (A - 1,) share of each age that reaches the next one; the oldest age leaves
    Returns: (..., Y + 1, A) persons by year and age; row 0 is `ages`
    Raises: ValueError when a count is negative or a survival share lies outside 0 to 1
    """
    ages, entrants = np.asarray(ages, np.float64), np.asarray(entrants, np.float64)
    share = np.broadcast_to(np.asarray(survival, np.float64), (ages.shape[-1] - 1,))
    if (ages < 0).any() or (entrants < 0).any() or (share < 0).any() or (share > 1).any():
        raise ValueError(tr("age_forward: counts must be >= 0 and survival within 0 to 1"))
    years = entrants.shape[-1]
    out = np.empty((*ages.shape[:-1], years + 1, ages.shape[-1]))
    out[..., 0, :] = ages
    for year in range(years):
        out[..., year + 1, 0] = entrants[..., year]
        out[..., year + 1, 1:] = out[..., year, :-1] * share
    return out
