"""Who did what, append-only: each row carries the hash of the one before it, so that a gap or an edit shows."""

from __future__ import annotations

import getpass
import hashlib
import json
from typing import Any

from sqlalchemy import Connection, insert, select

from regulars import clock
from regulars.catalogue.tables import audit

START = "0" * 64
"""What the first row carries as the hash before it."""


def user() -> str:
    """Who the system says we are."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def chained(before: str, at: int, who: str, what: str, detail: str) -> str:
    """The hash of a row: SHA-256 over the hash before it and what the row says.

    >>> chained(START, 0, "ann", "export", "{}")[:8]
    'e14c9ff2'
    """
    text = json.dumps([before, at, who, what, detail], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def append(connection: Connection, what: str, detail: dict[str, Any], *, who: str | None = None) -> str:
    """Add a row inside the caller's transaction and return its hash."""
    last = connection.execute(select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)).scalar() or START
    at, text = int(clock.utc_now().timestamp()), json.dumps(detail, sort_keys=True, ensure_ascii=False, default=str)
    by = who or user()
    digest = chained(last, at, by, what, text)
    connection.execute(insert(audit).values(before=last, at=at, who=by, what=what, detail=text, hash=digest))
    return digest


def broken(connection: Connection) -> int | None:
    """The id of the first row that does not follow from the one before it, or None."""
    before, expected = START, 1
    for row in connection.execute(select(audit).order_by(audit.c.id)):
        said = chained(row.before, row.at, row.who, row.what, row.detail)
        if row.before != before or row.hash != said or row.id != expected:
            return int(row.id)
        before, expected = row.hash, row.id + 1
    return None
