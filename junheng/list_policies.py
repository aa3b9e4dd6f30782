"""`junheng list policies`: every policy that a scenario can name."""

from __future__ import annotations

from gettext import gettext as tr
from pathlib import Path
from typing import Annotated

import typer


def policies(
    policy_file: Annotated[
        list[Path] | None, typer.Option(help="A Python file with policies of your own; may be given several times.")
    ] = None,
    lang: str = "en",
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the policies: built in, installed as plug-ins, and of your own files.

    Example: junheng list policies
    """
    from junheng.layout import text_table
    from policies.registry import BUILT_IN, load_file, policy_class, policy_names
    from sim.errors import InputError

    head = {"en": ("name", "title", "family", "from"), "zh": ("名称", "政策", "类别", "来源")}[lang]
    for file in policy_file or ():
        load_file(file)
    rows = []
    for name in policy_names():
        origin = "built in" if name in BUILT_IN else "own"
        try:
            cls = policy_class(name)
        except InputError as error:  # one broken plug-in must not hide the others
            typer.echo(tr("Error: {error}").format(error=error), err=True)
            continue
        titles = {"title": cls.title_en or name, "title_zh": cls.title_zh or cls.title_en or name}
        rows.append({"name": name, **titles, "family": cls.family, "from": origin})
    if json:
        from json import dumps

        typer.echo(dumps(rows, ensure_ascii=False, indent=2))
        return
    title = "title_zh" if lang == "zh" else "title"
    typer.echo(text_table(head, [(row["name"], row[title], row["family"], row["from"]) for row in rows]))
