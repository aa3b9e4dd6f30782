"""Before the first run: what is checked of region and policies; and beside it, which policies ever ask for something."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from gettext import gettext as tr
from typing import Any

from experiments.engine import Engine
from experiments.scenario import Scenario
from sim.errors import InputError
from sim.numbers import shown, whole

MOST_WORKERS = 1024  # runs at a time


def check_workers(given: Any) -> int:
    """Return the number of runs at a time; InputError for anything but a whole number from 1."""
    count = whole(given)
    if count is None or not 1 <= count <= MOST_WORKERS:
        raise InputError(
            tr("--workers = {workers} must be 1 or more (at most {most}).").format(
                workers=shown(given), most=MOST_WORKERS
            )
        )
    return count


def check_region(engine: Engine, scenario: Scenario) -> None:
    """Raise InputError unless the region is known and the years begin where it is built for."""
    try:
        region = engine.check_region(scenario.region)
    except InputError as error:
        raise InputError(f"{scenario.source}: {error}") from None
    start, (first, last) = getattr(region, "start_year", None), scenario.years
    if start is not None and first != start:
        raise InputError(
            tr(
                "{source}: years = {first}:{last}: {region} is built for {start}, the only first year with data "
                "behind it. Write {start}:{max}."
            ).format(
                source=scenario.source,
                first=first,
                last=last,
                region=scenario.region,
                start=start,
                max=max(last, start),
            )
        )


class Listener:
    """The policies of all arms, looked over before the first run and listened to in every run."""

    def __init__(self, engine: Engine, scenario: Scenario, policies: Mapping[str, Sequence[Any]]) -> None:
        """policies: those of each arm, by its name. Raises: InputError for what no run need be made to find."""
        self.engine, self.scenario = engine, scenario
        years = range(scenario.years[0], scenario.years[1] + 1)
        named = [(arm, number, policy) for arm, several in policies.items() for number, policy in enumerate(several, 1)]
        where = tr("{source}: arm {arm}, policy {number}")
        pairs = [(where.format(source=scenario.source, arm=repr(arm), number=k), policy) for arm, k, policy in named]
        silent = engine.check_policies(pairs, scenario.region, years, scenario.births)
        self.never = [note for note in silent if note]  # a sentence about each that is off in all years
        # whether it asked for something in a run made now
        self.acted = {
            (arm, policy.name): False for (arm, _, policy), note in zip(named, silent, strict=True) if not note
        }

    def listen(self, arm: str, policies: Sequence[Any]) -> list[Any]:
        """Return the policies of one run, each noted when it asks for something."""
        note = self.acted.__setitem__
        return [self.engine.heard(policy, partial(note, (arm, policy.name), True)) for policy in policies]

    def notes(self, arms: Collection[str]) -> list[str]:
        """Return a sentence about each policy that never acted. arms: those of which a run was made now."""
        years = self.scenario.years
        return self.never + [
            tr(
                "{source}: arm {arm}: policy {policy} asked for nothing in any year from {first} to {last}; "
                "look at its dose and its counties."
            ).format(source=self.scenario.source, arm=repr(arm), policy=policy, first=years[0], last=years[1])
            for (arm, policy), acted in self.acted.items()
            if not acted and arm in arms
        ]
