"""One pass per fact table: every distinct measure is one conditional aggregate of it, and nothing is read twice.

Lines are rolled up to (customer, category) first: that pass gives every per-line sum and, from its own rows, whatever
is asked of categories. A condition over baskets is asked of its lines first, then counted once per order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, cast

from regulars.engine.compile import unbound
from regulars.traits.facts import ORDER_COLUMNS, fields
from regulars.traits.facts import categories as categories_of
from regulars.traits.values import total

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context, Fact, Measure

KEY = "customer_id"


def distinct(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Each measure once, by name."""
    return tuple({measure.name: measure for measure in measures}.values())


def is_aggregate(value: ir.Value) -> bool:
    """Whether an expression is one value per group, not one per row."""
    return bool(value.op().shape.is_scalar())


def direct(rows: ir.Table, measures: Iterable[Measure], context: Context) -> ir.Table | None:
    """One row per customer of plain aggregates."""
    columns = {measure.name: measure.of(rows, context) for measure in measures}
    return rows.group_by(KEY).agg(**columns) if columns else None


def of_lines(
    rows: ir.Table, sums: Mapping[str, ir.Value], categories: Iterable[Measure], context: Context
) -> ir.Table | None:
    """Per-line sums and what is asked of categories, out of one reading of the lines."""
    categories = tuple(categories)
    if not sums and not categories:
        return None
    by_category = categories_of(rows, **{name: total(value) for name, value in sums.items()})
    columns = {name: total(by_category[name]) for name in sums}
    columns |= {measure.name: measure.of(by_category, context) for measure in categories}
    return by_category.group_by(KEY).agg(**columns)


def of_baskets(rows: ir.Table, plain: ir.Table, measures: Iterable[Measure], context: Context) -> ir.Table | None:
    """How many orders have a line that meets each condition; orders are joined only if a condition reads them."""
    import ibis

    measures = tuple(measures)
    if not measures:
        return None
    read = frozenset().union(*(fields(measure.of(rows, context)) for measure in measures))
    source = rows if read & set(ORDER_COLUMNS) else plain
    conditions = {m.name: cast("ir.BooleanValue", m.of(source, context)) for m in measures}
    some = source.filter(ibis.or_(*conditions.values()))
    flags = {name: ibis.ifelse(m.of(some, context), 1, 0).max() for name, m in zip(conditions, measures, strict=True)}
    orders = some.group_by([KEY, "order_id"]).agg(**flags)
    return orders.group_by(KEY).agg(**{name: total(orders[name]) for name in conditions})


def with_own_days(rows: ir.Table, orders: ir.Table) -> ir.Table:
    """Facts with the days of their customer's first and last order, null where there is none."""
    days = orders.group_by(KEY).agg(first_order=orders.day.min(), last_order=orders.day.max())
    return beside(rows, [days])


def passes(facts: Mapping[Fact, ir.Table], measures: Iterable[Measure], context: Context) -> list[ir.Table]:
    """The passes that the measures need, each keyed by customer_id; customers without such a fact are absent.

    Measures that ask for the customer's own days have a pass of their own, so that the others need no join.
    """
    asked = distinct(measures)
    plain = one_pass_each(facts, [measure for measure in asked if not measure.own_days], context)
    if not (personal := [measure for measure in asked if measure.own_days]):
        return plain
    joined = {
        fact: with_own_days(facts[fact], facts["orders"]) for fact in {"lines", "baskets", *(m.over for m in personal)}
    }
    return plain + one_pass_each(cast("Mapping[Fact, ir.Table]", joined), personal, context)


def one_pass_each(facts: Mapping[Fact, ir.Table], measures: Iterable[Measure], context: Context) -> list[ir.Table]:
    """One pass per fact table that a measure is over."""
    by_fact: dict[str, list[Measure]] = {}
    for measure in measures:
        by_fact.setdefault(measure.over, []).append(measure)
    lines, baskets = facts["lines"], facts["baskets"]
    on_lines = {m.name: (m, m.of(lines, context)) for m in by_fact.pop("lines", [])}
    on_baskets = [(m, is_aggregate(m.of(baskets, context))) for m in by_fact.pop("baskets", [])]
    sums = {name: value for name, (_, value) in on_lines.items() if not is_aggregate(value)}
    found = [
        of_lines(lines, sums, by_fact.pop("categories", []), context),
        direct(lines, [m for m, value in on_lines.values() if is_aggregate(value)], context),
        of_baskets(baskets, lines, [m for m, aggregate in on_baskets if not aggregate], context),
        direct(baskets, [m for m, aggregate in on_baskets if aggregate], context),
        *(direct(facts[cast("Fact", fact)], asked, context) for fact, asked in by_fact.items()),
    ]
    return [table for table in found if table is not None]


def beside(customers: ir.Table, tables: Iterable[ir.Table]) -> ir.Table:
    """Customers with the columns of each table that is keyed by customer_id; null where a customer is absent."""
    for number, table in enumerate(tables):
        right = f"right_{number}"
        customers = customers.left_join(table.rename({right: KEY}), [(KEY, right)]).drop(right)
    return customers


def by_customer(
    facts: Mapping[Fact, ir.Table], measures: Iterable[Measure], context: Context, customers: ir.Table | None = None
) -> ir.Table:
    """One row per customer with a column per measure; null where a customer has no such fact.

    `customers` are the rows to keep, all known ones unless given.
    """
    base = unbound("customers", {KEY: "!int64"}) if customers is None else customers
    return beside(base, passes(facts, measures, context))
