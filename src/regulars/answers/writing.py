"""What writes: each gets the owner of the warehouse and takes its turn."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from regulars import refresh
from regulars.answers.plain import answer
from regulars.answers.records import loads, quarantined
from regulars.clock import AsOf
from regulars.errors import UsageError
from regulars.owner import Owner
from regulars.versions import memberships, warehouse
from regulars.versions.state import State
from regulars.versions.steps import Work

if TYPE_CHECKING:
    from regulars.engine.duckdb import DuckDB


def load(owner: Owner) -> dict[str, Any]:
    """Land and check new files."""
    with owner.cursor() as engine:
        refresh.load(work_of(owner, engine, None))
    with owner.snapshot() as state:
        return loads(state, kind="load")


def publish(
    owner: Owner, as_of: str | None = None, learn: bool = False, accept_quarantine: bool = False
) -> dict[str, Any]:
    """Publish a version."""
    with owner.cursor() as engine:
        work = work_of(owner, engine, as_of, learning=learn)
        work.accept_quarantine = accept_quarantine
        refresh.refresh(work)
    with owner.snapshot() as state:
        return told(state, work)


def rehearse(owner: Owner, as_of: str | None = None, learn: bool = False) -> dict[str, Any]:
    """What a refresh of the files that are landed already would change, segment by segment."""
    with owner.cursor() as engine:
        work = refresh.rehearse(work_of(owner, engine, as_of, learning=learn))
    with owner.snapshot() as state:
        return answer(state, "rehearsal", rows=work.would_change, entered=work.entered, left=work.left)


def learn(owner: Owner) -> dict[str, Any]:
    """Publish a version with everything learnt anew."""
    return publish(owner, learn=True) | {"kind": "learn"}


def published(state: State, version: int) -> dict[str, Any]:
    """What a refresh did, told by what it published: for who asks again because the first answer was lost."""
    every = {each.version: each for each in warehouse.versions(state.engine)}
    before = every[version - 1].loads_through if version > 1 else 0
    defined = warehouse.definitions(state.engine, version)
    changes = memberships.changes_of(state.engine, version)
    through = every[version].loads_through
    brought = [load.id for load in state.catalogue.loads() if before < load.id <= through]
    value = {
        "published": True,
        "loads": brought,
        "quarantined": quarantined(state, brought),
        "customers": every[version].customers,
        "segments": len(defined),
        "entered": sum(int(str(row["entered"])) for row in changes),
        "left": sum(int(str(row["left"])) for row in changes),
        "learned": any(row.version == version for row in warehouse.parameters(state.engine)),
        "cannot_say": {segment: row["note"] for segment, row in defined.items() if row["note"]},
        "wrong": [str(fault) for fault in state.defined.faults],
    }
    return answer(state, "refresh", value=value)


def relearnt(state: State, version: int) -> dict[str, Any]:
    """What learning did, for who asks again."""
    return published(state, version) | {"kind": "learn"}


def rebuild(owner: Owner) -> dict[str, Any]:
    """Make the warehouse anew."""
    found = owner.rebuild()
    with owner.snapshot() as state:
        return answer(state, "rebuild", value=found)


def work_of(owner: Owner, engine: DuckDB, as_of: str | None, *, learning: bool = False) -> Work:
    """What a refresh starts from."""
    project = owner.current_project()
    moment = AsOf.end_of(day(as_of), project.zone) if as_of else project.as_of_now()
    return Work(project, owner.catalogue, engine, moment, learning=learning)


def day(text: str) -> date:
    """A day as people write it.

    >>> day("2018-01-01")
    datetime.date(2018, 1, 1)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("not a day", gave=text, allowed="such as 2018-01-31") from None


def told(state: State, work: Work) -> dict[str, Any]:
    """What a refresh did."""
    value = {
        "published": not work.settled,
        "loads": [each.id for each in work.loaded],
        "quarantined": quarantined(state, {each.id for each in work.loaded}),
        "customers": state.version.customers,
        "segments": len(work.defined.segments),
        "entered": work.entered,
        "left": work.left,
        "learned": work.learning,
        "cannot_say": work.unsaid,
        "wrong": [str(fault) for fault in work.defined.faults],
    }
    return answer(state, "refresh", value=value)
