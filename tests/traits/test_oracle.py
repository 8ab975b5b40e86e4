"""Traits against a naive second computation, on shops made to break them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engines
import small_shops as shops
import trait_oracle as oracle
from regulars.engine.base import Engine

AS_OF = {"day": shops.AS_OF.day, "sec": shops.AS_OF.sec}


def differences(found: dict, expected: dict) -> list[str]:
    """Every value that differs, told with customer and trait."""
    return [
        f"{customer}.{trait}: {found[customer].get(trait, 'absent')!r} is not {value!r}"
        for customer, row in expected.items()
        for trait, value in row.items()
        if found[customer].get(trait, "absent") != value
    ]


def check(found: dict, rows: dict) -> None:
    expected = oracle.traits(rows, AS_OF, shops.PARAMETERS, shops.CODES)
    assert found.keys() == expected.keys()
    assert all(row.keys() == expected[customer].keys() for customer, row in found.items())
    assert differences(found, expected) == []


@st.composite
def small_shops(draw):
    return shops.shop(shops.Drawn(draw), customers=draw(st.integers(0, 3)), most_orders=5)


@pytest.fixture(scope="module")
def watched() -> Iterator[shops.Watched]:
    with engines.duckdb_engine() as engine:
        yield shops.Watched(engine)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=small_shops())
def test_any_small_shop(watched: shops.Watched, rows: dict) -> None:
    check(watched.traits_of(rows), rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_on_every_engine(engine: Engine, seed: int) -> None:
    rows = shops.shop(shops.Seeded(seed), customers=60, most_orders=14)
    shops.fill(engine, rows)
    check(shops.computed(engine), rows)
