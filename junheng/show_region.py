"""`junheng show region`: what a region is made from, and how far its start world meets the published counts."""

from __future__ import annotations

from gettext import gettext as tr
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng import completion
from junheng.layout import width

if TYPE_CHECKING:
    from sim.columns import Array
    from sim.region import Region
    from sim.tables import Schools

TOLERANCE = 1.0  # percent by which an alignment target may be missed
PUBLISHED = (
    *((name, stage) for name in ("students", "full_time_teachers", "schools") for stage in ("primary", "junior")),
    *(("pupil_teacher_ratio", stage) for stage in ("primary", "junior")),
    ("local_budget_education_expenditure", "all"),
    ("mean_wage_education_sector", "all"),
    ("disabled_students_enrolled", "special"),
)
SINCE_CENSUS = ("births", "urbanisation_rate", "census_population", "census_urban_population")
COUNTY_COLUMNS = {
    "census": (
        "published",
        "residents, urban share, six age groups, years of schooling, residents registered elsewhere",
    ),
    "geography": ("derived", "area computed on simplified outlines, seat of government"),
    "poverty_flag": ("memory", "one of the 832 former national poverty counties"),
}
WORDS = {
    "en": {
        "title": "{title} ({zh}), start year {year}: {counties} counties, {places} places, {schools} schools open",
        "targets": "Alignment targets of the start year (within 1 %)",
        "by_place": "By place type (no provincial target is published)",
        "figures": "Figures: {data} data, {derived} derived, {assumed} assumed",
        "note": "Schools are synthetic: their numbers come from official counts, their names, sites and stocks do not.",
        "target_head": ("name", "stage", "target", "got", "diff %", "met", "kind", "confidence", "note"),
        "place_head": ("stage", "place type", "pupils", "schools", "teachers", "pupils per teacher"),
        "figure_head": ("name", "value", "unit", "low", "high", "kind", "confidence", "source", "note"),
        "younger": "Younger units without data of their own",
        "yes": "yes",
        "no": "NO",
    },
    "zh": {
        "title": "{zh}（{title}），起始年 {year}：{counties} 个县级单位，{places} 个居住点，{schools} 所在办学校",
        "targets": "起始年对齐目标（误差不超过 1 %）",
        "by_place": "按城乡分（没有公布的省级目标）",
        "figures": "数据来源：公布 {data} 项，推算 {derived} 项，假设 {assumed} 项",
        "note": "学校为合成：数量依据官方统计，名称、位置和办学条件均非真实。",
        "target_head": ("指标", "学段", "目标", "实际", "差 %", "达到", "类别", "可信度", "说明"),
        "place_head": ("学段", "类型", "学生", "学校", "教师", "生师比"),
        "figure_head": ("名称", "数值", "单位", "下限", "上限", "类别", "可信度", "来源", "说明"),
        "younger": "没有独立数据的新设单位",
        "yes": "是",
        "no": "否",
    },
}


def region(
    name: Annotated[
        str,
        typer.Argument(help="Name of a region, e.g. guizhou (junheng list regions)", autocompletion=completion.regions),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record instead of tables")] = False,
    lang: str = "en",
) -> None:
    """Show what of a region is data, derived and assumed, and how its start world meets the published counts.

    Example: junheng show region guizhou
    """
    from experiments.first_start import told_on_stderr
    from junheng.loudness import progress_shown
    from sim import build

    with told_on_stderr(progress_shown()):
        world = build(name)
    record = describe(world.region, len(world.places), world.schools, world.teachers.section, world.teachers.weight)
    if json:
        from json import dumps

        typer.echo(dumps(record, ensure_ascii=False, indent=2))
        return
    typer.echo(as_text(record, lang))


def describe(region: Region, places: int, schools: Schools, section: Array, weight: Array) -> dict[str, Any]:
    """Return all that `junheng show region` prints as one record of plain values.

    schools: with the pupils of the start year; section, weight: (T,) of teachers (2 * school + stage; teachers a row)
    """
    import numpy as np

    teachers = np.bincount(section, weight, minlength=2 * len(schools)).reshape(-1, 2)
    figures = _figures(region)
    kinds = [figure["kind"] for figure in figures]
    return {
        "region": region.name,
        "title": region.title,
        "title_zh": region.title_zh,
        "start_year": region.start_year,
        "counties": len(region.counties),
        "places": places,
        "schools_open": int(schools.open.sum()),
        "targets": _alignment(region, schools, teachers),
        "by_place_type": _by_place(schools, teachers),
        "kinds": {kind: kinds.count(kind) for kind in ("data", "derived", "assumed")},
        "figures": figures,
        "units_without_data": list(region.without_data),
    }


def _alignment(region: Region, schools: Schools, teachers: Array) -> list[dict[str, Any]]:
    """One record a target: what was aimed at, what the start world has, and the difference in percent."""
    from sim.tables import JUNIOR, NINE_YEAR, PRIMARY, STAGES, TEACHING_POINT

    counted = {
        "primary": (PRIMARY,),
        "junior": (JUNIOR, NINE_YEAR),
        "nine_year": (NINE_YEAR,),
        "teaching_point": (TEACHING_POINT,),
    }
    rows = []
    for target in region.targets:
        if target.name == "schools":
            got = float(sum((schools.open & (schools.kind == kind)).sum() for kind in counted[target.stage]))
        else:
            stage = STAGES.index(target.stage)
            pupils, staff = float(schools.pupils[:, stage].sum()), float(teachers[:, stage].sum())
            got = {"pupils": pupils, "teachers": staff, "pupil_teacher_ratio": pupils / max(staff, 1e-9)}[target.name]
        off = 100 * (got / target.value - 1)
        rows.append(
            {"name": target.name, "stage": target.stage, "unit": target.unit, "target": target.value, "got": got,
             "difference_percent": off, "met": abs(off) <= TOLERANCE, "kind": target.kind,
             "confidence": target.confidence, "source": target.source, "note": target.note}
        )  # fmt: skip
    return rows


def _by_place(schools: Schools, teachers: Array) -> list[dict[str, Any]]:
    from sim.tables import PLACE_TYPES, STAGES

    rows = []
    for stage, stage_name in enumerate(STAGES):
        for kind, name in enumerate(PLACE_TYPES):
            here = schools.place_type == kind
            pupils, staff = float(schools.pupils[here, stage].sum()), float(teachers[here, stage].sum())
            holds = int((here & schools.open & (schools.pupils[:, stage] > 0)).sum())
            ratio = pupils / staff if staff else None
            rows.append(
                {"stage": stage_name, "place_type": name, "pupils": pupils, "schools": holds, "teachers": staff,
                 "pupil_teacher_ratio": ratio}
            )  # fmt: skip
    return rows


def _figures(region: Region) -> list[dict[str, Any]]:
    """Every figure behind the region: published rows first, then derived, then assumed ones."""
    from dataclasses import asdict

    rows = []
    for (area, indicator, stage, locality, year), row in region.published.items():
        latest = (indicator, stage) in PUBLISHED and year == 2019
        recent = indicator in SINCE_CENSUS and year >= 2020
        if area == region.name and locality == "all" and (latest or recent):
            kind = "data" if row.confidence == "published" else "derived"
            name = f"{indicator}.{stage}.{year}"
            rows.append(
                {"name": name, "value": row.value, "unit": row.unit, "low": row.value, "high": row.value, "kind": kind,
                 "source": row.source, "confidence": row.confidence, "note": ""}
            )  # fmt: skip
    for name, (confidence, note) in COUNTY_COLUMNS.items():
        kind = "derived" if confidence == "derived" else "data"
        rows.append(
            {"name": f"county_table.{name}", "value": len(region.counties), "unit": "counties", "low": None,
             "high": None, "kind": kind, "source": f"sim/data/counties_{region.name}.csv: census 2020, county volume",
             "confidence": confidence, "note": note}
        )  # fmt: skip
    rows += [asdict(fact) for fact in region.facts.values()]
    return sorted(rows, key=lambda row: ("data", "derived", "assumed").index(row["kind"]))


def as_text(record: dict[str, Any], lang: str) -> str:
    """Return the record of `describe` as tables; lang: en or zh."""
    words: dict[str, Any] = WORDS[lang]
    lines = [
        words["title"].format(
            title=record["title"], zh=record["title_zh"], year=record["start_year"], counties=record["counties"],
            places=f"{record['places']:,}", schools=f"{record['schools_open']:,}",
        ),
        words["note"], "", words["targets"],
    ]  # fmt: skip
    lines += _table(
        words["target_head"],
        [
            (r["name"], tr(r["stage"]), _number(r["target"]), _number(r["got"]), f"{r['difference_percent']:+.2f}",
             words["yes"] if r["met"] else words["no"], tr(r["kind"]), tr(r["confidence"]), tr(r["note"]) if r["note"] else "")
            for r in record["targets"]
        ],
    )  # fmt: skip
    lines += ["", words["by_place"]]
    lines += _table(
        words["place_head"],
        [
            (tr(r["stage"]), tr(r["place_type"]), _number(r["pupils"]), _number(r["schools"]), _number(r["teachers"]),
             _number(r["pupil_teacher_ratio"]))
            for r in record["by_place_type"]
        ],
    )  # fmt: skip
    lines += ["", words["figures"].format(**record["kinds"])]
    keys = ("value", "unit", "low", "high", "kind", "confidence", "source", "note")
    rows = [(r["name"], *(_cell(r[key]) for key in keys)) for r in record["figures"]]
    lines += _table(words["figure_head"], rows)
    if record["units_without_data"]:
        lines += ["", words["younger"], *(f"  {unit}" for unit in record["units_without_data"])]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return (value and tr(value)) if isinstance(value, str) else _number(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.4g}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lay text out in columns; Chinese characters are two cells wide; the last column runs free."""
    cells = [head, *rows]
    widths = [max(width(row[i]) for row in cells) for i in range(len(head) - 1)]
    return [
        "  ".join([text + " " * (w - width(text)) for text, w in zip(row, widths, strict=False)] + [row[-1]]).rstrip()
        for row in cells
    ]
