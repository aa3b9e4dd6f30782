"""The report of one county: worked out by hand from stored runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from results.county import county_report, spread
from results.errors import ResultsError
from results.store import Store
from tests.results.invented import make_county


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_county(tmp_path / "c.db") as opened:
        yield opened


def report(store: Store, written: str = "520102", **asked: Any) -> dict[str, Any]:
    found = county_report(store, "latest", store.area_table("guizhou").find(written), **asked)
    json.dumps(found, allow_nan=False)  # complete and plain: no NaN, nothing of numpy
    return found


def test_certified_when_and_by_which_items(store: Store) -> None:
    plan = report(store)
    assert plan["arm"]["name"] == "plan"  # the first arm with policies
    assert plan["county"] == {"code": 520102, "name": "南明区", "name_en": "Nanming"}
    assert plan["certified"] == {
        "runs": 3, "of": 3, "year": {"median": 2025, "low": 2025, "high": 2025}, "by_run": [2025] * 3,
    }  # fmt: skip
    assert [item["key"] for item in plan["items"]["modelled"]] == ["government.5", "government.11"]
    assert [item["key"] for item in plan["items"]["not_modelled"]] == ["government.8"]
    base = report(store, arm="baseline")
    assert (base["certified"]["runs"], base["certified"]["year"]) == (0, None)
    told = base["construction"]
    assert (told["items"], told["passes_without"]["year"]["median"]) == (["government.11"], 2025)
    assert told["words"][0].startswith('In the arm "No new policy" every county fails item 11')
    assert plan["construction"]["words"] == []


def test_what_is_missing_in_natural_units_dearest_first(store: Store) -> None:
    found = report(store)
    assert found["detail_year"] == 2024  # the last year before it is certified
    teachers, primary, junior = sorted(found["detail"]["lacks"], key=lambda r: (r["indicator"], r["stage"] == "junior"))
    assert [r["indicator"] for r in found["detail"]["lacks"]] == ["backbone_teachers", "sports_area", "sports_area"]
    assert teachers["yuan"] == {"median": 100_000, "low": 50_000, "high": 150_000}
    assert (teachers["to_add"], teachers["unit"]) == ({"median": 1.0, "low": 0.5, "high": 1.5}, "teachers")
    assert (primary["to_add"]["median"], primary["yuan"]["median"], primary["unit"]) == (100, 50_000, "m2")
    assert (junior["lacks"]["median"], junior["to_add"]["median"], junior["yuan"]["median"]) == (20, 40, 20_000)
    assert [(r["schools"]["median"], r["blocking"]["median"]) for r in (teachers, primary, junior)] == [
        (1, 1),
        (1, 1),
        (1, 0),
    ]
    first = found["detail"]["schools"][0]
    assert [first[name] for name in ("name", "place_type", "stage", "indicator", "runs", "blocking")] == [
        "南明区小学004·合成", "village", "primary", "backbone_teachers", 3, 3,
    ]  # fmt: skip


def test_years_in_short(store: Store) -> None:
    first, _, last = report(store)["years"]
    assert (first["year"], first["passes"], first["passed_so_far"], first["runs"]) == (2024, 0, 0, 3)
    assert first["schools"] == {
        "primary": {"passing": spread([1, 1, 1]), "of": spread([2, 2, 2])},
        "junior": {"passing": spread([1, 1, 1]), "of": spread([1, 1, 1])},
    }
    assert [need["yuan"]["median"] for need in first["needs"]] == [100_000, 70_000]
    assert first["teachers_yuan_a_year"] == {"median": 100_000, "low": 50_000, "high": 150_000}
    assert first["fails"] == {"government.11": 1.0, "schools.primary": 1.0}
    assert (last["passes"], last["passed_so_far"], last["fails"]) == (0, 3, {"government.11": 1.0})


def test_coefficients_items_and_classes(store: Store) -> None:
    found = report(store, arm="baseline", year=2024)["detail"]
    above = [(cv["stage"], cv["indicator"], cv["runs_above"]) for cv in found["variation"] if cv["runs_above"]]
    assert above == [("primary", "sports_area", 3)]
    assert [cv["value"] for cv in found["variation"] if cv["stage"] == "junior"] == [spread([0.1] * 3), None]
    size, rotation = found["items"]
    assert (size["runs_failed"], rotation["runs_failed"], rotation["measures"][0]["value"]["median"]) == (3, 3, 0.0)
    (crowded,) = found["classes"]
    assert (crowded["name"], crowded["stage"], crowded["pupils"]["median"], crowded["limit"]) == (
        "南明区小学004·合成", "primary", 50.0, 45,
    )  # fmt: skip
    assert found["large"] == []


def test_the_shortfall_table_has_a_row_a_school_and_indicator(store: Store) -> None:
    table = store.table("shortfall")
    assert len(table) == 2 * 3 * 3  # arms, seeds, records of 2024
    assert set(table["year"]) == {2024}
    plan = table[(table["arm"] == "plan") & (table["seed"] == 2)]
    assert plan["yuan"].tolist() == [100_000, 50_000, 20_000]
    assert plan["county"].tolist() == ["520102"] * 3


def test_what_is_not_there_is_one_message(store: Store) -> None:
    with pytest.raises(ResultsError, match=r"--arm: 'plam' is no arm of experiment 1\. Did you mean 'plan'"):
        report(store, arm="plam")
    with pytest.raises(ResultsError, match="--year 2040: these runs hold 2024 to 2026"):
        report(store, year=2040)


def test_a_database_without_details_gives_the_verdicts(store: Store) -> None:
    found = report(store, "520103")  # this county has verdicts only
    assert found["detail"] is None and found["items"] is None
    assert [(y["passes"], y["schools"]) for y in found["years"]] == [(0, None)] * 3
