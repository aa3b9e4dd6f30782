"""`junheng calibrate`: the card as text and JSON, exit codes, bad input."""

from __future__ import annotations

import json

import pytest

from junheng import cli


def run(capsys, *args):
    """Run the command in this process; return exit code, stdout, stderr."""
    with pytest.raises(SystemExit) as stop:
        cli.main(["calibrate", *args])
    out = capsys.readouterr()
    return stop.value.code or 0, out.out, out.err


def test_check_judges_the_table_and_leaves_it(capsys):
    from calibration.table import table_path

    before = table_path().read_bytes()
    code, out, err = run(capsys, "xinjiang", "--check", "--sample", "0.02", "--seeds", "1", "--json")
    record = json.loads(out)
    assert table_path().read_bytes() == before and "seed 1" in err
    assert record["region"] == "xinjiang" and record["seeds"] == [1] and record["sample"] == 0.02
    assert {a["name"] for a in record["anchors"]} >= {"gap_junior", "between_share", "retention", "year_correlation"}
    assert code == (0 if record["passed"] else 1)


def test_a_wrong_table_fails_with_exit_code_1(capsys, monkeypatch):
    from sim.start import alignments

    wrong = {"xinjiang": alignments()["xinjiang"] | {"place_gap": 0.0, "intercept": 0.2}}
    monkeypatch.setattr("calibration.run.alignments", lambda: wrong)
    code, out, _ = run(capsys, "xinjiang", "--check", "--sample", "0.01", "--seeds", "1", "--lang", "zh")
    assert code == 1 and "未通过" in out and "不符合" in out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["guizho"], "Did you mean 'guizhou'"),
        (["guizhou", "--sample", "7"], "sample = 7.0"),
        (["guizhou", "--seeds", "3:1"], "--seeds"),
        (["guizhou", "--write", "--sample", "0.1"], "--write and --sample 0.1 given"),
        (["guizhou", "--write", "--check"], "--write and --check given"),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_message_and_exit_code_2(args, says, capsys, monkeypatch):
    monkeypatch.delenv("JUNHENG_DEBUG", raising=False)
    code, out, err = run(capsys, *args)
    assert code == 2 and out == "" and says in err and "Traceback" not in err
