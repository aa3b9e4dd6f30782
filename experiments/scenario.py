"""A scenario: a region, the years, the seeds, and the arms with their policies; read from a TOML file and checked.

Built-in scenarios lie in experiments/scenarios/. Policies stay records `{"name": ..., parameter: value}` here; the
table of policies checks their names and values (`make_policies`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from gettext import gettext as tr
from os.path import isdir
from pathlib import Path
from typing import Any

from experiments.only import check_only
from experiments.spans import parse_span, parse_years
from experiments.toml_file import SPAN, can_be_read, check_keys, need, read_toml, tables, text
from results.measures import STAGES, measures
from sim.errors import InputError, nearest, understood, visible
from sim.facts import LEAST_SAMPLE
from sim.numbers import listed, plain, real, shown

FIRST_YEAR, LAST_YEAR = 2010, 2045  # cohorts are known or projected to 2046, and counties plan one year ahead
VARIANTS = ("low", "middle", "high")  # of births, as in sim.region
BUILT_IN = Path(__file__).parent / "scenarios"
KEYS = {
    "title", "title_zh", "region", "years", "show_years", "seeds", "draws", "sample", "only", "births", "parameters", "arm",
    "target",
}  # fmt: skip
ARM_KEYS = {"name", "title", "title_zh", "policy"}
TARGET_KEYS = {"measure", "stage", "comparator", "value", "year", "clause", "quote_zh", "title", "title_zh"}
COMPARATORS = (">=", "<=")


@dataclass(frozen=True)
class Arm:
    """One arm: a mix of policies. No policy means no new policy beside what the base run already holds."""

    name: str
    title: str
    title_zh: str
    policies: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Target:
    """One promise of the document that a measure of the region can be held against."""

    measure: str
    comparator: str
    value: float
    year: int
    stage: str = "compulsory"
    clause: str = ""
    quote_zh: str = ""
    title: str = ""
    title_zh: str = ""

    def met(self, value: float) -> bool:
        """Return whether a value of the measure keeps the promise."""
        return value >= self.value if self.comparator == ">=" else value <= self.value


@dataclass(frozen=True)
class Scenario:
    """What one experiment runs: every arm with every seed and every draw.

    source: the built-in name or the file, as errors name it
    years: first and last school year; show_years: years that the end table shows between them
    draws: numbers of draws of the uncertain parameters; empty = the best estimates, so that seeds vary chance only
    sample: share of children simulated, 0 < sample <= 1
    only: codes of the prefectures and counties that are run, child by child; none = the whole region
    births: low, middle or high: how births go on after the last published year
    """

    name: str
    source: str
    title: str
    title_zh: str
    region: str
    years: tuple[int, int]
    arms: tuple[Arm, ...]
    seeds: tuple[int, ...] = (1,)
    draws: tuple[int, ...] = ()
    sample: float = 1.0
    only: tuple[int, ...] = ()
    births: str = "middle"
    show_years: tuple[int, ...] = ()
    parameters: Mapping[str, float] | None = None
    targets: tuple[Target, ...] = ()

    def with_options(
        self,
        *,
        years: str | Sequence[int] | None = None,
        seeds: str | int | Sequence[int] | None = None,
        draws: str | int | Sequence[int] | None = None,
        arms: Sequence[str] | None = None,
        sample: float | None = None,
        only: Any = None,
    ) -> Scenario:
        """Return the scenario with what a command line or a notebook gave instead; None keeps the file's value."""
        new: dict[str, Any] = {}
        if years is not None:
            new["years"] = parse_years(years, "--years", FIRST_YEAR, LAST_YEAR)
        if seeds is not None:
            new["seeds"] = parse_span(seeds, "--seeds")
        if draws is not None:
            new["draws"] = parse_span(draws, "--draws", low=1)
        if sample is not None:
            new["sample"] = check_sample(sample, "--sample")
        if only is not None:
            new["only"] = check_only(only, self.region, "--only")
        if arms is not None:
            chosen = [arms] if isinstance(arms, str) else listed(arms)
            if chosen is None:
                raise InputError(
                    tr('--arms = {arms}: give the names of arms, such as ["baseline"].').format(arms=shown(arms))
                )
            new["arms"] = tuple({arm.name: arm for arm in map(self.arm, chosen)}.values()) or self.arms
        return replace(self, **new)

    def with_arms_for(self, policies: Sequence[str]) -> Scenario:
        """Return the scenario with an arm for each policy that no arm names: that policy alone, with its defaults."""
        named = {policy["name"] for arm in self.arms for policy in arm.policies} | {arm.name for arm in self.arms}
        new = [Arm(name, name, name, ({"name": name},)) for name in policies if name not in named]
        return replace(self, arms=(*self.arms, *new))

    def arm(self, name: str) -> Arm:
        """Return the arm of that name; InputError names the nearest."""
        for arm in self.arms:
            if arm.name == name:
                return arm
        raise InputError(
            tr("{source}: no arm {name}.{hint}").format(
                source=self.source, name=shown(name), hint=nearest(name, [a.name for a in self.arms])
            )
        )

    def make_policies(self, make: Callable[[Mapping[str, Any]], Any]) -> dict[str, tuple[Any, ...]]:
        """Return the policy objects of every arm; an InputError of `make` says which arm and policy it was."""
        made: dict[str, tuple[Any, ...]] = {}
        for arm in self.arms:
            got = []
            for number, record in enumerate(arm.policies, 1):
                try:
                    got.append(make(dict(record)))
                except InputError as error:
                    raise InputError(
                        tr("{source}: arm {arm_name!r}, policy {number}: {error}").format(
                            source=self.source, arm_name=arm.name, number=number, error=error
                        )
                    ) from None
            made[arm.name] = tuple(got)
        return made


def built_in_scenarios() -> dict[str, Path]:
    """Return the built-in scenarios: name and file, in alphabetical order."""
    return {path.stem: path for path in sorted(BUILT_IN.glob("*.toml"))}


def load_scenario(given: str | Path) -> Scenario:
    """Read a scenario by built-in name or from a TOML file.

    Raises: InputError that names the file, the key, what came and what is allowed
    """
    known = built_in_scenarios()
    if not isinstance(given, str | Path):
        raise InputError(
            tr("scenario = {given}: give a scenario file (.toml) or one of: {known}.").format(
                given=shown(given), known=", ".join(known)
            )
        )
    if str(given) in known:
        return parse_scenario(read_toml(known[str(given)], str(given)), str(given), str(given))
    path, source = Path(given), visible(str(given), "")
    if not can_be_read(path):
        if isdir(path):
            raise InputError(
                tr("{path} is a folder. Give a scenario file (.toml) or one of: {names}.").format(
                    path=source, names=", ".join(known)
                )
            )
        if path.suffix == ".toml":
            raise InputError(tr("{path}: no such scenario file. Check the path.").format(path=source))
        raise InputError(
            tr("unknown scenario {name}.{hint} Or give the path of a scenario file (.toml).").format(
                name=shown(str(given)), hint=nearest(str(given), known)
            )
        )
    return parse_scenario(read_toml(path, source), path.stem, source)


def parse_scenario(data: Mapping[str, Any], name: str, source: str) -> Scenario:
    """Return the scenario that a parsed TOML file describes, or raise InputError naming `source` and the key."""
    with understood(source):
        made = _parse(data, name, source)
        from experiments.texts import check_texts  # brings the database: not while a shell completes a line

        check_texts(made)
    return made


def _parse(data: Mapping[str, Any], name: str, source: str) -> Scenario:
    check_keys(data, KEYS, source)
    years = parse_years(need(data, "years", SPAN, source), f"{source}: years", FIRST_YEAR, LAST_YEAR)
    title, region = need(data, "title", str, source), need(data, "region", str, source)
    return Scenario(
        name=name,
        source=source,
        title=title,
        title_zh=text(data, "title_zh", source) or title,
        region=region,
        years=years,
        arms=parse_arms(data.get("arm", []), source),
        seeds=parse_span(data.get("seeds", 1), f"{source}: seeds"),
        draws=parse_span(data["draws"], f"{source}: draws", low=1) if "draws" in data else (),
        sample=check_sample(data.get("sample", 1.0), f"{source}: sample"),
        only=check_only(data["only"], region, f"{source}: only") if "only" in data else (),
        births=check_births(data.get("births", "middle"), f"{source}: births"),
        show_years=parse_span(data["show_years"], f"{source}: show_years", FIRST_YEAR, LAST_YEAR)
        if "show_years" in data
        else (),
        parameters=parse_parameters(data.get("parameters", {}), source),
        targets=tuple(
            parse_target(row, f"{source}: target {number}")
            for number, row in enumerate(tables(data, "target", source), 1)
        ),
    )


def parse_arms(rows: Any, source: str) -> tuple[Arm, ...]:
    """Return the arms; at least one, names unique."""
    rows = tables({"arm": rows}, "arm", source)
    if not rows:
        raise InputError(
            tr('{source}: no arm. Add at least one: [[arm]] with name = "baseline".').format(source=source)
        )
    arms: list[Arm] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        where = f"{source}: arm {number}"
        check_keys(row, ARM_KEYS, where)
        name = need(row, "name", str, where)
        if name in seen:
            raise InputError(
                tr("{where}: a second arm is called {name!r}. Give every arm its own name.").format(
                    where=where, name=name
                )
            )
        seen.add(name)
        where = f"{source}: arm {name!r}"
        policies = tables(row, "policy", where)
        for k, policy in enumerate(policies, 1):
            need(policy, "name", str, f"{where}, policy {k}")
        title = text(row, "title", where) or name
        arms.append(Arm(name, title, text(row, "title_zh", where) or title, tuple(policies)))
    return tuple(arms)


def parse_target(row: Mapping[str, Any], where: str) -> Target:
    """Return one target of the document."""
    check_keys(row, TARGET_KEYS, where)
    comparator = row.get("comparator", ">=")
    if comparator not in COMPARATORS:
        raise InputError(
            tr("{where}: comparator = {comparator!r}; allowed: {comparators}.").format(
                where=where, comparator=comparator, comparators=", ".join(COMPARATORS)
            )
        )
    measure, stage = need(row, "measure", str, where), text(row, "stage", where) or "compulsory"
    for key, came, known in (("measure", measure, measures()), ("stage", stage, STAGES)):
        if came not in known:
            raise InputError(
                tr("{where}: unknown {key} {came!r}.{nearest}").format(
                    where=where, key=key, came=came, nearest=nearest(came, known)
                )
            )
    year = parse_years([need(row, "year", int, where)] * 2, f"{where}: year", FIRST_YEAR, LAST_YEAR)[0]
    words = {key: text(row, key, where) for key in ("clause", "quote_zh", "title", "title_zh")}
    value = real(need(row, "value", (int, float), where))
    if value is None:
        raise InputError(
            tr("{where}: value = {value} is not a finite number.").format(where=where, value=shown(row["value"]))
        )
    return Target(
        measure=measure,
        comparator=comparator,
        value=value,
        year=year,
        stage=stage,
        **words,
    )


def parse_parameters(given: Any, source: str) -> dict[str, float]:
    """Return the parameters that the scenario overrides, flat: a table in the table is `table.name`."""
    if not isinstance(given, Mapping):
        raise InputError(
            tr("{source}: parameters = {given} is not a table. Write [parameters] and one line a parameter.").format(
                source=source, given=shown(given)
            )
        )
    flat: dict[str, float] = {}
    for key, value in given.items():
        if isinstance(value, Mapping):
            flat.update({f"{key}.{k}": v for k, v in parse_parameters(value, source).items()})
        else:
            number = real(value)
            if number is None:
                raise InputError(
                    tr("{source}: parameters: {key} = {value} is not a number.").format(
                        source=source, key=key, value=shown(value)
                    )
                )
            flat[key] = number
    return flat


def check_births(given: Any, what: str) -> str:
    """Return the variant of births after the last published year: low, middle or high."""
    variant = plain(given)
    if not isinstance(variant, str) or variant not in VARIANTS:
        raise InputError(
            tr("{what} = {given} is unknown.{hint}").format(
                what=what, given=shown(given), hint=nearest(str(given), VARIANTS)
            )
        )
    return str(variant)


def check_sample(given: Any, what: str) -> float:
    """Return the share of children simulated, a number above 0 and up to 1."""
    share = real(given)
    if share is None:
        raise InputError(
            tr("{what} = {given} is not a number. Write a share such as 0.1, or 1 for every child.").format(
                what=what, given=shown(given)
            )
        )
    if not 0 < share <= 1:
        hint = tr(" For {percent:g} %, write {share:g}.").format(percent=share, share=share / 100) if share > 1 else ""
        raise InputError(
            tr("{what} = {share:g} is outside 0 to 1 (share of children; 0 itself is not allowed).{hint}").format(
                what=what, share=share, hint=hint if share <= 100 else ""
            )
        )
    if share < LEAST_SAMPLE:
        raise InputError(
            tr("{what} = {share:g} is below {least:g}, the smallest share of children that can be run.").format(
                what=what, share=share, least=LEAST_SAMPLE
            )
        )
    return share
