"""Numbers, lists and tables of scientific Python become plain Python values, or nothing where the meaning is not clear."""

from collections import ChainMap, OrderedDict
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from sim.arrays import by_row, positions
from sim.errors import InputError, NoAttribute, NoKey, NoRow
from sim.numbers import flag, listed, real, shown, table, whole

NOTHING = [
    None, "1", b"1", float("nan"), float("inf"), pd.NA, pd.NaT, np.nan, np.datetime64("NaT"), 1j, [1], (1,), {1: 1}, {1},
    np.array([1]), np.array([1, 2]), pd.Series([1]), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), object(), int,
    np.datetime64("2024-01-01"), np.datetime64(1, "ns"), np.timedelta64(3, "D"), np.timedelta64(3, "ns"), pd.Timestamp(0),
    np.ma.masked, np.ma.masked_array(3, True), np.float64("nan"), np.complex128(1),
]  # fmt: skip


@pytest.mark.parametrize("given", NOTHING, ids=repr)
def test_what_is_no_number(given):
    assert real(given) is None and whole(given) is None and whole(given, real_too=True) is None and flag(given) is None


@pytest.mark.parametrize("kind", [int, *(np.dtype(c).type for c in "bBhHiIlLqQ"), lambda x: np.array(x, np.int16)])
def test_whole_numbers_of_every_width(kind):
    got = whole(kind(3))
    assert got == 3 and type(got) is int and real(kind(3)) == 3.0 and type(real(kind(3))) is float
    assert flag(kind(1)) is None


@pytest.mark.parametrize("given", [0.25, np.float16(0.25), np.float32(0.25), np.longdouble(0.25), np.array(0.25)])
def test_real_numbers_of_every_width(given):
    assert real(given) == 0.25 and type(real(given)) is float and whole(given, real_too=True) is None
    assert real(Fraction(1, 4)) == real(Decimal("0.25")) == 0.25


def test_a_whole_number_without_a_fraction_is_one_only_where_that_is_asked_for():
    for given in (2025.0, np.float32(2025), Decimal(2025), Fraction(2025)):
        assert whole(given) is None and whole(given, real_too=True) == 2025
    assert real(10**400) is None and real(Fraction(10**400, 3)) is None and whole(10**400) == 10**400
    assert whole(Decimal("1e-400"), real_too=True) is None  # not nothing, although a float holds it as 0


def test_truth_values():
    for given in (True, np.True_, np.array(True)):
        assert flag(given) is True and real(given) is None and whole(given) is None


def test_lists_of_every_kind():
    for given in ([1, 2], (1, 2), range(1, 3), np.array([1, 2], np.int8), pd.Series([1, 2]), pd.Index([1, 2]), {2, 1},
                  (x for x in (1, 2)), dict.fromkeys([1, 2]).keys(), pd.array([1, 2], dtype="Int64")):  # fmt: skip
        got = listed(given)
        assert got == [1, 2] and all(type(item) is int for item in got), given
    for given in ("12", b"12", {1: 2}, 12, None, np.array(1), np.zeros((2, 2)), pd.DataFrame({"a": [1]}), {1, "a"}):
        assert listed(given) is None, given
    assert listed([]) == [] == listed(np.array([])) and listed(np.ma.masked_array([1, 2], [False, True])) == [1, None]


def test_tables_of_every_kind():
    wanted = {"rho": 0.3}
    for given in (wanted, OrderedDict(wanted), ChainMap(wanted), MappingProxyType(wanted), pd.Series(wanted),
                  pd.DataFrame([wanted]).iloc[0]):  # fmt: skip
        assert table(given) == wanted
    twice = pd.Series([0.3, 0.4], index=["rho", "rho"])
    for given in ("rho", ["rho"], [("rho", 0.3)], None, 3, twice, pd.DataFrame([wanted]), np.array([0.3]), dict):
        assert table(given) is None


def test_what_an_error_repeats_is_short_and_in_one_line():
    class Fails:
        def __repr__(self):
            raise RuntimeError

    assert shown(np.float64(0.5)) == "0.5" and shown(np.int8(3)) == "3" and shown(Fails()) == "<Fails>"
    assert len(shown("x" * 10**6)) < 100 and "\n" not in shown(pd.Series(range(99))) and shown(10**9999) == "<int>"


def test_one_value_a_row_goes_by_its_labels():
    values = pd.Series([10, 30, 20]).sort_values()
    assert by_row(values, 3, "x").tolist() == [10, 30, 20] == by_row([10, 30, 20], 3, "x").tolist()
    assert positions(pd.Series([True, False, True]).sort_values(), 3, "x").tolist() == [0, 2]
    assert positions([-1, 0], 3, "x").tolist() == [2, 0] and positions({2, 1}, 3, "x").tolist() == [1, 2]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pd.Series([1, 2, 3], index=[1, 2, 3]), "labels are not the 3 rows"),
        (pd.Series([1, 2, 3], index=list("abc")), "labels are not the 3 rows"),
        ([1, 2], "shape"),
        ([[1], [2], [3]], "shape"),
        ({1, 2, 3}, "no order"),
        ([1, None, 3], "missing"),
        ([1.0, float("nan"), 3.0], "missing"),
        (pd.to_datetime(["2024-01-01", None, "2024-01-03"]), "missing"),
        (pd.array([1, None, 3], dtype="Int64"), "missing"),
        (pd.Series(["a", None, "b"]), "missing"),
        (np.ma.masked_array([1, 2, 3], [0, 1, 0]), "missing"),
        ([1, "1", 2], "mixed"),
        (np.array([1, "a", 2], dtype=object), "mixed"),
        ([[1], [2, 3], 4], "not an array"),
    ],
    ids=str,
)
def test_one_value_a_row_or_one_message(given, says):
    with pytest.raises(InputError, match=says):
        by_row(given, 3, "groupby")


def test_errors_are_input_errors_and_what_python_expects():
    for error, kind in ((NoAttribute, AttributeError), (NoRow, IndexError), (NoKey, KeyError)):
        one = error("no such thing")
        assert isinstance(one, InputError) and isinstance(one, kind) and str(one) == "no such thing"
