"""A region from its facts: counties, cohorts of children, alignment targets, movers, money and prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from gettext import gettext as tr

import numpy as np

from sim import exact
from sim.cohorts import age_forward, single_years
from sim.columns import Array, locked
from sim.counties import AGE_COLUMNS, AGE_EDGES, county_table, numbers
from sim.errors import InputError, nearest
from sim.facts import Fact, Published, read_counties, read_facts, read_published, region_titles
from sim.tables import PHYSICAL, PLACE_TYPES, STAGES, Counties

__all__ = ["Drift", "Region", "Target", "age_forward", "load_region"]

CENSUS_YEAR = 2020  # 1 November: a child of age a then enters grade 1 (age 6) in September of 2020 + 6 - a
START_YEAR = 2024
ALIGN_YEAR = 2019  # last year of the published provincial series by stage
FIRST_ENTRY, LAST_ENTRY = 2010, 2046
ENTRY_AGE = 6
STAGE_AGES = ((6, 11), (12, 14))
VARIANTS = ("low", "middle", "high")
SLOWDOWN_YEAR = 2035  # births change half as fast afterwards


@dataclass(frozen=True)
class Target:
    """An alignment target of the start year. name: pupils, schools, teachers or pupil_teacher_ratio; stage: primary,
    junior, nine_year (counted in junior too) or teaching_point; value in `unit`; the rest says where it comes from."""

    name: str
    stage: str
    year: int
    value: float
    unit: str
    kind: str
    source: str
    confidence: str
    note: str = ""


@dataclass(frozen=True)
class Drift:
    """Families that move, as shares a year of the children of a place type.

    village_town, village_seat, town_seat: inside the county; village_other, town_other: to the seats of other counties,
    which share them by `attraction` (C,), summing to 1. Source: urbanisation since 2020, residents by
    place of registration.
    """

    village_town: float
    village_seat: float
    village_other: float
    town_seat: float
    town_other: float
    attraction: Array


@dataclass(frozen=True)
class Region:
    """A province or autonomous region, read from tables; nothing here is drawn except county capacity and favour.

    Place-type axes (3,): urban, town, village. Money: yuan of the start year.
    """

    name: str
    title: str
    title_zh: str
    counties: Counties
    start_year: int
    facts: dict[str, Fact]  # derived and assumed figures by dotted name
    published: dict[tuple[str, str, str, str, int], Published]  # by (region, indicator, stage, locality, year)
    without_data: tuple[str, ...]  # younger units whose people are counted in other rows
    targets: list[Target]
    drift: Drift
    both_away: Array  # (3,) share of children with both parents away
    one_away: Array  # (3,) share of children with one parent away
    migrant: Array  # (C, 3) share of children registered in another county, by place type
    poor: Array  # (C,) share of children eligible for aid
    disabled: float  # share of pupils
    education_spending: float  # local budget education spending, yuan a year, start year
    compulsory_share: float
    capital_share: float
    mean_wage: float  # yuan a year, education sector, start year
    prices: dict[str, Fact]  # teaching_area, sports_area, equipment_value, multimedia_rooms, seat, bed, teacher_year
    depreciation: dict[str, Fact]  # the four physical stocks and bed
    census_ages: Array  # (C, 25) residents by single year of age on the census day
    births: dict[int, float]  # published births of the region by calendar year after the census
    alignment: tuple[float, float]  # enrolled 2019 / children of the stage's ages 2019, by stage
    _projected: dict[tuple[str, int], Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    def value(self, name: str) -> float:
        """Return the value of a figure of `facts`."""
        return self.fact(name).value

    def fact(self, name: str) -> Fact:
        """Return a figure of `facts`; InputError names the nearest when the name is unknown."""
        if name not in self.facts:
            raise InputError(
                tr("region {name}: unknown figure {name_2!r}.{nearest}").format(
                    name=self.name, name_2=name, nearest=nearest(name, self.facts)
                )
            )
        return self.facts[name]

    def by_place(self, stem: str) -> Array:
        """Return the figures `<stem>_urban`, `<stem>_town`, `<stem>_village` as (3,)."""
        return np.array([self.value(f"{stem}_{kind}") for kind in PLACE_TYPES])

    def entrants(self, year: int, variant: str = "middle") -> Array:
        """Return children who enter grade 1 in September of `year`, by county, aligned to enrolment.

        Until 2026 they are the census cohort of age 2026 - year; later ones were born after the census: published
        births of the region, then the variant's assumption (low, middle, high), shared by county as children under
        five were in 2020.
        Cohorts in junior school in the start year carry the junior alignment factor, younger ones the primary factor.
        Returns: (C,) children, float
        Raises: InputError when the year lies outside 2010 to 2046 or the variant is unknown
        """
        if not FIRST_ENTRY <= year <= LAST_ENTRY:
            raise InputError(
                tr("entry year {year}: allowed are {first_entry} to {last_entry}; choose a year in that range.").format(
                    year=year, first_entry=FIRST_ENTRY, last_entry=LAST_ENTRY
                )
            )
        if variant not in VARIANTS:
            raise InputError(
                tr("births variant {variant!r} is unknown.{nearest}").format(
                    variant=variant, nearest=nearest(variant, VARIANTS)
                )
            )
        primary_since = self.start_year - (STAGE_AGES[0][1] - ENTRY_AGE)
        return self.children(year, ENTRY_AGE, variant) * self.alignment[0 if year >= primary_since else 1]

    def children(self, year: int, age: int, variant: str = "middle") -> Array:
        """Return residents of an age on 1 November of a year, by county, before alignment; (C,)."""
        steps = year - CENSUS_YEAR
        if steps <= 0:
            return self.census_ages[:, age - steps].copy()
        return self._projection(variant, max(steps, LAST_ENTRY - CENSUS_YEAR))[:, steps, age].copy()

    def _projection(self, variant: str, steps: int) -> Array:
        """Return (C, steps + 1, 25) residents by years after the census and age, worked out once."""
        known = self._projected.get((variant, steps))
        if known is None:
            under_five = exact.total(self.census_ages[:, :5], 1)
            born = np.outer(under_five / exact.total(under_five), self._cohorts_born_after(steps, variant))
            known = self._projected[variant, steps] = locked(age_forward(self.census_ages, born))
        return known

    def pupils_by_grade(self, year: int, variant: str = "middle") -> Array:
        """Return children of grades 1-9 in the school year from September of `year`, (C, 9); drop-out not counted."""
        return np.stack([self.entrants(year - grade, variant) for grade in range(9)], axis=1)

    def _cohorts_born_after(self, count: int, variant: str) -> Array:
        """Children of age 0 on 1 November of 2021, 2022, ...: two months of one year, ten of the next; (count,)."""
        growth = self.value(f"births.growth_{variant}")
        births = [self.births[CENSUS_YEAR]]
        for year in range(CENSUS_YEAR + 1, CENSUS_YEAR + count + 1):
            step = growth if year <= SLOWDOWN_YEAR else growth / 2
            births.append(self.births.get(year, births[-1] * (1 + step)))
        series = np.array(births)
        return (series[:-1] / 6 + series[1:] * 5 / 6) * self.value("births.infant_survival")


def load_region(name: str) -> Region:
    """Read a built-in region; InputError names the nearest when the name is unknown."""
    titles = region_titles(name)
    facts, published = read_facts(name), read_published(name)
    rows, young = read_counties(name)

    def value(key: str) -> float:
        return facts[key].value

    counties = county_table(rows, value)
    ages = single_years(AGE_EDGES, np.stack([numbers(rows, column) for column in AGE_COLUMNS], axis=1))
    enrolled = [published[name, "students", stage, "all", ALIGN_YEAR].value for stage in STAGES]
    alignment = tuple(enrolled[s] / _of_ages(ages, ALIGN_YEAR, s) for s in range(2))
    _add_computed(facts, name, published, alignment)
    return Region(
        name=name,
        title=titles["title"],
        title_zh=titles["title_zh"],
        counties=counties,
        start_year=START_YEAR,
        facts=facts,
        published=published,
        without_data=tuple(f"{row['name']} ({row['pinyin']}): {row['note']}" for row in young),
        targets=_targets(name, published, ages, facts),
        drift=_drift(rows, name, published, facts),
        both_away=np.array([value(f"people.{kind}_both_away") for kind in PLACE_TYPES]),
        one_away=np.array([value(f"people.{kind}_one_away") for kind in PLACE_TYPES]),
        migrant=_migrant(rows, value("people.migrant_child_factor"), value("people.village_migrant")),
        poor=np.where(counties.poverty, value("people.poor_poverty_county"), value("people.poor_other_county")),
        disabled=value("people.disabled"),
        education_spending=value("money.education_spending"),
        compulsory_share=value("money.compulsory_share"),
        capital_share=value("money.capital_share"),
        mean_wage=value("money.mean_wage"),
        prices={key: facts[f"price.{key}"] for key in (*PHYSICAL, "seat", "bed", "teacher_year")},
        depreciation={key: facts[f"depreciation.{key}"] for key in (*PHYSICAL, "bed")},
        census_ages=ages,
        births=_births(name, published, ages),
        alignment=(alignment[0], alignment[1]),
    )


def _of_ages(ages: Array, year: int, stage: int) -> float:
    """Residents of a stage's ages in a year up to 2026, from the census cohorts (deaths after infancy left out)."""
    first, last = (age + CENSUS_YEAR - year for age in STAGE_AGES[stage])
    return float(exact.total(ages[:, first : last + 1]))


def _births(name: str, published: dict[tuple[str, str, str, str, int], Published], ages: Array) -> dict[int, float]:
    """Births by calendar year: 2020 from the children under one on the census day, later years as published."""
    births = {CENSUS_YEAR: float(exact.total(ages[:, 0]))}
    for (region, indicator, _, _, year), row in published.items():
        if region == name and indicator == "births" and year > CENSUS_YEAR and row.confidence == "published":
            births[year] = row.value
    return births


def _targets(
    name: str, published: dict[tuple[str, str, str, str, int], Published], ages: Array, facts: dict[str, Fact]
) -> list[Target]:
    """Counts of 2019 aligned to the cohorts of the start year (the latest provincial counts by stage are of 2019)."""
    targets = []
    for s, stage in enumerate(STAGES):
        count, ratio, schools = (
            published[name, key, stage, "all", ALIGN_YEAR] for key in ("students", "pupil_teacher_ratio", "schools")
        )
        factor = _of_ages(ages, START_YEAR, s) / _of_ages(ages, ALIGN_YEAR, s)
        pupils = count.value * factor
        aligned = f"2019 count times {factor:.4f}: children of the stage's ages 2024 over 2019, census cohorts"
        add = [
            ("pupils", pupils, "pupils", "derived", count, aligned),
            ("pupil_teacher_ratio", ratio.value, "pupils per teacher", "data", ratio, "2019, held"),
            ("teachers", pupils / ratio.value, "teachers", "derived", ratio, "aligned pupils over the ratio of 2019"),
            (
                "schools",
                schools.value,
                "schools",
                "data",
                schools,
                ("2019, held", "2019, held; with nine-year schools")[s],
            ),
        ]
        for label, value, unit, kind, row, note in add:
            confidence = "published" if kind == "data" else "derived"
            targets.append(Target(label, stage, START_YEAR, value, unit, kind, row.source, confidence, note))
    for stage, of, key in (
        ("nine_year", 7, "school.nine_year_share"),
        ("teaching_point", 3, "school.points_per_primary"),
    ):
        value = float(round(targets[of].value * facts[key].value))
        note = "national share: no provincial count is published"
        targets.append(
            Target("schools", stage, START_YEAR, value, "schools", "derived", facts[key].source, "derived", note)
        )
    return targets


def _drift(
    rows: list[dict[str, str]],
    name: str,
    published: dict[tuple[str, str, str, str, int], Published],
    facts: dict[str, Fact],
) -> Drift:
    """Village families that move a year: yearly rise of the urban share over the village share (docs/regions.md)."""
    leave = facts["people.village_leave"].value
    same, province, outside = (
        numbers(rows, f"moved_{key}") for key in ("same_county", "same_province", "other_province")
    )
    inside = float(exact.total(same)) / float(exact.total(same) + exact.total(province))
    town = facts["people.move_in_county_town"].value
    return Drift(
        village_town=leave * inside * town,
        village_seat=leave * inside * (1 - town),
        village_other=leave * (1 - inside),
        town_seat=facts["people.town_to_seat"].value,
        town_other=facts["people.town_to_other"].value,
        attraction=(province + outside) / exact.total(province + outside),
    )


def _migrant(rows: list[dict[str, str]], factor: float, village: float) -> Array:
    """Share of children registered in another county, by place type (C, 3); seats take twice the share of towns."""
    urban = np.maximum(numbers(rows, "population") * numbers(rows, "urban_share"), 1.0)
    share = factor * (numbers(rows, "moved_same_province") + numbers(rows, "moved_other_province")) / urban
    seat = np.clip(share, village, 0.6)
    return np.stack([seat, np.maximum(seat / 2, village), np.full(len(rows), village)], axis=1)


def _add_computed(
    facts: dict[str, Fact],
    name: str,
    published: dict[tuple[str, str, str, str, int], Published],
    alignment: tuple[float, ...],
) -> None:
    """Add the figures that are computed from published rows, with their kind and source."""

    def add(key: str, value: float, unit: str, low: float, high: float, row: Published, note: str) -> None:
        facts[key] = Fact(key, value, unit, low * value, high * value, "derived", row.source, "derived", note)

    years = START_YEAR - ALIGN_YEAR
    spending = published[name, "local_budget_education_expenditure", "all", "all", ALIGN_YEAR]
    grown = spending.value * 1e8 * float(exact.power(1 + facts["money.growth_to_start"].value, years))
    add("money.education_spending", grown, "yuan per year", 0.9, 1.15, spending, "2019, grown to the start year")
    wage = published[name, "mean_wage_education_sector", "all", "all", ALIGN_YEAR]
    paid = wage.value * float(exact.power(1 + facts["money.wage_growth_to_start"].value, years))
    add("money.mean_wage", paid, "yuan per year", 0.9, 1.1, wage, "2019, grown to the start year")
    cost = paid * (1 + facts["money.teacher_on_cost"].value)
    add("price.teacher_year", cost, "yuan per teacher-year", 0.75, 1.25, wage, "mean wage and employer contributions")
    disabled = published[name, "disabled_students_enrolled", "special", "all", ALIGN_YEAR]
    enrolled = [published[name, "students", stage, "all", ALIGN_YEAR] for stage in STAGES]
    share = disabled.value / exact.add_up(row.value for row in enrolled)
    add(
        "people.disabled", share, "share of pupils", 0.8, 1.5, disabled, "pupils with disabilities 2019 over all pupils"
    )
    urban = {key[4]: row for key, row in published.items() if key[:2] == (name, "urbanisation_rate")}
    first, last = min(urban), max(urban)
    rise = (urban[last].value - urban[first].value) / (last - first)
    leave = rise / (100 - urban[first].value)
    note = f"urban share rose {rise:.2f} points a year from {first} to {last}, over the rural share of {first}"
    add("people.village_leave", leave, "share of village children per year", 0.6, 1.4, urban[last], note)
    for s, stage in enumerate(STAGES):
        note = "enrolled 2019 over census children of the stage's ages in 2019"
        add(f"people.alignment_{stage}", alignment[s], "ratio", 0.98, 1.02, enrolled[s], note)
