"""Finds in source code what could give other bits on another machine: functions of libraries, sums in an open order, sorts.

The type of a value cannot be known from the source, so a sum is refused whatever it adds: `sim.exact` has one for every
case (`total` of floats, `count` of whole numbers and truth values, which checks at run time, `add_up` for anything).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


def words(text: str) -> set[str]:
    """Return the words of a text."""
    return set(text.split())


# ufuncs that IEEE 754 fixes to the bit, or that only compare, round, move or count bits
EXACT_UFUNCS = words(
    """
    absolute add bitwise_and bitwise_count bitwise_or bitwise_xor ceil conjugate copysign divide divmod equal fabs
    floor floor_divide fmax fmin fmod frexp gcd greater greater_equal heaviside invert isfinite isinf isnan isnat
    lcm ldexp left_shift less less_equal logical_and logical_not logical_or logical_xor maximum minimum modf
    multiply negative nextafter not_equal positive reciprocal remainder right_shift rint sign signbit spacing sqrt
    square subtract trunc abs bitwise_invert bitwise_left_shift bitwise_right_shift bitwise_not conj mod
    true_divide
    """
)
SUMS = words(
    """
    sum mean average std var median percentile quantile nansum nanmean nanstd nanvar nanmedian nanpercentile
    nanquantile prod nanprod trace trapz trapezoid
    """
)
PRODUCTS = words(
    """
    dot vdot inner einsum tensordot matmul vecdot matvec vecmat linalg fft polyfit polyval cov corrcoef
    """
)
SPREAD = words(
    """
    convolve correlate interp histogram histogram2d histogramdd linspace logspace geomspace i0 sinc
    """
)
OTHERS = words(
    """
    partition argpartition longdouble clongdouble float128 random vander unwrap angle msort
    """
)
NUMPY = SUMS | PRODUCTS | SPREAD | OTHERS  # and every ufunc that is not exact
METHODS = SUMS | PRODUCTS | {"partition", "argpartition", "corr", "ewm", "rolling", "groupby"}  # of arrays and frames
SORTS = {"sort", "argsort"}
ORDERLESS = {
    "logical_and",
    "logical_or",
    "maximum",
    "minimum",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "fmax",
    "fmin",
}
MATH = words(
    """
    ceil comb copysign e fabs factorial floor fmod frexp fsum gcd inf isclose isfinite isinf isnan isqrt lcm ldexp
    modf nan nextafter perm pi prod sqrt tau trunc ulp
    """
)
MODULES = {"scipy", "statistics", "cmath", "random", "pandas"}
HELPER = "exact"


@dataclass(frozen=True)
class Found:
    """One place that is not exact: its line, the name of what stands there, and what to do."""

    line: int
    what: str
    do: str


def inexact(source: str) -> list[Found]:
    """Return what in a source could depend on the machine, in order of lines."""
    return sorted(
        {found for node in ast.walk(ast.parse(source)) for found in _of(node)}, key=lambda f: (f.line, f.what)
    )


def _of(node: ast.AST) -> Iterator[Found]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (Found(line, what, do) for what, do in _imported(node))
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        if isinstance(node.op, ast.MatMult):
            yield Found(line, "@", "exact.dot or exact.by_group")
        if isinstance(node.op, ast.Pow) and not _written_out(node):
            yield Found(line, "**", "x * x, np.sqrt or exact.power")
    elif isinstance(node, ast.Attribute):
        yield from (Found(line, what, do) for what, do in _named(node))
    elif isinstance(node, ast.Call):
        yield from (Found(line, what, do) for what, do in _called(node))
    elif isinstance(node, ast.keyword) and node.arg in ("fastmath", "parallel") and not _is(node.value, False):
        yield Found(node.value.lineno, str(node.arg), "compile without it")


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.split(".")[0]
            if top in MODULES:
                yield top, "sim.exact, or keep it out of what is stored"
            if (top == "numpy" and alias.asname != "np") or (top == "math" and alias.asname):
                yield f"import {alias.name}", "import numpy as np, import math: names that this test knows"
        return
    top = (node.module or "").split(".")[0]
    names = {alias.name for alias in node.names}
    if top in MODULES:
        yield top, "sim.exact, or keep it out of what is stored"
    if top == "math" and names - MATH:
        yield f"math.{min(names - MATH)}", "sim.exact"
    if top == "numpy" and node.module != "numpy.typing":
        yield f"from {node.module}", "import numpy as np"
    if node.module == "sim.exact":
        yield "from sim.exact", "from sim import exact"


def _named(node: ast.Attribute) -> Iterator[tuple[str, str]]:
    """What is wrong by name alone, called or handed on: `np.exp`, `math.log`, `np.add.reduce`."""
    base, name = node.value, node.attr
    if isinstance(base, ast.Name) and base.id == "np":
        ufunc = isinstance(getattr(np, name, None), np.ufunc)
        if name in NUMPY or (ufunc and name not in EXACT_UFUNCS):
            yield f"np.{name}", "sim.exact"
    elif isinstance(base, ast.Name) and base.id == "math" and name not in MATH:
        yield f"math.{name}", "sim.exact"
    elif name == "reduceat" or (name == "reduce" and isinstance(base, ast.Attribute) and base.attr not in ORDERLESS):
        yield name, "exact.total or exact.by_group"


def _called(node: ast.Call) -> Iterator[tuple[str, str]]:
    call = node.func
    if isinstance(call, ast.Name):
        if call.id in ("sum", "pow"):
            yield f"{call.id}()", "exact.add_up, exact.total, exact.count or exact.power"
        if (
            call.id == "getattr"
            and node.args
            and isinstance(node.args[0], ast.Name)
            and node.args[0].id in ("np", "math")
        ):
            yield "getattr", "name the function"
    elif isinstance(call, ast.Attribute) and not (
        isinstance(call.value, ast.Name) and call.value.id in (HELPER, "math")
    ):
        if call.attr in METHODS and not (isinstance(call.value, ast.Name) and call.value.id == "np"):
            yield f".{call.attr}()", "exact.total, exact.count, exact.mean, exact.dot, ..."
        stable = any(key.arg == "kind" and _is(key.value, "stable") for key in node.keywords)
        if call.attr in SORTS and not stable:
            yield f".{call.attr}()", 'kind="stable"'


def _written_out(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether both sides of a power are numbers in the source, such as 2.0**-24."""
    if isinstance(node, ast.AugAssign):
        return False
    sides = (side.operand if isinstance(side, ast.UnaryOp) else side for side in (node.left, node.right))
    return all(isinstance(side, ast.Constant) for side in sides)


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
