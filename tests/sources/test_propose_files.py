"""What `init` makes of files as shops export them: split times, repeats, taxed totals, a status, and what it tells."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from regulars.cli import app
from regulars.errors import SourceError
from regulars.project import Project
from regulars.sources import propose

SPLIT = {
    "Dutch": (
        "Bestelnummer;Klantnummer;Besteldatum;Tijd;Productnaam;Regeltotaal\n1;K1;30-05-2025;11:48;Thee;4,50\n1;K1;30-05-2025;11:48;Pot;9,00\n",
        ["Besteldatum", "Tijd"],
        "%d-%m-%Y %H:%M",
    ),
    "Danish": (
        "Ordrenr.;Kundenr.;Ordredato;Klokkeslæt;Varenavn;product_group;Beløb\n1;K1;31.05.2025;11.48;Te;te;24,95\n",
        ["Ordredato", "Klokkeslæt"],
        "%d.%m.%Y %H.%M",
    ),
    "English": (
        "Order ID,Email,Date,Time,Order Total\n1,a,2025-05-30,11:48,4\n2,a,2025-05-30,11:48,4\n",
        ["Date", "Time"],
        None,
    ),
}


@pytest.mark.parametrize(("content", "columns", "pattern"), SPLIT.values(), ids=SPLIT)
def test_a_date_and_a_time_of_day_are_put_together(make_shop, content, columns, pattern):
    shop = make_shop()
    file = shop.file("export.csv", content)
    proposal = propose.propose(file, shop.root)
    assert proposal["understood"]["time"] == columns
    assert proposal["source"]["columns"]["time"]["format"] == pattern
    assert proposal["not_understood"] == []
    (shop.root / "regulars.yaml").unlink()
    propose.write(
        file, shop.root, propose.shop_file(file, shop.root, name="X", currency="EUR", time_zone="Europe/Amsterdam")
    )
    shop.load()
    assert shop.one("SELECT DISTINCT minute FROM orders") == 11 * 60 + 48
    assert shop.one("SELECT count(*) FROM quarantine") == 0


def test_a_time_column_that_holds_dates_is_left_alone(make_shop):
    file = make_shop().file("x.csv", "order,customer,time,amount\n1,a,2025-05-30,4\n")
    assert propose.propose(file, file.parent)["understood"]["time"] == ["time"]


ORDERS = "Order number,Customer,Date,Amount,Status\n" + "".join(
    f"{n},C{n % 7},2025-05-{n % 28 + 1:02} 10:00,{n}.50,paid\n" for n in range(200)
)
REPEATS = "".join(f"{n},C{n % 7},2025-05-{n % 28 + 1:02} 10:00,{n}.50,paid\n" for n in range(30))
CHANGED = "".join(f"{n},C{n % 7},2025-05-{n % 28 + 1:02} 10:00,{n}.50,refused\n" for n in range(30))


def test_exact_repeats_are_no_lines(make_shop):
    found = propose.propose(make_shop().file("x.csv", ORDERS + REPEATS), make_shop().root)
    assert found["rows"] == "orders"
    assert any("30 rows are exact repeats" in remark for remark in found["remarks"])


def test_orders_that_repeat_one_amount_are_orders(make_shop):
    found = propose.propose(make_shop().file("x.csv", ORDERS + CHANGED), make_shop().root)
    assert found["rows"] == "orders"
    assert any("30 orders stand on several rows with one and the same amount" in remark for remark in found["remarks"])


def test_orders_of_several_amounts_are_lines(make_shop):
    lines = "".join(f"{n},C{n % 7},2025-05-{n % 28 + 1:02} 10:00,{n}.75,paid\n" for n in range(30))
    assert propose.propose(make_shop().file("x.csv", ORDERS + lines), make_shop().root)["rows"] == "order_lines"


def test_a_status_is_pointed_out(make_shop):
    found = propose.propose(make_shop().file("x.csv", ORDERS), make_shop().root)
    assert any("Status says paid" in remark and "cancelled: {from: Status" in remark for remark in found["remarks"])


TAXED = {
    "both": (
        "Factuurnr;Debiteurnr;Factuurdatum;Bedrag excl. btw;BTW;Bedrag incl. btw\n1;7;30/05/2025;10,00;2,10;12,10\n",
        "Bedrag excl. btw",
        False,
    ),
    "only with": (
        "Factuurnr;Debiteurnr;Factuurdatum;Bedrag incl. btw\n1;7;30/05/2025;12,10\n",
        "Bedrag incl. btw",
        True,
    ),
    "Danish": (
        "Fakturanr;Kundenr;Fakturadato;Beløb inkl. moms;Beløb ekskl. moms\n1;7;30/05/2025;12,50;10,00\n",
        "Beløb ekskl. moms",
        False,
    ),
    "German": ("Rechnungsnr;Kundennr;Rechnungsdatum;Bruttobetrag\n1;7;30.05.2025;11,90\n", "Bruttobetrag", True),
}


@pytest.mark.parametrize(("content", "column", "taxed"), TAXED.values(), ids=TAXED)
def test_amounts_without_tax_are_preferred_and_tax_is_left_to_be_set(make_shop, content, column, taxed):
    shop = make_shop()
    file = shop.file("x.csv", content)
    assert propose.propose(file, shop.root)["understood"]["net"] == [column]
    text = propose.shop_file(file, shop.root, name="X", currency="EUR", time_zone="Europe/Amsterdam")
    assert ("includes tax: set tax:" in text) is taxed
    assert ("    tax: excluded" in text) is not taxed
    (shop.root / "regulars.yaml").write_text(text)
    assert Project.open(shop.root).sources[0].tax is None


def test_a_refusal_shows_names_as_people_write_them(make_shop):
    with pytest.raises(SourceError, match="Bestelnummer, Factuurnr") as refusal:
        propose.propose(make_shop().file("x.csv", "a,b\n1,2\n"), make_shop().root)
    assert "Order total" in str(refusal.value)
    assert "ordernumber" not in str(refusal.value)


def test_init_says_what_it_understood_and_what_is_missing(tmp_path):
    file = tmp_path / "export.csv"
    file.write_text("Order ID,Order Date,Order Total,Mood\n1,2025-05-30,4\n".replace(",4\n", ",4,x\n"))
    result = CliRunner().invoke(app, ["init", str(tmp_path / "shop"), "--from", str(file), "--currency", "DKK"])
    assert result.exit_code == 0, result.output
    said = result.stderr
    assert "net       Order Total" in said or "net    Order Total" in said
    assert "not used: Mood" in said
    assert "no column for customer: orders count, but belong to nobody" in said
    assert "currency DKK, time zone Europe/Amsterdam, language en" in said
    kept = (tmp_path / "shop" / "regulars.yaml").read_text()
    assert "# not used: Mood" in kept
    assert "# no column for customer" in kept
