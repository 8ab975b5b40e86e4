"""The grammar of `who` and `where`: YAML nodes to a tree of conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from regulars.errors import Fault, nearest
from regulars.segments import values
from regulars.segments.conditions import ITEMS, TESTS, tests_for
from regulars.segments.events import COUNT_TYPES, OWN_TABLES, event, fields_of
from regulars.segments.periods import LENGTH, Ambiguous, length, read_period
from regulars.segments.source import MappingNode, Node, Refused, ScalarNode, SequenceNode, pairs, text_of, where
from regulars.segments.tree import All, AnyOf, Did, InSegment, Not, Percent, Period, Test, TraitTest
from regulars.segments.tree import Node as Tree
from regulars.segments.values import Field
from regulars.segments.vocabulary import STANDARD_EVENTS, Vocabulary
from regulars.traits.people import LABELS

OPTIONS = ("where", *COUNT_TYPES, "during")
LATER = frozenset(
    ["sequence", "entered", "left", "lives", "in_campaign", "may_get", "account", "contacts", "in_list", "random"]
)
"""Conditions that the language will have; named so that the refusal can say so."""
COUNTABLE = ("is", "one_of", "is_not", "not_in", "at_least", "at_most", "more_than", "less_than", "between")
ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("min", "minimum", "from", "gte", ">=", "over"), "at_least"),
        **dict.fromkeys(("max", "maximum", "to", "lte", "<=", "under"), "at_most"),
        **dict.fromkeys(("gt", ">", "above"), "more_than"),
        **dict.fromkeys(("lt", "<", "below"), "less_than"),
        **dict.fromkeys(("eq", "=", "==", "equals"), "is"),
        **dict.fromkeys(("in", "any_of"), "one_of"),
    }
)
"""What tests are called in other tools, and what they are called here."""
SEVERAL_AT_MOST = 1_000


@dataclass(slots=True)
class Grammar:
    """One tree being read. `fields` are what can be tested: the traits, or an event's fields inside `where`."""

    file: str
    vocabulary: Vocabulary
    faults: list[Fault]
    notes: list[str]
    inside: str = ""
    fields: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        traits = self.vocabulary.traits.items()
        self.fields = (
            fields_of(self.inside, self.vocabulary)
            if self.inside
            else {name: Field(name, trait.type, trait.book) for name, trait in traits}
        )

    def fault(self, what: str, node: Node, **parts: Any) -> Refused:
        """A refusal at a node."""
        return Refused(Fault(what, where(node, self.file), **parts))

    def try_(self, read: Callable[..., Any], *given: Any) -> Any:
        """What a reader returns, or None when it refused, its fault noted."""
        try:
            return read(*given)
        except Refused as refusal:
            self.faults.append(refusal.fault)
            return None

    def item(self, node: Node) -> Tree | None:
        """One condition, or a group of them; None where its faults are noted already."""
        if isinstance(node, SequenceNode):
            raise self.fault("a list without a word", node, then="write all: or any: above it")
        found = pairs(node, self.file, "a condition", self.faults)
        if not found:
            raise self.fault("a condition is missing", node, then="write one, such as orders: {at_least: 3}")
        options = OPTIONS if not self.inside and ("did" in found or "did_not" in found) else ()
        heads = [name for name in found if name not in options and self.is_head(name)]
        unknown = [name for name in found if name not in heads and name not in OPTIONS]
        for name in unknown:
            self.faults.append(unknown_word(self, name, found[name][0]))
        for name in heads[1:]:
            then = "give each an item of its own under all:, with a dash before it"
            self.faults.append(
                Fault("two conditions in one item", where(found[name][0], self.file), gave=name, then=then)
            )
        if heads:
            if not unknown and not heads[1:]:
                return self.headed(heads[0], found)
            self.look_at(heads, found)
        elif not unknown:
            raise self.fault("this belongs to did or did_not", node, gave=next(iter(found)))
        return None

    def look_at(self, heads: list[str], found: dict[str, tuple[Node, Node]]) -> None:
        """Read on after a fault, so that the faults inside are told as well."""
        for name in heads:
            self.try_(self.headed, name, {key: value for key, value in found.items() if key == name or key in OPTIONS})

    def is_head(self, name: str) -> bool:
        """Whether a word starts a condition here."""
        groups = ("all", "any", "not") if self.inside else ITEMS
        return name in groups or name in self.fields

    def headed(self, name: str, found: dict[str, tuple[Node, Node]]) -> Tree | None:
        """A condition by its first word."""
        node = found[name][1]
        if name not in ("did", "did_not"):
            for option in (option for option in found if option in OPTIONS and option != name):
                self.faults.append(
                    Fault("this belongs to did or did_not", where(found[option][0], self.file), gave=option)
                )
        if name in ("all", "any"):
            return self.group(name, node)
        if name == "not":
            part = self.item(node)
            return Not(part) if part is not None else None
        if name in ("did", "did_not"):
            return self.did(name, node, found)
        if name in ("in_segment", "not_in_segment"):
            return self.layer(name, node)
        return self.tested(name, node)

    def group(self, name: str, node: Node) -> Tree | None:
        """All or any of a list."""
        if not isinstance(node, SequenceNode):
            raise self.fault(f"{name} takes a list", node, then="write each condition below it, with a dash before it")
        if not node.value:
            raise self.fault(f"{name} of nothing", node, then="write at least one condition below it")
        found = [self.try_(self.item, item) for item in node.value]
        if any(part is None for part in found):
            return None
        return All(tuple(found)) if name == "all" else AnyOf(tuple(found))

    def layer(self, name: str, node: Node) -> InSegment:
        """Another segment."""
        id = self.segment_id(node, name)
        return InSegment(id, negated=name.startswith("not_"), at=where(node, self.file))

    def segment_id(self, node: Node, what: str) -> str:
        """The id of a segment that exists."""
        id = text_of(node, self.file, what)
        if id not in self.vocabulary.segments:
            raise self.fault("unknown segment", node, gave=id[:80], then=nearest(id, self.vocabulary.segments))
        return id

    def tested(self, name: str, node: Node) -> TraitTest | None:
        """A trait or field with a test."""
        test = self.test(self.fields[name], node)
        return TraitTest(name, test) if test is not None else None

    def test(self, field: Field, node: Node, allowed: tuple[str, ...] | None = None) -> Test | None:
        """What is asked of a field: a value alone is `is`, a list alone `one_of`, else one word with its values."""
        words = allowed or tests_for(field.type)
        if self.inside:
            words = tuple(word for word in words if word not in ("top", "bottom"))
        if isinstance(node, ScalarNode):
            word = "on" if field.type == "date" else "is"
            return Test(word, (self.value(node, field),))
        if isinstance(node, SequenceNode):
            return self.worded("one_of", node, field, words, node)
        return self.mapped(node, field, words)

    def mapped(self, node: Node, field: Field, words: tuple[str, ...]) -> Test | None:
        """A test written as word: value, with the options that the word has."""
        found = pairs(node, self.file, f"the test of {field.name}", self.faults)
        named = [name for name in found if name in TESTS]
        options = ("among", "per") if set(named) & {"top", "bottom"} else ()
        unknown = [name for name in found if name not in named and name not in options]
        self.faults += [unknown_test(self, name, found[name][0], field, words) for name in unknown]
        for name in named[1:]:
            then = "write between: [low, high], or give each an item of its own"
            self.faults.append(Fault("two tests in one item", where(found[name][0], self.file), gave=name, then=then))
        if not named and unknown:
            return None
        if not named:
            raise self.fault(f"the test of {field.name} is missing", node, allowed=", ".join(words))
        key, value = found[named[0]]
        test = self.worded(named[0], value, field, words, key)
        return self.ranked(test, found) if test is not None and options else test

    def worded(self, word: str, node: Node, field: Field, words: tuple[str, ...], at: Node) -> Test | None:
        """The values of one test."""
        if word not in words:
            raise self.fault(f"{field.name} cannot be asked {word}", at, allowed=", ".join(words))
        kind = TESTS[word].values
        if kind == "rank":
            return Test(word, (rank(self, node, word),), among="buyers")
        if kind == "period":
            return Test(word, (self.period(node),))
        if kind == "flag":
            return Test(word, (values.read(node, Field("known", "flag"), self.vocabulary, self.file),))
        if word in ("contains", "starts_with", "ends_with"):
            return Test(word, (self.value(node, Field(field.name, "text")),))
        if kind == "one":
            return Test(word, (self.value(node, field),))
        return self.listed(word, node, field, two=kind == "two")

    def listed(self, word: str, node: Node, field: Field, *, two: bool) -> Test | None:
        """A list of values, or a pair in order."""
        if not isinstance(node, SequenceNode):
            raise self.fault(f"{word} takes a list", node, then="write [first, second]")
        if not node.value or len(node.value) > SEVERAL_AT_MOST or (two and len(node.value) != 2):
            raise self.fault(
                f"{word} takes {'two values' if two else f'1 to {SEVERAL_AT_MOST} values'}", node, gave=len(node.value)
            )
        found = [self.try_(self.value, item, field) for item in node.value]
        if any(value is None for value in found):
            return None
        if two and isinstance(sort_key(found[0]), Decimal) and sort_key(found[0]) > sort_key(found[1]):
            raise self.fault("the first value is above the second", node, then="write the lower one first")
        return Test(word, tuple(found))

    def value(self, node: Node, field: Field) -> Any:
        """One value by the field's type."""
        return values.read(node, field, self.vocabulary, self.file)

    def ranked(self, test: Test, found: dict[str, tuple[Node, Node]]) -> Test:
        """The base and the groups of a rank."""
        among, per = test.among, ""
        if "among" in found:
            node = found["among"][1]
            among = text_of(node, self.file, "among")
            if among not in ("buyers", "everyone"):
                among = self.segment_id(node, "among")
        if "per" in found:
            per = self.per(found["per"][1])
        return Test(test.word, test.values, among=among, per=per)

    def per(self, node: Node) -> str:
        """The trait within whose values is ranked."""
        name = text_of(node, self.file, "per")
        grouping = {name for name, field in self.fields.items() if field.type in ("code", "text")}
        if name not in grouping:
            raise self.fault("per takes a trait that holds a word", node, gave=name[:80], then=nearest(name, grouping))
        return name

    def period(self, node: Node) -> Period:
        """A period in words, or from a point."""
        if isinstance(node, MappingNode):
            return anchored(self, node)
        text = text_of(node, self.file, "during")
        try:
            return read_period(text)
        except ValueError as refusal:
            what = "this could mean two periods" if isinstance(refusal, Ambiguous) else "unknown period"
            raise self.fault(what, node, gave=text[:80], allowed=str(refusal)) from refusal

    def did(self, name: str, node: Node, found: dict[str, tuple[Node, Node]]) -> Did | None:
        """An event counted."""
        happened = self.event(node)
        units = [unit for unit in COUNT_TYPES if unit in found]
        for unit in units[1:]:
            then = "one item counts one thing; write a second item"
            self.faults.append(Fault("two counts in one item", where(found[unit][0], self.file), gave=unit, then=then))
        before = len(self.faults)
        inside = Grammar(self.file, self.vocabulary, self.faults, self.notes, inside=happened)
        asked = self.try_(inside.item, found["where"][1]) if "where" in found else None
        count = self.try_(self.count, units[0], found[units[0]], happened) if units else None
        during = self.try_(self.period, found["during"][1]) if "during" in found else None
        if len(self.faults) > before or len(units) > 1:
            return None
        return Did(happened, asked, units[0] if units else "times", count, during, negated=name == "did_not")

    def count(self, unit: str, found: tuple[Node, Node], happened: str) -> Test | None:
        """How often, how much or on how many days."""
        key, node = found
        units = event(happened, self.vocabulary).units
        if unit not in units:
            raise self.fault(f"{happened} is not counted by this", key, gave=unit, allowed=", ".join(units))
        asked = self.test(Field(unit, COUNT_TYPES[unit]), node, COUNTABLE)
        if asked is not None and any(isinstance(value, Decimal | int) and value < 0 for value in asked.values):
            raise self.fault(f"{unit} is never below 0", node, allowed="0 or more")
        return asked

    def event(self, node: Node) -> str:
        """The name of an event that the shop records or may record."""
        name = text_of(node, self.file, "the event")
        known = STANDARD_EVENTS | self.vocabulary.events
        if name not in known:
            raise self.fault("unknown event", node, gave=name[:80], then=nearest(name, known))
        if name not in self.vocabulary.events and name not in OWN_TABLES:
            self.notes.append(f"{where(node, self.file)}: the shop has not recorded '{name}' yet")
        return name


def unknown_word(grammar: Grammar, name: str, key: Node) -> Fault:
    """The fault of a word that starts no condition."""
    place = where(key, grammar.file)
    if name in TESTS:
        return Fault(
            "a test without a trait", place, gave=name, then=f"write the trait first, such as orders: {{{name}: …}}"
        )
    if grammar.inside and (name in ITEMS or name in grammar.vocabulary.traits):
        return Fault(
            "this does not belong in where",
            place,
            gave=name,
            then=f"where asks of {grammar.inside}: {', '.join(grammar.fields)}",
        )
    if name in LATER:
        return Fault("this condition does not exist yet", place, gave=name)
    if name in LABELS and not grammar.inside:
        then = "map it under attributes of a source with rows: people"
        return Fault("the shop's customers have not told this", place, gave=name, then=then)
    known = grammar.fields if grammar.inside else (*grammar.fields, *ITEMS)
    return Fault(
        f"unknown {'field of ' + grammar.inside if grammar.inside else 'trait'}",
        place,
        gave=name[:80],
        then=nearest(name, known),
    )


def unknown_test(grammar: Grammar, name: str, key: Node, field: Field, words: tuple[str, ...]) -> Fault:
    """The fault of a word that is no test, with the test of that meaning or spelling."""
    meant = ELSEWHERE.get(name.casefold())
    then = f"did you mean {meant}?" if meant in words else nearest(name, words)
    return Fault(f"unknown test of {field.name}", where(key, grammar.file), gave=name[:80], then=then)


def rank(grammar: Grammar, node: Node, word: str) -> Any:
    """A share of a base, or a number of its members."""
    text = text_of(node, grammar.file, word)
    try:
        found = values.percent(text) if text.endswith("%") else values.count(text)
    except ValueError as refusal:
        raise grammar.fault(
            f"{word} takes a share or a number", node, gave=text[:80], allowed="20% or 500"
        ) from refusal
    amount = found.share if isinstance(found, Percent) else found
    if amount <= 0:
        raise grammar.fault(f"{word} of nobody", node, gave=text, allowed="more than 0")
    return found


def anchored(grammar: Grammar, node: MappingNode) -> Period:
    """A period from a point: since it, up to another, or for so many days."""
    found = pairs(node, grammar.file, "during", grammar.faults, ("from", "to", "for", "since"))
    if set(found) not in ({"since"}, {"from", "to"}, {"from", "for"}):
        raise grammar.fault(
            "a period from a point", node, allowed="{since: …}, {from: …, to: …} or {from: …, for: 60 days}"
        )
    point = Field("a point in time", "date")
    if "since" in found:
        return Period("since", start=grammar.value(found["since"][1], point))
    start = grammar.value(found["from"][1], point)
    if "to" in found:
        end = grammar.value(found["to"][1], point)
        if start.day is not None and end.day is not None and end.day < start.day:
            raise grammar.fault(
                "a period that ends before it begins", found["to"][1], then="write the earlier day first"
            )
        return Period("to", start=start, end=end)
    n, unit = length_of(grammar, found["for"][1])
    return Period("for", n, unit, start=start)


def length_of(grammar: Grammar, node: Node) -> tuple[int, str]:
    """A number of days or weeks."""
    text = text_of(node, grammar.file, "for")
    match = LENGTH.fullmatch(text)
    try:
        if match and match[2] in ("day", "week"):
            return length(match[1], match[2])
    except ValueError as refusal:
        raise grammar.fault("too long", node, gave=text[:80], allowed=str(refusal)) from refusal
    raise grammar.fault("for takes days or weeks", node, gave=text[:80], allowed="60 days")


def sort_key(value: Any) -> Any:
    """A number to compare a pair by; other values are taken as they stand."""
    return value.share if isinstance(value, Percent) else value
