"""Gathers what a report shows: the facts of `report.page`, out of the engine, the segments' rows and the insights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regulars import __version__
from regulars.clock import AsOf, date_of
from regulars.insight.concentration import concentration
from regulars.insight.discounts import dependence
from regulars.insight.headlines import headlines
from regulars.insight.profile import Profile, profile
from regulars.insight.rows import buyers, flag_of, one_row, with_flags
from regulars.traits.trait import Trait

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine

BEST = ("best_customers", "top_20_percent")
"""The segments to set against everyone, the first that can be said."""

PORTRAIT = (
    "average_order_value",
    "gap_mean",
    "days_since_order",
    "discount_share",
    "full_price_share",
    "coupon_share",
    "categories",
    "preferred_category",
    "top_category_share",
    "top_brand",
    "brand_loyalty",
    "store",
    "stores",
    "weekday",
    "part_of_day",
    "campaigns_received",
    "coupons_redeemed",
    "touchpoints",
)
"""The traits that say something new about a group; what is told is compared as well."""

RELATIVES: Mapping[str, frozenset[str]] = {
    "orders": frozenset({"gap_mean", "days_since_order"}),
    "full_price_share": frozenset({"discount_share"}),
    "regularity": frozenset({"gap_mean"}),
}
"""Traits that follow from another one almost by arithmetic: where it defines a segment, they are no finding."""


def gather(
    engine: Engine,
    rows: ir.Table,
    flags: ir.Table,
    *,
    shop: Mapping[str, Any],
    as_of: AsOf,
    version: int | None,
    segments: Sequence[Mapping[str, Any]],
    traits: Mapping[str, Trait],
    codes: Mapping[str, Mapping[str, int]],
    sources: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The facts for `report.page.render`, as plain values.

    `rows` is `traits.table.now(...)`, `flags` customer_id and a boolean per segment id, `segments` the rows of
    Shop.segments(), `codes` the code books (book: text: code), `sources` what was read (source, rows, money); `shop`
    has name, currency, digits, country and note.
    """
    whole = with_flags(rows, flags)
    return {
        "shop": dict(shop),
        "as_of": as_of.date.isoformat(),
        "version": version,
        "software": __version__,
        "totals": _totals(engine, whole),
        "headlines": [headline.as_plain() for headline in headlines(engine, whole)],
        "concentration": concentration(engine, whole).as_plain(),
        "segments": [dict(row) for row in segments],
        "profile": _profile(engine, whole, segments, traits, codes),
        "discounts": dependence(engine, whole).as_plain(),
        "sources": [dict(row) for row in sources],
    }


def _totals(engine: Engine, whole: ir.Table) -> dict[str, Any]:
    base = buyers(whole)
    summed = {name: base[name].sum().fill_null(0).cast("int64") for name in ("orders", "revenue")}
    days = {"first_order": base.first_order.min(), "last_order": base.last_order.max()}
    found = one_row(engine, base, {"buyers": base.count(), **summed, **days})
    dated = {name: None if found[name] is None else date_of(found[name]).isoformat() for name in days}
    return {**found, **dated}


def _profile(
    engine: Engine,
    whole: ir.Table,
    segments: Sequence[Mapping[str, Any]],
    traits: Mapping[str, Trait],
    codes: Mapping[str, Mapping[str, int]],
) -> dict[str, Any] | None:
    row = _compared(segments, whole)
    if row is None:
        return None
    shown = {name: trait for name, trait in traits.items() if name in PORTRAIT or trait.kind == "told"}
    made_of = {threshold["trait"] for threshold in row["thresholds"] or ()}
    defining = made_of.union(*(RELATIVES.get(name, frozenset()) for name in made_of))
    found = profile(engine, whole, row["id"], {name: t.type for name, t in shown.items()}, defining=defining)
    return {
        **found.as_plain(),
        "name": row["name"],
        "labels": {name: dict(trait.label) for name, trait in shown.items()},
        "types": {name: trait.type for name, trait in shown.items()},
        "texts": _texts(found, shown, codes),
    }


def _compared(segments: Sequence[Mapping[str, Any]], whole: ir.Table) -> Mapping[str, Any] | None:
    said = {row["id"]: row for row in segments if not row["cannot_say"] and flag_of(row["id"]) in whole.columns}
    return next((said[name] for name in BEST if name in said), None)


def _texts(
    found: Profile, shown: Mapping[str, Trait], codes: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[int, str]]:
    wanted: dict[str, set[int]] = {}
    for one in found.differences:
        if shown[one.trait].book and isinstance(one.value, int):
            wanted.setdefault(one.trait, set()).add(one.value)
    return {
        name: {code: text for text, code in codes.get(shown[name].book or "", {}).items() if code in values}
        for name, values in wanted.items()
    }
