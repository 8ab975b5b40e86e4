"""Laws over random histories: no row and no cent goes missing, and loading twice changes nothing."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars.catalogue.catalogue import Catalogue
from regulars.engine.duckdb import DuckDB
from regulars.sources import canonicalise
from sources.conftest import HEADER, TILL, SmallShop

ORDERS = [f"O{number}" for number in range(5)]
TABLES = ("orders", "order_lines", "records", "quarantine", "set_aside", "load_sums", "load_notes", "units")

good = st.tuples(
    st.sampled_from(ORDERS),
    st.sampled_from(["C1", "C2", ""]),
    st.just("2018-03-01 10:00"),
    st.sampled_from(["P1", "P2"]),
    st.integers(-2, 3).map(str),
    st.decimals(-50, 50, places=2).map(str),
)
bad = st.sampled_from(
    [
        ("O1", "C1", "soon", "P1", "1", "1"),
        ("O1", "C1", "2018-03-01", "P1", "1", "free"),
        ("", "C1", "2018-03-01", "P1", "1", "2.50"),
        ("O7", "C1", "", "P1", "1", "4"),
        ("O1", "C1"),
    ]
)
files = st.lists(st.lists(st.one_of(good, good, good, bad), max_size=6), min_size=1, max_size=3)


def csv(rows) -> str:
    return HEADER + "".join(",".join(row) + "\n" for row in rows)


def is_good(row) -> bool:
    return len(row) == 6 and bool(row[0]) and row[2].startswith("2018") and row[5] != "free"


def expected(history):
    """What the canonical lines must hold: of each order the lines of the last file that has good ones, by content."""
    held = {}
    for rows in history:
        told = {}
        for row in filter(is_good, rows):
            told.setdefault(row[0], []).append((row[3], int(row[4]), int(Decimal(row[5]) * 100)))
        held |= told
    return sorted((order, *line) for order, lines in held.items() for line in lines)


def lines(shop):
    rows = shop.rows(
        """SELECT o.order_no, p.text, l.quantity_milli // 1000 AS n, l.net FROM order_lines AS l
           JOIN orders AS o USING (order_id) JOIN shop_products AS p USING (product_id)"""
    )
    return sorted(tuple(row.values()) for row in rows)


class Shop(SmallShop):
    """A shop in a folder that goes away."""

    def __init__(self, folder: str) -> None:
        root = Path(folder)
        (root / ".regulars").mkdir()
        super().__init__(root, Catalogue.open(root / ".regulars" / "catalogue.sqlite"), DuckDB.open())
        self.fresh()
        self.sources(TILL)

    def fresh(self) -> None:
        """An empty warehouse."""
        self.engine.close()
        self.engine = DuckDB.open()
        canonicalise.prepare(self.engine)
        sha = "CAST(('0x' || substr(sha256('shop|product|' || text), 1, 16))::UBIGINT >> 1 AS BIGINT)"
        self.engine.run(
            f"CREATE TABLE shop_products AS SELECT text, {sha} AS product_id FROM (VALUES ('P1'), ('P2')) t(text)"
        )

    def state(self):
        """Everything there is, in an order of its own."""
        return {name: sorted(map(repr, self.rows(f'SELECT * FROM "{name}"'))) for name in TABLES}


def shops():
    return TemporaryDirectory(ignore_cleanup_errors=True)


slow = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example takes seconds: shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)


@slow
@given(files)
def test_nothing_is_lost_and_the_last_word_on_an_order_holds(history):
    with shops() as folder:
        shop = Shop(folder)
        for number, rows in enumerate(history):
            shop.file(f"till{number}.csv", csv(rows))
            shop.load()
            shop.account()
            assert lines(shop) == expected(history[: number + 1])
        assert shop.one("SELECT count(*) FROM orders") == len({line[0] for line in lines(shop)})


@slow
@given(files)
def test_files_that_come_together_are_as_files_that_come_one_by_one(history):
    with shops() as folder:
        shop = Shop(folder)
        for number, rows in enumerate(history):
            shop.file(f"till{number}.csv", csv(rows))
        shop.load()
        shop.account()
        assert lines(shop) == expected(history)


@slow
@given(files, st.randoms(use_true_random=False))
def test_loading_twice_changes_nothing(history, chance: random.Random):
    with shops() as folder:
        shop = Shop(folder)
        for number, rows in enumerate(history):
            shop.file(f"till{number}.csv", csv(rows))
            shop.load()
        before = shop.state()
        assert shop.load() == []
        again = [*history[-1]]
        chance.shuffle(again)
        shop.file("till9.csv", csv(again).replace(",", "|"))
        shop.load()
        after = shop.state()
        shop.account()
        for name in ("order_lines", "orders", "records", "units"):
            assert after[name] == before[name]


@slow
@given(files)
def test_a_warehouse_made_anew_from_landed_files_is_the_same(history):
    with shops() as folder:
        shop = Shop(folder)
        for number, rows in enumerate(history):
            shop.file(f"till{number}.csv", csv(rows))
            shop.load()
        before = shop.state()
        shop.fresh()
        for load in shop.catalogue.loads():
            shop.apply(load)
        assert shop.state() == before
