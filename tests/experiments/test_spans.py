"""Spans of seeds, draws and years."""

from __future__ import annotations

import pytest

from experiments.spans import parse_span, parse_years
from sim.errors import InputError


@pytest.mark.parametrize(
    ("given", "want"),
    [("1:5", (1, 2, 3, 4, 5)), ("7", (7,)), ("3,1,8", (3, 1, 8)), ([4, 2], (4, 2)), (9, (9,)), (" 1 : 2 ", (1, 2))],
)
def test_spans_are_read(given, want):
    assert parse_span(given, "--seeds") == want


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("5:1", 'reversed: the first comes before the last. Write "1:5"'),
        ("", "is empty"),
        ("  ", "is empty"),
        ([], "is empty"),
        ("one", "'one' is not a whole number"),
        ("1.5", "not a whole number"),
        ("1:", "not a whole number"),
        ("1:2:3", "more than one colon"),
        ("1,2:4", "not both"),
        ("1:999999999", "at most 10000"),
        ("9" * 5000, "outside 0 to"),
        ("-3", "outside 0 to"),
        ("1,1", "named twice"),
        ("٣", "not a whole number"),
        ([True], "not a whole number"),
        (1.0, "not a whole number"),
    ],
)
def test_bad_spans_say_what_came_and_what_to_write(given, says):
    with pytest.raises(InputError, match="--seeds") as error:
        parse_span(given, "--seeds")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("given", "want"), [("2024:2035", (2024, 2035)), ("2030", (2030, 2030)), ([2024, 2026], (2024, 2026))]
)
def test_years_are_first_and_last(given, want):
    assert parse_years(given, "--years", 2010, 2046) == want


@pytest.mark.parametrize("given", ["2035:2024", "1999:2030", "2024,2026", "24", [2024], [2024, 2025, 2026], ["a", "b"]])
def test_bad_years_are_refused(given):
    with pytest.raises(InputError, match="--years"):
        parse_years(given, "--years", 2010, 2046)
