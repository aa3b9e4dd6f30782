"""The report of `junheng show county` as text, in English or Chinese, and the next step in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from junheng.county_words import WORDS
from junheng.layout import command, named, text_table
from junheng.wrapping import wrapped

FIRST = 10  # schools listed unless all are asked for
MILLION, WAN, THOUSAND = 1e6, 1e4, 1e3  # of yuan: English, Chinese, and English for single schools
COLUMNS = 118


def as_text(report: dict[str, Any], lang: str, every: bool = False) -> Iterator[str]:
    """Yield the lines of a report of `results.county.county_report`. every: list all schools."""
    say = Sayer(lang)
    yield from _head(report, say)
    yield ""
    for line in _verdict(report, say):
        yield from wrapped(line, columns=COLUMNS)
    yield ""
    yield from _years(report, say)
    found = report["detail"]
    if found is None:
        yield ""
        yield say("no_detail", id=report["experiment"]["id"])
    else:
        yield from _lacks(report, say)
        yield from _other(report, say)
        yield from _schools(report, say, every)
        yield from _passes(report, say)
        yield from _scope(report, say)
    yield ""
    yield say("next")
    for step in report["next"]:
        yield from wrapped(step, "  - ", "    ", COLUMNS)
    yield ""
    yield say("honest")


class Sayer:
    """Words and numbers in one language."""

    def __init__(self, lang: str) -> None:
        """lang: en or zh."""
        self.zh = lang == "zh"
        self.words = WORDS[lang]

    def __call__(self, key: str, **values: Any) -> str:
        """Return the words of a key with its fields filled."""
        return str(self.words[key]).format(**values)

    def of(self, record: dict[str, Any], name: str) -> str:
        """Return a text of a record in the language: its `name` or `name_zh`."""
        return str(record[f"{name}_zh" if self.zh else name])

    def money(self, yuan: float) -> str:
        """Return an amount of money as people write it: million yuan, 万元."""
        scaled = yuan / (WAN if self.zh else MILLION)
        return f"{scaled:,.{0 if scaled >= 100 or scaled < 0.005 else 1 if scaled >= 10 else 2}f}"

    def small_money(self, yuan: float) -> str:
        """Return an amount as tables of schools write it: thousand yuan, 万元."""
        return f"{yuan / WAN:,.2f}" if self.zh else f"{yuan / THOUSAND:,.0f}"

    def spread(self, spread: dict[str, float] | None, write: Any = None) -> str:
        """Return a median, with lowest and highest in brackets where they differ."""
        if spread is None:
            return "-"
        write = write or (lambda x: f"{x:,.0f}")
        middle, low, high = (write(spread[name]) for name in ("median", "low", "high"))
        return middle if low == high else f"{middle} [{low}-{high}]"

    def indicator(self, record: dict[str, Any]) -> str:
        """Return the short name of an indicator, its own label when the product does not know it."""
        from results.labels import INDICATORS as NAMES
        from results.tables import INDICATORS

        known = dict(zip(INDICATORS, NAMES["zh" if self.zh else "en"], strict=True))
        return known.get(record["indicator"]) or self.of(record, "label")

    def runs(self, n: int, of: int) -> str:
        """Return a share of runs in words."""
        return self("runs", n=n, of=of)


def up(x: float) -> str:
    """Return an amount rounded up, as what has to be added: a sixth of a teacher is a teacher."""
    return f"{math.ceil(x - 1e-6 * max(1.0, abs(x))):,}"


def _head(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    c, e, arm = report["county"], report["experiment"], report["arm"]
    where = say("in", prefecture=c["prefecture"]) if c["prefecture"] else ""
    yield say("county", name=c["name"], pinyin=c["name_en"], code=c["code"], where=where)
    n = len(report["runs"])
    others = [a["name"] for a in report["arms"] if a["name"] != arm["name"]]
    title = "" if say.of(arm, "title") == arm["name"] else say("titled", title=say.of(arm, "title"))
    line = say("arm", id=e["id"], scenario=e["scenario"], arm=arm["name"], title=title)
    line += say("one_run" if n == 1 else "many_runs", n=n)
    yield line + (say("others", arms=say("comma").join(others)) if others else "")
    if e["sample"] < 1:
        yield say("sample", share=f"{e['sample']:.3g}")


def _when(first: dict[str, Any], say: Sayer) -> str:
    """Return when something happens for the first time and in how many runs."""
    if not first["runs"]:
        return say("never")
    year = first["year"]
    shown = say.spread(year, str)
    return say("when", year=shown, runs=say.runs(first["runs"], first["of"]))


def _verdict(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    items, told = report["items"], report["construction"]
    scope = say("scope", n=len(items["modelled"]), of=items["of"]) if items else ""
    yield say("passes", scope=scope, when=_when(report["certified"], say))
    yield from told["words_zh" if say.zh else "words"]
    if told["passes_without"]:
        words = say.of(told, "without")
        yield say("without", words=words[0].upper() + words[1:], when=_when(told["passes_without"], say))


def _years(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    """Yield one line a year: verdicts, schools that pass, what it costs to close what is below the thresholds."""
    known = report["detail"] is not None
    header = list(say.words["years"]) if known else [say.words["years"][i] for i in (0, 1, 2, 5)]
    rows = []
    for y in report["years"]:
        row = [str(y["year"]), f"{y['passes']}/{y['runs']}", f"{y['passed_so_far']}/{y['runs']}"]
        if known:
            row += [
                say("some_of", n=say.spread(s["passing"]), of=f"{s['of']['median']:,.0f}")
                for s in y["schools"].values()
            ]
        row.append(say.spread(y["cost_to_close"], say.money))
        if known:
            row.append(say.spread(y["teachers_yuan_a_year"], say.money))
        rows.append(row)
    yield text_table(header, rows, right=range(1, len(header)))


def _lacks(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    """Yield what is missing by indicator and stage, dearest first, with the sums."""
    found, n = report["detail"], report["detail"]["runs"]
    yield ""
    yield say("missing", year=report["detail_year"])
    if not found["lacks"]:
        yield "  " + say("nothing_missing")
        return
    rows = [
        (
            say.indicator(r),
            say(r["stage"]),
            say.spread(r["schools"]),
            say.spread(r["blocking"]),
            say("amount", n=say.spread(r["to_add"], up), unit=say.of(r, "unit")),
            *_once_and_yearly(r, say),
            f"{r['runs']}/{n}",
        )
        for r in found["lacks"]
    ]
    yield text_table(say.words["lacks"], rows, right=(2, 3, 4, 5, 6))
    year = next(y for y in report["years"] if y["year"] == report["detail_year"])
    once, yearly = (say.spread(year[name], say.money) for name in ("cost_to_close", "teachers_yuan_a_year"))
    yield from wrapped(say("together", once=once, yearly=yearly), columns=COLUMNS)


def _once_and_yearly(record: dict[str, Any], say: Sayer) -> tuple[str, str]:
    """Return the two columns of money: to buy once, and for teachers a year."""
    money = say.spread(record["yuan"], say.small_money)
    return ("", money) if record["yearly"] else (money, "")


def _other(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    """Yield items that fail and coefficients above their limits."""
    found, n = report["detail"], report["detail"]["runs"]
    lines = [_item(item, found, n, say) for item in found["items"] if item["runs_failed"]]
    for cv in found["variation"]:
        if cv["runs_above"]:
            value = say.spread(cv["value"], lambda x: f"{x:.3f}")
            limit = f"{cv['limit']:.2f}"
            words = say("cv", stage=say(cv["stage"]), label=say.indicator(cv), value=value, limit=limit)
            lines.append(words + say("in_runs", runs=say.runs(cv["runs_above"], n)))
    if lines:
        yield ""
        yield say("other")
        for line in lines:
            yield from wrapped(line, "  - ", "    ", COLUMNS)


def _item(item: dict[str, Any], found: dict[str, Any], n: int, say: Sayer) -> str:
    """Return why an item fails: its measures with what is asked, or the schools that are too large or too crowded."""
    parts: list[str] = []
    for m in item["measures"]:
        listed = {"schools_over_size": "large", "sections_over_class_size": "classes"}.get(m["field"])
        if m["value"] is None:
            continue
        if listed:
            some = found[listed]
            if some:
                top = some[0]
                stage = say("stage_of", stage=say(top["stage"])) if "stage" in top else ""
                largest = {"name": top["name"], "stage": stage, "pupils": say.spread(top["pupils"])}
                parts.append(say(listed, count=say.spread(m["value"]), limit=f"{top['limit']:,.0f}", **largest))
            continue
        write = (lambda x: f"{100 * x:.1f} %") if m["unit"] == "share" else (lambda x: f"{x:,.3g}")
        ask = say(m["op"], limit=write(m["limit"]))
        parts.append(say("measure", label=say.of(m, "label"), value=say.spread(m["value"], write), ask=ask))
    why = say("colon") + say("semicolon").join(parts) if parts else ""
    return item_name(item, say) + why + say("in_runs", runs=say.runs(item["runs_failed"], n))


def item_name(item: dict[str, Any], say: Sayer) -> str:
    """Return how people call an item of the official list, with its text."""
    group, number = item["key"].split(".")
    return say(group, number=number, text=say.of(item, "text"))


def _schools(report: dict[str, Any], say: Sayer, every: bool) -> Iterator[str]:
    """Yield the schools that lack something, dearest first."""
    found, n = report["detail"], report["detail"]["runs"]
    schools = found["schools"]
    if not schools:
        return
    shown = schools if every else schools[:FIRST]
    yield ""
    yield say("schools" if len(shown) == len(schools) else "first_schools", n=len(shown), of=len(schools))
    rows = [
        (
            r["name"],
            say(r["place_type"]),
            say(r["stage"]),
            say.indicator(r),
            say("amount", n=say.spread(r["lacks"], up), unit=say.of(r, "unit")),
            *_once_and_yearly(r, say),
            say("yes") if 2 * r["blocking"] >= r["runs"] else say("no"),
            f"{r['runs']}/{n}",
        )
        for r in shown
    ]
    yield text_table(say.words["school_columns"], rows, right=(4, 5, 6))


def _passes(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    """Yield what already passes in every run: schools, coefficients, items."""
    found, n = report["detail"], report["detail"]["runs"]
    year = next(y for y in report["years"] if y["year"] == report["detail_year"])
    yield ""
    yield say("already", year=report["detail_year"])
    schools = [
        say("of_schools", stage=say(stage), passing=say.spread(s["passing"]), of=say.spread(s["of"]))
        for stage, s in year["schools"].items()
    ]
    yield from wrapped(say("semicolon").join(schools), "  - ", "    ", COLUMNS)
    known = [cv for cv in found["variation"] if cv["value"] is not None]
    within = sum(not cv["runs_above"] for cv in known)
    yield "  - " + say("of_cv", n=within, of=len(known))
    items = [item_name(item, say) for item in found["items"] if item["runs_passed"] == n]
    if items:
        yield from wrapped(say("semicolon").join(items), "  - ", "    ", COLUMNS)


def _scope(report: dict[str, Any], say: Sayer) -> Iterator[str]:
    items = report["items"]["not_modelled"]
    names = [f"{_short(item['key'], say)} {say.of(item, 'text')}" for item in items]
    yield ""
    text = say("not_modelled", n=len(names), of=report["items"]["of"], items=say("semicolon").join(names))
    yield from wrapped(text, columns=COLUMNS)


def _short(key: str, say: Sayer) -> str:
    group, number = key.split(".")
    return number if group == "government" else say("short_quality", number=number)


def next_steps(report: dict[str, Any], lang: str, db: str = "") -> list[str]:
    """Return what to do next, in words with the commands to type. db: the database, where it is not the default."""
    say = Sayer(lang)
    at = ["--db", db] if db else []
    experiment = report["experiment"]
    name, found = report["county"]["name"], report["detail"]
    steps: list[str] = []
    if found is None:
        return [say("run_again", command=command("run", named(experiment["scenario"]), *at))]
    failing = [item["key"] for item in found["items"] if item["runs_failed"]]
    blocking = [r for r in found["lacks"] if r["blocking"]["high"]]
    if not failing and not blocking and not any(cv["runs_above"] for cv in found["variation"]):
        steps.append(say("step_done", year=report["detail_year"]))
    for key in failing:
        steps += _for_item(key, report, say)
    if blocking:
        top = blocking[0]
        names = _acting(top["indicator"])
        what = say("step_lack", label=say.indicator(top), stage=say(top["stage"]))
        steps.append(what + (say("step_policy", commands=_commands(names, say)) if names else ""))
    above = [cv for cv in found["variation"] if cv["runs_above"]]
    if above:
        top = max(above, key=lambda cv: cv["value"]["median"] / cv["limit"])
        names = _acting(top["indicator"])
        what = say("step_cv", label=say.indicator(top), stage=say(top["stage"]))
        steps.append(what + (say("step_policy", commands=_commands(names, say)) if names else ""))
    if len(report["arms"]) > 1:
        steps.append(
            say(
                "step_compare", command=command("compare", str(experiment["id"]), "--area", name, "--years", "all", *at)
            )
        )
    passed = [y["year"] for y in report["years"] if y["passes"] == y["runs"]]
    slips = [y["year"] for y in report["years"] if passed and y["year"] > passed[0] and y["passes"] < y["runs"]]
    if slips and slips[-1] != report["detail_year"]:
        arm = report["arm"]["name"]
        words = ("show", "county", name, str(experiment["id"]), "--arm", arm, "--year", str(slips[-1]), *at)
        steps.append(say("step_slips", year=slips[-1], command=command(*words)))
    return steps


def _for_item(key: str, report: dict[str, Any], say: Sayer) -> list[str]:
    """Return the step for an item that fails: the policy that acts on it, and whether the arm has it."""
    item = next(i for i in report["detail"]["items"] if i["key"] == key)
    names = _acting(key)
    held = [name for name in names if name in report["arm"]["policies"]]
    words = item_name(item, say)
    if not names:
        return [say("step_item_none", item=words)]
    if held:
        return [say("step_item_held", item=words, policy=held[0], commands=_commands(held, say))]
    return [say("step_item", item=words, commands=_commands(names, say))]


def _acting(key: str) -> list[str]:
    """Return the policies that come with the product and act on an item or indicator."""
    from policies.registry import BUILT_IN, policy_class

    return [name for name in BUILT_IN if key in policy_class(name).acts_on]


def _commands(names: Sequence[str], say: Sayer) -> str:
    return say("or").join(f"junheng show policy {name}" for name in names)
