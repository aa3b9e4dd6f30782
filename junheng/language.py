"""The language that people are spoken to in: English, or Chinese from the catalogue in `junheng/locale`.

Every folder marks what people read with the standard library's `gettext`; this file says which catalogue it reads. A
program that imports junheng decides for itself: nothing is bound by importing.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

LANGUAGES = ("en", "zh")
DOMAIN = "junheng"
LOCALE = Path(__file__).parent / "locale"
OPTION = "--lang"
VARIABLES = ("JUNHENG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")  # the first one that is set decides
_spoken: list[str] = []  # the language of this process, when one was chosen


def chosen(args: Sequence[str], environ: Mapping[str, str] = os.environ) -> str:
    """Return the language for a command line: its last --lang, else JUNHENG_LANG, else that of the machine (LC_ALL, ..., LANG).

    args: the words after `junheng`; everything after a lone `--` is no option
    """
    found = ""
    for at, word in enumerate(args):
        if word == "--":
            break
        if word == OPTION and at + 1 < len(args):
            found = args[at + 1]
        elif word.startswith(f"{OPTION}="):
            found = word.partition("=")[2]
    if _tongue(found) not in LANGUAGES:  # or one that will be refused in a moment
        found = next((environ[name] for name in VARIABLES if environ.get(name)), "")
    return "zh" if _tongue(found) == "zh" else "en"


def _tongue(name: str) -> str:
    """Return the language of a name such as zh_CN.UTF-8."""
    return name.lower().replace("-", "_").replace(".", "_").partition("_")[0]


def current() -> str:
    """Return the language that `speak` chose, English when nobody did."""
    return _spoken[-1] if _spoken else "en"


def speak(language: str) -> None:
    """Let every marked text of this process come in a language: for programs that own their process, such as the CLI."""
    os.environ["LANGUAGE"] = language  # what gettext reads first; child processes speak it too
    gettext.bindtextdomain(DOMAIN, str(LOCALE))
    gettext.textdomain(DOMAIN)
    _spoken[:] = [language]
