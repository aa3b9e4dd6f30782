"""The areas of a region by name, pinyin or code: province, prefectures and counties, and finding what a user means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from gettext import gettext as tr
from typing import Any
from unicodedata import combining, normalize

from sim.errors import InputError
from sim.facts import DATA, read_counties, read_rows, region_titles

LEVELS = ("region", "prefecture", "county")
NEAREST = 3  # areas that a message proposes
SHOWN = 60  # characters of a user's text that a message repeats
# suffixes of Chinese names, longest first, with their pinyin and the English word
SUFFIXES = (
    ("维吾尔自治区", "weiwuerzizhiqu", "autonomousregion"),
    ("自治县", "zizhixian", "autonomouscounty"),
    ("自治州", "zizhizhou", "autonomousprefecture"),
    ("特区", "tequ", "specialdistrict"),
    ("地区", "diqu", "prefecture"),
    ("省", "sheng", "province"),
    ("州", "zhou", "prefecture"),
    ("县", "xian", "county"),
    ("市", "shi", "city"),
    ("区", "qu", "district"),
)
# peoples in the names of autonomous counties and prefectures: 道真仡佬族苗族自治县 is 道真, 道真县 or 道真自治县 to people
PEOPLES = re.compile(
    "(?:(?:仡佬|土家|布依|苗|彝|回|侗|水|壮|瑶|藏|白|满|羌|畲|黎)族|(?:哈萨克|蒙古|锡伯|塔吉克|柯尔克孜)族?)+$"
)


@dataclass(frozen=True)
class Area:
    """One area. level: region, prefecture or county; code: six digits, of the census day 2020 for counties.

    name: Chinese; pinyin: without tones, with its suffix, such as "Zhijin Xian"; name_en: what English texts say;
    prefecture: Chinese name of the prefecture that a county lies in, "" for the others; key: how results name it
    ("all", the prefecture's name, or the county's code as text).
    """

    level: str
    code: int
    name: str
    pinyin: str
    name_en: str
    prefecture: str
    key: str

    def __str__(self) -> str:
        where = f", {self.prefecture}" if self.prefecture else ""
        return f"{self.code} {self.name} ({self.pinyin}{where})"


class AreaNames:
    """The areas of one region, and every way to write each of them."""

    def __init__(self, region: str) -> None:
        """Read a built-in region's areas; InputError names the nearest when the region is unknown."""
        self.region = region
        self.areas: tuple[Area, ...] = ()
        self._full: dict[str, list[Area]] = {}  # codes and whole names
        self._short: dict[str, list[Area]] = {}  # names without their suffix, other names in use
        self._without_data: dict[str, str] = {}
        titles = region_titles(region)
        rows, young = read_counties(region)
        found = [_region(titles, rows)]
        found += [_prefecture(row) for row in _prefectures(rows)]
        found += [_county(row) for row in rows]
        self.areas = tuple(found)
        also = {row["name"]: row["also"].split(";") for row in _prefectures(rows)}
        current = {int(row["code"]): row for row in rows}
        for area in self.areas:
            row = current.get(area.code) if area.level == "county" else None
            self._enter(area, also.get(area.name, []), row)
        for row in young:
            for text in (row["code_current"], row["name"], row["pinyin"]):
                self._without_data[normal(text)] = row["name"]

    def of_level(self, *levels: str) -> list[Area]:
        """Return the areas of some levels, in the order of their codes; the region first."""
        return [area for area in self.areas if area.level in levels]

    def find(self, text: Any, levels: Sequence[str] = LEVELS, where: str = "area") -> Area:
        """Return the one area that a text or number means.

        text: Chinese name, pinyin (tones, blanks, case do not count) or English name, with or without its suffix
        (县, 市, 区, Xian, Shi, Qu, County, ...), or a code (text or whole number; a prefecture's first four digits do)
        levels: which areas are asked for; where: what the message begins with, such as "--only"
        Raises: InputError when nothing fits, naming the nearest, or when several do, listing them
        """
        wanted = normal(_text(text, where))
        for index in (self._full, self._short):
            found = [area for area in index.get(wanted, ()) if area.level in levels]
            if len(found) == 1:
                return found[0]
            if found:
                raise InputError(
                    tr("{where}: {text} fits {number} areas: {areas}. Write the code of the one you mean.").format(
                        where=where, text=_shown(text), number=len(found), areas="; ".join(map(str, found))
                    )
                )
        raise InputError(self._unknown(text, wanted, levels, where))

    def _unknown(self, text: Any, wanted: str, levels: Sequence[str], where: str) -> str:
        """Return the message for a text that is no area asked for."""
        if wanted in self._without_data:
            return tr(
                "{where}: {name} was founded after the census of 2020, which counts its people in other counties: it has"
                " no figures of its own. Choose another county."
            ).format(where=where, name=self._without_data[wanted])
        other = [area for index in (self._full, self._short) for area in index.get(wanted, ())]
        if other:
            return tr("{where}: {area} is of the level {level}; asked for is: {levels}.").format(
                where=where, area=other[0], level=other[0].level, levels=", ".join(levels)
            )
        near = self._nearest(wanted, levels)
        if near:
            return tr("{where}: {text} is no area of {region}. The nearest are: {areas}.").format(
                where=where, text=_shown(text), region=self.region, areas="; ".join(map(str, near))
            )
        return tr(
            "{where}: {text} is no area of {region}. Write a name such as {name}, its pinyin ({pinyin}) or its code ({code})."
        ).format(where=where, text=_shown(text), region=self.region, **self._example(levels))

    def _example(self, levels: Sequence[str]) -> dict[str, Any]:
        area = self.of_level(*levels)[-1]
        return {"name": area.name, "pinyin": area.pinyin, "code": area.code}

    def _nearest(self, wanted: str, levels: Sequence[str]) -> list[Area]:
        """Return the few areas whose names or codes look most like a text."""
        ways = [way for index in (self._full, self._short) for way, there in index.items() if _any_level(there, levels)]
        near: dict[int, Area] = {}
        for way in difflib.get_close_matches(wanted[:SHOWN], ways, n=4 * NEAREST, cutoff=0.5):
            for index in (self._full, self._short):
                near |= {area.code: area for area in index.get(way, ()) if area.level in levels}
        return list(near.values())[:NEAREST]

    def _enter(self, area: Area, also: Iterable[str], row: dict[str, str] | None) -> None:
        """Write down every way to write an area."""
        full = {area.name, area.pinyin, *codes_of(area)}
        short: set[str] = {*also, area.name_en, *_without_suffix(area.name, area.pinyin)}
        short |= set(_with_english(area.name, area.name_en))
        if row is not None:
            full |= {row["name_current"], row["code_current"]}
            short |= {*_without_suffix(row["name_current"], area.pinyin)}
            short |= {w for name in (row["name"], row["name_current"]) for w in _pinyin_of(name, area.pinyin)}
        for index, ways in ((self._full, full), (self._short, short)):
            for way in sorted({normal(way) for way in ways} - {""}):
                index.setdefault(way, []).append(area)


@lru_cache(maxsize=4)
def area_names(region: str) -> AreaNames:
    """Return the areas of a built-in region, read once a process."""
    return AreaNames(region)


def find(text: Any, region: str, levels: Sequence[str] = LEVELS, where: str = "area") -> Area:
    """Return the one area of a region that a text or number means: see `AreaNames.find`."""
    return area_names(region).find(text, levels, where)


def find_all(texts: Any, region: str, levels: Sequence[str] = LEVELS, where: str = "area") -> list[Area]:
    """Return the areas that a list, or one text with commas (、 and ， too), means; each once, in the order given."""
    return list(dict.fromkeys(find(text, region, levels, where) for text in split(texts)))


def chosen_areas(only: Any, region: str, where: str = "only") -> list[Area]:
    """Return the counties and prefectures that a run is limited to; none where `only` is None or names the whole region.

    Raises: InputError for an unknown or ambiguous name, or a list that names nothing
    """
    if only is None:
        return []
    found = find_all(only, region, LEVELS, where)
    if not found:
        raise InputError(
            tr("{where}: no county or prefecture is named. Name one, such as {name}, or leave it out.").format(
                where=where, name=area_names(region).of_level("prefecture")[0].name
            )
        )
    return [] if any(area.level == "region" for area in found) else found


def codes_of_counties(only: Any, region: str, where: str = "only") -> tuple[int, ...]:
    """Return the codes of the counties that a run is limited to, ascending; none where that is the whole region."""
    chosen = chosen_areas(only, region, where)
    prefectures = {area.name for area in chosen if area.level == "prefecture"}
    counties = area_names(region).of_level("county")
    codes = {area.code for area in chosen if area.level == "county"}
    codes |= {area.code for area in counties if area.prefecture in prefectures}
    return () if len(codes) == len(counties) else tuple(sorted(codes))


def cover(codes: Iterable[int], region: str) -> list[Area]:
    """Return the fewest areas that hold the counties of these codes and no others: whole prefectures, then counties."""
    wanted, names = set(codes), area_names(region)
    found: list[Area] = []
    for prefecture in names.of_level("prefecture"):
        here = {area.code for area in names.of_level("county") if area.prefecture == prefecture.name}
        if here and here <= wanted:
            found.append(prefecture)
            wanted -= here
    return found + [area for area in names.of_level("county") if area.code in wanted]


def split(texts: Any) -> Iterator[Any]:
    """Yield the single names of a text with commas, of a number, or of a list of such."""
    if isinstance(texts, str):
        yield from (part for part in re.split(r"[,，、;；\n]", texts) if part.strip())
    elif isinstance(texts, Iterable):
        for one in texts:
            yield from split(one)
    else:
        yield texts


def normal(text: str) -> str:
    """Return a name as it is compared: NFKC, without tones, case, blanks, brackets, signs and format characters."""
    apart = normalize("NFD", normalize("NFKC", text)).casefold()
    return "".join(letter for letter in apart if letter.isalnum() and not combining(letter))


def codes_of(area: Area) -> list[str]:
    """Return the ways to write an area's code: six digits, twelve as in the statistical code, and a short one."""
    short = {"region": [str(area.code)[:2]], "prefecture": [str(area.code)[:4]], "county": []}[area.level]
    return [str(area.code), f"{area.code}000000", *short]


def _text(given: Any, where: str) -> str:
    """Return what a user wrote as text: whole numbers of any kind are codes."""
    if isinstance(given, str):
        if normal(given):
            return given
    elif not isinstance(given, bool):
        if hasattr(given, "__index__"):
            return str(given.__index__())
        if isinstance(given, float) and given.is_integer() and abs(given) < 1e12:
            return str(int(given))
    raise InputError(
        tr("{where}: {text} is no name or code of an area. Write a name, pinyin or a code such as 520502.").format(
            where=where, text=_shown(given)
        )
    )


def _shown(given: Any) -> str:
    """Return a user's text for a message: quoted, control characters as escapes, not endless."""
    text = repr(given)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _any_level(areas: Sequence[Area], levels: Sequence[str]) -> bool:
    return any(area.level in levels for area in areas)


def _stem(name: str) -> tuple[str, tuple[str, str, str]]:
    """Return a Chinese name without suffix and peoples, and the suffix."""
    for suffix in SUFFIXES:
        if name.endswith(suffix[0]) and len(name) > len(suffix[0]):
            stem = name.removesuffix(suffix[0])
            if suffix[0].startswith("自治"):
                stem = PEOPLES.sub("", stem) or stem
            return stem, suffix
    return name, ("", "", "")


def _without_suffix(name: str, pinyin: str) -> Iterator[str]:
    """Yield shorter ways to write a Chinese name and its pinyin."""
    stem, suffix = _stem(name)
    if not suffix[0]:
        return
    if len(stem) > 1:  # 和田 is in use, 云 is not
        yield stem
    if suffix[0].startswith("自治"):
        yield from (stem + suffix[0], stem + suffix[0][-1])
    yield from _pinyin_of(name, pinyin)
    yield pinyin.split(" ")[0]


def _pinyin_of(name: str, pinyin: str) -> Iterator[str]:
    """Yield the pinyin of a name with its suffix (the table's pinyin may be of the present name), and the English word."""
    _, suffix = _stem(name)
    first = pinyin.split(" ")[0]
    if suffix[1]:
        yield from (first + suffix[1], first + suffix[2])
        if suffix[0].startswith("自治"):  # 威宁县 for 威宁彝族回族苗族自治县
            yield from (
                first + {"县": "xian", "州": "zhou"}[suffix[0][-1]],
                first + suffix[2].removeprefix("autonomous"),
            )


def _with_english(name: str, name_en: str) -> Iterator[str]:
    """Yield the English name with its suffix: Kashgar Prefecture, Bijie City."""
    _, suffix = _stem(name)
    yield name_en + suffix[2]
    yield name_en + suffix[2].removeprefix("autonomous")


def _region(titles: dict[str, str], rows: list[dict[str, str]]) -> Area:
    code = int(rows[0]["code"]) // 10000 * 10000
    return Area("region", code, titles["title_zh"], titles["title"], titles["title"], "", "all")


def _prefectures(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of `prefectures.csv` of a region, in the order of the county table."""
    there = {int(row["code"]) // 100 * 100 for row in rows}
    return [row for row in read_rows(DATA / "prefectures.csv") if int(row["code"]) in there]


def _prefecture(row: dict[str, str]) -> Area:
    return Area("prefecture", int(row["code"]), row["name"], row["pinyin"], row["name_en"], "", row["name"])


def _county(row: dict[str, str]) -> Area:
    name_en = row["pinyin"].split(" ")[0]
    return Area("county", int(row["code"]), row["name"], row["pinyin"], name_en, row["prefecture"], row["code"])
