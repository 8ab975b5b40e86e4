"""The engines that one test body runs on: DuckDB in memory, a PostgreSQL of its own, Sail in another process.

A server starts once a session and every test gets an empty schema. Where a server is missing the test is skipped and
says why; with CI=true in the environment it fails instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from regulars.engine.base import Engine
from regulars.engine.duckdb import DuckDB

if TYPE_CHECKING:
    from regulars.engine.spark import Spark

ENGINES = ("duckdb", "postgres", "sail")
SERVE_SAIL = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer()
server.start()
print("%s:%d" % server.listening_address, flush=True)
sys.stdin.read()
server.stop()
"""
schemas = (f"test_{number}" for number in count(1))


def missing(reason: str) -> None:
    """Skip the test at home, fail it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def newest_binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest version's."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    found += [Path(on_path).parent] if on_path else []
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()], default=None)


def unprivileged() -> dict[str, str | int]:
    """Whom to run PostgreSQL as: it refuses root."""
    if os.geteuid() != 0:
        return {}
    known = {user.pw_name for user in pwd.getpwall()}
    return {"user": "postgres" if "postgres" in known else "nobody"}


@contextmanager
def postgres_server() -> Iterator[str]:
    """A fresh cluster that listens on a Unix socket only; gives its address."""
    binaries = newest_binaries()
    if binaries is None:
        missing("PostgreSQL's server programs are not installed (Debian: postgresql)")
        return
    home = Path(tempfile.mkdtemp(prefix="regulars-pg-"))
    user = unprivileged()
    if user:
        shutil.chown(home, user["user"])
    home.chmod(0o700)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": "/", "check": True, **user}
    data, sockets = str(home / "data"), str(home)
    settings = f"-c listen_addresses='' -k {sockets} -c fsync=off -c full_page_writes=off -c jit=off"
    try:
        subprocess.run([binaries / "initdb", "-D", data, "-U", "regulars", "-A", "trust", "-E", "UTF8", "-N"], **quiet)
        subprocess.run([binaries / "pg_ctl", "-D", data, "-w", "-o", settings, "-l", home / "log", "start"], **quiet)
        try:
            yield f"host={sockets} user=regulars dbname=postgres"
        finally:
            subprocess.run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def sail_server() -> Iterator[str]:
    """A Sail server in a process and a folder of its own; gives its address."""
    try:
        import pysail  # noqa: F401
        import pyspark.sql.connect  # noqa: F401
    except ImportError as absent:
        missing(f"Sail or the Spark Connect client is not installed: {absent}")
        return
    with tempfile.TemporaryDirectory(prefix="regulars-sail-") as home:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE_SAIL],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            yield f"sc://{address}"
        finally:
            process.stdin.close()
            process.wait(timeout=30)
            process.stdout.close()


@contextmanager
def duckdb_engine() -> Iterator[Engine]:
    """An empty DuckDB in memory."""
    engine = DuckDB.open(threads=2)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def postgres_engine(url: str) -> Iterator[Engine]:
    """An empty schema of the session's PostgreSQL."""
    from regulars.engine.postgres import Postgres

    schema = next(schemas)
    engine = Postgres.open(url, schema=schema)
    try:
        yield engine
    finally:
        engine.run(f'DROP SCHEMA "{schema}" CASCADE')
        engine.close()


@contextmanager
def sail_engine(shared: Spark) -> Iterator[Engine]:
    """An empty schema of the session's Sail; one client for all, because closing one disturbs the others' calls."""
    schema = next(schemas)
    shared.use(schema)
    try:
        yield shared
    finally:
        shared.run(f"DROP SCHEMA `{schema}` CASCADE")
