"""A process killed at any point: nothing lost, nothing doubled, nothing torn, and the next start needs no hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import killing
import shops

SLOWEST_READY = 5.0
"""Seconds until a shop answers after a kill."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


KILLS = 40
"""Here; `make proof` takes 500."""


def test_kills_that_miss_are_a_fault(monkeypatch, tmp_path):
    """A campaign in which nobody dies proves nothing, and says so."""
    monkeypatch.setattr(killing, "prepared", lambda folder: shops.make(folder / "template"))
    monkeypatch.setattr(killing, "forked", lambda work, environment=None: (work, environment))
    monkeypatch.setattr(killing, "result_of", lambda work, environment: {"ready": 0.0, "faults": []})
    found = killing.campaign(2)
    assert found["died"] == 0
    assert any("never come to" in fault for fault in found["faults"])
    assert any("too few to prove" in fault for fault in found["faults"])


def test_every_named_step_and_moments_by_chance():
    script = Path(__file__).with_name("killing.py")
    words = [sys.executable, str(script), "--kills", str(KILLS)]
    run = subprocess.run(words, capture_output=True, text=True, check=False, cwd=script.parent)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["faults"] == []
    assert found["died"] >= killing.FEWEST_DIED * KILLS, "most kills must hit a process at work"
    assert found["steps"] == found["named"] < KILLS
    assert found["median_ready"] <= SLOWEST_READY
