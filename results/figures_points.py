"""Figures of points and bars: differences between arms with their intervals, variation between schools, money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from results.figure_story import COLOURS, Story
from results.figure_style import FAINT, INK, WIDTH, finish, new_figure, number, text_width, wrap
from results.figures_time import Series, difference_series
from results.labels import INDICATORS, item_label, payer_label, stage_label
from results.tables import INDICATORS as KEYS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The official limits of the coefficient of variation (教督〔2017〕6号; published)
CV_LIMITS = {"primary": 0.50, "junior": 0.45}
ROW = 0.235  # inches of an arm in a panel of differences
STRIP = 0.15  # inches of an arm within an indicator
HATCHES = ("", "////", "....", "xxxx")


def differences(story: Story) -> Figure | None:
    """Draw what each arm changes against the first one in the last year, with 80 and 95 % of the pairs of runs."""
    series = difference_series(story)
    if not series:
        return None
    first, *others = story.arms
    last = max(int(story.apart(one.measure, one.stage, arm)["year"].max()) for one in series for arm in others
               if len(story.apart(one.measure, one.stage, arm)))  # fmt: skip
    names = [wrap(story.arm_label(arm), 1.9, 9, 3) for arm in others]
    heights = [max(ROW, 0.17 * len(lines) + 0.06) for lines in names]
    rows = (len(series) + 2) // 3
    figure, panels = new_figure(rows, 3, rows * (sum(heights) + 0.95), 10.4, sharey=True)
    at = np.cumsum(heights) - np.array(heights) / 2
    for axes, one in zip(panels.flat, series, strict=False):
        values = [_interval(axes, story, one, arm, last, float(y)) for y, arm in zip(at, others, strict=True)]
        digits = decimals([x for x in values if np.isfinite(x)])
        for y, x in zip(at, values, strict=True):
            text = signed(x, digits) if np.isfinite(x) else story.say("not defined", "无定义")
            axes.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", fontsize=8.5)
        _difference_axes(axes, one)
    for axes in list(panels.flat)[len(series) :]:
        axes.set_visible(False)
    panels[0, 0].set_yticks(at, ["\n".join(lines) for lines in names], fontsize=9)
    panels[0, 0].set_ylim(sum(heights) + 0.04, -0.04)
    title = story.say(
        f'differences from "{story.arm_label(first)}" in {last}', f"{last} 年各方案与“{story.arm_label(first)}”的差值"
    )
    more = story.say(
        "Left of the line: less than there. A gap that is less is smaller, as long as the same group leads.",
        "竖线左侧表示低于该方案；领先组不变时，差距为负即差距缩小。",
    )
    return finish(figure, story, title, more, "forest")


def _interval(axes: Axes, story: Story, one: Series, arm: str, year: int, y: float) -> float:
    """Draw the difference of one arm in one year, two bars and a point, and return it; NaN when it is not defined."""
    rows = story.apart(one.measure, one.stage, arm)
    rows = rows[rows["year"] == year]
    if rows.empty:
        return float("nan")
    found = {
        name: float(rows[name].iloc[0]) * one.factor for name in ("difference", "low95", "low80", "high80", "high95")
    }
    colour = story.style(arm)["color"]
    for low, high, thick in (("low95", "high95", 1.3), ("low80", "high80", 4.2)):
        if np.isfinite(found[low]):
            axes.plot([found[low], found[high]], [y, y], color=colour, linewidth=thick, solid_capstyle="butt")
    sure = np.isfinite(found["low95"]) and (found["low95"] > 0 or found["high95"] < 0)
    axes.plot(found["difference"], y, story.marker(arm), color=colour, markersize=6.5, markeredgewidth=1.4,
              markerfacecolor=colour if sure or not np.isfinite(found["low95"]) else "white", zorder=4)  # fmt: skip
    return found["difference"]


def _difference_axes(axes: Axes, one: Series) -> None:
    """Name a panel of differences, and let its scale hold zero."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.axvline(0, color=INK, linewidth=1.0, zorder=1)
    low, high = axes.dataLim.x0, axes.dataLim.x1
    if not (np.isfinite(low) and np.isfinite(high)) or max(abs(low), abs(high)) < 1e-12:
        low, high = -1.0, 1.0
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.12 * (high - low)
    axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: number(round(x, 9))))
    axes.set_title(one.label, fontsize=10)
    axes.set_xlabel(one.unit, fontsize=8.5)
    axes.tick_params(labelsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)


def decimals(values: list[float]) -> int:
    """Return how many decimals show two digits of the largest of some numbers; none for whole numbers."""
    largest = max((abs(x) for x in values), default=0.0)
    if largest == 0 or all(x == round(x) for x in values):
        return 0
    return int(min(5, max(1 if largest < 100 else 0, 1 - np.floor(np.log10(largest)))))


def signed(x: float, digits: int) -> str:
    """Return a difference with its sign; nothing is called minus zero."""
    text = f"{x:+,.{digits}f}"
    return text[1:] if not text.strip("+-0.,") else text.replace("-", "\u2212")


def variation(story: Story) -> Figure | None:
    """Draw the coefficients of variation of the seven indicators, first and last year, by arm, against the limit."""
    stages = [s for s in CV_LIMITS if any(not story.rows(f"cv.{key}", s).empty for key in KEYS)]
    if not stages:
        return None
    block = max(0.42, STRIP * len(story.arms) + 0.2)
    figure, panels = new_figure(1, len(stages), block * len(KEYS) + 0.9, sharey=True, sharex=True)
    for stage, axes in zip(stages, panels[0], strict=True):
        _draw_variation(axes, story, stage, block)
    panels[0, 0].set_yticks(range(len(KEYS)), INDICATORS[story.lang])
    panels[0, 0].tick_params(axis="y", length=0)
    panels[0, 0].set_ylim(len(KEYS) - 0.5, -0.5)
    panels[0, 0].set_xlim(left=0)
    title = story.say("differences between schools of a county, by indicator", "县域内校际差异（七项资源指标）")
    more = story.say(
        "Mean over counties of the official coefficient of variation, weighted by pupils; a county needs every one at "
        "or below the limit.",
        "为各县官方差异系数按学生数加权的均值；一县须七项全部不高于限值。",
    )
    return finish(figure, story, title, more, "points", handles=_variation_handles(story))


def _draw_variation(axes: Axes, story: Story, stage: str, block: float) -> None:
    """Draw for each indicator a strip for each arm, from the first to the last year, and the limit."""
    arms = story.arms
    for at in range(0, len(KEYS), 2):
        axes.axhspan(at - 0.5, at + 0.5, color="#f6f6f6", linewidth=0, zorder=0)
    for arm_at, arm in enumerate(arms):
        offset = (arm_at - (len(arms) - 1) / 2) * STRIP / block
        colour = story.style(arm)["color"]
        for at, key in enumerate(KEYS):
            rows = story.rows(f"cv.{key}", stage, arm=arm)
            if rows.empty:
                continue
            first, last, y = rows.iloc[0], rows.iloc[-1], at + offset
            axes.plot([last["low95"], last["high95"]], [y, y], color=colour, alpha=0.3, linewidth=6, zorder=1)
            axes.plot([first["median"], last["median"]], [y, y], color=colour, linewidth=1.3, zorder=2)
            axes.plot(first["median"], y, story.marker(arm), color=colour, markerfacecolor="white", markersize=5)
            axes.plot(last["median"], y, story.marker(arm), color=colour, markersize=5.5)
    limit = CV_LIMITS[stage]
    axes.axvline(limit, color="#B00020", linewidth=1.2)
    text = story.say(f"limit {limit:.2f}", f"限值 {limit:.2f}")
    axes.annotate(text, (limit, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
                  va="bottom", ha="center", fontsize=8.5, color="#B00020")  # fmt: skip
    axes.set_title(stage_label(stage, story.lang))
    axes.set_xlabel(story.say("coefficient of variation", "差异系数"))
    axes.grid(axis="y", visible=False)


def _variation_handles(story: Story) -> list[Any]:
    """Return the legend: the arms, and what open and filled markers mean."""
    from matplotlib.lines import Line2D

    handles = []
    for arm in story.arms:
        look: dict[str, Any] = {"marker": story.marker(arm), "color": story.style(arm)["color"], "linewidth": 1.3}
        handles.append(Line2D([], [], label=story.arm_label(arm), **look))
    plain: dict[str, Any] = {"marker": "o", "color": "black", "linewidth": 0}
    first, last = story.years[0], story.years[-1]
    if first != last:
        handles.append(Line2D([], [], markerfacecolor="white", label=str(first), **plain))
    return [*handles, Line2D([], [], label=str(last), **plain)]


def costs(story: Story) -> Figure | None:
    """Draw money by policy and payer, per arm, mean per year over the runs' median."""
    if story.cost is None or story.cost.empty:
        return None
    cost = story.cost[~story.cost["item"].astype(str).str.startswith("base.")]
    arms = [arm for arm in story.arms if arm in set(cost["arm"])]
    cost = cost[cost["arm"].isin(arms)]
    if not arms:
        return None
    n_years = story.cost["year"].nunique()
    by_run = cost.groupby(["arm", "item", "payer", "seed", "draw"])["yuan"].sum() / n_years
    table = by_run.groupby(["arm", "item", "payer"]).median()
    unit, yuan = money_unit(story, float(table.max()))
    table = table / yuan
    total = (cost.groupby(["arm", "seed", "draw"])["yuan"].sum() / n_years / yuan).groupby("arm").median()
    order = table.groupby("item").sum().sort_values(ascending=False).index.tolist()
    payers = [p for p in ("county", "province", "centre") if p in table.index.get_level_values("payer")]
    payers += sorted(set(table.index.get_level_values("payer")) - set(payers))
    wide = max(1.7, (WIDTH - 1.8) / len(arms))
    figure, panels = new_figure(
        1, len(arms), 0.36 * len(order) + 1.5, max(WIDTH, 1.8 + wide * len(arms)), sharex=True, sharey=True
    )
    for arm, axes in zip(arms, panels[0], strict=True):
        _draw_costs(axes, story, table.loc[arm], order, payers)
        sum_up = story.say(f"{money(float(total[arm]))} in all", f"合计 {money(float(total[arm]))}")
        axes.set_title("\n".join([*wrap(story.arm_label(arm), wide - 0.25, 9.5, 4), sum_up]), fontsize=9.5)
        axes.set_xlabel("\n".join(wrap(unit, wide - 0.25, 9)), fontsize=9)
    names = ["\n".join(wrap(item_label(item, story.lang), 1.7, 9.5, 2)) for item in order]
    panels[0, 0].set_yticks(range(len(order)), names, fontsize=9.5)
    panels[0, 0].invert_yaxis()
    handles = next(h for axes in panels[0] if len(h := axes.get_legend_handles_labels()[0]) == len(payers))
    title = story.say("cost of the policies by payer", "各项政策支出（按承担方）")
    more = story.say(
        f"Mean over {n_years} years; spending that goes on without the policies is left out.",
        f"为 {n_years} 年平均；不含无新政策时的经常性支出。",
    )
    return finish(figure, story, title, more, "medians", handles=handles)


def money_unit(story: Story, largest: float) -> tuple[str, float]:
    """Return the words for money and how many yuan they stand for, so that bars read as ordinary numbers."""
    if largest >= 1e8:
        return (story.say("billion yuan per year", "亿元/年"), 1e9 if story.lang == "en" else 1e8)
    return (story.say("million yuan per year", "万元/年"), 1e6 if story.lang == "en" else 1e4)


def money(x: float) -> str:
    """Return an amount with two decimals, fewer when it is large."""
    return f"{x:,.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def _draw_costs(axes: Axes, story: Story, table: Any, order: list[str], payers: list[str]) -> None:
    """Draw one stacked bar an item, with its total at the end; nothing for an item that the arm does not have."""
    left = np.zeros(len(order))
    for at, payer in enumerate(payers):
        width = np.array([float(table.get((item, payer), 0.0)) for item in order])
        look: dict[str, Any] = {"color": COLOURS[at + 1], "edgecolor": "white", "hatch": HATCHES[at % 4]}
        axes.barh(range(len(order)), width, left=left, height=0.65, label=payer_label(payer, story.lang), **look)
        left += width
    for at, (item, total) in enumerate(zip(order, left, strict=True)):
        if item in table.index.get_level_values("item"):
            axes.annotate(
                money(total), (total, at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5
            )
    axes.margins(x=0.02)
    axes.set_xlim(right=max(axes.get_xlim()[1], float(left.max()) * (1.25 + 0.1 * text_width("000", 8.5))))
    axes.axvline(0, color=FAINT, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
