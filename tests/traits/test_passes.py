"""Measures over facts: sums, conditions counted once per order, the customer's own days; on every engine."""

from __future__ import annotations

from collections import defaultdict

import small_shops as shops
import trait_oracle as oracle
from regulars.engine.base import Engine
from regulars.engine.compile import to_sql
from regulars.traits import passes, table
from regulars.traits.catalogue import traits
from regulars.traits.facts import facts
from regulars.traits.trait import Context, Measure
from regulars.traits.values import count_if

AS_OF = {"day": shops.AS_OF.day, "sec": shops.AS_OF.sec}
CONTEXT = Context(shops.AS_OF, shops.parameters(), shops.CODES)

MEASURES = (
    Measure("orders", "m_late", lambda orders, context: count_if(orders.minute >= 720)),
    Measure("lines", "m_tea_spent", lambda lines, context: (lines.category == 2).ifelse(lines.net, 0)),
    Measure("lines", "m_products", lambda lines, context: lines.product_id.nunique(where=lines.category == 1)),
    Measure("baskets", "m_coffee_orders", lambda lines, context: lines.category == 1),
    Measure("baskets", "m_coffee_in_delft", lambda lines, context: (lines.category == 1) & (lines.store == 2)),
    Measure("events", "m_views", lambda events, context: count_if(events.kind == 1)),
)


def expected(rows: dict) -> dict[int, dict[str, int]]:
    dead = {order["order_id"] for order in rows["orders"] if not oracle.order_counts(order, AS_OF)}
    lines = [line for line in oracle.visible(rows["order_lines"], AS_OF) if line["order_id"] not in dead]
    orders = [order for order in oracle.visible(rows["orders"], AS_OF) if order["order_id"] not in dead]
    store = {order["order_id"]: order["store"] for order in orders}
    sets: dict[tuple[int, str], set] = defaultdict(set)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for order in orders:
        sums[order["customer_id"], "m_late"] += order["minute"] >= 720
    for line in lines:
        who = line["customer_id"]
        if line["category"] == 2:
            sums[who, "m_tea_spent"] += line["net"]
        if line["category"] == 1:
            sets[who, "m_coffee_orders"].add(line["order_id"])
            sets[who, "m_products"] |= {line["product_id"]} - {None}
            if store[line["order_id"]] == 2:
                sets[who, "m_coffee_in_delft"].add(line["order_id"])
    for event in oracle.visible(rows["events"], AS_OF):
        sums[event["customer_id"], "m_views"] += event["kind"] == 1
    return {
        customer["customer_id"]: {
            measure.name: len(sets[customer["customer_id"], measure.name])
            or sums[customer["customer_id"], measure.name]
            for measure in MEASURES
        }
        for customer in rows["customers"]
    }


def test_measures_equal_a_naive_count(engine: Engine) -> None:
    rows = shops.shop(shops.Seeded(5), customers=50, most_orders=12)
    shops.fill(engine, rows)
    found = shops.computed(engine, measures=MEASURES)
    names = [measure.name for measure in MEASURES]
    assert {customer: {name: row[name] for name in names} for customer, row in found.items()} == expected(rows)
    assert all(sum(row[name] for row in found.values()) > 0 for name in names)


def test_a_measure_asked_twice_is_counted_once() -> None:
    once = to_sql(table.build(traits(), MEASURES, CONTEXT), "duckdb")
    assert to_sql(table.build(traits(), MEASURES + MEASURES, CONTEXT), "duckdb") == once


def test_each_fact_table_is_one_pass_however_many_ask() -> None:
    """Twenty more conditions add columns, not joins nor readings."""
    many = tuple(
        Measure(fact, f"m_{fact}_{n}", lambda rows, context, n=n: (rows.minute > n).ifelse(1, 0))
        for fact in ("lines", "orders", "events")
        for n in range(20)
    )
    few = to_sql(table.build(traits(), many[:1] + many[20:21] + many[40:41], CONTEXT), "duckdb")
    all_of_them = to_sql(table.build(traits(), many, CONTEXT), "duckdb")
    for word in ("JOIN", "GROUP BY", 'FROM "order_lines"', 'FROM "orders"', 'FROM "events"'):
        assert all_of_them.count(word) == few.count(word)


def test_orders_are_joined_to_lines_only_where_a_condition_reads_them() -> None:
    known = facts(CONTEXT)
    plain = to_sql(passes.by_customer(known, MEASURES[3:4], CONTEXT), "duckdb")
    joined = to_sql(passes.by_customer(known, MEASURES[4:5], CONTEXT), "duckdb")
    assert "INNER JOIN" not in plain
    assert "INNER JOIN" in joined


def test_an_engine_need_not_keep_lines_or_orders_aside() -> None:
    """A subquery that stands twice in a statement is kept aside by engines: only the roll-up of categories may be."""
    query = to_sql(table.build(traits(), MEASURES[:4] + MEASURES[5:], CONTEXT), "duckdb")
    shared = query[: query.index("\nSELECT")] if query.startswith("WITH") else ""
    assert shared.count(" AS (\n  SELECT") == 1
    assert "GROUP BY" in shared
