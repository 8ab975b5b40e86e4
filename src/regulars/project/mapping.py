"""How a source's columns become canonical fields: plain frozen definitions that travel with each landed file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Kind = Literal["id", "text", "code", "money", "number", "time", "day", "flag", "integer"]

ORDER_FIELDS: Mapping[str, Kind] = MappingProxyType(
    {
        "order": "id",
        "customer": "id",
        "time": "time",
        "sales_channel": "code",
        "store": "code",
        "device": "code",
        "payment": "code",
        "delivery": "code",
        "source": "code",
        "medium": "code",
        "campaign": "code",
        "shipping": "money",
        "cancelled": "time",
        "test": "flag",
    }
)

FIELDS: Mapping[str, Mapping[str, Kind]] = MappingProxyType(
    {
        "products": {
            "product": "id",
            "name": "text",
            "department": "code",
            "category": "code",
            "type": "code",
            "brand": "code",
            "family": "text",
            "variant": "text",
            "unit": "text",
            "kind": "text",
            "price": "money",
        },
        "campaigns": {
            "campaign": "id",
            "name": "text",
            "kind": "code",
            "goal": "text",
            "start": "day",
            "end": "day",
            "cost": "money",
        },
        "people": {"customer": "id", "time": "time"},
        "orders": {**ORDER_FIELDS, "list": "money", "net": "money", "total": "money", "cost": "money"},
        "order_lines": {
            **ORDER_FIELDS,
            "product": "id",
            "quantity": "number",
            "list": "money",
            "net": "money",
            "unit_price": "money",
            "cost": "money",
            "department": "code",
            "category": "code",
            "type": "code",
            "brand": "code",
        },
        "sends": {"customer": "id", "campaign": "id", "time": "time", "send_channel": "code", "variant": "code"},
        "events": {
            "message": "id",
            "customer": "id",
            "kind": "code",
            "time": "time",
            "touchpoint": "code",
            "session": "id",
            "product": "id",
            "category": "code",
            "page_type": "code",
            "seconds": "integer",
            "value": "money",
            "campaign": "id",
        },
    }
)
"""The fields of each kind of rows, in the order in which sources are loaded: what is referred to comes first."""

NULLS = ("NULL", "\\N")
"""What databases write for nothing, unless the source says otherwise."""

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "products": ("product",),
        "campaigns": ("campaign",),
        "people": ("customer",),
        "orders": ("order", "time"),
        "order_lines": ("order",),
        "sends": ("customer", "campaign"),
        "events": ("kind", "time"),
    }
)

AMOUNTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"orders": ("list", "net", "total"), "order_lines": ("list", "net", "unit_price")}
)
"""Fields of which one must be mapped where rows are to carry money."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field comes from: columns of the file (several are joined by a space), or one constant for all rows.

    `values` translates; `otherwise` replaces what it does not name. `format` is a strptime pattern, or epoch.

    >>> Column.of("net").columns
    ('net',)
    """

    columns: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    constant: str | None = None
    format: str | None = None

    @classmethod
    def of(cls, name: str) -> Column:
        """One column as it stands."""
        return cls(columns=(name,))

    @property
    def is_plain(self) -> bool:
        """Whether the field is one column as it stands."""
        return len(self.columns) == 1 and not self.values and self.otherwise is None


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount taken off each row; what the supplier pays for does not lower what the shop receives."""

    amount: Column
    kind: str
    funded_by: Literal["shop", "supplier"] = "shop"
    code: Column | None = None
    campaign: Column | None = None


@dataclass(frozen=True, slots=True)
class Tax:
    """Whether amounts hold tax: at a rate (a fraction as text, such as 0.21), or as a column says."""

    rate: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One source of rows: files and their mapping; `nulls` are texts that databases write for nothing."""

    name: str
    files: tuple[str, ...]
    rows: str
    columns: Mapping[str, Column]
    attributes: Mapping[str, Column] = field(default_factory=dict)
    discounts: tuple[Discount, ...] = ()
    tax: Tax | None = None
    system: str = "shop"
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str = "."
    nulls: tuple[str, ...] = NULLS

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Every column of the files that the mapping names, once each."""
        every = [*self.columns.values(), *self.attributes.values()]
        for discount in self.discounts:
            every += [column for column in (discount.amount, discount.code, discount.campaign) if column]
        names = [name for column in every for name in column.columns]
        if self.tax and self.tax.column:
            names.append(self.tax.column)
        return tuple(dict.fromkeys(names))

    @property
    def has_amount(self) -> bool:
        """Whether its rows carry money."""
        return any(name in self.columns for name in AMOUNTS.get(self.rows, ()))

    @property
    def tells_discounts(self) -> bool:
        """Whether its rows tell what was taken off: as discounts, or as a list price beside what was received."""
        listed = {"list", "unit_price"} & self.columns.keys()
        return bool(self.discounts or (listed and {"net", "total"} & self.columns.keys()))

    @property
    def hash(self) -> str:
        """A short hash of the mapping: what its rows mean, not where its files lie."""
        plain = self.as_plain()
        plain.pop("files")
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]

    def as_plain(self) -> dict[str, Any]:
        """The source as plain values, to travel with its landed files."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Source:
        """The source that `as_plain` was made from.

        >>> source = Source("till", ("till.csv",), "order_lines", {"order": Column.of("receipt")})
        >>> Source.from_plain(json.loads(json.dumps(source.as_plain()))) == source
        True
        """
        return cls(
            **{
                **plain,
                "files": tuple(plain["files"]),
                "nulls": tuple(plain.get("nulls", NULLS)),
                "columns": {name: _column(given) for name, given in plain["columns"].items()},
                "attributes": {name: _column(given) for name, given in plain["attributes"].items()},
                "discounts": tuple(_discount(given) for given in plain["discounts"]),
                "tax": Tax(**plain["tax"]) if plain["tax"] else None,
            }
        )


def _column(plain: Mapping[str, Any]) -> Column:
    return Column(**{**plain, "columns": tuple(plain["columns"])})


def _discount(plain: Mapping[str, Any]) -> Discount:
    columns = {name: _column(plain[name]) if plain[name] else None for name in ("amount", "code", "campaign")}
    return Discount(**{**plain, **columns})
