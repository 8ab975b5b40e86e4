"""What a shop says of all its rows, as it was when they landed: clock, money, and which source tells of orders.

They travel with each landed file, so that its canonical rows stay what they are whatever regulars.yaml says later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from regulars.errors import Fault, ShopError

if TYPE_CHECKING:
    from regulars.project import Project
    from regulars.project.mapping import Source

ELSEWHERE = "make a new shop folder and load all files there"


@dataclass(frozen=True, slots=True)
class Terms:
    """The clock and the money of a source's rows; `headed` where another source tells the orders of its lines,
    `lined` where its rows become lines, `articles` where a source of the shop tells products.
    """

    zone: ZoneInfo
    currency: str
    digits: int
    headed: bool
    lined: bool
    articles: bool

    @classmethod
    def of(cls, project: Project, source: Source) -> Terms:
        """The terms of a source's rows by today's regulars.yaml."""
        beside = {each.rows for each in project.sources if each.system == source.system}
        lined = source.rows == "order_lines" or (source.has_amount and "order_lines" not in beside)
        return cls(
            zone=project.zone,
            currency=project.currency,
            digits=project.digits,
            headed=source.rows == "order_lines" and "orders" in beside,
            lined=lined,
            articles=any(each.rows == "products" for each in project.sources),
        )

    def as_plain(self) -> dict[str, Any]:
        """The terms as plain values, to travel with a landed file."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "zone"}
        return {"time_zone": self.zone.key, **told}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Terms:
        """The terms that `as_plain` was made from.

        >>> terms = Terms(ZoneInfo("Europe/Amsterdam"), "EUR", 2, headed=False, lined=True, articles=False)
        >>> Terms.from_plain(terms.as_plain()) == terms
        True
        """
        told = {name: value for name, value in plain.items() if name != "time_zone"}
        return cls(zone=ZoneInfo(plain["time_zone"]), **told)


def check(source: Source, now: Terms, *, own: Terms | None, newest: Terms | None) -> None:
    """Raise ShopError where today's terms are not those of the rows that are landed: of the source, and of the shop."""
    faults: list[Fault] = []
    if newest and newest.zone.key != now.zone.key:
        faults.append(_changed("time_zone", now.zone.key, newest.zone.key))
    if newest and (newest.currency, newest.digits) != (now.currency, now.digits):
        faults.append(_changed("currency", now.currency, newest.currency))
    if own and (own.headed, own.lined) != (now.headed, now.lined):
        what = f"another source would tell the orders, or the lines, of {source.name} than when its files were landed"
        then = f"give sources of other orders a system: of their own, or {ELSEWHERE}"
        faults.append(Fault(what, then=then))
    if faults:
        raise ShopError(faults=faults)


def _changed(what: str, now: str, then: str) -> Fault:
    return Fault(f"{what} is not that of the files that are landed", gave=now, allowed=then, then=ELSEWHERE)
