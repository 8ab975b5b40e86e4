"""Traits of a customer's orders: when, how many, where, with a coupon or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regulars.traits.trait import FIXED_BOOKS, Context, Measure, Trait
from regulars.traits.values import count_if, packed, ratio, unpacked

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEEKDAYS = tuple(FIXED_BOOKS["weekday"].values())
PARTS = tuple(FIXED_BOOKS["part_of_day"].values())
PART_MINUTES = 360


def words(en: str, nl: str, da: str) -> dict[str, str]:
    """A label in the three languages."""
    return {"en": en, "nl": nl, "da": da}


def in_last(rows: ir.Table, context: Context, days: int, before: int = 0) -> Any:
    """Whether a fact fell in the given number of shop days that end `before` days before the moment's."""
    last = context.as_of.day - before
    return (rows.day > last - days) & (rows.day <= last)


def shopping_days(orders: ir.Table, context: Context) -> Any:
    """Distinct days: the first order, and every order after a gap."""
    return count_if(orders.gap.isnull() | (orders.gap > 0))


def counts(prefix: str, value: Callable[[ir.Table], Any], codes: tuple[int, ...]) -> tuple[Measure, ...]:
    """One count per code of a short, fixed book."""

    def counter(code: int) -> Callable[[ir.Table, Context], Any]:
        return lambda orders, context: count_if(value(orders) == code)

    return tuple(Measure("orders", f"{prefix}{code}", counter(code)) for code in codes)


def most(prefix: str, codes: tuple[int, ...]) -> Callable[[ir.Table, Context], Any]:
    """The code counted most often, the smallest at a tie; unknown where none was counted."""

    def of(row: ir.Table, context: Context) -> Any:
        import ibis

        largest = ibis.greatest(*(row[f"{prefix}{code}"] for code in codes))
        return ibis.cases((largest == 0, None), *((row[f"{prefix}{code}"] == largest, code) for code in codes))

    return of


TRAITS = (
    Trait(
        "orders",
        "count",
        "state",
        words("orders", "bestellingen", "ordrer"),
        "How many orders count: not cancelled, not a test.",
        "orders",
        over="orders",
        of=lambda orders, context: orders.count().cast("!int64"),
        empty=0,
    ),
    Trait(
        "first_order",
        "date",
        "state",
        words("first order", "eerste bestelling", "første ordre"),
        "The shop day of the first order.",
        "orders",
        over="orders",
        of=lambda orders, context: orders.day.min(),
        minimum=1,
    ),
    Trait(
        "last_order",
        "date",
        "state",
        words("last order", "laatste bestelling", "seneste ordre"),
        "The shop day of the last order.",
        "orders",
        over="orders",
        of=lambda orders, context: orders.day.max(),
        minimum=1,
    ),
    Trait(
        "shopping_days",
        "count",
        "state",
        words("shopping days", "winkeldagen", "indkøbsdage"),
        "On how many different shop days the customer ordered.",
        "orders",
        over="orders",
        of=shopping_days,
        empty=0,
    ),
    Trait(
        "orders_90_days",
        "count",
        "window",
        words("orders in the last 90 days", "bestellingen in de laatste 90 dagen", "ordrer i de seneste 90 dage"),
        "Orders in the 90 shop days that end with the day asked for.",
        "orders",
        over="orders",
        of=lambda orders, context: count_if(in_last(orders, context, 90)),
        empty=0,
    ),
    Trait(
        "coupon_orders",
        "count",
        "state",
        words("orders with a coupon", "bestellingen met een kortingsbon", "ordrer med en kupon"),
        "Orders on which the customer brought a coupon, voucher or code along.",
        "discounts",
        over="discounts",
        of=lambda discounts, context: discounts.order_id.nunique(where=discounts.coupon),
        empty=0,
    ),
    Trait(
        "coupon_share",
        "share",
        "state",
        words(
            "share of orders with a coupon", "aandeel bestellingen met een kortingsbon", "andel af ordrer med en kupon"
        ),
        "Orders with a coupon, voucher or code, of all orders.",
        "orders, discounts",
        derive=lambda row, context: ratio(row.coupon_orders, row.orders),
        minimum=1,
    ),
    Trait(
        "weekday",
        "code",
        "state",
        words("usual weekday", "vaste weekdag", "faste ugedag"),
        "The weekday with the most orders, 1 is Monday; the earlier in the week at a tie.",
        "orders",
        derive=most("on_weekday_", WEEKDAYS),
        parts=counts("on_weekday_", lambda orders: orders.weekday, WEEKDAYS),
        minimum=3,
        book="weekday",
    ),
    Trait(
        "part_of_day",
        "code",
        "state",
        words("usual part of the day", "vast dagdeel", "fast tidspunkt på dagen"),
        "The part of the day with the most orders: night (0–6 h), morning, afternoon or evening; the earlier at a tie. Unknown where the files give no time of day.",
        "orders",
        derive=most("in_part_", PARTS),
        parts=tuple(
            Measure("orders", f"in_part_{part}", of)
            for part, of in zip(
                PARTS,
                [
                    lambda orders, context, low=PART_MINUTES * (part - 1), high=PART_MINUTES * part: count_if(
                        (orders.minute >= low) & (orders.minute < high)
                    )
                    for part in PARTS
                ],
                strict=True,
            )
        ),
        minimum=3,
        book="part_of_day",
    ),
    Trait(
        "store",
        "code",
        "state",
        words("usual store", "vaste winkel", "faste butik"),
        "The store with the most orders; the store seen first by the shop at a tie.",
        "orders",
        derive=lambda row, context: unpacked(row.store_key, context.width("store")),
        parts=(
            Measure(
                "stores",
                "store_key",
                lambda stores, context: packed(stores.orders, stores.store, context.width("store")),
            ),
        ),
        book="store",
    ),
    Trait(
        "stores",
        "count",
        "state",
        words("different stores", "verschillende winkels", "forskellige butikker"),
        "In how many different stores the customer ordered.",
        "orders",
        over="stores",
        of=lambda stores, context: stores.store.count(),
        empty=0,
    ),
    Trait(
        "days_since_order",
        "days",
        "clock",
        words("days since the last order", "dagen sinds de laatste bestelling", "dage siden seneste ordre"),
        "Shop days from the last order to the day asked for.",
        "orders",
        derive=lambda row, context: context.as_of.day - row.last_order,
        unit="days",
        minimum=1,
    ),
    Trait(
        "tenure_days",
        "days",
        "clock",
        words("days since the first order", "dagen sinds de eerste bestelling", "dage siden første ordre"),
        "Shop days from the first order to the day asked for.",
        "orders",
        derive=lambda row, context: context.as_of.day - row.first_order,
        unit="days",
        minimum=1,
    ),
)
"""In an order in which every trait follows what it reads."""
