"""`junheng show year`: the phases of a school year in their order, which is data (`sim.step.PHASES`)."""

from __future__ import annotations

import sys
from gettext import gettext as tr
from typing import Annotated

import typer

from junheng.wrapping import wrapped

TITLES_ZH = {
    "households": "家庭与人口",
    "county_plan": "县级规划",
    "admission": "招生入学",
    "staff": "教师",
    "equip": "办学条件",
    "teach": "教学",
    "stay_or_leave": "在学与流失",
    "inspect": "督导评估",
}


def year(
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Show the order of a school year: every phase with what it does.

    Example: junheng show year
    """
    zh = lang == "zh"
    rows = phases()
    if json:
        from json import dumps

        typer.echo(dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        title = f" {row['title_zh']}" if zh else ""
        typer.echo(f"{row['order']}. {row['phase']}{title}")
        typer.echo("\n".join(wrapped(tr(str(row["does"])), "   ")))


def phases() -> list[dict[str, object]]:
    """Return one record a phase, in order: order, phase, title_zh, does (what its file says of itself)."""
    from sim.step import PHASES

    rows: list[dict[str, object]] = []
    for order, (name, phase) in enumerate(PHASES, 1):
        module = sys.modules[phase.__module__]
        rows.append({"order": order, "phase": name, "title_zh": TITLES_ZH.get(name, ""), "does": does(module.__doc__)})
    return rows


def does(text: str | None) -> str:
    """Return what a phase says of itself on one line, without the number it begins with."""
    said = " ".join((text or "").split())
    said = said.split(": ", 1)[1] if said.startswith("Phase ") and ": " in said else said
    return said[:1].upper() + said[1:]
