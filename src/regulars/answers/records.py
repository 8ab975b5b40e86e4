"""What happened: loads, rows set aside, runs, published history, what was learnt, what is known of customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from regulars.answers.plain import answer, instant, major
from regulars.clock import date_of
from regulars.segments import learn
from regulars.sources.account import account, rejected
from regulars.traits import catalogue as trait_catalogue
from regulars.versions.state import State


def loads(state: State, kind: str = "loads") -> dict[str, Any]:
    """Every load with its account; money in major units."""
    if "done_loads" not in state.engine.tables():
        return answer(state, kind, rows=[])
    rows = account(state.engine, state.catalogue)
    for row in rows:
        row["money"] = {
            measure: {name: major(state, minor) for name, minor in sums.items()}
            for measure, sums in row["money"].items()
        }
    aside = quarantined(state, [row["load"] for row in rows])
    return answer(state, kind, rows=rows, quarantined=aside, currency=state.project.currency)


def quarantined(state: State, loads: Collection[int]) -> list[dict[str, Any]]:
    """Of some loads, which have rows in quarantine, how many, and why; the amount in major units."""
    found = rejected(state.engine, [load for load in state.catalogue.loads() if load.id in loads])
    return [
        {
            **row,
            "amount": None if row["amount"] is None else major(state, row["amount"]),
            "currency": state.project.currency,
        }
        for row in found
    ]


def quarantine(state: State, limit: int | None = None) -> dict[str, Any]:
    """The rows that were set aside, the first `limit` of them, and how many there are."""
    if "quarantine" not in state.engine.tables():
        return answer(state, "quarantine", rows=[], total=0)
    most = f" LIMIT {int(limit)}" if limit else ""
    rows = state.engine.ask(f"SELECT * FROM quarantine ORDER BY load, file, line{most}").to_pylist()
    total = state.engine.ask("SELECT count(*) AS n FROM quarantine").to_pylist()[0]["n"]
    return answer(state, "quarantine", rows=rows, total=total)


def runs(state: State) -> dict[str, Any]:
    """What was run, newest first."""
    rows = [
        {
            "run": run.id,
            "verb": run.verb,
            "status": run.status,
            "started": instant(run.started_at),
            "seconds": None if run.ended_at is None else run.ended_at - run.started_at,
            "by": f"process {run.pid} on {run.host.split('/')[0]}",
            **{name: value for name, value in run.detail.items() if name != "request"},
        }
        for run in state.catalogue.runs()
    ]
    return answer(state, "runs", rows=rows, audit_broken_at=state.catalogue.audit_broken_at())


def history(state: State, segment: str) -> dict[str, Any]:
    """What was published of a segment: per version its size, who entered and left, and why."""
    quoted = segment.replace("'", "''")
    rows = (
        state.engine.ask(
            f"""SELECT v.version, v.as_of_day, v.published_at, d.members, d.definition, d.note,
        (SELECT count(*) FROM memberships m WHERE m.segment = d.segment AND m.version = v.version) AS entered,
        (SELECT count(*) FROM memberships m WHERE m.segment = d.segment AND m.left_version = v.version) AS "left",
        (SELECT map_from_entries(list((reason, n) ORDER BY reason)) FROM (SELECT reason, count(*) AS n FROM (
            SELECT reason FROM memberships m WHERE m.segment = d.segment AND m.version = v.version UNION ALL
            SELECT left_reason FROM memberships m WHERE m.segment = d.segment AND m.left_version = v.version)
            GROUP BY reason)) AS reasons
        FROM versions v JOIN definitions d ON d.version = v.version WHERE d.segment = '{quoted}' ORDER BY v.version"""
        ).to_pylist()
        if state.last
        else []
    )
    if not rows:
        state.segment(segment)
    for row in rows:
        row["as_of"] = date_of(row.pop("as_of_day")).isoformat()
        row["published_at"] = instant(row["published_at"])
        row["reasons"] = dict(row["reasons"] or [])
    return answer(state, "history", segment=segment, rows=rows)


def parameters(state: State, language: str | None = None) -> dict[str, Any]:
    """What was learnt and is in force."""
    spoken, words = language or state.project.language, state.defined.vocabulary
    rows = [
        {
            **asdict(row),
            "reason": learn.reason(row, spoken, words),
            "valid_from": date_of(row.valid_from),
            "fitted_at": instant(row.fitted_at),
        }
        for row in sorted(state.context.parameters, key=lambda row: (row.name, row.key))
    ]
    return answer(state, "parameters", rows=rows)


def traits(state: State) -> dict[str, Any]:
    """Every trait of this shop."""
    told = {row["name"]: row for row in trait_catalogue.reference()}
    rows = [
        told.get(name)
        or {"name": name, "type": each.type, "kind": each.kind, "unit": each.unit, "label": each.label, "doc": each.doc}
        for name, each in state.traits.items()
    ]
    return answer(state, "traits", rows=rows)
