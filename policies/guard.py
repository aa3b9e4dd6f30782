"""What stands around a policy's `effects`: off is absent, the world stays as it is, and luck comes only from keyed streams.

Every class that defines `effects` gets it wrapped when the class is made (`Policy.__init_subclass__`), so a user's
policy is guarded as ours are. Users' policies are given a sealed world, and are asked twice.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

import numpy as np

from policies.answers import asks_nothing, checked, differs, digests
from policies.users_code import is_ours, safe, users_code
from sim.effects import Effects
from sim.errors import InputError
from sim.sealed import is_sealed, sealed

if TYPE_CHECKING:
    from policies.base import Policy
    from sim.world import World

Act = Callable[["Policy", "World", int], Effects]


def guarded(act: Act) -> Act:
    """Return `effects` with its guard: empty effects while off, clear errors, checked and tidied effects."""

    @functools.wraps(act)
    def effects(self: Policy, see: World, year: int) -> Effects:
        if not is_ours(type(self)) and not is_sealed(see):
            return ask_users(self.name, functools.partial(effects, self), see, year)
        # first, so that an unknown county is told in the first year
        eligible = self.eligible(see)
        if not self.acts(year) or not eligible.any():
            return Effects()
        got = act(self, see, year)
        return checked(self.name, year, got, see) if is_ours(type(self)) else got

    effects.__dict__["guarded"] = True
    return effects


def ask_users(name: Any, act: Callable[[Any, int], Any], see: World, year: int) -> Effects:
    """Ask a user's policy twice on a sealed world and return its answer.

    act: called with the world and the year
    Raises: InputError that names policy and year: it fails, writes, ends the program, draws luck that is not keyed,
        answers outside `sim.effects.RANGES`, or not the same both times
    """
    name = safe(name, 100) if isinstance(name, str) else type(name).__name__
    where, advice = f"policy {name}, {year}", tr("Correct the policy's `effects`.")
    answers, found = [], Effects()
    for _ in range(2):
        before = random_state()
        with users_code(where, advice, reading=True):
            got = act(sealed(see), year)
            if not same_state(before, random_state()):
                raise InputError(
                    tr("{where}: it draws from a global random generator. {advice}").format(where=where, advice=keyed())
                )
            found = checked(name, year, got, see, own=True)
        answers.append(digests(found))
    if field := differs(*answers):
        raise InputError(
            tr(
                "{where}: asked twice, it gives two answers: {field} differs. Its answer may follow only from the world, the "
                "year and its parameters: no clock, no id(), nothing remembered between calls. {advice}"
            ).format(where=where, field=field, advice=keyed())
        )
    return found


def keyed() -> str:
    """Return how a policy draws luck."""
    return tr(
        'For luck use see.streams.uniform("my decision", year, persons), which is keyed by seed, decision, year and person.'
    )


def random_state() -> tuple[Any, ...]:
    """Return the states of numpy's and Python's global generators."""
    return np.random.get_state(), random.getstate()  # noqa: NPY002 - read only, to see that nobody moved it


def same_state(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    """Return whether both generators stand where they stood."""
    (a, x), (b, y) = one, two
    return a[2:] == b[2:] and x == y and bool(np.array_equal(a[1], b[1]))


class Guarded:
    """An object with `name` and `effects` that is no `Policy`, asked as a user's policy is."""

    def __init__(self, behind: Any) -> None:
        """Take the object; InputError unless it has a name and effects that can be called."""
        with users_code(tr("a policy of the class {name}").format(name=type(behind).__name__), tr("Correct it.")):
            self.name, self._effects = behind.name, behind.effects
        if not isinstance(self.name, str) or not callable(self._effects):
            raise InputError(
                tr(
                    "{policy}: a policy needs a name (text) and effects(see, year), as policies.base.Policy has."
                ).format(policy=safe(repr(type(behind))))
            )

    def effects(self, see: World, year: int) -> Effects:
        """Return what the policy asks of a year, looked over."""
        return ask_users(self.name, self._effects, see, year)


class Heard:
    """A policy that remembers whether it has asked for anything."""

    def __init__(self, policy: Any, told: Callable[[], None]) -> None:
        """told: called with every answer that is not empty."""
        self.name, self._effects, self._told = policy.name, policy.effects, told

    def effects(self, see: World, year: int) -> Effects:
        """Return the policy's own answer."""
        got: Effects = self._effects(see, year)
        if not asks_nothing(got):
            self._told()
        return got
