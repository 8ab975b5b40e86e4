from __future__ import annotations

import pyarrow as pa

from regulars.engine.compile import unbound
from regulars.insight.rows import buyers, count_where, named, one_row, total_where, with_flags


def test_a_customer_without_flags_is_in_no_segment(shop):
    engine, rows = shop(orders=[1, 1, 0], revenue=[10, 20, 40])
    engine.drop("flags")
    engine.create("flags", {"customer_id": "int64", "vip": "boolean"})
    engine.append("flags", pa.table({"customer_id": [1], "vip": [True]}))
    whole = with_flags(rows, unbound("flags", {"customer_id": "int64", "vip": "boolean"}))
    assert engine.ask(whole.order_by("customer_id"))["in_vip"].to_pylist() == [True, False, False]


def test_a_named_expression_answers_as_itself(shop):
    engine, rows = shop(orders=[1, 1, 0], revenue=[10, None, 40])
    long = rows.mutate(double=rows.revenue * 2)
    asks, everyone = named(engine, long)
    joined = everyone.filter(everyone.orders > 0).join(
        everyone.select("customer_id", other=everyone.double), "customer_id"
    )
    for query in (lambda table: buyers(table), lambda table: table.filter(table.double > 20)):
        assert asks.ask(query(everyone).order_by("customer_id")) == engine.ask(query(long).order_by("customer_id"))
    assert asks.ask(joined.order_by("customer_id"))["other"].to_pylist() == [20, None]


def test_nothing_adds_up_to_nothing(shop):
    engine, rows = shop(orders=[1], revenue=[None])
    nobody = rows.filter(rows.orders > 5)
    found = one_row(
        engine, nobody, {"sum": total_where(nobody.revenue, nobody.orders > 0), "n": count_where(nobody.orders > 0)}
    )
    assert found == {"sum": 0, "n": 0}
