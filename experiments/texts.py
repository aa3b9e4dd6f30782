"""The texts of a scenario, checked when it is loaded: no hidden characters, none longer than a database keeps."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import gettext as tr
from typing import TYPE_CHECKING

from results import tables as t
from sim.errors import InputError, cut, visible

if TYPE_CHECKING:
    from experiments.scenario import Scenario

NAME, ARM, TITLE = (int(c.type.length) for c in (t.experiment.c.scenario, t.run.c.arm, t.experiment.c.title))  # type: ignore[attr-defined]
POLICY, REGION = (int(c.type.length) for c in (t.cost.c.item, t.run.c.region))  # type: ignore[attr-defined]
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
    yield tr("name of the scenario (that of its file)"), s.name, NAME
    yield "title", s.title, TITLE
    yield "title_zh", s.title_zh, TITLE
    yield "region", s.region, REGION
    for arm in s.arms:
        where = f"arm {cut(arm.name, 40)!r}"
        yield f"{where}: name", arm.name, ARM
        yield f"{where}: title", arm.title, TITLE
        yield f"{where}: title_zh", arm.title_zh, TITLE
        for number, policy in enumerate(arm.policies, 1):
            yield f"{where}, policy {number}: name", str(policy.get("name", "")), POLICY
    for number, target in enumerate(s.targets, 1):
        for key in ("clause", "quote_zh", "title", "title_zh"):
            yield f"target {number}: {key}", getattr(target, key), QUOTE if key == "quote_zh" else TITLE
