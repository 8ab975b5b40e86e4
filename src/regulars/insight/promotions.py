"""What part of the revenue was made with a promotion or a code, in all and by kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from regulars.insight.rows import Asks

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Promotion:
    """What was sold on lines that carry a kind of discount; money in minor units.

    `kind` is a code of the book discount_kind, None for lines with a discount of any kind. A line may carry several.
    """

    kind: int | None
    lines: int
    revenue: int
    given: int


@dataclass(frozen=True, slots=True)
class Promotions:
    """Revenue in all, and of it what was made with discounts: any, and each kind, the largest first."""

    revenue: int
    any: Promotion
    kinds: tuple[Promotion, ...]

    def share(self, of: Promotion) -> float | None:
        """The share of revenue made on such lines, None for a shop without revenue."""
        return round(of.revenue / self.revenue, 6) if self.revenue else None


def promotions(engine: Asks, lines: ir.Table, discounts: ir.Table) -> Promotions:
    """Revenue on lines with a discount, out of the lines and discounts that count (see `traits.facts`).

    Lines need order_id, line_no, net, discount and supplier_discount; discounts order_id, line_no, kind and amount. A
    discount on a whole order, without a line, is spread over the order's lines when it is loaded.
    """
    import ibis

    given = lines.discount + lines.supplier_discount
    one = lines.aggregate(
        revenue=lines.net.sum(),
        lines=ibis.ifelse(given > 0, 1, 0).sum(),
        promoted=ibis.ifelse(given > 0, lines.net, 0).sum(),
        given=given.sum(),
    )
    total = {name: int(value or 0) for name, value in engine.ask(one).to_pylist()[0].items()}
    by_line = discounts.group_by(["order_id", "line_no", "kind"]).agg(amount=discounts.amount.sum().cast("int64"))
    sold = by_line.inner_join(lines.select("order_id", "line_no", "net"), ["order_id", "line_no"])
    kinds = sold.group_by("kind").agg(lines=sold.count(), revenue=sold.net.sum(), given=sold.amount.sum())
    rows = engine.ask(kinds.order_by([ibis.desc("revenue"), ibis.asc("kind")])).to_pylist()
    return Promotions(
        revenue=total["revenue"],
        any=Promotion(None, total["lines"], total["promoted"], total["given"]),
        kinds=tuple(Promotion(**{name: int(value) for name, value in row.items()}) for row in rows),
    )
