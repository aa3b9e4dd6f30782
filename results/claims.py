"""Who is making which run just now, so that two processes on one database share the work instead of doing it twice.

Claims are about time, never about numbers: whoever ignores them stores the same rows once more, in the same place.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
    update,
)

meta = MetaData()  # apart from the tables of results: made when somebody first claims a run, and read by nobody else
claim = Table(
    "claim",
    meta,
    Column("fingerprint", String(64), primary_key=True, comment="of the run (see `run.fingerprint`), or of_experiment"),
    Column("owner", String(64), nullable=False, comment="a process, by a random name"),
    Column("host", String(300), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started", String(40), nullable=False, comment="when the process began, where the system tells"),
    Column("beat", BigInteger, nullable=False, comment="goes up while the process lives"),
)
MINE, TAKEN = "mine", "taken"


@dataclass(frozen=True)
class Owner:
    """This process, as others see it."""

    name: str = field(default_factory=lambda: secrets.token_hex(16))
    host: str = field(default_factory=lambda: this_host())
    pid: int = field(default_factory=os.getpid)
    started: str = field(default_factory=lambda: began(os.getpid()))


def this_host() -> str:
    """Return the machine and, on Linux, the space of process numbers: those of two containers tell each other nothing."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return f"{socket.gethostname()[:200]} {space}".strip()


def began(pid: int) -> str:
    """Return when a process began, by its system's clock, "" where that is not told: numbers of processes come again."""
    with suppress(OSError, IndexError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[19]
    return ""


def is_dead(host: str, pid: int, started: str) -> bool:
    """Return whether a process is known to be gone; one of another machine, or of Windows, is not known."""
    if host != this_host() or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's, so it is there
        pass
    now = began(pid)
    return bool(started and now and now != started)


def of_experiment(experiment: int, owner: Owner | None = None) -> str:
    """Return the name of the claim that a process holds while it runs an experiment; without owner, how all of them begin."""
    return f"experiment {experiment}:{owner.name[:16] if owner else ''}"


def running(connection: Connection) -> set[int] | None:
    """Return the experiments that a process runs now; None where no process of this version has written."""
    if not inspect(connection).has_table(claim.name):
        return None
    names = (name for name in beats(connection) if name.startswith("experiment "))
    return {int(name.removeprefix("experiment ").partition(":")[0]) for name in names}


def take(connection: Connection, fingerprint: str, owner: Owner, silent: Collection[str] = ()) -> str:
    """Claim a run: MINE when nobody else makes it, TAKEN otherwise.

    silent: owners that have shown no life for long (see `beats`); what they claim may be taken over
    """
    row = connection.execute(select(claim).where(claim.c.fingerprint == fingerprint)).first()
    mine = {"owner": owner.name, "host": owner.host, "pid": owner.pid, "started": owner.started, "beat": 0}
    if row is None:
        connection.execute(insert(claim).values(fingerprint=fingerprint, **mine))
        return MINE
    if row.owner == owner.name:
        return MINE
    if row.owner in silent or is_dead(row.host, row.pid, row.started):
        connection.execute(update(claim).where(claim.c.fingerprint == fingerprint).values(**mine))
        return MINE
    return TAKEN


def beat(connection: Connection, owner: Owner) -> None:
    """Show that this process lives."""
    connection.execute(update(claim).where(claim.c.owner == owner.name).values(beat=claim.c.beat + 1))


def let_go(connection: Connection, owner: Owner, fingerprint: str | None = None) -> None:
    """Give back one claim, or all that this process holds."""
    query = delete(claim).where(claim.c.owner == owner.name)
    connection.execute(query if fingerprint is None else query.where(claim.c.fingerprint == fingerprint))


def beats(connection: Connection) -> dict[str, tuple[str, int]]:
    """Return who claims each run, and how often its owner has shown life; none for an owner that is known to be gone."""
    if not inspect(connection).has_table(claim.name):
        return {}
    return {
        row.fingerprint: (row.owner, int(row.beat))
        for row in connection.execute(select(claim))
        if not is_dead(row.host, row.pid, row.started)
    }
