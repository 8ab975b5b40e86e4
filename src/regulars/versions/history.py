"""What was published, version by version: who entered and left, why, and what it was made from.

Two files a version, written whole: `v000001.parquet` (segment, customer_id, change, reason; sorted) and
`v000001.json` (as_of, definitions, parameters in force, members per segment, and the digest of the first).
With landing and catalogue they are enough to make the warehouse anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.catalogue import Version
from regulars.catalogue.fault import fault
from regulars.clock import date_of
from regulars.errors import ShopError
from regulars.files import sync_folder, whole
from regulars.traits.parameters import Parameter, Parameters
from regulars.versions import warehouse

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.engine.duckdb import DuckDB


ASIDE = ".aside"
"""The folder, inside another, of complete files that nothing refers to: kept, for a hand to look at."""


@dataclass(frozen=True, slots=True)
class Published:
    """One version as its files tell it; `changes` is the path of the Parquet file."""

    version: Version
    definitions: dict[str, dict[str, Any]]
    parameters: tuple[Parameter, ...]
    changes: Path


def files(folder: Path, version: int) -> tuple[Path, Path]:
    """Where a version's changes and its story are kept.

    >>> [path.name for path in files(Path("history"), 12)]
    ['v000012.parquet', 'v000012.json']
    """
    return folder / f"v{version:06}.parquet", folder / f"v{version:06}.json"


def changes(engine: DuckDB, version: int) -> pa.Table:
    """Who entered and who left with a version, and why, in a fixed order."""
    number = int(version)
    return engine.ask(
        f"SELECT segment, customer_id, 'entered' AS change, reason FROM memberships WHERE version = {number} "
        f"UNION ALL SELECT segment, customer_id, 'left', left_reason FROM memberships WHERE left_version = {number} "
        "ORDER BY segment, customer_id, change"
    )


def write(engine: DuckDB, folder: Path, version: Version) -> Version:
    """Write a version's two files from the warehouse, unless they are there; the version with its story's digest.

    Raises ShopError where the files tell another version of that number.
    """
    from pyarrow import parquet

    if exists(folder, version.version):
        found = read(folder, version.version).version
        if replace(found, history_digest=version.history_digest) != version:
            raise another(folder, version.version)
        return found
    folder.mkdir(parents=True, exist_ok=True)
    parquet_path, json_path = files(folder, version.version)
    with kept_whole(parquet_path) as draft:
        parquet.write_table(changes(engine, version.version), draft, compression="zstd")
    fault("half_history")
    learnt = (row for row in warehouse.parameters(engine) if row.version <= version.version)
    in_force = Parameters.of(learnt, version.as_of_day)
    story = {
        "schema": "history/1",
        **{name: value for name, value in asdict(version).items() if name != "history_digest"},
        "as_of": date_of(version.as_of_day).isoformat(),
        "segments": [
            {name: value for name, value in row.items() if name != "version"}
            for row in warehouse.definitions(engine, version.version).values()
        ],
        "parameters": [asdict(row) for row in sorted(in_force, key=lambda p: (p.name, p.key))],
        "changes": {"file": parquet_path.name, "sha256": digest(parquet_path)},
    }
    with kept_whole(json_path) as draft:
        draft.write_text(json.dumps(story, indent=1, ensure_ascii=False), encoding="utf-8")
    return replace(version, history_digest=digest(json_path))


@contextmanager
def kept_whole(path: Path) -> Iterator[Path]:
    """A draft that takes the name of a history file; another file of that name is put aside, never written over."""
    with whole(path) as draft:
        yield draft
        if path.exists() and digest(path) != digest(draft):
            put_aside(path, path.parent / ASIDE)


def put_aside(path: Path, folder: Path) -> Path:
    """Move a file that nothing refers to into a folder, under a name that is free there."""
    folder.mkdir(parents=True, exist_ok=True)
    names = (folder / (path.name if n == 1 else f"{path.stem}.{n}{path.suffix}") for n in count(1))
    free = next(name for name in names if not name.exists())
    path.replace(free)
    sync_folder(folder)
    sync_folder(path.parent)
    return free


def refuse_another(folder: Path, version: int) -> None:
    """Raise ShopError where a version that is yet to be made has a history already."""
    if files(folder, version)[1].exists():
        raise another(folder, version)


def another(folder: Path, version: int) -> ShopError:
    """What to say where a number was given to two versions."""
    return ShopError(
        "history tells another version of this number",
        gave=str(files(folder, version)[1]),
        then="put the newest catalogue.sqlite back from a backup; nothing was written over",
    )


def read(folder: Path, version: int) -> Published:
    """A version as it was published.

    Raises ShopError where a file is missing or is not the one that was written.
    """
    parquet_path, json_path = files(folder, version)
    if not (parquet_path.exists() and json_path.exists()):
        raise ShopError("the history of a version is missing", gave=str(json_path), then="restore it from a backup")
    story = json.loads(json_path.read_text(encoding="utf-8"))
    if digest(parquet_path) != story["changes"]["sha256"]:
        raise ShopError("a history file was changed", gave=str(parquet_path), then="restore it from a backup")
    parts = {name: story[name] for name in Version.__dataclass_fields__ if name != "history_digest"}
    return Published(
        Version(**parts, history_digest=digest(json_path)),
        {row["segment"]: {**row, "version": version} for row in story["segments"]},
        tuple(Parameter(**row) for row in story["parameters"]),
        parquet_path,
    )


def exists(folder: Path, version: int) -> bool:
    """Whether both files of a version are there."""
    return all(path.exists() for path in files(folder, version))


def digest(path: Path) -> str:
    """SHA-256 of a file, as text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
