"""Every trait of household 2494 of The Complete Journey, worked out beforehand from the package's own files.

How: the household's 415 rows of transactions.parquet, times moved from UTC to New York, amounts in cents, read with
pandas alone; each value below says in words what was added, counted or divided. Asked for the end of 2018-01-02.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyarrow import compute, csv, parquet

import regulars
from regulars.catalogue import Catalogue
from regulars.clock import AsOf, date_of
from regulars.demo import journey
from regulars.engine.duckdb import DuckDB
from regulars.project import Project
from regulars.traits import catalogue, table
from regulars.traits.parameters import Parameter, Parameters
from regulars.traits.trait import Context

HOUSEHOLD = 2494

LINES_OF_ALL = 1_469_307
LINES_OF_CATEGORY = {"SHAVING CARE PRODUCTS": 2_356, "TROPICAL FRUIT": 19_739, "FRZN POTATOES": 5_332}
"""How many of all lines of the year are in a category; those in which the household's z is largest."""

EXPECTED: dict[str, Any] = {
    # 25 baskets; two on 10 February and two on 26 February, so 23 different days
    "orders": 25,
    "first_order": date(2017, 1, 6),
    "last_order": date(2017, 12, 29),
    "shopping_days": 23,
    # baskets after 4 October: 7 and 15 October, 3 November, 15, 17 and 29 December
    "orders_90_days": 6,
    # baskets with a coupon: 21 January, 2 July, 15 and 17 December (there a match as well); 4 / 25
    "coupon_orders": 4,
    "coupon_share": 0.16,
    # 9 baskets on a Sunday, 8 on a Friday, 3 on a Saturday
    "weekday": 7,
    # 14 baskets from 12 to 18 h, 10 from 18 h on, 1 in the morning
    "part_of_day": 3,
    # 19 baskets in store 333, 2 in 322, one each in 33923, 321, 2807 and 359
    "store": "333",
    "stores": 6,
    # sums over 415 lines: sales 1,475.98; + retail discount and coupon match 314.00; coupons of makers 17.39
    "revenue": 147_598,
    "list_value": 178_998,
    "discount": 31_400,
    "supplier_discount": 1_739,
    # 147,598 / 25 = 5,903.92
    "average_order_value": 5_904,
    # quantities sum to 26,357; the two fills of petrol are an amount, one item each; 4 lines of quantity 0 add none
    "items": 555,
    "lines": 415,
    # shelf value of lines without any discount or coupon 608.12; / 1,789.98
    "full_price_share": 0.339736,
    # 31,400 / 178,998
    "discount_share": 0.175421,
    # sales after 4 October, and from 7 July to 4 October
    "revenue_90_days": 23_893,
    "revenue_previous_90_days": 13_421,
    # 111 categories; 3 lines have none. Soft drinks 81.27 before frozen pizza 72.30; 8,127 / 147,598
    "categories": 111,
    "top_category": "SOFT DRINKS",
    "top_category_share": 0.055062,
    # 8 of 415 lines are shaving care, 2,356 of 1,469,307 in the shop: 2·(√8 − √(415 · 0.001603477)) = 4.025
    "preference_strength": 4.025,
    "preferred_category": "SHAVING CARE PRODUCTS",
    # manufacturer 69: 313.57, then manufacturer 2: 67.56; 31,357 / 147,598
    "top_brand": "69",
    "brand_loyalty": 0.212449,
    # 22 gaps 15 9 11 2 14 58 10 16 12 4 9 3 14 14 55 25 3 8 19 42 2 12: sum 357, sum of squares 10,985
    "gap_mean": 16.227273,
    # √((22 · 10,985 − 357²) / (22 · 21))
    "gap_sd": 15.7236,
    # 1 / (1 + (15.7236 / 16.227273)²)
    "regularity": 0.51576,
    # campaigns 17 and 18; five coupons of campaign 18 handed in, on 15 and 17 December
    "campaigns_received": 2,
    "coupons_redeemed": 5,
    "touchpoints": 5,
    "last_touchpoint": date(2017, 12, 17),
    "touchpoints_30_days": 5,
    # demographics.parquet; the marital status is missing there
    "age_band": "35-44",
    "income": "50-74K",
    "home_ownership": "Homeowner",
    "marital_status": None,
    "household_size": "2",
    "household_type": "2 Adults No Kids",
    "children": "0",
    # 29 December and 6 January to 2 January
    "days_since_order": 4.0,
    "tenure_days": 361.0,
    # with r = 1 and α = 10 days, 22 returns, 357 days from first to last: ((10 + 357) / (10 + 361))^23
    "silence_chance": 0.779327,
    "beyond_rhythm": False,
}


def only_the_household(root: Path) -> None:
    """Leave the household's own rows in the files of the demo shop."""
    file = root / "data" / "transactions.parquet"
    parquet.write_table(parquet.read_table(file, filters=[("household_id", "==", HOUSEHOLD)]), file)
    for name in ("households.csv", "sends.csv", "redemptions.csv"):
        rows = csv.read_csv(root / "data" / name)
        csv.write_csv(rows.filter(compute.equal(rows.column("household_id"), HOUSEHOLD)), root / "data" / name)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("household") / "shop"
    journey.write(root, say=lambda words: None)
    only_the_household(root)
    with regulars.open(root) as shop:
        shop.refresh()
    return Project.open(root)


@pytest.fixture(scope="module")
def found(project: Project) -> dict[str, Any]:
    """The household's traits, days as dates and codes as texts."""
    codes = Catalogue.open(project.catalogue_path).all_codes()
    traits = catalogue.traits(project.attributes)
    rates = [
        Parameter("category_rate", round(n / LINES_OF_ALL, 9), n, "", key=codes["category"][text])
        for text, n in LINES_OF_CATEGORY.items()
    ]
    prior = [Parameter("rhythm_r", 1.0, 99, ""), Parameter("rhythm_alpha", 10.0, 99, "")]
    as_of = AsOf.end_of(date(2018, 1, 2), project.zone)
    context = Context(as_of, Parameters.of([*prior, *rates]), codes)
    engine = DuckDB.open(project.warehouse)
    try:
        engine.make("household", table.build(traits, (), context))
        stored = table.unbound("household", table.schema(traits))
        (row,) = engine.ask(table.now(stored, traits, context)).to_pylist()
        engine.drop("household")
    finally:
        engine.close()
    texts = {name: {code: text for text, code in book.items()} for name, book in codes.items()}
    return {name: told(row[name], traits[name], texts) for name in traits}


def told(value: Any, trait: Any, texts: dict[str, dict[int, str]]) -> Any:
    if value is not None and trait.type == "date":
        return date_of(value)
    return texts[trait.book][value] if value is not None and trait.book in texts else value


@pytest.mark.parametrize("trait", EXPECTED)
def test_the_trait_has_the_value_worked_out_by_hand(trait: str, found: dict[str, Any]) -> None:
    assert found[trait] == EXPECTED[trait]


def test_no_trait_is_left_out(found: dict[str, Any]) -> None:
    assert found.keys() == EXPECTED.keys()
