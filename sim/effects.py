"""What policies ask of a year. Factors multiply, shifts and money add, caps take the lower: order cannot matter.

A policy returns one `Effects`; `combine` merges those of all policies in the order of their names, so a scenario's order
is never seen, not even in the last bit. An empty `Effects()` is exactly the absence of a policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from gettext import gettext as tr

import numpy as np

from sim.columns import Array
from sim.errors import InputError


@dataclass(frozen=True)
class Range:
    """What a field of effects may hold: low to high, both inside; whole: whole numbers only."""

    low: float
    high: float
    unit: str
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:,.16g} ({self.unit})".replace("to inf", "or more")


# wide enough for any question, narrow enough for a year to end: the reasons are in docs/policies.md
RANGES = {
    "score_shift": Range(-2.0, 2.0, "student SD a year"),
    "leave_factor": Range(0.0, 20.0, "times the hazard of leaving"),
    "posts": Range(0.0, 10_000.0, "posts a county and stage"),
    "salary_items": Range(0.0, 10_000.0, "posts a county and stage"),
    "class_cap": Range(1.0, np.inf, "pupils a class; infinity is no cap"),
    "capital": Range(0.0, 1e11, "yuan a county and year"),
    "costs": Range(0.0, 1e11, "yuan a county and year"),
    "exchange.send": Range(0.0, 1.0, "share of the teachers due"),
    "exchange.into": Range(0.0, 1e6, "weight as a destination"),
    "exchange.link": Range(-1.0, 2.0**31 - 1, "row of a school, -1 = any", whole=True),
    "exchange.backbone_share": Range(0.0, 1.0, "share of those sent"),
    "exchange.due_years": Range(0.0, 60.0, "years", whole=True),
    "exchange.stay_years": Range(1.0, 60.0, "years", whole=True),
    "exchange.yuan_per_teacher": Range(0.0, 1e7, "yuan a teacher"),
    "outside.teachers": Range(0.0, 1000.0, "teachers a section"),
    "outside.total": Range(0.0, 100_000.0, "teachers of one team in the region"),
    "outside.backbone_share": Range(0.0, 1.0, "share of those sent"),
    "outside.yuan_per_teacher": Range(0.0, 1e7, "yuan a teacher"),
    "aid.coverage": Range(0.0, 1.0, "share of poor children"),
    "aid.leakage": Range(0.0, 1.0, "share of other children"),
    "aid.hazard_ratio": Range(0.0, 1.0, "times the hazard of dropping out"),
    "aid.primary_yuan": Range(0.0, 1e6, "yuan a child and year"),
    "aid.junior_yuan": Range(0.0, 1e6, "yuan a child and year"),
}
# how many of each a policy may ask for; teachers from outside are numbered apart for four requests of a year in all
MOST = {"capital": 100, "costs": 100, "salary_items": 100, "exchanges": 16, "outside": 4}
WHO = ("random", "best", "worst")
PAYERS = ("county", "province", "centre")
ITEM_LENGTH = 100  # characters of the name that money is booked under


@dataclass(frozen=True)
class Cost:
    """Money known before the year runs: item (the policy's name), payer (county, province, centre), (C,) yuan."""

    item: str
    payer: str
    yuan: Array


@dataclass(frozen=True)
class Exchange:
    """A request to swap teachers between sections of one county and stage for some years.

    send: (S, 2) share of the teachers due that each section sends this year (fractions of a teacher by a keyed draw)
    into: (S, 2) weight of each section as a destination, 0 = none; a weak school has more
    link: (S,) row of the only school that may send here (a group's lead), -1 = any of the county
    backbone_share: this share of the sent are backbone teachers, from sections that have them to spare
    who: "random", "best" or "worst" by value added among those due
    due_years: years at the school before a teacher is due; stay_years: years until the return
    """

    item: str
    send: Array
    into: Array
    link: Array
    backbone_share: float
    who: str
    due_years: int
    stay_years: int
    yuan_per_teacher: float
    counts_as_rotation: bool = True  # enters the official rotation share (government item 11)


@dataclass(frozen=True)
class Aid:
    """Student aid beyond what the calibrated base holds.

    coverage: share of poor children reached; leakage: share of others reached by mistake; hazard_ratio: multiplies
    the reached child's hazard of dropping out, 1 = no effect; yuan a year by stage
    Raises: InputError for a share or ratio outside 0 to 1 (the drop-out phase skips children whose hazard without aid
    does not reach their draw, so aid can only lower a hazard), and for an amount that is negative or not finite
    """

    item: str
    coverage: float
    leakage: float
    hazard_ratio: float
    primary_yuan: float
    junior_yuan: float

    def __post_init__(self) -> None:
        for name in ("coverage", "leakage", "hazard_ratio"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                unit = "times the hazard of dropping out" if name == "hazard_ratio" else "share of children"
                raise InputError(
                    tr("{item}: Aid.{name} = {value:g} is outside 0 to 1 ({unit}). {advice}").format(
                        item=self.item, name=name, value=value, unit=unit, advice=_ADVICE[name]
                    )
                )
        for name in ("primary_yuan", "junior_yuan"):
            value = getattr(self, name)
            if not 0.0 <= value < np.inf:
                raise InputError(
                    tr("{item}: Aid.{name} = {value:g} must be 0 or more yuan a child and year.").format(
                        item=self.item, name=name, value=value
                    )
                )


_ADVICE = {
    "coverage": "For 90 %, write 0.9.",
    "leakage": "For 2 %, write 0.02.",
    "hazard_ratio": "Aid lowers the hazard: 1 leaves it, 0.7 takes 30 % off.",
}


@dataclass(frozen=True)
class Outside:
    """Teachers sent from outside the county: (S, 2) teachers present this year beyond posts, and their quality."""

    item: str
    teachers: Array
    backbone_share: float
    yuan_per_teacher: float


@dataclass(frozen=True, kw_only=True)
class Effects:
    """All that policies may ask for; None or an empty tuple is absence.

    capital: (C,) yuan this year, earmarked to gaps against the official norms, by (item, payer)
    posts: (C, 2) posts beyond the base, by stage
    class_cap: (S, 2) most pupils a class, where teachers and rooms allow
    leave_factor: (S,) multiplies the teachers' hazard of leaving
    score_shift: (S, 2) student SD per year added to learning
    """

    capital: tuple[Cost, ...] = ()
    posts: Array | None = None
    class_cap: Array | None = None
    leave_factor: Array | None = None
    score_shift: Array | None = None
    exchanges: tuple[Exchange, ...] = ()
    outside: tuple[Outside, ...] = ()
    aid: Aid | None = None
    costs: tuple[Cost, ...] = ()
    salary_items: tuple[tuple[str, Array], ...] = field(default=())  # (item, (C, 2) posts): who pays for added posts

    def shift(self, n_schools: int) -> Array:
        """Return the (S, 2) score shift, zeros when no policy shifts scores."""
        return np.zeros((n_schools, 2)) if self.score_shift is None else self.score_shift


def _merge(values: list[Array], how: np.ufunc) -> Array | None:
    if not values:
        return None
    got = values[0].copy()
    for value in values[1:]:
        got = how(got, value)
    return got


def combine(asked: Iterable[tuple[str, Effects]]) -> Effects:
    """Merge the effects of policies, given as (name, effects), in the order of the names."""
    all_effects = [effects for _, effects in sorted(asked, key=lambda pair: pair[0])]
    aids = [e.aid for e in all_effects if e.aid is not None]
    if len(aids) > 1:
        raise InputError(
            tr("two policies give student aid ({item}, {item_2}): merge them into one policy").format(
                item=aids[0].item, item_2=aids[1].item
            )
        )

    teams = [x.item for e in all_effects for x in e.outside]
    if len(teams) > MOST["outside"]:
        raise InputError(
            tr(
                "the policies send {number} teams of teachers from outside in one year ({items}); at most {most} can be."
            ).format(number=len(teams), items=", ".join(teams), most=MOST["outside"])
        )

    def present(name: str) -> list[Array]:
        return [getattr(e, name) for e in all_effects if getattr(e, name) is not None]

    return Effects(
        capital=tuple(c for e in all_effects for c in e.capital),
        posts=_merge(present("posts"), np.add),
        class_cap=_merge(present("class_cap"), np.minimum),
        leave_factor=_merge(present("leave_factor"), np.multiply),
        score_shift=_merge(present("score_shift"), np.add),
        exchanges=tuple(x for e in all_effects for x in e.exchanges),
        outside=tuple(x for e in all_effects for x in e.outside),
        aid=aids[0] if aids else None,
        costs=tuple(c for e in all_effects for c in e.costs),
        salary_items=tuple(x for e in all_effects for x in e.salary_items),
    )
