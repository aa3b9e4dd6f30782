"""junheng experiments: list what a database holds."""

from __future__ import annotations

from gettext import gettext as tr
from typing import Annotated, Any

import typer

from junheng.layout import DEFAULT_DB, Db, command, text_table
from junheng.loudness import note


def experiments(
    db: Db = DEFAULT_DB,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List experiments: what each run command made. Example: junheng experiments --db junheng.db"""
    from json import dumps

    from results.store import open_store

    with open_store(db, readonly=True) as store:
        listed = store.experiments()
    names = ("id", "scenario", "arms", "seeds", "created", "state", "title", "draws", "interval", "runs", "failed_runs")
    if json:
        told = [
            {name: e[name] for name in names}
            | {"only": e["spec"].get("only"), "sample": float(e["spec"].get("sample", 1.0))}
            for e in listed
        ]
        typer.echo(dumps(told, ensure_ascii=False, indent=2))
        return
    if not listed:
        note(
            tr("{db} holds no experiment yet. Make one: {command}").format(
                db=store.where, command=command("run", "guizhou", "--db", db)
            )
        )
        return
    rows = [
        (str(e["id"]), e["scenario"], extent(e["spec"]), ", ".join(e["arms"]), span(e["seeds"]), span(e["draws"]) or "-",
         e["created"][:16].replace("T", " "), e["state"], f"{e['runs'] - e['failed_runs']}")
        for e in listed
    ]  # fmt: skip
    typer.echo(
        text_table(
            ("id", "scenario", "counties", "arms", "seeds", "draws", "created (UTC)", "state", "runs"), rows, (0, 8)
        )
    )


def extent(spec: dict[str, Any]) -> str:
    """Return which counties an experiment ran, and which share of the children where it was not every child."""
    only, sample = spec.get("only"), float(spec.get("sample", 1.0))
    names = ", ".join(area["name"] for area in only["areas"]) if only else tr("all")
    return names if sample >= 1 else tr("{counties}, sample {sample:g}").format(counties=names, sample=sample)


def span(numbers: list[int]) -> str:
    """Return whole numbers as short text: 1:5 for a row of numbers, 1,3,8 otherwise."""
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}:{numbers[-1]}"
    return ",".join(str(n) for n in numbers)
