"""Reading a TOML file that people write: of bounded size, and every value asked for by its key and type."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from gettext import gettext as tr
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest, understood
from sim.numbers import shown

MOST_BYTES = 1_000_000  # of a scenario file: the longest ones have some thousand


def can_be_read(path: Path) -> bool:
    """Return whether a path is a file or a pipe (what a shell's <(...) hands over); no name is an error here."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def read_toml(path: Path, source: str) -> dict[str, Any]:
    """Return the content of a TOML file; InputError when it cannot be read, is too long, not UTF-8 or not TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(
                tr("{source}: longer than {most:,} bytes, which no scenario is. Is it the right file?").format(
                    source=source, most=MOST_BYTES
                )
            )
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            tr("{source}: not UTF-8 text (byte {byte}). Save the file as UTF-8.").format(
                source=source, byte=error.start + 1
            )
        ) from None
    except OSError as error:
        raise InputError(
            tr("{source}: cannot be read ({reason}).").format(source=source, reason=error.strerror or error)
        ) from None
    if not words.strip():
        raise InputError(
            tr("{source}: the file is empty. A scenario needs title, region, years and [[arm]].").format(source=source)
        )
    with understood(source):
        try:
            return tomllib.loads(words)
        except tomllib.TOMLDecodeError as error:
            raise InputError(
                tr("{source}: not valid TOML: {error}. Strings need quotes, tables need [ ].").format(
                    source=source, error=error
                )
            ) from None


def check_keys(row: Mapping[str, Any], allowed: set[str], where: str) -> None:
    """Raise InputError for a key that is not known, naming the nearest one."""
    for key in row:
        if key not in allowed:
            raise InputError(
                tr("{where}: unknown key {key}.{hint}").format(where=where, key=shown(key), hint=nearest(key, allowed))
            )


SPAN = (list, str)  # how a first and a last year may be written


def need(row: Mapping[str, Any], key: str, kind: Any, where: str) -> Any:
    """Return a value that must be there, of one type, and not blank."""
    words = {
        str: tr("text in quotes"),
        int: tr("a whole number"),
        SPAN: tr('a list such as [2024, 2035], or "2024:2035"'),
    }.get(kind, tr("a number"))
    if key not in row:
        raise InputError(
            tr("{where}: {key!r} is missing. Add {key} = ... ({words}).").format(where=where, key=key, words=words)
        )
    value = row[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InputError(
            tr("{where}: {key} = {value} must be {words}.").format(
                where=where, key=key, value=shown(value), words=words
            )
        )
    if kind is str and not value.strip():
        raise InputError(tr("{where}: {key} is blank. Write {words}.").format(where=where, key=key, words=words))
    return value


def text(row: Mapping[str, Any], key: str, where: str) -> str:
    """Return an optional text, "" when absent."""
    return need(row, key, str, where) if key in row else ""


def tables(row: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """Return the rows of an array of tables, [[key]]."""
    rows = row.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(r, Mapping) for r in rows):
        raise InputError(
            tr("{where}: {key} must be tables: write [[{key}]] (or [[arm.{key}]]) and its keys below.").format(
                where=where, key=key
            )
        )
    return [dict(r) for r in rows]
