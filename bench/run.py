"""Measure the budgets: `python -m bench.run [--customers N] [--runs 3]`; the table is printed and kept under results/.

The same refresh is done by the product, by hand in DuckDB's SQL and in Polars, each in a process of its own from the
same start, in turn, so many times; what counts is the least CPU time (user and system) of each. Results must be equal.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import budgets, contest, equal, generate, shop
from bench.budgets import Row
from bench.measure import Cost
from regulars.clock import utc_now
from regulars.traits.catalogue import traits

DATA = contest.ROOT / "bench" / "data"
SIZE = 1_000_000
BY_HAND, PEER = 1.15, 0.8
IMPORT, HELP = 0.3, 0.5
STARTS = 7
"""How often something short is started; the least counts."""


def prepare(folder: Path, customers: int) -> dict[str, Any]:
    """The simulated tables and the shop in its first version; what is there already is used again."""
    took: dict[str, Any] = {}
    layout = folder / "tables" / "layout.json"
    if not layout.exists():
        print(f"simulating {customers:,} customers …", file=sys.stderr)
        layout.write_text(json.dumps(generate.generate(folder / "tables", customers)))
    took["layout"] = json.loads(layout.read_text())
    print("publishing the first version …", file=sys.stderr)
    start = time.perf_counter()
    took["first version"] = shop.build(folder / "start" / "shop", folder / "tables")["value"]
    took["first version, seconds"] = round(time.perf_counter() - start, 1)
    return took


def checked(places: Path) -> list[str]:
    """What differs between the ways' results."""
    known = list(traits(shop.ATTRIBUTES))
    ours, hand = (equal.take_out(places / name, known) for name in ("through_regulars", "by_hand"))
    found = [f"by hand: {difference}" for difference in equal.differences(ours, hand)]
    return found + [
        f"polars: {difference}" for difference in equal.differences(ours, places / "polars_lazy" / "results")
    ]


def least(costs: Iterable[Cost]) -> Cost:
    """The run with the least CPU time."""
    return min(costs, key=lambda cost: cost.cpu)


def refresh_rows(costs: Mapping[str, list[Cost]]) -> list[Row]:
    """The budgets of a full refresh."""
    best = {name: least(all_of) for name, all_of in costs.items()}
    ours, hand, peer = best["regulars"].cpu, best["by hand"].cpu, best["polars"].cpu
    return [
        Row(
            "full refresh against DuckDB SQL by hand",
            ours / hand,
            "×",
            BY_HAND,
            f"{ours:.2f} s of CPU against {hand:.2f} s",
        ),
        Row("full refresh against Polars lazy", ours / peer, "×", PEER, f"{ours:.2f} s of CPU against {peer:.2f} s"),
    ]


def children() -> float:
    """CPU seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def started(*arguments: str) -> tuple[float, float]:
    """The least CPU and wall seconds of a short command."""
    found = []
    for _ in range(STARTS):
        before, start = children(), time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, env=contest.environment(), stdout=subprocess.DEVNULL)
        found.append((children() - before, time.perf_counter() - start))
    return min(cpu for cpu, _ in found), min(wall for _, wall in found)


def start_rows() -> list[Row]:
    """The budgets of what a user waits for before anything happens; Python's own start is part of both."""
    bare, _ = started("-c", "pass")
    imported, wall = started("-c", "import regulars")
    helped, help_wall = started("-m", "regulars.cli", "--help")
    return [
        Row("import regulars", imported, "s", IMPORT, f"{wall:.2f} s on the wall; Python alone {bare:.2f} s of CPU"),
        Row("regulars --help", helped, "s", HELP, f"{help_wall:.2f} s on the wall"),
    ]


def ways_table(costs: Mapping[str, list[Cost]]) -> str:
    """What each way cost, all runs of it."""
    rows = []
    for name, all_of in costs.items():
        best = least(all_of)
        runs = ", ".join(f"{cost.cpu:.1f}" for cost in all_of)
        rows.append(
            (
                name,
                f"{best.cpu:.2f}",
                f"{min(cost.wall for cost in all_of):.2f}",
                f"{best.peak_mb:,}",
                f"{best.imports:.2f}",
                runs,
            )
        )
    return budgets.table(rows, head=("way", "CPU s", "wall s", "peak MB", "imports, CPU s", "CPU s of each run"))


def parts_table(costs: Mapping[str, list[Cost]]) -> str:
    """Where the CPU time went, in the best run of each way."""
    rows = [
        (way, name, f"{cpu:.2f}")
        for way, all_of in costs.items()
        for name, (_, cpu) in least(all_of).parts.items()
        if cpu >= 0.01
    ]
    return budgets.table(rows, head=("way", "part", "CPU s"))


def sizes(tables: Path) -> str:
    """How many rows there are."""
    import duckdb

    names = ("records", "orders", "order_lines", "discounts", "sends", "events")
    counts = {
        name: duckdb.execute(f"SELECT count(*) FROM '{tables / name}.parquet'").fetchall()[0][0] for name in names
    }
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())


def told(
    customers: int, runs: int, took: Mapping[str, Any], costs: Mapping[str, list[Cost]], rows: list[Row], tables: Path
) -> str:
    """The run as people read it."""
    laid = f"laid out (simulated, sorted by customer, written) in {sum(took['layout'].values()):.0f} s on the wall"
    segments = took["first version"]["segments"]
    return "\n\n".join(
        [
            f"# Bench, {utc_now():%Y-%m-%d}",
            f"{generate.NOTE} {sizes(tables)}; {laid}. {contest.THREADS} threads, least of {runs} runs in turn, CPU seconds of the process; "
            f"imports are not counted. {segments} segments, {len(traits(shop.ATTRIBUTES))} traits, equal in all three ways: every value, "
            "membership, joiner and leaver.",
            budgets.table(row.cells for row in rows),
            ways_table(costs),
            parts_table(costs),
            "; ".join(f"{name} {value}" for name, value in budgets.machine().items()),
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=SIZE)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA, help="where the simulated data is kept")
    parser.add_argument("--results", type=Path, default=budgets.RESULTS, help="where the results are written")
    given = parser.parse_args()
    budgets.machine()
    folder = given.data / f"{given.customers}"
    took = prepare(folder, given.customers)
    costs = contest.contest(folder / "start", folder, given.runs)
    if found := checked(folder):
        raise SystemExit("the ways differ, so nothing is compared:\n" + "\n".join(found))
    rows = [*refresh_rows(costs), *start_rows()]
    text = told(given.customers, given.runs, took, costs, rows, folder / "tables")
    plain = {
        "customers": given.customers,
        "threads": contest.THREADS,
        **took,
        "ways": {way: [asdict(cost) for cost in all_of] for way, all_of in costs.items()},
    }
    written = budgets.keep(given.results, utc_now().date(), plain, rows, text)
    for way in contest.WAYS:
        shutil.rmtree(folder / way.folder)
    print(text, *(f"written: {path}" for path in written), sep="\n\n")


if __name__ == "__main__":
    main()
