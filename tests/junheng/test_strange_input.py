"""Input that nobody meant: whatever comes, one message and exit code 2, no traceback, nothing left on disk."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments import runner
from experiments.scenario import load_scenario
from experiments.toml_file import MOST_BYTES
from junheng import cli
from results import tables
from results.errors import ResultsError
from results.store import open_store
from sim.errors import InputError
from tests.results.invented import make

ARM, TITLE = tables.run.c.arm.type.length, tables.experiment.c.title.type.length

QUICK = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60
)
GOOD = {
    "title": '"Rotation"', "region": '"guizhou"', "years": "[2024, 2026]", "seeds": '"1:2"', "draws": "[1, 2]",
    "sample": "0.01", "births": '"middle"', "show_years": "[2025]",
}  # fmt: skip
ARMS = """
[parameters]
rho = {rho}
[[arm]]
name = {name}
title = {arm_title}
[[arm.policy]]
name = {policy}
share = {share}
start = {start}
end = {end}
counties = {counties}
[[target]]
measure = "counties_certified"
value = {value}
year = {year}
comparator = {comparator}
"""
GOOD_ARMS = {
    "rho": "0.3", "name": '"a"', "arm_title": '"A"', "policy": '"rotation"', "share": "0.1", "start": "2025",
    "end": "2030", "counties": "[]", "value": "3", "year": "2026", "comparator": '">="',
}  # fmt: skip
ODD = [
    "inf", "-inf", "nan", "1e400", "9" * 400, "9" * 5000, "0x" + "f" * 5000, "-1", "0", "true", '""', '" "', "[]", "{}",
    "1979-05-27", "07:32:00", "2024.5", '"inf"', '"nan"', '"９"', '"٣"', "[" * 3000 + "]" * 3000, "{a=" * 500 + "1" + "}" * 500,
    '"' + "x" * 100_000 + '"', '"\\u001b[31m"', '"a\\nb"', '"a\\u0000b"', '"\\u202e"', "[inf]", "[[1]]", "[9223372036854775808]",
    '"1:' + "9" * 5000 + '"', '"' + ",".join("1" * 3000) + '"', "'''\n'''", "[1e308, 1e308]", '"..\\\\..\\\\x"',
]  # fmt: skip


def toml(**changes: str) -> str:
    """Return a scenario file in which some values are others."""
    top = {key: changes.get(key, value) for key, value in GOOD.items()}
    arms = {key: changes.get(key, value) for key, value in GOOD_ARMS.items()}
    return "\n".join(f"{key} = {value}" for key, value in top.items()) + ARMS.format(**arms)


def plan(path: Path) -> None:
    """Read and check a scenario file as `junheng run` does before it touches a database."""
    runner.plan_experiment(load_scenario(path), progress=False)


def test_the_scenario_that_is_bent_is_good(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(toml(), encoding="utf-8")
    plan(tmp_path / "s.toml")


@pytest.mark.parametrize("key", [*GOOD, *GOOD_ARMS])
def test_every_value_of_a_scenario_may_be_absurd(tmp_path: Path, key: str) -> None:
    for value in ODD:
        (tmp_path / "s.toml").write_text(toml(**{key: value}), encoding="utf-8")
        try:
            plan(tmp_path / "s.toml")
        except InputError as error:
            assert str(error).startswith(str(tmp_path / "s.toml")) and len(str(error)) <= 2_000, (key, value[:40])
            assert "\n" not in str(error)
    assert [p.name for p in tmp_path.iterdir()] == ["s.toml"]


@QUICK
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass"))))
def test_any_bytes_as_a_scenario(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.toml").write_bytes(content)
    with pytest.raises(InputError):
        plan(tmp_path / "s.toml")


@QUICK
@given(st.dictionaries(st.sampled_from([*GOOD, *GOOD_ARMS]), st.one_of(
    st.integers().map(str), st.floats().map(repr), st.text(max_size=30).map(lambda t: '"' + "".join(
        f"\\U{ord(c):08x}" for c in t if not 0xD800 <= ord(c) < 0xE000) + '"'),
    st.lists(st.integers(2020, 2050), max_size=3).map(str)), min_size=1, max_size=3))  # fmt: skip
def test_any_values_in_a_scenario(tmp_path: Path, changes: dict[str, str]) -> None:
    (tmp_path / "s.toml").write_text(toml(**changes), encoding="utf-8")
    try:
        plan(tmp_path / "s.toml")
    except InputError as error:
        assert "\n" not in str(error)


def test_endless_and_special_files(tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_bytes(b"#" * (MOST_BYTES + 1))
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_text(toml(), encoding="utf-8"))
    writer.start()
    plan(tmp_path / "pipe")  # what a shell's <(...) hands over
    writer.join(10)
    for path, says in (
        (tmp_path / "long.toml", "longer than 1,000,000 bytes"),
        (Path("/dev/zero"), "unknown scenario|longer than"),
        (Path("a\0b"), "unknown scenario"),
        (Path(os.fsdecode(b"\xff.toml")), "no such scenario file"),
        (Path("x" * 5000), "unknown scenario|cannot be read"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(InputError, match=says):
            load_scenario(path)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.toml"))
    odd.write_text(toml(), encoding="utf-8")
    with pytest.raises(InputError, match=r"name of the scenario .*\\udcff.* not to be seen"):
        load_scenario(odd)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": f'"{"x" * (TITLE + 1)}"'}, f"title = 'x.*{TITLE + 1} characters; at most {TITLE}"),
        ({"name": f'"{"x" * (ARM + 1)}"'}, f"name = .* at most {ARM} are kept"),
        ({"name": '"a\\u001b[31mb"'}, r"name = 'a\\u001b\[31mb' holds characters that are not to be seen"),
        ({"arm_title": '"a\\u202eb"'}, r"title = 'a\\u202eb' holds"),
        ({"title": '"a\\u0000"'}, r"title = 'a\\u0000' holds"),
        ({"end": "inf"}, "end = inf is not a"),
        ({"value": "nan"}, "target 1: value = nan is not a finite number"),
        ({"rho": "[" * 3000 + "]" * 3000}, "nested too deeply"),
    ],
)
def test_texts_and_numbers_that_a_database_or_a_reader_could_not_bear(tmp_path: Path, changes: dict, says: str) -> None:
    (tmp_path / "s.toml").write_text(toml(**changes), encoding="utf-8")
    with pytest.raises(InputError, match=says):
        plan(tmp_path / "s.toml")


VERBS = {
    "run": ["--years", "--seeds", "--draws", "--arm", "--sample", "--db", "--workers", "--policy-file"],
    "compare": ["--db", "--level", "--area", "--stage", "--measure", "--group", "--years", "--against"],
    "figures": ["--out", "--db", "--format"],
    "export": ["--out", "--db", "--format", "--area"],
    "inspect": ["--items", "--out", "--format", "--sheet", "--county", "--corrected"],
    "experiments": ["--db"],
    "show county": ["--db", "--year", "--arm"],
    "calibrate": ["--seeds", "--sample"],
}
FIRST = {"run": ["guizhou"], "calibrate": ["guizhou"], "show county": ["织金县"]}
ODD_WORDS = [
    "", " ", "\0", "a\0b", "inf", "nan", "-1", "9" * 400, "1:" + "9" * 400, "１", "٣", "1_0", "0x10", "x" * 5000, "\x1b[31m",
    "\udcff", "a\nb", "/dev/null/x", "../..", "/", "~nobody-here/x", "postgresql://u:geheim@h:port/d", "sqlite:////", "://",
    "duckdb:///x", "postgresql+psycopg://u:geheim@127.0.0.1:1/d?password=geheim", "=1+1", "--", "-", "%s{x}",
]  # fmt: skip


class Accepted(Exception):
    """What would have been done next is real work."""


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_may_be_absurd(tmp_path, monkeypatch, capsys, verb) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    monkeypatch.setattr(runner.Experiment, "run", lambda *_: (_ for _ in ()).throw(InputError("accepted")))
    monkeypatch.setattr("calibration.run.calibrate", lambda *_, **__: (_ for _ in ()).throw(InputError("accepted")))
    before = signal.getsignal(signal.SIGTERM)
    for option in VERBS[verb]:
        for word in ODD_WORDS:
            args = [*verb.split(), *FIRST.get(verb, []), f"{option}={word}"]
            with pytest.raises(SystemExit) as left:
                cli.main(args)
            said = capsys.readouterr()
            told = (args[-1][:60], said.err[:300])
            assert left.value.code == 2 and said.out == "", told
            assert "Traceback" not in said.err and "fault of junheng" not in said.err, told
            assert said.err.count("Error:") == 1 and len(said.err) < 4_000, told
            assert not set(said.err) & set("\0\x1b\udcff") and "geheim" not in said.err, told
            if "accepted" in said.err:  # the next step of a run is its database
                for path in tmp_path.iterdir():
                    path.unlink()
            assert list(tmp_path.iterdir()) == [], told
    assert signal.getsignal(signal.SIGTERM) is before


@QUICK
@given(
    st.text(max_size=60),
    st.sampled_from(["postgresql://", "sqlite://", "mysql://", "x://", "postgresql+psycopg://u:p@", ""]),
)
def test_any_text_as_a_database(tmp_path_factory, text: str, head: str) -> None:
    folder = tmp_path_factory.mktemp("odd")
    given_ = head + text if head else str(folder / "no" / text.replace("/", ""))
    try:
        open_store(given_, readonly=True).close()
    except ResultsError as error:
        assert "\n" not in str(error)
    assert list(folder.iterdir()) == []


ARGUMENTS = [
    "run", "compare", "figures --out x", "export --out x.csv", "inspect", "calibrate", "show region", "show policy",
    "show county", "list measures", "list regions", "show year", "experiments",
]  # fmt: skip


@pytest.mark.parametrize("verb", ARGUMENTS)
def test_every_argument_may_be_absurd(tmp_path, monkeypatch, capsys, verb) -> None:
    make(tmp_path / "r.db", seeds=(1,)).close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUNHENG_DB", "r.db")
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    for word in ODD_WORDS:
        if word in ("--", "-") or (word == "" and verb in ("show year", "list measures")):
            continue
        if (verb, word) == ("list measures", "inf"):  # the beginning of a measure's name
            continue
        with pytest.raises(SystemExit) as left:
            cli.main([*verb.split(), word])
        said = capsys.readouterr()
        told = (verb, word[:60], said.err[:300])
        assert left.value.code == 2 and said.out == "", told
        assert "Traceback" not in said.err and "fault of junheng" not in said.err, told
        assert said.err.count("Error:") == 1 and len(said.err) < 4_000, told
        assert not set(said.err) & set("\0\x1b\udcff") and "geheim" not in said.err, told
        assert [p.name for p in tmp_path.iterdir()] == ["r.db"], told
