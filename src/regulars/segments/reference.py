"""The language's reference, made from the rows of the conditions, so that it cannot fall behind them."""

from __future__ import annotations

from collections.abc import Iterable

from regulars.segments.conditions import ITEMS, TESTS
from regulars.segments.events import OWN_TABLES, Event, event
from regulars.segments.vocabulary import STANDARD_EVENTS, Vocabulary

KINDS = {
    "money": "money",
    "count": "counts",
    "number": "numbers",
    "days": "days",
    "share": "shares",
    "text": "texts",
    "code": "words of a list",
    "id": "products and campaigns",
    "flag": "yes or no",
    "date": "dates",
}
"""What the types of values are called where people read."""

VALUES = (
    ("money", "a plain number in the shop's currency: `300` or `12.50`, no thousands marks, no sign"),
    ("counts, numbers", "`3`, `2.5`"),
    ("shares", "`20%` or `0.2`"),
    ("days", "`96` or `96 days`"),
    (
        "texts, words of a list",
        "the text as it stands: `NO`, `0123` and `1e3` stay what they are, with or without quotes",
    ),
    ("yes or no", "`true` or `false`"),
    ("dates", "a point in time, see [Time](#time)"),
)


def tests() -> str:
    """The tests of one value, as a table."""
    rows = [f"| `{row.word}` | {kinds(row.types)} | {row.doc} | `{row.example}` |" for row in TESTS.values()]
    return "\n".join(["| test | can be asked of | what it says | example |", "|---|---|---|---|", *rows])


def kinds(types: Iterable[str]) -> str:
    """The types that a test can be asked of, in words.

    >>> kinds(("flag", "date"))
    'yes or no, dates'
    """
    asked, left = set(types), [name for type, name in KINDS.items() if type not in set(types)]
    if len(left) < 3:
        return f"all but {', '.join(left)}" if left else "everything"
    return ", ".join(name for type, name in KINDS.items() if type in asked)


def items() -> str:
    """The conditions that are not a test of one value, as a table."""
    rows = [f"| `{row.word}` | {row.doc} | `{row.example}` |" for row in ITEMS.values()]
    return "\n".join(["| word | what it says | example |", "|---|---|---|", *rows])


def events() -> str:
    """What can have been done, how it is counted and what `where` may ask of it, as a table."""
    other = event("viewed", Vocabulary.of([]))
    rows = [described(f"`{name}`", kind) for name, kind in OWN_TABLES.items()]
    rest = ", ".join(f"`{name}`" for name in sorted(STANDARD_EVENTS - set(OWN_TABLES)))
    rows.append(described(f"{rest}, and every event of the shop's own", other))
    return "\n".join(["| event | counted by | `where` may ask of |", "|---|---|---|", *rows])


def described(name: str, kind: Event) -> str:
    """One row of the table of events."""
    return f"| {name} | {listed(kind.units)} | {listed(kind.fields)} |"


def listed(names: Iterable[str]) -> str:
    """Names as code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


def values() -> str:
    """How values are written, as a table."""
    rows = [f"| {kind} | {how} |" for kind, how in VALUES]
    return "\n".join(["| value | written as |", "|---|---|", *rows])


def sections() -> dict[str, str]:
    """The generated parts of the page by name; each stands between `<!-- name -->` and `<!-- /name -->`."""
    return {"items": items(), "tests": tests(), "values": values(), "events": events()}


def filled(page: str) -> str:
    """A page with its generated parts as they are now.

    >>> print(filled("<!-- values -->old<!-- /values -->").splitlines()[1])
    | value | written as |
    """
    for name, text in sections().items():
        before, mark, rest = page.partition(f"<!-- {name} -->")
        if mark:
            _, end, after = rest.partition(f"<!-- /{name} -->")
            page = f"{before}{mark}\n{text}\n{end}{after}"
    return page
