"""Compiled kernels kept for later starts, and loaded without what numba needs only to compile: 0.4 s less at every start.

numba reads a kernel from its cache with everything that compiling could ask for: its library of array functions, scipy's
linear algebra, and the intermediate code of the kernel. Here these wait until a kernel really has to be compiled. Each file
is named after what it was made of (`sim.kernel_key`), this machine and the types of the arguments: a kernel that was edited,
or that reaches something that was edited, has another name. So a file is never stale, and there is no index.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import pickle
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config, sigutils
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary, ll
from numba.core.compiler import CompileResult
from numba.core.environment import Environment
from numba.core.registry import cpu_target
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from sim import kernel_folder
from sim.kernel_key import UnknownContent, content_hash

SETTINGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")


def remember(dispatcher: Any, told: Callable[[str, bool], None]) -> KernelCache:
    """Give a numba function this cache. told(name, done): called before and after the kernel is compiled."""
    dispatcher._cache = KernelCache(dispatcher, told)
    return dispatcher._cache


@lru_cache(maxsize=1)
def machine() -> str:
    """Return what besides the sources decides what code is made: versions, processor, numba's settings."""
    settings = [(name, str(getattr(config, name, None))) for name in SETTINGS]
    versions = (numba.__version__, llvmlite.__version__, np.__version__, importlib.util.MAGIC_NUMBER, sys.abiflags)
    return repr((versions, cpu_target.target_context.codegen().magic_tuple(), settings))


class KernelCache(NullCache):
    """The kept code of one kernel, under numba's interface of a cache. Whatever goes wrong, the kernel is compiled."""

    def __init__(self, dispatcher: Any, told: Callable[[str, bool], None]) -> None:
        self.function = dispatcher.py_func
        self.name = f"{self.function.__module__}.{self.function.__qualname__}"
        self._dispatcher = dispatcher
        self._told = told

    @property
    def cache_path(self) -> str:
        """Return the folder of the kept kernels."""
        return str(kernel_folder.place())

    def stem(self) -> str | None:
        """Return how the names of the kept files of this kernel begin; None if it is made of things that cannot be told.

        Not known before the kernel is first wanted: its module must be complete.
        """
        if "_stem" not in self.__dict__:
            self._stem = None
            try:
                made_of = content_hash(self._dispatcher)
                key = hashlib.blake2b(f"{machine()}|{made_of}".encode(), digest_size=12).hexdigest()
                self._stem = f"{re.sub(r'[^A-Za-z0-9_.]', '', self.name)[-60:]}-{key}"
            except (UnknownContent, OSError):
                pass
        return self._stem

    def _file(self, sig: Any) -> str | None:
        """Return the name of the file for these types of arguments, or None if they have no lasting name."""
        stem, types = self.stem(), repr(sigutils.normalize_signature(sig))
        if stem is None or " at 0x" in types:
            return None
        return f"{stem}-{hashlib.blake2b(types.encode(), digest_size=8).hexdigest()}.kernel"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the kernel for a signature, or None: then numba makes itself ready to compile."""
        name = self._file(sig)
        content = None if name is None else kernel_folder.read(name)
        if content is not None:
            for rebuild in (
                _rebuild,
                _rebuild_slowly,
            ):  # a numba that is built in another way inside: its own way, slower
                try:
                    found = rebuild(content, target_context)
                except Exception:
                    continue
                if tuple(found.signature.args) == tuple(sigutils.normalize_signature(sig)[0]):
                    return found
        self._told(self.name, False)
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a kernel that was just compiled, if it can be kept."""
        self._told(self.name, True)
        name = self._file(sig)
        if name is None or data.library.has_dynamic_globals or any(not lifted.can_cache for lifted in data.lifted):
            return
        try:
            content = dumps(data._reduce())
        except Exception:  # something in it cannot be written down
            return
        kernel_folder.write(name, content)


def _rebuild(content: bytes, target_context: Any) -> Any:
    """Return the kernel that a file holds, with as little of numba as it needs to run."""
    rtsys.initialize(target_context)  # memory for the arrays that a kernel makes
    target_context.codegen()._library_class = _Library
    return CompileResult._rebuild(target_context, *_Unpickler(io.BytesIO(content)).load())


def _rebuild_slowly(content: bytes, target_context: Any) -> Any:
    """Return the kernel that a file holds, as numba does."""
    target_context.refresh()
    target_context.codegen()._library_class = JITCodeLibrary
    return CompileResult._rebuild(target_context, *pickle.loads(content))


class _Unpickler(pickle.Unpickler):
    """Reads a kernel without importing the modules of numba that its callees come from."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numba.core.environment", "_rebuild_env"):
            return _environment
        return super().find_class(module, name)


def _environment(module: str, consts: list[Any], name: str) -> Environment:
    """Return the constants of a compiled function. Its globals matter to interpreted code only, which kernels have not."""
    known = Environment._memo.get(name)
    if known is not None:
        return known
    if module.startswith("numba.") and module not in sys.modules:
        space = {"__name__": module}
    else:
        space = importlib.import_module(module).__dict__
    made = Environment(space)
    made.consts[:] = consts
    made.env_name = name
    Environment._memo[name] = made
    return made


class _Library(JITCodeLibrary):
    """Machine code of a kernel. The code that other kernels inline is read only when one of them is compiled."""

    _unread: bytes | None = None

    @classmethod
    def _unserialize(cls, codegen: Any, state: Any) -> Any:
        name, kind, content = state
        if kind != "object":
            return super()._unserialize(codegen, state)
        machine, inlined = content
        made = codegen.create_library(name)
        made._unread = inlined
        made.enable_object_caching()
        made._set_compiled_object(machine)
        made._finalize_final_module()
        return made

    def get_pointer_to_function(self, name: str) -> Any:
        """Return the address of a function of this code."""
        if self._unread is None:
            return super().get_pointer_to_function(name)
        return self._codegen._engine.get_function_address(name)

    def _get_module_for_linking(self) -> Any:
        if self._unread is not None:
            self._shared_module = ll.parse_bitcode(self._unread)
            self._codegen._engine._load_defined_symbols(self._shared_module)
            self._unread = None
        return super()._get_module_for_linking()
