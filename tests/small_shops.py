"""Small random shops: as lists of dicts, as canonical tables, by hypothesis or by a fixed seed."""

from __future__ import annotations

import random

import pyarrow as pa
from hypothesis import strategies as st

from regulars.clock import AsOf
from regulars.engine.base import Engine
from regulars.engine.compile import arrow_schema, to_sql
from regulars.engine.duckdb import DuckDB
from regulars.sources.canonical import CANONICAL
from regulars.traits import table
from regulars.traits.catalogue import traits
from regulars.traits.parameters import Parameter, Parameters
from regulars.traits.trait import Context

TODAY = 17532
AS_OF = AsOf(day=TODAY, sec=(TODAY + 1) * 86400)
CODES = {
    "discount_kind": {"loyalty_card": 1, "coupon": 2, "coupon_match": 3},
    "event": {"viewed": 1, "redeemed": 2},
    "store": {"Utrecht": 1, "Delft": 2, "Leiden": 3},
    "category": {"coffee": 1, "tea": 2, "mugs": 3, "filters": 4, "gifts": 5},
    "brand": {"own": 1, "other": 2},
}
RATES = {1: 0.4, 2: 0.3, 3: 0.1, 4: 0.02}
PARAMETERS = {"rhythm_r": 0.8, "rhythm_alpha": 21.5, "category_rate": RATES}
ATTRIBUTES = ("income", "birth_date")
REST = {"shipping": 0, "test": False, "load": 1, "line": 1, "order_no": "x", "funded_by": "shop", "amount": 100}


def moment(day: int, minute: int) -> dict[str, int]:
    return {"day": day, "minute": minute, "sec": day * 86400 + minute * 60}


class Drawn:
    """Draws by hypothesis, so that a failing shop shrinks."""

    def __init__(self, draw) -> None:
        self.draw = draw

    def whole(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def pick(self, values):
        return self.draw(st.sampled_from(values))


class Seeded:
    """Draws by a seed, the same on every engine."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def pick(self, values):
        return self.random.choice(values)


def shop(source, customers: int, most_orders: int) -> dict[str, list[dict]]:
    """A shop with everything that could go wrong: nobody's orders, tests, cancellations, the future, missing codes."""
    rows: dict[str, list[dict]] = {
        "customers": [],
        "orders": [],
        "order_lines": [],
        "discounts": [],
        "events": [],
        "sends": [],
    }
    for number in range(1, customers + 1):
        born = source.pick([None, source.whole(TODAY - 40000, TODAY)])
        rows["customers"].append(
            {"customer_id": number, "income": source.pick([None, "low", "high"]), "birth_date": born}
        )
        regular = source.pick([None, 7, 30])
        for visit in range(source.whole(0, most_orders)):
            day = TODAY - regular * visit if regular else TODAY - source.whole(-3, 200)
            order(source, rows, source.pick([number] * 9 + [None]), day)
        for _ in range(source.whole(0, 3)):
            when = moment(TODAY - source.whole(-2, 60), source.whole(0, 1439))
            who = source.pick([number] * 5 + [None])
            rows["events"].append(
                {"customer_id": who, "event_id": len(rows["events"]), "kind": source.pick([1, 2]), **when}
            )
            rows["sends"].append({"customer_id": who, "campaign_id": source.pick([None, 1, 2, 3]), **when})
    return rows


def order(source, rows, customer_id: int | None, day: int) -> None:
    when = moment(day, source.pick([0, 359, 360, 719, 720, 1080, 1439]))
    cancelled = source.pick([None] * 8 + [when["sec"] + 60, AS_OF.sec, AS_OF.sec - 1])
    own = {"order_id": len(rows["orders"]) + 1, "customer_id": customer_id, **when}
    store = source.pick([None, 1, 2, 3])
    rows["orders"].append(
        {**own, "store": store, "cancelled_sec": cancelled, "test": source.pick([False] * 9 + [True])}
    )
    for line_no in range(1, source.whole(0, 4) + 1):
        listed = source.pick([0, 1, 250, 999, 1000, 123456])
        discount = source.pick([0, 0, listed // 4, listed])
        supplier = source.pick([0, 0, 0, 50])
        line = {
            **own,
            "line_no": line_no,
            "category": source.pick([None, 1, 2, 3, 4, 5]),
            "brand": source.pick([None, 1, 2]),
            "product_id": source.pick([None, 11, 12, 13]),
            "items": source.whole(0, 3),
            "list": listed,
            "discount": discount,
            "supplier_discount": supplier,
            "net": listed - discount,
            "quantity_milli": 1000,
        }
        rows["order_lines"].append(line)
        if source.pick([True, False]):
            rows["discounts"].append(
                {**own, "line_no": line_no, "kind": source.pick([1, 1, 2, 3]), "code": source.pick([None, None, 7])}
            )


SCHEMAS = {**CANONICAL, "customers": {"customer_id": "!int64", "income": "string", "birth_date": "int32"}}
TABLES = ("customers", "orders", "order_lines", "discounts", "events", "sends")


def fill(engine: Engine, rows: dict[str, list[dict]]) -> None:
    """The shop as canonical tables."""
    for name in TABLES:
        columns = SCHEMAS[name]
        full = [{column: fact.get(column, REST.get(column)) for column in columns} for fact in rows[name]]
        engine.create(name, columns)
        engine.append(name, pa.Table.from_pylist(full, schema=arrow_schema(columns)))


def parameters(values=None) -> Parameters:
    values = PARAMETERS if values is None else values
    rows = [Parameter(name, values[name], 99, "") for name in ("rhythm_r", "rhythm_alpha") if name in values]
    rows += [
        Parameter("category_rate", value, 99, "", key=key) for key, value in values.get("category_rate", {}).items()
    ]
    return Parameters.of(rows)


def computed(engine: Engine, measures=(), values=None) -> dict[int, dict]:
    """Every trait of the shop in the engine, clock traits included, by customer."""
    context, catalogue = Context(AS_OF, parameters(values), CODES), traits(ATTRIBUTES)
    engine.make("traits", table.build(catalogue, measures, context), order_by=["customer_id"])
    rows = table.now(table.stored(catalogue, measures), catalogue, context)
    return {row.pop("customer_id"): row for row in engine.ask(rows).to_pylist()}


class Watched:
    """A DuckDB with the traits as a view: compiled once, asked for one shop after another."""

    def __init__(self, engine: DuckDB) -> None:
        context, catalogue = Context(AS_OF, parameters(), CODES), traits(ATTRIBUTES)
        self.engine = engine
        for name in TABLES:
            engine.create(name, SCHEMAS[name])
        engine.run(f"CREATE VIEW traits AS {to_sql(table.build(catalogue, (), context), 'duckdb')}")
        wanted = table.now(table.stored(catalogue), catalogue, context)
        engine.run(f"CREATE VIEW wanted AS {to_sql(wanted, 'duckdb')}")

    def traits_of(self, rows: dict[str, list[dict]]) -> dict[int, dict]:
        for name in TABLES:
            self.engine.run(f"DELETE FROM {name}")
        fill(self.engine, rows)
        found = self.engine.ask("SELECT * FROM wanted").to_pylist()
        return {row.pop("customer_id"): row for row in found}
