"""What must hold in a register: codes and names, types, blanks where the evaluation needs a number, stages that fit."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import numpy as np

from sim.columns import Array
from sim.evaluation.amounts import ALL_STAGES, WHOLE, Amounts, bad_cells
from sim.evaluation.collect import Collected
from sim.evaluation.headings import DIMENSIONS
from sim.evaluation.kinds import HOLDS
from sim.evaluation.numbers import is_error, what_is_wrong
from sim.evaluation.plan import Plan, labelled
from sim.evaluation.problems import ECHOES_LIMIT, Problems
from sim.evaluation.standards import load_standards
from sim.evaluation.totals import SCHOOL_KINDS, SchoolTotals, excluded
from sim.evaluation.vocabulary import AMBIGUOUS, BLANK, KINDS_ZH, OUTSIDE, UNKNOWN
from sim.evaluation.words import tr
from sim.names import name_key, shown
from sim.tables import STAGES

TEACHERS = ("teachers_above_degree", "backbone_teachers", "pe_art_teachers")
SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{1,3}", re.ASCII)
SURE_DIGITS = 15  # a spreadsheet keeps so many digits of a number and writes zeros behind them
HINTS = 5  # distinct wrong types for which the nearest right one is looked up


def check_rows(found: Collected, width: int, problems: Problems) -> None:
    """Note rows of a CSV file with another number of cells than there are headings."""
    for more in (False, True):
        rows = [(row, came) for row, came in found.ragged if (came > width) == more]
        problems.add(
            "",
            tr("more cells than headings ({n})").format(n=width)
            if more
            else tr("fewer cells than headings ({n})").format(n=width),
            tr("Check the separators: one may be missing, or stand inside a name without quotation marks."),
            [row for row, _ in rows],
            [str(came) for _, came in rows[:ECHOES_LIMIT]],
        )


def check_numbers(found: Collected, plan: Plan, problems: Problems) -> None:
    """Note every cell that is no right number, by column and kind."""
    for headings in plan.columns.values():
        for h in headings:
            for code in bad_cells(found, h.column).tolist():
                what, todo = what_is_wrong(code, DIMENSIONS[h.concept])
                key = f"{h.concept}_{h.stage}" if h.stage else h.concept
                problems.add(
                    labelled(key, h),
                    what,
                    todo,
                    found.rows[found.codes[h.column] == code],
                    found.echoes.get((h.column, code), []),
                    (h.column,),
                )


def check_texts(found: Collected, plan: Plan, problems: Problems) -> None:
    """Note blank or failed codes, names and counties, codes that a spreadsheet destroyed, and codes twice."""
    for concept in ("school_id", "name", "county"):
        if concept not in plan.texts:
            continue
        cells = found.texts[concept]
        label, places = plan.label(concept), plan.places(concept)
        # what draws nothing is blank, whatever bytes it is made of
        blank = [i for i, c in enumerate(cells) if not c or (not c.isalnum() and not name_key(c))]
        problems.add(label, tr("blank"), tr("Fill it in."), found.rows[blank], columns=places)
        failed = [i for i, c in enumerate(cells) if c[:1] in "#＃" and is_error(c)]
        what, todo = what_is_wrong(2, "plain")
        problems.add(label, what, todo, found.rows[failed], [cells[i] for i in failed[:ECHOES_LIMIT]], places)
    if "school_id" in plan.texts:
        _destroyed(found, plan, problems)
        _twice(found, found.texts["school_id"], plan, problems)
    else:
        _names_twice(found, plan, problems)


def _destroyed(found: Collected, plan: Plan, problems: Problems) -> None:
    """Note codes in scientific notation, and long ones that all end in zeros: the spreadsheet has destroyed them."""
    cells = found.texts["school_id"]
    lost = [i for i, c in enumerate(cells) if "+" in c and SCIENTIFIC.fullmatch(c)]
    long = [i for i, c in enumerate(cells) if len(c) > SURE_DIGITS and c.isascii() and c.isdigit()]
    # right codes of 16 digits end in a zero one time in ten; by chance all of several do not
    beyond = "".join(cells[i][SURE_DIGITS:] for i in long)
    if len(beyond) > 1 and set(beyond) == {"0"}:
        lost = sorted({*lost, *long})
    problems.add(
        plan.label("school_id"),
        tr("the spreadsheet has destroyed this code"),
        tr("Format the column as text, then copy the codes in again from their source; what is here cannot be mended."),
        found.rows[lost],
        [cells[i] for i in lost[:ECHOES_LIMIT]],
        plan.places("school_id"),
    )


def _repeated(keys: Sequence[object]) -> tuple[list[int], list[int]]:
    """Return the positions of keys that stood there before, and where first."""
    first: dict[object, int] = {}
    again, where = [], []
    for i, key in enumerate(keys):
        at = first.setdefault(key, i)
        if at != i and key:
            again.append(i)
            where.append(at)
    return again, where


def _twice(found: Collected, cells: list[str], plan: Plan, problems: Problems) -> None:
    again, where = _repeated([c if c.isascii() and c.isalnum() else name_key(c) for c in cells])
    problems.add(
        plan.label("school_id"),
        tr("a code that stands there twice"),
        tr("Give every school its own code; leave one row of a school that stands there twice."),
        found.rows[again],
        [
            tr("{code} as in {place}").format(code=cells[i], place=problems.table.place(int(found.rows[at])))
            for i, at in zip(again[:ECHOES_LIMIT], where[:ECHOES_LIMIT], strict=True)
        ],
        plan.places("school_id"),
    )


def _names_twice(found: Collected, plan: Plan, problems: Problems) -> None:
    names = found.texts["name"]
    counties = found.texts.get("county") or [""] * len(names)
    again, where = _repeated([(name_key(c), name_key(n)) if n else "" for c, n in zip(counties, names, strict=True)])
    problems.add(
        plan.label("name"),
        tr("a name that stands there twice in a county, in a file without school codes"),
        tr("Add a column of school codes (学校标识码), or leave one row of a school that stands there twice."),
        found.rows[again],
        [
            tr("{code} as in {place}").format(code=names[i], place=problems.table.place(int(found.rows[at])))
            for i, at in zip(again[:ECHOES_LIMIT], where[:ECHOES_LIMIT], strict=True)
        ],
        plan.places("name"),
    )


def check_kinds(found: Collected, kind: Array, plan: Plan, problems: Problems) -> None:
    """Note types that are blank, not known, or have more than one meaning."""
    cells = found.texts.get("type") or [""] * len(kind)
    label, places = plan.label("type"), plan.places("type") if "type" in plan.texts else ()
    allowed = tr("Write one of: {kinds}.").format(kinds="、".join(KINDS_ZH) + ", " + ", ".join(SCHOOL_KINDS))
    for code, what in (
        (BLANK, tr("blank")),
        (UNKNOWN, tr("no type of school that is known")),
        (AMBIGUOUS, tr("a type with more than one meaning, which names and pupils do not settle")),
    ):
        rows = np.flatnonzero(kind == code)
        echoes = [cells[i] for i in rows[:ECHOES_LIMIT].tolist()]
        hint = ""
        if code == UNKNOWN and len(rows):
            hint = _nearest(dict.fromkeys(cells[i] for i in rows[:1000].tolist()))
        problems.add(label, what, hint + allowed, found.rows[rows], echoes, places)


def _nearest(wrong: dict[str, None]) -> str:
    """Return a hint for the first few distinct wrong types."""
    hints = []
    for cell in list(wrong)[:HINTS]:
        close = difflib.get_close_matches(cell.lower()[:40], (*SCHOOL_KINDS, *KINDS_ZH), n=1, cutoff=0.5)
        if close:
            hints.append(tr("'{a}' may be '{b}'.").format(a=shown(cell, 20), b=close[0]))
    return " ".join(hints) + (" " if hints else "")


def check_outside(found: Collected, kind: Array, pupils: Array, plan: Plan, problems: Problems) -> None:
    """Note schools outside compulsory education that have pupils of primary or junior stage."""
    wrong = (kind == OUTSIDE) & (np.nan_to_num(pupils[:, :2]).sum(axis=1) > 0)
    problems.add(
        plan.label("type"),
        tr("a school outside compulsory education that has primary or junior pupils"),
        tr("Correct the type (for 完全中学: junior and senior) or the pupils."),
        found.rows[wrong],
        [found.texts["type"][i] for i in np.flatnonzero(wrong)[:ECHOES_LIMIT].tolist()]
        if "type" in found.texts
        else (),
        plan.places("type") if "type" in plan.texts else (),
    )


def check_stages(found: Collected, kind: Array, amounts: Amounts, plan: Plan, problems: Problems) -> None:
    """Note amounts in a stage that the school's type does not hold, and schools without any number of pupils."""
    for s, stage in enumerate(ALL_STAGES):
        for concept in ("pupils", *TEACHERS, "classes") if s < 2 else ("pupils",):
            values = amounts[f"{concept}_{stage}"]
            rows = np.flatnonzero((values > 0) & ~HOLDS[kind, s])
            problems.add(
                plan.label(concept, stage),
                tr("an amount in the {stage} stage, which the school's type does not hold").format(
                    stage=stage_name(stage)
                ),
                tr("Correct the number or the type; blank or 0 is right where the stage is absent."),
                found.rows[rows],
                [f"{values[i]:g} {KINDS_ZH[kind[i]]}" for i in rows[:ECHOES_LIMIT].tolist()],
                plan.places(concept, stage),
            )
    known = np.stack([~np.isnan(amounts[f"pupils_{stage}"]) for stage in ALL_STAGES], axis=1)
    staged = [stage for stage in ALL_STAGES if plan.columns.get(("pupils", stage))]
    label = plan.label("pupils") if not staged else ", ".join(plan.label("pupils", stage) for stage in staged)
    problems.add(
        label,
        tr("blank for every stage of the school's type"),
        tr("Write the number of pupils, 0 if there are none."),
        found.rows[~(known & HOLDS[kind]).any(axis=1)],
        columns=[column for stage in staged or [""] for column in plan.places("pupils", stage)],
    )
    if not plan.columns.get(("pupils", "senior")):
        rows = np.flatnonzero(HOLDS[kind, 2] & HOLDS[kind, 1] & (kind < 6))
        problems.add(
            "pupils_senior",
            tr("schools with a senior stage, but the file has no column of senior pupils"),
            tr("Add the column (高中在校生数): building and equipment are split by it."),
            found.rows[rows],
        )


def check_blanks(found: Collected, totals: SchoolTotals, amounts: Amounts, plan: Plan, problems: Problems) -> None:
    """Note blanks in what the evaluation needs; schools that it leaves out may be blank."""
    left_out = excluded(totals, load_standards()) > 0
    evaluated = (totals.pupils > 0) & HOLDS[totals.kind, :2] & ~left_out[:, None]
    need = [(name, "", evaluated.any(axis=1)) for name in WHOLE]
    need += [(name, stage, evaluated[:, s]) for name in TEACHERS for s, stage in enumerate(STAGES)]
    for concept, stage, rows in need:
        key = f"{concept}_{stage}" if stage else concept
        absent = not plan.places(concept, stage)
        problems.add(
            plan.label(concept, stage),
            tr("no column for it, and the school has pupils there")
            if absent
            else tr("blank, and the school has pupils there"),
            tr("Write the number; 0 or 无 if there are none."),
            found.rows[rows & np.isnan(amounts[key])],
            columns=plan.places(concept, stage),
        )
    for s, stage in enumerate(STAGES):
        problems.add(
            plan.label("classes", stage),
            tr("0 classes where there are pupils"),
            tr("Write at least 1, or leave it blank."),
            found.rows[(totals.pupils[:, s] > 0) & (amounts[f"classes_{stage}"] == 0)],
            columns=plan.places("classes", stage),
        )


def stage_name(stage: str) -> str:
    """Return the name of a stage in the language that is spoken."""
    return {"primary": tr("primary"), "junior": tr("junior"), "senior": tr("senior")}[stage]
