"""The tables of the world: counties, places, schools, teachers, and one block of students per cohort.

Stage axis everywhere: 0 = primary (小学, grades 1-6), 1 = junior (初中, grades 7-9). Place types: 0 = urban (城区),
1 = town (镇区), 2 = village (乡村). School kinds: see KINDS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.columns import Array, Columns, column

STAGES = ("primary", "junior")
PLACE_TYPES = ("urban", "town", "village")
KINDS = ("teaching_point", "primary", "junior", "nine_year")
TEACHING_POINT, PRIMARY, JUNIOR, NINE_YEAR = range(4)
PHYSICAL = ("teaching_area", "sports_area", "equipment_value", "multimedia_rooms")
TEACHER_KINDS = ("permanent", "special_post", "directed", "outside")
PERMANENT, SPECIAL_POST, DIRECTED, OUTSIDE = range(4)

# bits of Students.flags
BOTH_AWAY, ONE_AWAY, MIGRANT, POOR, BOARDING, DISABLED, OUT = (1 << i for i in range(7))
FLAGS = ("both_away", "one_away", "migrant", "poor", "boarding", "disabled", "out")


@dataclass
class Counties(Columns):
    """One row per county-level unit (县级单位)."""

    code: Array = column(np.int64, "administrative code on census day 2020")
    name: Array = column("U24", "Chinese name, census day 2020")
    pinyin: Array = column("U48", "name in pinyin")
    prefecture: Array = column("U24", "prefecture (地级), Chinese name")
    district: Array = column(np.bool_, "a city district (市辖区)")
    xpcc: Array = column(np.bool_, "a city of the Xinjiang Production and Construction Corps (兵团)")
    poverty: Array = column(np.bool_, "one of the 832 former national poverty counties")
    population: Array = column(np.float64, "residents 2020", "persons")
    urban_share: Array = column(np.float64, "urban residents 2020", "share")
    lon: Array = column(np.float64, "seat of government", "degrees east")
    lat: Array = column(np.float64, "seat of government", "degrees north")
    area: Array = column(np.float64, "area of the outline", "km2")
    fiscal: Array = column(np.float64, "fiscal strength: 1 = the region's mean, derived from urban share and schooling")
    capacity: Array = column(np.float64, "share of planned capital that the county can deliver in a year", "share")
    favour: Array = column(np.float64, "share of capital and posts that goes to key schools whatever the need", "share")
    remoteness: Array = column(np.float64, "0 = the prefecture's seat, 1 = the remotest county")


@dataclass
class Places(Columns):
    """One row per home place: a quarter of the county seat, a town, or a village cluster. Rows are sorted by county."""

    county: Array = column(np.int32, "row of counties")
    kind: Array = column(np.int8, "place type: 0 urban, 1 town, 2 village")
    x: Array = column(np.float32, "east of the region's origin", "km")
    y: Array = column(np.float32, "north of the region's origin", "km")
    share: Array = column(np.float64, "share of its county's children that lived here in 2020", "share")


@dataclass
class Schools(Columns):
    """One row per school, sorted by county; rows at the end of a county's range may be reserved and not yet open."""

    name: Array = column("U32", "synthetic name")
    county: Array = column(np.int32, "row of counties")
    place: Array = column(np.int32, "row of places")
    kind: Array = column(np.int8, "0 teaching point, 1 primary, 2 junior, 3 nine-year")
    place_type: Array = column(np.int8, "0 urban, 1 town, 2 village")
    x: Array = column(np.float32, "east of the region's origin", "km")
    y: Array = column(np.float32, "north of the region's origin", "km")
    open: Array = column(np.bool_, "takes pupils this year")
    opens: Array = column(np.int32, "calendar year in which a school under construction opens; 0 = none under way")
    successor: Array = column(np.int32, "row of schools that took over its pupils; itself while open")
    seats: Array = column(np.float64, "places by stage", "pupils", (2,))
    seats_coming: Array = column(np.float64, "places under construction, ready next year", "pupils", (2,))
    beds: Array = column(np.float64, "boarding places", "pupils")
    stock: Array = column(np.float64, "teaching area m2, sports area m2, equipment yuan, multimedia rooms", "", (4,))
    posts: Array = column(np.float64, "staff posts (编制) by stage", "teachers", (2,))
    leadership: Array = column(np.float64, "value added of the head and team", "student SD per year")
    reputation: Array = column(np.float64, "quality as families see it, by stage", "student SD", (2,))
    pupils: Array = column(np.float64, "enrolled pupils by stage", "pupils", (2,))
    grade_pupils: Array = column(np.float64, "enrolled pupils by grade 1-9", "pupils", (9,))
    classes: Array = column(np.float64, "classes by grade 1-9", "classes", (9,))
    key: Array = column(np.bool_, "the county's key school (重点校), which favour reaches first")


@dataclass
class Teachers(Columns):
    """One row per teacher in service, sorted by section (= 2 * school + stage)."""

    id: Array = column(np.uint32, "the person; never reused")
    section: Array = column(np.int32, "2 * row of schools + stage")
    weight: Array = column(np.float32, "teachers that this row stands for: 1 unless the run is a sample", "teachers")
    value_added: Array = column(np.float32, "permanent part of the teacher's effect", "student SD per year")
    age: Array = column(np.int16, "age", "years")
    experience: Array = column(np.int16, "years of service", "years")
    years_here: Array = column(np.int16, "years at this school", "years")
    rural_years: Array = column(np.int16, "years of service in village and town schools", "years")
    degree: Array = column(np.bool_, "qualification above the required one")
    backbone: Array = column(np.bool_, "backbone teacher of county level or above (骨干教师)")
    pe_art: Array = column(np.bool_, "full-time PE, music or fine-art teacher")
    kind: Array = column(np.int8, "0 permanent, 1 special post, 2 directed, 3 sent from outside")
    home_section: Array = column(np.int32, "section to return to after rotation; -1 = not on rotation")
    return_year: Array = column(np.int32, "year in which rotation or secondment ends; 0 = none")


@dataclass
class Students(Columns):
    """One cohort of children (届): a block of rows that never moves. The person is `first` + row."""

    ability: Array = column(np.float32, "permanent component of the score", "student SD")
    knowledge: Array = column(np.float32, "what schooling has added", "student SD")
    ses: Array = column(np.float32, "family background (SES), region mean 0, SD 1", "SD")
    home: Array = column(np.int32, "row of places")
    school: Array = column(np.int32, "row of schools; -1 before admission")
    flags: Array = column(np.uint8, "bits: " + ", ".join(FLAGS))
