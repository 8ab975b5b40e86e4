"""One load being made canonical: the landed rows in a throw-away connection, and where they go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.sources.canonical import CANONICAL
from regulars.sources.parsing import Parser
from regulars.sources.sql import hashed, minor, quoted

if TYPE_CHECKING:
    import duckdb

    from regulars.catalogue.catalogue import Catalogue
    from regulars.catalogue.rows import Load
    from regulars.engine.base import Engine
    from regulars.project import Project
    from regulars.project.mapping import Source
    from regulars.sources.terms import Terms


@dataclass(frozen=True, slots=True)
class Work:
    """A load, its source and terms as they were landed, and the connections that it needs."""

    engine: Engine
    catalogue: Catalogue
    project: Project
    load: Load
    source: Source
    terms: Terms
    connection: duckdb.DuckDBPyConnection

    @property
    def unit_kind(self) -> str:
        """What a unit is counted under: people of two sources are told apart, an order is one wherever it comes from."""
        return f"people/{self.source.name}" if self.source.rows == "people" else self.source.rows

    @property
    def parser(self) -> Parser:
        """What writes the SQL of this source's fields."""
        described = self.rows("DESCRIBE landed")
        return Parser(self.source, {row[0]: row[1] for row in described}, self.terms.currency)

    def run(self, statement: str) -> None:
        """Execute a statement on the landed side."""
        self.connection.execute(statement).fetchall()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a small query on the landed side."""
        return self.connection.execute(query).fetchall()

    def table(self, name: str, query: str) -> None:
        """Keep a query's rows as a temporary table on the landed side."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def bring(self, name: str, query: str) -> None:
        """Copy the rows of an engine's query into a temporary table on the landed side."""
        brought = self.engine.ask(query)
        self.connection.register("brought", brought)
        self.table(name, "SELECT * FROM brought")
        self.connection.unregister("brought")

    def bring_of(self, name: str, keys: str, query: str) -> None:
        """Bring only the rows that concern this load: `query` joins the engine's table `asked`, made of the keys.

        A night's file of a big shop then costs by its own size.
        """
        self.engine.drop("asked")
        self.engine.create("asked", {"key": "int64"})
        self.send("asked", f"SELECT key FROM ({keys})")
        self.bring(name, query)
        self.engine.drop("asked")

    def send(self, table: str, query: str, *, order_by: Iterable[str] = ()) -> int:
        """Append rows of the landed side to a table of the engine, in a physical order, and return how many."""
        order = ", ".join(order_by)
        reader = self.connection.sql(f"{query} ORDER BY {order}" if order else query).to_arrow_reader(100_000)
        return self.engine.append(table, reader)

    def has(self, field: str) -> bool:
        """Whether a field is mapped."""
        return field in self.source.columns

    def field(self, field: str, kind: str) -> str:
        """A field's column, or null of a type where it is not mapped."""
        return f"f_{field}" if self.has(field) else f"CAST(NULL AS {kind})"

    def money(self, field: str) -> str:
        """A money field in minor units, or null where it is not mapped."""
        return minor(f"f_{field}", self.terms.digits) if self.has(field) else "CAST(NULL AS BIGINT)"

    def ids(self, name: str, table: str, column: str, kind: str) -> None:
        """Make a temporary table (key, text, id) of the distinct keys of a column."""
        distinct = f"SELECT DISTINCT {column} AS key FROM {table} WHERE {column} IS NOT NULL"
        text = "CAST(key AS VARCHAR)"
        self.table(
            name, f"SELECT key, {text} AS text, {hashed(self.source.system, kind, text)} AS id FROM ({distinct})"
        )

    def codes(self, name: str, table: str, column: str, book: str) -> None:
        """Make a temporary table (key, code) of the distinct keys of a column, out of a code book."""
        keys = f"SELECT DISTINCT {column} AS key FROM {table} WHERE {column} IS NOT NULL"
        self.table(name, f"SELECT key, CAST(key AS VARCHAR) AS text FROM ({keys})")
        given = self.catalogue.codes(book, [text for (text,) in self.rows(f"SELECT DISTINCT text FROM {name}")])
        self.pairs("given_codes", given)
        self.table(name, f"SELECT key, code FROM {name} JOIN given_codes USING (text)")

    def pairs(self, name: str, given: Mapping[str, int]) -> None:
        """Make a temporary table (text, code); without Arrow, which would import pandas where that is installed."""
        columns = "unnest($1::VARCHAR[]) AS text, unnest($2::INTEGER[]) AS code"
        lists = [list(given.keys()), list(given.values())]
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {columns}", lists).fetchall()

    def canonical(self, table: str) -> str:
        """The column names of a canonical table, as a select list."""
        return ", ".join(f'"{column}"' for column in CANONICAL[table])

    def note(self, what: str, rows: int) -> None:
        """Keep a count that the account of the load tells."""
        if rows:
            self.send("load_notes", f"SELECT {self.load.id} AS load, {quoted(what)} AS what, {rows} AS rows")
