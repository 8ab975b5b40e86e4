"""What was learnt from other customers: cuts, priors, base rates, each with its n, its date and its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "name": "!string",
        "key": "!int64",
        "value": "float64",
        "n": "!int64",
        "reason": "!string",
        "fitted_at": "!int64",
        "valid_from": "!int32",
        "version": "!int64",
    }
)
"""The table `parameters`: fitted_at in UTC seconds, valid_from a shop day, version the one that it was learnt for; a
null value means cannot say."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One learnt value; `key` tells apart the rows of one name (a category's code), else 0.

    `value` None means that n was too small to say. `reason` is a sentence's key and its parts, as JSON. `version` is
    the one that it was learnt for, which alone says what was learnt later: a clock may be set back.
    """

    name: str
    value: float | None
    n: int
    reason: str
    key: int = 0
    fitted_at: int = 0
    valid_from: int = 0
    version: int = 0

    @property
    def learnt(self) -> tuple[int, int, int]:
        """What orders the learnings of one name; rows that agree in it were learnt together."""
        return self.valid_from, self.version, self.fitted_at


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters in force, by name and key."""

    rows: Mapping[tuple[str, int], Parameter] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Iterable[Parameter], day: int | None = None) -> Parameters:
        """Those in force on a shop day: of each name all that was learnt the last time up to then.

        A key that was not learnt again is out of force.

        >>> old = [Parameter("rate", 0.5, 40, "", key=key, version=1) for key in (1, 2)]
        >>> list(Parameters.of([*old, Parameter("rate", 0.4, 50, "", key=1, version=2)]).named("rate").items())
        [(1, 0.4)]
        """
        known = [row for row in parameters if day is None or row.valid_from <= day]
        newest: dict[str, tuple[int, int, int]] = {}
        for row in known:
            newest[row.name] = max(row.learnt, newest.get(row.name, row.learnt))
        return cls({(row.name, row.key): row for row in known if row.learnt == newest[row.name]})

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self.rows.values())

    def get(self, name: str, key: int = 0) -> Parameter | None:
        """The parameter, or None where it was never learnt."""
        return self.rows.get((name, key))

    def value(self, name: str, key: int = 0) -> float | None:
        """The learnt value, or None where it was never learnt or cannot be said."""
        row = self.rows.get((name, key))
        return row.value if row else None

    def named(self, name: str) -> Mapping[int, float]:
        """All known values of one name, by key."""
        return {key: row.value for (given, key), row in self.rows.items() if given == name and row.value is not None}
