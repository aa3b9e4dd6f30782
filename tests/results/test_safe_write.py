"""Files that a user names: whole or not at all, and never over something that must not be lost."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from results.errors import ResultsError, StorageFailed
from results.safe_write import check_files, checked_target, whole_file, write_files

ROOT = Path(__file__).parents[2]


def put(target, data=b"new", **options):
    with whole_file(target, **options) as file:
        file.write(data)


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_new_file_is_an_ordinary_file(tmp_path):
    put(tmp_path / "x.csv")
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "x.csv").read_bytes() == b"new" and names(tmp_path) == ["x.csv"]
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o666 & ~umask


def test_an_existing_file_is_replaced_only_by_force_and_keeps_its_permissions(tmp_path):
    target = tmp_path / "x.csv"
    target.write_text("old")
    target.chmod(0o640)
    with pytest.raises(ResultsError, match=r"x.csv: the file exists and is not overwritten.*--force"):
        put(target)
    assert target.read_text() == "old"
    put(target, force=True)
    assert target.read_text() == "new" and stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(tmp_path) == ["x.csv"]


def test_whoever_comes_meanwhile_is_not_overwritten(tmp_path):
    target = tmp_path / "x.csv"
    with pytest.raises(ResultsError, match="exists"), whole_file(target) as file:
        file.write(b"new")
        target.write_text("somebody else's")
    assert target.read_text() == "somebody else's" and names(tmp_path) == ["x.csv"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
def test_nothing_is_left_of_what_was_interrupted(tmp_path, error):
    (tmp_path / "old").write_text("old")
    for target, force in ((tmp_path / "old", True), (tmp_path / "new", False)):
        with pytest.raises(error), whole_file(target, force=force) as file:
            file.write(b"half")
            raise error
    assert names(tmp_path) == ["old"] and (tmp_path / "old").read_text() == "old"


def test_links_stay_links_and_their_file_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "there" / "x.csv")
    with pytest.raises(ResultsError, match="exists"):
        put(link)
    put(link, force=True)
    assert link.is_symlink() and (tmp_path / "there" / "x.csv").read_text() == "new"
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    with pytest.raises(ResultsError, match="a symbolic link to .*none, which does not exist"):
        put(tmp_path / "dangling")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ResultsError, match="loop: cannot be written"):
        put(tmp_path / "loop", force=True)
    assert names(tmp_path) == ["dangling", "link.csv", "loop", "there"] and not (tmp_path / "none").exists()


def test_the_command_s_own_inputs_are_never_written_by_whatever_name(tmp_path):
    db = tmp_path / "r.db"
    db.write_bytes(b"results")
    (tmp_path / "link").symlink_to(db)
    os.link(db, tmp_path / "hard")
    (tmp_path / "sub").mkdir()
    for name in ("r.db", "link", "hard", "sub/../r.db", "r.db-journal", "r.db-wal"):
        with pytest.raises(ResultsError, match=r"this is .*r.db, which the command reads"):
            put(tmp_path / name, force=True, inputs=[None, "", db])
    assert db.read_bytes() == b"results" and not (tmp_path / "r.db-journal").exists()


def test_what_is_neither_file_nor_pipe_is_refused(tmp_path):
    with socket.socket(socket.AF_UNIX) as s:
        at = os.getcwd()
        os.chdir(tmp_path)  # the name of a socket may be 100 letters long at most
        s.bind("s")
        os.chdir(at)
        for target, says in (
            (tmp_path, "is a folder"),
            (tmp_path / "s", "neither a file nor a pipe"),
            (tmp_path / "none" / "x", "the folder .*none does not exist"),
            (tmp_path / "s" / "x", "cannot be written|no folder"),
            ("a\0b", "cannot be the name of a file"),
            (tmp_path / ("n" * 300), "cannot be written"),
        ):
            with pytest.raises(ResultsError, match=says):
                put(target, force=True)
    assert names(tmp_path) == ["s"]


def test_a_long_name_works(tmp_path):
    put(tmp_path / ("n" * 251 + ".csv"))
    assert len(names(tmp_path)[0]) == 255


def test_pipes_and_character_devices_are_written_straight_into(tmp_path):
    put(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    put(tmp_path / "pipe")
    reader.join(10)
    assert got == [b"new"] and names(tmp_path) == ["pipe"]


def test_the_own_stdout_is_written_into_also_where_it_is_a_file(tmp_path):
    code = (
        "import sys\nfrom results.safe_write import whole_file\nprint('first')\n"
        "with whole_file('/dev/stdout') as f: f.write(b'second\\n')\nprint('third')"
    )
    with open(tmp_path / "log", "wb") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True, cwd=ROOT)
    assert (tmp_path / "log").read_text().split() == ["first", "second", "third"] and names(tmp_path) == ["log"]
    piped = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert piped.stdout.split() == [b"first", b"second", b"third"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_device_is_told_as_the_machine_s_failure():
    with pytest.raises(StorageFailed, match="/dev/full: the disk is full"):
        put("/dev/full")


def in_little_room(code, folder, limit=5000):
    """Run code in a process that may write only so many bytes to one file; returns its stdout."""
    resource = pytest.importorskip("resource", reason="limits on file size are set as POSIX does")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_half_written_when_there_is_no_more_room(tmp_path):
    (tmp_path / "old").write_text("old")
    code = """
from results.errors import StorageFailed
from results.safe_write import whole_file, write_files
for name in ("old", "new"):
    try:
        with whole_file(name, force=True) as f: f.write(b"x" * 9000)
    except StorageFailed as e: print(e)
try: write_files("pictures", {"a": b"small", "b": b"x" * 9000})
except StorageFailed as e: print(e)
"""
    told = in_little_room(code, tmp_path).splitlines()
    assert len(told) == 3 and all("refuses to write" in line for line in told)
    assert names(tmp_path) == ["old"] and (tmp_path / "old").read_text() == "old"


def test_several_files_are_written_all_or_none(tmp_path, monkeypatch):
    folder = tmp_path / "f"
    made = write_files(folder, {"a": b"1", "b": b"2"})
    assert made == [folder / "a", folder / "b"] and names(folder) == ["a", "b"]
    with pytest.raises(ResultsError, match="b: the file exists"):
        write_files(folder, {"b": b"3", "c": b"4"})
    assert names(folder) == ["a", "b"]
    write_files(folder, {"b": b"3", "c": b"4"}, force=True)
    assert (folder / "b").read_bytes() == b"3" and names(folder) == ["a", "b", "c"]
    # the last step fails for the second file: the first is put back as it was
    replace, calls = os.replace, []

    def fails(source, target):
        calls.append(target)
        if Path(target).name == "c" and len(calls) < 5:
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(StorageFailed):
        write_files(folder, {"b": b"5", "c": b"6", "d": b"7"}, force=True)
    assert [(folder / n).read_bytes() for n in names(folder)] == [b"1", b"3", b"4"]


def test_a_folder_of_files_is_checked_before_anything_is_drawn(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to("none")
    for folder, says in (
        (tmp_path / "file", "is no folder"),
        (tmp_path / "file" / "x", "is no folder|cannot be written"),
        (tmp_path / "no" / "such", "the folder .*no does not exist"),
        (tmp_path / "dangling", "symbolic link"),
        ("a\0b", "cannot be the name"),
    ):
        with pytest.raises(ResultsError, match=says):
            check_files(folder, ["a.png"])
        with pytest.raises(ResultsError, match=says):
            write_files(folder, {"a.png": b""})
    assert names(tmp_path) == ["dangling", "file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anything")
def test_what_may_not_be_written_is_told(tmp_path):
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o444)
    with pytest.raises(ResultsError, match="read-only and is not replaced"):
        checked_target(tmp_path / "old", force=True)
    tmp_path.chmod(0o555)
    with pytest.raises(ResultsError, match="may not be written"):
        checked_target(tmp_path / "new")
    tmp_path.chmod(0o755)
