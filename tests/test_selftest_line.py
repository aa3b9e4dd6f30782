"""The README's line of hashes: read, compared, and written by one command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from tests.selftest_line import README, differences, kept, write


def test_the_readme_has_the_line() -> None:
    assert set(kept()) == {"values", "state"}


def test_a_difference_is_told_and_ends_with_one(tmp_path) -> None:
    found = kept()
    assert differences(found) == []
    other = found | {"state": "0" * 64}
    assert len(differences(other)) == 1 and "state: README has" in differences(other)[0]
    for record, code in ((found, 0), (other, 1)):
        (tmp_path / "found.json").write_text(json.dumps(record), encoding="utf-8")
        command = [sys.executable, "-m", "tests.selftest_line", str(tmp_path / "found.json")]
        assert subprocess.run(command, cwd=README.parent, capture_output=True).returncode == code


def test_the_line_is_written_in_place(tmp_path) -> None:
    copy = tmp_path / "README.md"
    shutil.copy(README, copy)
    new = {"values": "a" * 64, "state": "b" * 64}
    write(new, copy)
    assert kept(copy) == new
    before, after = README.read_text(encoding="utf-8").splitlines(), copy.read_text(encoding="utf-8").splitlines()
    assert sum(one != two for one, two in zip(before, after, strict=True)) == 1
