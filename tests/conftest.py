"""Fixtures that tests of every room share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import engines
import regulars
import shops
from regulars.engine.base import Engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with engines.postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def sail() -> Iterator[Engine]:
    with engines.sail_server() as url:
        from regulars.engine.spark import Spark

        shared = Spark.open(url)
        yield shared
        shared.close()


@pytest.fixture(params=engines.ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty engine: the same test body runs on each."""
    if request.param == "duckdb":
        opened = engines.duckdb_engine()
    elif request.param == "postgres":
        opened = engines.postgres_engine(request.getfixturevalue("postgres_url"))
    else:
        opened = engines.sail_engine(request.getfixturevalue("sail"))
    with opened as ready:
        yield ready


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny shop with one published version; copy it, do not open it."""
    root = shops.make(tmp_path_factory.mktemp("shop") / "template")
    with regulars.open(root) as shop:
        shop.refresh()
    return root


@pytest.fixture
def shop_root(shop_template: Path, tmp_path: Path) -> Path:
    """A tiny shop of one's own with one published version."""
    return Path(shutil.copytree(shop_template, tmp_path / "shop"))
