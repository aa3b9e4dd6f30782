"""Figures over time: gaps, levels of the groups behind them, places, and what the arms change by year.

Two arms are drawn into one panel. More would lie upon each other like the strands of a rope, so each arm then has a column
of its own, with the first arm in grey behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from results.figure_story import COLOURS, Story
from results.figure_style import FAINT, PALE, WIDTH, finish, new_figure, thousands, whole_numbers, wrap, year_ticks
from results.labels import group_label, measure_label, stage_label, unit_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GAPS = ("gap.urban_rural", "gap.left_behind", "gap.ses_top_bottom", "between_share")
PLACES = ("class_size", "pupil_teacher_ratio", "seats_short")
STAGES = ("primary", "junior")
PAIRS = (  # groups whose levels are drawn beside their gap
    ("urban", "town", "village"),
    ("not_left_behind", "left_behind"),
    ("ses_top", "ses_bottom"),
)
# what the pictures of differences show: measure, stage, factor and unit in English and Chinese ("" = its own unit)
DIFFERENCES = (
    ("gap.urban_rural", "compulsory", 1.0, "", ""),
    ("gap.left_behind", "compulsory", 1.0, "", ""),
    ("gap.ses_top_bottom", "compulsory", 1.0, "", ""),
    ("between_share", "compulsory", 100.0, "percentage points", "百分点"),
    ("score_mean", "compulsory", 1.0, "", ""),
    ("retention", "compulsory", 100.0, "percentage points", "百分点"),
    ("schools_passing_share", "compulsory", 100.0, "percentage points", "百分点"),
    ("counties_certified", "compulsory", 1.0, "", ""),
    ("cost", "compulsory", 1e-6, "million yuan per year", "百万元/年"),
)
BY_YEAR = ("gap.urban_rural", "between_share", "score_mean", "schools_passing_share", "counties_certified")
COLUMN, LEFT = 1.55, 1.15  # inches of a narrow panel, and of what stands left of the first


@dataclass(frozen=True)
class Series:
    """One series of a figure. label: its name with its stage; unit: as it stands on the axis."""

    measure: str
    stage: str
    label: str
    unit: str
    factor: float = 1.0


def gaps(story: Story) -> Figure | None:
    """Draw gaps and the between-school share over time; from zero, so that no change looks larger than it is."""
    series = [
        Series(name, "compulsory", measure_label(name, story.lang), gap_unit(story, name))
        for name in GAPS
        if not story.rows(name, "compulsory").empty
    ]
    if not series:
        return None
    title = story.say("gaps in learning, compulsory stages", "学业差距（义务教育阶段）")
    more = story.say(
        "A gap can close because the upper group falls: read it with the levels.",
        "差距缩小可能源于高分组下降，请与水平图一并阅读。",
    )
    return over_time(story, series, title, more)


def gap_unit(story: Story, name: str) -> str:
    """Return the unit of a gap as it stands on an axis."""
    if name == "between_share":
        return story.say("share of the variance of scores", "占得分方差的比例")
    return story.say("SD of scores, base year", "基年得分标准差")


def places(story: Story) -> Figure | None:
    """Draw class size, pupils per teacher and seats short, by stage."""
    series = []
    for name in PLACES:
        for stage in STAGES:
            rows = story.rows(name, stage)
            if len(rows):
                label = f"{measure_label(name, story.lang)}{story.say(', ', '，')}{stage_label(stage, story.lang)}"
                series.append(Series(name, stage, label, unit_label(name, str(rows["unit"].iloc[0]), story.lang)))
    if not series:
        return None
    return over_time(story, series, story.say("classes, teachers and places", "班额、师资与学位"))


def over_time(story: Story, series: list[Series], title: str, more: str = "") -> Figure:
    """Draw series over time, from zero: two columns of panels for one or two arms, else a column for each arm."""
    if len(story.arms) > 2:
        return _columns(story, series, title, more)
    rows = (len(series) + 1) // 2
    figure, panels = new_figure(rows, 2, 2.35 * rows, sharex=True)
    for axes, one in zip(panels.flat, series, strict=False):
        for arm in story.arms:
            bands(axes, story.rows(one.measure, one.stage, arm=arm), one.factor, **story.style(arm))
        from_zero(axes)
        axes.set_title(one.label)
        axes.set_ylabel("\n".join(wrap(one.unit, 1.9, 10)))
        year_ticks(axes, story, WIDTH / 2 - 1.0)
        thousands(axes)
    for axes in list(panels.flat)[len(series) :]:
        axes.set_visible(False)
    _level_rows(panels, series)
    return finish(figure, story, title, more, handles=arm_handles(story))


def _end_value(axes: Axes, rows: pd.DataFrame, factor: float) -> None:
    """Write the value of the last year below the end of its line, or above it where there is no room below."""
    if rows.empty:
        return
    value, low = float(rows["median"].iloc[-1]) * factor, float((rows["median"] * factor).min())
    above = value < 0.3 * axes.get_ylim()[1]
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    at = (rows["year"].iloc[-1], value if above else max(low, 0.3 * axes.get_ylim()[1]))
    look: dict[str, Any] = {"ha": "right", "va": "bottom" if above else "top", "fontsize": 8.5}
    look["bbox"] = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
    axes.annotate(f"{value:,.{digits}f}", at, xytext=(2, 4 if above else -4), textcoords="offset points", **look)


def _level_rows(panels: Any, series: list[Series]) -> None:
    """Give panels of one row that show the same measure one scale."""
    for row in range(0, len(series) - 1, 2):
        if series[row].measure == series[row + 1].measure:
            left, right = panels.flat[row], panels.flat[row + 1]
            top = max(left.get_ylim()[1], right.get_ylim()[1])
            for axes in (left, right):
                axes.set_ylim(min(left.get_ylim()[0], right.get_ylim()[0]), top)


def _columns(story: Story, series: list[Series], title: str, more: str) -> Figure:
    """Draw a row for each series and a column for each arm but the first, which is behind all of them in grey."""
    first, *others = story.arms
    figure, panels = _narrow(story, len(series), others)
    for one, row in zip(series, panels, strict=True):
        for arm, axes in zip(others, row, strict=True):
            before = story.rows(one.measure, one.stage, arm=first)
            axes.plot(before["year"], before["median"] * one.factor, color=FAINT, linewidth=3.2, **dot(before))
            bands(axes, story.rows(one.measure, one.stage, arm=arm), one.factor, color=_colour(story, arm))
            from_zero(axes)
            thousands(axes)
        for arm, axes in zip(others, row, strict=True):  # now that the row has its scale
            _end_value(axes, story.rows(one.measure, one.stage, arm=arm), one.factor)
        _name_row(row, one)
    return finish(figure, story, title, more, handles=_column_handles(story, first))


def differences_by_year(story: Story) -> Figure | None:
    """Draw what each arm changes against the first one, by year, with the interval over pairs of runs."""
    series = [one for one in difference_series(story) if one.measure in BY_YEAR]
    if not series or len(story.years) < 2:
        return None
    first, *others = story.arms
    figure, panels = _narrow(story, len(series), others)
    for one, row in zip(series, panels, strict=True):
        for arm, axes in zip(others, row, strict=True):
            axes.axhline(0, color=FAINT, linewidth=1.4)
            bands(axes, apart_median(story.apart(one.measure, one.stage, arm)), one.factor, color=_colour(story, arm))
            thousands(axes)
            if one.measure == "counties_certified":
                whole_numbers(axes, 4)
        _name_row(row, one)
    title = story.say(
        f'differences from "{story.arm_label(first)}", year by year', f"与“{story.arm_label(first)}”的逐年差值"
    )
    more = story.say(
        "Each panel: the arm above minus the first arm; its scale is its row's own.",
        "每格为上方方案减第一个方案；各行纵轴尺度不同。",
    )
    return finish(figure, story, title, more, "differences")


def difference_series(story: Story) -> list[Series]:
    """Return what the pictures of differences show, of what the experiment holds and of what differs at all."""
    found = []
    for name, stage, factor, en, zh in DIFFERENCES:
        rows = [story.apart(name, stage, arm) for arm in story.arms[1:]]
        rows = [part for part in rows if len(part)]
        if rows:
            unit = story.say(en, zh) or unit_label(name, str(rows[0]["unit"].iloc[0]), story.lang)
            if name.startswith("gap.") or name == "score_mean":
                unit = story.say("SD of scores, base year", "基年得分标准差")
            found.append(Series(name, stage, measure_label(name, story.lang), unit, factor))
    return found


def apart_median(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a comparison under the names of a spread."""
    return rows.rename(columns={"difference": "median"})


def levels(story: Story) -> Figure | None:
    """Draw the mean scores of the groups behind each gap: rows are groupings, columns are arms."""
    families = [[g for g in family if not story.rows("score_mean", "compulsory", g).empty] for family in PAIRS]
    families = [family for family in families if family]
    if not families and not story.rows("score_mean", "compulsory").empty:
        families = [["all"]]
    if not families:
        return None
    arms = story.arms
    wide = max(1.3, (WIDTH - 2.6) / len(arms))
    body = 1.7 * len(families) + 0.5
    figure, panels = new_figure(len(families), len(arms), body, 2.6 + wide * len(arms), sharex=True, sharey="row")
    for family, row in zip(families, panels, strict=True):
        for arm, axes in zip(arms, row, strict=True):
            _draw_levels(axes, story, arm, family, wide)
            axes.label_outer()
        row[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5, handlelength=2.6)
        row[0].set_ylabel(story.say("SD, base year", "基年标准差"))
    for arm, axes in zip(arms, panels[0], strict=True):
        axes.set_title("\n".join(wrap(story.arm_label(arm), wide - 0.1, 9.5, 4)), fontsize=9.5)
    title = story.say("mean scores of the groups, compulsory stages", "各组平均得分（义务教育阶段）")
    more = story.say("Zero is the region's mean in the base year.", "零为本地区基年平均水平。")
    return finish(figure, story, title, more)


def _draw_levels(axes: Axes, story: Story, arm: str, family: list[str], wide: float) -> None:
    """Draw the mean score of each group of a family under one arm."""
    dashes = ("-", "--", ":")
    axes.axhline(0, color=PALE, linewidth=0.8)
    for at, group in enumerate(family):
        name = story.say("all children", "全体学生") if group == "all" else group_label(group, story.lang)
        look: dict[str, Any] = {"color": COLOURS[at + 1], "linestyle": dashes[at % 3]}
        bands(axes, story.rows("score_mean", "compulsory", group, arm), label="\n".join(wrap(name, 1.5, 8.5)), **look)
    year_ticks(axes, story, wide - 0.15)
    thousands(axes)


def bands(axes: Axes, rows: pd.DataFrame, factor: float = 1.0, **look: Any) -> None:
    """Draw a median line with its two bands; a point with bars when there is one year only."""
    if rows.empty:
        return
    years = rows["year"].to_numpy()
    for low, high, alpha, thick in (("low95", "high95", 0.15, 3.0), ("low80", "high80", 0.25, 6.0)):
        below, above = rows[low].to_numpy() * factor, rows[high].to_numpy() * factor
        if len(years) > 1:
            axes.fill_between(years, below, above, color=look["color"], alpha=alpha, linewidth=0)
        else:
            axes.vlines(years, below, above, color=look["color"], alpha=alpha * 2, linewidth=thick)
    axes.plot(years, rows["median"] * factor, **look, **dot(rows))


def dot(rows: pd.DataFrame) -> dict[str, Any]:
    """Return a marker for a line that has one year only and would not be seen."""
    return {"marker": "o", "markersize": 6} if len(rows) == 1 else {}


def from_zero(axes: Axes) -> None:
    """Let the axis begin at zero, unless values lie below it."""
    axes.axhline(0, color=PALE, linewidth=0.8)
    if axes.dataLim.y0 > -1e-9:  # rounding aside, nothing lies below zero
        axes.set_ylim(bottom=0)


def arm_handles(story: Story) -> list[Any]:
    """Return a line for each arm, for the legend."""
    from matplotlib.lines import Line2D

    return [Line2D([], [], label=story.arm_label(arm), **story.style(arm)) for arm in story.arms]


def _narrow(story: Story, rows: int, arms: list[str]) -> tuple[Figure, Any]:
    """Return a figure with a column for each arm, named above it."""
    wide = max(COLUMN, (WIDTH - LEFT) / max(3, len(arms)))
    figure, panels = new_figure(
        rows, len(arms), 1.4 * rows + 0.6, max(LEFT + wide * len(arms), WIDTH * 0.75), sharex=True, sharey="row"
    )
    for arm, axes in zip(arms, panels[0], strict=True):
        axes.set_title("\n".join(wrap(story.arm_label(arm), wide - 0.2, 9.5, 4)), fontsize=9.5)
    year_ticks(panels[0, 0], story, wide - 0.25)
    return figure, panels


def _name_row(row: Any, one: Series) -> None:
    """Write what a row shows, and its unit, beside its first panel."""
    lines = [*wrap(one.label, 1.35, 9), *wrap(one.unit, 1.35, 8)]
    row[0].set_ylabel("\n".join(lines), fontsize=8.5, linespacing=1.3)
    for axes in row:
        axes.label_outer()


def _colour(story: Story, arm: str) -> str:
    return str(story.style(arm)["color"])


def _column_handles(story: Story, first: str) -> list[Any]:
    """Return the legend of a figure with a column for each arm."""
    from matplotlib.lines import Line2D

    named = story.say("the arm named above the column", "列标题所示方案")
    return [
        Line2D([], [], label=story.arm_label(first), color=FAINT, linewidth=3.2),
        Line2D([], [], label=named, color=COLOURS[1]),
    ]
