"""Users' policies that exit, draw, remember, write or answer nonsense: one message that names the policy, never anything else."""

from __future__ import annotations

import random
import textwrap
import warnings
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import registry
from policies.answers import asks_nothing, checked, differs, digests
from policies.base import Policy, param
from policies.built_in import BUILT_IN
from policies.guard import Guarded
from policies.registry import load_file, make_policy, policy_class
from policies.users_code import is_ours, no_exit, safe
from sim.effects import MOST, PAYERS, RANGES, WHO, Aid, Cost, Effects, Exchange, Outside, combine
from sim.errors import InputError
from sim.sealed import sealed

FILE = """
import ctypes, random, sys, time
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from policies.base import Policy, param
from sim.effects import *

CALLS = []
{head}

@dataclass(frozen=True, kw_only=True)
class Mine(Policy):
    name: ClassVar[str] = "mine"
{body}
    def effects(self, see, year):
        s, c = len(see.schools), len(see.counties)
        good = Effects(score_shift=np.full((s, 2), 0.01))
{act}
"""


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    monkeypatch.setattr(registry, "_FROM_FILES", {})


@pytest.fixture
def asked(tmp_path, see):
    """Return a function: the parts of a policy file -> the policy's answer, its file loaded, made and asked."""

    def ask(act="return good", body="", head=""):
        file = tmp_path / "mine.py"
        parts = {"head": head, "body": textwrap.indent(body, "    "), "act": textwrap.indent(act, "        ")}
        file.write_text(FILE.format(**parts), encoding="utf-8")
        load_file(file)
        return make_policy({"name": "mine", "start": 2024}).effects(see, 2024)

    return ask


EXITS = ("sys.exit()", "sys.exit(0)", "sys.exit('done')", "raise SystemExit", "raise GeneratorExit", "exit()", "quit(0)",
         "raise BaseException('x')", "raise type('Mine', (BaseException,), {})")  # fmt: skip


@pytest.mark.parametrize("line", EXITS)
@pytest.mark.parametrize("where", ["head", "body", "act", "init", "acts", "eligible", "ramp", "property"])
def test_an_exit_anywhere_is_an_error_that_names_file_or_policy(asked, line, where):
    parts = {
        "head": {"head": line},
        "body": {"body": line},
        "act": {"act": line},
        "init": {"body": f"def __post_init__(self):\n    {line}"},
        "acts": {"body": f"def acts(self, year):\n    {line}"},
        "eligible": {"body": f"def eligible(self, see):\n    {line}"},
        "ramp": {"body": f"def ramp(self, year):\n    {line}", "act": "self.ramp(year)"},
        "property": {"body": f"@property\ndef mine(self):\n    {line}", "act": "return self.mine"},
    }
    with pytest.raises(InputError, match=r"mine.*\(mine\.py, line \d+\)") as error:
        asked(**parts[where])
    assert "\n" not in str(error.value)


def test_ctrl_c_stays_ctrl_c(asked):
    with pytest.raises(KeyboardInterrupt):
        asked("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        asked(head="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt), no_exit("here"):
        raise KeyboardInterrupt
    with pytest.raises(InputError, match="here: the code of a policy ends the program"), no_exit("here"):
        raise SystemExit(0)


def test_a_broken_entry_point_is_an_error(monkeypatch):
    from types import SimpleNamespace

    def load():
        raise SystemExit(0)

    point = SimpleNamespace(name="plugged", value="pack:Thing", dist=None, load=load)
    monkeypatch.setattr(registry, "installed", lambda: {"plugged": point})
    with pytest.raises(InputError, match="policy plugged of the installed package .* it ends the program"):
        policy_class("plugged")


UNKEYED = {
    "a generator without a seed": "return Effects(score_shift=np.random.default_rng().random((s, 2)))",
    "a clock": "return Effects(score_shift=np.full((s, 2), time.perf_counter_ns() % 1000003 / 1e6))",
    "a counter": "CALLS.append(1)\nreturn Effects(score_shift=np.full((s, 2), len(CALLS) / 100))",
    "system randomness": "return Effects(leave_factor=np.full(s, random.SystemRandom().random()))",
    "the address of an object": "CALLS.append(object())\nreturn Effects(leave_factor=np.full(s, id(CALLS[-1]) % 1009 / 1009))",
    "an array that it keeps and changes": "CALLS or CALLS.append(np.zeros((s, 2)))\nCALLS[0] += 0.1\n"
    "return Effects(score_shift=CALLS[0])",
    "a name that counts": "CALLS.append(1)\nreturn Effects(costs=(Cost(f'x{len(CALLS)}', 'county', np.ones(c)),))",
    "now and then nothing": "CALLS.append(1)\nreturn good if len(CALLS) % 2 else Effects()",
}


@pytest.mark.parametrize("case", UNKEYED)
def test_an_answer_that_is_not_the_same_twice_is_refused(asked, case):
    with pytest.raises(
        InputError, match=r"policy mine, 2024: asked twice, it gives two answers: \w.* differs.*see\.streams"
    ):
        asked(UNKEYED[case])


@pytest.mark.parametrize("line", ["np.random.random()", "np.random.shuffle(np.arange(3))", "random.random()"])
def test_global_generators_are_told_of_by_name(asked, line):
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    with pytest.raises(InputError, match="draws from a global random generator.*see.streams"):
        asked(f"{line}\nreturn good")
    np.random.set_state(before[0])  # noqa: NPY002
    random.setstate(before[1])


def test_keyed_luck_and_a_seeded_generator_made_anew_are_fine(asked):
    for luck in ("see.streams.uniform('mine', year, np.arange(s))", "np.random.default_rng(7).random(s)"):
        got = asked(f"return Effects(leave_factor={luck})")
        assert got.leave_factor.std() > 0.2


@pytest.mark.parametrize(
    "write",
    [
        "see.schools.pupils.setflags(write=True)",
        "see.schools.pupils[:] = 0",
        "object.__setattr__(see, 'year', 1)",
        "see.params.rho = 0",
        "see.blocks[0].ability.flags.writeable = True",
    ],
)
def test_a_write_is_refused_by_name_and_the_world_is_whole(asked, guizhou, write):
    before = guizhou.schools.pupils.tobytes(), guizhou.blocks[0].ability.tobytes(), guizhou.year, guizhou.params.rho
    with pytest.raises(InputError, match=r"policy mine, 2024: it writes to the world \(mine\.py, line \d+\)"):
        asked(f"{write}\nreturn good")
    assert before == (
        guizhou.schools.pupils.tobytes(),
        guizhou.blocks[0].ability.tobytes(),
        guizhou.year,
        guizhou.params.rho,
    )


def test_errors_are_shown_safely(asked):
    with pytest.raises(InputError) as error:
        asked("raise RuntimeError('\\x1b[31m\\n' * 10_000)")
    assert len(str(error.value)) < 2500 and str(error.value).isprintable()
    with pytest.raises(InputError, match="no text"):
        asked("raise E()", head="class E(Exception):\n    def __str__(self):\n        sys.exit(0)")
    assert safe("a\x07\u202eb\n") == "a\\x07\\u202eb\\n" and safe("x" * 400).endswith("...")


def test_an_object_that_is_no_policy_is_guarded_too(see):
    class Loose:
        name = "loose"

        def effects(self, see, year):
            see.schools.pupils.setflags(write=True)

    with pytest.raises(InputError, match="policy loose, 2024: it writes to the world"):
        Guarded(Loose()).effects(see, 2024)
    for bad in (object(), type("Bad", (), {"name": 3, "effects": print})()):
        with pytest.raises(InputError):
            Guarded(bad)


# -- policy files ------------------------------------------------------------------------------------------------------


FILES = {
    "no text of a language": b"\xff\xfe\x00",
    "another encoding": "# -*- coding: utf-8 -*-\nx = '\xe9'".encode("latin-1"),
    "a NUL": b"x = 1\0",
    "too deep": b"x = " + b"(" * 5000 + b")" * 5000,
    "too long": b"#" * (1 << 20) + b"\nx = 1\n",
    "a cookie of no encoding": b"# -*- coding: nonsense -*-\n",
    "indented": b"  x = 1\n y = 2\n",
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_policy_is_one_message(tmp_path, case):
    file = tmp_path / "odd.py"
    file.write_bytes(FILES[case])
    with pytest.raises(InputError, match=r"odd\.py") as error:
        load_file(file)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/stdin", "a\0b.py", "x" * 5000 + ".py"])
def test_a_path_that_is_no_file_is_one_message(path):
    with pytest.raises(InputError):
        load_file(path)


FIELDS = {
    'name: ClassVar[str] = "rotation"': "the name 'rotation' is taken",
    "name = property(lambda self: 'mine')": "needs a name",
    "name: ClassVar[str] = 3": "needs a name",
    "name: ClassVar[str] = 'a b'": "needs a name",
    f"name: ClassVar[str] = '{'x' * 61}'": "needs a name",
    "title_en: ClassVar[str] = 3": "Mine.title_en: it is int, not text",
    "title_en: ClassVar[str] = 'a\\x1b[31m'": r"Mine.title_en: it holds the character U\+001B",
    "title_zh: ClassVar[str] = '甲\\u202e乙'": r"U\+202E",
    f"mechanism: ClassVar[str] = 'x' * {4001}": "Mine.mechanism: it has 4001 characters",
    "evidence_for: ClassVar[tuple] = (3,)": "Mine.evidence_for: it is int",
    "dose: float = param(1.0, unit='x\\n', source='s', confidence='assumed')": r"dose: unit: it holds the character U\+000A",
    "cost: float = param(1.0, unit='x', source='s', confidence='assumed')": "parameter 'cost' hides a part of every policy",
    "ramp: float = param(1.0, unit='x', source='s', confidence='assumed')": "parameter 'ramp' hides",
}


@pytest.mark.parametrize("field", FIELDS)
def test_texts_and_names_of_a_policy_are_checked_when_it_is_loaded(asked, field):
    with pytest.raises(InputError, match=FIELDS[field]) as error:
        asked(body=field)
    assert "mine.py" in str(error.value) and str(error.value).isprintable()


# -- answers -----------------------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(), st.integers(), st.sampled_from([1e15, -1e-9, 10**400, np.float32(7), np.int8(3), True, None, "3", 1j])
)
DTYPES = st.sampled_from(["f8", "f4", "f2", "i1", "u8", "?", "c16", "O", "U3", "M8[s]", "longdouble"])


def any_array(draw, shape):
    """Return an array of a drawn kind: mostly of the right shape, of all types, with odd values in it."""
    dtype = np.dtype(draw(DTYPES))
    shape = draw(st.sampled_from([shape, shape, shape, shape[::-1], shape[:1], (), (3,)]))
    array = np.zeros(shape, dtype)
    value = draw(NUMBERS)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            array[...] = np.asarray(value).astype(dtype)
    except (TypeError, ValueError, OverflowError):
        pass
    return draw(st.sampled_from([array, array, array, array.tolist(), np.ma.masked_array(array), None, value]))


@st.composite
def any_effects(draw, s, c):
    """Return effects with one field, or several, of any content."""
    text = st.one_of(st.text(max_size=5), st.none(), st.just("x" * 1000))
    of = {
        "score_shift": lambda: any_array(draw, (s, 2)),
        "leave_factor": lambda: any_array(draw, (s,)),
        "class_cap": lambda: any_array(draw, (s, 2)),
        "posts": lambda: any_array(draw, (c, 2)),
        "capital": lambda: (Cost(draw(text), draw(st.sampled_from([*PAYERS, "mayor", 3])), any_array(draw, (c,))),),
        "costs": lambda: [Cost("x", "county", any_array(draw, (c,)))] * draw(st.sampled_from([0, 1, 101])),
        "exchanges": lambda: (
            Exchange(
                draw(text), any_array(draw, (s, 2)), any_array(draw, (s, 2)), any_array(draw, (s,)), draw(NUMBERS),
                draw(st.sampled_from([*WHO, "all", None])), draw(NUMBERS), draw(NUMBERS), draw(NUMBERS), draw(NUMBERS),
            ),
        ),
        "outside": lambda: (Outside("x", any_array(draw, (s, 2)), draw(NUMBERS), draw(NUMBERS)),) * draw(st.integers(0, 5)),
        "salary_items": lambda: draw(st.sampled_from([((draw(text), any_array(draw, (c, 2))),), ((1, 2, 3),), (3,), 7])),
        "aid": lambda: draw(st.sampled_from([None, 3, "aid"])),
    }  # fmt: skip
    names = draw(st.sets(st.sampled_from(sorted(of)), min_size=1, max_size=2))
    return Effects(**{name: of[name]() for name in sorted(names)})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_policy_answers_is_refused_in_one_line_or_inside_its_range(small, data):
    s, c = len(small.schools), len(small.counties)
    got = data.draw(any_effects(s, c))
    try:
        found = checked("mine", 2024, got, small, own=True)
    except InputError as error:
        assert "policy mine, 2024" in str(error) and str(error).isprintable() and len(str(error)) < 700
        return
    again = checked("mine", 2024, found, small, own=True)  # tidied once, tidy for good
    assert not differs(digests(found), digests(again))
    for name in ("score_shift", "leave_factor", "class_cap", "posts"):
        value = getattr(found, name)
        if value is not None:
            assert value.dtype == np.float64 and type(value) is np.ndarray
            assert (value >= RANGES[name].low).all() and (value <= RANGES[name].high).all()
    for one in found.exchanges:
        assert one.link.max() < s and one.link.dtype == np.int64 and 1 <= one.stay_years <= 60


class Small:
    """As much of a world as the checks look at."""

    schools, counties = range(5), range(3)


@pytest.fixture(scope="module")
def small():
    return Small()


def fullest(s, c, level):
    """Return effects with every field at one end of its range. level: "low" or "high"."""

    def at(name):
        return getattr(RANGES[name], level)

    send = np.zeros((s, 2))
    send[::2] = at("exchange.send")
    into = np.zeros((s, 2))
    into[1::2] = at("exchange.into")
    teams = min(at("outside.teachers"), 99_999 / (2 * s)) if level == "high" else 0.0
    link = np.full(s, -1)
    money = tuple(Cost("mine", payer, np.full(c, at("costs"))) for payer in PAYERS)
    few = {name: int(at(f"exchange.{name}")) for name in ("due_years", "stay_years")}
    return Effects(
        score_shift=np.full((s, 2), at("score_shift")),
        leave_factor=np.full(s, at("leave_factor")),
        class_cap=np.full((s, 2), 1.0),
        posts=np.full((c, 2), at("posts")),
        capital=money,
        costs=money,
        salary_items=(("mine", np.full((c, 2), at("salary_items"))),),
        exchanges=tuple(
            Exchange(f"mine{k}", send, into, link, 1.0, WHO[k % 3], few["due_years"], few["stay_years"], 1e7)
            for k in range(MOST["exchanges"])
        ),
        outside=tuple(Outside(f"mine{k}", np.full((s, 2), teams), 1.0, 1e7) for k in range(MOST["outside"])),
        aid=Aid("mine", 1.0, 1.0, 0.0, 1e6, 1e6) if level == "high" else None,
    )


@pytest.mark.parametrize("level", ["low", "high"])
def test_the_most_that_may_be_asked_for_ends_in_time_and_breaks_no_invariant(guizhou, level):
    @dataclass(frozen=True, kw_only=True)
    class Most(Policy):
        """Everything at once."""

        name: ClassVar[str] = "most"

        def effects(self, see, year):
            return fullest(len(see.schools), len(see.counties), level)

    from sim.step import simulate

    end = simulate(guizhou, [Most(start=2024)], [2024, 2025])
    assert np.isfinite(end.tally.score).all() and end.year == 2025


def test_more_teams_than_can_be_numbered_apart_are_refused():
    one = Effects(outside=(Outside("x", np.ones((5, 2)), 0.5, 1.0),) * 3)
    with pytest.raises(InputError, match="6 teams of teachers from outside"):
        combine([("a", one), ("b", one)])


# -- ours --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUILT_IN)
def test_ours_answer_the_same_twice_and_on_a_sealed_world(see, name):
    policy = make_policy({"name": name, "start": 2024})
    assert is_ours(type(policy)) and not is_ours(Users)
    told = [digests(policy.effects(world, 2024)) for world in (see, see, sealed(see))]
    assert told[0] == told[1] == told[2] and not asks_nothing(policy.effects(see, 2024))


@pytest.mark.parametrize("name", BUILT_IN)
def test_ours_stay_inside_the_ranges_at_the_ends_of_their_parameters(see, name):
    for key, (_, spec) in policy_class(name).parameters().items():
        if key in ("start", "end", "centre_share", "province_share"):
            continue
        for value in spec.choices or [end for end in (spec.low, spec.high) if end is not None]:
            make_policy({"name": name, "start": 2024, key: value}).effects(see, 2024)


@dataclass(frozen=True, kw_only=True)
class Users(policy_class("rural_allowance")):
    """A user's policy that changes one of ours."""

    name: ClassVar[str] = "users"
    twice: float = param(2.0, unit="times", source="test", confidence="assumed", low=0, high=9)

    def effects(self, see, year):
        """Return ours, twice as dear."""
        got = super().effects(see, year)
        return replace(got, costs=tuple(Cost(self.name, c.payer, self.twice * c.yuan) for c in got.costs))


def test_a_users_policy_may_derive_from_ours(see):
    plain = make_policy({"name": "rural_allowance", "start": 2024}).effects(see, 2024)
    got = Users(start=2024).effects(see, 2024)
    assert np.array_equal(got.leave_factor, plain.leave_factor)
    assert [c.yuan.sum() for c in got.costs] == [2 * c.yuan.sum() for c in plain.costs]
    assert {f.name for f in fields(Effects)} == {name.split(".")[0].split("[")[0] for name in digests(got)}
