"""Tables as columns: one attribute per column, one array per attribute, Mesa's vocabulary on top.

Children and teachers are many and alike, so they are rows of arrays and never Python objects. Indexing one row gives a
small view with the columns as attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from gettext import gettext as tr
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.arrays import positions
from sim.errors import InputError, NoAttribute, NoRow, nearest
from sim.numbers import shown, whole

Array = NDArray[Any]


def _exactly(name: str) -> Callable[[Array], Any]:
    """Return a function of `sim.exact`, which is imported when it is asked for: it stands on this module."""

    def work(values: Array) -> Any:
        from sim import exact

        whole = name == "total" and np.asarray(values).dtype.kind in "biu"
        return (exact.count if whole else getattr(exact, name))(values)

    return work


How = str | Callable[[Array], Any]  # an aggregate
AGGREGATES: dict[str, Callable[[Array], Any]] = {
    "sum": _exactly("total"),
    "mean": _exactly("mean"),
    "min": np.min,
    "max": np.max,
    "std": _exactly("sd"),
    "median": _exactly("median"),
    "count": len,
}


def column(dtype: DTypeLike, doc: str, unit: str = "", shape: tuple[int, ...] = ()) -> Any:
    """Declare a column: its type, what it means, its unit, and the shape of one row's cell."""
    return field(metadata={"dtype": np.dtype(dtype), "doc": doc, "unit": unit, "shape": shape})


def locked(thing: Any) -> Any:
    """Return a thing whose arrays refuse to be written, however deep in records, lists or dictionaries they lie.

    Records and containers are copied, arrays are views: the original can be written as before.
    """
    kind = type(thing)
    if kind is np.ndarray:
        if not thing.flags.writeable:
            return thing
        view = thing.view()
        view.flags.writeable = False
        return view
    if getattr(kind, "locked_when_read", False):  # a record of facts: hundreds of them hang on every inspection
        return thing
    if kind is dict:
        return {key: locked(value) for key, value in thing.items()}
    if kind is list or kind is tuple:
        return kind(locked(value) for value in thing)
    if hasattr(kind, "__dataclass_fields__"):
        twin = object.__new__(kind)  # copy.copy takes ten times as long, and there are some hundred records
        twin.__dict__.update((name, locked(value)) for name, value in thing.__dict__.items())
        return twin
    return thing


class LockedLater(Sequence[Any]):
    """A list of records, each locked when asked for: many are there and few are looked at."""

    def __init__(self, records: Sequence[Any]) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, at: Any) -> Any:
        return locked(self._records[at])


def freeze(record: Any) -> Any:
    """Return the same record, its arrays made to refuse to be written for good.

    A class of records that are always frozen says so with `locked_when_read`, and `locked` leaves them as they are.
    """
    for value in record.__dict__.values():
        if type(value) is np.ndarray:
            value.flags.writeable = False
    return record


@dataclass
class Columns:
    """Base of every table: `len`, rows by index, `select`, `get`, `agg`, `groupby`, `read_only` and `check`."""

    _first: ClassVar[str]

    def __init_subclass__(cls) -> None:
        cls._first = next(iter(cls.__annotations__))  # whose length is the table's

    @classmethod
    def describe(cls) -> list[dict[str, str]]:
        """Return one record a column: name, type, unit, meaning."""
        return [
            {"name": f.name, "dtype": str(f.metadata["dtype"]), "unit": f.metadata["unit"], "doc": f.metadata["doc"]}
            for f in fields(cls)
        ]

    @classmethod
    def empty(cls, n: int) -> Any:
        """Return a table of n rows of zeros."""
        return cls(**{f.name: np.zeros((n, *f.metadata["shape"]), f.metadata["dtype"]) for f in fields(cls)})

    def __len__(self) -> int:
        return len(getattr(self, self._first))

    def __getitem__(self, row: int) -> Row:
        n = len(self)
        at = whole(row)
        if at is None or not -n <= at < n:
            raise NoRow(
                tr("row {row} of a table of {n} rows; give 0 to {last}.").format(row=shown(row), n=n, last=n - 1)
            )
        return Row(self, at % n)

    def __iter__(self) -> Iterator[Row]:
        return (Row(self, i) for i in range(len(self)))

    def take(self, rows: Array) -> Any:
        """Return a new table with the given rows (indices or a boolean mask), in that order."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def select(self, chosen: Array | Callable[[Any], Array]) -> Any:
        """Return the rows that a mask, an index array or a function of this table chooses, as a new table."""
        return self.take(positions(chosen(self) if callable(chosen) else chosen, len(self), "select"))

    def get(self, *names: str) -> Any:
        """Return one column as an array, or several as a dictionary of arrays."""
        got = {name: self._column(name) for name in names}
        return got[names[0]] if len(names) == 1 else got

    def agg(self, name: str, how: str | Callable[[Array], Any]) -> Any:
        """Aggregate one column by name (sum, mean, min, max, std, median, count) or by a function."""
        return (how if callable(how) else known_aggregate(how))(self._column(name))

    def groupby(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Yield (value, table of the rows that hold it), in order of the value."""
        keys = self._column(name)
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[order])) + 1
        for rows in np.split(order, edges) if len(keys) else []:
            yield keys[rows[0]], self.take(rows)

    def _column(self, name: str) -> Array:
        """Return a column by its name; InputError names the nearest."""
        names = [f.name for f in fields(self)]
        if not isinstance(name, str) or name not in names:
            raise InputError(
                tr("{table}: unknown column {name}.{hint}").format(
                    table=type(self).__name__.lower(), name=shown(name), hint=nearest(str(name), names)
                )
            )
        got: Array = getattr(self, name)
        return got

    def read_only(self) -> Any:
        """Return the same table as views that refuse to be written."""
        views = {}
        for f in fields(self):
            view = getattr(self, f.name).view()
            view.flags.writeable = False
            views[f.name] = view
        return type(self)(**views)

    def copy(self) -> Any:
        """Return a table with its own arrays."""
        return type(self)(**{f.name: getattr(self, f.name).copy() for f in fields(self)})

    def check(self) -> None:
        """Raise AssertionError when columns disagree in length or type."""
        n = len(self)
        for f in fields(self):
            got = getattr(self, f.name)
            want = (n, *f.metadata["shape"])
            assert got.shape == want, f"{type(self).__name__}.{f.name}: shape {got.shape}, want {want}"
            assert got.dtype == f.metadata["dtype"], f"{type(self).__name__}.{f.name}: {got.dtype}"


def known_aggregate(how: Any) -> Callable[..., Any]:
    """Return the function behind the name of an aggregate; InputError names the nearest."""
    if not isinstance(how, str) or how not in AGGREGATES:
        raise InputError(
            tr("unknown aggregate {how}.{hint}").format(how=shown(how), hint=nearest(str(how), AGGREGATES))
        )
    return AGGREGATES[how]


def aggregate(how: How, name: str) -> Callable[[Array], Any]:
    """Return the function behind the name of an aggregate; sums of float32 are taken in float64.

    The function returns NaN for no rows, where there is no mean, smallest or largest value.
    Raises: InputError for an unknown name, and (the function) for words where numbers are wanted; name: the column
    """
    if callable(how):
        return how
    known = known_aggregate(how)

    def of(column: Array) -> Any:
        if how == "count":
            return len(column)
        if column.dtype.kind not in "biuf":
            raise InputError(
                tr("agg: {name} holds words, which have no {how}; use 'count'.").format(name=name, how=how)
            )
        if not len(column) and how != "sum":
            return np.nan
        return known(column)

    return of


class Row:
    """One row of a table: its columns as attributes, read when asked for."""

    __slots__ = ("_row", "_table")

    def __init__(self, table: Columns, row: int) -> None:
        self._table = table
        self._row = row

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        column = getattr(self._table, name, None)
        if column is None:
            known = [f.name for f in fields(self._table)]
            raise NoAttribute(tr("unknown column {name}.{hint}").format(name=repr(name), hint=nearest(name, known)))
        return column[self._row]

    def __repr__(self) -> str:
        cells = ", ".join(f"{f.name}={getattr(self, f.name)}" for f in fields(self._table))
        return f"{type(self._table).__name__[:-1]}({cells})"
