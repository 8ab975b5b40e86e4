"""The default engine: DuckDB by its own driver, locked when opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.engine.compile import arrow_schema, columns_of, declare, scalar_or_table, to_sql
from regulars.engine.slices import bounded, statements
from regulars.errors import Busy, EngineError

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

INCOMING = "incoming_rows"

AT_ONCE = 125_000
"""So many keys at a time keep the groups of a pass near the processor: a sixth less work at a million customers."""


def scratch(
    *, threads: int | None = None, memory: str | None = None, temp: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A throw-away connection in memory that may read files; never holds a shop's tables.

    What does not fit into `memory` goes to the folder `temp`. Raises EngineError for settings that DuckDB refuses.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # it would stand between the answers on stdout
    connection.execute("SET autoinstall_known_extensions = false")
    if threads:
        connection.execute(f"SET threads = {int(threads)}")
    for name, value in (("memory_limit", memory), ("temp_directory", temp)):
        if value:
            try:
                connection.execute(f"SET {name} = '{str(value).replace(chr(39), chr(39) * 2)}'")
            except duckdb.Error as refusal:
                raise EngineError("the engine's settings are refused", gave=str(value), then=str(refusal)) from refusal
    return connection


def refused(statement: str, refusal: Exception) -> EngineError:
    """The error of a statement that DuckDB did not take."""
    return EngineError(f"DuckDB refused a statement: {refusal}", then=f"the statement was: {statement[:2000]}")


class DuckDB:
    """A DuckDB database, in memory or in a file, that no query can leave.

    >>> import pyarrow as pa
    >>> engine = DuckDB.open()
    >>> engine.create("orders", {"order_id": "int64"})
    >>> engine.append("orders", pa.table({"order_id": [1, 2]}))
    2
    >>> engine.ask("SELECT count(*) AS n FROM orders").to_pylist()
    [{'n': 2}]
    """

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    @classmethod
    def open(
        cls,
        path: Path | None = None,
        *,
        threads: int | None = None,
        memory: str | None = None,
        temp: Path | None = None,
    ) -> DuckDB:
        """Open a database: no files, no network, no extensions, no settings from then on.

        Raises Busy where another process has the file, EngineError where it cannot be read.
        """
        import duckdb

        config: dict[str, str | bool] = {
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if threads:
            config["threads"] = str(threads)
        if memory:
            config["memory_limit"] = memory
        if temp:
            config["temp_directory"] = str(temp)
        try:
            connection = duckdb.connect(str(path) if path else ":memory:", config=config)  # type: ignore[arg-type]
        except duckdb.Error as refusal:
            if isinstance(refusal, duckdb.IOException) and "lock" in str(refusal).lower():
                raise Busy("another process has the warehouse open", gave=str(path)) from refusal
            raise EngineError("the warehouse cannot be opened", gave=str(path), then=str(refusal)) from refusal
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")  # it would stand between the answers on stdout
        connection.execute("SET lock_configuration = true")
        return cls(connection)

    def cursor(self) -> DuckDB:
        """Another connection to the same database, with a snapshot of its own."""
        return DuckDB(self.connection.cursor())

    def run(self, statement: str) -> None:
        """Execute a statement that this engine alone understands."""
        import duckdb

        try:
            self.connection.execute(statement)
        except duckdb.Error as refusal:
            raise refused(statement, refusal) from refusal

    def ask(self, query: ir.Expr | str) -> pa.Table:
        """The rows of a query, in the types of the expression."""
        import duckdb

        table = None if isinstance(query, str) else scalar_or_table(query)
        statement = query if isinstance(query, str) else to_sql(table, self.dialect)
        try:
            rows = self.connection.sql(statement).to_arrow_table()
        except duckdb.Error as refusal:
            raise refused(statement, refusal) from refusal
        return rows if table is None else rows.cast(arrow_schema(columns_of(table)))

    def create(self, name: str, columns: Mapping[str, str]) -> None:
        """An empty table, unless one of that name exists."""
        self.run(f'CREATE TABLE IF NOT EXISTS "{name}" ({declare(columns, self.dialect)})')

    def make(self, name: str, query: ir.Table, *, order_by: Sequence[str] = ()) -> None:
        """A table holding the rows of a query, replacing one of that name."""
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS {self.typed(query, order_by)}')

    def make_in_slices(self, name: str, query: ir.Table, *, key: str, of: str, at_once: int = AT_ONCE) -> None:
        """As `make`, in order of the key, at most so many keys of the table `of` at a time.

        Every row of the query must depend on rows of its own key alone.
        """
        firsts = self.ask(
            f'SELECT "{key}" AS first FROM (SELECT "{key}", row_number() OVER (ORDER BY "{key}") AS n FROM "{of}") '
            f"WHERE n % {int(at_once)} = 1 % {int(at_once)} ORDER BY first"
        )["first"].to_pylist()
        if len(firsts) < 2:
            self.make(name, query, order_by=[key])
            return
        first, *others = statements(self.typed(bounded(query, key), [key]), firsts)
        self.run(f'CREATE OR REPLACE TABLE "{name}" AS {first}')
        for statement in others:
            self.run(f'INSERT INTO "{name}" {statement}')

    def typed(self, query: ir.Table, order_by: Sequence[str]) -> str:
        """The statement of a query with its columns in the types of the expression."""
        ordered = query.order_by(list(order_by)) if order_by else query
        casts = ", ".join(
            f'CAST("{column}" AS {declare({column: kind}, self.dialect).split(maxsplit=1)[1]}) AS "{column}"'
            for column, kind in columns_of(query).items()
        )
        return f"SELECT {casts} FROM ({to_sql(ordered, self.dialect)})"

    def append(self, name: str, rows: ir.Table | pa.Table | pa.RecordBatchReader) -> int:
        """Add rows by column name and return how many."""
        import pyarrow as pa

        if not isinstance(rows, pa.Table | pa.RecordBatchReader):
            self.run(f'INSERT INTO "{name}" BY NAME {to_sql(rows, self.dialect)}')
            return int(self.connection.fetchall()[0][0])
        self.connection.register(INCOMING, rows)
        try:
            self.run(f'INSERT INTO "{name}" BY NAME SELECT * FROM {INCOMING}')
            return int(self.connection.fetchall()[0][0])
        finally:
            self.connection.unregister(INCOMING)

    def drop(self, name: str) -> None:
        """Remove a table if it exists."""
        self.run(f'DROP TABLE IF EXISTS "{name}"')

    def rename(self, old: str, new: str) -> None:
        """Give a table another name, replacing one that bears it."""
        self.drop(new)
        self.run(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    def tables(self) -> frozenset[str]:
        """The names of the tables there are."""
        self.run("SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'")
        return frozenset(name for (name,) in self.connection.fetchall())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.run("BEGIN")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()
