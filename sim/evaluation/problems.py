"""What is wrong in a file, grouped by kind: how often, in which rows first, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.columns import Array
from sim.errors import InputError
from sim.evaluation.sources import Table
from sim.evaluation.words import tr
from sim.names import shown

MOST_KINDS = 25  # kinds of problems in one message
MOST_ROWS_NAMED = 5
ECHOES_LIMIT = MOST_ROWS_NAMED


@dataclass(frozen=True, eq=False)
class Problem:
    """One kind of problem. label: the column as the user knows it, "" for whole rows; columns: its places in the file.

    rows: numbers of the rows in the file; echoes: the first cells, safe to show; what, todo: sentences
    """

    label: str
    what: str
    todo: str
    rows: Array
    echoes: tuple[str, ...] = ()
    columns: tuple[int, ...] = ()

    def sentence(self, table: Table) -> str:
        """Say the problem in one line."""
        head = f"{self.label}: " if self.label else ""
        return tr("{head}{what} ({n:,}): {rows}. {todo}").format(
            head=head, what=self.what, n=len(self.rows), rows=named_rows(table, self.rows, self.echoes), todo=self.todo
        )


def named_rows(table: Table, rows: Sequence[int] | Array, echoes: Sequence[str] = ()) -> str:
    """Return the first rows by number, each with what stands there, and how many more there are."""
    first = [int(row) for row in rows[:MOST_ROWS_NAMED]]
    if not echoes and len(rows) > 2 and int(rows[-1]) - int(rows[0]) == len(rows) - 1:
        return tr("{first} to {last}").format(first=table.place(int(rows[0])), last=int(rows[-1]))
    pieces = [
        table.place(row) + (f" '{echoes[i]}'" if i < len(echoes) and echoes[i] else "") for i, row in enumerate(first)
    ]
    more = len(rows) - len(first)
    text = tr(", ").join(pieces)
    return tr("{rows} and {n:,} more").format(rows=text, n=more) if more > 0 else text


class RegisterProblems(InputError):
    """A file with problems: the message tells all kinds of them; `problems` and `table` serve to mark the cells."""

    def __init__(self, message: str, table: Table, problems: list[Problem]) -> None:
        super().__init__(message)
        self.table = table
        self.problems = problems


class Problems:
    """Collects what is wrong in a file, so that one message tells all of it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.found: list[Problem] = []

    def add(
        self,
        label: str,
        what: str,
        todo: str,
        rows: Any,
        echoes: Sequence[str] = (),
        columns: Sequence[int] = (),
    ) -> None:
        """Note one kind of problem; nothing when there are no rows. rows: numbers in the file."""
        numbers = np.asarray(rows, np.int64)
        if len(numbers):
            cells = tuple(shown(e) for e in echoes[:MOST_ROWS_NAMED])
            self.found.append(Problem(label, what, todo, numbers, cells, tuple(columns)))

    def raise_any(self, hint: str = "") -> None:
        """Raise RegisterProblems when anything was noted: the kinds by the number of rows, headings first."""
        if not self.found:
            return
        found = sorted(self.found, key=lambda p: (-len(p.rows), int(p.rows[0])))
        path = self.table.path
        if len(found) == 1 and len(found[0].rows) == 1:
            p = found[0]
            echo = f" = '{p.echoes[0]}'" if p.echoes and p.label else ""
            head = f"{p.label}{echo}: " if p.label else ""
            message = tr("{path}: {place}: {head}{what}. {todo}").format(
                path=path, place=self.table.place(int(p.rows[0])), head=head, what=p.what, todo=p.todo
            )
        else:
            rows = len(np.unique(np.concatenate([p.rows for p in found])))
            lines = [f"  {p.sentence(self.table)}" for p in found[:MOST_KINDS]]
            if len(found) > MOST_KINDS:
                lines.append("  " + tr("and {n} more kinds of problems").format(n=len(found) - MOST_KINDS))
            head = tr("{path}: kinds of problems: {kinds}; rows: {rows:,}. Nothing was evaluated.").format(
                path=path, kinds=len(found), rows=rows
            )
            message = "\n".join([head, *lines])
        raise RegisterProblems(message + hint, self.table, found)
