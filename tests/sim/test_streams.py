"""The keyed draws: known answers of the cipher, uniformity, independence across each of the four keys, exact functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import chisquare, kstest, norm

from sim.compile import kernel
from sim.streams import (
    Streams,
    exp64,
    fill_normal,
    fill_uniform,
    fill_words,
    hashed,
    log32,
    to_normal,
    to_uniform,
    words,
)
from tests.reference import luck

N = 200_000
PERSONS = np.arange(N, dtype=np.uint32)
LIMIT = 5 / math.sqrt(N)  # five standard errors of a correlation of independent numbers
# Philox2x32-10 of the authors' published test vectors: counter (low, high), key, the two words
KNOWN = (
    ((0x00000000, 0x00000000), 0x00000000, (0xFF1DAE59, 0x6CD10DF2)),
    ((0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF, (0x2C3F628B, 0xAB4FD7AD)),
    ((0x243F6A88, 0x85A308D3), 0x13198A2E, (0xDD7CE038, 0xF62A4C12)),
)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: tuple[int, int], key: int, answer: tuple[int, int]) -> None:
    assert tuple(int(w) for w in words(np.uint64(key), np.uint64(counter[1]), np.uint64(counter[0]))) == answer
    assert luck.philox(counter, key) == answer


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_the_compiled_cipher_is_the_plain_one(low: int, high: int, key: int) -> None:
    assert tuple(int(w) for w in words(np.uint64(key), np.uint64(high), np.uint64(low))) == luck.philox(
        (low, high), key
    )


@given(st.integers(0, 10**6), st.text(max_size=30), st.integers(1990, 2100), st.integers(0, 2**32 - 1))
def test_the_draws_of_a_person_are_the_plain_ones(seed: int, decision: str, year: int, person: int) -> None:
    streams, plain = Streams(seed), luck.Luck(seed)
    who = np.array([person], np.uint32)
    one, two = streams.pair(decision, year, who)
    assert (float(one[0]), float(two[0])) == plain.pair(decision, year, person)
    u, z = streams.uniform_normal(decision, year, who)
    assert float(u[0]) == plain.uniform(decision, year, person)
    assert float(z[0]) == pytest.approx(plain.uniform_normal(decision, year, person)[1], abs=1e-5)


def test_numbers_are_uniform_and_normal() -> None:
    u, z = Streams(1).uniform_normal("a decision", 2024, PERSONS)
    assert u.min() >= 0 and u.max() < 1
    assert chisquare(np.bincount((u * 64).astype(int), minlength=64)).pvalue > 1e-4
    assert kstest(u, "uniform").pvalue > 1e-4
    assert kstest(z, "norm").pvalue > 1e-4
    v, w = Streams(1).pair("a decision", 2024, PERSONS)
    assert (v == u).all() and kstest(w, "uniform").pvalue > 1e-4


def test_every_bit_of_a_word_is_fair() -> None:
    one, two = np.empty(N, np.uint32), np.empty(N, np.uint32)
    fill_words(*Streams(3).key("bits", 2030), np.uint64(0), one, two)
    for word in (one, two):
        share = np.array([((word >> np.uint32(bit)) & np.uint32(1)).mean() for bit in range(32)])
        assert np.abs(share - 0.5).max() < 5 * 0.5 / math.sqrt(N)


OTHER = {
    "seed": (Streams(2), "a decision", 2024, 0),
    "decision": (Streams(1), "a decisioN", 2024, 0),
    "year": (Streams(1), "a decision", 2025, 0),
    "person": (Streams(1), "a decision", 2024, 1),
    "person far off": (Streams(1), "a decision", 2024, 1 << 24),
}


@pytest.mark.parametrize("key", sorted(OTHER))
def test_a_change_of_one_key_gives_independent_numbers(key: str) -> None:
    streams, decision, year, shift = OTHER[key]
    one = Streams(1).pair("a decision", 2024, PERSONS)
    two = streams.pair(decision, year, PERSONS + np.uint32(shift))
    for a in one:
        for b in two:
            if key == "person" and a is one[0] and b is two[0]:
                assert (a[1:] == b[:-1]).all()  # the same person, seen from the neighbour's row
            assert abs(np.corrcoef(a, b)[0, 1]) < LIMIT
            table = np.histogram2d(a, b, bins=8, range=[[0, 1], [0, 1]])[0]
            assert chisquare(table.ravel()).pvalue > 1e-4


def test_the_two_numbers_of_a_person_are_independent() -> None:
    a, b = Streams(1).pair("a decision", 2024, PERSONS)
    assert abs(np.corrcoef(a, b)[0, 1]) < LIMIT
    assert chisquare(np.histogram2d(a, b, bins=8, range=[[0, 1], [0, 1]])[0].ravel()).pvalue > 1e-4


def test_a_draw_does_not_depend_on_who_else_draws() -> None:
    streams, some = Streams(4), np.array([7, 3, 4_000_000_000, 3], np.uint32)
    every = {int(p): float(streams.uniform("x", 2024, np.array([p], np.uint32))[0]) for p in some}
    assert [every[int(p)] for p in some] == [float(u) for u in streams.uniform("x", 2024, some)]


def test_loops_over_many_give_what_one_by_one_gives() -> None:
    key, first, n = Streams(9).key("many", 2024), np.uint64(123_456_789), 5000
    z, one, two = np.empty(n, np.float32), np.empty(n, np.float32), np.empty(n, np.float32)
    fill_normal(*key, first, z)
    fill_uniform(*key, first, one, two)
    for i in (0, 1, 7, 2047, 2048, 4095, 4096, n - 1):
        a, b = words(*key, first + np.uint64(i))
        assert z[i] == to_normal(a) and one[i] == to_uniform(a) and two[i] == to_uniform(b)


def test_keys_are_hashed_apart() -> None:
    keys = {hashed(seed, d, year) for seed in range(20) for d in ("a", "b", "ab") for year in range(2020, 2040)}
    assert len(keys) == 20 * 3 * 20
    assert hashed(1, "1|2", 3) != hashed(1, "1", 2) and hashed(11, "a", 1) != hashed(1, "1a", 1)


@kernel
def normals(word, out):
    for i in range(word.size):
        out[i] = to_normal(np.uint64(word[i]))


def test_normals_are_right_to_1e_5_over_the_whole_range() -> None:
    edge = np.arange(100_000, dtype=np.uint64)
    spread = np.linspace(0, 2**32 - 1, 2_000_001).astype(np.uint64)
    word = np.concatenate([edge, np.uint64(2**32 - 1) - edge, np.uint64(2**31) - edge, np.uint64(2**31) + edge, spread])
    got = np.empty(len(word), np.float32)
    normals(word, got)
    rank = (word.astype(np.float64) + 0.5) / 2.0**32
    exact = np.where(rank < 0.5, ndtri(np.minimum(rank, 0.5)), -norm.isf(np.minimum(1 - rank, 0.5)) * -1)
    assert np.abs(got - exact).max() < 1e-5
    order = np.argsort(word, kind="stable")
    assert (np.diff(got[order]) >= -2e-5).all()


@kernel
def map_exp(x, out):
    for i in range(x.size):
        out[i] = exp64(x[i])


@kernel
def map_log(x, out):
    for i in range(x.size):
        out[i] = log32(x[i])


def test_the_exponential_is_right_to_1e_14() -> None:
    x = np.concatenate([np.linspace(-700, 700, 200_001), np.linspace(-1, 1, 200_001)])
    got = np.empty_like(x)
    map_exp(x, got)
    assert np.abs(got / np.exp(x) - 1).max() < 1e-14


def test_the_logarithm_is_right_to_2e_7() -> None:
    x = np.exp(np.linspace(-80, 80, 400_001)).astype(np.float32)
    near = np.linspace(0.5, 2, 400_001).astype(np.float32)
    for values in (x, near):
        got = np.empty_like(values)
        map_log(values, got)
        exact = np.log(values.astype(np.float64))
        assert (np.abs(got - exact) <= 2e-7 * np.maximum(np.abs(exact), 1)).all()
