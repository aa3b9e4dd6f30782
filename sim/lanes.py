"""Many sums at once: what numba's own code generator would do one by one.

The sums of teaching add a child to eight counts, eight totals and four products of its school; as scalars, the processor's
one store a cycle is the limit. The additions are the same, in the same order, so the digits are the same on machines without
such wide registers: there the compiler splits them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from sim.columns import Array

LANES = 8  # groups
WIDTH = 16  # float64 a school, two lines of the cache: four that hold eight int32 counts, eight totals, four products
TOTALS, PRODUCTS = 4, 12  # where they begin
_LINE = 64  # bytes of a line of the cache


def zeros_in_line(shape: tuple[int, ...]) -> Array:
    """Return float64 zeros whose memory starts at a line of the cache: lanes that straddle two lines are slow."""
    n = math.prod(shape)
    raw = np.zeros(n + _LINE // 8)
    skip = -raw.ctypes.data % _LINE // 8
    return raw[skip : skip + n].reshape(shape)


def _vector(builder: Any, kind: Any, values: list[Any]) -> Any:
    """Return a vector of these scalars."""
    vector = ir.Constant(ir.VectorType(kind, len(values)), ir.Undefined)
    for k, value in enumerate(values):
        vector = builder.insert_element(vector, value, ir.Constant(ir.IntType(32), k))
    return vector


def _add_child(typing: Any, into: Any, at: Any, ones: Any, masks: Any, row: Any, x: Any, z: Any) -> Any:
    """Add a child with score x and family background z to its school's sums: into[at:at + WIDTH], flat, no bounds checked.

    counts += ones[row]; totals += x where masks[row]; products += (x x, z, z z, z x). ones: flat int32, 1 in the groups of
    the child; masks: flat int64, all bits in the groups of the child; both LANES a row.
    """
    signature = types.void(into, types.intp, ones, masks, types.intp, types.float64, types.float64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        i32, i64, double = ir.IntType(32), ir.IntType(64), ir.DoubleType()
        x, z, one = values[5], values[6], ir.Constant(double, 1.0)

        def pointer(k: int, at: Any, kind: Any, n: int) -> Any:
            data = context.make_array(signature.args[k])(context, builder, values[k]).data
            return builder.bitcast(builder.gep(data, [at]), ir.VectorType(kind, n).as_pointer())

        def load(where: Any, align: int) -> Any:
            got = builder.load(where)
            got.align = align
            return got

        def school(offset: int, kind: Any, n: int) -> Any:
            return pointer(0, builder.add(values[1], ir.Constant(values[1].type, offset)), kind, n)

        row = builder.mul(values[4], ir.Constant(values[4].type, LANES))
        counts, totals, products = school(0, i32, LANES), school(TOTALS, double, LANES), school(PRODUCTS, double, 4)
        builder.store(builder.add(load(counts, 8), load(pointer(2, row, i32, LANES), 4)), counts).align = 8
        bits = builder.bitcast(_vector(builder, double, [x] * LANES), ir.VectorType(i64, LANES))
        mine = builder.and_(load(pointer(3, row, i64, LANES), 8), bits)
        mine = builder.bitcast(mine, ir.VectorType(double, LANES))
        builder.store(builder.fadd(load(totals, 8), mine), totals).align = 8
        pairs = builder.fmul(_vector(builder, double, [x, z, z, z]), _vector(builder, double, [x, one, z, x]))
        builder.store(builder.fadd(load(products, 8), pairs), products).align = 8
        return context.get_dummy_value()

    return signature, generate


add_child: Any = intrinsic(_add_child)
