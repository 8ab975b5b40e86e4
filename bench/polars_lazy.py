"""The same refresh in Polars, lazy and streaming, as an expert would write it: files in, files out.

It may rely on the layout: facts lie in order of customer and time, so a gap is the step to the row before. Aggregates
come first, joins last; a category's rate is joined to the narrow roll-up. Needs Polars alone, no part of the product.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from bench.measure import Cost, cpu_seconds, part, report

BEFORE = cpu_seconds()
import polars as pl  # noqa: E402

IMPORTS = cpu_seconds() - BEFORE
c = pl.col
KEY = "customer_id"


def scan(facts: Path, name: str) -> pl.LazyFrame:
    """A canonical table."""
    return pl.scan_parquet(facts / f"{name}.parquet")


def r6(value: pl.Expr) -> pl.Expr:
    """Six decimals, halves up; a division by a constant is a product here, so `round` finds the nearest float again."""
    return ((value * 1e6 + 0.5).floor() / 1e6).round(6)


def count(condition: pl.Expr) -> pl.Expr:
    """How many rows meet a condition."""
    return condition.sum().cast(pl.Int64)


def total(value: pl.Expr, condition: pl.Expr) -> pl.Expr:
    """The sum over the rows that meet a condition."""
    return pl.when(condition).then(value).otherwise(0).sum()


def packed(value: pl.Expr, code: str, width: int) -> pl.Expr:
    """The code of the largest positive value, the smallest at a tie, as one number."""
    return pl.when(value > 0).then(value.cast(pl.Int64) * width + (width - 1) - c(code)).max()


def code_of(key: str, width: int) -> pl.Expr:
    """The code in such a number."""
    return (width - 1 - c(key) % width).cast(pl.Int32)


def last(day: int, days: int) -> pl.Expr:
    """Whether a row is of the last days."""
    return c.day > day - days


def customers(facts: Path, sec: int) -> pl.LazyFrame:
    """One row per customer with what they told."""
    rank = (
        pl.when(c.how == "told")
        .then(3)
        .when(c.how == "observed")
        .then(2)
        .when(c.how == "inferred")
        .then(1)
        .otherwise(0)
    )
    told = (
        scan(facts, "told")
        .filter(c.sec.is_null() | (c.sec < sec))
        .with_columns(rank=rank, at=c.sec.fill_null(0))
        .group_by(KEY, "attribute")
        .agg(c.value.sort_by("rank", "at", "load", "line", "value", descending=[True, True, True, True, False]).first())
    )
    values = told.group_by(KEY).agg(
        c.value.filter(c.attribute == name).max().alias(name) for name in ("age_band", "birth_date", "country")
    )
    records = scan(facts, "records").group_by(KEY).agg(c.external_id.min())
    return records.join(values, on=KEY, how="left").with_columns(c.birth_date.cast(pl.Int32))


def by_order(orders: pl.LazyFrame, given: dict[str, Any]) -> pl.LazyFrame:
    """What is counted in orders."""
    day, weekday = given["day"], (c.day + 3) % 7 + 1
    gap = pl.when(c.customer_id == c.customer_id.shift(1)).then(c.day - c.day.shift(1)).cast(pl.Int64)
    rows = orders.with_columns(gap=gap, weekday=weekday, part=c.minute // 360 + 1)
    return rows.group_by(KEY).agg(
        orders=pl.len().cast(pl.Int64),
        first_order=c.day.min(),
        last_order=c.day.max(),
        shopping_days=count(c.gap.is_null() | (c.gap > 0)),
        gap_squares=(c.gap * c.gap).sum(),
        orders_90_days=count(last(day, 90)),
        web_180_days=count((c.sales_channel == given["codes"]["sales_channel"]["web"]) & last(day, 180)),
        **{f"d{number}": (c.weekday == number).sum() for number in range(1, 8)},
        **{f"p{number}": (c.part == number).sum() for number in range(1, 5)},
    )


def by_store(orders: pl.LazyFrame) -> pl.LazyFrame:
    """The store that is used most."""
    each = orders.group_by(KEY, "store").agg(n=pl.len())
    return each.group_by(KEY).agg(store_key=packed(c.n, "store", 64), stores=c.store.count().cast(pl.Int64))


def by_line(lines: pl.LazyFrame, day: int, coffee: int) -> pl.LazyFrame:
    """What is summed over lines."""
    return lines.group_by(KEY).agg(
        lines=pl.len().cast(pl.Int64),
        items=c.items.sum(),
        list_value=c.list.sum(),
        revenue=c.net.sum(),
        discount=c.discount.sum(),
        supplier_discount=c.supplier_discount.sum(),
        full_price_value=total(c.list, (c.discount == 0) & (c.supplier_discount == 0)),
        revenue_90_days=total(c.net, last(day, 90)),
        revenue_previous_90_days=total(c.net, last(day, 180) & (c.day <= day - 90)),
        coffee_365_days=total(c.net, (c.category == coffee) & last(day, 365)),
    )


def by_category(lines: pl.LazyFrame, summed: pl.LazyFrame, rates: dict[str, float]) -> pl.LazyFrame:
    """What is chosen among categories."""
    known = pl.LazyFrame(
        {"category": [int(code) for code in rates], "rate": list(rates.values())},
        schema_overrides={"category": pl.Int32},
    )
    z = (
        ((2 * (c.n.cast(pl.Float64).sqrt() - (c.lines.cast(pl.Float64) * c.rate).sqrt())) * 1000 + 0.5)
        .floor()
        .cast(pl.Int64)
    )
    return (
        lines.group_by(KEY, "category")
        .agg(n=pl.len(), net=c.net.sum())
        .join(summed.select(KEY, "lines"), on=KEY)
        .join(known, on="category", how="left")
        .with_columns(z=pl.when(c.n >= 3).then(z))
        .group_by(KEY)
        .agg(
            categories=c.category.count().cast(pl.Int64),
            category_top=pl.when(c.category.is_not_null()).then(c.net).max(),
            category_key=packed(c.net, "category", 64),
            preference_top=c.z.max(),
            preference_key=packed(c.z, "category", 64),
        )
    )


def by_brand(lines: pl.LazyFrame) -> pl.LazyFrame:
    """What is chosen among brands."""
    each = lines.group_by(KEY, "brand").agg(net=c.net.sum())
    return each.group_by(KEY).agg(
        brand_top=pl.when(c.brand.is_not_null()).then(c.net).max(), brand_key=packed(c.net, "brand", 256)
    )


def by_event(events: pl.LazyFrame, day: int, kinds: dict[str, int], coffee: int) -> pl.LazyFrame:
    """What is counted in events."""
    return events.group_by(KEY).agg(
        touchpoints=pl.len().cast(pl.Int64),
        last_touchpoint=c.day.max(),
        coupons_redeemed=count(c.kind == kinds["redeemed"]),
        touchpoints_30_days=count(last(day, 30)),
        coffee_views_30_days=count((c.kind == kinds["viewed"]) & (c.category == coffee) & last(day, 30)),
        support_90_days=count((c.kind == kinds["contacted_support"]) & last(day, 90)),
        opened_60_days=count((c.kind == kinds["opened"]) & last(day, 60)),
    )


def beside(facts: Path, given: dict[str, Any]) -> pl.LazyFrame:
    """Every customer with what was counted and summed."""
    day, sec, codes = given["day"], given["sec"], given["codes"]
    coffee = codes["category"]["coffee"]
    past = c.customer_id.is_not_null() & (c.sec < sec)
    gone = c.test | (c.cancelled_sec < sec).fill_null(False)
    uncounted = scan(facts, "orders").filter(gone).select("order_id")
    orders = scan(facts, "orders").filter(past & ~gone)
    lines = scan(facts, "order_lines").filter(past).join(uncounted, on="order_id", how="anti")
    coupons = scan(facts, "discounts").filter(
        past & ((c.kind == codes["discount_kind"]["coupon"]) | c.code.is_not_null())
    )
    summed = by_line(lines, day, coffee)
    recent_coffee = lines.filter((c.category == coffee) & last(day, 60))
    tables = [
        by_order(orders, given),
        by_store(orders),
        summed,
        by_category(lines, summed, given["rates"]),
        by_brand(lines),
        recent_coffee.group_by(KEY).agg(coffee_60_days=c.order_id.n_unique().cast(pl.Int64)),
        coupons.join(uncounted, on="order_id", how="anti")
        .group_by(KEY)
        .agg(coupon_orders=c.order_id.n_unique().cast(pl.Int64)),
        scan(facts, "sends").filter(past).group_by(KEY).agg(campaigns_received=c.campaign_id.n_unique().cast(pl.Int64)),
        by_event(scan(facts, "events").filter(past), day, codes["event"], coffee),
    ]
    rows = customers(facts, sec)
    for table in tables:
        rows = rows.join(table, on=KEY, how="left")
    return rows


COUNTED = [
    "orders",
    "shopping_days",
    "orders_90_days",
    "coupon_orders",
    "stores",
    "revenue",
    "list_value",
    "discount",
    "supplier_discount",
    "items",
    "lines",
    "revenue_90_days",
    "revenue_previous_90_days",
    "categories",
    "campaigns_received",
    "coupons_redeemed",
    "touchpoints",
    "touchpoints_30_days",
    "web_180_days",
    "coffee_365_days",
    "coffee_60_days",
    "coffee_views_30_days",
    "support_90_days",
    "opened_60_days",
]
"""0 for a customer without such facts."""

KEPT = ["first_order", "last_order", "last_touchpoint", "age_band", "birth_date", "country", "external_id"]


def most(names: list[str]) -> pl.Expr:
    """The number of the largest column, the first at a tie."""
    largest = pl.max_horizontal(names)
    chosen = pl.when(c(names[0]) == largest).then(1)
    for number, name in enumerate(names[1:], 2):
        chosen = chosen.when(c(name) == largest).then(number)
    return chosen.cast(pl.Int32)


def traits(facts: Path, given: dict[str, Any]) -> pl.LazyFrame:
    """Every stored trait, and the counts that segments ask for."""
    rows = beside(facts, given).with_columns(c(name).fill_null(0) for name in COUNTED)
    buyer, known = c.orders >= 1, c.revenue != 0
    span, gaps = (c.last_order - c.first_order).cast(pl.Int64), c.shopping_days - 1
    spread = ((gaps * c.gap_squares - span * span) / (gaps * (gaps - 1))).sqrt()
    variation = spread / (span / gaps)
    return rows.sort(KEY).select(
        KEY,
        *KEPT,
        *COUNTED,
        coupon_share=pl.when(buyer).then(r6(c.coupon_orders / c.orders)),
        weekday=pl.when(c.orders >= 3).then(most([f"d{number}" for number in range(1, 8)])),
        part_of_day=pl.when(c.orders >= 3).then(most([f"p{number}" for number in range(1, 5)])),
        store=code_of("store_key", 64),
        average_order_value=pl.when(buyer).then(((c.revenue * 2 + c.orders) / (c.orders * 2)).floor()).cast(pl.Int64),
        full_price_share=pl.when(buyer & (c.list_value != 0)).then(r6(c.full_price_value / c.list_value)),
        discount_share=pl.when(buyer & (c.list_value != 0)).then(r6(c.discount / c.list_value)),
        top_category=code_of("category_key", 64),
        top_category_share=pl.when(known).then(r6(c.category_top / c.revenue)),
        preference_strength=pl.when(c.lines >= 5).then((c.preference_top / 1000).round(3)),
        preferred_category=pl.when((c.lines >= 5) & (c.preference_top >= 2000)).then(code_of("preference_key", 64)),
        top_brand=code_of("brand_key", 256),
        brand_loyalty=pl.when((c.orders >= 3) & known).then(r6(c.brand_top / c.revenue)),
        gap_mean=pl.when(c.shopping_days >= 2).then(r6(span / gaps)),
        gap_sd=pl.when(c.shopping_days >= 3).then(r6(spread)),
        regularity=pl.when(c.shopping_days >= 4).then(r6(1 / (1 + variation * variation))),
    )


def now(rows: pl.LazyFrame, given: dict[str, Any]) -> pl.LazyFrame:
    """The traits that the moment decides, added."""
    day, today = given["day"], date.fromisoformat(given["date"])
    alpha, r = given["parameters"]["rhythm_alpha"], given["parameters"]["rhythm_r"]
    seen = (c.last_order - c.first_order).cast(pl.Float64) + alpha
    so_far = (day - c.first_order).cast(pl.Float64) + alpha
    born = c.birth_date.cast(pl.Date)
    ahead = born.dt.month().cast(pl.Int32) * 100 + born.dt.day() > today.month * 100 + today.day
    return rows.with_columns(
        days_since_order=pl.when(c.orders >= 1).then(day - c.last_order).cast(pl.Float64),
        tenure_days=pl.when(c.orders >= 1).then(day - c.first_order).cast(pl.Float64),
        silence_chance=pl.when(c.shopping_days >= 2).then(
            r6((seen / so_far) ** ((c.shopping_days - 1).cast(pl.Float64) + r))
        ),
        age=pl.when(c.birth_date <= day).then(today.year - born.dt.year().cast(pl.Int64) - ahead.cast(pl.Int64)),
    ).with_columns(beyond_rhythm=c.silence_chance <= 0.05)


def depths(given: dict[str, Any]) -> list[dict[str, pl.Expr]]:
    """The segments, layer by layer."""
    day, codes = given["day"], given["codes"]
    cut = {name.removeprefix("cut/"): value for name, value in given["parameters"].items()}
    buyer = c.orders > 0
    first = {
        "top_20_percent": buyer & (c.revenue >= int(cut["revenue/top/20%/buyers"])),
        "best_customers": buyer
        & (c.orders >= int(cut["orders/top/20%/buyers"]))
        & (c.full_price_share >= cut["full_price_share/top/50%/buyers"])
        & (c.regularity >= cut["regularity/top/50%/buyers"])
        & (c.revenue >= int(cut["revenue/top/20%/buyers"])),
        "low_order_value": buyer & (c.average_order_value <= int(cut["average_order_value/bottom/20%/buyers"])),
        "inactive": c.beyond_rhythm,
        "bargain_hunters": buyer & (c.discount_share >= cut["discount_share/top/20%/buyers"]) & (c.orders >= 3),
        "prefers_coffee": c.preferred_category == codes["category"]["coffee"],
        "chocolate_first": (c.top_category == codes["category"]["chocolate"]) & (c.top_category_share >= 0.3),
        "new_customers": c.first_order > day - 30,
        "one_timers": (c.orders == 1) & (c.last_order < day - 90),
        "weekend_shoppers": (c.weekday >= 6) & (c.orders >= 3),
        "young_neighbours": c.country.is_in(["NL", "BE"]) & c.age_band.is_in(["18-29", "30-44"]),
        "looked_at_coffee": (c.coffee_views_30_days >= 1) & ~(c.coffee_60_days >= 1),
        "needs_help": c.support_90_days >= 2,
        "buys_on_the_web": c.web_180_days >= 2,
        "coffee_money": c.coffee_365_days >= 5000,
        "coupon_users": (c.coupon_share >= 0.2) & (c.orders >= 2),
        "one_brand": (c.brand_loyalty >= 0.5) & (c.orders >= 3),
    }
    second = {
        "good_slipping": c.top_20_percent & c.inactive,
        "best_who_read": c.best_customers & (c.opened_60_days >= 1),
    }
    kept = c.top_20_percent | c.good_slipping | c.bargain_hunters | c.best_who_read
    return [first, second, {"the_rest": (c.orders >= 1) & ~kept}]


def words(rows: pl.LazyFrame, given: dict[str, Any]) -> pl.LazyFrame:
    """A bit for each segment."""
    for depth in depths(given):
        rows = rows.with_columns(test.fill_null(False).alias(segment) for segment, test in depth.items())
    bits = pl.sum_horizontal(c(segment).cast(pl.Int64) * (1 << slot) for segment, slot in given["slots"].items())
    return rows.select(KEY, w0=bits)


def changes(after: pl.LazyFrame, before: pl.LazyFrame, facts: Path, given: dict[str, Any]) -> pl.LazyFrame:
    """Who entered and who left, and why."""
    both = after.join(before.rename({"w0": "before"}), on=KEY, how="full", coalesce=True).with_columns(
        c.w0.fill_null(0), c.before.fill_null(0)
    )
    moved = both.filter(c.w0 != c.before)
    slots = pl.LazyFrame({"segment": list(given["slots"]), "bit": [1 << slot for slot in given["slots"].values()]})
    newer = [
        scan(facts, name).filter((c.load > given["through"]) & c.customer_id.is_not_null()).select(KEY)
        for name in TOUCHING
    ]
    touched = pl.concat(newer).unique().with_columns(reason=pl.lit("facts"))
    return (
        moved.join(slots, how="cross")
        .filter((c.w0 ^ c.before) & c.bit != 0)
        .join(touched, on=KEY, how="left")
        .select("segment", KEY, entered=(c.w0 & c.bit) != 0, reason=c.reason.fill_null("time"))
    )


TOUCHING = ("records", "told", "orders", "discounts", "sends", "events")
"""The tables whose new rows explain a change."""


def intervals(old: pl.LazyFrame, found: pl.LazyFrame, given: dict[str, Any]) -> pl.LazyFrame:
    """The memberships with the leavers' closed and the joiners' begun."""
    day, version = pl.lit(given["day"], pl.Int32), pl.lit(given["version"], pl.Int64)
    gone = found.filter(~c.entered).select("segment", KEY, left_reason_new="reason")
    leaves = c.left.is_null() & c.left_reason_new.is_not_null()
    kept = old.join(gone, on=["segment", KEY], how="left").with_columns(
        left=pl.when(leaves).then(day).otherwise(c.left),
        left_reason=pl.when(leaves).then(c.left_reason_new).otherwise(c.left_reason),
        left_version=pl.when(leaves).then(version).otherwise(c.left_version),
    )
    nothing = {
        "left": pl.lit(None, pl.Int32),
        "left_reason": pl.lit(None, pl.String),
        "left_version": pl.lit(None, pl.Int64),
    }
    begun = found.filter(c.entered).select("segment", KEY, "reason", entered=day, version=version, **nothing)
    return pl.concat([kept.drop("left_reason_new"), begun.sort("segment", KEY)], how="diagonal")


def refresh(root: Path, cost: Cost) -> None:
    """All of it; the new state is written beside the old."""
    given = json.loads((root / "given.json").read_text())
    facts, new = Path(given["facts"]), root / "new"
    new.mkdir()
    with part(cost, "traits"):
        rows = traits(facts, given).collect(engine="streaming")
        rows.write_parquet(new / "traits.parquet", compression="lz4")
    with part(cost, "words"):
        word = words(now(rows.lazy(), given), given).collect()
        word.write_parquet(new / "words.parquet", compression="lz4")
    with part(cost, "changes"):
        found = (
            changes(word.lazy(), pl.scan_parquet(root / "words.parquet"), facts, given).sort("segment", KEY).collect()
        )
        found.write_parquet(new / "changes.parquet")
    with part(cost, "publish"):
        intervals(pl.scan_parquet(root / "memberships.parquet"), found.lazy(), given).sink_parquet(
            new / "memberships.parquet", compression="lz4"
        )


def take_out(root: Path) -> None:
    """The results as files, for the comparison."""
    given, new, out = json.loads((root / "given.json").read_text()), root / "new", root / "results"
    out.mkdir()
    rows = now(pl.scan_parquet(new / "traits.parquet"), given)
    rows.select(KEY, *given["traits"]).sink_parquet(out / "traits.parquet")
    pl.scan_parquet(new / "memberships.parquet").filter(c.left.is_null()).select("segment", KEY).sink_parquet(
        out / "members.parquet"
    )
    pl.scan_parquet(new / "changes.parquet").sink_parquet(out / "changes.parquet")


def main() -> None:
    root = Path(sys.argv[1])
    report(lambda cost: refresh(root, cost), imports=IMPORTS)
    take_out(root)


if __name__ == "__main__":
    main()
