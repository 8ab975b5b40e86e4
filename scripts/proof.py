"""The long versions of the reliability tests: runs those marked `proof` and prints what was tried and what failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


class Table:
    """A pytest plugin that prints one line per proof: how often it was tried, how it ended, how long it took."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, float]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what a test came to."""
        if report.when == "call" or report.outcome != "passed":
            times = "+".join(f"{value:,}" for key, value in report.user_properties if key == "times")
            self.rows.append((report.nodeid.partition("::")[2], times or "1", report.outcome, report.duration))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        terminalreporter.write_sep("-", f"proof of {commit()}")
        terminalreporter.write_line(f"{'what':<76} {'times':>9} {'ended':>8} {'seconds':>9}")
        for name, times, outcome, seconds in self.rows:
            terminalreporter.write_line(f"{name[:76]:<76} {times:>9} {outcome:>8} {seconds:>9,.1f}")
        failures = sum(outcome == "failed" for _, _, outcome, _ in self.rows)
        terminalreporter.write_line(f"{len(self.rows)} proofs, {failures} failed")


def commit() -> str:
    """The day and name of the commit that is proven, with a mark where files differ from it."""
    said = subprocess.run(
        ["git", "log", "-1", "--format=%h of %cs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{said.stdout.strip() or 'no commit'}{' with changes' if changed.stdout.strip() else ''}"


def main() -> int:
    """Run the proofs one after the other, so that each has the machine for itself."""
    words = [str(ROOT / "tests"), f"--rootdir={ROOT}", "-q", "-m", "proof", "--proof", "-p", "no:cacheprovider"]
    return int(pytest.main([*words, *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
