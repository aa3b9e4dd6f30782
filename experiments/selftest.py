"""A short run whose every bit is known: two hashes that are the same on every machine, and a control that may differ.

`values` is over every number that a run stores, unrounded; `state` over the raw bytes of the world at its end. Both hold
what IEEE 754 and `sim.exact` fix. The control is made with numpy's own functions, sums and products, which processors and
versions do differently: it shows that another setting has reached the machine.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from importlib import import_module
from typing import Any

import numpy as np

from experiments.engine import real_engine
from experiments.recorder import Recorder
from policies.registry import BUILT_IN
from results.record import COST_COLUMNS, COUNTY_COLUMNS, SCHOOL_COLUMNS, RunData, lists
from sim import build
from sim.columns import Array
from sim.start import known_region

REGION, SEED, N_YEARS = "guizhou", 1, 3
AREA = "520524"  # one county, 织金县, every child of it
# of the world: how it is run, not what it is
NOT_STATE = {"threads", "scratch", "ahead", "lines", "memo", "running", "counted", "shared"}
LITTLE = {"f": "<f{}", "i": "<i8", "u": "<i8", "b": "<i8"}  # whole numbers have other widths on other systems


def selftest(threads: int | None = None) -> dict[str, str]:
    """Run the built-in policies for three years from the region's first and return the hashes `values` and `state`.

    threads: of the run; they cannot show in the hashes
    """
    engine = real_engine()
    world = build(REGION, seed=SEED, only=AREA, threads=threads)
    years = range(world.first_year, world.first_year + N_YEARS)
    recorder = Recorder(engine.observer(), years, lambda year: None)
    policies = [engine.make_policy({"name": name, "start": world.first_year}) for name in BUILT_IN]
    end = engine.simulate(world, policies, years=years, seed=SEED, observe=recorder, threads=threads, keep=False)
    return {"values": hash_values(recorder.data()), "state": hash_state(end)}


def described() -> dict[str, Any]:
    """Return what the run of the self-test is."""
    first = known_region(REGION).start_year
    return {
        "region": REGION, "area": AREA, "years": [first, first + N_YEARS - 1], "seed": SEED, "policies": list(BUILT_IN),
    }  # fmt: skip


def hash_values(data: RunData) -> str:
    """Return the SHA-256 of everything a run stores: each measure by year, then the tables, floats bit by bit."""
    total = sha256()
    order = sorted(range(len(data.series)), key=lambda k: data.series[k])
    for k in order:
        total.update(repr(tuple(map(str, data.series[k]))).encode())
        total.update(little(data.values[k]))
    tables = (
        (data.county_inspection, COUNTY_COLUMNS, "county_inspection"),
        (data.school_inspection, SCHOOL_COLUMNS, "school_inspection"),
        (data.cost, COST_COLUMNS, "cost"),
    )
    for table, columns, name in tables:
        for column, cells in lists(table, columns, name).items():
            total.update(f"{name}.{column}".encode())
            for cell in cells:
                total.update(struct.pack("<d", cell) if isinstance(cell, float) else f"{cell};".encode())
    return total.hexdigest()


def hash_state(world: Any) -> str:
    """Return the SHA-256 of the names, shapes and raw bytes of all that a world holds, little-endian, in order of the names."""
    total = sha256()
    state = {name: value for name, value in vars(world).items() if name not in NOT_STATE}
    for name, piece in pieces("world", state):
        total.update(name.encode() + b"\0" + piece + b"\0")
    return total.hexdigest()


def pieces(name: str, thing: Any) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of every array, number and text in a thing, however deep. Raises: TypeError for what has no bytes."""
    if isinstance(thing, np.ndarray):
        yield f"{name}{list(thing.shape)}", little(thing)
    elif thing is None or isinstance(thing, str | bytes):
        yield name, repr(thing).encode()
    elif isinstance(thing, bool | int | float | np.generic):
        yield name, little(np.asarray(thing))
    elif isinstance(thing, Mapping):
        for key in sorted(thing, key=repr):
            yield from pieces(f"{name}.{key}", thing[key])
    elif isinstance(thing, list | tuple):
        for k, one in enumerate(thing):
            yield from pieces(f"{name}.{k}", one)
    elif is_dataclass(thing):
        for field in sorted(fields(thing), key=lambda f: f.name):
            if (
                not field.name.startswith("_") and field.name not in NOT_STATE
            ):  # a memory of what was worked out, not state
                yield from pieces(f"{name}.{field.name}", getattr(thing, field.name))
    else:
        raise TypeError(f"{name}: a {type(thing).__name__} has no bytes of its own")


def little(values: Array) -> bytes:
    """Return the bytes of an array in C order, little-endian; a missing number is one number, whatever its bits."""
    values = np.asarray(values)
    if values.dtype.kind not in LITTLE:  # texts
        return repr(values.tolist()).encode()
    plain = np.ascontiguousarray(values, LITTLE[values.dtype.kind].format(values.dtype.itemsize))
    if plain.dtype.kind == "f" and np.isnan(plain).any():
        plain = np.where(np.isnan(plain), plain.dtype.type(np.nan), plain).astype(plain.dtype)
    return plain.tobytes()


def control() -> dict[str, str]:
    """Return hashes of what numpy itself makes of fixed numbers: functions, sums, products. They may differ on purpose."""
    x = np.arange(1, 4097) / 512
    single = x.astype(np.float32)
    functions = [y for z in (x, single) for y in (np.exp(z), np.log(z), np.sin(z), np.tanh(z), np.cbrt(z), z**0.37)]
    square = np.sqrt(x[:900].reshape(30, 30))
    parts = np.arange(1, 30001) * 0.6180339887498949 % 1.0
    sums: list[Any] = [
        f(y[:n])
        for f in (np.sum, np.mean, np.std)
        for y in (parts, parts.astype(np.float32))
        for n in (99, 9999, 30000)
    ]
    products = [square @ square, square[0] @ square, np.array([square[0] @ square[1]]), np.linalg.solve(square, x[:30])]
    found = {"functions": functions, "sums": sums, "products": products}
    return {name: sha256(b"".join(little(one) for one in made)).hexdigest()[:16] for name, made in found.items()}


def processor() -> dict[str, Any]:
    """Return the features of this processor that numpy uses and those of them that can be switched off, lowest first.

    `NPY_DISABLE_CPU_FEATURES` switches them off; a higher one needs the lower ones.
    """
    core = import_module("numpy._core" if hasattr(np, "_core") else "numpy.core")  # the second: numpy 1.26
    inner: Any = core._multiarray_umath
    have: Mapping[str, bool] = inner.__cpu_features__
    levels = [name for name in inner.__cpu_dispatch__ if have.get(name)]
    return {"features": sorted(name for name, on in have.items() if on), "levels": levels}


def as_json(record: Mapping[str, Any]) -> str:
    """Return a record of the self-test as JSON."""
    return json.dumps(record, ensure_ascii=False, indent=2)
