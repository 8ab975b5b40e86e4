"""The process that holds the warehouse: it alone writes, and it answers all others at the door."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regulars.catalogue import Catalogue, Holder, lease
from regulars.door import Door
from regulars.errors import Busy, EngineError, RegularsError, UsageError
from regulars.project import FILE, Project
from regulars.versions import rebuild
from regulars.versions.state import Memory, State

if TYPE_CHECKING:
    from regulars.engine.duckdb import DuckDB


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the method table: what answers, and whether it writes.

    A reading method gets a State, a writing one the Owner; both get the arguments by name. `again` answers, from a
    State and the number of the version that came of it, who asks a second time because the answer was lost.
    """

    answer: Callable[..., Any]
    writes: bool = False
    again: Callable[[State, int], Any] | None = None


class Owner:
    """The holder of the lease, with the warehouse open and a door that others knock at.

    Questions are answered side by side, each on a snapshot of its own, also while something is written. Writing is
    done one at a time; who asks for what is being done already gets the same answer.
    """

    def __init__(self, project: Project, catalogue: Catalogue, holder: Holder, methods: Mapping[str, Method]) -> None:
        self.project = project
        self.catalogue = catalogue
        self.holder = holder
        self.methods = methods
        self.writing = threading.Lock()
        self.turns = threading.Condition()
        self.reading = 0
        self.swapping = False
        self.flights: dict[str, Future[Any]] = {}
        self.stopping = threading.Event()
        self.memory = Memory()
        self.read_at = (0, 0)
        self.lost = False
        self.engine = rebuild.open_warehouse(project, catalogue)
        self.door = Door.open(project.door, self.call)
        self.heart = threading.Thread(target=self.beat, name="regulars-heart", daemon=True)
        self.catalogue.show_door(holder, self.door.address)
        self.heart.start()

    def beat(self) -> None:
        """Tell the others that we live, until we stop or the lease is gone."""
        while not self.stopping.wait(lease.HEARTBEAT):
            try:
                if not self.catalogue.beat(self.holder):
                    self.lost = True
                    return
            except RegularsError:
                continue  # the catalogue is busy; a missed beat is made up by the next

    def call(self, name: str, arguments: Mapping[str, Any], request: str = "") -> Any:
        """Answer a method by its name; a `request` that was asked before is not done twice."""
        method = self.methods.get(name)
        if method is None:
            raise UsageError.unknown("method", name, self.methods)
        if self.lost:
            raise Busy("another process has taken over this shop", then="open the shop anew")
        if method.writes:
            return self.once(name, method, arguments, request)
        with self.snapshot() as state:
            return method.answer(state, **arguments)

    def once(self, name: str, method: Method, arguments: Mapping[str, Any], request: str) -> Any:
        """Do a piece of writing, or wait for the same piece that is under way."""
        key = json.dumps([name, dict(arguments)], sort_keys=True, default=str)
        with self.turns:
            under_way = self.flights.get(key)
            flight = self.flights.setdefault(key, Future())
        if under_way:
            return under_way.result()
        try:
            with self.writing:
                flight.set_result(self.done(method, request) or self.logged(name, method, arguments, request))
        except BaseException as failure:
            flight.set_exception(failure)
            raise
        finally:
            with self.turns:
                del self.flights[key]
        return flight.result()

    def done(self, method: Method, request: str) -> Any:
        """The answer to a request that a version came of already, None where there is none."""
        run = self.catalogue.run_of(request) if request and method.again else None
        if run is None or method.again is None or "published" not in run.detail:
            return None
        with self.snapshot() as state:
            return method.again(state, run.detail["published"])

    def logged(self, name: str, method: Method, arguments: Mapping[str, Any], request: str) -> Any:
        """Do it as a run of the catalogue."""
        run = self.catalogue.start_run(name, request)
        try:
            result = method.answer(self, **arguments)
        except BaseException as failure:
            told = isinstance(failure, RegularsError) and not isinstance(failure, EngineError)
            said = str(failure) if told else type(failure).__name__  # an engine's refusal may quote a customer's data
            self.catalogue.end_run(run, "failed", {"why": said})
            raise
        self.catalogue.end_run(run, "done", {key: result.get(key) for key in ("version", "as_of") if key in result})
        return result

    @contextmanager
    def cursor(self) -> Iterator[DuckDB]:
        """A connection to the warehouse of one's own; the file stays until it is given back."""
        with self.turns:
            self.turns.wait_for(lambda: not self.swapping)
            cursor = self.engine.cursor()
            self.reading += 1
        try:
            yield cursor
        finally:
            cursor.close()
            with self.turns:
                self.reading -= 1
                self.turns.notify_all()

    @contextmanager
    def snapshot(self) -> Iterator[State]:
        """The last committed state; what is written meanwhile is not seen."""
        with self.cursor() as cursor, cursor.transaction():
            yield State.published(self.current_project(), self.catalogue, cursor, self.memory)

    def current_project(self) -> Project:
        """regulars.yaml as it is now."""
        stat = (self.project.root / FILE).stat()
        if self.read_at != (stat.st_mtime_ns, stat.st_size):
            self.project = Project.open(self.project.root)
            self.read_at = (stat.st_mtime_ns, stat.st_size)
        return self.project

    def rebuild(self) -> dict[str, Any]:
        """Make the warehouse anew beside the present one and let it take its place when nobody reads."""
        found = rebuild.rebuild(self.current_project(), self.catalogue)
        self.catalogue.check_lease()
        with self.turns:
            self.swapping = True
            self.turns.wait_for(lambda: self.reading == 0)
            try:
                self.engine.close()
                rebuild.take_place(self.project)
            finally:
                self.engine = rebuild.connect(self.project)
                self.swapping = False
                self.turns.notify_all()
        return found

    def close(self) -> None:
        """Finish what was asked, close the door and the warehouse, give the lease back."""
        self.stopping.set()
        self.door.close()
        with self.writing, self.turns:
            self.turns.wait_for(lambda: self.reading == 0)
            self.engine.close()
        self.catalogue.release(self.holder)
