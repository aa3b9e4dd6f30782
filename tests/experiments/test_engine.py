"""The seam to the model: the first run says that it compiles, later ones do not."""

from __future__ import annotations

import pytest

from experiments.engine import real_engine


@pytest.mark.parametrize("compiled", [True, False])
def test_compiling_is_announced(compiled, capsys, monkeypatch):
    monkeypatch.setattr("sim.compile.is_compiled", lambda: compiled)
    for _ in range(2):
        assert callable(real_engine(tell=True).build) and callable(real_engine().simulate)
    said = capsys.readouterr().err
    assert said.count("Compiling the model: on the first run only") == (0 if compiled else 2)
