"""What a customer can have done: each event's fact table, the fields that `where` may ask of, and how it is counted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from regulars.segments.periods import is_personal, window
from regulars.segments.predicates import Scope, bounds, every, holds
from regulars.segments.tree import Did, Node, TraitTest, leaves
from regulars.segments.values import Field
from regulars.segments.vocabulary import Vocabulary
from regulars.traits.trait import Context, Fact, Measure

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNT_TYPES: Mapping[str, str] = MappingProxyType(
    {"times": "count", "items": "count", "days": "count", "spent": "money"}
)
"""What an event can be counted by, and the type of each count."""


@dataclass(frozen=True, slots=True)
class EventField:
    """A field of an event: its column as an expression over the fact's rows, and its name in each language.

    `level` is order, line or row: a purchase's order or its lines, or the event's own row.
    """

    field: Field
    label: Mapping[str, str]
    of: Callable[[Any, Vocabulary], Any]
    level: str = "row"


@dataclass(frozen=True, slots=True)
class Event:
    """Something a customer can do.

    `units` are the ways to count it, `only` says which rows of the fact are it, `money` which column `spent` adds up.
    """

    name: str
    fact: Fact
    fields: Mapping[str, EventField]
    units: tuple[str, ...]
    only: Callable[[Any, Vocabulary], list[Any]] = lambda rows, words: []
    money: str = ""


def column(name: str) -> Callable[[Any, Vocabulary], Any]:
    """The column of that name."""
    return lambda rows, words: rows[name]


def coded(
    name: str, en: str, nl: str, da: str, level: str = "row", book: str | None = None, source: str | None = None
) -> tuple[str, EventField]:
    """A field that holds a code."""
    label = {"en": en, "nl": nl, "da": da}
    return name, EventField(Field(name, "code", book or name), label, column(source or name), level)


MOMENTS: Mapping[str, EventField] = {
    "weekday": EventField(
        Field("weekday", "code", "weekday"),
        {"en": "the weekday", "nl": "de weekdag", "da": "ugedagen"},
        lambda rows, words: (rows.day + 3) % 7 + 1,
    ),
    "hour": EventField(
        Field("hour", "count"),
        {"en": "the hour", "nl": "het uur", "da": "timen"},
        lambda rows, words: ((rows.minute - rows.minute % 60) / 60).cast("int64"),
    ),
    "month": EventField(
        Field("month", "code", "month"),
        {"en": "the month", "nl": "de maand", "da": "måneden"},
        lambda rows, words: month(rows.day),
    ),
}
"""What every event's moment can be asked."""


def month(day: Any) -> Any:
    """The month of a day number, by integers alone (the civil calendar from a day count, years from 1 March)."""

    def whole(value: Any, divisor: int) -> Any:
        return (value - value % divisor) / divisor

    era_day = (day.cast("int64") + 719_468) % 146_097
    year = whole(
        era_day
        - whole(era_day, 1_460).cast("int64")
        + whole(era_day, 36_524).cast("int64")
        - whole(era_day, 146_096).cast("int64"),
        365,
    ).cast("int64")
    year_day = era_day - (365 * year + whole(year, 4).cast("int64") - whole(year, 100).cast("int64"))
    shifted = whole(5 * year_day + 2, 153).cast("int64")
    return (shifted + 2) % 12 + 1


ORDER_FIELDS = dict(
    coded(name, *label, level="order")
    for name, label in {
        "sales_channel": ("the sales channel", "het verkoopkanaal", "salgskanalen"),
        "store": ("the store", "de winkel", "butikken"),
        "device": ("the device", "het apparaat", "enheden"),
        "payment": ("the payment method", "de betaalwijze", "betalingsmåden"),
        "delivery": ("the delivery", "de bezorging", "leveringen"),
        "source": ("the traffic source", "de herkomst", "trafikkilden"),
        "medium": ("the medium", "het medium", "mediet"),
        "campaign": ("the campaign", "de campagne", "kampagnen"),
    }.items()
)
LINE_FIELDS = dict(
    coded(name, *label, level="line")
    for name, label in {
        "category": ("the category", "de categorie", "kategorien"),
        "department": ("the department", "de afdeling", "afdelingen"),
        "type": ("the type", "de soort", "typen"),
        "brand": ("the brand", "het merk", "mærket"),
    }.items()
)
LINE_FIELDS["discounted"] = EventField(
    Field("discounted", "flag"),
    {"en": "bought at a discount", "nl": "met korting gekocht", "da": "købt med rabat"},
    lambda rows, words: rows.discount + rows.supplier_discount > 0,
    "line",
)


def identified(name: str, en: str, nl: str, da: str, level: str = "row") -> tuple[str, EventField]:
    """A field that holds the hashed id of a product or a campaign."""
    label = {"en": en, "nl": nl, "da": da}
    return name, EventField(Field(name, "id", name), label, column(f"{name}_id"), level)


LINE_FIELDS |= dict([identified("product", "the product", "het product", "produktet", "line")])
OWN_FIELDS = dict(
    [
        coded("category", "the category", "de categorie", "kategorien"),
        coded("touchpoint", "the touchpoint", "het contactpunt", "kontaktpunktet"),
        coded("page_type", "the page type", "de paginasoort", "sidetypen"),
        identified("product", "the product", "het product", "produktet"),
        identified("campaign", "the campaign", "de campagne", "kampagnen"),
    ]
)
COUPON_FIELDS = dict(
    [
        coded("kind", "the kind of discount", "de soort korting", "rabattypen", book="discount_kind"),
        coded("code", "the code", "de code", "koden", book="discount_code"),
        identified("campaign", "the campaign", "de campagne", "kampagnen"),
    ]
)
RECEIVED_FIELDS = dict(
    [
        identified("campaign", "the campaign", "de campagne", "kampagnen"),
        coded("send_channel", "the send channel", "het verzendkanaal", "udsendelseskanalen"),
        coded("variant", "the variant", "de variant", "varianten"),
    ]
)

BOUGHT = Event(
    "bought", "orders", {**ORDER_FIELDS, **LINE_FIELDS, **MOMENTS}, ("times", "items", "spent", "days"), money="net"
)
RECEIVED = Event("received", "sends", {**RECEIVED_FIELDS, **MOMENTS}, ("times", "days"))
COUPONS = Event(
    "redeemed",
    "discounts",
    {**COUPON_FIELDS, **MOMENTS},
    ("times", "days", "spent"),
    only=lambda rows, words: [rows.coupon],
    money="amount",
)
OWN_TABLES: Mapping[str, Event] = {event.name: event for event in (BOUGHT, RECEIVED, COUPONS)}
"""Events that are recorded elsewhere than in `events`: as orders, sends and the coupons on orders."""


def event(name: str, words: Vocabulary) -> Event:
    """What an event's name stands for in a shop; coupons handed in are events where the shop records them as such."""

    def of_kind(rows: Any, words: Vocabulary) -> list[Any]:
        code = words.code("event", name)
        return [rows.kind == code if code is not None else rows.kind.isnull()]

    if name in OWN_TABLES and (name != "redeemed" or name not in words.events):
        return OWN_TABLES[name]
    return Event(name, "events", {**OWN_FIELDS, **MOMENTS}, ("times", "days"), only=of_kind)


def fields_of(name: str, words: Vocabulary) -> dict[str, Field]:
    """The fields that `where` may ask of an event."""
    return {name: found.field for name, found in event(name, words).fields.items()}


def levels(node: Node | None, kind: Event) -> set[str]:
    """The levels of the fields that a `where` asks of."""
    asked = leaves(node) if node is not None else ()
    return {kind.fields[leaf.trait].level for leaf in asked if isinstance(leaf, TraitTest)}


def fact_of(node: Did, words: Vocabulary) -> Fact:
    """The fact table that a count is taken over."""
    kind = event(node.event, words)
    if kind.name != "bought":
        return kind.fact
    used = levels(node.where, kind)
    if "line" not in used and node.unit in ("times", "days"):
        return "orders"
    if "order" in used or node.unit == "times":
        return "baskets"
    return "lines"


def measure_name(node: Did) -> str:
    """A stable name for what is counted, whatever it is compared with."""
    from regulars.segments.writing import plain

    counted = replace(node, count=None, negated=False)
    text = json.dumps([node.unit, plain(counted)], sort_keys=True, ensure_ascii=False)
    return f"m_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def row_condition(node: Did, rows: Any, context: Context, words: Vocabulary) -> Any:
    """Whether a row of the fact is one of those counted."""
    kind = event(node.event, words)
    own = {name: rows[name] for name in ("first_order", "last_order")} if is_personal(node.during) else {}
    scope = Scope(
        column=lambda name: kind.fields[name].of(rows, words),
        field=lambda name: kind.fields[name].field,
        context=context,
        vocabulary=words,
        own=own,
    )
    asked = [*kind.only(rows, words), *bounds(rows.day, window(node.during, context.as_of, own))]
    asked += [holds(node.where, scope)] if node.where is not None else []
    found = every(*asked).fill_null(False) if asked else rows.customer_id.notnull()
    # an expression without a column would not be one value per row
    return rows.customer_id.notnull() & found if found.op().shape.is_scalar() else found


def measure(node: Did, words: Vocabulary) -> Measure:
    """The column that counts an event."""
    fact = fact_of(node, words)

    def of(rows: ir.Table, context: Context) -> ir.Value:
        import ibis

        condition = row_condition(node, rows, context, words)
        if node.unit == "days":
            return ibis.ifelse(condition, rows.day, ibis.null("int32")).nunique()
        if node.unit == "times":
            return (
                cast("ir.Value", condition) if fact == "baskets" else ibis.ifelse(condition, 1, 0).sum().cast("int64")
            )
        amount = rows[event(node.event, words).money if node.unit == "spent" else "items"]
        per_row = ibis.ifelse(condition, amount, 0)
        return per_row if fact == "lines" else per_row.sum().cast("int64")

    return Measure(fact, measure_name(node), of, own_days=is_personal(node.during))
