"""Every condition as a person reads it: see the files in `fixtures`."""

from __future__ import annotations

import pytest

from regulars.segments.conditions import ROWS
from segments import told

FILES = sorted(told.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_fixture_is_what_is_said_and_done(path) -> None:
    fixture = told.parse(path)
    assert told.made(fixture) == fixture.blocks


def test_every_condition_has_a_fixture() -> None:
    assert {row.word for row in ROWS} <= {path.stem for path in FILES}
