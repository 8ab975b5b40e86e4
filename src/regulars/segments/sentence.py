"""A segment in one sentence of English, Dutch or Danish, with resolved dates, learnt cuts and the shop's money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from regulars.clock import AsOf
from regulars.segments import format as f
from regulars.segments.events import COUNT_TYPES, EventField, event
from regulars.segments.periods import day_of, window
from regulars.segments.phrases import COUNTS, EVENTS, PHRASES, TRAITS, TYPES
from regulars.segments.ranks import Cut
from regulars.segments.tree import (
    All,
    AnyOf,
    Did,
    InSegment,
    Node,
    Not,
    Percent,
    Period,
    Point,
    Segment,
    Test,
    TraitTest,
)
from regulars.segments.values import Field
from regulars.segments.vocabulary import Vocabulary
from regulars.traits.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whoever says a tree: in a language, with a shop's words, as of a moment.

    `unknown` gives the number of customers whom a `not` lets in although nothing is known of them.
    """

    language: str
    vocabulary: Vocabulary
    parameters: Parameters
    as_of: AsOf
    unknown: Mapping[Node, int] = field(default_factory=dict)

    def say(self, key: str, phrases: Mapping[str, Mapping[str, str]] = PHRASES, **slots: str) -> str:
        """A phrase with its slots filled."""
        return phrases[key][self.language].format(**slots)

    def node(self, node: Node, *, inner: bool = False) -> str:
        """A tree as a phrase that completes "who"; a group inside a group stands in brackets."""
        if isinstance(node, All | AnyOf):
            return self.group(node, inner=inner)
        if isinstance(node, Not):
            count = self.unknown.get(node, 0)
            let_in = self.say("let_in", n=f.number(count, self.language)) if count else ""
            return self.say("not", part=self.node(node.part, inner=True), unknown=let_in)
        if isinstance(node, InSegment):
            name = self.vocabulary.segment_name(node.segment, self.language)
            return self.say("not_in_segment" if node.negated else "in_segment", segment=name)
        return self.did(node) if isinstance(node, Did) else self.tested(node)

    def group(self, node: All | AnyOf, *, inner: bool) -> str:
        """Parts joined by and or or; what could run into the next part comes last, or before a comma."""
        if len(node.parts) == 1:
            return self.node(node.parts[0], inner=inner)
        ranks = same_base(node) if isinstance(node, All) else ()
        rest = sorted((part for part in node.parts if part not in ranks), key=lambda part: isinstance(part, Not))
        parts = [self.ranks(ranks)] if ranks else []
        parts += [self.node(part, inner=True) for part in rest]
        if len(parts) == 1:
            return parts[0]
        style = "or" if isinstance(node, AnyOf) else "standard"
        join = f.listed if any(map(runs_on, rest[:-1])) else f.joined
        said = self.say("any" if isinstance(node, AnyOf) else "all", parts=join(parts, self.language, style))
        return self.say("group", parts=said) if inner else said

    def tested(self, node: TraitTest) -> str:
        """A trait's test."""
        trait = self.vocabulary.traits[node.trait]
        asked, label = Field(trait.name, trait.type, trait.book), trait.label.get(self.language, trait.name)
        if node.test.word in ("top", "bottom"):
            return self.ranked(node, label)
        if node.test.word == "known":
            return self.say("known" if node.test.values[0] else "unknown", label=label)
        if trait.type == "flag":
            yes = bool(node.test.values[0])
            if yes and trait.name in TRAITS:
                return self.say(trait.name, TRAITS)
            return self.say("flag" if yes else "not_flag", TYPES, label=label)
        table, key = (TRAITS, trait.name) if self.has_phrase(trait.name, trait.type, node.test) else (TYPES, trait.type)
        slots = {"times": self.times(node.test)} if trait.name == "orders" else {"test": self.test(node.test, asked)}
        return self.say(key, table, label=label, **slots)

    def has_phrase(self, name: str, type: str, test: Test) -> bool:
        """Whether the trait's own phrase can carry the test: some only carry a plain value, or an upper bound."""
        if name == "silence_chance":
            return test.word in ("at_most", "less_than")
        return name in TRAITS and (type != "code" or test.word in ("is", "one_of"))

    def ranked(self, node: TraitTest, label: str) -> str:
        """A rank with its base and, where it is learnt, its cut."""
        test = node.test
        per = (
            self.say("per", per=self.vocabulary.traits[test.per].label.get(self.language, test.per)) if test.per else ""
        )
        return self.say(
            test.word, rank=self.rank(test), among=self.base(test.among), label=label, per=per, cut=self.cut(node)
        )

    def ranks(self, nodes: tuple[TraitTest, ...]) -> str:
        """Several ranks of one base in one breath."""
        return self.say(
            "ranks", among=self.base(nodes[0].test.among), parts=f.joined(map(self.one_rank, nodes), self.language)
        )

    def one_rank(self, node: TraitTest) -> str:
        """One of several ranks of one base."""
        label = self.vocabulary.traits[node.trait].label.get(self.language, node.trait)
        return self.say(f"rank_{node.test.word}", rank=self.rank(node.test), label=label, cut=self.cut(node))

    def cut(self, node: TraitTest) -> str:
        """Where a rank's cut was learnt to be; nothing where it is not known."""
        trait, learnt = self.vocabulary.traits[node.trait], self.parameters.value(Cut(node.trait, node.test).name)
        shown = self.stored(learnt, Field(trait.name, trait.type, trait.book))
        return "" if learnt is None else self.say(f"cut_at_{node.test.word}", value=shown)

    def rank(self, test: Test) -> str:
        """20% or 500."""
        asked = test.values[0]
        return f.share(asked.share, self.language) if isinstance(asked, Percent) else f.number(asked, self.language)

    def base(self, among: str) -> str:
        """The base of a rank."""
        if among in ("buyers", "everyone"):
            return self.say(f"among_{among}")
        return f"“{self.vocabulary.segment_name(among, self.language)}”"

    def times(self, test: Test) -> str:
        """A test of how often."""
        return self.test(test, Field("times", "count"), lambda value: f.times(value, self.language))

    def test(self, test: Test, asked: Field, show: Callable[[Any], str] | None = None) -> str:
        """What is asked of a value, the value in the language's words."""
        if test.word == "during":
            return self.period(test.values[0])  # type: ignore[arg-type]
        shown = [(show or (lambda value: self.value(value, asked)))(value) for value in test.values]
        low = shown[0]
        if test.word == "between" and (show is not None or asked.type == "days"):
            low = f.number(test.values[0], self.language)
        either = f.joined(shown, self.language, "or")
        return self.say(numeric(test.word, asked), value=shown[0], values=either, low=low, high=shown[-1])

    def value(self, value: Any, asked: Field) -> str:
        """One value of a test, as the language writes it."""
        if isinstance(value, Point):
            return self.point(value)
        if isinstance(value, Percent):
            return f.share(value.share, self.language)
        if asked.type == "money":
            return f.money(value, self.language, self.vocabulary)
        if asked.type == "days":
            return f.days(value, self.language)
        if asked.type == "code":
            return f.code(str(value), asked.book, self.language)
        return f.number(value, self.language) if isinstance(value, Decimal) else str(value)

    def stored(self, value: Any, asked: Field) -> str:
        """A value as it is stored, such as a learnt cut."""
        return f.value(value, asked.type, self.language, self.vocabulary, book=asked.book)

    def point(self, point: Point) -> str:
        """A day, or a moment of the customer's own."""
        if point.moment:
            return self.say(point.moment)
        return f.day(day_of(point, self.as_of, {}), self.language)

    def period(self, period: Period) -> str:
        """A period with the dates that it means."""
        length = f.unit(period.n, period.unit, self.language) if period.n else ""
        if period.start is not None:
            last = self.point(period.end) if period.end else ""
            return self.say(period.word, first=self.point(period.start), last=last, length=length)
        days = window(period, self.as_of, {})
        first, last = (f.day(bound, self.language) for bound in (days.first, days.last))
        return self.say(period.word, first=first, last=last, length=length)

    def did(self, node: Did) -> str:
        """An event with its count, its period and its conditions; a count that does not hold is said as "not among"."""
        if node.negated and node.count is not None:
            return self.say("not", part=self.did(replace(node, negated=False)), unknown="")
        name = f"{node.event} where" if node.event == "bought" and node.where is not None else node.event
        name = name if name in EVENTS else "other"
        slots = {"how": self.how(node), "when": self.period(node.during) if node.during is not None else ""}
        spaced = {key: self.spaced(slot) for key, slot in slots.items()}
        return self.say(
            f"not {name}" if node.negated else name, EVENTS, event=node.event, what=self.what(node), **spaced
        )

    def spaced(self, slot: str) -> str:
        """A slot with its blank: before it, or after it where the verb comes last."""
        return (f"{slot} " if self.language == "nl" else f" {slot}") if slot else ""

    def how(self, node: Did) -> str:
        """How often, how much or on how many days."""
        if node.count is None:
            return ""
        if node.unit == "times":
            return self.times(node.count)
        return self.say(node.unit, COUNTS, test=self.test(node.count, Field(node.unit, COUNT_TYPES[node.unit])))

    def what(self, node: Did) -> str:
        """The conditions on each event."""
        if node.where is None:
            return ""
        fields = event(node.event, self.vocabulary).fields
        return self.say("where", COUNTS, parts=self.each(node.where, fields, inner=False))

    def each(self, node: Node, fields: Mapping[str, EventField], *, inner: bool) -> str:
        """Conditions on one event."""
        if isinstance(node, All | AnyOf):
            parts = [self.each(part, fields, inner=True) for part in node.parts]
            said = f.joined(parts, self.language, "or" if isinstance(node, AnyOf) else "standard")
            return self.say("group", parts=said) if inner and len(parts) > 1 else said
        if isinstance(node, Not):
            return self.say("not", COUNTS, part=self.each(node.part, fields, inner=True))
        assert isinstance(node, TraitTest)  # noqa: S101 (the reader lets nothing else into `where`)
        return self.each_test(node, fields[node.trait])

    def each_test(self, node: TraitTest, asked: EventField) -> str:
        """A test of one field of an event."""
        label = asked.label[self.language]
        if node.test.word == "known":
            return self.say("field_known" if node.test.values[0] else "field_unknown", COUNTS, label=label)
        if asked.field.type == "flag":
            return self.say(asked.field.name if node.test.values[0] else f"not_{asked.field.name}", COUNTS)
        return self.say("field", COUNTS, label=label, test=self.test(node.test, asked.field))


def numeric(word: str, asked: Field) -> str:
    """The phrase of a test; of a number one says exactly, of a text something other."""
    if asked.type in ("text", "code", "id", "date", "flag"):
        return word
    return {"is": "exactly", "is_not": "not_exactly", "not_in": "not_exactly"}.get(word, word)


def runs_on(node: Node) -> bool:
    """Whether a phrase ends in a clause of its own, which the next part could be read into."""
    return isinstance(node, Not) or (
        isinstance(node, Did) and (node.where is not None or (node.negated and node.count is not None))
    )


def same_base(node: All) -> tuple[TraitTest, ...]:
    """The ranks among the parts that share a base, if there are several."""
    ranked = [part for part in node.parts if isinstance(part, TraitTest) and part.test.among and not part.test.per]
    found = tuple(part for part in ranked if part.test.among == ranked[0].test.among)
    return found if len(found) > 1 else ()


def sentence(
    segment: Segment,
    language: str,
    vocabulary: Vocabulary,
    parameters: Parameters,
    as_of: AsOf,
    *,
    unknown: Mapping[Node, int] | None = None,
) -> str:
    """Who is in a segment, in one sentence; `unknown` says of each `not` how many it lets in of whom it is unknown.

    >>> from regulars.traits.trait import Trait
    >>> words = Vocabulary.of([Trait("orders", "count", "state", {"en": "orders"}, "", "")])
    >>> regular = Segment("regular", {}, TraitTest("orders", Test("at_least", (Decimal(3),))))
    >>> sentence(regular, "en", words, Parameters(), AsOf(17532, 0))
    'Customers who ordered at least 3 times.'
    """
    speaker = Speaker(language, vocabulary, parameters, as_of, unknown or {})
    return speaker.say("customers", parts=speaker.node(segment.who))
