"""Exact functions are right to a few units in the last place, and exact sums add in the order that they promise."""

from __future__ import annotations

import math
import struct
from decimal import Decimal, localcontext
from statistics import NormalDist

import numpy as np
import pytest

from sim import exact

RNG = np.random.default_rng(7)
DIGITS = 50


def units(got: float, true: Decimal) -> float:
    """Return by how many units in the last place a float64 misses the truth."""
    return float(abs(Decimal(float(got)) - true) / Decimal(math.ulp(float(true))))


def worst(got, arguments, truth) -> float:
    with localcontext() as context:
        context.prec = DIGITS
        return max(units(one, truth(*map(Decimal, args))) for one, args in zip(got, arguments, strict=True))


def quarter_turn() -> Decimal:
    """Return pi / 2 by Machin's formula."""

    def arctangent_of_inverse(n: int) -> Decimal:
        term = total = Decimal(1) / n
        k = 1
        while abs(term) > Decimal(10) ** -(DIGITS + 20):
            term, k = -term / (n * n), k + 2
            total += term / k
        return total

    with localcontext() as context:
        context.prec = DIGITS + 30
        return 2 * (4 * arctangent_of_inverse(5) - arctangent_of_inverse(239))


def sine(x: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = DIGITS + 20
        term = total = x % (4 * quarter_turn())
        square, k = term * term, 1
        while abs(term) > Decimal(10) ** -DIGITS:
            term, k = -term * square / ((k + 1) * (k + 2)), k + 2
            total += term
        return total


def test_exp():
    x = np.r_[RNG.uniform(-700, 709, 300), RNG.normal(size=300), 1e-10, -1e-300, 0.0]
    assert worst(exact.exp(x), [(v,) for v in x.tolist()], Decimal.exp) <= 1.0


def test_log():
    x = np.r_[np.ldexp(RNG.uniform(1, 2, 300), RNG.integers(-1060, 1020, 300)), 1 + RNG.normal(0, 1e-6, 300), 5e-324]
    assert worst(exact.log(x), [(v,) for v in x.tolist()], Decimal.ln) <= 1.0
    assert exact.log(1.0) == 0.0


def test_power():
    base = np.r_[RNG.uniform(0.01, 50, 300), RNG.uniform(0.9, 1.1, 300)]
    exponent = np.r_[RNG.uniform(-5, 5, 300), RNG.uniform(-200, 200, 300)]
    pairs = list(zip(base.tolist(), exponent.tolist(), strict=True))
    assert worst(exact.power(base, exponent), pairs, Decimal.__pow__) <= 1.0
    far = RNG.uniform(600, 700, 100) * RNG.choice([-1, 1], 100) / math.log(3.7)
    assert worst(exact.power(3.7, far), [(3.7, v) for v in far.tolist()], Decimal.__pow__) <= 4.0


def test_powers_that_are_whole_numbers_are_those_numbers():
    whole = [(b, e) for b in range(2, 12) for e in range(16) if b**e < 2**53]
    for b, e in whole:
        assert exact.power(b, e) == b**e
        assert exact.power(float(b**e), 1 / 2 if e % 2 == 0 else 1) == float(b ** (e // 2 if e % 2 == 0 else e))


def test_sine_and_cosine():
    x = np.r_[RNG.uniform(-7, 7, 150), RNG.uniform(-1e6, 1e6, 100), np.arange(1, 60) * (math.pi / 2), 1e-9]
    arguments = [(v,) for v in x.tolist()]
    quarter = quarter_turn()
    assert worst(exact.sin(x), arguments, sine) <= 1.0
    assert worst(exact.cos(x), arguments, lambda v: sine(v + quarter)) <= 1.0  # 50 digits hold v + quarter


def test_limits():
    with np.errstate(all="raise"):
        assert exact.exp([np.inf, -np.inf, 800.0, -800.0]).tolist() == [np.inf, 0.0, np.inf, 0.0]
        assert exact.log([0.0, np.inf]).tolist() == [-np.inf, np.inf]
        assert np.isnan(exact.log([-1.0, np.nan])).all()
        assert np.isnan(exact.sin([np.inf, np.nan, 2e6])).all()
        assert exact.power([0, 0, 0, 2, 0.5, np.inf], [0, 2, -1, np.inf, np.inf, -1]).tolist() == [
            1,
            0,
            np.inf,
            np.inf,
            0,
            0,
        ]
        assert np.isnan(exact.power([-1.0, np.nan, 2.0], [2.0, 1.0, np.nan])).all()
        assert exact.power(1.1, [1e5, -1e5, 1e300, -1e300]).tolist() == [np.inf, 0.0, np.inf, 0.0]


def test_shapes_and_types():
    assert isinstance(exact.exp(1.0), float) and exact.exp(np.zeros((2, 3))).shape == (2, 3)
    single = exact.exp(np.array([0.5, 1.5], np.float32))
    assert single.dtype == np.float32 and single.tolist() == [np.float32(math.exp(0.5)), np.float32(math.exp(1.5))]
    assert exact.power(np.ones((2, 1)), np.ones(3)).shape == (2, 3)
    assert exact.power(np.float32(2) * np.ones(2, np.float32), np.float32(0.5)).dtype == np.float32
    assert exact.exp(np.array([1, 2])).dtype == np.float64
    flipped = np.arange(6.0).reshape(2, 3).T
    assert np.allclose(exact.exp(flipped), np.exp(flipped), rtol=1e-15)
    assert exact.exp(np.zeros(0)).shape == (0,)


def test_normal_quantile():
    for p in (1e-300, 1e-12, 1e-6, 0.02, 0.0749, 0.075, 0.3, 0.5, 0.77, 0.925, 0.99, 1 - 1e-9):
        assert exact.normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), rel=4e-16, abs=0)


def test_sums_go_from_the_first_to_the_last():
    x = [1.0, 1e100, 1.0, -1e100, 3.0]  # only this order gives 3
    assert exact.total(x) == 3.0 and math.fsum(x) == 5.0
    assert exact.total(x[::-1]) == 1.0
    cube = np.array(x)[None, :, None] * np.ones((2, 1, 3))
    assert exact.total(cube, 1).tolist() == [[3.0] * 3] * 2
    assert exact.total(cube[:, :, :1], 1).tolist() == [[3.0]] * 2
    assert exact.total(np.array(x)[None], -1).tolist() == [3.0]
    assert exact.by_group(np.array([x, x]), np.zeros(5, np.int8), 2).tolist() == [[3.0, 0.0]] * 2
    assert exact.add_up(x) == 3.0
    assert exact.dot(x, np.ones(5)) == 3.0


def one_by_one(x):
    total = 0.0
    for value in x.tolist():
        total = struct.unpack("d", struct.pack("d", total + value))[0]
    return total


def test_long_sums_are_those_of_a_loop():
    x = RNG.lognormal(0, 3, 3001)
    want = one_by_one(x)
    assert exact.total(x) == want
    assert exact.mean(x) == want / 3001
    assert exact.total(x.astype(np.float32)) == one_by_one(x.astype(np.float32))
    rows = x[:3000].reshape(30, 10, 10)
    assert exact.total(rows, 1).tolist() == [[one_by_one(rows[i, :, k]) for k in range(10)] for i in range(30)]
    assert exact.total(rows, -1, keepdims=True).shape == (30, 10, 1)
    assert exact.total(rows.transpose(2, 0, 1), 0)[4, 5] == one_by_one(rows[4, 5])
    group = RNG.integers(0, 7, 3001)
    assert exact.by_group(x, group, 8).tolist() == [*(one_by_one(x[group == k]) for k in range(7)), 0.0]


def test_what_numpy_adds_in_order_is_relied_on():
    """cumsum, bincount and add.at are used as they are: each takes one number after the other."""
    x = RNG.lognormal(0, 3, 3001)
    assert np.cumsum(x)[-1] == one_by_one(x)
    assert np.bincount(np.zeros(3001, np.int64), x)[0] == one_by_one(x)
    into = np.zeros(1)
    np.add.at(into, np.zeros(3001, np.int64), x)
    assert into[0] == one_by_one(x)


def test_count_takes_only_what_is_exact_in_any_order():
    assert exact.count([True, False, True]) == 2
    assert exact.count(np.ones((2, 3), np.int8), 0).tolist() == [2, 2, 2]
    assert exact.count(np.full(300, 100, np.int8)) == 30000
    for wrong in ([1.0], np.ones(2, np.float32), ["a"]):
        with pytest.raises(TypeError, match="use total"):
            exact.count(wrong)


def test_means_and_medians():
    x = RNG.normal(size=101)
    weights = RNG.uniform(1, 2, 101)
    assert exact.mean(x, weights=weights) == pytest.approx(np.average(x, weights=weights), rel=1e-12)
    assert exact.mean(x.reshape(1, -1), axis=1) == pytest.approx([x.mean()], rel=1e-12)
    assert exact.sd(x) == pytest.approx(x.std(), rel=1e-12)
    assert exact.median(x) == np.median(x) and exact.median(x[:100]) == np.median(x[:100])


def test_groups_that_do_not_fit_are_refused():
    for group in ([0, 1], [0, 1, 3], [0, -1, 1]):
        with pytest.raises(ValueError, match="by_group"):
            exact.by_group(np.ones(3), np.array(group), 3)
