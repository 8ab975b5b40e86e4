"""One customer: every trait with its value, every segment with since when."""

from __future__ import annotations

from typing import Any

from regulars.answers.plain import answer
from regulars.audiences.export import presentable
from regulars.clock import date_of
from regulars.errors import UsageError
from regulars.traits.trait import FIXED_BOOKS
from regulars.versions.state import State


def customer(state: State, customer: str, language: str | None = None) -> dict[str, Any]:
    """What is known of one customer: the traits as people read them, the segments she is in and since when."""
    state.needs_version()
    number, spoken = state.customer(customer), language or state.project.language
    rows = state.rows()
    found = state.engine.ask(rows.filter(rows.customer_id == number))
    if not found.num_rows:
        raise UsageError("this customer came after the newest version", gave=customer, then="run: regulars refresh")
    shown = presentable(found, state.traits, {**FIXED_BOOKS, **state.context.codes}, state.project.digits)
    value = shown.to_pylist()[0]
    return answer(
        state,
        "customer",
        customer=customer,
        traits={name: value[name] for name in state.traits if name in value},
        segments=layers(state, number, spoken),
    )


def layers(state: State, number: int, language: str) -> list[dict[str, Any]]:
    """The segments that a customer is in, the longest stay first."""
    rows = state.engine.ask(
        f'SELECT segment, entered FROM memberships WHERE customer_id = {int(number)} AND "left" IS NULL '
        "ORDER BY entered, segment"
    ).to_pylist()
    words = state.defined.vocabulary
    return [
        {
            "segment": row["segment"],
            "name": words.segment_name(row["segment"], language),
            "since": date_of(row["entered"]).isoformat(),
        }
        for row in rows
        if row["segment"] in state.defined.by_id
    ]
