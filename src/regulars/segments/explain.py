"""Why a customer is in a segment, or is not: every condition with the real value, the rows behind it, what would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.segments import format as f
from regulars.segments.counting import heading, word
from regulars.segments.events import COUNT_TYPES, measure_name
from regulars.segments.evidence import behind, behind_trait
from regulars.segments.membership import Plan, scope_of
from regulars.segments.predicates import holds
from regulars.segments.ranks import cut_of
from regulars.segments.sentence import Speaker
from regulars.segments.tree import All, AnyOf, Did, InSegment, Node, Not, Percent, Test, TraitTest, parts, walk

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.traits.trait import Context

RISING = frozenset({"at_least", "more_than", "top"})
FALLING = frozenset({"at_most", "less_than", "bottom"})


@dataclass(frozen=True, slots=True)
class Case:
    """One customer before one segment: `row` holds every value and flag, `answers` whether each condition holds."""

    engine: Engine
    plan: Plan
    context: Context
    speaker: Speaker
    customer_id: int
    row: Mapping[str, Any]
    answers: Mapping[Node, bool]


def why(
    engine: Engine, rows: ir.Table, plan: Plan, id: str, customer_id: int, context: Context, language: str
) -> dict[str, Any] | None:
    """Each condition of a segment for one customer; None for a customer who is not among the rows.

    Returns `in`, sentence, conditions (a tree of text, word, holds, value as shown, raw as stored, evidence, parts; a
    layer has its own conditions as parts) and nearest: the fewest conditions that would have to turn for the customer
    to be in, or out.
    """
    table = plan.flagged(rows, context)
    table = table.filter(table.customer_id == customer_id)
    nodes = list(reachable(plan, id))
    scope = scope_of(table, plan.vocabulary, context)
    columns = {f"c{n}": holds(node, scope) for n, node in enumerate(nodes)}
    columns |= {name: table[name] for name in values_asked(nodes)}
    found = engine.ask(table.select(**columns)).to_pylist()
    if not found:
        return None
    speaker = Speaker(language, plan.vocabulary, context.parameters, context.as_of)
    answers = {node: bool(found[0][f"c{n}"]) for n, node in enumerate(nodes)}
    case = Case(engine, plan, context, speaker, customer_id, found[0], answers)
    who = plan.segments[id].who
    inside = answers[who]
    return {
        "in": inside,
        "sentence": speaker.say("customers", parts=speaker.node(who)),
        "conditions": told(who, case),
        "nearest": [change(leaf, case) for leaf in flips(who, not inside, case)],
    }


def reachable(plan: Plan, id: str) -> Iterator[Node]:
    """A segment's conditions and those of its layers."""
    for node in walk(plan.segments[id].who):
        yield node
        if isinstance(node, InSegment):
            yield from reachable(plan, node.segment)


def values_asked(nodes: list[Node]) -> list[str]:
    """The columns whose values an explanation shows."""
    traits = {node.trait for node in nodes if isinstance(node, TraitTest)}
    return sorted(traits | {measure_name(node) for node in nodes if isinstance(node, Did)})


def told(node: Node, case: Case) -> dict[str, Any]:
    """One condition for one customer, and those inside it."""
    made: dict[str, Any] = {"text": heading(node, case.speaker), "word": word(node), "holds": case.answers[node]}
    if isinstance(node, TraitTest | Did):
        made |= value_of(node, case)
        made |= evidence_of(node, case)
    inside = (case.plan.segments[node.segment].who,) if isinstance(node, InSegment) else parts(node)
    if inside:
        made["parts"] = [told(part, case) for part in inside]
    return made


def value_of(node: TraitTest | Did, case: Case) -> dict[str, Any]:
    """The customer's own value, as stored and as shown."""
    words, language = case.plan.vocabulary, case.speaker.language
    if isinstance(node, Did):
        raw, type, book = int(case.row[measure_name(node)] or 0), COUNT_TYPES[node.unit], None
    else:
        trait = words.traits[node.trait]
        raw, type, book = case.row[node.trait], trait.type, trait.book
    return {"raw": raw, "value": f.value(raw, type, language, words, book=book)}


def evidence_of(node: TraitTest | Did, case: Case) -> dict[str, Any]:
    """The rows behind a count, or the order that a trait stands on."""
    did = node if isinstance(node, Did) else behind_trait(node.trait)
    if did is None:
        return {}
    return {"evidence": behind(case.engine, did, case.customer_id, case.context, case.plan.vocabulary)}


def flips(node: Node, want: bool, case: Case) -> list[Node]:
    """The fewest conditions that must turn for a tree to become what is wanted; none if it is so already."""
    if case.answers[node] is want:
        return []
    if isinstance(node, Not):
        return flips(node.part, not want, case)
    if isinstance(node, All | AnyOf):
        ways = [flips(part, want, case) for part in node.parts if case.answers[part] is not want]
        together = isinstance(node, All) is want
        return [leaf for way in ways for leaf in way] if together else min(ways, key=len)
    return [node]


def change(leaf: Node, case: Case) -> dict[str, Any]:
    """One condition that would have to turn: where the customer stands, what it takes, and how far that is."""
    made: dict[str, Any] = {"text": case.speaker.node(leaf), "word": word(leaf), "holds": case.answers[leaf]}
    if not isinstance(leaf, TraitTest | Did):
        return made
    made |= value_of(leaf, case)
    test, type, bound = asked(leaf, case)
    if test.word in RISING | FALLING and bound is not None and made["raw"] is not None:
        made["needs"] = f.value(bound, type, case.speaker.language, case.plan.vocabulary)
        made["gap"] = f.value(abs(bound - made["raw"]), type, case.speaker.language, case.plan.vocabulary)
    return made


def asked(leaf: TraitTest | Did, case: Case) -> tuple[Test, str, Any]:
    """The test of a condition, the type of its value, and the bound as stored; no bound for a date or where unknown."""
    if isinstance(leaf, Did):
        test, type = leaf.count or Test("at_least", (Decimal(1),)), COUNT_TYPES[leaf.unit]
    else:
        test, type = leaf.test, case.plan.vocabulary.traits[leaf.trait].type
        if cut := cut_of(leaf):
            return test, type, case.context.parameters.value(cut.name)
    given = test.values[0]
    if isinstance(given, Percent):
        return test, type, float(given.share)
    if not isinstance(given, Decimal):
        return test, type, None
    return test, type, int(given.scaleb(case.plan.vocabulary.digits)) if type == "money" else float(given)
