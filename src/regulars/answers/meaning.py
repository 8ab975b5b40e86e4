"""What it means: concentration, profiles, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars import __version__
from regulars.answers.customers import published_segment, segment_rows
from regulars.answers.plain import answer, major
from regulars.clock import date_of
from regulars.insight import concentration as concentrated
from regulars.insight import discounts, headlines
from regulars.insight import profile as profiled
from regulars.insight.rows import with_flags
from regulars.segments.tree import TraitTest, leaves
from regulars.state import State
from regulars.traits.trait import FIXED_BOOKS

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
    assert state.version  # noqa: S101 raises before the first
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


def profile(state: State, segment: str) -> dict[str, Any]:
    """What sets a segment apart from everyone else."""
    published_segment(state, segment)
    return answer(state, "profile", segment=segment, value=profile_of(state, segment))


def profile_of(state: State, segment: str) -> dict[str, Any]:
    """The profile, money in minor units and codes as numbers."""
    chosen = state.segment(segment)
    defining = {leaf.trait for leaf in leaves(chosen.who) if isinstance(leaf, TraitTest)}
    kinds = {name: trait.type for name, trait in state.traits.items()}
    rows = rows_with_flags(state, [segment])
    return profiled.profile(state.engine, rows, segment, kinds, defining=defining).as_plain()


def report(state: State, language: str | None = None) -> dict[str, Any]:
    """The report as a page."""
    from regulars.report import page

    spoken = language or state.project.language
    return answer(state, "report", language=spoken, value=page.render(facts(state, spoken), spoken))


def facts(state: State, language: str) -> dict[str, Any]:
    """What the page is drawn from: `report.page` says what each part is; money in minor units."""
    rows = segment_rows(state, language)
    project = state.project
    flagged = rows_with_flags(state, [row["id"] for row in rows])
    return {
        "shop": {
            "name": project.name,
            "currency": project.currency,
            "digits": project.digits,
            "country": project.country,
            "note": project.note,
        },
        "as_of": date_of(state.version.as_of_day).isoformat(),
        "version": state.version.version,
        "software": __version__,
        "totals": totals(state),
        "headlines": [found.as_plain() for found in headlines.headlines(state.engine, flagged)],
        "concentration": concentrated.concentration(state.engine, state.rows()).as_plain(),
        "segments": rows,
        "profile": compared(state, rows),
        "discounts": discounts.dependence(state.engine, flagged).as_plain(),
        "sources": [],
    }


def totals(state: State) -> dict[str, Any]:
    """The shop in a few numbers."""
    row = state.engine.ask(
        "SELECT count(*) FILTER (orders > 0) AS buyers, CAST(coalesce(sum(orders), 0) AS BIGINT) AS orders, "
        "CAST(coalesce(sum(revenue), 0) AS BIGINT) AS revenue, min(first_order) AS first_order, "
        "max(last_order) AS last_order FROM traits"
    ).to_pylist()[0]
    days = {
        name: None if row[name] is None else date_of(row[name]).isoformat() for name in ("first_order", "last_order")
    }
    return {**row, **days}


PROFILED = ("best_customers", "top_20_percent")
"""The segments that the report compares with everyone else, the first that can be."""


def compared(state: State, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The profile of a segment of good customers, with the words that it needs."""
    said = {row["id"]: row for row in rows if not row["cannot_say"]}
    chosen = next((id for id in PROFILED if id in said), None)
    if chosen is None:
        return None
    books = {**FIXED_BOOKS, **state.context.codes}
    coded = {name: books.get(each.book or "", {}) for name, each in state.traits.items() if each.type == "code"}
    return {
        **profile_of(state, chosen),
        "name": said[chosen]["name"],
        "labels": {name: dict(each.label) for name, each in state.traits.items()},
        "types": {name: each.type for name, each in state.traits.items()},
        "texts": {name: {code: text for text, code in book.items()} for name, book in coded.items()},
    }
