"""Published results that the engine's own phases must give back: case S7, drop-out under a cash transfer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.phases.stay_or_leave import drop_out
from sim.streams import Streams
from sim.tables import OUT, POOR

CHILDREN = 1_000_000
HAZARD_RATIO = (
    0.40  # Mo, Zhang, Yi, Luo, Rozelle, Brinton 2013, Journal of Development Studies 49(2): 5.3 % over 13.3 %
)


def dropped_share(base: float, reached: float, ratio: float = HAZARD_RATIO, poor: bool = True, wrong: float = 0.0):
    """Send children through a year's drop-out and return the share that left.

    Score and family background of 0 and a relative hazard of 1 for everybody, as in a trial's control mean.
    """
    zeros, one = np.zeros(CHILDREN, np.float32), np.zeros(1)
    flags = np.full(CHILDREN, POOR if poor else 0, np.uint8)
    dropped, returned, out = one.copy(), one.copy(), one.copy()
    first = np.zeros(1, np.uint64)
    drop_out(*Streams(7).key("stay", 2024), first, zeros, zeros, zeros, np.zeros(CHILDREN, np.int32), flags, base, 0.35, 0.35,
             0.3, reached, wrong, ratio, dropped, returned, out)  # fmt: skip
    assert dropped[0] == (flags & OUT > 0).sum() == out[0] and returned[0] == 0
    return dropped[0] / CHILDREN


@pytest.mark.parametrize(("base", "published"), [(0.133, 0.053), (0.09, 0.036)])
def test_a_hazard_ratio_of_0_4_gives_the_published_drop_out(base, published):
    share = dropped_share(base, reached=1.0)
    error = 4 * math.sqrt(base * HAZARD_RATIO / CHILDREN)
    assert share == pytest.approx(base * HAZARD_RATIO, abs=error)
    assert round(share, 3) == published


def test_without_aid_the_control_group_loses_what_was_published():
    share = dropped_share(0.133, reached=0.0)
    assert share == pytest.approx(0.133, abs=4 * math.sqrt(0.133 / CHILDREN))


def test_aid_that_finds_half_of_the_poor_gains_half_as_much():
    share = dropped_share(0.133, reached=0.5)
    assert share == pytest.approx(0.133 * (0.5 + 0.5 * HAZARD_RATIO), abs=4 * math.sqrt(0.093 / CHILDREN))


def test_children_who_are_not_poor_get_aid_by_mistake_only():
    share = dropped_share(0.133, reached=1.0, poor=False, wrong=0.1)
    assert share == pytest.approx(0.133 * (0.9 + 0.1 * HAZARD_RATIO), abs=4 * math.sqrt(0.125 / CHILDREN))
