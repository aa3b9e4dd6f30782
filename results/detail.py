"""What each school of a county lacks in each year of a run: packed for the database, unpacked for readers.

A row of the table `county_detail` is one county of one run: JSON, compressed by zlib. Its keys, each a list by year:

- `years`; `counted`, `passing`: sections (a stage of a school) evaluated and passing, by stage (primary, junior)
- `cv`: coefficients of variation, stage by indicator; `need`: what all schools have to add, by indicator
- `items`: by key, `state` (passed, failed, not_modelled) and `values` of its measures
- `short`: columns school, what (which indicator and stage: see `what`), lacks (what the section lacks, in hundredths of the
  indicator's unit), pupils; `split`: where a school has to add another amount than its section lacks, because the resource
  is split between stages: school, what, add (hundredths)
- `classes`: sections whose largest class is over the limit; `large`: schools above the size limit
- `schools`: not by year: columns school (row), name (synthetic), kind and place_type (codes) of every school named above

The row of the county `all` is what the others refer to: indicators with units, thresholds and prices, the limits, the 24
items, and which of them are `modelled`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, select

from results import tables as t

if TYPE_CHECKING:
    import pandas as pd

ALL = "all"  # the county of the row that the others refer to
FINE = 100  # amounts are kept in hundredths, as whole numbers: quicker to write and to compress than decimals


def what(indicator: Any, stage: Any, blocks: Any) -> Any:
    """Return one number for indicator (0-6), stage (0-1) and whether the section fails the school rule (0-1)."""
    return 4 * indicator + 2 * stage + blocks


def pack(text: str) -> bytes:
    """Return the bytes of a JSON text as they are stored."""
    return zlib.compress(text.encode(), 4)  # 5 % larger than at 6, in half the time


def unpack(stored: bytes) -> dict[str, Any]:
    """Return the content of a stored row."""
    content: dict[str, Any] = json.loads(zlib.decompress(stored))
    return content


def read(connection: Connection, run: int, county: str) -> dict[str, Any] | None:
    """Return the content of one county (its code as text, or `ALL`) of a run; None when the database lacks it.

    Databases of schema 1 lack it for every run.
    """
    if not inspect(connection).has_table(t.county_detail.name):
        return None
    c = t.county_detail.c
    stored = connection.scalar(select(c.content).where(c.run == run, c.county == county))
    return None if stored is None else unpack(stored)


def shortfalls(content: dict[str, Any], about: dict[str, Any], year: int) -> list[dict[str, Any]]:
    """Return one record a school, stage and indicator that is below its threshold in a year.

    Keys: school (row), name, kind, place_type, stage, indicator, pupils, lacks, to_add (what the whole school has to add on
    account of this stage; 0 where its other stage lacks more), unit, yuan (to_add at the region's price: once for area,
    equipment and rooms, each year for teachers), blocks (the section fails the school rule)
    """
    if year not in content["years"]:
        return []
    at = content["years"].index(year)
    short, split = content["short"][at], content["split"][at]
    schools = school_names(content, about)
    whole = dict(zip(zip(split["school"], split["what"], strict=True), split["add"], strict=True))
    found = []
    columns = (short[name] for name in ("school", "what", "lacks", "pupils"))
    for row, code, lacks, pupils in zip(*columns, strict=True):
        spec, add = about["indicators"][code // 4], whole.get((row, code), lacks) / FINE
        found.append(
            {"school": row, **schools[row], "stage": about["stages"][code // 2 % 2], "indicator": spec["key"]}
            | {"pupils": pupils, "lacks": lacks / FINE, "to_add": add, "unit": spec["raw_unit"]}
            | {"yuan": add * spec["yuan"], "blocks": bool(code % 2)}
        )
    return found


def school_names(content: Mapping[str, Any], about: Mapping[str, Any]) -> dict[int, dict[str, str]]:
    """Return name, kind and place type of the schools of a county that lack anything in any year, by row."""
    s = content["schools"]
    return {
        row: {"name": name, "kind": about["kinds"][kind], "place_type": about["place_types"][place]}
        for row, name, kind, place in zip(s["school"], s["name"], s["kind"], s["place_type"], strict=True)
    }


def shortfall_table(connection: Connection, runs: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the records of `shortfalls` of every county and year of some finished runs, with arm, seed, draw, year, county."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for run in runs:
        about = read(connection, run["id"], ALL)
        if about is None:
            continue
        c = t.county_detail.c
        query = select(c.county, c.content).where(c.run == run["id"], c.county != ALL).order_by(c.county)
        for county, stored in connection.execute(query):
            content = unpack(stored)
            for year in content["years"]:
                head = {"arm": run["arm"], "seed": run["seed"], "draw": run["draw"], "year": year, "county": county}
                rows += [head | record for record in shortfalls(content, about, year)]
    return pd.DataFrame(rows)
