"""More money never makes a resource scarcer: on the same draws, with everything else the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from policies.registry import make_policy
from sim.start import Land, build
from sim.step import simulate
from sim.tables import PHYSICAL
from sim.world import World
from tests.small_worlds import GROWING, LEISHAN, OASES, SHIBING, small_land

LANDS = {"guizhou": (LEISHAN, SHIBING), "xinjiang": OASES, "growing": GROWING}


def with_budget(name: str, times: float, policies: list[Any], years: int) -> list[World]:
    """Return the world after each year when the region spends `times` its education budget."""
    land = small_land("xinjiang" if name == "growing" else name, *LANDS[name])
    region = replace(land.region, education_spending=land.region.education_spending * times)
    rich = Land(region, land.places, land.schools, land.county_start)
    world, seen = build(region.name, seed=1, sample=0.2, threads=1, land=rich), []
    simulate(world, policies, range(2024, 2024 + years), observe=lambda w: seen.append(w.copy()))
    return seen


def lower(poor: list[World], rich: list[World], tolerance: float = 1e-9) -> list[str]:
    """Return where the region has less of a resource, by more than a tolerated share, in spite of more money."""
    found = []
    for a, b in zip(poor, rich, strict=True):
        one, two = a.schools.stock.sum(0), b.schools.stock.sum(0)
        found += [f"{PHYSICAL[k]} {a.year}: {one[k]} > {two[k]}" for k in range(4) if two[k] < one[k] * (1 - tolerance)]
    return found


@pytest.mark.parametrize("name", sorted(LANDS))
def test_twice_the_budget_never_lowers_a_resource_of_any_school_in_the_first_year(name: str) -> None:
    poor, rich = (with_budget(name, times, [], 1)[0] for times in (1.0, 2.0))
    assert (rich.schools.stock >= poor.schools.stock * (1 - 1e-12)).all()
    assert (rich.schools.stock > poor.schools.stock * (1 + 1e-9)).any()
    assert (rich.schools.seats_coming >= poor.schools.seats_coming).all()


@pytest.mark.parametrize("name", sorted(LANDS))
@pytest.mark.parametrize("times", [1.25, 2.0, 4.0])
def test_a_larger_budget_never_lowers_a_resource_of_the_region_over_the_years(name: str, times: float) -> None:
    assert lower(with_budget(name, 1.0, [], 6), with_budget(name, times, [], 6)) == []


@pytest.mark.parametrize("name", sorted(LANDS))
@pytest.mark.parametrize(("yuan", "more"), [(400.0, 800.0), (760.0, 1520.0)])
def test_a_larger_programme_never_lowers_a_resource(name: str, yuan: float, more: float) -> None:
    """In its first year of no school. Later a county that has reached the limit of a coefficient stops lifting its weak
    schools, so one with a smaller programme, still lifting them, can overtake it by a little: by less than 1 %."""

    def grant(per_pupil: float) -> list[Any]:
        return [make_policy({"name": "standardisation", "start": 2024, "yuan_per_pupil": per_pupil})]

    small, large = (with_budget(name, 1.0, grant(x), 6) for x in (yuan, more))
    assert (large[0].schools.stock >= small[0].schools.stock * (1 - 1e-12)).all()
    assert lower(small, large, tolerance=0.01) == []
