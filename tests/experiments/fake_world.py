"""A small invented world with children written out one by one, for checking measures by plain loops."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np

from sim.tables import Counties, Schools
from sim.tally import Ledger, StaffFlows, Tally

N_COUNTIES = 5
GROUPS = {"left": 0.3, "migrant": 0.15, "poor": 0.25, "boarding": 0.4}


def make_children(rng, schools, n):
    """Return columns of n invented children in the open schools."""
    school = rng.choice(np.flatnonzero(schools.open), n)
    low = np.array([0, 0, 6, 0])[schools.kind[school]]
    high = np.array([3, 6, 9, 9])[schools.kind[school]]
    ses = rng.normal(size=n)
    children = {name: rng.random(n) < share for name, share in GROUPS.items()}
    effect = rng.normal(scale=0.5, size=len(schools))
    children |= {
        "school": school,
        "grade": rng.integers(low, high),
        "ses": ses,
        "score": effect[school] + 0.3 * ses - 0.2 * children["left"] + rng.normal(size=n),
        "top": ses > 0.84,
        "bottom": ses < -0.84,
        "dropped": rng.random(n) < 0.05,
        "returned": rng.random(n) < 0.02,
        "out": rng.random(n) < 0.03,
    }
    return children


def make_tally(children, n_schools):
    """Add children up as the engine does: by grade and school."""
    tally = Tally.empty(n_schools)
    at = children["grade"], children["school"]
    score, ses = children["score"], children["ses"]
    one = np.ones(len(score))
    sums = {"n": one, "score": score, "score2": score**2, "ses": ses, "ses2": ses**2, "ses_score": ses * score}
    for group in (*GROUPS, "top", "bottom"):
        sums |= {f"n_{group}": one * children[group], f"score_{group}": score * children[group]}
    sums |= {name: one * children[name] for name in ("dropped", "returned", "out")}
    assert set(sums) == {f.name for f in fields(Tally)}
    for name, amount in sums.items():
        np.add.at(getattr(tally, name), at, amount)
    return tally


def make_schools(rng, n_schools):
    """Return schools sorted by county; about one in twelve rows is reserved and not open."""
    schools = Schools.empty(n_schools)
    schools.county[:] = np.sort(rng.integers(0, N_COUNTIES, n_schools))
    schools.kind[:] = rng.choice(4, n_schools, p=[0.3, 0.35, 0.15, 0.2])
    schools.place_type[:] = rng.integers(0, 3, n_schools)
    schools.open[:] = rng.random(n_schools) > 0.08
    schools.seats[:] = rng.integers(5, 60, (n_schools, 2))
    schools.posts[:] = rng.integers(1, 6, (n_schools, 2))
    return schools


def make_inspection(rng, schools, n_counties):
    """Return invented findings of the shapes of sim.evaluation."""
    n = len(schools)
    counted = (schools.pupils > 4) & schools.open[:, None]
    cv = rng.uniform(0.3, 0.7, (n_counties, 2, 7))
    cv[0, 1] = np.nan
    return SimpleNamespace(
        counted=counted,
        value=np.where(counted[..., None], rng.uniform(1, 5, (n, 2, 7)), np.nan),
        met=(rng.random((n, 2, 7)) < 0.6) & counted[..., None],
        passed_section=(rng.random((n, 2)) < 0.5) & counted,
        cv=cv,
        cv_met=np.isnan(cv) | (cv <= np.array([0.5, 0.45])[:, None]),
        passed=rng.random(n_counties) < 0.5,
    )


def make_world(seed=1, n_schools=40, n_children=1500, year=2024, weight=1.0):
    """Return (world, children): a world as the observer sees it, and the children it was added up from."""
    rng = np.random.default_rng(seed)
    counties = Counties.empty(N_COUNTIES)
    counties.code[:] = 520101 + np.arange(N_COUNTIES)
    counties.prefecture[:] = ["贵阳市", "遵义市", "贵阳市", "遵义市", "毕节市"]
    schools = make_schools(rng, n_schools)
    children = make_children(rng, schools, n_children)
    tally = make_tally(children, n_schools)
    schools.grade_pupils[:] = tally.n.T * weight
    schools.pupils[:, 0] = schools.grade_pupils[:, :6].sum(axis=1)
    schools.pupils[:, 1] = schools.grade_pupils[:, 6:].sum(axis=1)
    schools.classes[:] = np.ceil(schools.grade_pupils / 20)
    taught = schools.pupils > 0
    flows = StaffFlows.empty(n_schools)
    for f in fields(StaffFlows):
        getattr(flows, f.name)[:] = rng.integers(0, 9, (n_schools, 2)) * taught
    ledger = Ledger()
    for item, payer in (("rotation", "county"), ("rotation", "province"), ("base.pay", "county")):
        ledger.add(item, payer, rng.uniform(1, 100, N_COUNTIES))
    world = SimpleNamespace(
        year=year,
        weight=weight,
        map_rows=None,
        counties=counties,
        schools=schools,
        tally=tally,
        flows=flows,
        ledger=ledger,
        inspection=make_inspection(rng, schools, N_COUNTIES),
        certified=np.array([0, year - 1, year, year + 1, 0]),
    )
    return world, children
