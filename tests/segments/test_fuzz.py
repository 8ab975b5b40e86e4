"""Broken files and hostile texts: refused with line and column, or compiled to the same shape as the harmless twin."""

from __future__ import annotations

import json
import os
import random
import re
from decimal import Decimal

import pytest
from ruamel.yaml import YAML

import engines
import small_shops as shops
from regulars.engine.compile import to_sql
from regulars.errors import SegmentError
from regulars.segments import membership
from regulars.segments.language import read
from regulars.segments.sentence import sentence
from regulars.segments.writing import to_yaml
from regulars.traits import table
from regulars.traits.facts import facts
from regulars.traits.parameters import Parameters
from regulars.traits.passes import by_customer
from regulars.traits.trait import Context
from segments import made

TIMES = int(os.environ.get("REGULARS_FUZZ", "1000"))
CONTEXT = Context(shops.AS_OF, Parameters(), made.CODES)

SEED_FILE = """# a comment
schema: segment/1
name: {en: Good customers slipping away, nl: Goede klanten die afhaken}
growing_is: bad
minimum: {repeat_buyers: 30}
who:
  all:
    - revenue: {top: 20%, among: buyers}
    - last_order: {before: 120 days ago}
    - income: [low, "high", 0123]
    - did: bought
      where:
        any:
          - category: coffee
          - not: {store: [Utrecht, Delft]}
      times: {at_least: 3}
      during: last 14 days
    - did_not: viewed
      during: {since: first order}
    - not:
        any:
          - in_segment: layer
          - orders: {between: [6, 12]}
expect: {members: {at_least: 500, at_most: 20000}, weekly_change: {at_most: 25%}, includes: [C019]}
playbook: {goal: win_back, do: [call, "write"], avoid: [discount]}
"""
PIECES = [
    "{", "}", "[", "]", ":", ": ", "- ", "\n", "  ", "\t", "#", "&a ", "*a", "!!str ", "|", ">", "'", '"', "%", "\x00", "\x85",
    "\ufeff", "\U0001f600", "null", "~", "true", ".nan", "-1", "1e999", "0x1F", "99999999999999999999", "last month", "all:",
    "any:", "not:", "did:", "where:", "top:", "<<:", "? ", "---\n", "...\n", "%YAML 1.1\n", "\\", "é", "\u2028",
]  # fmt: skip
PLACE = re.compile(r"^segments/made\.yaml:[0-9]+:[0-9]+: ")


def placed(error: SegmentError) -> None:
    """Every fault says its file, line and column."""
    assert error.faults
    assert all(PLACE.match(str(fault)) for fault in error.faults), error.faults


def mutated(rng: random.Random) -> str:
    text = SEED_FILE
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 3, 20])
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:at] + rng.choice(PIECES) + text[at + length :]
        elif kind == 1:
            text = text[:at] + text[at + rng.randint(1, 30) :]
        elif kind == 2:
            other = rng.randrange(len(text) + 1)
            text = text[:at] + text[other : other + rng.randint(1, 40)] + text[at:]
        else:
            lines = text.split("\n")
            rng.shuffle(lines) if rng.random() < 0.1 else lines.insert(rng.randrange(len(lines)), rng.choice(lines))
            text = "\n".join(lines)
    return text


def test_broken_files_are_refused_with_line_and_column() -> None:
    rng, words = random.Random(20260101), made.words(["layer"])
    refused = 0
    for _ in range(TIMES):
        text = mutated(rng)
        try:
            segment = read(text, "segments/made.yaml", words)
        except SegmentError as error:
            refused += 1
            placed(error)
        else:
            again = read(to_yaml(segment), "segments/made.yaml", words)
            assert again == segment, text
            assert sentence(segment, "nl", words, Parameters(), shops.AS_OF)
    assert TIMES * 0.5 < refused < TIMES, "the mutations are too tame or too wild"


HOSTILE = [
    "'; DROP TABLE canary; --", '"; DROP TABLE canary; --', "' OR '1'='1", "x' OR 1=1 --", "\\", "\\'", "'", "''", '"', "%", "_",
    "%%", "{0}", "{value}", "${x}", "%s", "$1", "?", "*/", "/*", "--", ";", "\n", "\t", "`id`", "$(id)", "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1", "+1", "@SUM(1)", "NO", "0123", "1e3", "null", "~", "true", "é", "\u202e", "\U0001f600", "\u2028", "x" * 400,
    "' || (SELECT 1) || '", "E'\\x41'", "U&'\\0041'", "$$x$$", "{{7*7}}", "\\u0027", "ａ＇", "ʼ", "’", "CAST(1 AS INT)",
]  # fmt: skip
POSITIONS = {
    "is": lambda text: {"income": text},
    "one_of": lambda text: {"income": ["low", text]},
    "is_not": lambda text: {"income": {"is_not": text}},
    "not_in": lambda text: {"income": {"not_in": [text, "low"]}},
    "contains": lambda text: {"income": {"contains": text}},
    "starts_with": lambda text: {"income": {"starts_with": text}},
    "ends_with": lambda text: {"income": {"ends_with": text}},
    "product": lambda text: {"did": "bought", "where": {"product": text}},
    "campaign": lambda text: {"did": "received", "where": {"campaign": [text, "x"]}},
    "code": lambda text: {"top_category": {"contains": text}},
    "category": lambda text: {"did": "bought", "where": {"category": text}},
    "store": lambda text: {"store": text},
    "event": lambda text: {"did": text},
    "trait": lambda text: {text: 3},
    "layer": lambda text: {"in_segment": text},
    "among": lambda text: {"revenue": {"top": "10%", "among": text}},
    "per": lambda text: {"revenue": {"top": "10%", "per": text}},
    "during": lambda text: {"did": "bought", "during": text},
    "date": lambda text: {"last_order": {"before": text}},
    "number": lambda text: {"orders": {"at_least": text}},
    "test": lambda text: {"orders": {text: 3}},
}  # fmt: skip
STANDARD = re.compile(r"'(?:[^']|'')*'")
BACKSLASHED = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
"""A text in SQL: the standard's, and Spark's, where a backslash takes the next character's meaning away."""


def shape(sql: str, dialect: str) -> str:
    """A statement without its texts, ids and line breaks."""
    literal = BACKSLASHED if dialect == "databricks" else STANDARD
    return re.sub(r"\b[0-9]{6,}\b|\bm_[0-9a-f]{16}\b|\s+", "", literal.sub("'T'", sql))


def shapes(who: dict) -> list[str]:
    """The shape of a definition's SQL on each dialect; raises SegmentError where it is refused."""
    words = made.words(["layer"])
    segment = read(made.text_of(who), "segments/made.yaml", words)
    plan = membership.plan([segment], words)
    measures = plan.measures(CONTEXT)
    rows = table.stored(made.TRAITS, measures)
    flags = plan.flags(rows, CONTEXT)
    counted = [by_customer(facts(CONTEXT), measures, CONTEXT)] if measures else []
    dialects = ("duckdb", "postgres", "databricks")
    return [shape(to_sql(query, dialect), dialect) for dialect in dialects for query in (flags, *counted)]


def hostile_texts(count: int) -> list[tuple[str, str]]:
    rng = random.Random(7)
    pairs = [(position, text) for position in POSITIONS for text in HOSTILE]
    while len(pairs) < count:
        text = "".join(rng.choice([*HOSTILE, "x", " ", "0"]) for _ in range(rng.randint(2, 4)))[:450]
        pairs.append((rng.choice(list(POSITIONS)), text))
    return pairs


def test_hostile_texts_are_data_or_refused() -> None:
    """Over a thousand texts in every string position: same statement as with a plain word, or a refusal."""
    twins = {
        position: shapes(make("plain"))
        for position, make in POSITIONS.items()
        if position
        in ("is", "one_of", "is_not", "not_in", "contains", "starts_with", "ends_with", "product", "campaign")
    }
    refused = 0
    for position, text in hostile_texts(TIMES):
        try:
            made_of = shapes(POSITIONS[position](text))
        except SegmentError as error:
            refused += 1
            placed(error)
            continue
        if position in twins:
            assert made_of == twins[position], (position, text)
        else:
            assert position in ("code", "number", "date", "during"), (position, text)
    assert refused > TIMES // 5


@pytest.mark.parametrize("position", ["is", "not_in", "contains", "starts_with", "ends_with"])
def test_a_canary_survives_and_the_text_is_found(position: str) -> None:
    rows = {
        "customers": [{"customer_id": n, "income": text} for n, text in enumerate(HOSTILE)],
        "orders": [], "order_lines": [], "discounts": [], "events": [], "sends": [],
    }  # fmt: skip
    with engines.duckdb_engine() as engine:
        engine.create("canary", {"alive": "int64"})
        shops.fill(engine, rows)
        asked = {f"asked_{n}": POSITIONS[position](text) for n, text in enumerate(HOSTILE)}
        found = made.computed(engine, asked, shops.AS_OF)
        for n, text in enumerate(HOSTILE):
            world = made.world(rows, shops.AS_OF)
            assert found[f"asked_{n}"] == world.members(asked[f"asked_{n}"]), text
            assert (n in found[f"asked_{n}"]) is (position != "not_in")
        assert "canary" in engine.tables()


def test_scalars_survive_as_written() -> None:
    text = "schema: segment/1\nname: Made\nwho: {income: [NO, 0123, 1e3, yes, 'a: b', 2017-01-01, ~x, 1_000, .5]}"
    segment = read(text, "segments/made.yaml", made.words())
    values = ("NO", "0123", "1e3", "yes", "a: b", "2017-01-01", "~x", "1_000", ".5")
    assert segment.who.test.values == values
    written = to_yaml(segment)
    assert read(written, "segments/made.yaml", made.words()) == segment
    for reader in ("rt", "safe"):
        yaml = YAML(typ=reader, pure=True)
        yaml.version = (1, 1)
        assert yaml.load(written)["who"]["income"] == list(values), "another YAML reader sees the same texts"


def test_amounts_keep_every_digit() -> None:
    segment = read(made.text_of({"revenue": {"at_least": "999999999999999.99"}}), "segments/made.yaml", made.words())
    assert segment.who.test.values == (Decimal("999999999999999.99"),)
    assert json.dumps(to_yaml(segment)).count("999999999999999.99") == 1
