"""Counties run alone come to what they come to in the run of their whole region: two prefectures of each, plan arm.

The prefectures were chosen before any result was looked at: the two largest of Guizhou, and two large ones of Xinjiang.
"""

from __future__ import annotations

import numpy as np
import pytest

from experiments.observe import Observer
from experiments.scenario import load_scenario
from policies.registry import make_policy
from sim.area_names import codes_of_counties
from sim.cut import cut_to
from sim.start import build
from sim.step import simulate

PREFECTURES = {"guizhou": ("毕节市", "遵义市"), "xinjiang": ("喀什地区", "伊犁州")}
LOOKED_AT = (2030, 2035)
FEW_SEATS = 2e-5  # of the pupils: late in the plan a handful of seats is short in a million


class Look:
    """Takes down some counties in the years that are compared."""

    def __init__(self, codes=None):
        self.codes, self.rows, self.certified = codes, {}, {}

    def __call__(self, world):
        if world.year not in LOOKED_AT:
            return
        here = world if self.codes is None else cut_to(world, np.isin(world.counties.code, self.codes))
        observer = Observer()
        observer(here)
        self.rows[world.year] = observer.region_row(world.year)
        self.certified[world.year] = set(here.counties.code[here.certified > 0].tolist())


@pytest.fixture(scope="module", params=sorted(PREFECTURES))
def region(request):
    """A region's plan arm, run whole, as each of its two prefectures sees it."""
    scenario = load_scenario(request.param)
    policies = [make_policy(dict(record)) for record in scenario.arm("plan").policies]
    looks = {name: Look(codes_of_counties(name, request.param)) for name in PREFECTURES[request.param]}
    years = range(2024, LOOKED_AT[-1] + 1)
    simulate(build(request.param), policies, years, observe=lambda w: [look(w) for look in looks.values()], keep=False)
    return request.param, policies, years, looks


@pytest.mark.long
@pytest.mark.parametrize("which", [0, 1])
def test_a_prefecture_alone_is_the_prefecture_of_the_whole_run(region, which):
    name, policies, years, looks = region
    prefecture = PREFECTURES[name][which]
    alone, whole = Look(), looks[prefecture]
    simulate(build(name, only=prefecture), policies, years, observe=alone, keep=False)
    for year in LOOKED_AT:
        one, other = alone.rows[year], whole.rows[year]
        print(
            f"{prefecture} {year}: pupils {one['pupils'] / other['pupils'] - 1:+.4%}, "
            f"mean {one['score_mean'] - other['score_mean']:+.4f}, "
            f"gap {one['gap.urban_rural'] - other['gap.urban_rural']:+.4f}, "
            f"seats short {one['seats_short']:.0f} for {other['seats_short']:.0f}, "
            f"cost {one['cost'] / other['cost'] - 1:+.2%}, "
            f"certified {len(alone.certified[year])} for {len(whole.certified[year])}"
        )
        assert one["pupils"] == pytest.approx(other["pupils"], rel=0.01)
        for measure in ("score_mean", "gap.urban_rural"):
            assert one[measure] == pytest.approx(other[measure], abs=0.01), (year, measure)
        few = FEW_SEATS * other["pupils"]
        assert one["seats_short"] == pytest.approx(other["seats_short"], rel=0.05, abs=few), year
        assert one["cost"] == pytest.approx(other["cost"], rel=0.05), year
        assert len(alone.certified[year] ^ whole.certified[year]) <= 1, year
