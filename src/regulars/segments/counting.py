"""How many customers a segment has, whole and condition by condition, in one query."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from regulars.segments.membership import Plan, scope_of
from regulars.segments.predicates import Scope, holds, word_of
from regulars.segments.sentence import Speaker
from regulars.segments.tree import All, AnyOf, InSegment, Node, Not, TraitTest, leaves, parts, walk

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.traits.trait import Context


def unknown(node: Not, scope: Scope) -> Any:
    """Customers whom a `not` lets in although something that it asks of is not known of them."""
    asked = sorted({leaf.trait for leaf in leaves(node) if isinstance(leaf, TraitTest) and leaf.test.word != "known"})
    if not asked:
        return None
    return holds(node, scope) & reduce(or_, [scope.column(trait).isnull() for trait in asked])


def ladder(node: Node) -> Iterator[tuple[Node, ...]]:
    """The conditions at the root, one more each time: what is left after each."""
    if isinstance(node, All):
        for n in range(1, len(node.parts) + 1):
            yield node.parts[:n]


def count(engine: Engine, rows: ir.Table, plan: Plan, id: str, context: Context, language: str) -> dict[str, Any]:
    """The size of a segment and of each of its conditions, of all customers.

    `rows` are customers with traits and the plan's counts. Returns customers, members and conditions: a tree of text,
    word, members, parts; for each part of an `all` at the root also `left`, how many are left after it and those before
    it; for each `not` also `unknown`, how many it lets in of whom nothing is known.
    """
    who, table = plan.segments[id].who, plan.flagged(rows, context)
    scope = scope_of(table, plan.vocabulary, context)
    nodes, steps = list(walk(who)), list(ladder(who))
    asked = {f"n{n}": holds(node, scope) for n, node in enumerate(nodes)}
    asked |= {f"l{n}": reduce(and_, [holds(part, scope) for part in step]) for n, step in enumerate(steps)}
    lets_in = {n: unknown(node, scope) for n, node in enumerate(nodes) if isinstance(node, Not)}
    asked |= {f"u{n}": value for n, value in lets_in.items() if value is not None}
    found = engine.ask(
        table.aggregate(everyone=table.count(), **{name: number(value, table) for name, value in asked.items()})
    )
    row = {name: int(value or 0) for name, value in found.to_pylist()[0].items()}
    told = {node: row[f"u{n}"] for n, node in enumerate(nodes) if f"u{n}" in row}
    speaker = Speaker(language, plan.vocabulary, context.parameters, context.as_of, told)
    numbers = iter(range(len(nodes)))
    tree = conditions(who, numbers, row, speaker)
    for n, part in enumerate(tree.get("parts", ())[: len(steps)]):
        part["left"] = row[f"l{n}"]
    sentence = speaker.say("customers", parts=speaker.node(who))
    return {"customers": row["everyone"], "members": row["n0"], "sentence": sentence, "conditions": tree}


def number(condition: Any, table: ir.Table) -> Any:
    """How many rows meet a condition; one that holds for all or none is asked of the rows all the same."""
    import ibis

    return ibis.ifelse(condition & table.customer_id.notnull(), 1, 0).sum().cast("int64")


def conditions(node: Node, numbers: Iterator[int], row: dict[str, int], speaker: Speaker) -> dict[str, Any]:
    """A condition with its size, and those inside it; numbers run as `walk` does."""
    n = next(numbers)
    made: dict[str, Any] = {"text": heading(node, speaker), "word": word(node), "members": row[f"n{n}"]}
    if f"u{n}" in row:
        made["unknown"] = row[f"u{n}"]
    if inside := [conditions(part, numbers, row, speaker) for part in parts(node)]:
        made["parts"] = inside
    return made


def heading(node: Node, speaker: Speaker) -> str:
    """What stands above a condition's parts; a condition without parts says itself."""
    headings = {All: "all_of", AnyOf: "any_of", Not: "none_of"}
    return speaker.say(headings[type(node)]) if type(node) in headings else speaker.node(node)


def word(node: Node) -> str:
    """What a condition is called in the file: its trait, or the word that starts it."""
    if isinstance(node, TraitTest):
        return node.trait
    return f"{word_of(node)}: {node.segment}" if isinstance(node, InSegment) else word_of(node)
