"""What every engine can do; nobody else opens a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import ibis.expr.types as ir
    import pyarrow as pa


class Engine(Protocol):
    """Runs expressions where the data is; tables go in and out as Arrow."""

    dialect: str

    def ask(self, query: ir.Expr | str) -> pa.Table:
        """The rows of a query, in the types of the expression."""
        ...

    def create(self, name: str, columns: Mapping[str, str]) -> None:
        """An empty table, unless one of that name exists."""
        ...

    def make(self, name: str, query: ir.Table, *, order_by: Sequence[str] = ()) -> None:
        """A table holding the rows of a query, replacing one of that name."""
        ...

    def append(self, name: str, rows: ir.Table | pa.Table | pa.RecordBatchReader) -> int:
        """Add rows by column name and return how many."""
        ...

    def drop(self, name: str) -> None:
        """Remove a table if it exists."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a table another name, replacing one that bears it."""
        ...

    def tables(self) -> frozenset[str]:
        """The names of the tables there are."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing; on an engine without transactions, the statements one by one."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...
