"""Measures of enrolment, places, classes, drop-out and staff."""

from __future__ import annotations

import numpy as np

from experiments.sections import GRADES, PRIMARY_GRADES, Found, Sections, by_stage, ratio, whole, with_both
from sim.columns import Array

# government item 5, 教督〔2017〕6号, by grade
CLASS_LIMIT = np.repeat([45.0, 50.0], [PRIMARY_GRADES, GRADES - PRIMARY_GRADES])[:, None]
LARGE_CLASS = 55.0  # a class of 56 and more is a large one (大班额), national definition


def school_measures(s: Sections) -> Found:
    """Pupils, schools, classes, places, and shares of groups of children."""
    schools, children = s.world.schools, s.child_sums
    taught = schools.open & (s.pupils > 0)
    pupils = with_both(s.pupil_sums)
    open_ = s.add(np.stack([*taught, taught.any(axis=0)]).astype(float))
    by_grade = np.ascontiguousarray(schools.classes.T)  # rows of schools add up faster than short rows of grades
    classes = s.add_stages(by_stage(by_grade))
    children_by_grade, seats = np.ascontiguousarray(schools.grade_pupils.T), schools.seats.T
    n = with_both(children["n"])
    found: Found = {
        ("pupils", "all"): pupils,
        ("schools", "all"): open_,
        ("classes", "all"): classes,
        ("class_size", "all"): ratio(pupils, classes),
        ("seats_short", "all"): s.add_stages(np.maximum(0.0, s.pupils - seats)),
        ("seats_empty", "all"): s.add_stages(np.where(schools.open, np.maximum(0.0, seats - s.pupils), 0.0)),
        ("out_of_school", "all"): with_both(children["out"]) * s.weight,
        ("dropout_rate", "all"): ratio(with_both(children["dropped"]), n),
        ("retention", "all"): _retention(s),
    }
    for measure, limit in (("big_class_share", CLASS_LIMIT), ("large_class_share", LARGE_CLASS)):
        over = np.where(children_by_grade > limit * by_grade, by_grade, 0.0)
        found[measure, "all"] = ratio(s.add_stages(by_stage(over)), classes)
    for name, group in (("boarding", "boarding"), ("left_behind", "left"), ("migrant", "migrant"), ("poor", "poor")):
        found[f"{name}_share", "all"] = ratio(with_both(children[f"n_{group}"]), n)
    return found


def _retention(s: Sections) -> Array:
    """Product over grades of one minus the net loss of the year; NaN where a grade has no children."""
    tally = s.world.tally
    stay = 1.0 - ratio(s.add(tally.dropped - tally.returned), s.add(tally.n))
    stages = np.ones((2, stay.shape[1]))
    for grade, share in enumerate(stay):
        stages[int(grade >= PRIMARY_GRADES)] *= share
    return np.concatenate([stages, stages[:1] * stages[1:]])


def staff_measures(s: Sections) -> Found:
    """Teachers, ratios, turnover, posts and rotation."""
    flows = s.world.flows
    amount = {
        name: s.add_stages(getattr(flows, name).T)
        for name in ("present", "left", "hired", "eligible", "rotated", "rotated_backbone", "vacant")
    }
    posts = s.world.schools.posts
    surplus = s.add_stages(np.maximum(0.0, flows.present - posts).T)
    return {
        ("teachers", "all"): amount["present"],
        ("pupil_teacher_ratio", "all"): ratio(with_both(s.pupil_sums), amount["present"]),
        ("teacher_turnover", "all"): ratio(amount["left"], amount["present"]),
        ("teachers_hired", "all"): amount["hired"],
        ("vacant_posts", "all"): amount["vacant"],
        ("vacant_share", "all"): ratio(amount["vacant"], s.add_stages(posts.T)),
        ("surplus_teachers", "all"): surplus,
        ("rotated_share", "all"): ratio(amount["rotated"], amount["eligible"]),
        ("rotated_backbone_share", "all"): ratio(amount["rotated_backbone"], amount["rotated"]),
    }


def opening_measures(s: Sections, open_before: Array | None) -> Found:
    """Schools opened and closed since last year; nothing in the first year."""
    if open_before is None:
        return {}
    now = s.world.schools.open
    return {
        ("schools_closed", "all"): whole(s.add((open_before & ~now).astype(float))),
        ("schools_opened", "all"): whole(s.add((now & ~open_before).astype(float))),
    }
