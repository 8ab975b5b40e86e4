"""What a trait is: one value per customer, with its kind, unit, source and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from regulars.errors import EngineError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.clock import AsOf
    from regulars.traits.parameters import Parameters

Fact = Literal[
    "orders",
    "lines",
    "baskets",
    "basket_lines",
    "categories",
    "preferences",
    "brands",
    "stores",
    "events",
    "sends",
    "discounts",
]
Kind = Literal["state", "clock", "window", "scored", "told"]
Type = Literal["count", "money", "share", "number", "days", "date", "text", "code", "flag"]

WIDEST = 1 << 20
"""The most codes a book may hold where a value and a code share one integer; leaves 43 bits for the value."""

FIXED_BOOKS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "weekday": {name: day for day, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)},
        "part_of_day": {"night": 1, "morning": 2, "afternoon": 3, "evening": 4},
    }
)
"""Code books that are the same in every shop and stand in no catalogue; a night ends at 6, a morning at 12,
an afternoon at 18."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a trait may depend on beyond one customer's facts; `codes` are the shop's code books, text to number."""

    as_of: AsOf
    parameters: Parameters
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def code(self, book: str, text: str) -> int | None:
        """The number of a text in a code book, or None where the shop never saw it."""
        return self.codes.get(book, {}).get(text)

    def width(self, book: str) -> int:
        """The power of two above every code of a book, to pack a code beside a value.

        Raises EngineError where the book is too large to leave room for the value.

        >>> from regulars.clock import AsOf
        >>> from regulars.traits.parameters import Parameters
        >>> Context(AsOf(0, 0), Parameters(), {"store": {"Utrecht": 1, "Delft": 2}}).width("store")
        4
        """
        largest = max(self.codes.get(book, {}).values(), default=WIDEST - 1)
        if largest >= WIDEST:
            raise EngineError(
                f"the code book of {book} is too large to rank by", gave=largest, allowed=f"fewer than {WIDEST} codes"
            )
        return 1 << largest.bit_length()


@dataclass(frozen=True, slots=True)
class Measure:
    """One column of a pass over a fact table.

    `of` gets the fact's rows (one customer's are grouped later) and the context, and returns an aggregate, or an
    integer per row, which is summed; over baskets a boolean per line counts the orders that have one such line. With `own_days` the rows also carry the days of the
    customer's first and last order that count, first_order and last_order.
    """

    over: Fact
    name: str
    of: Callable[[ir.Table, Context], ir.Value]
    own_days: bool = False


@dataclass(frozen=True, slots=True)
class Trait:
    """One value per customer: a measure over facts, or an expression over traits that come before it.

    `over` and `of` make a measure of the trait's name; `derive` gets the customer's row, in which every measured
    trait, every one of `parts` (measures that are not stored) and every one of `after` is a column. `empty` is the value of a customer without such
    facts (0 for counts and money, None where nothing can be said). `after` names the traits among those read that are
    themselves expressions, so that expressions which read none of each other share one step. `minimum` is the number of `counted` (a trait) under
    which the value is null. `book` is the code book of a code.

    `label` is a noun phrase in lower case that a sentence can carry: for a count the plural of what is counted
    ("orders"), for a flag what is said of the customer ("beyond their own rhythm"), else the name of the value.
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
    counted: str = "orders"
    parts: tuple[Measure, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether the value stands in the table; what time or a model alone can change does not."""
        return self.kind not in ("clock", "scored")

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What the trait needs counted in the facts."""
        if self.over is None or self.of is None:
            return self.parts
        return (*self.parts, Measure(self.over, self.name, self.of))
