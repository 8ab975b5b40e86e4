"""Points and periods: what a marketer says about time, resolved to day numbers as of a moment."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.clock import AsOf, date_of, day_number
from regulars.segments.tree import Period, Point

UNITS: Mapping[str, int] = {"day": 36_500, "week": 5_200, "month": 1_200, "year": 100}
"""The units of time and the most of each that may be written."""

MOMENTS: Mapping[str, str] = {"first order": "first_order", "last order": "last_order"}
"""Days of the customer's own, and the trait that holds each."""

CALENDAR = tuple(f"{which} {unit}" for unit in ("week", "month", "quarter", "year") for which in ("this", "previous"))
AMBIGUOUS = re.compile(r"last (day|week|month|quarter|year)")
LAST = re.compile(r"last ([0-9]{1,6}) (day|week|month|year)s?")
AGO = re.compile(r"([0-9]{1,6}) (day|week|month|year)s? ago")
LENGTH = re.compile(r"([0-9]{1,6}) (day|week|month|year)s?")
ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
POINTS = "a date such as 2018-01-31, '120 days ago', today, 'first order' or 'last order'"
PERIODS = "'last 30 days', 'last 6 months', today, 'this month', 'previous month', {from: …, to: …}, {from: …, for: 60 days} or {since: …}"


class Ambiguous(ValueError):
    """Words that mean one period to one reader and another to the next; says how to write each."""


def length(n: str, unit: str) -> tuple[int, str]:
    """A number of units within reason; raises ValueError."""
    if not 1 <= int(n) <= UNITS[unit]:
        raise ValueError(f"1 to {UNITS[unit]} {unit}s")
    return int(n), unit


def read_point(text: str) -> Point:
    """A point in time; raises ValueError with what is allowed, Ambiguous where there are two readings.

    >>> read_point("120 days ago")
    Point(day=None, n=120, unit='day', moment='')
    """
    if text == "today":
        return Point(unit="day")
    if text in MOMENTS:
        return Point(moment=text)
    if match := AGO.fullmatch(text):
        n, unit = length(match[1], match[2])
        return Point(n=n, unit=unit)
    if ISO.fullmatch(text):
        return Point(day=day_number(real_date(text)))
    if match := AMBIGUOUS.fullmatch(text):
        back = {"quarter": "3 months ago"}.get(match[1], f"1 {match[1]} ago")
        raise Ambiguous(f"'{back}' counted back from today, or the day itself, such as 2018-01-31")
    raise ValueError(POINTS)


def real_date(text: str) -> date:
    """A date that exists, from 1900 on; raises ValueError."""
    try:
        day = date.fromisoformat(text)
    except ValueError as refusal:
        raise ValueError(f"a date that exists ({refusal})") from refusal
    if not 1900 <= day.year <= 2200:
        raise ValueError("a date from 1900 to 2200")
    return day


def read_period(text: str) -> Period:
    """A period in words; raises ValueError with what is allowed, Ambiguous where there are two readings.

    >>> read_period("last 14 days")
    Period(word='last', n=14, unit='day', start=None, end=None)
    >>> read_period("last month")
    Traceback (most recent call last):
    regulars.segments.periods.Ambiguous: 'previous month' for the whole calendar month before this one, or 'last 30 days' for the days up to now
    """
    if text == "today" or text in CALENDAR:
        return Period(text)
    if match := AMBIGUOUS.fullmatch(text):
        rolling = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}[match[1]]
        calendar = "{from: 1 days ago, to: 1 days ago}" if match[1] == "day" else f"previous {match[1]}"
        raise Ambiguous(
            f"'{calendar}' for the whole calendar {match[1]} before this one, or 'last {rolling} days' for the days up to now"
        )
    if match := LAST.fullmatch(text):
        n, unit = length(match[1], match[2])
        return Period("last", n, unit)
    raise ValueError(PERIODS)


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last day.

    >>> months_before(date(2024, 3, 31), 1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def back(as_of: AsOf, n: int, unit: str) -> int:
    """The day number n units before the day of as_of."""
    if unit in ("day", "week"):
        return as_of.day - n * (7 if unit == "week" else 1)
    return day_number(months_before(as_of.date, n * (12 if unit == "year" else 1)))


@dataclass(frozen=True, slots=True)
class Window:
    """First and last day, both included; None is open; a column where the customer's own days decide."""

    first: Any = None
    last: Any = None


def day_of(point: Point, as_of: AsOf, own: Mapping[str, Any]) -> Any:
    """The day number of a point; `own` gives the customer's own days by trait name.

    >>> day_of(Point(n=1, unit="day"), AsOf(17532, 0), {})
    17531
    """
    if point.moment:
        return own[MOMENTS[point.moment]]
    return point.day if point.day is not None else back(as_of, point.n, point.unit)


def window(period: Period | None, as_of: AsOf, own: Mapping[str, Any]) -> Window:
    """The days of a period as of a moment; ever is open on both sides.

    >>> window(read_period("last 14 days"), AsOf(17532, 0), {})
    Window(first=17519, last=17532)
    """
    if period is None:
        return Window()
    if period.word == "today":
        return Window(as_of.day, as_of.day)
    if period.word == "last":
        return Window(back(as_of, period.n, period.unit) + 1, as_of.day)
    if period.word in CALENDAR:
        return calendar(period.word, as_of.date)
    return anchored(period, as_of, own)


def anchored(period: Period, as_of: AsOf, own: Mapping[str, Any]) -> Window:
    """The days from a point: up to another, for so many units, or until as_of."""
    assert period.start is not None  # noqa: S101 (a Period is only made by the readers)
    first = day_of(period.start, as_of, own)
    if period.word == "for":
        return Window(first, first + period.n * (7 if period.unit == "week" else 1) - 1)
    return Window(first, day_of(period.end, as_of, own) if period.end else as_of.day)


def calendar(word: str, today: date) -> Window:
    """This or the previous week (from Monday), month, quarter or year; this one ends today.

    >>> calendar("previous month", date(2018, 1, 1))
    Window(first=17501, last=17531)
    """
    which, unit = word.split()
    start = calendar_start(unit, today)
    if which == "this":
        return Window(start, day_number(today))
    return Window(calendar_start(unit, date_of(start - 1)), start - 1)


def calendar_start(unit: str, day: date) -> int:
    """The first day of the calendar unit that a day lies in."""
    if unit == "week":
        return day_number(day) - day.weekday()
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return day_number(date(day.year, month, 1))


def is_personal(period: Period | None) -> bool:
    """Whether the days differ from customer to customer."""
    return period is not None and any(p is not None and p.moment for p in (period.start, period.end))


def point_text(point: Point) -> str:
    """A point as it is written."""
    if point.moment:
        return point.moment
    if point.day is not None:
        return date_of(point.day).isoformat()
    return f"{point.n} {point.unit}{'s' if point.n != 1 else ''} ago" if point.n else "today"


def period_plain(period: Period) -> str | dict[str, str]:
    """A period as it is written.

    >>> period_plain(Period("since", start=Point(moment="first order")))
    {'since': 'first order'}
    """
    plural = f"{period.n} {period.unit}{'s' if period.n != 1 else ''}"
    if period.start is None:
        return f"last {plural}" if period.word == "last" else period.word
    if period.word == "since":
        return {"since": point_text(period.start)}
    end = {"for": plural} if period.end is None else {"to": point_text(period.end)}
    return {"from": point_text(period.start), **end}
