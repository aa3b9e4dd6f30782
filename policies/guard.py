"""What stands around a policy's `effects`: off is absent, the world stays read-only, no draw outside the keyed streams.

Every class that defines `effects` gets it wrapped when the class is made (`Policy.__init_subclass__`), so a user's
policy is guarded as ours are.
"""

from __future__ import annotations

import functools
import random
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.effects import Cost, Effects
from sim.errors import InputError

if TYPE_CHECKING:
    from policies.base import Policy
    from sim.world import World

Act = Callable[["Policy", "World", int], Effects]
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
        check_effects(self.name, year, got, see)
        return tidy(got)

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


def check_effects(name: str, year: int, got: Any, see: World) -> None:
    """Raise InputError for effects of a wrong shape, not finite, or negative where they may not be."""
    if not isinstance(got, Effects):
        raise InputError(
            f"policy {name}, {year}: effects() returned {type(got).__name__}, it must return Effects(...)."
        )
    s, c = len(see.schools), len(see.counties)

    def array(what: str, value: Any, shape: tuple[int, ...], low: float | None = 0.0, endless: bool = False) -> None:
        if value is None:
            return
        if not isinstance(value, np.ndarray) or value.shape != shape:
            came = getattr(value, "shape", type(value).__name__)
            raise InputError(f"policy {name}, {year}: {what} has shape {came}, it must be an array of shape {shape}.")
        least, most = value.min(), value.max()  # NaN when there is one
        if np.isnan(least) or (not endless and (np.isinf(least) or np.isinf(most))):
            raise InputError(f"policy {name}, {year}: {what} holds a value that is not a finite number.")
        if low is not None and least < low:
            raise InputError(f"policy {name}, {year}: {what} holds {least:g}, it must be {low:g} or more.")

    array("posts", got.posts, (c, 2))
    array("class_cap", got.class_cap, (s, 2), low=1.0, endless=True)
    array("leave_factor", got.leave_factor, (s,))
    array("score_shift", got.score_shift, (s, 2), low=None)
    for cost in (*got.capital, *got.costs):
        array(f"cost of {cost.item}", cost.yuan, (c,))
        if cost.payer not in PAYERS:
            raise InputError(f"policy {name}, {year}: payer {cost.payer!r}, it must be one of {', '.join(PAYERS)}.")
    for asked in got.exchanges:
        array("exchange.send", asked.send, (s, 2))
        array("exchange.into", asked.into, (s, 2))
        array("exchange.link", asked.link, (s,), low=-1.0)
        if ((asked.send > 0) & (asked.into > 0)).any():
            raise InputError(f"policy {name}, {year}: a section both sends and receives in one exchange; choose one.")
    for team in got.outside:
        array("outside.teachers", team.teachers, (s, 2))
    for item, posts in got.salary_items:
        array(f"salary posts of {item}", posts, (c, 2))


def tidy(got: Effects) -> Effects:
    """Return the effects without what asks for nothing, so that a dose of zero is exactly `Effects()`."""

    def money(costs: tuple[Cost, ...]) -> tuple[Cost, ...]:
        return tuple(cost for cost in costs if cost.yuan.any())

    def unless(idle: bool, value: Any) -> Any:
        return None if idle else value

    aid = got.aid
    return replace(
        got,
        capital=money(got.capital),
        costs=money(got.costs),
        posts=unless(got.posts is None or not got.posts.any(), got.posts),
        class_cap=unless(got.class_cap is None or bool(np.isinf(got.class_cap).all()), got.class_cap),
        leave_factor=unless(got.leave_factor is None or bool((got.leave_factor == 1.0).all()), got.leave_factor),
        score_shift=unless(got.score_shift is None or not got.score_shift.any(), got.score_shift),
        exchanges=tuple(x for x in got.exchanges if x.send.any() and x.into.any()),
        outside=tuple(x for x in got.outside if x.teachers.any()),
        aid=unless(aid is None or (aid.coverage <= 0 and aid.leakage <= 0), aid),
        salary_items=tuple(x for x in got.salary_items if x[1].any()),
    )
