"""A query taken slice by slice gives what it gives at once, whatever the size of a slice."""

from __future__ import annotations

import pyarrow as pa
import pytest

from regulars.engine.compile import unbound
from regulars.engine.duckdb import DuckDB

LARGEST = 2**63 - 1


@pytest.fixture
def engine():
    engine = DuckDB.open(threads=1)
    keys = [-5, 0, 1, 2, 3, 7, 11, LARGEST]
    engine.create("customers", {"customer_id": "int64"})
    engine.append("customers", pa.table({"customer_id": keys}))
    engine.create("orders", {"customer_id": "int64", "day": "int32"})
    days = [(key, day) for place, key in enumerate(keys) for day in range(place)] + [(None, 1)]
    customer, day = zip(*days, strict=True)
    engine.append("orders", pa.table({"customer_id": pa.array(customer, pa.int64()), "day": pa.array(day, pa.int32())}))
    return engine


def per_customer():
    orders = unbound("orders", {"customer_id": "int64", "day": "int32"})
    customers = unbound("customers", {"customer_id": "!int64"})
    known = orders.filter(orders.customer_id.notnull())
    counted = known.group_by("customer_id").agg(n=known.count(), last=known.day.max())
    return customers.left_join(counted, "customer_id").drop("customer_id_right")


@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 7, 8, 9, 1000])
def test_slices_give_what_one_go_gives(engine, at_once):
    engine.make("whole", per_customer(), order_by=["customer_id"])
    engine.make_in_slices("sliced", per_customer(), key="customer_id", of="customers", at_once=at_once)
    whole, sliced = (engine.ask(f"SELECT * FROM {name}") for name in ("whole", "sliced"))
    assert sliced.equals(whole)
    assert whole.num_rows == 8


def test_a_table_without_rows_has_no_slices(engine):
    engine.run("DELETE FROM customers")
    engine.make_in_slices("sliced", per_customer(), key="customer_id", of="customers")
    assert engine.ask("SELECT * FROM sliced").num_rows == 0
