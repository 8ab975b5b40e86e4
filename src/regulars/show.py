"""Answers on a terminal: tables and short lines; numbers right, words left."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console


def talk() -> Console:
    """Where progress and remarks go: the error stream."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def page() -> Console:
    """Where data goes: the output stream."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def as_json(answer: Any) -> str:
    """One JSON object; dates and decimals as text, non-finite numbers refused.

    >>> as_json({"kind": "count", "value": 3})
    '{"kind": "count", "value": 3}'
    """
    return json.dumps(answer, ensure_ascii=False, default=str, allow_nan=False)


def cell(value: Any) -> str:
    """A value as it stands in a table.

    >>> cell(1234567), cell(0.256), cell(None), cell(["a", "b"])
    ('1,234,567', '0.256', '–', 'a, b')
    """
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"
        case list() | tuple():
            return ", ".join(cell(each) for each in value)
        case Mapping():
            return ", ".join(f"{key} {cell(each)}" for key, each in value.items())
        case _:
            return str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None, title: str | None = None) -> None:
    """Print rows as a table; columns that hold only numbers stand right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    names = list(columns or (rows[0] if rows else ()))
    grid = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in names:
        numeric = all(isinstance(row.get(name), int | float | None) for row in rows)
        grid.add_column(name.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell(row.get(name))) for name in names))
    page().print(grid)


def arrow(rows: pa.Table, limit: int | None = None) -> None:
    """Print an Arrow table."""
    table(rows.slice(0, limit).to_pylist() if limit else rows.to_pylist(), rows.column_names)
