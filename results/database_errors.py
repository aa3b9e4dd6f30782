"""What databases say when something is wrong, as one clear message: the true reason and what to do."""

from __future__ import annotations

import os
from gettext import gettext as tr
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from results.errors import ResultsError, StorageFailed, cut, masked

WAIT = 60.0  # seconds that a writer waits for another writer of the same SQLite file
OPENING = "opening it"
# SQLSTATE of PostgreSQL: the server goes down or comes up, or the line to it broke
LOST = ("57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006", "08P01")
UNREACHABLE = ("connect", "refused", "resolve", "timeout", "shutting down", "starting up")
FULL = ("disk is full", "no space left", "disk full", "could not extend file")
BROKEN = ("disk i/o error", "input/output error", "file size limit", "file too large")


def explain(error: Exception, where: str, doing: str, file: Path | None = None) -> ResultsError:
    """Return the error to raise for an error of a database: StorageFailed (exit code 1) where the machine is to blame."""
    words = said(error)
    text, head = words.lower(), tr("database {name}: ").format(name=where)
    reason = {"doing": doing, "reason": first_line(words), "wait": f"{WAIT:.0f}", "name": where}
    for match, kind, message in _machine(error, text, doing, file is None):
        if match:
            return kind(head + message.format(**reason))
    if file is not None and (journal := _unfinished(file, text)):
        return ResultsError(head + journal)
    for match, message in _input(error, text, file):
        if match:
            return ResultsError(head + message.format(**reason))
    return ResultsError(head + tr("{doing} failed: {reason}").format(**reason))


def _machine(error: Exception, text: str, doing: str, server: bool) -> list[tuple[bool, type[ResultsError], str]]:
    """Return failures of disk and server: (whether it is this one, error, message)."""
    return [
        (
            any(word in text for word in FULL),
            StorageFailed,
            tr(
                "the disk is full ({doing}): nothing of this step was kept, earlier runs are; free space or name another "
                "disk with --db, then give the same command again"
            ),
        ),
        (
            any(word in text for word in BROKEN),
            StorageFailed,
            tr(
                "the disk would not read or write ({doing}: {reason}): a quota, a limit on file size (ulimit -f) or the "
                "disk itself; nothing of this step was kept, earlier runs are; name another place with --db"
            ),
        ),
        (
            doing != OPENING and server and (lost(error) or any(word in text for word in UNREACHABLE)),
            StorageFailed,
            tr(
                "the server broke off ({doing}: {reason}): nothing of this step was kept, earlier runs are; when it is "
                "back, give the same command again"
            ),
        ),
        (
            "locked" in text or "lock timeout" in text,
            StorageFailed,
            tr("another program has held it for {wait} s ({doing}); wait for it and try again"),
        ),
    ]


def _input(error: Exception, text: str, file: Path | None) -> list[tuple[bool, str]]:
    """Return what is wrong with the database that was named: (whether it is this one, message)."""
    server = file is None
    return [
        (
            any(word in text for word in ("readonly", "read-only", "permission denied")),
            tr("cannot be written ({doing}): file or folder is read-only; name another with --db")
            if not server
            else tr("this user may not do that ({doing}: {reason}); ask for the right, or name another with --db"),
        ),
        (
            any(word in text for word in ("not a database", "malformed", "corrupt", "could not decode")),
            tr("is not a readable SQLite database, or is damaged ({reason}); name another with --db"),
        ),
        (
            "unable to open" in text,
            tr("cannot be opened ({doing}): check that file and folder exist and may be read and written"),
        ),
        (
            "password" in text or "authentication" in text,
            tr("the server refuses user and password ({reason})"),
        ),
        (
            server and "database" in text and "does not exist" in text,
            tr("the server has no such database ({reason}); make it first, e.g. with createdb"),
        ),
        (
            server and (lost(error) or any(word in text for word in UNREACHABLE)),
            tr("the server cannot be reached ({reason}); check host, port, name and password"),
        ),
    ]


def _unfinished(file: Path, text: str) -> str:
    """Return what to say when a writer was killed and its journal cannot be rolled back by this user; "" otherwise."""
    journal = Path(f"{file}-journal")
    try:
        there = journal.stat().st_size > 0
    except OSError:
        return ""
    if not there or not any(word in text for word in ("readonly", "unable to open", "not a database", "malformed")):
        return ""
    barred = next((p for p in (file, journal, file.parent) if not os.access(p, os.W_OK)), None)
    if barred is None:
        return ""
    return tr(
        "a run was cut off while it wrote, and its last step has to be undone first, for which {barred} must be writable. "
        "Let its owner read it once (junheng experiments), or copy the file and {journal} together to a folder of yours"
    ).format(barred=barred, journal=journal.name)


def lost(error: Exception) -> bool:
    """Return whether the server went away, or the line to it."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    words = said(error).lower()
    return (
        error.connection_invalidated
        or state in LOST
        or any(word in words for word in ("server closed the connection", "connection is closed", "the connection is lost",
                                          "terminating connection", "connection refused", "connection reset"))
    )  # fmt: skip


def said(error: Exception) -> str:
    """Return what the database itself said, without passwords."""
    return masked(str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error))


def first_line(text: str) -> str:
    """Return the first line of a message, shortened."""
    lines = text.strip().splitlines()
    return cut(lines[0] if lines else tr("no reason given"), 200)
