"""Segments to one flag per customer: what must be counted, which cuts must be learnt, and the flags themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from regulars.segments.events import measure, measure_name
from regulars.segments.predicates import Scope, holds
from regulars.segments.ranks import Cut, cut_of
from regulars.segments.tree import Did, Node, Segment, TraitTest, layers, leaves
from regulars.segments.values import Field
from regulars.segments.vocabulary import Vocabulary

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.traits.trait import Context, Measure

FLAG = "is_in_{}"
"""A flag's column while layers are computed, so that no trait's name can clash with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a set of segments is computed.

    `segments` holds them by id, `depths` their ids by depth: those without layers, those that use only these, and so on.
    """

    segments: Mapping[str, Segment]
    depths: tuple[tuple[str, ...], ...]
    vocabulary: Vocabulary

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The values that conditions need learnt, each once."""
        asked = [
            leaf for segment in self.segments.values() for leaf in leaves(segment.who) if isinstance(leaf, TraitTest)
        ]
        found = {cut.name: replace(cut, plan=self) for leaf in asked if (cut := cut_of(leaf))}
        return tuple(found.values())

    def measures(self, context: Context) -> tuple[Measure, ...]:
        """The columns that conditions need counted in the facts, each once; their names do not depend on the moment."""
        found = {measure_name(did): did for segment in self.segments.values() for did in counted(segment.who)}
        return tuple(measure(did, self.vocabulary) for _, did in sorted(found.items()))

    def flags(self, rows: ir.Table, context: Context) -> ir.Table:
        """customer_id and a true or false column per segment, in one projection per depth of layers."""
        table = self.flagged(rows, context)
        return table.select("customer_id", **{id: table[FLAG.format(id)] for id in self.segments})

    def flagged(self, rows: ir.Table, context: Context) -> ir.Table:
        """The rows with a column FLAG per segment added."""
        for ids in self.depths:
            scope = scope_of(rows, self.vocabulary, context)
            rows = rows.mutate(**{FLAG.format(id): holds(self.segments[id].who, scope) for id in ids})
        return rows

    def condition(self, node: Node, rows: ir.Table, context: Context) -> ir.BooleanValue:
        """One tree as a true or false expression over rows that `flagged` returned."""
        return holds(node, scope_of(rows, self.vocabulary, context))


def counted(node: Node) -> tuple[Did, ...]:
    """The counted events of a tree."""
    return tuple(leaf for leaf in leaves(node) if isinstance(leaf, Did))


def scope_of(rows: ir.Table, vocabulary: Vocabulary, context: Context) -> Scope:
    """Where a customer's row answers: traits, counts and flags are its columns."""

    def column(name: str) -> Any:
        return rows[name]

    return Scope(
        column=column,
        field=partial(trait_field, vocabulary),
        context=context,
        vocabulary=vocabulary,
        own={name: rows[name] for name in ("first_order", "last_order") if name in rows.columns},
        counted=lambda did: rows[measure_name(did)],
        layer=lambda segment: rows[FLAG.format(segment)],
    )


def trait_field(vocabulary: Vocabulary, name: str) -> Field:
    """A trait as something that can be tested."""
    trait = vocabulary.traits[name]
    return Field(name, trait.type, trait.book)


def depth_of(id: str, segments: Mapping[str, Segment]) -> int:
    """How many layers lie below a segment: 0 for one that uses none."""
    below = [layer.segment for layer in layers(segments[id].who)]
    return 1 + max(depth_of(layer, segments) for layer in below) if below else 0


def plan(segments: Iterable[Segment], vocabulary: Vocabulary) -> Plan:
    """How to compute these segments; a layer must be among them.

    >>> from regulars.segments.tree import Test
    >>> from decimal import Decimal
    >>> vip = Segment("vip", {}, TraitTest("orders", Test("at_least", (Decimal(3),))))
    >>> plan([vip], Vocabulary.of([])).depths
    (('vip',),)
    """
    by_id = {segment.id: segment for segment in segments}
    depth = {id: depth_of(id, by_id) for id in by_id}
    depths = tuple(
        tuple(id for id in by_id if depth[id] == level) for level in range(max(depth.values(), default=-1) + 1)
    )
    return Plan(by_id, depths, vocabulary)
