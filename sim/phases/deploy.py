"""Part of phase 4: teachers move to free posts: to better places by their own wish, and from surplus to need (县管校聘)."""

from __future__ import annotations

from sim.compile import kernel


@kernel
def move_up(moving, section, weight, years_here, home, county, place_type, start, vacancy, left):
    """Move those who want to a free post of their stage in the county seat, else (from a village) in a town."""
    for i in moving:
        if home[i] >= 0:
            continue
        s, stage = section[i] >> 1, section[i] & 1
        c, goal = county[s], -1
        for wanted in range(place_type[s]):
            for other in range(start[c], start[c + 1]):
                if place_type[other] == wanted and vacancy[2 * other + stage] >= weight[i]:
                    goal = 2 * other + stage
                    break
            if goal >= 0:
                break
        if goal >= 0:
            vacancy[section[i]] += weight[i]
            left[section[i]] += weight[i]
            vacancy[goal] -= weight[i]
            section[i] = goal
            years_here[i] = 0


@kernel
def _emptiest(vacancy, first, last, without):
    """Return the section with most free posts of first, first + 2, ... (one stage), not `without`; -1 if none."""
    goal = -1
    for o in range(first, last, 2):
        if o != without and (goal < 0 or vacancy[o] > vacancy[goal]):
            goal = o
    return goal


@kernel
def _newest(section, years_here, home, rows, sec, closed):
    """Return the row of a section's newest teacher who is not on rotation (of a closed school: of all); -1 if none."""
    who = -1
    for i in range(rows[sec], rows[sec + 1]):
        if section[i] == sec and (closed or home[i] < 0) and (who < 0 or years_here[i] < years_here[who]):
            who = i
    return who


@kernel
def _deploy_group(section, weight, years_here, home, rows, first, last, is_open, successor, vacancy, left):
    """Do the work of `deploy` for one county and stage: sections first, first + 2, ... before last."""
    best = _emptiest(vacancy, first, last, -1)
    for sec in range(first, last, 2):
        closed = not is_open[sec >> 1]
        if vacancy[sec] > -0.5 and not closed:
            continue
        while True:
            goal = best if best != sec else _emptiest(vacancy, first, last, sec)
            free = vacancy[goal] if goal >= 0 else 0.0
            if free <= 0.0 and not closed:
                break
            who = _newest(section, years_here, home, rows, sec, closed)
            if who < 0 or (not closed and vacancy[sec] > -0.5 * weight[who]):
                break
            if free < 0.5 * weight[who]:
                if not closed:
                    break
                goal = 2 * successor[sec >> 1] + (sec & 1)
            section[who] = goal
            years_here[who] = 0
            vacancy[sec] += weight[who]
            left[sec] += weight[who]
            vacancy[goal] -= weight[who]
            best = _emptiest(vacancy, first, last, -1)


@kernel
def deploy(section, weight, years_here, home, rows, start, county, county_end, is_open, successor, vacancy, left):
    """Move the newest teachers of sections above their posts to the county's emptiest section of the stage.

    In counties from `county` to before `county_end`. Teachers of a closed school go to its successor when no post is free.
    """
    for c in range(county, county_end):
        for stage in range(2):
            first, last = 2 * start[c] + stage, 2 * start[c + 1]
            _deploy_group(section, weight, years_here, home, rows, first, last, is_open, successor, vacancy, left)
