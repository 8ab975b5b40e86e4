"""How much of a shop's money comes from how few of its customers, asked either way round."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.errors import UsageError
from regulars.insight.rows import MINIMUM, Asks, CannotSay, buyers, one_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

TOP = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
NEEDED = (0.25, 0.5, 0.8, 0.9)
STEPS = 100


@dataclass(frozen=True, slots=True)
class Reach:
    """The `customers` with the largest values hold `value` together; the share asked for is `asked`."""

    asked: float
    customers: int
    share_of_customers: float
    value: int
    share_of_value: float


@dataclass(frozen=True, slots=True)
class Concentration:
    """A concentration curve over `n` buyers: at most 101 points, the largest first, and what was asked of it.

    `curve` holds (share of customers, share of value). The best x % are the ceil(x·n) customers with the largest
    values; customers with equal values are alike, so the order among them changes nothing.
    """

    of: str
    n: int
    total: int
    curve: tuple[tuple[float, float], ...] = ()
    tops: tuple[Reach, ...] = ()
    needs: tuple[Reach, ...] = ()
    cannot_say: CannotSay | None = None

    def top(self, share: float) -> Reach:
        """What the best `share` of customers hold; one of the shares that were asked for."""
        return _asked(self.tops, share)

    def needed(self, share: float) -> Reach:
        """The fewest customers that hold `share` of the value; one of the shares that were asked for."""
        return _asked(self.needs, share)

    def as_plain(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)


def _asked(reaches: Sequence[Reach], share: float) -> Reach:
    for reach in reaches:
        if reach.asked == share:
            return reach
    raise UsageError("this share was not asked for", gave=share, allowed=", ".join(str(r.asked) for r in reaches))


def rank_at(share: float, n: int) -> int:
    """ceil(share·n), in decimals, so that 0.07 of 100 customers are 7 and not 8.

    >>> rank_at(0.07, 100), rank_at(0.2, 2469)
    (7, 494)
    """
    exact = Decimal(str(share)) * n
    return int(exact.to_integral_value(rounding="ROUND_CEILING"))


def concentration(
    engine: Asks,
    rows: ir.Table,
    of: str = "revenue",
    *,
    top: Sequence[float] = TOP,
    needed: Sequence[float] = NEEDED,
    minimum: int = MINIMUM,
) -> Concentration:
    """The concentration of a money trait or a count over the buyers for whom it is known.

    `rows` has one row per customer with `customer_id`, the trait as an integer and, to tell buyers, `orders`. Ranks and
    integer sums are the engine's. Under `minimum` buyers, or where the total is not above 0, it cannot say.
    Definition: Lorenz, Publications of the American Statistical Association 9 (1905), read from the top.

    >>> import pyarrow as pa
    >>> from regulars.engine.compile import unbound
    >>> from regulars.engine.duckdb import DuckDB
    >>> engine = DuckDB.open()
    >>> engine.create("traits", {"customer_id": "int64", "revenue": "int64"})
    >>> engine.append("traits", pa.table({"customer_id": [1, 2, 3, 4], "revenue": [10, 70, 10, 10]}))
    4
    >>> rows = unbound("traits", {"customer_id": "int64", "revenue": "int64"})
    >>> found = concentration(engine, rows, top=[0.25], needed=[0.8], minimum=4)
    >>> found.top(0.25).share_of_value, found.needed(0.8).customers
    (0.7, 2)
    """
    base = _base(rows, of, (*top, *needed))
    whole = one_row(engine, base, {"n": base.count(), "total": base.value.sum().fill_null(0)})
    n, total = whole["n"], int(whole["total"])
    if n < minimum or total <= 0:
        short = CannotSay("buyers", n, minimum) if n < minimum else CannotSay("total_above_zero", 0, 1)
        return Concentration(of, n, total, cannot_say=short)
    steps = min(STEPS, n)
    ranks = {rank_at(share, n) for share in top} | {-(-step * n // steps) for step in range(1, steps + 1)}
    fewest = _fewest(engine, base, total, needed)
    summed = _sums_at(engine, base, sorted(ranks | set(fewest)))

    def reach(asked: float, rank: int) -> Reach:
        return Reach(asked, rank, rank / n, summed[rank], summed[rank] / total)

    points = sorted({-(-step * n // steps) for step in range(1, steps + 1)})
    return Concentration(
        of=of,
        n=n,
        total=total,
        curve=((0.0, 0.0), *((rank / n, summed[rank] / total) for rank in points)),
        tops=tuple(reach(share, rank_at(share, n)) for share in top),
        needs=tuple(reach(share, rank) for share, rank in zip(needed, fewest, strict=True)),
    )


def _base(rows: ir.Table, of: str, shares: Sequence[float]) -> ir.Table:
    if of not in rows.columns:
        raise UsageError.unknown("trait", of, rows.columns)
    if not rows[of].type().is_integer():
        raise UsageError("concentration needs money or a count", gave=of, then="revenue is one")
    for share in shares:
        if not 0 < share <= 1:
            raise UsageError("a share out of range", gave=share, allowed="more than 0, at most 1")
    known = buyers(rows)
    known = known.filter(known[of].notnull())
    return known.select(customer_id=known.customer_id, value=known[of].cast("int64"))


def _ranked(base: ir.Table) -> ir.Table:
    import ibis

    order = [ibis.desc("value"), ibis.asc("customer_id")]
    running = base.value.sum().over(ibis.cumulative_window(order_by=order)).cast("int64")
    return base.select(rank=ibis.row_number().over(ibis.window(order_by=order)) + 1, running=running)


def _sums_at(engine: Asks, base: ir.Table, ranks: list[int]) -> dict[int, int]:
    ranked = _ranked(base)
    found = engine.ask(ranked.filter(ranked["rank"].isin(ranks))).to_pylist()
    return {row["rank"]: row["running"] for row in found}


def _fewest(engine: Asks, base: ir.Table, total: int, shares: Sequence[float]) -> list[int]:
    import ibis

    ranked = _ranked(base)
    enough = {
        f"need_{at}": ibis.ifelse(ranked.running >= rank_at(share, total), ranked["rank"], ibis.null("int64")).min()
        for at, share in enumerate(shares)
    }
    found = one_row(engine, ranked, enough)
    return [int(found[name]) for name in enough]
