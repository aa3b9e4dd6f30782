"""Why a county does not pass: one record a reason, and the sentence that a planner reads."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.evaluation.items import FAILED, fails
from sim.evaluation.standards import Indicator, Measure
from sim.evaluation.words import language, speaking, tr
from sim.names import shown

if TYPE_CHECKING:
    from sim.evaluation.inspection import Inspection

NO_STAGE = -1
N_STAFF = 3  # the first three indicators count teachers, who are not split between stages


@dataclass(frozen=True)
class Failure:
    """One reason why a county does not pass.

    about: "school" (a school misses the rule through this indicator), "cv" (a coefficient of variation above its
    limit) or "item" (a government or quality item); school: row of the register, -1 when the reason is the county's;
    stage: 0 primary, 1 junior, -1 neither; indicator: 0-6 or -1; item: key or "".
    value, limit: what came and what is asked, in `unit`
    shortfall: what the section lacks, in `raw_unit` (NaN when there is no such amount); to_add: what the school has to
    add for it, which is more where building, grounds, equipment and rooms are split between stages
    """

    about: str
    county: int
    value: float
    limit: float
    unit: str
    school: int = -1
    stage: int = NO_STAGE
    indicator: int = -1
    item: str = ""
    measure: str = ""
    shortfall: float = math.nan
    to_add: float = math.nan
    raw_unit: str = ""


def failures(inspection: Inspection, county: int) -> list[Failure]:
    """Return every reason why a county does not pass: its coefficients, its items, its schools; empty if it passes.

    A county with nothing to evaluate does not pass and has no reason in this list.
    """
    rows = np.flatnonzero(inspection.county == county)
    return [
        *_variation(inspection, county),
        *_items(inspection, county, rows),
        *_schools(inspection, county, rows),
    ]


def _variation(inspection: Inspection, county: int) -> list[Failure]:
    limits = inspection.standards.cv_max
    return [
        Failure(
            "cv", county, float(inspection.cv[county, stage, k]), float(limits[stage]), "", stage=stage, indicator=k
        )
        for stage, k in np.argwhere(~inspection.cv_met[county]).tolist()
    ]


def _schools(inspection: Inspection, county: int, rows: np.ndarray) -> list[Failure]:
    bad = inspection.counted[rows] & ~inspection.passed_section[rows]
    return [
        section_failure(inspection, int(rows[i]), stage, k)
        for i, stage in np.argwhere(bad).tolist()
        for k in np.flatnonzero(~inspection.met[rows[i], stage]).tolist()
    ]


def section_failure(inspection: Inspection, row: int, stage: int, k: int) -> Failure:
    """Return the record of one indicator that one section does not meet, whether or not its school passes."""
    spec = inspection.standards.indicators[k]
    lacks = float(inspection.shortfall[row, stage, k])
    return Failure(
        about="school",
        county=int(inspection.county[row]),
        value=float(inspection.value[row, stage, k]),
        limit=spec.threshold[stage],
        unit=spec.unit,
        school=row,
        stage=stage,
        indicator=k,
        shortfall=lacks,
        to_add=lacks / float(inspection.share[row, stage]) if k >= N_STAFF else lacks,
        raw_unit=spec.raw_unit,
    )


def _items(inspection: Inspection, county: int, rows: np.ndarray) -> list[Failure]:
    found = []
    for key, result in inspection.items.items():
        if result.state[county] != FAILED:
            continue
        for m in result.decisive:
            if m.field == "schools_over_size":
                found += _too_large(inspection, county, rows, key, m)
            elif m.field == "sections_over_class_size":
                found += _too_crowded(inspection, county, rows, key, m)
            elif fails(result.values[m.field], m)[county]:
                value = float(result.values[m.field][county])
                found.append(Failure("item", county, value, m.limit, m.unit, item=key, measure=m.field))
    return found


def _too_large(inspection: Inspection, county: int, rows: np.ndarray, key: str, m: Measure) -> list[Failure]:
    return [
        Failure(
            "item",
            county,
            float(inspection.pupils[row, 0] + inspection.pupils[row, 1]),
            float(inspection.size_limit[row]),
            "pupils",
            school=row,
            item=key,
            measure=m.field,
        )
        for row in rows[inspection.over_size[rows]].tolist()
    ]


def _too_crowded(inspection: Inspection, county: int, rows: np.ndarray, key: str, m: Measure) -> list[Failure]:
    return [
        Failure(
            "item",
            county,
            float(inspection.largest_class[rows[i], stage]),
            float(inspection.standards.class_size[stage]),
            "pupils",
            school=int(rows[i]),
            stage=stage,
            item=key,
            measure=m.field,
        )
        for i, stage in np.argwhere(inspection.over_class_size[rows]).tolist()
    ]


def sentence(failure: Failure, inspection: Inspection, school: str = "", lang: str | None = "en") -> str:
    """Say one failure in a sentence. school: the name to use for the row; lang: "en", "zh", or None as `speaking`."""
    with speaking(lang if lang is not None else language()):
        school = shown(school) if school else tr("school {row}").format(row=failure.school)
        if failure.about == "cv":
            return _say_variation(failure, inspection.standards.indicators[failure.indicator])
        if failure.about == "school":
            return _say_school(failure, inspection.standards.indicators[failure.indicator], school)
        return _say_item(failure, inspection, school)


def stage_word(stage: int) -> str:
    """Return the name of a stage (0 primary, 1 junior) in the language that is spoken."""
    return (tr("primary"), tr("junior"))[stage]


def in_words(thing: Indicator, name: str) -> str:
    """Return the label or unit of an indicator in the language that is spoken: `name` is a field such as "raw_unit"."""
    return str(getattr(thing, f"{name}_zh" if language() == "zh" else name))


def _say_variation(failure: Failure, spec: Indicator) -> str:
    return tr("{stage}: coefficient of variation of {label} is {value:.3f}, at most {limit:.2f} allowed").format(
        stage=stage_word(failure.stage), label=in_words(spec, "label"), value=failure.value, limit=failure.limit
    )


def _say_school(failure: Failure, spec: Indicator, school: str) -> str:
    text = tr(
        "{school}, {stage}: {label} {value} {unit}, {limit} asked ({share:.1f} % of it), short by {lacks} {raw_unit}"
    ).format(
        school=school,
        stage=stage_word(failure.stage),
        label=in_words(spec, "label"),
        value=number(failure.value, failure.limit),
        unit=in_words(spec, "unit"),
        limit=number(failure.limit, failure.limit),
        share=math.floor(1000 * failure.value / failure.limit) / 10,  # rounded down: 84.96 % must not read 85 %
        lacks=amount(failure.shortfall),
        raw_unit=in_words(spec, "raw_unit"),
    )
    if failure.to_add > failure.shortfall * (1 + 1e-9):
        text += tr(" (the whole school has to add {add} {raw_unit})").format(
            add=amount(failure.to_add), raw_unit=in_words(spec, "raw_unit")
        )
    return text


def _say_item(failure: Failure, inspection: Inspection, school: str) -> str:
    zh = language() == "zh"
    item = inspection.items[failure.item].item
    measure = next(m for m in item.measures if m.field == failure.measure)
    value, limit = _percent(failure.value, failure.unit), _percent(failure.limit, failure.unit)
    head = tr("{item} ({text}): ").format(
        item=item_name(failure.item, "zh" if zh else "en"), text=item.text_zh if zh else item.text
    )
    if failure.school >= 0 and failure.stage == NO_STAGE:
        text = tr("{school} has {value} pupils, at most {limit} allowed")
        return head + text.format(school=school, value=value, limit=limit)
    if failure.school >= 0:
        text = tr("largest class of {school}, {stage}, has at least {value} pupils, at most {limit} allowed")
        return head + text.format(school=school, stage=stage_word(failure.stage), value=value, limit=limit)
    template = {
        ">=": tr("{measure} is {value}, at least {limit} asked"),
        "<=": tr("{measure} is {value}, at most {limit} asked"),
        "<": tr("{measure} is {value}, below {limit} asked"),
    }[measure.op]
    return head + template.format(measure=measure.label_zh if zh else measure.label, value=value, limit=limit)


def item_name(key: str, lang: str) -> str:
    """Return how people call an item: `government.4` is "government item 4" or 政府保障程度第4项."""
    group, position = key.split(".")
    if lang == "zh":
        return f"{'政府保障程度' if group == 'government' else '教育质量'}第{position}项"
    return f"{group} item {position}"


def number(value: float, threshold: float) -> str:
    """Return a value with as many decimals as its threshold needs: yuan without, teachers and area with two."""
    return f"{value:,.0f}" if threshold >= 100 else f"{value:.2f}"


def amount(value: float) -> str:
    """Return an amount to be added, rounded up: a sixth of a teacher is a teacher."""
    return f"{math.ceil(value - 1e-6 * max(1.0, abs(value))):,}"


def _percent(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "share" else f"{value:,.10g}"
