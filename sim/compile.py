"""Compiled kernels: numba without fastmath, without the GIL, kept by what they are made of; work shared out to threads.

numba's own cache looks only at the file of the kernel and misses an edit in a helper elsewhere. Here each kernel is kept
under a hash of its code and of all that it reaches (`sim.kernel_key`), in a folder of the user's own (`sim.kernel_folder`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numba

from sim import kernel_folder

try:
    from sim.kernel_cache import remember
except ImportError:  # a numba that is built in another way inside: every process compiles for itself

    def remember(dispatcher: Any, told: Callable[[str, bool], None]) -> Any:  # type: ignore[misc]
        """Leave the function without a cache."""
        return None


OCCASIONAL = (
    "sim.phases.exchange",  # needed only when a policy moves teachers; the others where only some counties are run
    "sim.outside",
    "sim.expected",
    "sim.comers",
    "sim.first_cohorts",
)
_kernels: list[tuple[Any, Any]] = []  # the compiled function, its cache
_watchers: list[Callable[[str, bool], None]] = []


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function with numba on first call; keep the result for later processes."""
    made = numba.njit(nogil=True, fastmath=False, error_model="numpy", boundscheck=False)(function)
    if hasattr(made, "py_func"):  # not with NUMBA_DISABLE_JIT
        _kernels.append((made, remember(made, _tell)))
    return made


def _tell(name: str, done: bool) -> None:
    for watcher in list(_watchers):
        watcher(name, done)


@contextmanager
def watch(told: Callable[[str, bool], None]) -> Iterator[None]:
    """Call told(name, done) whenever a kernel has to be compiled: before (done False) and after, from any thread.

    A kernel that is called with arguments of several types is told of more than once.
    """
    _watchers.append(told)
    try:
        yield
    finally:
        _watchers.remove(told)


def counts() -> tuple[int, int]:
    """Return (kernels ready, kernels that every run needs): ready is compiled here, or kept for this code and machine."""
    import sim.start
    import sim.step  # noqa: F401 - importing them makes the kernels known

    needed = [
        (made, kept)
        for made, kept in _kernels
        if made.py_func.__module__.startswith("sim.") and made.py_func.__module__ not in OCCASIONAL
    ]
    stems = {name.rpartition("-")[0] for name in kernel_folder.names()}
    ready = sum(bool(made.overloads) or (kept is not None and kept.stem() in stems) for made, kept in needed)
    return ready, len(needed)


def is_compiled() -> bool:
    """Return whether a run can start without compiling (a policy may still need a kernel that no run needed before)."""
    ready, needed = counts()
    return ready == needed


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
