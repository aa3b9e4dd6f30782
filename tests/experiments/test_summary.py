"""The end table: figures worked out by hand from stored runs, intervals, targets, reasons, both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from experiments.runner import run_experiment
from experiments.scenario import Arm, Scenario, Target
from experiments.summary import quantile, spread, summarise
from experiments.table import align, width, write_table
from results.store import open_store
from tests.fake_engine import fake_engine
from tests.results.invented import record, spec, verdicts_run

ARMS = (Arm("baseline", "Base", "基线"), Arm("plan", "Plan", "方案", ({"name": "lift", "share": 0.5},)))


@pytest.fixture
def made(tmp_path):
    def make(**changes):
        given = {
            "name": "delta", "source": "delta.toml", "title": "Delta", "title_zh": "三角洲", "region": "guizhou",
            "years": (2024, 2026), "arms": ARMS, "seeds": (1, 2, 3), "show_years": (2025, 2040),
            "targets": (
                Target("gap.urban_rural", "<=", 0.102, 2026, clause="2.(一)", title="Small gap", title_zh="差距小"),
                Target("counties_certified", ">=", 2, 2040, title="Later"),
            ),
        }  # fmt: skip
        scenario = Scenario(**{**given, **changes})
        engine, _ = fake_engine()
        with open_store(tmp_path / "a.db") as store:
            outcome = run_experiment(scenario, store, engine=engine, progress=False)
            return summarise(store, outcome.experiment, scenario)

    return make


def lines(summary, arm):
    found = next(a for a in summary["arms"] if a["name"] == arm)
    return {line["measure"]: line["values"] for line in found["lines"]}


def test_medians_and_intervals_are_those_of_the_runs(made):
    summary = made()
    assert summary["years"] == [2024, 2025, 2026], "a year outside the run is not shown"
    gap = lines(summary, "baseline")["gap.urban_rural"][2026]
    assert gap["median"] == pytest.approx(0.402)
    assert (gap["low"], gap["high"]) == (pytest.approx(0.4012), pytest.approx(0.4028))
    assert lines(summary, "plan")["gap.urban_rural"][2025]["median"] == pytest.approx(0.4 * 0.25 + 0.002)
    assert lines(summary, "plan")["counties_certified"][2026]["median"] == 1
    assert summary["arms"][1]["cost_yuan"][2025]["median"] == pytest.approx(3e6)
    assert summary["counties"] == 2 and summary["interval"] == {"kind": "chance", "share": 0.8, "runs": 3}


def test_differences_are_paired_so_that_luck_cancels_out(made):
    found = next(d for d in made()["differences"] if d["measure"] == "gap.urban_rural")
    assert (found["arm"], found["minus"], found["year"]) == ("plan", "baseline", 2026)
    assert found["median"] == pytest.approx(0.05 - 0.4)
    assert found["high"] - found["low"] == pytest.approx(0, abs=1e-12)
    assert found["share_of_runs_below_zero"] == 1.0


def test_targets_say_in_how_many_runs_they_are_met(made):
    (found,) = made()["targets"]
    assert found["arms"]["baseline"]["share_of_runs_met"] == 0
    assert found["arms"]["plan"]["share_of_runs_met"] == 1
    assert made(targets=(Target("gap.urban_rural", "<=", 0.0515, 2026),))["targets"][0]["arms"]["plan"][
        "share_of_runs_met"
    ] == pytest.approx(1 / 3)


def test_the_reasons_count_counties_and_schools(made):
    found = {b["code"]: b for b in made()["arms"][0]["blockers"]}
    assert found["indicator.primary.backbone_teachers"]["counties"] == 1
    assert found["indicator.primary.backbone_teachers"]["schools_share"] == 1.0
    assert not any(code.startswith("schools.") for code in found)


def test_one_run_has_no_interval_and_the_table_says_so(made):
    summary = made(seeds=(1,))
    assert lines(summary, "plan")["pupils"][2024] == {"median": 1000.0, "low": None, "high": None}
    text = write_table(summary)
    assert "One run an arm" in text and "[" not in text


@pytest.mark.parametrize(
    ("seeds", "draws", "en", "zh"),
    [
        ((1, 2), (), "chance only (seeds)", "只含随机波动"),
        ((1, 2), (1, 2), "chance (seeds) and uncertain parameters (draws)", "含随机波动（种子）和参数不确定性"),
        ((1,), (1, 2), "uncertain parameters only (draws)", "只含参数不确定性"),
    ],
)
def test_the_table_says_which_uncertainty_the_interval_contains(made, seeds, draws, en, zh):
    summary = made(seeds=seeds, draws=draws)
    assert en in write_table(summary) and zh in write_table(summary, "zh")


def test_the_table_is_complete_in_both_languages(made):
    summary = made()
    english, chinese = write_table(summary), write_table(summary, "zh")
    for text in (
        "Delta",
        "Plan",
        "Pupils, thousand",
        "0.402 [0.401, 0.403]",
        "Plan minus Base, 2026",
        "Small gap, 2026",
    ):
        assert text in english, text
    assert "not met" in english and "sample" not in english and "neither a forecast" in english
    for text in (
        "三角洲",
        "方案",
        "在校生（千人）",
        "2026年：方案减基线",
        "差距小，2026年",
        "未通过已建模项目的主要原因",
        "合成数据",
    ):
        assert text in chinese, text
    assert len(english.splitlines()) == len(chinese.splitlines())


def test_the_summary_is_json(made):
    assert json.loads(json.dumps(made(), allow_nan=False))["experiment"] == 1


def test_spread_and_quantile():
    assert spread([]) == {"median": None, "low": None, "high": None}
    assert spread([3.0])["low"] is None
    assert [quantile([0.0, 1.0, 2.0, 3.0], q) for q in (0, 0.1, 0.5, 1)] == pytest.approx([0, 0.3, 1.5, 3])


def test_a_sample_says_what_it_withholds_and_why(made):
    summary = made(sample=0.5)
    assert summary["withheld"] == [
        "class_size", "between_share", "schools_passing_share", "county_passed", "counties_certified", "cost",
    ]  # fmt: skip
    english, chinese = write_table(summary), write_table(summary, "zh")
    assert "sample of 0.5 of the children is another model" in english and "class_size" in english
    assert "抽样0.5的学生并非同一模型" in chinese and "--only" in chinese
    for gone in ("What keeps most counties", "Cost of the policies", "every county passes"):
        assert gone not in english
    assert all(value["median"] is None for arm in summary["arms"] for value in arm["cost_yuan"].values())
    assert len(english.splitlines()) == len(chinese.splitlines())


def test_some_counties_are_named_with_their_number(made):
    summary = made(only=(520500, 520122))
    assert summary["only"] == {
        "areas": [
            {"code": 520500, "name": "毕节市", "name_en": "Bijie"},
            {"code": 520122, "name": "息烽县", "name_en": "Xifeng"},
        ],
        "counties": 9,
        "of": 88,
    }
    assert "Bijie, Xifeng only: 9 of 88 counties" in write_table(summary)
    assert "仅毕节市、息烽县：88个县中的9个" in write_table(summary, "zh")
    assert made()["only"] is None


def test_columns_line_up_with_chinese_text():
    rows = align([["", "2024"], ["在校生", "1"], ["pupils", "1,000"]])
    assert {width(row) for row in rows} == {6 + 2 + 5}
    assert align([["a title that is longer than any label"], ["b", "1"]]) == [
        "a title that is longer than any label",
        "b  1",
    ]


def test_a_count_that_follows_from_the_arm_is_said_so(tmp_path):
    arms = (Arm("baseline", "No new policy", "无新增政策"), Arm("plan", "The plan", "方案核心政策"))
    scenario = Scenario(
        name="guizhou", source="g.toml", title="G", title_zh="贵", region="guizhou", years=(2024, 2026), arms=arms,
    )  # fmt: skip
    with open_store(tmp_path / "c.db") as store:
        acts_on = {"baseline": [], "plan": ["government.11"]}
        which = store.begin_experiment(spec([1], acts_on=acts_on, years=[2024, 2026]))
        for arm in ("baseline", "plan"):
            data = verdicts_run(arm)
            so_far = [[sum(0 < c[4] <= y for c in data.county_inspection if c[0] == y) for y in (2024, 2025, 2026)]]
            key = ("region", "all", "compulsory", "all", "counties_certified", "counties")
            data = replace(data, series=[key], years=[2024, 2025, 2026], values=np.array(so_far, float))
            store.write_run(which, record(arm, 1), data)
        summary = summarise(store, which, scenario)
    base, plan = lines(summary, "baseline"), lines(summary, "plan")
    assert [base[name][2026]["median"] for name in ("counties_certified", "counties_certified_without")] == [0, 2]
    assert [plan[name][2026]["median"] for name in ("counties_certified", "counties_certified_without")] == [2, 3]
    told = summary["construction"]
    assert (told["left_out"], told["arms"]) == (["government.11"], {"baseline": ["government.11"], "plan": []})
    blocked = {b["code"]: b["by_construction"] for b in summary["arms"][0]["blockers"]}
    assert blocked == {"government.11": True, "quality.1": False}
    text, zh = write_table(summary), write_table(summary, "zh")
    assert "Counties that passed what is modelled so far (of 3)" in text
    assert "    the same without item 11" in text and "其中不计第11项" in zh
    assert "follows from how the arm is made, not from its schools" in text and "由方案设定决定，并非学校状况所致" in zh
    assert re.search(r"item 11: teacher rotation +3 of 3 counties, whatever their schools do", text)
