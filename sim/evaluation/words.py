"""The language that the evaluation speaks: that of the process, or one that the caller names for a while."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "zh")
LOCALE = Path(__file__).parents[2] / "junheng" / "locale"
_language: ContextVar[str | None] = ContextVar("language of the evaluation", default=None)


def tr(message: str) -> str:
    """Return a text in the language that `speaking` names, else in that of the process."""
    named = _language.get()
    if named == "en":
        return message
    return gettext.gettext(message) if named is None else _catalogue(named).gettext(message)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak a language inside the block; None is the language of the process.

    Raises: ValueError for a language that is not there
    """
    if language is not None and language not in LANGUAGES:
        raise ValueError(f"lang = {language!r}, allowed: {', '.join(LANGUAGES)}")
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def language() -> str:
    """Return the language that is spoken now: "en" or "zh"."""
    ours = gettext.textdomain() == "junheng" and os.environ.get("LANGUAGE", "").startswith("zh")
    return _language.get() or ("zh" if ours else "en")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("junheng", localedir=str(LOCALE), languages=[language], fallback=True)
