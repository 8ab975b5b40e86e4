"""Membership against a naive second evaluation, on random segments, shops and moments."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import engines
import small_shops as shops
from regulars.clock import AsOf
from segments import made

DAYS = st.sampled_from([shops.TODAY, shops.TODAY - 1, shops.TODAY - 40, 17225, 16860, 17531 + 90, shops.TODAY + 400])
"""Among them 29 February 2016's neighbour years, a year's last day and days after the last fact."""


def agree(engine, rows: dict, who_by_id: dict, as_of: AsOf) -> None:
    found = made.computed(engine, who_by_id, as_of)
    world = made.world(rows, as_of, who_by_id)
    for id, who in who_by_id.items():
        expected = world.members(who)
        assert found[id] == expected, f"{who}: {found[id] ^ expected}"


# shrinking five definitions and a shop takes minutes; the assertion names the definition and who differs
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=40, phases=UNSHRUNK, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    customers=st.sampled_from([0, 1, 4, 45, 70]),
    day=DAYS,
    layer=made.layer_definitions,
    asked=st.lists(made.definitions, min_size=5, max_size=5),
)
def test_200_random_triples(seed: int, customers: int, day: int, layer: dict, asked: list[dict]) -> None:
    """40 shops and moments with 5 segments each."""
    rows = shops.shop(shops.Seeded(seed), customers=customers, most_orders=6)
    as_of = AsOf(day, (day + 1) * 86400)
    with engines.duckdb_engine() as engine:
        shops.fill(engine, rows)
        agree(engine, rows, {"layer": layer, **{f"asked_{n}": who for n, who in enumerate(asked)}}, as_of)
