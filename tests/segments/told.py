"""Fixtures that a person can read: a segment, its sentence in three languages, and the shape of its SQL.

A fixture is a text file: the segment's `who` first, then a block per language, then SQL of the flag and, for a count,
of the column that is counted. `python -m segments.told` in `tests/` writes the blocks below each `who` anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from regulars.clock import AsOf
from regulars.engine.compile import to_sql, unbound
from regulars.segments import membership
from regulars.segments.language import read
from regulars.segments.sentence import sentence
from regulars.segments.tree import Segment
from regulars.segments.vocabulary import Vocabulary
from regulars.traits import table
from regulars.traits.catalogue import traits
from regulars.traits.facts import facts
from regulars.traits.parameters import Parameter, Parameters
from regulars.traits.passes import is_aggregate, with_own_days
from regulars.traits.trait import Context, Measure

if TYPE_CHECKING:
    import ibis.expr.types as ir

FOLDER = Path(__file__).parent / "fixtures"
TRAITS = traits(["country", "postcode", "loyalty"])
CODES = {
    "category": {"coffee": 1, "tea": 2, "grinders": 3},
    "store": {"Utrecht": 1, "Delft": 2},
    "brand": {"own": 1},
    "event": {"viewed": 1},
    "discount_kind": {"coupon": 1},
}
AS_OF = AsOf.end_of(date(2018, 1, 1), ZoneInfo("Europe/Amsterdam"))


def learnt(name: str, value: float, kind: str, trait: str, rank: str) -> Parameter:
    reason = {"key": f"cut_{kind}", "trait": trait, "rank": rank, "among": "buyers"}
    return Parameter(name, value, 2469, json.dumps(reason))


CUTS = [
    learnt("cut/revenue/top/20%/buyers", 298723.0, "top", "revenue", "20%"),
    learnt("cut/average_order_value/bottom/25%/buyers", 2150.0, "bottom", "average_order_value", "25%"),
]
WORDS = Vocabulary.of(
    TRAITS,
    codes=CODES,
    segments={"members": {"en": "Members", "nl": "Leden", "da": "Medlemmer"}},
    currency="EUR",
    zone="Europe/Amsterdam",
)
CONTEXT = Context(AS_OF, Parameters.of(CUTS), CODES)
MEMBERS = "schema: segment/1\nname: Members\nwho: {loyalty: yes}\n"


@dataclass(frozen=True)
class Fixture:
    name: str
    about: str
    who: str
    blocks: dict[str, str]


def parse(path: Path) -> Fixture:
    """A fixture's file: `# about`, the YAML, then blocks that begin with `--- name`."""
    head, *rest = path.read_text(encoding="utf-8").split("\n--- ")
    about, _, who = head.partition("\n")
    blocks = dict(block.split("\n", 1) for block in rest)
    return Fixture(
        path.stem, about.removeprefix("# "), who.strip("\n"), {name: text.strip("\n") for name, text in blocks.items()}
    )


def segment(fixture: Fixture) -> Segment:
    """The segment of a fixture's `who`."""
    text = f"schema: segment/1\nname: Made\nwho:\n{indent(fixture.who, '  ')}\n"
    return read(text, f"{fixture.name}.yaml", WORDS)


def made(fixture: Fixture) -> dict[str, str]:
    """What the blocks of a fixture must hold."""
    found = segment(fixture)
    said = {
        code: sentence(found, code, WORDS, CONTEXT.parameters, AS_OF).replace("\xa0", " ")
        for code in ("en", "nl", "da")
    }
    plan = membership.plan([read(MEMBERS, "members.yaml", WORDS), found], WORDS)
    measures = plan.measures(CONTEXT)
    rows = table.stored(TRAITS, measures)
    flag = to_sql(plan.flags(rows, CONTEXT).select("customer_id", found.id), "duckdb")
    counted = [to_sql(shown(measure), "duckdb") for measure in measures]
    return {**said, "sql": flag, **({"counted": "\n;\n".join(counted)} if counted else {})}


def shown(measure: Measure) -> ir.Table:
    """A measure over a table with the name of its fact, whatever that fact is made of."""
    rows = facts(CONTEXT)[measure.over]
    rows = with_own_days(rows, facts(CONTEXT)["orders"]) if measure.own_days else rows
    fact = unbound(measure.over, {name: str(kind) for name, kind in rows.schema().items()})
    value = measure.of(fact, CONTEXT)
    column = {measure.name: value}
    return fact.group_by("customer_id").agg(**column) if is_aggregate(value) else fact.select("customer_id", **column)


def text_of(fixture: Fixture) -> str:
    """A fixture as its file should read."""
    blocks = "".join(f"\n--- {name}\n{text}\n" for name, text in made(fixture).items())
    return f"# {fixture.about}\n{fixture.who}\n{blocks}"


if __name__ == "__main__":
    for file in sorted(FOLDER.glob("*.txt")):
        file.write_text(text_of(parse(file)), encoding="utf-8")
