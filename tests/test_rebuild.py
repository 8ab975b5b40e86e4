"""The warehouse is a function of landing, catalogue and history: made anew it says the same."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from datetime import date

import duckdb
import pytest

import regulars
import shops
from regulars.catalogue import Catalogue
from regulars.errors import EngineError, ShopError

TABLES = {
    "memberships": "segment, customer_id, version",
    "versions": "version",
    "definitions": "version, segment",
    "words": "customer_id",
    "traits": "customer_id",
    "customers": "customer_id",
    "orders": "order_id",
    "order_lines": "order_id, line_no",
    "discounts": "order_id, line_no",
    "parameters": "name, key, version",
    "applied_loads": "load",
}


def everything(shop):
    with shop.owner.snapshot() as state:
        return {
            name: state.engine.ask(f"SELECT * FROM {name} ORDER BY {order}").to_pylist()
            for name, order in TABLES.items()
        }


@pytest.fixture(scope="module")
def aged(shop_template, tmp_path_factory):
    """A shop with three versions, a segment that is gone, and a load that no version has seen."""
    root = shutil.copytree(shop_template, tmp_path_factory.mktemp("aged") / "shop")
    with regulars.open(root) as shop:
        shops.add_orders(root, "till_2.csv", first=date(2025, 7, 1), last=date(2025, 7, 9), customers=80, seed=2)
        shop.refresh(as_of="2025-07-09")
        (root / "segments" / "lately.yaml").unlink()
        shops.add_segment(root, "regulars_here", "who: {orders: {at_least: 5}}")
        shop.refresh(as_of="2025-07-10")
        before = everything(shop)
        shops.add_orders(root, "till_3.csv", first=date(2025, 7, 10), last=date(2025, 7, 10), customers=80, seed=3)
    return root, before


@pytest.fixture
def old_shop(aged, tmp_path):
    root, before = aged
    return shutil.copytree(root, tmp_path / "shop"), before


def test_rebuild_says_the_same(old_shop):
    root, before = old_shop
    history = {path.name: path.read_bytes() for path in (root / ".regulars" / "history").iterdir()}
    with regulars.open(root) as shop:
        told = shop.rebuild()
        assert told["value"] == {"version": 3, "versions": 3, "loads": 3, "differs": {}}
        assert everything(shop) == before
        assert {path.name: path.read_bytes() for path in (root / ".regulars" / "history").iterdir()} == history
        again = shop.refresh(as_of="2025-07-10")
        assert (again["version"], again["value"]["loads"]) == (4, [4])


@pytest.mark.parametrize("harm", ["gone", "garbage", "cut", "emptied", "behind"])
def test_a_warehouse_that_cannot_be_used_is_made_anew(old_shop, shop_template, harm):
    root, before = old_shop
    path = root / ".regulars" / "warehouse.duckdb"
    match harm:
        case "gone":
            path.unlink()
        case "garbage":
            path.write_bytes(b"not a database" * 1000)
        case "cut":
            path.write_bytes(path.read_bytes()[:20_000])
        case "emptied":
            path.write_bytes(b"")
        case "behind":
            shutil.copy(shop_template / ".regulars" / "warehouse.duckdb", path)
    with regulars.open(root) as shop:
        assert shop.segments()["version"] == 3
        assert everything(shop) == before
    kept = list((root / ".regulars").glob("warehouse.duckdb.damaged-*"))
    assert bool(kept) is (harm in ("garbage", "cut", "emptied"))


@pytest.mark.parametrize("step", ["rebuild", "take_place", "half_placed"])
def test_killed_while_it_rebuilds(old_shop, step):
    root, before = old_shop
    words = [sys.executable, "-c", "import regulars, sys; regulars.open(sys.argv[1]).rebuild()", str(root)]
    run = subprocess.run(words, env={**os.environ, "REGULARS_FAULT": step}, check=False)
    assert run.returncode == -signal.SIGKILL
    with regulars.open(root) as shop:
        assert shop.segments()["version"] == 3
        assert everything(shop) == before
        assert shop.runs()["rows"][0]["status"] == "dead"
    assert not list((root / ".regulars").glob("warehouse.new*"))


def test_history_that_is_missing_is_written_again(old_shop):
    root, before = old_shop
    folder = root / ".regulars" / "history"
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("v000002.json", "v000003.parquet"):
        (folder / name).unlink()
    with regulars.open(root) as shop:
        assert shop.segments()["version"] == 3
        assert everything(shop) == before
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == kept


@pytest.mark.parametrize("name", ["v000002.parquet", "v000002.json"])
def test_history_that_was_changed_is_refused(old_shop, name):
    root, _ = old_shop
    path = root / ".regulars" / "history" / name
    path.write_bytes(path.read_bytes()[:-1] + (b"x" if name.endswith("parquet") else b"\n}"))
    with regulars.open(root) as shop, pytest.raises(ShopError, match="was changed"):
        shop.rebuild()


def test_leftovers_of_a_killed_process_go_away(old_shop):
    root, _ = old_shop
    state = root / ".regulars"
    strays = [
        state / "landing" / "till" / "0123456789abcdef.parquet",
        state / "history" / "v000004.parquet.part",
        state / "warehouse.new.duckdb",
    ]
    for path in strays:
        path.write_bytes(b"half")
    (state / "landing" / "till" / ".landing-abc").mkdir()
    (state / "landing" / "till" / ".landing-abc" / "landed.parquet").write_bytes(b"half")
    catalogue = Catalogue.open(state / "catalogue.sqlite")
    run = catalogue.start_run("refresh")
    catalogue.close()
    with regulars.open(root) as shop:
        assert {row["run"]: row["status"] for row in shop.runs()["rows"]}[run.id] == "dead"
        assert not [path for path in (*strays, state / "landing" / "till" / ".landing-abc") if path.exists()]
        assert len(shop.loads()["rows"]) == 3
    kept = state / "landing" / ".aside" / "till" / strays[0].name
    assert kept.read_bytes() == b"half"


def files_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def test_a_catalogue_one_load_behind_takes_nothing_away(tmp_path):
    """Put back from a backup, without the warehouse: what it does not know is kept aside until it has landed again."""
    root = shops.make(tmp_path / "shop")
    state = root / ".regulars"
    with regulars.open(root) as shop:
        shop.refresh()
    shutil.copy(state / "catalogue.sqlite", tmp_path / "backup")
    with regulars.open(root) as shop:
        shops.add_orders(root, "till_2.csv", first=shops.LAST, last=shops.LAST, customers=80, seed=2)
        shop.load()
    before = files_in(state / "landing")
    (state / "warehouse.duckdb").unlink()
    shutil.copy(tmp_path / "backup", state / "catalogue.sqlite")
    with regulars.open(root) as shop:
        assert len(shop.loads()["rows"]) == 2
        assert sorted(files_in(state / "landing").values()) == sorted(before.values())
        assert [row["load"] for row in shop.load()["rows"]] == [1, 2, 3]
    with regulars.open(root) as shop:
        assert len(shop.loads()["rows"]) == 3
    assert files_in(state / "landing").keys() == before.keys()


def test_a_published_version_that_the_catalogue_lacks_is_written_down_again(old_shop, tmp_path):
    """Killed between history and catalogue, and the warehouse gone as well: the history is the truth."""
    root, before = old_shop
    state = root / ".regulars"
    told = files_in(state / "history")
    raw = sqlite3.connect(state / "catalogue.sqlite")
    raw.execute("DELETE FROM versions WHERE version = 3")
    raw.commit()
    raw.close()
    (state / "warehouse.duckdb").unlink()
    with regulars.open(root) as shop:
        assert shop.segments()["version"] == 3
        assert everything(shop) == before
    assert files_in(state / "history") == told


def test_a_history_of_what_the_catalogue_cannot_know_stops_it(old_shop, shop_template):
    root, _ = old_shop
    state = root / ".regulars"
    for name in ("v000003.json", "v000003.parquet"):
        (state / "history" / name).unlink()
    told = files_in(state / "history")
    shutil.copy(shop_template / ".regulars" / "catalogue.sqlite", state / "catalogue.sqlite")
    (state / "warehouse.duckdb").unlink()
    with regulars.open(root) as shop, pytest.raises(ShopError, match="older than the shop's other files"):
        shop.refresh(as_of="2025-07-20")
    assert files_in(state / "history") == told


def test_a_history_file_is_never_written_over(old_shop):
    root, _ = old_shop
    with regulars.open(root) as shop:
        shop.runs()
        path = root / ".regulars" / "history" / "v000004.json"
        path.write_text("another")
        with pytest.raises(ShopError, match="another version of this number"):
            shop.refresh(as_of="2025-07-20")
        assert path.read_text() == "another"
        assert shop.segments()["version"] == 3
        path.unlink()
        path.with_suffix(".parquet").write_bytes(b"half a story")
        assert shop.refresh(as_of="2025-07-20")["version"] == 4
    assert (root / ".regulars" / "history" / ".aside" / "v000004.parquet").read_bytes() == b"half a story"


def test_a_warehouse_of_another_shape_is_made_anew(old_shop):
    root, before = old_shop
    raw = duckdb.connect(str(root / ".regulars" / "warehouse.duckdb"))
    raw.execute("ALTER TABLE parameters DROP COLUMN version")
    raw.close()
    with regulars.open(root) as shop:
        assert shop.segments()["version"] == 3
        assert everything(shop) == before


@pytest.mark.parametrize("keep", ["nothing", "the first version"])
def test_a_catalogue_that_is_behind_is_refused_and_nothing_is_taken_away(old_shop, shop_template, keep):
    root, _ = old_shop
    path = root / ".regulars" / "catalogue.sqlite"
    path.unlink()
    if keep == "the first version":
        shutil.copy(shop_template / ".regulars" / "catalogue.sqlite", path)
    before = sorted(path.relative_to(root) for path in (root / ".regulars").rglob("*.parquet"))
    with regulars.open(root) as shop, pytest.raises(ShopError, match="older than the shop's other files"):
        shop.segments()
    assert sorted(path.relative_to(root) for path in (root / ".regulars").rglob("*.parquet")) == before


def test_settings_that_the_engine_refuses_are_not_the_files_fault(old_shop):
    root, _ = old_shop
    yaml = root / "regulars.yaml"
    yaml.write_text(yaml.read_text() + "engine: {memory: 1KB}\n")
    with regulars.open(root) as shop, pytest.raises(EngineError):
        shop.segments()
    assert (root / ".regulars" / "warehouse.duckdb").exists()
    assert not list((root / ".regulars").glob("*.damaged-*"))
