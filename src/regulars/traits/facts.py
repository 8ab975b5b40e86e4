"""The facts that count: canonical tables narrowed to one moment and to known customers.

An order counts unless it is a test or was cancelled by then; its lines and discounts follow it. Every table here is an
unbound expression: an engine drops what a query does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from regulars.engine.compile import unbound
from regulars.sources.canonical import CANONICAL
from regulars.traits.values import total

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context, Fact

COUPONS = ("coupon", "coupon_match", "code", "voucher")
"""The kinds of discount that a customer brings along; others are given to everyone or to card holders."""

ORDER_COLUMNS = ("sales_channel", "store", "device", "payment", "delivery", "source", "medium", "campaign", "shipping")
"""What a basket's line has from its order."""


def canonical(name: str) -> ir.Table:
    """A canonical table, unbound.

    >>> canonical("sends").columns[:3]
    ('customer_id', 'record_id', 'campaign_id')
    """
    return unbound(name, CANONICAL[name])


def before(rows: ir.Table, context: Context) -> ir.Table:
    """The rows of known customers before the moment."""
    return rows.filter(rows.customer_id.notnull() & (rows.sec < context.as_of.sec))


def uncounted(context: Context) -> ir.Table:
    """The orders that do not count: few, so that leaving them out costs less than joining all orders."""
    orders = canonical("orders")
    gone = orders.cancelled_sec.notnull() & (orders.cancelled_sec < context.as_of.sec)
    return orders.filter(orders.test | gone).select("order_id")


def counted(name: str, context: Context) -> ir.Table:
    """The rows of orders that count."""
    return before(canonical(name), context).anti_join(uncounted(context), "order_id")


def orders(context: Context) -> ir.Table:
    """Counted orders with `weekday` (1 is Monday) and `gap`: days since the previous shopping day of the customer,
    0 for a further order of one day, null for the first.
    """
    import ibis

    rows = before(canonical("orders"), context)
    rows = rows.filter(~rows.test & (rows.cancelled_sec.isnull() | (rows.cancelled_sec >= context.as_of.sec)))
    by_day = ibis.window(group_by=rows.customer_id, order_by=rows.day)
    return rows.mutate(gap=(rows.day - rows.day.lag().over(by_day)).cast("int64"), weekday=(rows.day + 3) % 7 + 1)


def lines(context: Context) -> ir.Table:
    """Counted lines."""
    return counted("order_lines", context)


def baskets(context: Context) -> ir.Table:
    """Counted lines with the columns of their order."""
    placed = orders(context).select("order_id", *ORDER_COLUMNS)
    return lines(context).join(placed, "order_id")


def rolled(rows: ir.Table, by: str, **more: ir.Value) -> ir.Table:
    """Lines rolled up to one row per customer and code."""
    return rows.group_by(["customer_id", by]).agg(
        lines=rows.count().cast("!int64"),
        items=total(rows["items"]),
        list=total(rows["list"]),
        discount=total(rows["discount"]),
        net=total(rows["net"]),
        last_day=rows.day.max(),
        **more,
    )


def categories(rows: ir.Table, **more: ir.Value) -> ir.Table:
    """Lines rolled up to one row per customer and category, with the customer's lines over all categories."""
    import ibis

    found = rolled(rows, "category", **more)
    own = ibis.window(group_by=found.customer_id)
    return found.mutate(customer_lines=found["lines"].sum().over(own).cast("!int64"))


def stores(context: Context) -> ir.Table:
    """Counted orders rolled up to one row per customer and store."""
    rows = orders(context)
    return rows.group_by(["customer_id", "store"]).agg(orders=rows.count().cast("!int64"))


def discounts(context: Context) -> ir.Table:
    """Discounts on counted orders, with `coupon`: whether the customer brought it along."""
    rows = counted("discounts", context)
    codes = [code for text in COUPONS if (code := context.code("discount_kind", text)) is not None]
    return rows.mutate(coupon=rows.kind.isin(codes) | rows.code.notnull())


def facts(context: Context) -> Mapping[Fact, ir.Table]:
    """Every table that a measure may be over; nothing is computed yet.

    `orders` carries gap and weekday, `baskets` a line with its order's columns, `categories`, `brands` and `stores` are
    lines and orders rolled up to (customer, code), `discounts` carries coupon.
    """
    bought = lines(context)
    return {
        "orders": orders(context),
        "lines": bought,
        "baskets": baskets(context),
        "categories": categories(bought),
        "brands": rolled(bought, "brand"),
        "stores": stores(context),
        "events": before(canonical("events"), context),
        "sends": before(canonical("sends"), context),
        "discounts": discounts(context),
    }


def fields(value: ir.Value) -> frozenset[str]:
    """The names of the columns that an expression reads.

    >>> sorted(fields(canonical("sends").day + canonical("sends").minute))
    ['day', 'minute']
    """
    import ibis.expr.operations as ops

    return frozenset(field.name for field in cast("ir.Value", value).op().find(ops.Field))
