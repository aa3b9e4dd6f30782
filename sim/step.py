"""One school year, and many. The order of the phases is data: change it on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from gettext import gettext as tr
from typing import Any, Protocol

from sim.ahead import look_ahead
from sim.compile import beside as other_thread
from sim.effects import Effects, combine
from sim.errors import InputError
from sim.numbers import listed, shown, whole
from sim.phases.admission import admission
from sim.phases.county_plan import county_plan
from sim.phases.equip import equip
from sim.phases.households import households
from sim.phases.inspection import inspect_world
from sim.phases.staff import staff
from sim.phases.stay_or_leave import stay_or_leave
from sim.phases.teach import teach
from sim.streams import Streams
from sim.world import World

Phase = Callable[[World, Effects, Streams, int], None]
PHASES: tuple[tuple[str, Phase], ...] = (
    ("households", households),
    ("county_plan", county_plan),
    ("admission", admission),
    ("staff", staff),
    ("equip", equip),
    ("teach", teach),
    ("stay_or_leave", stay_or_leave),
    ("inspect", inspect_world),
)


class ActsOnYear(Protocol):
    """What the step asks of a policy."""

    name: str

    def effects(self, see: World, year: int) -> Effects:
        """Return what the policy asks of this year."""


def ask(world: World, policies: Sequence[ActsOnYear], year: int) -> Effects:
    """Ask every policy for the year's effects on a read-only view and combine them."""
    see = world.read_only()
    return combine((policy.name, policy.effects(see, year)) for policy in policies)


def step(world: World, policies: Sequence[ActsOnYear], year: int, more: bool = False) -> Effects:
    """Run one school year in place; return the effects that were applied.

    more: another year follows at once, and nobody changes the world in between: its luck is drawn while this one is
    inspected on one thread
    Raises: BrokenInvariant naming the phase when an invariant breaks.
    """
    world.open_year(year)
    look_ahead(world, year)
    effects = ask(world, policies, year)
    for name, phase in PHASES:
        if more and phase is inspect_world:
            look_ahead(world, year + 1)
        phase(world, effects, world.streams, year)
        world.check(after=name)
    return effects


def simulate(
    world: World,
    policies: Sequence[ActsOnYear],
    years: Iterable[int],
    seed: int | None = None,
    observe: Callable[[World], Any] | None = None,
    threads: int | None = None,
    keep: bool = True,
    beside: bool = False,
) -> World:
    """Run years of a copy of `world` under policies and return it; `observe(world)` is called after every year.

    keep: False steps the world itself, which saves the memory of a copy.
    beside: True observes each year on a thread of its own while the next year runs, where there are threads; it is then
    given what the year left without its children and teachers (`World.finding`), as it always is where only some
    counties are run: then of these alone.
    years must start at the world's first year. seed: must be the seed of the world when given.
    Raises: InputError for years that do not follow each other from the world's first year, or another seed; what observe
    raises, a year later when beside.
    """
    given = listed(years) or []
    span = [year for year in map(whole, given) if year is not None]
    if not span or len(span) < len(given) or span != list(range(world.first_year, world.first_year + len(span))):
        raise InputError(
            tr("years = {given}: they must run one by one from {first}, such as range({first}, {last}).").format(
                given=shown(given or years), first=world.first_year, last=world.first_year + 3
            )
        )
    if seed is not None and seed != world.seed:
        raise InputError(
            tr("seed = {seed}: this world was built for seed {built}.").format(seed=shown(seed), built=world.seed)
        )
    now = world.copy(threads) if keep else world
    observing: Future[Any] | None = None
    for year in span:
        step(now, policies, year, more=year != span[-1])
        if observing is not None:
            observing.result()
        if observe is None:
            continue
        if beside and now.threads > 1:
            observing = other_thread("observe").submit(observe, now.finding())
        else:
            observe(now if now.outside is None else now.finding())
    if observing is not None:
        observing.result()
    return now
