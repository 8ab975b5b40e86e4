"""Orders and lines: money to the cent, the order as the unit, and what stays odd is counted."""

from __future__ import annotations

import pytest

from sources.conftest import HEADER

TIMES = "2018-03-01 10:00"


def till(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


def test_an_order_is_its_lines(shop):
    shop.file("till.csv", till(f"1,C1,{TIMES},P1,2,12.50", f"1,C1,{TIMES},P2,1,0.05", f"2,C2,{TIMES},P1,1,6.25"))
    shop.load()
    assert shop.rows("SELECT order_no, day, minute, sec FROM orders ORDER BY order_no") == [
        {"order_no": "1", "day": 17591, "minute": 600, "sec": 1_519_894_800},
        {"order_no": "2", "day": 17591, "minute": 600, "sec": 1_519_894_800},
    ]
    assert shop.rows("SELECT sum(net) AS net, sum(items) AS items FROM order_lines GROUP BY order_id ORDER BY net") == [
        {"net": 625, "items": 1},
        {"net": 1255, "items": 3},
    ]
    assert shop.one("SELECT count(*) FROM records") == 2
    assert shop.counts() == [{"accepted": 3, "canonical": 3}]


def test_ids_are_63_bits_of_sha_256_over_system_kind_and_the_shops_own_id(shop):
    from hashlib import sha256

    shop.file("till.csv", till(f"1,C1,{TIMES},P1,2,12.50"))
    shop.load()
    expected = {
        name: int.from_bytes(sha256(f"shop|{name}|{text}".encode()).digest()[:8], "big") >> 1
        for name, text in (("order", "1"), ("customer", "C1"), ("product", "P1"))
    }
    assert shop.rows("SELECT order_id, customer_id, product_id FROM order_lines") == [
        {f"{name}_id": number for name, number in expected.items()}
    ]


def test_loading_the_same_bytes_again_lands_nothing(shop):
    shop.file("till.csv", till(f"1,C1,{TIMES},P1,2,12.50"))
    shop.load()
    assert shop.load() == []


def test_the_same_orders_in_other_bytes_are_duplicates(shop):
    rows = [f"1,C1,{TIMES},P1,2,12.50", f"1,C1,{TIMES},P1,2,12.50", f"2,C2,{TIMES},P1,1,6.25"]
    shop.file("till1.csv", till(*rows))
    shop.load()
    shop.file("till2.csv", till(*(row.replace("12.50", "12.5") for row in reversed(rows))).replace(",", ";"))
    shop.load()
    assert shop.counts() == [{"accepted": 3, "canonical": 3}, {"accepted": 3, "duplicate": 3}]
    assert shop.rows("SELECT line, rows, by_load FROM set_aside") == [{"line": 1, "rows": 3, "by_load": 1}]
    assert shop.one("SELECT sum(net) FROM order_lines") == 3125


def test_a_changed_order_replaces_the_older_one_whole(shop):
    shop.file("till1.csv", till(f"1,C1,{TIMES},P1,2,12.50", f"1,C1,{TIMES},P2,1,1", f"2,C2,{TIMES},P1,1,6.25"))
    shop.load()
    shop.file("till2.csv", till(f"1,C1,{TIMES},P1,1,6.25", f"2,C2,{TIMES},P1,1,6.25"))
    shop.load()
    assert shop.counts() == [
        {"accepted": 3, "canonical": 1, "superseded": 2},
        {"accepted": 2, "canonical": 1, "duplicate": 1},
    ]
    assert shop.rows("SELECT load, net FROM order_lines ORDER BY load") == [
        {"load": 1, "net": 625},
        {"load": 2, "net": 625},
    ]
    assert shop.account()[0]["money"]["net"] == {
        "file": 1975,
        "canonical": 625,
        "quarantined": 0,
        "duplicate": 0,
        "superseded": 1350,
        "pending": 0,
        "difference": 0,
    }


def test_applying_a_load_again_changes_nothing(shop):
    shop.file("till.csv", till(f"1,C1,{TIMES},P1,2,12.50", f"x,C1,{TIMES},P1,2,bad"))
    (load,) = shop.load()
    before = shop.counts()
    shop.apply(load)
    assert shop.counts() == before


BAD = {
    "no order": (f",C1,{TIMES},P1,2,12.50", "order", "order: is missing"),
    "no time": ("1,C1,,P1,2,12.50", "time", "time: is missing"),
    "a day of another country": ("1,C1,31/12/2018,P1,2,1", "time", "time: '31/12/2018' is not a moment such as"),
    "the far future": ("1,C1,9999-12-31,P1,2,1", "time", "time: '9999-12-31' is not a moment"),
    "a filler": ("1,C1,1970-01-01,P1,2,1", "time", "time: '1970-01-01' is not a moment"),
    "no amount": (f"1,C1,{TIMES},P1,2,", "net", "net: is missing"),
    "a word for money": (f"1,C1,{TIMES},P1,2,free", "net", "net: 'free' is not an amount such as 12.50"),
    "a comma for a point": (f'1,C1,{TIMES},P1,2,"12,50"', "net", "net: '12,50' is not an amount such as 12.50"),
    "a word for a number": (f"1,C1,{TIMES},P1,two,1", "quantity", "quantity: 'two' is not a number"),
}


@pytest.mark.parametrize(("row", "field", "reason"), BAD.values(), ids=BAD)
def test_a_bad_row_goes_to_quarantine_with_its_reason_and_original(shop, row, field, reason):
    shop.file("till.csv", till(f"9,C9,{TIMES},P1,1,1", row))
    shop.load()
    (bad,) = shop.rows("SELECT source, file, line, field, reason, original FROM quarantine")
    assert (bad["source"], bad["file"], bad["line"], bad["field"]) == ("till", "data/till.csv", 3, field)
    assert reason in bad["reason"]
    assert '"customer":"C1"' in bad["original"]
    assert shop.counts() == [{"accepted": 2, "canonical": 1, "quarantined": 1}]


def test_all_faults_of_a_row_are_told(shop):
    shop.file("till.csv", till("1,C1,never,P1,two,free"))
    shop.load()
    reason = shop.one("SELECT reason FROM quarantine")
    assert [name for name in ("time", "quantity", "net") if f"{name}: '" in reason] == ["time", "quantity", "net"]


def test_an_orders_fields_may_stand_on_one_of_its_rows_only(shop):
    shop.file("till.csv", till("1,,,P1,1,1", f"1,C1,{TIMES},P2,1,2", "1,,,P3,1,3"))
    shop.load()
    assert shop.one("SELECT count(DISTINCT customer_id) FROM order_lines WHERE sec IS NOT NULL") == 1
    assert shop.counts() == [{"accepted": 3, "canonical": 3}]


def test_orders_without_a_customer_count_and_belong_to_nobody(shop):
    shop.file("till.csv", till(f"1,,{TIMES},P1,1,1", f"2,C2,{TIMES},P1,1,1"))
    shop.load()
    assert shop.one("SELECT count(*) FROM orders WHERE customer_id IS NULL") == 1
    (account,) = shop.account()
    assert account["notes"]["orders_without_customer"] == 1
    assert (account["orders"], account["share_without_customer"]) == (2, 0.5)


def test_what_databases_write_for_nothing_is_nothing(shop):
    shop.file("till.csv", till(f"1,NULL,{TIMES},P1,1,1", f"2,\\N,{TIMES},P1,1,1", f"3,C1,{TIMES},NULL,1,1"))
    shop.load()
    assert shop.one("SELECT count(*) FROM records") == 1
    assert shop.one("SELECT count(product_id) FROM order_lines") == 2


def test_odd_quantities_stay_and_are_counted(shop):
    shop.file("till.csv", till(f"1,C1,{TIMES},P1,0,1", f"2,C1,{TIMES},P1,-2,-5", f"3,C1,{TIMES},P1,0.350,2"))
    shop.load()
    assert shop.rows("SELECT quantity_milli AS q, items, net FROM order_lines ORDER BY q") == [
        {"q": -2000, "items": -2, "net": -500},
        {"q": 0, "items": 0, "net": 100},
        {"q": 350, "items": 1, "net": 200},
    ]
    notes = shop.account()[0]["notes"]
    assert (notes["zero_quantity"], notes["negative_quantity"]) == (1, 1)


def test_a_later_row_without_a_time_does_not_cost_the_order(make_shop):
    shop = make_shop(
        "  orders:\n    files: data/orders.csv\n    rows: orders\n    columns: {order: id, time: at, total: total}\n"
    )
    shop.file("orders.csv", f"id,at,total\n1,{TIMES},5\n1,,6\n")
    shop.load()
    assert shop.one("SELECT sum(net) FROM order_lines") == 500
    assert shop.counts() == [{"accepted": 2, "canonical": 1, "quarantined": 1}]


DISCOUNTS = """\
  till:
    files: data/till.csv
    rows: order_lines
    columns: {order: order, customer: customer, time: time, AMOUNT: amount}
    discounts:
      - {amount: card, kind: loyalty_card, funded_by: shop}
      - {amount: coupon, kind: coupon, funded_by: supplier}
"""


@pytest.mark.parametrize(("field", "amount"), [("net", "8.00"), ("list", "10.00")])
def test_the_missing_amount_is_derived(make_shop, field, amount):
    shop = make_shop(DISCOUNTS.replace("AMOUNT", field))
    shop.file("till.csv", f"order,customer,time,amount,card,coupon\n1,C1,{TIMES},{amount},2,0.50\n")
    shop.load()
    assert shop.rows("SELECT list, discount, net, supplier_discount FROM order_lines") == [
        {"list": 1000, "discount": 200, "net": 800, "supplier_discount": 50}
    ]
    assert shop.rows(
        "SELECT text, amount, funded_by FROM discounts AS d JOIN codes AS c ON c.code = d.kind AND c.book = 'discount_kind' ORDER BY amount"
    ) == [
        {"text": "coupon", "amount": 50, "funded_by": "supplier"},
        {"text": "loyalty_card", "amount": 200, "funded_by": "shop"},
    ]
    shop.account()


def test_a_coupon_above_the_price_is_counted_and_kept(make_shop):
    shop = make_shop(DISCOUNTS.replace("AMOUNT", "net"))
    shop.file("till.csv", f"order,customer,time,amount,card,coupon\n1,C1,{TIMES},1.00,0,1.50\n")
    shop.load()
    assert shop.account()[0]["notes"]["paid_below_zero"] == 1
    assert shop.one("SELECT supplier_discount FROM order_lines") == 150


def test_list_and_net_without_a_reason_leave_an_unexplained_discount(make_shop):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n"
        "    columns: {order: order, time: time, list: list, net: net}\n"
    )
    shop.file("till.csv", f"order,time,list,net\n1,{TIMES},10,8\n")
    shop.load()
    assert shop.rows(
        "SELECT text, amount FROM discounts AS d JOIN codes AS c ON c.code = d.kind AND c.book = 'discount_kind'"
    ) == [{"text": "unexplained", "amount": 200}]


def test_a_price_each_times_the_quantity_is_the_list_price(make_shop):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n"
        "    columns: {order: order, time: time, unit_price: price, quantity: n}\n"
    )
    shop.file("till.csv", f"order,time,price,n\n1,{TIMES},2.99,3\n1,{TIMES},19.99,0.345\n")
    shop.load()
    assert shop.rows("SELECT list, net FROM order_lines ORDER BY list") == [
        {"list": 690, "net": 690},
        {"list": 897, "net": 897},
    ]


TAX = """\
  till:
    files: data/till.csv
    rows: order_lines
    columns: {order: order, time: time, net: net}
    discounts: [{amount: card, kind: card}]
    tax: TAX
"""


@pytest.mark.parametrize("tax", ["{included: 21%}", "{column: vat}"])
def test_tax_is_taken_out_of_every_amount(make_shop, tax):
    shop = make_shop(TAX.replace("TAX", tax))
    shop.file("till.csv", f"order,time,net,card,vat\n1,{TIMES},12.10,2.42,2.10\n")
    shop.load()
    assert shop.rows("SELECT list, discount, net, tax FROM order_lines") == [
        {"list": 1200, "discount": 200, "net": 1000, "tax": 210}
    ]
    assert shop.one("SELECT sum(amount) FROM discounts") == 200


def test_half_a_cent_is_rounded_away_from_zero(shop):
    shop.file("till.csv", till(f"1,C1,{TIMES},P1,1,0.285", f"2,C1,{TIMES},P1,1,-0.285", f"3,C1,{TIMES},P1,1,0.2849"))
    shop.load()
    assert [row["net"] for row in shop.rows("SELECT net FROM order_lines ORDER BY net")] == [-29, 28, 29]


DANISH = ['"1.234,50"', '"12,5"', "12", '"-0,05"', '"1 234,50"', '"kr. 7,00"', '"7,00 kr"', '"€ 3,25"']


def test_decimal_commas(make_shop):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n    decimal: comma\n"
        "    columns: {order: order, time: time, net: net}\n"
    )
    rows = "".join(f"{place},{TIMES},{amount}\n" for place, amount in enumerate(DANISH))
    shop.file("till.csv", "order,time,net\n" + rows + f"90,{TIMES},12.50\n91,{TIMES},1.23\n")
    shop.load()
    assert [row["net"] for row in shop.rows("SELECT net FROM order_lines ORDER BY line")] == [
        123450, 1250, 1200, -5, 123450, 700, 700, 325,
    ]  # fmt: skip
    assert shop.one("SELECT count(*) FROM quarantine") == 2


MOMENTS = {
    "winter": ("2018-01-15 12:00", "2018-01-15T11:00:00"),
    "summer": ("2018-07-15 12:00:30", "2018-07-15T10:00:30"),
    "a day": ("2018-07-15", "2018-07-14T22:00:00"),
    "the hour that comes twice": ("2018-10-28 02:30", "2018-10-28T00:30:00"),
    "the hour that is left out": ("2018-03-25 02:30", "2018-03-25T01:30:00"),
    "zulu": ("2018-07-15T12:00:00Z", "2018-07-15T12:00:00"),
    "an offset": ("2018-07-15T12:00:00-0500", "2018-07-15T17:00:00"),
    "an offset apart": ("2018-07-15 12:00:00 +02:00", "2018-07-15T10:00:00"),
}


@pytest.mark.parametrize(("written", "utc"), MOMENTS.values(), ids=MOMENTS)
def test_moments_are_on_the_shops_clock_unless_they_say_their_zone(shop, written, utc):
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    shop.file("till.csv", till(f"1,C1,{written},P1,1,1"))
    shop.load()
    (row,) = shop.rows("SELECT sec, day, minute FROM orders")
    instant = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    local = instant.astimezone(ZoneInfo("Europe/Amsterdam"))
    assert row["sec"] == int(instant.timestamp())
    assert row["day"] == (local.date() - datetime(1970, 1, 1).date()).days
    assert row["minute"] == (local.hour * 60 + local.minute if ":" in written else None)


def test_a_format_reads_other_moments(make_shop):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n    columns: {order: order, net: net, "
        "time: {from: [day, clock], format: '%d-%m-%Y %H.%M'}}\n"
    )
    shop.file("till.csv", "order,day,clock,net\n1,31-12-2018,23.59,1\n")
    shop.load()
    assert shop.rows("SELECT day, minute FROM orders") == [{"day": 17896, "minute": 1439}]


HEADED = """\
  lines:
    files: data/lines.csv
    rows: order_lines
    columns: {order: order, product: product, quantity: n, unit_price: price}
  orders:
    files: data/orders*.csv
    rows: orders
    columns: {order: order, customer: customer, time: time}
"""


def test_lines_wait_for_their_orders_and_follow_them(make_shop):
    shop = make_shop(HEADED)
    shop.file("orders1.csv", f"order,customer,time\n1,C1,{TIMES}\n")
    shop.file("lines.csv", "order,product,n,price\n1,P1,2,3\n2,P1,1,4\n")
    shop.load()
    assert shop.counts() == [{"accepted": 1, "canonical": 1}, {"accepted": 2, "canonical": 1, "pending": 1}]
    shop.file("orders2.csv", f"order,customer,time\n2,C2,{TIMES}\n1,C9,2018-03-02\n")
    shop.load()
    assert shop.counts() == [
        {"accepted": 1, "superseded": 1},
        {"accepted": 2, "canonical": 2},
        {"accepted": 2, "canonical": 2},
    ]
    assert shop.rows(
        "SELECT r.external_id AS who, l.day, l.list FROM order_lines AS l JOIN records AS r USING (record_id) ORDER BY who"
    ) == [{"who": "C2", "day": 17591, "list": 400}, {"who": "C9", "day": 17592, "list": 600}]


def test_amounts_of_orders_whose_lines_come_from_elsewhere_are_said_not_to_be_used(make_shop):
    shop = make_shop(HEADED.replace("time: time}", "time: time, total: total}"))
    shop.file("orders1.csv", f"order,customer,time,total\n1,C1,{TIMES},99\n")
    shop.file("lines.csv", "order,product,n,price\n1,P1,2,3\n")
    shop.load()
    assert shop.account()[0]["notes"] == {"order_amounts_not_used": 1}
    assert shop.one("SELECT sum(net) FROM order_lines") == 600


def test_orders_with_a_total_and_no_lines_are_one_line_each(make_shop):
    shop = make_shop(
        "  orders:\n    files: data/orders.csv\n    rows: orders\n"
        "    columns: {order: id, customer: who, time: at, total: total}\n"
    )
    shop.file("orders.csv", f"id,who,at,total\n1,C1,{TIMES},5\n2,C1,{TIMES},6\n1,C1,{TIMES},7\n")
    shop.load()
    assert shop.rows("SELECT product_id, items, net FROM order_lines ORDER BY net") == [
        {"product_id": None, "items": 1, "net": 600},
        {"product_id": None, "items": 1, "net": 700},
    ]
    assert shop.counts() == [{"accepted": 3, "canonical": 2, "superseded": 1}]


FIRST = till(f"1001,C1,{TIMES},P1,1,3.50", f"1002,C2,{TIMES},P1,1,2", "1003,C1,,P1,1,4")
SECOND = till(f"1001,C1,{TIMES},P1,1,3.5", f"1002,C2,{TIMES},P1,2,5", f"1003,C1,{TIMES},P1,1,4")
THIRD = till(f"1002,C2,{TIMES},P1,1,2", "1001,C1,,P1,1,9")


def held(shop):
    rows = "SELECT o.order_no, l.net, l.quantity_milli FROM order_lines AS l JOIN orders AS o USING (order_id)"
    return shop.rows(f"{rows} ORDER BY ALL")


def test_files_that_come_together_are_as_files_that_come_one_by_one(make_shop):
    together, apart = make_shop(), make_shop()
    for place, content in enumerate((FIRST, SECOND, THIRD)):
        together.file(f"till{place}.csv", content)
        apart.file(f"till{place}.csv", content)
        apart.load()
        apart.account()
    together.load()
    assert held(together) == held(apart)
    assert [(row["order_no"], row["net"]) for row in held(together)] == [("1001", 350), ("1002", 200), ("1003", 400)]
    assert together.counts() == [{"accepted": 8, "canonical": 3, "quarantined": 2, "duplicate": 2, "superseded": 1}]


def test_the_last_file_by_number_holds(shop):
    for number in ("10", "9", ""):
        shop.file(f"till{number}.csv", till(f"1,C1,{TIMES},P1,1,{number or 1}"))
    shop.load()
    assert shop.one("SELECT net FROM order_lines") == 1000


TOLD = """\
  till:
    files: data/till*.csv
    rows: order_lines
    columns: {order: order, time: time, product: sku, net: net, category: category, brand: brand}
    discounts: [{amount: off, kind: voucher, code: code, campaign: campaign}]
  articles:
    files: data/articles*.csv
    rows: products
    columns: {product: sku, category: category}
"""
CORRECTED = {
    "category": "tea,B1,V1,S1",
    "brand": "coffee,B2,V1,S1",
    "code": "coffee,B1,V2,S1",
    "campaign": "coffee,B1,V1,S2",
}


@pytest.mark.parametrize("row", CORRECTED.values(), ids=CORRECTED)
def test_a_correction_of_any_column_is_a_change(make_shop, row):
    shop = make_shop(TOLD)
    header = "order,time,sku,net,off,category,brand,code,campaign\n"
    shop.file("articles1.csv", "sku,category\nP9,coffee\n")
    shop.file("till1.csv", f"{header}1,{TIMES},P1,5,1,coffee,B1,V1,S1\n")
    shop.load()
    shop.file("till2.csv", f"{header}1,{TIMES},P1,5,1,{row}\n")
    shop.load()
    assert shop.counts()[1:] == [{"accepted": 1, "superseded": 1}, {"accepted": 1, "canonical": 1}]
    shop.file("articles2.csv", "sku,category\nP1,cake\n")
    shop.file("till3.csv", f"{header}1,{TIMES} ,P1,5.00,1,{row}\n")
    shop.load()
    assert shop.counts()[-1] == {"accepted": 1, "duplicate": 1}  # what its product is now is told elsewhere


@pytest.mark.parametrize("tax", ["{included: 21%}", "{included: 9%}", "{column: vat}"])
def test_tax_makes_no_discount_of_its_own(make_shop, tax):
    shop = make_shop(
        "  till:\n    files: data/till.csv\n    rows: order_lines\n"
        "    columns: {order: order, time: time, list: list, net: net}\n"
        f"    discounts: [{{amount: card, kind: card}}, {{amount: code, kind: code}}]\n    tax: {tax}\n"
    )
    cents = [(listed, listed * 7 % 50, listed * 3 % 40) for listed in range(101, 301)]
    rows = "".join(
        f"{place},{TIMES},{listed / 100},{(listed - card - code) / 100},{card / 100},{code / 100},{place % 40 / 100}\n"
        for place, (listed, card, code) in enumerate(cents)
    )
    shop.file("till.csv", f"order,time,list,net,card,code,vat\n{rows}900,{TIMES},12.10,2.42,0,1.21,0.42\n")
    shop.load()
    kinds = "FROM discounts AS d JOIN codes AS c ON c.code = d.kind AND c.book = 'discount_kind'"
    assert shop.one(f"SELECT count(*) {kinds} WHERE c.text = 'unexplained'") == 1
    assert shop.one("SELECT count(*) FROM order_lines WHERE list - discount <> net") == 0
    told = "SELECT order_id, sum(amount) AS off FROM discounts GROUP BY order_id"
    assert (
        shop.one(
            f"SELECT count(*) FROM order_lines LEFT JOIN ({told}) USING (order_id) WHERE discount <> coalesce(off, 0)"
        )
        == 0
    )
    assert shop.one("SELECT max(abs(d.amount)) FROM discounts AS d WHERE d.amount < 0") is None
