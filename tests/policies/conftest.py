"""One small start world for all tests of policies: Guizhou, one child in a hundred, every school."""

from __future__ import annotations

import pytest

from sim.start import build


@pytest.fixture(scope="session")
def guizhou():
    """Return the start world; tests read it or run copies of it, never write it."""
    return build("guizhou", sample=0.01, threads=1)


@pytest.fixture(scope="session")
def see(guizhou):
    """Return the world as policies see it."""
    return guizhou.read_only()
