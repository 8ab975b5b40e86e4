"""A first mapping from a file's own names and values, in four languages, and what is not guessed."""

from __future__ import annotations

import pytest

from regulars.errors import ShopError, SourceError
from regulars.project import Project
from regulars.sources import propose

FILES = {
    "English lines": (
        "order,customer,ordered_at,product,category,quantity,amount,discount,mood\n"
        "1001,C205,2024-01-09 13:54,Chocolate bar,sweets,1,3.50,0.00,x\n1001,C205,2024-01-09 13:54,Tea,tea,1,9.25,0,x\n",
        "order_lines",
        {"order", "customer", "time", "product", "category", "quantity", "net"},
        ["mood"],
    ),
    "Dutch lines": (
        "Ordernummer;Klantnummer;Besteldatum;Artikel;Aantal;Prijs\n1;K1;31-12-2023 10:00;Koffie;2;4,50\n1;K1;31-12-2023 10:00;Thee;1;3,00\n",
        "order_lines",
        {"order", "customer", "time", "product", "quantity", "unit_price"},
        [],
    ),
    "Danish orders": (
        "Ordrenr;Kundenr;Købsdato;Beløb\n1;K1;2023-12-31;1.234,50\n2;K1;2023-12-31;99,00\n",
        "orders",
        {"order", "customer", "time", "net"},
        [],
    ),
    "German orders": (
        "Bestellnummer;Kundennummer;Bestelldatum;Gesamtbetrag\n1;K1;31.12.2023;12,50\n2;K1;01.01.2024;1,00\n",
        "orders",
        {"order", "customer", "time", "net"},
        [],
    ),
}


@pytest.mark.parametrize(("content", "rows", "fields", "left"), FILES.values(), ids=FILES)
def test_a_proposal_in_four_languages_loads(make_shop, content, rows, fields, left):
    shop = make_shop()
    file = shop.file("export.csv", content)
    proposal = propose.propose(file, shop.root)
    assert proposal["rows"] == rows
    assert set(proposal["understood"]) == fields
    assert proposal["not_understood"] == left
    (shop.root / "regulars.yaml").unlink()
    text = propose.shop_file(file, shop.root, name="A & B: shop", currency="EUR", time_zone="Europe/Amsterdam")
    propose.write(file, shop.root, text)
    assert "as_of: 2024-01-" in text
    shop.load()
    (account,) = shop.account()
    assert account["canonical"] == account["accepted"] == 2


def test_the_columns_that_are_not_used_are_named_in_the_file(make_shop):
    shop = make_shop()
    file = shop.file("export.csv", FILES["English lines"][0])
    text = propose.shop_file(file, shop.root, name="X", currency="EUR", time_zone="Europe/Amsterdam")
    assert "# not used: mood" in text
    assert "files: data/export.csv" in text
    assert "{amount: discount, kind: promotion, funded_by: shop}" in text


REFUSED = {
    "everything": ("a,b\n1,2\n", "no column for order.*no column for time.*no column for an amount"),
    "no amount": ("order,customer,time\n1,C,2018-01-01\n", "no column for an amount"),
    "no rows": ("order,customer,time,net\n", "the file has no rows"),
    "day or month": (
        "order,customer,date,net\n1,C,01/02/2018,3\n",
        "day and month cannot be told apart: 'date: 01/02/2018'",
    ),
    "strange times": ("order,customer,date,net\n1,C,Tuesday,3\n", "times are not understood: 'date: Tuesday'"),
    "totals on lines": (
        "order,customer,date,product,total\n" + "".join(f"{n // 2},C,2018-01-01,P{n},{n // 2}.50\n" for n in range(40)),
        "the amount looks like the order's total",
    ),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_guessed(make_shop, content, said):
    shop = make_shop()
    with pytest.raises(SourceError) as refusal:
        propose.propose(shop.file("export.csv", content), shop.root)
    assert all(part in str(refusal.value) for part in said.split(".*")), refusal.value


def test_a_total_that_is_not_price_times_quantity_is_left_out(make_shop):
    shop = make_shop()
    file = shop.file("x.csv", "order,date,product,qty,price,total\n1,2018-01-01,P,2,3,10\n1,2018-01-01,Q,1,4,10\n")
    proposal = propose.propose(file, shop.root)
    assert proposal["understood"]["unit_price"] == ["price"]
    assert proposal["not_understood"] == ["total"]
    assert any("total is left out" in remark for remark in proposal["remarks"])


def test_a_line_total_is_used(make_shop):
    shop = make_shop()
    file = shop.file("x.csv", "order,date,product,qty,price,discount,total\n1,2018-01-01,P,2,3,1,5\n")
    assert propose.propose(file, shop.root)["understood"]["net"] == ["total"]


def test_a_shop_is_never_written_over(make_shop):
    shop = make_shop()
    with pytest.raises(ShopError, match="there is a shop here already"):
        propose.write(shop.root, shop.root, "schema: shop/1\n")
    assert Project.open(shop.root).name == "Test"


def test_a_wrong_currency_leaves_nothing_behind(make_shop, tmp_path):
    file = make_shop().file("export.csv", FILES["English lines"][0])
    text = propose.shop_file(file, tmp_path / "new", name="X", currency="EURO", time_zone="Europe/Amsterdam")
    with pytest.raises(ShopError, match="unknown currency"):
        propose.write(file, tmp_path / "new", text)
    assert not (tmp_path / "new" / "regulars.yaml").exists()
