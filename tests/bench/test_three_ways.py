"""The bench in small: three ways of doing the same work end in equal results, and a difference would be seen."""

from __future__ import annotations

import json
import os
import shutil

import duckdb
import pyarrow.parquet as parquet
import pytest
from bench.budgets import Row
from bench.tables import LAST_DAY

from bench import budgets, contest, equal, generate, run, shop
from regulars.clock import day_number
from regulars.sources.canonical import CANONICAL

CUSTOMERS = 2_000

pytestmark = pytest.mark.simulated


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("bench")
    generate.generate(found / "tables", CUSTOMERS)
    shop.build(found / "start" / "shop", found / "tables")
    return found


@pytest.fixture(scope="module")
def peers():
    try:
        contest.peers()
    except Exception as failure:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"Polars cannot be installed: {failure}")


@pytest.fixture(scope="module")
def finished(folder, peers):
    costs = contest.contest(folder / "start", folder, runs=1)
    return folder, costs


def rows(folder, table):
    return parquet.read_table(folder / "tables" / f"{table}.parquet")


def test_every_value_membership_joiner_and_leaver_is_equal(finished):
    folder, costs = finished
    assert {way: len(all_of) for way, all_of in costs.items()} == {"regulars": 1, "by hand": 1, "polars": 1}
    assert run.checked(folder) == []


def test_there_are_joiners_leavers_and_members(finished):
    folder, _ = finished
    changes = duckdb.execute(
        f"SELECT entered, count(*) FROM '{folder}/by_hand/results/changes.parquet' GROUP BY 1"
    ).fetchall()
    members = duckdb.execute(
        f"SELECT count(DISTINCT segment) FROM '{folder}/by_hand/results/members.parquet'"
    ).fetchall()
    assert {entered for entered, _ in changes} == {True, False}
    assert members[0][0] >= 15


def test_a_difference_is_told_with_an_example(finished, tmp_path):
    folder, _ = finished
    mine = folder / "by_hand" / "results"
    other = shutil.copytree(mine, tmp_path / "other")
    duckdb.execute(
        f"COPY (SELECT * REPLACE (revenue + (orders = 1)::BIGINT AS revenue) FROM '{mine}/traits.parquet') TO '{other}/traits.parquet'"
    )
    duckdb.execute(f"COPY (FROM '{mine}/members.parquet' OFFSET 1) TO '{other}/members.parquet'")
    found = equal.differences(mine, other)
    assert [line.split(":")[0] for line in found] == ["traits.revenue", "members"]
    assert "1 rows only in the first" in found[1]


def test_each_way_says_what_it_cost(finished):
    _, costs = finished
    for all_of in costs.values():
        for cost in all_of:
            assert cost.cpu > 0
            assert cost.wall > 0
            assert cost.peak_mb > 10
            assert cost.imports > 0


def test_the_same_size_gives_the_same_rows(folder, tmp_path):
    generate.generate(tmp_path / "tables", CUSTOMERS)
    for table in CANONICAL:
        if (folder / "tables" / f"{table}.parquet").exists():
            assert rows(tmp_path, table).equals(rows(folder, table)), table


def test_the_simulated_shop_has_what_a_shop_has(folder):
    lines, orders = rows(folder, "order_lines").to_pydict(), rows(folder, "orders").to_pydict()
    assert len(orders["order_id"]) == CUSTOMERS * 5
    assert len(set(orders["order_id"])) == CUSTOMERS * 5
    assert all(a - b == c for a, b, c in zip(lines["list"], lines["discount"], lines["net"], strict=True))
    assert 0.1 < sum(discount > 0 for discount in lines["discount"]) / len(lines["discount"]) < 0.5
    assert None in orders["customer_id"]
    assert None in lines["product_id"]
    assert True in orders["test"]
    assert any(orders["cancelled_sec"])
    assert max(orders["day"]) == day_number(LAST_DAY)
    assert set(lines["order_id"]) == set(orders["order_id"])


def test_facts_lie_in_order_of_customer_and_time(folder):
    for table in ("orders", "order_lines", "discounts", "sends", "events"):
        found = rows(folder, table).select(["customer_id", "sec"]).to_pylist()
        known = [(row["customer_id"], row["sec"]) for row in found if row["customer_id"] is not None]
        assert known == sorted(known)


def test_every_result_says_that_the_data_is_simulated(finished):
    folder, costs = finished
    took = {"first version": {"segments": 20}, "layout": {"orders": 1.0}}
    assert generate.NOTE in run.told(CUSTOMERS, 1, took, costs, run.refresh_rows(costs), folder / "tables")


def test_a_budget_is_met_or_not_and_kept(tmp_path):
    table = [Row("fast", 1.0, "×", 1.15), Row("slow", 2.0, "×", 1.15), Row("for information", 3.0, "s")]
    assert [row.met for row in table] == [True, False, None]
    as_json, as_text = budgets.keep(
        tmp_path, LAST_DAY, {"customers": 1}, table, budgets.table(row.cells for row in table)
    )
    kept = json.loads(as_json.read_text())
    assert [row["met"] for row in kept["budgets"]] == [True, False, None]
    assert "NOT MET" in as_text.read_text()
