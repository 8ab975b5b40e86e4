"""The long versions of the reliability tests, one after the other: prints what was tried, what failed, and how long.

A proof is a script of the tests that prints one JSON object with what it counted and a list of `faults`; that it did
not try hard enough is a fault too.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Proof:
    """One claim and the script that tries to break it."""

    claim: str
    script: str
    tries: str
    times: int


PROOFS = (
    Proof(
        "killed at any moment: nothing lost, doubled or torn, no hand needed",
        "tests/killing.py",
        "--kills",
        500,
    ),
)


def commit() -> str:
    """The name of the commit that is proven, with a mark where files differ from it."""
    said = [
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
        for words in (["log", "-1", "--format=%h"], ["status", "--porcelain"])
    ]
    return f"{said[0] or 'unknown'}{' with changes' if said[1] else ''}"


def prove(proof: Proof, times: int) -> tuple[dict[str, Any], float]:
    """What a proof counted, and its seconds; one that breaks off is a fault itself."""
    started = time.monotonic()
    words = [sys.executable, proof.script, proof.tries, str(times)]
    run = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    lines = run.stdout.strip().splitlines()
    counted = json.loads(lines[-1]) if run.returncode == 0 and lines else {"faults": [f"ended with {run.returncode}"]}
    return counted, time.monotonic() - started


def main() -> int:
    """Run every proof and print a table; exit code 1 where one has faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, help="how often to try each, instead of its own number")
    given = parser.parse_args()
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, commit {commit()}", flush=True)
    failed = 0
    for proof in PROOFS:
        times = given.times or proof.times
        counted, seconds = prove(proof, times)
        faults = counted.pop("faults")
        failed += bool(faults)
        print(f"\n{proof.claim}\n  tried {times:,} times in {seconds:,.0f} s, {len(faults)} faults")
        print("  " + " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in counted.items()))
        for fault in faults:
            print(f"  FAULT {fault}")
    print(f"\n{len(PROOFS)} proofs, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
