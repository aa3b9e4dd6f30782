"""The counties that a scenario is limited to: read, named, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.area_names import area_names, codes_of_counties, cover


def check_only(given: Any, region: str, what: str) -> tuple[int, ...]:
    """Return the codes of the prefectures and counties that a scenario is limited to; none for the whole region.

    Each county counts once: a prefecture all of whose counties are named is the prefecture, so that two ways to say the
    same are one run. Raises: InputError for an unknown or ambiguous name
    """
    return tuple(area.code for area in cover(codes_of_counties(given, region, what), region))


def told_only(only: Sequence[int], region: str) -> dict[str, Any] | None:
    """Return which counties are run, as content of the run's record; None for the whole region.

    Keys: areas [{code, name, name_en}], counties (how many are run), of (how many the region has)
    """
    if not only:
        return None
    names = area_names(region)
    areas = [names.find(code) for code in only]
    return {
        "areas": [{"code": area.code, "name": area.name, "name_en": area.name_en} for area in areas],
        "counties": len(codes_of_counties(list(only), region)),
        "of": len(names.of_level("county")),
    }
