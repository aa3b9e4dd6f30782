"""Parameters: every one a prior with unit, range, source and confidence; a run holds one value of each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import gettext as tr
from hashlib import blake2b
from typing import Any

from sim.errors import InputError, NoAttribute, NoKey, nearest
from sim.facts import DATA, read_rows
from sim.numbers import real, shown, table, whole


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
        if name.startswith("_"):  # copy and pickle ask before there are values
            raise AttributeError(name)
        raise NoAttribute(tr("unknown parameter {name}.{hint}").format(name=repr(name), hint=nearest(name, priors())))

    def __getitem__(self, name: str) -> float:
        try:
            return self._values[name]
        except KeyError:
            hint = nearest(str(name), priors())
            raise NoKey(tr("unknown parameter {name}.{hint}").format(name=shown(name), hint=hint)) from None

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def with_values(self, changes: Mapping[str, float], where: str = "parameters") -> Params:
        """Return these parameters with some values changed; refuse unknown names and values outside their range.

        changes: any mapping, or a pandas Series whose labels are the names
        """
        given = table(changes)
        if given is None:
            raise InputError(
                tr(
                    '{where} = {given}: give a dictionary of names and numbers, such as {{"rho": 0.3}}. mesa.batch_run '
                    'takes dictionaries apart: put one that is fixed into a list, "parameters": [{{"rho": 0.3}}].'
                ).format(where=where, given=shown(changes))
            )
        return Params({**self._values, **{name: check_value(name, value, where) for name, value in given.items()}})

    def draw(self, number: int, keep: Iterable[str] = ()) -> Params:
        """Return draw `number` of the priors; names in `keep` hold their present value."""
        held, key = set(keep), whole(number)
        if key is None:
            raise InputError(tr("draw = {number} is not a whole number.").format(number=shown(number)))
        return Params({n: self._values[n] if n in held else p.at(keyed_unit(key, n)) for n, p in priors().items()})


def check_value(name: str, value: object, where: str) -> float:
    """Return the value as a float; InputError unless `name` is a parameter and `value` a number in its range."""
    if name not in priors():
        raise InputError(
            tr("{where}: unknown parameter {name}.{hint}").format(
                where=where, name=shown(name), hint=nearest(str(name), priors())
            )
        )
    p = priors()[name]
    number = real(value)
    if number is None:
        problem = tr("{where}: {name} = {value} is not a number; give {low:g} to {high:g} ({unit}).")
    elif not p.low <= number <= p.high:
        problem = tr("{where}: {name} = {value} is outside {low:g} to {high:g} ({unit}).")
    else:
        return number
    came = shown(value) if number is None else f"{number:g}"
    raise InputError(problem.format(where=where, name=name, value=came, low=p.low, high=p.high, unit=p.unit))


def load() -> Params:
    """Return the default value of every parameter."""
    return Params({name: p.value for name, p in priors().items()})
