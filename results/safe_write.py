"""Writing files that a user names: whole or not at all, never over something that must not be lost.

Every path of a user's that is written goes through here: `whole_file` for one file, `write_files` for several in a folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from gettext import gettext as tr
from pathlib import Path
from typing import BinaryIO

from results.errors import ResultsError, StorageFailed

NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG, errno.EIO)
BESIDE_A_DATABASE = ("", "-journal", "-wal", "-shm")  # SQLite reads these as part of the database
Name = str | os.PathLike[str]


@dataclass(frozen=True)
class Target:
    """Where a user's path leads. path: links resolved; straight: a pipe or character device, written into as it is.

    mode: permissions of the file that stands there, None when there is none; fd: our own open stream of that name.
    """

    path: Path
    straight: bool = False
    mode: int | None = None
    fd: int | None = None


def checked_target(
    given: Name, *, option: str = "--out", force: bool = False, inputs: Iterable[Name | None] = ()
) -> Target:
    """Look where a path leads, before anything is worked out or written.

    option: what errors call the path; force: an existing file may be replaced
    inputs: files that the command reads (the database, a register): never written, by whatever name they are called
    Raises: ResultsError for a folder, a device of blocks, a socket, a link that leads nowhere, an existing file without
        force, an input, a folder that is not there or may not be written
    """
    shown = f"{option} {os.fspath(given)}"
    with clear_write(shown):
        return _checked(Path(given), shown, force, [Path(i) for i in inputs if i is not None and os.fspath(i)])


def _checked(path: Path, shown: str, force: bool, inputs: list[Path]) -> Target:
    link = Path(os.path.realpath(path)) if path.is_symlink() else None
    try:
        found = path.stat()
    except FileNotFoundError:
        found = None
        if link is not None:
            raise ResultsError(
                tr(
                    "{path}: a symbolic link to {there}, which does not exist. Remove the link or name the file."
                ).format(path=shown, there=link)
            ) from None
    _refuse_inputs(path, found, shown, inputs)
    if found is not None and (fd := _own_stream(found)) is not None:
        return Target(path, straight=True, fd=fd)
    if found is not None and (stat.S_ISFIFO(found.st_mode) or stat.S_ISCHR(found.st_mode)):
        return Target(path, straight=True)
    if found is not None:
        _check_existing(path, found, shown, force)
    real = Path(os.path.realpath(path))
    _check_parent(real.parent, shown)
    return Target(real, mode=None if found is None else stat.S_IMODE(found.st_mode))


def _check_existing(path: Path, found: os.stat_result, shown: str, force: bool) -> None:
    """Raise ResultsError unless what stands there is a regular file that may be replaced."""
    if stat.S_ISDIR(found.st_mode):
        raise ResultsError(tr("{path} is a folder. Give the name of a file in it.").format(path=shown))
    if not stat.S_ISREG(found.st_mode):
        raise ResultsError(
            tr("{path} is neither a file nor a pipe (a device or a socket). Give the name of a file.").format(
                path=shown
            )
        )
    if not force:
        raise ResultsError(
            tr("{path}: the file exists and is not overwritten. Choose another name, or add --force.").format(
                path=shown
            )
        )
    if not os.access(path, os.W_OK):
        raise ResultsError(
            tr("{path}: the file is read-only and is not replaced. Choose another name.").format(path=shown)
        )


def _check_parent(folder: Path, shown: str) -> None:
    """Raise ResultsError unless the folder of a new file is there and may be written."""
    if not folder.exists():
        raise ResultsError(
            tr("{path}: the folder {folder} does not exist. Make it first.").format(path=shown, folder=folder)
        )
    if not folder.is_dir():
        raise ResultsError(tr("{path}: {folder} is no folder. Choose another place.").format(path=shown, folder=folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ResultsError(
            tr("{path}: the folder {folder} may not be written. Choose another place.").format(
                path=shown, folder=folder
            )
        )


def _refuse_inputs(path: Path, found: os.stat_result | None, shown: str, inputs: list[Path]) -> None:
    """Raise ResultsError when the path is a file that the command reads: by link, by case, or a database's journal."""
    real = os.path.realpath(path)
    for one in inputs:
        same = any(real == os.path.realpath(one) + end for end in BESIDE_A_DATABASE)
        if not same and found is not None:
            with suppress(OSError):
                same = os.path.samestat(found, one.stat())
        if same:
            raise ResultsError(
                tr("{path}: this is {input}, which the command reads. It would be lost; choose another name.").format(
                    path=shown, input=one
                )
            )


def _own_stream(found: os.stat_result) -> int | None:
    """Return 1 or 2 when a path such as /dev/stdout is this process's own output: replacing its file would lose it."""
    for fd in (1, 2):
        with suppress(OSError):
            if os.path.samestat(found, os.fstat(fd)):
                return fd
    return None


@contextmanager
def whole_file(
    given: Name, *, option: str = "--out", force: bool = False, inputs: Iterable[Name | None] = ()
) -> Iterator[BinaryIO]:
    """Give a binary file to write to; it takes the place that the path names when all went well, else nothing is left.

    A pipe or a character device (/dev/stdout) is written straight into. A symbolic link stays and its file is written; an
    existing file keeps its permissions. Parameters as in `checked_target`.
    Raises: ResultsError as `checked_target` does; StorageFailed when the disk is full
    """
    target = checked_target(given, option=option, force=force, inputs=inputs)
    with clear_write(f"{option} {os.fspath(given)}"):
        if target.straight:
            with _stream(target) as stream:
                yield stream
            return
        part = _part_name(target.path.parent)
        try:
            with _create(part, target.mode) as file:
                yield file
                _settle(file)
            _take_place(part, target, f"{option} {os.fspath(given)}")
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


@contextmanager
def clear_write(shown: str) -> Iterator[None]:
    """Turn an OSError of writing into one clear message: StorageFailed where the disk is to blame."""
    try:
        yield
    except BrokenPipeError:
        raise
    except ValueError as error:
        if "null byte" not in str(error) and "null character" not in str(error):
            raise
        raise ResultsError(tr("{path!r}: this cannot be the name of a file.").format(path=shown)) from None
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in NO_ROOM:
            raise StorageFailed(
                tr("{path}: the disk is full or refuses to write ({reason}). Nothing was left half-written.").format(
                    path=shown, reason=reason
                )
            ) from error
        raise ResultsError(
            tr("{path}: cannot be written ({reason}). Choose another place.").format(path=shown, reason=reason)
        ) from error


def _stream(target: Target) -> BinaryIO:
    if target.fd is not None:
        for own in (sys.stdout, sys.stderr):
            with suppress(Exception):
                own.flush()  # what was printed before comes before
        return os.fdopen(os.dup(target.fd), "wb")
    return os.fdopen(os.open(target.path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)), "wb")


def _part_name(folder: Path) -> Path:
    """Return a short name that nobody has: the file's own name may already be as long as names can be."""
    return folder / f".junheng-{secrets.token_hex(6)}.part"


def _create(part: Path, mode: int | None) -> BinaryIO:
    """Open a new file; one that will replace another stays private until it has that one's permissions."""
    first = 0o666 if mode is None else 0o600
    file = open(part, "xb", opener=lambda name, flags: os.open(name, flags, first))  # noqa: SIM115
    if mode is not None:
        with suppress(OSError):
            os.chmod(part, mode)
    return file


def _settle(file: BinaryIO) -> None:
    """Make sure that what was written is on the disk: a full one may say so only now."""
    if not file.closed:  # a writer of a library may have closed it
        file.flush()
        os.fsync(file.fileno())


def _take_place(part: Path, target: Target, shown: str) -> None:
    """Give the written file its name; where nothing stood, only if still nothing stands there."""
    if target.mode is None:
        try:
            os.link(part, target.path)  # unlike a rename this fails when somebody was quicker
            return
        except FileExistsError:
            _check_existing(target.path, target.path.stat(), shown, force=False)
        except (OSError, NotImplementedError):
            pass  # a file system without hard links
    os.replace(part, target.path)


def check_files(
    folder: Name,
    names: Iterable[str],
    *,
    option: str = "--out",
    force: bool = False,
    inputs: Iterable[Name | None] = (),
) -> dict[str, Target]:
    """Look whether `write_files` could write these names into a folder, and return where each leads.

    Raises: ResultsError when the folder is none or its own folder does not exist, or a name may not be written
    """
    path, inputs = Path(folder), list(inputs)
    shown = f"{option} {os.fspath(folder)}"
    with clear_write(shown):
        if path.is_symlink() and not path.exists():
            raise ResultsError(
                tr(
                    "{path}: a symbolic link to {there}, which does not exist. Remove the link or name the file."
                ).format(path=shown, there=os.path.realpath(path))
            )
        if path.exists() and not path.is_dir():
            raise ResultsError(tr("{path} is no folder. Give the name of a folder.").format(path=shown))
        if not path.exists():
            _check_parent(Path(os.path.realpath(path)).parent, shown)
            return {name: Target(path / name) for name in names}
    targets = {name: checked_target(path / name, option=option, force=force, inputs=inputs) for name in names}
    for name, target in targets.items():
        if target.straight:
            raise ResultsError(
                tr("{path} is neither a file nor a pipe (a device or a socket). Give the name of a file.").format(
                    path=f"{option} {path / name}"
                )
            )
    return targets


def write_files(
    folder: Name,
    contents: Mapping[str, bytes],
    *,
    option: str = "--out",
    force: bool = False,
    inputs: Iterable[Name | None] = (),
) -> list[Path]:
    """Write several files into a folder, made when absent: all of them or none; return their paths.

    Parameters and errors as in `checked_target`.
    """
    path = Path(folder)
    targets = check_files(path, contents, option=option, force=force, inputs=inputs)
    undo: list[tuple[Path, Path | None]] = []  # (where a new file stands, where the old one was put)
    parts: list[Path] = []
    made, done = not path.exists(), False
    with clear_write(f"{option} {os.fspath(folder)}"):
        try:
            path.mkdir(exist_ok=True)
            for name, content in contents.items():
                parts.append(_part_name(targets[name].path.parent))
                with _create(parts[-1], targets[name].mode) as file:
                    file.write(content)
                    _settle(file)
            for part, target in zip(list(parts), targets.values(), strict=True):
                old = None if target.mode is None else _part_name(target.path.parent)
                if old is not None:
                    os.replace(target.path, old)
                    undo.append((target.path, old))
                _take_place(part, target, f"{option} {target.path}")
                if old is None:
                    undo.append((target.path, None))
            done = True
        finally:
            _clean_up(undo, parts, done)
            if made and not done:
                with suppress(OSError):
                    path.rmdir()
    return [path / name for name in contents]


def _clean_up(undo: list[tuple[Path, Path | None]], parts: list[Path], done: bool) -> None:
    """Remove what is not needed any more; when not all was done, put back what stood there before."""
    for target, old in reversed(undo):
        with suppress(OSError):
            if done and old is not None:
                old.unlink()
            elif not done and old is not None:
                os.replace(old, target)
            elif not done:
                target.unlink(missing_ok=True)
    for part in parts:
        with suppress(OSError):
            part.unlink(missing_ok=True)
