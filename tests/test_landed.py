"""Landed files are truth: what is missing of them is named, and what they hold does not depend on today's regulars.yaml."""

from __future__ import annotations

import shutil

import duckdb
import pytest

import regulars
from regulars.errors import ShopError


@pytest.fixture
def root(shop_template, tmp_path):
    return shutil.copytree(shop_template, tmp_path / "shop")


def told(root, query):
    with regulars.open(root) as shop:
        shop.segments()
        with shop.owner.snapshot() as state:
            return state.engine.ask(query).to_pylist()


def landed(root):
    return sorted((root / ".regulars" / "landing").glob("*/*.parquet"))


@pytest.mark.parametrize("harm", ["gone", "changed"])
def test_a_landed_file_that_is_lost_is_named_when_the_warehouse_is_made_anew(root, harm):
    for path in landed(root):
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes() + b" ")
    with regulars.open(root) as shop, pytest.raises(ShopError, match=r"a landed file .*restore it from a backup"):
        shop.rebuild()


def test_a_landed_file_that_is_lost_is_named_at_a_refresh(root):
    landed(root)[-1].unlink()
    with regulars.open(root) as shop, pytest.raises(ShopError, match=r"a landed file is missing.*restore it"):
        shop.refresh()


def test_another_time_zone_is_refused_and_a_rebuild_says_the_same(root):
    yaml, query = root / "regulars.yaml", "SELECT order_id, sec, day, minute FROM orders ORDER BY ALL"
    before = told(root, query)
    yaml.write_text(yaml.read_text().replace("Europe/Amsterdam", "Asia/Tokyo"))
    with regulars.open(root) as shop:
        with pytest.raises(ShopError, match=r"time_zone is not that of the files that are landed.*make a new shop"):
            shop.refresh()
        assert shop.rebuild()["value"]["differs"] == {}
    assert told(root, query) == before


def test_a_warehouse_whose_contents_were_hashed_otherwise_is_made_anew(root):
    query = "SELECT * FROM units ORDER BY ALL"
    before = told(root, query)
    with duckdb.connect(str(root / ".regulars" / "warehouse.duckdb")) as connection:
        connection.execute("UPDATE done_loads SET hasher = hasher + 1")
        connection.execute("UPDATE units SET content = content + 1")
    assert told(root, query) == before
