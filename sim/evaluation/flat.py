"""An inspection as flat tables: CSV with a row a school and stage, or a workbook of sheets for each question."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from sim.evaluation.details import item_words, kind_words, short_names, unchecked
from sim.evaluation.failures import in_words, sentence, stage_word
from sim.evaluation.inspection import Inspection
from sim.evaluation.records import WHY_EXCLUDED
from sim.evaluation.register import Register
from sim.evaluation.report import reading, reason_words
from sim.evaluation.summary import composite, missing, reasons, whole_amounts
from sim.evaluation.words import language, tr
from sim.names import harmless
from sim.tables import STAGES

MOST_ROWS = 1_048_575  # of an Excel sheet, below its headings
Cells = list[Any]


def as_csv(register: Register, inspection: Inspection) -> Iterator[bytes]:
    """Yield a CSV file in portions: a row a school and stage, with keys of the standards as columns.

    UTF-8 with a byte order mark, for Excel; a text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(section_columns(inspection))
    start = "\ufeff"
    for n, row in enumerate(sections(register, inspection)):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        if n % 1000 == 999:
            yield (start + text.getvalue()).encode()
            start = ""
            text.seek(0)
            text.truncate()
    yield (start + text.getvalue()).encode()


def section_columns(inspection: Inspection) -> list[str]:
    """Return the columns of `sections`."""
    keys = inspection.standards.keys
    return [
        *("school_id", "name", "county", "type", "stage", "pupils", "left_out", "indicators_met", "passed"),
        *(f"value_{k}" for k in keys),
        *(f"missing_{k}" for k in keys),
    ]


def sections(register: Register, inspection: Inspection) -> Iterator[Cells]:
    """Yield a row a school and stage that is evaluated, and one a school that is not."""
    lacks = whole_amounts(inspection.shortfall)
    empty: Cells = [None] * (2 * len(inspection.standards.keys))
    for i in range(len(register.ids)):
        head = [register.ids[i], register.names[i], register.counties[register.county[i]], register.kinds[i]]
        stages = np.flatnonzero(inspection.counted[i]).tolist()
        if not stages:
            why = WHY_EXCLUDED[inspection.excluded[i]] or "no_pupils"
            yield [*head, "", float(inspection.pupils[i].sum()), why, None, "", *empty]
        for s in stages:
            yield [
                *head,
                STAGES[s],
                float(inspection.pupils[i, s]),
                "",
                int(inspection.met[i, s].sum()),
                "yes" if inspection.passed_section[i, s] else "no",
                *(float(f"{v:.10g}") for v in inspection.value[i, s].tolist()),
                *(float(f"{v:.10g}") for v in lacks[i, s].tolist()),
            ]


def write_workbook(file: BinaryIO, register: Register, inspection: Inspection) -> None:
    """Write a workbook: sums by county and stage, reasons, coefficients, schools, failures, how the file was read."""
    import xlsxwriter

    sheets = {
        tr("Missing"): _missing(register, inspection),
        tr("Reasons"): _reasons(register, inspection),
        tr("Coefficients"): _variation(register, inspection),
        tr("Schools"): _schools(register, inspection),
        tr("Each failure"): _failures(register, inspection),
        tr("Not evaluated"): _left_out(register, inspection),
        tr("Reading"): ([line] for line in [*reading(register), *_open(inspection)]),
    }
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, 1, 24)
            sheet.set_column(2, 25, 12)
            sheet.freeze_panes(1, 0)
            for at, row in enumerate(rows):
                if at > MOST_ROWS:
                    break
                for column, cell in enumerate(row):
                    _write(sheet, at, column, cell, bold if at == 0 and name != tr("Reading") else None)


def _write(sheet: Any, row: int, column: int, cell: Any, style: Any) -> None:
    """Write a cell as what it is: a text stays a text, whatever it begins with."""
    if isinstance(cell, str):
        sheet.write_string(row, column, cell, style)
    elif cell is not None and cell == cell:
        sheet.write_number(row, column, cell, style)


def _missing(register: Register, inspection: Inspection) -> Iterator[Cells]:
    n = len(register.counties)
    lacks = missing(inspection, n)
    raw = [in_words(spec, "raw_unit") for spec in inspection.standards.indicators]
    names = [f"{name} ({unit})" for name, unit in zip(short_names(), raw, strict=True)]
    yield [tr("county"), tr("stage"), tr("passes"), tr("schools passing"), tr("schools"), *names]
    for c in range(n):
        for s in range(2):
            if inspection.sections_counted[c, s]:
                yield [
                    register.counties[c],
                    stage_word(s),
                    tr("yes") if inspection.passed[c] else tr("no"),
                    int(inspection.sections_passing[c, s]),
                    int(inspection.sections_counted[c, s]),
                    *lacks[c, s].tolist(),
                ]
    for s in range(2):
        ok, counted = int(inspection.sections_passing[:, s].sum()), int(inspection.sections_counted[:, s].sum())
        yield [tr("all"), stage_word(s), "", ok, counted, *lacks[:, s].sum(axis=0).tolist()]


def _reasons(register: Register, inspection: Inspection) -> Iterator[Cells]:
    yield [tr("reason"), tr("schools"), tr("counties"), tr("missing"), tr("unit")]
    for r in reasons(inspection, len(register.counties)):
        unit = in_words(inspection.standards.indicators[r.indicator], "raw_unit") if r.about == "school" else ""
        yield [reason_words(r, inspection), r.schools or None, r.counties, r.missing, unit]


def _variation(register: Register, inspection: Inspection) -> Iterator[Cells]:
    yield [tr("county"), tr("stage"), tr("limit"), *short_names(), tr("composite (mean of the seven, no limit)")]
    together = composite(inspection)
    for c in range(len(register.counties)):
        for s in range(2):
            if inspection.sections_counted[c, s]:
                limit = float(inspection.standards.cv_max[s])
                yield [register.counties[c], stage_word(s), limit, *inspection.cv[c, s].tolist(), float(together[c, s])]


def _schools(register: Register, inspection: Inspection) -> Iterator[Cells]:
    lacking = [tr("missing: {name}").format(name=name) for name in short_names()]
    head = [
        tr("school code"),
        tr("school"),
        tr("county"),
        tr("type"),
        tr("stage"),
        tr("pupils"),
        tr("met"),
        tr("passes"),
    ]
    yield [*head, *short_names(), *lacking]
    words = {"yes": tr("yes"), "no": tr("no")}
    kinds = (
        {key: kind_words(inspection, i) for i, key in enumerate(register.kinds) if key} if language() == "zh" else {}
    )
    for row in sections(register, inspection):
        if row[4]:
            kind = kinds.get(row[3], row[3].replace("_", " "))
            stage = stage_word(STAGES.index(row[4]))
            yield [*row[:3], kind, stage, row[5], row[7], words[row[8]], *row[9:]]


def _failures(register: Register, inspection: Inspection) -> Iterator[Cells]:
    yield [tr("county"), tr("school"), tr("what fails")]
    for c, name in enumerate(register.counties):
        for f in inspection.failures(c):
            school = register.names[f.school] if f.school >= 0 else ""
            yield [name, school, sentence(f, inspection, school, None)]


def _left_out(register: Register, inspection: Inspection) -> Iterator[Cells]:
    yield [tr("school"), tr("county"), tr("type"), tr("why it is not evaluated")]
    why = {
        1: tr("special or vocational school"),
        2: tr("teaching point below {n:g} pupils").format(n=inspection.standards.min_point_pupils),
        0: tr("no primary or junior pupils"),
    }
    for i in np.flatnonzero(~inspection.counted.any(axis=1)).tolist():
        county = register.counties[register.county[i]]
        yield [register.names[i], county, kind_words(inspection, i), why[int(inspection.excluded[i])]]


def _open(inspection: Inspection) -> list[str]:
    return [tr("Not checked in any county:"), *(item_words(inspection, key) for key in unchecked(inspection))]
