"""Kill a shop's process at a step or at a moment, and look whether anything is lost, doubled or torn.

Run alone it prints what it found: python tests/killing.py --kills 500. It forks children that have everything
imported, so that a kill costs seconds; what it asks of a shop it asks in a child as well.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import shops

EVERY = 15
"""Kills until a fresh copy of the shop is taken."""

REMAKING = ("rebuild", "take_place", "half_placed")
"""The steps of making the warehouse anew."""

FEWEST_DIED = 0.75
"""The share of kills that must hit a process at work; with fewer nothing is proven."""


def forked(work: Callable[[], object], environment: dict[str, str] | None = None) -> tuple[int, int]:
    """A child at work, and the end of a pipe on which its result comes as JSON."""
    inward, outward = os.pipe()
    if child := os.fork():
        os.close(outward)
        return child, inward
    os.close(inward)
    os.environ.update(environment or {})
    code = 1
    try:
        result = json.dumps(work())
        os.write(outward, result.encode())
        code = 0
    except BaseException:  # noqa: BLE001 the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def result_of(child: int, inward: int) -> object:
    """What a child came to; None where it was killed, RuntimeError where it failed."""
    with os.fdopen(inward, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return None
    if status:
        raise RuntimeError(f"a child failed with status {status}")
    return json.loads(said)


def acknowledged(root: Path) -> list[dict[str, object]]:
    """What the shop's owner was told is done."""
    path = root / "acknowledged.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def acknowledge(root: Path, **what: object) -> None:
    """Write down, durably, that something was said to be done."""
    with (root / "acknowledged.jsonl").open("a") as file:
        file.write(json.dumps(what) + "\n")
        file.flush()
        os.fsync(file.fileno())


def day_of(number: int) -> date:
    """The shop day of a round: two days on from the one before, so that learning falls due now and then."""
    return shops.LAST + timedelta(days=2 * number)


def next_number(root: Path) -> int:
    """The number of the next file of orders."""
    return 1 + max(int(path.stem.split("_")[1]) for path in (root / "data").glob("till_*.csv"))


def deliver(root: Path, number: int) -> str:
    """Put a new file of orders into the shop, whole."""
    name = f"till_{number}.csv"
    first, last = day_of(number) - timedelta(days=3), day_of(number)
    hidden = f"hidden_{number}.tmp"
    shops.add_orders(root, hidden, first=first, last=last, customers=80, seed=number, per_customer=0.4, prefix=name)
    (root / "data" / hidden).rename(root / "data" / name)
    return name


def rounds(root: Path, count: int) -> int:
    """Deliver, load, refresh, so many times; each is acknowledged when it is done."""
    import regulars

    with regulars.open(root) as shop:
        for _ in range(count):
            number = next_number(root)
            name = deliver(root, number)
            loaded = shop.load()
            assert all(row["balanced"] for row in loaded["rows"])
            acknowledge(root, file=name)
            told = shop.refresh(as_of=day_of(number).isoformat())
            acknowledge(root, version=told["version"])
    return count


def remade(root: Path) -> int:
    """Make the warehouse anew."""
    import regulars

    with regulars.open(root) as shop:
        return int(shop.rebuild()["value"]["versions"])


def examine(root: Path) -> dict[str, object]:
    """Everything that is wrong with a shop, and how long it took to be ready."""
    import regulars

    started = time.monotonic()
    with regulars.open(root) as shop:
        shop.loads()
        ready = time.monotonic() - started
        assert shop.owner is not None
        faults = [*check_rows(root, shop), *check_versions(root, shop), *check_leftovers(root, shop)]
    return {"ready": ready, "faults": faults}


def check_rows(root: Path, shop) -> list[str]:
    """No acknowledged row is lost, none is there twice, and no file is there in part."""
    with shop.owner.snapshot() as state:
        found = state.engine.ask(
            "SELECT regexp_replace(order_no, '-[0-9]+$', '') AS file, count(*) AS n, CAST(sum(net) AS BIGINT) AS net, "
            "count(DISTINCT (l.order_id, l.line_no)) AS different FROM order_lines l "
            "JOIN (SELECT DISTINCT order_id, order_no FROM orders) USING (order_id) GROUP BY 1"
        ).to_pylist()
    stored = {row["file"]: row for row in found}
    told = {one["file"] for one in acknowledged(root) if "file" in one}
    faults = []
    for path in sorted((root / "data").glob("till_*.csv")):
        lines, net = sums(path)
        row = stored.get(path.name, {"n": 0, "net": 0, "different": 0})
        if row["n"] != row["different"]:
            faults.append(f"{path.name}: {row['n'] - row['different']} lines doubled")
        if row["n"] not in (0, lines) or (row["n"] and row["net"] != net):
            faults.append(f"{path.name}: {row['n']} of {lines} lines, {row['net']} of {net}")
        if path.name in told and not row["n"]:
            faults.append(f"{path.name}: acknowledged and lost")
    return faults


def sums(path: Path) -> tuple[int, int]:
    """Lines and money of a file."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return len(rows), sum(round(float(row["net"]) * 100) for row in rows)


def check_versions(root: Path, shop) -> list[str]:
    """Warehouse, catalogue and history tell the same versions, and the last one is whole."""
    from regulars.versions import history, memberships, warehouse

    faults = []
    with shop.owner.snapshot() as state:
        engine = state.engine
        here = [one.version for one in warehouse.versions(engine)]
        there = state.catalogue.versions()
        if here != [one.version for one in there] or here != list(range(1, len(here) + 1)):
            faults.append(f"versions: warehouse {here}, catalogue {[one.version for one in there]}")
        for one in there:
            if history.read(state.project.history, one.version).version != one:
                faults.append(f"version {one.version}: history and catalogue differ")
        told = [one["version"] for one in acknowledged(root) if "version" in one]
        if set(told) - set(here):
            faults.append(f"versions acknowledged and lost: {sorted(set(told) - set(here))}")
        by_words = memberships.members(engine, state.slots)
        by_rows = engine.ask(
            "SELECT segment, count(*) AS n, count(DISTINCT customer_id) AS different FROM memberships "
            'WHERE "left" IS NULL GROUP BY segment'
        ).to_pylist()
        open_rows = {row["segment"]: row["n"] for row in by_rows}
        said = {name: row["members"] for name, row in warehouse.definitions(engine, max(here, default=0)).items()}
        for segment, count in by_words.items():
            if not count == open_rows.get(segment, 0) == said.get(segment, 0):
                faults.append(
                    f"{segment}: {count} in words, {open_rows.get(segment)} intervals, {said.get(segment)} said"
                )
        if any(row["n"] != row["different"] for row in by_rows):
            faults.append("a customer is in a segment twice")
    return faults


def check_leftovers(root: Path, shop) -> list[str]:
    """No half-done file, no run for ever running."""
    state = root / ".regulars"
    known = {state / "landing" / load.path for load in shop.catalogue.loads()}
    folders = [path for path in (state / "landing").iterdir() if path.name != ".aside"]
    strays = [str(path) for folder in folders for path in folder.glob("*") if path not in known]
    strays += [str(path) for path in state.glob("history/.aside/*")]
    strays += [str(path) for path in (*state.glob("history/*.part"), *state.glob("*damaged*"), *state.glob("*.new.*"))]
    running = [run.id for run in shop.catalogue.runs() if run.status == "running"]
    return [f"left over: {path}" for path in strays] + [f"run {run} still running" for run in running]


def named_steps() -> list[str]:
    """Every place where a process may be killed by name."""
    from regulars import refresh

    steps = dict.fromkeys(step.__name__ for step in (*refresh.LOADING, *refresh.STEPS))
    return [f"{name}:1" for name in (*steps, "add_load", "load_added", "half_history", "done", *REMAKING)] + [
        f"{name}:2" for name in ("land", "begin", "apply_loads", "commit", "done")
    ]


def prepared(folder: Path) -> Path:
    """A shop with one published version, made once."""
    root = shops.make(folder / "template")
    if result_of(*forked(lambda: rounds_at_start(root))) != 1:
        raise RuntimeError("the shop could not be made")
    return root


def rounds_at_start(root: Path) -> int:
    """The first version."""
    import regulars

    with regulars.open(root) as shop:
        return int(shop.refresh()["version"])


def killed_at_step(root: Path, step: str) -> bool:
    """Let a child work until it comes to a step; whether it died there."""
    work = remade if step.split(":")[0] in REMAKING else lambda root: rounds(root, 1)
    return result_of(*forked(lambda: work(root), {"REGULARS_FAULT": step})) is None


def killed_after(root: Path, seconds: float) -> bool:
    """Let a child work for so long; whether it was still at it."""
    child, inward = forked(lambda: rounds(root, 20))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return result_of(child, inward) is None


def campaign(kills: int, seed: int = 1) -> dict[str, object]:
    """So many kills, the named steps first, and what was found after each."""
    chance = random.Random(seed)
    faults: list[str] = []
    ready: list[float] = []
    died = 0
    with tempfile.TemporaryDirectory() as folder:
        template = prepared(Path(folder))
        started = time.monotonic()
        shutil.copytree(template, Path(folder) / "timed")
        result_of(*forked(lambda: rounds(Path(folder) / "timed", 1)))
        once = time.monotonic() - started
        steps = named_steps()
        for number in range(kills):
            root = Path(folder) / f"shop_{number // EVERY}"
            if not root.exists():
                shutil.copytree(template, root)
                for old in Path(folder).glob("shop_*"):
                    if old != root:
                        shutil.rmtree(old)
            where = steps[number] if number < len(steps) else f"{chance.uniform(0, 1.5 * once):.3f} s"
            kill = killed_at_step if number < len(steps) else killed_after
            hit = kill(root, where if number < len(steps) else float(where.split()[0]))  # type: ignore[arg-type]
            died += hit
            if number < len(steps) and not hit:
                faults.append(f"kill {number} at {where}: the step was never come to")
            found = result_of(*forked(lambda root=root: examine(root)))
            assert isinstance(found, dict)
            ready.append(found["ready"])
            faults += [f"kill {number} at {where}: {fault}" for fault in found["faults"]]
    if died < FEWEST_DIED * kills:
        faults.append(f"{died} of {kills} kills hit a process at work: too few to prove anything")
    ready.sort()
    return {
        "kills": kills,
        "died": died,
        "steps": min(kills, len(steps)),
        "named": len(steps),
        "faults": faults,
        "slowest_ready": round(ready[-1], 2),
        "median_ready": round(ready[len(ready) // 2], 2),
    }


def warm() -> None:
    """Import and compile what children need, so that each starts at once; no connection is opened, no thread begun."""
    import duckdb  # noqa: F401
    import pyarrow.parquet  # noqa: F401
    import sqlalchemy  # noqa: F401

    import regulars.answers
    import regulars.shop  # noqa: F401
    from regulars.clock import AsOf
    from regulars.engine.compile import to_sql
    from regulars.segments import library
    from regulars.segments.vocabulary import Vocabulary
    from regulars.traits import table
    from regulars.traits.catalogue import traits
    from regulars.traits.parameters import Parameters
    from regulars.traits.trait import Context

    known = traits(("country",))
    to_sql(table.build(known, (), Context(AsOf(0, 0), Parameters())), "duckdb")
    library.load(Vocabulary.of(known))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    warm()
    print(json.dumps(campaign(given.kills, given.seed)))
