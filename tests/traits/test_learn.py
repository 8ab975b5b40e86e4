"""What is learnt from all customers: base rates, the prior, the days in which nine of ten return; on every engine."""

from __future__ import annotations

import json
from collections import Counter
from math import ceil

import pyarrow as pa
import pytest

import small_shops as shops
import trait_oracle as oracle
from regulars.engine.base import Engine
from regulars.models import rate
from regulars.traits import learn
from regulars.traits.parameters import Parameters
from regulars.traits.trait import Context

AS_OF = {"day": shops.AS_OF.day, "sec": shops.AS_OF.sec}
CONTEXT = Context(shops.AS_OF, Parameters(), shops.CODES)


def learnt(engine: Engine, rows: dict) -> dict[str, learn.Parameter]:
    shops.fill(engine, rows)
    shops.computed(engine)
    return {parameter.name: parameter for parameter in learn.rhythm(engine, CONTEXT)}


def test_base_rates_are_shares_of_the_lines_that_count(engine: Engine) -> None:
    rows = shops.shop(shops.Seeded(3), customers=120, most_orders=12)
    shops.fill(engine, rows)
    dead = {order["order_id"] for order in rows["orders"] if not oracle.order_counts(order, AS_OF)}
    lines = [line for line in oracle.visible(rows["order_lines"], AS_OF) if line["order_id"] not in dead]
    counts = Counter(line["category"] for line in lines)
    found = learn.base_rates(engine, CONTEXT)
    assert {p.key: (p.value, p.n) for p in found} == {
        code: (round(n / len(lines), 9), n) for code, n in counts.items() if code is not None and n >= 30
    }
    assert len(found) >= 4
    assert {p.valid_from for p in found} == {shops.TODAY}


def test_a_rare_category_has_no_base_rate(engine: Engine) -> None:
    shops.fill(engine, shops.shop(shops.Seeded(3), customers=2, most_orders=3))
    assert learn.base_rates(engine, CONTEXT) == []


def test_the_days_in_which_nine_of_ten_return(engine: Engine) -> None:
    rows = shops.shop(shops.Seeded(8), customers=90, most_orders=10)
    found = learnt(engine, rows)["return_days_90"]
    gaps = sorted(
        row["gap_mean"]
        for row in oracle.traits(rows, AS_OF, shops.PARAMETERS, shops.CODES).values()
        if row["gap_mean"] is not None
    )
    assert found.n == len(gaps) >= 30
    assert found.value == ceil(gaps[ceil(0.9 * len(gaps)) - 1])
    assert sum(gap <= found.value for gap in gaps) >= 0.9 * len(gaps)
    assert json.loads(found.reason) == {"key": "return_days", "share": "90%", "buyers": len(gaps), "needs": 30}


def test_the_prior_is_that_of_the_buyers(engine: Engine) -> None:
    rows = shops.shop(shops.Seeded(8), customers=90, most_orders=10)
    found = learnt(engine, rows)
    traits = oracle.traits(rows, AS_OF, shops.PARAMETERS, shops.CODES).values()
    buyers = [(row["shopping_days"] - 1, shops.TODAY - row["first_order"]) for row in traits if row["orders"]]
    expected = rate.fit(*zip(*buyers, strict=True))
    assert expected is not None
    assert found["rhythm_r"].value == pytest.approx(expected.r, rel=1e-6)
    assert found["rhythm_alpha"].value == pytest.approx(expected.alpha, rel=1e-6)
    assert found["rhythm_r"].n == sum(returns > 0 for returns, _ in buyers)


def test_too_few_who_return_cannot_say_and_tell_how_many_are_needed(engine: Engine) -> None:
    found = learnt(engine, shops.shop(shops.Seeded(1), customers=12, most_orders=6))
    assert {parameter.value for parameter in found.values()} == {None}
    assert json.loads(found["return_days_90"].reason)["needs"] == 30
    assert 0 < json.loads(found["rhythm_r"].reason)["returning"] < 30


def test_what_is_learnt_decides_who_is_silent(engine: Engine) -> None:
    """From facts to parameters to the clock trait, without a hand in between."""
    rows = shops.shop(shops.Seeded(8), customers=90, most_orders=10)
    found = learnt(engine, rows)
    values = {name: found[name].value for name in ("rhythm_r", "rhythm_alpha")}
    expected = oracle.traits(rows, AS_OF, values, shops.CODES)
    computed = shops.computed(engine, values=values)
    chances = {who: row["silence_chance"] for who, row in computed.items()}
    assert chances == {who: row["silence_chance"] for who, row in expected.items()}
    assert {row["beyond_rhythm"] for row in computed.values()} == {True, False, None}


def test_an_empty_shop_learns_nothing(engine: Engine) -> None:
    rows = {name: [] for name in shops.TABLES}
    assert {p.value for p in learnt(engine, rows).values()} == {None}
    assert learn.base_rates(engine, CONTEXT) == []
    assert engine.ask("SELECT * FROM traits").num_rows == 0
    assert isinstance(pa.table({}), pa.Table)
