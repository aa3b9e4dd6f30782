"""Areas by name, pinyin or code: what a user means, among the areas that a database holds."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.areas import AreaTable, StoredArea
    from results.store import Store

LEVELS = ("region", "prefecture", "county")


def stored_areas(
    store: Store, facts: dict[str, Any], texts: Sequence[str] | str, levels: Sequence[str] = (), where: str = "--area"
) -> list[StoredArea]:
    """Return the areas of an experiment that a user means, each once, in the order given.

    facts: the experiment's record (`Store.experiments`); texts: names in Chinese, pinyin or English, codes, place types
    levels: which areas are asked for, empty = all; where: what a message begins with
    Raises: InputError or ResultsError: nothing fits (the nearest are named), several do (they are listed), or the
        experiment does not hold the area
    """
    from sim.area_names import split

    table = store.area_table(facts["spec"].get("region", ""))
    return list(dict.fromkeys(_stored(table, facts, text, tuple(levels), where, store.where) for text in split(texts)))


def _stored(
    table: AreaTable, facts: dict[str, Any], text: Any, levels: tuple[str, ...], where: str, db: str
) -> StoredArea:
    """Return the one stored area that a text means: by the names of the built-in region, else by those stored."""
    from sim.area_names import area_names
    from sim.errors import InputError
    from sim.facts import region_names

    place = table.areas.get(("place_type", str(text).strip()))
    if place is not None and (not levels or "place_type" in levels):
        return place
    if table.region not in region_names():
        return table.find(text, levels or (*LEVELS, "place_type"))
    asked = tuple(level for level in levels if level in LEVELS) or LEVELS
    try:
        found = area_names(table.region).find(text, asked, where)
    except InputError:
        here = table.matches(str(text), asked)  # a database of another version may know other areas
        if len(here) != 1:
            raise
        return here[0]
    stored = table.areas.get((found.level, found.key))
    if stored is None:
        raise not_held(facts, found, where, db)
    return stored


def not_held(facts: dict[str, Any], area: Any, where: str, db: str) -> Exception:
    """Return the error for an area of the region that the experiment did not run, with the command that does."""
    from junheng.layout import at, command, named
    from results.errors import ResultsError

    return ResultsError(
        tr(
            "{where}: experiment {id} ({scenario}) does not hold {area}: it ran other counties of {region}. Next: "
            "{command}"
        ).format(
            where=where, id=facts["id"], scenario=facts["scenario"], area=area, region=facts["spec"].get("region", ""),
            command=command("run", named(facts["scenario"]), "--only", getattr(area, "name", None) or area.name_zh, *at(db)),
        )
    )  # fmt: skip
