"""What every policy is: named, dated, phased in, for some counties or all, with checked parameters; it reads and asks.

A policy never changes the world. `effects(see, year)` reads a read-only world and returns `sim.effects.Effects`; the
phases of the year apply them. A policy that is off (before its start, after its end, a dose of zero, no eligible
county) returns exactly `Effects()`, which is its absence to the bit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from policies.guard import guarded
from policies.parameters import Spec, checked, param, specs
from sim.columns import Array
from sim.effects import Cost, Effects
from sim.errors import InputError, nearest

if TYPE_CHECKING:
    from sim.world import World

__all__ = ["Policy", "param"]
NO_END = 2100
AREAS = (
    "codes, names or pinyin of counties or prefectures"  # the unit of parameters that name some: looked up before a run
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Base of all policies: a frozen dataclass whose fields are parameters declared with `param`.

    Class attributes: name (snake_case), title_en and title_zh, family (as in the catalogue of plan measures), mechanism
    and mechanism_zh (how it acts), evidence_for and evidence_against (ids of rows in policies/data/evidence.csv), acts_on
    (what of the official evaluation it is made to move: items such as "government.11", indicators such as "sports_area";
    an item that no policy of an arm acts on and no county passes is said to be decided by how the arm is made).
    Raises: InputError for a value outside its range or of the wrong type
    """

    name: ClassVar[str] = ""
    title_en: ClassVar[str] = ""
    title_zh: ClassVar[str] = ""
    family: ClassVar[str] = "own"
    mechanism: ClassVar[str] = ""
    mechanism_zh: ClassVar[str] = ""
    evidence_for: ClassVar[tuple[str, ...]] = ()
    evidence_against: ClassVar[tuple[str, ...]] = ()
    acts_on: ClassVar[tuple[str, ...]] = ()

    start: int = param(
        2025,
        unit="calendar year",
        low=2000,
        high=NO_END,
        source="scenario",
        confidence="scenario",
        doc="first school year in force",
        doc_zh="开始实施的学年",
    )
    phase_in: int = param(
        1,
        unit="years",
        low=1,
        high=20,
        source="scenario",
        confidence="scenario",
        doc="years until the full dose, in equal steps; 1 = at once",
        doc_zh="逐年等步到位的年数，1为一次到位",
    )
    end: int = param(
        NO_END,
        unit="calendar year",
        low=2000,
        high=NO_END,
        source="scenario",
        confidence="scenario",
        doc=f"last school year in force; {NO_END} = no end",
        doc_zh="最后实施的学年，2100为长期",
    )
    counties: tuple[Any, ...] = param(
        (),
        unit=AREAS,
        source="scenario",
        confidence="scenario",
        doc="where it applies; empty = everywhere",
        doc_zh="适用县（代码或名称）或地州市，空为全部",
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Put the guard around the class's own `effects`."""
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("effects")
        if own is not None and not getattr(own, "guarded", False):
            cls.effects = guarded(own)  # type: ignore[assignment, method-assign]

    def __post_init__(self) -> None:
        """Check every parameter; keep whole numbers as floats and lists as tuples where that is their type."""
        for name, (f, spec) in self.parameters().items():
            object.__setattr__(self, name, checked(self.name, name, getattr(self, name), f.default, spec))
        if self.end < self.start:
            raise InputError(
                tr("{name}: end = {end} is before start = {start}. Give a later year.").format(
                    name=self.name, end=self.end, start=self.start
                )
            )

    @classmethod
    def parameters(cls) -> dict[str, tuple[Any, Spec]]:
        """Return the parameters by name: dataclass field and specification, those of the policy itself first."""
        found, common = specs(cls), specs(Policy)
        return {k: v for k, v in found.items() if k not in common} | {k: v for k, v in found.items() if k in common}

    def ramp(self, year: int) -> float:
        """Return the share of the full dose in a year: 0 before the start and after the end, linear over `phase_in`."""
        if not self.start <= year <= self.end:
            return 0.0
        return min(1.0, (year - self.start + 1) / self.phase_in)

    def acts(self, year: int) -> bool:
        """Return whether `effects` is asked in a year at all."""
        return self.ramp(year) > 0.0

    def eligible(self, see: World) -> Array:
        """Return (C,) bool of the counties where the policy applies; InputError names the nearest of an unknown one."""
        if not self.counties:
            return np.ones(len(see.counties), np.bool_)
        return counties_named(f"{self.name}: counties", self.counties, see)

    def effects(self, see: World, year: int) -> Effects:
        """Return what the policy asks of a year. see: the world as it ended last year, read-only."""
        raise NotImplementedError(tr("{kind} has no effects(self, see, year)").format(kind=type(self).__name__))

    def drawn(self, number: int, keep: Iterable[str] = ()) -> Any:
        """Return this policy with its uncertain effects drawn from their priors: the same draw in every arm.

        number: the draw, 0 = the values as they are; keep: parameters that the scenario has set
        """
        from sim.params import Prior, keyed_unit

        held: set[str] = set(keep)
        new: dict[str, Any] = {}
        for name, (_, spec) in self.parameters().items():
            if number and spec.prior != "fixed" and name not in held:
                assert spec.low is not None and spec.high is not None
                prior = Prior(name, getattr(self, name), spec.low, spec.high, spec.prior, spec.unit, "", "", "", "")
                new[name] = prior.at(keyed_unit(number, f"{self.name}.{name}"))
        return replace(self, **new) if new else self

    def cost(self, payer: str, yuan: Array) -> Cost:
        """Return money of this policy: payer county, province or centre; (C,) yuan of the base year."""
        return Cost(self.name, payer, np.asarray(yuan, np.float64))

    def shared_cost(self, yuan: Array, centre: float, province: float) -> tuple[Cost, ...]:
        """Return (C,) yuan split among centre, province and, for the rest, the counties themselves.

        Raises: InputError when the shares of centre and province are more than the whole
        """
        county = 1.0 - centre - province
        if county < -1e-9:
            raise InputError(
                tr("{name}: centre_share {centre:g} and province_share {province:g} are more than 1 together.").format(
                    name=self.name, centre=centre, province=province
                )
            )
        shares = (("centre", centre), ("province", province), ("county", max(county, 0.0)))
        return tuple(self.cost(payer, share * yuan) for payer, share in shares if share > 1e-9)


def counties_named(where: str, wanted: Iterable[Any], see: World) -> Array:
    """Return (C,) bool of counties by code, name or pinyin of a county or prefecture; InputError names the nearest.

    An area outside the counties that are run (`only`) is known and has no county here.
    """
    from sim.area_names import find_all

    table = see.counties
    chosen = np.zeros(len(table), np.bool_)
    for area in find_all(wanted, see.region.name, ("prefecture", "county"), where):
        chosen |= (table.prefecture == area.name) if area.level == "prefecture" else (table.code == area.code)
    return chosen


def unknown_key(policy: str, key: str, known: Iterable[str]) -> InputError:
    """Return the error for a key that the policy does not have."""
    return InputError(
        tr("{policy}: unknown parameter {key!r}.{nearest}").format(policy=policy, key=key, nearest=nearest(key, known))
    )
