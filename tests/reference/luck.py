"""Keyed draws written for reading: Philox2x32-10 and the exact inverse normal distribution, one call a person.

Source: Salmon, Moraes, Dror, Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist

MULTIPLIER, WEYL, MASK = 0xD256D193, 0x9E3779B9, 0xFFFFFFFF
inverse_normal = NormalDist().inv_cdf


def philox(counter: tuple[int, int], key: int) -> tuple[int, int]:
    """Return two 32-bit words of a 64-bit counter (low, high) under a 32-bit key: ten rounds."""
    left, right = counter
    for _ in range(10):
        product = MULTIPLIER * left
        left, right = (product >> 32) ^ key ^ right, product & MASK
        key = (key + WEYL) & MASK
    return left, right


@lru_cache(maxsize=1024)
def hashed(seed: int, decision: str, year: int) -> tuple[int, int]:
    """Return the cipher's key and the upper half of its counter for a decision of a year."""
    digest = blake2b(f"{seed}|{decision}|{year}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def uniform_of(word: int) -> float:
    """Return the number in [0, 1) made of a word's upper 24 bits."""
    return (word >> 8) / 2.0**24


def normal_of(word: int) -> float:
    """Return the standard normal whose rank is the word's."""
    return inverse_normal((word + 0.5) / 2.0**32)


class Luck:
    """All draws of a run: every one a function of (seed, decision, year, person)."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def words(self, decision: str, year: int, person: int) -> tuple[int, int]:
        """Return the person's two words."""
        key, high = hashed(self.seed, decision, year)
        return philox((person, high), key)

    def uniform(self, decision: str, year: int, person: int) -> float:
        """Return the person's number in [0, 1)."""
        return uniform_of(self.words(decision, year, person)[0])

    def pair(self, decision: str, year: int, person: int) -> tuple[float, float]:
        """Return two independent numbers in [0, 1)."""
        one, two = self.words(decision, year, person)
        return uniform_of(one), uniform_of(two)

    def uniform_normal(self, decision: str, year: int, person: int) -> tuple[float, float]:
        """Return a number in [0, 1) and an independent standard normal."""
        one, two = self.words(decision, year, person)
        return uniform_of(one), normal_of(two)

    def normal_uniform(self, decision: str, year: int, person: int) -> tuple[float, float]:
        """Return a standard normal of the first word and a number in [0, 1) of the second."""
        one, two = self.words(decision, year, person)
        return normal_of(one), uniform_of(two)
