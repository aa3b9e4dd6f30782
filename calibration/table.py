"""The table of alignment factors (`sim/data/alignment.csv`): read, and written whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from gettext import gettext as tr
from importlib.resources import files
from io import StringIO
from pathlib import Path

from calibration.anchors import FITTED
from calibration.card import Line
from results.errors import ResultsError, StorageFailed
from results.safe_write import whole_file
from sim.errors import InputError

COLUMNS = ("region", "factor", "value", "anchor", "target", "reached", "source", "confidence")
# Factors that no anchor pins down: what they are and why they have the value that they have.
ASSUMED = {
    "county_sd": "a little over a third of the between-school variance lies between counties: with all of it there, schools"
    " of one county would hardly differ, but 0.20 was found inside one locality and the official limit is 0.15 inside a county",
    "community_sd": "neighbouring villages and quarters differ less than areas of a county",
}


def table_path() -> Path:
    """Return where the built-in table lies."""
    return Path(str(files("sim"))) / "data" / "alignment.csv"


def factor_rows(region: str, align: Mapping[str, float], lines: Sequence[Line]) -> list[dict[str, str]]:
    """Return the table's rows of one region: each factor with the anchor it was fitted on and what was reached."""
    by_factor = {line.anchor.factor: line for line in lines if line.anchor.use == FITTED}
    rows = []
    for name in sorted(align):
        row = {"region": region, "factor": name, "value": f"{align[name]:.6f}", "anchor": "", "target": "",
               "reached": "", "source": ASSUMED.get(name, "kept as found"), "confidence": "assumed"}  # fmt: skip
        if name in by_factor:
            line = by_factor[name]
            row |= {"anchor": line.anchor.name, "target": f"{line.anchor.target:g}", "reached": f"{line.reached:.4f}",
                    "source": line.anchor.source, "confidence": f"derived; anchor: {line.anchor.confidence}"}  # fmt: skip
        rows.append(row)
    return rows


def write_region(region: str, rows: Sequence[Mapping[str, str]], path: Path | None = None) -> Path:
    """Replace one region's rows of the table and return its path; the other regions' rows stay as they are.

    Raises: InputError when the table cannot be read or written; it is then unchanged.
    """
    path = path or table_path()
    try:
        with path.open(encoding="utf-8", newline="") as f:
            kept = [row for row in csv.DictReader(f) if row["region"] != region]
        merged = sorted([*kept, *rows], key=lambda row: (row["region"], row["factor"]))
        with whole_file(path, option="--write", force=True) as file:
            lines = StringIO(newline="")
            writer = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(merged)
            file.write(lines.getvalue().encode())
    except StorageFailed:
        raise
    except (OSError, ResultsError) as error:
        raise InputError(
            tr(
                "{path}: the table of factors cannot be written ({reason}). Run without --write, or install junheng where"
                " you may write (pip install -e .)."
            ).format(path=path, reason=getattr(error, "strerror", None) or error)
        ) from None
    return path
