"""What users write: names, ranges, types; the message names the key, what came and what is allowed."""

from __future__ import annotations

import re

import pytest

from policies import evidence
from policies.base import param
from policies.describe import describe
from policies.parameters import Spec
from policies.registry import BUILT_IN, make_policy, policy_class, policy_names
from sim.errors import InputError

WRONG = {
    "percent": ({"share": 25}, "rotation: share = 25 is outside 0 to 0.5 (share of the teachers due, a year)"),
    "hint": ({"share": 10}, "For 10 %, write 0.1."),
    "below": ({"share": -0.1}, "share = -0.1 is outside 0 to 0.5"),
    "text": ({"share": "much"}, "share = 'much' is not a number"),
    "nan": ({"share": float("nan")}, "is not a number"),
    "true": ({"share": True}, "share = True is not a number"),
    "part": ({"stay_years": 2.5}, "stay_years = 2.5 is not a whole number"),
    "choice": ({"who": "bets"}, "who = 'bets' is not allowed. Did you mean 'best'?"),
    "unknown": ({"shares": 0.1}, "rotation: unknown parameter 'shares'. Did you mean 'share'?"),
    "years": ({"start": 2030, "end": 2026}, "rotation: end = 2026 is before start = 2030"),
    "list": ({"counties": "贵阳市"}, "counties = '贵阳市' must be a list"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_one_message_that_says_what_is_allowed(case):
    given, message = WRONG[case]
    with pytest.raises(InputError) as error:
        make_policy({"name": "rotation", **given})
    assert message in str(error.value)


def test_errors_begin_with_the_place_that_the_caller_names():
    with pytest.raises(InputError, match=r"^my\.toml: policy 2: rotation: share = 2 "):
        make_policy({"name": "rotation", "share": 2}, where="my.toml: policy 2")


@pytest.mark.parametrize("record", [{}, {"name": 3}, {"name": "rotatoin"}, ["rotation"]])
def test_a_policy_needs_a_known_name(record):
    with pytest.raises(InputError, match="rotation"):
        make_policy(record)


def test_whole_numbers_become_floats_and_lists_tuples():
    got = make_policy({"name": "rotation", "share": 0, "counties": ["贵阳市", 520201], "phase_in": 2.0})
    assert got.share == 0.0 and isinstance(got.share, float)
    assert got.counties == ("贵阳市", 520201) and got.phase_in == 2 and isinstance(got.phase_in, int)


def test_true_and_false_are_not_numbers():
    assert make_policy({"name": "pairing_assistance", "renewed": False}).renewed is False
    with pytest.raises(InputError, match="renewed = 1 must be true or false"):
        make_policy({"name": "pairing_assistance", "renewed": 1})


def test_the_dose_grows_in_equal_steps_from_start_to_end():
    policy = make_policy({"name": "rotation", "start": 2025, "phase_in": 4, "end": 2030})
    assert [policy.ramp(y) for y in range(2024, 2032)] == [0, 0.25, 0.5, 0.75, 1, 1, 1, 0]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_parameter_has_meaning_unit_range_source_and_confidence(name):
    cls = policy_class(name)
    assert cls.name == name and cls.title_en and cls.title_zh and len(cls.mechanism) > 100 and cls.mechanism_zh
    for parameter, (field, spec) in cls.parameters().items():
        assert spec.unit and spec.source and spec.doc and spec.doc_zh, parameter
        number = isinstance(field.default, int | float) and not isinstance(field.default, bool)
        if number:
            assert spec.low is not None and spec.high is not None and spec.low <= field.default <= spec.high, parameter
        if spec.confidence == "published":
            known = evidence.cited(spec.source) or re.search(r"government item|support plan", spec.source)
            assert known, f"{parameter}: a published default cites where it was published: {spec.source}"


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_evidence_id_is_in_the_table_and_both_sides_are_told(name):
    cls = policy_class(name)
    known = evidence.evidence()
    assert cls.evidence_for and cls.evidence_against
    assert not [i for i in (*cls.evidence_for, *cls.evidence_against) if i not in known]
    assert all(known[i]["citation"] for i in cls.evidence_for)
    for _, spec in cls.parameters().values():
        assert [i for i in evidence.ID.findall(spec.source) if i not in known] == []


def test_where_the_evidence_is_null_the_default_is_small_and_the_range_holds_none():
    for name, parameter, most in (
        ("group_schooling", "urban_gain", 0.02),
        ("group_schooling", "rural_gain", 0.0),
        ("group_schooling", "dilution", 0.1),
        ("pairing_assistance", "gain", 0.01),
        ("rural_allowance", "elasticity", 0.5),
    ):
        field, spec = policy_class(name).parameters()[parameter]
        assert abs(field.default) <= most and spec.low <= 0 <= spec.high, (name, parameter)
    assert policy_class("student_aid").parameters()["hazard_ratio"][1].high == 1.0


def test_describe_is_ready_for_json_and_keeps_own_parameters_first():
    import json

    for name in policy_names():
        record = describe(policy_class(name))
        assert json.loads(json.dumps(record)) == record
        assert [p["name"] for p in record["parameters"]][-1] == "counties"


def test_findings_read_as_sentences_with_bounds_or_standard_error():
    table = evidence.evidence()
    assert evidence.finding(table["RO06"]).startswith("effect top20pct va transfer primary: 0.2 (0.1 to 0.25) SD")
    assert "sign +" in evidence.finding(table["AI03"])
    assert evidence.cited("RO01; government item 11") == ["RO01"] and evidence.rows(["XX99"]) == []


def test_uncertain_effects_are_drawn_the_same_way_every_time_and_decisions_are_not():
    policy = make_policy({"name": "group_schooling", "coverage": 0.4})
    one, again, two = policy.drawn(1), policy.drawn(1), policy.drawn(2)
    assert one == again and one.urban_gain != two.urban_gain and one.coverage == two.coverage == 0.4
    assert 0 <= one.urban_gain <= 0.06 and policy.drawn(0) is policy
    assert policy.drawn(1, keep=["urban_gain"]).urban_gain == policy.urban_gain


def test_a_specification_that_no_reader_could_use_is_refused():
    with pytest.raises(ValueError, match="confidence"):
        Spec("yuan", "x", "sure")
    with pytest.raises(ValueError, match="prior"):
        param(1.0, unit="yuan", source="x", confidence="assumed", prior="normal")
    with pytest.raises(ValueError, match="low and high"):
        param(1.0, unit="yuan", source="x", confidence="assumed", prior="uniform")
