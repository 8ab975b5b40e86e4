"""A segment's file to its tree: every fault of the file at once, each with line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from regulars.errors import Fault, SegmentError, Where
from regulars.segments.grammar import Grammar
from regulars.segments.source import (
    MOST_CHARACTERS,
    MappingNode,
    Node,
    Refused,
    ScalarNode,
    SequenceNode,
    compose,
    pairs,
    text_of,
    where,
)
from regulars.segments.tree import LANGUAGES, Segment, layers
from regulars.segments.tree import Node as Tree
from regulars.segments.values import count, percent
from regulars.segments.vocabulary import Vocabulary
from regulars.segments.writing import definition_hash

KEYS = ("schema", "name", "of", "growing_is", "minimum", "who", "expect", "playbook")
REQUIRED = ("schema", "name", "who")
GROWING = ("good", "bad", "neutral")
MINIMA = ("customers", "buyers", "repeat_buyers")
ID = re.compile(r"[a-z][a-z0-9_]{0,59}")
RESERVED = frozenset({"buyers", "everyone", "customer_id"})


@dataclass(slots=True)
class Reading:
    """One file being read; faults gather here."""

    file: str
    vocabulary: Vocabulary
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def try_(self, read: Any, *given: Any) -> Any:
        """What a reader returns, or None when it refused, its fault noted."""
        try:
            return read(*given)
        except Refused as refusal:
            self.faults.append(refusal.fault)
            return None

    def segment(self, text: str, id: str) -> Segment | None:
        """The segment of a text, None where anything is wrong."""
        root = self.try_(compose, text, self.file)
        found = self.try_(pairs, root, self.file, "a segment", self.faults, KEYS) if root is not None else None
        if found is None:
            return None
        for key in REQUIRED:
            if key not in found:
                self.faults.append(Fault(f"{key} is missing", where(root, self.file), then=EXAMPLES[key]))
        made = {key: self.try_(getattr(self, f"read_{key}"), value) for key, (_, value) in found.items()}
        if self.faults:
            return None
        made.pop("schema")
        return Segment(id=id, file=self.file, notes=tuple(self.notes), **made)

    def word(self, node: Node, what: str, allowed: Iterable[str]) -> str:
        """One of a few words."""
        text, words = text_of(node, self.file, what), tuple(allowed)
        if text not in words:
            raise Refused(Fault(f"unknown {what}", where(node, self.file), gave=text[:80], allowed=", ".join(words)))
        return text

    def read_schema(self, node: Node) -> str:
        """The version of the language."""
        return self.word(node, "schema", ("segment/1",))

    def read_of(self, node: Node) -> str:
        """Whom the segment is of."""
        return self.word(node, "of", ("customers",))

    def read_growing_is(self, node: Node) -> str:
        """Whether growth is good news."""
        return self.word(node, "growing_is", GROWING)

    def by_language(self, node: Node, what: str, read: Any) -> dict[str, Any]:
        """A value per language; one value alone is in the shop's language."""
        if not isinstance(node, MappingNode):
            return {self.vocabulary.language: read(node)}
        found = pairs(node, self.file, what, self.faults, LANGUAGES)
        return {key: made for key, (_, value) in found.items() if (made := self.try_(read, value)) is not None}

    def read_name(self, node: Node) -> dict[str, str]:
        """What the segment is called."""
        return self.by_language(node, "name", lambda value: self.short(value, "name"))

    def short(self, node: Node, what: str) -> str:
        """A text for people."""
        text = text_of(node, self.file, what)
        if not text.strip() or len(text) > 1_000 or not text.isprintable():
            allowed = "1 to 1000 printable characters"
            raise Refused(Fault(f"{what} cannot be shown", where(node, self.file), gave=text[:40], allowed=allowed))
        return text

    def texts(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of texts for people."""
        if not isinstance(node, SequenceNode):
            return (self.short(node, what),)
        made = [self.try_(self.short, item, what) for item in node.value]
        return tuple(text for text in made if text is not None)

    def read_playbook(self, node: Node) -> dict[str, Any]:
        """What to do about the segment, and what not to."""
        found = pairs(node, self.file, "playbook", self.faults, ("goal", "do", "avoid"))
        made: dict[str, Any] = {}
        for key, (_, value) in found.items():
            read = self.short if key == "goal" else self.texts
            made[key] = self.try_(self.by_language, value, key, lambda item, key=key, read=read: read(item, key))
        return made

    def number(self, node: Node, what: str, read: Any = count) -> Any:
        """A number of a setting."""
        text = text_of(node, self.file, what)
        try:
            return read(text)
        except ValueError as refusal:
            raise Refused(
                Fault(f"{what} is a number", where(node, self.file), gave=text[:80], allowed=str(refusal))
            ) from refusal

    def read_minimum(self, node: Node) -> dict[str, int]:
        """The sizes under which nothing is said."""
        found = pairs(node, self.file, "minimum", self.faults, MINIMA)
        made = {key: self.try_(self.number, value, key) for key, (_, value) in found.items()}
        return {key: int(value) for key, value in made.items() if value is not None}

    def read_expect(self, node: Node) -> dict[str, Any]:
        """What the segment is tested for."""
        found = pairs(node, self.file, "expect", self.faults, ("members", "weekly_change", "includes", "excludes"))
        made: dict[str, Any] = {}
        for key, (_, value) in found.items():
            if key in ("includes", "excludes"):
                made[key] = self.try_(self.texts, value, key)
            else:
                made[key] = self.try_(self.bounds, value, key, count if key == "members" else percent)
        return made

    def bounds(self, node: Node, what: str, read: Any) -> dict[str, Any]:
        """At least and at most."""
        found = pairs(node, self.file, what, self.faults, ("at_least", "at_most"))
        return {key: self.try_(self.number, value, key, read) for key, (_, value) in found.items()}

    def read_who(self, node: Node) -> Tree | None:
        """The tree of conditions."""
        grammar = Grammar(self.file, self.vocabulary, self.faults, self.notes)
        return grammar.item(node)


EXAMPLES = {
    "schema": "write schema: segment/1",
    "name": "write name: {en: Good customers}",
    "who": "write who: and a condition below it, such as orders: {at_least: 3}",
}


def read(text: str, file: str, vocabulary: Vocabulary) -> Segment:
    """The segment that a text defines; its id is the file's name without its ending.

    Raises SegmentError with every fault of the text, each with file, line and column.

    >>> from regulars.traits.trait import Trait
    >>> orders = Trait("orders", "count", "state", {"en": "orders"}, "", "")
    >>> text = "schema: segment/1\\nname: Regulars\\nwho: {orders: {at_least: 3}}"
    >>> read(text, "segments/regulars.yaml", Vocabulary.of([orders])).who.trait
    'orders'
    >>> read("schema: segment/1\\nname: R\\nwho: {order: 3}", "a.yaml", Vocabulary.of([orders]))
    Traceback (most recent call last):
    regulars.errors.SegmentError: a.yaml:3:7: unknown trait: 'order'; did you mean orders?
    """
    reading = Reading(file, vocabulary)
    segment = reading.segment(text, identify(file, reading))
    if segment is None or reading.faults:
        raise SegmentError(faults=sorted(reading.faults, key=in_order))
    return replace(segment, definition_hash=definition_hash(segment, {}))


def in_order(fault: Fault) -> tuple[int, int]:
    """Where a fault stands in its file."""
    place = fault.where
    return (place.line or 0, place.column or 0) if place else (0, 0)


def identify(file: str, reading: Reading) -> str:
    """The id that a file's name gives, its faults noted."""
    id = Path(file).stem
    if not ID.fullmatch(id) or id in RESERVED:
        allowed = "small letters, digits and _, first a letter, at most 60; not buyers, everyone or customer_id"
        reading.faults.append(
            Fault("a segment's file name is its id", Where(file, 1, 1), gave=id[:80], allowed=allowed)
        )
    return id


def read_folder(folder: Path, vocabulary: Vocabulary) -> list[Segment]:
    """The segments of a folder's *.yaml files by name, layers resolved; raises SegmentError with all files' faults."""
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted(Path(folder).glob("*.yaml")):
        file = f"{Path(folder).name}/{path.name}"
        try:
            texts[file] = text_in(path, file)
        except SegmentError as refusal:
            faults += refusal.faults
    return read_texts(texts, vocabulary, faults)


def text_in(path: Path, file: str) -> str:
    """The text of a segment's file, which faults call `file`; raises SegmentError where it is none."""
    place = Where(file, 1, 1)
    try:
        if path.stat().st_size > 4 * MOST_CHARACTERS:
            raise SegmentError("the file is too long", where=place, allowed=f"{MOST_CHARACTERS} characters")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as refusal:
        raise SegmentError("the file is not UTF-8 text", where=place, gave=f"byte {refusal.start}") from refusal
    except OSError as refusal:
        raise SegmentError("the file cannot be read", where=place, then=refusal.strerror) from refusal


def read_texts(texts: Mapping[str, str], vocabulary: Vocabulary, faults: list[Fault] | None = None) -> list[Segment]:
    """The segments of several files' texts, layers among them resolved; raises SegmentError with all faults."""
    gathered = list(faults or [])
    known = vocabulary.with_segments({Path(file).stem: names_in(text) for file, text in texts.items()})
    found: list[Segment] = []
    for file, text in texts.items():
        try:
            found.append(read(text, file, known))
        except SegmentError as error:
            gathered += error.faults
    return resolved(found, gathered)


def names_in(text: str) -> dict[str, str]:
    """The names that a file gives its segment, for the sentences of others; nothing where it cannot be read."""
    try:
        root = compose(text, "")
    except Refused:
        return {}
    values = (
        [value for key, value in root.value if getattr(key, "value", "") == "name"]
        if isinstance(root, MappingNode)
        else []
    )
    if values and isinstance(values[0], MappingNode):
        return {str(k.value): str(v.value) for k, v in values[0].value if isinstance(v, ScalarNode)}
    return {"en": str(values[0].value)} if values and isinstance(values[0], ScalarNode) else {}


def resolved(segments: Iterable[Segment], faults: Iterable[Fault] = ()) -> list[Segment]:
    """The same segments with hashes that cover their layers; a segment that uses itself is a fault."""
    by_id = {segment.id: segment for segment in segments}
    gathered = list(faults) + [fault for segment in by_id.values() if (fault := cycle(segment, by_id))]
    if gathered:
        raise SegmentError(faults=gathered)
    return [replace(segment, definition_hash=definition_hash(segment, by_id)) for segment in by_id.values()]


def cycle(segment: Segment, by_id: Mapping[str, Segment]) -> Fault | None:
    """The fault of a segment that is a layer of itself, by whatever way; its path is shown."""

    def path(id: str, walked: tuple[str, ...]) -> tuple[str, ...] | None:
        if id in walked:
            return (*walked, id) if id == walked[0] else None
        below = [layer.segment for layer in layers(by_id[id].who)] if id in by_id else []
        return next((found for layer in below if (found := path(layer, (*walked, id)))), None)

    if not (walked := path(segment.id, ())):
        return None
    at = next((layer.at for layer in layers(segment.who) if layer.segment == walked[1]), None)
    return Fault("a segment that uses itself", at or Where(segment.file, 1, 1), gave=" → ".join(walked))
