"""What a reader is told of a segment: its thresholds with their reasons, and what cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from regulars.segments import format as f
from regulars.segments.counting import count
from regulars.segments.explain import why
from regulars.segments.learn import reason
from regulars.segments.phrases import PHRASES
from regulars.segments.ranks import cut_of
from regulars.segments.tree import Percent, Segment, TraitTest, leaves
from regulars.segments.vocabulary import Vocabulary

if TYPE_CHECKING:
    from regulars.traits.parameters import Parameters


def cannot_say(segment: Segment, counts: Mapping[str, int], language: str = "en") -> str | None:
    """What is missing for a segment to mean anything, None where nothing is.

    `counts` are the sizes of the bases (customers, buyers, repeat_buyers).

    >>> from regulars.segments.tree import InSegment
    >>> cannot_say(Segment("a", {}, InSegment("b"), minimum={"repeat_buyers": 30}), {"repeat_buyers": 14})
    'cannot say: 14 repeat buyers, needs 30'
    """
    for base, needs in segment.minimum.items():
        if counts.get(base, 0) < needs:
            n, base_name = f.number(counts.get(base, 0), language), PHRASES[f"n_{base}"][language]
            return PHRASES["cannot_say"][language].format(n=n, base=base_name, needs=f.number(needs, language))
    return None


def thresholds(segment: Segment, parameters: Parameters, language: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The values that a segment's tests of traits turn on, learnt or written, each with its reason.

    One row per test: trait, test, value (as stored: money in minor units), text, learnt, n, reason.
    """
    found: list[dict[str, Any]] = []
    for leaf in leaves(segment.who):
        if isinstance(leaf, TraitTest):
            found += learnt(leaf, parameters, language, vocabulary) or written(leaf, parameters, language, vocabulary)
    return found


def learnt(leaf: TraitTest, parameters: Parameters, language: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The rows of a cut."""
    cut, trait = cut_of(leaf), vocabulary.traits[leaf.trait]
    rows = sorted((row for row in parameters if cut and row.name == cut.name), key=lambda row: row.key)
    return [
        {
            "trait": leaf.trait,
            "test": leaf.test.word,
            "value": row.value,
            "text": f.value(row.value, trait.type, language, vocabulary, book=trait.book),
            "learnt": True,
            "n": row.n,
            "reason": reason(row, language, vocabulary),
        }
        for row in rows
    ]


def written(leaf: TraitTest, parameters: Parameters, language: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The row of a number that the segment itself states."""
    given = leaf.test.values[0]
    if leaf.test.word not in ("at_least", "at_most", "more_than", "less_than"):
        return []
    trait = vocabulary.traits[leaf.trait]
    value = float(given.share if isinstance(given, Percent) else given)  # type: ignore[arg-type]
    if trait.type == "money":
        value = float(round(value * 10**vocabulary.digits))
    row = {"trait": leaf.trait, "test": leaf.test.word, "value": value, "learnt": False, "n": None}
    text = f.value(value, trait.type, language, vocabulary, book=trait.book)
    return [{**row, "text": text, "reason": why_written(leaf.trait, parameters, language)}]


def why_written(trait: str, parameters: Parameters, language: str) -> str:
    """The reason of a written threshold; for a customer's own rhythm, what is usual in the shop."""
    usual = parameters.get("return_days_90")
    if trait not in ("silence_chance", "beyond_rhythm") or usual is None or usual.value is None:
        return PHRASES["fixed"][language]
    slots = {"share": f.share(0.9, language), "days": f.days(usual.value, language)}
    return PHRASES["own_rhythm"][language].format(**slots)


__all__ = ["cannot_say", "count", "thresholds", "why"]
