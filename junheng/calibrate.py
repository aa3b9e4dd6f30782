"""`junheng calibrate`: fit the base run of a region to published facts and print the card that says what was met."""

from __future__ import annotations

from gettext import gettext as tr
from typing import Annotated

import typer

from junheng import completion
from junheng.layout import typed_number


def calibrate(
    region: Annotated[
        str,
        typer.Argument(help="Name of a region, e.g. guizhou (junheng list regions)", autocompletion=completion.regions),
    ],
    seeds: Annotated[str, typer.Option(help="Seeds: the factors are fitted on the first and judged on all")] = "1:3",
    sample: Annotated[
        float,
        typer.Option(
            parser=typed_number, metavar="FLOAT", help="Share of children: for tests of speed; 1 is everybody"
        ),
    ] = 1.0,
    check: Annotated[bool, typer.Option("--check", help="Do not fit: judge the factors of the table")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the factors into sim/data/alignment.csv")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON record instead of the card")] = False,
    lang: str = "en",
) -> None:
    """Fit the base run of a region to the published anchors and print a pass/fail card; exit code 1 when one is missed.

    Example: junheng calibrate guizhou --seeds 1:3
    """
    from calibration.card import as_record, as_text, passed
    from calibration.run import calibrate as run
    from experiments.first_start import told_on_stderr
    from experiments.spans import parse_span
    from junheng.loudness import note, progress_shown
    from sim.errors import InputError

    if write and (check or sample < 1):
        came = "--check" if check else f"--sample {sample:g}"
        raise InputError(
            tr(
                "calibrate: --write and {came} given. Factors are written from a fit on everybody: leave one out."
            ).format(came=came)
        )
    numbers = parse_span(seeds, "--seeds")
    with told_on_stderr(progress_shown()):
        made = run(region, numbers, sample, refit=not check, tell=note)
    record = as_record(region, numbers, sample, made.align, made.lines, lang)
    if write:
        record["written"] = _write(region, made.align, made.lines)
        note(tr("written: {path}").format(path=record["written"]))
    if json:
        from json import dumps

        typer.echo(dumps(record, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        typer.echo(as_text(record, lang))
    if not passed(made.lines):
        raise typer.Exit(1)


def _write(region: str, align: dict[str, float], lines: list) -> str:  # type: ignore[type-arg]
    from calibration.table import factor_rows, write_region
    from sim.start import alignments

    path = write_region(region, factor_rows(region, align, lines))
    alignments.cache_clear()
    return str(path)
