"""What teachers of the start year are like, by stage and place type: shares, their spread between sections, ages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim import exact
from sim.columns import Array
from sim.region import Region
from sim.tables import STAGES

FIRST_AGE, LAST_AGE = 22, 59
YOUNG_UNTIL, OLD_FROM = 34, 50


@dataclass(frozen=True)
class TeacherProfile:
    """Teachers of the start year; all shares are of the teachers of a stage and place type, (2, 3).

    degree: qualified above the required degree; backbone: of county level or above; pe_art: full-time PE, music, fine
    art; special_post: in special posts (特岗). *_sd: SD between sections of the logit of the share (scalar).
    ages: (A,) ages in years; age_shares: (2, 3, A) share of each age, summing to 1; the same for both stages.
    Source: `teacher.*` of regions.toml: assumed, from published means, CVs and thresholds; no provincial figure exists.
    """

    degree: Array
    degree_sd: float
    backbone: Array
    backbone_sd: float
    pe_art: Array
    pe_art_sd: float
    special_post: Array
    ages: Array
    age_shares: Array


def teacher_profile(region: Region) -> TeacherProfile:
    """Return the start-year profile of a region's teachers.

    A section's own share is logistic-normal about the mean: `section_share` gives it.
    """

    def shares(stem: str) -> Array:
        return np.stack([region.by_place(f"teacher.{stem}_{stage}") for stage in STAGES])

    ages = np.arange(FIRST_AGE, LAST_AGE + 1)
    return TeacherProfile(
        degree=shares("degree"),
        degree_sd=region.value("teacher.degree_sd"),
        backbone=shares("backbone"),
        backbone_sd=region.value("teacher.backbone_sd"),
        pe_art=shares("pe_art"),
        pe_art_sd=region.value("teacher.pe_art_sd"),
        special_post=np.tile(region.by_place("teacher.special_post"), (2, 1)),
        ages=ages,
        age_shares=np.tile(
            _age_curve(ages, region.by_place("teacher.young"), region.by_place("teacher.old")), (2, 1, 1)
        ),
    )


def section_share(mean: Array, sd: float, z: Array) -> Array:
    """Return the share of each section, whose average over z is `mean` to about 1 %.

    mean: (n,) share of the section's stage and place type, 0 to 1; sd: SD of the logit; z: (n,) standard normal
    Source: logistic-normal with the centre moved out by sqrt(1 + c sd^2), c = 16 sqrt(3) / (15 pi) squared (the usual
    probit approximation), so that the average over sections stays at the mean.
    """
    clipped = np.clip(mean, 1e-9, 1 - 1e-9)
    c = 16 * np.sqrt(3) / (15 * np.pi)
    stretch = np.sqrt(1 + c * c * (sd * sd))
    share = 1 / (1 + exact.exp(-(exact.log(clipped / (1 - clipped)) * stretch + sd * z)))
    return np.where((mean <= 0) | (mean >= 1), mean, share)


def _age_curve(ages: Array, young: Array, old: Array) -> Array:
    """Share by age (3, A): three bands with given totals; the first two years and the last five run out linearly."""
    band = np.where(ages <= YOUNG_UNTIL, 0, np.where(ages < OLD_FROM, 1, 2))
    shape = np.minimum((ages - FIRST_AGE + 1) / 3, 1) * np.minimum((LAST_AGE + 1 - ages) / 5, 1)
    totals = np.stack([young, 1 - young - old, old], axis=1)
    return np.asarray(shape / np.bincount(band, shape)[band] * totals[:, band])
