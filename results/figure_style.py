"""How every figure looks: fonts, colours that colour-blind readers tell apart, bands, titles and the note below."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

from results.compare import CONTENT
from results.errors import ResultsError
from results.fonts import carried_fonts, chinese_font, missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008), Color Universal Design; grey for the first arm, which others are read against
COLOURS = ("#555555", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")
INK, PALE = "#222222", "#777777"
NOTE_COLUMNS = {"en": 18.6, "zh": 16.4}  # columns of a terminal that fit in an inch of the note below a figure
TITLE_INCHES = 0.30  # height of the title; the legend stands below it
LAYOUT = {"w_pad": 0.08, "h_pad": 0.06, "wspace": 0.03, "hspace": 0.05}


@dataclass(frozen=True)
class Story:
    """What figures are drawn from.

    spread: `compare.over_runs` of the region's values; cost: the cost table, or None
    facts: the record of the experiment as `Store.experiments` gives it; code: version of the code that made the runs
    region: its name for people; lang: en or zh
    """

    spread: pd.DataFrame
    cost: pd.DataFrame | None
    facts: dict[str, Any]
    code: str
    region: str
    lang: str

    def say(self, en: str, zh: str) -> str:
        """Return the text in the language of the figures."""
        return en if self.lang == "en" else zh

    @property
    def arms(self) -> list[str]:
        """Arms that hold values, in the order of the command."""
        there = set(self.spread["arm"])
        return [arm for arm in self.facts["arms"] if arm in there]

    def arm_label(self, arm: str) -> str:
        """Return the title of an arm, or its name when the scenario gives none."""
        titles = self.facts["spec"].get("arm_titles", {}).get(arm, ["", ""])
        return titles[self.lang == "zh"] or arm

    def style(self, arm: str) -> dict[str, Any]:
        """Return colour and dashes of an arm."""
        at = self.facts["arms"].index(arm)
        return {"color": COLOURS[at % len(COLOURS)], "linestyle": DASHES[at % len(DASHES)]}

    def marker(self, arm: str) -> str:
        """Return the marker of an arm."""
        return MARKERS[self.facts["arms"].index(arm) % len(MARKERS)]

    def rows(self, measure: str, stage: str, group: str = "all", arm: str | None = None) -> pd.DataFrame:
        """Return the spread of one series of the region, by year; empty when there is none."""
        s = self.spread
        keep = (s["measure"] == measure) & (s["stage"] == stage) & (s["group"] == group)
        if arm is not None:
            keep &= s["arm"] == arm
        return s[keep].sort_values("year")

    def note(self, shapes: str = "lines") -> str:
        """Return the sentences below a figure: what is synthetic, what the intervals contain, where it comes from.

        shapes: how the figure shows runs: `lines` with two bands, `points` with a bar, or `medians` alone
        """
        years = self.facts["spec"].get("years", ["", ""])
        sample = float(self.facts["spec"].get("sample", 1.0))
        thin = self.say(f", {sample:g} of all children", f"，抽样比例 {sample:g}") if sample < 1 else ""
        return self.say(
            "Simulation: synthetic schools, teachers and children made from published county and provincial facts; "
            f"not a forecast. {self.interval(shapes)} Source: Junheng, experiment {self.facts['id']} "
            f"({self.facts['scenario']}, {years[0]}-{years[1]}{thin}), code / data {self.code}.",
            f"模拟结果：学校、教师与学生均由公开的县、省数据合成，并非预测。{self.interval(shapes)}"
            f"来源：均衡（Junheng）实验 {self.facts['id']}"
            f"（{self.facts['scenario']}，{years[0]}—{years[1]} 年{thin}），程序 / 数据版本 {self.code}。",
        )

    def interval(self, shapes: str) -> str:
        """Return the sentence that says what the intervals of a figure show and contain."""
        runs = int(self.spread["runs"].max())
        if runs < 2:
            return self.say("One run for each arm: no interval is shown.", "每个方案仅运行一次：不显示区间。")
        content = CONTENT[self.lang][self.facts["interval"]]
        return {
            "lines": self.say(
                f"Lines: median of {runs} runs; bands: 80 % (dark) and 95 % (light) of runs; they contain {content}.",
                f"线为 {runs} 次运行的中位数；深、浅色带为 80% 与 95% 的运行结果，包含：{content}。",
            ),
            "points": self.say(
                f"Points: median of {runs} runs; bar around the last year: 95 % of runs; it contains {content}.",
                f"点为 {runs} 次运行的中位数；末年色条为 95% 的运行结果，包含：{content}。",
            ),
            "medians": self.say(
                f"Median of {runs} runs, which vary by {content}.",
                f"为 {runs} 次运行的中位数；各次运行之间的差异：{content}。",
            ),
        }[shapes]


@contextmanager
def figure_settings(story: Story) -> Iterator[None]:
    """Set fonts and lines for the figures drawn inside; settings outside stay as they were.

    Raises: ResultsError when the figures are in Chinese and no font draws it
    """
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties, fontManager

    # names and titles from the scenario are the texts that are not known before
    text = story.note() + story.region + "".join(story.arm_label(arm) for arm in story.arms)
    fonts = [chinese_font(text)] if story.lang == "zh" or missing_in_default(text) else carried_fonts()[:1]
    for path in fonts:
        if not any(entry.fname == str(path) for entry in fontManager.ttflist):
            fontManager.addfont(str(path))
    families = [FontProperties(fname=str(path)).get_name() for path in fonts]
    settings: dict[Any, Any] = {
        "font.family": [*families, "DejaVu Sans"],
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": PALE,
        "axes.titlesize": 10.5,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#e4e4e4",
        "grid.linewidth": 0.7,
        "xtick.color": INK,
        "ytick.color": INK,
        "lines.linewidth": 1.9,
        "legend.frameon": False,
        "svg.fonttype": "path",  # characters as outlines: an SVG shows Chinese wherever it is opened
        "svg.hashsalt": "junheng",  # the same figure, the same file
        "pdf.fonttype": 42,  # text stays text
    }
    with mpl.rc_context(settings):
        yield


def missing_in_default(text: str) -> str:
    """Return the characters that matplotlib's own font lacks (Chinese names in English figures)."""
    from pathlib import Path

    from matplotlib import get_data_path

    return missing(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", text)


def new_figure(rows: int, columns: int, height: float, **more: Any) -> tuple[Figure, Any]:
    """Return a figure at least 9.6 inches wide and its axes as a (rows, columns) array; no window, no global state."""
    from matplotlib.figure import Figure as NewFigure

    figure = NewFigure(figsize=(max(9.6, 2.6 * columns + 2.0), height), layout="constrained")
    figure.get_layout_engine().set(**LAYOUT)  # type: ignore[union-attr]
    return figure, figure.subplots(rows, columns, squeeze=False, **more)


def finish(figure: Figure, story: Story, title: str, more: str = "", shapes: str = "lines") -> Figure:
    """Put the title above and the note below. more: what to know about this figure; shapes: see `Story.note`."""
    below = "\n " if figure.legends else ""  # room for the legend, which the layout does not see
    figure.suptitle(
        f"{story.region}{story.say(': ', '：')}{title}{below}", x=0.012, ha="left", fontsize=13, linespacing=1.8
    )
    columns = int(NOTE_COLUMNS[story.lang] * figure.get_figwidth())
    text = "\n".join(wrap(f"{more}{story.say(' ', '') if more else ''}{story.note(shapes)}", columns))
    figure.supxlabel(text, x=0.012, ha="left", fontsize=7.6, color=PALE)
    figure.align_ylabels()
    return figure


def arm_legend(figure: Figure, story: Story) -> None:
    """Put one legend of the arms above the panels."""
    from matplotlib.lines import Line2D

    legend_above(figure, [Line2D([], [], label=story.arm_label(arm), **story.style(arm)) for arm in story.arms])


def legend_above(figure: Figure, handles: Sequence[Any]) -> None:
    """Put a legend on the line between title and panels."""
    at = (0.003, 1 - TITLE_INCHES / figure.get_figheight())
    legend = figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=at, ncols=len(handles), handlelength=3, borderaxespad=0.2
    )
    legend.set_in_layout(False)


def band_lines(axes: Axes, story: Story, measure: str, stage: str, scale: float = 1.0) -> bool:
    """Draw the median and the two bands of each arm. scale: multiplies values. Returns whether there was anything."""
    drawn = False
    for arm in story.arms:
        rows = story.rows(measure, stage, arm=arm)
        if rows.empty:
            continue
        drawn = True
        years, style = rows["year"].to_numpy(), story.style(arm)
        for low, high, alpha in (("low95", "high95", 0.13), ("low80", "high80", 0.22)):
            axes.fill_between(
                years, rows[low] * scale, rows[high] * scale, color=style["color"], alpha=alpha, linewidth=0
            )
        axes.plot(years, rows["median"] * scale, **style)
    whole_years(axes)
    return drawn


def whole_years(axes: Axes) -> None:
    """Put ticks on whole years only."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))


def whole_numbers(axes: Axes) -> None:
    """Put ticks of the y axis on whole numbers only: there is no half county."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def thousands(axes: Axes) -> None:
    """Write the numbers of the y axis with separated thousands."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}" if x == round(x) else f"{x:,g}"))


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines of so many terminal columns: at spaces, and after any Chinese character."""
    lines, line, used = [], "", 0
    for piece in _pieces(text):
        size = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in piece)
        if used + size > columns and line and piece not in "，。；：、）":
            lines.append(line.rstrip())
            line, used, piece = "", 0, piece.lstrip()
        line, used = line + piece, used + size
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    """Yield words with the space after them, and single Chinese characters."""
    word = ""
    for c in text:
        wide = unicodedata.east_asian_width(c) in "WF"
        if wide and word:
            yield word
            word = ""
        word += c
        if wide or c == " ":
            yield word
            word = ""
    if word:
        yield word


def check_format(kind: str, allowed: Sequence[str]) -> None:
    """Raise ResultsError unless the format of figures is one of those allowed."""
    if kind not in allowed:
        raise ResultsError(
            tr("--format {kind!r} is not known. Allowed: {allowed}.").format(kind=kind, allowed=", ".join(allowed))
        )
