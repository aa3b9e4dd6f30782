"""Small things that verbs share: the database option, plain tables that line up with Chinese text."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import unicodedata
from collections.abc import Sequence
from typing import Annotated

import typer

from results.errors import masked
from sim.errors import visible
from sim.numbers import typed, whole

Db = Annotated[
    str, typer.Option("--db", envvar="JUNHENG_DB", help="Results database: an SQLite file or a PostgreSQL URL.")
]
Which = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Id of an experiment, or latest.")]
DEFAULT_DB = "junheng.db"
PLAIN_WORD = re.compile(r"[\w@%+=:,./-]+")


def typed_number(text: str | float) -> float:
    """Return the number of an option: as `sim.numbers.typed` reads it, whatever Python itself would take for one."""
    number = typed(str(text))
    if number is None:
        raise typer.BadParameter(f"{text!r} is not a valid float")
    return number


def typed_whole(text: str | int) -> int:
    """Return the whole number of an option."""
    number = whole(typed(str(text)), real_too=True)
    if number is None:
        raise typer.BadParameter(f"{text!r} is not a valid int")
    return number


def command(*words: str) -> str:
    """Return a command of ours as it can be pasted into a shell; a password in it is masked."""
    pasted = [masked(word) for word in words]
    if os.name == "nt":
        return subprocess.list2cmdline(["junheng", *pasted])
    # shlex.join would put Chinese words in quotes, which no shell needs
    return " ".join(["junheng", *(word if PLAIN_WORD.fullmatch(word) else shlex.quote(word) for word in pasted)])


def at(db: str) -> list[str]:
    """Return the words of a command that name a database, none for the default one."""
    return [] if db == DEFAULT_DB else ["--db", db]


def named(scenario: str) -> str:
    """Return how a scenario is given to `junheng run`: a built-in one by its name, another one by its file."""
    from experiments.scenario import built_in_scenarios

    return scenario if scenario in built_in_scenarios() else f"{scenario}.toml"


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
