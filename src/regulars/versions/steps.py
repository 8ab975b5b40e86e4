"""The steps of a refresh, each a function of the work so far; `refresh.STEPS` says in which order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from regulars import __version__, clock
from regulars.catalogue import Load, Version
from regulars.errors import Fault, Held, SourceError, UsageError, Where
from regulars.identity import survivors
from regulars.segments import learn as cuts
from regulars.sources import canonicalise, landing
from regulars.sources.account import rejected
from regulars.traits import learn, table
from regulars.traits.facts import facts
from regulars.traits.parameters import Parameter, Parameters
from regulars.versions import definitions, history, memberships, warehouse
from regulars.versions.state import State

RATES: Final = "category_rate"
RHYTHM: Final = ("rhythm_r", "rhythm_alpha", "return_days_90")
SIZES: Final = f"{definitions.SIZE}category"
"""The names of what is learnt beside the thresholds of segments."""

GROWN: Final = 1.5
"""So many times the buyers that there were at the last learning, and it is time to learn again."""


MOST_REJECTED: Final = 0.5
"""A larger share of a load's rows in quarantine is no slip but a wrong mapping, or a wrong file."""


@dataclass
class Work(State):
    """What a refresh is about, and what it has found so far."""

    learning: bool = False
    accept_quarantine: bool = False
    loaded: list[Load] = field(default_factory=list)
    unsaid: dict[str, str] = field(default_factory=dict)
    uses: dict[str, str] = field(default_factory=dict)
    published_as: Version | None = None
    entered: int = 0
    left: int = 0
    would_change: list[dict[str, Any]] = field(default_factory=list)
    open: bool = False
    settled: bool = False

    @property
    def number(self) -> int:
        """The version that comes of this."""
        return (self.last.version if self.last else 0) + 1

    def learnt(self, rows: Iterable[Parameter], *names: str) -> None:
        """Keep what was learnt for this version; of a name that has no row, that nothing was found."""
        found = list(rows)
        missing = set(names) - {row.name for row in found}
        found += [Parameter(name, None, 0, learn.reason("none_found")) for name in sorted(missing)]
        now = int(clock.utc_now().timestamp())
        day, number = self.as_of.day, self.number
        dated = [replace(row, fitted_at=now, valid_from=day, version=number) for row in found]
        warehouse.add_parameters(self.engine, dated)
        self.look_again(also_at_files=False)

    def wants(self, name: str) -> bool:
        """Whether a name is to be learnt: all is, or it never was, or nothing could be said and there is news."""
        if self.learning:
            return True
        known = [row for row in self.context.parameters if row.name == name]
        return not any(row.value is not None for row in known) and (self.news or not known)

    @property
    def news(self) -> bool:
        """Whether rows came in since the last version."""
        return self.last is None or max(warehouse.applied(self.engine), default=0) > self.last.loads_through


def land(work: Work) -> None:
    """Bring new files of every source into the landing folder; all that cannot be mapped are told at once."""
    faults: list[Fault] = []
    for source in work.project.sources:
        try:
            landing.land(work.project, source, work.catalogue)
        except SourceError as refusal:
            faults += refusal.faults
    if faults:
        raise SourceError(faults=faults)


def look(work: Work) -> None:
    """Stop here if the newest version says all there is to say; refuse to go back in time."""
    work.last = warehouse.last_version(work.engine)
    if work.last is None:
        return
    if work.as_of.day < work.last.as_of_day:
        raise UsageError(
            "versions go forward in time",
            gave=work.as_of.date.isoformat(),
            allowed=f"{clock.date_of(work.last.as_of_day).isoformat()} or later",
            then="for an earlier day copy regulars.yaml, segments/ and data/ to a new folder and refresh there",
        )
    work.settled = nothing_new(work, work.last)
    if work.settled:
        work.published_as = work.last


def nothing_new(work: Work, last: Version) -> bool:
    """Whether files, definitions and parameters are those of a version, and no fact became past since."""
    return (
        not work.learning
        and work.as_of.day == last.as_of_day
        and max((load.id for load in work.catalogue.loads()), default=0) == last.loads_through
        and not due(work.context.parameters, work.as_of.day, work.project.learn_every_days)
        and definitions.newest_fact(work.engine) < last.as_of_sec
        and definitions_hash(in_force(work)) == last.definitions_hash
    )


def in_force(work: Work) -> dict[str, str]:
    """The definition of each segment as a hash; one whose file is wrong stays what it was."""
    before = warehouse.definitions(work.engine, work.last.version) if work.last else {}
    held = {segment: str(before[segment]["definition"]) for segment in work.defined.held if segment in before}
    return held | {segment.id: segment.definition_hash for segment in work.defined.segments}


def begin(work: Work) -> None:
    """From here on all or nothing."""
    work.engine.run("BEGIN")
    work.open = True
    canonicalise.prepare(work.engine)
    warehouse.prepare(work.engine)
    work.last = warehouse.last_version(work.engine)


def apply_loads(work: Work, through: int | None = None) -> None:
    """Landed rows that are not in the canonical tables yet go there, in the order in which they came."""
    done = warehouse.applied(work.engine)
    for load in work.catalogue.loads():
        if load.id not in done and (through is None or load.id <= through):
            canonicalise.apply(work.engine, work.catalogue, work.project, load)
            warehouse.add_rows(work.engine, "applied_loads", [{"load": load.id}])
            work.loaded.append(load)
    work.look_again()


def guard(work: Work) -> None:
    """Hold a version back when the newest rows of a source are mostly unusable; they stay loaded, to be looked at.

    Raises Held: a wrong mapping would else publish a shop without customers as if nothing were amiss.
    """
    since = work.last.loads_through if work.last else 0
    newest = {load.source: load for load in work.catalogue.loads()}
    fresh = [load for load in newest.values() if load.id > since]
    poor = [row for row in rejected(work.engine, fresh) if row["rejected"] > MOST_REJECTED * row["accepted"]]
    if poor and not work.accept_quarantine:
        commit(work)
        raise Held(faults=[_held(row) for row in poor])


def _held(row: Mapping[str, Any]) -> Fault:
    what = f"{row['rejected']:,} of {row['accepted']:,} rows of {row['source']} cannot be used; nothing was published"
    then = (
        f"most often: {row['reason']}; see: regulars quarantine. Correct the file or regulars.yaml and refresh again, or "
        "publish without these rows: regulars refresh --accept-quarantine"
    )
    return Fault(what, Where(row["files"][0]) if row["files"] else None, then=then)


def find_customers(work: Work) -> None:
    """One row per known customer, with what they told."""
    survivors.refresh(work.engine, work.project, work.as_of)


def learn_base_rates(work: Work) -> None:
    """Decide whether it is time to learn; if so, how common things are in this shop."""
    known = work.context.parameters
    work.learning = work.learning or due(known, work.as_of.day, work.project.learn_every_days) or grown(work)
    if work.wants(RATES):
        work.learnt(learn.base_rates(work.engine, work.context), RATES)


def build_traits(work: Work) -> None:
    """Every trait and every count that a segment asks for, in one pass per fact table."""
    query = table.build(work.traits, work.measures, work.context)
    work.engine.make_in_slices(table.NAME, query, key="customer_id", of="customers")


def learn_rhythm(work: Work) -> None:
    """If it is time to learn: how buyers return, and how many prefer each category."""
    if any(map(work.wants, RHYTHM)):
        work.learnt([row for row in learn.rhythm(work.engine, work.context) if work.wants(row.name)])
    if work.wants(SIZES):
        counted = {measure.name for measure in work.measures}
        work.learnt(cuts.sizes(work.engine, work.rows()), SIZES)
        if definitions.learnt_sizes(work.context.parameters) != work.defined.vocabulary.sizes:
            work.look_again()
        if {measure.name for measure in work.measures} - counted:
            build_traits(work)


def learn_cuts(work: Work) -> None:
    """The thresholds of segments: all if it is time to learn, else those that are missing or could not be said."""
    wanted = [cut for cut in work.defined.plan.cuts if work.wants(cut.name)]
    if wanted:
        learnt = cuts.cuts(work.engine, work.rows(work.measures), wanted, work.context)
        found = {row.name for row in learnt}
        work.learnt([*learnt, *(cuts.nobody(cut) for cut in wanted if cut.name not in found)])


def decide(work: Work) -> None:
    """Who is in which segment now, as words; a segment of which nothing can be said has nobody."""
    mine = work.catalogue.slots(segment.id for segment in work.defined.segments)
    flags = work.defined.plan.flags(work.rows(work.measures), work.context)
    packed = memberships.words(flags, mine, memberships.width(work.slots))
    work.engine.make("words_next", packed, order_by=["customer_id"])
    found = {segment.id: work.unsaid_of(segment, work.project.language) for segment in work.defined.segments}
    work.unsaid = {segment: said for segment, said in found.items() if said is not None}
    memberships.clear(work.engine, work.unsaid, mine)
    memberships.keep(work.engine, set(work.defined.held) & work.slots.keys(), work.slots)


def compare(work: Work) -> None:
    """Who entered and who left since the last version, and why."""
    work.uses = uses_hashes(work)
    reasons = causes(work) if work.last else {}
    touched = memberships.touched_since(work.last.loads_through if work.last else 0)
    memberships.find_changes(work.engine, work.slots, reasons, touched)


def publish(work: Work) -> None:
    """Write changes, definitions, views and the row that makes it a version."""
    number = work.number
    history.refuse_another(work.project.history, number)
    work.entered, work.left = memberships.apply_changes(work.engine, number, work.as_of.day)
    warehouse.add_rows(work.engine, "definitions", defined_rows(work, number))
    warehouse.publish_views(work.engine, now_sql(work))
    work.published_as = version_row(work, number)
    row = {name: getattr(work.published_as, name) for name in warehouse.TABLES["versions"]}
    warehouse.add_rows(work.engine, "versions", [row])


def commit(work: Work) -> None:
    """The version exists from here on, unless another process has taken over meanwhile."""
    work.catalogue.check_lease()
    work.engine.run("COMMIT")
    work.open = False


def undo(work: Work) -> None:
    """The changes are told by segment, and nothing stays of them."""
    assert work.published_as is not None  # noqa: S101 publish made it
    work.would_change = memberships.changes_of(work.engine, work.published_as.version)
    work.engine.run("ROLLBACK")
    work.open = False


def write_history(work: Work) -> None:
    """The version's two files."""
    assert work.published_as is not None  # noqa: S101 publish made it
    work.published_as = history.write(work.engine, work.project.history, work.published_as)


def write_catalogue(work: Work) -> None:
    """The version's row beside the runs; from here on its lists may leave the house."""
    assert work.published_as is not None  # noqa: S101 publish made it
    work.catalogue.add_version(work.published_as)


def due(parameters: Parameters, day: int, every: int) -> bool:
    """Whether it is time to learn: never done, or so many days ago.

    >>> due(Parameters(), 17532, 7)
    True
    """
    learnt = [row.valid_from for row in parameters if row.name == RHYTHM[0]]
    return not learnt or day - max(learnt) >= every


def grown(work: Work) -> bool:
    """Whether there are so many more buyers than at the last learning that it holds no longer."""
    import ibis

    before = work.context.parameters.get(RHYTHM[0])
    if before is None:
        return True
    buyers = facts(work.context)["orders"].aggregate(n=ibis._.customer_id.nunique())
    now = int(work.engine.ask(buyers)["n"][0].as_py())
    return now > GROWN * int(json.loads(before.reason)["buyers"])


def causes(work: Work) -> dict[str, str]:
    """The segments whose every change has one cause, and which: their definition, or what they learnt."""
    assert work.last is not None  # noqa: S101 the first version has no changes to explain
    before = warehouse.definitions(work.engine, work.last.version)
    found = dict.fromkeys(before.keys() - work.defined.by_id.keys() - set(work.defined.held), "definition")
    for segment in work.defined.segments:
        old = before.get(segment.id)
        if old is None or old["definition"] != segment.definition_hash:
            found[segment.id] = "definition"
        elif old["uses"] != work.uses[segment.id]:
            found[segment.id] = "parameters"
        elif (old["note"] is None) != (segment.id not in work.unsaid):
            found[segment.id] = "facts"
    return found


def uses_hashes(work: Work) -> dict[str, str]:
    """The hash of the learnt values behind each segment."""
    context = work.context
    by_trait = definitions.learnt_by_trait(work.traits, context)
    named = {s.id: definitions.uses(s, work.defined, by_trait) for s in work.defined.segments}
    return {id: definitions.hash_of(p for p in context.parameters if p.name in names) for id, names in named.items()}


def defined_rows(work: Work, number: int) -> list[dict[str, Any]]:
    """What each segment is in a version; one whose file is wrong stays what it was, and says so."""
    counts = memberships.members(work.engine, work.slots)
    rows: list[dict[str, Any]] = [
        {"segment": s.id, "definition": s.definition_hash, "uses": work.uses[s.id], "note": work.unsaid.get(s.id)}
        for s in work.defined.segments
    ]
    before = warehouse.definitions(work.engine, work.last.version) if work.last else {}
    for segment in work.defined.held:
        if old := before.get(segment):
            rows.append({**old, "note": "its file is wrong; who is in it is as before"})
    return [{**row, "version": number, "members": counts.get(str(row["segment"]), 0)} for row in rows]


def version_row(work: Work, number: int) -> Version:
    """The row that makes it a version."""
    through = max(warehouse.applied(work.engine), default=0)
    return Version(
        version=number,
        as_of_day=work.as_of.day,
        as_of_sec=work.as_of.sec,
        published_at=int(clock.utc_now().timestamp()),
        loads_through=through,
        definitions_hash=definitions_hash(in_force(work)),
        parameters_hash=definitions.hash_of(work.context.parameters),
        customers=work.sizes["customers"],
    )


def definitions_hash(hashes: Mapping[str, str]) -> str:
    """All definitions as one hash, together with the program that reads them."""
    return hashlib.sha256(json.dumps([__version__, sorted(hashes.items())]).encode()).hexdigest()


def now_sql(work: Work) -> str:
    """The query of every customer with all traits as of the moment: the view that other tools read."""
    from regulars.engine.compile import to_sql

    rows = table.now(table.stored(work.traits), work.traits, work.context)
    return to_sql(rows, work.engine.dialect)


def differences(work: Work) -> dict[str, int]:
    """Per segment, how many customers `words` says otherwise of than the traits do; unchanged definitions only."""
    assert work.last is not None  # noqa: S101
    before = warehouse.definitions(work.engine, work.last.version)
    same = [s.id for s in work.defined.segments if before.get(s.id, {}).get("definition") == s.definition_hash]
    decide(work)
    changed = {segment: slot for segment, slot in work.slots.items() if segment in same}
    memberships.find_changes(work.engine, changed, {}, memberships.touched_since(0))
    rows = work.engine.ask("SELECT segment, count(*) AS n FROM changes GROUP BY segment").to_pylist()
    for name in ("changes", "words_next"):
        work.engine.drop(name)
    return {row["segment"]: row["n"] for row in rows}
