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
    }
)
"""The table `parameters`: fitted_at in UTC seconds, valid_from a shop day; a null value means cannot say."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One learnt value; `key` tells apart the rows of one name (a category's code), else 0.

    `value` None means that n was too small to say. `reason` is a sentence's key and its parts, as JSON.
    """

    name: str
    value: float | None
    n: int
    reason: str
    key: int = 0
    fitted_at: int = 0
    valid_from: int = 0


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters in force, by name and key."""

    rows: Mapping[tuple[str, int], Parameter] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Iterable[Parameter], day: int | None = None) -> Parameters:
        """Those in force on a shop day: of each name and key the one with the newest valid_from not after it."""
        rows: dict[tuple[str, int], Parameter] = {}
        for row in sorted(parameters, key=lambda p: (p.valid_from, p.fitted_at)):
            if day is None or row.valid_from <= day:
                rows[row.name, row.key] = row
        return cls(rows)

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
