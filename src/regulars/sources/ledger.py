"""What became of every landed row: units that hold, rows set aside, rows in quarantine, and the money of each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from regulars.sources.canonical import CANONICAL, Schema
from regulars.sources.reading import OURS
from regulars.sources.sql import named, quoted

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.sources.work import Work

RETIRED = "retired"
"""The table of the customers whose rows a load superseded."""

LEDGER: Mapping[str, Schema] = MappingProxyType(
    {
        # why a landed row is not canonical; original is the row as JSON
        "quarantine": {
            "source": "!string",
            "load": "!int32",
            "file": "!string",
            "line": "!int64",
            "field": "!string",
            "reason": "!string",
            "original": "!string",
        },
        # `rows` landed rows from `line` on that another load (or a later row) makes needless: duplicate, superseded
        "set_aside": {
            "load": "!int32",
            "line": "!int64",
            "rows": "!int64",
            "reason": "!string",
            "by_load": "!int32",
        },
        # the load that holds an order (a product, …) now; line where the unit is one row
        "units": {"rows_kind": "!string", "unit": "!int64", "content": "!int64", "load": "!int32", "line": "int64"},
        # whose rows a load superseded; an order that moved to another customer is missed by the first as well
        RETIRED: {"customer_id": "!int64", "load": "!int32"},
        # sums in minor units: of the file, and of what left it; what is canonical is asked of the tables
        "load_sums": {"load": "!int32", "state": "!string", "measure": "!string", "minor": "!int64"},
        # counts worth telling
        "load_notes": {"load": "!int32", "what": "!string", "rows": "!int64"},
        # lines whose order has not been told yet
        "pending_lines": CANONICAL["order_lines"],
        "pending_discounts": CANONICAL["discounts"],
    }
)

RUNS = """
    SELECT load, min(line) AS line, count(*) AS rows
    FROM (SELECT load, line, line - row_number() OVER (PARTITION BY load ORDER BY line) AS run FROM {rows})
    GROUP BY load, run
"""
"""Consecutive lines as one row."""


def quarantine(work: Work, bad: str) -> int:
    """Send rows of a table (row, _file, _line, field, reason) to quarantine with their original."""
    columns = [row[0] for row in work.rows("DESCRIBE landed") if row[0] not in OURS]
    packed = ", ".join(f"{quoted(column)}: landed.{named(column)}" for column in columns)
    return work.send(
        "quarantine",
        f"""SELECT {quoted(work.source.name)} AS source, {work.load.id} AS load, bad._file AS file, bad._line AS line,
            bad.field, bad.reason, coalesce(landed._ragged, CAST(to_json({{{packed}}}) AS VARCHAR)) AS original
            FROM {bad} AS bad JOIN landed USING (_row)""",
        order_by=("_row",),
    )


def decide(work: Work, fresh: str) -> dict[str, int]:
    """Compare units with those that hold: makes the table `decided` (unit, content, status, was), counts by status.

    `fresh` has one row per unit with its content. Status is new, duplicate, or changed; `was` is the load that holds.
    """
    held = "SELECT u.unit, u.content, u.load FROM units AS u JOIN asked ON asked.key = u.unit WHERE u.rows_kind = "
    work.bring_of("held", f"SELECT unit AS key FROM {fresh}", held + quoted(work.unit_kind))
    work.table(
        "decided",
        f"""SELECT f.unit, f.content, h.load AS was, CASE WHEN h.unit IS NULL THEN 'new'
            WHEN h.content = f.content THEN 'duplicate' ELSE 'changed' END AS status
            FROM {fresh} AS f LEFT JOIN held AS h USING (unit)""",
    )
    return dict(work.rows("SELECT status, count(*) FROM decided GROUP BY status"))


def set_aside(work: Work, rows: str, reason: str) -> None:
    """Keep, as runs, the (load, line, by_load) rows of a table."""
    for (by_load,) in work.rows(f"SELECT DISTINCT by_load FROM {rows} ORDER BY ALL"):
        runs = RUNS.format(rows=f"(SELECT load, line FROM {rows} WHERE by_load = {by_load})")
        query = f"SELECT load, line, rows, {quoted(reason)} AS reason, {by_load} AS by_load FROM ({runs})"
        work.send("set_aside", query, order_by=("load", "line"))


def mark_changed(work: Work) -> str:
    """Tell the engine which units changed, in its table `changed_units`, and return the test that a key is one."""
    work.engine.drop("changed_units")
    work.engine.create("changed_units", {"unit": "int64"})
    work.send("changed_units", "SELECT unit FROM decided WHERE status = 'changed'")
    return "{} IN (SELECT unit FROM changed_units)"


def retire(work: Work, tables: Mapping[str, str], **where: str) -> None:
    """Remove the changed units from `units` and, by their key column, from the engine's tables; keep whose they were.

    `where` names columns of those tables that must have a value.
    """
    without(work.engine, "units", LEDGER["units"], "unit", rows_kind=work.unit_kind)
    for table, key in tables.items():
        if "customer_id" in {**CANONICAL, **LEDGER}[table]:
            work.engine.append(RETIRED, customers_of_changed(work, table, key))
        without(work.engine, table, {**CANONICAL, **LEDGER}[table], key, **where)
    work.engine.drop("changed_units")


def customers_of_changed(work: Work, table: str, key: str) -> ir.Table:
    """The customers (customer_id, load) of a table's rows whose key is among the changed units."""
    import ibis

    from regulars.engine.compile import unbound

    rows, changed = unbound(table, {**CANONICAL, **LEDGER}[table]), unbound("changed_units", {"unit": "int64"})
    gone = rows.semi_join(changed, rows[key] == changed.unit).filter(lambda row: row.customer_id.notnull())
    return gone.select("customer_id", load=ibis.literal(work.load.id, "int32")).distinct()


def without(engine: Engine, table: str, schema: Schema, key: str, **where: str) -> None:
    """A table without the rows whose key is among the changed units."""
    from regulars.engine.compile import unbound

    rows, changed = unbound(table, schema), unbound("changed_units", {"unit": "int64"})
    tests = [rows[key] == changed.unit, *(rows[column] == value for column, value in where.items())]
    engine.make(table, rows.anti_join(changed, tests))


def hold(work: Work, *, line: str = "CAST(NULL AS BIGINT)", rows: str = "decided") -> None:
    """Write down that this load holds its new and changed units."""
    work.send(
        "units",
        f"""SELECT {quoted(work.unit_kind)} AS rows_kind, unit, content, {work.load.id} AS load, {line} AS line
            FROM {rows} WHERE status <> 'duplicate'""",
    )


def sums(work: Work, state: str, query: str, *, load: str | None = None) -> None:
    """Keep sums in minor units out of a query (measure, minor), or (load, measure, minor) where it names loads."""
    of = load or str(work.load.id)
    work.send(
        "load_sums",
        f"SELECT CAST({of} AS INTEGER) AS load, {quoted(state)} AS state, measure, CAST(minor AS BIGINT) AS minor "
        f"FROM ({query}) WHERE minor <> 0",
    )
