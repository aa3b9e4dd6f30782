"""`junheng show region`, on a stand-in for the built world: pupils as seats, teachers as posts."""

from __future__ import annotations

import json

import numpy as np
import pytest

from junheng.show_region import as_text, describe
from sim.region import load_region
from sim.synthesis.places import build_places, home_children
from sim.synthesis.schools import build_schools
from sim.synthesis.stocks import start_posts


@pytest.fixture(scope="module")
def pieces():
    region = load_region("xinjiang")
    places = build_places(region)
    children = home_children(region, places, region.start_year)
    schools = build_schools(region, places, children)
    schools.pupils[:] = schools.seats * children.sum(axis=0) / schools.seats.sum(axis=0)
    posts = start_posts(region, schools, schools.pupils).ravel()
    return region, len(places), schools, np.arange(len(posts)), posts


def test_targets_met_within_one_percent(pieces):
    record = describe(*pieces)
    assert len(record["targets"]) == 10
    assert all(row["met"] and abs(row["difference_percent"]) < 1 for row in record["targets"])
    by_place = sum(row["pupils"] for row in record["by_place_type"])
    assert by_place == pytest.approx(sum(t["got"] for t in record["targets"] if t["name"] == "pupils"))
    assert set(record["kinds"]) == {"data", "derived", "assumed"} and min(record["kinds"].values()) > 5
    json.dumps(record)


def test_a_missed_target_is_shown(pieces):
    region, places, schools, section, weight = pieces
    record = describe(region, places, schools, section, weight * 0.9)
    missed = {(row["name"], row["stage"]) for row in record["targets"] if not row["met"]}
    assert missed == {(name, stage) for name in ("teachers", "pupil_teacher_ratio") for stage in ("primary", "junior")}
    assert "NO" in as_text(record, "en")


@pytest.mark.parametrize(("lang", "words"), [("en", ("synthetic", "assumed")), ("zh", ("合成", "假设"))])
def test_text_names_kinds_sources_and_younger_units(pieces, lang, words):
    text = as_text(describe(*pieces), lang)
    for word in (*words, "新星市", "price.seat", "census 2020", "pupil_teacher_ratio"):
        assert word in text
