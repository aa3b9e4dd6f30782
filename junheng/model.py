"""`junheng.Model`: a region under policies as a Mesa model, made from names, numbers and dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from gettext import gettext as tr
from typing import Any

from experiments.observe import Observer
from experiments.scenario import FIRST_YEAR, LAST_YEAR, check_births, check_sample
from experiments.spans import LARGEST_SEED, parse_years
from policies.registry import make_policy
from results.measures import measures
from sim import params
from sim.errors import InputError
from sim.model import EquityModel
from sim.start import build, survey


class Model(EquityModel):
    """A region, one school year a `step()`: `model.counties`, `model.schools`, `model.students`, `model.teachers`.

    region: built-in name; policies: policy objects, names, or dictionaries such as {"name": "rotation", "share": 0.1}
    years: first and last school year; the first is the one that the region is built for
    sample: share of children and teachers kept; seed: chance, keyed (see `sim.streams`); rng: another name for seed
    parameters: values instead of the default ones, by name
    births: low, middle or high: how births go on after the last published year
    model_reporters, agent_reporters, agenttype_reporters: collected beside the measures, as in `mesa.DataCollector`
    Raises: InputError that says what came and what is allowed

    The numbers are those of `junheng run` with the same region, policies, sample and seed. The data collector has
    the region's measures as columns: `gap.urban_rural`, by stage `gap.urban_rural@primary` and `@junior`.
    """

    def __init__(
        self,
        region: str = "guizhou",
        policies: Any = (),
        years: str | Sequence[int] = (2024, 2035),
        sample: float = 1.0,
        seed: int | None = 1,
        parameters: Mapping[str, float] | None = None,
        births: str = "middle",
        *,
        rng: int | None = None,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
        threads: int | None = None,
    ) -> None:
        share, chance = check_sample(sample, "sample"), check_seed(seed if rng is None else rng)
        span = parse_years(years, "years", FIRST_YEAR, LAST_YEAR)
        made = resolve(policies)
        values = params.load().with_values(parameters or {})
        start = survey(region).region.start_year
        if span[0] != start:
            raise InputError(
                tr("years: the first year is {span}, but {region} is built for {start}; begin with it.").format(
                    span=span[0], region=region, start=start
                )
            )
        super().__init__(
            build(
                region, seed=chance, sample=share, params=values, threads=threads, births=check_births(births, "births")
            ),
            made,
            span,
            Observer(),
            measures=region_columns(),
            model_reporters=model_reporters,
            agent_reporters=agent_reporters,
            agenttype_reporters=agenttype_reporters,
        )
        self.region, self.sample, self.seed = region, share, chance


def region_columns() -> list[str]:
    """Return the names of all measures of a whole region as the observer's `region_row` writes them, groups left out."""
    return [
        name if stage == "compulsory" else f"{name}@{stage}"
        for name, told in measures().items()
        if "region" in told.levels and "all" in told.groups
        for stage in ("compulsory", "primary", "junior")
        if stage in told.stages
    ]


def resolve(policies: Any) -> list[Any]:
    """Return policy objects from objects, names and dictionaries; one alone need not be in a list.

    Raises: InputError for something else, an unknown name or parameter, or a name given twice
    """
    if isinstance(policies, str | Mapping) or hasattr(policies, "effects"):
        policies = [policies]
    if not isinstance(policies, Iterable):
        raise InputError(
            tr('policies = {policies!r}: give a list such as [{{"name": "rotation", "share": 0.1}}].').format(
                policies=policies
            )
        )
    made: list[Any] = []
    for number, given in enumerate(policies, 1):
        record = {"name": given} if isinstance(given, str) else given
        made.append(given if hasattr(given, "effects") else make_policy(record, f"policies: number {number}"))
    names = [policy.name for policy in made]
    for name in names:
        if names.count(name) > 1:
            raise InputError(tr("policies: {name!r} is given twice. Give each policy once.").format(name=name))
    return made


def check_seed(seed: Any) -> int:
    """Return the seed, a whole number from 0; InputError when it is something else."""
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        hint = " In mesa.batch_run of Mesa 3.4 or newer write rng=[1, 2]." if seed is None else ""
        raise InputError(
            tr("seed = {seed!r} is not a whole number. Draws are keyed by one, such as seed=1.{hint}").format(
                seed=seed, hint=hint
            )
        )
    number = int(seed)
    if not 0 <= number <= LARGEST_SEED:
        raise InputError(
            tr("seed = {number} is outside 0 to {largest_seed}.").format(number=number, largest_seed=LARGEST_SEED)
        )
    return number
