"""Kernels: cached under a hash of all sources, so that an edit anywhere compiles afresh; work shared among threads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim.compile as compiling


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package's sources at which the hash looks."""
    root = tmp_path / "sim"
    shutil.copytree(Path(compiling.__file__).parent, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiling, "__file__", str(root / "compile.py"))
    return root


def fresh() -> str:
    """Return the hash, computed anew."""
    return compiling.source_hash.__wrapped__()


def test_the_hash_follows_every_source_file(copied: Path) -> None:
    before = fresh()
    assert fresh() == before
    files = [copied / "streams.py", copied / "phases" / "choice.py", copied / "evaluation" / "items.py"]
    for path in files:
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "# edited\n", encoding="utf-8")
        assert fresh() != before
        path.write_text(text, encoding="utf-8")
        assert fresh() == before
    (copied / "phases" / "new.py").write_text("", encoding="utf-8")
    assert fresh() != before


def test_a_renamed_file_is_another_source(copied: Path) -> None:
    before = fresh()
    (copied / "errors.py").rename(copied / "mistakes.py")
    assert fresh() != before


def test_the_cache_folder_is_chosen_and_named_after_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUNHENG_CACHE", str(tmp_path / "chosen"))
    folder = compiling.cache_folder.__wrapped__()
    assert folder.parent == tmp_path / "chosen" and compiling.source_hash() in folder.name
    monkeypatch.setattr(compiling, "source_hash", lambda: "0123456789abcdef")
    assert compiling.cache_folder.__wrapped__() != folder


def test_each_does_every_task_once_with_any_number_of_threads() -> None:
    for threads in (1, 2, 5):
        done = np.zeros(17, np.int64)

        def work(i: int, done: np.ndarray = done) -> None:
            done[i] += 1

        compiling.each(range(17), work, threads)
        assert (done == 1).all()


def test_an_error_in_a_thread_is_not_lost() -> None:
    def work(i: int) -> None:
        raise ValueError(f"task {i}")

    for threads in (1, 2):
        with pytest.raises(ValueError, match="task"):
            compiling.each(range(4), work, threads)


MIXED = """
import sys
import numpy as np
from sim.compile import kernel
from sim.counting import row_sums
from sim.streams import to_uniform

@kernel
def later(values, word):
    made = np.empty(values.shape[0])
    return row_sums(values), made.size, to_uniform(word)

values = np.arange(6.0).reshape(2, 3)
alone = row_sums(values)
light = not any(name.startswith(("numba.np.arrayobj", "scipy.linalg")) for name in sys.modules)
found, size, share = later(values, np.uint32(1 << 31))
assert (alone == [3.0, 12.0]).all() and (found == alone).all() and size == 2 and abs(share - 0.5) < 1e-6
try:
    row_sums(np.lib.stride_tricks.as_strided(values, (2**62, 3), (0, 8)))
except (ValueError, MemoryError):
    print("light" if light else "heavy")
"""


def test_a_kernel_from_the_cache_needs_little_and_serves_kernels_compiled_after_it(tmp_path: Path) -> None:
    """Called alone, called by a kernel that is compiled in the same process, and raising an error."""
    script = tmp_path / "mixed.py"
    known = {**os.environ, "JUNHENG_CACHE": str(tmp_path), "PYTHONPATH": str(Path(compiling.__file__).parent.parent)}
    said = []
    for extra in ("", "", "# edited: this kernel is compiled again, the others are in the cache"):
        script.write_text(MIXED + extra, encoding="utf-8")
        ended = subprocess.run([sys.executable, script], env=known, capture_output=True, text=True, check=True)
        said.append(ended.stdout.strip())
    assert said == ["heavy", "light", "light"]
