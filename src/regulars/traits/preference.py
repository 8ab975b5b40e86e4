"""What a customer buys more of than the shop's customers do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.traits.values import looked_up, number

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context

FEWEST_LINES = 3
"""So many lines of a category before it may be called preferred."""
THOUSANDTHS = 1000.0
BILLION = 1e9
"""Rates have nine decimals and stand in the statement as whole numbers, which every engine reads alike."""


def preference(categories: ir.Table, context: Context) -> Any:
    """How far a category's lines exceed the shop's rate, in thousandths of a standard deviation, per category.

    z = 2·(√n − √(N·p)): n of the customer's N lines are in the category, p is its share of all lines of the shop. The
    root makes the spread of a count about ½ whatever its size (Anscombe 1948), so that two lines of something rare do
    not outrank forty of something common. The use as a preference score is our own derivation.
    """

    rates = {code: round(rate * BILLION) for code, rate in context.parameters.named("category_rate").items()}
    rate = looked_up(categories.category, rates).cast("float64") / number(BILLION)
    expected = categories.customer_lines.cast("float64") * rate
    z = number(2) * (categories["lines"].cast("float64").sqrt() - expected.sqrt())
    return (z * number(THOUSANDTHS) + number(0.5)).floor()
