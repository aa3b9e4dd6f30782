"""junheng compare: arms against each other, pair by pair on the same draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng import completion
from junheng.layout import DEFAULT_DB, Db, Which, text_table

if TYPE_CHECKING:
    import pandas as pd

HEADERS = {
    "en": ("measure", "unit", "stage", "area", "year", "arms", "first", "second", "difference", "80 %", "95 %",
           "falls", "rises"),
    "zh": ("指标", "单位", "学段", "地区", "年份", "方案", "前者", "后者", "差值", "80%区间",
           "95%区间", "下降", "上升"),
}  # fmt: skip
STAGES = ("compulsory", "primary", "junior")
FALLS = {
    "en": "difference: median over draws of (second minus first). falls, rises: share of draws; a gap falls when the "
    "two groups come closer.",
    "zh": "差值：各次抽样中（后者减前者）的中位数。下降、上升：占抽样的比例；两组更接近即为差距下降。",
}


def compare(
    experiment: Which = "latest",
    db: Db = DEFAULT_DB,
    level: Annotated[str, typer.Option(help="region, prefecture, county or place_type.")] = "region",
    area: Annotated[list[str] | None, typer.Option(help="Area code or name; repeat for more. All if left out.")] = None,
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
    """Compare arms in pairs on the same draws. Example: junheng compare latest --measure gap.urban_rural --years all"""
    from results.compare import compare as compare_arms
    from results.compare import interval_note
    from results.labels import check_lang
    from results.measures import sample_note
    from results.store import open_store

    check_lang(lang)
    with open_store(db, readonly=True) as store:
        which = store.resolve(experiment)
        facts = next(e for e in store.experiments() if e["id"] == which)
        frame = _chosen(store, facts, level, area, stage, measure, group, years)
        names = {key[1]: pair for key, pair in store.areas(facts["spec"].get("region", "")).items() if key[0] == level}
    found = _in_order(compare_arms(frame, against=against or None, interval=facts["interval"]))
    note = interval_note(facts["interval"], found["pairs"].tolist(), lang)
    thin = sample_note(float(facts["spec"].get("sample", 1.0)))
    note = f"{note}\n{thin}" if thin else note
    if json:
        _print_json(facts, found, note)
        return
    typer.echo(_table(found, names, lang))
    typer.echo(f"\n{note}\n{FALLS[lang]}")


def _chosen(
    store: Any,
    facts: dict[str, Any],
    level: str,
    area: list[str] | None,
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
        raise ResultsError(f"experiment {facts['id']}: {' '.join(reasons)}")
    chosen = {"levels": [level], "areas": area or None, "stages": stage or None}
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
            f"experiment {facts['id']} holds no values for {said}; `junheng list measures` says where each exists"
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


def _print_json(facts: dict[str, Any], found: pd.DataFrame, note: str) -> None:
    """Print the experiment, what its intervals contain, and the rows; absent numbers are null."""
    from json import dumps

    records = [
        {key: None if isinstance(cell, float) and cell != cell else cell for key, cell in row.items()}
        for row in found.to_dict("records")
    ]
    head = {name: facts[name] for name in ("id", "scenario", "arms", "seeds", "draws", "state", "interval")}
    typer.echo(dumps({"experiment": head, "note": note, "rows": records}, ensure_ascii=False, indent=2))


def _table(found: pd.DataFrame, names: dict[str, tuple[str, str]], lang: str) -> str:
    """Return the rows as a table for people; columns that say the same in every row are left out."""
    from results.labels import measure_label, stage_label, unit_label

    rows = []
    for r in found.to_dict("records"):
        area = names.get(r["area"], (r["area"], r["area"]))[lang == "en"]
        label = measure_label(r["measure"], lang) + (f" [{r['group']}]" if r["group"] != "all" else "")
        interval = (_interval(r["low80"], r["high80"]), _interval(r["low95"], r["high95"]))
        rows.append(
            (
                label,
                unit_label(r["measure"], r["unit"], lang),
                stage_label(r["stage"], lang),
                area,
                str(r["year"]),
                f"{r['reference']} -> {r['arm']}",
                number(r["reference_median"]),
                number(r["arm_median"]),
                number(r["difference"], sign=True),
                *interval,
                f"{r['falls']:.0%}",
                f"{r['rises']:.0%}",
            )
        )
    keep = [at for at in range(len(HEADERS[lang])) if at not in (3, 4, 5) or len({row[at] for row in rows}) > 1]
    same = [rows[0][at] for at in (3, 4, 5) if at not in keep]
    table = text_table(
        [HEADERS[lang][at] for at in keep],
        [[row[at] for at in keep] for row in rows],
        right=[place for place, at in enumerate(keep) if at >= 6],
    )
    return (", ".join(same) + "\n\n" if same else "") + table


def _interval(low: float, high: float) -> str:
    """Return an interval, or a dash when there is none."""
    return "-" if low != low else f"{number(low, sign=True)} to {number(high, sign=True)}"


def number(x: float, sign: bool = False) -> str:
    """Return a number with about four digits that matter and separated thousands."""
    if x != x:
        return "-"
    x = round(x, 4) + 0.0  # no negative zero
    digits = 0 if abs(x) >= 1000 or x == int(x) else 1 if abs(x) >= 100 else 2 if abs(x) >= 10 else 3
    return f"{x:{'+' if sign else ''},.{digits}f}"
