"""Gathers what a report shows: the facts of `report.page`, out of the engine, the segments' rows and the insights."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regulars import __version__
from regulars.clock import AsOf, date_of
from regulars.insight.concentration import concentration
from regulars.insight.discounts import dependence
from regulars.insight.headlines import headlines
from regulars.insight.profile import Profile, profile
from regulars.insight.rows import Asks, buyers, flag_of, named, one_row, with_flags
from regulars.traits.trait import Trait

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine

STATES = ("accepted", "canonical", "quarantined", "duplicate", "superseded", "erased", "pending")
"""What can have become of a row that was read, and first how many there were."""

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
    month: str | None = None,
    accounts: Sequence[Mapping[str, Any]] = (),
    made_of: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Any]:
    """The facts for `report.page.render`, as plain values.

    `rows` is `traits.table.now(...)`, `flags` customer_id and a boolean per segment id, `segments` the rows of
    Shop.segments(), `month` the day (ISO) that their members_month_before were counted for by today's rules, None where
    they were published then, `codes` the code books (book: text: code), `accounts` what became of each load
    (`sources.account`), `made_of` the traits that a segment tests (else those of its thresholds); `shop` has name,
    currency, digits, country and note.
    """
    asks, whole = named(engine, with_flags(rows, flags))
    return {
        "shop": dict(shop),
        "as_of": as_of.date.isoformat(),
        "version": version,
        "software": __version__,
        "totals": _totals(asks, whole),
        "headlines": [headline.as_plain() for headline in headlines(asks, whole)],
        "concentration": concentration(asks, whole).as_plain(),
        "segments": [dict(row) for row in segments],
        "month": month,
        "labels": {name: dict(trait.label) for name, trait in traits.items()},
        "profile": _profile(asks, whole, segments, traits, codes, made_of or {}),
        "discounts": dependence(asks, whole).as_plain(),
        "sources": sources(accounts),
    }


def sources(accounts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was read from each source, its loads together: rows by what became of them, money in minor units.

    >>> load = {"source": "till", "accepted": 3, "canonical": 2, "quarantined": 1, "duplicate": 0}
    >>> sources([{**load, "money": {"net": {"file": 250, "canonical": 200, "quarantined": 50, "difference": 0}}}])
    [{'source': 'till', 'rows': {'accepted': 3, 'canonical': 2, 'quarantined': 1}, 'money': {'net': 200}, 'difference': 0}]
    """
    found: dict[str, dict[str, Any]] = {}
    for load in accounts:
        name = str(load["source"])
        one = found.setdefault(name, {"source": name, "rows": {}, "money": {}, "difference": 0})
        for state in STATES:
            if load.get(state):
                one["rows"][state] = one["rows"].get(state, 0) + load[state]
        for measure, sums in load["money"].items():
            one["money"][measure] = one["money"].get(measure, 0) + sums["canonical"]
            one["difference"] += abs(sums["difference"])
    return sorted(found.values(), key=lambda one: (not one["money"], one["source"]))


def _totals(engine: Asks, whole: ir.Table) -> dict[str, Any]:
    base = buyers(whole)
    summed = {name: base[name].sum().fill_null(0).cast("int64") for name in ("orders", "revenue")}
    days = {"first_order": base.first_order.min(), "last_order": base.last_order.max()}
    found = one_row(engine, base, {"buyers": base.count(), **summed, **days})
    dated = {name: None if found[name] is None else date_of(found[name]).isoformat() for name in days}
    return {**found, **dated}


def _profile(
    engine: Asks,
    whole: ir.Table,
    segments: Sequence[Mapping[str, Any]],
    traits: Mapping[str, Trait],
    codes: Mapping[str, Mapping[str, int]],
    made_of: Mapping[str, Collection[str]],
) -> dict[str, Any] | None:
    row = _compared(segments, whole)
    if row is None:
        return None
    shown = {name: trait for name, trait in traits.items() if name in PORTRAIT or trait.kind == "told"}
    tested = set(made_of.get(row["id"]) or (threshold["trait"] for threshold in row["thresholds"] or ()))
    defining = tested.union(*(RELATIVES.get(name, frozenset()) for name in tested))
    found = profile(engine, whole, row["id"], {name: t.type for name, t in shown.items()}, defining=defining)
    return {
        **found.as_plain(),
        "name": row["name"],
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
