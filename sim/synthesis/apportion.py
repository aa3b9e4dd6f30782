"""Whole numbers that share a total by weights, with floors and caps."""

from __future__ import annotations

from gettext import gettext as tr

import numpy as np

from sim import exact
from sim.columns import Array


def apportion(total: int, weights: Array, floor: Array | int = 0, cap: Array | int | None = None) -> Array:
    """Share a whole total among n rows in proportion to weights.

    weights: (n,) >= 0; floor, cap: (n,) or scalar whole numbers; rows at a floor or cap leave the rest to others
    Returns: (n,) int64 that sum to `total` exactly; ties go to the first row
    Raises: ValueError when floors exceed the total or caps cannot hold it
    Source: one divisor for all rows (bisection), then largest remainders
    """
    low = np.broadcast_to(np.asarray(floor, np.float64), weights.shape)
    high = (
        np.full(weights.shape, np.inf) if cap is None else np.broadcast_to(np.asarray(cap, np.float64), weights.shape)
    )
    high = np.where(weights > 0, high, low)
    if exact.total(low) > total or exact.total(high) < total or (low > high).any():
        raise ValueError(
            tr("apportion: {total} cannot lie between floors {total_2:.0f} and caps {total_3:.0f}").format(
                total=total, total_2=exact.total(low), total_3=exact.total(high)
            )
        )
    share = np.clip(weights * _scale(total, weights, low, high), low, high)
    whole = np.floor(share)
    missing = int(round(total - exact.total(whole)))
    open_rows = np.flatnonzero(whole < high) if missing > 0 else np.flatnonzero(whole > low)
    order = np.argsort(-(share - whole)[open_rows] * np.sign(missing), kind="stable")
    whole[open_rows[order[: abs(missing)]]] += np.sign(missing)
    return whole.astype(np.int64)


def _scale(total: float, weights: Array, low: Array, high: Array) -> float:
    """Factor at which the clipped shares sum to the total: the sum is monotone in it."""
    bottom, top = 0.0, 2.0 * (total + 1) / max(weights[weights > 0].min(initial=np.inf), 1e-300)
    if not np.isfinite(top):
        return 0.0
    for _ in range(80):
        middle = np.sqrt(max(bottom, 1e-30) * top)
        if exact.total(np.clip(weights * middle, low, high)) < total:
            bottom = middle
        else:
            top = middle
        if top - bottom <= 1e-12 * top:
            break
    return top
