"""One row per condition: what it asks, how it is computed, said, shown in a form and documented.

A row of the group `test` asks something of one value; rows of the group `item` stand in a list of conditions. A new
condition is one row here and one fixture in tests/segments/fixtures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from regulars.segments import predicates as p
from regulars.segments.phrases import PHRASES

if TYPE_CHECKING:
    import ibis.expr.types as ir

NUMBERS = ("money", "count", "number", "days", "share")
WORDS = ("text", "code")
NAMED = (*NUMBERS, *WORDS, "id")
EVERY = (*NAMED, "flag", "date")


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a condition's form."""

    name: str
    kind: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in all its faces.

    `types` are the kinds of value it can be asked of, `values` how many values it takes: one, several (a list) or two
    (a pair, in order). `predicate` gives a boolean expression that may be null; whoever combines it makes null false.
    `measures` says which columns it needs counted in the facts, `evidence` what shows it: the value, or rows.
    """

    word: str
    group: Literal["test", "item"]
    doc: str
    example: str
    predicate: Callable[..., ir.BooleanValue]
    form: tuple[Input, ...]
    types: tuple[str, ...] = ()
    values: Literal["one", "several", "two", "period", "flag", "rank"] = "one"
    measures: Literal["none", "counted"] = "none"
    evidence: Literal["value", "rows", "parts", "layer"] = "value"

    @property
    def sentence(self) -> Mapping[str, str]:
        """The whole phrase in each language."""
        return PHRASES[self.word]


def test(word: str, types: tuple[str, ...], predicate: Any, doc: str, example: str, **more: Any) -> Condition:
    """A row for a test of one value."""
    kinds = {"several": "list", "two": "pair", "period": "period", "flag": "yes or no", "rank": "share or number"}
    form = [Input(word, kinds.get(more.get("values", "one"), "value"))]
    if more.get("values") == "rank":
        form += [Input("among", "base", required=False), Input("per", "trait", required=False)]
    return Condition(word, "test", doc, example, predicate, tuple(form), types=types, **more)


def item(word: str, predicate: Any, doc: str, example: str, *form: Input, **more: Any) -> Condition:
    """A row for a condition that is not a test of one value."""
    return Condition(word, "item", doc, example, predicate, form, **more)


COUNTING = (
    Input("where", "conditions", required=False),
    Input("times", "test", required=False),
    Input("items", "test", required=False),
    Input("spent", "test", required=False),
    Input("days", "test", required=False),
    Input("during", "period", required=False),
)

ROWS: tuple[Condition, ...] = (
    test(
        "is",
        (*NAMED, "flag"),
        p.equals,
        "The value is exactly this. A value alone means the same.",
        "country: NL",
    ),
    test(
        "one_of",
        NAMED,
        p.one_of,
        "The value is one of these. A list alone means the same.",
        "country: [NL, DK]",
        values="several",
    ),
    test("is_not", NAMED, p.is_not, "The value is known and is another one.", "country: {is_not: DE}"),
    test(
        "not_in",
        NAMED,
        p.not_in,
        "The value is known and is none of these.",
        "country: {not_in: [DE, AT]}",
        values="several",
    ),
    test("at_least", NUMBERS, p.at_least, "The value is this or more.", "orders: {at_least: 3}"),
    test("at_most", NUMBERS, p.at_most, "The value is this or less.", "silence_chance: {at_most: 5%}"),
    test("more_than", NUMBERS, p.more_than, "The value is above this.", "revenue: {more_than: 250}"),
    test("less_than", NUMBERS, p.less_than, "The value is below this.", "average_order_value: {less_than: 25}"),
    test(
        "between",
        (*NUMBERS, "date"),
        p.between,
        "The value lies between these two; both ends are in.",
        "orders: {between: [2, 5]}",
        values="two",
    ),
    test(
        "contains",
        WORDS,
        p.contains,
        "The text has this in it; capitals make no difference.",
        "top_category: {contains: coffee}",
    ),
    test(
        "starts_with",
        WORDS,
        p.starts_with,
        "The text begins with this; capitals make no difference.",
        "postcode: {starts_with: 35}",
    ),
    test(
        "ends_with",
        WORDS,
        p.ends_with,
        "The text ends with this; capitals make no difference.",
        "postcode: {ends_with: AB}",
    ),
    test("known", EVERY, p.known, "Whether there is a value at all.", "country: {known: true}", values="flag"),
    test(
        "top",
        (*NUMBERS, "date"),
        p.top,
        "The value is among the highest of a base: a share of it or so many of its members. The base is `buyers` unless `among` says `everyone` or names a segment, and only its members can be in; `per` ranks within each value of another trait. Equal values are all in. A base under 30 cannot say. The cut is learnt, and kept until it is learnt again.",
        "revenue: {top: 20%, among: buyers}",
        values="rank",
    ),
    test(
        "bottom",
        (*NUMBERS, "date"),
        p.bottom,
        "The value is among the lowest of a base; otherwise like `top`.",
        "average_order_value: {bottom: 25%}",
        values="rank",
    ),
    test("before", ("date",), p.before, "The day is earlier than this point.", "last_order: {before: 120 days ago}"),
    test("after", ("date",), p.after, "The day is later than this point.", "first_order: {after: 2017-06-30}"),
    test(
        "on", ("date",), p.on, "The day is this point. A point alone means the same.", "first_order: {on: 2017-12-24}"
    ),
    test(
        "during",
        ("date",),
        p.during,
        "The day lies in this period.",
        "first_order: {during: previous month}",
        values="period",
    ),
    item(
        "did",
        p.did,
        "The customer did something, counted in a period: at least once, or as many times, items, days or as much money as you say. `where` asks about each event itself.",
        "did: bought",
        Input("did", "event"),
        *COUNTING,
        measures="counted",
        evidence="rows",
    ),
    item(
        "did_not",
        p.did,
        "Everyone for whom the same count under `did` does not hold.",
        "did_not: bought",
        Input("did_not", "event"),
        *COUNTING,
        measures="counted",
        evidence="rows",
    ),
    item(
        "in_segment",
        p.in_segment,
        "The customer is in another segment, a layer: it means exactly that segment's text.",
        "in_segment: best_customers",
        Input("in_segment", "segment"),
        evidence="layer",
    ),
    item(
        "not_in_segment",
        p.in_segment,
        "The customer is not in another segment.",
        "not_in_segment: best_customers",
        Input("not_in_segment", "segment"),
        evidence="layer",
    ),
    item(
        "all",
        p.all_of,
        "Every condition in the list holds.",
        "all: [...]",
        Input("all", "conditions"),
        evidence="parts",
    ),
    item(
        "any",
        p.any_of,
        "At least one condition in the list holds.",
        "any: [...]",
        Input("any", "conditions"),
        evidence="parts",
    ),
    item(
        "not",
        p.not_,
        "Everyone for whom the condition inside does not hold, also those of whom it is unknown.",
        "not: {country: DE}",
        Input("not", "condition"),
        evidence="parts",
    ),
)

CONDITIONS: Mapping[str, Condition] = MappingProxyType({row.word: row for row in ROWS})
TESTS: Mapping[str, Condition] = MappingProxyType({row.word: row for row in ROWS if row.group == "test"})
ITEMS: Mapping[str, Condition] = MappingProxyType({row.word: row for row in ROWS if row.group == "item"})


def tests_for(kind: str) -> tuple[str, ...]:
    """The words of the tests that a type of value can be asked.

    >>> tests_for("flag")
    ('is', 'known')
    """
    return tuple(row.word for row in TESTS.values() if kind in row.types)
