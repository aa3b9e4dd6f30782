"""Read what people write for seeds, draws and years: "1:5", "7", "1,3,8", or a list of whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as tr
from typing import Any

from sim.errors import InputError, cut, visible
from sim.numbers import LONGEST, listed, narrow, plain, shown, whole

LARGEST_SEED = 2**31 - 1
MOST_SEEDS = 10_000


def parse_span(
    given: str | int | Sequence[int], what: str, low: int = 0, high: int = LARGEST_SEED, most: int = MOST_SEEDS
) -> tuple[int, ...]:
    """Return the whole numbers that a span names, in order, each once.

    given: "first:last" (both included), one number, numbers between commas, or a list of numbers
    what: how the value is called in an error, e.g. "--seeds" or "delta.toml: seeds"
    low, high: smallest and largest number allowed; most: how many numbers are allowed
    Raises: InputError when empty, not whole numbers, reversed, outside the limits, repeated, or too many
    """
    given = plain(given)
    numbers = _from_text(given, what, low, high, most) if isinstance(given, str) else _from_list(given, what)
    if not numbers:
        raise InputError(
            tr('{what} is empty. Write one number such as 1, or first:last such as "1:5".').format(what=what)
        )
    _check_count(len(numbers), what, most)
    seen: set[int] = set()
    for number in numbers:
        _check_one(number, what, low, high)
        if number in seen:
            raise InputError(
                tr("{what}: {twice} is named twice. Name each number once.").format(what=what, twice=number)
            )
        seen.add(number)
    return tuple(numbers)


def parse_years(given: str | Sequence[int], what: str, low: int, high: int) -> tuple[int, int]:
    """Return (first, last) school year from "2024:2035", "2024" or [2024, 2035].

    low, high: the years that the model knows
    Raises: InputError when reversed, not years, or outside the limits
    """
    given = plain(given)
    if not isinstance(given, str):
        numbers = _from_list(given, what)
        if len(numbers) != 2:
            raise InputError(
                tr("{what} = {given}: give the first and the last year, such as [2024, 2035].").format(
                    what=what, given=shown(numbers)
                )
            )
        given = f"{numbers[0]}:{numbers[1]}"
    if "," in given:
        raise InputError(
            tr('{what} = "{given}": years are one span, such as 2024:2035.').format(what=what, given=echo(given))
        )
    years = parse_span(given, what, low, high)
    return years[0], years[-1]


def _from_list(given: Any, what: str) -> list[int]:
    """Return the whole numbers of a list, array or Series, or a single one."""
    items = listed(given)
    numbers = []
    for item in [given] if items is None else items:
        number = whole(item)
        if number is None:
            raise InputError(
                tr('{what}: {item} is not a whole number. Write "1:5" or a list such as [1, 2, 3].').format(
                    what=what, item=shown(item)
                )
            )
        numbers.append(number)
    return numbers


def _from_text(text: str, what: str, low: int, high: int, most: int) -> list[int]:
    """Return the numbers of "a:b" or "a,b,c"; the length of a:b is checked before the list is made."""
    text = narrow(text)
    if text.count(":") > 1:
        raise InputError(
            tr('{what} = "{text}": more than one colon. Write first:last, such as "1:5".').format(
                what=what, text=echo(text)
            )
        )
    ends = [_whole(part, text, what) for part in text.replace(":", ",").split(",")] if text.strip() else []
    if ":" not in text:
        return ends
    if len(ends) != 2:
        raise InputError(
            tr('{what} = "{text}": write either first:last or numbers between commas, not both.').format(
                what=what, text=echo(text)
            )
        )
    first, last = ends
    if first > last:
        raise InputError(
            tr('{what} = "{text}" is reversed: the first comes before the last. Write "{last}:{first}".').format(
                what=what, text=echo(text), last=last, first=first
            )
        )
    for end in ends:
        _check_one(end, what, low, high)
    _check_count(last - first + 1, what, most)
    return list(range(first, last + 1))


def _whole(part: str, text: str, what: str) -> int:
    digits = part.strip()
    # isdecimal alone lets other scripts' digits through, which int() reads but nobody means
    if not (digits.removeprefix("-").isdecimal() and digits.isascii()):
        raise InputError(
            tr('{what} = "{text}": {strip} is not a whole number. Write "1:5", "7" or "1,3,8".').format(
                what=what, text=echo(text), strip=shown(part.strip())
            )
        )
    # a number of hundreds of digits is refused by int() itself; beyond this it is out of range anyhow
    return int(digits) if len(digits) < 20 else 10**20


def _check_one(number: int, what: str, low: int, high: int) -> None:
    if not low <= number <= high:
        came = number if abs(number) < 10**20 else tr("a number of more than 19 digits")
        raise InputError(
            tr("{what}: {came} is outside {low} to {high}.").format(what=what, came=came, low=low, high=high)
        )


def _check_count(count: int, what: str, most: int) -> None:
    if count > most:
        raise InputError(
            tr("{what} names {count} numbers; at most {most} are allowed in one experiment.").format(
                what=what, count=count, most=most
            )
        )


def echo(text: str) -> str:
    """Return a text as errors repeat it: in one line, and not longer than 80 characters."""
    return cut(visible(text, ""), LONGEST)
