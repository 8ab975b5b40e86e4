"""Which capabilities are proven: runs the tests marked `proves` and prints what passed, out of `capabilities.csv`.

A row is proven on real data when a test marked with it passed and none failed; tests marked `simulated` count apart.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def rows() -> dict[str, str]:
    """Every capability's id and name."""
    with (ROOT / "scripts" / "capabilities.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["name"] for row in csv.DictReader(file)}


class Tally:
    """A pytest plugin that collects each capability's results and prints the score at the end of a run."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, set[str]]] = {"real": defaultdict(set), "simulated": defaultdict(set)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a test's result under each capability it is marked with."""
        for key, value in report.user_properties:
            if key == "proves" and (report.when == "call" or report.outcome != "passed"):
                kind, *ids = value
                for row in ids:
                    self.results[kind][row].add(report.outcome)

    def proven(self, kind: str) -> list[str]:
        """The ids whose tests on this kind of data all passed."""
        return [row for row in rows() if self.results[kind].get(row) == {"passed"}]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the score."""
        write = terminalreporter.write_line
        known = rows()
        real, simulated = self.proven("real"), self.proven("simulated")
        either = [row for row in known if row in {*real, *simulated}]
        failed = sorted({row for kind in self.results.values() for row, seen in kind.items() if seen != {"passed"}})
        unknown = sorted({row for kind in self.results.values() for row in kind} - set(known))
        terminalreporter.write_sep("-", "capabilities")
        write(f"proven {len(either)} / {len(known)}: {len(real)} on real data, {len(simulated)} on simulated data")
        for row in either:
            kinds = " and ".join(kind for kind in self.results if row in self.proven(kind))
            write(f"  {row:<4} {known[row]} ({kinds})")
        if failed:
            write(f"marked, but not passed: {' '.join(failed)}", red=True)
        if unknown:
            write(f"marked, but no such row: {' '.join(unknown)}", red=True)
        write(f"missing: {' '.join(row for row in known if row not in either)}")


def main() -> int:
    """Run the marked tests without leaving anything behind."""
    sys.dont_write_bytecode = True
    code = pytest.main(
        [str(ROOT), f"--rootdir={ROOT}", "-q", "-m", "proves", "-p", "no:cacheprovider", "--capabilities"]
    )
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED else int(code)


if __name__ == "__main__":
    sys.exit(main())
