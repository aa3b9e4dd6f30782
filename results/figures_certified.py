"""The figure of certified counties: what is counted, and what the count is without the items that decide it by construction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from results.figure_story import Story
from results.figure_style import INK, PALE, WIDTH, finish, new_figure, whole_numbers, wrap, year_ticks
from results.figures_time import bands, dot

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAR = "#E69F00"
LABEL = 0.62  # inches beside the end of a line for its number


def certified(story: Story) -> Figure | None:
    """Draw the counties that passed what is modelled so far, a panel for each arm, with the targets of the scenario.

    Where a count follows from how an arm is made, that is said in words, and the count without those items is drawn too.
    """
    if story.rows("counties_certified", "compulsory").empty:
        return None
    arms = story.arms
    columns = min(3, len(arms))
    rows = -(-len(arms) // columns)
    figure, panels = new_figure(rows, columns, (3.2 if rows == 1 else 2.5) * rows, sharex=True, sharey=True)
    total, wide = counties(story), (WIDTH - 0.9) / columns
    highest = float(np.nanmax(story.rows("counties_certified", "compulsory")[["median", "high95"]].to_numpy()))
    top = max(total * 1.1 if np.isfinite(total) else 1.0, highest * 1.1, 1.0)
    for arm, axes in zip(arms, panels.flat, strict=False):
        _draw_arm(axes, story, arm, total, top)
        axes.set_title("\n".join(wrap(story.arm_label(arm), wide - 0.2, 10, 3)), fontsize=10)
        year_ticks(axes, story, wide - 0.3 - LABEL)
        span = story.years[-1] - story.years[0] + 0.8
        axes.set_xlim(right=axes.get_xlim()[1] + span * LABEL / (wide - 0.3 - LABEL))
    for axes in list(panels.flat)[len(arms) :]:
        axes.set_visible(False)
    for axes in panels.flat[max(0, len(arms) - columns) : len(arms)]:
        axes.xaxis.set_tick_params(labelbottom=True)
    panels[0, 0].set_ylim(0, top)
    whole_numbers(panels[0, 0])
    for row in panels:
        row[0].set_ylabel(story.say("counties that passed so far", "累计通过县数（个）"))
    title = story.say(
        "counties that passed what is modelled of the official evaluation", "累计通过优质均衡评估已建模项目的县"
    )
    title += "" if story.built is None else story.built.scope(story.lang)
    more = story.say(
        "Passed so far = passed what is modelled at least once; real certification asks for more.",
        "累计通过指至少一次通过全部已建模项目；实际认定要求更多。",
    )
    return finish(figure, story, title, more, handles=_handles(story, total), words=sentences(story))


def sentences(story: Story) -> list[str]:
    """Return what must be said in words: which counts follow from how arms are made, and what is modelled at all."""
    if story.built is None:
        return []
    return [
        text for text in (*story.built.reasons(story.lang, story.arms), story.built.modelled_words(story.lang)) if text
    ]


def _draw_arm(axes: Axes, story: Story, arm: str, total: float, top: float) -> None:
    """Draw the count of one arm, the same without the items decided by construction, the targets and all counties."""
    if np.isfinite(total):
        axes.axhline(total, color=PALE, linewidth=1, linestyle=":")
    rows, other = story.rows("counties_certified", "compulsory", arm=arm), without_items(story, arm)
    bands(axes, rows, color=story.style(arm)["color"])
    if len(other):
        axes.plot(other["year"], other["median"], color=INK, linestyle=(0, (2, 1.6)), linewidth=1.5, **dot(other))
    drawn = [part for part in (rows, other) if len(part)]
    heights = apart([max(float(part["median"].iloc[-1]), 0.04 * top) for part in drawn], 0.11 * top)
    for part, y in zip(drawn, heights, strict=True):
        look: dict[str, Any] = {"fontsize": 9, "va": "center"}
        axes.annotate(
            _count(part.iloc[-1]), (part["year"].iloc[-1], y), xytext=(8, 0), textcoords="offset points", **look
        )
    for target in story.facts["spec"].get("targets") or ():
        scale = {"counties_certified": 1.0, "counties_certified_share": total}.get(target.get("measure", ""))
        if scale is not None and np.isfinite(scale):
            height = float(np.ceil(float(target["value"]) * scale - 1e-9))
            axes.plot(
                [int(target["year"])],
                [height],
                marker="*",
                markersize=13,
                color=STAR,
                markeredgecolor="#333333",
                zorder=5,
            )


def apart(heights: list[float], least: float) -> list[float]:
    """Return where one or two labels stand beside the ends of their lines: not nearer to each other than `least`."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= least:
        return heights
    middle, up = sum(heights) / 2, 1 if heights[0] >= heights[1] else -1
    middle = max(middle, least / 2)
    return [middle + up * least / 2, middle - up * least / 2]


def _count(last: pd.Series) -> str:
    """Return the count of the last year, with lowest and highest where the runs differ."""
    low, high = float(last["low95"]), float(last["high95"])
    if not np.isfinite(low) or round(low) == round(high):
        return f"{last['median']:.0f}"
    return f"{last['median']:.0f} ({low:.0f}\u2013{high:.0f})"


def without_items(story: Story, arm: str) -> pd.DataFrame:
    """Return the spread of an arm's count without the items that are decided by construction; empty when there is none."""
    import pandas as pd

    built = story.built
    if built is None or not built.without(story.lang):
        return pd.DataFrame({"year": [], "median": []})
    found = []
    for year, counts in sorted(built.so_far(arm).items()):
        low, high = np.percentile(counts, [2.5, 97.5]) if len(counts) > 1 else (np.nan, np.nan)
        found.append({"year": year, "median": float(np.median(counts)), "low95": low, "high95": high})
    return pd.DataFrame(found)


def counties(story: Story) -> float:
    """Return the number of counties of the region, from the measure itself or from count and share; NaN if unknown."""
    rows = story.rows("counties", "compulsory")
    if len(rows):
        return float(rows["median"].iloc[0])
    counts, shares = (story.rows(name, "compulsory") for name in ("counties_certified", "counties_certified_share"))
    share = shares["median"].to_numpy()
    if len(counts) != len(shares) or not (share > 0).any():
        return float("nan")
    at = int(np.argmax(share))
    return float(round(counts["median"].to_numpy()[at] / share[at]))


def _handles(story: Story, total: float) -> list[Any]:
    """Return the legend."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color="#555555", label=story.say("passed so far", "累计通过"))]
    without = "" if story.built is None else story.built.without(story.lang)
    if without:
        label = story.say(f"the same {without}", f"{without}的累计数")
        handles.append(Line2D([], [], color=INK, linestyle=(0, (2, 1.6)), linewidth=1.5, label=label))
    if np.isfinite(total):
        label = story.say(f"all {total:.0f} counties", f"全部 {total:.0f} 个县")
        handles.append(Line2D([], [], color=PALE, linewidth=1, linestyle=":", label=label))
    for target in story.facts["spec"].get("targets") or ():
        scale = {"counties_certified": 1.0, "counties_certified_share": total}.get(target.get("measure", ""))
        if scale is not None and np.isfinite(scale):
            height = np.ceil(float(target["value"]) * scale - 1e-9)
            label = story.say(f"target {target['year']}: {height:.0f}", f"目标 {target['year']} 年：{height:.0f}")
            star: dict[str, Any] = {
                "marker": "*",
                "markersize": 11,
                "color": STAR,
                "markeredgecolor": "#333333",
                "linewidth": 0,
            }
            handles.append(Line2D([], [], label=label, **star))
    return handles
