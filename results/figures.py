"""Figures for a report: gaps, levels, certified counties, variation between schools, places and classes, money."""

from __future__ import annotations

from collections.abc import Callable
from gettext import gettext as tr
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from results.compare import over_runs
from results.errors import ResultsError
from results.figure_style import (
    COLOURS,
    PALE,
    Story,
    arm_legend,
    band_lines,
    check_format,
    figure_settings,
    finish,
    legend_above,
    new_figure,
    thousands,
    whole_numbers,
    whole_years,
)
from results.labels import (
    INDICATORS,
    check_lang,
    group_label,
    item_label,
    measure_label,
    payer_label,
    stage_label,
    unit_label,
)
from results.record import digest
from results.safe_write import check_files, write_files
from results.store import Store
from results.tables import INDICATORS as KEYS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
GAPS = ("gap.urban_rural", "gap.left_behind", "gap.ses_top_bottom", "between_share")
# The official limits of the coefficient of variation (教督〔2017〕6号; published)
CV_LIMITS = {"primary": 0.50, "junior": 0.45}
PAIRS = (  # groups whose levels are drawn beside their gap
    ("urban", "town", "village"),
    ("not_left_behind", "left_behind"),
    ("ses_top", "ses_bottom"),
)
MEASURES = (
    *GAPS, "score_mean", "class_size", "pupil_teacher_ratio", "seats_short", "counties", "counties_certified",
    "counties_certified_share", *(f"cv.{key}" for key in KEYS),
)  # fmt: skip


def tell(store: Store, experiment: int | str = "latest", lang: str = "en") -> Story:
    """Read from the database what the figures of an experiment need.

    Raises: ResultsError when the language is unknown or the experiment holds no values of the region
    """
    check_lang(lang)
    which = store.resolve(experiment)
    facts = next(e for e in store.experiments() if e["id"] == which)
    frame = store.frame(which, levels=["region"])
    frame = frame[frame["measure"].isin(MEASURES)]
    if frame.empty:
        raise ResultsError(
            tr("experiment {which} ({facts}) holds no finished run, so there is nothing to draw").format(
                which=which, facts=facts["state"]
            )
        )
    cost = store.table("cost", which)
    region = str(facts["spec"].get("region", facts["scenario"]))
    names = store.areas(region).get(("region", "all"), ("", ""))
    code = ", ".join(sorted({f"{r['code_version']} / {digest(r['data_hashes'])[:8]}" for r in store.runs(which)}))
    title = names[lang == "en"] or region
    only = facts["spec"].get("only")
    if only:
        areas = [area["name" if lang == "zh" else "name_en"] for area in only["areas"]]
        title = f"{title}（仅{'、'.join(areas)}）" if lang == "zh" else f"{title}, {', '.join(areas)} only"
    return Story(over_runs(frame), cost, facts, code, title, lang)


def draw_all(
    store: Store, experiment: int | str, out: Path, lang: str = "en", kind: str = "png", force: bool = False
) -> list[Path]:
    """Draw every figure that the experiment holds numbers for, and return the files: all are written or none.

    out: folder, made when absent; kind: png, svg or pdf; force: files of these names may be replaced
    Raises: ResultsError on an unknown language, format or experiment, or when a file cannot be written
    """
    check_format(kind, FORMATS)
    check_files(out, [f"{name}.{kind}" for name in FIGURES], force=force, inputs=[store.file])
    story = tell(store, experiment, lang)
    files: dict[str, bytes] = {}
    # dates are left out, so that the same numbers give the same file
    metadata = {"png": {"Software": "junheng"}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with figure_settings(story):
        for name, draw in FIGURES.items():
            figure = draw(story)
            if figure is None:
                continue
            drawn = BytesIO()
            figure.savefig(drawn, format=kind, dpi=160, metadata=metadata)
            files[f"{name}.{kind}"] = drawn.getvalue()
    return write_files(out, files, force=force, inputs=[store.file])


def gaps(story: Story) -> Figure | None:
    """Gaps and the between-school share over time, by arm, with bands; from zero, so that no change looks larger."""
    shown = [name for name in GAPS if not story.rows(name, "compulsory").empty]
    if not shown:
        return None
    figure, panels = new_figure((len(shown) + 1) // 2, 2, 3.0 * ((len(shown) + 1) // 2) + 1.0, sharex=True)
    for axes, name in zip(panels.flat, shown, strict=False):
        band_lines(axes, story, name, "compulsory")
        axes.axhline(0, color=PALE, linewidth=0.8)
        if axes.dataLim.y0 > -1e-9:  # rounding aside, nothing lies below zero
            axes.set_ylim(bottom=0)
        unit = story.say("SD of scores, base year", "基年得分标准差")
        if name == "between_share":
            unit = story.say("share of the variance of scores", "占得分方差的比例")
        axes.set_title(measure_label(name, story.lang))
        axes.set_ylabel(unit)
    for axes in list(panels.flat)[len(shown) :]:
        axes.set_visible(False)
    arm_legend(figure, story)
    title = story.say("gaps in learning, compulsory stages", "学业差距（义务教育阶段）")
    more = story.say(
        "A gap can close because the upper group falls: read it with the levels.",
        "差距缩小可能源于高分组下降，请与水平图一并阅读。",
    )
    return finish(figure, story, title, more)


def levels(story: Story) -> Figure | None:
    """Mean scores of the groups behind each gap: rows are groupings, columns are arms."""
    families = [[g for g in family if not story.rows("score_mean", "compulsory", g).empty] for family in PAIRS]
    families = [family for family in families if family]
    if not families and not story.rows("score_mean", "compulsory").empty:
        families = [["all"]]
    if not families:
        return None
    arms = story.arms
    figure, panels = new_figure(len(families), len(arms), 2.5 * len(families) + 1.2, sharex=True, sharey="row")
    for family, row in zip(families, panels, strict=True):
        for arm, axes in zip(arms, row, strict=True):
            _draw_levels(axes, story, arm, family)
            axes.label_outer()
        row[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
        row[0].set_ylabel(story.say("SD, base year", "基年标准差"))
    for arm, axes in zip(arms, panels[0], strict=True):
        axes.set_title(story.arm_label(arm))
    title = story.say("mean scores of the groups, compulsory stages", "各组平均得分（义务教育阶段）")
    more = story.say("Zero is the region's mean in the base year.", "零为本地区基年平均水平。")
    return finish(figure, story, title, more)


def _draw_levels(axes: Any, story: Story, arm: str, family: list[str]) -> None:
    """Draw the mean score of each group of a family under one arm."""
    dashes = ("-", "--", ":")
    for at, group in enumerate(family):
        rows = story.rows("score_mean", "compulsory", group, arm)
        if rows.empty:
            continue
        name = story.say("all children", "全体学生") if group == "all" else group_label(group, story.lang)
        colour = COLOURS[at + 1]
        axes.fill_between(rows["year"], rows["low95"], rows["high95"], color=colour, alpha=0.15, linewidth=0)
        axes.plot(rows["year"], rows["median"], color=colour, linestyle=dashes[at % 3], label=name)
    axes.axhline(0, color=PALE, linewidth=0.8)
    whole_years(axes)


def certified(story: Story) -> Figure | None:
    """Counties certified as quality-balanced, by arm, with the plan's targets where the scenario gives them."""
    if story.rows("counties_certified", "compulsory").empty:
        return None
    figure, panels = new_figure(1, 1, 4.6)
    axes = panels[0, 0]
    band_lines(axes, story, "counties_certified", "compulsory")
    total = _counties(story)
    if np.isfinite(total):
        axes.axhline(total, color=PALE, linewidth=1, linestyle=":")
        text = story.say(f"all {total:.0f} counties", f"全部 {total:.0f} 个县")
        look: dict[str, Any] = {"va": "center", "fontsize": 8.5, "color": PALE, "backgroundcolor": "white"}
        axes.annotate(text, (0.02, total), xycoords=("axes fraction", "data"), **look)
    _draw_targets(axes, story, total)
    axes.set_ylim(0, max(axes.get_ylim()[1], total * 1.08 if np.isfinite(total) else 1))
    whole_numbers(axes)
    axes.set_ylabel(story.say("counties certified so far", "累计认定县数（个）"))
    arm_legend(figure, story)
    title = story.say("counties certified as quality-balanced", "通过义务教育优质均衡认定的县")
    more = story.say(
        "Certified = passed at least once; only what is modelled is judged, real certification asks for more.",
        "累计认定指至少一次全部达标；仅判定模型所含指标，实际认定要求更多。",
    )
    return finish(figure, story, title, more)


def _counties(story: Story) -> float:
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


def _draw_targets(axes: Any, story: Story, total: float) -> None:
    """Mark the targets of the plan that are about certified counties."""
    for target in story.facts["spec"].get("targets") or ():
        scale = {"counties_certified": 1.0, "counties_certified_share": total}.get(target.get("measure", ""))
        if scale is None or not np.isfinite(scale):
            continue
        year, height = int(target["year"]), float(np.ceil(float(target["value"]) * scale - 1e-9))
        axes.plot([year], [height], marker="*", markersize=15, color="#E69F00", markeredgecolor="#333333", zorder=5)
        text = story.say(f"target {year}: {height:.0f}", f"目标 {year} 年：{height:.0f}")
        axes.annotate(
            text, (year, height), xytext=(-12, -4), textcoords="offset points", ha="right", va="top", fontsize=9
        )


def variation(story: Story) -> Figure | None:
    """Coefficients of variation of the seven indicators, first and last year, by arm, against the official limit."""
    stages = [s for s in CV_LIMITS if any(not story.rows(f"cv.{key}", s).empty for key in KEYS)]
    if not stages:
        return None
    figure, panels = new_figure(1, len(stages), 4.9, sharey=True, sharex=True)
    for stage, axes in zip(stages, panels[0], strict=True):
        _draw_variation(axes, story, stage)
    panels[0, 0].set_yticks(range(len(KEYS)), INDICATORS[story.lang])
    panels[0, 0].invert_yaxis()
    panels[0, 0].set_xlim(left=0)
    _variation_legend(figure, story)
    title = story.say("differences between schools of a county, by indicator", "县域内校际差异（七项资源指标）")
    more = story.say(
        "Mean over counties of the official coefficient of variation, weighted by pupils; a county needs every one at "
        "or below the limit.",
        "为各县官方差异系数按学生数加权的均值；一县须七项全部不高于限值。",
    )
    return finish(figure, story, title, more, "points")


def _draw_variation(axes: Any, story: Story, stage: str) -> None:
    """Draw for each indicator an arrow from the first to the last year of each arm, and the limit."""
    arms = story.arms
    for arm_at, arm in enumerate(arms):
        offset = (arm_at - (len(arms) - 1) / 2) * 0.26
        colour = story.style(arm)["color"]
        for at, key in enumerate(KEYS):
            rows = story.rows(f"cv.{key}", stage, arm=arm)
            if rows.empty:
                continue
            first, last = rows.iloc[0], rows.iloc[-1]
            y = at + offset
            axes.plot([last["low95"], last["high95"]], [y, y], color=colour, alpha=0.3, linewidth=6, zorder=1)
            axes.plot([first["median"], last["median"]], [y, y], color=colour, linewidth=1.3, zorder=2)
            axes.plot(first["median"], y, story.marker(arm), color=colour, markerfacecolor="white", markersize=6)
            axes.plot(last["median"], y, story.marker(arm), color=colour, markersize=6)
    limit = CV_LIMITS[stage]
    axes.axvline(limit, color="#B00020", linewidth=1.2)
    text = story.say(f"limit {limit:.2f}", f"限值 {limit:.2f}")
    axes.annotate(text, (limit, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -2), textcoords="offset points",
                  va="top", fontsize=8.5, color="#B00020")  # fmt: skip
    axes.set_title(stage_label(stage, story.lang))
    axes.set_xlabel(story.say("coefficient of variation", "差异系数"))
    axes.set_ylim(-0.6, len(KEYS) - 0.4)
    axes.grid(axis="y", visible=False)


def _variation_legend(figure: Figure, story: Story) -> None:
    """Explain open and filled markers and the arms."""
    from matplotlib.lines import Line2D

    first, last = (int(story.spread["year"].agg(how)) for how in ("min", "max"))
    handles = []
    for arm in story.arms:
        look: dict[str, Any] = {"marker": story.marker(arm), "color": story.style(arm)["color"], "linewidth": 1.3}
        handles.append(Line2D([], [], label=story.arm_label(arm), **look))
    plain: dict[str, Any] = {"marker": "o", "color": "black", "linewidth": 0}
    handles.append(Line2D([], [], markerfacecolor="white", label=str(first), **plain))
    handles.append(Line2D([], [], label=str(last), **plain))
    legend_above(figure, handles)


def places(story: Story) -> Figure | None:
    """Class size, pupils per teacher and seats short, by stage and arm."""
    names = [
        name
        for name in ("class_size", "pupil_teacher_ratio", "seats_short")
        if any(not story.rows(name, stage).empty for stage in CV_LIMITS)
    ]
    if not names:
        return None
    figure, panels = new_figure(len(names), 2, 2.5 * len(names) + 1.0, sharex=True, sharey="row")
    for name, row in zip(names, panels, strict=True):
        for stage, axes in zip(CV_LIMITS, row, strict=True):
            band_lines(axes, story, name, stage)
            axes.set_title(f"{measure_label(name, story.lang)}{story.say(', ', '，')}{stage_label(stage, story.lang)}")
            thousands(axes)
        row[0].set_ylim(bottom=0)
        unit = story.rows(name, "primary")["unit"]
        row[0].set_ylabel(unit_label(name, str(unit.iloc[0]) if len(unit) else "", story.lang))
    arm_legend(figure, story)
    return finish(figure, story, story.say("classes, teachers and places", "班额、师资与学位"))


def costs(story: Story) -> Figure | None:
    """Money by policy and payer, per arm, mean per year over the runs' median."""
    if story.cost is None or story.cost.empty:
        return None
    cost = story.cost[~story.cost["item"].astype(str).str.startswith("base.")]
    arms = [arm for arm in story.facts["arms"] if arm in set(cost["arm"])]
    if not arms:
        return None
    n_years = story.cost["year"].nunique()
    by_run = cost.groupby(["arm", "item", "payer", "seed", "draw"])["yuan"].sum() / n_years
    table = by_run.groupby(["arm", "item", "payer"]).median()
    unit, yuan = _money_unit(story, float(table.max()))
    table = table / yuan
    order = table.groupby("item").sum().sort_values(ascending=False).index.tolist()
    payers = [p for p in ("county", "province", "centre") if p in table.index.get_level_values("payer")]
    payers += sorted(set(table.index.get_level_values("payer")) - set(payers))
    height = max(2.4, 0.38 * len(order) + 1.9)
    figure, panels = new_figure(1, len(arms), height, sharex=True, sharey=True)
    for arm, axes in zip(arms, panels[0], strict=True):
        _draw_costs(axes, story, table.loc[arm], order, payers)
        axes.set_title(story.arm_label(arm))
        axes.set_xlabel(unit)
    panels[0, 0].set_yticks(range(len(order)), [item_label(item, story.lang) for item in order])
    panels[0, 0].invert_yaxis()
    legend_above(figure, panels[0, 0].get_legend_handles_labels()[0])
    title = story.say("cost of the policies by payer", "各项政策支出（按承担方）")
    more = story.say(
        f"Mean over {n_years} years; spending that goes on without the policies is left out.",
        f"为 {n_years} 年平均；不含无新政策时的经常性支出。",
    )
    return finish(figure, story, title, more, "medians")


def _money_unit(story: Story, largest: float) -> tuple[str, float]:
    """Return the words for money and how many yuan they stand for, so that bars read as ordinary numbers."""
    if largest >= 1e8:
        return (story.say("billion yuan per year", "亿元/年"), 1e9 if story.lang == "en" else 1e8)
    return (story.say("million yuan per year", "万元/年"), 1e6 if story.lang == "en" else 1e4)


def _draw_costs(axes: Any, story: Story, table: Any, order: list[str], payers: list[str]) -> None:
    """Draw one stacked bar an item, with its total at the end."""
    left = np.zeros(len(order))
    hatches = ("", "///", "...", "xxx")
    for at, payer in enumerate(payers):
        width = np.array([float(table.get((item, payer), 0.0)) for item in order])
        look = {"color": COLOURS[at + 1], "edgecolor": "white", "hatch": hatches[at % 4]}
        axes.barh(range(len(order)), width, left=left, height=0.65, label=payer_label(payer, story.lang), **look)
        left += width
    for at, total in enumerate(left):
        axes.annotate(
            f"{total:,.0f}" if total >= 100 else f"{total:.3g}",
            (total, at),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)


FIGURES: dict[str, Callable[[Story], Any]] = {
    "gaps": gaps,
    "levels": levels,
    "certified": certified,
    "variation": variation,
    "places": places,
    "costs": costs,
}
