"""The texts of a scenario, checked when it is loaded: no hidden characters, none longer than a database keeps."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import gettext as tr
from typing import TYPE_CHECKING

from sim.errors import InputError, cut, visible

if TYPE_CHECKING:
    from experiments.scenario import Scenario

QUOTE = 2_000  # characters of a passage of the document


def check_texts(scenario: Scenario) -> None:
    """Raise InputError for a text of a scenario that is too long, or holds what a terminal obeys or nobody sees."""
    for what, given, most in _texts(scenario):
        where = f"{scenario.source}: {what}"
        if visible(given, "") != given:
            raise InputError(
                tr("{where} = '{text}' holds characters that are not to be seen. Write it without them.").format(
                    where=where, text=cut(visible(given, ""), 80)
                )
            )
        if len(given) > most:
            raise InputError(
                tr("{where} = '{text}' has {length} characters; at most {most} are kept. Shorten it.").format(
                    where=where, text=cut(given, 40), length=len(given), most=most
                )
            )


def _texts(s: Scenario) -> Iterator[tuple[str, str, int]]:
    """Yield what each text is called, the text, and how many characters it may have."""
    from results import tables as t  # brings SQLAlchemy, which a shell that completes a name need not wait for

    columns = (t.experiment.c.scenario, t.run.c.arm, t.experiment.c.title, t.cost.c.item, t.run.c.region)
    name, arm_name, title, policy_name, region = (int(c.type.length) for c in columns)  # type: ignore[attr-defined]
    yield tr("name of the scenario (that of its file)"), s.name, name
    yield "title", s.title, title
    yield "title_zh", s.title_zh, title
    yield "region", s.region, region
    for arm in s.arms:
        where = f"arm {cut(arm.name, 40)!r}"
        yield f"{where}: name", arm.name, arm_name
        yield f"{where}: title", arm.title, title
        yield f"{where}: title_zh", arm.title_zh, title
        for number, policy in enumerate(arm.policies, 1):
            yield f"{where}, policy {number}: name", str(policy.get("name", "")), policy_name
    for number, target in enumerate(s.targets, 1):
        for key in ("clause", "quote_zh", "title", "title_zh"):
            yield f"target {number}: {key}", getattr(target, key), QUOTE if key == "quote_zh" else title
