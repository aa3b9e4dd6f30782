"""Figures for a report: gaps, levels, differences between arms, certified counties, variation, places, money."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from gettext import gettext as tr
from io import BytesIO
from pathlib import Path
from typing import Any

from results.compare import compare, over_runs
from results.construction import construction
from results.errors import ResultsError, nearest
from results.figure_story import PAGE, Story
from results.figure_style import check_format, figure_settings
from results.figures_certified import certified
from results.figures_points import costs, differences, variation
from results.figures_time import DIFFERENCES, GAPS, PLACES, differences_by_year, gaps, levels, places
from results.labels import check_lang
from results.record import digest
from results.safe_write import check_files, write_files
from results.store import Store
from results.tables import INDICATORS as KEYS

log = logging.getLogger("junheng.figures")
FORMATS = ("png", "svg", "pdf")
MEASURES = dict.fromkeys((
    *GAPS, *PLACES, "score_mean", "counties", "counties_certified", "counties_certified_share",
    *(f"cv.{key}" for key in KEYS), *(name for name, *_ in DIFFERENCES),
))  # fmt: skip
# name of the file -> what draws it; several arms fill several pages of it
FIGURES: dict[str, Callable[[Story], Any]] = {
    "gaps": gaps,
    "levels": levels,
    "differences": differences,
    "differences_by_year": differences_by_year,
    "certified": certified,
    "variation": variation,
    "places": places,
    "costs": costs,
}


def tell(
    store: Store, experiment: int | str = "latest", lang: str = "en", arms: Sequence[str] = (), against: str = ""
) -> Story:
    """Read from the database what the figures of an experiment need.

    arms: only these, in this order; against: the arm that others are read against, the first one if left out
    Raises: ResultsError when the language or an arm is unknown or the experiment holds no values of the region
    """
    check_lang(lang)
    which = store.resolve(experiment)
    facts = next(e for e in store.experiments() if e["id"] == which)
    facts = {**facts, "arms": chosen_arms(facts["arms"], arms, against)}
    frame = store.frame(which, levels=["region"], arms=facts["arms"])
    frame = frame[frame["measure"].isin(list(MEASURES))]
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
    return Story(
        over_runs(frame),
        cost[cost["arm"].isin(facts["arms"])],
        facts,
        code,
        names[lang == "en"] or region,
        lang,
        pairs=pairs_of(frame, facts),
        built=construction(store, which),
        areas=areas_named(facts["spec"].get("only"), lang),
    )


def areas_named(only: Mapping[str, Any] | None, lang: str) -> tuple[str, ...]:
    """Return the names of the counties and prefectures that are run, () when it is the whole region. only: as in the spec."""
    return tuple(area["name" if lang == "zh" else "name_en"] for area in only["areas"]) if only else ()


def chosen_arms(known: Sequence[str], arms: Sequence[str], against: str) -> list[str]:
    """Return the arms to draw, the one that others are read against first. Raises: ResultsError for an unknown arm."""
    for name in (*arms, *([against] if against else [])):
        if name not in known:
            raise ResultsError(
                tr("arm {against!r} is not in this experiment.{nearest}").format(
                    against=name, nearest=nearest(name, known)
                )
            )
    return list(dict.fromkeys([*([against] if against else []), *(arms or known)]))


def pairs_of(frame: Any, facts: dict[str, Any]) -> Any:
    """Return the comparison of each arm with the first on the same draws; None when no pair can be made."""
    there = set(frame["arm"])
    arms = [arm for arm in facts["arms"] if arm in there]
    if len(arms) < 2:
        return None
    wanted = frame[frame["measure"].isin([name for name, *_ in DIFFERENCES]) & (frame["group"] == "all")]
    try:
        return compare(wanted, against=arms[0], interval=facts["interval"])
    except ResultsError:  # no draw in common: there is no difference to show
        return None


def pages(story: Story) -> list[Story]:
    """Return the story cut into pages of at most six arms, the first arm on each of them."""
    first, *others = story.arms
    step = PAGE - 1
    if len(others) <= step:
        return [story]
    return [replace(story, shown=(first, *others[at : at + step])) for at in range(0, len(others), step)]


def draw_all(
    store: Store,
    experiment: int | str,
    out: Path,
    lang: str = "en",
    kind: str = "png",
    force: bool = False,
    *,
    arms: Sequence[str] = (),
    against: str = "",
) -> list[Path]:
    """Draw every figure that the experiment holds numbers for, and return the files: all are written or none.

    out: folder, made when absent; kind: png, svg or pdf; force: files of these names may be replaced
    arms, against: see `tell`; more than six arms take several pages: gaps.png, gaps_2.png, ...
    Raises: ResultsError on an unknown language, format, experiment or arm, or when a file cannot be written
    """
    check_format(kind, FORMATS)
    check_files(out, [f"{name}.{kind}" for name in FIGURES], force=force, inputs=[store.file])
    story = tell(store, experiment, lang, arms, against)
    files: dict[str, bytes] = {}
    # dates are left out, so that the same numbers give the same file
    metadata = {"png": {"Software": "junheng"}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with figure_settings(story):
        for at, page in enumerate(pages(story), 1):
            for name, draw in FIGURES.items():
                clock = time.perf_counter()
                figure = draw(page)
                if figure is None:
                    continue
                drawn = BytesIO()
                figure.savefig(drawn, format=kind, dpi=160, metadata=metadata)
                file = f"{name}.{kind}" if at == 1 else f"{name}_{at}.{kind}"
                files[file] = drawn.getvalue()
                log.info("%s: drawn in %.1f s", file, time.perf_counter() - clock)
    return write_files(out, files, force=force, inputs=[store.file])
