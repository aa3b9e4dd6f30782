"""Fitting: a known linear world is solved to the target, bounds hold, a small real sample converges."""

from __future__ import annotations

import math

import pytest

from calibration.anchors import fitted
from calibration.fit import TOLERANCE, fit, mean_first_year
from calibration.measures import base_run
from sim.errors import InputError
from sim.start import alignments

START = {"place_gap": 0.3, "area_sd": 0.2, "ses_slope": 0.15, "ability_sd": 0.5, "intercept": 0.0, "county_sd": 0.2}


def bent(align):
    """A made-up world: every anchor depends on its own factor most, on others a little, and not in a straight line."""
    gap, area, slope, ability, level = (align[a.factor] for a in fitted())
    values = (
        0.9 * gap + 0.1 * area**2 + 0.05 * gap**2,
        0.05 + 1.8 * area**2 + 0.1 * gap,
        1.6 * slope - 0.1 * area**2,
        math.sqrt(0.6 + 1.1 * ability**2 + area**2 + gap**2 / 8),
        0.1 + level - 0.05 * ability,
    )
    return dict(zip((a.name for a in fitted()), values, strict=True))


def test_a_bent_world_is_solved_to_the_target():
    made = fit("nowhere", START, measure=bent)
    assert made.met and made.rounds <= 6
    for anchor in fitted():
        assert made.reached[anchor.name] == pytest.approx(anchor.target, abs=TOLERANCE)
        assert bent(made.align)[anchor.name] == pytest.approx(made.reached[anchor.name], abs=1e-12)
    assert made.align["county_sd"] == 0.2  # no anchor of its own: kept


def test_an_anchor_out_of_reach_is_said_and_not_hidden():
    def too_spread(align):
        return bent(align) | {"between_share": 0.4 + align["area_sd"] ** 2}

    made = fit("nowhere", START, measure=too_spread)
    assert not made.met and made.align["area_sd"] == 0 and made.reached["between_share"] == pytest.approx(0.4, abs=1e-3)
    assert made.reached["gap_junior"] == pytest.approx(0.39, abs=0.005)  # the others are not given up


def test_a_missing_factor_is_a_clear_error():
    with pytest.raises(InputError, match="alignment.csv: xinjiang has no factor area_sd"):
        fit("xinjiang", {k: v for k, v in START.items() if k != "area_sd"}, measure=bent)


@pytest.fixture(scope="module")
def small():
    wrong = dict(alignments()["guizhou"]) | {"place_gap": 0.2, "intercept": 0.05, "ability_sd": 0.6}
    return wrong, fit("guizhou", wrong, sample=0.05)


def test_a_small_real_sample_converges_from_a_wrong_start(small):
    wrong, made = small
    assert made.met
    before = base_run("guizhou", wrong, 1, 0.05, years=1)
    assert abs(before["gap_junior"] - 0.39) > 0.05 and abs(before["score_mean"]) > 0.05
    assert base_run("guizhou", made.align, 1, 0.05, years=1) == made.reached  # the same to the bit


def test_several_seeds_are_averaged():
    align = alignments()["guizhou"]
    one, two = (base_run("guizhou", align, seed, 0.002, years=1) for seed in (1, 2))
    mean = mean_first_year("guizhou", align, (1, 2), 0.002)
    assert one["gap_junior"] != two["gap_junior"]
    assert mean["gap_junior"] == pytest.approx((one["gap_junior"] + two["gap_junior"]) / 2)
