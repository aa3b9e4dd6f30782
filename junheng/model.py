"""`junheng.Model`: a region under policies as a Mesa model, made from names, numbers and dictionaries."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from gettext import gettext as tr
from typing import Any

from experiments.observe import Observer
from experiments.only import check_only
from experiments.scenario import FIRST_YEAR, LAST_YEAR, check_births, check_sample
from experiments.spans import LARGEST_SEED, parse_years
from policies.base import Policy
from policies.guard import Guarded
from policies.registry import check_texts, make_policy, policy_names
from policies.trial import check_policies
from results.measures import measures
from sim import params
from sim.collector import YearCollector
from sim.errors import InputError, nearest
from sim.facts import region_name
from sim.model import EquityModel
from sim.numbers import listed, shown, table, whole
from sim.start import build, survey


class Model(EquityModel):
    """A region, one school year a `step()`: `model.counties`, `model.schools`, `model.students`, `model.teachers`.

    region: built-in name; policies: policy objects, names, or dictionaries such as {"name": "rotation", "share": 0.1}
    years: first and last school year; the first is the one that the region is built for
    only: counties and prefectures to run, as names, pinyin or codes, such as "毕节市": all their children, and of counties,
        schools and sets theirs alone; the rest of the region stands in with expected pupils (see `sim.outside`)
    sample: share of children and teachers kept, for tests of speed
    rng: the seed, chance, keyed (see `sim.streams`); `seed=1` says the same
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
        rng: int | None = None,  # `seed` is not named here: mesa.batch_run from 3.4 on would overwrite it with nothing
        parameters: Mapping[str, float] | None = None,
        births: str = "middle",
        *,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        agenttype_reporters: Mapping[type, Mapping[str, Any]] | None = None,
        threads: int | None = None,
        only: Any = None,
        **kwargs: Any,
    ) -> None:
        share, chance = check_sample(sample, "sample"), one_seed(rng, kwargs)
        span = check_years(years)
        made = resolve(policies)
        YearCollector((), model_reporters, agent_reporters, agenttype_reporters)  # refuses bad ones before the build
        values = params.load().with_values({} if parameters is None else parameters)
        start = survey(region_name(region)).region.start_year
        if span[0] != start:
            raise InputError(
                tr("years: the first year is {first}, but {region} is built for {start}; begin with it.").format(
                    first=span[0], region=region, start=start
                )
            )
        variant = check_births(births, "births")
        named = [(tr("policies: number {number}").format(number=k), policy) for k, policy in enumerate(made, 1)]
        for note in check_policies(named, region_name(region), range(span[0], span[1] + 1), variant):
            if note:
                warnings.warn(note, stacklevel=2)
        super().__init__(
            build(
                region,
                seed=chance,
                sample=share,
                params=values,
                threads=threads,
                births=variant,
                only=only,
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
        self.only = check_only(only, region, "only")


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
    alone = isinstance(policies, str) or hasattr(policies, "effects") or table(policies) is not None
    several = [policies] if alone else listed(policies)
    if several is None:
        raise InputError(
            tr('policies = {given}: give a list such as [{{"name": "rotation", "share": 0.1}}].').format(
                given=shown(policies)
            )
        )
    if isinstance(policies, str) and policies not in policy_names():
        raise InputError(
            tr(
                "policies: unknown policy {name}.{hint} mesa.batch_run takes dictionaries apart: put a policy that is "
                'fixed into a list, "policies": [{{"name": "rotation"}}], and a mix into two.'
            ).format(name=shown(policies), hint=nearest(policies, policy_names()))
        )
    made: list[Any] = []
    for number, given in enumerate(several, 1):
        record = {"name": given} if isinstance(given, str) else table(given)
        policy = (
            given
            if hasattr(given, "effects")
            else make_policy(given if record is None else record, f"policies: number {number}")
        )
        if isinstance(policy, type) or not isinstance(getattr(policy, "name", None), str):
            raise InputError(
                tr(
                    "policies: number {number}: {given} is no policy object; give one such as Rotation(share=0.1)."
                ).format(number=number, given=shown(given))
            )
        if isinstance(policy, Policy):
            check_texts(type(policy), f"policies: number {number}")
        made.append(policy if isinstance(policy, Policy) else Guarded(policy))
    names = [policy.name for policy in made]
    for name in names:
        if names.count(name) > 1:
            raise InputError(tr("policies: {name} is given twice. Give each policy once.").format(name=repr(name)))
    return made


def one_seed(rng: Any, more: dict[str, Any]) -> int:
    """Return the seed that `rng` or `seed` gives, 1 without either; InputError for both, or for another argument."""
    for name in more:
        if name != "seed":
            known = [*inspect.signature(Model).parameters, "seed"]
            raise InputError(
                tr("junheng.Model: unknown argument {name}.{hint}").format(
                    name=repr(name), hint=nearest(name, [word for word in known if word != "kwargs"])
                )
            )
    if "seed" not in more:
        return 1 if rng is None else check_seed(rng, "rng")
    seed = check_seed(more["seed"])
    if rng is not None and check_seed(rng, "rng") != seed:
        raise InputError(
            tr("seed = {seed} and rng = {rng} are two names of one thing; give one.").format(seed=seed, rng=shown(rng))
        )
    return seed


def check_years(years: Any) -> tuple[int, int]:
    """Return the first and last school year; InputError when they are none, a single year included."""
    try:
        return parse_years(years, "years", FIRST_YEAR, LAST_YEAR)
    except InputError as error:
        if whole(years) is None:
            raise
        hint = tr(' mesa.batch_run takes lists apart: write text there, "2024:2035".')
        raise InputError(f"{error}{hint}") from None


def check_seed(seed: Any, what: str = "seed") -> int:
    """Return the seed, a whole number from 0; InputError when it is something else."""
    number = whole(seed)
    if number is None:
        hint = tr(" In mesa.batch_run of Mesa 3.4 or newer write rng=[1, 2].") if seed is None else ""
        raise InputError(
            tr("{what} = {seed} is not a whole number. Draws are keyed by one, such as seed=1.{hint}").format(
                what=what, seed=shown(seed), hint=hint
            )
        )
    if not 0 <= number <= LARGEST_SEED:
        raise InputError(
            tr("{what} = {seed} is outside 0 to {most}.").format(what=what, seed=shown(number), most=LARGEST_SEED)
        )
    return number
