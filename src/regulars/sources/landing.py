"""Landing: a source's new files become one immutable Parquet file that says where each row came from.

A landed file holds every column as it was (text for CSV, the file's types for Parquet), `_file`, `_line` and
`_ragged`, and carries the mapping and the terms that it was landed with, so that its canonical rows are a function of
it and the code books.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from regulars.errors import Fault, ShopError, SourceError, Where, nearest
from regulars.files import place, sync_folder
from regulars.sources.reading import Inspected, as_utf8, careful, header, inspect, settled_since, unique
from regulars.sources.sql import named, quoted
from regulars.sources.terms import Terms, check

if TYPE_CHECKING:
    import duckdb

    from regulars.catalogue.catalogue import Catalogue
    from regulars.catalogue.rows import Load
    from regulars.project import Project
    from regulars.project.mapping import Source
    from regulars.project.project import EngineSettings

META = "regulars"
PATTERN = frozenset("*?[")


def land(project: Project, source: Source, catalogue: Catalogue) -> Load | None:
    """Land the files of a source that differ from what was landed of them last; None where there is nothing new.

    Raises SourceError with every fault of the files, ShopError where the shop's clock or money was changed or a landed
    file is missing; then nothing is landed.
    """
    now = Terms.of(project, source)
    every = catalogue.loads()
    loads = [load for load in every if load.source == source.name]
    told = {load.id: meta(project, load) for load in {*loads, *every[-1:]}}
    check(source, now, own=_terms(told, loads), newest=_terms(told, every))
    known = Known.of(source, [(load.mapping, told[load.id]["files"]) for load in loads])
    files = [file for file in inspected(project.root, source, known.kept) if known.is_news(file)]
    if not files:
        return None
    digest = _digest(source, files, after=loads[-1].digest if loads else "")
    folder = project.landing / source.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:32]}.parquet"
    rows = write(source, files, path, terms=now, settings=project.engine)
    return catalogue.add_load(
        source=source.name,
        rows_kind=source.rows,
        files=[file.name for file in files],
        rows=rows,
        digest=digest,
        path=path.relative_to(project.landing).as_posix(),
        mapping=source.hash,
        landed=digest_of(path),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What was landed of a source's files: of each name the newest bytes and their mapping, and all bytes there were."""

    mapping: str
    newest: Mapping[str, tuple[str, Mapping[str, Any]]]
    seen: frozenset[str]

    @classmethod
    def of(cls, source: Source, loads: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> Known:
        """Out of the mapping and the files of each load, oldest first."""
        newest = {file["name"]: (mapping, file) for mapping, files in loads for file in files}
        seen = {file["digest"] for mapping, files in loads if mapping == source.hash for file in files}
        return cls(source.hash, newest, frozenset(seen))

    @property
    def kept(self) -> list[Mapping[str, Any]]:
        """The files that hold now and were landed with today's mapping."""
        return [file for mapping, file in self.newest.values() if mapping == self.mapping]

    def is_news(self, file: Inspected) -> bool:
        """Whether a file says something else than it said last; bytes that come under a new name are a copy."""
        if file.name not in self.newest:
            return file.digest not in self.seen
        mapping, last = self.newest[file.name]
        return (mapping, last["digest"]) != (self.mapping, file.digest)


def _terms(told: Mapping[int, Mapping[str, Any]], loads: Sequence[Load]) -> Terms | None:
    plain = told[loads[-1].id].get("terms") if loads else None
    return Terms.from_plain(plain) if plain else None


def inspected(root: Path, source: Source, landed: Sequence[Mapping[str, Any]] = ()) -> list[Inspected]:
    """The source's files in order of name, each looked through once; all that cannot be read are told at once.

    A file of the same name, size and time of writing as a landed one is not looked through again, and a pattern that
    finds nothing any more is no fault once something was landed.
    """
    unchanged = {(file["name"], file["size"], file.get("modified")) for file in landed}
    faults: list[Fault] = []
    found: dict[str, Inspected] = {}
    for given in source.files:
        paths = _expand(root, given)
        if not paths and not (landed and set(given) & PATTERN):
            faults.append(Fault("no such file", gave=given, then=f"source {source.name} in regulars.yaml names it"))
        for path in paths:
            name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
            if (name, path.stat().st_size, settled_since(path) or 0) in unchanged:
                continue
            try:
                found.setdefault(name, inspect(path, name))
            except SourceError as refusal:
                faults += refusal.faults
    if faults:
        raise SourceError(faults=faults)
    return list(found.values())


def _expand(root: Path, given: str) -> list[Path]:
    plain = root / given
    if plain.is_file():
        return [plain]
    base, pattern = (
        (Path(plain.anchor), plain.relative_to(plain.anchor)) if Path(given).is_absolute() else (root, given)
    )
    return sorted((path for path in base.glob(str(pattern)) if path.is_file()), key=by_name)


def by_name(path: Path) -> list[list[str | int]]:
    """What files are sorted by: folder by folder, then their names without the ending, with numbers as numbers.

    >>> [path.name for path in sorted(map(Path, ["till10.csv", "till9.csv", "till.csv"]), key=by_name)]
    ['till.csv', 'till9.csv', 'till10.csv']
    """
    return [_with_numbers(part) for part in (*path.parent.parts, path.stem, path.suffix)]


def _with_numbers(text: str) -> list[str | int]:
    return [int(part) if place % 2 else part for place, part in enumerate(re.split("([0-9]+)", text))]


def _digest(source: Source, files: list[Inspected], *, after: str) -> str:
    """What a delivery is known by: its mapping and bytes, and the delivery before it, since bytes may come back."""
    parts = [source.hash, after, *sorted(file.digest for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def meta(project: Project, load: Load) -> dict[str, Any]:
    """What a landed file says of itself: the source's mapping, the terms, and its files with their digests.

    Raises ShopError where the landed file is missing or is none.
    """
    import pyarrow.parquet as pq
    from pyarrow import ArrowInvalid

    try:
        told = pq.read_metadata(project.landing / load.path).metadata or {}
        plain: dict[str, Any] = json.loads(told[META.encode()])
    except FileNotFoundError as refusal:
        raise _lost("a landed file is missing", load) from refusal
    except (ArrowInvalid, KeyError, ValueError, OSError) as refusal:
        raise _lost("a landed file was changed", load) from refusal
    return plain


def verify(project: Project, load: Load) -> None:
    """Raise ShopError where a landed file is missing or is not the one that was landed."""
    path = project.landing / load.path
    if not path.is_file():
        raise _lost("a landed file is missing", load)
    if load.landed and digest_of(path) != load.landed:
        raise _lost("a landed file was changed", load)


def _lost(what: str, load: Load) -> ShopError:
    of = f"load {load.id}, of {', '.join(load.files)}"
    return ShopError(what, gave=f".regulars/landing/{load.path}", then=f"restore it from a backup; it is {of}")


def digest_of(path: Path) -> str:
    """SHA-256 of a file, as text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(
    source: Source,
    files: list[Inspected],
    path: Path,
    *,
    terms: Terms | None = None,
    settings: EngineSettings | None = None,
) -> int:
    """Write a landed file, durable before it bears its name, and return its number of rows."""
    import duckdb

    from regulars.engine.duckdb import scratch

    threads, memory = (settings.threads, settings.memory) if settings else (None, None)
    with TemporaryDirectory(dir=path.parent, prefix=".landing-") as temporary:
        folder = Path(temporary)
        written = folder / "landed.parquet"
        with scratch(threads=threads, memory=memory, temp=folder / "temp") as connection:
            try:
                tables = [_table(connection, source, file, folder, number) for number, file in enumerate(files)]
                _check_columns(source, files, tables)
                text = json.dumps(
                    {
                        "source": source.as_plain(),
                        "files": [_told(file) for file in files],
                        **({"terms": terms.as_plain()} if terms else {}),
                    }
                )
                query = " UNION ALL BY NAME ".join(query for query, _ in tables)
                options = f"FORMAT parquet, KV_METADATA {{{META}: {quoted(text)}}}"
                connection.execute(f"COPY ({query}) TO {quoted(str(written))} ({options})")
                rows = int(connection.fetchall()[0][0])
            except duckdb.Error as refusal:
                where = Where(files[0].name)
                raise SourceError("the file cannot be read", where=where, then=str(refusal).split("\n")[0]) from refusal
        place(written, path)
        sync_folder(path.parent.parent)
    return rows


def _told(file: Inspected) -> dict[str, Any]:
    return {"name": file.name, "digest": file.digest, "size": file.size, "modified": file.modified}


Table = tuple[str, tuple[str, ...]]
"""A query over one file, and its column names."""


def _table(connection: duckdb.DuckDBPyConnection, source: Source, file: Inspected, folder: Path, place: int) -> Table:
    if file.parquet:
        return _parquet(connection, file)
    path = as_utf8(file, source.encoding, folder)
    delimiter, names = header(path, file.name, source.delimiter)
    return _csv(connection, file, path, delimiter, names, place), names


def _parquet(connection: duckdb.DuckDBPyConnection, file: Inspected) -> Table:
    rows = f"read_parquet({quoted(str(file.path))}, file_row_number = true)"
    given = [
        row[0] for row in connection.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {rows}").fetchall()
    ]
    names = unique(given)
    columns = ", ".join(f"{named(old)} AS {named(new)}" for old, new in zip(given, names, strict=True))
    return (
        f"SELECT {_origin(file)}, file_row_number + 1 AS _line, CAST(NULL AS VARCHAR) AS _ragged, {columns} FROM {rows}",
        names,
    )


def _origin(file: Inspected) -> str:
    return f"{quoted(file.name)} AS _file"


def _csv(
    connection: duckdb.DuckDBPyConnection,
    file: Inspected,
    path: Path,
    delimiter: str,
    names: tuple[str, ...],
    place: int,
) -> str:
    """The quick way where every line of the file is one row that fits, else the careful one."""
    import duckdb
    import pyarrow as pa

    types = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    rows = (
        f"read_csv({quoted(str(path))}, columns = {{{types}}}, auto_detect = false, header = true, strict_mode = true, "
        f"delim = {quoted(delimiter)}, quote = '\"', escape = '\"', nullstr = '')"
    )
    table = f"csv_{place}"
    query = f"SELECT row_number() OVER () + 1 AS _line, CAST(NULL AS VARCHAR) AS _ragged, * FROM {rows}"
    try:
        connection.execute(f"CREATE TEMP TABLE {table} AS {query}")
        read = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        as_expected = read + 1 == file.lines
    except duckdb.Error:
        as_expected = False
    if not as_expected:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        columns = ", ".join(f"{named(name)} VARCHAR" for name in names)
        connection.execute(f"CREATE TEMP TABLE {table} (_line BIGINT, _ragged VARCHAR, {columns})")
        for batch in careful(path, file.name, delimiter, names):
            connection.register("careful_rows", pa.Table.from_batches([batch]))
            connection.execute(f"INSERT INTO {table} SELECT * FROM careful_rows")
            connection.unregister("careful_rows")
    return f"SELECT {_origin(file)}, * FROM {table}"


def _check_columns(source: Source, files: list[Inspected], tables: list[Table]) -> None:
    """Every mapped column must be in every file."""
    faults = [
        Fault("no such column", Where(file.name, 1), gave=column, then=nearest(column, names, shown=30))
        for file, (_, names) in zip(files, tables, strict=True)
        for column in source.named_columns
        if column not in names
    ]
    if faults:
        raise SourceError(faults=faults)
