from __future__ import annotations

import pytest

from regulars.errors import UsageError
from regulars.insight.intervals import median_ranks
from regulars.insight.profile import profile

TYPES = {"revenue": "money", "gap_mean": "days", "town": "text", "beyond_rhythm": "flag"}


def test_shares_and_medians_by_hand(shop):
    engine, rows = shop(
        orders=[1] * 200,
        in_vip=[True] * 100 + [False] * 100,
        revenue=[*range(201, 301), *range(1, 101)],
        town=["Utrecht"] * 80 + ["Aarhus"] * 20 + ["Utrecht"] * 20 + ["Aarhus"] * 80,
        gap_mean=[5.0] * 200,
        beyond_rhythm=([True] * 20 + [False] * 80) * 2,
    )
    found = profile(engine, rows, "vip", TYPES)
    by_name = {(d.trait, d.value): d for d in found.differences}
    assert (found.n, found.rest, found.comparisons) == (100, 100, 5)
    revenue = by_name["revenue", None]
    assert (revenue.inside, revenue.outside, revenue.lift) == (250, 50, 5)
    low, _, high = median_ranks(100, 2.5758)
    assert (revenue.low, revenue.high) == (200 + low, 200 + high)
    utrecht = by_name["town", "Utrecht"]
    assert (utrecht.inside, utrecht.outside, utrecht.lift) == (0.8, 0.2, 4.0)
    assert utrecht.low == pytest.approx(0.681, abs=0.002)
    assert utrecht.differs
    assert not by_name["gap_mean", None].differs
    assert not by_name["beyond_rhythm", True].differs
    assert [d.trait for d in found.top()] == ["revenue", "town"]


def test_what_defines_a_segment_is_no_finding(shop):
    engine, rows = shop(orders=[1] * 80, in_vip=[True] * 40 + [False] * 40, revenue=[*range(41, 81), *range(1, 41)])
    found = profile(engine, rows, "vip", TYPES, defining={"revenue"})
    assert found.differences[0].by_definition
    assert found.top() == ()


def test_chance_alone_is_no_finding(shop):
    odd = [at % 2 == 1 for at in range(400)]
    towns = [f"town {at * 7919 % 13}" for at in range(400)]
    found = profile(*shop(orders=[1] * 400, in_vip=odd, town=towns), "vip", TYPES)
    assert found.comparisons > 5
    assert found.top() == ()


def test_few_members_cannot_say(shop):
    engine, rows = shop(orders=[1] * 60, in_vip=[True] * 14 + [False] * 46, revenue=[1] * 60)
    assert str(profile(engine, rows, "vip", TYPES).cannot_say) == "cannot say: 14 members, needs 30"


def test_few_known_values_are_said(shop):
    towns = ["Ribe"] * 12 + [None] * 28 + ["Ribe"] * 40
    engine, rows = shop(orders=[1] * 80, in_vip=[True] * 40 + [False] * 40, town=towns)
    found = profile(engine, rows, "vip", TYPES)
    assert str(found.unsaid["town"]) == "cannot say: 12 customers with a known value, needs 30"
    assert found.differences == ()


def test_an_unknown_segment_is_refused_with_the_nearest(shop):
    with pytest.raises(UsageError, match="did you mean vip"):
        profile(*shop(orders=[1], in_vip=[True]), "vipp", TYPES)
