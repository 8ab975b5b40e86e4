"""The customers as a table: one row each, with the value of each attribute that is to be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.engine.compile import unbound
from regulars.sources.canonical import CANONICAL, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from regulars.clock import AsOf
    from regulars.engine.base import Engine
    from regulars.project import Project

BIRTH_DATE = "birth_date"
"""The one attribute that is kept as a day number; all others are text."""

RANKS = {"told": 3, "observed": 2, "inferred": 1}
"""What somebody says of themselves is believed before what was seen, and that before what was guessed."""


def schema(attributes: Iterable[str]) -> Schema:
    """The columns of `customers`.

    >>> list(schema(["income", "birth_date"]).items())[-2:]
    [('income', 'string'), ('birth_date', 'int32')]
    """
    told = {name: "int32" if name == BIRTH_DATE else "string" for name in attributes}
    return {"customer_id": "!int64", "external_id": "!string", **told}


def refresh(engine: Engine, project: Project, as_of: AsOf) -> None:
    """Make the table `customers`: everyone known, by what was told before `as_of`."""
    engine.make("customers", survivors(project.attributes, as_of), order_by=["customer_id"])


def survivors(attributes: Iterable[str], as_of: AsOf) -> ir.Table:
    """One row per customer; of several values of one attribute told goes before observed before inferred, then newest.

    A value without a time of its own is as old as the load that brought it.
    """
    import ibis

    records = unbound("records", CANONICAL["records"])
    people = records.group_by("customer_id").aggregate(external_id=records.external_id.min())
    named = list(attributes)
    if not named:
        return people
    told = unbound("told", CANONICAL["told"])
    known = told.filter(told.sec.isnull() | (told.sec < as_of.sec))
    rank = ibis.cases(*((known.how == how, rank) for how, rank in RANKS.items()), else_=0)
    newest = [
        ibis.desc(rank),
        ibis.desc(ibis.coalesce(known.sec, 0)),
        ibis.desc(known.load),
        ibis.desc(known.line),
        known.value,
    ]
    place = ibis.row_number().over(ibis.window(group_by=["customer_id", "attribute"], order_by=newest))
    ranked = known.mutate(place=place)
    best = ranked.filter(ranked.place == 0)
    columns = {name: ibis.ifelse(best.attribute == name, best.value, ibis.null("string")).max() for name in named}
    if BIRTH_DATE in columns:
        columns[BIRTH_DATE] = columns[BIRTH_DATE].cast("int32")
    values = best.group_by("customer_id").aggregate(**columns)
    return people.left_join(values, "customer_id").select("customer_id", "external_id", *named)
