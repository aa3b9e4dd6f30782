"""The folder of compiled kernels: private, checked before anything is read, healed, never needed."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import kernel_folder

POSIX = pytest.mark.skipif(os.name == "nt", reason="owners and modes are those of POSIX")
ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
NAME = "sim.kernel-0123.kernel"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of the folder, which is not yet made, with nothing said so far."""
    monkeypatch.setenv("JUNHENG_CACHE", str(tmp_path / "chosen" / "cache"))
    monkeypatch.setattr(kernel_folder, "_told", set())
    place = kernel_folder.place()
    assert place is not None and place.parent == tmp_path / "chosen" / "cache"
    return place


def test_what_is_written_is_read_and_the_folder_is_private(folder, capsys):
    assert kernel_folder.read(NAME) is None and kernel_folder.names() == [] and not folder.exists()
    assert kernel_folder.write(NAME, b"content") and kernel_folder.write("other-1.kernel", b"")
    assert kernel_folder.read(NAME) == b"content" and kernel_folder.read("other-1.kernel") == b""
    assert sorted(kernel_folder.names()) == ["other-1.kernel", NAME]
    assert kernel_folder.write(NAME, b"again") and kernel_folder.read(NAME) == b"again"
    if os.name != "nt":
        modes = {stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent, folder.parent.parent)}
        assert modes == {0o700} and stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert capsys.readouterr() == ("", "")


@POSIX
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(folder, capsys, mode):
    kernel_folder.write(NAME, b"content")
    folder.chmod(mode)
    for _ in range(3):
        assert kernel_folder.read(NAME) is None and not kernel_folder.write(NAME, b"new")
        assert kernel_folder.names() == []
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and str(folder) in said and f"{mode:o}" in said and "JUNHENG_CACHE" in said


@ROOT
@POSIX
def test_a_folder_or_file_of_another_user_is_not_used(folder, capsys):
    kernel_folder.write(NAME, b"content")
    os.chown(folder / NAME, 65534, 65534)
    assert kernel_folder.read(NAME) is None
    assert kernel_folder.write(NAME, b"mine") and kernel_folder.read(NAME) == b"mine"  # the folder is ours: replaced
    os.chown(folder, 65534, 65534)
    assert kernel_folder.read(NAME) is None and not kernel_folder.write(NAME, b"new")
    assert "belongs to another user" in capsys.readouterr().err


@POSIX
def test_links_are_not_followed(folder, tmp_path, capsys):
    kernel_folder.write(NAME, b"content")
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    (elsewhere / NAME).rename(elsewhere / "real")
    (elsewhere / NAME).symlink_to(elsewhere / "real")
    folder.symlink_to(elsewhere)
    assert kernel_folder.read(NAME) is None and not kernel_folder.write(NAME, b"new")
    assert "symbolic link" in capsys.readouterr().err
    folder.unlink()
    elsewhere.rename(folder)
    (folder / "real").rename(tmp_path / "real")
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(tmp_path / "real")
    assert kernel_folder.read(NAME) is None
    assert kernel_folder.write(NAME, b"new") and kernel_folder.read(NAME) == b"new"
    assert not (folder / NAME).is_symlink() and (tmp_path / "real").exists()


@POSIX
def test_files_that_others_can_write_are_not_read(folder):
    kernel_folder.write(NAME, b"content")
    (folder / NAME).chmod(0o666)
    assert kernel_folder.read(NAME) is None


def spoiled(raw: bytes) -> list[bytes]:
    """Return ways in which a file is found after a crash, a full disk, or a hand."""
    flipped = bytearray(raw)
    flipped[-1] ^= 1
    return [
        b"",
        raw[:5],
        raw[: len(raw) // 2],
        raw[:-1],
        raw + b"x",
        bytes(len(raw)),
        bytes(flipped),
        b"\x80\x05." * 99,
    ]


def test_damaged_files_are_missing_files_and_are_replaced(folder):
    kernel_folder.write(NAME, b"content")
    whole = (folder / NAME).read_bytes()
    for bad in spoiled(whole):
        (folder / NAME).write_bytes(bad)
        assert kernel_folder.read(NAME) is None, bad
        assert kernel_folder.write(NAME, b"content") and kernel_folder.read(NAME) == b"content"
    (folder / "other-1.kernel").write_bytes(whole)  # whole, but another's
    assert kernel_folder.read("other-1.kernel") is None


@POSIX
def test_things_that_are_no_files_do_not_stop_anything(folder, capsys):
    kernel_folder.write(NAME, b"content")
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert kernel_folder.read(NAME) is None
    assert kernel_folder.write(NAME, b"content") and kernel_folder.read(NAME) == b"content"
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    (folder / NAME / "something").touch()
    assert kernel_folder.read(NAME) is None and not kernel_folder.write(NAME, b"content")
    assert str(folder / NAME) in capsys.readouterr().err
    assert not list(folder.glob(".*"))  # no piece left


def test_a_folder_removed_in_the_middle_is_made_again(folder):
    kernel_folder.write(NAME, b"content")
    (folder / NAME).unlink()
    folder.rmdir()
    assert kernel_folder.read(NAME) is None
    assert kernel_folder.write(NAME, b"content") and kernel_folder.read(NAME) == b"content"


@pytest.mark.parametrize(
    "chosen", ["file", "file/below", "/dev/null", "/proc/nothing", "x" * 300, "a\nb", "~no_such_user/x", "."]
)
def test_unusual_places_are_used_or_named(tmp_path, monkeypatch, capsys, chosen):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kernel_folder, "_told", set())
    monkeypatch.setenv("JUNHENG_CACHE", chosen)
    kept = kernel_folder.write(NAME, b"content")
    assert (kernel_folder.read(NAME) == b"content") is kept
    said = capsys.readouterr().err
    assert ("JUNHENG_CACHE" in said and said.count("\n") == 1) is not kept, said


def test_without_a_home_nothing_is_kept_or_left(tmp_path, monkeypatch, capsys):
    import platformdirs

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kernel_folder, "_told", set())
    monkeypatch.delenv("JUNHENG_CACHE", raising=False)
    monkeypatch.setattr(
        platformdirs, "user_cache_dir", lambda *a, **k: "~/.cache/junheng"
    )  # what it says without a home
    assert not kernel_folder.write(NAME, b"content") and kernel_folder.read(NAME) is None
    assert not list(tmp_path.iterdir()) and "No home folder" in capsys.readouterr().err


def test_old_kernels_and_pieces_do_not_pile_up(folder, monkeypatch):
    monkeypatch.setattr(kernel_folder, "MOST_FILES", 3)
    for k in range(6):
        kernel_folder.write(f"k-{k}.kernel", b"")
        os.utime(folder / f"k-{k}.kernel", (time.time() - 1000 + k,) * 2)
    for name, age in {"old-1.kernel": 61 * 86400, ".01234567": 2 * 3600, ".89abcdef": 60, "notes.txt": 1e8}.items():
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (time.time() - age,) * 2)
    monkeypatch.setattr(kernel_folder, "_told", set())
    kernel_folder.write("new-1.kernel", b"")
    left = {path.name for path in folder.iterdir()}
    assert left == {"new-1.kernel", "k-5.kernel", ".89abcdef", "notes.txt"}


class Bomb:
    """What a stranger would plant: reading it makes a file."""

    def __init__(self, where: Path) -> None:
        self.where = where

    def __reduce__(self):
        return Path.touch, (self.where,)


COUNT = """
import sys
import numpy as np
import sim.compile
from sim.counting import row_sums
compiled = []
with sim.compile.watch(lambda name, done: compiled.append(name) if done else None):
    assert (row_sums(np.arange(6.0).reshape(2, 3)) == [3.0, 12.0]).all()
print(len(compiled))
"""


def started(cache: Path | str, **more: str) -> tuple[int, str]:
    """Use one kernel in a new process; return how many were compiled, and what was said on stderr."""
    known = {**os.environ, "JUNHENG_CACHE": str(cache), "PYTHONPATH": str(Path(__file__).parents[2]), **more}
    ended = subprocess.run([sys.executable, "-c", COUNT], env=known, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout), ended.stderr


def test_planted_files_are_never_loaded_and_damage_is_healed(tmp_path):
    """In new processes: the first compiles, the second loads; a bomb of the right name does nothing."""
    cache = tmp_path / "cache"
    assert started(cache) == (1, "") and started(cache) == (0, "")
    [kept] = cache.rglob("*.kernel")
    whole, hit = kept.read_bytes(), tmp_path / "hit"
    bomb = pickle.dumps(Bomb(hit))
    kept.write_bytes(planted := kernel_folder.MAGIC + b"0" * 32 + bomb)
    assert started(cache) == (1, "")
    assert not hit.exists() and kept.read_bytes() != planted and len(kept.read_bytes()) > len(whole) / 2
    framed = kernel_folder.MAGIC + kernel_folder._digest(kept.name, bomb) + bomb
    kept.write_bytes(framed)
    if os.name != "nt":
        kept.parent.chmod(0o777)  # anybody could have put it there, in our frame too
        compiled, said = started(cache)
        assert compiled == 1 and "JUNHENG_CACHE" in said and not hit.exists() and kept.read_bytes() == framed


@POSIX
def test_without_a_place_to_write_kernels_are_compiled_in_memory(tmp_path):
    (tmp_path / "file").touch()
    compiled, said = started(tmp_path / "file")
    assert compiled == 1 and said.count("\n") == 1 and str(tmp_path / "file") in said
