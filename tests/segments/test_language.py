"""The language: every tree survives being written, every period means its days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings

from regulars.clock import AsOf, date_of, day_number
from regulars.segments.language import read, read_texts
from regulars.segments.periods import Window, period_plain, read_period, read_point, window
from regulars.segments.writing import plain, to_yaml
from segments import made


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(who=made.definitions)
def test_every_tree_survives_being_written(who: dict) -> None:
    words = made.words(["layer"])
    segment = read(made.text_of(who), "segments/made.yaml", words)
    written = to_yaml(segment)
    again = read(written, "segments/made.yaml", words)
    assert again == segment
    assert again.definition_hash == segment.definition_hash
    assert to_yaml(again) == written, "one canonical shape"


PERIODS = {
    ("today", "2024-03-31"): ("2024-03-31", "2024-03-31"),
    ("last 1 day", "2024-03-31"): ("2024-03-31", "2024-03-31"),
    ("last 30 days", "2024-03-31"): ("2024-03-02", "2024-03-31"),
    ("last 2 weeks", "2024-03-31"): ("2024-03-18", "2024-03-31"),
    ("last 1 month", "2024-03-31"): ("2024-03-01", "2024-03-31"),
    ("last 1 month", "2024-03-15"): ("2024-02-16", "2024-03-15"),
    ("last 1 year", "2024-02-29"): ("2023-03-01", "2024-02-29"),
    ("last 12 months", "2023-12-31"): ("2023-01-01", "2023-12-31"),
    ("this week", "2024-03-31"): ("2024-03-25", "2024-03-31"),
    ("previous week", "2024-01-01"): ("2023-12-25", "2023-12-31"),
    ("this month", "2024-02-29"): ("2024-02-01", "2024-02-29"),
    ("previous month", "2024-03-31"): ("2024-02-01", "2024-02-29"),
    ("previous month", "2024-01-01"): ("2023-12-01", "2023-12-31"),
    ("this quarter", "2024-05-01"): ("2024-04-01", "2024-05-01"),
    ("previous quarter", "2024-01-31"): ("2023-10-01", "2023-12-31"),
    ("this year", "2024-12-31"): ("2024-01-01", "2024-12-31"),
    ("previous year", "2024-01-01"): ("2023-01-01", "2023-12-31"),
}


@pytest.mark.parametrize(("words", "today"), PERIODS)
def test_a_period_is_its_days(words: str, today: str) -> None:
    period = read_period(words)
    found = window(period, AsOf(day_number(date.fromisoformat(today)), 0), {})
    assert (date_of(found.first).isoformat(), date_of(found.last).isoformat()) == PERIODS[words, today]
    assert period_plain(period) == words


def test_a_window_may_stand_on_the_customers_own_days() -> None:
    segment = read(
        made.text_of({"did": "bought", "during": {"from": "first order", "for": "2 weeks"}}), "made.yaml", made.words()
    )
    assert window(segment.who.during, AsOf(100, 0), {"first_order": 40}) == Window(40, 53)
    assert plain(segment.who) == {"did": "bought", "during": {"from": "first order", "for": "2 weeks"}}


@pytest.mark.parametrize(
    "text", ["0 days ago", "36501 days ago", "2201-01-01", "1899-12-31", "2017-02-29", "1 day", "yesterday"]
)
def test_points_out_of_reason_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a date|1 to"):
        read_point(text)


def test_the_hash_is_of_the_meaning() -> None:
    def hashes(base: dict) -> dict[str, str]:
        files = {"base.yaml": made.text_of(base), "user.yaml": made.text_of({"in_segment": "base"})}
        return {segment.id: segment.definition_hash for segment in read_texts(files, made.words())}

    first, same, other = hashes({"orders": 3}), hashes({"orders": {"is": "3"}}), hashes({"orders": 4})
    assert first == same, "two ways to write one thing"
    assert first["user"] != other["user"], "a layer's change changes those that use it"


def test_an_event_that_was_never_recorded_is_said() -> None:
    segment = read(made.text_of({"did_not": "contacted_support"}), "segments/made.yaml", made.words())
    assert segment.notes == ("segments/made.yaml:1:60: the shop has not recorded 'contacted_support' yet",)
    assert read(made.text_of({"did": "bought"}), "segments/made.yaml", made.words()).notes == ()
