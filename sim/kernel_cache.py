"""Loading compiled kernels without what numba needs only to compile: 0.4 s less at every start.

numba reads a kernel from its cache with everything that compiling could ask for: its library of array functions, scipy's
linear algebra, and the intermediate code of the kernel. Here these wait until a kernel really has to be compiled.
"""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary, ll
from numba.core.environment import Environment
from numba.core.runtime import rtsys


def remember(dispatcher: Any, function: Callable[..., Any]) -> None:
    """Give a numba function this cache, in the folder that numba's configuration names at this moment."""
    dispatcher._cache = _Cache(function)


class _Cache(FunctionCache):
    """numba's cache of one kernel: stored as numba does, loaded with less."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = _File(self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the kernel for a signature, or None: then numba makes itself ready to compile."""
        try:
            rtsys.initialize(target_context)  # memory for the arrays that a kernel makes
            target_context.codegen()._library_class = _Library
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except (AttributeError, TypeError):  # a numba that is built in another way inside: its own way, slower
            return super().load_overload(sig, target_context)


class _File(IndexDataCacheFile):
    """numba's files of one kernel."""

    def _load_data(self, name: str) -> Any:
        with open(self._data_path(name), "rb") as file:
            return _Unpickler(io.BytesIO(file.read())).load()


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
