"""The canonical tables: what every room downstream may rely on, whatever the shop's files look like.

Money is an integer in minor units of the shop's currency and net of tax; `sec` is UTC, `day` and `minute` are the
shop's zone; `code` columns are numbers out of an append-only code book (table `codes`); ids are 63-bit hashes.
A column that a source lacks is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Schema = Mapping[str, str]
"""Column name to Ibis type name; a leading ! means never null."""

ORIGIN: Schema = {"load": "!int32", "line": "!int64"}
"""Where a row came from: the load and the line of the landed file."""

PERSON: Schema = {"customer_id": "int64", "record_id": "int64"}
"""Whose fact it is; both null for a fact that belongs to nobody."""

MOMENT: Schema = {"sec": "!int64", "day": "!int32", "minute": "int16"}
"""When: UTC seconds, shop day since 1970-01-01, shop minute of the day (0 to 1439); where only a date was told, `sec`
is the day's first second and the minute is null: nobody knows it."""

CANONICAL: Mapping[str, Schema] = MappingProxyType(
    {
        # one source's person; external_id is the id the source uses, kind is the key's kind (customer, email, card)
        "records": {
            "record_id": "!int64",
            "customer_id": "!int64",
            "source": "!string",
            "kind": "!string",
            "external_id": "!string",
            "load": "!int32",
        },
        # one value of one attribute; how is told, observed or inferred
        "told": {
            **PERSON,
            "attribute": "!string",
            "value": "!string",
            "how": "!string",
            "sec": "int64",
            "source": "!string",
            **ORIGIN,
        },
        "orders": {
            "order_id": "!int64",
            "order_no": "!string",
            **PERSON,
            **MOMENT,
            "sales_channel": "int32",
            "store": "int32",
            "device": "int32",
            "payment": "int32",
            "delivery": "int32",
            "source": "int32",
            "medium": "int32",
            "campaign": "int32",
            "shipping": "int64",
            "cancelled_sec": "int64",
            "test": "!boolean",
            **ORIGIN,
        },
        # list − discount = net, what the shop receives; supplier_discount lowers what the customer pays, not net
        "order_lines": {
            "order_id": "!int64",
            "line_no": "!int32",
            **PERSON,
            **MOMENT,
            "product_id": "int64",
            "department": "int32",
            "category": "int32",
            "type": "int32",
            "brand": "int32",
            "quantity_milli": "!int64",
            "items": "!int64",
            "list": "!int64",
            "discount": "!int64",
            "supplier_discount": "!int64",
            "net": "!int64",
            "tax": "int64",
            "cost": "int64",
            **ORIGIN,
        },
        # funded_by is shop or supplier; kind and code out of the books discount_kind and discount_code
        "discounts": {
            "order_id": "!int64",
            "line_no": "int32",
            **PERSON,
            **MOMENT,
            "kind": "!int32",
            "code": "int32",
            "amount": "!int64",
            "funded_by": "!string",
            "campaign_id": "int64",
            **ORIGIN,
        },
        "products": {
            "product_id": "!int64",
            "sku": "!string",
            "name": "string",
            "department": "int32",
            "category": "int32",
            "type": "int32",
            "brand": "int32",
            "family": "string",
            "variant": "string",
            "unit": "!string",
            "kind": "string",
            "price": "int64",
            **ORIGIN,
        },
        "campaigns": {
            "campaign_id": "!int64",
            "code": "!string",
            "name": "string",
            "kind": "int32",
            "goal": "string",
            "start_day": "int32",
            "end_day": "int32",
            "cost": "int64",
            **ORIGIN,
        },
        "sends": {
            **PERSON,
            "campaign_id": "int64",
            **MOMENT,
            "send_channel": "int32",
            "variant": "int32",
            **ORIGIN,
        },
        "events": {
            "event_id": "!int64",
            **PERSON,
            **MOMENT,
            "kind": "!int32",
            "touchpoint": "int32",
            "session": "int64",
            "product_id": "int64",
            "category": "int32",
            "page_type": "int32",
            "seconds": "int32",
            "value": "int64",
            "campaign_id": "int64",
            **ORIGIN,
        },
        # the code books, a mirror of the catalogue's
        "codes": {"book": "!string", "code": "!int32", "text": "!string"},
    }
)

BOOKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "orders": ("sales_channel", "store", "device", "payment", "delivery", "source", "medium", "campaign"),
        "order_lines": ("department", "category", "type", "brand"),
        "discounts": ("kind", "code"),
        "products": ("department", "category", "type", "brand"),
        "campaigns": ("kind",),
        "sends": ("send_channel", "variant"),
        "events": ("kind", "touchpoint", "category", "page_type"),
    }
)
"""Which columns hold codes; the book has the column's name, except those in `BOOK_OF`."""

BOOK_OF: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("discounts", "kind"): "discount_kind",
        ("discounts", "code"): "discount_code",
        ("campaigns", "kind"): "campaign_kind",
        ("events", "kind"): "event",
    }
)


def book(table: str, column: str) -> str:
    """The code book of a table's column.

    >>> book("events", "kind"), book("orders", "store")
    ('event', 'store')
    """
    return BOOK_OF.get((table, column), column)
