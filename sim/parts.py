"""Parts of a region for several threads: counties that follow each other, with their sections and their teachers' rows.

Teachers are sorted by section and schools by county, so a part is one range of each, and parts share no memory: no teacher
moves to another county.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array


@dataclass(frozen=True)
class Part:
    """Ranges [from, to) of a part."""

    county: int
    county_end: int
    section: int
    section_end: int
    row: int  # of teachers
    row_end: int


def county_parts(
    county_start: Array, section_rows: Array, size: int, least: int, county: int = 0, county_end: int | None = None
) -> list[Part]:
    """Return parts of about equal work: about `size` teachers and sections each, but at least `least` parts.

    county_start: (C + 1,) first school of each county; section_rows: (2 S + 1,) first teacher of each section
    county, county_end: only the counties of this range
    """
    end = len(county_start) - 1 if county_end is None else county_end
    section = 2 * county_start[county : end + 1]
    row = section_rows[section]
    work = section + row - (section[0] + row[0])
    number = max(int(work[-1]) // size, least)
    edge = [0, len(section) - 1]
    if number > 1:
        edge[1:1] = np.searchsorted(work, np.arange(1, number) * (int(work[-1]) / number)).tolist()
    return [
        Part(county + a, county + b, int(section[a]), int(section[b]), int(row[a]), int(row[b]))
        for a, b in zip(edge[:-1], edge[1:], strict=True)
    ]
