"""The table of traits: one row per customer, out of the facts and the parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from regulars.engine.compile import unbound
from regulars.traits.facts import facts
from regulars.traits.passes import KEY, by_customer
from regulars.traits.trait import Context, Measure, Trait

if TYPE_CHECKING:
    import ibis.expr.types as ir

TYPES: Mapping[str, str] = {
    "count": "int64",
    "money": "int64",
    "share": "float64",
    "number": "float64",
    "days": "float64",
    "date": "int32",
    "text": "string",
    "code": "int32",
    "flag": "boolean",
}
"""How each type of trait is kept: money in minor units, dates as day numbers, floats with 6 decimals."""

NAME = "traits"
"""The stored table."""


def all_of(traits: Iterable[Trait] | Mapping[str, Trait]) -> tuple[Trait, ...]:
    """The traits of a catalogue or of a list."""
    return tuple(traits.values() if isinstance(traits, Mapping) else traits)


def schema(traits: Iterable[Trait] | Mapping[str, Trait], measures: Iterable[Measure] = ()) -> dict[str, str]:
    """The columns of the stored table.

    >>> from regulars.traits.catalogue import traits
    >>> schema([traits()["revenue"]])
    {'customer_id': 'int64', 'revenue': 'int64'}
    """
    stored = {trait.name: TYPES[trait.type] for trait in all_of(traits) if trait.stored}
    return {KEY: "int64", **stored, **{measure.name: "int64" for measure in measures}}


def customers(traits: Iterable[Trait]) -> ir.Table:
    """The known customers with what they told, unbound."""
    told = {trait.name: TYPES[trait.type] for trait in traits if trait.kind == "told"}
    return unbound("customers", {KEY: "!int64", **told})


def enough(value: Any, trait: Trait, row: ir.Table) -> Any:
    """The value, or null where too few facts stand behind it."""
    import ibis

    if not trait.minimum or trait.counted == trait.name:
        return value
    return ibis.ifelse(row[trait.counted] >= trait.minimum, value, ibis.null(value.type()))


def settled(value: Any, trait: Trait) -> Any:
    """The value in the type that is kept, with what stands for a customer without such facts."""
    kept = value.cast(TYPES[trait.type])
    return kept if trait.empty is None else kept.fill_null(trait.empty)


def derived(row: ir.Table, traits: Iterable[Trait], context: Context) -> ir.Table:
    """The row with a column per trait that is an expression, in as few steps as their reading each other allows."""
    waiting = [trait for trait in traits if trait.derive is not None]
    while waiting:
        later = {trait.name for trait in waiting}
        ready = [trait for trait in waiting if later.isdisjoint(trait.after)]
        columns = {t.name: enough(settled(t.derive(row, context), t), t, row) for t in ready if t.derive is not None}
        row = row.mutate(**columns)
        waiting = [trait for trait in waiting if trait not in ready]
    return row


def build(
    traits: Iterable[Trait] | Mapping[str, Trait], extra_measures: Iterable[Measure], context: Context
) -> ir.Table:
    """One row per customer: customer_id, every stored trait, and a whole number per extra measure (0 where none).

    To be stored under the name `traits`; what depends on the clock is added by `now`.
    """
    kept, extra = [trait for trait in all_of(traits) if trait.stored], tuple(extra_measures)
    measures = [*(measure for trait in kept for measure in trait.measures), *extra]
    row = by_customer(facts(context), measures, context, customers(kept))
    measured = {t.name: settled(row[t.name], t) for t in kept if t.of is not None}
    row = row.mutate(**measured, **{m.name: row[m.name].cast("int64").fill_null(0) for m in extra})
    row = derived(row, kept, context)
    return row.select(list(schema(kept, extra)))


def now(stored: ir.Table, traits: Iterable[Trait] | Mapping[str, Trait], context: Context) -> ir.Table:
    """The stored table with the traits that the moment and the models decide."""
    return derived(stored, [trait for trait in all_of(traits) if not trait.stored], context)


def stored(traits: Iterable[Trait] | Mapping[str, Trait], measures: Iterable[Measure] = ()) -> ir.Table:
    """The stored table, unbound."""
    return unbound(NAME, schema(traits, measures))
