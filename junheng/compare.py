"""junheng compare: arms against each other, pair by pair on the same draws."""

from __future__ import annotations

from gettext import gettext as tr
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng import completion
from junheng.areas import stored_areas
from junheng.experiments import extent
from junheng.layout import DEFAULT_DB, Db, Which, text_table
from junheng.wrapping import wrapped

if TYPE_CHECKING:
    import pandas as pd

    from results.areas import StoredArea
    from results.construction import Construction

HEADERS = {
    "en": ("measure", "unit", "stage", "area", "year", "arms", "first", "second", "difference", "80 % of draws",
           "95 % of draws", "falls", "rises"),
    "zh": ("指标", "单位", "学段", "地区", "年份", "方案", "前者", "后者", "差值", "80%的抽样",
           "95%的抽样", "下降", "上升"),
}  # fmt: skip
SAME, INTERVALS, NUMBERS = (3, 4, 5), (9, 10), 6  # columns that may be left out; where numbers begin
STAGES = ("compulsory", "primary", "junior")
COLUMNS = 118
LARGE = 1e7  # yuan
COUNTED = ("county_passed", "counties_passed", "counties_certified", "counties_certified_share")
WORDS = {
    "en": {
        "head": "Experiment {id}, {scenario}: {title}",
        "pair": "{first} -> {second}",
        "difference": "difference: {second} minus {first} with the same seed and draw, so that luck cancels out; the "
        "median over {pairs} draws.",
        "one": "difference: {second} minus {first} with the same seed and draw, so that luck cancels out.",
        "of_draws": "80 % of draws: the middle four fifths of these differences. When both its ends have one sign, about nine "
        "draws in ten or more agree on the direction; when zero lies in it, they do not.",
        "falls": "falls, rises: share of draws. A gap falls when the two groups come closer, whoever leads.",
        "second": "the second arm",
        "first": "the first",
    },
    "zh": {
        "head": "实验{id}，{scenario}：{title}",
        "pair": "{first} → {second}",
        "difference": "差值：同一种子、同一抽样下{second}减{first}，随机因素相互抵消；取{pairs}次抽样的中位数。",
        "one": "差值：同一种子、同一抽样下{second}减{first}，随机因素相互抵消。",
        "of_draws": "80%的抽样：这些差值中间五分之四所在的区间。两端同号表示约九成及以上抽样方向一致；区间含零则方向不一致。",
        "falls": "下降、上升：占抽样的比例。两组更接近即为差距下降，与何者领先无关。",
        "second": "后一方案",
        "first": "前一方案",
    },
}


def compare(
    experiment: Which = "latest",
    db: Db = DEFAULT_DB,
    level: Annotated[
        str, typer.Option(help="region, prefecture, county or place_type; that of --area, else region, if left out.")
    ] = "",
    area: Annotated[
        list[str] | None, typer.Option(help="Name in Chinese or pinyin, or code; repeat for more. All if left out.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option(help="primary, junior or compulsory; repeat for more.")] = None,
    measure: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a measure; repeat for more; `all` for every one.", autocompletion=completion.measures
        ),
    ] = None,
    group: Annotated[list[str] | None, typer.Option(help="Group of a measure, such as village.")] = None,
    years: Annotated[str, typer.Option(help="last, all, one year, or first:last.")] = "last",
    against: Annotated[str, typer.Option(help="Compare with this arm only. Every pair of arms if left out.")] = "",
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare arms in pairs on the same draws. Example: junheng compare latest --area 织金县 --years all"""
    from results.compare import compare as compare_arms
    from results.compare import interval_note
    from results.construction import construction
    from results.labels import check_lang
    from results.measures import sample_note
    from results.store import open_store

    check_lang(lang)
    with open_store(db, readonly=True) as store:
        which = store.resolve(experiment)
        facts = next(e for e in store.experiments() if e["id"] == which)
        areas = stored_areas(store, facts, area or (), levels=[level] if level else ())
        levels = list(dict.fromkeys(a.level for a in areas)) or [level or "region"]
        frame = _chosen(store, facts, levels, [a.key for a in areas], stage, measure, group, years)
        counted = facts["spec"].get("sample", 1.0) >= 1 and frame["measure"].isin(COUNTED).any()
        built = construction(store, which) if counted else None
        known = store.area_table(facts["spec"].get("region", "")).areas.values()
    names = {(a.level, a.code, a.key if a.level == "place_type" else a.name_zh): a for a in known}
    found = _in_order(compare_arms(frame, against=against or None, interval=facts["interval"]))
    note = interval_note(facts["interval"], found["pairs"].tolist(), lang)
    thin = sample_note(float(facts["spec"].get("sample", 1.0)))
    if facts["spec"].get("only"):
        note += "\n" + tr("Run: {counties} only.").format(counties=extent(facts["spec"]))
    note = f"{note}\n{thin}" if thin else note
    if json:
        _print_json(facts, found, note, built)
        return
    typer.echo(_head(facts, lang) + "\n" + _table(found, facts, names, lang) + "\n")
    for line in _notes(found, lang, note) + _built_words(built, found, facts, lang):
        typer.echo("\n".join(wrapped(line, columns=COLUMNS)))


def _built_words(built: Construction | None, found: pd.DataFrame, facts: dict[str, Any], lang: str) -> list[str]:
    """Return what must be said beside counts of counties: what is modelled, and which counts follow from how arms are made."""
    if built is None:
        return []
    arms = dict.fromkeys([*found["reference"], *found["arm"]])
    last = facts["spec"].get("years", (0, int(found["year"].max())))[1]
    whole = "region" in set(found["level"])
    counts = built.counts_words(last, lang) if whole else ""
    words = [*built.reasons(lang, list(arms)), counts, built.modelled_words(lang)]
    return [text for text in words if text]


def _head(facts: dict[str, Any], lang: str) -> str:
    title = (facts["spec"].get("title_zh") if lang == "zh" else "") or facts["title"]
    return WORDS[lang]["head"].format(id=facts["id"], scenario=facts["scenario"], title=title)


def _notes(found: pd.DataFrame, lang: str, note: str) -> list[str]:
    """Return the sentences below the table: what a difference, an interval and a share are."""
    w, pairs = WORDS[lang], int(found["pairs"].max())
    arms = {(r, a) for r, a in zip(found["reference"], found["arm"], strict=True)}
    first, second = arms.pop() if len(arms) == 1 else (w["first"], w["second"])
    told = [w["difference" if pairs > 1 else "one"].format(first=first, second=second, pairs=pairs)]
    return told + ([w["of_draws"]] if pairs > 1 else []) + [w["falls"], note]


def _chosen(
    store: Any,
    facts: dict[str, Any],
    levels: list[str],
    areas: list[str],
    stage: list[str] | None,
    measure: list[str] | None,
    group: list[str] | None,
    years: str,
) -> pd.DataFrame:
    """Return the long table of what was asked for; nothing found is an error."""
    from results.compare import HEADLINES
    from results.errors import ResultsError
    from results.measures import withheld

    first, last = _years(years, facts)
    asked = [name for name in measure or () if name != "all"]
    reasons = [said for name in asked if (said := withheld(name, float(facts["spec"].get("sample", 1.0))))]
    if reasons:
        raise ResultsError(tr("experiment {facts}: {reasons}").format(facts=facts["id"], reasons=" ".join(reasons)))
    chosen = {"levels": levels, "areas": areas or None, "stages": stage or None}
    frame = store.frame(
        facts["id"],
        **chosen,
        measures=None if not measure or "all" in measure else measure,
        groups=group or (None if measure else ["all"]),
        years=range(first, last + 1),
    )
    if not measure:
        frame = frame[frame["measure"].isin(HEADLINES)]
    if frame.empty:
        said = ", ".join(f"{k} {v}" for k, v in (*chosen.items(), ("years", f"{first}:{last}")) if v)
        raise ResultsError(
            tr("experiment {id} holds no values for {said}; `junheng list measures` says where each exists").format(
                id=facts["id"], said=said
            )
        )
    return frame


def _in_order(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by pair of arms, area and measure (headlines first), then stage and year."""
    from results.compare import HEADLINES

    def rank(column: pd.Series) -> pd.Series:
        if column.name == "measure":
            return column.map(lambda name: (HEADLINES.index(name) if name in HEADLINES else len(HEADLINES), name))
        if column.name == "stage":
            return column.map(lambda name: (STAGES.index(name) if name in STAGES else -1, name))
        return column

    found["pair"] = found.groupby(["reference", "arm"], sort=False).ngroup()
    ordered = found.sort_values(["pair", "area", "measure", "group", "stage", "year"], key=rank, kind="stable")
    return ordered.drop(columns="pair").reset_index(drop=True)


def _years(given: str, facts: dict[str, Any]) -> tuple[int, int]:
    """Return first and last year of `last`, `all`, one year or first:last."""
    from experiments.spans import parse_years

    first, last = facts["spec"].get("years", (1900, 2200))
    if given in ("last", "all"):
        return (last, last) if given == "last" else (first, last)
    return parse_years(given, "--years", first, last)


def _print_json(facts: dict[str, Any], found: pd.DataFrame, note: str, built: Construction | None) -> None:
    """Print the experiment, what intervals contain, the rows, what follows from how arms are made; absent numbers are null."""
    from json import dumps

    records = [
        {key: None if isinstance(cell, float) and cell != cell else cell for key, cell in row.items()}
        for row in found.to_dict("records")
    ]
    head = {name: facts[name] for name in ("id", "scenario", "arms", "seeds", "draws", "state", "interval")}
    content: dict[str, Any] = {"experiment": head, "note": note, "rows": records}
    if built is not None:
        arms = {arm: list(items) for arm, items in built.items.items()}
        content["construction"] = {"arms": arms, "left_out": list(built.left_out), "words": built.reasons()}
    typer.echo(dumps(content, ensure_ascii=False, indent=2))


def _table(found: pd.DataFrame, facts: dict[str, Any], names: dict[Any, StoredArea], lang: str) -> str:
    """Return the rows as a table for people; columns that say the same in every row stand above it."""
    from results.labels import group_label, measure_label, stage_label, unit_label

    rows = []
    for r in found.to_dict("records"):
        group = f" [{group_label(r['group'], lang)}]" if r["group"] != "all" else ""
        unit, by = _unit(r, unit_label(r["measure"], r["unit"], lang), lang)
        rows.append(
            (
                measure_label(r["measure"], lang) + group,
                unit,
                stage_label(r["stage"], lang),
                _area(r, names, lang),
                str(r["year"]),
                WORDS[lang]["pair"].format(first=r["reference"], second=r["arm"]),
                number(r["reference_median"] / by),
                number(r["arm_median"] / by),
                number(r["difference"] / by, sign=True),
                _interval(r["low80"] / by, r["high80"] / by, lang),
                _interval(r["low95"] / by, r["high95"] / by, lang),
                f"{r['falls']:.0%}",
                f"{r['rises']:.0%}",
            )
        )
    alike = [at for at in SAME if len({row[at] for row in rows}) == 1]
    alike += [at for at in INTERVALS if {row[at] for row in rows} == {"-"}]
    keep = [at for at in range(len(HEADERS[lang])) if at not in alike]
    header, above = list(HEADERS[lang]), [rows[0][at] for at in alike if at in SAME]
    if 5 in alike:  # one pair of arms: its names head the two columns, its titles stand above
        pair = found.iloc[0]["reference"], found.iloc[0]["arm"]
        header[6:8] = pair
        above[-1] = WORDS[lang]["pair"].format(first=_arm(facts, pair[0], lang), second=_arm(facts, pair[1], lang))
    table = text_table(
        [header[at] for at in keep],
        [[row[at] for at in keep] for row in rows],
        right=[place for place, at in enumerate(keep) if at >= NUMBERS],
    )
    return (("，" if lang == "zh" else ", ").join(above) + "\n\n" if above else "\n") + table


def _arm(facts: dict[str, Any], arm: str, lang: str) -> str:
    """Return an arm with its title: plan (The plan's core policies)."""
    title = facts["spec"].get("arm_titles", {}).get(arm, ["", ""])[lang == "zh"]
    if not title or title == arm:
        return arm
    return f"{arm}（{title}）" if lang == "zh" else f"{arm} ({title})"


def _area(row: Any, names: dict[Any, StoredArea], lang: str) -> str:
    """Return the name of a row's area for people, with its code."""
    known = names.get((row["level"], row["area"], row["area_name"]))
    name = row["area_name"] if known is None else known.name_zh if lang == "zh" else known.name_en
    return f"{name} {row['area']}" if row["area"] and row["level"] != "place_type" else str(name)


def _unit(row: Any, unit: str, lang: str) -> tuple[str, float]:
    """Return the unit that a row is shown in and what its numbers are divided by: large sums of money in millions, 万元."""
    sums = (row["reference_median"], row["arm_median"])
    if not row["unit"].startswith("yuan") or max(map(abs, sums)) < LARGE:
        return unit, 1.0
    return (f"万{unit}", 1e4) if lang == "zh" else (f"million {unit}", 1e6)


def _interval(low: float, high: float, lang: str) -> str:
    """Return an interval, or a dash when there is none."""
    between = " 至 " if lang == "zh" else " to "
    return "-" if low != low else number(low, sign=True) + between + number(high, sign=True)


def number(x: float, sign: bool = False) -> str:
    """Return a number with about four digits that matter and separated thousands."""
    if x != x:
        return "-"
    x = round(x, 4) + 0.0  # no negative zero
    size = abs(x)
    digits = 0 if size >= 1000 or x == int(x) else 1 if size >= 100 else 2 if size >= 10 else 3 if size >= 0.01 else 4
    return f"{x:{'+' if sign else ''},.{digits}f}"
