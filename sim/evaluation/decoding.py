"""Which encoding a text is in: Unicode, GBK or Big5, judged by what it makes of the letters; two in one file are refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sim.columns import Array
from sim.errors import InputError
from sim.evaluation.words import tr

MARKS = (  # longest first
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
LEGACY = ("gb18030", "big5hkscs")
NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"} | {
    "gb18030": "GBK/GB18030",
    "big5hkscs": "Big5",
}
COMMON_ENOUGH = 0.6  # of the Chinese letters of a right reading that are everyday ones
ENOUGH_LETTERS = 3  # Chinese letters by which a line can be judged


@dataclass(frozen=True)
class Decoded:
    """A text and the name of the encoding that it was in."""

    text: str
    encoding: str


def decode(path: Path, data: bytes) -> Decoded:
    """Return the text of a file.

    Raises: InputError when no encoding fits: bytes of two encodings, letters without meaning, other binary data
    """
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _marked(path, data, codec)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _legacy(path, data, error)
    return Decoded(_meaningful(path, text, "UTF-8"), "UTF-8")


def _marked(path: Path, data: bytes, codec: str) -> Decoded:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        if codec == "utf-8-sig":
            _refuse_two(path, data)
        raise InputError(
            tr("{path}: byte {at:,} is not {encoding}, as the file's first bytes say. Save it as CSV UTF-8.").format(
                path=path, at=error.start + 1, encoding=NAMES[codec]
            )
        ) from None
    return Decoded(_meaningful(path, text.removeprefix("\ufeff"), NAMES[codec]), NAMES[codec])


def _legacy(path: Path, data: bytes, error: UnicodeDecodeError) -> Decoded:
    """Choose between GBK and Big5 by which of them gives everyday letters; neither may give letters without meaning."""
    _refuse_two(path, data)
    readings = []
    for codec in LEGACY:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if _odd(text) is None:
            readings.append((_everyday(text, codec), codec, text))
    if not readings:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            tr(
                "{path}: line {line}: byte 0x{byte:02x} fits no encoding that is read (UTF-8, UTF-16, GBK/GB18030, Big5), "
                "or the letters come out without meaning. Save the file as CSV UTF-8."
            ).format(path=path, line=line, byte=data[error.start])
        )
    readings.sort(key=lambda r: r[0], reverse=True)
    _, codec, text = readings[0]
    _refuse_two_legacy(path, data, text, codec)
    return Decoded(text, NAMES[codec])


def _refuse_two(path: Path, data: bytes) -> None:
    """Raise InputError when some lines are UTF-8 Chinese and others are not UTF-8: two files joined."""
    good = bad = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            bad = bad or number
        else:
            letters = [ch for ch in text if not ch.isascii()]
            if not good and len(letters) >= ENOUGH_LETTERS and all("\u3000" <= ch <= "\u9fff" for ch in letters):
                good = number
        if good and bad:
            raise InputError(
                tr(
                    "{path}: line {good} is UTF-8, line {bad} is not: no single encoding fits. Two files were joined? "
                    "Open each with its own encoding, join them in the spreadsheet, save as CSV UTF-8."
                ).format(path=path, good=good, bad=bad)
            )


def _refuse_two_legacy(path: Path, data: bytes, text: str, codec: str) -> None:
    """Raise InputError when lines read as one legacy encoding are rare letters, and everyday ones as the other."""
    other = next(name for name in LEGACY if name != codec)
    lines = text.split("\n")
    if len(lines) != data.count(b"\n") + 1:  # the second byte of a letter is never a line end
        return
    share, letters = _by_line(text, codec)
    for number in np.flatnonzero((letters >= ENOUGH_LETTERS) & (share < COMMON_ENOUGH)).tolist():
        try:
            again = lines[number].encode(codec).decode(other)
        except UnicodeError:
            continue
        if _odd(again) is None and _everyday(again, other) > max(COMMON_ENOUGH, share[number] + 0.3):
            raise InputError(
                tr(
                    "{path}: line {line} is {other}, the rest is {encoding}: no single encoding fits. Two files were joined? "
                    "Open each with its own encoding, join them in the spreadsheet, save as CSV UTF-8."
                ).format(path=path, line=number + 1, other=NAMES[other], encoding=NAMES[codec])
            )


def _meaningful(path: Path, text: str, encoding: str) -> str:
    """Return the text; InputError when it holds private or unassigned characters: the wrong encoding was used before."""
    odd = _odd(text)
    if odd is not None:
        line = text[: text.index(odd)].count("\n") + 1
        raise InputError(
            tr(
                "{path}: line {line}: the character U+{code:04X} has no meaning (private use or unassigned), read as {encoding}. "
                "The file was saved with another encoding; write the name anew and save as CSV UTF-8."
            ).format(path=path, line=line, code=ord(odd), encoding=encoding)
        )
    return text


def _odd(text: str) -> str | None:
    """Return a character that a right reading cannot hold: private use, unassigned, or a sign of undecodable bytes."""
    if text.isascii():
        return None
    for ch in sorted(set(text)):
        if ch > "\x7f" and (ch == "\ufffd" or unicodedata.category(ch) in ("Co", "Cn", "Cs") or "\x80" <= ch <= "\x9f"):
            return ch
    return None


def _everyday(text: str, codec: str) -> float:
    """Return the share of a text's Chinese letters that are everyday ones in the encoding's own order; 0 without any."""
    codes = _codes(text)
    table = _tables()[codec]
    chinese = codes >= 0x2E80
    return float(table[codes[chinese]].mean()) if chinese.any() else 0.0


def _by_line(text: str, codec: str) -> tuple[Array, Array]:
    """Return for every line the share of everyday letters and the number of Chinese letters."""
    codes = _codes(text)
    ends = np.append(np.flatnonzero(codes == 10), len(codes))
    chinese = np.concatenate([[0], np.cumsum(codes >= 0x2E80)])
    common = np.concatenate([[0], np.cumsum(_tables()[codec][codes])])
    starts = np.concatenate([[0], ends[:-1] + 1])
    letters = chinese[ends] - chinese[starts]
    return (common[ends] - common[starts]) / np.maximum(letters, 1), letters


def _codes(text: str) -> Array:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@cache
def _tables() -> dict[str, Array]:
    """Return for each encoding which code points are everyday letters: its first, by-sound or by-use, plane and its signs."""
    planes: dict[str, list[tuple[Sequence[int], Sequence[int]]]] = {
        "gb18030": [(range(0xB0, 0xD8), range(0xA1, 0xFF)), (range(0xA1, 0xA4), range(0xA1, 0xFF))],
        "big5hkscs": [(range(0xA1, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])],
    }
    found = {}
    for codec, blocks in planes.items():
        table = np.zeros(0x110000, bool)
        for leads, trails in blocks:
            for lead in leads:
                for trail in trails:
                    ch = bytes([lead, trail]).decode(codec, "ignore")
                    if len(ch) == 1:
                        table[ord(ch)] = True
        found[codec] = table
    return found
