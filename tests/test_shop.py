"""The public door: answers that are plain, say as of when, and are the same wherever they are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pyarrow as pa
import pytest
from pyarrow import csv

import regulars
import shops
from regulars.answers import METHODS
from regulars.errors import RegularsError, ShopError, UsageError

READING = {
    "segments": {},
    "members": {"segment": "lately", "traits": ["revenue", "top_category", "first_order"]},
    "count": {"segment": "lately", "definition": None},
    "why": {"customer": "C000", "segment": "regulars_here"},
    "customer": {"customer": "C000"},
    "sql": {"segment": "coffee_lovers"},
    "history": {"segment": "lately"},
    "concentration": {"of": "revenue", "top": 20, "needed": 80},
    "profile": {"segment": "lately"},
    "discounts": {},
    "report": {},
    "loads": {},
    "quarantine": {},
    "runs": {},
    "parameters": {},
    "traits": {},
}


@pytest.fixture(scope="module")
def shop(shop_template, tmp_path_factory):
    import shutil

    root = shutil.copytree(shop_template, tmp_path_factory.mktemp("asked") / "shop")
    with regulars.open(root) as opened:
        yield opened


def test_the_table_is_complete(shop):
    assert READING.keys() == {name for name, method in METHODS.items() if not method.writes} - {"export"}
    for name in METHODS.keys() - {"rehearse"}:  # a refresh with dry_run
        assert callable(getattr(shop, name))


@pytest.mark.parametrize("name", READING)
def test_an_answer_is_plain_and_says_as_of_when(shop, name):
    answer = shop.ask(name, **READING[name])
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert (answer["kind"], answer["as_of"], answer["version"]) == (name, "2025-06-30", 1)
    assert len({"rows", "value"} & answer.keys()) == (name != "customer")


def test_money_is_in_major_units_days_are_iso_and_codes_words(shop):
    rows = shop.members("lately", traits=["revenue", "top_category", "first_order"])["rows"]
    assert {row["top_category"] for row in rows} <= set(shops.CATEGORIES)
    assert all(row["first_order"] >= "2025-01-01" for row in rows)
    with_csv = sum(
        float(net) for path in (shop.root / "data").glob("till_*.csv") for net in csv.read_csv(path)["net"].to_pylist()
    )
    assert shop.concentration()["value"]["total"] == pytest.approx(with_csv)


def test_segments_say_what_they_hold(shop):
    row = next(row for row in shop.segments()["rows"] if row["id"] == "top_20_percent")
    assert row["members"] == round(row["share"] * 80)
    assert row["thresholds"][0]["reason"].startswith("at least €")
    assert row["thresholds"][0]["value"] < 1000
    assert row["value_per_customer"] == pytest.approx(row["revenue"] / row["members"], abs=0.01)
    assert shop.segments(language="nl")["rows"][0]["sentence"] != shop.segments(language="en")["rows"][0]["sentence"]


def test_export_is_a_table(shop):
    rows = shop.export("lately", traits=["revenue"])
    assert isinstance(rows, pa.Table)
    assert rows.column_names == ["customer", "since", "revenue"]
    assert rows.num_rows == shop.members("lately")["members"]


def test_a_draft_is_counted_without_being_kept(shop):
    text = "schema: segment/1\nname: Draft\nwho: {all: [{revenue: {top: 5%}}, {did: bought, during: last 9 days}]}"
    before = shop.parameters()["rows"]
    value = shop.count(definition=text)["value"]
    assert value["conditions"]["parts"][0]["members"] == 4
    assert shop.parameters()["rows"] == before
    with pytest.raises(RegularsError, match=r"draft\.yaml:3"):
        shop.count(definition="schema: segment/1\nname: D\nwho: {revenu: 3}")


def test_a_file_s_faults_name_that_file(shop, tmp_path, capsys):
    from regulars import cli

    file = tmp_path / "quiet.yaml"
    file.write_text("schema: segment/1\nname: D\nwho: {revenu: 3}", encoding="utf-8-sig")
    assert cli.run(["-C", str(shop.root), "count", str(file)]) == 2
    assert f"{file}:3:7: unknown trait: 'revenu'" in capsys.readouterr().err
    file.write_bytes(b"\xff\xfe")
    assert cli.run(["-C", str(shop.root), "count", str(file)]) == 2
    assert f"{file}:1:1: the file is not UTF-8 text" in capsys.readouterr().err


def test_what_is_unknown_is_told_with_the_nearest(shop):
    with pytest.raises(UsageError, match="did you mean lately"):
        shop.members("latly")
    with pytest.raises(UsageError, match="did you mean revenue"):
        shop.members("lately", traits=["revenu"])
    with pytest.raises(UsageError, match="unknown customer"):
        shop.why("C999", "lately")
    with pytest.raises(UsageError, match="not a day"):
        shop.refresh(as_of="yesterday")


def test_before_the_first_version_it_says_what_to_do(tmp_path):
    root = shops.make(tmp_path / "shop", customers=5)
    with regulars.open(root) as shop:
        for name in ("segments", "members", "count", "why", "sql", "concentration", "profile", "report"):
            with pytest.raises(UsageError, match="nothing is published yet; run: regulars refresh"):
                shop.ask(name, **READING[name])
        assert shop.loads()["rows"] == []
        assert shop.traits()["rows"]


def test_no_shop_here(tmp_path):
    with pytest.raises(ShopError, match=r"no regulars\.yaml here"):
        regulars.open(tmp_path)


def test_newer_data_and_days_show(shop_root):
    with regulars.open(shop_root) as shop:
        assert "stale" not in shop.segments()
        shops.add_orders(
            shop_root, "till_2.csv", first=shops.LAST, last=shops.LAST, customers=80, seed=2, per_customer=0.1
        )
        shop.load()
        shops.set_as_of(shop_root, shops.date(2025, 7, 2))
        said = shop.segments()["stale"]
        assert said == "1 newer load and today is 2025-07-02; regulars refresh brings this up to date"


def test_opening_is_cheap_and_holds_nothing(shop_root):
    words = "import regulars, sys, time; t = time.perf_counter(); s = regulars.open(sys.argv[1]); print(time.perf_counter() - t); print(s.owner)"
    run = subprocess.run([sys.executable, "-c", words, str(shop_root)], capture_output=True, text=True, check=True)
    seconds, owner = run.stdout.splitlines()
    assert float(seconds) < 3
    assert owner == "None"


def test_a_session_that_forgets_to_close_lets_go(shop_root):
    words = "import regulars, sys; s = regulars.open(sys.argv[1]); s.runs()"
    subprocess.run([sys.executable, "-c", words, str(shop_root)], check=True)
    assert not (shop_root / ".regulars" / "door").exists()
    with regulars.open(shop_root) as shop:
        started = time.monotonic()
        shop.runs()
        assert shop.owner.holder.pid == os.getpid()
        assert time.monotonic() - started < 10


def test_a_notebook_shows_a_table(shop):
    page = shop.members("lately", limit=2)._repr_html_()
    assert page.count("<tr>") == 3
    assert "as of 2025-06-30, version 1" in page
    assert "&lt;b&gt;" in regulars.shop.Answer(kind="x", rows=[{"a": "<b>"}])._repr_html_()


def test_frames(shop):
    answer = shop.members("lately", traits=["revenue"], limit=3)
    assert answer.to_arrow().num_rows == 3
    assert list(answer.to_pandas().columns) == ["customer", "since", "revenue"]


def test_a_frame_is_a_shop(tmp_path):
    shops.make(tmp_path / "shop")
    orders = csv.read_csv(tmp_path / "shop" / "data" / "till_1.csv")
    with regulars.in_memory(orders, currency="EUR", time_zone="Europe/Amsterdam", country="NL") as shop:
        told = shop.refresh()
        assert told["value"]["customers"] > 50
        assert {row["id"] for row in shop.segments()["rows"]} >= {"best_customers", "inactive", "top_20_percent"}
        root = shop.root
    assert not root.exists()


def test_the_package_lists_what_it_offers_before_it_is_loaded():
    words = "import regulars, sys; print({'open', 'in_memory', 'Shop'} <= set(dir(regulars)), 'regulars.shop' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False"]
