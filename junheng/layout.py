"""Small things that verbs share: the database option, plain tables that line up with Chinese text, whole files."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

Db = Annotated[str, typer.Option("--db", help="Results database: a file, or an SQLAlchemy URL.")]
Which = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Id of an experiment, or latest.")]
DEFAULT_DB = "junheng.db"


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return a table of texts with aligned columns. right: columns that are flush right (numbers)."""
    widths = [max(width(row[at]) for row in (header, *rows)) for at in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for at, cell in enumerate(row):
            space = " " * (widths[at] - width(cell))
            cells.append(space + cell if at in right else cell + space)
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), "  ".join("-" * w for w in widths), *(line(row) for row in rows)])


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a name beside the target to write to; it takes the target's place when all went well, else it is removed.

    Raises: ResultsError when the folder does not exist or the target is a folder
    """
    from results.errors import ResultsError

    if target.is_dir():
        raise ResultsError(f"--out {target} is a folder; give the name of a file in it")
    if not target.parent.is_dir():
        raise ResultsError(f"--out {target}: the folder {target.parent} does not exist; make it first")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        umask = os.umask(0)
        os.umask(umask)
        part.chmod(0o666 & ~umask)  # mkstemp keeps others out; an export is an ordinary file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
