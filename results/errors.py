"""The error of this package: what is wrong with the numbers or names handed in, and what to do."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from gettext import gettext as tr

# The same few functions stand in sim.errors: neither folder imports the other; a test holds them equal.
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


# The numbers of repeats are bounded: a pattern must not take time that grows with the square of a long text.
SECRETS = (
    re.compile(
        r"(?P<before>[A-Za-z][\w+.-]{0,40}:/{1,3}[^\s:@/?#]{0,200}:)\S{0,2000}(?P<after>@)"
    ),  # user:password@host
    re.compile(
        r"(?P<before>[?&;\s](?:\w{0,20}password|passwd|pwd|passphrase|\w{0,20}secret|token)\s?=\s?)"
        r"(?:'[^']*'|\"[^\"]*\"|[^&;\s'\"]+)(?P<after>)",
        re.I,
    ),
)


def masked(text: str) -> str:
    """Return a text with the passwords of database URLs in it as ***."""
    for pattern in SECRETS:
        text = pattern.sub(r"\g<before>***\g<after>", text)
    return text


class ResultsError(ValueError):
    """Bad input to metrics, measures, database or figures: one clear message, no traceback, exit code 2.

    Hidden characters in the message are escaped, passwords in it masked.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(said_plainly(masked(cut(str(message), LONGEST_MESSAGE))))


class StorageFailed(ResultsError):
    """The machine failed, not the input: a full disk, a broken one, a size limit reached; exit code 1."""

    exit_code = 1


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
