"""Rows that stand alone: products, campaigns, people, sends and events, each a unit by its id or its content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.sources import ledger
from regulars.sources.canonical import BOOKS, book
from regulars.sources.moments import DAY
from regulars.sources.orders import has_clock, minute_of, records, shop_second, utc_second
from regulars.sources.sql import content, hashed, quoted

if TYPE_CHECKING:
    from regulars.sources.work import Work

NULL = "CAST(NULL AS {})"


def products(work: Work) -> None:
    """Articles by their id; a newer row of the same id replaces the older one."""
    work.ids("unit_ids", "good", "f_product", "product")
    texts = ", ".join(f"{work.field(name, 'VARCHAR')} AS {name}" for name in ("name", "family", "variant", "kind"))
    unit = "coalesce(f_unit, 'piece')" if work.has("unit") else "'piece'"
    more = f"u.text AS sku, {texts}, {unit} AS unit, {work.money('price')} AS price"
    _things(work, "products", "product_id", "f_product", more)


def campaigns(work: Work) -> None:
    """Campaigns by their id."""
    work.ids("unit_ids", "good", "f_campaign", "campaign")
    more = f"""u.text AS code, {work.field("name", "VARCHAR")} AS name, {work.field("goal", "VARCHAR")} AS goal,
        {work.field("start", "INTEGER")} AS start_day, {work.field("end", "INTEGER")} AS end_day,
        {work.money("cost")} AS cost"""
    _things(work, "campaigns", "campaign_id", "f_campaign", more)


def _things(work: Work, table: str, key: str, column: str, more: str) -> None:
    codes, joins = _codes(work, table)
    work.table(
        "things",
        f"""SELECT u.id AS thing, u.id AS {key}, {more}{codes}, {work.load.id} AS load, g._row AS line
            FROM good AS g JOIN unit_ids AS u ON u.key = g.{column} {joins}""",
    )
    _settle(work, table, key)


def _codes(work: Work, table: str) -> tuple[str, str]:
    columns, joins = "", ""
    for code in BOOKS[table]:
        if not work.has(code):
            columns += f", {NULL.format('INTEGER')} AS {code}"
            continue
        work.codes(f"code_{code}", "good", f"f_{code}", book(table, code))
        columns += f", code_{code}.code AS {code}"
        joins += f" LEFT JOIN code_{code} ON code_{code}.key = g.f_{code}"
    return columns, joins


def _settle(work: Work, table: str, key: str) -> None:
    """Decide over the table `things`, set aside what is needless, send what is new and what changed."""
    _contents(work)
    _repeated(work)
    work.table("fresh", "SELECT thing AS unit, content FROM things")
    counts = ledger.decide(work, "fresh")
    if counts.get("duplicate"):
        _duplicates(work)
    if counts.get("changed"):
        _supersede(work, table, key)
    work.table(
        "sent",
        "SELECT t.*, d.status AS status_now FROM things AS t JOIN decided AS d ON d.unit = t.thing WHERE d.status <> 'duplicate'",
    )
    ledger.hold(work, line="line", rows="(SELECT thing AS unit, content, line, status_now AS status FROM sent)")
    work.send(table, f"SELECT {work.canonical(table)} FROM sent", order_by=(key,))


def _contents(work: Work) -> None:
    columns = [row[0] for row in work.rows("DESCRIBE things") if row[0] not in ("load", "line")]
    parts = ", ".join(f'"{column}"' for column in columns)
    work.table("things", f"SELECT *, {content(parts)} AS content FROM things")


def _repeated(work: Work) -> None:
    """Of a unit told several times in one file the last row holds."""
    work.table(
        "repeated",
        f"""SELECT {work.load.id} AS load, line, {work.load.id} AS by_load, content = last AS same
            FROM (SELECT *, max(line) OVER (PARTITION BY thing) AS newest, arg_max(content, line) OVER (PARTITION BY thing)
                  AS last FROM things) WHERE line <> newest""",
    )
    for reason, test in (("duplicate", "same"), ("superseded", "NOT same")):
        work.table("needless", f"SELECT load, line, by_load FROM repeated WHERE {test}")
        ledger.set_aside(work, "needless", reason)
    work.run("DELETE FROM things WHERE line IN (SELECT line FROM repeated)")


def _duplicates(work: Work) -> None:
    work.table(
        "duplicates",
        """SELECT t.load, t.line, d.was AS by_load FROM things AS t JOIN decided AS d ON d.unit = t.thing
           WHERE d.status = 'duplicate'""",
    )
    ledger.set_aside(work, "duplicates", "duplicate")


def _supersede(work: Work, table: str, key: str) -> None:
    among = ledger.mark_changed(work).format("unit")
    kind = quoted(work.unit_kind)
    work.bring("gone", f"SELECT load, line FROM units WHERE rows_kind = {kind} AND {among}")
    work.table("gone", f"SELECT load, line, {work.load.id} AS by_load FROM gone")
    ledger.set_aside(work, "gone", "superseded")
    where = {"source": work.source.name} if table == "told" else {}
    ledger.retire(work, {table: key}, **where)


def people(work: Work) -> None:
    """People by their id, and what they told: one row per attribute that has a value."""
    work.ids("people", "good", "f_customer", "customer")
    records(work, "people")
    attributes = ", ".join(f"f_attribute_{name} AS attribute_{name}" for name in work.source.attributes)
    work.table(
        "things",
        f"""SELECT p.id AS thing, p.id AS customer_id, p.id AS record_id, {attributes or "1"},
            {utc_second(work, "time", "good")} AS sec, {work.load.id} AS load, g._row AS line
            FROM good AS g JOIN people AS p ON p.key = g.f_customer""",
    )
    if work.source.attributes:
        work.table("told_now", " UNION ALL ".join(_told(work, name) for name in work.source.attributes))
    _settle_people(work)


def _told(work: Work, attribute: str) -> str:
    return f"""SELECT line, {quoted(attribute)} AS attribute, CAST(attribute_{attribute} AS VARCHAR) AS value
        FROM things WHERE attribute_{attribute} IS NOT NULL"""


def _settle_people(work: Work) -> None:
    _contents(work)
    _repeated(work)
    work.table("fresh", "SELECT thing AS unit, content FROM things")
    counts = ledger.decide(work, "fresh")
    if counts.get("duplicate"):
        _duplicates(work)
    if counts.get("changed"):
        _supersede(work, "told", "record_id")
    work.table(
        "sent",
        "SELECT t.*, d.status AS status_now FROM things AS t JOIN decided AS d ON d.unit = t.thing WHERE d.status <> 'duplicate'",
    )
    ledger.hold(work, line="line", rows="(SELECT thing AS unit, content, line, status_now AS status FROM sent)")
    if work.source.attributes:
        work.send(
            "told",
            f"""SELECT s.customer_id, s.record_id, w.attribute, w.value, 'told' AS how, s.sec,
                {quoted(work.source.name)} AS source, s.load, s.line FROM sent AS s JOIN told_now AS w USING (line)""",
            order_by=("customer_id", "attribute"),
        )


def sends(work: Work) -> None:
    """Messages to people; without ids, so the same row of another file is the same message."""
    _facts(work, "sends", "send")


def events(work: Work) -> None:
    """Touchpoints by their message id, else by their content."""
    _facts(work, "events", "event")


def _facts(work: Work, table: str, kind: str) -> None:
    timed = "time" if work.has("time") else None
    if timed:
        moment = utc_second(work, "time", "good")
        clocked = f"g.time_clocked AND {has_clock(work, 'good')}"
    else:
        work.bring("starts", "SELECT campaign_id, start_day FROM campaigns WHERE start_day IS NOT NULL")
        moment, clocked = "CAST(NULL AS BIGINT)", "false"
    columns, joins = _fact_columns(work, table)
    codes, code_joins = _codes(work, table)
    work.table(
        "timed",
        f"SELECT g._row AS line, {work.load.id} AS load, g._file, g._line, {columns}{codes}, {moment} AS sec, {clocked} AS clocked "
        f"FROM good AS g {joins}{code_joins}",
    )
    if not timed:
        _time_of_campaign(work)
    _refuse_without_time(work)
    keyed = "message" if work.has("message") else None
    same = ", ".join(column for column in ("customer_id", "campaign_id", "sec", *BOOKS[table]))
    same += ", product_id, session, value" if table == "events" else ""
    number = f"row_number() OVER (PARTITION BY _file, {same} ORDER BY line)"
    told = f"concat_ws('|', {', '.join(f'coalesce(CAST({c} AS VARCHAR), chr(0))' for c in same.split(', '))}, {number})"
    key = f"coalesce('id|' || message, {told})" if keyed else told
    at = shop_second(work, "timed")
    work.table(
        "things",
        f"""SELECT *, {hashed(work.source.system, kind, "key")} AS thing FROM (
            SELECT * EXCLUDE (_file, _line), {key} AS key, customer_id AS record_id, {at} // {DAY} AS day,
            {minute_of(at)} AS minute FROM timed)""",
    )
    work.table("things", "SELECT *, thing AS event_id, CAST(0 AS BIGINT) AS content FROM things")
    _repeated(work)
    _send_facts(work, table)


def _fact_columns(work: Work, table: str) -> tuple[str, str]:
    """Ids and plain values of sends and events, and the joins that they need."""
    columns, joins = [], ""
    ids = {"customer": "customer_id", "campaign": "campaign_id"}
    ids |= {"product": "product_id", "session": "session"} if table == "events" else {}
    for field, column in ids.items():
        if not work.has(field):
            columns.append(f"{NULL.format('BIGINT')} AS {column}")
            continue
        work.ids(f"ids_{field}", "good", f"f_{field}", field)
        columns.append(f"ids_{field}.id AS {column}")
        joins += f" LEFT JOIN ids_{field} ON ids_{field}.key = g.f_{field}"
    if work.has("customer"):
        records(work, "ids_customer")
    if table == "events":
        columns += [f"CAST({work.field('seconds', 'BIGINT')} AS INTEGER) AS seconds", f"{work.money('value')} AS value"]
        if work.has("message"):
            columns.append("CAST(f_message AS VARCHAR) AS message")
    return ", ".join(columns), joins


def _time_of_campaign(work: Work) -> None:
    """A send without a time of its own happened when its campaign began."""
    from regulars.sources.moments import utc_of_local

    first, last = work.rows(f"SELECT min(start_day) * {DAY}, max(start_day) * {DAY} FROM starts")[0]
    local = f"start_day::BIGINT * {DAY}"
    second = local if first is None else utc_of_local(f"({local})", work.terms.zone, first, last)
    work.table(
        "timed", f"SELECT t.* EXCLUDE (sec), {second} AS sec FROM timed AS t LEFT JOIN starts USING (campaign_id)"
    )


def _refuse_without_time(work: Work) -> None:
    reason = "is missing" if work.has("time") else "is not mapped, and the start of its campaign is not known"
    work.table(
        "timeless",
        f"""SELECT line AS _row, _file, _line, 'time' AS field, {quoted(f"time: {reason}")} AS reason
            FROM timed WHERE sec IS NULL""",
    )
    if ledger.quarantine(work, "timeless"):
        work.run("DELETE FROM timed WHERE sec IS NULL")


def _send_facts(work: Work, table: str) -> None:
    work.table("fresh", "SELECT thing AS unit, content FROM things")
    if ledger.decide(work, "fresh").get("duplicate"):
        _duplicates(work)
    work.table(
        "sent",
        "SELECT t.*, d.status AS status_now FROM things AS t JOIN decided AS d ON d.unit = t.thing WHERE d.status = 'new'",
    )
    ledger.hold(work, line="line", rows="(SELECT thing AS unit, content, line, status_now AS status FROM sent)")
    work.send(table, f"SELECT {work.canonical(table)} FROM sent", order_by=("customer_id", "sec", "line"))
