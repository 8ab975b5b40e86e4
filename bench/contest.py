"""Run the ways of doing the work, each in a process of its own from the same start, in turn."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-bench"
"""The environment of the libraries that we compare with."""

THREADS = 2


@dataclass(frozen=True, slots=True)
class Way:
    """One way of doing the work: a module, the part of the start folder that it changes, and whose Python runs it."""

    name: str
    module: str
    begins_with: str = "shop"
    peer: bool = False

    @property
    def folder(self) -> str:
        """Where it works."""
        return self.module.rpartition(".")[2]


WAYS = (
    Way("regulars", "bench.through_regulars"),
    Way("by hand", "bench.by_hand"),
    Way("polars", "bench.polars_lazy", "parquet", peer=True),
)


def peers() -> Path:
    """The peers' Python; its environment is made on first use."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        pinned = ROOT / "bench" / "requirements.txt"
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(pinned)], check=True)
    return python


def environment() -> dict[str, str]:
    """As after an ordinary installation: compiled modules are kept, so that no start pays for compiling them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {
        "PYTHONPYCACHEPREFIX": str(ROOT / "bench" / "data" / "pycache"),
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
    }
    return {**kept, **own, "POLARS_MAX_THREADS": str(THREADS)}


def run(way: Way, start: Path, place: Path) -> Cost:
    """Do the work once on a fresh copy of what it changes; the facts it reads are never copied."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(start / way.begins_with, place)
    python = peers() if way.peer else Path(sys.executable)
    done = subprocess.run(
        [str(python), "-m", way.module, str(place)], env=environment(), stdout=subprocess.PIPE, check=True, text=True
    )
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def contest(start: Path, places: Path, runs: int, ways: Iterable[Way] = WAYS) -> Mapping[str, list[Cost]]:
    """Every way so often, in turn, so that a disturbance meets all of them; the last run's results stay in `places`."""
    costs: dict[str, list[Cost]] = {way.name: [] for way in ways}
    for _ in range(runs):
        for way in ways:
            costs[way.name].append(run(way, start, places / way.folder))
    return costs
