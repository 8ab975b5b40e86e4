"""YAML whose every scalar keeps its source text and its place, so that a fault can point at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regulars.errors import Fault, Where, nearest

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Faults:
    """The faults of one file, gathered while it is read."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, what: str, at: Node | None = None, **parts: Any) -> None:
        """Note a fault at a node, or for the file as a whole."""
        self.found.append(Fault(what, at.where if at else Where(self.file), **parts))


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar (`text`; None for null), a list (`items`) or a mapping (`pairs`: key node and value node)."""

    where: Where
    kind: str
    text: str | None = None
    items: tuple[Node, ...] = ()
    pairs: tuple[tuple[Node, Node], ...] = ()

    def __iter__(self) -> Iterator[tuple[Node, Node]]:
        return iter(self.pairs)

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return self.kind == "scalar" and self.text is None

    def get(self, key: str) -> Node | None:
        """The value under a key, None where it is absent or null."""
        for name, value in self.pairs:
            if name.text == key:
                return None if value.is_null else value
        return None


def read(path: Path, name: str, faults: Faults) -> Node | None:
    """The document of a YAML file; None after a fault that makes the rest unreadable.

    Scalars are never interpreted: a country NO stays NO and a postcode 0123 stays 0123.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as refusal:
        faults.add("not UTF-8 text", gave=f"byte {refusal.start}")
        return None
    return parse(text, name, faults)


def parse(text: str, name: str, faults: Faults) -> Node | None:
    """The document of a YAML text.

    >>> parse("country: NO", "shop.yaml", Faults("shop.yaml")).get("country").text
    'NO'
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="rt").compose(text)
    except MarkedYAMLError as refusal:
        mark = refusal.problem_mark or refusal.context_mark
        place = Where(name, mark.line + 1, mark.column + 1) if mark else Where(name)
        faults.found.append(Fault("not readable as YAML", place, then=str(refusal.problem or refusal.context)))
        return None
    except YAMLError as refusal:
        faults.add("not readable as YAML", then=str(refusal).splitlines()[0])
        return None
    return convert(root, name, faults) if root is not None else None


def convert(raw: Any, name: str, faults: Faults, inside: tuple[int, ...] = ()) -> Node:
    """A composed node as ours; a key given twice and an alias of itself are faults."""
    where = Where(name, raw.start_mark.line + 1, raw.start_mark.column + 1)
    if id(raw) in inside:
        faults.found.append(Fault("an alias that contains itself", where))
        return Node(where, "scalar")
    inside = (*inside, id(raw))
    if raw.id == "scalar":
        unwritten = raw.style is None and raw.value in NULLS
        return Node(where, "scalar", text=None if unwritten else raw.value)
    if raw.id == "sequence":
        return Node(where, "list", items=tuple(convert(item, name, faults, inside) for item in raw.value))
    pairs = tuple((convert(k, name, faults, inside), convert(v, name, faults, inside)) for k, v in raw.value)
    for place, (key, _) in enumerate(pairs):
        if key.text in [earlier.text for earlier, _ in pairs[:place]]:
            faults.add("given twice", key, gave=key.text)
    return Node(where, "mapping", pairs=pairs)


def mapping(node: Node | None, what: str, allowed: Iterable[str] | None, faults: Faults) -> Node | None:
    """The node if it is a mapping with known keys only; each unknown key is a fault with the nearest known one."""
    if node is None or node.is_null:
        return None
    if node.kind != "mapping":
        faults.add(f"{what} must be a mapping", node, gave=node.text or node.kind, allowed="key: value lines")
        return None
    known = None if allowed is None else list(allowed)
    for key, _ in node:
        if key.text is None or key.kind != "scalar":
            faults.add(f"a key of {what} must be a word", key)
        elif known is not None and key.text not in known:
            faults.add(f"unknown key in {what}", key, gave=key.text, then=nearest(key.text, known, shown=40))
    return node


def scalar(node: Node | None, what: str, faults: Faults) -> str | None:
    """The source text of a scalar; None where nothing was written or after a fault."""
    if node is None or node.is_null:
        return None
    if node.kind != "scalar":
        faults.add(f"{what} must be a single value", node, gave=node.kind)
        return None
    return node.text


def scalars(node: Node | None, what: str, faults: Faults) -> tuple[str, ...]:
    """One value or a list of values, as texts."""
    if node is None or node.is_null:
        return ()
    nodes = node.items if node.kind == "list" else (node,)
    return tuple(text for item in nodes if (text := scalar(item, what, faults)) is not None)


def choice(node: Node | None, what: str, allowed: Iterable[str], faults: Faults) -> str | None:
    """A scalar out of a fixed set."""
    text, known = scalar(node, what, faults), list(allowed)
    if text is not None and text not in known:
        faults.add(f"unknown {what}", node, gave=text, allowed=", ".join(known), then=nearest(text, known))
        return None
    return text


def needed(node: Node | None, key: str, what: str, faults: Faults) -> str:
    """The text under a key that must be there."""
    text = scalar(node.get(key), key, faults) if node else None
    if node and not text:
        faults.add(f"{what} needs {key}", node)
    return text or ""


def matching(node: Node | None, key: str, pattern: str, allowed: str, faults: Faults) -> str | None:
    """The text under a key, which must fit a pattern."""
    value = node.get(key) if node else None
    text = scalar(value, key, faults)
    if text is not None and not re.fullmatch(pattern, text):
        faults.add(key, value, gave=text, allowed=allowed)
    return text
