"""YAML text to nodes that know where they stand; what no segment needs is refused before it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from regulars.errors import Fault, Where, nearest

MOST_CHARACTERS = 65_536
MOST_DEPTH = 24
MOST_NODES = 5_000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
DIGITS = re.compile(r"[0-9 ]+[%€$]?")

__all__ = ["MappingNode", "Node", "Refused", "ScalarNode", "SequenceNode", "compose", "pairs", "text_of", "where"]


class Refused(Exception):
    """One fault, on its way to the list of all faults of the file."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def where(node: Node, file: str) -> Where:
    """The place of a node; lines and columns count from 1."""
    return Where(file, node.start_mark.line + 1, node.start_mark.column + 1)


@lru_cache(maxsize=256)
def compose(text: str, file: str) -> Node:
    """The node of a text with exactly one document; raises Refused. The same text is parsed once: nobody changes nodes.

    >>> compose("country: NO", "a.yaml").value[0][1].value
    'NO'
    """
    if len(text) > MOST_CHARACTERS:
        raise Refused(
            Fault("the file is too long", Where(file, 1, 1), gave=len(text), allowed=f"{MOST_CHARACTERS} characters")
        )
    try:
        node = built(checked(YAML().parse(text), file))
    except ReaderError as error:
        raise Refused(unreadable(text, file, error)) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file, 1, 1)
        raise Refused(Fault("this is not YAML", place, then=error.problem or error.context)) from error
    except (YAMLError, ValueError, IndexError, AttributeError, AssertionError) as error:
        raise Refused(Fault("this is not YAML", Where(file, 1, 1), then=str(error) or None)) from error
    if node is None:
        raise Refused(Fault("the file is empty", Where(file, 1, 1), then="a segment has at least schema, name and who"))
    return node


def unreadable(text: str, file: str, error: ReaderError) -> Fault:
    """The fault of a character that YAML does not allow."""
    position = int(error.position or 0)
    before = text[:position]
    place = Where(file, before.count("\n") + 1, position - before.rfind("\n"))
    return Fault("a character that YAML does not allow", place, gave=text[position : position + 1] or None)


def built(events: Iterator[Any]) -> Node | None:
    """The node that checked events describe, in one pass and without recursion."""
    root: list[Node] = []
    open_: list[tuple[Node | None, list[Node]]] = [(None, root)]
    for event in events:
        place = (event.start_mark, event.end_mark)
        if isinstance(event, ScalarEvent):
            open_[-1][1].append(ScalarNode("", event.value, *place, style=event.style))
        elif isinstance(event, CollectionStartEvent):
            kind = MappingNode if isinstance(event, MappingStartEvent) else SequenceNode
            open_.append((kind("", [], *place), []))
        elif isinstance(event, CollectionEndEvent):
            node, inside = open_.pop()
            assert node is not None  # noqa: S101 (the parser closes only what it opened)
            pairs = isinstance(node, MappingNode)
            node.value = list(zip(inside[::2], inside[1::2], strict=True)) if pairs else inside
            open_[-1][1].append(node)
    return root[0] if root else None


def checked(events: Iterator[Any], file: str) -> Iterator[Any]:
    """The same events; what makes a small file large or a plain file strange is refused."""
    depth = nodes = documents = 0
    for event in events:
        place = Where(file, event.start_mark.line + 1, event.start_mark.column + 1)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        nodes += isinstance(event, NodeEvent)
        documents += isinstance(event, DocumentStartEvent)
        if what := strange(event):
            raise Refused(Fault(what, place, then="write the value itself"))
        if depth > MOST_DEPTH:
            raise Refused(Fault("nested too deep", place, allowed=f"{MOST_DEPTH} levels"))
        if nodes > MOST_NODES:
            raise Refused(Fault("too many values in one file", place, allowed=str(MOST_NODES)))
        if documents > 1:
            raise Refused(Fault("a second document in one file", place, then="one file is one segment"))
        yield event


def strange(event: Any) -> str | None:
    """What is strange about an event: an alias, an anchor, a tag, a directive."""
    if isinstance(event, AliasEvent):
        return "an alias (*)"
    if isinstance(event, NodeEvent) and event.anchor is not None:
        return "an anchor (&)"
    if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
        return "a tag (!)"
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        return "a directive (%)"
    return None


def is_null(node: Node) -> bool:
    """Whether nothing was written."""
    return isinstance(node, ScalarNode) and not node.style and node.value in NULLS


def text_of(node: Node, file: str, what: str) -> str:
    """The text of a scalar as it stands in the file; raises Refused for a list, a mapping or nothing."""
    if not isinstance(node, ScalarNode):
        kind = "a list" if isinstance(node, SequenceNode) else "a mapping"
        raise Refused(Fault(f"{what} is one value, not {kind}", where(node, file)))
    if is_null(node):
        raise Refused(Fault(f"{what} is missing", where(node, file)))
    return characters(node, file)


def characters(node: Node, file: str) -> str:
    """A scalar's text; two escapes that JSON writes for one character are joined, half of one is refused."""
    text = str(node.value)
    if text.isascii():
        return text
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise Refused(Fault("half a character", where(node, file), then="write the character itself")) from error


def pairs(
    node: Node, file: str, what: str, faults: list[Fault], known: tuple[str, ...] = ()
) -> dict[str, tuple[Node, Node]]:
    """The keys and values of a mapping by key; doubles and (where `known` is given) unknown keys become faults.

    A number with a comma inside braces comes as a key of digits without a value; that is refused as such.
    """
    if not isinstance(node, MappingNode):
        raise Refused(Fault(f"{what} is written as key: value", where(node, file), gave=shown(node)))
    found: dict[str, tuple[Node, Node]] = {}
    if torn := next((key for key, value in node.value if is_null(value) and digits(key)), None):
        raise Refused(
            Fault(
                "a comma ends a value here",
                where(torn, file),
                gave=f",{torn.value}",
                then="write a plain number such as 1000.50, without thousands marks or currency",
            )
        )
    for key, value in node.value:
        try:
            name = characters(key, file) if isinstance(key, ScalarNode) else ""
        except Refused as refusal:
            faults.append(refusal.fault)
            continue
        if not name:
            faults.append(Fault("a key is a word", where(key, file)))
        elif name in found:
            faults.append(Fault("the same key twice", where(key, file), gave=name))
        elif known and name not in known:
            faults.append(Fault(f"unknown key in {what}", where(key, file), gave=name, then=nearest(name, known)))
        else:
            found[name] = (key, value)
    return found


def digits(node: Node) -> bool:
    """Whether only digits were written, as after the comma of 1.000,50."""
    return isinstance(node, ScalarNode) and not node.style and bool(DIGITS.fullmatch(node.value))


def shown(node: Node) -> str | None:
    """What was given, where it fits in a message."""
    return str(node.value)[:80].encode("utf-8", "replace").decode() if isinstance(node, ScalarNode) else None
