"""What a user's code may do to a run: raise, and nothing else. It cannot end the program, and its words are made safe to show.

Ctrl-C is not the code's: it goes through.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from gettext import gettext as tr
from pathlib import Path
from typing import Any

from sim.errors import InputError

OURS = Path(__file__).resolve().parent
LONGEST = 300  # characters of an error's text that are shown


@contextmanager
def users_code(where: str, advice: str, reading: bool = False) -> Iterator[None]:
    """Turn whatever users' code raises into one InputError that names it.

    where: what the message begins with; advice: what it ends with; reading: the code is given a world that it must not write
    Raises: InputError; KeyboardInterrupt as it came
    """
    try:
        yield
    except (InputError, KeyboardInterrupt):
        raise
    except SystemExit as error:
        raise InputError(
            tr("{where}: it ends the program (exit code {code}){place}. {advice}").format(
                where=where, code=safe(repr(error.code)), place=place(error), advice=advice
            )
        ) from error
    except BaseException as error:
        said = safe(_text(error))
        if reading and ("read-only" in said or "WRITEABLE" in said):
            raise InputError(
                tr(
                    "{where}: it writes to the world{place}. A policy only reads the world and returns Effects; "
                    "copy an array before changing it."
                ).format(where=where, place=place(error))
            ) from error
        kind = type(error).__name__
        raise InputError(
            tr("{where}: {kind}: {said}{place}. {advice}").format(
                where=where, kind=kind, said=said, place=place(error), advice=advice
            )
        ) from error


@contextmanager
def no_exit(where: str) -> Iterator[None]:
    """Turn an end of the program that users' code asks for, wherever it does, into InputError; errors go through."""
    try:
        yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise InputError(
            tr("{where}: the code of a policy ends the program ({kind}){place}. A policy must not.").format(
                where=where, kind=type(error).__name__, place=place(error)
            )
        ) from error


def is_ours(cls: type) -> bool:
    """Return whether a class is defined in this package: by its file, not by the name that its module gives itself."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return file is not None and Path(file).resolve().parent == OURS


def safe(text: str, longest: int = LONGEST) -> str:
    """Return a user's text for a message: one line, control characters as escapes, not endless."""
    cut = text[:longest] + ("..." if len(text) > longest else "")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def place(error: BaseException) -> str:
    """Return " (file, line n)" of the line that raised, the deepest outside of numpy and of ours; "" if it is not known."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
    apart = tuple(str(OURS.parent / name) + os.sep for name in ("sim", "policies"))
    own = [f for f in frames if "numpy" not in f.filename and not f.filename.startswith(apart)]
    own = own or [f for f in frames if "numpy" not in f.filename]
    return f" ({safe(Path(own[-1].filename).name)}, line {own[-1].lineno})" if own else ""


def _text(error: BaseException) -> str:
    """Return what an error says, even when saying it fails."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as second:
        return f"(no text: {type(second).__name__})"


def text_fault(value: Any, longest: int, empty: bool = True) -> str:
    """Return what is wrong with a text that is shown to people; "" if it is good."""
    if type(value) is not str:
        return tr("it is {kind}, not text").format(kind=type(value).__name__)
    if not empty and not value.strip():
        return tr("it is blank")
    if len(value) > longest:
        return tr("it has {number} characters, at most {most} are allowed").format(number=len(value), most=longest)
    bad = next((c for c in value if not c.isprintable()), None)
    if bad is not None:
        return tr("it holds the character {code}, which is not printable").format(code=f"U+{ord(bad):04X}")
    return ""
