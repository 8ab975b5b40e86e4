"""The segments in force: the library's and the shop's own, with what each depends on.

A file that is wrong is named and left out; it does not hold up the others, and its segment keeps the members it had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.errors import Fault, SegmentError
from regulars.project import Project
from regulars.segments import answers, language, learn, library, membership
from regulars.segments.ranks import cut_of
from regulars.segments.tree import All, Node, Segment, TraitTest, layers, leaves
from regulars.segments.vocabulary import Vocabulary
from regulars.traits.facts import facts, fields
from regulars.traits.parameters import Parameter, Parameters
from regulars.traits.table import TYPES
from regulars.traits.trait import FIXED_BOOKS, Context, Trait

if TYPE_CHECKING:
    from regulars.engine.duckdb import DuckDB

SIZE = "sizes/"
"""How the parameters begin that say how many customers prefer each code of a book."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Every segment that can be computed; `held` are the ids of those whose file is wrong, `faults` say how."""

    segments: tuple[Segment, ...]
    vocabulary: Vocabulary
    held: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def by_id(self) -> dict[str, Segment]:
        """The segments by id."""
        return {segment.id: segment for segment in self.segments}

    def within(self, segment: Segment) -> tuple[Segment, ...]:
        """A segment and all that it is built on."""
        found = {segment.id: segment}
        for layer in layers(segment.who):
            if layer.segment in self.by_id:
                found |= {each.id: each for each in self.within(self.by_id[layer.segment])}
        return tuple(found.values())

    @property
    def plan(self) -> membership.Plan:
        """How they are computed together."""
        return membership.plan(self.segments, self.vocabulary)


def vocabulary(project: Project, engine: DuckDB, context: Context, traits: Mapping[str, Trait]) -> Vocabulary:
    """What this shop's segments may speak of."""
    first, last = fact_days(engine)
    return Vocabulary.of(
        traits,
        codes={**FIXED_BOOKS, **context.codes},
        currency=project.currency,
        digits=project.digits,
        zone=project.zone,
        language=project.language,
        first_day=first,
        last_day=last,
        sizes=learnt_sizes(context.parameters),
        systems=sorted({source.system for source in project.sources}),
    )


def fact_days(engine: DuckDB) -> tuple[int | None, int | None]:
    """The first and the last shop day with an order, an event or a mail."""
    known = engine.tables()
    days = " UNION ALL ".join(f"SELECT day FROM {name}" for name in ("orders", "events", "sends") if name in known)
    if not days:
        return None, None
    row = engine.ask(f"SELECT min(day) AS first, max(day) AS last FROM ({days})").to_pylist()[0]
    return row["first"], row["last"]


def newest_fact(engine: DuckDB) -> int:
    """The latest second of an order, an event or a mail; -1 where there is none."""
    known = engine.tables()
    seconds = " UNION ALL ".join(f"SELECT sec FROM {name}" for name in ("orders", "events", "sends") if name in known)
    return (
        int(engine.ask(f"SELECT coalesce(max(sec), -1) AS sec FROM ({seconds})")["sec"][0].as_py()) if seconds else -1
    )


def learnt_sizes(parameters: Parameters) -> dict[str, dict[int, int]]:
    """How many customers preferred each code when it was last learnt: book, code, customers."""
    sizes: dict[str, dict[int, int]] = {}
    for row in parameters:
        if row.name.startswith(SIZE) and row.value is not None:
            sizes.setdefault(row.name.removeprefix(SIZE), {})[row.key] = int(row.value)
    return sizes


def read(folder: Path, words: Vocabulary) -> Definitions:
    """The library's segments and those of a folder, which win where both have one id."""
    given = library.load(words)
    own, held, faults = read_own(folder, known_to(words, given))
    kept = [segment for segment in given if segment.id not in held]
    segments = tuple(library.with_own(kept, own))
    return Definitions(segments, known_to(words, segments), tuple(held), tuple(faults))


def known_to(words: Vocabulary, segments: Iterable[Segment]) -> Vocabulary:
    """The words with these segments among them."""
    return words.with_segments({segment.id: segment.name for segment in segments})


def read_own(folder: Path, words: Vocabulary) -> tuple[list[Segment], list[str], list[Fault]]:
    """The segments of the files that are right, the ids of the others and everything that is wrong with them."""
    try:
        return language.read_folder(folder, words), [], []
    except SegmentError as refusal:
        faults = list(refusal.faults)
    texts = {f"{folder.name}/{path.name}": path for path in sorted(folder.glob("*.yaml"))}
    right = dict(texts)
    while True:
        for name in files_of(faults):
            right.pop(name, None)
        held = [path.stem for name, path in texts.items() if name not in right]
        try:
            found = {name: path.read_text(encoding="utf-8-sig") for name, path in right.items()}
            return language.read_texts(found, words), held, faults
        except SegmentError as refusal:
            if not files_of(refusal.faults) & right.keys():
                raise
            faults += refusal.faults


def files_of(faults: Iterable[Fault]) -> set[str]:
    """The files that faults are in."""
    return {fault.where.file for fault in faults if fault.where}


@dataclass(frozen=True, slots=True)
class Noted(Parameters):
    """Parameters that remember which of them were asked for."""

    asked: set[str] = field(default_factory=set)

    def get(self, name: str, key: int = 0) -> Parameter | None:
        """The parameter; its name is remembered."""
        self.asked.add(name)
        return Parameters.get(self, name, key)

    def value(self, name: str, key: int = 0) -> float | None:
        """The value; its name is remembered."""
        self.asked.add(name)
        return Parameters.value(self, name, key)

    def named(self, name: str) -> Mapping[int, float]:
        """The values of a name; it is remembered."""
        self.asked.add(name)
        return Parameters.named(self, name)


def learnt_by_trait(traits: Mapping[str, Trait], context: Context) -> dict[str, frozenset[str]]:
    """The names of the parameters that each trait depends on, directly or by way of other traits.

    Found by building each trait's expression on parameters that take note, so that a new trait declares nothing.
    """
    row = whole_row(traits)
    found: dict[str, frozenset[str]] = {}
    tables = facts(context)
    for trait in traits.values():
        noted = Noted(context.parameters.rows)
        seen = Context(context.as_of, noted, context.codes)
        expressions = [measure.of(tables[measure.over], seen) for measure in trait.measures]
        if trait.derive is not None:
            expressions.append(trait.derive(row, seen))
        below = [found.get(name, frozenset()) for name in columns_read(expressions)]
        found[trait.name] = frozenset(noted.asked).union(*below)
    return found


def whole_row(traits: Mapping[str, Trait]) -> Any:
    """An unbound table with a column for every trait and every part of one."""
    from regulars.engine.compile import unbound

    parts = {measure.name: "int64" for trait in traits.values() for measure in trait.measures}
    return unbound("row", {"customer_id": "int64", **parts, **{name: TYPES[t.type] for name, t in traits.items()}})


def columns_read(expressions: Iterable[Any]) -> set[str]:
    """The columns that expressions read."""
    return set().union(*(fields(value) for value in expressions if hasattr(value, "op")))


def uses(segment: Segment, defined: Definitions, by_trait: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The names of the parameters that decide who is in a segment."""
    within = defined.within(segment)
    cuts = {cut.name for cut in membership.plan(within, defined.vocabulary).cuts}
    tests = [leaf for each in within for leaf in leaves(each.who) if isinstance(leaf, TraitTest)]
    named = {name for test in tests for name in (test.trait, test.test.per) if name}
    return frozenset(cuts).union(*(by_trait.get(name, frozenset()) for name in named))


def unsaid(
    segment: Segment, defined: Definitions, counts: Mapping[str, int], learnt: Parameters, language: str
) -> str | None:
    """Why nothing can be said of a segment: its base is too small, or that of a rank without which nobody is in it."""
    if said := answers.cannot_say(segment, counts, language):
        return said
    for leaf in needed(segment.who):
        cut = cut_of(leaf)
        row = learnt.get(cut.name) if cut else None
        if row is not None and row.value is None:
            return learn.reason(row, language, defined.vocabulary)
    return None


def needed(node: Node) -> list[TraitTest]:
    """The tests without which nobody can be in: those that every way through a tree passes."""
    if isinstance(node, All):
        return [leaf for part in node.parts for leaf in needed(part)]
    return [node] if isinstance(node, TraitTest) else []


def hash_of(parameters: Iterable[Parameter]) -> str:
    """Learnt values as a hash; equal values, equal hash, whenever they were learnt."""
    rows = sorted((row.name, row.key, repr(row.value)) for row in parameters)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
