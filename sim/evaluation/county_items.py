"""What a county office knows of the 15 + 9 items, from a CSV file: one row a county, one column a number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.errors import nearest
from sim.evaluation.csvfile import Problems, read_sheet
from sim.evaluation.items import CountyItems
from sim.evaluation.standards import Standards, load_standards

FROM_REGISTER = ("schools_over_size", "sections_over_class_size")


def item_columns(standards: Standards | None = None) -> dict[str, str]:
    """Return the columns that such a file may have, with their units."""
    items = (standards or load_standards()).items
    return {m.field: m.unit for item in items for m in item.measures if m.field not in FROM_REGISTER}


def read_items(path: Path, counties: Sequence[str]) -> CountyItems:
    """Read what is known of the items of the given counties; a county or number that is not there is not known.

    Columns: `county`, and any of `item_columns`; shares are 0 to 1, an empty cell is "not known".
    Raises: InputError as `read_register`, and for a county that the register does not have, a county twice, or a
    share above 1
    """
    units = item_columns()
    sheet = read_sheet(path, ["county"], list(units), "the file of county items")
    problems = Problems(path)
    place = {name: i for i, name in enumerate(counties)}
    first: dict[str, int] = {}
    for line, name in zip(sheet.lines, sheet.cells("county"), strict=True):
        if name not in place:
            problems.add(line, f"county = {name!r} is not in the register.{nearest(name, counties)}")
        elif first.setdefault(name, line) != line:
            problems.add(line, f"county = {name!r} stands in line {first[name]} too, allowed: once. Join the two rows.")
    read = {}
    for field, unit in units.items():
        values = sheet.numbers(field, problems)
        if unit == "share":
            for i in np.flatnonzero(values > 1).tolist():
                problems.add(
                    sheet.lines[i],
                    f"{field} = {sheet.cells(field)[i]}, allowed: a share from 0 to 1. For 95 %, write 0.95.",
                )
        read[field] = values
    problems.raise_any()
    rows = [place[name] for name in sheet.cells("county")]
    known = {field: np.full(len(counties), np.nan) for field in units}
    for field, values in read.items():
        known[field][rows] = values
    return CountyItems(**known)
