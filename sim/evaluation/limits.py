"""How much a file may hold, and reading no more than that: also from pipes that never end."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError
from sim.evaluation.words import tr

MOST_BYTES = 500_000_000  # of a file, and of everything that a workbook unpacks to
MOST_ROWS = 1_000_000
MOST_COLUMNS = 300
MOST_LINE_ENDS = 2 * MOST_ROWS  # cells may hold line ends, so lines are more than rows
PORTION = 1 << 22
UTF16 = (b"\xff\xfe", b"\xfe\xff")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_limited(path: Path) -> bytes:
    """Return all bytes of a file or pipe.

    Raises: InputError when there is no such file, it cannot be read, is no text nor workbook, or holds more than the limit
    """
    try:
        with path.open("rb") as file:
            if path.is_file() and path.stat().st_size > MOST_BYTES:
                raise _too_much(path)
            return _read(path, file)
    except FileNotFoundError:
        raise InputError(
            tr("{path}: there is no such file. Check the name and the folder.").format(path=path)
        ) from None
    except IsADirectoryError:
        raise InputError(tr("{path}: this is a folder. Give the file in it.").format(path=path)) from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(tr("{path}: cannot be read ({reason}).").format(path=path, reason=reason)) from None


def _read(path: Path, file: object) -> bytes:
    data = bytearray()
    line_ends = 0
    while portion := file.read(PORTION):  # type: ignore[attr-defined]
        data += portion
        text = not data.startswith((ZIP, OLE, *UTF16))
        if text and b"\0" in portion:
            line = data[: data.index(b"\0")].count(b"\n") + 1
            raise InputError(
                tr(
                    "{path}: line {line}: a zero byte, so this is neither text nor a workbook. "
                    "Save it as .xlsx or as CSV UTF-8."
                ).format(path=path, line=line)
            )
        line_ends += portion.count(b"\n") if text else 0
        if len(data) > MOST_BYTES:
            raise _too_much(path)
        if line_ends > MOST_LINE_ENDS:
            raise too_many_rows(path)
    return bytes(data)


def _too_much(path: Path) -> InputError:
    return InputError(
        tr("{path}: more than {limit:,} bytes, the most that is read. Split the file by county.").format(
            path=path, limit=MOST_BYTES
        )
    )


def too_many_rows(path: Path) -> InputError:
    """Return the error for a file of more rows than the limit."""
    return InputError(
        tr("{path}: more than {limit:,} rows, the most that is read. Split the file by county.").format(
            path=path, limit=MOST_ROWS
        )
    )


def too_many_columns(path: Path, came: int) -> InputError:
    """Return the error for a file of more columns than the limit."""
    return InputError(
        tr("{path}: {came:,} columns, allowed: at most {limit}. Keep the columns of the register.").format(
            path=path, came=came, limit=MOST_COLUMNS
        )
    )
