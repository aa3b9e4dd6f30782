"""Figures: titles, notes and units, the same file for the same numbers, and Chinese that is really drawn."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

from results import fonts
from results.errors import ResultsError
from results.figure_style import Story, figure_settings, wrap
from results.figures import FIGURES, draw_all, tell
from results.fonts import carried_fonts, chinese_font, missing
from results.store import Store, open_store
from tests.results.invented import make, record, run_data, spec


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with make(tmp_path_factory.mktemp("figures") / "r.db", seeds=(1, 2, 3)) as opened:
        yield opened


def texts(figure: Figure) -> str:
    """Every text in a figure, drawn or hidden in artists."""
    import matplotlib.text

    return "\n".join(t.get_text() for t in figure.findobj(matplotlib.text.Text))


def draw(story: Story, name: str) -> Figure:
    """One figure, drawn, with any warning (such as a missing glyph) turned into an error."""
    with figure_settings(story), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = FIGURES[name](story)
        assert figure is not None
        FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize("name", list(FIGURES))
def test_chinese_is_really_drawn(store: Store, name: str) -> None:
    story = tell(store, lang="zh")
    figure = draw(story, name)  # matplotlib warns for every glyph that the fonts lack; here that fails
    said = texts(figure)
    assert sum("\u4e00" <= c <= "\u9fff" for c in said) > 50
    assert missing(chinese_font(said), said) == ""
    assert "并非预测" in said.replace("\n", "")
    assert "仅随机性" in said.replace("\n", "")


def test_a_missing_glyph_would_be_noticed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: with a font without Chinese the drawing warns."""
    import matplotlib as mpl

    dejavu = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    monkeypatch.setattr("results.figure_style.chinese_font", lambda text: dejavu)
    with pytest.raises(UserWarning, match="missing from font"):
        draw(tell(store, lang="zh"), "gaps")


def test_glyphs_have_ink() -> None:
    """A font may map a character to an empty box; the ones we choose draw different shapes."""
    path = chinese_font("均衡学校县乡")
    font = FT2Font(str(path))
    font.set_size(40, 72)
    shapes = []
    for c in "均衡学校县乡":
        font.clear()
        font.set_text(c)
        font.draw_glyphs_to_bitmap(antialiased=False)
        shapes.append(np.array(font.get_image()).tobytes())
    assert len(set(shapes)) == 6
    assert FontProperties(fname=str(path)).get_name()


def test_the_font_that_comes_with_the_product_is_found_first() -> None:
    assert [path.name for path in carried_fonts()] == ["NotoSansSC-Regular.ttf"]
    assert chinese_font("义务教育优质均衡") == carried_fonts()[0]


def test_without_it_an_installed_font_or_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    carried = carried_fonts()[0]
    monkeypatch.setattr(fonts, "carried_fonts", list)
    monkeypatch.setattr(fonts, "installed_fonts", lambda: (Path("/no/such.ttf"), carried))
    assert chinese_font("均衡") == carried
    monkeypatch.setattr(fonts, "installed_fonts", lambda: (Path("/no/such.ttf"),))
    with pytest.raises(ResultsError, match="pip install zhplot"):
        chinese_font("均衡")


@pytest.mark.parametrize("name", list(FIGURES))
def test_english_figures_say_title_units_and_what_is_uncertain(store: Store, name: str) -> None:
    figure = draw(tell(store), name)
    said = texts(figure).replace("\n", " ")
    assert said.count("Guizhou: ") == 1
    assert "not a forecast" in said
    assert "chance only" in said
    assert "synthetic schools" in said
    assert any(axes.get_ylabel() or axes.get_xlabel() for axes in figure.axes)


def test_lines_and_bands_are_the_numbers(store: Store) -> None:
    story = tell(store)
    figure = draw(story, "gaps")
    rows = store.frame(measures=["gap.urban_rural"], stages=["compulsory"], levels=["region"], arms=["plan"])
    want = rows.groupby("year")["value"].median().to_numpy()
    lines = [np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[0].get_lines()]
    assert any(len(line) == len(want) and np.allclose(line, want) for line in lines)
    assert figure.axes[0].get_ylim()[0] == 0


def test_targets_and_limits_are_marked(store: Store) -> None:
    story = tell(store)
    assert "target 2035: 3" in texts(draw(story, "certified"))
    said = texts(draw(story, "variation"))
    assert "limit 0.50" in said
    assert "limit 0.45" in said


def test_levels_stand_beside_gaps(store: Store) -> None:
    said = texts(draw(tell(store), "levels"))
    for group in ("schools in urban areas", "schools in villages", "left-behind", "bottom fifth by family background"):
        assert group in said


def test_costs_are_means_per_year_by_payer(store: Store) -> None:
    figure = draw(tell(store), "costs")
    widths = sorted(round(patch.get_width(), 6) for patch in figure.axes[0].patches if patch.get_width() > 0)
    assert widths == [6, 6, 9]  # million yuan: 3 counties x 1e6 x 2 (county), 3 x 2e6 (province), 3 x 3e6 (centre)


def test_one_run_has_no_interval(tmp_path: Path) -> None:
    with make(tmp_path / "one.db", seeds=(1,)) as one:
        said = texts(draw(tell(one), "gaps")).replace("\n", " ")
    assert "no interval is shown" in said


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_files_whole_and_the_same_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, start: bytes
) -> None:
    for name in ("levels", "certified", "variation", "places"):  # two are enough, and a PDF takes a second each
        monkeypatch.delitem(FIGURES, name)
    files = draw_all(store, "latest", tmp_path / "a", "zh", kind)
    assert [f.name for f in files] == [f"{name}.{kind}" for name in FIGURES]
    assert {f.name for f in (tmp_path / "a").iterdir()} == {f.name for f in files}
    assert all(f.read_bytes().startswith(start) for f in files)
    again = draw_all(store, "latest", tmp_path / "b", "zh", kind)
    assert [f.read_bytes() for f in files] == [f.read_bytes() for f in again]


def test_settings_do_not_leak(store: Store) -> None:
    import matplotlib as mpl

    before: dict[Any, Any] = dict(mpl.rcParams)
    draw(tell(store, lang="zh"), "gaps")
    assert dict(mpl.rcParams) == before


def test_bad_input_is_one_message(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="--lang 'fr'"):
        tell(store, lang="fr")
    with pytest.raises(ResultsError, match=r"--format 'gif' .*png, svg, pdf"):
        draw_all(store, "latest", tmp_path, "en", "gif")
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="file is no folder"):
        draw_all(store, "latest", tmp_path / "file" / "x")
    with open_store(tmp_path / "empty.db") as empty:
        with pytest.raises(ResultsError, match="no experiment yet"):
            tell(empty)
        empty.begin_experiment(spec([1]))
        with pytest.raises(ResultsError, match="nothing to draw"):
            tell(empty)


def test_one_arm_without_costs_still_gives_figures(tmp_path: Path) -> None:
    with open_store(tmp_path / "one.db") as store:
        experiment = store.begin_experiment(spec([1], arms=["baseline"], arm_titles={}, targets=[]))
        store.write_run(experiment, record("baseline", 1), run_data("baseline", 1))
        story = tell(store, experiment)
    with figure_settings(story):
        assert [name for name, make_one in FIGURES.items() if make_one(story) is None] == ["costs"]


def test_wrap_counts_chinese_as_two_columns() -> None:
    assert wrap("均衡教育均衡", 4) == ["均衡", "教育", "均衡"]
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("均衡，教育。", 4) == ["均衡，", "教育。"]
