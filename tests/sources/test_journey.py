"""The Complete Journey in full: every row and every cent arrives, and arrives once.

The figures were counted beforehand with SQL on the package's own files.
"""

from __future__ import annotations

import pytest

from regulars.catalogue.catalogue import Catalogue
from regulars.demo import journey
from regulars.engine.duckdb import DuckDB
from regulars.identity import survivors
from sources.conftest import SmallShop

ROWS = {
    "articles": 92_331,
    "campaigns": 27,
    "households": 801,
    "till": 1_469_307,
    "mailings": 6_589,
    "coupons": 2_102,
}
MONEY = {
    "net": 4_596_039_58,
    "discount/loyalty_card": 791_650_64,
    "discount/coupon": 26_359_90,
    "discount/coupon_match": 4_542_65,
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("journey")
    journey.write(root, say=lambda _: None)
    (root / ".regulars").mkdir()
    made = SmallShop(root, Catalogue.open(root / ".regulars" / "catalogue.sqlite"), DuckDB.open())
    made.load()
    survivors.refresh(made.engine, made.project, made.project.as_of_now())
    yield made
    made.catalogue.close()
    made.engine.close()


def test_every_row_is_canonical(shop):
    assert {load["source"]: load["canonical"] for load in shop.account()} == ROWS
    assert {load["source"]: load["accepted"] for load in shop.account()} == ROWS


def test_every_cent_arrives(shop):
    (till,) = [load for load in shop.account() if load["source"] == "till"]
    assert {measure: sums["file"] for measure, sums in till["money"].items()} == MONEY
    assert {measure: sums["canonical"] for measure, sums in till["money"].items()} == MONEY


def test_list_less_the_shops_discounts_is_net(shop):
    assert shop.one("SELECT count(*) FROM order_lines WHERE list - discount <> net") == 0
    assert shop.rows("SELECT CAST(sum(list) AS BIGINT) AS n, CAST(sum(discount) AS BIGINT) AS d FROM order_lines") == [
        {"n": 4_596_039_58 + 791_650_64 + 4_542_65, "d": 791_650_64 + 4_542_65}
    ]


def test_orders_and_people(shop):
    assert shop.one("SELECT count(*) FROM orders") == 155_848
    assert shop.one("SELECT count(DISTINCT order_id) FROM order_lines") == 155_848
    assert shop.one("SELECT count(*) FROM customers") == 2_469
    assert shop.one("SELECT count(income) FROM customers") == 801


def test_what_is_odd_stays_and_is_told(shop):
    (till,) = [load for load in shop.account() if load["source"] == "till"]
    assert till["notes"] == {"zero_quantity": 8_869, "paid_below_zero": 3_507, "unknown_product": 4_836}
    assert shop.one("SELECT count(*) FROM order_lines WHERE quantity_milli = 0 AND items <> 0") == 0


def test_fuel_is_an_amount_not_thousands_of_pieces(shop):
    assert shop.one("SELECT max(quantity_milli) FROM order_lines") > 10_000_000
    fuel = "SELECT product_id FROM products WHERE unit = 'amount'"
    assert shop.one(f"SELECT max(items) FROM order_lines WHERE product_id IN ({fuel})") == 1


def test_lines_lie_by_customer_and_time(shop):
    """The refresh reads them so."""
    out_of_order = """SELECT count(*) FROM (SELECT customer_id, sec, lag((customer_id, sec)) OVER (ORDER BY rowid) AS last
        FROM order_lines) WHERE (customer_id, sec) < last"""
    assert shop.one(out_of_order) == 0


def test_loading_again_lands_nothing(shop):
    assert shop.load() == []
