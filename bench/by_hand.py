"""The same refresh as an expert would write it by hand, in DuckDB's own SQL, for this shop and these segments alone.

Whatever DuckDB does well is used, portable or not: anti joins, filtered aggregates, one narrow roll-up per code and one
wide one per customer, a shared roll-up as a common table. What was learnt (cuts, prior, rates) is given, as to all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import Cost, cpu_seconds, part, report

if TYPE_CHECKING:
    pass

TRAITS = """
WITH uncounted AS (
  SELECT order_id FROM orders WHERE test OR cancelled_sec < {sec}
), bought AS NOT MATERIALIZED (
  SELECT * FROM orders
  WHERE customer_id IS NOT NULL AND sec < {sec} AND NOT test AND (cancelled_sec IS NULL OR cancelled_sec >= {sec})
), by_order AS (
  SELECT customer_id, count(*) AS orders, min(day) AS first_order, max(day) AS last_order,
    count(*) FILTER (gap IS NULL OR gap > 0) AS shopping_days, sum(gap * gap)::BIGINT AS gap_squares,
    count(*) FILTER (day > {day} - 90) AS orders_90_days,
    count(*) FILTER (weekday = 1) AS d1, count(*) FILTER (weekday = 2) AS d2, count(*) FILTER (weekday = 3) AS d3,
    count(*) FILTER (weekday = 4) AS d4, count(*) FILTER (weekday = 5) AS d5, count(*) FILTER (weekday = 6) AS d6,
    count(*) FILTER (weekday = 7) AS d7,
    count(*) FILTER (minute < 360) AS p1, count(*) FILTER (minute >= 360 AND minute < 720) AS p2,
    count(*) FILTER (minute >= 720 AND minute < 1080) AS p3, count(*) FILTER (minute >= 1080) AS p4,
    count(*) FILTER (sales_channel = {web} AND day > {day} - 180) AS web_180_days
  FROM (SELECT *, (day + 3) % 7 + 1 AS weekday, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM bought)
  GROUP BY customer_id
), by_store AS (
  SELECT customer_id, max(n * 64 + 63 - store) AS store_key, count(store) AS stores
  FROM (SELECT customer_id, store, count(*) AS n FROM bought GROUP BY customer_id, store) GROUP BY customer_id
), lines AS NOT MATERIALIZED (
  SELECT * FROM order_lines ANTI JOIN uncounted USING (order_id) WHERE customer_id IS NOT NULL AND sec < {sec}
), by_line AS (
  SELECT customer_id, count(*) AS lines, sum(items)::BIGINT AS items, sum(list)::BIGINT AS list_value, sum(net)::BIGINT AS revenue,
    sum(discount)::BIGINT AS discount, sum(supplier_discount)::BIGINT AS supplier_discount,
    sum(CASE WHEN discount = 0 AND supplier_discount = 0 THEN list ELSE 0 END)::BIGINT AS full_price_value,
    sum(CASE WHEN day > {day} - 90 THEN net ELSE 0 END)::BIGINT AS revenue_90_days,
    sum(CASE WHEN day > {day} - 180 AND day <= {day} - 90 THEN net ELSE 0 END)::BIGINT AS revenue_previous_90_days,
    sum(CASE WHEN category = {coffee} AND day > {day} - 365 THEN net ELSE 0 END)::BIGINT AS coffee_365_days
  FROM lines GROUP BY customer_id
), by_coffee AS (
  SELECT customer_id, count(DISTINCT order_id) AS coffee_60_days FROM lines
  WHERE category = {coffee} AND day > {day} - 60 GROUP BY customer_id
), in_category AS (
  SELECT customer_id, category, count(*) AS n, sum(net)::BIGINT AS net FROM lines GROUP BY customer_id, category
), by_category AS (
  SELECT customer_id, count(category) AS categories, max(net) FILTER (category IS NOT NULL) AS category_top,
    max(CASE WHEN net > 0 THEN net * 64 + 63 - category END) AS category_key
  FROM in_category GROUP BY customer_id
), by_preference AS (
  SELECT customer_id, max(z) AS preference_top, max(CASE WHEN z > 0 THEN z * 64 + 63 - category END) AS preference_key
  FROM (SELECT customer_id, category, floor(2 * (sqrt(n) - sqrt(lines * rate)) * 1000 + 0.5)::BIGINT AS z
    FROM in_category JOIN by_line USING (customer_id) JOIN rates USING (category) WHERE n >= 3)
  GROUP BY customer_id
), by_brand AS (
  SELECT customer_id, max(net) FILTER (brand IS NOT NULL) AS brand_top, max(CASE WHEN net > 0 THEN net * 256 + 255 - brand END) AS brand_key
  FROM (SELECT customer_id, brand, sum(net)::BIGINT AS net FROM lines GROUP BY customer_id, brand) GROUP BY customer_id
), by_discount AS (
  SELECT customer_id, count(DISTINCT order_id) AS coupon_orders
  FROM discounts ANTI JOIN uncounted USING (order_id)
  WHERE customer_id IS NOT NULL AND sec < {sec} AND (kind = {coupon} OR code IS NOT NULL) GROUP BY customer_id
), by_send AS (
  SELECT customer_id, count(DISTINCT campaign_id) AS campaigns_received FROM sends
  WHERE customer_id IS NOT NULL AND sec < {sec} GROUP BY customer_id
), by_event AS (
  SELECT customer_id, count(*) AS touchpoints, max(day) AS last_touchpoint, count(*) FILTER (kind = {redeemed}) AS coupons_redeemed,
    count(*) FILTER (day > {day} - 30) AS touchpoints_30_days,
    count(*) FILTER (kind = {viewed} AND category = {coffee} AND day > {day} - 30) AS coffee_views_30_days,
    count(*) FILTER (kind = {support} AND day > {day} - 90) AS support_90_days,
    count(*) FILTER (kind = {opened} AND day > {day} - 60) AS opened_60_days
  FROM events WHERE customer_id IS NOT NULL AND sec < {sec} GROUP BY customer_id
), beside AS (
  SELECT *, last_order - first_order AS span, shopping_days - 1 AS gaps,
    sqrt(((shopping_days - 1) * gap_squares - (last_order - first_order)::BIGINT ** 2)::DOUBLE
      / nullif((shopping_days - 1) * (shopping_days - 2), 0)::DOUBLE) AS spread
  FROM customers LEFT JOIN by_order USING (customer_id) LEFT JOIN by_store USING (customer_id)
    LEFT JOIN by_line USING (customer_id) LEFT JOIN by_category USING (customer_id) LEFT JOIN by_brand USING (customer_id)
    LEFT JOIN by_preference USING (customer_id)
    LEFT JOIN by_coffee USING (customer_id)
    LEFT JOIN by_discount USING (customer_id) LEFT JOIN by_send USING (customer_id) LEFT JOIN by_event USING (customer_id)
)
SELECT customer_id, coalesce(orders, 0) AS orders, first_order, last_order, coalesce(shopping_days, 0) AS shopping_days,
  coalesce(orders_90_days, 0) AS orders_90_days, coalesce(coupon_orders, 0) AS coupon_orders,
  CASE WHEN orders >= 1 THEN r6(coalesce(coupon_orders, 0) / orders) END AS coupon_share,
  CASE WHEN orders >= 3 THEN CASE greatest(d1, d2, d3, d4, d5, d6, d7)
    WHEN d1 THEN 1 WHEN d2 THEN 2 WHEN d3 THEN 3 WHEN d4 THEN 4 WHEN d5 THEN 5 WHEN d6 THEN 6 ELSE 7 END END AS weekday,
  CASE WHEN orders >= 3 THEN CASE greatest(p1, p2, p3, p4) WHEN p1 THEN 1 WHEN p2 THEN 2 WHEN p3 THEN 3 ELSE 4 END END AS part_of_day,
  (63 - store_key % 64)::INTEGER AS store, coalesce(stores, 0) AS stores, coalesce(revenue, 0) AS revenue,
  coalesce(list_value, 0) AS list_value, coalesce(discount, 0) AS discount, coalesce(supplier_discount, 0) AS supplier_discount,
  CASE WHEN orders >= 1 THEN floor((coalesce(revenue, 0) * 2 + orders)::DOUBLE / (orders * 2)::DOUBLE)::BIGINT END AS average_order_value,
  coalesce(items, 0) AS items, coalesce(lines, 0) AS lines,
  CASE WHEN orders >= 1 THEN r6(full_price_value / nullif(list_value, 0)) END AS full_price_share,
  CASE WHEN orders >= 1 THEN r6(discount / nullif(list_value, 0)) END AS discount_share,
  coalesce(revenue_90_days, 0) AS revenue_90_days, coalesce(revenue_previous_90_days, 0) AS revenue_previous_90_days,
  coalesce(categories, 0) AS categories, (63 - category_key % 64)::INTEGER AS top_category,
  r6(category_top / nullif(revenue, 0)) AS top_category_share,
  CASE WHEN lines >= 5 THEN preference_top / 1000.0::DOUBLE END AS preference_strength,
  CASE WHEN lines >= 5 AND preference_top >= 2000 THEN (63 - preference_key % 64)::INTEGER END AS preferred_category,
  (255 - brand_key % 256)::INTEGER AS top_brand, CASE WHEN orders >= 3 THEN r6(brand_top / nullif(revenue, 0)) END AS brand_loyalty,
  CASE WHEN shopping_days >= 2 THEN r6(span / gaps) END AS gap_mean, CASE WHEN shopping_days >= 3 THEN r6(spread) END AS gap_sd,
  CASE WHEN shopping_days >= 4 THEN r6(1 / (1 + (spread / (span / gaps)) * (spread / (span / gaps)))) END AS regularity,
  coalesce(campaigns_received, 0) AS campaigns_received, coalesce(coupons_redeemed, 0) AS coupons_redeemed,
  coalesce(touchpoints, 0) AS touchpoints, last_touchpoint, coalesce(touchpoints_30_days, 0) AS touchpoints_30_days,
  age_band, birth_date, country, coalesce(web_180_days, 0) AS web_180_days, coalesce(coffee_365_days, 0) AS coffee_365_days,
  coalesce(coffee_60_days, 0) AS coffee_60_days, coalesce(coffee_views_30_days, 0) AS coffee_views_30_days,
  coalesce(support_90_days, 0) AS support_90_days, coalesce(opened_60_days, 0) AS opened_60_days
FROM beside ORDER BY customer_id
"""

CUSTOMERS = """
SELECT r.customer_id, r.external_id, t.age_band, t.birth_date, t.country
FROM (SELECT customer_id, min(external_id) AS external_id FROM records GROUP BY customer_id) r LEFT JOIN (
  SELECT customer_id, arg_max(value, age) FILTER (attribute = 'age_band') AS age_band,
    arg_max(value, age) FILTER (attribute = 'birth_date')::INTEGER AS birth_date,
    arg_max(value, age) FILTER (attribute = 'country') AS country
  FROM (SELECT *, {{'how': CASE how WHEN 'told' THEN 3 WHEN 'observed' THEN 2 WHEN 'inferred' THEN 1 ELSE 0 END,
      'sec': coalesce(sec, 0), 'load': load, 'line': line}} AS age FROM told WHERE sec IS NULL OR sec < {sec})
  GROUP BY customer_id) t USING (customer_id)
ORDER BY r.customer_id
"""

NOW = """
SELECT * EXCLUDE (born), CASE WHEN orders >= 1 THEN ({day} - last_order)::DOUBLE END AS days_since_order,
  CASE WHEN orders >= 1 THEN ({day} - first_order)::DOUBLE END AS tenure_days,
  CASE WHEN shopping_days >= 2 THEN r6((((last_order - first_order)::DOUBLE + {alpha}::DOUBLE)
    / (({day} - first_order)::DOUBLE + {alpha}::DOUBLE)) ** ((shopping_days - 1)::DOUBLE + {r}::DOUBLE)) END AS silence_chance,
  silence_chance <= 0.05::DOUBLE AS beyond_rhythm,
  CASE WHEN {day} >= birth_date THEN date_part('year', DATE '{date}') - date_part('year', born)
    - ((date_part('month', born) * 100 + date_part('day', born)) > date_part('month', DATE '{date}') * 100 + date_part('day', DATE '{date}'))::INT
    END AS age
FROM (SELECT *, DATE '1970-01-01' + birth_date AS born FROM traits)
"""

FIRST_DEPTH = {
    "top_20_percent": "orders > 0 AND revenue >= {revenue_20}",
    "best_customers": "orders > 0 AND orders >= {orders_20} AND full_price_share >= {full_price_50}"
    " AND regularity >= {regularity_50} AND revenue >= {revenue_20}",
    "low_order_value": "orders > 0 AND average_order_value <= {order_value_20}",
    "inactive": "beyond_rhythm",
    "bargain_hunters": "orders > 0 AND discount_share >= {discount_20} AND orders >= 3",
    "prefers_coffee": "preferred_category = {coffee}",
    "chocolate_first": "top_category = {chocolate} AND top_category_share >= 0.3",
    "new_customers": "first_order > {day} - 30",
    "one_timers": "orders = 1 AND last_order < {day} - 90",
    "weekend_shoppers": "weekday IN (6, 7) AND orders >= 3",
    "young_neighbours": "country IN ('NL', 'BE') AND age_band IN ('18-29', '30-44')",
    "looked_at_coffee": "coffee_views_30_days >= 1 AND NOT coffee_60_days >= 1",
    "needs_help": "support_90_days >= 2",
    "buys_on_the_web": "web_180_days >= 2",
    "coffee_money": "coffee_365_days >= 5000",
    "coupon_users": "coupon_share >= 0.2 AND orders >= 2",
    "one_brand": "brand_loyalty >= 0.5 AND orders >= 3",
}
SECOND_DEPTH = {
    "good_slipping": "top_20_percent AND inactive",
    "best_who_read": "best_customers AND opened_60_days >= 1",
}
THIRD_DEPTH = {"the_rest": "orders >= 1 AND NOT (top_20_percent OR good_slipping OR bargain_hunters OR best_who_read)"}
CHANGES = """
WITH moved AS (
  SELECT coalesce(a.customer_id, b.customer_id) AS customer_id, coalesce(a.w0, 0) AS after, coalesce(b.w0, 0) AS before
  FROM words_next a FULL JOIN words b ON a.customer_id = b.customer_id WHERE a.w0 IS DISTINCT FROM b.w0
), touched AS (
  SELECT DISTINCT customer_id FROM (
    SELECT customer_id FROM records WHERE load > {through} UNION ALL SELECT customer_id FROM told WHERE load > {through}
    UNION ALL SELECT customer_id FROM orders WHERE load > {through} UNION ALL SELECT customer_id FROM discounts WHERE load > {through}
    UNION ALL SELECT customer_id FROM sends WHERE load > {through} UNION ALL SELECT customer_id FROM events WHERE load > {through})
)
SELECT segment, customer_id, after & bit <> 0 AS entered, CASE WHEN t.customer_id IS NULL THEN 'time' ELSE 'facts' END AS reason
FROM moved m JOIN slots s ON xor(after, before) & bit <> 0 LEFT JOIN touched t USING (customer_id)
"""

PUBLISH = """
INSERT INTO memberships BY NAME SELECT segment, customer_id, {day} AS entered, reason, {version} AS version FROM changes
  WHERE entered ORDER BY segment, customer_id;
UPDATE memberships SET "left" = {day}, left_reason = c.reason, left_version = {version} FROM changes c
  WHERE NOT c.entered AND memberships."left" IS NULL AND memberships.segment = c.segment
  AND memberships.customer_id = c.customer_id;
DROP TABLE words;
ALTER TABLE words_next RENAME TO words;
CREATE OR REPLACE VIEW traits_latest AS {now};
INSERT INTO definitions SELECT {version}, segment, '', '', (SELECT count(*) FILTER (w0 & bit <> 0) FROM words), NULL FROM slots;
INSERT INTO versions SELECT {version}, {day}, {sec}, epoch(now())::BIGINT, {through}, '', '', (SELECT count(*) FROM traits);
"""

HISTORY = """
COPY (SELECT segment, customer_id, CASE WHEN entered THEN 'entered' ELSE 'left' END AS change, reason FROM changes
  ORDER BY segment, customer_id) TO '{root}/.regulars/history/v{version:06}.parquet' (FORMAT parquet, COMPRESSION zstd)
"""


def numbers(given: dict[str, Any]) -> dict[str, Any]:
    """What the statements above leave open."""
    cuts, codes = given["parameters"], given["codes"]
    event, category = codes["event"], codes["category"]
    return {
        "day": given["day"],
        "sec": given["sec"],
        "date": given["date"],
        "alpha": cuts["rhythm_alpha"],
        "r": cuts["rhythm_r"],
        "revenue_20": int(cuts["cut/revenue/top/20%/buyers"]),
        "orders_20": int(cuts["cut/orders/top/20%/buyers"]),
        "order_value_20": int(cuts["cut/average_order_value/bottom/20%/buyers"]),
        "full_price_50": cuts["cut/full_price_share/top/50%/buyers"],
        "regularity_50": cuts["cut/regularity/top/50%/buyers"],
        "discount_20": cuts["cut/discount_share/top/20%/buyers"],
        "web": codes["sales_channel"]["web"],
        "coupon": codes["discount_kind"]["coupon"],
        "coffee": category["coffee"],
        "chocolate": category["chocolate"],
        "redeemed": event["redeemed"],
        "viewed": event["viewed"],
        "support": event["contacted_support"],
        "opened": event["opened"],
    }


def words(given: dict[str, Any], filled: dict[str, Any]) -> str:
    """The query of every customer's word: layers one over the other, each flag a bit."""
    query = NOW.format(**filled)
    for depth in (FIRST_DEPTH, SECOND_DEPTH, THIRD_DEPTH):
        flags = ", ".join(f"coalesce({test.format(**filled)}, false) AS {segment}" for segment, test in depth.items())
        query = f"SELECT *, {flags} FROM ({query})"
    bits = " + ".join(f"CASE WHEN {segment} THEN {1 << slot} ELSE 0 END" for segment, slot in given["slots"].items())
    return f"SELECT customer_id, ({bits})::BIGINT AS w0 FROM ({query}) ORDER BY customer_id"


def refresh(root: Path, cost: Cost) -> None:
    """All of it in one transaction, as the product does."""
    import duckdb

    given = json.loads((root / "given.json").read_text())
    filled = numbers(given)
    connection = duckdb.connect(str(root / ".regulars" / "warehouse.duckdb"), config={"threads": 2})
    run = connection.execute
    run("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    run("CREATE OR REPLACE MACRO r6(x) AS floor(x * 1000000.0::DOUBLE + 0.5::DOUBLE) / 1000000.0::DOUBLE")
    run("BEGIN")
    version, through = run("SELECT max(version) + 1, max(loads_through) FROM versions").fetchall()[0]
    filled |= {"version": version, "through": through, "root": root}
    rates = ", ".join(f"({code}, {rate!r}::DOUBLE)" for code, rate in given["rates"].items())
    run(f"CREATE TEMP TABLE rates AS SELECT * FROM (VALUES {rates}) t(category, rate)")
    slots = ", ".join(f"('{segment}', {1 << slot}::BIGINT)" for segment, slot in given["slots"].items())
    run(f"CREATE TEMP TABLE slots AS SELECT * FROM (VALUES {slots}) t(segment, bit)")
    with part(cost, "customers"):
        run(f"CREATE OR REPLACE TABLE customers AS {CUSTOMERS.format(**filled)}")
    with part(cost, "traits"):
        run(f"CREATE OR REPLACE TABLE traits AS {TRAITS.format(**filled)}")
    with part(cost, "words"):
        run(f"CREATE TABLE words_next AS {words(given, filled)}")
    with part(cost, "changes"):
        run(f"CREATE TEMP TABLE changes AS {CHANGES.format(**filled)}")
    with part(cost, "publish"):
        now = NOW.format(**filled)
        run(PUBLISH.format(**filled, now=now))
        run(HISTORY.format(**filled))
        run("COMMIT")
        connection.close()


def main() -> None:
    before = cpu_seconds()
    import duckdb  # noqa: F401

    report(lambda cost: refresh(Path(sys.argv[1]), cost), imports=cpu_seconds() - before)


if __name__ == "__main__":
    main()
