"""What stands around a policy's `effects`: off is absent, the world stays read-only, no draw outside the keyed streams.

Every class that defines `effects` gets it wrapped when the class is made (`Policy.__init_subclass__`), so a user's
policy is guarded as ours are.
"""

from __future__ import annotations

import functools
import random
import traceback
from collections.abc import Callable
from math import inf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.columns import locked
from sim.compile import kernel
from sim.effects import Cost, Effects, Exchange
from sim.errors import InputError

if TYPE_CHECKING:
    from policies.base import Policy
    from sim.world import World

Act = Callable[["Policy", "World", int], Effects]
MOST = float(np.finfo(np.float64).max)
PAYERS = ("county", "province", "centre")


def guarded(act: Act) -> Act:
    """Return `effects` with its guard: empty effects while off, clear errors, checked and tidied effects."""

    @functools.wraps(act)
    def effects(self: Policy, see: World, year: int) -> Effects:
        eligible = self.eligible(see)  # first, so that an unknown county is told in the first year
        if not self.acts(year) or not eligible.any():
            return Effects()
        ours = type(self).__module__.startswith("policies.")
        before = None if ours else random_state()  # slow; that ours draw from none is tested once
        try:
            got = act(self, see, year)
        except InputError:
            raise
        except ValueError as error:
            if "read-only" in str(error):
                raise InputError(
                    f"policy {self.name}, {year}: it writes to the world{place(error)}. A policy only reads the world "
                    "and returns Effects; copy an array before changing it."
                ) from error
            if ours:
                raise
            raise InputError(failure(self.name, year, error)) from error
        except Exception as error:
            if ours:
                raise
            raise InputError(failure(self.name, year, error)) from error
        if before is not None and not same_state(before, random_state()):
            raise InputError(
                f"policy {self.name}, {year}: it draws from a global random generator. Use see.streams.uniform("
                '"my decision", year, persons), which is keyed by seed, decision, year and person.'
            )
        return checked(self.name, year, got, see)

    effects.__dict__["guarded"] = True
    return effects


def failure(name: str, year: int, error: Exception) -> str:
    """Return the message for a user's policy that broke."""
    return f"policy {name}, {year}: {type(error).__name__}: {error}{place(error)}. Correct the policy's `effects`."


def place(error: BaseException) -> str:
    """Return " (file, line n)" of the line that raised, the deepest outside of numpy."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "numpy" not in f.filename]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def random_state() -> tuple[Any, ...]:
    """Return the states of numpy's and Python's global generators."""
    return np.random.get_state(), random.getstate()  # noqa: NPY002 - read only, to see that nobody moved it


def same_state(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    """Return whether both generators stand where they stood."""
    (a, x), (b, y) = one, two
    return a[2:] == b[2:] and x == y and bool(np.array_equal(a[1], b[1]))


@kernel
def look_over(values: np.ndarray, low: float, high: float, idle: float) -> tuple[bool, bool]:
    """Return whether a value lies outside low to high or is none, and whether all are `idle`; one look, no branch."""
    inside, same = 0, 0
    for i in range(values.size):
        inside += int((values[i] >= low) & (values[i] <= high))
        same += int(values[i] == idle)
    return inside < values.size, same == values.size


class Checker:
    """Looks arrays of one policy's effects over; a class, so that what is said of each names policy and year."""

    def __init__(self, name: str, year: int) -> None:
        self.where = f"policy {name}, {year}"

    def array(
        self, what: str, value: Any, shape: tuple[int, ...], low: float = 0.0, idle: float = 0.0, endless: bool = False
    ) -> Any:
        """Return the array, or None where every value is `idle` and so asks for nothing.

        Raises: InputError for a wrong shape, a value that is not finite (infinity may be when `endless`) or below `low`.
        """
        if value is None:
            return None
        if not isinstance(value, np.ndarray) or value.shape != shape:
            came = getattr(value, "shape", type(value).__name__)
            raise InputError(f"{self.where}: {what} has shape {came}, it must be an array of shape {shape}.")
        if value.dtype.kind not in "biuf":
            raise InputError(f"{self.where}: {what} is an array of type {value.dtype}, it must hold numbers.")
        numbers, high = locked(np.ascontiguousarray(value, np.float64)).reshape(-1), inf if endless else MOST
        wrong, asks_nothing = look_over(numbers, low, high, idle)
        if wrong:
            self.refuse(what, value, low, endless)
        return None if asks_nothing else value

    def refuse(self, what: str, value: Any, low: float, endless: bool) -> None:
        """Raise InputError that says what is wrong with an array."""
        least = float(value.min())  # NaN when there is one
        if isnan(least) or (not endless and not np.isfinite(value).all()):
            raise InputError(f"{self.where}: {what} holds a value that is not a finite number.")
        raise InputError(f"{self.where}: {what} holds {least:g}, it must be {low:g} or more.")

    def money(self, costs: tuple[Cost, ...], shape: tuple[int, ...]) -> tuple[Cost, ...]:
        """Return the costs that are not zero everywhere."""
        for cost in costs:
            if cost.payer not in PAYERS:
                raise InputError(f"{self.where}: payer {cost.payer!r}, it must be one of {', '.join(PAYERS)}.")
        return tuple(cost for cost in costs if self.array(f"cost of {cost.item}", cost.yuan, shape) is not None)

    def exchanges(self, asked: tuple[Exchange, ...], n_schools: int) -> tuple[Exchange, ...]:
        """Return the exchanges that send somebody somewhere."""
        kept = []
        for one in asked:
            send = self.array("exchange.send", one.send, (n_schools, 2))
            into = self.array("exchange.into", one.into, (n_schools, 2))
            self.array("exchange.link", one.link, (n_schools,), low=-1.0)
            if send is None or into is None:
                continue
            if (np.minimum(send, into) > 0).any():
                raise InputError(f"{self.where}: a section both sends and receives in one exchange; choose one.")
            kept.append(one)
        return tuple(kept)


def checked(name: str, year: int, got: Any, see: World) -> Effects:
    """Return the effects without what asks for nothing, so that a dose of zero is exactly `Effects()`.

    Raises: InputError for effects of a wrong shape, not finite, or negative where they may not be.
    """
    if not isinstance(got, Effects):
        raise InputError(
            f"policy {name}, {year}: effects() returned {type(got).__name__}, it must return Effects(...)."
        )
    s, c, look = len(see.schools), len(see.counties), Checker(name, year)
    aid = got.aid
    return Effects(
        capital=look.money(got.capital, (c,)),
        costs=look.money(got.costs, (c,)),
        posts=look.array("posts", got.posts, (c, 2)),
        class_cap=look.array("class_cap", got.class_cap, (s, 2), low=1.0, idle=inf, endless=True),
        leave_factor=look.array("leave_factor", got.leave_factor, (s,), idle=1.0),
        score_shift=look.array("score_shift", got.score_shift, (s, 2), low=-inf),
        exchanges=look.exchanges(got.exchanges, s),
        outside=tuple(x for x in got.outside if look.array("outside.teachers", x.teachers, (s, 2)) is not None),
        aid=None if aid is None or (aid.coverage <= 0 and aid.leakage <= 0) else aid,
        salary_items=tuple(
            (item, posts)
            for item, posts in got.salary_items
            if look.array(f"salary posts of {item}", posts, (c, 2)) is not None
        ),
    )
