"""Rank cuts: top and bottom as a comparison with a value that was learnt."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from regulars.segments.tree import Percent, Test, TraitTest

if TYPE_CHECKING:
    from regulars.segments.membership import Plan
    from regulars.segments.predicates import Asked, Scope

SMALLEST_BASE = 30
BASES = ("buyers", "everyone")


@dataclass(frozen=True, slots=True)
class Cut:
    """A value to be learnt: that at a rank of a base. `plan` is the plan that asked for it.

    >>> Cut("revenue", Test("top", (Percent(Decimal("0.2")),), among="buyers")).name
    'cut/revenue/top/20%/buyers'
    """

    trait: str
    test: Test
    plan: Plan | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        """The parameter's name."""
        parts = ["cut", self.trait, self.test.word, rank_text(self.test), self.test.among]
        return "/".join([*parts, "per", self.test.per] if self.test.per else parts)

    @property
    def rank(self) -> tuple[int, int, int]:
        """p, q and m: the rank is the smallest whole number at or above n·p/q + m."""
        asked = self.test.values[0]
        if isinstance(asked, Percent):
            share = Fraction(asked.share)
            return share.numerator, share.denominator, 0
        return 0, 1, int(asked)  # type: ignore[arg-type]


def rank_text(test: Test) -> str:
    """20% or 500, as written."""
    asked = test.values[0]
    if isinstance(asked, Percent):
        return f"{(asked.share * 100).normalize():f}%"
    return f"{asked:f}" if isinstance(asked, Decimal) else str(asked)


def cut_of(node: TraitTest) -> Cut | None:
    """The cut that a trait's test needs, if it is a rank."""
    return Cut(node.trait, node.test) if node.test.word in ("top", "bottom") else None


def base(among: str, scope: Scope) -> list[Any]:
    """What a customer must be to belong to the base of a rank: a buyer, nothing, or a segment's member."""
    if among == "everyone":
        return []
    if among == "buyers":
        return [scope.column("orders") > 0]
    assert scope.layer is not None  # noqa: S101 (the reader lets no rank into `where`)
    return [scope.layer(among)]


def cut_values(a: Asked) -> list[tuple[list[Any], Any]]:
    """Each group of customers with its cut; without `per` one group of everyone; none where nothing can be said."""
    import ibis

    cut = Cut(a.field.name, a.test)
    kind = "float64" if a.field.type in ("number", "share", "days") else "int64"
    found: list[tuple[list[Any], Any]] = []
    for row in a.scope.context.parameters:
        if row.name != cut.name or row.value is None:
            continue
        value = ibis.literal(row.value if kind == "float64" else int(row.value), type=kind)
        found.append(([group_is(a, row.key, row.reason)] if cut.test.per else [], value))
    return found


def group_is(a: Asked, key: int, reason: str) -> Any:
    """Whether a customer belongs to the group that a learnt cut is for."""
    per = a.scope.column(a.test.per)
    field = a.scope.field(a.test.per)
    value = key if field.type == "code" else json.loads(reason)["group"]
    return (per == value).fill_null(False)
