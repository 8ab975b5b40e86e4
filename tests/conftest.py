"""Fixtures that tests of every room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import engines
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
