"""What is in the simulated shop: the query of each canonical table, out of hashes of row numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bench.books import BOOKS
from regulars.clock import day_number

LAST_DAY = date(2026, 10, 31)
"""The day of the measured refresh; facts end with it. The refresh before it is of the day before."""

DAYS = 730
PRODUCTS = 20_000
CATEGORIES = len(BOOKS["category"])
SENDS_PER_CUSTOMER = 2
MACROS = f"""
CREATE MACRO u(x, salt) AS (hash(x::BIGINT * 1000003 + salt) >> 11) / 9007199254740992.0;
CREATE MACRO ident(x, salt) AS (hash(x::BIGINT * 1000003 + salt) >> 1)::BIGINT;
CREATE MACRO heavy(x, salt, among) AS floor(among * pow(0.01 + 0.99 * u(x, salt), 2.2))::BIGINT;
CREATE MACRO born(c) AS (725 * pow(u(c, 101), 1.4))::INT;
CREATE MACRO died(c) AS CASE WHEN u(c, 102) < 0.45 THEN {DAYS} ELSE (born(c) + 1 + ({DAYS - 1} - born(c)) * u(c, 103))::INT END;
CREATE MACRO step(c) AS CASE WHEN u(c, 104) < 0.1 THEN 7 WHEN u(c, 104) < 0.25 THEN 14 WHEN u(c, 104) < 0.4 THEN 28 ELSE 1 END;
CREATE MACRO any_day(c, x, salt) AS floor(born(c) + (died(c) - born(c)) * u(x, salt))::INT;
CREATE MACRO on_rhythm(c, d) AS greatest(born(c), born(c) + (d - born(c)) // step(c) * step(c));
CREATE MACRO minute_of(x, salt) AS floor(60 * (8 + 7 * (u(x, salt) + u(x, salt + 1))))::INT;
CREATE MACRO share_of_category(k) AS floor({PRODUCTS} * pow(k / {CATEGORIES}.0, 0.7))::INT;
CREATE MACRO likes(c) AS floor({CATEGORIES} * pow(u(c, 105), 1.5))::INT;
CREATE MACRO bargain(c) AS pow(u(c, 106), 2);
"""
"""Skewed picks and what is fixed about a customer; c is a customer's number, x a row's."""

FIRST_DAY = day_number(LAST_DAY) - DAYS + 1


def tables(customers: int) -> Mapping[str, str]:
    """The query of each canonical table that a shop of so many customers has; columns left out are null."""
    buyers, orders, events = int(customers * 0.85), customers * 5, customers * 30
    moment = f"{FIRST_DAY} + d AS day, m AS minute, ({FIRST_DAY} + d) * 86400::BIGINT + m * 60 + s AS sec"
    return {
        "codes": "SELECT * FROM books",
        "records": f"""SELECT ident(i, 1) AS record_id, ident(i, 1) AS customer_id, 'people' AS source, 'customer' AS kind,
            printf('C%07d', i) AS external_id, 1 AS load FROM range({customers}) t(i)""",
        "told": f"""SELECT ident(i, 1) AS customer_id, ident(i, 1) AS record_id, a.attribute, 'told' AS how, 'people' AS source, CASE a.attribute
              WHEN 'country' THEN ['NL', 'NL', 'NL', 'BE', 'DE', 'DK'][1 + (u(i, 110) * 6)::INT % 6]
              WHEN 'birth_date' THEN (-10957 + (u(i, 111) * 24000)::INT)::VARCHAR
              ELSE ['18-29', '30-44', '45-64', '65+'][1 + (u(i, 112) * 4)::INT % 4] END AS value, 1 AS load, i AS line
            FROM range({customers}) t(i), (VALUES ('country', 0.95), ('birth_date', 0.4), ('age_band', 0.7)) a(attribute, known)
            WHERE u(i, hash(a.attribute) % 1000) < a.known""",
        "products": """SELECT ident(p, 2) AS product_id, printf('P%05d', p) AS sku, printf('Article %d', p) AS name, department, category, type, brand,
            'piece' AS unit, price, 1 AS load, p AS line FROM products_seed""",
        "campaigns": f"""SELECT ident(k, 5) AS campaign_id, printf('M%02d', k) AS code, printf('Mailing %d', k) AS name, 1 AS kind,
            {FIRST_DAY} + k * 30 AS start_day, {FIRST_DAY} + k * 30 + 20 AS end_day, 1 AS load, k AS line FROM range(24) t(k)""",
        "orders": f"""SELECT ident(i, 3) AS order_id, printf('O%08d', i) AS order_no,
            CASE WHEN u(i, 201) >= 0.005 THEN ident(c, 1) END AS customer_id, CASE WHEN u(i, 201) >= 0.005 THEN ident(c, 1) END AS record_id,
            {moment}, 1 + web AS sales_channel, CASE WHEN web = 0 THEN 1 + (u(c, 202) * 40 + u(i, 203) * 3)::INT END AS store,
            1 + (u(i, 204) * 3)::INT % 3 AS payment, CASE WHEN web = 1 THEN 495 END AS shipping,
            CASE WHEN u(i, 205) < 0.03 THEN ({FIRST_DAY} + d) * 86400::BIGINT + m * 60 + s + (u(i, 206) * 4 * 86400)::INT END AS cancelled_sec,
            u(i, 207) < 0.0005 AS test, 1 AS load, i + 1 AS line FROM orders_seed""",
        "order_lines": """SELECT order_id, line_no, customer_id, record_id, sec, day, minute, product_id, department, category, type, brand,
            1000 * items AS quantity_milli, items, list, sale + coupon AS discount, supplier AS supplier_discount, list - sale - coupon AS net,
            CASE WHEN known_cost THEN (list * 0.55)::BIGINT END AS cost, 1 AS load, line FROM lines_seed""",
        "discounts": """SELECT order_id, line_no, customer_id, record_id, sec, day, minute, kind, amount, funded_by, 1 AS load, line FROM (
            SELECT *, unnest([{'kind': 1, 'amount': coupon, 'funded_by': 'shop'}, {'kind': 2, 'amount': sale, 'funded_by': 'shop'},
              {'kind': 3, 'amount': supplier, 'funded_by': 'supplier'}], recursive := true) FROM lines_seed) WHERE amount > 0""",
        "sends": f"""SELECT ident(c, 1) AS customer_id, ident(c, 1) AS record_id, ident(k, 5) AS campaign_id, {moment}, 1 AS send_channel, 1 AS load,
            i + 1 AS line FROM (SELECT i, heavy(i, 301, {customers}) AS c, (u(i, 302) * 24)::INT % 24 AS k, k * 30 AS d, 540 AS m, 0 AS s
            FROM range({customers * SENDS_PER_CUSTOMER}) t(i))""",
        "events": f"""SELECT ident(i, 4) AS event_id, ident(c, 1) AS customer_id, ident(c, 1) AS record_id, {moment},
            {len(BOOKS["event"])} - floor({len(BOOKS["event"])} * pow(u(i, 404), 2))::INT AS kind, 1 AS touchpoint, ident(i // 4, 6) AS session, CASE WHEN p IS NOT NULL THEN ident(p, 2) END AS product_id,
            1 + k AS category, (2 + 600 * pow(u(i, 405), 4))::INT AS seconds, 1 AS load, i + 1 AS line FROM (
            SELECT i, c, any_day(c, i, 402) AS d, minute_of(i, 407) AS m, (u(i, 409) * 60)::INT % 60 AS s, k,
              CASE WHEN u(i, 403) < 0.6 THEN share_of_category(k) + floor((share_of_category(k + 1) - share_of_category(k)) * u(i, 406))::INT END AS p
            FROM (SELECT i, heavy(i, 401, {customers}) AS c,
              CASE WHEN u(i, 410) < 0.5 THEN likes(c) ELSE floor({CATEGORIES} * pow(u(i, 411), 1.5))::INT END AS k FROM range({events}) t(i)))""",
        "products_seed": f"""SELECT p, k + 1 AS category, 1 + k // 5 AS department, 1 + p // 10 AS type, 1 + k * 5 + (u(p, 3) * 5)::INT % 5 AS brand,
            (150 + 12000 * pow(u(p, 4), 3))::BIGINT AS price FROM (SELECT p, floor({CATEGORIES} * pow((p + 0.5) / {PRODUCTS}, 1 / 0.7))::INT AS k
            FROM range({PRODUCTS}) t(p))""",
        "orders_seed": f"""SELECT i, c, (u(i, 208) < 0.3)::INT AS web, minute_of(i, 209) AS m, (u(i, 211) * 60)::INT % 60 AS s,
            least({DAYS - 1}, on_rhythm(c, any_day(c, i, 210)) + CASE WHEN step(c) > 1 THEN (u(i, 212) * 1.4)::INT ELSE 0 END) AS d
            FROM (SELECT i, heavy(i, 200, {buyers}) AS c FROM range({orders}) t(i))""",
        "lines_seed": f"""WITH numbered AS (SELECT i, c, d, m, s, unnest(range(1 + (u(i, 220) * 7)::INT % 7)) AS n FROM orders_seed),
            picked AS (SELECT *, i * 8 + n AS x, CASE WHEN u(i * 8 + n, 221) < 0.5 THEN likes(c)
              ELSE floor({CATEGORIES} * pow(u(i * 8 + n, 222), 1.5))::INT END AS k FROM numbered),
            priced AS (SELECT picked.*, p.*, 1 + floor(3 * pow(u(x, 224), 3))::INT AS items FROM picked LEFT JOIN products_seed p
              ON p.p = share_of_category(k) + floor((share_of_category(k + 1) - share_of_category(k)) * pow(u(x, 223), 1.3))::INT AND u(x, 225) >= 0.01),
            listed AS (SELECT *, items * coalesce(price, 999) AS list,
              CASE WHEN u(x, 226) < 0.04 + 0.6 * bargain(c) THEN 0.05 + 0.45 * u(x, 227) ELSE 0 END AS off FROM priced)
            SELECT ident(i, 3) AS order_id, n + 1 AS line_no, CASE WHEN u(i, 201) >= 0.005 THEN ident(c, 1) END AS customer_id,
              CASE WHEN u(i, 201) >= 0.005 THEN ident(c, 1) END AS record_id, {moment}, CASE WHEN p IS NOT NULL THEN ident(p, 2) END AS product_id,
              department, category, type, brand, items, list, (list * off)::BIGINT AS sale,
              CASE WHEN u(x, 228) < 0.01 + 0.1 * bargain(c) THEN (list * 0.1)::BIGINT ELSE 0 END AS coupon,
              CASE WHEN u(x, 229) < 0.02 THEN (list * 0.2)::BIGINT ELSE 0 END AS supplier, u(p, 230) < 0.8 AS known_cost, x + 1 AS line FROM listed""",
    }
