"""junheng figures: pictures for a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from junheng import completion
from junheng.layout import DEFAULT_DB, Db, Which


def figures(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; made when absent.")],
    experiment: Which = "latest",
    db: Db = DEFAULT_DB,
    lang: str = "en",
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Only this arm; repeat for more, in the order wanted.", autocompletion=completion.arms),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            help="The arm that others are read against; the first if left out.", autocompletion=completion.arms
        ),
    ] = "",
    format: Annotated[str, typer.Option("--format", help="png, svg or pdf.")] = "png",
    force: Annotated[bool, typer.Option("--force", help="Replace figures that are there.")] = False,
) -> None:
    """Draw gaps, levels, differences between arms, certified counties, variation, places, costs.

    More than six arms take several pages: gaps.png, gaps_2.png, ... Example: junheng figures --out figures --lang zh
    """
    from junheng.loudness import note
    from results.figures import draw_all
    from results.measures import sample_note
    from results.store import open_store

    with open_store(db, readonly=True) as store:
        files = draw_all(store, experiment, out, lang, format, force, arms=arm or (), against=against)
        which = store.resolve(experiment)
        sample = float(next(e for e in store.experiments() if e["id"] == which)["spec"].get("sample", 1.0))
    for path in files:
        typer.echo(str(path))
    if sample < 1:
        note(sample_note(sample))
