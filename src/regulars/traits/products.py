"""Traits of what a customer bought: money, discounts, categories, brands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regulars.traits.orders import in_last, words
from regulars.traits.preference import THOUSANDTHS, preference
from regulars.traits.trait import Context, Measure, Trait
from regulars.traits.values import number, packed, ratio, unpacked, whole_ratio

if TYPE_CHECKING:
    import ibis.expr.types as ir

PREFERENCE_Z = 2.0
"""So many standard deviations above the shop's own rate."""


def summed(column: str) -> Callable[[ir.Table, Context], Any]:
    """A column of the lines, to be summed."""
    return lambda lines, context: lines[column]


def window_sum(days: int, before: int = 0) -> Callable[[ir.Table, Context], Any]:
    """What the lines of a window brought in, per line."""

    def of(lines: ir.Table, context: Context) -> Any:
        import ibis

        return ibis.ifelse(in_last(lines, context, days, before), lines.net, 0)

    return of


def at_full_price(lines: ir.Table, context: Context) -> Any:
    """The list value of a line on which the shop gave nothing away and no coupon was used."""
    import ibis

    return ibis.ifelse((lines.discount == 0) & (lines.supplier_discount == 0), lines["list"], 0)


def strength(row: ir.Table, context: Context) -> Any:
    """The largest preference, out of the packed key; whole thousandths, so exact; null where none is positive."""
    import ibis

    width = context.width("category")
    thousandths = (row.preference_key - row.preference_key % width).cast("float64") / number(width)
    return ibis.ifelse(row.preference_key >= width, thousandths / number(THOUSANDTHS), ibis.null("float64"))


def preferred(row: ir.Table, context: Context) -> Any:
    """The category of the largest preference, if it is large enough."""
    import ibis

    width = context.width("category")
    large = row.preference_key >= int(PREFERENCE_Z * THOUSANDTHS) * width
    return ibis.ifelse(large, unpacked(row.preference_key, width), ibis.null("int64"))


PREFERENCE = Measure(
    "preferences",
    "preference_key",
    lambda rows, context: packed(preference(rows, context), rows.category, context.width("category")),
)


def top_key(name: str, fact: Any, column: str) -> Measure:
    """The code with the largest spend, packed."""
    return Measure(fact, name, lambda rows, context: packed(rows.net, rows[column], context.width(column)))


MONEY = (
    Trait(
        "revenue",
        "money",
        "state",
        words("revenue", "omzet", "omsætning"),
        "What the shop received for the lines that count, net of tax.",
        "order lines",
        over="lines",
        of=summed("net"),
        empty=0,
    ),
    Trait(
        "list_value",
        "money",
        "state",
        words("value at list price", "waarde tegen normale prijs", "værdi til normalpris"),
        "What the lines would have cost without any discount.",
        "order lines",
        over="lines",
        of=summed("list"),
        empty=0,
    ),
    Trait(
        "discount",
        "money",
        "state",
        words("discount given", "gegeven korting", "givet rabat"),
        "Discount paid for by the shop.",
        "order lines",
        over="lines",
        of=summed("discount"),
        empty=0,
    ),
    Trait(
        "supplier_discount",
        "money",
        "state",
        words("discount paid by suppliers", "korting betaald door leveranciers", "rabat betalt af leverandører"),
        "Discount paid for by suppliers, such as a maker's coupon: the shop gets that money all the same.",
        "order lines",
        over="lines",
        of=summed("supplier_discount"),
        empty=0,
    ),
    Trait(
        "average_order_value",
        "money",
        "state",
        words("average order value", "gemiddelde orderwaarde", "gennemsnitlig ordreværdi"),
        "Revenue per order, to the nearest minor unit.",
        "orders, order lines",
        derive=lambda row, context: whole_ratio(row.revenue, row.orders),
        minimum=1,
    ),
    Trait(
        "items",
        "count",
        "state",
        words("items bought", "gekochte artikelen", "købte varer"),
        "Pieces bought; what is sold by weight, volume or amount is one piece a line.",
        "order lines",
        over="lines",
        of=summed("items"),
        empty=0,
    ),
    Trait(
        "lines",
        "count",
        "state",
        words("order lines", "orderregels", "ordrelinjer"),
        "Lines of orders that count.",
        "order lines",
        over="lines",
        of=lambda lines, context: lines.count().cast("!int64"),
        empty=0,
    ),
    Trait(
        "full_price_share",
        "share",
        "state",
        words("share bought at full price", "aandeel tegen volle prijs gekocht", "andel købt til fuld pris"),
        "Of the value at list price: what was bought on lines without a discount of the shop and without a coupon.",
        "order lines",
        derive=lambda row, context: ratio(row.full_price_value, row.list_value),
        parts=(Measure("lines", "full_price_value", at_full_price),),
        minimum=1,
    ),
    Trait(
        "discount_share",
        "share",
        "state",
        words(
            "discount as a share of list price",
            "korting als deel van de normale prijs",
            "rabat som andel af normalprisen",
        ),
        "Discount paid for by the shop, of the value at list price.",
        "order lines",
        derive=lambda row, context: ratio(row.discount, row.list_value),
        minimum=1,
    ),
    Trait(
        "revenue_90_days",
        "money",
        "window",
        words("revenue in the last 90 days", "omzet in de laatste 90 dagen", "omsætning i de seneste 90 dage"),
        "Revenue in the 90 shop days that end with the day asked for.",
        "order lines",
        over="lines",
        of=window_sum(90),
        empty=0,
    ),
    Trait(
        "revenue_previous_90_days",
        "money",
        "window",
        words(
            "revenue in the 90 days before the last 90",
            "omzet in de 90 dagen vóór de laatste 90",
            "omsætning i de 90 dage før de seneste 90",
        ),
        "Revenue in the 90 shop days before the last 90.",
        "order lines",
        over="lines",
        of=window_sum(90, before=90),
        empty=0,
    ),
)

CHOICE = (
    Trait(
        "categories",
        "count",
        "state",
        words("different categories", "verschillende categorieën", "forskellige kategorier"),
        "From how many different categories the customer bought; lines without a category do not count.",
        "order lines",
        over="categories",
        of=lambda categories, context: categories.category.count(),
        empty=0,
    ),
    Trait(
        "top_category",
        "code",
        "state",
        words("biggest category", "grootste categorie", "største kategori"),
        "The category with the most revenue; the one seen first by the shop at a tie.",
        "order lines",
        derive=lambda row, context: unpacked(row.category_key, context.width("category")),
        parts=(top_key("category_key", "categories", "category"),),
        book="category",
    ),
    Trait(
        "top_category_share",
        "share",
        "state",
        words("share of the biggest category", "aandeel van de grootste categorie", "den største kategoris andel"),
        "Revenue of the biggest category, of all revenue.",
        "order lines",
        derive=lambda row, context: ratio(row.category_top, row.revenue),
        parts=(
            Measure("categories", "category_top", lambda rows, context: rows.net.max(where=rows.category.notnull())),
        ),
    ),
    Trait(
        "preference_strength",
        "number",
        "state",
        words("strength of preference", "sterkte van voorkeur", "præferencens styrke"),
        "How far the customer's favourite category exceeds the shop's own rate: z = 2·(√n − √(N·p)), n of the "
        "customer's N lines, p the category's share of all lines. Categories with fewer than 3 lines are left out; unknown where none exceeds the rate.",
        "order lines; variance-stabilised count (Anscombe 1948), use as a preference our own derivation",
        derive=strength,
        parts=(PREFERENCE,),
        minimum=5,
        counted="lines",
        unit="z",
    ),
    Trait(
        "preferred_category",
        "code",
        "state",
        words("preferred category", "voorkeurscategorie", "foretrukken kategori"),
        "The category that the customer buys most above the shop's own rate, if that is 2 standard deviations or more "
        "(see preference_strength); nobody prefers what everybody buys.",
        "order lines",
        derive=preferred,
        parts=(PREFERENCE,),
        minimum=5,
        counted="lines",
        book="category",
    ),
    Trait(
        "top_brand",
        "code",
        "state",
        words("biggest brand", "grootste merk", "største mærke"),
        "The brand with the most revenue; the one seen first by the shop at a tie.",
        "order lines",
        derive=lambda row, context: unpacked(row.brand_key, context.width("brand")),
        parts=(top_key("brand_key", "brands", "brand"),),
        book="brand",
    ),
    Trait(
        "brand_loyalty",
        "share",
        "state",
        words("share of the biggest brand", "aandeel van het grootste merk", "det største mærkes andel"),
        "Revenue of the biggest brand, of all revenue; said from the third order on.",
        "order lines",
        derive=lambda row, context: ratio(row.brand_top, row.revenue),
        parts=(Measure("brands", "brand_top", lambda rows, context: rows.net.max(where=rows.brand.notnull())),),
        minimum=3,
    ),
)

TRAITS = (*MONEY, *CHOICE)
"""In an order in which every trait follows what it reads."""
