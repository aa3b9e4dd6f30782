"""What the anchors are measured by: a base run of a few years, from the sums that each year leaves behind."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from results.metrics import anova_share
from sim import exact
from sim.columns import Array
from sim.params import Params
from sim.start import build
from sim.step import step
from sim.tables import OUT
from sim.tally import Tally
from sim.world import World

STAGES = {"primary": slice(0, 6), "junior": slice(6, 9)}
YEARS = 3  # of the base run: the trend and the mean retention are taken over them


def base_run(
    region: str, align: Mapping[str, float], seed: int, sample: float, years: int = YEARS, params: Params | None = None
) -> dict[str, float]:
    """Build a region, run its first years without policies and return what the anchors ask for, by name of anchor.

    Levels are of the first year, `retention` is the mean over the years; trends (change a year, first to last year)
    are left out when years = 1.
    """
    world = build(region, seed=seed, sample=sample, align=dict(align), params=params)
    before = scores(world)
    found: list[dict[str, float]] = []
    retained: list[float] = []
    for year in range(world.first_year, world.first_year + years):
        step(world, (), year)
        if not found:
            correlation = year_correlation(world, before)
            del before
        found.append(year_measures(world))
        retained.append(found[-1].pop("retention"))
    out = found[0] | {"year_correlation": correlation, "retention": float(exact.mean(retained))}
    if years > 1:
        change = {name: (found[-1][name] - found[0][name]) / (years - 1) for name in found[0]}
        out["gap_trend"], out["mean_trend"] = change["gap_junior"], change["score_mean"]
        out["between_trend"] = max(change["between_primary"], change["between_junior"], key=abs)
    return out


def scores(world: World) -> list[Array]:
    """Return each grade's scores as they are, NaN for children out of school."""
    return [np.where(b.flags & OUT, np.float32(np.nan), b.ability + b.knowledge) for b in world.blocks]


def year_correlation(world: World, before: list[Array]) -> float:
    """Correlation of scores before and after a year's teaching over children of grades 2-9 in school both times."""
    now = scores(world)
    a, b = np.concatenate(before[1:]), np.concatenate(now[1:])
    both = ~(np.isnan(a) | np.isnan(b))
    a, b = a[both] - exact.mean(a[both]), b[both] - exact.mean(b[both])
    return float(exact.dot(a, b) / np.sqrt(exact.dot(a, a) * exact.dot(b, b)))


def year_measures(world: World) -> dict[str, float]:
    """Return the level measures of the year just finished, defined as in the catalogue (`results.measures`)."""
    t, place = world.tally, world.schools.place_type
    out: dict[str, float] = {"score_mean": float(exact.total(t.score)) / float(exact.total(t.n))}
    squares = cross = ses2 = 0.0
    for name, grades in STAGES.items():
        s = {
            key: exact.total(getattr(t, key)[grades], 0) for key in ("n", "score", "score2", "ses", "ses2", "ses_score")
        }
        total = {key: exact.total(value) for key, value in s.items()}
        squares += total["score2"] - total["score"] * total["score"] / total["n"]
        ses2 += total["ses2"] - total["ses"] * total["ses"] / total["n"]
        cross += total["ses_score"] - total["ses"] * total["score"] / total["n"]
        out[f"between_{name}"] = between_share(s["n"], s["score"], s["score2"])
        urban = place == 0
        out[f"gap_{name}"] = _mean(s["score"][urban], s["n"][urban]) - _mean(s["score"][~urban], s["n"][~urban])
    out["between_share"] = (out["between_primary"] + out["between_junior"]) / 2
    out["score_sd"] = float(np.sqrt(squares / exact.total(t.n)))
    out["ses_correlation"] = float(cross / np.sqrt(ses2 * squares))
    left, score_left = t.n_left[6:], t.score_left[6:]
    out["gap_left_behind"] = _mean(t.score[6:] - score_left, t.n[6:] - left) - _mean(score_left, left)
    out["retention"] = retention(t)
    return out


def between_share(n: Array, score: Array, score2: Array) -> float:
    """Between-school share of the variance from (S,) children, sums and sums of squares, chance in small schools taken out."""
    some = n > 0
    n, score, score2 = n[some], score[some], score2[some]
    members, scored, means2 = exact.total(n), exact.total(score), exact.dot(score, score / n)
    between, within = means2 - scored * scored / members, exact.total(score2) - means2
    return float(anova_share(between, within, len(n) - 1, members - len(n), members - exact.dot(n, n) / members))


def retention(tally: Tally) -> float:
    """Nine-year retention as a period measure: product over grades of 1 - (left - returned) / in school."""
    return math.prod((1.0 - exact.total(tally.dropped - tally.returned, 1) / exact.total(tally.n, 1)).tolist())


def _mean(total: Array, count: Array) -> float:
    children = float(exact.total(count))
    return float(exact.total(total)) / children if children > 0 else float("nan")
