"""The catalogue's rows, as small frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Load:
    """One landed delivery of a source: `path` is relative to the landing folder, `landed_at` in UTC seconds.

    `digest` tells deliveries apart; `landed` is the SHA-256 of the landed file, empty where none was kept.
    """

    id: int
    source: str
    rows_kind: str
    files: tuple[str, ...]
    rows: int
    digest: str
    path: str
    mapping: str
    landed_at: int
    landed: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One go at a writing verb; status is running, done, failed or dead; times in UTC seconds."""

    id: int
    verb: str
    status: str
    started_at: int
    ended_at: int | None = None
    host: str = ""
    pid: int = 0
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Version:
    """One published state of all memberships: what it was made from, and the digest of its history file."""

    version: int
    as_of_day: int
    as_of_sec: int
    published_at: int
    loads_through: int
    definitions_hash: str
    parameters_hash: str
    customers: int
    history_digest: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may write: a process, its last heartbeat (UTC seconds) and the address of its door, if open."""

    token: str
    host: str
    pid: int
    born: str
    since: float
    beat_at: float
    door: str = ""

    @property
    def name(self) -> str:
        """The holder in words.

        >>> Holder("t", "till-pc/8f1c/4026", 12, "", 0.0, 0.0).name
        'process 12 on till-pc'
        """
        return f"process {self.pid} on {self.host.split('/')[0]}"
