"""The same history of loads on each engine: the same tables, the same account."""

from __future__ import annotations

from regulars.catalogue.catalogue import Catalogue
from regulars.identity import survivors
from regulars.sources import canonicalise
from sources.conftest import HEADER, TILL, SmallShop
from sources.test_things import PEOPLE, PRODUCTS

WHEN = "2018-03-01 10:00"


def test_a_history_of_loads(tmp_path, engine):
    (tmp_path / ".regulars").mkdir()
    shop = SmallShop(tmp_path, Catalogue.open(tmp_path / ".regulars" / "catalogue.sqlite"), engine)
    canonicalise.prepare(engine)
    shop.sources(TILL + PRODUCTS + PEOPLE)
    shop.file(
        "till1.csv", HEADER + f"1,C1,{WHEN},P1,2,12.50\n1,C1,{WHEN},P2,1,1\n2,C2,{WHEN},P1,1,6.25\n3,,{WHEN},P1,1,x\n"
    )
    shop.file("articles1.csv", "sku,name,category,price,kind\nP1,Bean,coffee,2.50,\nP2,Petrol,car,,fuel\n")
    shop.file("crm1.csv", "id,city,born\nC1,Utrecht,1980-02-29\n")
    shop.load()
    shop.file("till2.csv", HEADER + f"1,C1,{WHEN},P1,1,6.25\n2,C2,{WHEN},P1,1,6.25\n4,C4,{WHEN},P2,40,60\n")
    shop.file("articles2.csv", "sku,name,category,price,kind\nP1,Bean,tea,2.50,\n")
    shop.file("crm2.csv", "id,city,born\nC1,Ede,1980-02-29\n")
    shop.load()
    survivors.refresh(engine, shop.project, shop.project.as_of_now())
    assert shop.counts() == [
        {"accepted": 2, "canonical": 1, "superseded": 1},
        {"accepted": 1, "superseded": 1},
        {"accepted": 4, "canonical": 1, "quarantined": 1, "superseded": 2},
        {"accepted": 1, "canonical": 1},
        {"accepted": 1, "canonical": 1},
        {"accepted": 3, "canonical": 2, "duplicate": 1},
    ]
    lines = """SELECT o.order_no, c.text AS category, l.items, l.net FROM order_lines AS l JOIN orders AS o
               ON o.order_id = l.order_id JOIN codes AS c ON c.book = 'category' AND c.code = l.category"""
    assert sorted(tuple(row.values()) for row in shop.rows(lines)) == [
        ("1", "tea", 1, 625),
        ("2", "tea", 1, 625),
        ("4", "car", 1, 6000),
    ]
    assert sorted(tuple(row.values())[1:] for row in shop.rows("SELECT * FROM customers"))[0] == ("C1", "Ede", 3711)
    shop.catalogue.close()
