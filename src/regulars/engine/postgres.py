"""PostgreSQL as the engine: psycopg, rows in and out by COPY, every column in the type of its expression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from regulars.engine.compile import arrow_schema, columns_of, declare, scalar_or_table, to_sql
from regulars.errors import EngineError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import psycopg
    import pyarrow as pa

CHUNK = 1 << 20


def cast_columns(columns: Mapping[str, str], query: ir.Table, dialect: str) -> str:
    """A statement that gives the query's columns in the declared types; PostgreSQL widens sums to numeric."""
    kinds = [declare({name: kind}, dialect).rsplit('" ', 1)[1] for name, kind in columns.items()]
    casts = (f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in zip(columns, kinds, strict=True))
    return f"SELECT {', '.join(casts)} FROM ({to_sql(query, dialect)}) AS rows"


def names(columns: Sequence[str]) -> str:
    """A list of quoted column names."""
    return ", ".join(f'"{column}"' for column in columns)


def read_csv(data: bytes, schema: pa.Schema) -> pa.Table:
    """Rows as COPY writes them: an empty field is null, an empty text stands in quotes."""
    import pyarrow as pa
    from pyarrow import csv

    if not data:
        return schema.empty_table()
    return csv.read_csv(
        pa.py_buffer(data),
        read_options=csv.ReadOptions(column_names=schema.names),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


class Postgres:
    """A schema of a PostgreSQL database; its tables are the ones in the schema that the connection works in."""

    dialect = "postgres"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    @classmethod
    def open(cls, url: str, *, schema: str | None = None) -> Postgres:
        """Connect by a libpq address; `schema` is made if absent, else the user's own is used.

        Raises EngineError where the server cannot be reached.
        """
        import psycopg

        try:
            connection = psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
        except psycopg.Error as refusal:
            raise EngineError("PostgreSQL cannot be reached", then=str(refusal).strip()) from refusal
        engine = cls(connection)
        if schema:
            engine.run(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            engine.run(f'SET search_path TO "{schema}"')
        return engine

    @contextmanager
    def refusing(self, statement: str) -> Iterator[None]:
        """Tell a refusal in the house's words, with the statement."""
        import psycopg

        try:
            yield
        except psycopg.Error as refusal:
            raise EngineError(
                f"PostgreSQL refused a statement: {str(refusal).strip()}", then=f"the statement was: {statement[:2000]}"
            ) from refusal

    def run(self, statement: str) -> int:
        """Execute a statement and return how many rows it touched."""
        with self.refusing(statement):
            return self.connection.execute(statement.encode()).rowcount

    def ask(self, query: ir.Expr | str) -> pa.Table:
        """The rows of a query, in the types of the expression."""
        import pyarrow as pa

        if isinstance(query, str):
            with self.refusing(query), self.connection.cursor() as cursor:
                cursor.execute(query.encode())
                columns = [column.name for column in cursor.description or ()]
                rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            return pa.Table.from_pylist(rows) if rows else pa.table({column: [] for column in columns})
        table = scalar_or_table(query)
        columns_in = columns_of(table)
        return read_csv(
            self.copied(f"COPY ({cast_columns(columns_in, table, self.dialect)}) TO STDOUT (FORMAT csv)"),
            arrow_schema(columns_in),
        )

    def copied(self, statement: str) -> bytes:
        """Everything that a COPY TO STDOUT writes."""
        whole = BytesIO()
        with self.refusing(statement), self.connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for part in copy:
                whole.write(part)
        return whole.getvalue()

    def create(self, name: str, columns: Mapping[str, str]) -> None:
        """An empty table, unless one of that name exists."""
        self.run(f'CREATE TABLE IF NOT EXISTS "{name}" ({declare(columns, self.dialect)})')

    def make(self, name: str, query: ir.Table, *, order_by: Sequence[str] = ()) -> None:
        """A table holding the rows of a query, replacing one of that name; the query may read the one replaced."""
        ordered = query.order_by(list(order_by)) if order_by else query
        fresh = f"{name} making"
        with self.transaction():
            self.drop(fresh)
            self.run(f'CREATE TABLE "{fresh}" AS {cast_columns(columns_of(query), ordered, self.dialect)}')
            self.rename(fresh, name)
            self.run(f'ANALYZE "{name}"')

    def append(self, name: str, rows: ir.Table | pa.Table | pa.RecordBatchReader) -> int:
        """Add rows by column name and return how many."""
        import pyarrow as pa
        from pyarrow import csv

        if not isinstance(rows, pa.Table | pa.RecordBatchReader):
            columns = columns_of(rows)
            cast = cast_columns(columns, rows, self.dialect)
            return self.run(f'INSERT INTO "{name}" ({names(list(columns))}) {cast}')
        statement = f'COPY "{name}" ({names(rows.schema.names)}) FROM STDIN (FORMAT csv)'
        options = csv.WriteOptions(include_header=False)
        with self.refusing(statement), self.connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                for batch in rows.to_batches(CHUNK) if isinstance(rows, pa.Table) else rows:
                    buffer = BytesIO()
                    csv.write_csv(batch, buffer, options)
                    copy.write(buffer.getvalue())
            return cursor.rowcount

    def drop(self, name: str) -> None:
        """Remove a table if it exists."""
        self.run(f'DROP TABLE IF EXISTS "{name}"')

    def rename(self, old: str, new: str) -> None:
        """Give a table another name, replacing one that bears it."""
        self.drop(new)
        self.run(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    def tables(self) -> frozenset[str]:
        """The names of the tables there are."""
        with self.refusing("list the tables"):
            found = self.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
            return frozenset(name for (name,) in found.fetchall())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        with self.connection.transaction():
            yield

    def close(self) -> None:
        """Give the connection back."""
        self.connection.close()
