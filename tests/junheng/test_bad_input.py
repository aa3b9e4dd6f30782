"""Mistakes on the command line and in scenario files: one message with file, key, what came and what is allowed; code 2."""

from __future__ import annotations

import pytest

from junheng import cli

SCENARIO = """
title = "Rotation"
region = "guizhou"
years = [2024, 2026]
sample = 0.01
[parameters]
rho = 0.3
[[arm]]
name = "baseline"
[[arm]]
name = "moved"
[[arm.policy]]
name = "rotation"
share = 0.1
"""
ON_THE_LINE = [
    ("run guizou", "unknown scenario 'guizou'. Did you mean 'guizhou'?"),
    ("run none.toml", "none.toml: no such scenario file"),
    (
        "run guizhou --years 2030:2024",
        '--years = "2030:2024" is reversed: the first comes before the last. Write "2024:2030"',
    ),
    ("run guizhou --years 2025:2030", "guizhou: years = 2025:2030: guizhou is built for 2024"),
    ("run guizhou --years 2024:2046", "--years: 2046 is outside 2010 to 2045"),
    ("run guizhou --seeds=", "--seeds is empty"),
    ("run guizhou --seeds 5:1", "is reversed"),
    ("run guizhou --sample 20", "For 20 %, write 0.2"),
    ("run guizhou --arm plann", "guizhou: no arm 'plann'. Did you mean 'plan'?"),
    ("run guizhou --lang de", "--lang: de is unknown"),
    ("run guizhou --sampel 0.1", "--sampel"),
    ("show region guizou", "Did you mean 'guizhou'?"),
    ("show policy rotaton", "Did you mean 'rotation'?"),
    ("runn guizhou", "unknown command 'runn'. Did you mean 'run'?"),
    ("compare --db none.db", "none.db does not exist"),
]
IN_THE_FILE = [
    ('region = "guizhou"', 'region = "guizou"', "s.toml: region: unknown name 'guizou'. Did you mean 'guizhou'?"),
    ("years = [2024, 2026]", "years = [2026, 2024]", "s.toml: years"),
    ("sample = 0.01", "seeds = []", "s.toml: seeds is empty"),
    ("rho = 0.3", "roh = 0.3", "s.toml: parameters: unknown parameter 'roh'. Did you mean 'rho'?"),
    ("rho = 0.3", "rho = 3", "s.toml: parameters: rho = 3 is outside 0.2 to 0.5"),
    ("rho = 0.3", "rho = true", "s.toml: parameters: rho = True is not a number"),
    ('name = "rotation"', 'name = "rotatoin"', "policy 1: unknown policy 'rotatoin'. Did you mean 'rotation'?"),
    ("share = 0.1", "shar = 0.1", "s.toml: arm 'moved', policy 1: rotation: unknown parameter 'shar'. Did you mean 'share'?"),
    ("share = 0.1", "share = 10", "policy 1: rotation: share = 10 is outside 0 to"),
    ("share = 0.1", 'share = "much"', "policy 1: rotation: share = 'much' is not a number"),
    ("[[arm]]", "[[arms]]", "s.toml: unknown key 'arms'. Did you mean 'arm'?"),
    ("title", "title = 3 #", "s.toml: title = 3 must be text in quotes"),
    ("[[arm]]", "[[arm", "s.toml: not valid TOML"),
]  # fmt: skip


@pytest.fixture
def verb(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)

    def run(*args):
        with pytest.raises(SystemExit) as stop:
            cli.main(list(args))
        out = capsys.readouterr()
        return stop.value.code, out.out, out.err

    return run


def check(told, says):
    code, out, err = told
    assert code == 2 and out == "" and "Traceback" not in err
    assert says in err and err.count("Error:") == 1 and "school years" not in err


@pytest.mark.parametrize(("line", "says"), ON_THE_LINE, ids=[line for line, _ in ON_THE_LINE])
def test_on_the_command_line(verb, line, says):
    check(verb(*line.split()), says)


@pytest.mark.parametrize(("good", "bad", "says"), IN_THE_FILE, ids=[bad for _, bad, _ in IN_THE_FILE])
def test_in_a_scenario_file(verb, tmp_path, good, bad, says):
    assert good in SCENARIO
    (tmp_path / "s.toml").write_text(SCENARIO.replace(good, bad), encoding="utf-8")
    check(verb("run", "s.toml"), says)


def test_bad_input_leaves_no_experiment_behind(verb, tmp_path):
    (tmp_path / "s.toml").write_text(SCENARIO.replace("share = 0.1", "share = 10"), encoding="utf-8")
    verb("run", "s.toml", "--db", "r.db")
    code, out, _ = verb("experiments", "--db", "r.db", "--json")
    assert code == 2 or out.strip() == "[]"


def test_bad_input_of_every_kind_leaves_nothing_behind(verb, tmp_path):
    (tmp_path / "wrong.py").write_text("x = (\n", encoding="utf-8")
    bad = SCENARIO.replace("share = 0.1", 'counties = ["无此县"]')
    (tmp_path / "s.toml").write_text(bad, encoding="utf-8")
    before = sorted(p.name for p in tmp_path.iterdir())
    for line in (
        "run s.toml", "run guizhou --years 2025:2030", "run guizhou --sample 0.0000001", "run guizhou --only 无此县",
        "run guizhou --arm plann", "run guizhou --workers 0", "run guizhou --draws 0", "run guizhou --policy-file wrong.py",
        "run guizhou --seeds 1:99999", "figures --out f --format gif", "export --out x.csv", "figures --out f",
    ):  # fmt: skip
        code, out, err = verb(*line.split(), "--db", "new.db")
        assert (code, out, err.count("Error:")) == (2, "", 1), (line, err)
        assert sorted(p.name for p in tmp_path.iterdir()) == before, line
