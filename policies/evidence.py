"""The rows of evidence that policies cite: effect sizes, rules and unit costs with citation and confidence."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

ID = re.compile(r"\b[A-Z]{1,2}\d\d\b")


@lru_cache(maxsize=1)
def evidence() -> dict[str, dict[str, str]]:
    """Return every row of policies/data/evidence.csv by its id. Empty cells are "not known", never zero.

    `high` empty: `se_or_low` is a standard error; filled: both are bounds. Confidence: published or memory.
    """
    text = (files("policies") / "data" / "evidence.csv").read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def rows(ids: Iterable[str]) -> list[dict[str, str]]:
    """Return the rows of some ids, in that order; ids that the table does not hold (a user's own) are left out."""
    table = evidence()
    return [table[i] for i in ids if i in table]


def cited(source: str) -> list[str]:
    """Return the ids that a source names, such as ["RO01"] of "RO01; government item 11"."""
    return [i for i in ID.findall(source) if i in evidence()]


def finding(row: dict[str, str]) -> str:
    """Return what a row found in one line: parameter, value with its bounds or standard error, unit and setting."""
    value = row["value"]
    if value and row["high"]:
        value += f" ({row['se_or_low']} to {row['high']})"
    elif value and row["se_or_low"]:
        value += f" (SE {row['se_or_low']})"
    what = row["parameter"].replace("_", " ")
    result = f"{what}: {value} {row['unit']}" if value else f"{what}: {row['unit']}"
    note = f" [{row['note']}]" if row["note"] else ""
    return f"{result}; {row['setting']}, {row['design']}{note}"
