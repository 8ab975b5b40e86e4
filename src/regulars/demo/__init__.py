"""Shops to try Regulars on, made of data that a package brings along; nothing is fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from regulars.errors import UsageError, nearest

SHOPS = ("journey",)
"""The demo shops there are; the first is the default."""


def write(shop: str, folder: Path, *, say: Callable[[str], object] = print) -> None:
    """Make a demo shop's folder: its files, regulars.yaml and two segments of its own.

    Files that are there already, such as a corrected regulars.yaml, are kept. Raises UsageError for an unknown shop, a
    folder that holds something else, or a missing data package.

    >>> write("jurney", Path("nowhere"))
    Traceback (most recent call last):
    regulars.errors.UsageError: unknown demo shop: 'jurney'; did you mean journey?
    """
    if shop not in SHOPS:
        raise UsageError("unknown demo shop", gave=shop, then=nearest(shop, SHOPS))
    from regulars.demo import journey

    journey.write(folder, say=say)
