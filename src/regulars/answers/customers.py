"""Who: segments, their members, counts, why somebody is in one, and lists to hand over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.answers.plain import answer, major
from regulars.audiences.export import presentable
from regulars.errors import UsageError
from regulars.segments import answers, learn, membership
from regulars.segments import language as texts
from regulars.segments.sentence import sentence
from regulars.segments.tree import TraitTest, leaves
from regulars.traits.trait import FIXED_BOOKS
from regulars.versions import memberships, warehouse
from regulars.versions.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir
    import pyarrow as pa

    from regulars.segments.tree import Segment
    from regulars.segments.vocabulary import Vocabulary
    from regulars.traits.trait import Context

ALWAYS = frozenset({"orders", "first_order", "last_order"})
"""The traits that bases of ranks and periods of one's own look at."""

DRAFT = "draft.yaml"
"""The name of a definition that is no file yet."""


def segments(state: State, language: str | None = None) -> dict[str, Any]:
    """Every segment of the newest version with its size, worth, thresholds and words; money in major units."""
    spoken = language or state.project.language
    rows = segment_rows(state, spoken)
    for row in rows:
        for name in ("revenue", "value_per_customer"):
            row[name] = major(state, row[name])
        for threshold in row["thresholds"]:
            if state.traits[threshold["trait"]].type == "money":
                threshold["value"] = major(state, threshold["value"])
    wrong = [str(fault) for fault in state.defined.faults]
    return answer(state, "segments", rows=rows, currency=state.project.currency, wrong=wrong)


def segment_rows(state: State, language: str) -> list[dict[str, Any]]:
    """The rows of `segments`, money in minor units."""
    published = warehouse.definitions(state.engine, state.version.version)
    known = [segment for segment in state.defined.segments if segment.id in published]
    worth = worths(state, [segment.id for segment in known])
    month = members_on(state, state.as_of.day - 30, published)
    everyone = worth.pop("")
    words, learnt = state.defined.vocabulary, state.context.parameters
    return [
        {
            "id": segment.id,
            "name": words.segment_name(segment.id, language),
            **size(worth[segment.id], everyone),
            "members_month_before": month.get(segment.id),
            "thresholds": answers.thresholds(segment, learnt, language, words),
            "sentence": sentence(segment, language, words, learnt, state.as_of),
            "growing_is": segment.growing_is,
            "playbook": {key: value.get(language, value.get("en")) for key, value in segment.playbook.items()},
            "cannot_say": said(published[segment.id]["note"], state, segment, language),
            "changed": published[segment.id]["definition"] != segment.definition_hash,
        }
        for segment in known
    ]


def said(note: str | None, state: State, segment: Segment, language: str) -> str | None:
    """What was published of a segment that cannot be said, in a language."""
    return note and (state.unsaid_of(segment, language) or note)


def size(worth: tuple[int, int], everyone: tuple[int, int]) -> dict[str, Any]:
    """How many and how much, and the shares of the whole."""
    members, revenue = worth
    return {
        "members": members,
        "share": round(members / everyone[0], 6) if everyone[0] else None,
        "revenue": revenue,
        "share_of_revenue": round(revenue / everyone[1], 6) if everyone[1] else None,
        "value_per_customer": round(revenue / members) if members else None,
    }


def worths(state: State, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Members and revenue of each segment, and under "" of everyone, in one query."""
    slots = {id: state.slots[id] for id in ids}
    parts = ["count(*) AS n", "CAST(coalesce(sum(t.revenue), 0) AS BIGINT) AS r"]
    for slot in slots.values():
        word, bit = memberships.place(slot)
        inside = f"w.w{word} & {bit} <> 0"
        parts.append(f"count(*) FILTER ({inside}) AS n{slot}")
        parts.append(f"CAST(coalesce(sum(t.revenue) FILTER ({inside}), 0) AS BIGINT) AS r{slot}")
    query = f"SELECT {', '.join(parts)} FROM traits t JOIN words w ON w.customer_id = t.customer_id"
    row = state.engine.ask(query).to_pylist()[0]
    return {"": (row["n"], row["r"])} | {id: (row[f"n{slot}"], row[f"r{slot}"]) for id, slot in slots.items()}


def members_on(state: State, day: int, now: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """How many members each segment had by the version in force on a shop day.

    `now` is what each segment is: one that was not published by then, of which nothing could be said, or that was
    another segment by the same name, is left out.
    """
    then = [version.version for version in warehouse.versions(state.engine) if version.as_of_day <= day]
    before = warehouse.definitions(state.engine, max(then, default=0))
    return {
        segment: row["members"]
        for segment, row in before.items()
        if segment in now and row["definition"] == now[segment]["definition"] and row["note"] is None
    }


def published_segment(state: State, id: str) -> None:
    """Refuse a segment that the newest version does not have."""
    known = warehouse.definitions(state.engine, state.version.version)
    if id not in known:
        if id in state.defined.by_id:
            raise UsageError("the segment is not published yet", gave=id, then="run: regulars refresh")
        raise UsageError.unknown("segment", id, known)


def listed(state: State, segment: str, traits: Iterable[str]) -> ir.Table:
    """A segment's members with their own id, since when, revenue and the traits asked for."""
    from regulars.engine.compile import unbound

    published_segment(state, segment)
    wanted = [name for name in dict.fromkeys(traits) if name not in ("customer", "since")]
    for name in wanted:
        if name not in state.traits:
            raise UsageError.unknown("trait", name, state.traits)
    flags, rows = state.flags(segment), state.rows()
    inside = flags.filter(flags[segment]).select(member=flags.customer_id)
    named = unbound("customers", {"customer_id": "!int64", "external_id": "string"})
    since = unbound(
        "memberships", {"segment": "!string", "customer_id": "!int64", "entered": "!int32", "left": "int32"}
    )
    since = since.filter((since.segment == segment) & since["left"].isnull())
    found = rows.inner_join(inside, rows.customer_id == inside.member)
    found = found.left_join(
        named.select(named_id=named.customer_id, customer=named.external_id), [("customer_id", "named_id")]
    )
    found = found.left_join(
        since.select(since_id=since.customer_id, since=since.entered), [("customer_id", "since_id")]
    )
    return found.select("customer", "since", *wanted, sort_revenue=found.revenue, sort_id=found.customer_id)


def ordered(state: State, segment: str, traits: Iterable[str], limit: int | None) -> pa.Table:
    """Members as people read them, the largest revenue first."""
    import ibis
    import pyarrow as pa

    rows = listed(state, segment, traits).order_by([ibis.desc("sort_revenue"), ibis.asc("sort_id")])
    found = state.engine.ask(rows.limit(limit) if limit else rows).drop_columns(["sort_revenue", "sort_id"])
    days = found.column("since").cast(pa.int32()).cast(pa.date32())
    found = found.set_column(found.column_names.index("since"), "since", days)
    return presentable(found, state.traits, {**FIXED_BOOKS, **state.context.codes}, state.project.digits)


def members(state: State, segment: str, traits: Iterable[str] = (), limit: int | None = None) -> dict[str, Any]:
    """Who is in a segment."""
    rows = ordered(state, segment, traits, limit).to_pylist()
    total = memberships.members(state.engine, {segment: state.slots[segment]})[segment]
    return answer(state, "members", segment=segment, rows=rows, members=total)


def export(state: State, segment: str, traits: Iterable[str] = ()) -> pa.Table:
    """A segment's members as a table to hand over; that it was asked for is written into the audit."""
    rows = ordered(state, segment, traits, None)
    told = {"segment": segment, "version": state.version.version, "columns": rows.column_names, "rows": rows.num_rows}
    state.catalogue.audit("export", **told)
    return rows


def asked(state: State, chosen: Segment) -> tuple[membership.Plan, ir.Table, Context]:
    """How a segment is decided, over which rows, with what was learnt; a cut that is missing is learnt for the moment."""
    plan = membership.plan(state.defined.within(chosen), state.defined.vocabulary)
    rows = state.rows(plan.measures(state.context), traits_in(plan) | ALWAYS)
    known = {parameter.name for parameter in state.context.parameters}
    missing = [cut for cut in plan.cuts if cut.name not in known]
    if not missing:
        return plan, rows, state.context
    return plan, rows, learn.with_parameters(state.context, learn.cuts(state.engine, rows, missing, state.context))


def traits_in(plan: membership.Plan) -> set[str]:
    """The traits that a plan's conditions name."""
    tests = [leaf for segment in plan.segments.values() for leaf in leaves(segment.who) if isinstance(leaf, TraitTest)]
    return {name for each in tests for name in (each.trait, each.test.per) if name}


def count(
    state: State,
    segment: str | None = None,
    definition: str | None = None,
    file: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """How many a segment or a definition's text holds, whole and per condition, by the facts of the newest version.

    `file` is what faults call the definition.
    """
    state.needs_version()
    words = state.defined.vocabulary
    chosen = drafted(definition, file or DRAFT, words) if definition is not None else state.segment(str(segment))
    plan, rows, context = asked(state, chosen)
    value = answers.count(state.engine, rows, plan, chosen.id, context, language or state.project.language)
    share = round(value["members"] / value["customers"], 6) if value["customers"] else None
    return answer(state, "count", segment=chosen.id, value={**value, "share": share}, notes=list(chosen.notes))


def drafted(definition: str, file: str, words: Vocabulary) -> Segment:
    """A definition that is not in force: it has an id of its own, so that the segment of that file keeps its meaning."""
    return replace(texts.read(definition, file, words), id=Path(DRAFT).stem)


def why(state: State, customer: str, segment: str, language: str | None = None) -> dict[str, Any]:
    """Why a customer is in a segment or not, each condition with the real value and the rows behind it."""
    state.needs_version()
    chosen, number = state.segment(segment), state.customer(customer)
    plan, rows, context = asked(state, chosen)
    spoken = language or state.project.language
    value = answers.why(state.engine, rows, plan, chosen.id, number, context, spoken)
    if value is None:
        raise UsageError("this customer came after the newest version", gave=customer, then="run: regulars refresh")
    readable(state, value["conditions"])
    return answer(state, "why", customer=customer, segment=segment, value=value)


def readable(state: State, condition: dict[str, Any]) -> None:
    """The rows behind a condition, and those inside it, as people read them: amounts in major units, words for codes."""
    names = {code: text for text, code in state.context.codes.get("category", {}).items()}
    for row in condition.get("evidence", {}).get("rows", ()):
        if "amount" in row:
            row["amount"] = major(state, row["amount"])
        if "category" in row:
            row["category"] = names.get(row["category"], row["category"])
    for part in condition.get("parts", ()):
        readable(state, part)


def sql(state: State, segment: str) -> dict[str, Any]:
    """The SQL that decides a segment, out of the stored traits."""
    from regulars.engine.compile import to_sql

    state.needs_version()
    plan, rows, context = asked(state, state.segment(segment))
    flags = plan.flags(rows, context)
    query = flags.filter(flags[segment]).select("customer_id")
    return answer(state, "sql", segment=segment, value=to_sql(query, state.engine.dialect))
