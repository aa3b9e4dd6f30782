"""Arms compared pair-wise on the same draws: what one arm changes against another, and how sure that is.

A pair is one arm and another with the same seed and the same draw of parameters, so what luck does to both cancels.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from gettext import gettext as tr
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from results.errors import ResultsError, nearest

if TYPE_CHECKING:
    import pandas as pd

BANDS = {"low95": 2.5, "low80": 10.0, "high80": 90.0, "high95": 97.5}  # percentiles over pairs
KEYS = ("level", "area", "area_name", "stage", "group", "measure", "unit", "year")
HEADLINES = (  # what `junheng compare` shows unless asked for more: gaps, and the levels that must be read with them
    "gap.urban_rural",
    "gap.left_behind",
    "gap.ses_top_bottom",
    "between_share",
    "score_mean",
    "class_size",
    "seats_short",
    "dropout_rate",
    "schools_passing",
    "counties_certified",
    "counties_certified_share",
    "cost",
)
CONTENT = {
    "en": {
        "chance": "chance only (seeds)",
        "parameters": "parameters only (draws under a single seed)",
        "chance+parameters": "chance and parameters (seeds and draws)",
    },
    "zh": {
        "chance": "仅随机性（不同种子）",
        "parameters": "仅参数（单一种子下的参数抽样）",
        "chance+parameters": "随机性与参数（种子与参数抽样）",
    },
}


def compare(frame: pd.DataFrame, *, against: str | None = None, interval: str = "chance") -> pd.DataFrame:
    """Return what each arm changes against each earlier arm, by series and year.

    frame: a long table as `Store.frame` gives it, with `draw`; arms in the order in which they first appear
    against: compare with this arm only; None = every pair of arms
    interval: what varies over the runs: chance, parameters or chance+parameters; the result says it in words

    Returns: one row a pair of arms, series and year, with
        reference, arm: the two arms; pairs: how many draws both hold
        reference_median, arm_median: median over the paired draws, in the unit of the series
        difference: median over the pairs of (arm minus reference)
        low95, low80, high80, high95: percentiles of that difference over the pairs; NaN with a single pair
        falls, rises: share of pairs in which the arm is below or above the reference. For gaps (`gap.*`) the size of
            the gap is compared, whichever side leads: it falls when the two groups come closer. Equal pairs are
            in neither.
        interval: what the percentiles contain; "none: one draw" with a single pair
    Raises: ResultsError when there are fewer than two arms, no draw in common, or `against` is not an arm
    """
    import pandas as pd

    arms = list(dict.fromkeys(frame["arm"].tolist()))
    if against is not None and against not in arms:
        raise ResultsError(
            tr("arm {against!r} is not in this experiment.{nearest}").format(
                against=against, nearest=nearest(against, arms)
            )
        )
    if len(arms) < 2:
        raise ResultsError(
            tr("there is nothing to compare: the experiment holds one arm ({arms})").format(
                arms=", ".join(arms) or "none"
            )
        )
    wide = _by_draw(frame)
    pairs = list(combinations(arms, 2)) if against is None else [(against, arm) for arm in arms if arm != against]
    parts = [part for a, b in pairs if (part := _pair(wide, a, b, interval)) is not None]
    if not parts:
        raise ResultsError(
            tr(
                "no two arms share a seed and draw, so they cannot be compared in pairs; run the arms with the "
                "same --seeds"
            )
        )
    return pd.concat(parts, ignore_index=True)


def _by_draw(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a series and year, one column a run (arm, seed, draw); absent values are NaN."""
    keys = [name for name in KEYS if name in frame or name != "area_name"]  # older exports have no names of areas
    index = frame.set_index([*keys, "arm", "seed", "draw"])["value"]
    if index.index.has_duplicates:
        raise ResultsError(tr("the table holds a value twice for one run; give the rows of one experiment"))
    return index.unstack(["arm", "seed", "draw"])


def _pair(wide: pd.DataFrame, reference: str, arm: str, interval: str) -> pd.DataFrame | None:
    """Return the comparison of two arms, or None when they have no draw in common."""
    base, other = (wide.xs(name, axis=1, level="arm") for name in (reference, arm))
    shared = base.columns.intersection(other.columns, sort=True)
    if not len(shared):
        return None
    a, b = (part[shared].to_numpy(dtype=float) for part in (base, other))
    both = np.isfinite(a) & np.isfinite(b)
    there = both.any(axis=1)
    a, b, both = (np.where(both, x, np.nan)[there] for x in (a, b, both))
    found = wide.index[there].to_frame(index=False)
    found.insert(0, "reference", reference)
    found.insert(1, "arm", arm)
    gap = found["measure"].str.startswith("gap.").to_numpy(dtype=bool)[:, None]
    for name, column in _statistics(a, b, gap).items():
        found[name] = column
    found["interval"] = np.where(found["pairs"].to_numpy() > 1, CONTENT["en"][interval], "none: one draw")
    return found


def _statistics(a: NDArray[Any], b: NDArray[Any], gap: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the numbers of a comparison. a, b: (n_series, n_pairs), NaN where a pair is incomplete."""
    difference = b - a
    pairs = np.isfinite(difference).sum(axis=1)
    found: dict[str, NDArray[Any]] = {
        "pairs": pairs,
        "reference_median": np.nanmedian(a, axis=1),
        "arm_median": np.nanmedian(b, axis=1),
        "difference": np.nanmedian(difference, axis=1),
    }
    bands = np.nanpercentile(difference, list(BANDS.values()), axis=1)
    for at, name in enumerate(BANDS):
        found[name] = np.where(pairs > 1, bands[at], np.nan)
    move = np.where(gap, np.abs(b) - np.abs(a), difference)
    with np.errstate(invalid="ignore"):
        found["falls"] = (move < 0).sum(axis=1) / pairs
        found["rises"] = (move > 0).sum(axis=1) / pairs
    return found


def over_runs(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the distribution of each series over the runs of each arm: for figures and tables.

    Returns: one row an arm, series and year: arm, the keys, runs, median, low95, low80, high80, high95; the last four
        are NaN with one run
    """
    import pandas as pd

    wide = _by_draw(frame)
    parts = []
    for arm in dict.fromkeys(frame["arm"].tolist()):
        values = wide.xs(arm, axis=1, level="arm").to_numpy(dtype=float)
        there = np.isfinite(values).any(axis=1)
        values = values[there]
        found = wide.index[there].to_frame(index=False)
        found.insert(0, "arm", arm)
        runs = np.isfinite(values).sum(axis=1)
        found["runs"] = runs
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # rows without a value were left out above
            found["median"] = np.nanmedian(values, axis=1)
            bands = np.nanpercentile(values, list(BANDS.values()), axis=1)
        for at, name in enumerate(BANDS):
            found[name] = np.where(runs > 1, bands[at], np.nan)
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


def interval_note(interval: str, pairs: Sequence[int], lang: str = "en") -> str:
    """Return the sentence that says what the intervals of a table or figure contain.

    interval: chance, parameters or chance+parameters; pairs: numbers of draws behind the rows; lang: en or zh
    """
    most = max(pairs, default=0)
    if most <= 1:
        return {
            "en": "One draw only: there is no interval. Run more seeds (--seeds 1:20) to see what chance does.",
            "zh": "仅一次抽样，无区间；请用 --seeds 1:20 运行更多种子以观察随机性。",
        }[lang]
    content = CONTENT[lang][interval]
    if lang == "zh":
        few = "；次数较少，95% 区间接近最小值与最大值" if most < 40 else ""
        return f"区间为 {most} 次配对抽样的百分位数，包含：{content}{few}。"
    few = " With so few, the 95 % interval is close to the smallest and largest." if most < 40 else ""
    return f"Intervals: percentiles over {most} draws; they contain {content}.{few}"
