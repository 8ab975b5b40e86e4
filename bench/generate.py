"""A simulated shop in the canonical tables, as Parquet sorted by customer; `python -m bench.generate FOLDER --customers N`.

Everything is a hash of a row number, so that the same size gives the same rows (for one version of DuckDB's `hash`).
A customer has on average 5 orders, 20 lines and 30 events over two years: few buy very often, 15 % never do, over half
go silent along the way, two in five keep a rhythm, most have a favourite category and weekday, some live on discounts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.books import BOOKS
from bench.tables import MACROS, tables
from regulars.engine.compile import TYPES
from regulars.sources.canonical import CANONICAL

if TYPE_CHECKING:
    import duckdb

NOTE = "Simulated data: every row is a hash of its number; no figure here says anything about a real shop."
ORDER_BY = {
    "records": "customer_id",
    "told": "customer_id, attribute",
    "order_lines": "customer_id, sec, order_id, line_no",
}
"""Facts are ordered by customer and time unless said here."""


def canonical(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> str:
    """The query with the canonical table's columns, types and order; refused where it gives a column the table lacks."""
    given = {row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()}
    if strange := given - CANONICAL[table].keys():
        raise ValueError(f"{table} has no column {sorted(strange)}")
    types = {column: TYPES["duckdb"][kind.lstrip("!")] for column, kind in CANONICAL[table].items()}
    casts = ", ".join(
        f'CAST({f"{column}" if column in given else "NULL"} AS {kind}) AS "{column}"' for column, kind in types.items()
    )
    order = ORDER_BY.get(table, "customer_id, sec" if "sec" in given else "ALL")
    return f"SELECT {casts} FROM ({query}) ORDER BY {order}"


def fill_books(connection: duckdb.DuckDBPyConnection) -> None:
    """The code books as the table `books`; a text's code is its place in the sorted book, from 1."""
    connection.execute("CREATE TABLE books (book VARCHAR, code INTEGER, text VARCHAR)")
    rows = [(book, code, text) for book, texts in BOOKS.items() for code, text in enumerate(sorted(texts), start=1)]
    connection.executemany("INSERT INTO books VALUES (?, ?, ?)", rows)


def generate(folder: Path, customers: int, *, threads: int = 2) -> dict[str, float]:
    """Write the shop's tables as `<table>.parquet` and return the seconds each took (sorting and writing together)."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    seed = folder / "seed.duckdb"
    seed.unlink(missing_ok=True)
    connection = duckdb.connect(str(seed))
    connection.execute(f"SET threads = {int(threads)}; SET enable_progress_bar = false; {MACROS}")
    fill_books(connection)
    queries = dict(tables(customers))
    for base in ("products_seed", "orders_seed", "lines_seed"):
        connection.execute(f"CREATE TABLE {base} AS {queries.pop(base)}")
    took: dict[str, float] = {}
    for table, query in queries.items():
        start = time.perf_counter()
        target = folder / f"{table}.parquet"
        connection.execute(
            f"COPY ({canonical(connection, table, query)}) TO '{target}' (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        took[table] = round(time.perf_counter() - start, 2)
    connection.close()
    seed.unlink()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    given = parser.parse_args()
    for table, seconds in generate(given.folder, given.customers).items():
        print(f"{table:12s} {seconds:6.2f} s  {(given.folder / f'{table}.parquet').stat().st_size / 1e6:9.1f} MB")
    print(NOTE)


if __name__ == "__main__":
    main()
