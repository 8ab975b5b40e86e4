"""What a trait is: one value per customer, with its kind, unit, source and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.clock import AsOf
    from regulars.traits.parameters import Parameters

Fact = Literal["orders", "lines", "baskets", "categories", "events", "sends", "discounts"]
Kind = Literal["state", "clock", "window", "scored", "told"]
Type = Literal["count", "money", "share", "number", "days", "date", "text", "code", "flag"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a trait may depend on beyond one customer's facts."""

    as_of: AsOf
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of a pass over a fact table.

    `of` gets the fact's rows (one customer's are grouped later) and the context. Over orders, events, sends, discounts
    and categories it returns an aggregate; over lines an integer per line, which is summed; over baskets a boolean per
    line, which counts the orders that have one such line.
    """

    over: Fact
    name: str
    of: Callable[[ir.Table, Context], ir.Value]


@dataclass(frozen=True, slots=True)
class Trait:
    """One value per customer: a measure over facts, or an expression over traits that come before it.

    `empty` is the value of a customer without such facts (0 for counts and money, None where nothing can be said).
    `minimum` is the number of facts under which the value is null. `book` is the code book of a code.
    """

    name: str
    type: Type
    kind: Kind
    label: Mapping[str, str]
    doc: str
    source: str
    over: Fact | None = None
    of: Callable[[ir.Table, Context], Any] | None = None
    derive: Callable[[ir.Table, Context], Any] | None = None
    empty: Any = None
    minimum: int = 0
    unit: str = ""
    book: str | None = None
