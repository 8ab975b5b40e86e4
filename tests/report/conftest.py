from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import pyarrow as pa
import pytest

from regulars.clock import AsOf
from regulars.engine.compile import unbound
from regulars.engine.duckdb import DuckDB
from regulars.report.facts import gather
from regulars.report.page import render

KINDS = {
    "orders": "count",
    "revenue": "money",
    "list_value": "money",
    "discount": "money",
    "full_price_share": "share",
    "beyond_rhythm": "flag",
    "coupon_orders": "count",
    "first_order": "date",
    "last_order": "date",
    "average_order_value": "money",
    "categories": "count",
    "preferred_category": "code",
    "weekday": "code",
    "income": "text",
}
COLUMN = {"count": "int64", "money": "int64", "share": "float64", "flag": "boolean", "date": "int32", "code": "int32"}
ARROW = {
    "int64": pa.int64(),
    "int32": pa.int32(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def trait(name: str) -> SimpleNamespace:
    book = "category" if name == "preferred_category" else "weekday" if name == "weekday" else None
    label = {"en": name.replace("_", " "), "nl": f"{name} (nl)", "da": f"{name} (da)"}
    kind = "told" if name == "income" else "state"
    return SimpleNamespace(name=name, type=KINDS[name], kind=kind, label=label, book=book)


def customer(at: int) -> dict[str, object]:
    """A made-up customer; the first fifth is good, its tenth silent."""
    good = at % 5 == 0
    return {
        "customer_id": at + 1,
        "orders": 20 + at % 7 if good else 1 + at % 4,
        "revenue": 300_000 + 700 * at if good else 20_000 + 90 * at,
        "list_value": 330_000 + 700 * at if good else 30_000 + 90 * at,
        "discount": 30_000 if good else 10_000,
        "full_price_share": 0.8 if good else round((at % 97) / 100, 6),
        "beyond_rhythm": at % 10 == 0,
        "coupon_orders": at % 3,
        "first_order": 17_200 + at % 30,
        "last_order": 17_500 + at % 30,
        "average_order_value": 9_000 + at if good else 4_000 + at,
        "categories": 14 + at % 3 if good else 5 + at % 6,
        "preferred_category": 1 if good and at % 3 else 2 + at % 2,
        "weekday": 6 if good else 1 + at % 5,
        "income": EVIL if good else "modest",
    }


def segment(name: str, members: int, revenue: int, **changes: object) -> dict[str, object]:
    row = {
        "id": name,
        "name": name.replace("_", " ").capitalize(),
        "members": members,
        "share": members / 500,
        "revenue": revenue,
        "share_of_revenue": 0.25,
        "value_per_customer": revenue // members if members else None,
        "thresholds": [{"trait": "revenue", "learnt": True, "reason": "at least € 3.000: the top 20%"}],
        "sentence": "Customers who spend most.",
        "growing_is": "good",
        "playbook": {"do": ["Thank them."], "avoid": ["Do not send them offer mails."]},
        "members_month_before": members - 5,
        "cannot_say": None,
    }
    return {**row, **changes}


SEGMENTS = [
    segment(
        "best_customers", 100, 40_000_000, thresholds=[{"trait": "orders", "learnt": True, "reason": "at least 20"}]
    ),
    segment("top_20_percent", 100, 40_000_000),
    segment("inactive", 50, 9_000_000, growing_is="bad"),
    segment("bargain_hunters", 60, 2_000_000, growing_is="bad", members_month_before=70),
    segment("prefers_coffee", 80, 7_000_000, growing_is=None),
    segment("newcomers", 0, 0, cannot_say="cannot say: 14 repeat buyers, needs 30", members_month_before=None),
]


def made(count: int, segments: list[dict[str, object]], **shop: object) -> dict[str, object]:
    engine = DuckDB.open()
    schema = {"customer_id": "int64", **{name: COLUMN.get(kind, "string") for name, kind in KINDS.items()}}
    rows = [customer(at) for at in range(count)]
    engine.create("traits", schema)
    engine.append(
        "traits", pa.Table.from_pylist(rows, pa.schema([(name, ARROW[kind]) for name, kind in schema.items()]))
    )
    good = [at % 5 == 0 for at in range(count)]
    flags = {"best_customers": good, "top_20_percent": good, "inactive": [bool(row["beyond_rhythm"]) for row in rows]}
    engine.create("flags", {"customer_id": "int64", **dict.fromkeys(flags, "boolean")})
    engine.append("flags", pa.table({"customer_id": [row["customer_id"] for row in rows], **flags}))
    facts = gather(
        engine,
        unbound("traits", schema),
        unbound("flags", {"customer_id": "int64", **dict.fromkeys(flags, "boolean")}),
        shop={"name": "Koffiehuis", "currency": "EUR", "digits": 2, "country": "NL", "note": None, **shop},
        as_of=AsOf(17_532, 1_514_869_200),
        version=3,
        segments=segments,
        traits={name: trait(name) for name in KINDS},
        codes={"category": {"coffee": 1, EVIL: 2, "tea": 3}},
        accounts=[
            {
                "source": "till",
                "accepted": 5,
                "canonical": 4,
                "quarantined": 1,
                "money": {"net": {"file": 12_345, "canonical": 12_345, "difference": 0}},
            }
        ],
    )
    engine.close()
    return facts


@pytest.fixture(scope="session")
def facts() -> dict[str, object]:
    """A shop of 500 buyers of which everything can be said."""
    return made(500, SEGMENTS)


@pytest.fixture(scope="session")
def pages(facts):
    """The page of that shop in a language, drawn once."""
    return cache(lambda language: render(facts, language))


@pytest.fixture(scope="session")
def little() -> dict[str, object]:
    """A shop of 12 buyers, of which hardly anything can be said."""
    return made(12, [{**row, "cannot_say": "cannot say: 12 buyers, needs 30"} for row in SEGMENTS])


@pytest.fixture(scope="session")
def evil() -> dict[str, object]:
    """A shop whose every text tries to break out of the page."""
    texts = {"name": EVIL, "sentence": EVIL, "playbook": {"do": [EVIL], "avoid": [EVIL]}}
    reasons = [{"trait": "revenue", "learnt": True, "reason": EVIL}]
    rows = [{**row, **texts, "thresholds": reasons, "id": f'{row["id"]}"><b onclick=x>'} for row in SEGMENTS]
    rows = [{**SEGMENTS[0], **texts}, *rows, {**SEGMENTS[5], "cannot_say": EVIL}]
    return made(500, rows, name=EVIL, note=EVIL)
