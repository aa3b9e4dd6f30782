"""Small things that verbs share: the database option, plain tables that line up with Chinese text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Annotated

import typer

from sim.errors import visible

Db = Annotated[str, typer.Option("--db", help="Results database: a file, or an SQLAlchemy URL.")]
Which = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Id of an experiment, or latest.")]
DEFAULT_DB = "junheng.db"


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return a table of texts with aligned columns. right: columns that are flush right (numbers).

    Line ends and control characters in a cell are written as escapes, so that the table stays whole.
    """
    header, rows = [visible(cell, "") for cell in header], [[visible(cell, "") for cell in row] for row in rows]
    widths = [max(width(row[at]) for row in (header, *rows)) for at in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for at, cell in enumerate(row):
            space = " " * (widths[at] - width(cell))
            cells.append(space + cell if at in right else cell + space)
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), "  ".join("-" * w for w in widths), *(line(row) for row in rows)])
