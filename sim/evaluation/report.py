"""An inspection of a register as text for planners: sums first, then reasons by size, what was left out, what is open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.evaluation.details import aligned, details, item_words, kind_words, short_names, unchecked
from sim.evaluation.failures import in_words, stage_word
from sim.evaluation.inspection import Inspection
from sim.evaluation.problems import named_rows
from sim.evaluation.register import Register
from sim.evaluation.standards import Measure
from sim.evaluation.summary import Reason, composite, missing, reasons, to_add
from sim.evaluation.words import language, speaking, tr
from sim.names import shown

MOST_COUNTIES = 15  # in a table; the files of the other formats have all
MOST_REASONS = 15
MOST_SCHOOLS = 10  # that are named among those left out


def as_text(register: Register, inspection: Inspection, lang: str | None = None, full: bool = False) -> Iterator[str]:
    """Yield the lines of a report: sums over counties, reasons, what was left out and what is not checked.

    lang: "en" or "zh"; None is the language of the process. full: every county, school and reason behind the sums
    Raises: ValueError for another language
    """
    with speaking(lang if lang is not None else language()):
        lines = list(_lines(register, inspection, full))
    return iter(lines)


def _lines(register: Register, inspection: Inspection, full: bool) -> Iterator[str]:
    n = len(register.counties)
    yield tr("Inspection by {document}. Schools: {schools:,}; counties: {counties:,}.").format(
        document=inspection.standards.document, schools=len(register.ids), counties=n
    )
    yield from reading(register)
    yield ""
    yield tr(
        "{n} of {c} counties pass all that could be checked. Certification needs the items not checked here as well."
    ).format(n=int(inspection.passed.sum()), c=n)
    yield ""
    yield from _missing(register, inspection)
    yield from _reasons(inspection, n)
    yield ""
    yield from _variation(register, inspection)
    yield from _excluded(register, inspection)
    yield ""
    yield from _open(inspection)
    if full:
        yield from details(register, inspection)
    else:
        yield ""
        yield tr(
            "Every school and reason: --details, or --out report.xlsx (sheets), .csv (a row a school and stage), .json."
        )


def reading(register: Register) -> Iterator[str]:
    """Yield how the file was read: rows that are no schools, and what was assumed."""
    table = register.table
    if table is None:
        return
    for out in register.left_out:
        words = tr(" ({words})").format(words=tr("; ").join(f"'{w}'" for w in out.words)) if out.words else ""
        yield tr("Left out of the file: {why} ({n:,}): {rows}{words}").format(
            why=out.why, n=len(out.rows), rows=named_rows(table, out.rows), words=words
        )
    for note in register.notes:
        yield tr("Note: {note}").format(note=note)
    unused = [h for h in (register.plan.unused if register.plan else []) if h.reason == tr("not understood")]
    if unused:
        names = ", ".join(f"{h.letter} '{shown(h.text, 30)}'" for h in unused[:10])
        yield tr("Note: columns that are not read: {names}. `--preview` shows how each heading was understood.").format(
            names=names
        )


def _amounts(inspection: Inspection, values: np.ndarray) -> tuple[str, ...]:
    return tuple("-" if not v else f"{np.ceil(v - 1e-6 * max(1.0, v)):,.0f}" for v in values.tolist())


def _missing(register: Register, inspection: Inspection) -> Iterator[str]:
    """Yield the table of what is missing, by county and stage, the counties that lack most kinds of things first."""
    n = len(register.counties)
    lacks, whole = missing(inspection, n), to_add(inspection, n)
    raw = tuple(in_words(spec, "raw_unit") for spec in inspection.standards.indicators)
    yield tr("Missing so that every school has what is asked")
    rows: list[tuple[str, ...]] = [
        (tr("county"), tr("stage"), tr("pass"), *short_names()),
        ("", "", "", *raw),
    ]
    failing = (inspection.sections_counted - inspection.sections_passing).sum(axis=1)
    order = sorted(range(n), key=lambda c: (bool(inspection.passed[c]), -int(failing[c]), c))
    for c in order[:MOST_COUNTIES]:
        for s in range(2):
            if inspection.sections_counted[c, s]:
                rows.append(
                    (
                        shown(register.counties[c], 24),
                        stage_word(s),
                        f"{inspection.sections_passing[c, s]}/{inspection.sections_counted[c, s]}",
                        *_amounts(inspection, lacks[c, s]),
                    )
                )
    total = lacks.sum(axis=0)
    for s in range(2):
        if n > 1 and inspection.sections_counted[:, s].any():
            ok, all_of_them = inspection.sections_passing[:, s].sum(), inspection.sections_counted[:, s].sum()
            rows.append((tr("all"), stage_word(s), f"{ok}/{all_of_them}", *_amounts(inspection, total[s])))
    yield from aligned(rows, left=2)
    if n > MOST_COUNTIES:
        yield "  " + tr("and {n:,} more counties").format(n=n - MOST_COUNTIES)
    if (np.abs(whole.sum(axis=0) - total.sum(axis=0)) > 1e-6 * np.maximum(1.0, total.sum(axis=0))).any():
        text = tr("Whole schools have to add, since rooms, grounds and equipment are split between stages: {amounts}.")
        pieces = [
            f"{name} {value}"
            for name, value in zip(short_names()[3:], _amounts(inspection, whole.sum(axis=0))[3:], strict=True)
        ]
        yield "  " + text.format(amounts=", ".join(pieces))


def _reasons(inspection: Inspection, n_counties: int) -> Iterator[str]:
    found = reasons(inspection, n_counties)
    if not found:
        return
    yield ""
    yield tr("Why counties do not pass")
    for reason in found[:MOST_REASONS]:
        yield f"  - {reason_words(reason, inspection)}"
    if len(found) > MOST_REASONS:
        yield "  " + tr("and {n} more reasons").format(n=len(found) - MOST_REASONS)


def reason_words(reason: Reason, inspection: Inspection) -> str:
    """Say one reason in a sentence, in the language that is spoken."""
    if reason.about == "item":
        return _item_reason(reason, inspection)
    spec = inspection.standards.indicators[reason.indicator]
    stage, label = stage_word(reason.stage), in_words(spec, "label")
    if reason.about == "cv":
        return tr("{stage}, {label}: coefficient of variation above {limit:.2f} in {counties} counties").format(
            stage=stage, label=label, limit=inspection.standards.cv_max[reason.stage], counties=reason.counties
        )
    return tr(
        "{stage}, {label}: {schools} schools that do not pass are below, in {counties} counties; they lack {n} {unit}"
    ).format(
        stage=stage,
        label=label,
        schools=reason.schools,
        counties=reason.counties,
        n=f"{np.ceil(reason.missing - 1e-6 * max(1.0, reason.missing)):,.0f}",
        unit=in_words(spec, "raw_unit"),
    )


def _item_reason(reason: Reason, inspection: Inspection) -> str:
    item = item_words(inspection, reason.item)
    if reason.schools and reason.stage >= 0:
        return tr("{item}: classes too large in {schools} schools ({stage}), in {counties} counties").format(
            item=item, schools=reason.schools, stage=stage_word(reason.stage), counties=reason.counties
        )
    if reason.schools:
        return tr("{item}: {schools} schools too large, in {counties} counties").format(
            item=item, schools=reason.schools, counties=reason.counties
        )
    measures: tuple[Measure, ...] = inspection.items[reason.item].item.measures
    measure = next(m for m in measures if m.field == reason.measure)
    return tr("{item}: {measure} misses {limit:g} in {counties} counties").format(
        item=item,
        measure=measure.label_zh if language() == "zh" else measure.label,
        limit=measure.limit,
        counties=reason.counties,
    )


def _variation(register: Register, inspection: Inspection) -> Iterator[str]:
    """Yield the seven coefficients and their composite, by county and stage."""
    yield tr(
        "Coefficients of variation (* = above the limit; composite 综合差异系数 = mean of the seven, no limit since 2017)"
    )
    rows: list[tuple[str, ...]] = [(tr("county"), tr("stage"), tr("limit"), *short_names(), tr("composite"))]
    together = composite(inspection)
    over = (~inspection.cv_met).sum(axis=(1, 2))
    order = sorted(range(len(register.counties)), key=lambda c: (-int(over[c]), c))
    for c in order[:MOST_COUNTIES]:
        for s in range(2):
            if inspection.sections_counted[c, s]:
                values = [
                    f"{v:.3f}" + (" " if ok else "*")
                    for v, ok in zip(inspection.cv[c, s].tolist(), inspection.cv_met[c, s].tolist(), strict=True)
                ]
                limit = f"{inspection.standards.cv_max[s]:.2f}"
                name = shown(register.counties[c], 24)
                rows.append((name, stage_word(s), limit, *values, f"{together[c, s]:.3f}"))
    yield from aligned(rows, left=2)


def _excluded(register: Register, inspection: Inspection) -> Iterator[str]:
    """Yield which schools the official method leaves out, and why."""
    texts = {
        1: tr("Left out of the evaluation: special and vocational schools ({n}): {names}"),
        2: tr("Left out of the evaluation: teaching points below {least} pupils ({n}): {names}"),
    }
    for code, text in texts.items():
        rows = np.flatnonzero(inspection.excluded == code)
        if len(rows):
            names = [
                f"{shown(register.names[i], 30)} ({kind_words(inspection, i)})"
                if code == 1
                else shown(register.names[i], 30)
                for i in rows[:MOST_SCHOOLS].tolist()
            ]
            more = tr(" and {n:,} more").format(n=len(rows) - MOST_SCHOOLS) if len(rows) > MOST_SCHOOLS else ""
            least = f"{inspection.standards.min_point_pupils:g}"
            yield text.format(n=f"{len(rows):,}", names=tr("; ").join(names) + more, least=least)
    nobody = np.flatnonzero((inspection.excluded == 0) & ~inspection.counted.any(axis=1))
    if len(nobody):
        first = tr("; ").join(shown(register.names[i], 30) for i in nobody[:MOST_SCHOOLS].tolist())
        yield tr("Left out of the evaluation: schools without primary or junior pupils ({n}): {names}").format(
            n=f"{len(nobody):,}", names=first
        )


def _open(inspection: Inspection) -> Iterator[str]:
    """Yield what was not checked anywhere, and the two candidate formulas of the difference rate."""
    keys = unchecked(inspection)
    yield tr(
        "Not checked in any county, because the register does not hold it ({n}; --items adds what you know):"
    ).format(n=len(keys))
    yield "  " + tr("; ").join(item_words(inspection, key) for key in keys)
    yield tr(
        "Between-school difference rate (quality item 9, below 0.15), two candidate formulas: a = between-school variance / total"
        " variance of scores; b = pupil-weighted SD of school means on scores scaled to 0-1. The official one is not published;"
        " {default} decides."
    ).format(default=inspection.standards.difference_rate)
