"""Metrics and what scientific Python hands over: missing values in every form, labels, types; the right number or one error."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from results import metrics as m
from results.errors import ResultsError

V = [1.0, 2.0, 3.0]
MISSING = {
    "None": [1.0, None, 3.0],
    "nan": [1.0, float("nan"), 3.0],
    "object": np.array([1.0, None, 3.0], dtype=object),
    "pd.NA": [1.0, pd.NA, 3.0],
    "NaT": [1.0, pd.NaT, 3.0],
    "Decimal": [Decimal(1), Decimal("NaN"), Decimal(3)],
    "masked": np.ma.masked_array(V, [False, True, False]),
    "masked infinity": np.ma.masked_array([1.0, np.inf, 3.0], [False, True, False]),
    "Int64": pd.array([1, None, 3], dtype="Int64"),
    "Float64 Series": pd.Series([1.0, None, 3.0], dtype="Float64"),
    "arrow Series": pd.Series([1.0, None, 3.0], dtype="double[pyarrow]"),
    "arrow": pa.array([1.0, None, 3.0]),
    "category": pd.Series([1.0, None, 3.0], dtype="category"),
    "generator": (x for x in [1.0, None, 3.0]),
}
NOT_NUMBERS = {
    "texts": ["1", "2", "3"],
    "text among numbers": [1.0, "2", 3.0],
    "one text": "123",
    "string dtype": pd.Series(["1", "2", "3"], dtype="string"),
    "truth": [True, False, True],
    "truth among numbers": [1.0, True, 3.0],
    "numpy truth": np.array([True, False, True]),
    "nullable truth": pd.array([True, False, True], dtype="boolean"),
    "complex": [1j, 2, 3],
    "dates": np.array(["2024-01-01", "2024-01-02", "2024-01-03"], dtype="datetime64[D]"),
    "dates of pandas": pd.date_range("2024-01-01", periods=3),
    "date objects": [date(2024, 1, 1)] * 3,
    "durations": np.array([1, 2, 3], dtype="timedelta64[s]"),
    "bytes": np.array([b"1", b"2", b"3"]),
    "dictionary": {0: 1.0, 1: 2.0, 2: 3.0},
    "set": {1.0, 2.0, 3.0},
}
SAME = {
    "list": [1, 2, 3],
    "tuple": (1, 2, 3),
    "range": range(1, 4),
    "generator": lambda: (x for x in (1, 2, 3)),
    "int8": np.array([1, 2, 3], np.int8),
    "uint64": np.array([1, 2, 3], np.uint64),
    "float16": np.array([1, 2, 3], np.float16),
    "long double": np.array([1, 2, 3], np.longdouble),
    "fractions": [Fraction(1), Fraction(2), Fraction(3)],
    "decimals": [Decimal(1), Decimal(2), Decimal(3)],
    "nothing masked": np.ma.masked_array([1, 2, 3]),
    "Series": pd.Series([1, 2, 3], index=list("abc")),
    "Int64": pd.array([1, 2, 3], dtype="Int64"),
    "Index": pd.Index([1, 2, 3]),
    "column of a frame": pd.DataFrame({"x": [1, 2, 3], "y": [9, 9, 9]})["x"],
    "arrow": pa.array([1, 2, 3]),
    "categories": pd.Series([1, 2, 3], dtype="category"),
}
CALLS = {
    "gini": lambda v: m.gini(v),
    "weights": lambda v: m.gini(V, v),
    "theil_t": lambda v: m.theil_t(v),
    "theil_l": lambda v: m.theil_l(v),
    "decomposition": lambda v: m.theil_decomposition(v, ["a", "a", "b"]),
    "atkinson": lambda v: m.atkinson(v, 0.5),
    "cv": lambda v: m.coefficient_of_variation(v),
    "mcloone": lambda v: m.mcloone(v),
    "percentiles": lambda v: m.percentile_ratio(v),
    "concentration": lambda v: m.concentration_index(v, V),
    "rank": lambda v: m.concentration_index(V, v),
    "dissimilarity": lambda v: m.dissimilarity(v, V),
    "dissimilarity of the second": lambda v: m.dissimilarity(V, v),
    "counts": lambda v: m.cross_table(["a", "b", "c"], ["x", "y", "x"], v).tolist(),
    "between": lambda v: m.between_share(v, ["a", "a", "b"]),
    "components": lambda v: m.variance_components(v, ["a", "a", "b"]),
    "gap": lambda v: m.standardised_gap(v, V[::-1]),
    "gap of the second": lambda v: m.standardised_gap([5.0, 7.0], v),
}


def again(given):
    """Return the input; a generator is made anew for each call."""
    return given() if callable(given) else (x for x in [1.0, None, 3.0]) if hasattr(given, "__next__") else given


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", MISSING)
def test_a_missing_value_is_refused_in_every_form(call, form):
    with pytest.raises(ResultsError, match=r"(missing|not a finite number) at position 1"):
        CALLS[call](again(MISSING[form]))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", NOT_NUMBERS)
def test_what_is_no_number_is_refused(call, form):
    with pytest.raises(ResultsError, match="not numeric"):
        CALLS[call](NOT_NUMBERS[form])


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("form", SAME)
def test_every_way_to_write_numbers_gives_the_same(call, form):
    assert CALLS[call](again(SAME[form])) == CALLS[call](V)


def test_arrays_of_other_libraries_are_read_through_numpy():
    class Column:
        def __array__(self, dtype=None, copy=None):
            return np.array(V, dtype)

    assert m.gini(Column()) == m.gini(V)


LABELS = {
    "None": ["a", None, "b"],
    "nan in a list": ["a", float("nan"), "b"],
    "nan": pd.Series(["a", np.nan, "b"], dtype=object),
    "str": pd.Series(["a", np.nan, "b"]),
    "string": pd.Series(["a", pd.NA, "b"], dtype="string"),
    "category": pd.Series(["a", None, "b"], dtype="category"),
    "Int64": pd.array([1, None, 2], dtype="Int64"),
    "floats": [1.0, np.nan, 2.0],
    "NaT": pd.to_datetime(["2024-09-01", None, "2025-09-01"]),
    "NaT of numpy": np.array(["2024-09-01", "NaT", "2025-09-01"], dtype="datetime64[D]"),
    "NaT objects": [pd.Timestamp(0), pd.NaT, pd.Timestamp(1)],
    "time zones": pd.to_datetime(["2024-09-01", None, "2025-09-01"]).tz_localize("Asia/Shanghai"),
    "durations": np.array([1, "NaT", 2], dtype="timedelta64[s]"),
    "masked": np.ma.masked_array([1, 2, 3], [False, True, False]),
    "masked texts": np.ma.masked_array(["a", "b", "c"], [False, True, False]),
    "arrow": pa.array(["a", None, "b"]),
}
GROUPED = {
    "theil": lambda g: m.theil_decomposition(V, g),
    "units": lambda g: m.cross_table(g, ["x", "y", "x"], [1, 2, 3]),
    "groups": lambda g: m.cross_table(["x", "y", "x"], g, [1, 2, 3]),
    "between": lambda g: m.between_share(V, g),
    "components": lambda g: m.variance_components(V, g),
}


@pytest.mark.parametrize("call", GROUPED)
@pytest.mark.parametrize("form", LABELS)
def test_a_missing_label_is_refused_in_every_form(call, form):
    with pytest.raises(ResultsError, match="missing at position 1"):
        GROUPED[call](LABELS[form])


@pytest.mark.parametrize("call", GROUPED)
@pytest.mark.parametrize(
    "mixed",
    [np.array([1, "a", 1], dtype=object), [1, "1", 1], [True, 1, 0], [{"a"}, {"b"}, {"c"}], [date(2024, 1, 1), 1, 2]],
    ids=str,
)
def test_labels_of_several_kinds_are_refused(call, mixed):
    with pytest.raises(ResultsError, match="several kinds"):
        GROUPED[call](mixed)


def test_labels_of_every_kind_make_the_same_groups():
    wanted = m.theil_decomposition(V, ["a", "a", "b"])
    stamps = pd.to_datetime(["2024-09-01", "2024-09-01", "2025-09-01"])
    for labels in (
        [1, 1, 2], [1.5, 1.5, 2], ("a", "a", "b"), [False, False, True], stamps, stamps.tz_localize("UTC"),
        pd.Series(["a", "a", "b"], dtype="category"), pd.Series(["a", "a", "b"], dtype="string"), [Fraction(1), 1, 2.5],
        pd.Series([("x", 1), ("x", 1), ("y", 2)]), pa.array(["a", "a", "b"]), pd.array([1, 1, 2], dtype="Int64"),
    ):  # fmt: skip
        assert m.theil_decomposition(V, labels) == wanted, labels


def test_series_belong_together_by_their_labels():
    values = pd.Series([1.0, 2.0, 6.0], index=["x", "y", "z"])
    weights = pd.Series([5.0, 1.0, 2.0], index=["x", "y", "z"])
    groups, ses = pd.Series(list("aab"), index=values.index), pd.Series([0.5, -1.0, 2.0], index=values.index)
    turned = ["z", "x", "y"]
    for plain, reordered in [
        (m.gini(values, weights), m.gini(values, weights[turned])),
        (m.concentration_index(values, ses, weights), m.concentration_index(values, ses[turned], weights[turned])),
        (m.theil_decomposition(values, groups, weights), m.theil_decomposition(values, groups[turned], weights)),
        (m.between_share(values, groups), m.between_share(values, groups[turned])),
        (m.variance_components(values, groups), m.variance_components(values, groups[turned])),
        (m.dissimilarity(values, weights), m.dissimilarity(values, weights[turned])),
        (m.cross_table(ses, groups, values).tolist(), m.cross_table(ses[turned], groups[turned], values).tolist()),
        (m.gini(values, weights), m.gini(values, weights.to_numpy())),
    ]:
        assert plain == reordered
    assert m.gini(values, weights) != m.gini(values, weights[turned].to_numpy())
    for other in (weights.set_axis(["x", "y", "w"]), weights.reset_index(drop=True), weights.set_axis(["x", "x", "y"])):
        with pytest.raises(ResultsError, match="labels"):
            m.gini(values, other)


def test_numbers_as_parameters_are_taken_or_refused():
    wanted = m.atkinson(V, 0.5)
    for epsilon in (np.float32(0.5), np.array(0.5), Fraction(1, 2), Decimal("0.5")):
        assert m.atkinson(V, epsilon) == wanted
    for epsilon in (None, "0.5", True, 1j, float("nan"), float("inf"), pd.NA, [0.5], 0, -1, 10**400):
        with pytest.raises(ResultsError, match="epsilon"):
            m.atkinson(V, epsilon)
    assert m.percentile_ratio(range(1, 101), np.int64(90), np.float32(10)) == 9.0
    for percent in ("90", None, float("nan"), 101, pd.NaT):
        with pytest.raises(ResultsError, match="upper"):
            m.percentile_ratio(V, upper=percent)
    for bad in (None, "3", np.nan, pd.NA):
        with pytest.raises(ResultsError, match="summary"):
            m.gap_from_summary(1, 2, bad, 1, 2, 30)


def test_the_parts_of_variance_tell_where_something_is_missing():
    share = m.anova_share(np.ma.masked_array([8.0, 8.0], [False, True]), [4.0, None], [1.0, 1.0], [2, 2], [2.0, 2.0])
    assert share[0] == pytest.approx(0.6) and np.isnan(share[1])
    with pytest.raises(ResultsError, match="shapes"):
        m.anova_share([1.0, 2.0], [1.0, 2.0, 3.0], 1, 2, 2)
    with pytest.raises(ResultsError, match="within: not numeric"):
        m.anova_share(1, "2", 1, 2, 2)


def test_tables_of_counts_as_frames_and_masked():
    counts = [[1, 2], [3, 4]]
    wanted = m.mutual_information(counts)
    for same in (np.array(counts, np.int8), pd.DataFrame(counts), pd.DataFrame(counts, dtype="Int64"), tuple(counts)):
        assert m.mutual_information(same) == wanted
    masked = np.ma.masked_array(counts, [[False, True], [False, False]])
    for bad in (masked, list(masked), pd.DataFrame([[1, None], [3, 4]], dtype="Int64"), [[1, None], [3, 4]]):
        with pytest.raises(ResultsError, match=r"missing|not a finite"):
            m.mutual_information(bad)
    with pytest.raises(ResultsError, match="not numeric"):
        m.mutual_information([[1, 2], [3]])
