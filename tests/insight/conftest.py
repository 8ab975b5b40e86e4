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


@pytest.fixture
def shop():
    """Rows of one table by name, and the table as an expression."""
    engine = DuckDB.open()

    def make(**columns):
        schema = {"customer_id": "int64", **{name: COLUMNS[name] for name in columns}}
        kinds = {"int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_(), "string": pa.string()}
        count = len(next(iter(columns.values())))
        rows = {"customer_id": list(range(1, count + 1)), **columns}
        engine.drop("traits")
        engine.create("traits", schema)
        engine.append("traits", pa.table({n: pa.array(v, kinds[schema[n]]) for n, v in rows.items()}))
        return engine, unbound("traits", schema)

    yield make
    engine.close()
