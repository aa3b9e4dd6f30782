"""What a run record says of code and data."""

from __future__ import annotations

import sys
from types import ModuleType

from experiments import identity
from junheng import __version__


def test_code_and_data_have_stable_hashes_and_versions():
    assert len(identity.code_version().split("+")[1]) == 12
    assert "standards.toml" in identity.data_hashes() and "counties_guizhou.csv" in identity.data_hashes()
    assert identity.packages()["junheng"] in (__version__, "not installed")
    assert {"python", "numpy", "numba"} <= set(identity.packages())


def test_line_ends_do_not_count_but_content_and_name_do(tmp_path):
    hashes = []
    for name, content in (("a.py", b"x = 1\n"), ("a.py", b"x = 1\r\n"), ("a.py", b"x = 2\n"), ("b.py", b"x = 1\n")):
        (tmp_path / name).write_bytes(content)
        hashes.append(identity.hash_files([tmp_path / name]))
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3


def test_a_policy_from_elsewhere_is_part_of_what_a_run_is(tmp_path, monkeypatch):
    module = ModuleType("elsewhere")
    file = tmp_path / "elsewhere.py"
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "elsewhere", module)
    policy = type("Mine", (), {"__module__": "elsewhere"})()
    file.write_text("a = 1", encoding="utf-8")
    before = identity.foreign_hashes([policy, {}])
    file.write_text("a = 2", encoding="utf-8")
    assert list(before) == ["policy class Mine"] and identity.foreign_hashes([policy]) != before
