"""Compiled counting and sorting of children and teachers by school, section or any small key."""

from __future__ import annotations

import numpy as np

from sim.compile import kernel
from sim.tables import OUT, OUTSIDE


@kernel
def count_children(school, flags, ability, knowledge, is_open, into):
    """Add children in school and their scores by school: (S, 2); return (children out, children at no living school)."""
    out, lost = 0, 0
    for i in range(school.size):
        s = school[i]
        if s < 0:
            lost += 1
        elif flags[i] & np.uint8(OUT):
            out += 1
            lost += not is_open[s]
        else:
            into[s, 0] += 1.0
            into[s, 1] += np.float64(ability[i] + knowledge[i])
    for s in range(into.shape[0]):
        if not is_open[s]:
            lost += int(into[s, 0])
    return out, lost


@kernel
def list_marked(marked, rows):
    """Write down where `marked` (uint8, 0 or 1) is 1; return how many there are.

    For few: eight marks are passed over at a time, and no branch asks for a single one, which nobody could predict.
    rows: room for one more than there are marks
    """
    n, whole = np.uint32(0), marked.size // 8 * 8
    eights = marked[:whole].view(np.uint64)
    for k in range(eights.size):
        if eights[k]:
            for j in range(8 * k, 8 * k + 8):
                rows[n] = j
                n += np.uint32(marked[j])
    for j in range(whole, marked.size):
        rows[n] = j
        n += np.uint32(marked[j])
    return n


@kernel
def count_keys(key, count):
    """Count rows by key; keys below 0 are left out."""
    for i in range(key.size):
        if key[i] >= 0:
            count[key[i]] += 1


@kernel
def order_rows(key, row, key_added, row_added, first, last, start, order):
    """Sort rows by key, keys first to last: order[start[k]:start[k + 1]] are the rows with key k, in their order.

    key: of rows row, row + 1, ...; key_added: of rows row_added, ..., of which those with other keys are left out, as are
    rows with a key below 0.
    """
    at = start[first:last].copy()
    now, here = -1, 0  # the key at hand and its next place, kept out of memory
    for i in range(key.size):
        k = key[i] - first
        if key[i] < 0:
            continue
        if k != now:
            if now >= 0:
                at[now] = here
            now, here = k, at[k]
        order[here] = row + i
        here += 1
    if now >= 0:
        at[now] = here
    for i in range(key_added.size):
        if first <= key_added[i] < last:
            k = key_added[i] - first
            order[at[k]] = row_added + i
            at[k] += 1


@kernel
def gather_rows(source, order, out):
    """out[j] = source[order[j]]."""
    for j in range(order.size):
        out[j] = source[order[j]]


@kernel
def sum_teachers(weight, degree, backbone, pe_art, kind, rows, first, last, into):
    """Sum teachers of sections first to last: all, above the required degree, backbone, PE and art, on the county's posts."""
    for sec in range(first, last):
        total, degrees, titled, subject, away = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(rows[sec], rows[sec + 1]):
            w = np.float64(weight[i])
            total += w
            degrees += w * degree[i]
            titled += w * backbone[i]
            subject += w * pe_art[i]
            if kind[i] == OUTSIDE:
                away += w
        into[0, sec], into[1, sec], into[2, sec], into[3, sec] = total, degrees, titled, subject
        into[4, sec] = total - away  # exact: weights are float32 not far from 1 to 1000


@kernel
def sum_effects(weight, value_added, experience, years_here, growth, new_here, rows, first, last, total, count):
    """Sum the yearly effects of teachers and their number in sections first to last."""
    for sec in range(first, last):
        effects, here = 0.0, 0.0
        for i in range(rows[sec], rows[sec + 1]):
            w = np.float64(weight[i])
            effect = np.float64(value_added[i]) + growth[min(max(experience[i], 0), 60)]
            if years_here[i] == 0:
                effect += new_here
            effects += w * effect
            here += w
        total[sec], count[sec] = effects, here


@kernel
def row_sums(values):
    """Sum the columns of each row: numpy is slow at many short rows."""
    out = np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        for k in range(values.shape[1]):
            out[i] += values[i, k]
    return out


@kernel
def staff_classes(grade_pupils, size, per_class):
    """Return (S, 2) teachers for classes of at most `size` (2,) pupils, formed by grade, `per_class` (2,) teachers each."""
    out = np.empty((grade_pupils.shape[0], 2))
    for s in range(out.shape[0]):
        for stage in range(2):
            classes = 0.0
            for grade in range(6 * stage, 6 + 3 * stage):
                classes += np.ceil(grade_pupils[s, grade] / size[stage])
            out[s, stage] = classes * per_class[stage]
    return out


@kernel
def stage_sums(one, other):
    """Add up two columns of a tally, each (9, S), over the grades of each stage in one pass. Returns (2, S, 2)."""
    out = np.zeros((2, one.shape[1], 2))
    for grade in range(9):
        stage = grade // 6
        for s in range(one.shape[1]):
            out[0, s, stage] += one[grade, s]
            out[1, s, stage] += other[grade, s]
    return out


@kernel
def split_classes(grade_pupils, teachers, most, per_class, classes):
    """Set the classes of each school and grade: at most `most` (S, 2) pupils each, more where teachers do not suffice.

    teachers: (S, 2); per_class: (2,) teachers that open a class, by stage; every grade with pupils has a class
    """
    for s in range(classes.shape[0]):
        for stage in range(2):
            grades = range(6 * stage, 6 + 3 * stage)
            want, filled = 0.0, 0.0
            for grade in grades:
                want += np.ceil(grade_pupils[s, grade] / most[s, stage])
                filled += grade_pupils[s, grade] > 0
            can = max(np.floor(teachers[s, stage] / per_class[stage]), filled)
            size = most[s, stage] * max(want / max(can, 1.0), 1.0)
            for grade in grades:
                classes[s, grade] = np.ceil(grade_pupils[s, grade] / size)


@kernel
def class_sizes(grade_pupils, classes):
    """Return (S, 2) classes by stage, and (S, 2) the largest mean size of a grade's classes in each stage."""
    number, largest = np.zeros((classes.shape[0], 2)), np.zeros((classes.shape[0], 2))
    for s in range(classes.shape[0]):
        for grade in range(9):
            stage = grade // 6
            number[s, stage] += classes[s, grade]
            if classes[s, grade] > 0:
                size = grade_pupils[s, grade] / max(classes[s, grade], 1.0)
                largest[s, stage] = max(largest[s, stage], size)
    return number, largest


@kernel
def missed_by_county(counted, met, start):
    """Return (C, 7) evaluated sections that miss each indicator, and (C,) evaluated sections."""
    missed, total = np.zeros((start.size - 1, met.shape[2])), np.zeros(start.size - 1)
    for c in range(start.size - 1):
        for s in range(start[c], start[c + 1]):
            for t in range(2):
                if counted[s, t]:
                    total[c] += 1.0
                    for k in range(met.shape[2]):
                        if not met[s, t, k]:
                            missed[c, k] += 1.0
    return missed, total


@kernel
def county_sums(values, start):
    """Sum schools' values by county; schools are sorted by county. Returns (C,)."""
    out = np.zeros(start.size - 1)
    for c in range(out.size):
        for s in range(start[c], start[c + 1]):
            out[c] += values[s]
    return out


@kernel
def column_sums(values, start):
    """Sum each column of (S, n) schools' values by county, as `county_sums` does for one. Returns (C, n)."""
    out = np.zeros((start.size - 1, values.shape[1]))
    for c in range(out.shape[0]):
        for s in range(start[c], start[c + 1]):
            for k in range(values.shape[1]):
                out[c, k] += values[s, k]
    return out


@kernel
def target_stocks(pupils, stock, is_open, norm, lift, start):
    """Return (S, 4): norm per weighted pupil of the stages present, or lift times the county's mean if that is higher.

    norm: (2, 4) per weighted pupil by stage; lift: (C, 4). Pupils weigh 1 : 1.1 by stage.
    """
    out = np.zeros(stock.shape)
    for c in range(start.size - 1):
        weighted, total = 0.0, np.zeros(4)
        for s in range(start[c], start[c + 1]):
            weighted += pupils[s, 0] + 1.1 * pupils[s, 1]
            if is_open[s]:
                for k in range(4):
                    total[k] += stock[s, k]
        floor = np.empty(4)
        for k in range(4):
            floor[k] = lift[c, k] * total[k] / max(weighted, 1.0)
        for s in range(start[c], start[c + 1]):
            if not is_open[s]:
                continue
            mine = pupils[s, 0] + 1.1 * pupils[s, 1]
            for k in range(4):
                per = floor[k]
                for t in range(2):
                    if pupils[s, t] > 0:
                        per = max(per, norm[t, k])
                out[s, k] = per * mine
    return out


@kernel
def whole_by_group(wanted, start):
    """Round (n,) amounts to whole numbers, group by group, so that each group's running total is within one half."""
    out = np.empty(wanted.size)
    for g in range(start.size - 1):
        running, before = 0.0, 0.0
        for i in range(start[g], start[g + 1]):
            running += wanted[i]
            now = np.floor(running + 0.5)
            out[i] = now - before
            before = now
    return out
