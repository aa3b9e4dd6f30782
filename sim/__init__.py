"""The simulation: data, columns, keyed draws, synthesis, world, phases, official evaluation."""

from __future__ import annotations

from typing import Any

__all__ = ["build", "simulate"]


def __getattr__(name: str) -> Any:
    """Load `build` and `simulate` when asked for: they bring numba."""
    if name == "build":
        from sim.start import build

        return build
    if name == "simulate":
        from sim.step import simulate

        return simulate
    raise AttributeError(name)
