"""The tables of the catalogue, and how an older file becomes this one.

The schema's number is SQLite's `user_version`. Every step from one number to the next runs in a single transaction
with the number itself, so a file is always exactly one schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from regulars.errors import ShopError

metadata = MetaData()

loads = Table(
    "loads",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("rows_kind", Text, nullable=False),
    Column("files", JSON, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("mapping", Text, nullable=False),
    Column("landed_at", Integer, nullable=False),
    Column("landed", Text, nullable=False, server_default=""),
    UniqueConstraint("source", "digest", "mapping"),
    sqlite_autoincrement=True,
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("status", Text, CheckConstraint("status IN ('running', 'done', 'failed', 'dead')"), nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("ended_at", Integer),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    sqlite_autoincrement=True,
)

codes = Table(
    "codes",
    metadata,
    Column("book", Text, nullable=False),
    Column("code", Integer, nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("book", "code"),
    UniqueConstraint("book", "text"),
    sqlite_with_rowid=False,
)

slots = Table(
    "slots",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("segment", Text, nullable=False, unique=True),
)

versions = Table(
    "versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("as_of_day", Integer, nullable=False),
    Column("as_of_sec", Integer, nullable=False),
    Column("published_at", Integer, nullable=False),
    Column("loads_through", Integer, nullable=False),
    Column("definitions_hash", Text, nullable=False),
    Column("parameters_hash", Text, nullable=False),
    Column("customers", Integer, nullable=False),
    Column("history_digest", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Text, nullable=False),
    Column("since", Float, nullable=False),
    Column("beat_at", Float, nullable=False),
    Column("door", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

APPEND_ONLY = ("audit", "codes", "slots")
"""Tables whose rows never change; triggers refuse it, whoever asks."""


def first(connection: Connection) -> None:
    """Schema 1: everything above; a file that begins today has from the start what later steps add."""
    metadata.create_all(connection)
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def second(connection: Connection) -> None:
    """Schema 2: loads keep the digest of their landed file."""
    columns = {row.name for row in connection.exec_driver_sql("PRAGMA table_info(loads)")}
    if "landed" not in columns:
        connection.exec_driver_sql("ALTER TABLE loads ADD COLUMN landed TEXT NOT NULL DEFAULT ''")


STEPS: Mapping[int, Callable[[Connection], None]] = {1: first, 2: second}
"""What makes schema n out of schema n − 1."""

SCHEMA = max(STEPS)


def migrate(connection: Connection) -> None:
    """Bring the file to this schema, inside the caller's transaction.

    Raises ShopError where a newer version of the program wrote the file.
    """
    found = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if found > SCHEMA:
        raise ShopError(
            "this shop was last used by a newer version of regulars",
            gave=f"catalogue schema {found}",
            allowed=f"up to {SCHEMA}",
            then="upgrade with: pip install --upgrade regulars",
        )
    for step in range(found + 1, SCHEMA + 1):
        STEPS[step](connection)
    if found < SCHEMA:
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
