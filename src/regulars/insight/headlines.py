"""The three amounts that open the report, each with the people it is about and the segment to act on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from regulars.insight.rows import (
    MINIMUM,
    Asks,
    CannotSay,
    buyers,
    columns_missing,
    count_where,
    flag_of,
    one_row,
    total_where,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

Kind = Literal["slipping", "discount", "best"]
GOOD = "top_20_percent"
FULL_PRICE = 0.5


@dataclass(frozen=True, slots=True)
class Headline:
    """`amount` of `whole` (minor units) belongs to `n` of `base` people; `segment` is where to act.

    `listed` of the n are in that segment. An amount of None means that it cannot be said, and why.
    """

    kind: Kind
    segment: str
    amount: int | None = None
    whole: int = 0
    n: int = 0
    base: int = 0
    listed: int = 0
    cannot_say: CannotSay | None = None

    def as_plain(self) -> dict[str, Any]:
        """Plain values by name."""
        return asdict(self)


def headlines(engine: Asks, rows: ir.Table, *, good: str = GOOD, minimum: int = MINIMUM) -> tuple[Headline, ...]:
    """The three amounts, in one query over customers with their segment flags.

    * slipping: revenue so far of the members of `good` who are silent beyond their own rhythm; act on `inactive`.
    * discount: shop-funded discount given to buyers who take at least half of their goods, by shelf price, without any
      discount; act on `best_customers`, who get no offer mail.
    * best: revenue of the members of `good`.

    An amount is a sum of facts, so it needs no more than `minimum` buyers (for discount: with known prices) and somebody
    it is about. `rows` needs customer_id, orders, revenue, discount, full_price_share, beyond_rhythm and `in_<segment>` flags; what is missing
    cannot be said.
    """
    base = buyers(rows)
    parts = {**_slipping(base, good), **_discount(base), **_best(base, good)}
    found = one_row(engine, base, {"buyers": base.count(), **parts})
    made = (
        _made("slipping", "inactive", found),
        _made("discount", "best_customers", found),
        _made("best", good, found),
    )
    return tuple(_said(headline, found, minimum) for headline in made)


def _columns(
    kind: Kind, base: ir.Table, amount: str, who: ir.BooleanValue, among: ir.BooleanValue, listed: str
) -> dict[str, ir.Value]:
    flag = flag_of(listed)
    return {
        f"{kind}_amount": total_where(base[amount], who),
        f"{kind}_whole": total_where(base[amount], among),
        f"{kind}_n": count_where(who),
        f"{kind}_base": count_where(among),
        f"{kind}_listed": count_where(who & base[flag]) if flag in base.columns else count_where(who & ~who),
    }


def _slipping(base: ir.Table, good: str) -> dict[str, ir.Value]:
    if columns_missing(base, ["revenue", "beyond_rhythm", flag_of(good)]):
        return {}
    member, known = base[flag_of(good)], base.beyond_rhythm.notnull()
    return _columns(
        "slipping", base, "revenue", member & base.beyond_rhythm.fill_null(False), member & known, "inactive"
    )


def _discount(base: ir.Table) -> dict[str, ir.Value]:
    if columns_missing(base, ["discount", "full_price_share"]):
        return {}
    known = base.full_price_share.notnull()
    payers = known & (base.full_price_share.fill_null(0.0) >= FULL_PRICE)
    given = payers & (base.discount.fill_null(0) > 0)
    return _columns("discount", base, "discount", given, known, "best_customers")


def _best(base: ir.Table, good: str) -> dict[str, ir.Value]:
    if columns_missing(base, ["revenue", flag_of(good)]):
        return {}
    return _columns("best", base, "revenue", base[flag_of(good)], base.customer_id.notnull(), good)


def _made(kind: Kind, segment: str, found: dict[str, Any]) -> Headline:
    amount, whole, n, base, listed = (
        int(found.get(f"{kind}_{part}") or 0) for part in ("amount", "whole", "n", "base", "listed")
    )
    return Headline(kind, segment, amount, whole, n, base, listed)


def _said(headline: Headline, found: dict[str, Any], minimum: int) -> Headline:
    people = found["buyers"] if headline.kind != "discount" else headline.base
    short = CannotSay("buyers" if headline.kind != "discount" else "buyers_with_a_known_price", people, minimum)
    if people >= minimum and headline.base and (headline.n or headline.kind != "best"):
        return headline
    if people >= minimum:
        short = CannotSay(_MISSING[headline.kind], 0, 1)
    return Headline(headline.kind, headline.segment, cannot_say=short)


_MISSING: dict[str, str] = {
    "slipping": "good_customers_with_a_rhythm",
    "discount": "buyers_with_a_known_price",
    "best": "good_customers",
}
