"""Reading a shop's file as it is: which bytes, which encoding, which rows on which lines."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from regulars import clock
from regulars.errors import Fault, SourceError, Where

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 1 << 20
BATCH = 50_000
DELIMITERS = (";", "\t", ",", "|")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
PARQUET = b"PAR1"
SETTLED = 2_000_000_000
LONGEST = 16 << 20
"""Characters of one field; a remark of a customer may be long, a quote that is never closed is longer."""
OTHERS = {
    b"PK\x03\x04": "save the sheet as CSV",
    b"\x1f\x8b": "unpack it first",
    b"\xd0\xcf\x11\xe0": "save the sheet as CSV",
}
OURS = ("_file", "_line", "_ragged", "_row", "file_row_number")
"""Columns that a landed file has beside its own."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What one pass over a file's bytes tells: digest, size, line ends, and an encoding where it shows."""

    path: Path
    name: str
    digest: str
    size: int
    newlines: int
    ends_open: bool
    bom: str | None
    utf8: bool
    has_nul: bool
    parquet: bool
    modified: int | None = None

    @property
    def lines(self) -> int:
        """How many physical lines there are."""
        return self.newlines + (1 if self.ends_open else 0)


def inspect(path: Path, name: str) -> Inspected:
    """Read a file once; SourceError where it is missing, unreadable or empty."""
    digest, size, newlines, returns, last, start = hashlib.sha256(), 0, 0, 0, b"", b""
    decoder, utf8, has_nul = codecs.getincrementaldecoder("utf-8")(), True, False
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                start = start or chunk[:4]
                digest.update(chunk)
                size += len(chunk)
                last = chunk[-1:]
                if start == PARQUET:
                    continue
                newlines += chunk.count(b"\n")
                returns += chunk.count(b"\r")
                has_nul = has_nul or b"\0" in chunk
                utf8 = utf8 and _decodes(decoder, chunk)
    except OSError as refusal:
        raise SourceError("the file cannot be read", where=Where(name), then=refusal.strerror) from refusal
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    if not size:
        raise SourceError("the file is empty", where=Where(name), allowed="a header and rows")
    if then := next((then for mark, then in OTHERS.items() if start.startswith(mark)), None):
        raise SourceError("neither CSV nor Parquet", where=Where(name), then=then)
    bom = next((encoding for mark, encoding in BOMS if start.startswith(mark)), None)
    newlines, ends_open = newlines or returns, last not in b"\r\n"
    parquet = start == PARQUET
    return Inspected(
        path, name, digest.hexdigest(), size, newlines, ends_open, bom, utf8, has_nul, parquet, settled_since(path)
    )


def settled_since(path: Path) -> int | None:
    """When a file was last written, in nanoseconds; None where that is too fresh to tell two writings apart."""
    written = path.stat().st_mtime_ns
    return written if written < clock.utc_now().timestamp() * 1e9 - SETTLED else None


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(file: Inspected, encoding: str | None, folder: Path) -> Path:
    """The file in UTF-8 without a mark: itself, or a copy in a folder; SourceError where a byte does not fit."""
    used = _encoding(file, encoding)
    if used == "utf-8":
        return file.path
    copy = folder / f"{file.digest}.csv"
    try:
        with file.path.open(encoding=used, newline="") as text, copy.open("w", encoding="utf-8", newline="") as out:
            while part := text.read(CHUNK):
                out.write(part)
    except UnicodeError as refusal:
        where = Where(file.name, _line_of_error(file.path, used))
        raise SourceError(
            f"not {used} text", where=where, then="say the file's encoding: in regulars.yaml"
        ) from refusal
    return copy


def _encoding(file: Inspected, given: str | None) -> str:
    if file.bom and (given is None or given.startswith(("utf-8", "utf-16"))):
        return file.bom
    if given is not None and given != "utf-8":
        return given
    if file.has_nul:
        raise SourceError("not a text file: it holds zero bytes", where=Where(file.name), allowed="CSV or Parquet")
    if not file.utf8:
        then = "say its encoding in regulars.yaml, such as encoding: cp1252"
        raise SourceError("not UTF-8 text", where=Where(file.name, _line_of_error(file.path, "utf-8")), then=then)
    return "utf-8"


def _line_of_error(path: Path, encoding: str) -> int:
    data = path.read_bytes()
    try:
        data.decode(encoding)
    except UnicodeDecodeError as refusal:
        return data.count(b"\n", 0, refusal.start) + 1
    return 1


def header(path: Path, name: str, delimiter: str | None) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the column names of a CSV file in UTF-8; a name given twice gets a number.

    The delimiter, where it is not given, is the one that stands most often in the first line.
    """
    with path.open(encoding="utf-8", newline="") as text:
        first = text.readline(CHUNK)
        used = delimiter or max(DELIMITERS, key=first.count)
        text.seek(0)
        try:
            names = next(csv.reader(text, delimiter=used, strict=True), [])
        except csv.Error as refusal:
            raise SourceError("the header cannot be read", where=Where(name, 1), then=str(refusal)) from refusal
    if not any(given.strip() for given in names):
        raise SourceError("the first line has no column names", where=Where(name, 1))
    return used, unique(names)


def unique(names: list[str]) -> tuple[str, ...]:
    """Column names as a table can have them: stripped, never empty, never the same in another case, never one of ours.

    >>> unique(["Name", "", "name ", "_line"])
    ('Name', 'column_2', 'name_2', '_line_2')
    """
    taken = {*OURS}
    found = []
    for place, given in enumerate(names, start=1):
        plain = given.strip() or f"column_{place}"
        tries = (plain, *(f"{plain}_{number}" for number in range(2, len(names) + len(OURS) + 3)))
        name = next(each for each in tries if each.casefold() not in taken)
        taken.add(name.casefold())
        found.append(name)
    return tuple(found)


class Remembered:
    """The lines of a file, with those of the record being read at hand."""

    def __init__(self, text: IO[str]) -> None:
        self.text = text
        self.record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.text)
        self.record.append(line)
        return line


def careful(path: Path, name: str, delimiter: str, names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """A CSV file's rows one by one: slower, but every record has its line and a ragged one keeps its text.

    Yields batches with _line, _ragged (the original of a row that does not fit, as a JSON list) and the columns.
    """
    with path.open(encoding="utf-8", newline="") as text:
        rows: list[tuple[object, ...]] = []
        for line, fields, broken in _records(Remembered(text), name, delimiter):
            fits = broken is None and len(fields) == len(names)
            original = None if fits else json.dumps(fields if broken is None else [broken], ensure_ascii=False)
            rows.append((line, original, *(fields if fits else [None] * len(names))))
            if len(rows) == BATCH:
                yield _batch(rows, names)
                rows = []
        yield _batch(rows, names)


def _records(lines: Remembered, name: str, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    csv.field_size_limit(LONGEST)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    next(reader, None)
    while True:
        line, lines.record = reader.line_num + 1, []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as refusal:
            if "unexpected end" in str(refusal):
                fault = Fault("a quote is opened and never closed", Where(name, line))
                raise SourceError(faults=[fault]) from refusal
            if "field limit" in str(refusal):
                allowed = f"at most {LONGEST:,} characters; is a quote opened there and never closed?"
                raise SourceError("a field is too long", where=Where(name, line), allowed=allowed) from refusal
            yield line, [], "".join(lines.record).rstrip("\r\n")
            continue
        if fields:
            yield line, fields, None


def _batch(rows: list[tuple[object, ...]], names: tuple[str, ...]) -> pa.RecordBatch:
    import pyarrow as pa

    types = [pa.int64(), *[pa.string()] * (len(names) + 1)]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(types)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.record_batch(arrays, names=["_line", "_ragged", *names])
