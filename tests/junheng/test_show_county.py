"""junheng show county: what a planner reads, in both languages; what it says when the county is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from junheng import cli
from junheng.county_words import WORDS
from results.store import open_store
from tests.results.invented import make_county, record, run_data, spec


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("county") / "a b.db"
    make_county(path).close()
    yield str(path)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*args: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(["show", "county", *args])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_the_report_for_a_planner(call: Any, db: str) -> None:
    code, out, err = call("南明区", "--db", db)
    assert (code, err) == (0, "")
    assert out.startswith("南明区 Nanming (520102")
    for said in (
        "arm plan: The plan; 3 runs: median [lowest-highest]. Other arms: baseline",
        "Passes what is modelled (2 of the 24 items, all schools, all coefficients of variation) for the first time: 2025, in",
        "Without item 11: 2025, in 3 of 3 runs",
        "2024: what schools lack to the thresholds, dearest first",
        "item 11, teacher rotation: rotated 0.0 %, at least 10.0 % asked; in 3 of 3 runs",
        "primary schools too unequal in sports area: coefficient of variation 0.550, at most 0.50 allowed",
        "Not modelled, so not judged: 1 of the 24 items: 8 teachers' pay",
        "the arm has the policy rotation, which is not enough here; its parameters: junheng show policy rotation",
        "most money for schools that fail: backbone teachers, primary; junheng show policy pairing_assistance",
        "most unequal: sports area, primary; what some schools have above the norm has to move to others of the county",
        f"junheng compare 1 --area 南明区 --years all --db '{db}'",
    ):
        assert said in re.sub(r"\n *", " ", out), said
    assert re.search(r"backbone teachers +primary +1 +1 +1 \[1-2\] teachers +100 \[50-150\] +3/3", out)
    assert re.search(r"sports area +junior +1 +0 +40 m2 +20 +3/3", out)
    assert re.search(r"2024 +0/3 +0/3 +1 of 2 +1 of 1 +0 +0.10 \[0.05-0.15\]", out)
    assert max(map(len, out.splitlines())) <= 150
    assert len(out.splitlines()) <= 90  # a screen or two


def test_the_arm_without_policies_says_what_follows_from_that(call: Any, db: str) -> None:
    out = re.sub(r"\n *", " ", call("520102", "--db", db, "--arm", "baseline")[1])
    assert "for the first time: in no run" in out
    assert (
        'In the arm "No new policy" every county fails item 11 of government guarantee (teacher rotation) in every'
        in out
    )
    assert "item 11, teacher rotation: no policy of this arm acts on it; junheng show policy rotation" in out
    assert (
        "item 5, class size: schools with a class too large, by stage: 1; the largest, at 南明区小学004·合成, primary"
        in out
    )
    assert "2026: what schools lack" in out  # never certified: the last year


def test_chinese_throughout(call: Any, db: str) -> None:
    for arm in ("plan", "baseline"):
        code, out, _ = call("nanming", "--db", db, "--lang", "zh", "--arm", arm, "--year", "2024")
        assert code == 0
        # whatever stands without a Chinese character is a table's rule or a line of numbers
        plain = [line for line in out.splitlines() if line.strip() and not re.search("[一-鿿]", line)]
        english = [line for line in plain if re.search("[a-z]{3} [a-z]{2}", line) and "--db" not in line]
        assert english == []
    assert "1 [1-2]人" in out and "10.00 [5.00-15.00]" in out


def test_json_is_complete(call: Any, db: str) -> None:
    code, out, _ = call("南明", "latest", "--db", db, "--json", "--year", "2024")
    found = json.loads(out)
    assert code == 0
    assert (found["detail_year"], len(found["detail"]["schools"]), len(found["years"])) == (2024, 3, 3)
    assert [sum(n["yuan"]["median"] for n in y["needs"] if not n["yearly"]) for y in found["years"]] == [70_000, 0, 0]
    assert any("junheng compare" in step for step in found["next"])


def test_all_lists_every_school(call: Any, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("junheng.county_text.FIRST", 1)
    short, whole = call("南明", "--db", db)[1], call("南明", "--db", db, "--all")[1]
    assert "The dearest 1 of 3" in short and "All 3 schools and indicators" in whole
    assert (short.count("九年制学校001"), whole.count("九年制学校001")) == (0, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("织金县", "does not hold 520524 织金县 (Zhijin Xian, 毕节市)"),
        ("天山区", "lies in xinjiang; experiment 1 is of guizhou. Next: junheng run xinjiang"),
        ("南明县城", "is no area of guizhou"),
        ("南明区,云岩区", "names several counties"),
        (" ", "COUNTY"),
    ],
)
def test_a_county_that_is_not_there_is_one_line(call: Any, db: str, name: str, said: str) -> None:
    code, out, err = call(name, "--db", db)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_without_results_the_next_command_is_named(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = call("织金县")
    assert (code, "junheng run guizhou --only 织金县" in err, list(tmp_path.iterdir())) == (2, True, [])
    open_store(tmp_path / "empty.db").close()
    code, _, err = call("Tianshan", "--db", "empty.db")
    assert (code, "no experiment yet" in err, "junheng run xinjiang --only 天山区 --db empty.db" in err) == (
        2,
        True,
        True,
    )


def test_a_sample_of_the_children_says_what_is_needed(call: Any, tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        which = store.begin_experiment(spec([1], sample=0.1))
        store.write_run(which, record("plan", 1, sample=0.1), replace(run_data("plan", 1), county_inspection=()))
    code, _, err = call("南明区", "--db", str(tmp_path / "s.db"))
    assert code == 2
    assert "ran a sample of 0.1 of the children" in err and "Next: junheng run guizhou --only 南明区" in err


def test_another_experiment_that_holds_it_is_named(call: Any, tmp_path: Path) -> None:
    with make_county(tmp_path / "two.db") as store:
        store.begin_experiment(spec([9]))
    code, _, err = call("南明区", "--db", str(tmp_path / "two.db"))
    assert (code, "Next: junheng show county 南明区 1" in err) == (2, True)


def test_compare_says_what_follows_from_how_arms_are_made(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["compare", "--db", db])
    out = " ".join(capsys.readouterr().out.split())
    assert (
        'In the arm "No new policy" every county fails item 11 of government guarantee (teacher rotation) in every'
        in out
    )
    assert "Without item 11, counties that passed so far in 2026: No new policy 2; The plan 3." in out
    assert "Passes what is modelled: 2 of the 24 items (5 class size and 11 teacher rotation)" in out
    with pytest.raises(SystemExit):
        cli.main(["compare", "--db", db, "--json"])
    told = json.loads(capsys.readouterr().out)["construction"]
    assert (told["arms"], told["left_out"]) == ({"baseline": ["government.11"], "plan": []}, ["government.11"])


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, text in WORDS["en"].items():
        other = WORDS["zh"][key]
        assert type(text) is type(other)
        if isinstance(text, tuple):
            assert len(text) == len(other)
        else:
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", other)), key
