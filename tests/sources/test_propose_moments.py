"""What a time column may say: a date alone, a moment, true or false for cancelled; and what is refused."""

from __future__ import annotations

import pytest

import regulars

ORDERS = """\
  till:
    files: data/orders*.csv
    rows: orders
    columns: {order: order, customer: customer, time: time, net: net}
"""
STATUS = """\
  till:
    files: data/orders*.csv
    rows: orders
    columns:
      order: order
      customer: customer
      time: time
      net: net
      cancelled: {from: status, values: {geannuleerd: true, betaald: false, open: ""}}
"""


@pytest.mark.parametrize(
    ("times", "minutes"),
    [
        (("2024-03-01", "2024-03-02"), [None, None]),
        (("2024-03-01 00:00:00", "2024-03-02 00:00:00"), [None, None]),
        (("2024-03-01 00:00", "2024-03-02 13:05"), [0, 785]),
        (("2024-03-01", "2024-03-02 13:05"), [None, 785]),
        (("2024-02-29T23:00:00Z", "2024-03-02T12:05:00 UTC"), [0, 785]),
    ],
)
def test_a_date_alone_leaves_the_minute_unknown(make_shop, times, minutes):
    shop = make_shop(ORDERS)
    rows = "".join(f"{number},K1,{time},5\n" for number, time in enumerate(times))
    shop.file("orders.csv", "order,customer,time,net\n" + rows)
    shop.load()
    assert [row["minute"] for row in shop.rows("SELECT minute FROM orders ORDER BY order_no")] == minutes
    assert [row["minute"] for row in shop.rows("SELECT minute FROM order_lines ORDER BY sec")] == minutes
    assert [row["day"] for row in shop.rows("SELECT day FROM orders ORDER BY order_no")] == [19783, 19784]


def test_a_date_type_leaves_the_minute_of_events_unknown(make_shop):
    shop = make_shop(
        "  visits: {files: data/v.csv, rows: events, columns: {customer: who, kind: what, time: {from: at, format: '%d/%m/%Y'}}}\n"
    )
    shop.file("v.csv", "who,what,at\nK1,visit,31/01/2024\n")
    shop.load()
    assert shop.rows("SELECT day, minute FROM events") == [{"day": 19753, "minute": None}]


def test_a_status_says_whether_an_order_is_cancelled(make_shop):
    shop = make_shop(STATUS)
    rows = "1,K1,2024-03-01 10:00,5,betaald\n2,K1,2024-03-02 11:00,5,geannuleerd\n3,K1,2024-03-03 12:00,5,\n"
    rows += (
        "4,K1,2024-03-04 12:00,5,2024-03-06 09:30\n5,K1,2024-03-04 12:00,5,open\n6,K1,2024-03-04 12:00,5,misschien\n"
    )
    shop.file("orders.csv", "order,customer,time,net,status\n" + rows)
    shop.load()
    found = shop.rows("SELECT order_no, sec = cancelled_sec AS at_once, cancelled_sec FROM orders ORDER BY order_no")
    assert [(row["order_no"], row["at_once"]) for row in found] == [
        ("1", None),
        ("2", True),
        ("3", None),
        ("4", False),
        ("5", None),
    ]
    assert found[3]["cancelled_sec"] == 1_709_713_800
    assert "'misschien' is not" in shop.one("SELECT reason FROM quarantine")
    assert "true or false" in shop.one("SELECT reason FROM quarantine")


@pytest.mark.parametrize("time", ["2024-05-01 10:00 BC", "2024-05-01 10:00 PM", "2024-05-01 10:00 yesterday"])
def test_what_stands_behind_a_time_is_not_skipped(make_shop, time):
    shop = make_shop(ORDERS)
    shop.file("orders.csv", f"order,customer,time,net\n1,K1,{time},5\n2,K1,2024-05-01 10:00:00.5,5\n")
    shop.load()
    assert shop.one("SELECT field FROM quarantine") == "time"
    assert shop.one("SELECT count(*) FROM orders") == 1


@pytest.mark.parametrize("decimal", [".", ","])
def test_an_underscore_is_no_part_of_an_amount(make_shop, decimal):
    shop = make_shop(ORDERS + f"    decimal: '{decimal}'\n")
    shop.file("orders.csv", "order,customer,time,net\n1,K1,2024-05-01,1_000\n2,K1,2024-05-01,1000\n")
    shop.load()
    assert shop.one("SELECT field FROM quarantine") == "net"
    assert shop.one("SELECT net FROM order_lines") == 100_000


HOUR = """\
schema: segment/1
name: {en: Any hour}
of: customers
who:
  did: bought
  where: {hour: {TEST}}
"""


def test_without_a_clock_the_part_of_the_day_is_unknown_and_no_hour_holds(tmp_path):
    shop = "schema: shop/1\nshop: {name: K, currency: EUR, time_zone: Europe/Amsterdam, as_of: 2024-04-01}\nsources:\n"
    (tmp_path / "regulars.yaml").write_text(shop + ORDERS.replace("data/orders*.csv", "orders.csv"))
    (tmp_path / "segments").mkdir()
    for name, test in {"early": "less_than: 24", "other": "is_not: 3"}.items():
        (tmp_path / "segments" / f"{name}.yaml").write_text(HOUR.replace("TEST", test))
    rows = "".join(f"{n},K{n % 2},2024-03-{n + 1:02}{' 13:05' if n % 2 else ''},2\n" for n in range(10))
    (tmp_path / "orders.csv").write_text("order,customer,time,net\n" + rows)
    with regulars.open(tmp_path) as opened:
        opened.refresh()
        parts = [row["part_of_day"] for row in opened.members("early", traits="part_of_day")["rows"]]
        assert parts == ["afternoon"]
        assert [row["customer"] for row in opened.members("other")["rows"]] == ["K1"]
