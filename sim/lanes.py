"""Eight sums at once: what numba's own code generator would do one by one.

The sums of teaching add a child to eight counts and eight totals of its school; as scalars, the processor's one store a
cycle is the limit. The additions are the same, in the same order, so the digits are the same on machines without such
wide registers: there the compiler splits them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from sim.columns import Array

LANES = 8
_BYTES = 64  # of eight float64, also the length of a line of the cache


def zeros_in_line(shape: tuple[int, ...]) -> Array:
    """Return float64 zeros whose memory starts at a line of the cache: lanes that straddle two lines are slow."""
    n = int(np.prod(shape))
    raw = np.zeros(n + LANES)
    skip = -raw.ctypes.data % _BYTES // 8
    return raw[skip : skip + n].reshape(shape)


def _add_lanes(typing: Any, into: Any, at: Any, which: Any, row: Any, x: Any) -> Any:
    """into[at:at+8] += which[row:row+8]; into[at+8:at+16] += x * which[row:row+8]: flat float64 arrays, no bounds checked."""
    signature = types.void(into, types.intp, which, types.intp, types.float64)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes, i32 = ir.VectorType(ir.DoubleType(), LANES), ir.IntType(32)

        def pointer(k: int, at: Any) -> Any:
            data = context.make_array(signature.args[k])(context, builder, values[k]).data
            return builder.bitcast(builder.gep(data, [at]), lanes.as_pointer())

        def load(where: Any) -> Any:
            got = builder.load(where)
            got.align = 8
            return got

        def add(where: Any, what: Any) -> None:
            builder.store(builder.fadd(load(where), what), where).align = 8

        nothing = ir.Constant(lanes, ir.Undefined)
        one = builder.insert_element(nothing, values[4], ir.Constant(i32, 0))
        every = builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(i32, LANES), [0] * LANES))
        flags = load(pointer(2, values[3]))
        add(pointer(0, values[1]), flags)
        next_at = builder.add(values[1], ir.Constant(values[1].type, LANES))
        add(pointer(0, next_at), builder.fmul(flags, every))
        return context.get_dummy_value()

    return signature, generate


add_lanes: Any = intrinsic(_add_lanes)
