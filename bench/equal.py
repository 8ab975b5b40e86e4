"""Whether two ways of doing the same work gave the same rows; every difference is named with an example."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEASURED = 2
"""The version that the measured refresh publishes."""

RESULTS = ("traits", "members", "changes")
"""What each way leaves behind: every trait of every customer, every membership, every joiner and leaver."""


def take_out(root: Path, traits: Iterable[str]) -> Path:
    """The results of a way that leaves a warehouse, as files beside it; the folder they are in."""
    import duckdb

    folder = root / "results"
    folder.mkdir(exist_ok=True)
    queries = {
        "traits": f"SELECT customer_id, {', '.join(traits)} FROM traits_latest",
        "members": 'SELECT segment, customer_id FROM memberships WHERE "left" IS NULL',
        "changes": f"""SELECT segment, customer_id, version = {MEASURED} AS entered, CASE WHEN version = {MEASURED} THEN reason
            ELSE left_reason END AS reason FROM memberships WHERE version = {MEASURED} OR left_version = {MEASURED}""",
    }
    with duckdb.connect(str(root / ".regulars" / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET enable_progress_bar = false")
        for name, query in queries.items():
            connection.execute(f"COPY ({query}) TO '{folder / f'{name}.parquet'}' (FORMAT parquet)")
    return folder


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two folders of results; empty where every value of every row is equal.

    Fractions are rounded to 6 decimals by whoever made them, and compared as they are.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    return [difference for result in RESULTS for difference in compare(connection, one, other, result)]


def compare(connection: duckdb.DuckDBPyConnection, one: Path, other: Path, result: str) -> list[str]:
    """The differences of one result: columns, then rows by key, then values column by column."""
    left, right = (f"read_parquet('{folder / f'{result}.parquet'}')" for folder in (one, other))
    columns = columns_of(connection, left)
    if columns.keys() != (others := columns_of(connection, right)).keys():
        return [f"{result}: columns only in one: {sorted(columns.keys() ^ others.keys())}"]
    if result != "traits":
        return only_in_one(connection, left, right, result)
    found = only_in_one(connection, f"(SELECT customer_id FROM {left})", f"(SELECT customer_id FROM {right})", result)
    for column, kind in columns.items():
        if kind.split("(")[0] != others[column].split("(")[0]:
            found.append(f"{result}.{column}: {kind} and {others[column]}")
        rows = connection.execute(
            f"SELECT customer_id, l.{column}, r.{column}, count(*) OVER () FROM {left} l JOIN {right} r USING (customer_id)"
            f" WHERE l.{column} IS DISTINCT FROM r.{column} ORDER BY customer_id LIMIT 1"
        ).fetchall()
        found += [f"{result}.{column}: {n} differ, such as customer {c}: {a} and {b}" for c, a, b, n in rows]
    return found


def only_in_one(connection: duckdb.DuckDBPyConnection, left: str, right: str, result: str) -> list[str]:
    """Rows that one side has and the other lacks, counted with their multiplicity."""
    found = []
    for side, query in (
        ("first", f"FROM {left} EXCEPT ALL FROM {right}"),
        ("second", f"FROM {right} EXCEPT ALL FROM {left}"),
    ):
        rows = connection.execute(f"SELECT *, count(*) OVER () FROM ({query}) ORDER BY ALL LIMIT 1").fetchall()
        found += [f"{result}: {row[-1]} rows only in the {side}, such as {row[:-1]}" for row in rows]
    return found


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Column names and types."""
    return {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM {table}").fetchall()}
