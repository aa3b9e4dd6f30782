"""What a policy answers: looked over against the declared ranges, tidied, and compared with what it answers when asked again.

`sim.effects.RANGES` declares what every field may hold. Outside it, of a wrong shape or type, or too many: one message that
names policy, year, field, value and range.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

import numpy as np

from policies.users_code import safe, text_fault
from sim import exact
from sim.columns import locked
from sim.compile import kernel
from sim.effects import ITEM_LENGTH, MOST, PAYERS, RANGES, WHO, Aid, Cost, Effects, Exchange, Outside
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.world import World


@kernel
def look_over(values: np.ndarray, low: float, high: float, idle: float) -> tuple[bool, bool]:
    """Return whether a value lies outside low to high or is none, and whether all are `idle`; one look, no branch."""
    inside, same = 0, 0
    for i in range(values.size):
        inside += int((values[i] >= low) & (values[i] <= high))
        same += int(values[i] == idle)
    return inside < values.size, same == values.size


def checked(name: str, year: int, got: Any, see: World, own: bool = False) -> Effects:
    """Return the effects without what asks for nothing, so that a dose of zero is exactly `Effects()`.

    own: they come from a user's code: arrays are copied, so that nothing done to them later can matter
    Raises: InputError for effects of a wrong type or shape, or outside `RANGES`
    """
    look = _Checker(f"policy {name}, {year}", len(see.schools), len(see.counties), own)
    if not isinstance(got, Effects):
        raise InputError(
            tr("{where}: effects() returned {kind}, it must return Effects(...).").format(
                where=look.where, kind=type(got).__name__
            )
        )
    return look.effects(got)


class _Checker:
    """Looks one policy's effects over; a class, so that what is said of each field names policy and year."""

    def __init__(self, where: str, schools: int, counties: int, own: bool) -> None:
        self.where = where
        self.s, self.c = schools, counties
        self.own = own

    def effects(self, got: Effects) -> Effects:
        """Return all fields, looked over."""
        s, c = self.s, self.c
        return Effects(
            capital=self.money("capital", got.capital),
            costs=self.money("costs", got.costs),
            posts=self.array("posts", got.posts, (c, 2)),
            class_cap=self.array("class_cap", got.class_cap, (s, 2), idle=np.inf),
            leave_factor=self.array("leave_factor", got.leave_factor, (s,), idle=1.0),
            score_shift=self.array("score_shift", got.score_shift, (s, 2)),
            exchanges=self.exchanges(got.exchanges),
            outside=self.outside(got.outside),
            aid=self.aid(got.aid),
            salary_items=self.salaries(got.salary_items),
        )

    def refuse(self, what: str, came: str, allowed: str) -> InputError:
        """Return the error for a field."""
        return InputError(
            tr("{where}: {what} is {came}; it must be {allowed}.").format(
                where=self.where, what=what, came=safe(came), allowed=allowed
            )
        )

    def array(self, what: str, value: Any, shape: tuple[int, ...], idle: float = 0.0) -> Any:
        """Return the array, or None where every value is `idle` and so asks for nothing."""
        if value is None:
            return None
        if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray) or value.shape != shape:
            came = f"{type(value).__name__} of shape {value.shape}" if hasattr(value, "shape") else type(value).__name__
            raise self.refuse(what, came, tr("a plain numpy array of shape {shape}").format(shape=shape))
        if value.dtype.kind not in "biuf":
            raise self.refuse(what, f"an array of type {value.dtype}", tr("an array of numbers"))
        allowed = RANGES[what]
        with np.errstate(over="ignore"):  # a longer number than a double is outside anyway
            flat = np.array(value, np.float64) if self.own else np.ascontiguousarray(value, np.float64)
        wrong, asks_nothing = look_over(locked(flat).reshape(-1), allowed.low, allowed.high, idle)
        if wrong or (allowed.whole and (flat != np.floor(flat)).any()):
            outside = ~((flat >= allowed.low) & (flat <= allowed.high) & (not allowed.whole or flat == np.floor(flat)))
            at = tuple(int(k) for k in np.argwhere(outside)[0])
            raise self.refuse(f"{what}[{', '.join(map(str, at))}]", f"{flat[at]:g}", str(allowed))
        if asks_nothing:
            return None
        if not self.own:
            return value
        return np.asarray(flat, np.int64) if allowed.whole else flat

    def number(self, what: str, value: Any) -> Any:
        """Return a single number."""
        allowed = RANGES[what]
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.shape == ()):
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(what, type(value).__name__, str(allowed))
        if not allowed.low <= value <= allowed.high or (allowed.whole and value != int(value)):
            digits = f"{value:g}" if abs(value) < 1e300 else "more than 1e300"
            raise self.refuse(what, digits, str(allowed))
        return int(value) if allowed.whole else float(value)

    def several(self, what: str, given: Any, kind: type) -> tuple[Any, ...]:
        """Return a tuple or list of records of one class, not too many."""

        def refused(came: str) -> Exception:  # sentences are looked up only when they are said
            allowed = tr("a tuple of at most {most} {kind}").format(most=MOST[what], kind=kind.__name__)
            return self.refuse(what, came, allowed)

        if type(given) not in (tuple, list):
            raise refused(type(given).__name__)
        if len(given) > MOST[what]:
            raise refused(tr("{number} of them").format(number=len(given)))
        for one in given:
            if not isinstance(one, kind):
                raise refused(tr("a tuple with {kind}").format(kind=type(one).__name__))
        return tuple(given)

    def item(self, what: str, given: Any) -> str:
        """Return the name that money is booked under."""
        if wrong := text_fault(given, ITEM_LENGTH, empty=False):
            raise self.refuse(f"{what}.item", safe(repr(given), 60), tr("a short name ({wrong})").format(wrong=wrong))
        return str(given)

    def money(self, what: str, given: Any) -> tuple[Cost, ...]:
        """Return the costs that are not zero everywhere."""
        kept = []
        for cost in self.several(what, given, Cost):
            item = self.item(what, cost.item)
            if cost.payer not in PAYERS:
                raise InputError(
                    tr("{where}: payer {payer}, it must be one of {payers}.").format(
                        where=self.where, payer=safe(repr(cost.payer)), payers=", ".join(PAYERS)
                    )
                )
            yuan = self.array(what, cost.yuan, (self.c,))
            if yuan is not None:
                kept.append(Cost(item, cost.payer, yuan) if self.own else cost)
        return tuple(kept)

    def exchanges(self, given: Any) -> tuple[Exchange, ...]:
        """Return the exchanges that send somebody somewhere."""
        kept = []
        for one in self.several("exchanges", given, Exchange):
            made = Exchange(
                item=self.item("exchange", one.item),
                send=self.array("exchange.send", one.send, (self.s, 2)),
                into=self.array("exchange.into", one.into, (self.s, 2)),
                link=self.array("exchange.link", one.link, (self.s,), idle=np.nan),
                backbone_share=self.number("exchange.backbone_share", one.backbone_share),
                who=one.who,
                due_years=self.number("exchange.due_years", one.due_years),
                stay_years=self.number("exchange.stay_years", one.stay_years),
                yuan_per_teacher=self.number("exchange.yuan_per_teacher", one.yuan_per_teacher),
                counts_as_rotation=bool(one.counts_as_rotation),
            )
            if made.who not in WHO:
                raise self.refuse("exchange.who", repr(one.who), tr("one of {words}").format(words=", ".join(WHO)))
            if made.link is None or made.link.max(initial=-1) >= self.s:
                came = "None" if made.link is None else f"{made.link.max():g}"
                raise self.refuse(
                    "exchange.link", came, tr("a row of a school (0 to {last}) or -1").format(last=self.s - 1)
                )
            if made.send is None or made.into is None:
                continue
            if (np.minimum(made.send, made.into) > 0).any():
                raise InputError(
                    tr("{where}: a section both sends and receives in one exchange; choose one.").format(
                        where=self.where
                    )
                )
            kept.append(made if self.own else one)
        return tuple(kept)

    def outside(self, given: Any) -> tuple[Outside, ...]:
        """Return the teams from outside in which somebody comes."""
        kept = []
        for one in self.several("outside", given, Outside):
            made = Outside(
                self.item("outside", one.item),
                self.array("outside.teachers", one.teachers, (self.s, 2)),
                self.number("outside.backbone_share", one.backbone_share),
                self.number("outside.yuan_per_teacher", one.yuan_per_teacher),
            )
            if made.teachers is not None:
                self.number("outside.total", float(exact.total(made.teachers)))
                kept.append(made if self.own else one)
        return tuple(kept)

    def aid(self, given: Any) -> Aid | None:
        """Return the aid, or None if it reaches nobody."""
        if given is None:
            return None
        if not isinstance(given, Aid):
            raise self.refuse("aid", type(given).__name__, "Aid(...)")
        names = ("coverage", "leakage", "hazard_ratio", "primary_yuan", "junior_yuan")
        made = Aid(self.item("aid", given.item), *(self.number(f"aid.{name}", getattr(given, name)) for name in names))
        return None if made.coverage <= 0 and made.leakage <= 0 else made

    def salaries(self, given: Any) -> tuple[tuple[str, Any], ...]:
        """Return the posts whose salaries are booked, by item."""
        kept = []
        for pair in self.several("salary_items", given, tuple):
            if len(pair) != 2:
                raise self.refuse("salary_items", tr("a tuple of {number}").format(number=len(pair)), "(item, posts)")
            item, posts = self.item("salary_items", pair[0]), self.array("salary_items", pair[1], (self.c, 2))
            if posts is not None:
                kept.append((item, posts))
        return tuple(kept)


def asks_nothing(effects: Effects) -> bool:
    """Return whether effects are those of a policy that is off."""
    values = (getattr(effects, f.name) for f in fields(effects))
    return all(value is None or (isinstance(value, tuple) and not value) for value in values)


def leaves(thing: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of every single value in effects, such as ("exchanges[0].send", array)."""
    if is_dataclass(thing):
        for f in fields(thing):
            yield from leaves(getattr(thing, f.name), f"{at}.{f.name}" if at else f.name)
    elif isinstance(thing, tuple):
        yield at, len(thing)
        for k, one in enumerate(thing):
            yield from leaves(one, f"{at}[{k}]")
    else:
        yield at, thing


def digests(effects: Effects) -> dict[str, str]:
    """Return a hash of every single value: equal to the bit, and only then, when two answers are."""
    found = {}
    for name, value in leaves(effects):
        if isinstance(value, np.ndarray):
            content = f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).tobytes()
        else:
            content = f"{type(value).__name__} {value!r}".encode()
        found[name] = hashlib.sha256(content).hexdigest()
    return found


def differs(one: dict[str, str], two: dict[str, str]) -> str:
    """Return the name of the first value in which two answers differ, by their digests; "" if in none."""
    for name in {**one, **two}:
        if one.get(name) != two.get(name):
            return name
    return ""
