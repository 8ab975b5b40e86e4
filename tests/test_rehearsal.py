"""A refresh that is only rehearsed: it tells what would change, and nothing stays of it."""

from __future__ import annotations

import regulars

ORDERS = "order,customer,time,net\n" + "".join(
    f"o{number},c{number % 40},2024-0{1 + number % 6}-1{number % 9},{10 + number % 7}.50\n" for number in range(400)
)

YAML = """
schema: shop/1
shop: {name: Small, currency: EUR, time_zone: Europe/Amsterdam, language: en, country: NL, as_of: 2024-07-01}
sources:
  orders:
    files: orders.csv
    rows: orders
    columns: {order: order, customer: customer, time: time, net: net}
    tax: excluded
"""

OWN = "schema: segment/1\nname: {en: Ten or more}\nwho: {orders: {at_least: 10}}\n"


def test_a_rehearsal_tells_the_changes_and_keeps_none(tmp_path):
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "regulars.yaml").write_text(YAML)
    (tmp_path / "segments").mkdir()
    with regulars.open(tmp_path) as shop:
        shop.refresh()
        before = shop.segments()
        (tmp_path / "segments" / "ten.yaml").write_text(OWN)
        rehearsed = shop.refresh(dry_run=True)
        assert rehearsed["rows"] == [{"segment": "ten", "entered": 40, "left": 0}]
        assert rehearsed["version"] == before["version"]
        assert shop.segments()["rows"] == before["rows"]
        assert len(list((tmp_path / ".regulars" / "history").glob("*.json"))) == 1
        assert shop.refresh()["value"]["entered"] == 40
