"""The words that traits are written in give the same on every engine, at the edges too."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.clock import date_of, day_number
from regulars.engine.base import Engine
from regulars.engine.compile import unbound
from regulars.errors import EngineError
from regulars.traits import people, values

COLUMNS = {"part": "int64", "whole": "int64", "code": "int32"}
PAIRS = [(1, 3), (2, 3), (1, 16_000), (1, 128), (5, 2), (7, 2), (0, 9), (4, 0), (10**13, 3), (147_598, 25), (None, 2)]


@pytest.fixture
def pairs(engine: Engine) -> Engine:
    engine.create("pairs", COLUMNS)
    rows = [{"part": part, "whole": whole, "code": n} for n, (part, whole) in enumerate(PAIRS)]
    kinds = [("part", pa.int64()), ("whole", pa.int64()), ("code", pa.int32())]
    engine.append("pairs", pa.Table.from_pylist(rows, schema=pa.schema(kinds)))
    return engine


def test_a_ratio_is_rounded_alike_and_nothing_over_nothing_is_unknown(pairs: Engine) -> None:
    t = unbound("pairs", COLUMNS)
    found = (
        pairs.ask(t.select("code", share=values.ratio(t.part, t.whole)).order_by("code")).column("share").to_pylist()
    )
    expected = [
        None if part is None or not whole else math.floor(part / whole * 1e6 + 0.5) / 1e6 for part, whole in PAIRS
    ]
    assert found == expected
    assert found[:4] == [0.333333, 0.666667, 0.000063, 0.007813]


def test_a_whole_ratio_goes_to_the_nearest_halves_up(pairs: Engine) -> None:
    t = unbound("pairs", COLUMNS)
    found = pairs.ask(t.select("code", n=values.whole_ratio(t.part, t.whole)).order_by("code")).column("n").to_pylist()
    assert found == [0, 1, 0, 0, 3, 4, 0, None, 3_333_333_333_333, 5904, None]


def test_the_largest_wins_and_the_smallest_code_at_a_tie(pairs: Engine) -> None:
    t = unbound("pairs", COLUMNS)
    few = t.filter(t.code.isin([3, 2, 0]))
    key = few.agg(key=values.packed(few.part, few.code, 16))
    assert pairs.ask(key.select(code=values.unpacked(key.key, 16))).to_pylist() == [{"code": 0}]
    nothing = t.filter(t.part == 0)
    key = nothing.agg(key=values.packed(nothing.part, nothing.code, 16))
    assert pairs.ask(key.select(code=values.unpacked(key.key, 16))).to_pylist() == [{"code": None}]


# Sail wraps where Spark, told to follow ANSI, refuses
@pytest.mark.parametrize("engine", ["duckdb", "postgres"], indirect=True)
def test_a_value_too_large_to_pack_is_refused_not_wrapped(pairs: Engine) -> None:
    t = unbound("pairs", COLUMNS)
    with pytest.raises(EngineError, match=r"(?i)overflow|out of range"):
        pairs.ask(t.agg(key=values.packed(t.part, t.code, 1 << 20)))


def test_a_look_up_knows_its_codes_only(pairs: Engine) -> None:
    t = unbound("pairs", COLUMNS)
    known = {code: code * 10 for code in (0, 1, 4, 7, 9)}
    found = pairs.ask(t.select("code", n=values.looked_up(t.code, known)).order_by("code")).column("n").to_pylist()
    assert found == [known.get(code) for code in range(len(PAIRS))]
    nothing = pairs.ask(t.select(n=values.looked_up(t.code, {}))).column("n").to_pylist()
    assert set(nothing) == {None}


@given(born=st.integers(-30_000, 25_000), today=st.integers(0, 25_000), years=st.integers(0, 60))
def test_the_day_that_bounds_an_age(born: int, today: int, years: int) -> None:
    """Born by that day means so many birthdays, 29 February's on 1 March in other years."""
    start, end = date_of(born), date_of(today)
    age = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    assert (born <= people.born_by(end, years)) == (age >= years)


def test_birthdays_on_leap_days() -> None:
    leap = day_number(date_of(0).replace(year=2016, month=2, day=29))
    assert people.born_by(date_of(leap + 365), 1) == leap - 1
    assert people.born_by(date_of(leap + 366), 1) == leap + 1
