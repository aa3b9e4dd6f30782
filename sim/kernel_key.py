"""What a compiled kernel is made of: a hash of its code and of everything that its code reaches.

Bytecode is hashed, not text, so that comments and line numbers do not count; then, for every name that the code uses: other
kernels and functions in the same way, constants and arrays by type and content, modules of others by name (their versions
are part of `sim.kernel_cache.machine`). What is not understood counts with every source of its package.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

VERSIONED = frozenset({"numpy", "numba", "llvmlite", "scipy"})  # known by their version, as is the standard library
PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes)


class UnknownContent(Exception):
    """A kernel uses something whose content cannot be told: its compiled code is not kept."""


def content_hash(function: Any) -> str:
    """Return 32 hexadecimal digits: equal for kernels of equal code that reach equal things, whatever file they lie in.

    function: a Python function, or a compiled one
    Raises: UnknownContent for a function typed in by hand that uses an object without sources
    """
    walk = _Walk()
    walk.value(function)
    return walk.digest.hexdigest()


class _Walk:
    """One way through all that a function reaches. A function met again counts by its place, so circles end."""

    def __init__(self) -> None:
        self.digest = hashlib.blake2b(digest_size=16)
        self.met: dict[int, int] = {}
        self.at: FunctionType | None = None  # the function whose names are looked at

    def add(self, *parts: object) -> None:
        for part in parts:
            raw = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
            self.digest.update(len(raw).to_bytes(8, "little") + raw)

    def value(self, value: Any, names: Iterable[str] = ()) -> None:
        """Add any value. names: the names in the code that uses it, among them the attributes that it takes of a module."""
        kind = type(value)
        if kind in PLAIN:
            self.add(kind.__name__, repr(value))
        elif kind in (tuple, list):
            self.add(kind.__name__, len(value))
            for item in value:
                self.value(item, names)
        elif kind in (set, frozenset):
            self.add(kind.__name__, *sorted(content_hash(item) for item in value))
        elif kind is dict:
            self.value(list(value.items()), names)
        elif isinstance(value, CodeType):
            self.code(value)
        elif isinstance(value, np.ndarray | np.generic) and not np.asarray(value).dtype.hasobject:
            array = np.asarray(value)
            self.add("array", kind.__name__, array.dtype.descr, array.shape, array.flags.c_contiguous, array.tobytes())
        elif isinstance(value, ModuleType):
            self.module(value, names)
        elif (function := _function(value)) is not None:
            self.function(function, getattr(value, "targetoptions", {}))
        else:
            self.other(value)

    def code(self, code: CodeType) -> None:
        """Add what a piece of bytecode does; where it was written does not count."""
        self.add("code", code.co_name, code.co_code, code.co_flags, code.co_argcount, code.co_kwonlyargcount)
        self.add(getattr(code, "co_exceptiontable", b""))
        for names in (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_consts):
            self.value(names)

    def function(self, function: FunctionType, options: dict[str, Any]) -> None:
        """Add a function: its code, its defaults, what it encloses, and the globals that its names may mean."""
        if _versioned(function.__module__):
            self.add("of a package", function.__module__, function.__qualname__)
            return
        if id(function) in self.met:
            self.add("met", self.met[id(function)])
            return
        self.met[id(function)] = len(self.met)
        before, self.at = self.at, function
        self.add("function", function.__module__, function.__qualname__, sorted(options.items()))
        names = sorted(_names(function.__code__))
        self.code(function.__code__)
        self.value([function.__defaults__, function.__kwdefaults__])
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            self.add("closure", name)
            try:
                enclosed = cell.cell_contents
            except ValueError:  # an empty cell
                continue
            self.value(enclosed, names)
        for name in names:
            if name in function.__globals__:
                self.add("global", name)
                self.value(function.__globals__[name], names)
        self.at = before

    def module(self, module: ModuleType, names: Iterable[str]) -> None:
        """Add a module: a package of others by its name, one of ours by those of its attributes that the code names."""
        self.add("module", module.__name__)
        if id(module) in self.met or _versioned(module.__name__):
            return
        self.met[id(module)] = len(self.met)
        for name in names:
            if name in vars(module):
                self.add("attribute", name)
                self.value(vars(module)[name], names)
        del self.met[id(module)]  # another function may take other attributes of it

    def other(self, value: Any) -> None:
        """Add what is no function and no plain value: by its name if a versioned package defines it, else by all sources."""
        named = isinstance(value, type | BuiltinFunctionType | np.ufunc)
        owner = value if named else type(value)
        shown = getattr(value, "__qualname__", None) or getattr(value, "__name__", "") if named else repr(value)
        module = getattr(owner, "__module__", None) or type(value).__module__
        if _versioned(module) and " at 0x" not in str(shown):
            self.add("of a package", module, shown)
            return
        homes = {getattr(self.at, "__module__", None), None if _versioned(module) else module} - {None}
        if not homes:
            raise UnknownContent(repr(owner))
        for home in sorted(str(name) for name in homes):
            self.add("sources of", home, sources_hash(home))


@lru_cache(maxsize=64)
def sources_hash(module: str) -> str:
    """Return a hash of every Python source of a module's top package, or of its one file.

    Raises: UnknownContent when it has no file
    """
    top = sys.modules.get(module.split(".")[0])
    found: list[Path] = []
    folders, file = getattr(top, "__path__", None), getattr(top, "__file__", None)
    if folders:
        found = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    elif file:
        found = [Path(file)]
    if not found:
        raise UnknownContent(module)
    digest = hashlib.blake2b(digest_size=16)
    for path in found:
        digest.update(path.name.encode() + b"\0" + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def _function(value: Any) -> FunctionType | None:
    """Return the Python function behind a function, a compiled one or an intrinsic of numba; None if there is none."""
    for name in ("py_func", "_defn"):
        if not isinstance(value, type) and isinstance(behind := getattr(value, name, None), FunctionType):
            return behind
    return value if isinstance(value, FunctionType) else None


def _names(code: CodeType) -> set[str]:
    """Return every global and attribute that a piece of code names, in its inner functions too."""
    return set(code.co_names).union(*(_names(part) for part in code.co_consts if isinstance(part, CodeType)))


def _versioned(module: str | None) -> bool:
    """Whether a module belongs to the standard library or to a package that counts by its version."""
    top = (module or "").split(".")[0]
    return top in VERSIONED or top in sys.stdlib_module_names
