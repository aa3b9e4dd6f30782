"""The one error that users see: what is wrong, where, what is allowed, what to do."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from gettext import gettext as tr

NAMES_SHOWN = 12  # allowed names that a hint lists
NAMES_COMPARED = 500  # names that are looked at for a near spelling: comparing takes time that grows with the square
LONGEST_NAME = 60  # characters of a name that a near spelling is looked for
LONGEST_LINE, LONGEST_MESSAGE = 1_000, 20_000  # characters
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # kinds of characters that a terminal obeys or hides


def visible(text: str, keep: str = "\n") -> str:
    """Return a text whose control, format and broken characters are written as escapes such as \\u001b or \\u202e.

    Texts of others (names in a register or a database, titles, file names) may hold codes that a terminal obeys.
    keep: characters that stay as they are; "" for what must be one line
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or unicodedata.category(c) not in HIDDEN else escaped(c) for c in text)


def escaped(character: str) -> str:
    """Return a character as JSON and Python write it without Unicode: \\u and four digits, two of them beyond 16 bits."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, with a mark where some are left out."""
    return text if len(text) <= most else f"{text[: most - 2]} …"


def said_plainly(message: str) -> str:
    """Return a message as it may be shown: no hidden characters, no endless lines."""
    lines = cut(visible(cut(message, LONGEST_MESSAGE)), LONGEST_MESSAGE).split("\n")
    return "\n".join(cut(line, LONGEST_LINE) for line in lines)


class InputError(ValueError):
    """Bad input from a user: one clear message, shown without a traceback, exit code 2.

    message: names the file or key or row, what came, what is allowed and what to do. Hidden characters in it are escaped.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(said_plainly(str(message)))


class NoAttribute(InputError, AttributeError):
    """An attribute or column that is not there or cannot be set; `hasattr` and `copy` know it as an AttributeError."""


class NoRow(InputError, IndexError):
    """A row that is not there; loops and slices know it as an IndexError."""


class NoKey(InputError, KeyError):
    """A name or person that is not there; mappings know it as a KeyError."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would show the message in quotes


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known spelling and lists the allowed ones, the first of them if they are many."""
    name, names = str(name), sorted(known)
    # half of the letters cannot agree when one is more than three times as long as the other
    near = [n for n in names if len(n) <= 3 * len(name) and len(name) <= 3 * len(n)][:NAMES_COMPARED]
    close = difflib.get_close_matches(name, near, n=1, cutoff=0.5) if len(name) <= LONGEST_NAME else []
    hint = tr(" Did you mean {name!r}?").format(name=close[0]) if close else ""
    listed = ", ".join(names[:NAMES_SHOWN])
    if len(names) > NAMES_SHOWN:
        return hint + tr(" Allowed: {names} and {more} more.").format(names=listed, more=len(names) - NAMES_SHOWN)
    return hint + tr(" Allowed: {names}.").format(names=listed)


@contextmanager
def understood(where: str) -> Iterator[None]:
    """Turn what Python raises when it reads something absurd into an InputError: numbers too long, nesting too deep.

    where: the file or option, as the message names it. Only around reading and checking: elsewhere it would hide faults.
    """
    try:
        yield
    except RecursionError:
        raise InputError(tr("{where}: nested too deeply to be read. Write it flatter.").format(where=where)) from None
    except (OverflowError, UnicodeError) as error:
        raise InputError(
            tr("{where}: a value is too large, or no text ({reason}).").format(where=where, reason=error)
        ) from None
    except ValueError as error:
        if type(error) is not ValueError:  # ours says it better
            raise
        raise InputError(tr("{where}: cannot be understood ({reason}).").format(where=where, reason=error)) from None
