"""The predicates of the conditions: expressions over one row, a customer's or an event's.

Only the portable subset is used. A predicate over an unknown value may be null; `holds` makes it false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from operator import and_, or_
from typing import TYPE_CHECKING, Any, cast

from regulars.segments.periods import Window, day_of, window
from regulars.segments.tree import All, AnyOf, Did, InSegment, Node, Not, Percent, Period, Point, Test, TraitTest, Value
from regulars.segments.values import Field
from regulars.segments.vocabulary import Vocabulary

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context


@dataclass(frozen=True, slots=True)
class Scope:
    """Where names are looked up while a tree becomes an expression.

    `column` gives a field's column, `field` its type and book, `own` the customer's own days by trait name, `counted`
    the column of a counted event, `layer` the flag of a segment, `base` whether the customer belongs to a rank's base.
    """

    column: Callable[[str], Any]
    field: Callable[[str], Field]
    context: Context
    vocabulary: Vocabulary
    own: Mapping[str, Any]
    counted: Callable[[Did], Any] | None = None
    layer: Callable[[str], Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One value and what is asked of it."""

    value: Any
    field: Field
    test: Test
    scope: Scope

    def literals(self) -> list[Any]:
        """The test's values as the column holds them; a code that the shop never saw is left out."""
        if self.field.type == "id":
            return [each for value in self.test.values for each in ids(value, self.field, self.scope)]
        made = (literal(value, self.field, self.scope) for value in self.test.values)
        return [value for value in made if value is not None]

    def first(self) -> Any:
        """The only or first value."""
        return self.literals()[0]


def literal(value: Value, field: Field, scope: Scope) -> Any:
    """A value of a test as a column of the field's type holds it; None for an unknown code."""
    import ibis

    if isinstance(value, Point):
        return day_of(value, scope.context.as_of, scope.own)
    if field.type == "code":
        return scope.vocabulary.code(field.book or field.name, str(value))
    if field.type == "money":
        return ibis.literal(int(cast(Decimal, value).scaleb(scope.vocabulary.digits)), type="int64")
    if field.type == "count":
        return ibis.literal(int(cast(Decimal, value)), type="int64")
    if isinstance(value, Percent | Decimal):
        return ibis.literal(float(value.share if isinstance(value, Percent) else value), type="float64")
    return value


def ids(value: Value, field: Field, scope: Scope) -> list[Any]:
    """What a product or campaign of this name is called in each system that the shop has."""
    import ibis

    kind = field.book or field.name
    return [ibis.literal(hashed_id(system, kind, str(value)), type="int64") for system in scope.vocabulary.systems]


def hashed_id(system: str, kind: str, key: str) -> int:
    """The id of a product or campaign by a system's own name for it, as the sources make it.

    >>> hashed_id("shop", "product", "A1") < 2**63
    True
    """
    return int.from_bytes(sha256(f"{system}|{kind}|{key}".encode()).digest()[:8], "big") >> 1


def true() -> ir.BooleanValue:
    """Always."""
    import ibis

    return cast("ir.BooleanValue", ibis.literal(True))


def false() -> ir.BooleanValue:
    """Never."""
    import ibis

    return cast("ir.BooleanValue", ibis.literal(False))


def equals(a: Asked) -> Any:
    """The value is this."""
    return one_of(a)


def one_of(a: Asked) -> Any:
    """The value is one of these."""
    found = a.literals()
    return (
        reduce(or_, [a.value == one for one in found])
        if 0 < len(found) < 3
        else a.value.isin(found)
        if found
        else false()
    )


def is_not(a: Asked) -> Any:
    """Known and not this."""
    return a.value.notnull() & ~one_of(a)


def not_in(a: Asked) -> Any:
    """Known and none of these."""
    return is_not(a)


def at_least(a: Asked) -> Any:
    """This or more."""
    return a.value >= a.first()


def at_most(a: Asked) -> Any:
    """This or less."""
    return a.value <= a.first()


def more_than(a: Asked) -> Any:
    """Above this."""
    return a.value > a.first()


def less_than(a: Asked) -> Any:
    """Below this."""
    return a.value < a.first()


def between(a: Asked) -> Any:
    """From the first to the second, both included."""
    low, high = a.literals()
    return (a.value >= low) & (a.value <= high)


def known(a: Asked) -> Any:
    """There is a value, or there is none."""
    return a.value.notnull() if a.test.values[0] else a.value.isnull()


def contains(a: Asked) -> Any:
    """The text has this in it."""
    return matching(a, lambda text, part: part in text, lambda value, part: value.contains(part))


def starts_with(a: Asked) -> Any:
    """The text begins with this."""
    return matching(a, str.startswith, lambda value, part: value.startswith(part))


def ends_with(a: Asked) -> Any:
    """The text ends with this."""
    return matching(a, str.endswith, lambda value, part: value.endswith(part))


def matching(a: Asked, in_python: Callable[[str, str], bool], in_engine: Callable[[Any, str], Any]) -> Any:
    """A test of a text without regard to capitals; for a code, of the texts of its book."""
    part = str(a.test.values[0]).lower()
    if a.field.type != "code":
        return in_engine(a.value.lower(), part)
    book = a.scope.vocabulary.codes.get(a.field.book or a.field.name, {})
    codes = sorted(code for text, code in book.items() if in_python(text.lower(), part))
    return a.value.isin(codes) if codes else false()


def before(a: Asked) -> Any:
    """Earlier than a point."""
    return a.value < a.first()


def after(a: Asked) -> Any:
    """Later than a point."""
    return a.value > a.first()


def on(a: Asked) -> Any:
    """On a point."""
    return a.value == a.first()


def during(a: Asked) -> Any:
    """In a period."""
    period = cast(Period, a.test.values[0])
    return within(a.value, window(period, a.scope.context.as_of, a.scope.own))


def within(day: Any, days: Window) -> Any:
    """Whether a day lies in a window."""
    return every(*bounds(day, days))


def bounds(day: Any, days: Window) -> list[Any]:
    """What a window asks of a day: nothing, one bound or two."""
    first = [day >= days.first] if days.first is not None else []
    return first + ([day <= days.last] if days.last is not None else [])


def every(*conditions: Any) -> Any:
    """All conditions; always where there is none."""
    return reduce(and_, conditions) if conditions else true()


def top(a: Asked) -> Any:
    """A member of the base at or above the learnt cut."""
    return ranked(a, lambda value, cut: value >= cut)


def bottom(a: Asked) -> Any:
    """A member of the base at or below the learnt cut."""
    return ranked(a, lambda value, cut: value <= cut)


def ranked(a: Asked, compare: Callable[[Any, Any], Any]) -> Any:
    """A comparison with the learnt cut; false where the cut cannot be said."""
    from regulars.segments.ranks import base, cut_values

    found = [every(*group, compare(a.value, cut)) for group, cut in cut_values(a)]
    return every(*base(a.test.among, a.scope), reduce(or_, found)) if found else false()


def did(node: Did, scope: Scope) -> Any:
    """An event counted and compared."""
    assert scope.counted is not None  # noqa: S101 (the reader lets no `did` into `where`)
    from regulars.segments.events import COUNT_TYPES

    test = node.count or Test("at_least", (Decimal(1),))
    field = Field(node.unit, COUNT_TYPES[node.unit])
    asked = holds_test(Asked(scope.counted(node), field, test, scope))
    return ~asked if node.negated else asked


def in_segment(node: InSegment, scope: Scope) -> Any:
    """Another segment's flag."""
    assert scope.layer is not None  # noqa: S101 (the reader lets no layer into `where`)
    flag = scope.layer(node.segment)
    return ~flag if node.negated else flag


def all_of(node: All, scope: Scope) -> Any:
    """Every part."""
    return reduce(and_, [holds(part, scope) for part in node.parts])


def any_of(node: AnyOf, scope: Scope) -> Any:
    """Some part."""
    return reduce(or_, [holds(part, scope) for part in node.parts])


def not_(node: Not, scope: Scope) -> Any:
    """Everyone else."""
    return ~holds(node.part, scope)


def holds_test(a: Asked) -> Any:
    """A test that is true or false: of something unknown it is false."""
    from regulars.segments.conditions import TESTS

    row = TESTS[a.test.word]
    answer = row.predicate(a)
    return answer if row.word == "known" else answer.fill_null(False)


def word_of(node: Node) -> str:
    """The word of the row that a node is written with."""
    negated = getattr(node, "negated", False)
    words = {All: "all", AnyOf: "any", Not: "not", TraitTest: "trait", Did: "did", InSegment: "in_segment"}
    word = words[type(node)]
    return word if not negated else {"did": "did_not", "in_segment": "not_in_segment"}[word]


def holds(node: Node, scope: Scope) -> Any:
    """The boolean expression of a tree: true or false for every row, never null."""
    from regulars.segments.conditions import ITEMS

    if isinstance(node, TraitTest):
        return holds_test(Asked(scope.column(node.trait), scope.field(node.trait), node.test, scope))
    return ITEMS[word_of(node)].predicate(node, scope)
