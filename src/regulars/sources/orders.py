"""Orders and their lines: the order is the unit, its money in minor units, its lines with their product's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.sources import ledger
from regulars.sources.canonical import BOOKS, book
from regulars.sources.moments import DAY, local_of_utc, utc_of_local
from regulars.sources.money import Amounts, amounts
from regulars.sources.parsing import FLAGGED
from regulars.sources.sql import content, minor, quoted

if TYPE_CHECKING:
    from regulars.sources.work import Work

HEAD_CODES = BOOKS["orders"]
LINE_CODES = BOOKS["order_lines"]


def write(work: Work) -> None:
    """Orders, lines and discounts of a load out of the table `good`; see the module for what holds afterwards."""
    if not work.terms.headed:
        _refuse_without_time(work)
    _keep_last_of_each_order(work)
    _heads(work)
    money = amounts(work)
    if work.terms.lined:
        _lines(work, money)
    _contents(work, money)
    counts = ledger.decide(work, "fresh")
    _set_aside(work, counts)
    _send(work, money)
    _records(work)
    _notes(work)


def _keep_last_of_each_order(work: Work) -> None:
    """Of an order that several files of a load tell, the last file's rows hold; in a file of orders, its last row.

    An earlier telling is superseded, or a duplicate where it says the same, as if the files had come one by one.
    """
    one_row = work.source.rows == "orders"
    if len(work.load.files) == 1 and not one_row:
        return
    telling, tellings = ("_row", "count(*)") if one_row else ("_file", "count(DISTINCT _file)")
    columns = [row[0] for row in work.rows("DESCRIBE good") if row[0] not in ("_row", "_file", "_line", "bad")]
    work.table(
        "tellings",
        f"""SELECT f_order, {telling}, max(_row) AS until, sum({content(", ".join(columns))}) AS says FROM good
            WHERE f_order IN (SELECT f_order FROM good GROUP BY f_order HAVING {tellings} > 1)
            GROUP BY f_order, {telling}""",
    )
    work.table(
        "repeated",
        f"""SELECT {work.load.id} AS load, g._row AS line, {work.load.id} AS by_load, t.says = t.last AS same
            FROM good AS g JOIN (
                SELECT *, arg_max(says, until) OVER (PARTITION BY f_order) AS last FROM tellings
                QUALIFY until <> max(until) OVER (PARTITION BY f_order)
            ) AS t USING (f_order, {telling})""",
    )
    for reason, test in (("duplicate", "same"), ("superseded", "NOT same")):
        work.table("needless", f"SELECT load, line, by_load FROM repeated WHERE {test}")
        ledger.set_aside(work, "needless", reason)
        sum_of(work, reason, "good JOIN needless ON good._row = needless.line")
    work.run("DELETE FROM good WHERE _row IN (SELECT line FROM repeated)")


def _heads(work: Work) -> None:
    """One row per order: the smallest value that its rows give for each field, so that their order does not matter."""
    fields = ["f_customer", *(f"f_{code}" for code in HEAD_CODES)]
    firsts = [f"min({name}) AS {name}" for name in fields if work.has(name[2:])]
    firsts += [
        f"min({field}_{side}) AS {field}_{side}"
        for field in ("time", "cancelled")
        if work.has(field)
        for side in ("naive", "aware")
    ]
    firsts += [f"bool_or({flag}) AS {flag}" for flag in (*_clocked(work), *_flagged(work))]
    firsts.append("min(f_customer) <> max(f_customer) AS two" if work.has("customer") else "false AS two")
    firsts += [f"coalesce(bool_or({work.field('test', 'BOOLEAN')}), false) AS test"]
    firsts += [f"min({work.money('shipping')}) AS shipping"]
    work.table("heads", f"SELECT f_order AS key, min(_row) AS line, {', '.join(firsts)} FROM good GROUP BY f_order")
    work.ids("order_ids", "heads", "key", "order")
    if work.has("customer"):
        work.ids("customers", "heads", "f_customer", "customer")
    for code in HEAD_CODES:
        if work.has(code):
            work.codes(f"code_{code}", "heads", f"f_{code}", book("orders", code))
    _moments(work)
    if work.terms.headed:
        _moments_of_headers(work)


def _moments(work: Work) -> None:
    """The table `orders_new`: heads with ids, codes and moments."""
    codes = ", ".join(
        f"code_{code}.code AS {code}" if work.has(code) else f"CAST(NULL AS INTEGER) AS {code}" for code in HEAD_CODES
    )
    joins = "".join(f" LEFT JOIN code_{c} ON code_{c}.key = heads.f_{c}" for c in HEAD_CODES if work.has(c))
    clocked = f"heads.time_clocked AND {has_clock(work, 'heads')}" if work.has("time") else "false"
    person = "customers.id" if work.has("customer") else "CAST(NULL AS BIGINT)"
    if work.has("customer"):
        joins += " LEFT JOIN customers ON customers.key = heads.f_customer"
    timed = f"""
        SELECT heads.key, order_ids.id AS order_id, order_ids.text AS order_no, {person} AS customer_id,
            {utc_second(work, "time")} AS sec, {codes}, heads.shipping, {utc_second(work, "cancelled")} AS told_cancelled,
            {"heads.cancelled_flag" if work.has("cancelled") else "false"} AS cancelled, {clocked} AS clocked, heads.test, {work.load.id} AS load, heads.line
        FROM heads JOIN order_ids ON order_ids.key = heads.key {joins}"""
    work.table("timed", timed)
    work.table(
        "orders_new",
        f"""SELECT * EXCLUDE (local, clocked, told_cancelled, cancelled), local // {DAY} AS day,
            {minute_of("local")} AS minute, coalesce(told_cancelled, CASE WHEN cancelled THEN sec END) AS cancelled_sec,
            customer_id AS record_id FROM (SELECT *, {shop_second(work, "timed")} AS local FROM timed)""",
    )


def _clocked(work: Work) -> list[str]:
    return ["time_clocked"] if work.has("time") else []


def _flagged(work: Work) -> list[str]:
    return [f"{field}_flag" for field in FLAGGED if work.has(field)]


def minute_of(local: str) -> str:
    """The SQL of a minute of the day out of seconds on the shop's clock, unknown where `clocked` is not true."""
    return f"CASE WHEN clocked THEN ({local} % {DAY}) // 60 END"


def has_clock(work: Work, table: str) -> str:
    """Whether any moment of a load is another than midnight, as SQL: if none is, its dates only look like moments."""
    other = f"time_aware IS NOT NULL OR time_naive % {DAY} <> 0"
    return "true" if work.rows(f"SELECT 1 FROM {table} WHERE {other} LIMIT 1") else "false"


def utc_second(work: Work, field: str, table: str = "heads") -> str:
    """The UTC seconds of a time field, out of what was written on the shop's clock or in UTC."""
    if not work.has(field):
        return "CAST(NULL AS BIGINT)"
    first, last = work.rows(f"SELECT min({field}_naive), max({field}_naive) FROM {table}")[0]
    if first is None:
        return f"{field}_aware"
    return f"coalesce({field}_aware, {utc_of_local(f'{field}_naive', work.terms.zone, first, last)})"


def shop_second(work: Work, table: str) -> str:
    """The seconds on the shop's clock of the column sec."""
    first, last = work.rows(f"SELECT min(sec), max(sec) FROM {table}")[0]
    return "sec" if first is None else f"({local_of_utc('sec', work.terms.zone, first, last)})"


def _refuse_without_time(work: Work) -> None:
    """Rows of an order for which no row of their file gives a time go to quarantine."""
    timed = "coalesce(time_naive, time_aware)" if work.has("time") else "NULL"
    if not work.rows(f"SELECT 1 FROM good WHERE {timed} IS NULL LIMIT 1"):
        return
    work.table(
        "timeless",
        f"""SELECT _row, _file, _line, 'time' AS field, 'time: is missing' AS reason
           FROM good QUALIFY count({timed}) OVER (PARTITION BY _file, f_order) = 0""",
    )
    if ledger.quarantine(work, "timeless"):
        sum_of(work, "quarantined", "good SEMI JOIN timeless USING (_row)")
        work.run("DELETE FROM good WHERE _row IN (SELECT _row FROM timeless)")


def _moments_of_headers(work: Work) -> None:
    """Lines whose orders another source tells take person and moment from there; what is untold is pending."""
    work.bring_of(
        "headers",
        "SELECT order_id AS key FROM orders_new",
        """SELECT o.order_id, o.customer_id, o.record_id, o.sec, o.day, o.minute
           FROM orders AS o JOIN asked ON asked.key = o.order_id""",
    )
    work.table(
        "orders_new",
        """SELECT n.* EXCLUDE (customer_id, record_id, sec, day, minute), h.customer_id, h.record_id, h.sec, h.day,
           h.minute FROM orders_new AS n LEFT JOIN headers AS h USING (order_id)""",
    )


def _lines(work: Work, money: Amounts) -> None:
    """The table `lines_new`: one row per good row, with its order's moment and its product's codes."""
    work.bring("known", "SELECT product_id, department, category, type, brand, unit FROM products")
    joins, product = "", "CAST(NULL AS BIGINT)"
    if work.source.rows == "order_lines" and work.has("product"):
        work.ids("product_ids", "good", "f_product", "product")
        joins, product = " LEFT JOIN product_ids AS p ON p.key = g.f_product", "p.id"
    codes = []
    for code in LINE_CODES:
        own = work.source.rows == "order_lines" and work.has(code)
        if own:
            work.codes(f"code_{code}", "good", f"f_{code}", book("order_lines", code))
            joins += f" LEFT JOIN code_{code} ON code_{code}.key = g.f_{code}"
        codes.append(f"coalesce(k.{code}, code_{code}.code) AS {code}" if own else f"k.{code} AS {code}")
        codes.append(f"code_{code}.code AS told_{code}" if own else f"CAST(NULL AS INTEGER) AS told_{code}")
    quantity = "coalesce(f_quantity, 1)" if work.source.rows == "order_lines" and work.has("quantity") else "1"
    given = f"""
        SELECT o.order_id, CAST(g._row - o.line + 1 AS INTEGER) AS line_no, o.customer_id, o.record_id, o.sec, o.day,
            o.minute, {product} AS product_id, {", ".join(codes)}, k.product_id IS NULL AS unknown_product,
            {minor(quantity, 3)} AS quantity_milli, {items(quantity, "k.unit")} AS items,
            {money.columns("g")}, {work.load.id} AS load, g._row AS line
            FROM good AS g JOIN orders_new AS o ON o.key = g.f_order {joins}
            LEFT JOIN known AS k ON k.product_id = {product}"""
    work.table("lines_new", money.derived(f"({given})"))


def items(quantity: str, unit: str) -> str:
    """How many items a quantity is: whole pieces count each; a weight, a volume or an amount is one item."""
    whole = f"coalesce({unit}, 'piece') = 'piece' AND {quantity} = trunc({quantity})"
    return f"CAST(CASE WHEN {whole} THEN {quantity} ELSE sign({quantity}) END AS BIGINT)"


def _contents(work: Work, money: Amounts) -> None:
    """The table `fresh`: of each order a number that changes when anything told of it changes, in whatever order.

    What a line has from its product is left out: that is told elsewhere, and changes with it.
    """
    head = "customer_id, sec, cancelled_sec, shipping, test, " + ", ".join(HEAD_CODES)
    head = head if not work.terms.headed else "order_id"
    heads = f"SELECT order_id AS unit, hash({head}) AS part FROM orders_new"
    if work.terms.lined:
        parts = f"product_id, quantity_milli, list, discount, net, tax, cost, {money.itemised}, "
        parts += ", ".join(f"told_{code}" for code in LINE_CODES)
        heads += f" UNION ALL SELECT order_id, hash(1, {parts}) FROM lines_new"
    content = "CAST(sum(part) % 9223372036854775807 AS BIGINT)"
    work.table("fresh", f"SELECT unit, {content} AS content FROM ({heads}) GROUP BY unit")


def _set_aside(work: Work, counts: dict[str, int]) -> None:
    rows = "lines_new" if work.source.rows == "order_lines" else "orders_new"
    if counts.get("duplicate"):
        work.table(
            "duplicates",
            f"""SELECT r.load, r.line, d.was AS by_load FROM {rows} AS r JOIN decided AS d ON d.unit = r.order_id
                WHERE d.status = 'duplicate'""",
        )
        ledger.set_aside(work, "duplicates", "duplicate")
        sum_of(work, "duplicate", "good JOIN duplicates ON duplicates.line = good._row")
    if counts.get("changed"):
        _supersede(work)
    if counts.get("duplicate"):
        for table in ("orders_new", "lines_new") if work.terms.lined else ("orders_new",):
            work.run(f"DELETE FROM {table} WHERE order_id IN (SELECT unit FROM decided WHERE status = 'duplicate')")
    work.run("DROP TABLE good")


def _supersede(work: Work) -> None:
    """The changed orders leave the engine; their rows and money are kept as set aside from the loads they came with."""
    among = ledger.mark_changed(work).format("order_id")
    tables = ["order_lines", "pending_lines"] if work.source.rows == "order_lines" else ["orders"]
    gone = " UNION ALL ".join(f"SELECT load, line FROM {table} WHERE {among}" for table in tables)
    work.bring("gone", gone)
    work.table("gone", f"SELECT load, line, {work.load.id} AS by_load FROM gone")
    ledger.set_aside(work, "gone", "superseded")
    if work.terms.lined:
        for load_sums in money_by_load(among):
            work.bring("gone_sums", load_sums)
            ledger.sums(work, "superseded", "SELECT * FROM gone_sums", load="load")
    owned = [] if work.terms.headed else ["orders"]
    if work.terms.lined:
        owned += ["order_lines", "discounts", "pending_lines", "pending_discounts"]
    ledger.retire(work, dict.fromkeys(owned, "order_id"))


def money_by_load(condition: str) -> list[str]:
    """Queries (load, measure, minor) for the engine: the money of canonical and pending lines."""
    found = []
    for lines, discounts in (("order_lines", "discounts"), ("pending_lines", "pending_discounts")):
        for measure, column in (("net", "net + coalesce(tax, 0)"), ("list", "list")):
            found.append(
                f"SELECT load, '{measure}' AS measure, CAST(sum({column}) AS BIGINT) AS minor "
                f"FROM {lines} WHERE {condition} GROUP BY load"
            )
        found.append(
            f"SELECT d.load, concat('discount/', c.text) AS measure, CAST(sum(d.amount) AS BIGINT) AS minor "
            f"FROM {discounts} AS d JOIN codes AS c ON c.book = 'discount_kind' AND c.code = d.kind "
            f"WHERE {condition} GROUP BY d.load, c.text"
        )
    return found


def _send(work: Work, money: Amounts) -> None:
    """What is new and what changed goes to the engine, by customer and time; lines without their order wait."""
    order = ("customer_id", "sec", "line")
    ledger.hold(work)
    if not work.terms.headed:
        work.send("orders", f"SELECT {work.canonical('orders')} FROM orders_new", order_by=order)
    if not work.terms.lined:
        return
    columns = work.canonical("order_lines")
    places = {"sec IS NOT NULL": ("order_lines", "discounts"), "sec IS NULL": ("pending_lines", "pending_discounts")}
    for test, (lines, discounts) in places.items():
        work.send(lines, f"SELECT {columns} FROM lines_new WHERE {test}", order_by=order)
        work.send(discounts, money.discounts(f"(SELECT * FROM lines_new WHERE {test})"), order_by=order)


def _records(work: Work) -> None:
    if work.has("customer") and not work.terms.headed:
        records(work, "customers")


def records(work: Work, keys: str) -> None:
    """People seen for the first time, out of a table (text, id)."""
    work.bring("recorded", "SELECT record_id FROM records")
    work.send(
        "records",
        f"""SELECT id AS record_id, id AS customer_id, {quoted(work.source.system)} AS source, 'customer' AS kind,
            text AS external_id, {work.load.id} AS load FROM (SELECT DISTINCT id, text FROM {keys}) AS k
            WHERE id NOT IN (SELECT record_id FROM recorded)""",
        order_by=("record_id",),
    )


def sum_of(work: Work, state: str, rows: str) -> None:
    """Keep the money of parsed rows, as the file gives it, under a state."""
    if work.terms.lined and (parts := file_sums(work, rows)):
        ledger.sums(work, state, " UNION ALL ".join(parts))


def file_sums(work: Work, rows: str) -> list[str]:
    """Queries (measure, minor) for the landed side: each money column of the file, summed as decimals.

    With tax in it only the net amount can be compared to the cent, as net + tax.
    """
    net = "f_net" if work.has("net") else "f_total" if work.has("total") else None
    listed = "f_list" if work.has("list") else "f_unit_price * f_quantity" if work.has("unit_price") else None
    shop = [f"coalesce(f_discount_{n}, 0)" for n, each in enumerate(work.source.discounts) if each.funded_by == "shop"]
    off = " + ".join(shop) or "0"
    parts = {"net": f"coalesce({net}, {listed} - ({off}))" if net and listed else net}
    if work.source.tax is None:
        parts["list"] = f"coalesce({listed}, {net} + {off})" if net and listed else listed
        parts |= {f"discount/{each.kind}": f"f_discount_{n}" for n, each in enumerate(work.source.discounts)}
    return [
        f"SELECT {quoted(measure)} AS measure, {minor(f'sum({column})', work.terms.digits)} AS minor FROM {rows}"
        for measure, column in parts.items()
        if column
    ]


def _notes(work: Work) -> None:
    """Counts that the account of a load tells, of the rows that it brought."""
    tests = {
        "orders_without_customer": ("orders_new", "customer_id IS NULL"),
        "orders_of_two_customers": ("heads", "two"),
    }
    if work.terms.lined:
        tests |= {
            "negative_quantity": ("lines_new", "quantity_milli < 0"),
            "zero_quantity": ("lines_new", "quantity_milli = 0"),
            "paid_below_zero": ("lines_new", "net >= 0 AND net + coalesce(tax, 0) < supplier_discount"),
        }
        if work.has("product") and work.terms.articles:
            tests["unknown_product"] = ("lines_new", "unknown_product")
    elif work.source.has_amount or work.source.discounts:
        tests["order_amounts_not_used"] = ("orders_new", "true")
    for what, (table, test) in tests.items():
        work.note(what, work.rows(f"SELECT count(*) FROM {table} WHERE {test}")[0][0])
