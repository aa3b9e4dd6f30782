"""Results of both regions stay what they were, until somebody changes them on purpose and reviews the difference."""

from __future__ import annotations

import pytest

from tests.golden.golden import SCENARIOS, compute, differences, read


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_results_are_what_was_reviewed(scenario: str) -> None:
    changed = differences(compute(scenario), read(scenario))
    listed = "\n".join(changed[:30])
    assert not changed, (
        f"{len(changed)} results of {scenario} changed. If that is meant, run `python -m tests.golden.update`, review the "
        f"diff and say so in CHANGELOG.md.\n{listed}"
    )


def test_a_changed_result_is_noticed() -> None:
    kept = read("guizhou")
    key = next(k for k in sorted(kept) if k[1] == "pupils" and kept[k][0])
    first, *rest = kept[key]
    assert first is not None
    assert differences({**kept, key: [first * (1 + 1e-8), *rest]}, kept) == [
        f"{' '.join(key)} 2024: {first} -> {first * (1 + 1e-8)}"
    ]
    assert differences({**kept, key: [first * (1 + 1e-10), *rest]}, kept) == []
    assert len(differences({k: v for k, v in kept.items() if k != key}, kept)) == 1


def test_the_tables_hold_both_arms_and_the_main_measures() -> None:
    for scenario in SCENARIOS:
        rows = read(scenario)
        assert {key[0] for key in rows} == {"baseline", "plan"}
        names = {key[1] for key in rows}
        assert {"pupils", "gap.urban_rural", "between_share", "counties_certified", "dropout_rate", "cost"} <= names
