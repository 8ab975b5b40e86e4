"""The public door: a shop's folder opened, asked and refreshed from Python, the command line or another process.

Answers are plain values or Arrow tables. Whoever asks first holds the warehouse; a second process asks the first one
and notices no difference.
"""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from regulars.errors import Busy, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.catalogue import Catalogue, Holder
    from regulars.door import Caller
    from regulars.owner import Owner
    from regulars.project import Project

PATIENCE = 600.0
"""Seconds to wait for another process that is starting or stopping."""

PAUSE = 0.02
"""Seconds between two looks at who holds the shop."""


SHOWN = 50
"""Rows that a notebook shows."""


class Answer(dict[str, Any]):
    """What a shop answered: plain values by name, ready for JSON.

    `kind` says what was asked; `rows` (a list) or `value` hold the answer; `as_of` (a day) and `version` say which state
    it speaks of; `note` is the shop's remark on its data, `stale` says what has changed since, if anything has.
    """

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        import pyarrow as pa

        return pa.Table.from_pylist(self.listed())

    def to_polars(self) -> Any:
        """The rows as a Polars frame; Polars is yours to install."""
        polars = needed("polars")
        return polars.from_dicts(self.listed())

    def to_pandas(self) -> Any:
        """The rows as a pandas frame; pandas is yours to install."""
        pandas = needed("pandas")
        return pandas.DataFrame(self.listed())

    def listed(self) -> list[dict[str, Any]]:
        """The rows; an answer of one value has one."""
        if "rows" in self:
            return list(self["rows"])
        value = self.get("value")
        return [value if isinstance(value, dict) else {"value": value}]

    def _repr_html_(self) -> str:
        from html import escape

        rows = self.listed()
        names = list(dict.fromkeys(name for row in rows for name in row))
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(str(row.get(name, '')))}</td>" for name in names) + "</tr>"
            for row in rows[:SHOWN]
        )
        more = f"; {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
        said = f"{self.get('kind')}, as of {self.get('as_of')}, version {self.get('version')}{more}"
        return f"<table><caption>{escape(said)}</caption><tr>{head}</tr>{body}</table>"


def shown(answer: Any) -> Any:
    """An answer as it is handed out; a table stays a table."""
    return Answer(answer) if isinstance(answer, dict) else answer


def open(path: str | Path = ".") -> Shop:
    """The shop in a folder; nothing is computed yet.

    Raises ShopError where regulars.yaml is missing or wrong.
    """
    return Shop(Path(path).expanduser().resolve())


def names(words: Iterable[str] | str) -> list[str]:
    """A list of names, from a list or from one text with commas.

    >>> names("revenue, orders"), names(["revenue"])
    (['revenue', 'orders'], ['revenue'])
    """
    parts = words.split(",") if isinstance(words, str) else words
    return [part.strip() for part in parts if part.strip()]


def needed(package: str) -> Any:
    """A package of yours that an answer is turned into; UsageError where it is missing."""
    try:
        return import_module(package)
    except ModuleNotFoundError:
        raise UsageError(f"{package} is not installed", then=f"pip install {package}, or use to_arrow()") from None


def in_memory(
    orders: Any,
    *,
    name: str = "shop",
    currency: str = "EUR",
    time_zone: str = "UTC",
    language: str = "en",
    country: str | None = None,
) -> Shop:
    """A shop out of one frame of orders or order lines, gone when it is closed.

    `orders` is an Arrow table or anything that gives one (Polars, pandas, DuckDB); what its columns are is proposed
    from their names. Raises SourceError where that cannot be told.
    """
    import pyarrow as pa
    from pyarrow import parquet

    from regulars.sources import propose

    kept = TemporaryDirectory(prefix="regulars-")
    root = Path(kept.name)
    file = root / "data" / "orders.parquet"
    file.parent.mkdir()
    parquet.write_table(orders if isinstance(orders, pa.Table) else pa.table(orders), file)
    told = {"name": name, "currency": currency, "time_zone": time_zone, "language": language, "country": country}
    try:
        propose.write(file, root, propose.shop_file(file, root, **told))  # type: ignore[arg-type]
        made = Shop(root)
    except BaseException:
        kept.cleanup()
        raise
    made.kept = kept
    return made


class Shop:
    """A shop's folder. The first question takes the warehouse, or asks the process that has it; `close` lets go.

    Use it as a context manager, or close it; it lets go at the interpreter's end at the latest.
    """

    def __init__(self, root: Path) -> None:
        from regulars.project import Project

        self.root = root
        self.project: Project = Project.open(root)
        self.catalogue: Catalogue | None = None
        self.owner: Owner | None = None
        self.mine = threading.local()
        self.callers: list[Caller] = []
        self.taking = threading.Lock()
        self.kept: TemporaryDirectory[str] | None = None
        opened.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Shop({self.project.name!r}, {str(self.root)!r})"

    def close(self) -> None:
        """Let go of the warehouse; a later question takes it again."""
        with self.taking:
            if self.owner:
                self.owner.close()
            if self.catalogue:
                self.catalogue.close()
            while self.callers:
                self.callers.pop().close()
            self.mine = threading.local()
            self.owner = self.catalogue = None
            if self.kept:
                self.kept.cleanup()

    def ask(self, name: str, **arguments: Any) -> Any:
        """Have a method answered by whoever holds the warehouse, here or in another process."""
        deadline, request = time.monotonic() + PATIENCE, uuid4().hex
        while time.monotonic() < deadline:
            owner, holder = self.who_holds()
            if owner:
                return shown(owner.call(name, arguments, request))
            if holder and holder.door:
                answered, answer = self.ask_other(holder, name, arguments, request)
                if answered:
                    return shown(answer)
            time.sleep(PAUSE)
        raise Busy("another process holds this shop and does not answer", gave=holder.name if holder else None)

    def who_holds(self) -> tuple[Owner | None, Holder | None]:
        """The warehouse's owner if that is us, else who it is; we take what nobody holds."""
        from regulars.catalogue import Catalogue

        with self.taking:
            if self.owner and not self.owner.lost:
                return self.owner, None
            if self.owner:
                self.owner.close()
                self.owner = None
            self.catalogue = self.catalogue or Catalogue.open(self.project.catalogue_path)
            if holder := self.catalogue.holder():
                return None, holder
            holder, ours = self.catalogue.acquire()
            if ours:
                self.owner = self.take(self.catalogue, holder)
            return self.owner, holder

    def take(self, catalogue: Catalogue, holder: Holder) -> Owner:
        """Open the warehouse and the door; the lease goes back if that fails."""
        from regulars.answers import METHODS
        from regulars.owner import Owner

        try:
            return Owner(self.project, catalogue, holder, METHODS)
        except BaseException:
            catalogue.release(holder)
            raise

    def ask_other(self, holder: Holder, name: str, arguments: dict[str, Any], request: str) -> tuple[bool, Any]:
        """Ask the other process; False when it went away before it answered."""
        from regulars.door import Caller, Closed

        try:
            known: Caller | None = getattr(self.mine, "caller", None)
            if known is None or known.token != holder.token:
                known = self.mine.caller = Caller.connect(holder.door, holder.token)
                self.callers.append(known)
            return True, known.call(name, arguments, request, lambda: self.look_at(holder))
        except Closed:
            self.mine.caller = None
            return False, None

    def look_at(self, holder: Holder) -> None:
        """Raise Closed where another process holds the shop by now, Busy where the holder stands still."""
        from regulars.door import Closed

        assert self.catalogue is not None  # noqa: S101 it told who holds
        found = self.catalogue.holder()
        if found is None or found.token != holder.token:
            raise Closed
        if self.catalogue.watch.still(found) > PATIENCE:
            self.mine.caller = None
            raise Busy("the process that holds this shop does not answer", gave=holder.name, then="stop it")

    def load(self) -> Answer:
        """Bring in what is new in the sources and account for every row: one row per load, with its totals."""
        return self.ask("load")  # type: ignore[no-any-return]

    def refresh(
        self,
        *,
        as_of: str | None = None,
        learn: bool = False,
        dry_run: bool = False,
        accept_quarantine: bool = False,
    ) -> Answer:
        """Load, compute every trait and segment and publish a version; `as_of` is a day such as 2018-01-01.

        Raises Held where more than half of the newest rows of a source cannot be used, unless you `accept_quarantine`.
        `dry_run` tells who would enter and leave which segment with the files that are loaded already, and changes
        nothing.
        """
        told = {"as_of": str(as_of) if as_of else None, "learn": learn}
        if dry_run:
            return self.ask("rehearse", **told)  # type: ignore[no-any-return]
        return self.ask("refresh", accept_quarantine=accept_quarantine, **told)  # type: ignore[no-any-return]

    def learn(self) -> Answer:
        """Learn thresholds, priors and base rates anew, and publish a version with them."""
        return self.ask("learn")  # type: ignore[no-any-return]

    def rebuild(self) -> Answer:
        """Make the warehouse anew from landing, catalogue and history."""
        return self.ask("rebuild")  # type: ignore[no-any-return]

    def segments(self, *, language: str | None = None) -> Answer:
        """Every segment with its size, its worth, its thresholds and their reasons, and its sentence."""
        return self.ask("segments", language=language)  # type: ignore[no-any-return]

    def members(self, segment: str, *, traits: Iterable[str] | str = (), limit: int | None = None) -> Answer:
        """Who is in a segment, the largest revenue first, with traits of your choice: names, or one text of them."""
        return self.ask("members", segment=segment, traits=names(traits), limit=limit)  # type: ignore[no-any-return]

    def count(self, segment: str | None = None, *, definition: str | None = None, file: str | None = None) -> Answer:
        """How many a segment, or a definition's text, holds now: whole and per condition.

        `file` is the name of the file that the text is of, for its faults.
        """
        if (segment is None) == (definition is None):
            raise UsageError("count needs a segment's id or a definition's text", then='shop.count("best_customers")')
        return self.ask("count", segment=segment, definition=definition, file=file)  # type: ignore[no-any-return]

    def why(self, customer: str, segment: str, *, language: str | None = None) -> Answer:
        """Why a customer is in a segment or not: each condition with the real value and the rows behind it."""
        return self.ask("why", customer=str(customer), segment=segment, language=language)  # type: ignore[no-any-return]

    def customer(self, customer: str, *, language: str | None = None) -> Answer:
        """One customer: every trait with its value, every segment with since when."""
        return self.ask("customer", customer=str(customer), language=language)  # type: ignore[no-any-return]

    def sql(self, segment: str) -> Answer:
        """The SQL that decides a segment."""
        return self.ask("sql", segment=segment)  # type: ignore[no-any-return]

    def history(self, segment: str) -> Answer:
        """What was published of a segment: per version its size, who entered and left, and why."""
        return self.ask("history", segment=segment)  # type: ignore[no-any-return]

    def concentration(self, of: str = "revenue", *, top: float | None = None, needed: float | None = None) -> Answer:
        """What the best `top` per cent bring, and how many customers bring `needed` per cent."""
        return self.ask("concentration", of=of, top=top, needed=needed)  # type: ignore[no-any-return]

    def profile(self, segment: str, *, language: str | None = None) -> Answer:
        """What sets a segment apart from everyone else, in numbers and in words."""
        return self.ask("profile", segment=segment, language=language)  # type: ignore[no-any-return]

    def discounts(self) -> Answer:
        """What part of the revenue was made with promotions and codes, in all and by kind."""
        return self.ask("discounts")  # type: ignore[no-any-return]

    def report(self, *, language: str | None = None) -> Answer:
        """The report as one self-contained page."""
        return self.ask("report", language=language)  # type: ignore[no-any-return]

    def export(self, segment: str, *, traits: Iterable[str] | str = ()) -> pa.Table:
        """A segment's members as a table to hand over, with traits of your choice as people read them."""
        return self.ask("export", segment=segment, traits=names(traits))

    def quarantine(self, *, limit: int | None = None) -> Answer:
        """The rows that were set aside, the first `limit` of them: file, line, field, reason and original."""
        return self.ask("quarantine", limit=limit)  # type: ignore[no-any-return]

    def loads(self) -> Answer:
        """Every load, and where each of its rows went."""
        return self.ask("loads")  # type: ignore[no-any-return]

    def runs(self) -> Answer:
        """What was run, when, and how it ended."""
        return self.ask("runs")  # type: ignore[no-any-return]

    def parameters(self, *, language: str | None = None) -> Answer:
        """What was learnt from this shop, with n and reason."""
        return self.ask("parameters", language=language)  # type: ignore[no-any-return]

    def traits(self) -> Answer:
        """Every trait with its type, source and meaning."""
        return self.ask("traits")  # type: ignore[no-any-return]


opened: weakref.WeakSet[Shop] = weakref.WeakSet()
"""The shops to let go of when the interpreter ends."""


@atexit.register
def close_all() -> None:
    """Let go of every shop that is still open."""
    for shop in list(opened):
        with suppress(Exception):
            shop.close()
