"""`junheng show county`: one county of an experiment: certified when, what its schools lack, what that costs, what next."""

from __future__ import annotations

from gettext import gettext as tr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng.layout import DEFAULT_DB, Db, at, command, named, typed_whole

if TYPE_CHECKING:
    from results.areas import StoredArea
    from results.store import Store


def county(
    name: Annotated[str, typer.Argument(metavar="COUNTY", help="Name in Chinese or pinyin, or code: 织金县.")],
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Id of an experiment, or latest.")] = "latest",
    db: Db = DEFAULT_DB,
    arm: Annotated[str, typer.Option(help="The arm; if left out, the first one that has policies.")] = "",
    year: Annotated[
        int | None,
        typer.Option(
            parser=typed_whole,
            metavar="INTEGER",
            help="Year of the details; if left out, the last one before the county is certified.",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="List every school that lacks something, not the first ten.")
    ] = False,
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print all that is known as JSON.")] = False,
) -> None:
    """Show what keeps a county from passing, school by school, what it costs, and what to do next.

    Example: junheng show county 织金县 --arm plan --year 2030
    """
    from junheng.county_text import as_text, next_steps
    from results.county import county_report

    with _opened(db, name) as store:
        which = store.resolve(experiment)
        area = find_county(store, which, name)
        report = county_report(store, which, area, arm or None, year)
        prefecture = store.area_table(_facts(store, which)["spec"].get("region", "")).prefecture(area)
    report["county"]["prefecture"] = prefecture
    report["next"] = next_steps(report, lang, db if db != DEFAULT_DB else "")
    if json:
        from json import dumps

        typer.echo(dumps(report, ensure_ascii=False, indent=2, allow_nan=False))
        return
    typer.echo("\n".join(as_text(report, lang, every)))


def _opened(db: str, name: str) -> Store:
    """Open the database to read; where there is none yet, or nothing in it, say which command makes one for this county."""
    from results.errors import ResultsError
    from results.store import open_store
    from sim.area_names import find
    from sim.errors import InputError
    from sim.facts import region_names

    trouble = ""
    try:
        store = open_store(db, readonly=True)
        if store.experiments():
            return store
        store.close()
        trouble = tr("database {name} holds no experiment yet").format(name=store.where)
    except ResultsError as error:
        if "://" in db or (Path(db).exists() and Path(db).stat().st_size):
            raise
        trouble = str(error)
    for region in region_names():
        try:
            area = find(name, region, ("county",), "COUNTY")
        except InputError:
            continue
        words = command("run", region, "--only", area.name, *at(db))
        raise ResultsError(
            tr("{trouble}. Next, for {county}: {command}").format(trouble=trouble, county=area, command=words)
        )
    raise ResultsError(trouble)


def find_county(store: Store, experiment: int, name: str) -> StoredArea:
    """Return the county that a user means, which a run of the experiment holds.

    Raises: InputError or ResultsError: an unknown name, several that fit, or a county that other runs have to make: then
        with the command that does
    """
    from junheng.areas import not_held, stored_areas
    from results.errors import ResultsError
    from sim.errors import InputError

    facts = _facts(store, experiment)
    try:
        found = stored_areas(store, facts, [name], levels=("county",), where="COUNTY")
    except (InputError, ResultsError) as error:
        raise _elsewhere(store, experiment, name) or error from None
    if not found:
        raise InputError(tr("COUNTY: give one county, such as 织金县, Zhijin or 520524."))
    if len(found) > 1:
        raise InputError(tr("COUNTY: {name!r} names several counties; give one.").format(name=name))
    sample = float(facts["spec"].get("sample", 1.0))
    if sample < 1 and not store.counties(experiment):
        raise ResultsError(
            tr(
                "COUNTY: experiment {id} ran a sample of {sample:g} of the children; what a county lacks needs whole schools. "
                "Next: {command}"
            ).format(
                id=experiment,
                sample=sample,
                command=command("run", named(facts["scenario"]), "--only", found[0].name_zh, *at(store.where)),
            )
        )
    if found[0].key not in store.counties(experiment):
        raise _elsewhere(store, experiment, name) or not_held(facts, found[0], "COUNTY", store.where)
    return found[0]


def _facts(store: Store, experiment: int) -> dict[str, Any]:
    return next(e for e in store.experiments() if e["id"] == experiment)


def _elsewhere(store: Store, experiment: int, name: str) -> Exception | None:
    """Return the error that says where the county is: in another experiment, or in a region that none has run."""
    from junheng.areas import stored_areas
    from results.errors import ResultsError
    from sim.area_names import find
    from sim.errors import InputError
    from sim.facts import region_names

    for other in reversed(store.experiments()):
        if other["id"] == experiment:
            continue
        try:
            (found,) = stored_areas(store, other, [name], levels=("county",), where="COUNTY")
        except (InputError, ResultsError, ValueError):
            continue
        if found.key in store.counties(other["id"]):
            return ResultsError(
                tr("COUNTY: {county} is not in experiment {id}. Next: {command}").format(
                    county=found,
                    id=experiment,
                    command=command("show", "county", found.name_zh, str(other["id"]), *at(store.where)),
                )
            )
    region = _facts(store, experiment)["spec"].get("region", "")
    for there in region_names():
        if there == region:
            continue
        try:
            area = find(name, there, ("county",))
        except InputError:
            continue
        return ResultsError(
            tr("COUNTY: {county} lies in {there}; experiment {id} is of {region}. Next: {command}").format(
                county=area, there=there, id=experiment, region=region, command=command("run", there, *at(store.where))
            )
        )
    return None
