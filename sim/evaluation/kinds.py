"""The type of each school: as its cell says, or, where there is none or it has several meanings, by name and pupils."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sim.columns import Array
from sim.evaluation.totals import COMPLETE_SECONDARY, NINE_YEAR, SPECIAL, TWELVE_YEAR, VOCATIONAL
from sim.evaluation.vocabulary import AMBIGUOUS, OUTSIDE, UNKNOWN, kind_of, plain
from sim.tables import JUNIOR, PRIMARY, TEACHING_POINT

# stages that a school of each kind can hold: primary, junior, senior; special and vocational schools any
HOLDS = np.array(
    [[1, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]],
    dtype=bool,
)
BY_STAGES = {
    (True, False, False): PRIMARY,
    (False, True, False): JUNIOR,
    (True, True, False): NINE_YEAR,
    (False, True, True): COMPLETE_SECONDARY,
    (True, True, True): TWELVE_YEAR,
    (False, False, True): OUTSIDE,
}
NAMES = (
    (re.compile("特殊教育|特教|盲校|聋校|聋哑|启智|培智"), SPECIAL),
    (re.compile("职业|职教|职中|职高|技工|中等专业"), VOCATIONAL),
    (re.compile("教学点"), TEACHING_POINT),
    (re.compile("幼儿园"), OUTSIDE),
    (re.compile("十二年"), TWELVE_YEAR),
    (re.compile("九年"), NINE_YEAR),
    (re.compile("完全中学|完中"), COMPLETE_SECONDARY),
    (re.compile("(?:小学|完小|中心校|村小)(?:校)?$"), PRIMARY),
    (re.compile("(?:初级中学|初中)(?:学校)?$"), JUNIOR),
    (re.compile("(?:高级中学|高中)$"), OUTSIDE),
)


def kinds_of(cells: Sequence[str]) -> Array:
    """Return the kind that each cell says: a position in SCHOOL_KINDS or a code of `vocabulary`."""
    known = {cell: kind_of(cell) for cell in set(cells)}
    return np.array([known[cell] for cell in cells], np.int8)


def derived(names: Sequence[str], pupils: Array, rows: Array) -> Array:
    """Return the kinds that names and pupils of the given rows say; AMBIGUOUS where they do not.

    pupils: (n, 3) by stage, NaN where the file does not say; rows: positions
    """
    there = np.nan_to_num(pupils[rows]) > 0
    kinds = np.full(len(rows), AMBIGUOUS, np.int8)
    for i, row in enumerate(rows.tolist()):
        by_name = next((kind for pattern, kind in NAMES if pattern.search(plain(names[row]))), UNKNOWN)
        stages = (bool(there[i, 0]), bool(there[i, 1]), bool(there[i, 2]))
        kind = BY_STAGES.get(stages, UNKNOWN)
        if (
            by_name in (SPECIAL, VOCATIONAL)
            or (by_name == TEACHING_POINT and kind in (PRIMARY, UNKNOWN))
            or not any(stages)
        ):
            kind = by_name
        kinds[i] = kind if kind in BY_STAGES.values() or kind >= 0 else AMBIGUOUS
    return kinds
