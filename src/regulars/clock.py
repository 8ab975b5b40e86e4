"""Time as a shop sees it: the only reader of the wall clock.

A moment is kept twice: `sec` (UTC seconds) and `day` (days since 1970-01-01 in the shop's zone).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment a question is asked for: facts before `sec` (UTC seconds, exclusive) count; `day` is its shop day.

    >>> AsOf.end_of(date(2018, 1, 1), ZoneInfo("America/New_York"))
    AsOf(day=17532, sec=1514869200)
    """

    day: int
    sec: int

    @classmethod
    def end_of(cls, day: date, zone: ZoneInfo) -> AsOf:
        """The end of a shop day: the first instant of the next one, exclusive."""
        following = day + timedelta(days=1)
        midnight = datetime(following.year, following.month, following.day, tzinfo=zone)
        return cls(day=day_number(day), sec=int(midnight.astimezone(UTC).timestamp()))

    @classmethod
    def now(cls, zone: ZoneInfo) -> AsOf:
        """This moment, in the shop's zone."""
        instant = datetime.now(UTC)
        return cls(day=day_number(instant.astimezone(zone).date()), sec=int(instant.timestamp()) + 1)

    @property
    def date(self) -> date:
        """The shop day as a date."""
        return date_of(self.day)


def day_number(day: date) -> int:
    """Days since 1970-01-01.

    >>> day_number(date(2018, 1, 1))
    17532
    """
    return (day - EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number.

    >>> date_of(17532).isoformat()
    '2018-01-01'
    """
    return EPOCH + timedelta(days=day)


def utc_now() -> datetime:
    """The instant a run starts or a row is written; never used to select facts."""
    return datetime.now(UTC)
