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
        """The discount columns with their codes and campaigns, to be told apart from other discounts of one sum."""
        return ", ".join(f"{part.column}, {part.code}, {part.campaign}" for part in self.parts) or "0"

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
        """A query over lines with given amounts: what is missing is derived, and tax is taken out.

        What is not explained is decided before tax is out, where amounts are as the shop wrote them; the discount is
        then list − net, and its parts are what it comes to so far, less what it came to before each: they add up.
        """
        net = f"coalesce(given_net, given_list - ({self.shop}))"
        whole = f"SELECT *, {net} AS gross, {self._tax(net)} AS taken FROM {lines}"
        whole = f"SELECT *, coalesce(given_list, gross + ({self.shop})) AS given_whole FROM ({whole})"
        whole = f"SELECT *, given_whole - gross - ({self.shop}) AS {UNEXPLAINED} FROM ({whole})"
        if self.tax is not None:
            whole = self._without_tax(whole)
        tax = "CAST(NULL AS BIGINT)" if self.tax is None else "taken"
        return f"""
            SELECT * EXCLUDE (gross, taken, given_net, given_list, given_whole), given_whole AS list,
                {self.supplier} AS supplier_discount, gross AS net, {tax} AS tax, given_whole - gross AS discount
            FROM ({whole})"""

    def _without_tax(self, whole: str) -> str:
        off = [UNEXPLAINED, *(part.column for part in self.parts if part.shop)]
        bare = {part.column: self._net_of_tax(part.column) for part in self.parts if not part.shop}
        bare["given_whole"] = self._net_of_tax("given_whole")
        before = "0"
        for place, column in enumerate(off, start=1):
            so_far = self._so_far(" + ".join(off[:place]))
            bare[column] = f"{so_far} - {before}"
            before = so_far
        columns = ", ".join(f"{value} AS {column}" for column, value in {**bare, "gross": "gross - taken"}.items())
        return f"SELECT * REPLACE ({columns}) FROM ({whole})"

    def _so_far(self, parts: str) -> str:
        """What some of the shop's discounts come to net of tax; all of them are what list and net leave."""
        rest = f"{self._net_of_tax('given_whole')} - (gross - taken)"
        return f"(CASE WHEN {parts} = given_whole - gross THEN {rest} ELSE {self._net_of_tax(f'({parts})')} END)"

    def _tax(self, net: str) -> str:
        if self.tax is None:
            return "0"
        return self.tax if self.tax != "rate" else f"{net} - {scaled(net, self.times, self.over)}"

    def _net_of_tax(self, column: str) -> str:
        if self.tax == "rate":
            return scaled(column, self.times, self.over)
        share = f"sign(gross) * sign(gross - taken) * {scaled(column, 'abs(gross - taken)', 'abs(gross)')}"
        return f"CASE WHEN gross = 0 THEN {column} ELSE CAST({share} AS BIGINT) END"

    def discounts(self, lines: str) -> str:
        """A query of discount rows over lines: one row for each amount that is not 0."""
        found = [
            self._rows(lines, part.column, part.kind, "shop" if part.shop else "supplier", part.code, part.campaign)
            for part in self.parts
        ]
        nothing = "CAST(NULL AS INTEGER)", "CAST(NULL AS BIGINT)"
        found.append(self._rows(lines, UNEXPLAINED, self.unexplained, "shop", *nothing))
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
        extra.append(f"coalesce({minor(f'{{rows}}.f_{column}', work.terms.digits)}, 0) AS {column}")
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
        extra.append(f"coalesce({minor('{rows}.f_tax', work.terms.digits)}, 0) AS given_tax")
    given = ", ".join([f"{_net(work)} AS given_net", f"{_list(work)} AS given_list", f"{_cost(work)} AS cost", *extra])
    return Amounts(given, tuple(parts), tax, over, times, kinds[UNEXPLAINED])


def _net(work: Work) -> str:
    return work.money("net" if work.has("net") else "total")


def _list(work: Work) -> str:
    given = work.money("list")
    if not work.has("unit_price"):
        return given
    product = minor("f_unit_price * f_quantity", work.terms.digits)
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
