"""From a landed file to canonical tables: every row becomes canonical, or is told why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from regulars.errors import SourceError, Where
from regulars.project.mapping import Source
from regulars.sources import ledger, orders, settle, things
from regulars.sources.canonical import CANONICAL, Schema
from regulars.sources.landing import meta, verify
from regulars.sources.ledger import LEDGER
from regulars.sources.sql import content, quoted
from regulars.sources.terms import Terms
from regulars.sources.work import Work

if TYPE_CHECKING:
    from regulars.catalogue.catalogue import Catalogue
    from regulars.catalogue.rows import Load
    from regulars.engine.base import Engine
    from regulars.project import Project

DONE: Schema = {"load": "!int32", "rows": "!int64", "hasher": "!int64"}
"""The loads that are canonical, and what the function that hashed their units makes of a known row."""

HASHER = content("1, 'a', CAST(NULL AS INTEGER), true, 1.5") + " AS hasher"
"""A new version of DuckDB may hash otherwise; contents that were hashed otherwise must not be compared."""

WRITERS: Mapping[str, Callable[[Work], None]] = MappingProxyType(
    {
        "products": things.products,
        "campaigns": things.campaigns,
        "people": things.people,
        "orders": orders.write,
        "order_lines": orders.write,
        "sends": things.sends,
        "events": things.events,
    }
)


def prepare(engine: Engine) -> None:
    """Make the canonical tables and the ledger's, where they are not there yet."""
    for name, columns in {**CANONICAL, **LEDGER, "done_loads": DONE}.items():
        engine.create(name, columns)


def comparable(engine: Engine) -> bool:
    """Whether the contents of the units in a warehouse were hashed as they would be today."""
    from regulars.engine.duckdb import scratch

    if "done_loads" not in engine.tables():
        return True
    if "hasher" not in engine.ask("SELECT * FROM done_loads LIMIT 0").column_names:
        return False
    with scratch() as connection:
        today = connection.execute(f"SELECT {HASHER}").fetchall()
    return engine.ask("SELECT DISTINCT hasher FROM done_loads")["hasher"].to_pylist() in ([], [today[0][0]])


def apply(engine: Engine, catalogue: Catalogue, project: Project, load: Load) -> None:
    """Make one load canonical, inside the caller's transaction; again is the same as once.

    What its rows mean is read from the landed file, not from today's regulars.yaml. Raises ShopError where that file is
    missing or is not the one that was landed.
    """
    import duckdb

    from regulars.engine.duckdb import scratch

    prepare(engine)
    if engine.ask(f"SELECT load FROM done_loads WHERE load = {int(load.id)}").num_rows:
        return
    verify(project, load)
    told = meta(project, load)
    source = Source.from_plain(told["source"])
    terms = Terms.from_plain(told["terms"]) if "terms" in told else Terms.of(project, source)
    settings, temp = project.engine, project.state / "scratch"
    with scratch(threads=settings.threads, memory=settings.memory, temp=temp) as connection:
        try:
            _apply(Work(engine, catalogue, project, load, source, terms, connection))
        except duckdb.Error as refusal:
            where = Where(load.files[0] if load.files else source.name)
            then = f"{str(refusal).splitlines()[0]} (load {load.id}; please report this)"
            raise SourceError("these rows cannot be made canonical", where=where, then=then) from refusal


def _apply(work: Work) -> None:
    path = work.project.landing / work.load.path
    rows = f"read_parquet({quoted(str(path))}, file_row_number = true)"
    work.run(f"CREATE VIEW landed AS SELECT file_row_number + 1 AS _row, * EXCLUDE (file_row_number) FROM {rows}")
    _check(work)
    WRITERS[work.source.rows](work)
    mirror(work)
    settle.settle(work)
    work.send("done_loads", f"SELECT {work.load.id} AS load, count(*) AS rows, {HASHER} FROM landed")


def _check(work: Work) -> None:
    """The tables `good` and, sent to quarantine, `bad`; and the file's own sums."""
    parser = work.parser
    checks = parser.checks()
    cases = " ".join(f"WHEN {check.when} THEN {quoted(check.field)}" for check in checks)
    values = ", ".join(parser.values())
    work.table("parsed", f"SELECT _row, _file, _line, {values}, CASE {cases} END AS bad FROM landed")
    if work.rows("SELECT count(*) FROM parsed WHERE bad IS NOT NULL")[0][0]:
        reasons = ", ".join(f"CASE WHEN {check.when} THEN {check.reason} END" for check in checks)
        work.table(
            "bad",
            f"""SELECT _row, landed._file, landed._line, bad AS field, concat_ws('; ', {reasons}) AS reason
                FROM landed JOIN parsed USING (_row) WHERE bad IS NOT NULL""",
        )
        ledger.quarantine(work, "bad")
    if work.source.has_amount:
        orders.sum_of(work, "file", "parsed")
        orders.sum_of(work, "quarantined", "parsed WHERE bad IS NOT NULL")
    work.run("DELETE FROM parsed WHERE bad IS NOT NULL")
    work.run("ALTER TABLE parsed RENAME TO good")


def mirror(work: Work) -> None:
    """Copy into the engine's table `codes` what the catalogue's code books have and it has not."""
    work.bring("mirrored", "SELECT book, code FROM codes")
    for book, codes in work.catalogue.all_codes().items():
        work.pairs("book", codes)
        work.send(
            "codes",
            f"""SELECT {quoted(book)} AS book, code, text FROM book
                WHERE code NOT IN (SELECT code FROM mirrored WHERE book = {quoted(book)})""",
            order_by=("code",),
        )
