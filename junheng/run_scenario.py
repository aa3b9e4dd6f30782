"""`junheng run`: simulate a scenario, store every run, and end with a table that a planner understands."""

from __future__ import annotations

from gettext import gettext as tr
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from junheng import completion
from junheng.layout import command, typed_number, typed_whole

if TYPE_CHECKING:
    from junheng.api import Result

Given = Annotated[
    str,
    typer.Argument(
        help="Built-in name (see `junheng list scenarios`) or a TOML file.", autocompletion=completion.scenarios
    ),
]
Arms = Annotated[
    list[str] | None,
    typer.Option(help="Only this arm; may be given several times.", autocompletion=completion.arms),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help="Run only these counties or prefectures, every child of them: name, pinyin or code; with commas, or several times.",
        autocompletion=completion.areas,
    ),
]
Draws = Annotated[
    str | None, typer.Option(help="Draws of the uncertain parameters, such as 1:20; the same in every arm.")
]
Sample = Annotated[
    float | None,
    typer.Option(
        parser=typed_number,
        metavar="FLOAT",
        help="Share of children to simulate: for tests of speed, no quick look. See --only.",
    ),
]
PolicyFiles = Annotated[
    list[Path] | None,
    typer.Option(
        help="A Python file with policies of your own; may be given several times.",
        autocompletion=completion.policy_files,
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        parser=typed_whole, metavar="INTEGER", help="Runs at a time. Each run spreads over the cores by itself."
    ),
]


def run(
    scenario: Given,
    years: Annotated[str | None, typer.Option(help="School years, first:last, such as 2024:2035.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Seeds: 1, 1:5 or 1,4,9. A seed varies chance only.")] = None,
    draws: Draws = None,
    arm: Arms = None,
    only: Only = None,
    sample: Sample = None,
    db: Annotated[
        str, typer.Option(envvar="JUNHENG_DB", help="Where results go: an SQLite file or a PostgreSQL URL.")
    ] = "junheng.db",
    workers: Workers = 1,
    policy_file: PolicyFiles = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Simulate again what the database already holds.")] = False,
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
) -> None:
    """Run a scenario: every arm with every seed; store each run; print a table.

    Runs that the database holds from the same code and data are not simulated again.

    Example: junheng run guizhou --only 毕节市 --seeds 1:5
    """
    from experiments.table import write_table
    from junheng.api import run as run_api
    from junheng.loudness import note, progress_shown
    from junheng.memory import keep_freed_memory

    keep_freed_memory()
    result = run_api(
        scenario,
        years=years,
        seeds=seeds,
        draws=draws,
        arms=arm,
        sample=sample,
        only=only or None,
        db=db,
        workers=workers,
        policy_files=policy_file or (),
        fresh=fresh,
        progress=progress_shown(),
        check=False,
    )
    if json:
        from json import dumps

        typer.echo(dumps(result.summary, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        typer.echo(write_table(result.summary, lang))
        note(
            tr(
                "{simulated} simulated, {reused} already there; experiment {experiment} in {db}. Next: {command}"
            ).format(**_said(result), command=command("figures", "--db", db, "--out", "figures"))
        )
    for silent in result.outcome.notes:
        note(tr("Note: {note}").format(note=silent))
    result.outcome.check()


def _said(result: Result) -> dict[str, Any]:
    """Return what the last line tells of a result."""
    made = result.outcome
    return {
        "simulated": made.simulated,
        "reused": made.reused,
        "experiment": result.experiment,
        "db": result.store.where,
    }
