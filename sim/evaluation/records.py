"""An inspection of a register as plain records, for JSON and for programs: no NaN, keys of the standards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.evaluation.failures import Failure, sentence
from sim.evaluation.inspection import Inspection
from sim.evaluation.items import STATES
from sim.evaluation.register import Register
from sim.evaluation.summary import composite, missing
from sim.evaluation.words import LANGUAGES
from sim.tables import STAGES

WHY_EXCLUDED = (None, "kind", "teaching_point_too_small")
DIGITS = 10  # significant digits kept: the rest is the last bits of a division


def as_record(register: Register, inspection: Inspection, lang: str = "en") -> dict[str, Any]:
    """Return the whole inspection as one record of counties and schools; `lang` is the language of the messages.

    {"standard", "register", "reading", "missing", "counties": [{"county", "passed", "stages": {"primary": {"cv":
    {indicator: value}, "mean", "cv_limit", "schools_passing", "schools"}, ...}, "items", "not_modelled", "failures":
    [...]}], "schools": [...]}.
    A stage that no school of a county is evaluated in is left out of its `stages`. Unknown values are None.
    Raises: ValueError for an unknown language
    """
    record = {}
    for key, value in parts(register, inspection, lang):
        record[key] = list(value) if isinstance(value, Iterator) else value
    return record


def parts(register: Register, inspection: Inspection, lang: str = "en") -> Iterator[tuple[str, Any]]:
    """Yield the entries of `as_record` one by one; counties and schools as iterators, so that not all are in memory."""
    if lang not in LANGUAGES:
        raise ValueError(f"lang = {lang!r}, allowed: {', '.join(LANGUAGES)}")
    n = len(register.counties)
    yield "standard", inspection.standards.document
    yield "register", str(register.path)
    yield "reading", _reading(register)
    lacks, together = missing(inspection, n), composite(inspection)
    yield "missing", _by_stage(inspection, lacks.sum(axis=0))
    yield (
        "counties",
        (_county(register, inspection, c, lang) | _sums(inspection, lacks[c], together[c]) for c in range(n)),
    )
    yield "schools", _schools(register, inspection)


def _reading(register: Register) -> dict[str, Any]:
    """Return how the file was read: sheet, encoding, rows that are no schools, what was assumed."""
    table = register.table
    return {
        "sheet": (table.sheet or None) if table else None,
        "encoding": (table.encoding or None) if table else None,
        "left_out": [{"why": out.why, "rows": out.rows.tolist()} for out in register.left_out],
        "notes": register.notes,
    }


def _by_stage(inspection: Inspection, amounts: np.ndarray) -> dict[str, Any]:
    return {stage: _by_indicator(inspection, amounts[s]) for s, stage in enumerate(STAGES)}


def _sums(inspection: Inspection, lacks: np.ndarray, together: np.ndarray) -> dict[str, Any]:
    return {
        "missing": _by_stage(inspection, lacks),
        "composite_cv": {stage: _number(float(together[s])) for s, stage in enumerate(STAGES)},
    }


def _county(register: Register, inspection: Inspection, c: int, lang: str) -> dict[str, Any]:
    return {
        "county": register.counties[c],
        "passed": bool(inspection.passed[c]),
        "stages": {
            stage: {
                "cv": _by_indicator(inspection, inspection.cv[c, s]),
                "cv_limit": float(inspection.standards.cv_max[s]),
                "mean": _by_indicator(inspection, inspection.mean[c, s]),
                "schools_passing": int(inspection.sections_passing[c, s]),
                "schools": int(inspection.sections_counted[c, s]),
            }
            for s, stage in enumerate(STAGES)
            if inspection.sections_counted[c, s]
        },
        "items": {
            key: {
                "state": STATES[int(result.state[c])],
                "values": {name: _number(float(values[c])) for name, values in result.values.items()},
            }
            for key, result in inspection.items.items()
        },
        "not_modelled": inspection.not_modelled(c),
        "failures": [_failure(register, inspection, f, lang) for f in inspection.failures(c)],
    }


def _failure(register: Register, inspection: Inspection, failure: Failure, lang: str) -> dict[str, Any]:
    row, k = failure.school, failure.indicator
    record = {
        "about": failure.about,
        "school_id": register.ids[row] if row >= 0 else None,
        "school": register.names[row] if row >= 0 else None,
        "stage": STAGES[failure.stage] if failure.stage >= 0 else None,
        "indicator": inspection.standards.keys[k] if k >= 0 else None,
        "item": failure.item or None,
        "measure": failure.measure or None,
        "value": _number(failure.value),
        "limit": _number(failure.limit),
        "unit": failure.unit or None,
        "shortfall": _number(failure.shortfall),
        "to_add": _number(failure.to_add),
        "raw_unit": failure.raw_unit or None,
    }
    return record | {"message": sentence(failure, inspection, register.names[row] if row >= 0 else "", lang)}


def _schools(register: Register, inspection: Inspection) -> Iterator[dict[str, Any]]:
    to_add = inspection.to_add()
    for i in range(len(register.ids)):
        yield {
            "school_id": register.ids[i],
            "name": register.names[i],
            "county": register.counties[register.county[i]],
            "type": register.kinds[i],
            "excluded": WHY_EXCLUDED[inspection.excluded[i]],
            "stages": {stage: _section(inspection, i, s) for s, stage in enumerate(STAGES) if inspection.counted[i, s]},
            "to_add": _by_indicator(inspection, to_add[i]),
        }


def _section(inspection: Inspection, i: int, s: int) -> dict[str, Any]:
    return {
        "pupils": _number(float(inspection.pupils[i, s])),
        "passed": bool(inspection.passed_section[i, s]),
        "indicators_met": int(np.count_nonzero(inspection.met[i, s])),
        "values": _by_indicator(inspection, inspection.value[i, s]),
        "met": dict(zip(inspection.standards.keys, inspection.met[i, s].tolist(), strict=True)),
        "shortfall": _by_indicator(inspection, inspection.shortfall[i, s]),
        "largest_class": _number(float(inspection.largest_class[i, s])),
    }


def _by_indicator(inspection: Inspection, values: np.ndarray) -> dict[str, float | None]:
    return {key: _number(v) for key, v in zip(inspection.standards.keys, values.tolist(), strict=True)}


def _number(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
