"""How much of a shop's trade leans on promotions and coupons, and on which customers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from regulars.insight.rows import MINIMUM, Asks, CannotSay, buyers, columns_missing, count_where, one_row, total_where

if TYPE_CHECKING:
    import ibis.expr.types as ir

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Bands of a customer's promoted share: at least the lower edge and under the upper, the last one closed."""


@dataclass(frozen=True, slots=True)
class Band:
    """The customers whose promoted share lies between two edges, and what they bring and are given (minor units)."""

    low: float
    high: float
    customers: int
    revenue: int
    discount: int


@dataclass(frozen=True, slots=True)
class Dependence:
    """Promotions over `n` buyers whose prices are known; money in minor units.

    `promoted` is the shelf value bought on lines with a promotion or coupon, of `list_value` in all: the share is by
    shelf price, since what a promoted line would have sold for otherwise is not known.
    """

    n: int
    unknown: int = 0
    revenue: int = 0
    list_value: int = 0
    promoted: int = 0
    discount: int = 0
    orders: int = 0
    coupon_orders: int | None = None
    bands: tuple[Band, ...] = ()
    cannot_say: CannotSay | None = None

    @property
    def promoted_share(self) -> float | None:
        """Share of shelf value bought on promotion or coupon."""
        return self.promoted / self.list_value if self.list_value else None

    @property
    def discount_share(self) -> float | None:
        """Shop-funded discount as a share of shelf value."""
        return self.discount / self.list_value if self.list_value else None

    def as_plain(self) -> dict[str, Any]:
        """Plain values by name, the two shares among them."""
        return {**asdict(self), "promoted_share": self.promoted_share, "discount_share": self.discount_share}


def dependence(engine: Asks, rows: ir.Table, *, minimum: int = MINIMUM) -> Dependence:
    """Dependence on discounts, in one query over customers.

    `rows` needs customer_id, orders, revenue, list_value, discount and full_price_share (the share of shelf value bought
    without any discount); a customer's promoted share is the rest. `coupon_orders` is used where it is there.
    """
    base = buyers(rows)
    if columns_missing(base, ["revenue", "list_value", "discount", "full_price_share"]):
        return Dependence(0, cannot_say=CannotSay("buyers_with_a_known_price", 0, minimum))
    known = base.filter(base.full_price_share.notnull())
    found = one_row(engine, known, {**_totals(known), **_bands(known)})
    everyone = one_row(engine, base, {"n": base.count()})["n"]
    n = found["n"]
    if n < minimum:
        return Dependence(n, everyone - n, cannot_say=CannotSay("buyers_with_a_known_price", n, minimum))
    return Dependence(
        n=n,
        unknown=everyone - n,
        revenue=found["revenue"],
        list_value=found["list_value"],
        promoted=found["promoted"],
        discount=found["discount"],
        orders=found["orders"],
        coupon_orders=found.get("coupon_orders"),
        bands=_read(found),
    )


def _totals(known: ir.Table) -> dict[str, ir.Value]:
    promoted = ((1.0 - known.full_price_share) * known.list_value.cast("float64")).round().cast("int64")
    summed = {
        "revenue": known.revenue,
        "list_value": known.list_value,
        "discount": known.discount,
        "promoted": promoted,
    }
    summed |= {name: known[name] for name in ("orders", "coupon_orders") if name in known.columns}
    totals = {name: value.sum().fill_null(0).cast("int64") for name, value in summed.items()}
    return {"n": known.count(), "orders": known.count(), **totals}


def _bands(known: ir.Table) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {}
    share = (1.0 - known.full_price_share).round(6)
    for at, (low, high) in enumerate(pairwise(EDGES)):
        within = (share >= low) & ((share < high) if high < 1 else (share <= high))
        columns[f"customers_{at}"] = count_where(within)
        columns[f"revenue_{at}"] = total_where(known.revenue, within)
        columns[f"discount_{at}"] = total_where(known.discount, within)
    return columns


def _read(found: dict[str, Any]) -> tuple[Band, ...]:
    edges = enumerate(pairwise(EDGES))
    return tuple(
        Band(low, high, *(int(found[f"{name}_{at}"]) for name in ("customers", "revenue", "discount")))
        for at, (low, high) in edges
    )
