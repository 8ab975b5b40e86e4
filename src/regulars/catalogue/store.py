"""The SQLite file: durable at every commit, one writer at a time, readers never wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from regulars.catalogue.tables import SCHEMA, migrate
from regulars.errors import Busy, ShopError

PATIENCE = 30
"""Seconds a writer waits for another's commit."""


class Store:
    """A SQLite database with two ways in: `read` sees one snapshot, `write` is alone and durable when it returns."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open or make the file and bring it to the present schema, in one transaction."""
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": PATIENCE, "check_same_thread": False})
        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", begin)
        store = cls(engine, path)
        with store.read() as connection:
            ready = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one()) == SCHEMA
        if not ready:
            with store.write() as connection:
                migrate(connection)
        return store

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot, for as long as the block lasts."""
        with self.explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing, alone; on disk when the block is left."""
        with self.explained(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """SQLite's refusals in our words."""
        try:
            yield
        except OperationalError as refusal:
            if "locked" in str(refusal.orig):
                raise Busy("the catalogue is being written by another process", gave=str(self.path)) from refusal
            raise ShopError(f"the catalogue cannot be used: {refusal.orig}", gave=str(self.path)) from refusal
        except DatabaseError as refusal:
            if "not a database" in str(refusal.orig) or "malformed" in str(refusal.orig):
                raise ShopError(
                    "the catalogue is damaged",
                    gave=str(self.path),
                    then="restore it from a backup: with landing/ and history/ it is the shop's truth",
                ) from refusal
            raise

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def prepare(connection: Any, _record: Any) -> None:
    """Durable and strict, and leave BEGIN to us: the driver's own would start a read where a write is meant."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def begin(connection: Connection) -> None:
    """A writer takes its lock at once, so that it never finds out half-way that another was first."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
