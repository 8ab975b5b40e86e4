"""Laws of membership: what must hold whatever the conditions say."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import engines
import small_shops as shops
from segments import made

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=25, phases=UNSHRUNK, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), a=made.definitions, b=made.definitions, layer=made.layer_definitions)
def test_sets_behave_as_sets(seed: int, a: dict, b: dict, layer: dict) -> None:
    rows = shops.shop(shops.Seeded(seed), customers=40, most_orders=5)
    asked = {
        "layer": layer,
        "a": a,
        "b": b,
        "not_a": {"not": a},
        "not_b": {"not": b},
        "not_not_a": {"not": {"not": a}},
        "a_and_b": {"all": [a, b]},
        "b_and_a": {"all": [b, a]},
        "a_or_b": {"any": [a, b]},
        "a_or_not_a": {"any": [a, {"not": a}]},
        "not_all": {"not": {"all": [a, b]}},
        "any_not": {"any": [{"not": a}, {"not": b}]},
        "not_any": {"not": {"any": [a, b]}},
        "all_not": {"all": [{"not": a}, {"not": b}]},
        "named": {"in_segment": "a"},
        "not_named": {"not_in_segment": "a"},
    }
    with engines.duckdb_engine() as engine:
        shops.fill(engine, rows)
        found = made.computed(engine, asked, shops.AS_OF)
    everyone = {customer["customer_id"] for customer in rows["customers"]}
    assert found["a"] | found["not_a"] == found["a_or_not_a"] == everyone
    assert found["a"] & found["not_a"] == set()
    assert found["not_not_a"] == found["a"]
    assert found["not_all"] == found["any_not"] == everyone - found["a_and_b"]
    assert found["not_any"] == found["all_not"] == everyone - found["a_or_b"]
    assert found["a_and_b"] == found["b_and_a"] == found["a"] & found["b"]
    assert found["a_and_b"] <= found["a"] <= found["a_or_b"] == found["a"] | found["b"]
    assert found["named"] == found["a"], "a layer means its text"
    assert found["not_named"] == found["not_a"]


@settings(max_examples=10, phases=UNSHRUNK, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), a=made.tree(st.one_of(made.trait_items, made.did_items())))
def test_a_new_customer_changes_nobody_else(seed: int, a: dict) -> None:
    """Apart from ranks, whose cuts are frozen until they are learnt again; here none is asked for."""
    if "top" in str(a) or "bottom" in str(a):
        return
    rows = shops.shop(shops.Seeded(seed), customers=25, most_orders=5)
    newest = max(customer["customer_id"] for customer in rows["customers"])
    fewer = {name: [row for row in facts if row["customer_id"] != newest] for name, facts in rows.items()}
    found = []
    for shop in (rows, fewer):
        with engines.duckdb_engine() as engine:
            shops.fill(engine, shop)
            found.append(made.computed(engine, {"a": a}, shops.AS_OF)["a"])
    assert found[0] - {newest} == found[1]
