"""A first mapping for one file of orders or lines, from its column names and what its values allow; never a silent guess."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from regulars.clock import AsOf, date_of
from regulars.errors import Fault, ShopError, SourceError, Where
from regulars.project import FILE, Project
from regulars.project.mapping import ORDER_FIELDS, Column, Discount, Source
from regulars.sources.landing import write as land
from regulars.sources.moments import DAY
from regulars.sources.parsing import Parser
from regulars.sources.reading import OURS, Inspected, inspect
from regulars.sources.sql import named, quoted
from regulars.sources.synonyms import EXAMPLES, holds_tax, plain, times, understood

if TYPE_CHECKING:
    import duckdb

OLD = 30
"""Days after which data has ended, so that questions are asked as of its end."""

FORMATS = tuple(
    f"{day}{clock}"
    for day in (
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d-%m-%y",
        "%d/%m/%y",
    )
    for clock in ("", " %H:%M", " %H:%M:%S", " %H.%M", " %I:%M %p", " %I:%M:%S %p")
)

CLOCK = r"\d{1,2}[:.]\d{2}([:.]\d{2}([.]\d+)?)?( ?[AaPp][Mm])?"
"""A time of day as it stands in a column of its own."""

STATUS = ("status", "orderstatus", "ordrestatus", "bestelstatus", "bestellstatus", "state", "tilstand", "zustand")
SHOWN = 6
"""So many words of a status are shown."""

FEWEST, NEARLY = 10, 0.98
"""So many orders on several rows, so nearly all with one amount, and it is the order's total."""

LACKING = {
    "customer": "orders count, but belong to nobody: this shop will have no customers and no segments",
    "product": "nothing can be said of products",
    "category": "nothing can be said of preferences",
    "discount": "nothing can be said of bargain hunters and best customers",
}
"""What follows where a column is not there."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source as proposed, what was not understood, the last day with a fact, and what a person should look at."""

    source: Source
    left: tuple[str, ...]
    last_day: int | None
    remarks: tuple[str, ...]
    tax_to_set: bool = False

    @property
    def mapped(self) -> dict[str, str]:
        """Each field with its column, or its columns, of the file."""
        fields = {name: " + ".join(column.columns) for name, column in self.source.columns.items()}
        off = [each.amount.columns[0] for each in self.source.discounts]
        return {**fields, "discount": " + ".join(off)} if off else fields

    @property
    def missing(self) -> dict[str, str]:
        """Fields that were not found, with what that means."""
        wanted = LACKING if self.source.rows == "order_lines" else ("customer", "discount")
        return {name: LACKING[name] for name in wanted if name not in self.mapped}


@dataclass(slots=True)
class Study:
    """A file opened for study: its names, its values, and what was found out."""

    connection: duckdb.DuckDBPyConnection
    name: str
    names: tuple[str, ...]
    source: Source
    remarks: list[str] = field(default_factory=list)

    def one(self, query: str) -> Any:
        """A single value."""
        return self.connection.execute(query).fetchall()[0][0]

    @property
    def parser(self) -> Parser:
        """Reads the file's values as the proposal says."""
        described = self.connection.execute("DESCRIBE landed").fetchall()
        return Parser(self.source, {row[0]: row[1] for row in described}, "")


def propose(file: Path, root: Path) -> dict[str, Any]:
    """The proposal as plain values: source, understood, not_understood, last_day, remarks.

    Raises SourceError with everything that is missing: an order, a time and an amount must be found.
    """
    found = study(file, root)
    return {
        "source": found.source.as_plain(),
        "rows": found.source.rows,
        "understood": {name: list(column.columns) for name, column in found.source.columns.items()},
        "not_understood": list(found.left),
        "last_day": None if found.last_day is None else date_of(found.last_day).isoformat(),
        "remarks": list(found.remarks),
    }


def study(file: Path, root: Path) -> Proposal:
    """Look at a file and propose what its columns are; `root` is the shop's folder."""
    from regulars.engine.duckdb import scratch

    told = inspect(file, file.as_posix())
    encoding = None if told.parquet or told.utf8 or told.bom or told.has_nul else "cp1252"
    draft = Source("till", (_path(file, root),), "order_lines", {}, encoding=encoding)
    with TemporaryDirectory(prefix="regulars-") as folder, scratch() as connection:
        landed = Path(folder) / "landed.parquet"
        _land(draft, told, landed)
        connection.execute(f"CREATE VIEW landed AS SELECT * FROM read_parquet({quoted(str(landed))})")
        names = tuple(row[0] for row in connection.execute("DESCRIBE landed").fetchall() if row[0] not in OURS)
        return _proposal(Study(connection, file.as_posix(), names, draft))


def _land(draft: Source, told: Inspected, path: Path) -> None:
    land(draft, [told], path)


def _path(file: Path, root: Path) -> str:
    try:
        return Path(os.path.relpath(file.resolve(), root.resolve())).as_posix()
    except ValueError:
        return file.resolve().as_posix()


def _proposal(seen: Study) -> Proposal:
    found = understood(seen.names)
    missing = [name for name in ("order", "time") if name not in found]
    if not {"net", "unit_price"} & found.keys():
        missing.append("an amount")
    if missing:
        raise SourceError(faults=[_missing(seen, name) for name in missing])
    if not seen.one("SELECT count(*) FROM landed"):
        raise SourceError("the file has no rows", where=Where(seen.name), then="a proposal needs some to look at")
    _when(seen, found)
    lines = bool({"product", "quantity"} & found.keys()) or _has_lines(seen, found)
    seen.source = replace(seen.source, rows="order_lines" if lines else "orders")
    _tell_repeats(seen)
    if seen.source.encoding:
        seen.remarks.append("the file is not UTF-8; see whether é, ø and ß read well in cp1252")
    amounts = _amounts(seen, found)
    columns = _columns(seen, found, amounts)
    seen.source = replace(seen.source, columns=columns)
    used = seen.source.named_columns
    left = tuple(name for name in seen.names if name not in used)
    _tell_status(seen, left)
    taxed = [column for column in amounts.values() if holds_tax(column)]
    seen.remarks += [
        f"{column} includes tax: set tax: to its rate, else amounts count with tax in them" for column in taxed
    ]
    return Proposal(seen.source, left, _last_day(seen), tuple(seen.remarks), tax_to_set=bool(taxed))


def _when(seen: Study, found: dict[str, str]) -> None:
    """Which column tells the date, and which beside it the time of day."""
    clocks: list[tuple[str, int]] = []
    dates: list[tuple[str, int]] = []
    for name in times(seen.names):
        text = seen.parser.text(Column.of(name))
        given, clock = seen.connection.execute(
            f"SELECT count({text}), count({text}) FILTER (regexp_full_match({text}, {quoted(CLOCK)})) FROM landed"
        ).fetchall()[0]
        (clocks if given and clock == given else dates).append((name, given))
    if not dates:
        return
    found["time"], days = dates[0]
    text = seen.parser.text(Column.of(found["time"]))
    if clocks and clocks[0][1] == days and not seen.one(f"SELECT count(*) FROM landed WHERE contains({text}, ':')"):
        found["clock"] = clocks[0][0]


def _tell_status(seen: Study, left: tuple[str, ...]) -> None:
    """A column with a status may say which orders are cancelled; in which words, only the shop knows."""
    for name in left:
        if plain(name) in STATUS:
            text = seen.parser.text(Column.of(name))
            query = (
                f"SELECT {text} AS said FROM landed WHERE {text} IS NOT NULL GROUP BY said ORDER BY count(*) DESC, said"
            )
            words = [row[0] for row in seen.connection.execute(f"{query} LIMIT {SHOWN}").fetchall()]
            seen.remarks.append(
                f"{name} says {', '.join(words)}: if one of them means that an order is cancelled, add "
                f"cancelled: {{from: {scalar(name)}, values: {{that word: true}}, else: false}}"
            )


def _own(seen: Study) -> str:
    return ", ".join(named(name) for name in seen.names)


def _has_lines(seen: Study, found: dict[str, str]) -> bool:
    """Whether rows are lines of orders: orders on several different rows whose amounts are not one and the same.

    An order's total that stands on each of its rows must not be counted once a row.
    """
    several, same = _repeated_total(seen, found, found.get("net") or found["unit_price"])
    if not several:
        return False
    if same < NEARLY * several:
        return True
    seen.remarks.append(
        f"{several:,} orders stand on several rows with one and the same amount: it is read as the order's total, and of "
        "each order the last row counts"
    )
    return False


def _tell_repeats(seen: Study) -> None:
    repeats = seen.one(
        f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT {_own(seen)} FROM landed)) FROM landed"
    )
    if repeats:
        counted = "counted once" if seen.source.rows == "orders" else "counted as lines of their own"
        seen.remarks.append(f"{repeats:,} rows are exact repeats of another row; they are {counted}")


def _repeated_total(seen: Study, found: dict[str, str], amount: str) -> tuple[int, int]:
    """How many orders stand on several different rows, and of how many all rows give one amount."""
    order, value = named(found["order"]), named(amount)
    orders = (
        f"SELECT count(DISTINCT {value}) = 1 AND count({value}) = count(*) AS same "
        f"FROM (SELECT DISTINCT {_own(seen)} FROM landed) GROUP BY {order} HAVING count(*) > 1"
    )
    several, same = seen.connection.execute(f"SELECT count(*), count(*) FILTER (same) FROM ({orders})").fetchall()[0]
    return int(several), int(same)


def _missing(seen: Study, name: str) -> Fault:
    then = f"rename a column, or write {FILE} by hand; the columns are: {', '.join(seen.names)}"
    return Fault(f"no column for {name}", Where(seen.name, 1), allowed=f"{EXAMPLES[name]} and the like", then=then)


def _columns(seen: Study, found: dict[str, str], amounts: dict[str, str]) -> dict[str, Column]:
    allowed = [*ORDER_FIELDS]
    if seen.source.rows == "order_lines":
        allowed += ["product", "quantity", "category", "department", "brand"]
    columns = {name: Column.of(found[name]) for name in allowed if name in found}
    columns |= {name: Column.of(column) for name, column in amounts.items()}
    written = Column(tuple(found[name] for name in ("time", "clock") if name in found))
    columns["time"] = replace(written, format=_format(seen, written))
    return columns


def _format(seen: Study, written: Column) -> str | None:
    """How moments are written: None where they need no telling; SourceError where day and month cannot be told apart."""
    column = " + ".join(written.columns)
    seen.source = replace(seen.source, columns={"time": written})
    naive, aware = seen.parser.moments(written)
    text = seen.parser.text(written)
    given = seen.one(f"SELECT count({text}) FROM landed")
    if not given:
        raise SourceError("no row has a time", where=Where(seen.name), gave=column)
    if seen.one(f"SELECT count(coalesce({naive}, {aware})) FROM landed") >= 0.9 * given:
        return None
    fits = [f for f in FORMATS if seen.one(f"SELECT count(try_strptime({text}, {quoted(f)})) FROM landed") == given]
    fits = [f for f in fits if "%Y" in f] or fits
    if len(fits) == 1:
        seen.remarks.append(f"times are read as {fits[0]}")
        return fits[0]
    example = seen.one(f"SELECT min({text}) FROM landed")
    what = "day and month cannot be told apart" if fits else "times are not understood"
    then = f"write {FILE} by hand with time: {{from: {column}, format: …}}"
    raise SourceError(what, where=Where(seen.name), gave=f"{column}: {example}", allowed="2018-01-31 14:05", then=then)


def _amounts(seen: Study, found: dict[str, str]) -> dict[str, str]:
    """Which amounts are used: the line's total where it is one, else the price of a piece."""
    columns = [found[name] for name in ("net", "unit_price", "discount") if name in found]
    comma = " OR ".join(
        f"regexp_full_match(trim(CAST({named(c)} AS VARCHAR)), '.*\\d,\\d{{1,2}}\\D*')" for c in columns
    )
    if seen.one(f"SELECT count(*) FROM landed WHERE {comma}"):
        seen.source = replace(seen.source, decimal=",")
        seen.remarks.append("amounts are read with a decimal comma")
    net, price = found.get("net"), found.get("unit_price")
    if "discount" in found:
        seen.source = replace(seen.source, discounts=(Discount(Column.of(found["discount"]), "promotion"),))
        seen.remarks.append(f"{found['discount']} is read as money off that the shop pays for")
    if seen.source.rows == "orders" or price is None or "quantity" not in found:
        chosen = net or price or ""
        if seen.source.rows == "order_lines":
            _refuse_repeated_total(seen, found, chosen)
        return {"net": chosen}
    if net is None:
        return {"unit_price": price}
    if _is_line_total(seen, found):
        return {"net": net}
    seen.remarks.append(f"{net} is left out: it is not {price} × {found['quantity']}")
    return {"unit_price": price}


def _is_line_total(seen: Study, found: dict[str, str]) -> bool:
    """Whether the total is price × quantity, with or without the discount, on nearly every row."""
    read = seen.parser.decimal
    net, price, quantity = (read(Column.of(found[name])) for name in ("net", "unit_price", "quantity"))
    off = f"coalesce({read(Column.of(found['discount']))}, 0)" if "discount" in found else "0"
    whole = f"abs({net} - {price} * {quantity}) < 0.011"
    less = f"abs({net} - {price} * {quantity} + {off}) < 0.011"
    return bool(seen.one(f"SELECT count(*) FILTER ({whole} OR {less}) >= 0.95 * count(*) FROM landed"))


def _refuse_repeated_total(seen: Study, found: dict[str, str], amount: str) -> None:
    """An order's total that stands on each of its lines must not be counted once a line."""
    several, same = _repeated_total(seen, found, amount)
    if several >= FEWEST and same >= NEARLY * several:
        then = "give each line its own amount, or one row per order"
        what = "the amount looks like the order's total, repeated on each of its lines"
        raise SourceError(what, where=Where(seen.name), gave=amount, then=then)


def _last_day(seen: Study) -> int | None:
    naive, aware = seen.parser.moments(seen.source.columns["time"])
    last = seen.one(f"SELECT max(coalesce({naive}, {aware})) FROM landed")
    return None if last is None else int(last) // DAY


def shop_file(
    source: Path,
    folder: Path,
    *,
    name: str,
    currency: str,
    time_zone: str,
    language: str = "en",
    country: str | None = None,
) -> str:
    """The text of a regulars.yaml for one file; as_of is written where its newest fact is over 30 days old."""
    return text_of(
        study(source, folder),
        name=name,
        currency=currency,
        time_zone=time_zone,
        language=language,
        country=country,
    )


def text_of(
    found: Proposal, *, name: str, currency: str, time_zone: str, language: str = "en", country: str | None = None
) -> str:
    """The text of a regulars.yaml for a proposal."""
    shop = {"name": name, "currency": currency, "time_zone": time_zone, "language": language, "country": country}
    lines = ["schema: shop/1", "shop:  # see that currency, zone, language and country are yours"]
    lines += [f"  {key}: {scalar(value)}" for key, value in shop.items() if value]
    if found.last_day is not None and found.last_day < _today(time_zone) - OLD:
        day = date_of(found.last_day) + timedelta(days=1)
        lines.append(
            f"  as_of: {day.isoformat()}  # the data has ended; without this line questions are asked as of now"
        )
    return "\n".join([*lines, "sources:", *_source_lines(found)]) + "\n"


def _today(time_zone: str) -> int:
    try:
        return AsOf.now(ZoneInfo(time_zone)).day
    except (KeyError, ValueError, OSError):
        return AsOf.now(ZoneInfo("UTC")).day


def _source_lines(found: Proposal) -> list[str]:
    source = found.source
    lines = ["  till:", f"    files: {scalar(source.files[0])}", f"    rows: {source.rows}"]
    lines += [f"    encoding: {source.encoding}"] if source.encoding else []
    lines += ["    decimal: comma"] if source.decimal == "," else []
    lines.append("    columns:")
    for name, column in source.columns.items():
        text = ", ".join(scalar(each) for each in column.columns)
        text = f"[{text}]" if len(column.columns) > 1 else text
        lines.append(
            f"      {name}: " + (f"{{from: {text}, format: {json.dumps(column.format)}}}" if column.format else text)
        )
    if source.discounts:
        lines.append("    discounts:")
        lines += [
            f"      - {{amount: {scalar(each.amount.columns[0])}, kind: {each.kind}, funded_by: {each.funded_by}}}"
            for each in source.discounts
        ]
    if found.tax_to_set:
        lines.append(
            "    # tax: {included: 21%}  # to be set: the amounts include tax, at a rate that the file does not tell"
        )
    else:
        lines.append("    tax: excluded  # or {included: 21%} where the amounts hold tax at that rate")
    return lines + [f"    # {line}" for line in remarks(found)]


def remarks(found: Proposal) -> list[str]:
    """What a person should know of a proposal: what was assumed, what is missing, what was not used."""
    missing = [f"no column for {name}: {what}" for name, what in found.missing.items()]
    return [*found.remarks, *missing, *([f"not used: {', '.join(found.left)}"] if found.left else [])]


def told(found: Proposal) -> list[str]:
    """A proposal in lines for a person: which column is what, and the remarks."""
    rows = {"orders": "one row per order", "order_lines": "one row per line of an order"}[found.source.rows]
    width = max(len(name) for name in found.mapped)
    fields = [f"  {name:<{width}}  {column}" for name, column in found.mapped.items()]
    return [f"read as {rows}:", *fields, *remarks(found)]


def scalar(text: str) -> str:
    """A text as a YAML scalar, quoted where it could be read as something else.

    >>> scalar("order_id"), scalar("Order: nr")
    ('order_id', '"Order: nr"')
    """
    return text if re.fullmatch(r"[A-Za-z_./][\w ./-]*\w", text) else json.dumps(text, ensure_ascii=False)


def write(source: Path, folder: Path, text: str) -> Path:
    """Make the shop's folder and write its regulars.yaml; ShopError where there is one, or where a value is wrong."""
    path = folder / FILE
    if path.exists():
        raise ShopError("there is a shop here already", gave=str(path), then="correct it by hand")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        Project.open(folder)
    except ShopError:
        path.unlink()
        raise
    (folder / "segments").mkdir(exist_ok=True)
    return path
