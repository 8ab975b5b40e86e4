"""The facts that count: canonical tables narrowed to one moment and to known customers.

An order counts unless it is a test or was cancelled by then; its lines and discounts follow it. Every table here is an
unbound expression: an engine drops what a query does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from regulars.engine.compile import unbound
from regulars.sources.canonical import CANONICAL, ORIGIN
from regulars.traits.preference import FEWEST_LINES
from regulars.traits.values import total

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context, Fact

COUPONS = ("coupon", "coupon_match", "code", "voucher")
"""The kinds of discount that a customer brings along; others are given to everyone or to card holders."""

ORDER_COLUMNS = ("sales_channel", "store", "device", "payment", "delivery", "source", "medium", "campaign", "shipping")
"""What a basket's line has from its order."""

OF_AN_ORDER = ("customer_id", "order_id", "sec")
"""What every row of an order has."""

LINE_COLUMNS = tuple(name for name in CANONICAL["order_lines"] if name not in (*OF_AN_ORDER, "record_id", *ORIGIN))
"""What a line has of its own."""


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


def counted(name: str, context: Context, *columns: str) -> ir.Table:
    """The rows of orders that count, of given columns only or of all.

    Passes that read a table each name their own columns: an engine that meets one subquery twice would keep its rows
    aside, and reading a table again costs less than that.
    """
    rows = canonical(name)
    narrowed = rows.select(*OF_AN_ORDER, *columns) if columns else rows
    return before(narrowed, context).anti_join(uncounted(context), "order_id")


def placed(context: Context, *columns: str) -> ir.Table:
    """Counted orders, of given columns only or of all."""
    rows = canonical("orders")
    rows = rows.select(*OF_AN_ORDER, "test", "cancelled_sec", *columns) if columns else rows
    still = rows.cancelled_sec.isnull() | (rows.cancelled_sec >= context.as_of.sec)
    return before(rows, context).filter(~rows.test & still)


def orders(context: Context) -> ir.Table:
    """Counted orders with `weekday` (1 is Monday) and `gap`: days since the previous shopping day of the customer,
    0 for a further order of one day, null for the first.
    """
    import ibis

    rows = placed(context)
    by_day = ibis.window(group_by=rows.customer_id, order_by=rows.day)
    return rows.mutate(gap=(rows.day - rows.day.lag().over(by_day)).cast("int64"), weekday=(rows.day + 3) % 7 + 1)


def lines(context: Context, *columns: str) -> ir.Table:
    """Counted lines, of given columns only or of all."""
    return counted("order_lines", context, *columns)


def basket_lines(context: Context) -> ir.Table:
    """Counted lines again, for the pass that counts orders by their lines."""
    return lines(context, *LINE_COLUMNS)


def baskets(context: Context) -> ir.Table:
    """Counted lines with the columns of their order."""
    order = placed(context, *ORDER_COLUMNS).select("order_id", *ORDER_COLUMNS)
    return lines(context, *reversed(LINE_COLUMNS)).join(order, "order_id")


def rolled(context: Context, by: str) -> ir.Table:
    """Counted lines rolled up to one row per customer and code; a sum that nobody asks for is not computed."""
    rows = lines(context, by, "day", "items", "list", "discount", "net")
    return rows.group_by(["customer_id", by]).agg(
        lines=rows.count().cast("!int64"),
        items=total(rows["items"]),
        list=total(rows["list"]),
        discount=total(rows["discount"]),
        net=total(rows["net"]),
        last_day=rows.day.max(),
    )


def preferences(context: Context) -> ir.Table:
    """The categories that a customer bought often enough to be preferred, with `customer_lines`, those over all
    categories; out of the same roll-up as `categories`, because few of its rows are left.
    """
    found = rolled(context, "category")
    often = found.filter(found["lines"] >= FEWEST_LINES)
    whole = found.group_by("customer_id").agg(customer_lines=total(found["lines"]))
    return often.left_join(whole, "customer_id").drop("customer_id_right")


def stores(context: Context) -> ir.Table:
    """Counted orders rolled up to one row per customer and store."""
    rows = placed(context, "store")
    return rows.group_by(["customer_id", "store"]).agg(orders=rows.count().cast("!int64"))


def discounts(context: Context) -> ir.Table:
    """Discounts on counted orders, with `coupon`: whether the customer brought it along."""
    rows = counted("discounts", context)
    codes = [code for text in COUPONS if (code := context.code("discount_kind", text)) is not None]
    return rows.mutate(coupon=rows.kind.isin(codes) | rows.code.notnull())


def facts(context: Context) -> Mapping[Fact, ir.Table]:
    """Every table that a measure may be over; nothing is computed yet.

    `orders` carries gap and weekday, `baskets` a line with its order's columns (`basket_lines` one without),
    `categories`, `brands` and `stores` are lines and orders rolled up to (customer, code), `preferences` the categories
    that may be preferred, `discounts` carries coupon.
    """
    return {
        "orders": orders(context),
        "lines": lines(context),
        "baskets": baskets(context),
        "basket_lines": basket_lines(context),
        "categories": rolled(context, "category"),
        "preferences": preferences(context),
        "brands": rolled(context, "brand"),
        "stores": stores(context),
        "events": before(canonical("events"), context),
        "sends": before(canonical("sends"), context),
        "discounts": discounts(context),
    }


def fields(value: ir.Value) -> frozenset[str]:
    """The names of the columns that an expression reads of its own rows, not what those rows were made of.

    >>> sorted(fields(canonical("sends").day + canonical("sends").minute))
    ['day', 'minute']
    """
    import ibis.expr.operations as ops

    return frozenset(field.name for field in value.op().find(ops.Field, filter=ops.Value))
