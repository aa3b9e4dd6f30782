"""Options that every verb takes, before the verb or after it: declared once here, given to each verb when it is loaded."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from junheng.language import current
from junheng.loudness import choose


class Language(enum.StrEnum):
    """Languages that people are spoken to in."""

    en = "en"
    zh = "zh"


# name -> annotation and default. The language is chosen before anything is parsed (junheng.language), so that help pages
# and errors speak it too: here the option is listed, checked and taken off the verb's hands.
OPTIONS: dict[str, tuple[Any, Any]] = {
    "lang": (
        Annotated[
            Language | None,
            typer.Option(
                "--lang", help="Language of everything that is said: en or zh (中文). Also JUNHENG_LANG.", show_default=False
            ),
        ],
        None,
    ),
    "quiet": (
        Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing beside data and errors: no progress, no hints.")],
        False,
    ),
    "verbose": (
        Annotated[bool, typer.Option("--verbose", "-v", help="Log what is built, taken, run and stored, with times.")],
        False,
    ),
}  # fmt: skip


def with_global_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a verb that takes the global options as well. One that has a parameter `lang` is handed the language spoken."""
    own = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    kept = [
        p.replace(annotation=hints.get(p.name, p.annotation)) for p in own.parameters.values() if p.name not in OPTIONS
    ]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in OPTIONS.items()
    ]

    @wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        values = {name: given.pop(name, None) for name in OPTIONS}
        choose(bool(values["quiet"]), bool(values["verbose"]))
        values["lang"] = current()
        return function(*args, **given, **{name: value for name, value in values.items() if name in own.parameters})

    call.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in (*kept, *added)}
    del call.__wrapped__  # type: ignore[attr-defined]  # some versions of the parser look through it
    return call
