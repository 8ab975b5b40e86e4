"""What every engine owes the rooms above it; the same bodies on each."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from regulars.engine.base import Engine
from regulars.engine.compile import unbound
from regulars.errors import EngineError

COLUMNS = {
    "id": "!int64",
    "day": "int32",
    "minute": "int16",
    "share": "float64",
    "kept": "boolean",
    "name": "string",
}
ROWS = [
    {"id": 1, "day": 17532, "minute": 5, "share": 0.25, "kept": True, "name": "Ærø, \"kaffe\"\nen thee; 'x' %s {}"},
    {"id": 2, "day": None, "minute": None, "share": None, "kept": None, "name": None},
    {"id": (1 << 62) + 1, "day": -1, "minute": 0, "share": 1e-6, "kept": False, "name": ""},
]


def arrow(rows: list[dict[str, object]]) -> pa.Table:
    kinds = {"id": pa.int64(), "day": pa.int32(), "minute": pa.int16(), "share": pa.float64(), "kept": pa.bool_()}
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS]))


@pytest.fixture
def filled(engine: Engine) -> Engine:
    engine.create("facts", COLUMNS)
    assert engine.append("facts", arrow(ROWS)) == 3
    return engine


def facts() -> ibis.Table:
    return unbound("facts", COLUMNS)


def test_rows_come_back_as_they_went_in(filled: Engine) -> None:
    answer = filled.ask(facts().order_by("id"))
    assert answer.to_pylist() == ROWS
    assert answer.schema.types == [pa.int64(), pa.int32(), pa.int16(), pa.float64(), pa.bool_(), pa.string()]


def test_a_single_column_keeps_its_unknowns(filled: Engine) -> None:
    """A row of one null is an empty line where rows travel as text."""
    for name in COLUMNS:
        found = filled.ask(facts().order_by("id").select(name)).column(name).to_pylist()
        assert found == [row[name] for row in ROWS]


def test_append_goes_by_column_name(filled: Engine) -> None:
    shuffled = arrow([ROWS[0]]).select(["name", "id", "kept", "share", "minute", "day"])
    assert filled.append("facts", shuffled) == 1
    assert filled.append("facts", facts().filter(facts().id == 2).select("name", "id")) == 1
    assert filled.append("facts", shuffled.to_reader()) == 1
    assert filled.append("facts", shuffled.slice(0, 0)) == 0
    assert filled.ask(facts().count()).column(0).to_pylist() == [6]


def test_make_replaces_a_table_that_its_own_query_reads(filled: Engine) -> None:
    t = facts()
    filled.make("facts", t.filter(t.id < 3).mutate(id=t.id + 1), order_by=["id"])
    assert filled.ask(facts().select("id").order_by("id")).column(0).to_pylist() == [2, 3]


def test_sums_stay_whole_numbers(filled: Engine) -> None:
    t = facts()
    filled.make("sums", t.group_by("kept").agg(days=t.day.sum(), n=t.count()))
    answer = filled.ask(
        unbound("sums", {"kept": "boolean", "days": "int64", "n": "int64"}).select("days", "n").order_by("days")
    )
    assert answer.schema.types == [pa.int64(), pa.int64()]
    assert answer.to_pylist()[:2] == [{"days": -1, "n": 1}, {"days": 17532, "n": 1}]


def test_an_empty_answer_has_its_types(filled: Engine) -> None:
    t = facts()
    answer = filled.ask(t.filter(t.id == 99))
    assert answer.num_rows == 0
    assert answer.schema.field("share").type == pa.float64()


def test_tables_are_created_once_renamed_and_dropped(filled: Engine) -> None:
    filled.create("facts", COLUMNS)
    assert filled.ask(facts().count()).column(0).to_pylist() == [3]
    filled.create("older", COLUMNS)
    filled.rename("facts", "older")
    assert filled.tables() == {"older"}
    assert filled.ask(unbound("older", COLUMNS).count()).column(0).to_pylist() == [3]
    filled.drop("older")
    filled.drop("older")
    assert filled.tables() == frozenset()


def test_text_is_asked_too(filled: Engine) -> None:
    assert filled.ask("SELECT 1 AS one, 'x' AS two").to_pylist() == [{"one": 1, "two": "x"}]


def test_a_refusal_tells_the_statement(engine: Engine) -> None:
    with pytest.raises(EngineError, match="nowhere"):
        engine.ask(unbound("nowhere", {"id": "int64"}))
    assert engine.ask("SELECT 1 AS one").to_pylist() == [{"one": 1}]


# Spark has no transactions over several statements
@pytest.mark.parametrize("engine", ["duckdb", "postgres"], indirect=True)
def test_a_transaction_is_all_or_nothing(filled: Engine) -> None:
    def interrupted() -> None:
        with filled.transaction():
            filled.append("facts", arrow(ROWS))
            filled.make("other", facts())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert filled.tables() == {"facts"}
    assert filled.ask(facts().count()).column(0).to_pylist() == [3]
