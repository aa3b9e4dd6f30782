"""What the command line writes to: a console or pipe of any encoding, closed or broken, and texts that would command it.

Data go to stdout as UTF-8 when it is a file or a pipe, so that a file is the same on every machine. What a console cannot
show comes as an escape (backslash, u, four digits: also valid inside JSON), and so do control characters in texts of others.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sim.errors import escaped, visible

ESCAPES = "junheng.escapes"  # our handler of characters that an encoding does not have
OWN_WISH = ("replace", "ignore", "xmlcharrefreplace", "namereplace")  # handlers that a user may have asked for


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(escaped, error.object[error.start : error.end])), error.end


class Stream:
    """A text stream in front of another one: escapes what a terminal would obey; a lost one may be borne in silence."""

    def __init__(self, stream: Any, keep: str, borne: bool) -> None:
        """keep: control characters that stay; borne: go on without the stream when it cannot be written."""
        self.stream, self.keep, self.borne = stream, keep, borne
        self.lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    @property
    def for_bars(self) -> Stream:
        """The same stream for a bar of progress, which moves the cursor as texts may not."""
        return Stream(self.stream, "any", self.borne)

    def write(self, text: str) -> int:
        """Write a text with its hidden characters as escapes."""
        self._try(self.stream.write, text if self.keep == "any" else visible(text, self.keep))
        return len(text)

    def flush(self) -> None:
        """Hand on what is waiting."""
        self._try(self.stream.flush)

    def _try(self, do: Any, *args: Any) -> None:
        if self.lost:
            return
        try:
            do(*args)
        except OSError as error:
            if not self.borne:
                raise
            self.lost = error.errno not in (errno.EINTR, errno.EAGAIN)


def open_descriptors() -> None:
    """Give closed standard descriptors to the null device: the next file opened would take their number, and their output."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            with suppress(OSError):
                got = os.open(os.devnull, os.O_RDWR)
                if got != fd:  # a lower one was closed as well
                    os.dup2(got, fd)
                    os.close(got)


@contextmanager
def plain_streams() -> Iterator[None]:
    """Let stdout and stderr take every character of every text while a command runs; a closed one swallows what it gets."""
    open_descriptors()
    before = sys.stdout, sys.stderr
    opened: list[Any] = []
    for stream in before:
        if stream is None:
            opened.append(open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    null = iter(opened)
    out, err = (next(null) if stream is None else stream for stream in before)
    for stream in (out, err):
        set_encoding(stream)
    sys.stdout = Stream(out, "\n\t", borne=False)  # type: ignore[assignment]
    sys.stderr = Stream(err, "\n\t", borne=True)  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in opened:
            stream.close()


def set_encoding(stream: Any) -> None:
    """Let a stream write UTF-8 where nobody reads along or only ASCII is known, and escapes for what it cannot write."""
    codecs.register_error(ESCAPES, _escape)
    if not hasattr(stream, "reconfigure"):  # a notebook's or a test's
        return
    try:
        known = codecs.lookup(stream.encoding or "ascii").name
    except LookupError:
        known = "ascii"
    unasked = not stream.isatty() and not os.environ.get("PYTHONIOENCODING")
    errors = stream.errors if stream.errors in OWN_WISH else ESCAPES
    with suppress(OSError, ValueError):
        if known == "ascii" or (unasked and known != "utf-8"):
            stream.reconfigure(encoding="utf-8", errors=errors)
        else:
            stream.reconfigure(errors=errors)


def settle() -> None:
    """Write out what is waiting; what cannot be written is dropped, so that nothing fails after the end of the command."""
    for fd, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(fd)
        if getattr(stream, "lost", False):
            silence(fd)


def silence(fd: int) -> None:
    """Send a descriptor whose reader has left to the null device, so that nothing more is tried on it."""
    with suppress(OSError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, fd)
        os.close(null)
