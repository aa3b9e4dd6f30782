"""Parameters: every one a prior with unit, range, source and confidence; a run holds one value of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from sim.errors import InputError, nearest
from sim.facts import DATA, read_rows


@dataclass(frozen=True)
class Prior:
    """One row of parameters.csv. prior: fixed (never drawn), uniform or triangular (mode = value) on low..high."""

    name: str
    value: float
    low: float
    high: float
    prior: str
    unit: str
    kind: str
    source: str
    confidence: str
    note: str

    def at(self, u: float) -> float:
        """Return the quantile u of the prior."""
        if self.prior == "fixed" or self.high == self.low:
            return self.value
        width = self.high - self.low
        if self.prior == "uniform":
            return self.low + u * width
        edge = (self.value - self.low) / width
        if u < edge:
            return self.low + math.sqrt(u * width * (self.value - self.low))
        return self.high - math.sqrt((1 - u) * width * (self.high - self.value))


@lru_cache(maxsize=1)
def priors() -> dict[str, Prior]:
    """Return all priors by name, in the order of the table."""
    numbers = ("value", "low", "high")
    read = ({k: float(v) if k in numbers else v for k, v in row.items()} for row in read_rows(DATA / "parameters.csv"))
    return {str(row["name"]): Prior(**row) for row in read}  # type: ignore[arg-type]


def keyed_unit(draw: int, name: str) -> float:
    """Return a number in [0, 1) of a draw and a name: the same in every arm."""
    digest = blake2b(f"prior|{draw}|{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2.0**64


class Params(Mapping[str, float]):
    """The parameter values of one run: `params.rho` or `params["rho"]`."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)
        self.__dict__.update(self._values)  # phases ask some hundred times a year: a plain attribute is quickest

    def __getattr__(self, name: str) -> float:
        raise AttributeError(f"no parameter {name!r}")

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def with_values(self, changes: Mapping[str, float], where: str = "parameters") -> Params:
        """Return these parameters with some values changed; refuse unknown names and values outside their range."""
        for name, value in changes.items():
            check_value(name, value, where)
        return Params({**self._values, **{k: float(v) for k, v in changes.items()}})

    def draw(self, number: int, keep: Iterable[str] = ()) -> Params:
        """Return draw `number` of the priors; names in `keep` hold their present value."""
        held = set(keep)
        return Params({n: self._values[n] if n in held else p.at(keyed_unit(number, n)) for n, p in priors().items()})


def check_value(name: str, value: object, where: str) -> None:
    """Raise InputError unless `name` is a parameter and `value` a number in its range."""
    if name not in priors():
        raise InputError(f"{where}: unknown parameter {name!r}.{nearest(name, priors())}")
    p = priors()[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{where}: {name} = {value!r} is not a number; give {p.low:g} to {p.high:g} ({p.unit}).")
    if not p.low <= value <= p.high:
        raise InputError(f"{where}: {name} = {value:g} is outside {p.low:g} to {p.high:g} ({p.unit}).")


def load() -> Params:
    """Return the default value of every parameter."""
    return Params({name: p.value for name, p in priors().items()})
