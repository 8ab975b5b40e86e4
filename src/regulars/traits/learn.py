"""What is learnt from all customers before one of them is judged: base rates and the prior of rhythms.

Each is a handful of integers out of the engine and a fit of our own; too few buyers and the value is None.
"""

from __future__ import annotations

import json
from math import ceil
from typing import TYPE_CHECKING, Any

from regulars.engine.compile import unbound
from regulars.models import rate
from regulars.traits.facts import lines
from regulars.traits.parameters import Parameter
from regulars.traits.table import NAME

if TYPE_CHECKING:
    from regulars.engine.base import Engine
    from regulars.traits.trait import Context

FEWEST_LINES = 30
"""So many lines of a category before the shop's rate of it is said."""
MOST_CATEGORIES = 2000
"""The largest categories only; a rarer one is nobody's preference."""
FEWEST_BUYERS = rate.FEWEST
RETURN_SHARE = 0.9


def reason(key: str, **parts: Any) -> str:
    """A sentence's key and its parts, as JSON.

    >>> reason("return_days", n=2400)
    '{"key": "return_days", "n": 2400}'
    """
    return json.dumps({"key": key, **parts}, ensure_ascii=False)


def made(name: str, value: float | None, n: int, text: str, context: Context, key: int = 0) -> Parameter:
    """A parameter learnt at the moment asked for."""
    settled = None if value is None else round(value, 9)
    return Parameter(name, settled, n, text, key=key, fitted_at=context.as_of.sec, valid_from=context.as_of.day)


def base_rates(engine: Engine, context: Context) -> list[Parameter]:
    """Each category's share of all lines that count: rows `category_rate` keyed by the category's code."""
    rows = lines(context)
    counts = engine.ask(rows.group_by("category").agg(n=rows.count())).to_pylist()
    total = sum(row["n"] for row in counts)
    large = sorted((row for row in counts if row["category"] is not None), key=lambda row: (-row["n"], row["category"]))
    return [
        made("category_rate", row["n"] / total, row["n"], reason("category_rate", of=total), context, row["category"])
        for row in large[:MOST_CATEGORIES]
        if row["n"] >= FEWEST_LINES
    ]


def rhythm(engine: Engine, context: Context) -> list[Parameter]:
    """The gamma prior of return rates (`rhythm_r`, `rhythm_alpha` in days) and `return_days_90`, from stored traits."""
    return [*prior(engine, context), return_days(engine, context)]


def prior(engine: Engine, context: Context) -> list[Parameter]:
    """The prior from unique rows of (returns, days since the first order)."""
    stored = unbound(NAME, {"first_order": "int32", "shopping_days": "int64"})
    buyers = stored.filter(stored.shopping_days > 0)
    row = buyers.select(returns=buyers.shopping_days - 1, days=context.as_of.day - buyers.first_order)
    grouped = engine.ask(row.group_by(["returns", "days"]).agg(buyers=row.count()).order_by(["returns", "days"]))
    returns, days, weights = (grouped[name].to_numpy() for name in ("returns", "days", "buyers"))
    found = rate.fit(returns, days, weights)
    returning = int(weights[returns > 0].sum())
    text = reason("rhythm", buyers=int(weights.sum()), returning=returning, needs=FEWEST_BUYERS)
    r, alpha = (None, None) if found is None else (found.r, found.alpha)
    return [
        made("rhythm_r", r, returning, text, context),
        made("rhythm_alpha", alpha, returning, text, context),
    ]


def return_days(engine: Engine, context: Context) -> Parameter:
    """In how many days 90 % of repeat buyers return: of their mean gaps, put in order, the one at rank ⌈0.9·n⌉,
    rounded up to whole days. So at least 90 % return, on average, in so many days or fewer.
    """
    import ibis

    stored = unbound(NAME, {"customer_id": "int64", "gap_mean": "float64"})
    known = stored.filter(stored.gap_mean.notnull())
    n = int(engine.ask(known.count().name("n")).column(0)[0].as_py())
    text = reason("return_days", share="90%", buyers=n, needs=FEWEST_BUYERS)
    if n < FEWEST_BUYERS:
        return made("return_days_90", None, n, text, context)
    ranked = known.mutate(rank=ibis.row_number().over(order_by=[known.gap_mean, known.customer_id]) + 1)
    at_rank = ranked.filter(ranked.rank == ceil(RETURN_SHARE * n)).select("gap_mean")
    value = engine.ask(at_rank).column(0)[0].as_py()
    return made("return_days_90", float(ceil(value)), n, text, context)
