from __future__ import annotations

import pyarrow as pa
import pytest

from regulars.engine.compile import unbound
from regulars.engine.duckdb import DuckDB

COLUMNS = {
    "customer_id": "int64",
    "orders": "int64",
    "revenue": "int64",
    "list_value": "int64",
    "discount": "int64",
    "full_price_share": "float64",
    "beyond_rhythm": "boolean",
    "coupon_orders": "int64",
    "gap_mean": "float64",
    "town": "string",
    "in_vip": "boolean",
    "in_top_20_percent": "boolean",
    "in_inactive": "boolean",
    "in_best_customers": "boolean",
}


KINDS = {"int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}


def rows_in(engine, columns):
    """Rows of one table by name, and the table as an expression."""
    schema = {"customer_id": "int64", **{name: COLUMNS[name] for name in columns}}
    count = len(next(iter(columns.values())))
    rows = {"customer_id": list(range(1, count + 1)), **columns}
    engine.drop("traits")
    engine.create("traits", schema)
    engine.append("traits", pa.table({n: pa.array(v, KINDS[schema[n]]) for n, v in rows.items()}))
    return engine, unbound("traits", schema)


@pytest.fixture
def shop(engine):
    """A shop on every engine: columns by name to an engine and the table as an expression."""
    return lambda **columns: rows_in(engine, columns)


@pytest.fixture
def duck():
    """The same on DuckDB alone, for laws that ask a hundred times."""
    engine = DuckDB.open()
    yield lambda **columns: rows_in(engine, columns)
    engine.close()
