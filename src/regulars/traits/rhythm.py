"""Traits of a customer's own rhythm: gaps between shopping days, how even they are, whether this silence is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.traits.orders import words
from regulars.traits.trait import Context, Measure, Trait
from regulars.traits.values import number, ratio, rounded, total

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEYOND = 0.05
"""A silence that fewer than one in twenty active customers of this rhythm would keep."""


def gap_spread(row: ir.Table) -> Any:
    """The sample standard deviation of the gaps, out of integer sums: √((n·Σg² − (Σg)²) / (n·(n − 1)))."""
    gaps = row.shopping_days - 1
    days = row.last_order.cast("int64") - row.first_order.cast("int64")
    spread = (gaps * row.gap_squares - days * days).cast("float64")
    return (spread / (gaps * (gaps - 1)).nullif(0).cast("float64")).sqrt()


def regularity(row: ir.Table, context: Context) -> Any:
    """1 / (1 + cv²), cv the gaps' coefficient of variation."""
    gaps = (row.shopping_days - 1).cast("float64")
    mean = (row.last_order - row.first_order).cast("float64") / gaps.nullif(0)
    variation = gap_spread(row) / mean.nullif(0)
    return rounded(number(1) / (number(1) + variation * variation))


def silence_chance(row: ir.Table, context: Context) -> Any:
    """((α + t_x) / (α + T))^(r + x), the gamma prior (r, α) from the parameters."""
    import ibis

    shape, scale = context.parameters.value("rhythm_r"), context.parameters.value("rhythm_alpha")
    if shape is None or scale is None:
        return ibis.null("float64")
    seen = (row.last_order - row.first_order).cast("float64") + number(scale)
    so_far = (context.as_of.day - row.first_order).cast("float64") + number(scale)
    repeats = (row.shopping_days - 1).cast("float64") + number(shape)
    return rounded((seen / so_far.nullif(0)) ** repeats)


TRAITS = (
    Trait(
        "gap_mean",
        "days",
        "state",
        words("days between shopping days", "dagen tussen winkeldagen", "dage mellem indkøbsdage"),
        "The mean number of days from one shopping day to the next.",
        "orders",
        derive=lambda row, context: ratio(row.last_order - row.first_order, row.shopping_days - 1),
        minimum=2,
        counted="shopping_days",
        unit="days",
    ),
    Trait(
        "gap_sd",
        "days",
        "state",
        words(
            "spread of days between shopping days",
            "spreiding in dagen tussen winkeldagen",
            "spredning i dage mellem indkøbsdage",
        ),
        "The sample standard deviation of the gaps between shopping days.",
        "orders",
        derive=lambda row, context: rounded(gap_spread(row)),
        parts=(
            Measure("orders", "gap_squares", lambda orders, context: total((orders.gap * orders.gap).fill_null(0))),
        ),
        minimum=3,
        counted="shopping_days",
        unit="days",
    ),
    Trait(
        "regularity",
        "share",
        "state",
        words("regularity of shopping", "regelmaat van kopen", "regelmæssighed i køb"),
        "1 / (1 + cv²), cv the coefficient of variation of the gaps: 1 is clockwork, ½ is pure chance, towards 0 is "
        "bursts. It is k / (1 + k) for gamma-distributed gaps of shape k by the method of moments.",
        "orders; the shape k as the measure of regularity after Platzer & Reutterer 2016, the scale from 0 to 1 our own",
        derive=regularity,
        minimum=4,
        counted="shopping_days",
    ),
    Trait(
        "silence_chance",
        "share",
        "clock",
        words(
            "chance of so long a silence if still active",
            "kans op zo'n lange stilte als nog actief",
            "chancen for så lang stilhed hvis stadig aktiv",
        ),
        "How many in a hundred customers of this very rhythm, all still active, would be silent for so long: "
        "((α + t)/(α + T))^(r + x); x shopping days after the first, t days from first to last, T days from first to "
        "the day asked for; (r, α) a gamma prior fitted to all buyers of the shop. It looks from the last visit: on a day "
        "chosen by the calendar 6 in 100 of simulated customers who never stopped stand at 5 % or less, and 15 in 100 "
        "of those with a single return.",
        "orders; negative binomial counts with a gamma prior (Ehrenberg 1959), fitted by maximum likelihood",
        derive=silence_chance,
        minimum=2,
        counted="shopping_days",
    ),
    Trait(
        "beyond_rhythm",
        "flag",
        "clock",
        words("beyond their own rhythm", "voorbij het eigen ritme", "ud over deres egen rytme"),
        "Whether the chance of so long a silence, if still active, is 5 % or less.",
        "silence_chance",
        derive=lambda row, context: row.silence_chance <= number(BEYOND),
        after=("silence_chance",),
        minimum=2,
        counted="shopping_days",
    ),
)
"""In an order in which every trait follows what it reads."""
