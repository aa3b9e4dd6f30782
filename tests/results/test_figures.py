"""Figures: titles, notes and units, the same file for the same numbers, and Chinese that is really drawn."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
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
from results.figure_story import Story, listed
from results.figure_style import figure_settings, text_width, wrap
from results.figures import FIGURES, draw_all, pages, tell
from results.figures_certified import apart
from results.figures_points import decimals, signed
from results.fonts import carried_fonts, chinese_font, missing, printable
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


_drawn: dict[
    tuple[str, str, str], Figure
] = {}  # laying a figure out takes a second: those that are only looked at are kept


def kept(opened: Store, name: str, lang: str = "en") -> Figure:
    """A figure of an experiment, drawn once for all tests that look at it."""
    key = (opened.where, name, lang)
    if key not in _drawn:
        _drawn[key] = draw(tell(opened, lang=lang), name)
    return _drawn[key]


def draw(story: Story, name: str) -> Figure:
    """One figure, drawn, with any warning (such as a missing glyph) turned into an error."""
    with figure_settings(story), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = FIGURES[name](story)
        assert figure is not None
        FigureCanvasAgg(figure).draw()
    return figure


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


def test_lines_and_bands_are_the_numbers(store: Store) -> None:
    figure = kept(store, "gaps")
    rows = store.frame(measures=["gap.urban_rural"], stages=["compulsory"], levels=["region"], arms=["plan"])
    want = rows.groupby("year")["value"].median().to_numpy()
    lines = [np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[0].get_lines()]
    assert any(len(line) == len(want) and np.allclose(line, want) for line in lines)
    assert figure.axes[0].get_ylim()[0] == 0


def test_targets_and_limits_are_marked(store: Store) -> None:
    assert "target 2035: 3" in texts(kept(store, "certified"))
    said = texts(kept(store, "variation"))
    assert "limit 0.50" in said
    assert "limit 0.45" in said


def test_levels_stand_beside_gaps(store: Store) -> None:
    said = texts(kept(store, "levels")).replace("\n", " ")
    for group in ("schools in urban areas", "schools in villages", "left-behind", "bottom fifth by family background"):
        assert group in said


def test_costs_are_means_per_year_by_payer(store: Store) -> None:
    figure = kept(store, "costs")
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
    for name in FIGURES.keys() - {"differences", "costs"}:  # two are enough, and a PDF takes a second each
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
    draw(tell(store, lang="zh"), "costs")
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
        gone = {name for name, make_one in FIGURES.items() if make_one(story) is None}
    assert gone == {"differences", "differences_by_year", "costs"}


def test_lines_are_broken_where_they_may_be(store: Store) -> None:
    with figure_settings(tell(store)):
        two = text_width("均衡", 10) + 0.01
        assert wrap("均衡教育均衡", two, 10) == ["均衡", "教育", "均衡"]
        assert wrap("均衡，教育。", two, 10) == ["均衡，", "教育。"]
        assert wrap("one two three", text_width("one two ", 10), 10) == ["one two", "three"]
        long = "an_arm_with_a_name_of_30_chars_"
        assert "".join(wrap(long, 0.8, 10)) == long and len(wrap(long, 0.8, 10)) > 2
        assert all(text_width(line, 10) <= 0.8 for line in (*wrap(long, 0.8, 10), *wrap("x" * 300, 0.8, 10)))
        assert wrap("one two three four", text_width("one two...", 10), 10, most=2) == ["one two", "three..."]


EVIL = (
    "$x_1^2$ and $\\frac{1}{2}$",
    "100 $ a ^^ b \\frac{ $ c_d",
    "a" * 30,
    "Ein Arm, der sehr viel zu sagen hat, mehr als in eine Zeile passt",
)


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Six arms with names that a renderer would take for mathematics, or that are very long."""
    arms = ["baseline", *(f"arm_{at}_with_a_name_of_30_chars__" for at in range(5))]
    titles = dict(
        zip(arms, [["$No$ new policy", "$无$新增政策"], *([text, text] for text in EVIL), ["", ""]], strict=True)
    )
    with open_store(tmp_path_factory.mktemp("six") / "r.db") as opened:
        experiment = opened.begin_experiment(spec([1, 2, 3], arms=arms, arm_titles=titles))
        for at, arm in enumerate(arms):
            for seed in (1, 2, 3):
                data = run_data("plan" if at % 2 else "baseline", seed)
                opened.write_run(experiment, record(arm, seed), data)
        opened.finish(experiment, "finished")
        yield opened


# in Chinese all of them; in English those with most words, the others with the long tests
LOOKED_AT = [
    pytest.param(
        name, lang, marks=() if lang == "zh" or name in ("differences", "certified", "gaps") else pytest.mark.long
    )
    for name in FIGURES
    for lang in ("zh", "en")
]


@pytest.mark.parametrize(("name", "lang"), LOOKED_AT)
def test_six_arms_are_readable_and_nothing_is_mathematics(six: Store, name: str, lang: str) -> None:
    import matplotlib.text

    story = tell(six, lang=lang)
    figure = kept(six, name, lang)
    drawn = [t for t in figure.findobj(matplotlib.text.Text) if t.get_text().strip() and t.get_visible()]
    assert not any(t.get_parse_math() for t in drawn)
    said = texts(figure).replace("\n", "").replace(" ", "")
    assert "seeds 1-3" in texts(figure) if lang == "en" else "随机种子 1-3" in texts(figure)
    if lang == "zh":  # matplotlib warns for every glyph that the fonts lack; here that would have failed
        assert sum("\u4e00" <= c <= "\u9fff" for c in said) > 50 and "并非预测" in said and "仅随机性" in said
        assert missing(chinese_font(said), said) == ""
    else:
        assert texts(figure).count("Guizhou: ") == 1
        assert all(words in said for words in ("notaforecast", "chanceonly", "syntheticschools"))
        assert any(axes.get_ylabel() or axes.get_xlabel() for axes in figure.axes)
    if name != "costs":  # which leaves out arms that cost nothing
        for arm in story.arms[1:]:
            assert story.arm_label(arm).replace(" ", "") in said, arm
    edges = figure.bbox
    # labels of ticks beyond the ends of an axis are there but not drawn
    ticks = {id(t) for axes in figure.axes for t in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in drawn:
        if id(text) not in ticks and text.axes is None or text.axes in figure.axes and id(text) not in ticks:
            box = text.get_window_extent()
            assert box.x0 >= -1 and box.x1 <= edges.x1 + 1 and box.y0 >= -1 and box.y1 <= edges.y1 + 1, text.get_text()
    for axes in figure.axes:
        boxes = [t.get_window_extent() for t in axes.get_xticklabels() if axes.get_visible() and t.get_text()]
        low, high = axes.get_window_extent().x0 - 2, axes.get_window_extent().x1 + 2
        shown = sorted((b.x0, b.x1) for b in boxes if low <= (b.x0 + b.x1) / 2 <= high)
        assert all(a[1] + 2 < b[0] for a, b in zip(shown, shown[1:], strict=False)), (name, shown)


def test_mathematics_would_be_noticed(six: Store) -> None:
    """The check above can fail: matplotlib's own setting reads the titles as formulas."""
    import matplotlib as mpl

    with (
        figure_settings(tell(six)),
        mpl.rc_context({"text.parse_math": True}),
        pytest.raises(ValueError, match="ParseException|Expected|Unknown"),
    ):
        FigureCanvasAgg(FIGURES["certified"](tell(six))).draw()


def test_what_was_run_stands_below_the_title(six: Store) -> None:
    assert "2024-2035, every child, seeds 1-3" in texts(kept(six, "gaps"))
    assert "2024—2035 年；全体学生；随机种子 1-3" in texts(kept(six, "gaps", "zh"))
    story = tell(six)
    facts = story.facts | {"seeds": [1, 4, 9], "draws": [0, 1, 2], "spec": story.facts["spec"] | {"sample": 0.05}}
    changed = replace(story, facts=facts, areas=("Bijie", "$Anshun$"))
    assert (
        changed.subtitle()
        == "2024-2035, only Bijie, $Anshun$, a sample of 0.05 of the children, seeds 1, 4, 9, draws 1-2"
    )
    assert (
        listed([3]) == "3"
        and listed(list(range(1, 41))) == "1-40"
        and listed([1, 3, 5, 7, 9, 11, 13, 15, 17]) == "1, 3 ... 17 (9)"
    )


ONLY = {
    "areas": [
        {"code": 520102, "name": "南明区", "name_en": "Nanming"},
        {"code": 520500, "name": "毕节市", "name_en": "Bijie"},
    ],
    "counties": 9,
    "of": 88,
}


def test_areas_of_a_run_that_was_cut_to_them_are_named(tmp_path: Path) -> None:
    with open_store(tmp_path / "cut.db") as cut:
        experiment = cut.begin_experiment(spec([1], only=ONLY))
        cut.write_run(experiment, record("baseline", 1), run_data("baseline", 1))
        assert "only Nanming, Bijie" in tell(cut).subtitle()
        assert "仅南明区、毕节市" in tell(cut, lang="zh").subtitle()


def test_differences_are_those_of_pairs_of_runs(store: Store) -> None:
    frame = store.frame(measures=["gap.urban_rural"], stages=["compulsory"], levels=["region"], groups=["all"])
    wide = frame[frame["year"] == 2035].pivot(index="seed", columns="arm", values="value")
    pairs = (wide["plan"] - wide["baseline"]).to_numpy()
    figure = kept(store, "differences")
    axes = next(a for a in figure.axes if a.get_title(loc="left") == "Gap urban - rural")
    points = [line for line in axes.get_lines() if len(line.get_xdata()) == 1]
    assert float(points[0].get_xdata()[0]) == pytest.approx(np.median(pairs))
    bars = [sorted(line.get_xdata()) for line in axes.get_lines() if len(line.get_xdata()) == 2]
    assert any(np.allclose(bar, np.percentile(pairs, [2.5, 97.5])) for bar in bars)
    assert any(np.allclose(bar, np.percentile(pairs, [10, 90])) for bar in bars)
    # arms share their luck: the interval of the difference is far narrower than the spread of either arm
    assert np.ptp(pairs) < 0.1 * np.ptp(wide["plan"].to_numpy())
    assert "same seed and draw" in texts(figure).replace("\n", " ")


def test_arms_are_chosen_and_read_against_another(six: Store, tmp_path: Path) -> None:
    arms = tell(six).arms
    story = tell(six, arms=[arms[2], arms[4]], against=arms[3])
    assert story.arms == [arms[3], arms[2], arms[4]]
    assert set(story.pairs["reference"]) == {arms[3]} and set(story.pairs["arm"]) == {arms[2], arms[4]}
    for wrong in ({"arms": ["nobody"]}, {"against": "nobody"}):
        with pytest.raises(ResultsError, match=r"arm 'nobody' is not in this experiment"):
            draw_all(six, "latest", tmp_path / "x", **wrong)
    assert not (tmp_path / "x").exists()


def test_many_arms_take_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arms = [f"arm{at}" for at in range(13)]
    with open_store(tmp_path / "many.db") as many:
        experiment = many.begin_experiment(spec([1], arms=arms, arm_titles={}))
        for arm in arms:
            many.write_run(experiment, record(arm, 1), run_data("plan", 1))
        for name in FIGURES.keys() - {"gaps"}:
            monkeypatch.delitem(FIGURES, name)
        monkeypatch.setitem(FIGURES, "gaps", lambda story: Figure())  # what is on the pages is tested with six arms
        files = draw_all(many, "latest", tmp_path / "out")
        cut = pages(tell(many))
    assert [f.name for f in files] == ["gaps.png", "gaps_2.png", "gaps_3.png"]
    assert [page.arms for page in cut] == [arms[:6], [arms[0], *arms[6:11]], [arms[0], *arms[11:]]]
    styles = {str(page.style(arm)) for page in cut[1:2] for arm in page.arms}
    assert len(styles) == 6


def test_one_year_is_drawn_as_points(tmp_path: Path) -> None:
    data = run_data("plan", 1)
    first = replace(data, years=data.years[:1], values=data.values[:, :1],
                    **{name: [row for row in getattr(data, name) if row[0] == 2024] for name in
                       ("county_inspection", "school_inspection", "cost")})  # fmt: skip
    with open_store(tmp_path / "year.db") as one:
        experiment = one.begin_experiment(spec([1], arms=["plan", "twin"], arm_titles={}))
        for arm in ("plan", "twin"):
            one.write_run(experiment, record(arm, 1, years=(2024, 2024)), first)
        for name in ("gaps", "differences", "certified"):
            figure = draw(tell(one), name)
            assert "2024, every child, seed 1" in texts(figure)
            marked = [
                line for axes in figure.axes for line in axes.get_lines() if line.get_marker() not in ("None", None, "")
            ]
            assert marked, name
        assert FIGURES["differences_by_year"](tell(one)) is None


class Built:
    """What follows from how arms are made, invented: nothing can pass in the first arm, by items 5 and 11."""

    def reasons(self, lang: str, arms: list[str]) -> list[str]:
        return [{"en": "In the first arm item 11 $fails$ by construction.", "zh": "第一方案因设定未通过第11项。"}[lang]]

    def modelled_words(self, lang: str) -> str:
        return {"en": "Passes what is modelled: 18 of the 24 items.", "zh": "24项中的18项。"}[lang]

    def scope(self, lang: str) -> str:
        return {"en": " (18 of the 24 items)", "zh": "（24项中的18项）"}[lang]

    def without(self, lang: str) -> str:
        return {"en": "without items 5 and 11", "zh": "不计第5、11项"}[lang]

    def so_far(self, arm: str) -> dict[int, list[int]]:
        return {year: [2, 3, 3] for year in range(2024, 2036)}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_count_that_follows_from_construction_is_said_in_words(store: Store, lang: str) -> None:
    story = replace(tell(store, lang=lang), built=Built())
    figure = draw(story, "certified")
    said = texts(figure).replace("\n", "")
    for words in (
        Built().reasons(lang, [])[0],
        Built().modelled_words(lang),
        Built().without(lang),
        Built().scope(lang),
    ):
        assert words.replace(" ", "") in said.replace(" ", "")
    dashed = [line for axes in figure.axes for line in axes.get_lines() if list(line.get_ydata()) == [3.0] * 12]
    assert len(dashed) == 2 and "3 (2–3)" in said


def test_two_labels_beside_lines_do_not_meet() -> None:
    assert apart([10.0, 80.0], 8) == [10.0, 80.0]
    assert apart([78.0, 80.0], 8) == [75.0, 83.0]
    assert apart([0.0, 0.0], 8) == [8.0, 0.0]
    assert apart([5.0], 8) == [5.0]


def test_differences_are_written_with_two_digits_and_no_minus_zero() -> None:
    assert [decimals(x) for x in ([0.0069, -0.00001], [-0.107], [23.4], [946.3], [3.0, -2.0], [0.0], [])] == [
        4,
        2,
        1,
        0,
        0,
        0,
        0,
    ]
    assert [signed(x, 4) for x in (0.0069, -0.0069, -0.00001, 0.0)] == ["+0.0069", "−0.0069", "0.0000", "0.0000"]


def test_what_cannot_be_seen_is_escaped() -> None:
    assert printable("a\nb\x1b[31m‮") == "a\\nb\\x1b[31m\\u202e"
    assert printable("均衡 $x_1$ ä") == "均衡 $x_1$ ä"
    assert printable("plan \U0001fae8") == "plan \\U0001fae8"


def test_the_users_own_settings_change_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib as mpl

    for name in FIGURES.keys() - {"costs"}:
        monkeypatch.delitem(FIGURES, name)
    (plain,) = draw_all(store, "latest", tmp_path / "a")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black", "text.parse_math": True, "savefig.dpi": 30}):
        (own,) = draw_all(store, "latest", tmp_path / "b")
    assert plain.read_bytes() == own.read_bytes()
