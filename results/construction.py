"""Which counts of certified counties follow from how an arm is made, and what they are without the items that decide them.

An arm without rotation and without a class-size cap certifies nobody, whatever its schools do: every county fails the
items on rotation and class size in every year. Such items are found in the stored verdicts, not listed here: an item is
decided by construction in an arm when every county fails it in every year of every run, and no policy of the arm acts on
it. Beside each count stands the count without the items that are decided so in any arm of the experiment: a county then
passes when it fails nothing else, and counts as certified from the first such year on. This is the same run judged
otherwise; what counties would have done under other rules is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from results import detail
from results import tables as t

if TYPE_CHECKING:
    from results.store import Store

ITEMS = 24  # 15 of government guarantee, 9 of education quality
GROUPS = ("government.", "quality.")
WORDS: dict[str, tuple[str, str]] = {
    "item": ("item {number} of government guarantee ({text})", "政府保障程度第{number}项（{text}）"),
    "quality": ("item {number} of education quality ({text})", "教育质量第{number}项（{text}）"),
    "bare": ("item {number} of government guarantee", "政府保障程度第{number}项"),
    "bare_quality": ("item {number} of education quality", "教育质量第{number}项"),
    "short": ("{number}", "{number}"),
    "short_quality": ("quality {number}", "质量{number}"),
    "and": (" and ", "、"),
    "comma": (", ", "、"),
    "without": ("without item {items}", "不计第{items}项"),
    "without_many": ("without items {items}", "不计第{items}项"),
    "because": (
        "In the arm {arm} every county fails {items} in every year, and no policy of the arm acts on {it}: that none of its "
        "counties passes follows from how the arm is made, not from its schools.",
        "方案{arm}中，所有县每年均未通过{items}，且该方案没有作用于{it}的政策：达标县数为零由方案设定决定，并非学校状况所致。",
    ),
    "because_many": (
        "In the arms {arm} every county fails {items} in every year, and no policy of these arms acts on {it}: that none of "
        "their counties passes follows from how the arms are made, not from their schools.",
        "方案{arm}中，所有县每年均未通过{items}，且这些方案没有作用于{it}的政策：达标县数为零由方案设定决定，并非学校状况所致。",
    ),
    "quoted": ('"{arm}"', "“{arm}”"),
    "it": ("it", "该项"),
    "them": ("them", "这些项目"),
    "modelled": (
        "Passes what is modelled: {modelled} of the {all} items ({items}), the seven indicators of every school and their "
        "coefficients of variation. Real certification asks for all.",
        "“通过已建模项目”：{all}项中的{modelled}项（{items}）、每所学校的七项指标及其差异系数。实际认定须全部达标。",
    ),
    "scope": (" ({modelled} of the {all} items)", "（{all}项中的{modelled}项）"),
    "so_far": (
        "{without}, counties that passed so far in {year}: {counts}.",
        "{without}，截至{year}年累计通过的县：{counts}。",
    ),
    "count": ("{arm} {count}", "{arm}{count}"),
}


@dataclass
class Verdicts:
    """The verdicts of one run. fails: by (year, county), the codes of what fails; passed: the (year, county) that pass;
    certified: by county, the year in which it was certified, 0 = not yet.
    """

    arm: str
    seed: int
    draw: int
    fails: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)
    passed: set[tuple[int, str]] = field(default_factory=set)
    certified: dict[str, int] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        """Years that the run holds, in order."""
        return sorted({year for year, _ in self.fails})

    @property
    def counties(self) -> list[str]:
        """Codes of the counties, in order."""
        return sorted({county for _, county in self.fails})

    def passing(self, without: Collection[str] = ()) -> dict[int, int]:
        """Return by year how many counties pass what is modelled, some items left out."""
        counts = dict.fromkeys(self.years, 0)
        for (year, county), failed in self.fails.items():
            counts[year] += self._passes(year, county, failed, without)
        return counts

    def so_far(self, without: Collection[str] = ()) -> dict[int, int]:
        """Return by year how many counties have passed at least once up to that year, some items left out."""
        first = self.first(without)
        return {year: sum(y <= year for y in first.values()) for year in self.years}

    def first(self, without: Collection[str] = ()) -> dict[str, int]:
        """Return the year in which each county passes for the first time, of the counties that ever do."""
        found: dict[str, int] = {}
        for (year, county), failed in sorted(self.fails.items()):
            if county not in found and self._passes(year, county, failed, without):
                found[county] = year
        return found

    def _passes(self, year: int, county: str, failed: frozenset[str], without: Collection[str]) -> bool:
        # a county without schools fails nothing that is listed and yet does not pass
        return (year, county) in self.passed or (bool(failed) and failed <= set(without))


@dataclass(frozen=True)
class Construction:
    """What follows from how the arms are made.

    arms: by arm, its runs; items: by arm, the items that decide its count by construction; left_out: those of all arms;
    modelled: keys of the items that are modelled, None when the database does not know; texts: by key, English, Chinese
    """

    arms: dict[str, list[Verdicts]]
    items: dict[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    modelled: tuple[str, ...] | None
    texts: Mapping[str, tuple[str, str]]
    titles: Mapping[str, tuple[str, str]]

    def run(self, arm: str, seed: int, draw: int) -> Verdicts | None:
        """Return the verdicts of one run, None when the experiment does not hold it."""
        found = (run for run in self.arms.get(arm, ()) if (run.seed, run.draw) == (seed, draw))
        return next(found, None)

    @property
    def counties(self) -> int:
        """How many counties a run has at most."""
        return max((len(run.counties) for runs in self.arms.values() for run in runs), default=0)

    def so_far(self, arm: str, without: bool = True) -> dict[int, list[int]]:
        """Return by year, a number a run: counties that passed so far; without: leave out the items in `left_out`."""
        return _by_year([run.so_far(self.left_out if without else ()) for run in self.arms.get(arm, [])])

    def passing(self, arm: str, without: bool = True) -> dict[int, list[int]]:
        """Return by year, a number a run: counties that pass in that year; without: leave out the items in `left_out`."""
        return _by_year([run.passing(self.left_out if without else ()) for run in self.arms.get(arm, [])])

    def without(self, lang: str = "en") -> str:
        """Return the words "without items 5 and 11"; "" when nothing is decided by construction."""
        if not self.left_out:
            return ""
        key = "without" if len(self.left_out) == 1 else "without_many"
        return _say(key, lang, items=_joined([self._number(item, lang) for item in self.left_out], lang))

    def reasons(self, lang: str = "en", arms: Collection[str] | None = None) -> list[str]:
        """Return a sentence for the arms whose count follows from how they are made; arms of the same items share one.

        arms: only these; None = all
        """
        alike: dict[tuple[str, ...], list[str]] = {}
        for arm, items in self.items.items():
            if items and (arms is None or arm in arms):
                alike.setdefault(items, []).append(_say("quoted", lang, arm=self._title(arm, lang)))
        found = []
        for items, names in alike.items():
            it = _say("it" if len(items) == 1 else "them", lang)
            words = _joined([self._item(item, lang) for item in items], lang)
            key = "because" if len(names) == 1 else "because_many"
            found.append(_say(key, lang, arm=_joined(names, lang), items=words, it=it))
        return found

    def modelled_words(self, lang: str = "en") -> str:
        """Return the sentence that says what "passes what is modelled" holds; "" when the database does not know."""
        if self.modelled is None:
            return ""
        items = _joined([f"{self._number(k, lang)} {self.texts[k][lang == 'zh']}" for k in self.modelled], lang)
        return _say("modelled", lang, modelled=len(self.modelled), all=ITEMS, items=items)

    def scope(self, lang: str = "en") -> str:
        """Return how much is modelled, for a title: " (5 of the 24 items)"; "" when the database does not know."""
        if self.modelled is None:
            return ""
        return _say("scope", lang, modelled=len(self.modelled), all=ITEMS)

    def counts_words(self, year: int, lang: str = "en") -> str:
        """Return the sentence that gives the counts without the items in `left_out`, arm by arm; "" without such items."""
        if not self.left_out:
            return ""
        counts = []
        for arm in self.arms:
            values = self.so_far(arm).get(year)
            if values:
                counts.append(_say("count", lang, arm=self._title(arm, lang), count=span(values)))
        words = self.without(lang)
        return _say("so_far", lang, without=words[0].upper() + words[1:], year=year, counts=_listed(counts, lang))

    def _title(self, arm: str, lang: str) -> str:
        return self.titles.get(arm, (arm, arm))[lang == "zh"] or arm

    def _item(self, item: str, lang: str) -> str:
        group, number = item.split(".")
        text = self.texts.get(item, ("", ""))[lang == "zh"]
        key = ("item" if text else "bare") if group == "government" else ("quality" if text else "bare_quality")
        return _say(key, lang, number=number, text=text)

    def _number(self, item: str, lang: str) -> str:
        group, number = item.split(".")
        return _say("short" if group == "government" else "short_quality", lang, number=number)


def construction(store: Store, experiment: int | str = "latest") -> Construction:
    """Return which counts of an experiment follow from how its arms are made: see the head of this file."""
    from results.connect import clear_errors

    which = store.resolve(experiment)
    facts = next(e for e in store.experiments() if e["id"] == which)
    runs = [run for run in store.runs(which) if run["state"] == "finished"]
    with clear_errors(store.where, "reading the verdicts of counties"), store.engine.connect() as connection:
        return of_runs(connection, runs, facts["spec"])


def of_runs(connection: Connection, runs: Sequence[Mapping[str, Any]], spec: Mapping[str, Any]) -> Construction:
    """Return the same from the records of finished runs (id, arm, seed, draw) and the experiment's command."""
    arms: dict[str, list[Verdicts]] = {name: [] for name in spec["arms"]}
    about = None
    for run in runs:
        arms.setdefault(run["arm"], []).append(read_verdicts(connection, run))
        about = about or detail.read(connection, run["id"], detail.ALL)
    acted = {arm: set(keys) for arm, keys in spec.get("acts_on", {}).items()}
    items = {arm: tuple(k for k in always_failed(found) if k not in acted.get(arm, ())) for arm, found in arms.items()}
    left_out = sorted({key for keys in items.values() for key in keys}, key=_order)
    titles = {arm: (pair[0] or arm, pair[1] or arm) for arm, pair in spec.get("arm_titles", {}).items()}
    texts = {item["key"]: (item["text"], item["text_zh"]) for item in about["items"]} if about else {}
    modelled = tuple(about["modelled"]) if about else None
    return Construction(arms, items, tuple(left_out), modelled, texts, titles)


def read_verdicts(connection: Connection, run: Mapping[str, Any]) -> Verdicts:
    """Return the stored verdicts of one run."""
    found = Verdicts(run["arm"], run["seed"], run["draw"])
    c = t.county_inspection.c
    query = select(c.year, c.county, c.passed, c.certified, c.failures).where(c.run == run["id"]).order_by(c.year)
    for year, county, passed, certified, failures in connection.execute(query):
        found.fails[year, county] = frozenset(_code(record) for record in json.loads(failures))
        found.certified[county] = certified
        if passed:
            found.passed.add((year, county))
    return found


def always_failed(runs: Iterable[Verdicts]) -> list[str]:
    """Return the items of the official list that every county fails in every year of every run; none of a single year."""
    parts = [failed for run in runs if len(run.years) > 1 for failed in run.fails.values()]
    common = reduce(frozenset.intersection, parts) if parts else frozenset()
    return sorted((code for code in common if code.startswith(GROUPS)), key=_order)


def span(values: Sequence[float]) -> str:
    """Return the median of some counts, and lowest to highest in brackets where they differ: 78 [77-80]."""
    ordered = sorted(values)
    middle = ordered[(len(ordered) - 1) // 2]
    if ordered[0] == ordered[-1]:
        return f"{middle:g}"
    return f"{middle:g} [{ordered[0]:g}-{ordered[-1]:g}]"


def _code(record: Any) -> str:
    return str(record["code"]) if isinstance(record, dict) else str(record)


def _order(item: str) -> tuple[str, int]:
    group, number = item.split(".")
    return group, int(number)


def _by_year(runs: Sequence[Mapping[int, int]]) -> dict[int, list[int]]:
    years = sorted({year for run in runs for year in run})
    return {year: [run[year] for run in runs if year in run] for year in years}


def _say(key: str, lang: str, **values: Any) -> str:
    return WORDS[key][lang == "zh"].format(**values)


def _joined(parts: Sequence[str], lang: str) -> str:
    """Return a list in words: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return _say("comma", lang).join(parts[:-1]) + _say("and", lang) + parts[-1]


def _listed(parts: Sequence[str], lang: str) -> str:
    return ("；" if lang == "zh" else "; ").join(parts)
