from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars.errors import UsageError
from regulars.insight.concentration import concentration, rank_at


def by_hand(values, share):
    ordered = sorted(values, reverse=True)
    return sum(ordered[: ceil(Fraction(str(share)) * len(ordered))])


def needed_by_hand(values, share):
    running = 0
    for rank, value in enumerate(sorted(values, reverse=True), 1):
        running += value
        if running >= Fraction(str(share)) * sum(values):
            return rank
    return None


def test_both_ways_round(shop):
    engine, rows = shop(orders=[1] * 40, revenue=[1000, *[100] * 9, *[10] * 30])
    found = concentration(engine, rows, top=[0.025, 0.25], needed=[0.4, 0.5])
    assert found.total == 2200
    assert found.top(0.025).customers == 1
    assert found.top(0.025).value == 1000
    assert found.top(0.25).customers == 10
    assert found.top(0.25).share_of_value == pytest.approx(1900 / 2200)
    assert found.needed(0.4).customers == 1
    assert found.needed(0.5).customers == 2
    assert found.needed(0.5).value == 1100


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers(1, 40), min_size=30, max_size=130), share=st.sampled_from([0.01, 0.07, 0.2, 0.5, 1.0])
)
def test_ties_change_nothing(duck, values, share):
    engine, rows = duck(orders=[1] * len(values), revenue=values)
    found = concentration(engine, rows, top=[share], needed=[share])
    assert found.top(share).value == by_hand(values, share)
    assert found.needed(share).customers == needed_by_hand(values, share)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(0, 1000), min_size=30, max_size=250).filter(any))
def test_the_curve_rises_and_bends_down(duck, values):
    engine, rows = duck(orders=[1] * len(values), revenue=values)
    curve = concentration(engine, rows).curve
    assert len(curve) <= 101
    assert curve[0] == (0.0, 0.0)
    assert curve[-1] == (1.0, 1.0)
    assert all(y >= x - 1e-12 for x, y in curve)
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(curve)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(slopes))


def test_only_buyers_with_a_known_value_count(shop):
    engine, rows = shop(orders=[1] * 30 + [0] * 10 + [1], revenue=[10] * 30 + [0] * 10 + [None])
    assert concentration(engine, rows).n == 30


def test_few_buyers_cannot_say(shop):
    engine, rows = shop(orders=[1] * 29, revenue=[10] * 29)
    found = concentration(engine, rows)
    assert str(found.cannot_say) == "cannot say: 29 buyers, needs 30"
    assert found.curve == ()


def test_no_money_cannot_say(shop):
    engine, rows = shop(orders=[1] * 30, revenue=[0] * 30)
    assert concentration(engine, rows).cannot_say.of == "total_above_zero"


def test_what_cannot_be_asked_is_refused(shop):
    engine, rows = shop(orders=[1], revenue=[1], full_price_share=[0.5])
    with pytest.raises(UsageError, match="did you mean revenue"):
        concentration(engine, rows, "revenu")
    with pytest.raises(UsageError, match="money or a count"):
        concentration(engine, rows, "full_price_share")
    with pytest.raises(UsageError, match="out of range"):
        concentration(engine, rows, top=[20])


def test_a_rank_is_exact_in_decimals():
    assert rank_at(0.07, 100) == 7
    assert rank_at(0.29, 100) == 29
    assert rank_at(0.2, 2469) == 494
