"""The same definitions on every engine: each condition's word in one place at least, membership equal to the naive one."""

from __future__ import annotations

import pytest

import small_shops as shops
from regulars.engine.base import Engine
from regulars.segments.conditions import ROWS
from segments import made

BODIES: dict[str, dict] = {
    "layer": {"orders": {"at_least": 2}},
    "numbers": {
        "all": [
            {"orders": {"between": [1, 40]}},
            {"revenue": {"more_than": "0.01"}},
            {"average_order_value": {"less_than": "9999.99"}},
            {"full_price_share": {"at_most": "99.5%"}},
            {"any": [{"shopping_days": {"is_not": 3}}, {"items": {"not_in": [1, 2]}}, {"orders": [5, 6]}]},
        ]
    },
    "words": {
        "any": [
            {"income": "low"},
            {"store": {"contains": "T"}},
            {"top_category": {"starts_with": "CO"}},
            {"income": {"ends_with": "GH"}},
            {"store": {"not_in": ["Delft"]}},
        ]
    },
    "odd_text": {"any": [{"income": {"contains": "%"}}, {"income": {"contains": "_"}}, {"income": "it's \\ \"x\""}]},
    "unknown": {"all": [{"income": {"known": False}}, {"not": {"birth_date": {"before": "1990-01-01"}}}]},
    "dates": {
        "all": [
            {"first_order": {"before": "2 weeks ago"}},
            {"last_order": {"after": "first order"}},
            {"last_order": {"during": "last 6 months"}},
            {"not": {"first_order": {"on": "2017-12-24"}}},
        ]
    },
    "calendar": {"any": [{"last_order": {"during": "previous month"}}, {"last_order": {"between": ["2017-07-01", "2017-09-30"]}}]},
    "flags": {"any": [{"beyond_rhythm": True}, {"silence_chance": {"at_most": "60%"}}]},
    "ranks": {"all": [{"revenue": {"top": "50%"}}, {"full_price_share": {"bottom": "80%", "among": "everyone"}}]},
    "ranks_of_layers": {"any": [{"revenue": {"top": 7, "among": "layer"}}, {"orders": {"top": "10%", "per": "income"}}]},
    "bought": {
        "did": "bought",
        "where": {"all": [{"category": ["coffee", "tea"]}, {"not": {"store": "Delft"}}, {"hour": {"at_least": 6}}]},
        "times": {"at_least": 2},
        "during": "last 6 months",
    },
    "bought_for": {"did": "bought", "where": {"discounted": False}, "spent": {"at_least": "25"}},
    "bought_items": {"did": "bought", "where": {"store": {"known": True}}, "items": {"between": [2, 30]}},
    "bought_days": {"did": "bought", "where": {"brand": "own"}, "days": {"at_least": 2}, "during": {"since": "2017-08-01"}},
    "bought_soon": {"did": "bought", "where": {"category": "coffee"}, "during": {"from": "first order", "for": "60 days"}},
    "bought_weekend": {"did": "bought", "where": {"all": [{"weekday": ["sat", "sun"]}, {"month": ["oct", "nov", "dec"]}]}},
    "did_not": {"all": [{"did_not": "viewed", "during": {"since": "last order"}}, {"did_not": "received", "times": 2}]},
    "redeemed": {"any": [{"did": "redeemed", "days": {"at_least": 1}}, {"did": "contacted_support"}]},
    "layers": {"all": [{"in_segment": "layer"}, {"not_in_segment": "flags"}]},
    "layers_of_layers": {"not": {"in_segment": "layers"}},
}  # fmt: skip


def words_in(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node).union(*(words_in(value) for value in node.values()))
    return set().union(*(words_in(value) for value in node)) if isinstance(node, list) else set()


def test_every_condition_has_a_body_here() -> None:
    implied = {"is", "one_of"}
    assert {row.word for row in ROWS} - words_in(list(BODIES.values())) - implied == set()


@pytest.mark.parametrize("seed", [3])
def test_equal_on_every_engine(engine: Engine, seed: int) -> None:
    rows = shops.shop(shops.Seeded(seed), customers=80, most_orders=12)
    shops.fill(engine, rows)
    found = made.computed(engine, BODIES, shops.AS_OF)
    world = made.world(rows, shops.AS_OF, BODIES)
    expected = {id: world.members(who) for id, who in BODIES.items()}
    assert found == expected
    dull = [id for id, members in found.items() if not members or len(members) == 80]
    assert set(dull) <= {"odd_text"}, "a body that is true of all or none shows little"
