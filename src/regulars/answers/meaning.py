"""What it means: concentration, profiles, the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regulars.answers.customers import published_segment, segment_rows
from regulars.answers.plain import answer, major
from regulars.clock import AsOf, date_of
from regulars.insight import concentration as concentrated
from regulars.insight import profile as profiled
from regulars.insight import promotions
from regulars.insight.rows import with_flags
from regulars.segments import format as f
from regulars.segments.remarks import REMARKS
from regulars.segments.tree import Segment, TraitTest, leaves
from regulars.sources.account import account
from regulars.traits import table
from regulars.traits.trait import FIXED_BOOKS
from regulars.versions.state import State

MONTH = 30
"""Days that a month's change looks back."""

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir


def rows_with_flags(state: State, segments: Iterable[str]) -> ir.Table:
    """Every customer with all traits and whether they are in these segments."""
    return with_flags(state.rows(), state.flags(*segments))


def share(percent: float) -> float:
    """Per cent as a share.

    >>> share(20)
    0.2
    """
    return round(percent / 100, 9)


def concentration(
    state: State, of: str = "revenue", top: float | None = None, needed: float | None = None
) -> dict[str, Any]:
    """What the best customers bring, and how many bring a share."""
    state.needs_version()
    tops = (*concentrated.TOP, *((share(top),) if top else ()))
    needs = (*concentrated.NEEDED, *((share(needed),) if needed else ()))
    found = concentrated.concentration(
        state.engine, state.rows(), of, top=sorted(set(tops)), needed=sorted(set(needs))
    ).as_plain()
    if of in state.traits and state.traits[of].type == "money":
        found["total"] = major(state, found["total"])
        for reach in (*found["tops"], *found["needs"]):
            reach["value"] = major(state, reach["value"])
    asked = {name: each for name, each in (("top", top), ("needed", needed)) if each}
    return answer(state, "concentration", value=found, asked=asked, currency=state.project.currency)


def profile(state: State, segment: str, language: str | None = None) -> dict[str, Any]:
    """What sets a segment apart from everyone else, each difference also in words."""
    published_segment(state, segment)
    value, spoken = profile_of(state, segment), language or state.project.language
    differences = [{**readable(state, each), "text": in_words(state, each, spoken)} for each in value["differences"]]
    return answer(state, "profile", segment=segment, value={**value, "differences": differences})


def in_words(state: State, difference: dict[str, Any], language: str) -> str:
    """A difference as a sentence in the shop's language."""
    trait, words = state.traits[difference["trait"]], state.defined.vocabulary

    def shown(value: Any) -> str:
        if difference["measure"] == "share":
            return f.share(value, language)
        return f.value(value, trait.type, language, words, book=trait.book)

    value = readable(state, difference)["value"]
    return REMARKS[f"differs_{difference['measure']}"][language].format(
        label=trait.label.get(language, trait.name),
        value="" if value is None else value,
        inside=shown(difference["inside"]),
        outside=shown(difference["outside"]),
        n=f.number(difference["n_inside"], language),
    )


def readable(state: State, difference: dict[str, Any]) -> dict[str, Any]:
    """A difference as people read it: money in major units, days as dates, codes as words."""
    trait = state.traits[difference["trait"]]
    if difference["measure"] == "median" and trait.type in ("money", "date"):
        bounds = {name: difference[name] for name in ("inside", "outside", "low", "high")}
        return difference | {
            name: None if value is None else major(state, value) if trait.type == "money" else date_of(round(value))
            for name, value in bounds.items()
        }
    if trait.type == "code":
        book = {**FIXED_BOOKS, **state.context.codes}.get(trait.book or "", {})
        return difference | {"value": {str(code): text for text, code in book.items()}.get(str(difference["value"]))}
    return difference


def discounted(state: State) -> dict[str, Any]:
    """What part of the revenue was made on lines with a promotion or a code, in all and by kind."""
    from regulars.traits.facts import facts

    state.needs_version()
    if not state.project.tells_discounts:
        return answer(state, "discounts", rows=[], cannot_say="no source of orders tells discounts: map them first")
    known = facts(state.context)
    found = promotions.promotions(state.engine, known["lines"], known["discounts"])
    names = {code: text for text, code in state.context.codes.get("discount_kind", {}).items()}
    rows = [
        {
            "kind": names.get(each.kind) if each.kind is not None else "any",
            "lines": each.lines,
            "revenue": major(state, each.revenue),
            "share_of_revenue": found.share(each),
            "given": major(state, each.given),
        }
        for each in (found.any, *found.kinds)
    ]
    return answer(state, "discounts", rows=rows, revenue=major(state, found.revenue), currency=state.project.currency)


def profile_of(state: State, segment: str) -> dict[str, Any]:
    """The profile, money in minor units and codes as numbers."""
    chosen = state.segment(segment)
    kinds = {name: trait.type for name, trait in state.traits.items()}
    rows = rows_with_flags(state, [segment])
    return profiled.profile(state.engine, rows, segment, kinds, defining=traits_of(chosen)).as_plain()


def report(state: State, language: str | None = None) -> dict[str, Any]:
    """The report as a page."""
    from regulars.report import page

    spoken = language or state.project.language
    return answer(state, "report", language=spoken, value=page.render(facts(state, spoken), spoken))


def facts(state: State, language: str) -> dict[str, Any]:
    """What the page is drawn from: `report.page` says what each part is; money in minor units."""
    from regulars.report.facts import gather

    rows = segment_rows(state, language)
    project = state.project
    month = month_before(state) if all(row["members_month_before"] is None for row in rows) else None
    if month:
        rows = [{**row, "members_month_before": None if row["changed"] else month.get(row["id"])} for row in rows]
    return gather(
        state.engine,
        state.rows(),
        state.flags(*(row["id"] for row in rows)),
        shop={
            "name": project.name,
            "currency": project.currency,
            "digits": project.digits,
            "country": project.country,
            "note": project.note,
        },
        as_of=state.as_of,
        version=state.version.version,
        segments=rows,
        traits=state.traits,
        codes={**FIXED_BOOKS, **state.context.codes},
        month=date_of(state.as_of.day - MONTH).isoformat() if month else None,
        accounts=account(state.engine, state.catalogue),
        made_of={segment.id: traits_of(segment) for segment in state.defined.segments},
    )


def month_before(state: State) -> dict[str, int] | None:
    """How many each segment would have had a month ago: the facts up to then, by the rules and parameters of now.

    For a shop that published nothing by then; None where it had no order by then either.
    """
    import ibis

    day = state.as_of.day - MONTH
    first = state.engine.ask("SELECT min(first_order) AS day FROM traits").to_pylist()[0]["day"]
    if first is None or first >= day:
        return None
    then = replace(state.context, as_of=AsOf.end_of(date_of(day), state.project.zone))
    plan = state.defined.plan
    flags = plan.flags(table.now(table.build(state.traits, plan.measures(then), then), state.traits, then), then)
    members = {id: ibis.ifelse(flags[id], 1, 0).sum() for id in flags.columns if id != "customer_id"}
    counted: dict[str, int] = state.engine.ask(flags.aggregate(**members)).to_pylist()[0] if members else {}
    return counted


def traits_of(segment: Segment) -> set[str]:
    """The traits that a segment's own conditions test."""
    return {leaf.trait for leaf in leaves(segment.who) if isinstance(leaf, TraitTest)}
