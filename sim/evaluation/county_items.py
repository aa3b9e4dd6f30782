"""What a county office knows of the 15 + 9 items, from a workbook or CSV file: one row a county, one column a number."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.columns import Array
from sim.errors import InputError
from sim.evaluation.collect import Collected, NumberColumn, collect
from sim.evaluation.headings import Heading, register_heading
from sim.evaluation.items import CountyItems
from sim.evaluation.numbers import BLANK, what_is_wrong
from sim.evaluation.plan import labelled
from sim.evaluation.problems import ECHOES_LIMIT, Problems
from sim.evaluation.sources import open_table
from sim.evaluation.standards import Standards, load_standards
from sim.evaluation.vocabulary import PLAIN, SHARE, plain
from sim.evaluation.words import speaking, tr
from sim.names import name_key, shown

FROM_REGISTER = ("schools_over_size", "sections_over_class_size")
HINTS = 5  # unknown counties for which the nearest known one is looked up


def item_columns(standards: Standards | None = None) -> dict[str, str]:
    """Return the columns that such a file may have, with their units."""
    items = (standards or load_standards()).items
    return {m.field: m.unit for item in items for m in item.measures if m.field not in FROM_REGISTER}


def read_items(path: Path, counties: Sequence[str], lang: str | None = None) -> CountyItems:
    """Read what is known of the items of the given counties; a county or number that is not there is not known.

    Columns: `county`, and any of `item_columns` by key or Chinese name; shares are 0 to 1 or in per cent, an empty cell
    is "not known". Counties are compared as `sim.names.name_key` does.
    Raises: InputError as `read_register`, and for a county that the register does not have, a county twice, or a
    share above 1
    """
    with speaking(lang):
        return _read(Path(path), counties)


def _heading(column: int, parts: Sequence[str]) -> Heading:
    """Understand a heading: the county, or a measure by its key or Chinese name."""
    text = " / ".join(p for p in parts if p)
    word = plain(parts[-1]) if parts else ""
    for item in load_standards().items:
        for m in item.measures:
            if m.field not in FROM_REGISTER and word in (m.field, plain(m.label_zh)):
                return Heading(column, text, m.field, "", m.unit, 0, rank=-1)
    found = register_heading({})(column, parts)
    if found.concept == "county":
        return found
    return Heading(column, text, reason=tr("not understood") if text else tr("no heading"))


def _read(path: Path, counties: Sequence[str]) -> CountyItems:
    what = tr("the county items")
    table = open_table(path, _heading, what, least=1)
    used = table.layout.used
    county = [h for h in used if h.concept == "county"]
    if len(county) != 1:
        raise InputError(
            tr("{path}: {n} columns of counties (county or 县区), allowed: one.").format(path=path, n=len(county))
        )
    fields = [h for h in used if h.concept != "county"]
    unknown = [h for h in table.layout.unused if plain(h.text) not in ("备注", "remarks", "note", "notes")]
    twice = [h for i, h in enumerate(fields) if h.concept in {other.concept for other in fields[:i]}]
    if unknown or twice:
        raise InputError(_unknown(path, unknown, twice))
    units = item_columns()
    numbers = [NumberColumn(h.column, SHARE if units[h.concept] == "share" else PLAIN, 0, False) for h in fields]
    found = collect(table, {"county": county[0]}, numbers)
    problems = Problems(table)
    rows = _places(found, counties, county[0], problems)
    for h in fields:
        _check(found, h, units[h.concept], problems)
    problems.raise_any()
    known = {field: np.full(len(counties), np.nan) for field in units}
    for h in fields:
        known[h.concept][rows] = found.values[h.column]
    return CountyItems(**known)


def _unknown(path: Path, unknown: list[Heading], twice: list[Heading]) -> str:
    lines = []
    for h in unknown[:HINTS]:
        close = difflib.get_close_matches(h.text[:60], list(item_columns()), n=1, cutoff=0.5)
        line = tr("unknown column '{name}'.").format(name=shown(h.text))
        lines.append(line + (tr(" Did you mean '{name}'?").format(name=close[0]) if close else ""))
    lines += [
        tr("column '{name}' stands there more than once, allowed: once. Remove one.").format(name=shown(h.text))
        for h in twice
    ]
    return f"{path}: " + " ".join(lines) + tr(" Allowed: {names}.").format(names=", ".join(["county", *item_columns()]))


def _places(found: Collected, counties: Sequence[str], heading: Heading, problems: Problems) -> Array:
    """Return the county of each row, noting those that are not in the register or stand there twice."""
    place = {name_key(name): i for i, name in enumerate(counties)}
    cells = found.texts["county"]
    at = np.array([place.get(name_key(c), -1) for c in cells], int)
    label = labelled("county", heading)
    wrong = np.flatnonzero(at < 0)
    hints = []
    for cell in list(dict.fromkeys(cells[i] for i in wrong[:1000].tolist()))[:HINTS]:
        close = difflib.get_close_matches(cell[:60], list(counties)[:3000], n=1, cutoff=0.5)
        if close:
            hints.append(tr("'{a}' may be '{b}'.").format(a=shown(cell, 20), b=shown(close[0], 20)))
    problems.add(
        label,
        tr("not a county of the register"),
        " ".join([*hints, tr("Write a county as the register does.")]),
        found.rows[wrong],
        [cells[i] for i in wrong[:ECHOES_LIMIT].tolist()],
        (heading.column,),
    )
    seen: dict[int, int] = {}
    again = [i for i, county in enumerate(at.tolist()) if county >= 0 and seen.setdefault(county, i) != i]
    problems.add(
        label,
        tr("a county that stands there twice"),
        tr("Join the two rows."),
        found.rows[again],
        [cells[i] for i in again[:ECHOES_LIMIT]],
        (heading.column,),
    )
    return at


def _check(found: Collected, h: Heading, unit: str, problems: Problems) -> None:
    codes = found.codes[h.column]
    for code in np.unique(codes[codes > BLANK]).tolist():
        what, todo = what_is_wrong(code, SHARE if unit == "share" else PLAIN)
        echoes = found.echoes.get((h.column, code), [])
        problems.add(labelled(h.concept, h), what, todo, found.rows[codes == code], echoes, (h.column,))
    if unit == "share":
        values = found.values[h.column]
        above = np.flatnonzero(values > 1)
        problems.add(
            labelled(h.concept, h),
            tr("not a share from 0 to 1"),
            tr("For 95 % write 0.95 or 95%."),
            found.rows[above],
            [f"{values[i]:g}" for i in above[:ECHOES_LIMIT].tolist()],
            (h.column,),
        )
