"""Why something cannot be said, in whole phrases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars.report.words import Words


def reason(cannot_say: Mapping[str, Any], words: Words) -> str:
    """The sentence for a CannotSay; a kind without a phrase of its own gets the general one.

    >>> reason({"of": "buyers", "n": 14, "needs": 30}, Words.of("en"))
    'Cannot say: 14 buyers, and this needs 30.'
    """
    n, needs = cannot_say["n"], words.number(cannot_say["needs"])
    match cannot_say["of"]:
        case "buyers":
            return words.plural(
                "Cannot say: %(n)s buyer, and this needs %(needs)s.",
                "Cannot say: %(n)s buyers, and this needs %(needs)s.",
                n,
                needs=needs,
            )
        case "good_customers_with_a_rhythm":
            return words.plural(
                "Cannot say: %(n)s of the best customers has a known rhythm, and this needs %(needs)s.",
                "Cannot say: %(n)s of the best customers have a known rhythm, and this needs %(needs)s.",
                n,
                needs=needs,
            )
        case "buyers_with_a_known_price":
            return words.plural(
                "Cannot say: the shelf price is known for %(n)s buyer, and this needs %(needs)s.",
                "Cannot say: the shelf price is known for %(n)s buyers, and this needs %(needs)s.",
                n,
                needs=needs,
            )
        case "customers_with_a_known_value":
            return words.plural(
                "Cannot say: known for %(n)s customer in the group, and this needs %(needs)s.",
                "Cannot say: known for %(n)s customers in the group, and this needs %(needs)s.",
                n,
                needs=needs,
            )
        case "members" | "others":
            return words.plural(
                "Cannot say: %(n)s customer on one side, and this needs %(needs)s.",
                "Cannot say: %(n)s customers on one side, and this needs %(needs)s.",
                n,
                needs=needs,
            )
        case "good_customers":
            return words.say("Cannot say: nobody is in the segment of the best customers.")
        case "total_above_zero":
            return words.say("Cannot say: the total is not above zero.")
        case "segment":
            return words.say("Cannot say: no segment of best customers could be made.")
    return words.say("Cannot say: %(n)s counted, and this needs %(needs)s.", n=words.number(n), needs=needs)
