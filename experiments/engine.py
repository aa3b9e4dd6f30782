"""The five things that a runner needs of the model, in one place, so that it can also be driven by another engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Engine:
    """How worlds are built and stepped.

    load_params() -> parameters with `with_values(dict)` and `draw(k)`
    build(region, seed=, sample=, first_year=, params=, threads=) -> a start world
    simulate(world, policies, years=, seed=, observe=, threads=, keep=, beside=): steps a copy, or the world itself when it
        need not be kept; calls observe(world) after each year, on a thread beside the next year where it may
    make_policy(record) -> a policy from {"name": ..., parameter: value}
    observer() -> what collects the measures: called with the world each year; `rows()` gives series, years, values
    check_region(name) -> the region, whose `start_year` is the only first year, or InputError
    check_policies(named, region, years, births) -> for each ("where", policy) pair a sentence when it never acts, else "";
        InputError for what can be found wrong before the first run
    heard(policy, told) -> the policy, which calls told() when it asks for something
    watch(told): a context in which told(kernel, done) is called whenever code has to be compiled first
    kernels() -> how many kernels are compiled, and how many a run needs
    """

    load_params: Callable[[], Any]
    build: Callable[..., Any]
    simulate: Callable[..., Any]
    make_policy: Callable[[Mapping[str, Any]], Any]
    observer: Callable[[], Any]
    check_region: Callable[[str], Any]
    watch: Callable[[Callable[[str, bool], None]], AbstractContextManager[None]] = lambda told: nullcontext()
    kernels: Callable[[], tuple[int, int]] = lambda: (0, 0)
    check_policies: Callable[..., list[str]] = lambda named, *given: [""] * len(named)
    heard: Callable[[Any, Callable[[], None]], Any] = lambda policy, told: policy


def real_engine() -> Engine:
    """Return the project's own engine; imported here because it brings numba."""
    from experiments.observe import Observer
    from policies.guard import Heard
    from policies.registry import make_policy
    from policies.trial import check_policies
    from sim import params
    from sim.compile import counts, watch
    from sim.start import build, known_region
    from sim.step import simulate

    return Engine(
        params.load, build, simulate, make_policy, Observer, known_region, watch, counts, check_policies, Heard
    )
