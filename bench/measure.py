"""What a piece of work costs its process: wall and CPU seconds, peak memory. Standard library only."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Cost:
    """Seconds on the wall, CPU seconds (user and system, all threads), the process's peak in MB, and named parts."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_mb: int = 0
    imports: float = 0.0
    parts: dict[str, list[float]] = field(default_factory=dict)


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> int:
    """The most memory this process held; Linux's ru_maxrss would count the parent's, so the kernel's own mark is read."""
    status = Path("/proc/self/status")
    if status.exists():
        return (
            next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) // 1024
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def part(cost: Cost, name: str) -> Iterator[None]:
    """Time one named part of the work."""
    wall, cpu = time.perf_counter(), cpu_seconds()
    yield
    cost.parts[name] = [round(time.perf_counter() - wall, 3), round(cpu_seconds() - cpu, 3)]


def report(work: Callable[[Cost], None], *, imports: float = 0.0) -> None:
    """Do the work and print its cost as one line of JSON; `imports` are CPU seconds spent before."""
    cost = Cost(imports=round(imports, 3))
    wall, cpu = time.perf_counter(), cpu_seconds()
    work(cost)
    cost.wall, cost.cpu = round(time.perf_counter() - wall, 3), round(cpu_seconds() - cpu, 3)
    cost.peak_mb = peak_mb()
    print(json.dumps(asdict(cost)), flush=True)
