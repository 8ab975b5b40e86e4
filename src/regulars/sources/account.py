"""The account of every load, by query: no row and no cent goes missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.catalogue.catalogue import Catalogue
    from regulars.catalogue.rows import Load
    from regulars.engine.base import Engine

STATES = ("canonical", "quarantined", "duplicate", "superseded", "erased", "pending")
"""What can become of an accepted row; their sum is always the number accepted."""

TABLE_OF = {"products": "products", "campaigns": "campaigns", "orders": "orders", "order_lines": "order_lines"}
TABLE_OF |= {"sends": "sends", "events": "events"}

COUNTS = """
    SELECT load, 'quarantined' AS state, count(*) AS n FROM quarantine GROUP BY load
    UNION ALL SELECT load, reason, CAST(sum(rows) AS BIGINT) FROM set_aside GROUP BY load, reason
    UNION ALL SELECT load, 'pending', count(*) FROM pending_lines GROUP BY load
    UNION ALL SELECT load, 'people', count(*) FROM units WHERE rows_kind LIKE 'people/%' GROUP BY load
"""

NOBODY = """
    SELECT load, count(*) AS orders, CAST(sum(CASE WHEN customer_id IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS nobodys
    FROM orders GROUP BY load
"""

MONEY = """
    SELECT load, state, measure, CAST(sum(minor) AS BIGINT) AS minor FROM load_sums GROUP BY load, state, measure
    UNION ALL SELECT load, 'canonical', 'net', CAST(sum(net + coalesce(tax, 0)) AS BIGINT) FROM order_lines GROUP BY load
    UNION ALL SELECT load, 'canonical', 'list', CAST(sum(list) AS BIGINT) FROM order_lines GROUP BY load
    UNION ALL SELECT load, 'pending', 'net', CAST(sum(net + coalesce(tax, 0)) AS BIGINT) FROM pending_lines GROUP BY load
    UNION ALL SELECT load, 'pending', 'list', CAST(sum(list) AS BIGINT) FROM pending_lines GROUP BY load
    UNION ALL SELECT d.load, 'canonical', concat('discount/', c.text), CAST(sum(d.amount) AS BIGINT)
        FROM discounts AS d JOIN codes AS c ON c.book = 'discount_kind' AND c.code = d.kind GROUP BY d.load, c.text
    UNION ALL SELECT d.load, 'pending', concat('discount/', c.text), CAST(sum(d.amount) AS BIGINT)
        FROM pending_discounts AS d JOIN codes AS c ON c.book = 'discount_kind' AND c.code = d.kind
        GROUP BY d.load, c.text
"""


def account(engine: Engine, catalogue: Catalogue) -> list[dict[str, Any]]:
    """What became of each load's rows and money, oldest load first.

    Each is {load, source, rows_kind, files, accepted, canonical, quarantined, duplicate, superseded, erased, pending,
    balanced, money, notes, orders, share_without_customer}. `money` has for each measure (net, list, discount/<kind>) minor units {file, canonical,
    quarantined, duplicate, superseded, pending, difference}; list is only compared where the file tells it. A load
    that was landed and not applied yet has applied False and its rows pending. `orders` are those that hold now;
    `share_without_customer` is the share of them that belongs to nobody, None where there are none.
    """
    canonical = " UNION ALL ".join(
        f"SELECT load, '{kind}' AS state, count(*) AS n FROM {table} GROUP BY load" for kind, table in TABLE_OF.items()
    )
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for row in engine.ask(f"{canonical} UNION ALL {COUNTS}").to_pylist():
        counts[row["load"]][row["state"]] = row["n"]
    money: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in engine.ask(MONEY).to_pylist():
        money[row["load"]][row["measure"]][row["state"]] = row["minor"]
    notes: dict[int, dict[str, int]] = defaultdict(dict)
    for row in engine.ask("SELECT load, what, rows FROM load_notes").to_pylist():
        notes[row["load"]][row["what"]] = row["rows"]
    nobodys = {row["load"]: (row["orders"], row["nobodys"]) for row in engine.ask(NOBODY).to_pylist()}
    applied = set(engine.ask("SELECT load FROM done_loads")["load"].to_pylist())
    return [
        _of(load, counts[load.id], money[load.id], notes[load.id], applied=load.id in applied)
        | _nobodys(*nobodys.get(load.id, (0, 0)))
        for load in catalogue.loads()
    ]


REJECTED = """
    SELECT load, field, count(*) AS n, min(reason) AS reason FROM quarantine GROUP BY load, field ORDER BY n DESC, field
"""
REJECTED_MONEY = """
    SELECT load, CAST(sum(minor) AS BIGINT) AS minor FROM load_sums
    WHERE state = 'quarantined' AND measure = 'net' GROUP BY load
"""


def rejected(engine: Engine, loads: Iterable[Load]) -> list[dict[str, Any]]:
    """Of each of the loads that has rows in quarantine: how many of how many, their amount, the commonest reason.

    `amount` is in minor units, as the file gives it, None where the rows tell none; `reason` is one example of what is
    wrong with the field that is wrong most often.
    """
    reasons: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in engine.ask(REJECTED).to_pylist():
        reasons[row["load"]].append(row)
    money = {row["load"]: row["minor"] for row in engine.ask(REJECTED_MONEY).to_pylist()}
    return [
        {
            "load": load.id,
            "source": load.source,
            "files": list(load.files),
            "rejected": sum(row["n"] for row in reasons[load.id]),
            "accepted": load.rows,
            "amount": money.get(load.id),
            "reason": reasons[load.id][0]["reason"],
        }
        for load in loads
        if load.id in reasons
    ]


def _of(
    load: Load, counts: dict[str, int], money: dict[str, dict[str, int]], notes: dict[str, int], *, applied: bool
) -> dict[str, Any]:
    rows = {state: counts.get(state, 0) for state in STATES}
    rows["canonical"] = counts.get(load.rows_kind, 0)
    if not applied:
        rows["pending"] = load.rows
    return {
        "load": load.id,
        "source": load.source,
        "rows_kind": load.rows_kind,
        "files": list(load.files),
        "applied": applied,
        "accepted": load.rows,
        **rows,
        "balanced": load.rows == sum(rows.values()),
        "money": {measure: _sums(sums) for measure, sums in sorted(money.items()) if "file" in sums},
        "notes": notes,
    }


def _nobodys(orders: int, without: int) -> dict[str, Any]:
    return {"orders": orders, "share_without_customer": round(without / orders, 6) if orders else None}


def _sums(sums: dict[str, int]) -> dict[str, int]:
    left = {state: sums.get(state, 0) for state in STATES if state != "erased"}
    return {"file": sums["file"], **left, "difference": sums["file"] - sum(left.values())}
