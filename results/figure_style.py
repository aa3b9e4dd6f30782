"""How every figure looks: fonts, lines, plain text, the head above and the note below, and room for both."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any

import numpy as np

from results.errors import ResultsError
from results.figure_story import Story
from results.fonts import carried_fonts, chinese_font, missing_in_default

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, PALE, FAINT = "#222222", "#777777", "#9a9a9a"
WIDTH, EDGE = 9.6, 0.12  # inches: a figure, and what stays free at its sides
TITLE, SUBTITLE, LEGEND, SMALL, NOTE = 13.0, 9.5, 9.0, 8.5, 7.6  # sizes of text, points
LINE = 1.32 / 72  # inches that a line of text takes, for each point of its size
HANDLE = 0.62  # inches of a legend that a line or marker takes, with the space around it
SPARE = 1.05  # small letters are set on whole pixels, which makes a line a little longer
LAYOUT = {"w_pad": 0.09, "h_pad": 0.06, "wspace": 0.03, "hspace": 0.05}
NO_BREAK_BEFORE = "，。；：、）》”%"


@contextmanager
def figure_settings(story: Story) -> Iterator[None]:
    """Set fonts and lines for the figures drawn inside, whatever the user's own settings are; those stay as they were.

    Raises: ResultsError when the figures are in Chinese and no font draws it
    """
    import matplotlib as mpl
    from matplotlib.font_manager import FontProperties, fontManager

    # names and titles from the scenario are the texts that are not known before
    text = story.note() + story.region + story.subtitle() + "".join(story.arm_label(arm) for arm in story.arms)
    fonts = fonts_for(story, text)
    for path in fonts:
        if not any(entry.fname == str(path) for entry in fontManager.ttflist):
            fontManager.addfont(str(path))
    families = [FontProperties(fname=str(path)).get_name() for path in fonts]
    settings: dict[Any, Any] = {
        "font.family": [*families, "DejaVu Sans"],
        "font.size": 10,
        "text.color": INK,
        "text.parse_math": False,  # a name is a name: "$", "_", "^" and "\\" stand for themselves
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
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        _width.cache_clear()
        yield


def fonts_for(story: Story, text: str) -> list[Any]:
    """Return the font files that figures with this text need before matplotlib's own.

    Raises: ResultsError when the figures are in Chinese and no font draws it
    """
    foreign = missing_in_default(text)
    return [chinese_font(foreign)] if foreign or story.lang == "zh" else carried_fonts()[:1]


def new_figure(rows: int, columns: int, body: float, width: float = WIDTH, **more: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes as a (rows, columns) array; no window, no global state.

    body: inches for the panels; `finish` adds what the texts above and below take
    """
    from matplotlib.figure import Figure as NewFigure

    figure = NewFigure(figsize=(width, body), layout="constrained")
    figure.get_layout_engine().set(**LAYOUT)  # type: ignore[union-attr]
    return figure, figure.subplots(rows, columns, squeeze=False, **more)


def finish(
    figure: Figure,
    story: Story,
    title: str,
    more: str = "",
    shapes: str = "lines",
    *,
    handles: Sequence[Any] = (),
    words: Sequence[str] = (),
) -> Figure:
    """Put title, what was run and legend above the panels, and the notes below; the figure grows by what they take.

    more: what to know about this figure; shapes: see `Story.interval`; handles: of the legend
    words: sentences that must not be missed, below the panels in the colour of the text
    """
    width, body = figure.get_size_inches()
    inside = width - 2 * EDGE
    head = [(line, TITLE) for line in wrap(f"{story.region}{story.say(': ', '：')}{title}", inside, TITLE)]
    head += [(line, SUBTITLE) for line in wrap(story.subtitle(), inside, SUBTITLE)]
    foot = [(line, SMALL, INK) for text in words for line in wrap(text, inside, SMALL)]
    foot += [
        (line, NOTE, PALE) for line in wrap(f"{more}{story.say(' ', '')}{story.note(shapes)}".strip(), inside, NOTE)
    ]
    labels = [handle.get_label() for handle in handles]
    columns, rows = legend_shape(labels, inside)
    above = 0.08 + sum(size * LINE for _, size in head) + (0.06 + rows * 1.35 * LEGEND * LINE if labels else 0.0)
    below = 0.06 + sum(size * LINE for _, size, _ in foot) + 0.05
    height = above + body + below
    figure.set_size_inches(width, height)
    layout: Any = figure.get_layout_engine()
    layout.set(rect=(0, below / height, 1, body / height))
    top = height - 0.08
    for line, size in head:
        look: dict[str, Any] = {"color": INK if size == TITLE else "#444444", "va": "top", "fontsize": size}
        figure.text(EDGE / width, top / height, line, **look)
        top -= size * LINE
    if labels:
        legend = figure.legend(
            handles=list(handles), loc="upper left", bbox_to_anchor=(EDGE / width, (top - 0.02) / height),
            ncols=columns, fontsize=LEGEND, handlelength=2.8, borderaxespad=0, borderpad=0, columnspacing=1.4,
        )  # fmt: skip
        legend.set_in_layout(False)
    at = below - 0.06
    for line, size, colour in foot:
        figure.text(EDGE / width, at / height, line, va="top", fontsize=size, color=colour)
        at -= size * LINE
    figure.align_ylabels()
    return figure


def legend_shape(labels: Sequence[str], inches: float) -> tuple[int, int]:
    """Return (columns, rows) of a legend that fits into a width: as many columns as the widest labels allow."""
    widths = [text_width(label, LEGEND) + HANDLE for label in labels]
    for rows in range(1, len(labels)):
        columns = -(-len(labels) // rows)
        parts = np.array_split(widths, columns)  # how a legend shares its entries out to columns
        if sum(max(part) for part in parts) <= inches:
            return columns, max(len(part) for part in parts)
    return 1, len(labels)


def year_ticks(axes: Axes, story: Story, inches: float) -> None:
    """Put ticks on whole years, the first and the last among them, so far apart that no labels meet.

    inches: about how wide the axes are
    """
    first, last = story.years[0], story.years[-1]
    axes.set_xlim(first - 0.4, last + 0.4)
    span, room = last - first, max(1.0, inches / (text_width("2000", 10) + 0.15))
    step = next((s for s in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20) if span / s <= room - 1), max(1, span))
    ticks = list(range(first, last + 1, step))
    if ticks[-1] != last:
        ticks = [*(tick for tick in ticks if last - tick >= span / max(1, room - 0.5)), last]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])


def whole_numbers(axes: Axes, ticks: int = 8) -> None:
    """Put ticks of the y axis on whole numbers only: there is no half county."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=ticks))


def thousands(axes: Axes) -> None:
    """Write the numbers of the y axis with separated thousands."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: number(x)))


def number(x: float) -> str:
    """Return a number for an axis: thousands apart, a real minus sign."""
    return (f"{x:,.0f}" if x == round(x) else f"{x:,g}").replace("-", "\u2212")


def text_width(text: str, size: float) -> float:
    """Return how many inches a line of text takes in the fonts of the figures."""
    return sum(_width(c) for c in text) * size / 10.0 * SPARE


@cache
def _width(character: str) -> float:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    renderer = RendererAgg(10, 10, 720)
    return float(renderer.get_text_width_height_descent(character, FontProperties(size=10), ismath=False)[0]) / 720


def wrap(text: str, inches: float, size: float, most: int = 0) -> list[str]:
    """Break a text into lines that fit: at spaces and after any Chinese character; a longer word after _, or anywhere.

    most: lines at most, the rest becomes "..."; 0 = as many as it takes
    """
    lines, line = [], ""
    for piece in _pieces(text, inches, size):
        if line and text_width((line + piece).rstrip(), size) > inches and piece not in NO_BREAK_BEFORE:
            lines.append(line.rstrip())
            line, piece = "", piece.lstrip()
        line += piece
    lines += [line.rstrip()] if line.strip() else []
    if most and len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + "...", size) > inches:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "..."]
    return lines


def _pieces(text: str, inches: float, size: float) -> Iterator[str]:
    """Yield what may not be broken: words with the space after them, single Chinese characters, pieces of long words."""
    word = ""
    for c in text:
        wide = unicodedata.east_asian_width(c) in "WF"
        if word and (wide or text_width(word + c, size) > inches):
            at = word.rfind("_") + 1 if "_" in word[:-1] and not wide else len(word)
            yield word[:at]
            word = word[at:]
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
