"""The sources of regulars.yaml, read into their mappings; faults are gathered, never raised."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Literal, cast

from regulars.project.mapping import AMOUNTS, FIELDS, NULLS, REQUIRED, Column, Discount, Source, Tax
from regulars.project.marked import Faults, Node, choice, mapping, matching, needed, scalar, scalars

SOURCE_KEYS = ("files", "rows", "columns", "discounts", "tax", "system", "delimiter", "encoding", "decimal", "nulls")
COLUMN_KEYS = ("from", "values", "else", "value", "format")
DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
DECIMALS = {".": ".", ",": ",", "point": ".", "comma": ","}
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def read_sources(top: Node, faults: Faults) -> tuple[Source, ...]:
    """Every source, in the order in which they are loaded."""
    given = mapping(top.get("sources"), "sources", None, faults)
    if given is None or not given.pairs:
        faults.add("no sources", top, allowed="sources: {till: {files: data/till.csv, rows: order_lines, columns: …}}")
        return ()
    found = [source for key, value in given if (source := _source(key, value, faults))]
    headed = {source.system for source in found if source.rows == "orders"}
    for source in found:
        if source.rows == "order_lines" and "time" not in source.columns and source.system not in headed:
            then = "map time, or add a source with rows: orders"
            faults.add(f"{source.name} needs a time", given.get(source.name), then=then)
    ranks = list(FIELDS)
    return tuple(sorted(found, key=lambda source: ranks.index(source.rows)))


def _source(key: Node, node: Node, faults: Faults) -> Source | None:
    name = key.text or ""
    if not NAME.fullmatch(name):
        faults.add("a source's name", key, gave=name, allowed="small letters, digits and _, a letter first")
    given = mapping(node, name, SOURCE_KEYS, faults)
    if given is None:
        faults.add("an empty source", key, gave=name)
        return None
    rows = choice(given.get("rows"), "rows", FIELDS, faults)
    if rows is None:
        if given.get("rows") is None:
            faults.add(f"{name} needs rows", node, allowed=", ".join(FIELDS))
        return None
    files = scalars(given.get("files"), "files", faults)
    if not files:
        faults.add(f"{name} needs files", node, allowed="a path, a pattern or a list of them")
    columns = _columns(given, name, rows, faults)
    people = mapping(given.get("columns"), "columns", None, Faults("")) if rows == "people" else None
    return Source(
        name=name,
        files=files,
        rows=rows,
        columns=columns,
        attributes=_attributes(people.get("attributes") if people else None, faults),
        discounts=_discounts(given.get("discounts"), rows, faults),
        tax=_tax(given.get("tax"), rows, faults),
        system=matching(given, "system", NAME.pattern, "small letters, digits and _", faults) or "shop",
        delimiter=DELIMITERS.get(choice(given.get("delimiter"), "delimiter", DELIMITERS, faults) or ""),
        encoding=_encoding(given.get("encoding"), faults),
        decimal=DECIMALS[choice(given.get("decimal"), "decimal", DECIMALS, faults) or "."],
        nulls=scalars(given.get("nulls"), "nulls", faults) or NULLS,
    )


def _encoding(node: Node | None, faults: Faults) -> str | None:
    import codecs

    text = scalar(node, "encoding", faults)
    if text is None:
        return None
    try:
        return codecs.lookup(text).name
    except LookupError:
        faults.add("unknown encoding", node, gave=text, allowed="utf-8, utf-16, cp1252, iso-8859-15 and the like")
        return None


def _columns(given: Node, name: str, rows: str, faults: Faults) -> dict[str, Column]:
    allowed = [*FIELDS[rows], "attributes"] if rows == "people" else list(FIELDS[rows])
    node = mapping(given.get("columns"), f"the columns of {name}", allowed, faults)
    pairs = [(key.text or "", value) for key, value in node or () if not value.is_null and key.text != "attributes"]
    columns = {key: column for key, value in pairs if (column := _column(value, key, faults))}
    mapped = {key for key, _ in pairs}
    for field in REQUIRED[rows]:
        if field not in mapped:
            faults.add(f"{name} needs {field}", node or given, then=f"map it: columns: {{{field}: …}}")
    if rows == "order_lines" and not mapped & set(AMOUNTS[rows]):
        faults.add(f"{name} needs an amount", node or given, allowed="one of " + ", ".join(AMOUNTS[rows]))
    if "unit_price" in mapped and "quantity" not in mapped:
        faults.add(f"{name} has a unit_price, so it needs quantity", node)
    return columns


def _column(node: Node, field: str, faults: Faults) -> Column | None:
    if node.kind == "scalar":
        return Column.of(node.text or "")
    if node.kind == "list":
        return Column(columns=scalars(node, field, faults))
    given = mapping(node, field, COLUMN_KEYS, faults)
    if given is None:
        return None
    constant = scalar(given.get("value"), "value", faults)
    columns = scalars(given.get("from"), "from", faults)
    if bool(columns) == (constant is not None):
        faults.add(f"{field} needs either from or value", node)
    values = mapping(given.get("values"), "values", None, faults)
    return Column(
        columns=columns,
        values={key.text or "": scalar(value, "values", faults) or "" for key, value in values or ()},
        otherwise=scalar(given.get("else"), "else", faults),
        constant=constant,
        format=_format(given.get("format"), faults),
    )


def _format(node: Node | None, faults: Faults) -> str | None:
    text = scalar(node, "format", faults)
    if text is None or text == "epoch":
        return text
    try:
        datetime.strptime("", text)
    except ValueError as refusal:
        if "does not match" in str(refusal) or "unconverted" in str(refusal):
            return text
        faults.add("format", node, gave=text, allowed="a pattern such as %d-%m-%Y %H:%M, or epoch")
    return None


def _attributes(node: Node | None, faults: Faults) -> dict[str, Column]:
    given = mapping(node, "attributes", None, faults)
    found = {}
    for key, value in given or ():
        if not NAME.fullmatch(key.text or ""):
            faults.add("an attribute's name", key, gave=key.text, allowed="small letters, digits and _")
        elif column := _column(value, key.text or "", faults):
            found[key.text or ""] = column
    return found


def _discounts(node: Node | None, rows: str, faults: Faults) -> tuple[Discount, ...]:
    if node is None:
        return ()
    if rows not in AMOUNTS:
        faults.add("discounts belong to orders or order_lines", node, gave=rows)
        return ()
    if node.kind != "list":
        faults.add("discounts must be a list", node, allowed="- {amount: …, kind: …, funded_by: shop}")
        return ()
    read_one = partial(_discount, faults=faults)
    found = tuple(discount for item in node.items if (discount := read_one(item)))
    keys = [(discount.kind, discount.funded_by) for discount in found]
    if len(set(keys)) < len(keys):
        faults.add("two discounts of one kind", node, gave=", ".join(kind for kind, _ in keys))
    return found


def _discount(node: Node, faults: Faults) -> Discount | None:
    given = mapping(node, "a discount", ("amount", "kind", "funded_by", "code", "campaign"), faults)
    if given is None:
        return None
    amount, code, campaign = given.get("amount"), given.get("code"), given.get("campaign")
    if amount is None:
        faults.add("a discount needs amount", node)
        return None
    column = _column(amount, "amount", faults)
    funded_by = choice(given.get("funded_by"), "funded_by", ("shop", "supplier"), faults) or "shop"
    if column is None:
        return None
    return Discount(
        amount=column,
        kind=needed(given, "kind", "a discount", faults),
        funded_by=cast("Literal['shop', 'supplier']", funded_by),
        code=_column(code, "code", faults) if code else None,
        campaign=_column(campaign, "campaign", faults) if campaign else None,
    )


def _tax(node: Node | None, rows: str, faults: Faults) -> Tax | None:
    if node is None or (node.kind == "scalar" and node.text == "excluded"):
        return None
    if rows not in AMOUNTS:
        faults.add("tax belongs to orders or order_lines", node)
    allowed = "excluded, {included: 21%} or {column: the amount of tax in each row}"
    given = mapping(node, "tax", ("included", "column"), faults)
    if given is None or len(given.pairs) != 1:
        faults.add("tax", node, gave=node.text, allowed=allowed)
        return None
    if column := given.get("column"):
        return Tax(column=scalar(column, "column", faults))
    return Tax(rate=_share(given.get("included"), allowed, faults))


def _share(node: Node | None, allowed: str, faults: Faults) -> str | None:
    text = scalar(node, "tax", faults) or ""
    try:
        share = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except InvalidOperation:
        share = Decimal(-1)
    if not 0 <= share < 1:
        faults.add("tax", node, gave=text, allowed=allowed)
        return None
    return str(share)
