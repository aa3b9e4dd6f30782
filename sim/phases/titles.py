"""Part of phase 4: the county places its backbone and its PE and art teachers where schools lack them (县管校聘).

A section that lacks them swaps an ordinary teacher for good against one from the county's section with most to spare in the
same stage. Each year a county gets round to a share of the sections that lack; in the run-up to its application to all.
"""

from __future__ import annotations

import numpy as np

from sim.columns import Array
from sim.compile import each, kernel
from sim.phases.exchange import best_teacher
from sim.streams import Streams
from sim.world import World


@kernel
def balance(
    section, has, other, weight, years, home, kind, newest, rows, sections_of, bounds, need, have, chosen, left
):
    """Swap teachers with a trait (`has`) into chosen sections that lack them; `have` is kept up to date."""
    for g in range(bounds.size - 1):
        for j in range(bounds[g], bounds[g + 1]):
            sec = sections_of[j]
            if not chosen[sec]:
                continue
            while have[sec] < need[sec]:
                donor = -1
                for k in range(bounds[g], bounds[g + 1]):
                    d = sections_of[k]
                    spare = have[d] - need[d]
                    if spare >= 1.0 and (donor < 0 or spare > have[donor] - need[donor]):
                        donor = d
                if donor < 0:
                    break
                gives = best_teacher(section, years, kind, home, has, other, newest, rows, donor, 1, 1, -1)
                if gives < 0:
                    break
                same = 1 if other[gives] else 0  # where it can be: the other trait is not to move along
                takes = best_teacher(section, years, kind, home, has, other, newest, rows, sec, 1, 0, same)
                if takes < 0:
                    takes = best_teacher(section, years, kind, home, has, other, newest, rows, sec, 1, 0, -1)
                if takes < 0:
                    break
                section[gives], section[takes] = sec, donor
                years[gives], years[takes] = 0, 0
                have[donor] -= weight[gives]
                have[sec] += weight[gives]
                left[donor] += weight[gives]
                left[sec] += weight[takes]


def place_titles(world: World, streams: Streams, year: int, left: Array) -> None:
    """Balance backbone teachers, then PE and art teachers. left: (2 S,) teachers who left a section, added to."""
    t, pupils = world.teachers, world.schools.pupils
    traits = (("backbone", t.backbone, t.pe_art), ("pe_art", t.pe_art, t.backbone))
    for k, (name, has, other) in enumerate(traits):
        need = np.ceil(world.teacher_norms()[:, k] * pupils / 100).ravel()
        have = world.teacher_counts()[2 + k].ravel().copy()  # anew: who moved for one title may hold the other
        u = streams.uniform(f"place_{name}", year, np.arange(len(need)))
        chosen = (u < world.deploy_speed()[world.group_of_section >> 1]) & (have < need)
        newest = t.years_here.astype(np.float32)

        def one(part: int, has=has, other=other, newest=newest, need=need, have=have, chosen=chosen) -> None:  # type: ignore[no-untyped-def]
            balance(
                t.section, has, other, t.weight, t.years_here, t.home_section, t.kind, newest, world.section_rows,
                world.sections_by_group, world.group_part(part), need, have, chosen, left,
            )  # fmt: skip

        each(world.parts, one, world.threads)
