"""One state of a shop's warehouse as of a moment: what a refresh works on and what an answer speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.catalogue import Catalogue, Version
from regulars.clock import AsOf
from regulars.errors import UsageError
from regulars.project import Project
from regulars.traits import passes, table
from regulars.traits.catalogue import traits
from regulars.traits.facts import facts
from regulars.traits.parameters import Parameters
from regulars.traits.trait import Context, Measure, Trait
from regulars.versions import definitions, memberships, warehouse
from regulars.versions.definitions import Definitions

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.duckdb import DuckDB
    from regulars.segments.tree import Segment


@dataclass
class Memory:
    """What the last question read and the next may use again, as long as what it was read from is the same."""

    kept: tuple[object, Context, Definitions] | None = None
    """What it was read from, and what was read: one value, since many threads ask at once."""


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells that the files of a folder changed: names, times and sizes."""
    return tuple((path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in sorted(folder.glob("*.yaml")))


@dataclass
class State:
    """A shop, a connection to its warehouse and a moment; `last` is the newest version there, None before the first."""

    project: Project
    catalogue: Catalogue
    engine: DuckDB
    as_of: AsOf
    last: Version | None = None
    traits: Mapping[str, Trait] = field(init=False)
    known_context: Context | None = field(init=False, default=None)
    known_definitions: Definitions | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.traits = traits(self.project.attributes, discounts=self.project.tells_discounts)

    @classmethod
    def published(cls, project: Project, catalogue: Catalogue, engine: DuckDB, memory: Memory | None = None) -> State:
        """What the newest version says; before the first, the shop as it stands now."""
        last = warehouse.last_version(engine)
        moment = AsOf(last.as_of_day, last.as_of_sec) if last else project.as_of_now()
        state = cls(project, catalogue, engine, moment, last)
        if last and memory is not None:
            seen = (last, max(warehouse.applied(engine)), project, signature(project.root / "segments"))
            kept = memory.kept
            if kept is None or kept[0] != seen:
                kept = memory.kept = (seen, state.context, state.defined)
            _, state.known_context, state.known_definitions = kept
        return state

    @property
    def version(self) -> Version:
        """The newest version; UsageError before the first."""
        if self.last is None:
            raise UsageError("nothing is published yet", then="run: regulars refresh")
        return self.last

    def needs_version(self) -> None:
        """UsageError before the first version."""
        _ = self.version

    @property
    def context(self) -> Context:
        """What traits and conditions may look at: the moment, the parameters in force then, the code books."""
        if self.known_context is None:
            in_force = Parameters.of(warehouse.parameters(self.engine), self.as_of.day)
            self.known_context = Context(self.as_of, in_force, self.catalogue.all_codes())
        return self.known_context

    @property
    def defined(self) -> Definitions:
        """The segments as their files are now, in the words that the shop has."""
        if self.known_definitions is None:
            words = definitions.vocabulary(self.project, self.engine, self.context, self.traits)
            self.known_definitions = definitions.read(self.project.root / "segments", words)
        return self.known_definitions

    def look_again(self, *, also_at_files: bool = True) -> None:
        """Forget what was read, since it has changed: what was learnt, and what segments may speak of."""
        self.known_context = None
        if also_at_files:
            self.known_definitions = None

    @property
    def slots(self) -> dict[str, int]:
        """The slot of every segment there ever was."""
        return self.catalogue.all_slots()

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The counts that segments ask for, beside the traits."""
        return self.defined.plan.measures(self.context)

    def rows(self, measures: tuple[Measure, ...] = (), only: Iterable[str] | None = None) -> ir.Table:
        """Every customer with all traits (or `only` some) as of the moment, and these counts: as stored, else anew."""
        chosen = list(self.traits.values()) if only is None else self.traits_for(set(only))
        kept = self.engine.ask(f"SELECT * FROM {table.NAME} LIMIT 0").column_names
        stored = table.stored(chosen, [each for each in measures if each.name in kept])
        rows = table.now(stored, chosen, self.context)
        return self.with_counts(rows, [each for each in measures if each.name not in kept])

    def traits_for(self, names: set[str]) -> list[Trait]:
        """The traits of these names; with one that is worked out when asked, all that are stored and those it is after."""
        known = [trait for name, trait in self.traits.items() if name in names]
        if all(trait.stored for trait in known):
            return known
        wanted = names | {name for trait in known for name in trait.after}
        while more := {name for each in wanted if each in self.traits for name in self.traits[each].after} - wanted:
            wanted |= more
        return [trait for name, trait in self.traits.items() if trait.stored or name in wanted]

    def with_counts(self, rows: ir.Table, measures: list[Measure]) -> ir.Table:
        """Rows with counts that are not stored, 0 where there is nothing to count."""
        if not measures:
            return rows
        rows = passes.by_customer(facts(self.context), measures, self.context, rows)
        return rows.mutate(**{each.name: rows[each.name].cast("int64").fill_null(0) for each in measures})

    def flags(self, *segments: str) -> ir.Table:
        """Who was in these segments when the version was published: customer_id and one boolean each."""
        slots = self.slots
        return memberships.flags(self.engine, {segment: slots[segment] for segment in segments if segment in slots})

    @property
    def sizes(self) -> dict[str, int]:
        """How many customers, buyers and repeat buyers there are: what a segment's minimum is held against."""
        row = self.engine.ask(
            "SELECT count(*) AS customers, count(*) FILTER (orders >= 1) AS buyers, "
            "count(*) FILTER (orders >= 2) AS repeat_buyers FROM traits"
        ).to_pylist()[0]
        return {name: int(count) for name, count in row.items()}

    def unsaid_of(self, segment: Segment, language: str) -> str | None:
        """Why nothing can be said of a segment, None where something can."""
        return definitions.unsaid(segment, self.defined, self.sizes, self.context.parameters, language)

    def customer(self, external: str) -> int:
        """The id of a customer by the shop's own; UsageError where nobody bears it."""
        readable = external.encode("utf-8", "replace").decode()
        quoted = readable.replace("'", "''").replace("\x00", "")
        found = self.engine.ask(
            f"SELECT DISTINCT customer_id FROM customers WHERE external_id = '{quoted}' ORDER BY customer_id LIMIT 2"
        )
        if not found.num_rows:
            raise UsageError("unknown customer", gave=readable, then="give the id that the shop's own files use")
        if found.num_rows > 1:
            raise UsageError("two systems of the shop use this id for different customers", gave=external)
        return int(found["customer_id"][0].as_py())

    def segment(self, id: str) -> Segment:
        """A segment by id, as its file is now."""
        if id in self.defined.by_id:
            return self.defined.by_id[id]
        if id in self.defined.held:
            raise UsageError(
                "the segment's file is wrong", gave=id, then="\n".join(str(each) for each in self.defined.faults)
            )
        raise UsageError.unknown("segment", id, self.defined.by_id)
