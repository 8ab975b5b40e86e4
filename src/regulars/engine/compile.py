"""Expression to SQL text: the only place where Ibis meets a dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir
    import pyarrow as pa

TYPES = {
    "duckdb": {
        "int16": "SMALLINT",
        "int32": "INTEGER",
        "int64": "BIGINT",
        "float64": "DOUBLE",
        "boolean": "BOOLEAN",
        "string": "VARCHAR",
        "date": "DATE",
    },
    "postgres": {
        "int16": "SMALLINT",
        "int32": "INTEGER",
        "int64": "BIGINT",
        "float64": "DOUBLE PRECISION",
        "boolean": "BOOLEAN",
        "string": "TEXT",
        "date": "DATE",
    },
    "databricks": {
        "int16": "SMALLINT",
        "int32": "INT",
        "int64": "BIGINT",
        "float64": "DOUBLE",
        "boolean": "BOOLEAN",
        "string": "STRING",
        "date": "DATE",
    },
}
"""What each dialect calls the types that a table may have."""


def unbound(name: str, schema: Mapping[str, str]) -> ir.Table:
    """A table known by name and column types only; no connection is involved.

    >>> unbound("orders", {"order_id": "!int64", "day": "!int32"}).columns
    ('order_id', 'day')
    """
    import ibis

    return ibis.table(dict(schema), name=name)


def to_sql(query: ir.Expr | str, dialect: str) -> str:
    """The statement of an expression; text passes as it is.

    >>> to_sql(unbound("orders", {"day": "int32"}).count(), "duckdb").split()[0]
    'SELECT'
    """
    if isinstance(query, str):
        return query
    import ibis

    return str(ibis.to_sql(query, dialect=dialect))


def columns_of(query: ir.Table) -> dict[str, str]:
    """Column names and Ibis type names of an expression, nullability left out.

    >>> columns_of(unbound("orders", {"day": "!int32"}))
    {'day': 'int32'}
    """
    return {name: str(kind).lstrip("!") for name, kind in query.schema().items()}


def declare(columns: Mapping[str, str], dialect: str) -> str:
    """The column list of a CREATE TABLE.

    >>> declare({"day": "!int32"}, "duckdb")
    '"day" INTEGER'
    """
    quote = "`" if dialect == "databricks" else '"'
    types = TYPES[dialect]
    return ", ".join(f"{quote}{name}{quote} {types[kind.lstrip('!')]}" for name, kind in columns.items())


def arrow_schema(columns: Mapping[str, str]) -> pa.Schema:
    """The Arrow schema of a table's columns; every column may be null.

    >>> arrow_schema({"day": "!int32"}).field("day").type
    DataType(int32)
    """
    import pyarrow as pa

    named = {"boolean": pa.bool_(), "date": pa.date32(), "string": pa.string()}
    plain = {name: kind.lstrip("!") for name, kind in columns.items()}
    return pa.schema([(name, named.get(kind) or pa.type_for_alias(kind)) for name, kind in plain.items()])


def scalar_or_table(query: ir.Expr) -> ir.Table:
    """A scalar seen as a table of one row."""
    return cast("ir.Table", query.as_table())
