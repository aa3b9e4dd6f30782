"""State and stored values come only from exact functions and explicit sums: what the sources of the model may not hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.inexact import inexact

ROOT = Path(__file__).parent.parent
REGISTERS = ROOT / "sim" / "evaluation"
# where state and stored values come from; results/metrics/variance.py holds one of their functions, `anova_share`
PLACES = ("sim", "policies", "experiments", "calibration", "results/metrics/by_area.py")
# of sim/evaluation a run uses these; the others read and report a register of a user's own, and store nothing
OF_A_RUN = "failures groups inspection items standards totals words __init__"
# file -> what it may hold all the same, and why
EXCEPTIONS = {
    "sim/exact.py": {".sum()": "count: only whole numbers and truth values come this far"},
    "sim/names.py": {"sum()": "width of text"},
    "sim/rows.py": {"pandas": "frame(): hands the user's own rows over, adds nothing"},
    "policies/guard.py": {
        "np.random": "looks whether a policy moved the global generator, draws nothing",
        "random": "the same",
    },
    "sim/compile.py": {"sum()": "sizes of files, whole numbers"},
    "experiments/observe_spread.py": {
        ".quantile()": "Ranked.quantile of results/metrics/by_area.py, which is checked here"
    },
    "experiments/reading.py": {".sum()": "SQL: the end table of a run that is already stored"},
    "experiments/summary.py": {"sum()": "counts of runs for the end table"},
    "experiments/table.py": {"sum()": "width of text"},
    "experiments/selftest.py": {
        **dict.fromkeys(
            ("np.exp", "np.log", "np.sin", "np.tanh", "np.cbrt", "np.sum", "np.mean", "np.std", "np.linalg", "@", "**"),
            "the control: numpy's own functions, which shall differ between machines",
        ),
    },
    "calibration/card.py": {"sum()": "means over seeds and counts for the card that a reader sees"},
    "calibration/fit.py": {
        "@": "solves for factors that are written with six digits; a run reads the file",
        "np.linalg": "the same",
        "**": "the same",
        "sum()": "the same",
    },
}


def files() -> list[Path]:
    """Return every source that must be exact."""
    found = [
        path for place in PLACES for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
    ]
    assert len(found) > 80
    return sorted(path for path in found if path.parent != REGISTERS or path.stem in OF_A_RUN.split())


def test_state_and_stored_values_come_from_exact_functions_and_explicit_sums() -> None:
    broken = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        excepted = EXCEPTIONS.get(name, {})
        broken += [
            f"{name}:{found.line}: {found.what} -> {found.do}"
            for found in inexact(path.read_text(encoding="utf-8"))
            if found.what not in excepted
        ]
    assert not broken, "other bits on other machines:\n" + "\n".join(broken)


def test_what_a_run_uses_of_the_evaluation_is_in_the_list() -> None:
    code = (
        "import sys\nimport experiments.runner, experiments.observe, sim.start, sim.step\n"
        "from policies.registry import BUILT_IN, policy_class\n[policy_class(name) for name in BUILT_IN]\n"
        "print(*(m.rpartition('.')[2] for m in sys.modules if m.startswith('sim.evaluation.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"inspection", "groups"} <= set(done.stdout.split()) <= set(OF_A_RUN.split())


def test_no_exception_outlives_its_reason() -> None:
    for name, excepted in EXCEPTIONS.items():
        held = {found.what for found in inexact((ROOT / name).read_text(encoding="utf-8"))}
        assert excepted.keys() <= held, f"{name} no longer holds {sorted(excepted.keys() - held)}"
        assert all(excepted.values())


def test_the_one_function_of_the_metrics_that_is_stored_is_exact_too() -> None:
    source = (ROOT / "results" / "metrics" / "variance.py").read_text(encoding="utf-8")
    part = source[source.index("def anova_share(") : source.index("class VarianceComponents")]
    assert "return real / " in part and not inexact(part)


BAD = [
    ("np.exp(x)", "np.exp"),
    ("np.log1p(x)", "np.log1p"),
    ("np.arctan2(y, x)", "np.arctan2"),
    ("np.power(x, y)", "np.power"),
    ("np.hypot(x, y)", "np.hypot"),
    ("np.cbrt(x)", "np.cbrt"),
    ("np.tanh(x)", "np.tanh"),
    ("np.radians(x)", "np.radians"),
    ("list(map(np.exp, x))", "np.exp"),
    ("math.exp(x)", "math.exp"),
    ("math.pow(x, y)", "math.pow"),
    ("from math import log", "math.log"),
    ("from numpy import exp", "from numpy"),
    ("from numpy.linalg import norm", "from numpy.linalg"),
    ("import numpy", "import numpy"),
    ("import numpy as xp", "import numpy"),
    ("import math as m", "import math"),
    ("from sim.exact import exp", "from sim.exact"),
    ("from statistics import NormalDist", "statistics"),
    ("import scipy.stats", "scipy"),
    ("getattr(np, name)(x)", "getattr"),
    ("a @ b", "@"),
    ("a @= b", "@"),
    ("a.dot(b)", ".dot()"),
    ("np.dot(a, b)", "np.dot"),
    ("np.einsum('i,i', a, b)", "np.einsum"),
    ("np.linalg.norm(a)", "np.linalg"),
    ("np.vdot(a, b)", "np.vdot"),
    ("np.tensordot(a, b)", "np.tensordot"),
    ("x.sum()", ".sum()"),
    ("x.sum(axis=0)", ".sum()"),
    ("x[:, 0].mean()", ".mean()"),
    ("(a * b).std(ddof=1)", ".std()"),
    ("x.var()", ".var()"),
    ("x.prod()", ".prod()"),
    ("np.sum(x)", "np.sum"),
    ("np.nansum(x)", "np.nansum"),
    ("np.average(x, weights=w)", "np.average"),
    ("np.percentile(x, 5)", "np.percentile"),
    ("np.median(x)", "np.median"),
    ("np.trapezoid(x)", "np.trapezoid"),
    ("np.convolve(x, y)", "np.convolve"),
    ("np.interp(x, y, z)", "np.interp"),
    ("np.add.reduce(x)", "reduce"),
    ("np.add.reduceat(x, at)", "reduceat"),
    ("total = np.sum", "np.sum"),
    ("sum(x)", "sum()"),
    ("pow(x, y)", "pow()"),
    ("x ** 2", "**"),
    ("x ** 0.5", "**"),
    ("2.0 ** n", "**"),
    ("x **= 2", "**"),
    ("np.sort(x)", ".sort()"),
    ("x.argsort()", ".argsort()"),
    ("np.argsort(x, kind='quicksort')", ".argsort()"),
    ("np.partition(x, 3)", "np.partition"),
    ("x.argpartition(3)", ".argpartition()"),
    ("np.longdouble(x)", "np.longdouble"),
    ("np.random.default_rng()", "np.random"),
    ("numba.njit(fastmath=True)(f)", "fastmath"),
    ("numba.njit(fastmath={'contract'})(f)", "fastmath"),
    ("numba.njit(parallel=True)(f)", "parallel"),
]
GOOD = [
    "exact.exp(x) + exact.total(x, 0) + exact.mean(x) + exact.dot(a, b) + exact.median(x)",
    "np.sqrt(x) * np.floor(x) / np.maximum(x, 1.0)",
    "np.cumsum(x), np.bincount(k, x), np.add.at(x, k, y), np.count_nonzero(x, axis=1), np.outer(a, b)",
    "np.argsort(x, kind='stable'), np.lexsort((a, b)), np.searchsorted(a, b), sorted(x)",
    "math.sqrt(x), math.floor(x), math.prod(shape), math.fsum(x), math.isfinite(x), math.inf",
    "2.0**-24, 10**20, 2**31 - 1",
    "inspection.mean[c], self.sum, prior.std",
    "np.logical_and.reduce(x), np.maximum.reduce(x), reduce(np.logical_or, parts)",
    "from numpy.typing import NDArray",
    "import numpy as np\nimport math\nfrom math import inf, isnan",
    "numba.njit(fastmath=False, parallel=False)(f)",
    "from sim import exact",
]


@pytest.mark.parametrize(("source", "what"), BAD)
def test_what_differs_between_machines_is_found(source: str, what: str) -> None:
    assert what in {found.what for found in inexact(source)}
    inside = "def f():\n    for i in range(3):\n        y = [" + source + " for x in y]\n"
    if not any(word in source for word in ("import ", "=", "@=")) or "axis=" in source:
        assert what in {found.what for found in inexact(inside)}


@pytest.mark.parametrize("source", GOOD)
def test_what_is_exact_passes(source: str) -> None:
    assert inexact(source) == []
