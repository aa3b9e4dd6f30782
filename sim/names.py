"""Names that people type: when two are the same, and how a text of unknown origin is shown on a terminal."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")
SHOWN = 60  # characters of a user's text that a message repeats
# letters and signs that draw nothing, although Unicode does not call them format characters
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
BRACKETS = str.maketrans("〔【［｛{[〕】］｝}]", "(((((())))))")
# categories that a terminal may obey, or that have no agreed shape: controls, format, surrogates, private, unassigned
ESCAPED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@lru_cache(maxsize=20_000)
def name_key(text: str) -> str:
    """Return a name as it is compared: NFKC, one kind of brackets, without blanks, format and invisible characters.

    >>> name_key("甲（市）\u200b") == name_key("甲 (市)")
    True
    """
    if text.isascii() and text.isalnum():
        return text
    return "".join(ch for ch in unicodedata.normalize("NFKC", text) if _drawn(ch)).translate(BRACKETS)


def _drawn(ch: str) -> bool:
    if ch in INVISIBLE or ch.isspace() or "\ufe00" <= ch <= "\ufe0f" or "\U000e0100" <= ch <= "\U000e01ef":
        return False
    return unicodedata.category(ch) not in ("Cc", "Cf")


def clean(text: str) -> str:
    """Return a cell without blanks, zero-width and byte-order marks at its ends."""
    text = text.strip()
    while text and (text[0] in "\ufeff\u200b\u2060" or text[-1] in "\ufeff\u200b\u2060"):
        text = text.strip("\ufeff\u200b\u2060").strip()
    return text


def shown(text: str, most: int = SHOWN) -> str:
    r"""Return a text that is safe on a terminal and in a table: what is not drawn as one letter comes as an escape.

    Control and format characters (escape codes, bells, tabs, line ends, marks that turn the direction of writing) are
    written as \x1b or \u202e; more than `most` characters are cut and end in an ellipsis.

    >>> shown("a\tb")
    'a\\tb'
    """
    cut = text[: most + 1]
    if cut.isprintable():
        return text if len(text) <= most else text[: most - 1] + "…"
    letters = []
    for ch in text[:most]:
        letters.append(_escape(ch) if unicodedata.category(ch) in ESCAPED or _odd_blank(ch) else ch)
    safe: list[str] = []
    size = 0
    for piece in letters:
        if size + len(piece) > most:
            return "".join(safe) + "…"
        safe.append(piece)
        size += len(piece)
    return "".join(safe) + ("…" if len(text) > most else "")


def _odd_blank(ch: str) -> bool:
    return ch in INVISIBLE


def _escape(ch: str) -> str:
    return ch.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for each Chinese character, none for a mark on a letter."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(ch) else 2 if unicodedata.east_asian_width(ch) in "WF" else 1 for ch in text)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(RUN_BY_SPREADSHEETS) else text
