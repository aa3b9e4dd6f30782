"""The world as users' code sees it: the same values and methods, and no way to change what the run goes on with."""

from __future__ import annotations

import copy
import ctypes
import pickle
from dataclasses import replace

import numpy as np
import pytest

from sim.invariants import check
from sim.sealed import ReadOnly, is_sealed, sealed
from sim.start import build


@pytest.fixture(scope="module")
def world():
    made = build("guizhou", sample=0.002, threads=1)
    made.open_year(2024)
    return made


@pytest.fixture
def see(world):
    return sealed(world.read_only())


def state(world):
    """Return every array of the world as bytes."""
    tables = [world.schools, world.teachers, world.counties, world.places, *world.blocks]
    arrays = [a for t in tables for a in vars(t).values()]
    return [a.tobytes() for a in [*arrays, world.section_rows, world.certified, world.inspection.over_class_size]]


WRITES = {
    "an element": lambda see: see.schools.pupils.__setitem__(0, 1),
    "setflags": lambda see: see.schools.pupils.setflags(write=True),
    "flags": lambda see: setattr(see.teachers.section.flags, "writeable", True),
    "setflags of children": lambda see: see.blocks[3].ability.setflags(write=True),
    "setflags of a region's table": lambda see: see.region.counties.code.setflags(write=True),
    "setflags of the inspection": lambda see: see.inspection.over_class_size.setflags(write=True),
    "setflags of a shared count": lambda see: see.teacher_counts().setflags(write=True),
    "setflags of a base": lambda see: np.frombuffer(see.schools.pupils.base).setflags(write=True),
    "in place": lambda see: np.add(see.schools.pupils, 1, out=see.schools.pupils),
    "an attribute": lambda see: setattr(see, "year", 1),
    "an attribute, another way": lambda see: object.__setattr__(see, "year", 1),
    "a column": lambda see: object.__setattr__(see.schools, "pupils", None),
    "a parameter": lambda see: setattr(see.params, "rho", 1.0),
    "a fact": lambda see: setattr(see.region.prices["seat"], "value", 1.0),
    "a new attribute": lambda see: setattr(see, "mine", 1),
    "removed": lambda see: delattr(see.schools, "pupils"),
}


@pytest.mark.parametrize("write", WRITES)
def test_every_write_is_refused(see, world, write):
    before = state(world)
    with pytest.raises((ReadOnly, ValueError), match="read-only|WRITEABLE"):
        WRITES[write](see)
    assert state(world) == before


def test_memory_written_behind_numpys_back_is_not_the_worlds(see, world):
    before = state(world)
    for array in (see.schools.pupils, see.teachers.section, see.blocks[0].ability, see.counties.fiscal):
        ctypes.memset(array.ctypes.data, 1, array.nbytes)
    see.region.prices["seat"] = None
    see.first_person[0] = -1
    assert state(world) == before
    check(world, "build")
    assert world.region.prices["seat"].value > 0 and world.first_person[0] != -1


def test_it_reads_as_the_world_does(see, world):
    assert is_sealed(see) and not is_sealed(world) and isinstance(see, type(world))
    assert see.schools is see.schools and see.year == 2024 and len(see.blocks) == 9
    assert (see.gap_cost() == world.gap_cost()).all() and (see.teacher_counts() == world.teacher_counts()).all()
    assert (see.by_county(see.schools.pupils) == world.by_county(world.schools.pupils)).all()
    assert see.params["rho"] == see.params.rho == world.params.rho and dict(see.params) == dict(world.params)
    assert (see.region.entrants(2027) == world.region.entrants(2027)).all()
    assert (see.streams.uniform("x", 2024, np.arange(9)) == world.streams.uniform("x", 2024, np.arange(9))).all()
    assert see.schools[3].kind == world.schools[3].kind
    with pytest.raises(AttributeError, match="nothing"):
        see.schools.nothing  # noqa: B018
    assert np.array_equal(see.schools.name, world.schools.name) and see.schools.name.dtype == world.schools.name.dtype


def test_what_is_made_of_it_is_ones_own(see):
    some = see.schools.select(see.schools.open)
    again = replace(see.schools, pupils=np.zeros((len(see.schools), 2)))
    deep, packed = copy.deepcopy(see.schools), pickle.loads(pickle.dumps(see.counties))
    assert not any(map(is_sealed, (some, again, deep, packed, see.copy().schools)))
    deep.pupils[:] = 0
    some.pupils[:] = 0
    assert see.schools.pupils.sum() > 0 and again.pupils.sum() == 0 and len(packed) == 88


@pytest.mark.parametrize(
    "array", [np.zeros(0), np.zeros((0, 2)), np.array(3.0), np.zeros((4, 4))[::2, ::-1], np.array(["甲"])]
)
def test_arrays_of_every_shape(array):
    got = sealed(array)
    assert got.shape == array.shape and got.dtype == array.dtype and np.array_equal(got, array)
    with pytest.raises(ValueError, match="WRITEABLE"):
        got.setflags(write=True)
