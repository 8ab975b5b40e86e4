"""What a published version is made of in the warehouse, beside the canonical tables and the traits.

Other tools may rely on three views, which are never renamed: `segment_memberships`, `segment_versions` and
`traits_latest`. All else is ours and can be made anew from landing, catalogue and history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from regulars.catalogue import Version
from regulars.traits.parameters import PARAMETERS, Parameter

if TYPE_CHECKING:
    from regulars.engine.duckdb import DuckDB
    from regulars.versions.history import Published

Schema = Mapping[str, str]

TABLES: Mapping[str, Schema] = MappingProxyType(
    {
        "versions": {
            "version": "!int64",
            "as_of_day": "!int32",
            "as_of_sec": "!int64",
            "published_at": "!int64",
            "loads_through": "!int32",
            "definitions_hash": "!string",
            "parameters_hash": "!string",
            "customers": "!int64",
        },
        # what each segment was in each version; `note` says why nothing can be said, `uses` the hash of its parameters
        "definitions": {
            "version": "!int64",
            "segment": "!string",
            "definition": "!string",
            "uses": "!string",
            "members": "!int64",
            "note": "string",
        },
        # `left` is the first shop day on which the customer is no longer in; null while in
        "memberships": {
            "segment": "!string",
            "customer_id": "!int64",
            "entered": "!int32",
            "left": "int32",
            "reason": "!string",
            "left_reason": "string",
            "version": "!int64",
            "left_version": "int64",
        },
        "applied_loads": {"load": "!int32"},
        "parameters": PARAMETERS,
    }
)

VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "segment_memberships": """
            SELECT m.segment, c.external_id AS customer, CAST(DATE '1970-01-01' + m.entered AS DATE) AS valid_from,
                   CAST(DATE '1970-01-01' + m."left" AS DATE) AS valid_to, m.reason, m.version, m.left_reason,
                   m.left_version, m.customer_id
            FROM memberships m LEFT JOIN customers c ON c.customer_id = m.customer_id""",
        "segment_versions": """
            SELECT v.version, CAST(DATE '1970-01-01' + v.as_of_day AS DATE) AS as_of,
                   to_timestamp(v.published_at) AS published_at, v.loads_through, v.customers, d.segment, d.definition,
                   d.members, d.note
            FROM versions v JOIN definitions d ON d.version = v.version""",
    }
)


def prepare(engine: DuckDB) -> None:
    """The tables, unless they exist."""
    for name, columns in TABLES.items():
        engine.create(name, columns)


def has_shape(engine: DuckDB) -> bool:
    """Whether the tables that exist have the columns of this program; a warehouse of another one is made anew."""
    there: dict[str, set[str]] = {}
    for row in engine.ask("SELECT table_name AS name, column_name AS part FROM information_schema.columns").to_pylist():
        there.setdefault(row["name"], set()).add(row["part"])
    return all(there.get(name, set(columns)) == set(columns) for name, columns in TABLES.items())


def publish_views(engine: DuckDB, traits: str) -> None:
    """The three views that other tools read; `traits` is the query of all traits as of the newest version."""
    latest = (
        "SELECT v.version, c.external_id AS customer, t.* FROM (SELECT max(version) AS version FROM versions) v "
        "CROSS JOIN traits_now t LEFT JOIN customers c ON c.customer_id = t.customer_id"
    )
    engine.run(f"CREATE OR REPLACE VIEW traits_now AS {traits}")
    for name, query in {**VIEWS, "traits_latest": latest}.items():
        engine.run(f"CREATE OR REPLACE VIEW {name} AS {query}")


def versions(engine: DuckDB) -> list[Version]:
    """Every version in the warehouse, oldest first."""
    if "versions" not in engine.tables():
        return []
    return [Version(**row) for row in engine.ask("SELECT * FROM versions ORDER BY version").to_pylist()]


def last_version(engine: DuckDB) -> Version | None:
    """The newest version in the warehouse."""
    return next(reversed(versions(engine)), None)


def definitions(engine: DuckDB, version: int) -> dict[str, dict[str, Any]]:
    """What each segment was in a version: segment, then definition, uses, members, note."""
    rows = engine.ask(f"SELECT * FROM definitions WHERE version = {int(version)} ORDER BY segment").to_pylist()
    return {row["segment"]: row for row in rows}


def parameters(engine: DuckDB) -> list[Parameter]:
    """Everything that was ever learnt."""
    return [Parameter(**row) for row in engine.ask("SELECT * FROM parameters").to_pylist()]


def add_rows(engine: DuckDB, name: str, rows: Iterable[Mapping[str, object]]) -> int:
    """Append plain rows to one of the tables above."""
    import pyarrow as pa

    from regulars.engine.compile import arrow_schema

    listed = [dict(row) for row in rows]
    return engine.append(name, pa.Table.from_pylist(listed, arrow_schema(TABLES[name]))) if listed else 0


def add_parameters(engine: DuckDB, rows: Iterable[Parameter]) -> int:
    """Append what was learnt."""
    return add_rows(engine, "parameters", [asdict(row) for row in rows])


def applied(engine: DuckDB) -> set[int]:
    """The loads whose rows are in the canonical tables."""
    if "applied_loads" not in engine.tables():
        return set()
    return {row["load"] for row in engine.ask("SELECT load FROM applied_loads").to_pylist()}


def restore(engine: DuckDB, published: Iterable[Published]) -> None:
    """Versions, definitions and parameters as they were published."""
    for one in published:
        add_rows(engine, "versions", [{name: getattr(one.version, name) for name in TABLES["versions"]}])
        add_rows(engine, "definitions", one.definitions.values())
    add_parameters(engine, dict.fromkeys(row for one in published for row in one.parameters))
