"""regulars.yaml: what it becomes, and every fault of it at once."""

from __future__ import annotations

from datetime import date

import pytest

from regulars.clock import AsOf
from regulars.errors import ShopError
from regulars.project import EngineSettings, Project, currency_digits
from regulars.project.mapping import Column, Discount, Source, Tax

SHOP = """\
schema: shop/1
shop:
  name: Journey
  currency: USD
  time_zone: America/New_York
  language: en
  country: NO
  as_of: 2018-01-02
  note: "Simulated."
engine: {memory: 4GB, threads: 2}
sources:
  till:
    files: [data/a.parquet, "data/b*.csv"]
    rows: order_lines
    columns:
      order: basket_id
      time: {from: [day, clock], format: "%d-%m-%Y %H:%M"}
      net: sales_value
      sales_channel: {value: NO}
      test: {from: kind, values: {T: "yes", NO: 0123}, else: no}
    discounts:
      - {amount: card, kind: loyalty_card}
      - {amount: coupon, kind: coupon, funded_by: supplier, code: coupon_code}
    tax: {included: 21%}
    delimiter: ;
    encoding: latin-1
    decimal: comma
    nulls: [NA, "-"]
  articles:
    files: data/products.parquet
    rows: products
    columns: {product: id}
  people:
    files: data/people.csv
    rows: people
    columns: {customer: id, attributes: {income: income, birth_date: {from: born, format: "%d-%m-%Y"}}}
"""


def project(tmp_path, text):
    (tmp_path / "regulars.yaml").write_text(text)
    return Project.open(tmp_path)


def faults(tmp_path, text):
    with pytest.raises(ShopError) as refusal:
        project(tmp_path, text)
    return [str(fault) for fault in refusal.value.faults]


def test_a_shop_is_read_with_its_scalars_as_written(tmp_path):
    shop = project(tmp_path, SHOP)
    assert (shop.name, shop.currency, shop.digits, shop.country) == ("Journey", "USD", 2, "NO")
    assert (shop.as_of, shop.note, shop.language) == (date(2018, 1, 2), "Simulated.", "en")
    assert shop.engine == EngineSettings("duckdb", "4GB", 2)
    assert shop.attributes == ("income", "birth_date")
    assert shop.as_of_now() == AsOf.end_of(date(2018, 1, 2), shop.zone)
    assert shop.source("till") == Source(
        name="till",
        files=("data/a.parquet", "data/b*.csv"),
        rows="order_lines",
        columns={
            "order": Column.of("basket_id"),
            "time": Column(columns=("day", "clock"), format="%d-%m-%Y %H:%M"),
            "net": Column.of("sales_value"),
            "sales_channel": Column(constant="NO"),
            "test": Column(columns=("kind",), values={"T": "yes", "NO": "0123"}, otherwise="no"),
        },
        discounts=(
            Discount(Column.of("card"), "loyalty_card"),
            Discount(Column.of("coupon"), "coupon", "supplier", code=Column.of("coupon_code")),
        ),
        tax=Tax(rate="0.21"),
        delimiter=";",
        encoding="iso8859-1",
        decimal=",",
        nulls=("NA", "-"),
    )


def test_sources_stand_in_the_order_in_which_they_are_loaded(tmp_path):
    assert [source.name for source in project(tmp_path, SHOP).sources] == ["articles", "people", "till"]


def test_a_source_survives_its_way_through_a_landed_file(tmp_path):
    for source in project(tmp_path, SHOP).sources:
        assert Source.from_plain(source.as_plain()) == source


def test_the_hash_of_a_mapping_tells_meanings_apart_not_places(tmp_path):
    before = project(tmp_path, SHOP).source("till").hash
    assert project(tmp_path, SHOP.replace("data/a.parquet", "data/z.parquet")).source("till").hash == before
    assert project(tmp_path, SHOP.replace("21%", "9%")).source("till").hash != before


def test_a_folder_without_a_shop(tmp_path):
    with pytest.raises(ShopError, match=r"no regulars.yaml here.*regulars init"):
        Project.open(tmp_path)


FAULTS = {
    "not YAML": ("shop: {name: x\nsources: [", "regulars.yaml:2:8: not readable as YAML"),
    "nothing": ("", "regulars.yaml: the file is empty"),
    "a list": ("- a\n", "regulars.yaml:1:1: regulars.yaml must be a mapping: 'list'"),
    "an unknown key": (
        SHOP.replace("  currency", "  curency"),
        "4:3: unknown key in shop: 'curency'; did you mean currency?",
    ),
    "a key given twice": (SHOP.replace("language: en", "name: B"), "6:3: given twice: 'name'"),
    "a currency": (SHOP.replace("USD", "DOLLAR"), "4:13: unknown currency: 'DOLLAR'; allowed: ISO 4217"),
    "a zone": (
        SHOP.replace("New_York", "NewYork"),
        "5:14: unknown time_zone: 'America/NewYork'; did you mean America/New_York?",
    ),
    "a language": (SHOP.replace("language: en", "language: fr"), "6:13: unknown language: 'fr'; allowed: en, nl, da"),
    "a country": (SHOP.replace("country: NO", "country: Norway"), "7:12: country: 'Norway'; allowed: two capitals"),
    "a day": (SHOP.replace("2018-01-02", "02-01-2018"), "8:10: as_of: '02-01-2018'; allowed: a date such as"),
    "a schema": (SHOP.replace("shop/1", "shop/9"), "1:9: schema: 'shop/9'; allowed: shop/1"),
    "an engine": (SHOP.replace("memory: 4GB", "memory: lots"), "10:18: memory: 'lots'; allowed: an amount such as 4GB"),
    "rows": (
        SHOP.replace("rows: order_lines", "rows: order_line"),
        "14:11: unknown rows: 'order_line'.*did you mean order_lines?",
    ),
    "a field": (
        SHOP.replace("      net:", "      nett:"),
        "18:7: unknown key in the columns of till: 'nett'; did you mean net?",
    ),
    "a required field": (SHOP.replace("      order: basket_id\n", ""), "till needs order; map it: columns: {order: …}"),
    "no amount": (
        SHOP.replace("      net: sales_value\n", ""),
        "till needs an amount; allowed: one of list, net, unit_price",
    ),
    "no time": (
        SHOP.replace("      time:", "      store:"),
        "till needs a time; map time, or add a source with rows: orders",
    ),
    "both from and value": (
        SHOP.replace("{value: NO}", "{value: NO, from: x}"),
        "19:22: sales_channel needs either from or value",
    ),
    "a funder": (
        SHOP.replace("funded_by: supplier", "funded_by: brand"),
        "unknown funded_by: 'brand'; allowed: shop, supplier",
    ),
    "a tax": (SHOP.replace("21%", "2100%"), "tax: '2100%'; allowed: excluded, {included: 21%}"),
    "a format": (
        SHOP.replace('clock], format: "%d-%m', 'clock], format: "%d-%Q'),
        "format: '%d-%Q-%Y %H:%M'; allowed: a pattern",
    ),
    "an encoding": (SHOP.replace("latin-1", "latin-99"), "unknown encoding: 'latin-99'"),
    "an attribute": (SHOP.replace("{income: income", "{In come: income"), "an attribute's name: 'In come'"),
    "a lone alias": (SHOP.replace("language: en", "language: &a [*a]"), "an alias that contains itself"),
}


@pytest.mark.parametrize(("text", "said"), FAULTS.values(), ids=FAULTS)
def test_each_fault_is_told_with_its_place(tmp_path, text, said):
    told = "\n".join(faults(tmp_path, text))
    assert all(part in told for part in said.split(".*")), told


def test_all_faults_are_told_at_once(tmp_path):
    text = SHOP.replace("USD", "DOLLAR").replace("basket_id", "{values: {}}").replace("data/products.parquet", "")
    told = faults(tmp_path, text)
    assert [line.split(": ", 1)[1].split(":")[0].split(";")[0] for line in told] == [
        "unknown currency",
        "order needs either from or value",
        "articles needs files",
    ]


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("TND", 3), ("DKK", 2), ("XXQ", None)])
def test_the_digits_of_a_currency(currency, digits):
    assert currency_digits(currency) == digits
