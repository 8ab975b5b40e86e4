"""The refresh as the product does it: the shop opened and refreshed by its public door."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import Cost, cpu_seconds, part, report


def timed(step: Callable[[Any], None], cost: Cost) -> Callable[[Any], None]:
    """The step, with its cost written down."""

    @functools.wraps(step)
    def run(work: Any) -> None:
        with part(cost, step.__name__):
            step(work)

    return run


def refresh(root: Path, cost: Cost) -> None:
    """Open, refresh as of the shop's day, close."""
    from regulars import refresh as story
    from regulars.shop import open as open_shop

    story.STEPS = tuple(timed(step, cost) for step in story.STEPS)
    with part(cost, "open, refresh"), open_shop(root) as shop:
        told = shop.refresh()
        if not told["value"]["published"] or told["value"]["wrong"]:
            raise SystemExit(f"the refresh published nothing: {told}")


def load_libraries() -> None:
    """What would be imported on the way, imported now: it is the same whatever the shop's size, and told beside."""
    import babel.numbers  # noqa: F401
    import duckdb  # noqa: F401
    import ibis
    import pyarrow.parquet

    import regulars.answers
    import regulars.shop  # noqa: F401
    from bench.shop import only_own_segments

    ibis.to_sql(ibis.table({"n": "int64"}, name="t").count(), dialect="duckdb")
    pyarrow.array([1])
    only_own_segments()


def main() -> None:
    before = cpu_seconds()
    load_libraries()
    report(lambda cost: refresh(Path(sys.argv[1]), cost), imports=cpu_seconds() - before)


if __name__ == "__main__":
    main()
