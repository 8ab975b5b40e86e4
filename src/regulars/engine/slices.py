"""A large query taken slice by slice: fewer groups at a time stay in the processor's cache and in memory.

Only for a query whose every row depends on rows of its own key alone, as traits do on their customer's. Tables that lie
in order of the key are read in part each time, so that nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOW, HIGH = 4_611_686_018_427_300_001, 4_611_686_018_427_300_003
"""What stands for a slice's bounds while the statement is made, once for all slices."""


def bounded(query: ir.Table, key: str) -> ir.Table:
    """The query over the rows between `LOW` and `HIGH` of every table that has the key.

    >>> from regulars.engine.compile import to_sql, unbound
    >>> orders = unbound("orders", {"customer_id": "int64", "day": "int32"})
    >>> counted = bounded(orders.group_by("customer_id").agg(n=orders.count()), "customer_id")
    >>> str(LOW) in to_sql(counted, "duckdb")
    True
    """
    import ibis.expr.operations as ops

    tables = [table for table in query.op().find(ops.UnboundTable) if key in table.schema]
    within = {table: rows.filter(rows[key].between(LOW, HIGH)).op() for table in tables for rows in (table.to_expr(),)}
    found: ir.Table = query.op().replace(within).to_expr()
    return found


def statements(statement: str, firsts: Sequence[int]) -> list[str]:
    """The statement of a bounded query for each slice; `firsts` are the slices' first keys, in order.

    The first slice begins before and the last ends after every key.

    >>> statements(f"SELECT {LOW}, {HIGH}", [5, 9])
    ['SELECT -9223372036854775807, 8', 'SELECT 9, 9223372036854775807']
    """
    lows = [-(2**63) + 1, *firsts[1:]]
    highs = [*(first - 1 for first in firsts[1:]), 2**63 - 1]
    return [
        statement.replace(str(LOW), str(low)).replace(str(HIGH), str(high))
        for low, high in zip(lows, highs, strict=True)
    ]
