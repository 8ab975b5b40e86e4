"""The table of budgets: what was measured, what is allowed, whether it is met; printed, and kept under results/."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    """One budget: `measured` and `at_most` in the same unit; a row without a budget is for information."""

    what: str
    measured: float
    unit: str
    at_most: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None where there is none.

        >>> Row("import", 0.2, "s", at_most=0.3).met
        True
        """
        return None if self.at_most is None else self.measured <= self.at_most

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is shown."""
        allowed = "" if self.at_most is None else f"{self.at_most:g} {self.unit}"
        verdict = {True: "met", False: "NOT MET", None: ""}[self.met]
        return self.what, f"{self.measured:.3g} {self.unit}", allowed, verdict, self.detail


HEAD = ("what", "measured", "at most", "", "detail")


def table(rows: Iterable[tuple[str, ...]], head: tuple[str, ...] = HEAD) -> str:
    """Rows as a Markdown table with even columns.

    >>> print(table([("a", "1")], head=("what", "n")))
    | what | n |
    | ---- | - |
    | a    | 1 |
    """
    cells = [head, *rows]
    wide = [max(len(row[at]) for row in cells) for at in range(len(head))]
    line = "| " + " | ".join("-" * width for width in wide) + " |"
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)) + " |" for row in cells
    ]
    return "\n".join([shown[0], line, *shown[1:]])


@cache
def machine() -> dict[str, Any]:
    """What the figures depend on beside the code; the load is that of the first call."""
    from importlib.metadata import version

    named = ("regulars", "duckdb", "ibis-framework", "sqlglot", "pyarrow")
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        **{name: version(name) for name in named},
    }


def keep(folder: Path, day: date, facts: Mapping[str, Any], rows: Iterable[Row], text: str) -> tuple[Path, Path]:
    """Write the run as `<day>.json` and `<day>.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    budgets = [{**asdict(row), "met": row.met} for row in rows]
    whole = {"day": day.isoformat(), "machine": machine(), **facts, "budgets": budgets}
    as_json, as_text = folder / f"{day}.json", folder / f"{day}.md"
    as_json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    as_text.write_text(text + "\n", encoding="utf-8")
    return as_json, as_text
