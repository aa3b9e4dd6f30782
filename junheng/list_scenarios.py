"""`junheng list scenarios`: the built-in scenarios with their arms."""

from __future__ import annotations

from gettext import gettext as tr
from typing import Annotated

import typer


def scenarios(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the built-in scenarios. A file of your own works as well.

    Example: junheng list scenarios
    """
    from experiments.scenario import built_in_scenarios, load_scenario

    found = [load_scenario(name) for name in built_in_scenarios()]
    if json:
        from json import dumps

        keys = ("name", "title", "title_zh", "region", "years")
        rows = [{key: getattr(s, key) for key in keys} | {"arms": [arm.name for arm in s.arms]} for s in found]
        typer.echo(dumps(rows, ensure_ascii=False, indent=2))
        return
    for s in found:
        typer.echo(f"{s.name}: {s.title} ({s.title_zh})")
        for arm in s.arms:
            policies = ", ".join(str(policy["name"]) for policy in arm.policies) or "none"
            typer.echo(
                tr("  {arm_name}: {title}; policies: {policies}").format(
                    arm_name=arm.name, title=arm.title, policies=policies
                )
            )
