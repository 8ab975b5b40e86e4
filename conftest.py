"""Rules for every test: a capability is counted by its marks, and nothing is skipped in silence under CI."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

from capabilities import Tally

MAY_SKIP: frozenset[str] = frozenset()
"""Reasons for which a test may be left out under CI=true. Kept empty: what CI cannot run, nobody has shown."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--capabilities", action="store_true", help="print which capabilities the tests proved")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--capabilities") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tally(), "capabilities")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        rows = [row for mark in item.iter_markers("proves") for row in mark.args]
        if rows:
            kind = "simulated" if item.get_closest_marker("simulated") else "real"
            item.user_properties.append(("proves", [kind, *rows]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    return _no_silent_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    return _no_silent_skip((yield))


def _no_silent_skip(report):
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if reason.removeprefix("Skipped: ") not in MAY_SKIP:
            report.outcome = "failed"
            report.longrepr = f"{report.nodeid} was left out under CI=true: {reason}"
    return report
