"""Random draws keyed by (seed, decision, year, person): the same person has the same luck in every arm.

A draw is a function of its four keys and of nothing else: no state, no order, no threads. The generator is Philox2x32-10
(Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"): seed, decision and year are hashed to
64 bits, of which 32 are the cipher's key and 32 the upper half of its counter; the person is the lower half. Each call
gives two independent 32-bit words, so a decision may use two numbers a person. Normals are the inverse normal
distribution function (erfinv after Giles 2010, single precision; tail refitted to 5.6 SD) of a word, with our own
logarithm so that no machine's library can change a digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from sim.columns import Array
from sim.compile import kernel

M = np.uint64(0xD256D193)
W = np.uint64(0x9E3779B9)
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)


@kernel
def words(key, high, person):
    """Philox2x32-10: return the two 32-bit words (as uint64) of one person under a hashed key."""
    left = np.uint64(person) & LOW
    right = np.uint64(high)
    k = np.uint64(key)
    for _ in range(10):
        product = M * left
        left = (product >> SHIFT) ^ k ^ right
        right = product & LOW
        k = (k + W) & LOW
    return left, right


@kernel
def to_uniform(word):
    """Return a float32 in [0, 1) with 24 random bits."""
    return np.float32(word >> np.uint64(8)) * np.float32(2.0**-24)


@kernel
def log32(x):
    """Natural logarithm of a positive normal float32, error below 2e-7 (Cephes polynomial), same digits everywhere."""
    bits = np.float32(x).view(np.int32)
    e = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    m = np.int32(bits - (e << np.int32(23))).view(np.float32) - np.float32(1.0)
    z = m * m
    y = np.float32(7.0376836292e-2)
    y = y * m + np.float32(-1.1514610310e-1)
    y = y * m + np.float32(1.1676998740e-1)
    y = y * m + np.float32(-1.2420140846e-1)
    y = y * m + np.float32(1.4249322787e-1)
    y = y * m + np.float32(-1.6668057665e-1)
    y = y * m + np.float32(2.0000714765e-1)
    y = y * m + np.float32(-2.4999993993e-1)
    y = y * m + np.float32(3.3333331174e-1)
    y = y * m * z - np.float32(0.5) * z
    return m + y + np.float32(e) * np.float32(0.69314718056)


@kernel
def exp64(x):
    """Exponential of a float64 between -700 and 700, relative error below 1e-14, same digits on every machine."""
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10
    p = 1.1470745597729725e-11  # 1 / 14!, then 1 / 13! and so on: no division in the loop of a hot kernel
    p = p * r + 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 1.984126984126984e-04
    p = p * r + 1.388888888888889e-03
    p = p * r + 8.333333333333333e-03
    p = p * r + 4.1666666666666664e-02
    p = p * r + 1.6666666666666666e-01
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * np.int64((np.int64(n) + np.int64(1023)) << np.int64(52)).view(np.float64)


@kernel
def to_normal(word):
    """Return a float32 standard normal: the inverse distribution function of (word + 1/2) / 2^32, error below 1e-5."""
    signed = np.int32(np.uint32(word))  # the sign bit gives the side, the other 31 bits how far out
    low = signed ^ (signed >> np.int32(31))
    q = (np.float32(low) + np.float32(0.5)) * np.float32(2.0**-32)
    x = np.float32(1.0) - np.float32(2.0) * q
    w = -log32(np.float32(4.0) * q * (np.float32(1.0) - q))
    c = w - np.float32(2.5)
    p = np.float32(2.81022636e-08)
    p = np.float32(3.43273939e-07) + p * c
    p = np.float32(-3.5233877e-06) + p * c
    p = np.float32(-4.39150654e-06) + p * c
    p = np.float32(0.00021858087) + p * c
    p = np.float32(-0.00125372503) + p * c
    p = np.float32(-0.00417768164) + p * c
    p = np.float32(0.246640727) + p * c
    p = np.float32(1.50140941) + p * c
    t = np.sqrt(w) - np.float32(3.0)
    r = np.float32(-0.000179877869)
    r = np.float32(0.00118536945) + r * t
    r = np.float32(-0.00336333853) + r * t
    r = np.float32(0.00576589769) + r * t
    r = np.float32(-0.00772308838) + r * t
    r = np.float32(0.0094401883) + r * t
    r = np.float32(1.00168252) + r * t
    r = np.float32(2.83297682) + r * t
    size = (p if w < np.float32(5.0) else r) * x * np.float32(1.41421356)
    return -size if signed >= np.int32(0) else size


@kernel
def fill_words(key, high, first, first_word, second_word):
    """Write the two 32-bit words of each of the persons first, first + 1, ... (uint32 arrays)."""
    for i in range(first_word.size):
        a, b = words(key, high, np.uint64(first) + np.uint64(i))
        first_word[i] = np.uint32(a)
        second_word[i] = np.uint32(b)


@kernel
def fill_uniform(key, high, first, first_word, second_word):
    """Write two uniforms for each of the persons first, first + 1, ..."""
    for i in range(first_word.size):
        a, b = words(key, high, np.uint64(first) + np.uint64(i))
        first_word[i] = to_uniform(a)
        second_word[i] = to_uniform(b)


@kernel
def fill_normal(key, high, first, out):
    """Write one standard normal for each of the persons first, first + 1, ...

    Words and normals are two loops over a small buffer: one loop of both would not be vectorised (13 times slower).
    """
    chunk = 2048
    one, two = np.empty(chunk, np.uint32), np.empty(chunk, np.uint32)
    for start in range(0, out.size, chunk):
        n = min(chunk, out.size - start)
        fill_words(key, high, np.uint64(first) + np.uint64(start), one[:n], two[:n])
        here = out[start : start + n]  # an index of start + i would keep the loop from being vectorised
        for i in range(n):
            here[i] = to_normal(one[i])


@kernel
def fill_words_of(key, high, who, start, first_word, second_word):
    """Write the two words of persons: who[0] + start and those after it, or, where `who` (uint64) names more, who[start:]."""
    if who.size == 1:
        fill_words(key, high, who[0] + np.uint64(start), first_word, second_word)
        return
    for i in range(first_word.size):
        a, b = words(key, high, who[start + i])
        first_word[i] = np.uint32(a)
        second_word[i] = np.uint32(b)


@kernel
def fill_uniform_of(key, high, who, start, first_word, second_word):
    """Write two uniforms for each of the persons that `fill_words_of` names."""
    if who.size == 1:
        fill_uniform(key, high, who[0] + np.uint64(start), first_word, second_word)
        return
    for i in range(first_word.size):
        a, b = words(key, high, who[start + i])
        first_word[i] = to_uniform(a)
        second_word[i] = to_uniform(b)


@kernel
def fill_normal_of(key, high, who, out):
    """Write one standard normal for each of the persons who[0] and those after, or, where `who` names more, for these."""
    if who.size == 1:
        fill_normal(key, high, who[0], out)
        return
    for i in range(out.size):
        out[i] = to_normal(words(key, high, who[i])[0])


@kernel
def person_of(who, row):
    """Return the person of a row: who[0] + row, or, where `who` names more, who[row]."""
    return who[0] + np.uint64(row) if who.size == 1 else who[row]


@kernel
def _gather(key, high, persons, uniform, normal):
    for i in range(persons.size):
        a, b = words(key, high, np.uint64(persons[i]))
        uniform[i] = to_uniform(a)
        normal[i] = to_normal(b)


@kernel
def _gather_pair(key, high, persons, one, two):
    for i in range(persons.size):
        a, b = words(key, high, np.uint64(persons[i]))
        one[i] = to_uniform(a)
        two[i] = to_uniform(b)


@lru_cache(maxsize=4096)
def hashed(seed: int, decision: str, year: int) -> tuple[np.uint64, np.uint64]:
    """Return (key, upper half of the counter), 32 bits each, of a decision."""
    digest = blake2b(f"{seed}|{decision}|{year}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest[:4], "little")), np.uint64(int.from_bytes(digest[4:], "little"))


@dataclass(frozen=True)
class Streams:
    """All the luck of a run. seed: the run's seed."""

    seed: int

    def key(self, decision: str, year: int) -> tuple[np.uint64, np.uint64]:
        """Return the hashed (key, high) that kernels pass to `words`."""
        return hashed(self.seed, decision, year)

    def uniform(self, decision: str, year: int, persons: Array) -> Array:
        """Return (n,) float32 in [0, 1) for the persons (integers below 2^32)."""
        return self.pair(decision, year, persons)[0]

    def normal(self, decision: str, year: int, persons: Array) -> Array:
        """Return (n,) float32 standard normals for the persons, independent of their uniforms."""
        return self.uniform_normal(decision, year, persons)[1]

    def pair(self, decision: str, year: int, persons: Array) -> tuple[Array, Array]:
        """Return two independent (n,) float32 uniforms for the persons."""
        one, two = np.empty(len(persons), np.float32), np.empty(len(persons), np.float32)
        _gather_pair(*self.key(decision, year), np.asarray(persons, np.uint32), one, two)
        return one, two

    def uniform_normal(self, decision: str, year: int, persons: Array) -> tuple[Array, Array]:
        """Return (n,) float32 uniforms and independent standard normals for the persons."""
        uniform, normal = np.empty(len(persons), np.float32), np.empty(len(persons), np.float32)
        _gather(*self.key(decision, year), np.asarray(persons, np.uint32), uniform, normal)
        return uniform, normal
