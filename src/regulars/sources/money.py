"""The money of a line: list − discounts of the shop = net, in whole minor units, net of tax."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from regulars.sources.canonical import book
from regulars.sources.sql import minor, scaled

if TYPE_CHECKING:
    from regulars.sources.work import Work

UNEXPLAINED = "unexplained"
"""The kind of a discount that shows only as list − net."""


@dataclass(frozen=True, slots=True)
class Part:
    """One mapped discount: its column on a line, its kind's code, and who pays for it."""

    column: str
    kind: int
    shop: bool
    code: str
    campaign: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """Writes the SQL of the money of a load's lines."""

    given: str
    parts: tuple[Part, ...]
    tax: str | None
    over: str
    times: str
    unexplained: int

    @property
    def itemised(self) -> str:
        """The discount columns, to be told apart from other discounts of the same sum."""
        return ", ".join(part.column for part in self.parts) or "0"

    @property
    def shop(self) -> str:
        """What the shop's own discounts come to."""
        return " + ".join(part.column for part in self.parts if part.shop) or "0"

    @property
    def supplier(self) -> str:
        """What suppliers' discounts come to."""
        return " + ".join(part.column for part in self.parts if not part.shop) or "0"

    def columns(self, rows: str) -> str:
        """The amounts as the file gives them, in minor units; `rows` is the alias of the parsed rows."""
        return self.given.replace("{rows}", rows)

    def derived(self, lines: str) -> str:
        """A query over lines with given amounts: what is missing is derived, and tax is taken out."""
        net = f"coalesce(given_net, given_list - ({self.shop}))"
        whole = f"SELECT *, {net} AS gross, {self._tax(net)} AS taken FROM {lines}"
        if self.tax is not None:
            amounts = ["given_list", *(part.column for part in self.parts)]
            bare = ", ".join(f"{self._net_of_tax(column)} AS {column}" for column in amounts)
            whole = f"SELECT * REPLACE (gross - taken AS gross, {bare}) FROM ({whole})"
        tax = "CAST(NULL AS BIGINT)" if self.tax is None else "taken"
        return f"""
            SELECT *, list - net AS discount FROM (
            SELECT * EXCLUDE (gross, taken, given_net, given_list), coalesce(given_list, gross + ({self.shop})) AS list,
                {self.supplier} AS supplier_discount, gross AS net, {tax} AS tax FROM ({whole}))"""

    def _tax(self, net: str) -> str:
        if self.tax is None:
            return "0"
        return self.tax if self.tax != "rate" else f"{net} - {scaled(net, self.times, self.over)}"

    def _net_of_tax(self, column: str) -> str:
        if self.tax == "rate":
            return scaled(column, self.times, self.over)
        return f"CASE WHEN gross = 0 THEN {column} ELSE {scaled(column, 'abs(gross - taken)', 'abs(gross)')} END"

    def discounts(self, lines: str) -> str:
        """A query of discount rows over lines: one row for each amount that is not 0."""
        found = [
            self._rows(lines, part.column, part.kind, "shop" if part.shop else "supplier", part.code, part.campaign)
            for part in self.parts
        ]
        null = "CAST(NULL AS {})"
        rest = f"discount - ({self.shop})"
        found.append(self._rows(lines, rest, self.unexplained, "shop", null.format("INTEGER"), null.format("BIGINT")))
        return " UNION ALL ".join(found)

    def _rows(self, lines: str, amount: str, kind: int, funded_by: str, code: str, campaign: str) -> str:
        return f"""SELECT order_id, line_no, customer_id, record_id, sec, day, minute, {kind} AS kind, {code} AS code,
            {amount} AS amount, '{funded_by}' AS funded_by, {campaign} AS campaign_id, load, line
            FROM {lines} WHERE {amount} <> 0"""


def amounts(work: Work) -> Amounts:
    """How this load's rows become amounts; makes the codes of its kinds of discount."""
    kinds = work.catalogue.codes(
        book("discounts", "kind"), [UNEXPLAINED, *(discount.kind for discount in work.source.discounts)]
    )
    parts, extra = [], []
    for place, discount in enumerate(work.source.discounts):
        column = f"discount_{place}"
        extra.append(f"coalesce({minor(f'{{rows}}.f_{column}', work.project.digits)}, 0) AS {column}")
        code, campaign = "CAST(NULL AS INTEGER)", "CAST(NULL AS BIGINT)"
        if discount.code:
            code = f"{column}_code"
            work.codes(f"codes_{code}", "good", f"f_{code}", book("discounts", "code"))
            extra.append(f"(SELECT any_value(c.code) FROM codes_{code} AS c WHERE c.key = {{rows}}.f_{code}) AS {code}")
        if discount.campaign:
            campaign = f"{column}_campaign"
            work.ids(f"ids_{campaign}", "good", f"f_{campaign}", "campaign")
            extra.append(
                f"(SELECT any_value(c.id) FROM ids_{campaign} AS c WHERE c.key = {{rows}}.f_{campaign}) AS {campaign}"
            )
        parts.append(Part(column, kinds[discount.kind], discount.funded_by == "shop", code, campaign))
    tax, times, over = _tax(work)
    if tax and tax != "rate":
        extra.append(f"coalesce({minor('{rows}.f_tax', work.project.digits)}, 0) AS given_tax")
    given = ", ".join([f"{_net(work)} AS given_net", f"{_list(work)} AS given_list", f"{_cost(work)} AS cost", *extra])
    return Amounts(given, tuple(parts), tax, over, times, kinds[UNEXPLAINED])


def _net(work: Work) -> str:
    return work.money("net" if work.has("net") else "total")


def _list(work: Work) -> str:
    given = work.money("list")
    if not work.has("unit_price"):
        return given
    product = minor("f_unit_price * f_quantity", work.project.digits)
    return f"coalesce({given}, {product})"


def _cost(work: Work) -> str:
    return work.money("cost")


def _tax(work: Work) -> tuple[str | None, str, str]:
    """How tax is taken out: not at all, at a rate (net = gross × times ÷ over), or by a column."""
    tax = work.source.tax
    if tax is None:
        return None, "1", "1"
    if tax.column:
        return "given_tax", "1", "1"
    share = 1 + Fraction(Decimal(tax.rate or "0"))
    return "rate", str(share.denominator), str(share.numerator)
