"""The card: a wrong value is flagged, a right one is not, the table is written whole or not at all."""

from __future__ import annotations

import csv
import os

import pytest

from calibration.anchors import ANCHORS, CHECKED, FITTED, REPORTED, UNPINNED, fitted
from calibration.card import as_record, as_text, judge, passed
from calibration.table import COLUMNS, factor_rows, table_path, write_region
from results.errors import StorageFailed
from sim.errors import InputError
from sim.start import alignments

RIGHT = {anchor.name: anchor.target for anchor in ANCHORS}
ALIGN = {"place_gap": 0.4, "area_sd": 0.2, "ses_slope": 0.14, "ability_sd": 0.5, "intercept": -0.08, "county_sd": 0.2}


def test_a_sample_gives_no_verdict_on_differences_between_schools():
    lines = {line.anchor.name: line.verdict for line in judge([RIGHT | {"between_share": 0.4}], sample=0.1)}
    assert {name for name, verdict in lines.items() if verdict == "withheld"} == {
        "between_share", "between_primary", "between_junior", "between_trend",
    }  # fmt: skip
    assert lines["score_mean"] == "met" and passed(judge([RIGHT | {"between_share": 0.4}], sample=0.1))


def test_every_anchor_is_complete_and_its_target_lies_in_its_range():
    assert len({a.name for a in ANCHORS}) == len(ANCHORS)
    assert len({a.factor for a in fitted()}) == len(fitted())
    for a in ANCHORS:
        assert a.low <= a.target <= a.high and a.use in (FITTED, CHECKED, REPORTED)
        assert all((a.label, a.label_zh, a.unit, a.source, a.confidence))
    assert all(en and zh for en, zh in UNPINNED)


def test_what_is_right_passes_and_each_wrong_value_is_flagged():
    assert passed(judge([RIGHT]))
    for anchor in ANCHORS:
        for wrong in (anchor.low - 0.01, anchor.high + 0.01, float("nan")):
            lines = judge([RIGHT | {anchor.name: wrong}])
            flagged = [line.anchor.name for line in lines if line.verdict == "missed"]
            assert flagged == ([] if anchor.use == REPORTED else [anchor.name])


def test_the_verdict_is_on_the_mean_of_the_seeds_and_the_extremes_are_shown():
    line = judge([RIGHT | {"gap_junior": 0.30}, RIGHT | {"gap_junior": 0.48}])[0]
    assert (line.reached, line.lowest, line.highest) == (pytest.approx(0.39), 0.30, 0.48) and line.verdict == "met"


@pytest.mark.parametrize(("lang", "word", "verdict"), [("en", "MISSED", "Failed: 1 of"), ("zh", "不符合", "未通过")])
def test_the_card_names_what_was_missed_and_what_nothing_pins_down(lang, word, verdict):
    record = as_record("guizhou", (1, 2), 1.0, ALIGN, judge([RIGHT | {"retention": 0.99}]), lang)
    text = as_text(record, lang)
    assert not record["passed"] and verdict in text and text.count(word) == 1
    assert all(note in text for note in record["unpinned"])
    assert "place_gap = 0.4000" in text


def test_writing_replaces_one_region_and_keeps_the_other(tmp_path):
    path = tmp_path / "alignment.csv"
    path.write_bytes(table_path().read_bytes())
    write_region("guizhou", factor_rows("guizhou", ALIGN, judge([RIGHT])), path)
    with path.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    mine = {row["factor"]: row for row in rows if row["region"] == "guizhou"}
    assert {name: float(row["value"]) for name, row in mine.items()} == ALIGN
    assert (mine["place_gap"]["anchor"], mine["place_gap"]["target"]) == ("gap_junior", "0.39")
    assert mine["county_sd"]["confidence"] == "assumed" and mine["county_sd"]["source"]
    others = {row["factor"]: float(row["value"]) for row in rows if row["region"] == "xinjiang"}
    assert others == alignments()["xinjiang"]
    assert os.listdir(tmp_path) == ["alignment.csv"]


def test_a_table_that_cannot_be_written_is_one_clear_error(tmp_path, monkeypatch):
    path = tmp_path / "alignment.csv"
    path.write_bytes(table_path().read_bytes())

    def full(*args):
        raise OSError(28, "No space left on device")

    def forbidden(*args):
        raise PermissionError(13, "denied")

    with monkeypatch.context() as m:
        m.setattr("os.replace", full)
        with pytest.raises(StorageFailed, match="the disk is full .*No space left"):
            write_region("guizhou", [], path)
        m.setattr("os.replace", forbidden)
        with pytest.raises(InputError, match="cannot be written .*denied.*without --write"):
            write_region("guizhou", [], path)
    assert path.read_bytes() == table_path().read_bytes() and os.listdir(tmp_path) == ["alignment.csv"]


def test_the_built_in_table_says_where_every_factor_comes_from():
    with table_path().open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    assert tuple(rows[0]) == COLUMNS
    targets = {anchor.name: anchor for anchor in fitted()}
    for row in rows:
        assert row["source"] and row["confidence"], row
        if row["anchor"]:
            anchor = targets[row["anchor"]]
            assert row["factor"] == anchor.factor and anchor.low <= float(row["reached"]) <= anchor.high
        else:
            assert row["confidence"] == "assumed"
    assert {(row["region"], row["anchor"]) for row in rows if row["anchor"]} == {
        (region, name) for region in ("guizhou", "xinjiang") for name in targets
    }
