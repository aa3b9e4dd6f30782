"""The areas of a region as a database knows them: codes, Chinese names and pinyin, and the one that a reader means."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from gettext import gettext as tr
from typing import Any

from sqlalchemy import Connection, inspect, select

from results import tables as t
from results.errors import ResultsError, nearest

SUFFIXES = re.compile(r"(?<=.)(自治县|自治州|特区|地区|省|州|县|市|区|zizhixian|zizhizhou|tequ|diqu|xian|shi|qu)$")


@dataclass(frozen=True)
class StoredArea:
    """One area of a region. key: how series name it; code: six digits, 0 = the database does not know it."""

    level: str
    key: str
    code: int
    name_zh: str
    name_en: str

    def __str__(self) -> str:
        shown = self.name_zh if self.name_zh == self.name_en else f"{self.name_zh} {self.name_en}"
        return f"{shown} ({self.code})" if self.code else shown


class AreaTable:
    """The areas of one region; lookups by (level, key), and by what people write."""

    def __init__(self, connection: Connection, region: str) -> None:
        """Read the table `area`; a database of schema 1 has no codes, then those that follow from the keys are used."""
        self.region = region
        columns = [c for c in t.area.c if c.name != "code"]
        if "code" in {c["name"] for c in inspect(connection).get_columns(t.area.name)}:
            columns.append(t.area.c.code)
        query = select(*columns).where(t.area.c.region == region)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        counties = sorted(int(r["area"]) for r in rows if r["level"] == "county" and r["area"].isdecimal())
        self._whole = _of_all(counties)
        found = [
            StoredArea(
                r["level"], r["area"], self._code(r["level"], r["area"], r.get("code")), r["name_zh"], r["name_en"]
            )
            for r in rows
        ]
        order = {"region": 0, "prefecture": 1, "county": 2}
        found.sort(key=lambda area: (order.get(area.level, 3), area.code, area.key))
        self.areas = {(area.level, area.key): area for area in found}

    def code(self, level: str, key: str) -> int:
        """Return the code of an area; a place type has its region's; `NO_CODE` when it is not known."""
        known = self.areas.get((level, key))
        return known.code if known is not None else self._code(level, key, None)

    def name(self, level: str, key: str) -> str:
        """Return the column `area_name`: the Chinese name; the word of a place type; the key when there is no name."""
        known = self.areas.get((level, key))
        return key if level == "place_type" or known is None else known.name_zh

    def prefecture(self, county: StoredArea) -> str:
        """Return the Chinese name of the prefecture that a county lies in, "" when the database does not know its code."""
        code = county.code // 100 * 100
        return next((a.name_zh for a in self.areas.values() if a.level == "prefecture" and a.code == code), "")

    def find(self, text: Any, levels: tuple[str, ...] = ("region", "prefecture", "county", "place_type")) -> StoredArea:
        """Return the one area that a code, Chinese name, pinyin or key means; suffixes (县, Xian) may be left out.

        Raises: ResultsError when several fit, with the candidates, or none does, with the nearest
        """
        found = self.matches(str(text), levels)
        if len(found) == 1:
            return found[0]
        if found:
            shown = "; ".join(self._described(area) for area in found)
            raise ResultsError(
                tr("area {text} fits {number} areas: {areas}. Write the code of the one you mean.").format(
                    text=repr(text), number=len(found), areas=shown
                )
            )
        hint = nearest(str(text), self._ways(levels)) if self.areas else ""
        raise ResultsError(tr("area {text} is not in this database.{hint}").format(text=repr(text), hint=hint))

    def keys_of(self, text: Any) -> list[str]:
        """Return the key of the area that a reader means: see `find`. A database without names takes keys as they are."""
        return [str(text)] if not self.areas else [self.find(text).key]

    def matches(self, text: str, levels: tuple[str, ...]) -> list[StoredArea]:
        """Return the areas that fit best: by key or code, else by whole name, else by name without its suffix."""
        there = [area for area in self.areas.values() if area.level in levels]
        wanted, bare = _plain(text), SUFFIXES.sub("", _plain(text))
        ways = (
            lambda a: text == a.key or (a.level != "place_type" and text == str(a.code)),
            lambda a: wanted in (_plain(a.name_zh), _plain(a.name_en)),
            lambda a: bare in (SUFFIXES.sub("", _plain(name)) for name in (a.name_zh, a.name_en)),
        )
        for way in ways:
            found = [area for area in there if way(area)]
            if found:
                return found
        return []

    def _ways(self, levels: tuple[str, ...]) -> list[str]:
        there = [area for area in self.areas.values() if area.level in levels]
        return list(dict.fromkeys(way for area in there for way in (area.name_zh, area.name_en, str(area.code))))

    def _described(self, area: StoredArea) -> str:
        where = self.prefecture(area) if area.level == "county" else ""
        return f"{area}, {where}" if where else str(area)

    def _code(self, level: str, key: str, stored: int | None) -> int:
        """Return the stored code, or the one that follows: a county's key is its code, the region's begins like it."""
        if stored is not None:
            return int(stored)
        if level == "county" and key.isdecimal():
            return int(key)
        return self._whole if level in ("region", "place_type") else t.NO_CODE


def _of_all(counties: list[int]) -> int:
    """Return the code of the province that all counties lie in, `NO_CODE` when there is no such province."""
    provinces = {code // 10_000 * 10_000 for code in counties}
    return provinces.pop() if len(provinces) == 1 else t.NO_CODE


def _plain(text: str) -> str:
    """Return a name as it is compared: without case, blanks, tones and apostrophes; full-width letters as plain ones."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)).casefold()
    return "".join(letter for letter in letters if letter.isalnum() and not unicodedata.combining(letter))
