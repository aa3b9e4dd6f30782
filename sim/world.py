"""The world: all state of one run, and the small derived tables that several phases need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.columns import Array, LockedLater, locked
from sim.compile import each, together
from sim.counting import (
    column_sums,
    count_children,
    count_keys,
    county_sums,
    gather_rows,
    order_rows,
    row_sums,
    split_classes,
    staff_classes,
    sum_teachers,
    target_stocks,
)
from sim.cuts import Cut, cuts
from sim.evaluation import Inspection, load_standards
from sim.invariants import check
from sim.outside import Outside, runs
from sim.params import Params
from sim.parts import Part, county_parts
from sim.persons import Persons, Run, persons_in
from sim.phases.choice import Choice, build_choice
from sim.region import Region
from sim.streams import Streams
from sim.tables import PHYSICAL, TEACHING_POINT, Counties, Places, Schools, Students, Teachers
from sim.tally import Ledger, StaffFlows, Tally

if TYPE_CHECKING:
    from sim.ahead import Ahead

STAGE_WEIGHT = np.array([1.0, 1.1])  # a nine-year school's stocks count for its stages 1 : 1.1
WORDS = {1: np.int8, 2: np.int16, 4: np.int32}  # whole numbers by their bytes
OWN = (
    "certified", "applying", "memory", "carry", "spend", "posts_total", "grade_sums", "out_of_school", "lost",
)  # fmt: skip  # arrays that a copy has for itself, besides its tables
COHORT_BITS = 24  # a cohort holds fewer than 2^24 children, a run fewer than 2^8 cohorts


@dataclass
class World:
    """Everything that a run changes. Policies see it through `read_only`; only phases write."""

    region: Region
    params: Params
    seed: int
    sample: float
    first_year: int
    threads: int
    counties: Counties
    places: Places
    schools: Schools
    teachers: Teachers
    blocks: list[Students]  # one per grade, index 0 = grade 1
    first_person: list[int]  # id of each block's first child; see `persons` where only some counties are run
    align: dict[str, float]  # factors fitted on published anchors: see calibration
    county_start: Array  # (C + 1,) first row of schools of each county
    row_weight: Array  # (2 S,) teachers that one row of a section stands for
    base_ratio: Array  # (2,) pupils per post at the start
    posts_total: Array  # (C, 2) posts of each county before policies
    choice: list[Choice] = field(default_factory=list)
    year: int = 0
    tally: Tally = None  # type: ignore[assignment]
    flows: StaffFlows = None  # type: ignore[assignment]
    ledger: Ledger = field(default_factory=Ledger)
    inspection: Inspection = None  # type: ignore[assignment]
    certified: Array = None  # type: ignore[assignment]  # (C,) first year certified, 0 = not yet
    memory: Array = None  # type: ignore[assignment]  # (C, 7) share of sections that failed each indicator last year
    applying: Array = None  # type: ignore[assignment]  # (C,) bool: works as for its application for certification
    carry: Array = None  # type: ignore[assignment]  # (C,) yuan of capital not yet spent
    spend: Array = None  # type: ignore[assignment]  # (S, 4) yuan of capital this year by stock, decided by the county plan
    money: Array = None  # type: ignore[assignment]  # (C,) yuan of capital for stocks this year, own and earmarked
    teachers_before: Array = None  # type: ignore[assignment]  # (C, 2) own teachers when the county planned the year
    ses_mean: Array = None  # type: ignore[assignment]  # (P,) mean family background of each place
    communities: Sequence[Array] = ()  # three (P,) draws of how able a place's children are: see sim.people
    ses_sd: float = 1.0  # SD of family background inside a place
    town_of: Array = None  # type: ignore[assignment]  # (P,) the nearest town of each place
    seat_start: Array = None  # type: ignore[assignment]  # (C,) first quarter of each county seat, a row of places
    seat_end: Array = None  # type: ignore[assignment]  # (C,) row after its last quarter
    seat_cum: Array = None  # type: ignore[assignment]  # (P,) cumulated share of the seat's children, by quarter
    section_rows: Array = None  # type: ignore[assignment]  # (2 S + 1,) first teacher row of each section
    out_of_school: Array = field(default_factory=lambda: np.zeros(9, np.int64))  # rows of each grade when last counted
    grade_sums: Array = None  # type: ignore[assignment]  # (9, S, 2) rows in school and their scores when last counted
    lost: Array = field(default_factory=lambda: np.zeros(9, np.int64))  # rows at no living school: must stay 0
    entry_variant: str = "middle"
    running: bool = False  # between open_year and the inspection: nobody but the phases writes
    counted: Array | None = None  # teacher_counts of a running year, until teachers move
    scratch: Array | None = None  # where teaching adds up, used again each year
    ahead: Ahead | None = None  # what is being drawn for the next year: see sim.ahead
    lines: dict[int, Future[Any]] = field(default_factory=dict)  # queues of this admission that are being put in order
    memo: dict[Any, Any] | None = None  # on a read-only view: what one policy worked out, for the others
    outside: Outside | None = None  # what stands for the counties that are not run; None: the whole region is run
    map_rows: Array | None = None  # of a world cut to the counties that are run: its schools' rows in the whole map
    persons: list[Persons | None] = field(default_factory=lambda: [None] * 9)  # who stands where in each block

    @property
    def weight(self) -> float:
        """Children that one row stands for."""
        return 1.0 / self.sample

    @property
    def streams(self) -> Streams:
        """The keyed draws of this run."""
        return Streams(self.seed)

    def county_parts(self, size: int = 50_000, least: int = 1) -> list[Part]:
        """Return parts of the region for work on teachers: of about `size` teachers and sections each, but at least `least`."""
        if self.outside is None:
            return county_parts(self.county_start, self.section_rows, size, least)
        within = runs(self.outside.counties)  # nobody teaches outside
        return [p for run in within for p in county_parts(self.county_start, self.section_rows, size, least, *run)]

    def runs(self, grade: int, first: int, end: int) -> Iterator[Run]:
        """Yield the pieces of some rows of a grade (0-8), each with the numbers of its persons."""
        return persons_in(self.persons[grade], self.first_person[grade], first, end)

    def by_county(self, per_school: Array) -> Array:
        """Sum a (S,) quantity, or all columns of a (S, n) one, by county: (C,)."""
        values = np.ascontiguousarray(per_school, dtype=np.float64)
        values = values if values.ndim == 1 else row_sums(values)
        return county_sums(locked(values), self.county_start)  # locked: compiled once for writable and not

    def by_county_stage(self, per_section: Array) -> Array:
        """Sum each column of a (S, 2) quantity, or a (S, n) one, by county: (C, 2) or (C, n)."""
        values = np.ascontiguousarray(per_section, dtype=np.float64)
        return column_sums(locked(values), self.county_start)

    # -- children ---------------------------------------------------------------------------------------------------

    def refresh_choice(self) -> None:
        """Work out again which schools each place can choose and how likely; see `choice_of` for the order."""
        together(self.choosing(), self.threads)

    def choosing(self) -> list[Callable[[], None]]:
        """Return the work of `refresh_choice`, to be done on any threads."""
        known: list[Choice | None] = [*self.choice] or [None] * 3
        made: list[Choice] = [None] * 3  # type: ignore[list-item]
        self.choice = made

        def one(level: int) -> None:
            made[level] = build_choice(self.places, self.schools, self.county_start, level, self.params, known[level])

        return [partial(one, level) for level in range(3)]

    @staticmethod
    def choice_of(grade: int) -> int:
        """Return which of `choice` a grade (0-8) uses: 0 grades 1-3, 2 grades 4-6, 1 grades 7-9."""
        return (0, 2, 1)[grade // 3]

    def count_grades(self, grades: Sequence[int] = range(9)) -> None:
        """Count the children in school of some grades (0-8) by school, and bring the schools' pupils up to date."""
        works, finish = self.counting(grades)
        together(works, self.threads)
        finish()

    def counting(self, grades: Sequence[int]) -> tuple[list[Callable[[], None]], Callable[[], None]]:
        """Return the work of `count_grades`, to be done on any threads, and what is to be done after all of it."""
        tasks = cuts(self.blocks, grades)
        into = np.zeros((len(grades) + 1, len(self.schools), 2))
        missed = np.zeros((len(grades) + 1, 2), np.int64)

        def one(task: Cut) -> None:
            grade, a, b, slot = task
            block = self.blocks[grade]
            columns = (block.school[a:b], block.flags[a:b], block.ability[a:b], block.knowledge[a:b])
            missed[slot] = count_children(*columns, self.schools.open, into[slot])

        def finish() -> None:
            for found in (into, missed):
                found[-2] += found[-1]
            s = self.schools
            for k, grade in enumerate(grades):
                self.grade_sums[grade] = into[k]
                self.out_of_school[grade], self.lost[grade] = missed[k]
                s.grade_pupils[:, grade] = into[k, :, 0] * self.weight
                if self.outside is not None:
                    np.copyto(s.grade_pupils[:, grade], self.outside.pupils[grade], where=~self.outside.schools)
            s.pupils[:, 0] = row_sums(s.grade_pupils[:, :6])
            s.pupils[:, 1] = row_sums(s.grade_pupils[:, 6:])

        return [partial(one, task) for task in tasks], finish

    def peer_score(self) -> Array:
        """Return (9, S) mean score of the children in school by grade, when last counted; 0 where there are none."""
        count = self.grade_sums[:, :, 0]
        mean: Array = self.grade_sums[:, :, 1] / np.maximum(count, 1.0)
        if self.outside is not None:
            self.outside.like_inside(mean, np.ascontiguousarray(count), self.schools.place_type)
        return mean

    def room(self, grade: int) -> Array:
        """Return (S,) int64 rows of children that each school can still take into grade 1 (0), 4 (3) or 7 (6).

        Pupils of teaching points that have reached grade 4 leave in this admission: their places are free.
        """
        s = self.schools
        stage, others = {0: (0, slice(1, 6)), 3: (0, slice(0, 6)), 6: (1, slice(7, 9))}[grade]
        taken = row_sums(s.grade_pupils[:, others])
        if stage == 0:
            taken -= np.where(s.kind == TEACHING_POINT, s.grade_pupils[:, 3], 0.0)
        free = np.where(s.open, s.seats[:, stage] - taken, 0.0)
        return np.floor(np.maximum(free, 0.0) / self.weight).astype(np.int64)

    def form_classes(self, cap: Array | None) -> None:
        """Form classes by grade: at most the usual size (or the policy's cap), as far as teachers allow."""
        s, p = self.schools, self.params
        usual = np.tile([p.class_usual_primary, p.class_usual_junior], (len(s), 1))
        most = usual if cap is None else np.minimum(usual, cap)
        per_class = np.array([p.teachers_per_class_primary, p.teachers_per_class_junior])
        split_classes(s.grade_pupils, self.teacher_count(), most, per_class, s.classes)

    # -- teachers ---------------------------------------------------------------------------------------------------

    def once(self, key: Any, work: Callable[[], Any]) -> Any:
        """Return work(), done only once on a read-only view; on the world itself, which changes, done every time.

        What several policies share none of them may write on.
        """
        if self.memo is None:
            return work()
        if key not in self.memo:
            self.memo[key] = locked(work())
        return self.memo[key]

    def teacher_counts(self) -> Array:
        """Return (5, S, 2) teachers: all present, above the required degree, backbone, PE and art, own (not sent from outside)."""
        if self.counted is None:
            found = self.once("teacher_counts", self._teacher_counts)
            if not self.running:
                return found
            self.counted = locked(found)
        return self.counted

    def _teacher_counts(self) -> Array:
        t, n, parts = self.teachers, len(self.schools), self.county_parts()
        into = np.zeros((5, 2 * n))

        def one(k: int) -> None:
            first, last = parts[k].section, parts[k].section_end
            sum_teachers(t.weight, t.degree, t.backbone, t.pe_art, t.kind, self.section_rows, first, last, into)

        each(range(len(parts)), one, self.threads)
        if self.outside is not None:
            self.outside.teachers(into, self.schools.posts, self.schools.place_type)
        return into.reshape(5, n, 2)

    def teacher_count(self) -> Array:
        """Return (S, 2) teachers present, those sent from outside included."""
        return self.teacher_counts()[0]

    def deploy_speed(self) -> Array:
        """Return (C,) share of the way to a fair deployment of teachers that each county goes this year."""
        return np.where(self.applying, 1.0, self.params.deploy_speed)

    def class_posts(self) -> Array:
        """Return (S, 2) teachers that classes of the official size (45, 50) of the known rolls need."""
        per_class = np.array([self.params.class_posts_primary, self.params.class_posts_junior])
        return np.ceil(self.class_teachers(np.array(load_standards().class_size), per_class))

    def class_teachers(self, size: Array, per_class: Array) -> Array:
        """Return (S, 2) teachers, not rounded, that classes of the known rolls need, formed by grade.

        size, per_class: (2,) most pupils and number of teachers a class, by stage
        """
        return staff_classes(locked(self.schools.grade_pupils), size, per_class)  # compiled once, not twice

    def teacher_norms(self) -> Array:
        """Return (2, 2) official norm per 100 pupils by stage: backbone, PE and art teachers."""
        return load_standards().threshold[:, 1:3]

    def rebuild_teachers(self, old: Teachers, added: Sequence[Teachers], parts: Sequence[Part] = ()) -> None:
        """Make the table anew, sorted by section, without those whose section is below 0.

        parts: of the old table, when no teacher of it has left the county; else the old table may be in any order.
        """
        n = 2 * len(self.schools)
        section = np.concatenate([old.section[:0], *(a.section for a in added)])
        parts = parts or [Part(0, len(self.counties), 0, n, 0, len(old))]
        start = np.zeros(n + 1, np.int64)

        def count(k: int) -> None:
            count_keys(old.section[parts[k].row : parts[k].row_end], start[1:])

        each(range(len(parts)), count, self.threads)
        count_keys(section, start[1:])
        np.cumsum(start, out=start)
        order = np.empty(start[-1], np.uint32)

        def sort(k: int) -> None:
            part = parts[k]
            keys = old.section[part.row : part.row_end]
            order_rows(keys, part.row, section, len(old), part.section, part.section_end, start, order)

        each(range(len(parts)), sort, self.threads)
        columns: dict[str, Array] = {}

        def gather(k: int) -> None:
            name = names[k]
            source = np.concatenate([getattr(old, name), *(getattr(a, name) for a in added)])
            columns[name] = np.empty(len(order), source.dtype)
            word = WORDS[source.itemsize]  # columns of one width share a kernel
            gather_rows(source.view(word), order, columns[name].view(word))

        names = [f.name for f in fields(Teachers)]
        each(range(len(names)), gather, self.threads)
        self.teachers, self.section_rows = Teachers(**columns), start

    # -- the year ---------------------------------------------------------------------------------------------------

    def norms(self) -> Array:
        """Return (2, 4) official norm per pupil of the four physical stocks, by stage."""
        standard = load_standards()
        return (standard.threshold / standard.per)[:, 3:]

    def uneven(self) -> Array:
        """Return (C, 4) bool: the county evens out this physical stock, because its coefficient failed or it is applying."""
        return ~self.inspection.cv_met[:, :, 3:].all(1) | self.applying[:, None]

    def stock_target(self) -> Array:
        """Return (S, 4) stocks that each open school should have: the norm for its present pupils, or, where the county
        evens out, a share of the county mean if that is higher."""
        s, lift = self.schools, np.where(self.uneven(), self.params.cv_lift, 0.0)
        return target_stocks(s.pupils, s.stock, s.open, self.norms() / STAGE_WEIGHT[:, None], lift, self.county_start)

    def gap_cost(self, level: float = 1.0, rows: Any = slice(None)) -> Array:
        """Return (S, 4), or of some rows only, yuan that each open school lacks to a multiple of its target stocks."""
        price = np.array([self.region.prices[k].value for k in PHYSICAL])
        return np.maximum(level * self.stock_target()[rows] - self.schools.stock[rows], 0.0) * price

    def own_teachers_by_county(self) -> Array:
        """Return (C, 2) teachers on posts of the county (those sent from outside left out)."""
        return self.by_county_stage(self.teacher_counts()[4])

    def open_year(self, year: int) -> None:
        """Start a year: empty flows and ledger."""
        self.year, self.running, self.counted = year, True, None
        self.flows = StaffFlows.empty(len(self.schools))
        self.ledger = Ledger()

    def serves(self) -> Array:
        """Return (S, 2) bool: open and of a kind that teaches the stage."""
        s = self.schools
        out = np.empty((len(s), 2), np.bool_)
        out[:, 0], out[:, 1] = s.open & (s.kind != 2), s.open & (s.kind >= 2)
        return out

    def read_only(self) -> World:
        """Return this world as policies see it: no array, however deep, can be written; `memo` lets them share work."""
        if self.running:
            self.teacher_counts()  # once for policies and phases
        view = self._shallow()
        for name, value in self.__dict__.items():
            if name in ("blocks", "choice"):
                view.__dict__[name] = LockedLater(value)
            elif name not in ("region", "counties", "places"):  # locked when the world was made
                view.__dict__[name] = locked(value)
        view.memo, view.ahead, view.scratch, view.lines = {}, None, None, {}
        return view

    def copy(self, threads: int | None = None) -> World:
        """Return a world of its own: running one leaves the other untouched."""
        twin = self._shallow()
        for name in ("schools", "teachers"):
            setattr(twin, name, getattr(self, name).copy())
        twin.running, twin.counted = False, None
        twin.blocks = [b.copy() for b in self.blocks]
        twin.first_person, twin.persons = list(self.first_person), list(self.persons)
        for name in OWN:
            value = getattr(self, name)
            setattr(twin, name, None if value is None else value.copy())
        twin.threads, twin.ahead, twin.scratch, twin.lines = threads or self.threads, None, None, {}
        return twin

    def finding(self) -> World:
        """Return what the year left but children and teachers one by one, of the counties that are run: for who observes it."""
        from sim.cut import finding

        return finding(self)

    def _shallow(self) -> World:
        twin = object.__new__(World)
        twin.__dict__.update(self.__dict__)
        return twin

    def check(self, after: str) -> None:
        """Raise BrokenInvariant when a phase broke an invariant: see `sim.invariants`."""
        check(self, after)
