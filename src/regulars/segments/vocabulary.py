"""What a shop's segments may speak of: its traits, events, code books and other segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from zoneinfo import ZoneInfo

from regulars.traits.trait import FIXED_BOOKS, Trait

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CALENDAR: Mapping[str, Mapping[str, int]] = {
    **FIXED_BOOKS,
    "month": {name: number for number, name in enumerate(MONTHS, 1)},
}
"""Code books that every shop has."""

STANDARD_EVENTS = frozenset(
    [
        "bought",
        "returned",
        "viewed",
        "searched",
        "added_to_cart",
        "started_checkout",
        "wished",
        "reviewed",
        "visited",
        "received",
        "opened",
        "clicked",
        "unsubscribed",
        "contacted_support",
        "redeemed",
    ]
)
"""Events that a segment may name before the shop has recorded one."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one shop.

    `codes` maps a code book to its texts and their codes; `segments` maps ids to names by language; `sizes` maps a
    code book to the number of customers who prefer each code, for library segments that exist once per code; `systems`
    are those that number products and campaigns.
    """

    traits: Mapping[str, Trait]
    events: frozenset[str] = frozenset()
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    segments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    currency: str = "EUR"
    digits: int = 2
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    language: str = "en"
    first_day: int | None = None
    last_day: int | None = None
    sizes: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    systems: tuple[str, ...] = ("shop",)

    @classmethod
    def of(
        cls,
        traits: Mapping[str, Trait] | Iterable[Trait],
        *,
        events: Iterable[str] = (),
        codes: Mapping[str, Mapping[str, int]] | None = None,
        segments: Mapping[str, Mapping[str, str]] | Iterable[str] = (),
        currency: str = "EUR",
        digits: int = 2,
        zone: ZoneInfo | str = "UTC",
        language: str = "en",
        first_day: int | None = None,
        last_day: int | None = None,
        sizes: Mapping[str, Mapping[int, int]] | None = None,
        systems: Iterable[str] = ("shop",),
    ) -> Self:
        """A vocabulary from plain arguments; `codes["event"]` adds to the events that were recorded.

        >>> Vocabulary.of([], segments=["vip"], codes={"store": {"Utrecht": 1}}).code("store", "utrecht")
        1
        """
        books = {**CALENDAR, **(codes or {})}
        named = traits if isinstance(traits, Mapping) else {trait.name: trait for trait in traits}
        return cls(
            traits=named,
            events=frozenset(events) | frozenset(books.get("event", ())),
            codes=books,
            segments=segments if isinstance(segments, Mapping) else {id: {} for id in segments},
            currency=currency,
            digits=digits,
            zone=ZoneInfo(zone) if isinstance(zone, str) else zone,
            language=language,
            first_day=first_day,
            last_day=last_day,
            sizes=sizes or {},
            systems=tuple(systems),
        )

    def with_segments(self, segments: Mapping[str, Mapping[str, str]]) -> Vocabulary:
        """The same words and these segments as well."""
        return replace(self, segments={**self.segments, **segments})

    def spelled(self, book: str, text: str) -> str | None:
        """How the book writes a text: as given, else the only one that differs by capitals, else None."""
        texts = self.codes.get(book, {})
        if text in texts:
            return text
        folded = [known for known in texts if known.casefold() == text.casefold()]
        return folded[0] if len(folded) == 1 else None

    def code(self, book: str, text: str) -> int | None:
        """The code of a text, None where the book does not have it."""
        known = self.spelled(book, text)
        return None if known is None else self.codes[book][known]

    def text(self, book: str, code: int) -> str | None:
        """The text of a code, None where the book does not have it."""
        return next((text for text, known in self.codes.get(book, {}).items() if known == code), None)

    def segment_name(self, id: str, language: str) -> str:
        """What a segment is called in a language, else in English, else its id."""
        names = self.segments.get(id, {})
        return names.get(language) or names.get("en") or id
