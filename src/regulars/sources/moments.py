"""Local and UTC seconds as SQL: a shop's zone as the list of its changes, so that no database's own zones are used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 86_400


def changes(zone: ZoneInfo, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """The zone's offsets between two UTC seconds: (from this UTC second on, seconds ahead of UTC).

    >>> changes(ZoneInfo("Europe/Amsterdam"), 1_514_764_800, 1_530_000_000)
    ((1514764800, 3600), (1521939600, 7200))
    """
    found = [(first, _offset(zone, first))]
    for second in range(first, last + DAY, DAY):
        if _offset(zone, second) != found[-1][1]:
            found.append(_change(zone, max(second - DAY, first), second))
    return tuple(found)


@lru_cache(maxsize=100_000)
def _offset(zone: ZoneInfo, second: int) -> int:
    ahead = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def _change(zone: ZoneInfo, before: int, after: int) -> tuple[int, int]:
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (middle, after) if _offset(zone, middle) == _offset(zone, before) else (before, middle)
    return after, _offset(zone, after)


def local_of_utc(second: str, zone: ZoneInfo, first: int, last: int) -> str:
    """Local seconds of an SQL expression in UTC seconds."""
    offsets = changes(zone, first, last)
    return _chain(second, [(start, f"{second} + {ahead}") for start, ahead in offsets])


def utc_of_local(second: str, zone: ZoneInfo, first: int, last: int) -> str:
    """UTC seconds of an SQL expression in local seconds.

    An hour that a clock passes twice means the first time; one that it jumps over means what the clock would have
    shown without the jump.
    """
    offsets = changes(zone, first - 2 * DAY, last + 2 * DAY)
    parts = [(offsets[0][0] - 2 * DAY, f"{second} - ({offsets[0][1]})")]
    for (_, earlier), (start, ahead) in pairwise(offsets):
        parts.append((start + max(earlier, ahead), f"{second} - ({ahead})"))
    return _chain(second, parts)


def _chain(second: str, parts: list[tuple[int, str]]) -> str:
    *later, (_, earliest) = reversed(parts)
    tests = " ".join(f"WHEN {second} >= {start} THEN {value}" for start, value in later)
    return f"CASE {tests} ELSE {earliest} END" if later else earliest
