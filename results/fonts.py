"""A font that really draws Chinese, found by looking at the characters it holds rather than at its name.

The package zhplot carries Noto Sans SC (SIL Open Font License 1.1). It is looked at first, so that a figure looks the
same on every machine; without it, fonts installed on the machine are searched.
"""

from __future__ import annotations

from functools import cache
from gettext import gettext as tr
from importlib.util import find_spec
from pathlib import Path

from results.errors import ResultsError

CARRIER, CARRIED = "zhplot", "fonts/NotoSansSC-Regular.ttf"
LIKELY = (  # families that hold simplified Chinese, in the order in which they suit a figure
    "Noto Sans SC",
    "Noto Sans CJK SC",
    "Source Han Sans",
    "PingFang",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "WenQuanYi",
    "SimHei",
    "LXGW",
)


def chinese_font(text: str) -> Path:
    """Return a font file that holds every character of a text.

    Raises: ResultsError that says what to install when there is none
    """
    for path in (*carried_fonts(), *installed_fonts()):
        if not missing(path, text):
            return path
    best = min((missing(path, text) for path in carried_fonts()), key=len, default="")
    lacking = f" (no glyph for {best[:10]!r})" if best else ""
    raise ResultsError(
        tr(
            "--lang zh: no font on this machine draws Chinese{lacking}; `pip install {carrier}` brings Noto "
            "Sans SC, or install any Chinese font of the system"
        ).format(lacking=lacking, carrier=CARRIER)
    )


def carried_fonts() -> list[Path]:
    """Return the font file of the package that carries one, found without importing it (importing changes settings)."""
    spec = find_spec(CARRIER)
    folders = spec.submodule_search_locations if spec is not None else None
    return [path for folder in folders or () if (path := Path(folder) / CARRIED).is_file()]


@cache
def installed_fonts() -> tuple[Path, ...]:
    """Return the font files of this machine, likely ones first."""
    from matplotlib.font_manager import fontManager

    def rank(name: str) -> int:
        return next((at for at, family in enumerate(LIKELY) if name.startswith(family)), len(LIKELY))

    # variants last: a title in italics or in light weight would be a surprise
    entries = sorted(fontManager.ttflist, key=lambda e: (rank(e.name), e.style != "normal", str(e.weight), e.fname))
    return tuple(dict.fromkeys(Path(e.fname) for e in entries if Path(e.fname).is_file()))


def missing_in_default(text: str) -> str:
    """Return the characters that matplotlib's own font lacks (Chinese names in English figures)."""
    from matplotlib import get_data_path

    return missing(Path(get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", text)


def printable(text: str) -> str:
    """Return a text in which nothing is invisible: control and format characters, and those without a glyph, are escaped."""
    lacking = set(missing_in_default(text))
    if lacking:
        for path in carried_fonts() or installed_fonts():
            lacking &= set(missing(path, text))
    return "".join(
        c if c.isprintable() and c not in lacking else c.encode("unicode_escape").decode("ascii") for c in text
    )


def missing(path: Path, text: str) -> str:
    """Return the characters of a text that a font file has no glyph for."""
    return "".join(c for c in dict.fromkeys(text) if not c.isspace() and ord(c) not in _characters(path))


@cache
def _characters(path: Path) -> frozenset[int]:
    """Return the code points that a font file has glyphs for; none when it cannot be read."""
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(str(path)).get_charmap())
    except (RuntimeError, OSError, ValueError):
        return frozenset()
