"""Who is in which segment: one bit a segment on a word per customer, and intervals with the reason of each change.

A segment keeps its slot for life; 60 slots make a word. Two states are compared word by word, and only what differs
is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from regulars.engine.compile import unbound
from regulars.sources.canonical import CANONICAL
from regulars.sources.ledger import LEDGER, RETIRED

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.duckdb import DuckDB
    from regulars.versions.history import Published

BITS: Final = 60
"""Slots in a word: a signed 64-bit number on every engine, with room to spare."""

REASONS: Final = ("definition", "parameters", "facts", "time")
"""Why a membership changes, in order of precedence."""


def place(slot: int) -> tuple[int, int]:
    """The word of a slot and its bit in there.

    >>> place(0), place(61)
    ((0, 1), (1, 2))
    """
    return slot // BITS, 1 << (slot % BITS)


def width(slots: Mapping[str, int]) -> int:
    """How many words hold these slots; at least one.

    >>> width({"vip": 59}), width({"vip": 60})
    (1, 2)
    """
    return max(slots.values(), default=0) // BITS + 1


def words(flags: ir.Table, slots: Mapping[str, int], count: int) -> ir.Table:
    """Boolean columns, one a segment, packed into `w0`, `w1`…; segments without a slot are left out."""
    import ibis

    packed = {f"w{word}": ibis.literal(0, "int64") for word in range(count)}
    for segment, slot in slots.items():
        if segment in flags.columns:
            word, bit = place(slot)
            packed[f"w{word}"] += ibis.ifelse(flags[segment], ibis.literal(bit, "int64"), ibis.literal(0, "int64"))
    return flags.select("customer_id", **{name: value.cast("int64") for name, value in packed.items()})


def columns_in(engine: DuckDB, name: str) -> list[str]:
    """The words that a table has, none where there is no table."""
    if name not in engine.tables():
        return []
    return [column for column in engine.ask(f"SELECT * FROM {name} LIMIT 0").column_names if column != "customer_id"]


def keep(engine: DuckDB, segments: Iterable[str], slots: Mapping[str, int]) -> None:
    """In `words_next`, give segments the members that they have in `words`."""
    before = columns_in(engine, "words")
    masks: dict[str, int] = {}
    for segment in segments:
        word, bit = place(slots[segment])
        if f"w{word}" in before:
            masks[f"w{word}"] = masks.get(f"w{word}", 0) | bit
    if masks:
        sets = ", ".join(f"{w} = (words_next.{w} & ~({m})) | (words.{w} & {m})" for w, m in masks.items())
        engine.run(f"UPDATE words_next SET {sets} FROM words WHERE words.customer_id = words_next.customer_id")


def clear(engine: DuckDB, segments: Iterable[str], slots: Mapping[str, int]) -> None:
    """In `words_next`, empty these segments."""
    for segment in segments:
        word, bit = place(slots[segment])
        engine.run(f"UPDATE words_next SET w{word} = w{word} & ~({bit}) WHERE w{word} & {bit} <> 0")


def members(engine: DuckDB, slots: Mapping[str, int], table: str = "words") -> dict[str, int]:
    """How many customers each segment has, in one pass."""
    known = columns_in(engine, table)
    placed = {segment: place(slot) for segment, slot in slots.items() if f"w{slot // BITS}" in known}
    if not placed:
        return dict.fromkeys(slots, 0)
    counts = ", ".join(
        f"CAST(coalesce(sum(CASE WHEN w{word} & {bit} <> 0 THEN 1 ELSE 0 END), 0) AS BIGINT) AS c{slots[segment]}"
        for segment, (word, bit) in placed.items()
    )
    row = engine.ask(f"SELECT {counts} FROM {table}").to_pylist()[0]
    return {segment: int(row.get(f"c{slot}", 0)) for segment, slot in slots.items()}


def find_changes(engine: DuckDB, slots: Mapping[str, int], reasons: Mapping[str, str], touched: str) -> None:
    """Make `changes` of what differs between `words` and `words_next`: segment, customer_id, entered, reason.

    `reasons` names the segments whose every change has one cause (definition, parameters); for the others it is
    `facts` where the customer is in the query `touched` (one column, customer_id), else `time`.
    """
    import pyarrow as pa

    placed = {segment: place(slot) for segment, slot in slots.items()}
    rows = [
        {"segment": segment, "word": word, "bit": bit, "reason": reasons.get(segment)}
        for segment, (word, bit) in placed.items()
    ]
    if unknown := set(reasons.values()) - set(REASONS):
        raise ValueError(f"no reason for a change: {sorted(unknown)}")
    schema = pa.schema([("segment", pa.string()), ("word", pa.int32()), ("bit", pa.int64()), ("reason", pa.string())])
    engine.drop("slots")
    engine.create("slots", {"segment": "string", "word": "int32", "bit": "int64", "reason": "string"})
    engine.append("slots", pa.Table.from_pylist(rows, schema))
    engine.run(f"CREATE OR REPLACE TABLE changes AS {changes_query(engine, touched)}")
    engine.drop("slots")


def changes_query(engine: DuckDB, touched: str) -> str:
    """The query over `words`, `words_next` and `slots` that says who entered and who left, and why."""
    before, after = columns_in(engine, "words"), columns_in(engine, "words_next")
    old = {word: f"coalesce(b.{word}, 0)" if word in before else "CAST(0 AS BIGINT)" for word in after}
    new = {word: f"coalesce(a.{word}, 0)" for word in after}
    differ = " OR ".join(f"{old[word]} <> {new[word]}" for word in after)
    columns = ", ".join(f"{old[word]} AS o{word}, {new[word]} AS n{word}" for word in after)
    join = "FULL JOIN words b ON b.customer_id = a.customer_id" if before else ""
    key = "coalesce(a.customer_id, b.customer_id)" if before else "a.customer_id"
    each = " UNION ALL ".join(
        f"SELECT s.segment, m.customer_id, n{word} & s.bit <> 0 AS entered, coalesce(s.reason, m.reason) AS reason "
        f"FROM told m JOIN slots s ON s.word = {word[1:]} AND o{word} & s.bit <> n{word} & s.bit"
        for word in after
    )
    return (
        f"WITH moved AS (SELECT {key} AS customer_id, {columns} FROM words_next a {join} WHERE {differ}), "
        f"touched AS (SELECT DISTINCT customer_id FROM ({touched})), "
        "told AS (SELECT m.*, CASE WHEN t.customer_id IS NULL THEN 'time' ELSE 'facts' END AS reason "
        f"FROM moved m LEFT JOIN touched t ON t.customer_id = m.customer_id) {each}"
    )


def apply_changes(engine: DuckDB, version: int, day: int) -> tuple[int, int]:
    """Write `changes` into the intervals and let `words_next` be `words`; how many entered and left."""
    entered = engine.ask("SELECT count(*) AS n, count(*) FILTER (entered) AS e FROM changes").to_pylist()[0]
    engine.run(
        "INSERT INTO memberships BY NAME SELECT segment, customer_id, "
        f'CAST({day} AS INTEGER) AS entered, NULL AS "left", reason, NULL AS left_reason, '
        f"CAST({version} AS BIGINT) AS version, NULL AS left_version FROM changes WHERE entered"
    )
    engine.run(
        f'UPDATE memberships SET "left" = {day}, left_reason = c.reason, left_version = {version} FROM changes c '
        'WHERE NOT c.entered AND memberships."left" IS NULL '
        "AND memberships.segment = c.segment AND memberships.customer_id = c.customer_id"
    )
    engine.drop("changes")
    engine.rename("words_next", "words")
    return entered["e"], entered["n"] - entered["e"]


def changes_of(engine: DuckDB, version: int) -> list[dict[str, object]]:
    """How many entered and left each segment in a version, the segments without a change left out."""
    number = int(version)
    rows: list[dict[str, object]] = engine.ask(
        f"SELECT segment, count(*) FILTER (version = {number}) AS entered, "
        f'count(*) FILTER (left_version = {number}) AS "left" FROM memberships '
        f"WHERE version = {number} OR left_version = {number} GROUP BY segment ORDER BY segment"
    ).to_pylist()
    return rows


def touched_since(load: int) -> str:
    """The query of the customers who have rows of newer loads than this one, or had rows that those superseded."""
    each = (
        f"SELECT customer_id FROM {name} WHERE load > {int(load)} AND customer_id IS NOT NULL"
        for name, columns in {**CANONICAL, RETIRED: LEDGER[RETIRED]}.items()
        if {"customer_id", "load"} <= columns.keys()
    )
    return " UNION ALL ".join(each)


def flags(engine: DuckDB, slots: Mapping[str, int]) -> ir.Table:
    """The published words unpacked: customer_id and one boolean a segment; a segment without a word has nobody."""
    import ibis

    known = columns_in(engine, "words")
    stored = unbound("words", {"customer_id": "!int64", **dict.fromkeys(known, "!int64")})
    unpacked: dict[str, ir.Value] = {}
    for segment, slot in slots.items():
        word, bit = place(slot)
        unpacked[segment] = (
            (stored[f"w{word}"] & ibis.literal(bit, "int64")) != 0 if f"w{word}" in known else ibis.literal(False)
        )
    return stored.select("customer_id", **unpacked)


def restore(engine: DuckDB, published: Iterable[Published]) -> None:
    """The intervals, out of the changes of every version."""
    import pyarrow as pa
    from pyarrow import parquet

    engine.create(
        "replayed",
        {
            "segment": "string",
            "customer_id": "int64",
            "change": "string",
            "reason": "string",
            "version": "int64",
            "day": "int32",
        },
    )
    for one in published:
        changes = parquet.read_table(one.changes)
        count = changes.num_rows
        number, day = one.version.version, one.version.as_of_day
        changes = changes.append_column("version", pa.array([number] * count, pa.int64()))
        engine.append("replayed", changes.append_column("day", pa.array([day] * count, pa.int32())))
    engine.run(
        "INSERT INTO memberships BY NAME SELECT segment, customer_id, day AS entered, "
        'next_day AS "left", reason, next_reason AS left_reason, version, next_version AS left_version FROM ('
        "SELECT *, lead(day) OVER w AS next_day, lead(reason) OVER w AS next_reason, "
        "lead(version) OVER w AS next_version FROM replayed "
        "WINDOW w AS (PARTITION BY segment, customer_id ORDER BY version)) "
        "WHERE change = 'entered' ORDER BY version, segment, customer_id"
    )
    engine.drop("replayed")


def restore_words(engine: DuckDB, slots: Mapping[str, int]) -> None:
    """The words, out of the intervals that are open, for every customer of the table of traits."""
    engine.drop("words")
    count = width(slots)
    summed = {f"w{word}": "0" for word in range(count)}
    for segment, slot in slots.items():
        word, bit = place(slot)
        quoted = segment.replace("'", "''")
        summed[f"w{word}"] += f" + max(CASE WHEN m.segment = '{quoted}' THEN {bit} ELSE 0 END)"
    columns = ", ".join(f"CAST({total} AS BIGINT) AS {word}" for word, total in summed.items())
    engine.run(
        f"CREATE TABLE words AS SELECT t.customer_id, {columns} FROM traits t LEFT JOIN memberships m "
        'ON m.customer_id = t.customer_id AND m."left" IS NULL GROUP BY t.customer_id ORDER BY t.customer_id'
    )
