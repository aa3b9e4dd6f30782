"""The amounts of the register from the columns of a file: stages put together, parts added up, units decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sim.columns import Array
from sim.evaluation.collect import Collected
from sim.evaluation.kinds import HOLDS
from sim.evaluation.numbers import OK
from sim.evaluation.plan import Plan
from sim.evaluation.problems import Problems
from sim.evaluation.totals import SPECIAL, VOCATIONAL
from sim.evaluation.words import tr
from sim.tables import STAGES

ALL_STAGES = (*STAGES, "senior")
STAGED = ("pupils", "teachers_above_degree", "backbone_teachers", "pe_art_teachers", "classes")
WHOLE = ("teaching_area_m2", "sports_area_m2", "equipment_value_yuan", "multimedia_rooms")
YUAN_OR_WAN = 50.0  # equipment a pupil: thousands of yuan are usual, tenths of ten thousand yuan
MANY = 0.9  # of the schools have to agree on which of the two units it is


@dataclass(eq=False)
class Amounts:
    """Arrays (n,) by key such as `pupils_primary` or `sports_area_m2`, NaN where blank, and what was assumed."""

    by_key: dict[str, Array]
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, key: str) -> Array:
        return self.by_key[key]


def pupils_by_stage(found: Collected, plan: Plan, problems: Problems) -> Array:
    """Return (n, 3) pupils as the columns of single stages say, NaN where they do not."""
    stages = [_column(found, plan, "pupils", stage, problems) for stage in ALL_STAGES]
    empty = np.full(len(found.rows), np.nan)
    return np.stack([empty if a is None else a for a in stages], axis=1)


def put_together(found: Collected, plan: Plan, kind: Array, problems: Problems) -> Amounts:
    """Return the amounts of every record. kind: (n,) positions in SCHOOL_KINDS."""
    amounts = Amounts({})
    for concept in STAGED:
        _staged(found, plan, concept, kind, amounts, problems)
    for concept in WHOLE:
        amounts.by_key[concept] = _whole(found, plan, concept, amounts, problems)
    _indoor(found, plan, amounts, problems)
    _money(found, plan, amounts, problems)
    return amounts


def _column(found: Collected, plan: Plan, concept: str, stage: str, problems: Problems) -> Array | None:
    """Return one amount of one stage: its column, the first of several, or the sum of its parts; None if not there."""
    total = None
    for part in plan.parts.get(concept, ()):
        headings = plan.columns.get((part, stage), [])
        if not headings:
            continue
        values = found.values[headings[0].column]
        for other in headings[1:]:
            again = found.values[other.column]
            differ = ~np.isnan(values) & ~np.isnan(again) & (values != again)
            problems.add(
                plan.label(part, stage),
                tr("columns {a} and {b} say the same and differ").format(a=headings[0].letter, b=other.letter),
                tr("Remove one of them, or correct the numbers."),
                found.rows[differ],
                columns=(headings[0].column, other.column),
            )
            values = np.where(np.isnan(values), again, values)
        total = values if total is None else _plus(total, values)
    return total


def _plus(a: Array, b: Array) -> Array:
    """Add two parts; a blank counts as nothing beside a number."""
    both = np.isnan(a) & np.isnan(b)
    return np.where(both, np.nan, np.nan_to_num(a) + np.nan_to_num(b))


def _staged(found: Collected, plan: Plan, concept: str, kind: Array, amounts: Amounts, problems: Problems) -> None:
    """Put one amount together by stage: from the stage's own column, else from the school's when it has one stage."""
    n = len(found.rows)
    whole = _column(found, plan, concept, "", problems)
    stages = ALL_STAGES if concept == "pupils" else STAGES
    given = np.zeros(n, bool)
    for s, stage in enumerate(stages):
        own = _column(found, plan, concept, stage, problems)
        own = np.full(n, np.nan) if own is None else own.copy()
        if any(h.lenient for h in plan.columns.get((concept, stage), [])):
            own[~HOLDS[kind, s]] = np.nan
        given |= ~np.isnan(own)
        amounts.by_key[f"{concept}_{stage}"] = own
    if whole is None:
        return
    first = np.where(kind == SPECIAL, 0, np.where(kind == VOCATIONAL, len(stages) - 1, HOLDS[kind].argmax(axis=1)))
    single = (HOLDS[kind].sum(axis=1) == 1) | (kind == SPECIAL) | (kind == VOCATIONAL)
    for s, stage in enumerate(stages):
        own = amounts.by_key[f"{concept}_{stage}"]
        taken = np.isnan(own) & single & (first == s)
        own[taken] = whole[taken]
    several = ~single & ~given & (whole > 0)
    if concept == "classes":
        if several.any():
            amounts.notes.append(
                tr(
                    "Classes of schools with several stages are not given by stage: class size is not checked there ({n})."
                ).format(n=int(several.sum()))
            )
        return
    problems.add(
        plan.label(concept),
        tr("not given by stage, but the school has several"),
        tr("Add columns for primary (小学) and junior (初中), and fill them in for these schools."),
        found.rows[several],
        columns=plan.places(concept),
    )


def _whole(found: Collected, plan: Plan, concept: str, amounts: Amounts, problems: Problems) -> Array:
    """Return an amount of the whole school; one that is given by stage is added up."""
    value = _column(found, plan, concept, "", problems)
    parts = [a for s in ALL_STAGES if (a := _column(found, plan, concept, s, problems)) is not None]
    if not parts:
        return np.full(len(found.rows), np.nan) if value is None else value
    total = parts[0]
    for part in parts[1:]:
        total = _plus(total, part)
    amounts.notes.append(
        tr("{label} is given by stage; the stages are added up, and the official method splits them by pupils.").format(
            label=plan.label(concept, "primary")
        )
    )
    return total if value is None else np.where(np.isnan(value), total, value)


def _indoor(found: Collected, plan: Plan, amounts: Amounts, problems: Problems) -> None:
    """Say how indoor sports rooms are taken: they are no teaching rooms, and part of the sports area."""
    if plan.parts.get("sports_area_m2") == ("grounds_m2",):
        amounts.notes.append(tr("Sports grounds are taken as all sports area; the file has no halls."))
    headings = plan.columns.get(("teaching_area_m2", ""), [])
    indoor = [h for h in plan.columns.get(("indoor_m2", ""), []) if "其中" in h.text]
    if not headings or headings[0].rank == -1:
        return
    group = headings[0].text.split(" / ")[0]
    inside = [h for h in indoor if group in h.text.split(" / ")[0] or h.column == headings[0].column + 1]
    if inside:
        taken = np.nan_to_num(found.values[inside[0].column])
        area = amounts.by_key["teaching_area_m2"]
        problems.add(
            plan.label("teaching_area_m2"),
            tr("less than the sports halls within it"),
            tr("Correct one of the two numbers."),
            found.rows[np.nan_to_num(area, nan=np.inf) < taken],
            columns=(headings[0].column, inside[0].column),
        )
        amounts.by_key["teaching_area_m2"] = np.maximum(area - taken, 0.0)
        amounts.notes.append(
            tr(
                "Column {letter}, sports halls within the teaching rooms, is taken off them, as the official method does."
            ).format(letter=inside[0].letter)
        )
    elif "不含" not in headings[0].text:
        amounts.notes.append(
            tr("Teaching and auxiliary rooms are taken to be without indoor sports rooms, which do not count.")
        )


def _money(found: Collected, plan: Plan, amounts: Amounts, problems: Problems) -> None:
    """Decide between yuan and ten thousand yuan where the heading names no unit, by what a pupil has of it."""
    headings = [h for s in ("", *ALL_STAGES) for h in plan.columns.get(("equipment_value_yuan", s), [])]
    pupils = sum(np.nan_to_num(amounts.by_key[f"pupils_{s}"]) for s in ALL_STAGES)
    value = amounts.by_key["equipment_value_yuan"]
    some = (value > 0) & (pupils > 0)
    each = value[some] / np.asarray(pupils)[some]
    if not headings or not len(each):
        return
    low = float((each < YUAN_OR_WAN).mean())
    if all(h.scale is not None for h in headings):
        if low > MANY:
            amounts.notes.append(
                tr("{label} is {value:.2f} yuan a pupil in the middle: is its unit really the yuan?").format(
                    label=plan.label("equipment_value_yuan"), value=float(np.median(each))
                )
            )
        return
    if low >= MANY:
        amounts.by_key["equipment_value_yuan"] = np.round(value * 1e4, 6)
        unit = tr("ten thousand yuan (万元)")
    elif low <= 1 - MANY:
        unit = tr("yuan (元)")
    else:
        problems.add(
            plan.label("equipment_value_yuan"),
            tr("no unit in the heading, and the numbers fit neither yuan nor ten thousand yuan alone"),
            tr("Write the unit into the heading: (元) or (万元)."),
            found.rows[some],
            columns=plan.places("equipment_value_yuan"),
        )
        return
    amounts.notes.append(
        tr("{label} names no unit; by its size it is taken as {unit}.").format(
            label=plan.label("equipment_value_yuan"), unit=unit
        )
    )


def bad_cells(found: Collected, column: int) -> Array:
    """Return the codes above blank that a column holds."""
    codes = np.unique(found.codes[column])
    return codes[codes > OK + 1]
