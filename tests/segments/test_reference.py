"""The language's page says what the rows of the conditions say."""

from __future__ import annotations

from pathlib import Path

from regulars.segments.conditions import ROWS
from regulars.segments.reference import filled, sections

PAGE = Path(__file__).resolve().parents[2] / "docs" / "segments.md"


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in sections())
    assert filled(text) == text, "run: make docs"


def test_every_row_has_all_its_faces() -> None:
    for row in ROWS:
        assert row.doc.endswith("."), row.word
        assert row.example, row.word
        assert row.form, row.word
        assert set(row.sentence) == {"en", "nl", "da"}, row.word
        assert callable(row.predicate), row.word
