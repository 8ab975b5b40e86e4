"""What every insight reads: one row per customer, traits beside a flag for each segment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from regulars.engine.compile import arrow_schema, columns_of, scalar_or_table, to_sql, unbound

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.engine.base import Engine


class Asks(Protocol):
    """What an insight needs of an engine: the rows of a query."""

    def ask(self, query: ir.Expr) -> pa.Table:
        """The rows of a query, in the types of the expression."""
        ...


MINIMUM = 30
"""Customers under which a share or a median is not said."""


@dataclass(frozen=True, slots=True)
class CannotSay:
    """Too little to answer with: `n` of what was counted, and how many it needs.

    >>> str(CannotSay(of="buyers", n=14, needs=30))
    'cannot say: 14 buyers, needs 30'
    """

    of: str
    n: int
    needs: int

    def __str__(self) -> str:
        return f"cannot say: {self.n} {self.of.replace('_', ' ')}, needs {self.needs}"

    def as_plain(self) -> dict[str, Any]:
        """The three values by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Named:
    """An engine that knows one long expression by a name, so that it is compiled once for many questions."""

    engine: Engine
    name: str
    statement: str

    def ask(self, query: ir.Expr) -> pa.Table:
        """The rows of a query over the named rows, in the types of the expression."""
        table = scalar_or_table(query)
        asked = to_sql(table, self.engine.dialect)
        rest = f", {asked[5:]}" if asked.startswith("WITH ") else f" {asked}"
        quote = "`" if self.engine.dialect == "databricks" else '"'
        rows = self.engine.ask(f"WITH {quote}{self.name}{quote} AS ({self.statement}){rest}")
        return rows.cast(arrow_schema(columns_of(table)))


def named(engine: Engine, rows: ir.Table, name: str = "everyone") -> tuple[Named, ir.Table]:
    """An expression under a name: who to ask from then on, and the table to ask about.

    >>> from regulars.engine.duckdb import DuckDB
    >>> engine = DuckDB.open()
    >>> engine.create("traits", {"customer_id": "int64", "revenue": "int64"})
    >>> asks, everyone = named(engine, unbound("traits", {"customer_id": "int64", "revenue": "int64"}))
    >>> asks.ask(everyone.count()).to_pylist()
    [{'CountStar(everyone)': 0}]
    """
    return Named(engine, name, to_sql(rows, engine.dialect)), unbound(name, columns_of(rows))


def flag_of(segment: str) -> str:
    """The column that says whether a customer is in a segment.

    >>> flag_of("best_customers")
    'in_best_customers'
    """
    return f"in_{segment}"


def with_flags(traits: ir.Table, flags: ir.Table) -> ir.Table:
    """Traits with one boolean `in_<segment>` for each column of `flags`; a customer without flags is in none.

    >>> from regulars.engine.compile import unbound
    >>> traits = unbound("traits", {"customer_id": "int64", "revenue": "int64"})
    >>> with_flags(traits, unbound("flags", {"customer_id": "int64", "vip": "boolean"})).columns
    ('customer_id', 'revenue', 'in_vip')
    """
    named = {flag_of(segment): segment for segment in flags.columns if segment != "customer_id"}
    renamed = flags.select(flag_customer="customer_id", **{column: flags[old] for column, old in named.items()})
    joined = traits.left_join(renamed, traits.customer_id == renamed.flag_customer)
    known = {column: joined[column].fill_null(False) for column in named}
    return joined.select(*(joined[column] for column in traits.columns), **known)


def buyers(rows: ir.Table) -> ir.Table:
    """Customers with an order; all of them where the table has no count of orders."""
    return rows.filter(rows.orders > 0) if "orders" in rows.columns else rows


def one_row(engine: Asks, rows: ir.Table, columns: dict[str, ir.Value]) -> dict[str, Any]:
    """The one row of some aggregates over all customers; a sum of nothing is 0."""
    if not columns:
        return {}
    row: dict[str, Any] = engine.ask(rows.aggregate(**columns)).to_pylist()[0]
    return row


def total_where(value: ir.Value, condition: ir.BooleanValue) -> ir.Value:
    """The integer sum of a value over the customers a condition holds for."""
    import ibis

    return ibis.ifelse(condition, value, 0).sum().fill_null(0).cast("int64")


def count_where(condition: ir.BooleanValue) -> ir.Value:
    """How many customers a condition holds for; unknown does not count."""
    import ibis

    return ibis.ifelse(condition, 1, 0).sum().fill_null(0).cast("int64")


def columns_missing(rows: ir.Table, needed: Sequence[str]) -> tuple[str, ...]:
    """Which of the named columns a table lacks."""
    return tuple(name for name in needed if name not in rows.columns)
