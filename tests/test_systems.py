"""Two systems that number products and campaigns independently: a condition means what either of them calls so."""

from __future__ import annotations

import regulars
import shops

SYSTEMS = """\
schema: shop/1
shop: {name: Two, currency: EUR, time_zone: Europe/Amsterdam, as_of: 2025-07-01}
sources:
  till:
    files: data/till.csv
    rows: order_lines
    columns: {order: order, customer: customer, time: time, product: product, net: net}
  web:
    files: data/web.csv
    rows: order_lines
    system: web
    columns: {order: order, customer: customer, time: time, product: product, net: net}
  mails:
    files: data/mails.csv
    rows: sends
    system: web
    columns: {customer: customer, campaign: campaign, time: time}
"""


def test_products_and_campaigns_of_every_system_are_found(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "segments").mkdir()
    (tmp_path / "regulars.yaml").write_text(SYSTEMS)
    header = "order,customer,time,product,net\n"
    (tmp_path / "data" / "till.csv").write_text(header + "1,T1,2025-06-01,P1,1\n2,T2,2025-06-01,P2,1\n")
    (tmp_path / "data" / "web.csv").write_text(header + "1,W1,2025-06-01,P1,1\n2,W2,2025-06-01,P3,1\n")
    (tmp_path / "data" / "mails.csv").write_text("customer,campaign,time\nW2,S1,2025-06-02\n")
    shops.add_segment(tmp_path, "p1", "who: {did: bought, where: {product: P1}}")
    shops.add_segment(tmp_path, "others", "who: {did: bought, where: {product: {not_in: [P1, P2]}}}")
    shops.add_segment(tmp_path, "mailed", "who: {did: received, where: {campaign: S1}}")
    with regulars.open(tmp_path) as shop:
        shop.refresh()
        found = {id: sorted(row["customer"] for row in shop.members(id)["rows"]) for id in ("p1", "others", "mailed")}
    assert found == {"p1": ["T1", "W1"], "others": ["W2"], "mailed": ["W2"]}
