"""The catalogue: complete, in two languages, with the names that users were promised."""

import re

import pytest

from results.errors import ResultsError
from results.measures import INDICATORS, LEVELS, STAGES, definition, label, measure, measures, unit

PROMISED = [
    "pupils", "schools", "teachers", "pupil_teacher_ratio", "class_size", "seats_short", "boarding_share", "score_mean",
    "gap.urban_rural", "gap.left_behind", "gap.ses_top_bottom", "between_share", "difference_rate_a",
    "difference_rate_b", "ses_correlation", "dropout_rate", "retention", "teacher_turnover", "rotated_share",
    "rotated_backbone_share", "schools_passing", "county_passed", "counties_certified", "counties_certified_share",
    "cost", *(f"cv.{key}" for key in INDICATORS),
]  # fmt: skip


def test_the_promised_names_are_there():
    assert set(PROMISED) <= set(measures())


@pytest.mark.parametrize("name", list(measures()))
def test_every_row_is_complete(name):
    row = measures()[name]
    assert row.name == name and re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", name)
    for english in (row.unit, row.label, row.definition):
        assert english and english == english.strip()
    assert row.definition.endswith(".") and row.source
    for chinese in (row.label_zh, row.definition_zh):
        assert re.search(r"[\u4e00-\u9fff]", chinese) or chinese == "P90/P10"
    assert row.definition_zh.endswith("。") and row.unit_zh
    assert row.levels and set(row.levels) <= set(LEVELS)
    assert row.stages and set(row.stages) <= set(STAGES)


def test_look_up():
    assert unit("class_size") == "pupils per class" and unit("class_size", "zh") == "人/班"
    assert label("gap.urban_rural", "zh") == "城乡差距"
    assert "0.50 primary" in definition("cv.teaching_area")
    assert measure("between_share").levels == LEVELS
    with pytest.raises(ResultsError, match=r"'clas_size' is not known. Did you mean 'class_size'"):
        unit("clas_size")
    with pytest.raises(ResultsError, match="Allowed: en, zh"):
        label("pupils", "de")


def test_labels_are_told_apart():
    for lang in ("en", "zh"):
        labels = [label(name, lang) for name in measures()]
        assert len(set(labels)) == len(labels)
