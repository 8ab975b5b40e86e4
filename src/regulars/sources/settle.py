"""What one load changes in the rows of others: lines that waited for their order, and the codes of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.engine.compile import unbound
from regulars.sources.canonical import BOOKS, CANONICAL, MOMENT, PERSON
from regulars.sources.ledger import LEDGER

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.sources.work import Work

OF_ORDER = (*PERSON, *MOMENT)
"""What a line takes from its order."""


def settle(work: Work) -> None:
    """Bring lines in step with the orders and products that this load told."""
    if work.source.rows == "products":
        _codes_of_products(work.engine)
    if work.source.rows == "orders":
        _moments_of_orders(work.engine)
        _pending(work.engine)


def _count(engine: Engine, query: str) -> int:
    return int(engine.ask(f"SELECT count(*) AS n FROM {query}")["n"][0].as_py())


def _pending(engine: Engine) -> None:
    """Lines and discounts whose order is known now become canonical; the others keep waiting."""
    for waiting, table in (("pending_lines", "order_lines"), ("pending_discounts", "discounts")):
        if not _count(engine, f"{waiting} AS w JOIN orders AS o ON o.order_id = w.order_id"):
            continue
        rows, orders = unbound(waiting, LEDGER[waiting]), unbound("orders", CANONICAL["orders"])
        engine.append(table, _with_order(rows, orders, CANONICAL[table]))
        engine.make(waiting, rows.anti_join(orders, [rows.order_id == orders.order_id]))


def _with_order(rows: ir.Table, orders: ir.Table, schema: object) -> ir.Table:
    joined = rows.drop(*OF_ORDER).inner_join(orders.select("order_id", *OF_ORDER), "order_id")
    return joined.select(*rows.columns)


def _moments_of_orders(engine: Engine) -> None:
    """Lines follow the person and the moment of their order when those were corrected."""
    differs = " OR ".join(f"l.{column} IS DISTINCT FROM o.{column}" for column in OF_ORDER)
    for table in ("order_lines", "discounts"):
        if _count(engine, f"{table} AS l JOIN orders AS o ON o.order_id = l.order_id WHERE {differs}"):
            rows, orders = unbound(table, CANONICAL[table]), unbound("orders", CANONICAL["orders"])
            engine.make(table, _with_order(rows, orders, CANONICAL[table]))


def _codes_of_products(engine: Engine) -> None:
    """Lines carry the codes of their product as it is now, and items by its unit."""
    import ibis

    codes = BOOKS["order_lines"]
    differs = " OR ".join(f"(p.{code} IS NOT NULL AND l.{code} IS DISTINCT FROM p.{code})" for code in codes)
    odd = f"{differs} OR (p.unit <> 'piece' AND l.items NOT IN (-1, 0, 1))"
    if not _count(engine, f"order_lines AS l JOIN products AS p ON p.product_id = l.product_id WHERE {odd}"):
        return
    lines, products = unbound("order_lines", CANONICAL["order_lines"]), unbound("products", CANONICAL["products"])
    told = products.select("product_id", "unit", **{f"now_{code}": products[code] for code in codes})
    joined = lines.left_join(told, "product_id")
    pieces = joined.unit.fill_null("piece") == "piece"
    whole = pieces & (joined.quantity_milli % 1000 == 0)
    one = ibis.ifelse(joined.quantity_milli > 0, 1, ibis.ifelse(joined.quantity_milli < 0, -1, 0))
    changed = {code: ibis.coalesce(joined[f"now_{code}"], joined[code]) for code in codes}
    changed["items"] = ibis.ifelse(whole, (joined.quantity_milli / 1000).cast("int64"), one).cast("int64")
    engine.make("order_lines", joined.mutate(**changed).select(*lines.columns))
