"""The warehouse made anew from landing, catalogue and history, and mended at every start.

At a start nothing asks for a hand: what a killed process left half-done is finished or taken away.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars import clock
from regulars.catalogue import Catalogue, Version
from regulars.catalogue.fault import fault
from regulars.clock import AsOf
from regulars.errors import EngineError, ShopError
from regulars.files import sync_folder
from regulars.project import Project
from regulars.sources import canonicalise
from regulars.versions import history, memberships, steps, warehouse

if TYPE_CHECKING:
    from regulars.engine.duckdb import DuckDB


def open_warehouse(project: Project, catalogue: Catalogue) -> DuckDB:
    """The warehouse, whole: for the new holder of the lease, before anything else."""
    adopt(project, catalogue)
    engine = opened(project, catalogue)
    check_truth(project, catalogue, engine)
    clean(project, catalogue)
    if engine is None:
        rebuild(project, catalogue)
        take_place(project)
        engine = connect(project)
    close_gap(project, catalogue, engine)
    catalogue.bury_runs()
    return engine


def adopt(project: Project, catalogue: Catalogue) -> None:
    """Write down the version of which history has both files and the catalogue no row: it was published.

    Raises ShopError where the catalogue lacks what that version was made of: then it is an older one, put back.
    """
    number = catalogue.last_version() + 1
    if not history.exists(project.history, number):
        return
    found = history.read(project.history, number)
    loads = max((load.id for load in catalogue.loads()), default=0)
    if found.version.loads_through > loads or found.definitions.keys() - catalogue.all_slots().keys():
        raise older(project)
    catalogue.add_version(found.version)


def connect(project: Project, path: Path | None = None) -> DuckDB:
    """A connection to the warehouse file, or to another one, with the shop's settings."""
    from regulars.engine.duckdb import DuckDB

    settings = project.engine
    temp = project.state / "temp"
    return DuckDB.open(path or project.warehouse, threads=settings.threads, memory=settings.memory, temp=temp)


def check_settings(project: Project) -> None:
    """Raise EngineError where the shop's settings, not its file, are what the engine refuses."""
    from regulars.engine.duckdb import DuckDB

    trial = DuckDB.open(threads=project.engine.threads, memory=project.engine.memory)
    trial.run("CREATE TABLE trial AS SELECT range AS n FROM range(100000) ORDER BY hash(range)")
    trial.close()


def opened(project: Project, catalogue: Catalogue) -> DuckDB | None:
    """The warehouse if its file can be used and tells what was published; a damaged file is put aside."""
    published = [replace(version, history_digest="") for version in catalogue.versions()]
    if published and not project.warehouse.exists():
        return None
    try:
        engine = connect(project)
    except EngineError:
        check_settings(project)
        put_aside(project)
        return None
    try:
        usable = warehouse.has_shape(engine) and canonicalise.comparable(engine)
        told = warehouse.versions(engine) if usable else None
    except EngineError:
        engine.close()
        check_settings(project)
        put_aside(project)
        return None
    if told is not None and told[: len(published)] == published:
        return engine
    engine.close()
    return None


def check_truth(project: Project, catalogue: Catalogue, engine: DuckDB | None) -> None:
    """Refuse a catalogue that is older than what is beside it, before anything is taken for a leftover.

    A killed process leaves at most one file that the catalogue does not know in landing, and one version in history.
    """
    loads = {load.id for load in catalogue.loads()}
    unknown = len(strays(project, catalogue))
    newer = [path for path in project.history.glob("v*.json") if int(path.stem[1:]) > catalogue.last_version() + 1]
    if unknown > 1 or newer or (engine is not None and warehouse.applied(engine) - loads):
        if engine is not None:
            engine.close()
        raise older(project)


def older(project: Project) -> ShopError:
    """What to say where the catalogue does not know what is beside it."""
    return ShopError(
        "the catalogue is older than the shop's other files",
        gave=str(project.catalogue_path),
        then="put the newest catalogue.sqlite back from a backup; nothing was changed",
    )


def strays(project: Project, catalogue: Catalogue) -> list[Path]:
    """Landed files that the catalogue does not know."""
    known = {project.landing / load.path for load in catalogue.loads()}
    return [path for path in sorted(project.landing.glob("*/*.parquet")) if path not in known]


def put_aside(project: Project) -> None:
    """Keep a damaged file under another name; its log first, so that it can never meet a new file."""
    stamp = f"{clock.utc_now():%Y%m%dT%H%M%S}"
    for path in (log_of(project.warehouse), project.warehouse):
        if path.exists():
            path.replace(path.with_name(f"{path.name}.damaged-{stamp}"))


def log_of(path: Path) -> Path:
    """Where DuckDB logs what is not in the file yet."""
    return path.with_name(f"{path.name}.wal")


def fresh(project: Project) -> Path:
    """Where a new warehouse is built."""
    return project.state / "warehouse.new.duckdb"


def clean(project: Project, catalogue: Catalogue) -> None:
    """Take away what a killed process left: half a landing, half a history file, half a warehouse.

    A landed file that is whole and that the catalogue does not know is put aside, until the same rows have landed.
    """
    for folder in project.landing.glob("*/.landing-*"):
        shutil.rmtree(folder)
    for path in (*project.history.glob("*.part"), fresh(project), log_of(fresh(project))):
        path.unlink(missing_ok=True)
    aside = project.landing / history.ASIDE
    for path in strays(project, catalogue):
        history.put_aside(path, aside / path.parent.name)
    known = {project.landing / load.path for load in catalogue.loads()}
    for path in aside.glob("*/*.parquet"):
        landed = project.landing / path.parent.name / path.name
        if landed in known and landed.exists():
            path.unlink()


def close_gap(project: Project, catalogue: Catalogue, engine: DuckDB) -> None:
    """Every version of the warehouse gets its history files and its row in the catalogue, if it lacks them."""
    done = {version.version for version in catalogue.versions()}
    for version in warehouse.versions(engine):
        if version.version not in done or not history.exists(project.history, version.version):
            catalogue.add_version(history.write(engine, project.history, version))


def take_place(project: Project) -> None:
    """Let the new warehouse be the warehouse; no connection may be open."""
    fault("take_place")
    log_of(project.warehouse).unlink(missing_ok=True)
    fault("half_placed")
    fresh(project).replace(project.warehouse)
    sync_folder(project.state)


def rebuild(project: Project, catalogue: Catalogue) -> dict[str, Any]:
    """Make a new warehouse beside the present one; what it holds, and where it differs from what was published.

    Memberships, versions and parameters come from history, facts from landing; traits are computed as of the last
    version. `differs` counts, per segment whose definition has not changed since, the customers who would not be in
    it (or would) if it were decided today from the same facts and parameters: 0 unless the program changed.
    """
    for path in (fresh(project), log_of(fresh(project))):
        path.unlink(missing_ok=True)
    engine = connect(project, fresh(project))
    try:
        fault("rebuild")
        return refill(project, catalogue, engine)
    finally:
        engine.close()


def read_back(project: Project, version: Version) -> history.Published:
    """A version's history, which must be the one that the catalogue knows."""
    found = history.read(project.history, version.version)
    if found.version != version:
        raise ShopError(
            "a history file was changed",
            gave=str(history.files(project.history, version.version)[1]),
            then="restore it from a backup",
        )
    return found


def refill(project: Project, catalogue: Catalogue, engine: DuckDB) -> dict[str, Any]:
    """Fill an empty warehouse."""
    published = [read_back(project, version) for version in catalogue.versions()]
    last = published[-1].version if published else None
    moment = AsOf(last.as_of_day, last.as_of_sec) if last else project.as_of_now()
    work = steps.Work(project, catalogue, engine, moment)
    steps.begin(work)
    if last is not None:
        steps.apply_loads(work, through=last.loads_through)
        steps.find_customers(work)
        warehouse.restore(engine, published)
        memberships.restore(engine, published)
        work.last = last
        work.look_again()
        steps.build_traits(work)
        memberships.restore_words(engine, catalogue.all_slots())
        warehouse.publish_views(engine, steps.now_sql(work))
    differs = steps.differences(work) if last else {}
    steps.commit(work)
    return {
        "version": last.version if last else None,
        "versions": len(published),
        "loads": len(warehouse.applied(engine)),
        "differs": {segment: count for segment, count in differs.items() if count},
    }
