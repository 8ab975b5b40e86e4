"""A small shop for tests: files and a mapping in, canonical tables and the account out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from regulars.catalogue.catalogue import Catalogue
from regulars.catalogue.rows import Load
from regulars.engine.duckdb import DuckDB
from regulars.project import Project
from regulars.sources import canonicalise, landing
from regulars.sources.account import account

SHOP = """\
schema: shop/1
shop: {name: Test, currency: EUR, time_zone: Europe/Amsterdam}
sources:
"""

TILL = """\
  till:
    files: data/till*.csv
    rows: order_lines
    columns: {order: order, customer: customer, time: time, product: product, quantity: quantity, net: net}
"""

HEADER = "order,customer,time,product,quantity,net\n"


@dataclass
class SmallShop:
    """A shop's folder with what reads it."""

    root: Path
    catalogue: Catalogue
    engine: DuckDB

    @property
    def project(self) -> Project:
        return Project.open(self.root)

    def sources(self, text: str) -> None:
        (self.root / "regulars.yaml").write_text(SHOP + text)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.root / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def land(self) -> list[Load]:
        project = self.project
        landed = [landing.land(project, source, self.catalogue) for source in project.sources]
        return [load for load in landed if load]

    def load(self) -> list[Load]:
        loads = self.land()
        for load in loads:
            self.apply(load)
        return loads

    def apply(self, load: Load) -> None:
        with self.engine.transaction():
            canonicalise.apply(self.engine, self.catalogue, self.project, load)

    def rows(self, query: str) -> list[dict[str, Any]]:
        return self.engine.ask(query).to_pylist()

    def one(self, query: str) -> Any:
        (row,) = self.rows(query)
        (value,) = row.values()
        return value

    def account(self) -> list[dict[str, Any]]:
        told = account(self.engine, self.catalogue)
        assert all(load["balanced"] for load in told), told
        assert not [m for load in told for m in load["money"].values() if m["difference"]], told
        return told

    def counts(self) -> list[dict[str, int]]:
        states = ("accepted", "canonical", "quarantined", "duplicate", "superseded", "pending")
        return [{state: load[state] for state in states if load[state]} for load in self.account()]


@pytest.fixture
def make_shop(tmp_path: Path) -> Iterator[Callable[..., SmallShop]]:
    """Makes shops, each in a folder of its own."""
    shops: list[SmallShop] = []

    def make(sources: str = TILL) -> SmallShop:
        root = tmp_path / f"shop{len(shops)}"
        (root / ".regulars").mkdir(parents=True)
        shop = SmallShop(root, Catalogue.open(root / ".regulars" / "catalogue.sqlite"), DuckDB.open())
        canonicalise.prepare(shop.engine)
        shop.sources(sources)
        shops.append(shop)
        return shop

    yield make
    for shop in shops:
        shop.catalogue.close()
        shop.engine.close()


@pytest.fixture
def shop(make_shop: Callable[..., SmallShop]) -> SmallShop:
    """A shop with one source of order lines, data/till*.csv."""
    return make_shop()
