"""The private folder of compiled kernels: nothing in it is read unless it is the user's own and nobody else can write it.

A file of compiled code is a program. So the folder is made for the user alone (0700), and folder and files are opened
without following links and checked (owner, mode) on what was opened, not on a name that may change meanwhile. Whatever is
wrong with the folder, the answer is None and one sentence on stderr: kernels are then compiled in memory.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from gettext import gettext as tr
from pathlib import Path

MAGIC = b"junheng kernel 1\n"
MOST_BYTES = 64 << 20  # of one file; the largest kernel has some 200 kB
MOST_FILES = 3000  # some thirty versions of all kernels, 100 MB
DAY = 86400.0
UNUSED = 60 * DAY  # a kernel that nobody loaded for so long is removed
_ENTRY = re.compile(r"[\w.-]+\.kernel")
_PIECE = re.compile(r"\.[0-9a-f]{8}")
_FIRST_VERSION = re.compile(r"kernels-[0-9a-f]{16}-[\w.+]+-py\d+")  # folders of Junheng 0.1
_owned = hasattr(os, "geteuid")  # Windows: a user's profile is private, and modes say nothing
_by_handle = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
_told: set[str] = set()


def place() -> Path | None:
    """Return the folder of compiled kernels (it need not exist): in JUNHENG_CACHE or in the user's cache folder; or None."""
    import platformdirs

    try:
        chosen = os.environ.get("JUNHENG_CACHE")
        base = Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("junheng", appauthor=False))
        if not chosen and not base.is_absolute():  # no home: a relative folder would be left in the working folder
            return None
        return base.absolute() / (f"kernels-{os.geteuid()}" if _owned else "kernels")
    except (RuntimeError, OSError):  # no home, or the working folder was removed
        return None


def names() -> list[str]:
    """Return the names of the kept kernels; none if the folder is not there or is not to be trusted."""
    with _folder(make=False) as handle:
        if handle is not None:
            with suppress(OSError):
                return [name for name in os.listdir(handle) if _ENTRY.fullmatch(name)]
    return []


def read(name: str) -> bytes | None:
    """Return what was kept under a name, or None if it is missing, damaged, somebody else's or no regular file."""
    with _folder(make=False) as handle:
        if handle is None:
            return None
        try:
            return _read(handle, name)
        except OSError:
            return None


def write(name: str, content: bytes) -> bool:
    """Keep content under a name, whole or not at all; return whether it is kept. What lay there before is replaced."""
    with _folder(make=True) as handle:
        if handle is None:
            return False
        piece = f".{secrets.token_hex(4)}"
        try:
            _write(handle, piece, MAGIC + _digest(name, content) + content)
            _rename(handle, piece, name)
        except OSError as error:
            with suppress(OSError):
                _remove(handle, piece)
            with suppress(OSError):
                if _read(handle, name) == content:  # Windows: another process wrote the same, and has it open
                    return True
            where = place()
            tell(
                tr(
                    "{file}: cannot be written ({reason}). Compiled kernels are not kept, so each start takes about a "
                    "minute longer. Set JUNHENG_CACHE to a folder that you can write."
                ).format(file=where / name if where else name, reason=error.strerror or error)
            )
            return False
        if "tidied" not in _told:
            _told.add("tidied")
            _tidy(handle)
    return True


def tell(sentence: str) -> None:
    """Say on stderr why kernels are not kept: once, and not again in each worker process."""
    if "told" in _told or multiprocessing.parent_process() is not None:
        return
    _told.add("told")
    with suppress(OSError, ValueError, AttributeError):  # stderr may be closed or missing
        print(sentence, file=sys.stderr, flush=True)


@contextmanager
def _folder(make: bool) -> Iterator[int | str | None]:
    """Give the checked folder, as a handle that stays the same folder whatever happens to its name; None if there is none."""
    path = place()
    if path is None:
        tell(
            tr(
                "No home folder is known, so compiled kernels are not kept and each start takes about a minute longer. "
                "Set JUNHENG_CACHE to a folder that you can write."
            )
        )
        yield None
        return
    handle = _opened(path, make)
    try:
        yield handle
    finally:
        if isinstance(handle, int):
            os.close(handle)


def _opened(path: Path, make: bool) -> int | str | None:
    """Return a handle of the folder if it is private; say why not otherwise. make: make it if it is missing."""
    try:
        if make and not os.path.lexists(path):
            for part in reversed([p for p in (path, *path.parents) if not os.path.lexists(p)]):
                with suppress(FileExistsError):  # another process was faster
                    os.mkdir(part, 0o700)
        status = os.lstat(path)
        if not (reason := _distrust(status)) and not _by_handle:
            return str(path)
        if not reason:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            if not (reason := _distrust(os.fstat(handle))):
                return handle
            os.close(handle)
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and not make:
            return None
        tell(
            tr(
                "{folder}: no folder for compiled kernels can be made or read here ({reason}), so each start takes about a "
                "minute longer. Set JUNHENG_CACHE to a folder that you can write."
            ).format(folder=path, reason=getattr(error, "strerror", None) or error)
        )
        return None
    tell(
        tr(
            "{folder}: this folder of compiled kernels is not used, because {reason}; so each start takes about a minute "
            "longer. Remove it, or set JUNHENG_CACHE to a folder of your own."
        ).format(folder=path, reason=reason)
    )
    return None


def _distrust(status: os.stat_result, kind: str = "folder") -> str:
    """Return why a folder or a file is not to be trusted; "" if it is."""
    if stat.S_ISLNK(status.st_mode):
        return tr("it is a symbolic link")
    if not (stat.S_ISDIR if kind == "folder" else stat.S_ISREG)(status.st_mode):
        return tr("it is no folder")
    if _owned and status.st_uid != os.geteuid():
        return tr("it belongs to another user, number {number}").format(number=status.st_uid)
    if _owned and status.st_mode & 0o022:
        return tr("other users can write it, mode {mode:o}").format(mode=stat.S_IMODE(status.st_mode))
    return ""


def _at(handle: int | str, name: str) -> tuple[str, int | None]:
    """Return a file's path and the folder handle that it is relative to."""
    return (os.path.join(handle, name), None) if isinstance(handle, str) else (name, handle)


def _open(handle: int | str, name: str, flags: int) -> int:
    """Open a file of the folder without following a link."""
    for flag in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NONBLOCK"):
        flags |= getattr(os, flag, 0)
    path, folder = _at(handle, name)
    return os.open(path, flags, 0o600, dir_fd=folder)


def _read(handle: int | str, name: str) -> bytes | None:
    """Return what a trusted, whole file keeps, and note that it was used; None if it is neither."""
    with open(_open(handle, name, os.O_RDONLY), "rb") as file:
        status = os.fstat(file.fileno())
        if _distrust(status, "file") or status.st_size > MOST_BYTES:
            return None
        if time.time() - status.st_mtime > DAY and os.utime in os.supports_fd:
            with suppress(OSError):
                os.utime(file.fileno())  # the time of last use: only `_tidy` looks at it
        raw = file.read(MOST_BYTES + 1)
    digest, content = raw[len(MAGIC) : len(MAGIC) + 32], raw[len(MAGIC) + 32 :]
    return content if raw.startswith(MAGIC) and digest == _digest(name, content) else None


def _write(handle: int | str, name: str, raw: bytes) -> None:
    with open(_open(handle, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(raw)


def _rename(handle: int | str, old: str, new: str) -> None:
    (source, folder), (target, _) = _at(handle, old), _at(handle, new)
    os.replace(source, target, src_dir_fd=folder, dst_dir_fd=folder)


def _remove(handle: int | str, name: str) -> None:
    path, folder = _at(handle, name)
    os.unlink(path, dir_fd=folder)


def _digest(name: str, content: bytes) -> bytes:
    """Return the SHA-256 of a content under its name: a file copied to another name does not pass."""
    return hashlib.sha256(name.encode() + b"\0" + content).digest()


def _tidy(handle: int | str) -> None:
    """Remove kernels that were not used for two months or are too many, pieces left by a kill, and folders of version 0.1."""
    now, kept = time.time(), []
    with suppress(OSError):
        for name in os.listdir(handle):
            if not (_ENTRY.fullmatch(name) or _PIECE.fullmatch(name)):
                continue
            path, folder = _at(handle, name)
            with suppress(OSError):
                age = now - os.stat(path, dir_fd=folder, follow_symlinks=False).st_mtime
                if age > (DAY / 24 if name.startswith(".") else UNUSED):
                    _remove(handle, name)
                else:
                    kept.append((age, name))
    for _, name in sorted(kept)[MOST_FILES:]:
        with suppress(OSError):
            _remove(handle, name)
    folder_of_ours = place()
    if folder_of_ours is None or os.environ.get("JUNHENG_CACHE"):
        return
    with suppress(OSError):
        for old in folder_of_ours.parent.iterdir():
            status = old.lstat()
            if _FIRST_VERSION.fullmatch(old.name) and not _distrust(status) and now - status.st_mtime > UNUSED:
                shutil.rmtree(old, ignore_errors=True)
