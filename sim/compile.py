"""Compiled kernels: numba without fastmath, without the GIL, cached under a hash of the sources.

numba's own cache looks only at the file of the kernel and misses an edit in a helper elsewhere. Here the cache folder's
name holds a hash of every source file of `sim`, so an edit anywhere compiles afresh.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba

try:
    from sim.kernel_cache import remember
except ImportError:  # a numba that is built in another way inside: its own cache does, only slower

    def remember(dispatcher: Any, function: Callable[..., Any]) -> None:
        """Leave numba's cache as it is."""


@lru_cache(maxsize=1)
def source_hash() -> str:
    """Return a hash of all Python sources of this package: equal for equal code."""
    digest = hashlib.blake2b(digest_size=8)
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Return where compiled kernels are kept: JUNHENG_CACHE, or the user's cache folder, or the system's temporary one."""
    chosen = os.environ.get("JUNHENG_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "junheng"
    writable = next((p for p in (base, *base.parents) if p.exists()), None)
    if writable is None or not os.access(writable, os.W_OK):
        base = Path(tempfile.gettempdir()) / "junheng"
    return base / f"kernels-{source_hash()}-{numba.__version__}-py{sys.version_info[0]}{sys.version_info[1]}"


def is_compiled() -> bool:
    """Return whether kernels of exactly these sources have been compiled before on this machine."""
    return cache_folder().is_dir()


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function with numba on first call; keep the result for later processes."""
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]
    try:
        made = numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy", boundscheck=False)(function)
        remember(made, function)
        return made
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]


_own = (
    threading.local()
)  # each thread that runs a model keeps its own helpers, so runs side by side cannot block each other


def _helpers(count: int) -> ThreadPoolExecutor:
    """Return this thread's pool of `count` helper threads, made on first use: starting threads for every call is slow."""
    pools: dict[int, ThreadPoolExecutor] = _own.__dict__.setdefault("pools", {})
    if count not in pools:
        pools[count] = ThreadPoolExecutor(max_workers=count, thread_name_prefix="kernels")
    return pools[count]


def beside(what: str) -> ThreadPoolExecutor:
    """Return a helper thread of this thread's own for one kind of work that nobody waits for yet."""
    pools: dict[str, ThreadPoolExecutor] = _own.__dict__.setdefault("beside", {})
    if what not in pools:
        pools[what] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=what)
    return pools[what]


def each(tasks: range, work: Callable[[int], None], threads: int) -> None:
    """Call work(i) for every task on a few threads, this one among them.

    Work on different tasks must not touch the same memory. Which thread takes which task cannot show in the results.
    """
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            work(task)
        return
    left = iter(tasks)  # shared: the interpreter hands out each task once

    def drain() -> None:
        for task in left:
            work(task)

    others = [_helpers(threads - 1).submit(drain) for _ in range(threads - 1)]
    try:
        drain()
    finally:
        for other in others:
            other.result()


def together(works: Sequence[Callable[[], None]], threads: int) -> None:
    """Do pieces of work that have nothing to do with each other, on a few threads: `each` for unlike tasks."""
    each(range(len(works)), lambda k: works[k](), threads)
