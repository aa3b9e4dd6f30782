"""Calibrating one region: fit on the first seed, look at every seed, judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from gettext import gettext as tr

from calibration.card import Line, judge
from calibration.fit import fit
from calibration.measures import base_run
from sim.start import alignments


@dataclass(frozen=True)
class Calibration:
    """Factors of a region, what every seed came to (by anchor), and the card's lines."""

    region: str
    align: dict[str, float]
    seeds: tuple[int, ...]
    found: list[dict[str, float]]
    lines: list[Line]


def calibrate(
    region: str,
    seeds: Sequence[int] = (1, 2, 3),
    sample: float = 1.0,
    refit: bool = True,
    tell: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit the region's factors on the first seed, then run three years with every seed and judge them.

    refit: False judges the factors of the table as they are. Raises: InputError for an unknown region or sample.
    """
    from sim.region import load_region

    load_region(region)
    align = dict(alignments()[region])
    if refit:
        align = fit(region, align, seeds[:1], sample, tell=tell).align
    found = []
    for seed in seeds:
        if tell:
            tell(tr("seed {seed}: three years of the base run").format(seed=seed))
        found.append(base_run(region, align, seed, sample))
    return Calibration(region, align, tuple(seeds), found, judge(found, sample))
