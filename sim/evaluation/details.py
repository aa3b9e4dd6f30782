"""An inspection of a register in full, as text for people: every county, every school, every reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sim.evaluation.failures import in_words, item_name, number, section_failure, sentence, stage_word
from sim.evaluation.inspection import Inspection
from sim.evaluation.items import NOT_MODELLED
from sim.evaluation.register import Register
from sim.evaluation.summary import composite
from sim.evaluation.totals import SCHOOL_KINDS
from sim.evaluation.vocabulary import KINDS_ZH
from sim.evaluation.words import language, tr
from sim.names import shown, width


def details(register: Register, inspection: Inspection) -> Iterator[str]:
    """Yield for every county the verdict, the coefficients, why, and every school, in the language that is spoken."""
    for county in range(len(register.counties)):
        yield ""
        yield from _county(register, inspection, county)


def verdict(inspection: Inspection, c: int, reasons: int) -> str:
    """Return what was found of a county, in a few words."""
    if inspection.passed[c]:
        return tr("PASSES all that could be checked")
    return (
        tr("DOES NOT PASS (reasons: {n})").format(n=reasons) if reasons else tr("DOES NOT PASS: no school to evaluate")
    )


def _county(register: Register, inspection: Inspection, c: int) -> Iterator[str]:
    reasons = inspection.failures(c)
    yield f"== {shown(register.counties[c])}: {verdict(inspection, c, len(reasons))}"
    for s in range(2):
        if inspection.sections_counted[c, s]:
            yield ""
            yield from _variation(inspection, c, s)
    if reasons:
        yield ""
        yield tr("Why it does not pass")
        yield from (f"  - {sentence(f, inspection, register.names[f.school], None)}" for f in reasons)
    yield ""
    yield tr("Schools (values per pupil or per 100 pupils; * = below what is asked)")
    yield from _schools(register, inspection, np.flatnonzero(register.county == c))
    here = [key for key in inspection.not_modelled(c) if key not in unchecked(inspection)]
    if here:
        yield ""
        yield tr("Not checked here: ") + tr("; ").join(item_words(inspection, key) for key in here)


def _variation(inspection: Inspection, c: int, s: int) -> Iterator[str]:
    standards = inspection.standards
    yield tr("{stage}: {ok} of {n} schools pass; coefficients of variation, limit {limit:.2f}").format(
        stage=stage_word(s),
        ok=inspection.sections_passing[c, s],
        n=inspection.sections_counted[c, s],
        limit=standards.cv_max[s],
    )
    here = (inspection.county == c) & inspection.counted[:, s]
    below = (~inspection.met[here, s]).sum(axis=0)
    rows: list[tuple[str, ...]] = [(tr("indicator"), tr("asked"), tr("county mean"), tr("CV"), "", tr("schools below"))]
    for k, spec in enumerate(standards.indicators):
        asked = spec.threshold[s]
        over = "" if inspection.cv_met[c, s, k] else tr("over")
        mean = number(float(inspection.mean[c, s, k]), asked)
        name = f"{in_words(spec, 'label')} ({in_words(spec, 'unit')})"
        rows.append((name, number(asked, asked), mean, f"{inspection.cv[c, s, k]:.3f}", over, str(below[k])))
    rows.append((tr("composite (mean of the seven, no limit)"), "", "", f"{composite(inspection)[c, s]:.3f}", "", ""))
    yield from aligned(rows, left=1)


def short_names() -> tuple[str, ...]:
    """Return the seven indicators in a word or two, for the heads of tables."""
    return (
        tr("degree"),
        tr("backbone"),
        tr("PE/art"),
        tr("rooms m2"),
        tr("sports m2"),
        tr("equipment"),
        tr("multimedia"),
    )


def _schools(register: Register, inspection: Inspection, rows: np.ndarray) -> Iterator[str]:
    """Yield one line a section with its seven values, and one for each school that is left out."""
    specs = inspection.standards.indicators
    table: list[tuple[str, ...]] = [(tr("school"), tr("stage"), tr("pupils"), tr("met"), tr("passes"), *short_names())]
    for i in rows.tolist():
        for s in np.flatnonzero(inspection.counted[i]).tolist():
            met = inspection.met[i, s].tolist()
            values = [
                number(v, spec.threshold[s]) + (" " if ok else "*")
                for v, spec, ok in zip(inspection.value[i, s].tolist(), specs, met, strict=True)
            ]
            passes = tr("yes") if inspection.passed_section[i, s] else tr("no")
            pupils = f"{inspection.pupils[i, s]:.0f}"
            table.append((shown(register.names[i]), stage_word(s), pupils, f"{sum(met)}/7", passes, *values))
    if len(table) > 1:
        yield from aligned(table, left=2)
    left_out = [
        f"{shown(register.names[i])} ({kind_words(inspection, i)})" for i in rows.tolist() if inspection.excluded[i]
    ]
    if left_out:
        text = tr("left out (special, vocational, or teaching point below {n} pupils)")
        yield f"  {text.format(n=f'{inspection.standards.min_point_pupils:g}')}: {tr('; ').join(left_out)}"
    yield from _lacking(register, inspection, rows)


def _lacking(register: Register, inspection: Inspection, rows: np.ndarray) -> Iterator[str]:
    """Yield what schools lack that pass with six of seven; those that fail are among the reasons already."""
    lines = [
        f"  - {sentence(section_failure(inspection, i, s, k), inspection, register.names[i], None)}"
        for i in rows.tolist()
        for s in np.flatnonzero(inspection.passed_section[i]).tolist()
        for k in np.flatnonzero(~inspection.met[i, s]).tolist()
    ]
    if lines:
        yield ""
        yield tr("What below-standard schools that pass still lack")
        yield from lines


def unchecked(inspection: Inspection) -> list[str]:
    """Return the keys of what is not known in any county."""
    nowhere = [key for key, r in inspection.items.items() if (r.state == NOT_MODELLED).all()]
    return nowhere + list(inspection.standards.other)


def item_words(inspection: Inspection, key: str) -> str:
    """Return an item by number and text, in the language that is spoken."""
    zh = language() == "zh"
    if key in inspection.standards.other:
        return inspection.standards.other[key][zh]
    item = inspection.items[key].item
    return f"{item_name(key, language())} {item.text_zh if zh else item.text}"


def kind_words(inspection: Inspection, i: int) -> str:
    """Return the type of a school in the language that is spoken."""
    code = int(inspection.kind[i])
    return KINDS_ZH[code] if language() == "zh" else SCHOOL_KINDS[code].replace("_", " ")


def aligned(rows: Sequence[tuple[str, ...]], left: int) -> Iterator[str]:
    """Yield rows with columns under each other, the first `left` of them to the left. Chinese is two wide."""
    widths = [max(width(row[j]) for row in rows) for j in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell + " " * (size - width(cell)) if j < left else " " * (size - width(cell)) + cell
            for j, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()
