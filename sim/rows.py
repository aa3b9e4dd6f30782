"""Many alike persons as one set: rows of one or more tables under the vocabulary of Mesa's AgentSet, without objects.

A set holds no copy of a column, only which rows of which tables are in it; a column is put together when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import gettext as tr
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sim.arrays import by_row, positions
from sim.columns import Array, Columns, How, aggregate
from sim.errors import InputError, NoAttribute, NoRow, nearest
from sim.numbers import flag, listed, plain, real, shown, whole

if TYPE_CHECKING:
    from typing import Self

    import pandas as pd

    from sim.world import World

ADDED = ("sum", "mean", "count")  # aggregates that need no more than sums by group


@dataclass(frozen=True)
class Part:
    """Some rows of one table. rows: (n,) row numbers, None = all; first, grade: of a cohort block (see `Students`).

    persons: the number of every row of the table, where they do not follow each other from `first`
    """

    table: Any
    rows: Array | None = None
    first: int = 0
    grade: int = 0
    persons: Array | None = None

    def __len__(self) -> int:
        return len(self.table) if self.rows is None else len(self.rows)

    def of(self, column: Array) -> Array:
        """Return a column of the table at the rows of this part; a view when all rows are in it."""
        return column if self.rows is None else column[self.rows]

    def take(self, rows: Array) -> Part:
        """Return the part with only some of its rows, given by position."""
        return Part(self.table, rows if self.rows is None else self.rows[rows], self.first, self.grade, self.persons)


@dataclass(frozen=True)
class Told:
    """A column that is worked out: how, what it means, its unit."""

    compute: Callable[[World, Part], Array]
    doc: str
    unit: str = ""


class RowSet:
    """Rows with `select`, `get`, `agg`, `groupby`, `len`, `[i]`. Attributes are columns: `students.score`.

    It is a view of the world as it stands now; ask the model for a new one after a step. A column `x` with codes has a
    companion `x_name` with words (`county`, `county_name`).
    """

    table: ClassVar[type[Columns]]
    one: ClassVar[str] = "row"
    derived: ClassVar[dict[str, Told]] = {}
    words: ClassVar[dict[str, Callable[[World], Array]]] = {}  # what the codes of a column are called

    def __init__(self, world: World, parts: Iterable[Part]) -> None:
        self._world = world
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(len(p) for p in self._parts)])

    # -- what there is ----------------------------------------------------------------------------------------------

    @classmethod
    def columns(cls) -> list[dict[str, str]]:
        """Return one record a column: name, unit, meaning; stored ones first."""
        told = {d["name"]: (d["unit"], d["doc"]) for d in cls.table.describe()}
        told |= {name: (t.unit, t.doc) for name, t in cls.derived.items()}
        told |= {f"{name}_name": ("", f"{told[name][1]}, in words") for name in cls.words}
        return [{"name": name, "unit": unit, "doc": doc} for name, (unit, doc) in told.items()]

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column["name"] for column in cls.columns())

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self):,} rows; columns {', '.join(self.names())}>"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.names()})

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._column(name)
        except InputError as error:
            raise NoAttribute(str(error)) from None

    # -- one row, some rows -----------------------------------------------------------------------------------------

    def __getitem__(self, at: Any) -> Any:
        """Return a view of one row (a whole number), or the set of the rows that a slice, mask or index array names."""
        if isinstance(at, slice):
            try:
                return self._at(np.sort(np.arange(len(self))[at], kind="stable"))
            except TypeError:
                raise InputError(
                    tr("rows {given}: a slice takes whole numbers, such as [0:10].").format(given=shown(at))
                ) from None
        row = whole(at)
        if row is None:
            return self.select(at)
        if not -len(self) <= row < len(self):
            raise NoRow(tr("row {row} of {n} rows.").format(row=row, n=len(self)))
        k = int(np.searchsorted(self._starts, row % len(self), side="right")) - 1
        return self._view(self._parts[k].take(np.array([row % len(self) - self._starts[k]])))

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def _view(self, part: Part) -> Any:
        return RowView(self._world, part, type(self))

    def select(self, chosen: Any = None, at_most: float | None = None, **equal: Any) -> Self:
        """Return the set of the rows that all conditions choose.

        chosen: (n,) mask, row positions, a function that gets this set and returns either, or a dictionary of columns;
        equal: the same as a dictionary: `grade=3`, `county_name=["仁怀市", "赤水市"]`, `score=lambda x: x > 1`
        at_most: keep the first so many, or, below 1, that share, as in Mesa
        """
        wanted = equal
        if isinstance(chosen, Mapping):
            chosen, wanted = None, {**{str(key): value for key, value in chosen.items()}, **equal}
        rows = self._positions(chosen(self) if callable(chosen) else chosen)
        for name, value in wanted.items():
            rows = rows[self._matches(name, value)[rows]]
        if at_most is not None:
            most = real(at_most)
            if most is None or most < 0:
                raise InputError(
                    tr("select: at_most = {given}; give a number of rows, or a share such as 0.1.").format(
                        given=shown(at_most)
                    )
                )
            share = most <= 1 and not hasattr(plain(at_most), "__index__")
            rows = rows[: int(most * len(rows)) if share else int(most)]
        return self._at(rows)

    def _positions(self, chosen: Any) -> Array:
        """Return row positions in order, from a mask, positions or None (all)."""
        return np.arange(len(self)) if chosen is None else positions(chosen, len(self), "select")

    def _matches(self, name: str, value: Any) -> Array:
        """Return the mask of the rows whose column has the value, one of the values, or fulfils the function."""
        codes, words = self._codes(name)
        if callable(value):
            return by_row(value(codes if words is None else words[codes]), len(codes), f"select: {name}").astype(
                np.bool_
            )
        many = listed(value)
        values = [plain(value)] if many is None else many
        if words is None:
            return np.isin(codes, [_number(name, one) for one in values])
        for one in values:
            if not isinstance(one, str) or one not in words:
                raise InputError(
                    tr("select: {name} = {value} is unknown.{hint}").format(
                        name=name, value=shown(one), hint=nearest(str(one), map(str, np.unique(words)))
                    )
                )
        return np.isin(codes, np.flatnonzero(np.isin(words, values)))

    def _at(self, rows: Array) -> Self:
        """Return the set of rows by position, kept in the order of the tables."""
        if len(rows) > 1 and (np.diff(rows) < 0).any():
            rows = np.sort(rows, kind="stable")
        edges = np.searchsorted(rows, self._starts)
        parts = [part.take(rows[edges[k] : edges[k + 1]] - self._starts[k]) for k, part in enumerate(self._parts)]
        return type(self)(self._world, [p for p in parts if len(p)])

    # -- columns ----------------------------------------------------------------------------------------------------

    def get(self, names: str | list[str], *more: str) -> Any:
        """Return one column as an array (n,), or several as a dictionary of arrays.

        Raises: InputError that names the nearest column
        """
        several = listed(names)
        if several is None and not more:
            return self._column(names)  # type: ignore[arg-type]
        return {name: self._column(name) for name in [*([names] if several is None else several), *more]}

    def frame(self, *names: str) -> pd.DataFrame:
        """Return columns as a pandas frame, one line a row; without names, all of them."""
        import pandas as pd

        wanted = [one for name in names for one in ([name] if isinstance(name, str) else listed(name) or [name])]
        return pd.DataFrame({name: self._column(name) for name in wanted or self.names()})

    def chunks(self, name: str) -> Iterator[Array]:
        """Yield a column table by table; a stored column of a whole table is not copied and cannot be written."""
        self._known(name)
        for part in self._parts:
            yield self._chunk(part, name)

    def _chunk(self, part: Part, name: str) -> Array:
        told = self.derived.get(name)
        return part.of(getattr(part.table, name)) if told is None else told.compute(self._world, part)

    def _known(self, name: str) -> None:
        if not isinstance(name, str) or name not in self.names():
            raise InputError(
                tr("{table}: unknown column {name}.{hint}").format(
                    table=type(self).__name__.lower(), name=shown(name), hint=nearest(str(name), self.names())
                )
            )

    def _codes(self, name: str) -> tuple[Array, Array | None]:
        """Return a column as codes, and the words of the codes where it is a column of words."""
        self._known(name)
        source = name.removesuffix("_name")
        words = self.words[source](self._world) if source != name and source in self.words else None
        source = name if words is None else source
        pieces = [self._chunk(part, source) for part in self._parts]
        return (np.concatenate(pieces) if pieces else self._nothing(source)), words

    def _nothing(self, name: str) -> Array:
        """Return an empty column of the right type."""
        return self._chunk(Part(self.table.empty(0)), name)

    def _column(self, name: str) -> Array:
        codes, words = self._codes(name)
        return codes if words is None else words[codes]

    # -- sums and groups --------------------------------------------------------------------------------------------

    def agg(self, name: str, how: How | Iterable[How]) -> Any:
        """Aggregate a column by name (sum, mean, min, max, std, median, count), a function, or a list of these."""
        several = None if callable(how) else listed(how)
        if several is not None:
            return [self.agg(name, one) for one in several]
        return aggregate(how, name)(self._column(name))  # type: ignore[arg-type]

    def groupby(self, by: str | Array | Callable[[Self], Array]) -> Groups:
        """Group the rows by a column, by an array (n,), or by what a function of this set returns."""
        words = None
        if isinstance(by, str):
            keys, words = self._codes(by)
        else:
            keys = by_row(by(self) if callable(by) else by, len(self), "groupby")
        return Groups(self, keys, words)


class Groups:
    """Rows in groups, in order of the key: iterate over (key, set), or `count`, `agg`, `map`."""

    def __init__(self, rows: RowSet, keys: Array, words: Array | None) -> None:
        self._rows = rows
        self._order = np.argsort(keys, kind="stable")
        ordered = keys[self._order]
        self._first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.empty(0, np.int64)
        found = ordered[self._first]
        self._keys: list[Any] = (found if words is None else words[found]).tolist()

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        last = np.append(self._first[1:], len(self._order))
        for key, a, b in zip(self._keys, self._first, last, strict=True):
            yield key, self._rows.select(self._order[a:b])

    @property
    def groups(self) -> dict[Any, Any]:
        """The sets by key."""
        return dict(iter(self))

    def count(self) -> dict[Any, int]:
        """Return the rows of each group."""
        return dict(zip(self._keys, np.diff(np.append(self._first, len(self._order))).tolist(), strict=True))

    def agg(self, name: str, how: How) -> dict[Any, Any]:
        """Aggregate a column in each group by name (sum, mean, min, max, std, median, count) or a function."""
        if isinstance(how, str) and how == "count":
            return self.count()
        column = self._rows.get(name)[self._order]
        if isinstance(how, str) and how in ADDED and column.dtype.kind in "biuf" and len(column):
            rows = np.fromiter(self.count().values(), np.int64)
            total = np.bincount(np.repeat(np.arange(len(rows)), rows), column)  # in order, the same on every machine
            return dict(zip(self._keys, (total / rows if how == "mean" else total).tolist(), strict=True))
        pieces = np.split(column, self._first[1:]) if len(self) else []
        return {key: aggregate(how, name)(piece) for key, piece in zip(self._keys, pieces, strict=True)}

    def map(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Return function(set, ...) of each group."""
        return {key: function(rows, *args, **kwargs) for key, rows in self}


def _number(name: str, value: Any) -> float:
    """Return a value that a column of numbers may hold; InputError for anything else."""
    found = (
        flag(value),
        whole(value, real_too=True),
        real(value),
    )  # whole numbers stay whole: a person's number fills no float
    for one in found:
        if one is not None:
            return one
    raise InputError(
        tr("select: {name} = {value} is not a number; columns of words end in _name.").format(
            name=name, value=shown(value)
        )
    )


class RowView:
    """One row: its columns as attributes, read when asked for, as Python values."""

    __slots__ = ("_kind", "_part", "_world")

    def __init__(self, world: World, part: Part, kind: type[RowSet]) -> None:
        self._world = world
        self._part = part
        self._kind = kind

    def _now(self) -> Part:
        """Return the row as it stands now."""
        return self._part

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._kind(self._world, [self._now()]), name)[0].item()

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise NoAttribute(
                tr("{name} cannot be set: only the phases of the year and policies change persons.").format(name=name)
            )
        object.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        return list(self._kind.names())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._kind.names())
        return f"{self._kind.one}({shown})"
