"""Everything that can go wrong, in words a shop owner can act on.

    RegularsError            whatever reaches a user
    ├── UsageError           the call's words are off: unknown segment, trait, verb, customer
    ├── ShopError            regulars.yaml is wrong, or there is no shop here
    ├── SegmentError         a segment file is wrong
    ├── SourceError          a source's file cannot be read or does not fit its mapping
    ├── Held                 a guard waits for a person's decision
    ├── Busy                 another process is at work                          (retry)
    └── EngineError          the engine refused a statement

An error is a list of faults, so that a file is mended in one go. An error is final unless marked retry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file; line and column count from 1.

    >>> str(Where("segments/vip.yaml", 4, 7))
    'segments/vip.yaml:4:7'
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what, where, what was given, what is allowed, what to do next.

    >>> print(Fault("unknown trait", Where("segments/vip.yaml", 4, 7), gave="revenu", then="did you mean revenue?"))
    segments/vip.yaml:4:7: unknown trait: 'revenu'; did you mean revenue?
    """

    what: str
    where: Where | None = None
    gave: Any = None
    allowed: str | None = None
    then: str | None = None

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        if self.gave is not None:
            head = f"{head}: {self.gave!r}"
        if self.allowed:
            head = f"{head}; allowed: {self.allowed}"
        return f"{head}; {self.then}" if self.then else head


class RegularsError(Exception):
    """A fault, or several of one file, told in full.

    >>> raise UsageError("unknown segment", gave="vipp", then="did you mean vip?")
    Traceback (most recent call last):
    regulars.errors.UsageError: unknown segment: 'vipp'; did you mean vip?
    """

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = 2

    def __init__(self, what: str = "", *, faults: Iterable[Fault] = (), **parts: Any) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults) or (Fault(what, **parts),)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def as_plain(self) -> dict[str, Any]:
        """The error as plain values, to cross the door or leave as JSON."""
        return {"error": type(self).__name__, "retry": self.retry, "faults": [asdict(f) for f in self.faults]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> RegularsError:
        """The error that `as_plain` was made from."""
        every: list[type[RegularsError]] = [RegularsError, *RegularsError.__subclasses__()]
        kinds = {kind.__name__: kind for kind in every}
        faults = [
            Fault(**{**fault, "where": Where(**fault["where"]) if fault["where"] else None})
            for fault in plain["faults"]
        ]
        return kinds.get(plain["error"], RegularsError)(faults=faults)


class UsageError(RegularsError):
    """The call's words are off."""

    @classmethod
    def unknown(cls, what: str, gave: str, known: Iterable[str]) -> Self:
        """An unknown name, with the nearest known one."""
        return cls(f"unknown {what}", gave=gave, then=nearest(gave, known))


class ShopError(RegularsError):
    """regulars.yaml is wrong, or there is no shop here."""


class SegmentError(RegularsError):
    """A segment file is wrong."""


class SourceError(RegularsError):
    """A source's file cannot be read, or does not fit its mapping."""


class Held(RegularsError):
    """A guard waits for a person's decision; nothing was changed."""

    exit_code = 4


class Busy(RegularsError):
    """Another process is at work; the same call may succeed later."""

    retry = True
    exit_code = 3


class EngineError(RegularsError):
    """The engine refused a statement."""

    exit_code = 5


def nearest(gave: str, known: Iterable[str], shown: int = 6) -> str:
    """What to say after an unknown name: the nearest one, or the first few known.

    >>> nearest("revenu", ["orders", "revenue"])
    'did you mean revenue?'
    >>> nearest("zzz", ["orders", "revenue"])
    'known: orders, revenue'
    """
    names = sorted(known)
    if close := get_close_matches(gave, names, n=1):
        return f"did you mean {close[0]}?"
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"known: {', '.join(names[:shown])}{rest}" if names else "none is known"
