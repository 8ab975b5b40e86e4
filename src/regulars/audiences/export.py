"""A list that leaves as a file: readable values, no formulas, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.errors import UsageError
from regulars.files import whole

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.traits.trait import Trait

FORMULA = r"^[\s\"'\p{Cf}\p{Zs}]*[=+\-@＝＋－＠]|^[\t\r\n]"
"""What a spreadsheet may take for a formula: = + - @ or a control mark, also behind quotes, spaces or in full width."""


def presentable(
    rows: pa.Table, traits: Mapping[str, Trait], codes: Mapping[str, Mapping[str, int]], digits: int
) -> pa.Table:
    """Trait columns as people read them: money in major units, days as dates, codes as words.

    Columns that are no trait pass as they are. `digits` is the number of decimals of the shop's currency.

    >>> import pyarrow as pa
    >>> from regulars.traits.trait import Trait
    >>> revenue = Trait("revenue", type="money", kind="state", label={}, doc="", source="order_lines")
    >>> presentable(pa.table({"revenue": pa.array([123456], pa.int64())}), {"revenue": revenue}, {}, 2).to_pylist()
    [{'revenue': Decimal('1234.56')}]
    """
    for place, name in enumerate(rows.column_names):
        if trait := traits.get(name):
            rows = rows.set_column(place, name, readable(rows.column(name), trait, codes, digits))
    return rows


def readable(
    column: pa.ChunkedArray, trait: Trait, codes: Mapping[str, Mapping[str, int]], digits: int
) -> pa.ChunkedArray:
    """One trait's column in the shape that people read."""
    import pyarrow as pa
    import pyarrow.compute as pc

    match trait.type:
        case "money" if digits and not pa.types.is_floating(column.type):
            return pc.multiply(column.cast(pa.decimal128(19, 0)), pa.scalar(Decimal(1).scaleb(-digits)))
        case "money" if digits:
            return pc.round(pc.divide(column, pa.scalar(float(10**digits))), digits)
        case "date":
            return column.cast(pa.int32()).cast(pa.date32())
        case "code":
            book = codes.get(trait.book or "", {})
            places = pc.index_in(column.cast(pa.int32()), value_set=pa.array(list(book.values()), pa.int32()))
            return pc.take(pa.chunked_array([pa.array(list(book), pa.string())]), places)
        case _:
            return column


def harmless(rows: pa.Table) -> pa.Table:
    """Text cells and headings that a spreadsheet would run, made plain by a leading apostrophe; numbers stay numbers.

    >>> import pyarrow as pa
    >>> harmless(pa.table({"city": ["=1+1", "Utrecht"], "balance": [-5, 3]})).to_pydict()
    {'city': ["'=1+1", 'Utrecht'], 'balance': [-5, 3]}
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def quoted(column: pa.ChunkedArray) -> pa.ChunkedArray:
        risky = pc.match_substring_regex(column, FORMULA)
        return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)

    names = quoted(pa.chunked_array([pa.array(rows.column_names, pa.string())])).to_pylist()
    columns = [quoted(c) if pa.types.is_string(c.type) or pa.types.is_large_string(c.type) else c for c in rows.columns]
    return pa.table(columns, names=names)


def write(rows: pa.Table, path: Path, *, replace: bool = False) -> int:
    """Write a list to a .csv or .parquet file and return the number of rows.

    Raises UsageError where the file exists (unless `replace`), the folder does not, or the ending is unknown.

    >>> import pyarrow as pa, tempfile
    >>> target = Path(tempfile.mkdtemp()) / "vip.csv"
    >>> write(pa.table({"customer": ["C1"], "note": ["=cmd()"]}), target)
    1
    >>> print(target.read_text().strip())
    "customer","note"
    "C1","'=cmd()"
    """
    from pyarrow import csv, parquet

    writers = {".csv": lambda t, p: csv.write_csv(harmless(t), p), ".parquet": parquet.write_table}
    if path.suffix.lower() not in writers:
        raise UsageError(
            "a list leaves as a file of another kind", gave=path.name, allowed="a name ending in .csv or .parquet"
        )
    if not path.parent.is_dir():
        raise UsageError(
            "the folder does not exist", gave=str(path.parent), then=f"make it first: mkdir -p {path.parent}"
        )
    if path.is_dir():
        raise UsageError("that is a folder, not a file", gave=str(path))
    if path.exists() and not replace:
        raise UsageError("the file exists already", gave=str(path), then="choose another name, or add --replace")
    try:
        with whole(path) as draft:
            writers[path.suffix.lower()](rows, draft)
    except OSError as refusal:
        raise UsageError(
            "the file cannot be written", gave=str(path), then=refusal.strerror or str(refusal)
        ) from refusal
    return int(rows.num_rows)
