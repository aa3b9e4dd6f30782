"""Text broken into lines for a terminal: at spaces, and between Chinese characters, which take two columns."""

from __future__ import annotations

import re

from junheng.layout import width

PIECES = re.compile(r"[\x21-\x7e\u2014]+\s*|\s+|.")
NOT_FIRST = "，。；：、！？）］】》”’%"  # marks that never begin a line


def broken(text: str, columns: int) -> list[str]:
    """Return the lines of a text, each at most `columns` wide unless one word is wider; a closing mark never begins a line."""
    lines = [""]
    for piece in PIECES.findall(text):
        most = columns if piece[0] in NOT_FIRST else columns - 2  # two columns are kept for a mark
        if lines[-1] and width(lines[-1] + piece.rstrip()) > most:
            lines.append("")
        lines[-1] += piece if lines[-1] or piece.strip() else ""
    return [line.rstrip() for line in lines]


def wrapped(text: str, indent: str = "", later: str | None = None, columns: int = 110) -> list[str]:
    """Return the lines of a text behind an indent; later: indent of the second line and those after it, default the same."""
    rest = indent if later is None else later
    lines = broken(" ".join(text.split()), columns - max(len(indent), len(rest)))
    return [(rest if at else indent) + line for at, line in enumerate(lines)]
