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


def county_parts(county_start: Array, section_rows: Array, size: int, least: int) -> list[Part]:
    """Return parts of about equal work: about `size` teachers and sections each, but at least `least` parts.

    county_start: (C + 1,) first school of each county; section_rows: (2 S + 1,) first teacher of each section
    """
    sections = int(2 * county_start[-1])
    rows = int(section_rows[sections])
    number = max((sections + rows) // size, least)
    if number == 1:
        return [Part(0, len(county_start) - 1, 0, sections, 0, rows)]
    section = 2 * county_start
    row = section_rows[section]
    edges = np.searchsorted(section + row, np.arange(1, number) * ((sections + rows) / number))
    edge = [0, *edges.tolist(), len(section) - 1]
    return [
        Part(a, b, int(section[a]), int(section[b]), int(row[a]), int(row[b]))
        for a, b in zip(edge[:-1], edge[1:], strict=True)
    ]
