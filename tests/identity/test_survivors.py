"""The customers table: which of several values is believed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa

from regulars.clock import AsOf, date
from regulars.identity.survivors import schema, survivors
from regulars.sources.canonical import CANONICAL

AS_OF = AsOf.end_of(date(2018, 3, 1), ZoneInfo("Europe/Amsterdam"))
LATER = AS_OF.sec + 10


def known(engine, told):
    for name in ("records", "told"):
        engine.create(name, CANONICAL[name])
    people = {"record_id": [1, 2], "customer_id": [1, 2], "source": ["shop"] * 2, "kind": ["customer"] * 2}
    engine.append("records", pa.table({**people, "external_id": ["C1", "C2"], "load": [1, 1]}))
    columns = ("customer_id", "attribute", "value", "how", "sec", "load", "line")
    rows = [dict(zip(columns, row, strict=True)) | {"record_id": row[0], "source": "crm"} for row in told]
    engine.append("told", pa.Table.from_pylist(rows))
    table = engine.ask(survivors(["city", "birth_date"], AS_OF).order_by("customer_id"))
    assert table.column_names == list(schema(["city", "birth_date"]))
    return [tuple(row.values()) for row in table.to_pylist()]


def test_told_goes_before_observed_and_then_the_newest(engine):
    told = [
        (1, "city", "Utrecht", "told", 100, 1, 1),
        (1, "city", "Ede", "told", 200, 1, 2),
        (1, "city", "Assen", "observed", 300, 2, 1),
        (1, "city", "Oslo", "told", LATER, 2, 2),
        (1, "birth_date", "3711", "told", None, 1, 1),
    ]
    assert known(engine, told) == [(1, "C1", "Ede", 3711), (2, "C2", None, None)]


def test_without_times_the_newest_load_holds_and_in_it_the_last_line(engine):
    told = [
        (2, "city", "Utrecht", "told", None, 2, 1),
        (2, "city", "Ede", "told", None, 2, 2),
        (2, "city", "Assen", "told", None, 1, 9),
    ]
    assert known(engine, told) == [(1, "C1", None, None), (2, "C2", "Ede", None)]
