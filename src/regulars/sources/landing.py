"""Landing: a source's new files become one immutable Parquet file that says where each row came from.

A landed file holds every column as it was (text for CSV, the file's types for Parquet), `_file`, `_line` and
`_ragged`, and carries the mapping that it was landed with, so that its canonical rows are a function of it alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from regulars.errors import Fault, SourceError, Where, nearest
from regulars.sources.reading import Inspected, as_utf8, careful, header, inspect, settled_since, unique
from regulars.sources.sql import named, quoted

if TYPE_CHECKING:
    import duckdb

    from regulars.catalogue.catalogue import Catalogue
    from regulars.catalogue.rows import Load
    from regulars.project import Project
    from regulars.project.mapping import Source

META = "regulars"
PATTERN = frozenset("*?[")


def land(project: Project, source: Source, catalogue: Catalogue) -> Load | None:
    """Land the files of a source that are not landed with this mapping yet; None where there is nothing new.

    Raises SourceError with every fault of the files; then nothing is landed.
    """
    landed = _landed(project, source, catalogue)
    known = {file["digest"] for file in landed}
    files = [file for file in inspected(project.root, source, landed) if file.digest not in known]
    digest = _digest(source, files)
    if not files or catalogue.load_with_digest(source.name, digest, source.hash):
        return None
    folder = project.landing / source.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:32]}.parquet"
    rows = write(source, files, path, threads=project.engine.threads)
    return catalogue.add_load(
        source=source.name,
        rows_kind=source.rows,
        files=[file.name for file in files],
        rows=rows,
        digest=digest,
        path=path.relative_to(project.landing).as_posix(),
        mapping=source.hash,
    )


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
    return sorted(path for path in base.glob(str(pattern)) if path.is_file())


def _digest(source: Source, files: list[Inspected]) -> str:
    parts = [source.hash, *sorted(file.digest for file in files)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _landed(project: Project, source: Source, catalogue: Catalogue) -> list[dict[str, Any]]:
    """The files of a source that are landed with this mapping."""
    loads = [load for load in catalogue.loads() if load.source == source.name and load.mapping == source.hash]
    return [file for load in loads for file in meta(project.landing / load.path)["files"]]


def meta(path: Path) -> dict[str, Any]:
    """What a landed file says of itself: the source's mapping, and its files with their digests."""
    import pyarrow.parquet as pq

    told = pq.read_metadata(path).metadata or {}
    plain: dict[str, Any] = json.loads(told[META.encode()])
    return plain


def write(source: Source, files: list[Inspected], path: Path, *, threads: int | None = None) -> int:
    """Write a landed file, durable before it bears its name, and return its number of rows."""
    import duckdb

    from regulars.engine.duckdb import scratch

    with TemporaryDirectory(dir=path.parent, prefix=".landing-") as temporary, scratch(threads=threads) as connection:
        folder = Path(temporary)
        try:
            tables = [_table(connection, source, file, folder, place) for place, file in enumerate(files)]
            _check_columns(source, files, tables)
            written = folder / "landed.parquet"
            text = json.dumps({"source": source.as_plain(), "files": [_told(file) for file in files]})
            query = " UNION ALL BY NAME ".join(query for query, _ in tables)
            options = f"FORMAT parquet, KV_METADATA {{{META}: {quoted(text)}}}"
            connection.execute(f"COPY ({query}) TO {quoted(str(written))} ({options})")
            rows = int(connection.fetchall()[0][0])
        except duckdb.Error as refusal:
            where = Where(files[0].name)
            raise SourceError("the file cannot be read", where=where, then=str(refusal).split("\n")[0]) from refusal
        _place(written, path)
    return rows


def _told(file: Inspected) -> dict[str, Any]:
    return {"name": file.name, "digest": file.digest, "size": file.size, "modified": file.modified}


def _place(written: Path, path: Path) -> None:
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
        batches = careful(path, file.name, delimiter, names)
        connection.register("careful_rows", pa.Table.from_batches(list(batches)))
        connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM careful_rows")
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
