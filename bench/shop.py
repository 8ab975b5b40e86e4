"""The bench's shop folder: the simulated tables in a warehouse, the code books, 20 segments, and a first version.

The canonical tables are filled in bulk; all else is the product's own doing. The first version is of the day before the
measured refresh, so that the measured one finds joiners and leavers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from bench.books import BOOKS
from bench.generate import NOTE
from bench.tables import LAST_DAY
from regulars.catalogue import Catalogue
from regulars.engine.duckdb import DuckDB
from regulars.project import Project
from regulars.segments import library
from regulars.sources import canonicalise
from regulars.sources.canonical import CANONICAL
from regulars.traits.catalogue import traits
from regulars.versions import warehouse

SEGMENTS = Path(__file__).parent / "segments"
GIVEN = "given.json"
DAY_BEFORE = LAST_DAY - timedelta(days=1)

ATTRIBUTES = ("age_band", "birth_date", "country")

YAML = f"""schema: shop/1
shop: {{name: Bench, currency: EUR, time_zone: UTC, language: en, country: NL, as_of: {LAST_DAY}, note: "{NOTE}"}}
engine: {{threads: 2}}
sources:
  people:
    files: data/people.csv
    rows: people
    columns: {{customer: id, attributes: {{age_band: age_band, birth_date: birth_date, country: country}}}}
"""


def only_own_segments() -> None:
    """In this process, leave the library's segments out: the budget is for twenty, and the library grows."""
    library.texts = dict


def write_folder(root: Path) -> None:
    """regulars.yaml, the segments, and a file of people without rows: it only tells which attributes there are."""
    shutil.rmtree(root, ignore_errors=True)
    (root / "data").mkdir(parents=True)
    (root / "regulars.yaml").write_text(YAML, encoding="utf-8")
    (root / "data" / "people.csv").write_text("id,age_band,birth_date,country\n", encoding="utf-8")
    shutil.copytree(SEGMENTS, root / "segments")


def fill(project: Project, tables: Path) -> None:
    """The warehouse with the simulated tables in their order, and the code books."""
    catalogue = Catalogue.open(project.catalogue_path)
    for book, texts in BOOKS.items():
        catalogue.codes(book, texts)
    catalogue.close()
    engine = DuckDB.open(project.warehouse)
    canonicalise.prepare(engine)
    engine.close()
    with duckdb.connect(str(project.warehouse)) as connection:
        connection.execute("SET enable_progress_bar = false")
        for name in CANONICAL:
            if (path := tables / f"{name}.parquet").exists():
                connection.execute(f"INSERT INTO {name} BY NAME FROM '{path}'")


def build(root: Path, tables: Path) -> Mapping[str, Any]:
    """Make the shop and publish its first version; what that refresh said."""
    from regulars.shop import open as open_shop

    only_own_segments()
    write_folder(root)
    fill(Project.open(root), tables)
    with open_shop(root) as shop:
        told = shop.refresh(as_of=DAY_BEFORE.isoformat())
    text = json.dumps({**learnt(root), "facts": str(tables.resolve())}, indent=1)
    for folder in (root, as_files(root)):
        (folder / GIVEN).write_text(text, encoding="utf-8")
    return told


def as_files(root: Path) -> Path:
    """The first version's words and memberships as Parquet, for a way that has no warehouse."""
    folder = root.with_name("parquet")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with duckdb.connect(str(root / ".regulars" / "warehouse.duckdb"), read_only=True) as connection:
        for name in ("words", "memberships"):
            connection.execute(f"COPY {name} TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION lz4_raw)")
    return folder


def learnt(root: Path) -> dict[str, Any]:
    """What the other ways are given, since they read no YAML and learn nothing: moment, parameters, codes, slots."""
    project = Project.open(root)
    catalogue = Catalogue.open(project.catalogue_path)
    books, slots = catalogue.all_codes(), catalogue.all_slots()
    catalogue.close()
    engine = DuckDB.open(project.warehouse)
    rows = [row for row in warehouse.parameters(engine) if row.value is not None]
    last = warehouse.last_version(engine)
    assert last is not None
    engine.close()
    moment = project.as_of_now()
    return {
        "day": moment.day,
        "sec": moment.sec,
        "date": LAST_DAY.isoformat(),
        "version": last.version + 1,
        "through": last.loads_through,
        "traits": list(traits(project.attributes)),
        "parameters": {row.name: row.value for row in rows if not row.key},
        "rates": {row.key: row.value for row in rows if row.name == "category_rate"},
        "codes": books,
        "slots": slots,
    }
