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
from regulars.sources.synonyms import SYNONYMS, understood

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
    for clock in ("", " %H:%M", " %H:%M:%S", " %H.%M")
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source as proposed, what was not understood, the last day with a fact, and what a person should look at."""

    source: Source
    left: tuple[str, ...]
    last_day: int | None
    remarks: tuple[str, ...]


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
    several = seen.one(f"SELECT count(*) - count(DISTINCT {named(found['order'])}) FROM landed") > 0
    lines = several or bool({"product", "quantity"} & found.keys())
    seen.source = replace(seen.source, rows="order_lines" if lines else "orders")
    if seen.source.encoding:
        seen.remarks.append("the file is not UTF-8; see whether é, ø and ß read well in cp1252")
    amounts = _amounts(seen, found)
    columns = _columns(seen, found, amounts)
    seen.source = replace(seen.source, columns=columns)
    used = seen.source.named_columns
    return Proposal(seen.source, tuple(n for n in seen.names if n not in used), _last_day(seen), tuple(seen.remarks))


def _missing(seen: Study, name: str) -> Fault:
    fields = ("net", "unit_price") if name == "an amount" else (name,)
    known = ", ".join(word for each in fields for word in SYNONYMS[each].split()[:6])
    then = f"rename a column, or write {FILE} by hand; the columns are: {', '.join(seen.names)}"
    return Fault(f"no column for {name}", Where(seen.name, 1), allowed=f"{known} and the like", then=then)


def _columns(seen: Study, found: dict[str, str], amounts: dict[str, str]) -> dict[str, Column]:
    allowed = [*ORDER_FIELDS]
    if seen.source.rows == "order_lines":
        allowed += ["product", "quantity", "category", "department", "brand"]
    columns = {name: Column.of(found[name]) for name in allowed if name in found}
    columns |= {name: Column.of(column) for name, column in amounts.items()}
    columns["time"] = replace(columns["time"], format=_format(seen, found["time"]))
    if "customer" not in columns:
        seen.remarks.append("no column for customer: orders count, but belong to nobody, so there are no segments")
    return columns


def _format(seen: Study, column: str) -> str | None:
    """How moments are written: None where they need no telling; SourceError where day and month cannot be told apart."""
    seen.source = replace(seen.source, columns={"time": Column.of(column)})
    naive, aware = seen.parser.moments(Column.of(column))
    text = seen.parser.text(Column.of(column))
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
    if seen.source.rows == "orders":
        return
    order, value = named(found["order"]), named(amount)
    orders = f"SELECT count(DISTINCT {value}) = 1 AND count({value}) = count(*) AS same FROM landed GROUP BY {order} HAVING count(*) > 1"
    several, same = seen.connection.execute(f"SELECT count(*), count(*) FILTER (same) FROM ({orders})").fetchall()[0]
    if several >= 10 and same >= 0.98 * several:
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
    found = study(source, folder)
    shop = {"name": name, "currency": currency, "time_zone": time_zone, "language": language, "country": country}
    lines = ["schema: shop/1", "shop:"]
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
        text = scalar(column.columns[0])
        lines.append(
            f"      {name}: " + (f"{{from: {text}, format: {json.dumps(column.format)}}}" if column.format else text)
        )
    if source.discounts:
        lines.append("    discounts:")
        lines += [
            f"      - {{amount: {scalar(each.amount.columns[0])}, kind: {each.kind}, funded_by: {each.funded_by}}}"
            for each in source.discounts
        ]
    lines.append("    tax: excluded  # or {included: 21%} where the amounts hold tax at that rate")
    lines += [f"    # {remark}" for remark in found.remarks]
    if found.left:
        lines.append(f"    # not used: {', '.join(found.left)}")
    return lines


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
