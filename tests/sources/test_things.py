"""Products, campaigns, people, sends and events: each a unit by its id, or by its content where it has none."""

from __future__ import annotations

from sources.conftest import HEADER, TILL

PRODUCTS = """\
  articles:
    files: data/articles*.csv
    rows: products
    columns:
      product: sku
      name: name
      category: category
      price: price
      unit: {from: kind, values: {fuel: amount}, else: piece}
"""


def test_lines_carry_the_codes_of_their_product_as_it_is_now(make_shop):
    shop = make_shop(TILL + PRODUCTS)
    shop.file("till.csv", HEADER + "1,C1,2018-03-01,P1,3,1\n1,C1,2018-03-01,P2,40.5,60\n1,C1,2018-03-01,P9,2,1\n")
    shop.file("articles1.csv", "sku,name,category,price,kind\nP1,Bean,coffee,2.50,\nP2,Petrol,car,,fuel\n")
    shop.load()
    lines = """SELECT c.text AS category, l.items FROM order_lines AS l
               LEFT JOIN codes AS c ON c.book = 'category' AND c.code = l.category ORDER BY l.line"""
    assert [tuple(row.values()) for row in shop.rows(lines)] == [("coffee", 3), ("car", 1), (None, 2)]
    shop.file(
        "articles2.csv", "sku,name,category,price,kind\nP1,Bean,tea,2.50,\nP2,Petrol,car,,fuel\nP9,Box,car,,fuel\n"
    )
    shop.load()
    assert [tuple(row.values()) for row in shop.rows(lines)] == [("tea", 3), ("car", 1), ("car", 1)]
    assert shop.counts() == [
        {"accepted": 2, "canonical": 1, "superseded": 1},
        {"accepted": 3, "canonical": 3},
        {"accepted": 3, "canonical": 2, "duplicate": 1},
    ]
    assert shop.account()[1]["notes"] == {"unknown_product": 1}


def test_of_a_product_told_twice_in_one_file_the_last_row_holds(make_shop):
    shop = make_shop(PRODUCTS)
    shop.file("articles.csv", "sku,name,category,price,kind\nP1,A,x,1,\nP1,B,x,1,\nP2,C,x,1,\nP2,C,x,1,\n,D,x,1,\n")
    shop.load()
    assert [row["name"] for row in shop.rows("SELECT name FROM products ORDER BY name")] == ["B", "C"]
    assert shop.counts() == [{"accepted": 5, "canonical": 2, "quarantined": 1, "duplicate": 1, "superseded": 1}]


def test_a_unit_in_the_shops_own_words_is_not_guessed(make_shop):
    shop = make_shop("  a:\n    files: data/a.csv\n    rows: products\n    columns: {product: sku, unit: unit}\n")
    shop.file("a.csv", "sku,unit\nP1,piece\nP2,stuk\nP3,\n")
    shop.load()
    reason = "unit: 'stuk' is not one of piece, weight, volume, amount; translate it with values: in regulars.yaml"
    assert shop.one("SELECT reason FROM quarantine") == reason
    assert [row["unit"] for row in shop.rows("SELECT unit FROM products")] == ["piece", "piece"]


PEOPLE = """\
  crm:
    files: data/crm*.csv
    rows: people
    columns: {customer: id, attributes: {city: city, birth_date: born}}
"""


def test_people_and_what_they_told(make_shop):
    shop = make_shop(PEOPLE)
    shop.file("crm1.csv", "id,city,born\nC1,Utrecht,1980-02-29\nC2,,\nC3,Ede,1980-02-30\n")
    shop.load()
    assert shop.rows("SELECT attribute, value FROM told ORDER BY attribute") == [
        {"attribute": "birth_date", "value": "3711"},
        {"attribute": "city", "value": "Utrecht"},
    ]
    assert "birth_date: '1980-02-30' is not a day" in shop.one("SELECT reason FROM quarantine")
    shop.file("crm2.csv", "id,city,born\nC1,Ede,\nC2,,\n")
    shop.load()
    assert shop.rows("SELECT attribute, value FROM told") == [{"attribute": "city", "value": "Ede"}]
    assert shop.counts() == [
        {"accepted": 3, "canonical": 1, "quarantined": 1, "superseded": 1},
        {"accepted": 2, "canonical": 1, "duplicate": 1},
    ]


def test_two_sources_may_tell_of_one_person(make_shop):
    shop = make_shop(PEOPLE + PEOPLE.replace("crm:", "survey:").replace("data/crm*", "data/survey"))
    shop.file("crm.csv", "id,city,born\nC1,Utrecht,\n")
    shop.file("survey.csv", "id,city,born\nC1,Ede,\n")
    shop.load()
    shop.file("crm2.csv", "id,city,born\nC1,Assen,\n")
    shop.load()
    assert shop.rows("SELECT source, value FROM told ORDER BY source") == [
        {"source": "crm", "value": "Assen"},
        {"source": "survey", "value": "Ede"},
    ]
    assert shop.one("SELECT count(*) FROM records") == 1


SENDS = """\
  campaigns:
    files: data/campaigns*.csv
    rows: campaigns
    columns: {campaign: id, start: start, end: end}
  mailings:
    files: data/sends*.csv
    rows: sends
    columns: {customer: who, campaign: id, send_channel: {value: mail}}
"""


def test_a_send_without_a_time_happened_when_its_campaign_began(make_shop):
    shop = make_shop(SENDS)
    shop.file("campaigns.csv", "id,start,end\nS1,2018-07-15,2018-07-20\nS2,,\n")
    shop.file("sends.csv", "id,who\nS1,C1\nS1,C2\nS2,C1\nS1,\n")
    shop.load()
    assert shop.rows("SELECT count(*) AS n, min(sec) AS sec, min(day) AS day FROM sends") == [
        {"n": 2, "sec": 1_531_605_600, "day": 17727}
    ]
    reasons = [row["reason"] for row in shop.rows("SELECT reason FROM quarantine ORDER BY line")]
    assert reasons == ["time: is not mapped, and the start of its campaign is not known", "customer: is missing"]
    shop.file("sends2.csv", "id,who\nS1,C2\nS1,C3\n")
    shop.load()
    assert shop.counts()[2] == {"accepted": 2, "canonical": 1, "duplicate": 1}


EVENTS = """\
  site:
    files: data/site*.csv
    rows: events
    columns: {message: id, customer: who, kind: kind, time: time, product: product, value: value}
"""


def test_events_are_told_apart_by_message_id(make_shop):
    shop = make_shop(EVENTS)
    shop.file(
        "site1.csv", "id,who,kind,time,product,value\nm1,C1,viewed,2018-03-01T10:00Z,P1,\nm2,,viewed,2018-03-02,,1.5\n"
    )
    shop.load()
    shop.file("site2.csv", "id,who,kind,time,product,value\nm2,,viewed,2018-03-02,,2\nm3,C1,,2018-03-02,,\n")
    shop.load()
    assert shop.rows("SELECT value FROM events ORDER BY value") == [{"value": 150}, {"value": None}]
    assert shop.counts() == [{"accepted": 2, "canonical": 2}, {"accepted": 2, "duplicate": 1, "quarantined": 1}]


def test_events_without_ids_are_told_apart_by_content_and_count(make_shop):
    shop = make_shop(EVENTS.replace("message: id, ", ""))
    rows = "C1,viewed,2018-03-01,P1,\n"
    shop.file("site1.csv", "who,kind,time,product,value\n" + rows * 2)
    shop.load()
    shop.file("site2.csv", "who,kind,time,product,value\n" + rows * 3)
    shop.load()
    assert shop.counts() == [{"accepted": 2, "canonical": 2}, {"accepted": 3, "canonical": 1, "duplicate": 2}]


def test_events_of_files_that_come_together_are_as_those_that_come_one_by_one(make_shop):
    shop = make_shop(EVENTS.replace("message: id, ", ""))
    rows = "C1,viewed,2018-03-01,P1,\n"
    shop.file("site1.csv", "who,kind,time,product,value\n" + rows * 2)
    shop.file("site2.csv", "who,kind,time,product,value\n" + rows * 3)
    shop.load()
    assert shop.counts() == [{"accepted": 5, "canonical": 3, "duplicate": 2}]
