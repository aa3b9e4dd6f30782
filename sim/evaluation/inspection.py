"""The official inspection of schools and counties (县域义务教育优质均衡发展督导评估, 教督〔2017〕6号).

Pure functions of amounts; no simulation needed. Inside, the seven resources are planes of (stage, school), which keeps
numpy's inner loops long; outside, arrays read (school, stage, indicator).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.columns import Array, freeze
from sim.evaluation.failures import Failure, failures
from sim.evaluation.groups import Groups
from sim.evaluation.items import (
    FAILED,
    NOT_MODELLED,
    TOLERANCE,
    CountyItems,
    ItemResult,
    evaluate_items,
    from_register,
    supplied,
)
from sim.evaluation.standards import Standards, load_standards
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals, excluded, section_amounts, stage_share

FEW_SCHOOLS = 1000  # so few that seven planes stay in the cache


@dataclass(frozen=True, eq=False)
class Inspection:
    """What the inspection found: S schools, C counties, stage axis 0 primary, 1 junior, indicators in official order.

    A section (one stage of one school) is counted when it has pupils and its school is not left out. A section passes
    with at least six of seven indicators at their threshold and the remaining one at 85 % of it.
    """

    standards: Standards
    kind: Array  # (S,) position in SCHOOL_KINDS
    county: Array  # (S,)
    pupils: Array  # (S, 2)
    excluded: Array  # (S,) 0 evaluated, 1 special or vocational, 2 teaching point below 50 pupils
    counted: Array  # (S, 2) bool
    share: Array  # (S, 2) share of the school's building, grounds, equipment and rooms that counts for the stage
    value: Array  # (S, 2, 7) per pupil or per 100 pupils; NaN where not counted
    met: Array  # (S, 2, 7) bool; False where not counted
    shortfall: Array  # (S, 2, 7) teachers, m2, yuan, rooms that the section lacks; 0 where met or not counted
    passed_section: Array  # (S, 2) bool; False where not counted
    mean: Array  # (C, 2, 7) county total per pupil (or per 100); NaN without a counted section
    cv: Array  # (C, 2, 7) pupil-weighted coefficient of variation; NaN without a counted section
    cv_met: Array  # (C, 2, 7) bool; True without a counted section
    sections_counted: Array  # (C, 2)
    sections_passing: Array  # (C, 2)
    over_size: Array  # (S,) bool: school above the size limit (government.4)
    size_limit: Array  # (S,) pupils of compulsory stages that a school of its kind may have; inf = no limit
    over_class_size: Array  # (S, 2) bool: a class above the limit (government.5)
    largest_class: Array  # (S, 2) pupils; NaN = not known
    items: dict[str, ItemResult]  # government.1 to government.15, quality.1 to quality.9
    passed: Array  # (C,) bool: all that is modelled passes, and there is something to evaluate
    locked_when_read: ClassVar[bool] = True  # frozen when found: see `inspect`

    def to_add(self) -> Array:
        """Return (S, 7) what the whole school has to add so that each of its stages meets each threshold.

        Teachers add up over stages. Area, equipment and rooms are split over stages whatever they were bought for, so
        the stage that lacks most decides: its shortfall divided by its share. Units as `shortfall`.
        """
        need = self.shortfall[:, 0] + self.shortfall[:, 1]
        safe = np.where(self.counted, self.share, 1.0)
        need[:, 3:] = (self.shortfall[:, :, 3:] / safe[:, :, None]).max(axis=1)
        return need

    def failures(self, county: int) -> list[Failure]:
        """Return every reason why a county does not pass (see `sim.evaluation.failures.sentence` for words)."""
        return failures(self, county)

    def not_modelled(self, county: int) -> list[str]:
        """Return the keys of the items that nothing is known about in this county, with the two never modelled."""
        keys = [key for key, result in self.items.items() if result.state[county] == NOT_MODELLED]
        return keys + list(self.standards.other)


def inspect(
    register: SchoolTotals,
    county: Array,
    n_counties: int,
    items: CountyItems | None = None,
    standards: Standards | None = None,
    difference_rate: str | None = None,
) -> Inspection:
    """Evaluate every school and county by the official standard.

    register: amounts of S schools; county: (S,) int, 0 to n_counties - 1, in any order
    items: what is known of the 15 + 9 items; None or NaN is "not modelled" and fails nothing
    difference_rate: "a", "b" or "both": the candidate formula that decides item quality.9 (default: the standards')
    Raises: ValueError when shapes disagree, a county is out of range or a kind is unknown
    Source: 教督〔2017〕6号 as carried in `sim/data/standards.toml`; a value exactly at a limit passes.
    """
    standards = load_standards() if standards is None else standards
    county = np.asarray(county)
    _check(register, county, n_counties)
    groups = Groups(county, n_counties)
    left_out = excluded(register, standards)
    counted = (register.pupils > 0) & np.stack([left_out == 0, left_out == 0], axis=1)
    share = stage_share(register, standards)
    mask, pupils = np.ascontiguousarray(counted.T), register.pupils.T
    amounts = section_amounts(register, share)
    amounts *= mask
    mean, cv = _variation(amounts, np.where(mask, pupils, 0.0), groups)
    sections = _sections(amounts, np.where(mask, pupils, np.nan), standards)
    cv_met = ~(cv > (standards.cv_max * (1 + TOLERANCE))[:, None])
    n_counted = groups.add(mask.astype(float))
    n_passing = groups.add(sections["passed_section"].T.astype(float))
    found, large, crowded = from_register(register, left_out == 1, groups, standards)
    results = evaluate_items(
        supplied(items, n_counties) | found, standards, n_counties, difference_rate or standards.difference_rate
    )
    passed = (n_counted > 0).any(axis=0) & (n_passing == n_counted).all(axis=0) & cv_met.all(axis=(1, 2))
    for result in results.values():
        passed &= result.state != FAILED
    return freeze(  # type: ignore[no-any-return]
        Inspection(
            standards=standards,
            kind=register.kind.copy(),  # a simulation writes on in its columns; a finding must not change with them
            county=county.copy(),
            pupils=register.pupils.copy(),
            excluded=left_out,
            counted=counted,
            share=share.T,
            mean=mean * standards.per,
            cv=cv,
            cv_met=cv_met,
            sections_counted=n_counted.T.astype(int),
            sections_passing=n_passing.T.astype(int),
            items=results,
            passed=passed,
            **sections,
            **large,
            **crowded,
        )
    )


def planes(amounts: Array) -> list[slice]:
    """Return in which portions the seven resources are worked on: one by one, or all at once where schools are few."""
    together = len(amounts) if amounts.shape[-1] <= FEW_SCHOOLS else 1
    return [slice(k, k + together) for k in range(0, len(amounts), together)]


def _sections(amounts: Array, pupils: Array, standards: Standards) -> dict[str, Array]:
    """Evaluate every section: amounts (7, 2, S), overwritten by the shortfall; pupils (2, S), NaN where not counted.

    Overwriting spares a large array: fresh memory costs more than the arithmetic. Of many schools one plane at a time stays
    in the cache; of few all go at once, since a step costs more than its arithmetic.
    """
    threshold, per = standards.threshold.T[:, :, None], standards.per[:, None, None]
    value, met = np.empty_like(amounts), np.empty(amounts.shape, np.bool_)
    number, close, shortfall = np.zeros(pupils.shape, np.int8), np.ones(pupils.shape, np.bool_), amounts
    for k in planes(amounts):
        np.divide(amounts[k], pupils, out=value[k])
        value[k] *= per[k]
        # NaN compares False: what is not counted meets nothing
        np.greater_equal(value[k], threshold[k] * (1 - TOLERANCE), out=met[k])
        for plane in met[k]:
            number += plane
        close &= (value[k] >= threshold[k] * (standards.min_ratio * (1 - TOLERANCE))).all(axis=0)
        np.subtract(threshold[k] / per[k] * pupils, amounts[k], out=shortfall[k])
        np.fmax(shortfall[k], 0.0, out=shortfall[k])  # fmax: NaN becomes 0
        shortfall[k] *= ~met[k]
    passed = (number >= standards.min_met) & close
    axes = (2, 1, 0)
    return {
        "value": value.transpose(axes),
        "met": met.transpose(axes),
        "shortfall": shortfall.transpose(axes),
        "passed_section": passed.T,
    }


def _variation(amounts: Array, pupils: Array, groups: Groups) -> tuple[Array, Array]:
    """Return (C, 2, 7) county means and coefficients: amounts (7, 2, S) and pupils (2, S), 0 where not counted.

    With amount x_i, pupils P_i and the county's mean M: P_i (x_i/P_i - M)^2 = (x_i - P_i M)^2 / P_i.
    All zero (nobody has any) is a coefficient of zero: nothing differs; the thresholds tell that it is missing.
    """
    total = groups.add(pupils)  # (2, C)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = groups.add(amounts) / total  # (7, 2, C); NaN without pupils
        spread = np.empty_like(mean)
        safe = np.where(pupils > 0, pupils, 1.0)
        for k in planes(amounts):
            deviation = mean[k].take(groups.county, axis=-1)
            deviation *= pupils
            deviation -= amounts[k]
            deviation *= deviation
            deviation /= safe
            spread[k] = np.sqrt(groups.add(deviation) / total)
        cv = np.where(mean == 0, 0.0, spread / mean)
    return mean.transpose(2, 1, 0), cv.transpose(2, 1, 0)


def _check(register: SchoolTotals, county: Array, n_counties: int) -> None:
    n = len(register)
    shapes = {"kind": (n,), "pupils": (n, 2), "pupils_senior": (n,), "above_degree": (n, 2), "backbone": (n, 2)}
    shapes |= {"pe_art": (n, 2), "physical": (n, 4), "classes": (n, 2), "max_class": (n, 2)}
    for name, want in shapes.items():
        values = getattr(register, name)
        if values is not None and np.shape(values) != want:
            raise ValueError(f"SchoolTotals.{name}: shape {np.shape(values)}, want {want}")
    if county.shape != (n,):
        raise ValueError(f"county: shape {county.shape}, want ({n},)")
    for name, codes, above in (("county", county, n_counties), ("kind", register.kind, len(SCHOOL_KINDS))):
        if n and (codes.min() < 0 or codes.max() >= above):
            raise ValueError(f"{name}: codes from {codes.min()} to {codes.max()}, want 0 to {above - 1}")
