"""From one raw CSV of orders to a list of people, through the command line alone, on real data.

The expected figures were counted beforehand, with SQL on the package's own file.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest
from pyarrow import compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from regulars.demo import journey

BEST = 494
BEST_REVENUE = 2_508_081.43
REVENUE = 4_596_039.58
HOUSEHOLDS = 2_469


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shop made of nothing but one CSV with a row per receipt: number, household, time, amount."""
    folder = tmp_path_factory.mktemp("one-csv")
    journey.FILES["transactions.parquet"](journey._data_folder(), folder / "lines.parquet")
    lines = parquet.read_table(folder / "lines.parquet")
    cents = pc.round(pc.multiply(lines["sales_value"], 100)).cast("int64")
    keys = ["basket_id", "household_id", "transaction_timestamp"]
    receipts = lines.select(keys).append_column("cents", cents).group_by(keys).aggregate([("cents", "sum")])
    amounts = pc.round(pc.divide(receipts["cents_sum"].cast("float64"), 100), 2)
    rows = receipts.drop_columns("cents_sum").append_column("amount", amounts)
    arrow_csv.write_csv(rows.rename_columns(["order", "customer", "time", "amount"]), folder / "orders.csv")
    regulars(folder, "init", "shop", "--from", "orders.csv", "--currency", "USD", "--time-zone", "America/New_York")
    regulars(folder, "-C", "shop", "refresh")
    return folder


def regulars(folder, *words):
    run = subprocess.run(
        [sys.executable, "-m", "regulars.cli", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.proves("C26")
def test_one_csv_of_orders_is_enough(folder):
    answer = json.loads(regulars(folder, "-C", "shop", "segments", "--json"))
    found = {row["id"]: row for row in answer["rows"]}["top_20_percent"]
    assert found["members"] == BEST
    assert found["revenue"] == BEST_REVENUE
    assert found["share_of_revenue"] == pytest.approx(BEST_REVENUE / REVENUE, abs=1e-6)
    assert found["share"] == pytest.approx(BEST / HOUSEHOLDS, abs=1e-6)


@pytest.mark.proves("C27")
def test_the_list_leaves_with_exactly_those_people(folder):
    regulars(folder, "-C", "shop", "export", "top_20_percent", "--to", "best.csv", "--traits", "revenue")
    with (folder / "best.csv").open(encoding="utf-8-sig", newline="") as file:
        leaving = [row[next(name for name in row if name.startswith("customer"))] for row in csv.DictReader(file)]
    lines = parquet.read_table(folder / "lines.parquet", columns=["household_id", "sales_value"])
    totals = lines.group_by("household_id").aggregate([("sales_value", "sum")]).to_pylist()
    best = sorted(totals, key=lambda row: -row["sales_value_sum"])[:BEST]
    assert sorted(leaving) == sorted(str(row["household_id"]) for row in best)
