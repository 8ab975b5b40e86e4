"""The rules for tests, tried on tests: a skip is a failure under CI, and a capability counts only when all is green."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

SOME = """
import pytest

@pytest.mark.proves("D14")
def test_green(): pass

@pytest.mark.proves("D14", "B23")
def test_red(): assert False

@pytest.mark.proves("C26")
@pytest.mark.simulated
def test_made_up(): pass

@pytest.mark.proves("C27")
def test_real(): pass

@pytest.mark.proves("Z9")
def test_no_such_row(): pass
"""

SKIPPING = """
import pytest

def test_left_out(): pytest.skip("no time")
"""


@pytest.fixture
def run(tmp_path):
    shutil.copy(ROOT / "conftest.py", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  proves: x\n  simulated: x\n")

    def pytest_on(text: str, *words: str, ci: bool = False) -> str:
        (tmp_path / "test_some.py").write_text(text)
        environment = {**os.environ, "CI": "true" if ci else ""}
        words = ("-p", "no:cacheprovider", "-rs", *words, "test_some.py")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    return pytest_on


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_capability_counts_when_all_its_tests_pass(run, workers):
    said = run(SOME, "--capabilities", "--numprocesses", workers)
    assert "proven 2 / 160: 1 on real data, 1 on simulated data" in said
    assert "C26  works from one CSV of orders (simulated)" in said
    assert "C27  one path from raw file to exported audience (real)" in said
    assert "marked, but not passed: B23 D14" in said
    assert "marked, but no such row: Z9" in said
    missing = next(line for line in said.splitlines() if line.startswith("missing: ")).split()[1:]
    assert len(missing) == 158
    assert {"D14", "B23"} <= set(missing)


def test_a_skip_is_a_skip_at_home(run):
    assert "1 skipped" in run(SKIPPING)


def test_a_skip_is_a_failure_in_ci(run):
    said = run(SKIPPING, ci=True)
    assert "1 failed" in said
    assert "left out under CI=true: Skipped: no time" in said


def test_a_file_that_skips_itself_is_a_failure_in_ci(run):
    said = run('import pytest\npytest.importorskip("no_such_module")\n', ci=True)
    assert "1 error" in said
    assert "left out under CI=true" in said
