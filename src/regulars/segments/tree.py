"""The one tree that file, form, Python, sentence and SQL share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from regulars.errors import Where

LANGUAGES = ("en", "nl", "da")


@dataclass(frozen=True, slots=True)
class Percent:
    """A share as a person writes it: 20% is Decimal("0.2")."""

    share: Decimal


@dataclass(frozen=True, slots=True)
class Point:
    """A day: a date (`day`), so many units ago (`n`, `unit`), today, or a moment of the customer's own (`moment`)."""

    day: int | None = None
    n: int = 0
    unit: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days: `last` n units, a calendar word, or from a point to a point or for n units.

    `start` alone is "since".
    """

    word: str
    n: int = 0
    unit: str = ""
    start: Point | None = None
    end: Point | None = None


Value: TypeAlias = str | bool | Decimal | Percent | Point | Period


@dataclass(frozen=True, slots=True)
class Test:
    """What is asked of one value; `among` and `per` belong to top and bottom."""

    word: str
    values: tuple[Value, ...]
    among: str = ""
    per: str = ""


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everyone for whom the part does not hold, those of whom nothing is known included."""

    part: Node


@dataclass(frozen=True, slots=True)
class TraitTest:
    """A test of a trait of a customer, or of a field of an event inside `where`."""

    trait: str
    test: Test


@dataclass(frozen=True, slots=True)
class Did:
    """An event counted: `unit` is times, items, spent or days; `negated` is did_not."""

    event: str
    where: Node | None = None
    unit: str = "times"
    count: Test | None = None
    during: Period | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of another segment, a layer."""

    segment: str
    negated: bool = False
    at: Where | None = field(default=None, compare=False)


Node: TypeAlias = All | AnyOf | Not | TraitTest | Did | InSegment


@dataclass(frozen=True, slots=True)
class Segment:
    """A named condition with what to do about it.

    `minimum` maps a base (customers, buyers, repeat_buyers) to the size under which nothing can be said. `notes` are
    remarks on a definition that is right but looks at something the shop does not have yet.
    """

    id: str
    name: Mapping[str, str]
    who: Node
    of: str = "customers"
    growing_is: str = "neutral"
    minimum: Mapping[str, int] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)
    playbook: Mapping[str, Any] = field(default_factory=dict)
    file: str = field(default="", compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)
    definition_hash: str = field(default="", compare=False)


NOTHING: Mapping[str, Any] = MappingProxyType({})


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a node, `where` left out.

    >>> parts(Not(InSegment("vip")))
    (InSegment(segment='vip', negated=False, at=None),)
    """
    if isinstance(node, All | AnyOf):
        return node.parts
    return (node.part,) if isinstance(node, Not) else ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all inside it, from the top.

    >>> [type(found).__name__ for found in walk(Not(InSegment("vip")))]
    ['Not', 'InSegment']
    """
    yield node
    for part in parts(node):
        yield from walk(part)


def leaves(node: Node) -> tuple[Node, ...]:
    """The conditions of a tree in reading order."""
    return tuple(found for found in walk(node) if not parts(found))


def layers(node: Node) -> tuple[InSegment, ...]:
    """The segments that a tree uses directly, as conditions or as the base of a rank."""
    found: list[InSegment] = []
    for leaf in leaves(node):
        if isinstance(leaf, InSegment):
            found.append(leaf)
        elif isinstance(leaf, TraitTest) and leaf.test.among not in ("", "buyers", "everyone"):
            found.append(InSegment(leaf.test.among))
    return tuple(found)
