"""Consoles and pipes of any encoding, closed and broken ones, and texts that would command a terminal."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from junheng import cli
from junheng.streams import Stream, set_encoding
from results.store import open_store
from tests.results.invented import make

ROOT = Path(__file__).parents[2]
VERB = [sys.executable, "-m", "junheng.cli"]


def run(*args, shell=None, **env):
    """Run the command line in a process of its own; shell: what stands behind the command, such as a redirection."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG", "JUNHENG"))}
    given = {**clean, "PYTHONPATH": str(ROOT), "JUNHENG_LANG": "en", **env}
    words = ["sh", "-c", f'"$@" {shell}', "sh", *VERB, *args] if shell else [*VERB, *args]
    return subprocess.run(words, capture_output=True, env=given, timeout=120)


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "utf-16-le"])
def test_a_console_that_is_not_unicode_gets_escapes_or_utf8(encoding):
    done = run("list", "regions", "--json", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert done.returncode == 0 and done.stderr == b""
    text = done.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert [row["title_zh"] for row in json.loads(text)][0] == "贵州省"  # escapes of JSON, where there are any


def test_without_a_wish_of_the_user_a_pipe_gets_utf8():
    done = run("list", "regions", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", LC_ALL="C")
    assert done.returncode == 0 and "贵州省" in done.stdout.decode("utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    set_encoding(stream)
    stream.write("贵\udcff")
    stream.flush()
    assert stream.buffer.getvalue() == "贵".encode() + rb"\udcff"


def test_what_a_stream_cannot_show_is_an_escape_that_json_reads():
    for text in ("均", "𠀀", "é\x9b\udcff"):
        buffer = io.BytesIO()
        stream = io.TextIOWrapper(buffer, encoding="ascii", errors="junheng.escapes")
        with pytest.raises(SystemExit):
            cli.main(["--version"])  # registers the handler
        stream.write(text)
        stream.flush()
        assert json.loads(f'"{buffer.getvalue().decode()}"') == text


def test_texts_of_a_database_cannot_command_the_terminal(tmp_path, capsys):
    evil = "a\x1b[31m\x07\u202eb\nc\x9b"
    db = str(tmp_path / "r.db")
    make(db, seeds=(1,)).close()
    with open_store(db) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE experiment SET scenario = ?, title = ?", (evil, evil))
        connection.exec_driver_sql("UPDATE experiment SET spec = replace(spec, 'plan', ?)", (json.dumps(evil)[1:-1],))
        connection.exec_driver_sql("UPDATE run SET arm = ?, scenario = ? WHERE arm = 'plan'", (evil, evil))
        connection.exec_driver_sql("UPDATE area SET name_en = ?, name_zh = ?", (evil, evil))
    for args in (["experiments"], ["experiments", "--json"], ["compare"], ["compare", "--json"],
                 ["compare", "--against", "x\x1b"]):  # fmt: skip
        with pytest.raises(SystemExit):
            cli.main([*args, "--db", db])
        out = capsys.readouterr()
        for text in (out.out, out.err):
            assert not set(text) & set("\x1b\x07\u202e\x9b"), args
        if "--json" in args:
            assert "\\u202e" in out.out and json.loads(out.out)
        elif args == ["experiments"]:
            assert len(out.out.splitlines()) == 3, "the table stays whole"


def test_a_lost_stderr_does_not_stop_a_command_but_a_lost_stdout_does():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    borne = Stream(Gone(), "\n", borne=True)
    assert borne.write("x") == 1 and borne.lost and borne.write("y") == 1
    with pytest.raises(BrokenPipeError):
        Stream(Gone(), "\n", borne=False).write("x")
    assert Stream(io.StringIO(), "\n", borne=True).for_bars.write("\r\x1b[A") == 4


@pytest.mark.parametrize(
    ("shell", "code"),
    [("2>&-", 2), (">&-", 2), ("<&- >&- 2>&-", 2), ("2>/dev/full", 2)],
)
def test_closed_streams_do_not_change_what_a_command_does(shell, code):
    assert run("run", "guizou", shell=shell).returncode == code
    assert run("list", "regions", shell=shell).returncode == 0


def test_output_that_cannot_be_written_is_told_and_output_that_nobody_reads_is_not():
    full = run("list", "measures", shell=">/dev/full")
    assert full.returncode == 1 and full.stderr.decode().count("\n") == 1 and b"the disk is full" in full.stderr
    gone = run("list", "measures", shell="| head -c 10")
    assert gone.stderr == b""
