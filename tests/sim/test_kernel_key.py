"""What a kernel is kept under: an edit of what it reaches makes another key, an edit elsewhere does not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sim.kernel_key import UnknownContent, content_hash, sources_hash

HELPER = """
RATE = 0.5

def twice(x):
    return x * 2

def unused(x):
    return x
"""
KERNEL = '''"""A module with kernels."""
import math
import numpy as np
import helper_of_keys
from helper_of_keys import twice
from sim.compile import kernel

LEVELS = np.array([1.0, 2.0])
NAMES = ("a", ("b", 3))
OTHER = 7

@kernel
def inner(x):
    return x + OTHER

@kernel
def outer(x):
    """Add things."""
    for name in NAMES:
        x = x + inner(twice(x)) * LEVELS[0] + np.sqrt(x) * helper_of_keys.RATE
    return x

@kernel
def apart(x):
    return math.floor(x)

@kernel
def down(n):
    return 0 if n == 0 else up(n - 1)

@kernel
def up(n):
    return down(n) + 1
'''
ALL = ("inner", "outer", "apart", "down", "up")


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function: (edit of the helper, edit of the kernels) -> key of each kernel."""

    def load(name: str, text: str) -> ModuleType:
        path = tmp_path / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        exec(compile(text, path, "exec"), module.__dict__)
        return module

    def made(old: str = "", new: str = "") -> dict[str, str]:
        assert (old in HELPER + KERNEL) and (not old or (HELPER + KERNEL).count(old) == 1)
        sources_hash.cache_clear()
        load("helper_of_keys", HELPER.replace(old, new) if old else HELPER)
        module = load("kernels_of_keys", KERNEL.replace(old, new) if old else KERNEL)
        return {name: content_hash(getattr(module, name)) for name in ALL}

    return made


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("return x * 2", "return x * 3", {"outer"}),  # a helper in another file
        ("return x * 2", "return x * 2.0", {"outer"}),  # equal numbers of another type
        ("RATE = 0.5", "RATE = 0.25", {"outer"}),  # an attribute of a module
        ("[1.0, 2.0]", "[1.0, 2.5]", {"outer"}),  # an array
        ("[1.0, 2.0]", "[1, 2]", {"outer"}),  # its type
        ("[1.0, 2.0]", "[[1.0, 2.0]]", {"outer"}),  # its shape
        ('("b", 3)', '("b", 4)', {"outer"}),  # inside a tuple
        ("OTHER = 7", "OTHER = True", {"inner", "outer"}),  # a constant of a kernel and of its caller
        ("return x + OTHER", "return OTHER + x", {"inner", "outer"}),
        ("math.floor(x)", "math.ceil(x)", {"apart"}),
        ("down(n) + 1", "down(n) + 2", {"down", "up"}),  # two that call each other
        ("def unused(x):\n    return x\n", "def unused(x):\n    return -x\n", set()),
        ("def twice(x):", "# a remark\n\n\ndef twice( x ):", set()),  # lines and blanks
        ("RATE = 0.5", "RATE = 0.5\nMORE = 1", set()),
        ("@kernel\ndef apart(x):", "@kernel\ndef apart(x=1):", {"apart"}),
    ],
)
def test_an_edit_changes_the_key_of_what_reaches_it(keys, old, new, changed):
    before, after = keys(), keys(old, new)
    assert {name for name in ALL if before[name] != after[name]} == changed
    assert keys() == before


def test_unlike_kernels_have_unlike_keys(keys):
    assert len(set(keys().values())) == len(ALL)


def test_what_is_not_understood_counts_with_all_sources(keys):
    """An object of a class of one's own: any edit of the file may change what it is."""
    odd = ("OTHER = 7", "class Odd(int):\n    pass\n\nOTHER = Odd(7)")
    before = keys(*odd)
    assert before["outer"] != keys()["outer"]
    edited = keys(odd[0], odd[1] + "\n# more")
    assert {name for name in ALL if before[name] != edited[name]} == {"inner", "outer"}


def test_what_has_no_sources_is_not_kept():
    space: dict[str, object] = {"__name__": "typed_in_by_hand"}
    exec("class Odd(int): pass\nodd = Odd(3)\ndef f(x): return x + odd\ndef g(x): return x", space)
    with pytest.raises(UnknownContent):
        content_hash(space["f"])
    assert content_hash(space["g"])


PRINT_KEYS = """
import sim.start, sim.step, sim.compile
print([cache.stem() for made, cache in sim.compile._kernels])
"""


def test_keys_are_the_same_in_every_process_and_follow_the_processor():
    """Equal under another hash seed and order of imports; another processor or setting of numba has other files."""
    import os

    def asked(**more: str) -> set[str]:
        known = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **more}
        ended = subprocess.run(
            [sys.executable, "-c", PRINT_KEYS], env=known, capture_output=True, text=True, check=True
        )
        found = eval(ended.stdout)
        assert None not in found and len(set(found)) == len(found)
        return set(found)

    first = asked(PYTHONHASHSEED="1")
    assert asked(PYTHONHASHSEED="2") == first
    generic = asked(NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    assert not first & generic
    assert not first & asked(NUMBA_OPT="1") and not generic & asked(NUMBA_OPT="1")
