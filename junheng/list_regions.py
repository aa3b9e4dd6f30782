"""`junheng list regions`: the regions that can be simulated."""

from __future__ import annotations

from typing import Annotated

import typer


def regions(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the built-in regions.

    Example: junheng list regions
    """
    from sim.facts import region_names, region_titles

    rows = [{"name": name, **region_titles(name)} for name in region_names()]
    if json:
        from json import dumps

        typer.echo(dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']}: {row['title']} ({row['title_zh']})")
