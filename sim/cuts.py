"""Work on grades, shared out to threads: equal tasks on two threads would leave one of them idle at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.tables import Students

WORTH_CUTTING = 20_000  # children


class Cut(NamedTuple):
    """A task: rows `first` to `end` of a grade (0-8). What a task adds up it keeps apart, in its own place `slot`."""

    grade: int
    first: int
    end: int
    slot: int


def cuts(blocks: Sequence[Students], grades: Sequence[int] = range(9)) -> list[Cut]:
    """Return the tasks for some grades: each grade as a whole, a large last one in two halves, slots in this order.

    The cut does not depend on the number of threads, so sums come in one order whoever does what. There are always slots
    for one task more than grades.
    """
    *whole, last = grades
    n = len(blocks[last])
    half = n // 2 if n > WORTH_CUTTING else n
    tasks = [Cut(grade, 0, len(blocks[grade]), k) for k, grade in enumerate(whole)]
    tasks.append(Cut(last, 0, half, len(whole)))
    return [*tasks, Cut(last, half, n, len(whole) + 1)] if half < n else tasks
