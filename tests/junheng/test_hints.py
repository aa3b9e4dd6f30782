"""Commands that messages tell people to give next: pasted into a shell, each is the command that was meant."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from junheng import cli
from junheng.layout import at, command, named
from results.store import open_store
from tests.results.invented import make

ODD = 'a b/$(rm x)\'; "q".db'
NEXT = re.compile(r"junheng (?:show |run |figures |compare |export |experiments ).*")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command line; return its exit code and all that it said."""

    def run(*args: str) -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(list(args))
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return run


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ODD).parent.mkdir(parents=True)
    make(tmp_path / ODD, seeds=(1,)).close()
    return ODD


def hint(said: str) -> list[str]:
    """Return the words that a shell makes of the last command in a text; they must name the database as it is."""
    words = shlex.split(NEXT.findall(said)[-1].rstrip(".\n"))
    assert words[words.index("--db") + 1] == ODD
    return words


def test_an_empty_database(call: Any, db: str) -> None:
    with open_store(Path(db)) as store, store.engine.begin() as connection:
        for table in ("experiment_run", "experiment"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    code, said = call("experiments", "--db", db)
    assert code == 0 and hint(said)[1:3] == ["run", "guizhou"]
    code, said = call("show", "county", "织金县", "--db", db)
    assert code == 2 and hint(said)[1:5] == ["run", "guizhou", "--only", "织金县"]


def test_a_county_of_another_place(call: Any, db: str) -> None:
    for args, words in (
        (["show", "county", "织金县"], ["run", "guizhou", "--only", "织金县"]),
        (["show", "county", "皮山县"], ["run", "xinjiang"]),
        (["compare", "--area", "织金县"], ["run", "guizhou", "--only", "织金县"]),
    ):
        code, said = call(*args, "--db", db)
        assert code == 2 and hint(said)[1 : 1 + len(words)] == words


def test_the_words_of_a_command() -> None:
    assert shlex.split(command("run", "a b", "--db", ODD)) == ["junheng", "run", "a b", "--db", ODD]
    assert "secret" not in command("run", "x", "--db", "postgresql://me:secret@h/d")
    assert (at("junheng.db"), at("x.db")) == ([], ["--db", "x.db"])
    assert (named("guizhou"), named("mine")) == ("guizhou", "mine.toml")
