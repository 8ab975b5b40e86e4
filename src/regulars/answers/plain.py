"""Answers as plain values: money in major units, days as ISO dates, and which state they speak of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from regulars.clock import date_of
from regulars.versions.state import State


def plain(value: Any) -> Any:
    """A value that JSON knows: days and moments as ISO texts, decimals as numbers."""
    match value:
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def answer(state: State, kind: str, **parts: Any) -> dict[str, Any]:
    """An answer with the state it speaks of, and what has changed since."""
    said = {
        "kind": kind,
        "as_of": date_of(state.last.as_of_day).isoformat() if state.last else None,
        "version": state.last.version if state.last else None,
        **{name: plain(part) for name, part in parts.items()},
    }
    for name, remark in (("note", state.project.note), ("stale", stale(state))):
        if remark and not said.get(name):
            said[name] = remark
    return said


def stale(state: State) -> str | None:
    """What has happened since the version that an answer speaks of, in words."""
    if state.last is None:
        return None
    newer = sum(load.id > state.last.loads_through for load in state.catalogue.loads())
    today = state.project.as_of_now().date
    said = [f"{newer} newer load{'s' * (newer != 1)}"] if newer else []
    if today > date_of(state.last.as_of_day):
        said.append(f"today is {today.isoformat()}")
    return f"{' and '.join(said)}; regulars refresh brings this up to date" if said else None


def major(state: State, minor: int | float | None) -> float | None:
    """An amount in major units of the shop's currency, as people read it."""
    return None if minor is None else round(minor / 10**state.project.digits, state.project.digits)


def instant(seconds: int) -> str:
    """UTC seconds as an ISO text."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
