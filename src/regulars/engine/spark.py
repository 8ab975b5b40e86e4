"""Spark by Spark Connect: a cluster's or Databricks' tables, or Sail in their place; no Java on this side.

Spark has no transactions over several tables: a version's row is written last, so that readers find whole versions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from regulars.engine.compile import arrow_schema, columns_of, declare, scalar_or_table, to_sql
from regulars.errors import EngineError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

INCOMING = "incoming_rows"


def plain_division(statement: str) -> str:
    """The statement with a / b for TRY_DIVIDE(a, b), which Sail has for whole numbers only.

    Expressions here turn a divisor of 0 into null themselves, so both give the same.

    >>> plain_division("SELECT TRY_DIVIDE(`a`, NULLIF(`b`, 0)) + 1 FROM `t`")
    'SELECT ((`a`) / (NULLIF(`b`, 0))) + 1 FROM `t`'
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(statement, dialect="databricks")
    while (node := tree.find(exp.SafeDivide)) is not None:
        left, right = exp.paren(node.this, copy=False), exp.paren(node.expression, copy=False)
        node.replace(exp.paren(exp.Div(this=left, expression=right, typed=False, safe=False), copy=False))
    return tree.sql(dialect="databricks")


class Spark:
    """A database of a Spark cluster, reached by Spark Connect."""

    dialect = "databricks"

    def __init__(self, session: Any) -> None:
        self.session = session

    @classmethod
    def open(cls, url: str, *, schema: str | None = None) -> Spark:
        """Connect by an address such as sc://host:15002; `schema` is made if absent, else the session's own is used.

        Raises EngineError where the server cannot be reached.
        """
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        try:
            session = SparkSession.builder.remote(url).create()
            session.conf.set("spark.sql.session.timeZone", "UTC")
            session.conf.set("spark.sql.ansi.enabled", "true")
        except PySparkException as refusal:
            raise EngineError("Spark cannot be reached", gave=url, then=str(refusal).strip()) from refusal
        engine = cls(session)
        if schema:
            engine.use(schema)
        return engine

    def use(self, schema: str) -> None:
        """Work in a schema from now on, made if absent."""
        self.run(f"CREATE SCHEMA IF NOT EXISTS `{schema}`")
        self.session.catalog.setCurrentDatabase(schema)

    @contextmanager
    def refusing(self, statement: str) -> Iterator[None]:
        """Tell a refusal in the house's words, with the statement."""
        from pyspark.errors import PySparkException

        try:
            yield
        except PySparkException as refusal:
            raise EngineError(
                f"Spark refused a statement: {str(refusal).strip()}", then=f"the statement was: {statement[:2000]}"
            ) from refusal

    def run(self, statement: str) -> pa.Table:
        """Execute a statement and return what it gives."""
        with self.refusing(statement):
            return self.session.sql(statement).toArrow()

    def sql(self, query: ir.Table) -> str:
        """The statement of an expression, its columns in the declared types."""
        casts = ", ".join(
            f"CAST(`{name}` AS {declare({name: kind}, self.dialect).rsplit('` ', 1)[1]}) AS `{name}`"
            for name, kind in columns_of(query).items()
        )
        return f"SELECT {casts} FROM ({plain_division(to_sql(query, self.dialect))})"

    def ask(self, query: ir.Expr | str) -> pa.Table:
        """The rows of a query, in the types of the expression."""
        if isinstance(query, str):
            return self.run(query)
        table = scalar_or_table(query)
        return self.run(self.sql(table)).cast(arrow_schema(columns_of(table)))

    def create(self, name: str, columns: Mapping[str, str]) -> None:
        """An empty table, unless one of that name exists."""
        self.run(f"CREATE TABLE IF NOT EXISTS `{name}` ({declare(columns, self.dialect)}) USING parquet")

    def make(self, name: str, query: ir.Table, *, order_by: Sequence[str] = ()) -> None:
        """A table holding the rows of a query, replacing one of that name; the query may read the one replaced."""
        ordered = query.order_by(list(order_by)) if order_by else query
        fresh = f"{name}_making"
        self.drop(fresh)
        self.run(f"CREATE TABLE `{fresh}` USING parquet AS {self.sql(ordered)}")
        self.rename(fresh, name)

    def append(self, name: str, rows: ir.Table | pa.Table | pa.RecordBatchReader) -> int:
        """Add rows by column name and return how many."""
        import pyarrow as pa

        if not isinstance(rows, pa.Table | pa.RecordBatchReader):
            before = self.size(name)
            self.insert(name, rows.columns, f"({self.sql(rows)})")
            return self.size(name) - before
        table = rows if isinstance(rows, pa.Table) else rows.read_all()
        if not table.num_rows:
            return 0
        with self.refusing(f"append to {name}"):
            self.session.createDataFrame(table).createOrReplaceTempView(INCOMING)
        self.insert(name, table.column_names, INCOMING)
        self.session.catalog.dropTempView(INCOMING)
        return int(table.num_rows)

    def insert(self, name: str, given: Sequence[str], source: str) -> None:
        """Insert by position, columns that are not given null: not every server knows a column list."""
        with self.refusing(f"describe {name}"):
            columns = self.session.table(name).columns
        picked = (f"`{column}`" if column in given else f"NULL AS `{column}`" for column in columns)
        self.run(f"INSERT INTO `{name}` SELECT {', '.join(picked)} FROM {source}")

    def size(self, name: str) -> int:
        """How many rows a table has."""
        return int(self.run(f"SELECT count(*) AS n FROM `{name}`").column(0)[0].as_py())

    def drop(self, name: str) -> None:
        """Remove a table if it exists."""
        self.run(f"DROP TABLE IF EXISTS `{name}`")

    def rename(self, old: str, new: str) -> None:
        """Give a table another name, replacing one that bears it; copied where the server cannot rename."""
        from pyspark.errors import UnsupportedOperationException

        self.drop(new)
        statement = f"ALTER TABLE `{old}` RENAME TO `{new}`"
        try:
            with self.refusing(statement):
                self.session.sql(statement).toArrow()
        except EngineError as refusal:
            if not isinstance(refusal.__cause__, UnsupportedOperationException):
                raise
            self.run(f"CREATE TABLE `{new}` USING parquet AS SELECT * FROM `{old}`")
            self.drop(old)

    def tables(self) -> frozenset[str]:
        """The names of the tables there are."""
        rows = self.run("SHOW TABLES").to_pylist()
        return frozenset(row["tableName"] for row in rows if not row["isTemporary"])

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """The statements one by one: Spark cannot take several tables back."""
        yield

    def close(self) -> None:
        """Give the connection back."""
        self.session.stop()
