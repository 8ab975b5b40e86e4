"""The catalogue of one shop: the only way to its SQLite file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from regulars import clock
from regulars.catalogue import audit as chain
from regulars.catalogue import lease as leases
from regulars.catalogue.fault import fault
from regulars.catalogue.rows import Holder, Load, Run, Version
from regulars.catalogue.store import Store
from regulars.catalogue.tables import audit, codes, loads, runs, slots, versions


class Catalogue:
    """What is defined and what happened, durable the moment a method returns.

    >>> from tempfile import mkdtemp
    >>> catalogue = Catalogue.open(Path(mkdtemp()) / "catalogue.sqlite")
    >>> catalogue.codes("store", ["Utrecht", "Aarhus"])
    {'Aarhus': 1, 'Utrecht': 2}
    >>> catalogue.codes("store", ["Oslo", "Aarhus"])
    {'Aarhus': 1, 'Oslo': 3}
    >>> catalogue.close()
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.watch = leases.Watch()
        self.mine: Holder | None = None

    @classmethod
    def open(cls, path: Path) -> Catalogue:
        """Open or make the file; an older schema is brought up in one transaction."""
        return cls(Store.open(path))

    def close(self) -> None:
        """Give the file back."""
        self.store.close()

    def codes(self, book: str, texts: Iterable[str]) -> dict[str, int]:
        """The code of each text; unseen ones get the next codes, in sorted order within one call.

        Codes count from 1 and are never given twice nor taken back.
        """
        wanted = sorted(set(texts))
        if not (known := self.book(book)).keys() >= set(wanted):
            with self.store.write() as connection:
                known = read_book(connection, book)
                unseen = [text for text in wanted if text not in known]
                fresh = {text: code for code, text in enumerate(unseen, max(known.values(), default=0) + 1)}
                added = [{"book": book, "code": code, "text": text} for text, code in fresh.items()]
                if added:
                    connection.execute(insert(codes), added)
                known |= fresh
        return {text: known[text] for text in wanted}

    def book(self, book: str) -> dict[str, int]:
        """Every text of one code book with its code."""
        with self.store.read() as connection:
            return read_book(connection, book)

    def all_codes(self) -> dict[str, dict[str, int]]:
        """Every code book: book, text, code."""
        books: dict[str, dict[str, int]] = {}
        with self.store.read() as connection:
            for row in connection.execute(select(codes).order_by(codes.c.book, codes.c.code)):
                books.setdefault(row.book, {})[row.text] = row.code
        return books

    def slots(self, segments: Iterable[str]) -> dict[str, int]:
        """The bit of each segment in the words, from 0; a segment keeps its slot for life, in order of first sight."""
        wanted = list(dict.fromkeys(segments))
        with self.store.write() as connection:
            known = {row.segment: row.slot for row in connection.execute(select(slots))}
            unseen = [segment for segment in wanted if segment not in known]
            fresh = {segment: slot for slot, segment in enumerate(unseen, len(known))}
            if fresh:
                connection.execute(insert(slots), [{"segment": s, "slot": n} for s, n in fresh.items()])
        return {segment: (known | fresh)[segment] for segment in wanted}

    def all_slots(self) -> dict[str, int]:
        """Every segment that ever was, with its bit."""
        with self.store.read() as connection:
            return {row.segment: row.slot for row in connection.execute(select(slots).order_by(slots.c.slot))}

    def add_load(
        self,
        *,
        source: str,
        rows_kind: str,
        files: Iterable[str],
        rows: int,
        digest: str,
        path: str,
        mapping: str = "",
        landed: str = "",
    ) -> Load:
        """Write down a delivery whose landing file is durable; of one digest and mapping a source has one load.

        `landed` is the SHA-256 of the landing file.
        """
        fault("add_load")
        values = {
            "source": source,
            "rows_kind": rows_kind,
            "files": list(files),
            "rows": rows,
            "digest": digest,
            "path": path,
            "mapping": mapping,
            "landed_at": now(),
            "landed": landed,
        }
        same = (loads.c.source == source) & (loads.c.digest == digest) & (loads.c.mapping == mapping)
        with self.write_as_holder() as connection:
            found = connection.execute(select(loads).where(same)).one_or_none()
            load = as_load(found or connection.execute(insert(loads).values(**values).returning(loads)).one())
        fault("load_added")
        return load

    def loads(self) -> list[Load]:
        """Every delivery, oldest first."""
        with self.store.read() as connection:
            return [as_load(row) for row in connection.execute(select(loads).order_by(loads.c.id))]

    def start_run(self, verb: str, request: str = "") -> Run:
        """Write down that a verb begins; `request` is what its asker calls it, to find it again."""
        values = {
            "verb": verb,
            "status": "running",
            "started_at": now(),
            "host": leases.here(),
            "pid": os.getpid(),
            "detail": {"request": request} if request else {},
        }
        with self.store.write() as connection:
            return as_run(connection.execute(insert(runs).values(**values).returning(runs)).one())

    def end_run(self, run: Run, status: str, detail: dict[str, Any] | None = None) -> Run:
        """Write down how a run ended: done, failed or dead."""
        with self.store.write() as connection:
            kept = connection.execute(select(runs.c.detail).where(runs.c.id == run.id)).scalar_one()
            ended = {"status": status, "ended_at": now(), "detail": {**kept, **(detail or {})}}
            done = connection.execute(update(runs).where(runs.c.id == run.id).values(**ended).returning(runs))
            return as_run(done.one())

    def bury_runs(self) -> list[Run]:
        """End every run still called running: as done where its version was published, else as dead.

        Only for the lease's new holder, before its own first run.
        """
        with self.store.write() as connection:
            lost = [as_run(row) for row in connection.execute(select(runs).where(runs.c.status == "running"))]
            for run in lost:
                ended = {"status": "done" if "published" in run.detail else "dead", "ended_at": now()}
                connection.execute(update(runs).where(runs.c.id == run.id).values(**ended))
            return lost

    def run_of(self, request: str) -> Run | None:
        """The newest run that was asked for by this name."""
        asked = runs.c.detail["request"].as_string() == request
        with self.store.read() as connection:
            row = connection.execute(select(runs).where(asked).order_by(runs.c.id.desc()).limit(1)).one_or_none()
        return as_run(row) if row else None

    def runs(self, limit: int | None = None) -> list[Run]:
        """Every run, newest first."""
        with self.store.read() as connection:
            return [as_run(row) for row in connection.execute(select(runs).order_by(runs.c.id.desc()).limit(limit))]

    def add_version(self, version: Version) -> None:
        """Write down a published version whose history file is durable; again is the same as once.

        The run that is under way, or that died at it, is known from then on to have published it.
        """
        with self.write_as_holder() as connection:
            if not connection.execute(select(versions).where(versions.c.version == version.version)).first():
                connection.execute(insert(versions).values(**asdict(version)))
                for row in connection.execute(select(runs).where(runs.c.status == "running")).all():
                    detail = {**row.detail, "published": version.version}
                    connection.execute(update(runs).where(runs.c.id == row.id).values(detail=detail))
                chain.append(connection, "publish", {"version": version.version, "history": version.history_digest})

    def versions(self) -> list[Version]:
        """Every published version, oldest first."""
        with self.store.read() as connection:
            return [
                Version(**row._mapping) for row in connection.execute(select(versions).order_by(versions.c.version))
            ]

    def last_version(self) -> int:
        """The number of the newest version, 0 before the first."""
        with self.store.read() as connection:
            return int(connection.execute(select(func.max(versions.c.version))).scalar() or 0)

    def acquire(self) -> tuple[Holder, bool]:
        """Try to become the one writer: the holder now, and whether that is us."""
        with self.store.write() as connection:
            holder, ours = leases.acquire(connection, self.watch)
        self.mine = holder if ours else self.mine
        return holder, ours

    def check_lease(self) -> None:
        """Raise Busy where we were the one writer and are no longer."""
        if self.mine:
            with self.store.read() as connection:
                leases.check(connection, self.mine.token)

    @contextmanager
    def write_as_holder(self) -> Iterator[Connection]:
        """All or nothing, and nothing where we were the one writer and are no longer (Busy)."""
        with self.store.write() as connection:
            if self.mine:
                leases.check(connection, self.mine.token)
            yield connection

    def show_door(self, holder: Holder, address: str) -> None:
        """Write down where the holder answers."""
        with self.store.write() as connection:
            leases.show_door(connection, holder.token, address)

    def holder(self) -> Holder | None:
        """Whoever may write now, or None; a dead one counts as none."""
        with self.store.read() as connection:
            found = leases.current(connection)
        return None if found is None or leases.dead(found, self.watch.still(found)) else found

    def beat(self, holder: Holder) -> bool:
        """Say that we live; False when the lease has passed to another."""
        with self.store.write() as connection:
            return leases.beat(connection, holder.token)

    def release(self, holder: Holder) -> None:
        """Give the lease back."""
        with self.store.write() as connection:
            leases.release(connection, holder.token)
        self.mine = None

    def audit(self, what: str, *, who: str | None = None, **detail: Any) -> str:
        """Add a row that cannot be changed afterwards and return its hash."""
        with self.store.write() as connection:
            return chain.append(connection, what, detail, who=who)

    def audited(self) -> list[dict[str, Any]]:
        """Every audit row, oldest first."""
        with self.store.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(audit).order_by(audit.c.id))]

    def audit_broken_at(self) -> int | None:
        """The id of the first audit row that was tampered with, or None."""
        with self.store.read() as connection:
            return chain.broken(connection)


def now() -> int:
    """This moment in UTC seconds."""
    return int(clock.utc_now().timestamp())


def read_book(connection: Connection, book: str) -> dict[str, int]:
    """One code book: text, code."""
    rows = connection.execute(select(codes.c.text, codes.c.code).where(codes.c.book == book))
    return {row.text: row.code for row in rows}


def as_load(row: Row[Any]) -> Load:
    """A row as a Load."""
    return Load(**{**row._mapping, "files": tuple(row.files)})


def as_run(row: Row[Any]) -> Run:
    """A row as a Run."""
    return Run(**row._mapping)
