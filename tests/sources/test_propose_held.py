"""A refresh that would publish a shop out of rows that cannot be used waits for a person."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import regulars
from regulars.cli import app
from regulars.errors import Held

SHOP = """\
schema: shop/1
shop: {name: Kantoor, currency: EUR, time_zone: Europe/Amsterdam, as_of: 2024-04-01}
sources:
  till: {files: orders.csv, rows: orders, columns: {order: nr, customer: klant, time: WHEN, net: bedrag}}
"""
HEADER = "nr,klant,datum,bedrag\n"
WRONG, RIGHT = "datum", "{from: datum, format: '%d/%m/%Y'}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "regulars.yaml").write_text(SHOP.replace("WHEN", WRONG))
    rows = "".join(f"{n},K{n % 5},{n % 28 + 1:02}/03/2024,2.50\n" for n in range(40))
    (tmp_path / "orders.csv").write_text(HEADER + rows)
    return tmp_path


def test_a_shop_of_rejected_rows_is_not_published(folder):
    with regulars.open(folder) as shop:
        with pytest.raises(Held, match=r"40 of 40 rows of till cannot be used.*time: '.*accept-quarantine") as refusal:
            shop.refresh()
        assert refusal.value.exit_code == 4
        assert shop.quarantine()["total"] == 40
        with pytest.raises(Held):
            shop.refresh()
        (folder / "regulars.yaml").write_text(SHOP.replace("WHEN", RIGHT))
        done = shop.refresh()
        assert done["value"]["customers"] == 5
        assert done["value"]["quarantined"] == []
        assert done["version"] == 1


def test_it_may_be_published_all_the_same(folder):
    with regulars.open(folder) as shop:
        done = shop.refresh(accept_quarantine=True)
        (told,) = done["value"]["quarantined"]
        assert (told["rejected"], told["accepted"], told["source"]) == (40, 40, "till")
        assert told["amount"] == 100
        assert not shop.refresh()["value"]["published"]


def test_a_few_are_told_and_do_not_stop_it(folder):
    (folder / "regulars.yaml").write_text(SHOP.replace("WHEN", RIGHT))
    with (folder / "orders.csv").open("a") as file:
        file.write("90,K1,31/02/2024,7\n")
    result = CliRunner().invoke(app, ["-C", str(folder), "refresh"])
    assert result.exit_code == 0, result.output
    said = result.stderr
    assert (
        "till: 1 of 41 rows of load 1 are in quarantine, EUR 7 as the file gives it; most often: time: '31/02/2024'"
        in said
    )
    assert "see: regulars quarantine" in said
    again = CliRunner().invoke(app, ["-C", str(folder), "load"])
    assert "1 of 41 rows of load 1 are in quarantine" in again.stderr
    assert "amount as given" in again.stdout


def test_a_rehearsal_only_tells(folder):
    (folder / "regulars.yaml").write_text(SHOP.replace("WHEN", RIGHT))
    with regulars.open(folder) as shop:
        shop.refresh()
        (folder / "orders.csv").write_text(HEADER + "100,K9,wrong,1\n")
        shop.load()
        shop.refresh(dry_run=True)
        with pytest.raises(Held, match="1 of 1 rows"):
            shop.refresh()
