"""The very rows behind a condition: order numbers, dates and amounts of one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.clock import date_of
from regulars.segments.events import event, fact_of, row_condition
from regulars.segments.periods import is_personal
from regulars.segments.tree import Did, Period, Point
from regulars.segments.vocabulary import Vocabulary

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.traits.trait import Context

MOST_ROWS = 20
AT_LAST_ORDER = frozenset({"last_order", "days_since_order", "silence_chance", "beyond_rhythm"})
AT_FIRST_ORDER = frozenset({"first_order", "tenure_days"})


def behind_trait(trait: str) -> Did | None:
    """The purchase that a trait stands on: the last order, or the first; None for a trait that stands on many rows."""
    moments = {"last order": AT_LAST_ORDER, "first order": AT_FIRST_ORDER}
    for moment, traits in moments.items():
        if trait in traits:
            point = Point(moment=moment)
            return Did("bought", during=Period("to", start=point, end=point))
    return None


def behind(engine: Engine, node: Did, customer_id: int, context: Context, words: Vocabulary) -> dict[str, Any]:
    """The rows of a customer that a count is made of, the newest first, at most 20, and how many there are.

    Of a purchase: order, date, items and amount of what the conditions are about (in minor units); of anything else its
    date, and which campaign or product it was about.
    """
    rows = counted_rows(node, customer_id, context, words)
    found = (
        by_order(rows, node, context, words) if event(node.event, words).name == "bought" else plain(rows, node, words)
    )
    total = int(engine.ask(found.aggregate(n=found.count())).to_pylist()[0]["n"])
    shown = engine.ask(found.order_by([found.day.desc(), found.minute.desc()]).limit(MOST_ROWS)).to_pylist()
    return {"total": total, "rows": [dated(row) for row in shown]}


def counted_rows(node: Did, customer_id: int, context: Context, words: Vocabulary) -> ir.Table:
    """The rows of one customer that a count is over."""
    from regulars.traits.facts import facts
    from regulars.traits.passes import with_own_days

    known = facts(context)
    rows = known[fact_of(node, words)]
    rows = rows.filter(rows.customer_id == customer_id)
    if is_personal(node.during):
        rows = with_own_days(rows, known["orders"].filter(known["orders"].customer_id == customer_id))
    return rows.filter(row_condition(node, rows, context, words))


def by_order(rows: ir.Table, node: Did, context: Context, words: Vocabulary) -> ir.Table:
    """One row per order: its number, moment, and what of it is counted; for orders as such, all of it."""
    import ibis

    from regulars.traits.facts import facts

    known = facts(context)
    orders = known["orders"].select("order_id", "order_no", "day", "minute", "store")
    lines = known["lines"]
    counted = rows if fact_of(node, words) != "orders" else lines.semi_join(rows, "order_id")
    sums = counted.group_by("order_id").agg(
        net=counted.net.sum().cast("int64"), items=counted["items"].sum().cast("int64")
    )
    sums = sums.select(line_order=sums.order_id, net=sums.net, items=sums["items"])
    found = orders.semi_join(rows, "order_id").left_join(sums, [("order_id", "line_order")])
    zero = ibis.literal(0, type="int64")
    return found.select(
        "day",
        "minute",
        order=found.order_no,
        items=found["items"].fill_null(zero),
        amount=found.net.fill_null(zero),
    )


def plain(rows: ir.Table, node: Did, words: Vocabulary) -> ir.Table:
    """One row per event, with what it was about where the table says so."""
    kind = event(node.event, words)
    more: dict[str, Any] = {"amount": rows[kind.money]} if kind.money else {}
    if kind.fact == "events":
        rows = named(rows)
        more |= {name: rows[name] for name in ("category", "campaign", "product")}
    return rows.select("day", "minute", **more)


def named(rows: ir.Table) -> ir.Table:
    """Events with the code of their campaign and the number of their product, as the shop's own files have them."""
    from regulars.traits.facts import canonical

    campaigns, products = canonical("campaigns"), canonical("products")
    known = campaigns.select(known_campaign=campaigns.campaign_id, campaign=campaigns.code)
    articles = products.select(known_product=products.product_id, product=products.sku)
    found = rows.left_join(known, [("campaign_id", "known_campaign")])
    return found.left_join(articles, [("product_id", "known_product")])


def dated(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its date instead of numbers for day and minute; what is not known is left out."""
    day, minute = row.pop("day"), row.pop("minute")
    known = {name: value for name, value in row.items() if value is not None}
    time = {} if minute is None else {"time": f"{minute // 60:02}:{minute % 60:02}"}
    return {"date": date_of(int(day)).isoformat(), **time, **known}
