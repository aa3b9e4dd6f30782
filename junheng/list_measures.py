"""`junheng list measures`: every measure with its unit and definition."""

from __future__ import annotations

from typing import Annotated

import typer

from junheng import completion
from junheng.layout import width
from junheng.wrapping import broken


def measures(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Show only this measure, or those that begin with this", autocompletion=completion.measures
        ),
    ] = None,
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Write JSON with everything known about each measure")] = False,
) -> None:
    """List the measures: name, unit, definition. The names are those of the database, exports and figures.

    Example: junheng list measures gap --lang zh
    """
    from results.measures import definition, label, measure, needs_whole_schools, unit

    names = _beginning(name or "")
    if json:
        from dataclasses import asdict
        from json import dumps

        told = [asdict(measure(m)) | {"whole_schools": needs_whole_schools(m)} for m in names]
        typer.echo(dumps(told, ensure_ascii=False, indent=1))
        return
    heads, colon = (("名称", "单位", "定义"), "：") if lang == "zh" else (("name", "unit", "definition"), ": ")
    whole = "需完整学校，抽样运行不予给出。" if lang == "zh" else " Needs whole schools: withheld with --sample."
    _print(
        [
            heads,
            *(
                (m, unit(m, lang), label(m, lang) + colon + definition(m, lang) + whole * needs_whole_schools(m))
                for m in names
            ),
        ]
    )


def _beginning(name: str) -> list[str]:
    """Return the measures that begin with a name; ResultsError with the nearest one when there is none."""
    from results.measures import measure, measures

    return [m for m in measures() if m.startswith(name)] or [measure(name).name]


def _print(rows: list[tuple[str, str, str]]) -> None:
    """Print name and unit in columns and the definition wrapped beside them, wide enough for the terminal."""
    from shutil import get_terminal_size

    first, second = (max(width(row[i]) for row in rows) + 2 for i in (0, 1))
    wide = max(40, get_terminal_size((120, 24)).columns - first - second)
    for name, unit, text in rows:
        lines = broken(text, wide)
        typer.echo(_pad(name, first) + _pad(unit, second) + lines[0])
        for line in lines[1:]:
            typer.echo(" " * (first + second) + line)


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
