"""Places where a test may kill the process: `REGULARS_FAULT=step:n` dies as by power-off at the n-th pass of a step."""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "REGULARS_FAULT"
passed: Counter[str] = Counter()


def fault(step: str) -> None:
    """Die here, with no clean-up, when the environment names this step; else nothing.

    >>> fault("land")
    """
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    passed[step] += 1
    name, _, turn = wanted.partition(":")
    if name == step and passed[step] == int(turn or 1):
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
