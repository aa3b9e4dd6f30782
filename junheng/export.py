"""junheng export: the long table of an experiment as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from gettext import gettext as tr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from junheng.layout import DEFAULT_DB, Db, Which
from junheng.loudness import note
from sim.names import harmless

if TYPE_CHECKING:
    import pandas as pd


def export(
    out: Annotated[Path, typer.Option("--out", help="File to write; it appears whole or not at all.")],
    experiment: Which = "latest",
    db: Db = DEFAULT_DB,
    format: Annotated[str, typer.Option("--format", help="csv, parquet or json; by the file's name if left out.")] = "",
    area: Annotated[
        list[str] | None, typer.Option(help="Name in Chinese or pinyin, or code; repeat for more. All if left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Export the long table. Example: junheng export latest --format csv --out guizhou.csv

    Columns: scenario, arm, seed, year, level, area, area_name, stage, group, measure, value, unit. `area` is a code, a whole
    number in every row. With parameter draws, the seed alone does not name a run: `draw` comes as a last column.
    """
    from junheng.areas import stored_areas
    from results.errors import ResultsError, nearest
    from results.safe_write import whole_file
    from results.store import open_store
    from results.tables import LONG_COLUMNS

    kind = format or out.suffix.lstrip(".").lower()
    if kind not in WRITERS:
        raise ResultsError(
            tr("--format {kind!r} is not known.{nearest}").format(kind=kind, nearest=nearest(kind, WRITERS))
        )
    with open_store(db, readonly=True) as store:
        which = store.resolve(experiment)
        drawn = any(run["draw"] for run in store.runs(which))
        columns = [*LONG_COLUMNS, "draw"] if drawn else list(LONG_COLUMNS)
        facts = next(e for e in store.experiments() if e["id"] == which)
        areas = stored_areas(store, facts, area or ())
        chosen = {"areas": [a.key for a in areas], "levels": list({a.level for a in areas})} if areas else {}
        parts = (frame[columns] for frame in store.frames(which, **chosen))
        with whole_file(out, force=force, inputs=[store.file]) as file:
            rows = WRITERS[kind](file, columns, _counted(parts))
    note(tr("{path}: {rows:,} rows of experiment {experiment}").format(path=out, rows=rows, experiment=which))


def _counted(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield frames and note on stderr how many runs have been written, when there are many."""
    for at, part in enumerate(parts, 1):
        yield part
        if at % 20 == 0:
            note(tr("{runs} runs written").format(runs=at))


def _harmless(column: pd.Series) -> pd.Series:
    """Return a column of texts, of which a spreadsheet runs none as a formula."""
    known = {text: harmless(text) for text in column.unique() if isinstance(text, str)}
    return column.replace(changed) if (changed := {old: new for old, new in known.items() if new != old}) else column


def _write_csv(file: BinaryIO, columns: list[str], parts: Iterator[pd.DataFrame]) -> int:
    """Write CSV with a header; floats with all their digits. Returns the number of rows.

    UTF-8 with a byte order mark: without it Excel takes Chinese for another encoding; pandas and readr skip it.
    A text that a spreadsheet would run as a formula (it begins with =, +, - or @) gets an apostrophe before it.
    """
    rows = 0
    file.write((",".join(columns) + "\n").encode("utf-8-sig"))
    for part in parts:
        part = part.assign(**{name: _harmless(part[name]) for name in columns if part[name].dtype.kind not in "iufb"})
        part.to_csv(file, mode="wb", header=False, index=False, lineterminator="\n", encoding="utf-8")
        rows += len(part)
    return rows


def _write_parquet(file: BinaryIO, columns: list[str], parts: Iterator[pd.DataFrame]) -> int:
    """Write Parquet, one row group a run; texts as dictionaries. Returns the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"seed": pa.int64(), "year": pa.int64(), "area": pa.int64(), "draw": pa.int64(), "value": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    rows = 0
    with pq.ParquetWriter(file, schema) as writer:
        for part in parts:
            writer.write_table(pa.Table.from_pandas(part, schema=schema, preserve_index=False))
            rows += len(part)
    return rows


def _write_json(file: BinaryIO, columns: list[str], parts: Iterator[pd.DataFrame]) -> int:
    """Write a JSON list of records, one a line. Returns the number of rows."""
    from json import dumps

    rows = 0
    file.write(b"[")
    for part in parts:
        for cells in zip(*(part[name].tolist() for name in columns), strict=True):
            record: dict[str, Any] = dict(zip(columns, cells, strict=True))
            file.write(((",\n" if rows else "\n") + dumps(record, ensure_ascii=False)).encode())
            rows += 1
    file.write(b"\n]\n")
    return rows


WRITERS: dict[str, Callable[[BinaryIO, list[str], Iterator[Any]], int]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "json": _write_json,
}
