"""Who may write: one process at a time, told apart by host, process id and birth, alive while its heart beats."""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from regulars import clock
from regulars.catalogue.rows import Holder
from regulars.catalogue.tables import lease
from regulars.errors import Busy

HEARTBEAT = 5.0
"""Seconds between beats; a holder on another host whose heart is seen to stand still for two of them counts as dead."""


@dataclass
class Watch:
    """How long a holder's heart has stood still, by the clock of whoever watches: two hosts' clocks never agree."""

    seen: tuple[str, float] | None = None
    since: float = 0.0

    def still(self, holder: Holder) -> float:
        """Seconds since the last beat that was seen; 0 at the first look."""
        beat, now = (holder.token, holder.beat_at), time.monotonic()
        if beat != self.seen:
            self.seen, self.since = beat, now
        return now - self.since


def first_line(path: str) -> str:
    """The first line of a system file, or nothing where there is no such file."""
    try:
        return Path(path).read_text(encoding="utf-8").split("\n", 1)[0]
    except OSError:
        return ""


def here() -> str:
    """This host, this boot, these process ids: only where all agree can a process id be looked up."""
    try:
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        space = ""
    return f"{platform.node()}/{first_line('/proc/sys/kernel/random/boot_id')}/{space}"


def born(pid: int) -> str:
    """When a process started, as the system counts it; process ids come again, births do not."""
    stat = first_line(f"/proc/{pid}/stat")
    return stat.rpartition(")")[2].split()[19] if stat else ""


def alive(pid: int) -> bool:
    """Whether a process of this id exists; where that cannot be asked without harm, yes."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = first_line(f"/proc/{pid}/stat")
    return not stat or stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def dead(holder: Holder, still: float) -> bool:
    """Whether a holder is gone: its process is, or on another host its heart has stood `still` for two beats."""
    if holder.host == here():
        return not alive(holder.pid) or (holder.born != "" and born(holder.pid) != holder.born)
    return still > 2 * HEARTBEAT


def current(connection: Connection) -> Holder | None:
    """Whoever is written down as holder, dead or alive."""
    row = connection.execute(select(lease)).one_or_none()
    return Holder(**{name: value for name, value in row._mapping.items() if name != "one"}) if row else None


def acquire(connection: Connection, watch: Watch) -> tuple[Holder, bool]:
    """The holder after trying to become it, and whether that is us."""
    found = current(connection)
    if found and not dead(found, watch.still(found)):
        return found, False
    now, pid = clock.utc_now().timestamp(), os.getpid()
    mine = Holder(uuid4().hex, here(), pid, born(pid), now, now)
    connection.execute(delete(lease))
    parts = ("token", "host", "pid", "born", "since", "beat_at", "door")
    connection.execute(insert(lease).values(one=1, **{part: getattr(mine, part) for part in parts}))
    return mine, True


def beat(connection: Connection, token: str) -> bool:
    """Say that we live; False when the lease is no longer ours."""
    now = clock.utc_now().timestamp()
    done = connection.execute(update(lease).where(lease.c.token == token).values(beat_at=now))
    return done.rowcount == 1


def check(connection: Connection, token: str) -> None:
    """Raise Busy where the lease is no longer ours: what we hold may be out of date, and another writes."""
    found = current(connection)
    if found is None or found.token != token:
        by = found.name if found else "nobody"
        raise Busy("another process has taken over this shop", gave=by, then="ask again")


def release(connection: Connection, token: str) -> None:
    """Give the lease back, if it is still ours."""
    connection.execute(delete(lease).where(lease.c.token == token))


def show_door(connection: Connection, token: str, address: str) -> None:
    """Write down where the holder answers."""
    connection.execute(update(lease).where(lease.c.token == token).values(door=address))
