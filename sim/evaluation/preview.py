"""How a file was understood, before anything is evaluated: each heading, its column, unit, first cells, and what is not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from sim.errors import InputError
from sim.evaluation.details import aligned
from sim.evaluation.headings import Heading
from sim.evaluation.plan import Plan, plan_columns
from sim.evaluation.problems import named_rows
from sim.evaluation.register import Register, hint
from sim.evaluation.sources import Table
from sim.evaluation.words import tr
from sim.names import shown

FIRST = 3  # cells of each column that are shown


def preview(table: Table, register: Register | None = None, error: InputError | None = None) -> Iterator[str]:
    """Yield the lines of a preview, in the language that is spoken.

    register: the file as read, when it could be; error: why it could not
    """
    layout = table.layout
    if table.kind == "csv":
        yield tr("{path}: text, {encoding}, separated by {separator}").format(
            path=table.path, encoding=table.encoding, separator=_separator(table.separator)
        )
    else:
        others = tr("; other sheets: {names}").format(names=", ".join(shown(n) for n in table.other_sheets[:10]))
        yield tr("{path}: workbook, sheet '{sheet}'{others}").format(
            path=table.path, sheet=shown(table.sheet), others=others if table.other_sheets else ""
        )
    for row, text in layout.titles:
        yield tr("{place}: title, not read: '{text}'").format(place=table.place(row), text=shown(text))
    yield tr("Headings: {rows}").format(rows=tr(", ").join(table.place(row) for row in layout.heading_rows))
    for row in layout.skipped:
        yield tr("{place}: numbers of the columns, not read").format(place=table.place(row))
    yield ""
    yield from _columns(table)
    yield ""
    if register is not None:
        yield from _rows(table, register)
    if error is not None:
        yield tr("The register cannot be evaluated as it is:")
        yield str(error)


def _columns(table: Table) -> Iterator[str]:
    plan: Plan | None = None
    with suppress(InputError):
        plan = plan_columns(table, hint())
    cells = _first_cells(table)
    unused = {h.column: h for h in plan.unused} if plan else {}
    rows: list[tuple[str, ...]] = [(tr("column"), tr("heading"), tr("understood as"), tr("unit"), tr("first cells"))]
    for h in table.layout.headings:
        h = unused.get(h.column, h)
        first = " | ".join(shown(c, 16) for c in cells.get(h.column, []))
        rows.append((h.letter, shown(h.text, 40), _meaning(h), _unit(h), first))
    yield from aligned(rows, left=5)


def _meaning(h: Heading) -> str:
    if not h.concept:
        return tr("not read: {reason}").format(reason=h.reason)
    return f"{h.concept}_{h.stage}" if h.stage else h.concept


def _unit(h: Heading) -> str:
    if not h.concept or not h.unit:
        return tr("not named") if h.concept == "equipment_value_yuan" and h.scale is None else ""
    if isinstance(h.scale, int) and h.scale:
        return f"{h.unit} (x {10**h.scale:,})"
    return f"{h.unit} (x {h.scale:.2f})" if isinstance(h.scale, float) else h.unit


def _first_cells(table: Table) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    after = table.layout.after
    for _, cells in islice(table.rows(), after, after + FIRST):
        for column, cell in enumerate(cells):
            found.setdefault(column, []).append(f"{cell:.15g}" if isinstance(cell, float) else str(cell))
    return found


def _rows(table: Table, register: Register) -> Iterator[str]:
    yield tr("Schools: {n:,}; counties: {c:,}").format(n=len(register.ids), c=len(register.counties))
    for out in register.left_out:
        words = tr(" ({words})").format(words=tr("; ").join(f"'{w}'" for w in out.words)) if out.words else ""
        yield tr("Left out of the file: {why} ({n:,}): {rows}{words}").format(
            why=out.why, n=len(out.rows), rows=named_rows(table, out.rows), words=words
        )
    for note in register.notes:
        yield tr("Note: {note}").format(note=note)


def _separator(name: str) -> str:
    return {"comma": tr("commas"), "semicolon": tr("semicolons"), "tab": tr("tabs"), "bar": tr("bars")}[name]
