"""The world as users' code sees it: a copy made when it is looked at, which nothing that the code does can change.

A view that refuses to be written can be told to be writable again (`setflags`) as long as the memory behind it is writable,
and then it is the world's own memory. Here an array is copied into bytes, which nobody can write, the first time that it is
asked for, and a record is a stand-in whose attributes are read only. Ours are trusted and get plain views (`locked`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

_PACKAGE = __name__.rpartition(".")[0]


class ReadOnly(ValueError):
    """Somebody tried to change an attribute of a sealed record."""


def sealed(thing: Any) -> Any:
    """Return a thing as users' code may have it: arrays in memory that is read-only, records that cannot be changed.

    Lists and dictionaries are new ones. What belongs to no class of this package (numbers, texts, functions) is as it is.
    """
    kind = type(thing)
    if kind is np.ndarray:
        return _in_bytes(thing)
    if kind is dict:
        return {key: sealed(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        items = [sealed(value) for value in thing]
        return items if kind is list else kind(*items) if hasattr(kind, "_fields") else kind(items)
    if is_sealed(thing) or not (kind.__module__.startswith(_PACKAGE + ".") and hasattr(thing, "__dict__")):
        return thing
    if isinstance(thing, type) or callable(thing):
        return thing
    made: Any = object.__new__(_stand_in(kind))  # type: ignore[arg-type]
    object.__setattr__(made, "_behind", thing)
    object.__setattr__(made, "_known", {})
    return made


def is_sealed(thing: Any) -> bool:
    """Whether a record is a stand-in that `sealed` made."""
    return getattr(type(thing), "stands_in", False) is True


def _in_bytes(array: np.ndarray) -> np.ndarray:
    """Return an array of the same values whose memory is of bytes: `setflags(write=True)` is refused by numpy."""
    if array.dtype.hasobject:
        copy = array.copy()
        copy.flags.writeable = False
        return copy
    return np.ndarray(array.shape, array.dtype, buffer=array.tobytes() or bytes(1))


@lru_cache(maxsize=256)
def _stand_in(kind: type) -> type:
    """Return the class of the records that stand in for those of a class: the same methods, attributes read only."""

    def look(self: Any, name: str) -> Any:
        known = object.__getattribute__(self, "_known")
        if name not in known:
            known[name] = sealed(getattr(object.__getattribute__(self, "_behind"), name))
        return known[name]

    def refuse(self: Any, name: str, value: Any = None) -> None:
        raise ReadOnly(f"{kind.__name__}.{name} is read-only")

    def field(name: str) -> property:
        return property(lambda self: look(self, name), lambda self, value: refuse(self, name))

    def content(self: Any) -> dict[str, Any]:
        behind = object.__getattribute__(self, "_behind")
        return {name: look(self, name) for name in vars(behind)}

    def again(self: Any, protocol: Any = None) -> Any:  # copy.copy and pickle give a plain record
        return _plain, (kind, content(self))

    members: dict[str, Any] = {
        "__slots__": ("_behind", "_known"),
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__new__": lambda cls, *given, **named: kind(*given, **named),  # `type(table)(...)` makes a plain table
        "__getattr__": look,
        "__setattr__": refuse,
        "__delattr__": refuse,
        "__reduce_ex__": again,
        "__dict__": property(content),
        "stands_in": True,
        "locked_when_read": True,  # `sim.columns.locked` leaves it as it is
    }
    members |= {name: field(name) for name in getattr(kind, "__dataclass_fields__", ())}
    if "__init_subclass__" in kind.__dict__ or any("__init_subclass__" in base.__dict__ for base in kind.__mro__[:-1]):
        members["__annotations__"] = dict(getattr(kind, "__annotations__", {}))  # a table looks for its first column
    return type(kind.__name__, (kind,), members)


def _plain(kind: type, content: dict[str, Any]) -> Any:
    """Return a plain record of a class with this content."""
    made: Any = object.__new__(kind)
    made.__dict__.update(content)
    return made
