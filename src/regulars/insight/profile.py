"""What sets a segment apart from everyone else, with an interval and corrected for how many things were compared."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from math import asin, ceil, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

from regulars.errors import UsageError
from regulars.insight.intervals import median_ranks, newcombe, wilson
from regulars.insight.rows import MINIMUM, Asks, CannotSay, buyers, count_where, flag_of, one_row

if TYPE_CHECKING:
    import ibis.expr.types as ir

NUMBERS = frozenset({"money", "count", "number", "share", "days"})
VALUES_SHOWN = 12
RISK = 0.05
"""The chance, over all comparisons of one profile together, that any interval misses."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One trait inside a segment against everyone else.

    A number is compared by its median, which is a value somebody has (rank ceil(n/2)); a code, text or flag by the share
    of customers that have `value`. `low` and `high` bound what is inside at 95 % over all comparisons together (None
    where n is too small for a bound). `lift` is inside / outside, None where outside is 0. `size` is Cohen's h of the
    share inside and outside, for a number the shares above everyone's median. `differs` says that the interval of that
    difference leaves 0 out. `by_definition` marks what the segment was chosen by.
    """

    trait: str
    value: int | str | bool | None
    measure: Literal["median", "share"]
    inside: float
    outside: float
    low: float | None
    high: float | None
    lift: float | None
    n_inside: int
    n_outside: int
    size: float
    differs: bool
    by_definition: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A segment's `n` buyers against the `rest`, the largest difference first."""

    segment: str
    n: int
    rest: int
    comparisons: int = 0
    differences: tuple[Difference, ...] = ()
    unsaid: Mapping[str, CannotSay] | None = None
    cannot_say: CannotSay | None = None

    def top(self, count: int = 8) -> tuple[Difference, ...]:
        """The largest differences that are none by definition, each trait once."""
        best: dict[str, Difference] = {}
        for found in self.differences:
            if found.differs and not found.by_definition:
                best.setdefault(found.trait, found)
        return tuple(best.values())[:count]

    def as_plain(self) -> dict[str, Any]:
        """Plain values by name."""
        return {**asdict(self), "top": [asdict(found) for found in self.top()]}


def profile(
    engine: Asks,
    rows: ir.Table,
    segment: str,
    traits: Mapping[str, str],
    *,
    defining: Collection[str] = (),
    minimum: int = MINIMUM,
) -> Profile:
    """Compare the buyers in a segment with all other buyers, trait by trait.

    `rows` has one row per customer with the traits and `in_<segment>`; `traits` gives the type of each trait to compare
    (dates are left out); `defining` names the traits that the segment is made of. Counts and ranks are the engine's.
    Intervals: Wilson for a share, ranks n/2 ± z·√n/2 for a median, Newcombe (Statistics in Medicine 17, 1998, method
    10) for a difference of shares, all at Bonferroni's level.
    """
    flag = flag_of(segment)
    if flag not in rows.columns:
        raise UsageError.unknown("segment", segment, [name[3:] for name in rows.columns if name.startswith("in_")])
    base = buyers(rows).mutate(inside=rows[flag])
    known = _known(engine, base, [name for name in traits if name in rows.columns])
    n, rest = known["in_all"], known["out_all"]
    if min(n, rest) < minimum:
        return Profile(
            segment, n, rest, cannot_say=CannotSay("members" if n < minimum else "others", min(n, rest), minimum)
        )
    enough, unsaid = {}, {}
    for name in (name for name in traits if name in rows.columns):
        fewest = min(known[f"in_{name}"], known[f"out_{name}"])
        if fewest >= minimum:
            enough[name] = traits[name]
        elif fewest:
            unsaid[name] = CannotSay("customers_with_a_known_value", fewest, minimum)
    numbers = [name for name, kind in enough.items() if kind in NUMBERS]
    shares = list(
        _values(engine, base, {name: kind for name, kind in enough.items() if kind not in NUMBERS | {"date"}})
    )
    compared = max(1, len(numbers) + len(shares))
    z = NormalDist().inv_cdf(1 - RISK / (2 * compared))
    medians = _medians(engine, base, numbers, known, z)
    found = [*(_number(row, known, z) for row in medians), *(_share(row, known, z) for row in shares)]
    marked = (Difference(**row, by_definition=row["trait"] in defining) for row in found)
    ordered = tuple(sorted(marked, key=lambda d: (-abs(d.size), d.trait, str(d.value))))
    return Profile(segment, n, rest, compared, ordered, unsaid)


def _known(engine: Asks, base: ir.Table, traits: Iterable[str]) -> dict[str, int]:
    columns = {"in_all": count_where(base.inside), "out_all": count_where(~base.inside)}
    for name in traits:
        columns[f"in_{name}"] = count_where(base.inside & base[name].notnull())
        columns[f"out_{name}"] = count_where(~base.inside & base[name].notnull())
    return one_row(engine, base, columns)


def _values(engine: Asks, base: ir.Table, traits: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    import ibis

    for name, kind in traits.items():
        counted = (
            base.filter(base[name] if kind == "flag" else base[name].notnull())
            .group_by(value=base[name])
            .aggregate(has_in=count_where(ibis._.inside), has_out=count_where(~ibis._.inside), has=ibis._.count())
        )
        common = counted.filter(counted.has >= MINIMUM).order_by([ibis.desc("has"), ibis.asc("value")])
        for row in engine.ask(common.limit(VALUES_SHOWN)).to_pylist():
            yield {"trait": name, **row}


def _medians(
    engine: Asks, base: ir.Table, names: list[str], known: Mapping[str, int], z: float
) -> list[dict[str, Any]]:
    if not names:
        return []
    ranked = base.select("inside", *names, **_ranks(base, names))
    picked: dict[str, ir.Value] = {}
    for name in names:
        within, overall = ranked[f"within_{name}"], ranked[f"overall_{name}"]
        in_low, in_mid, in_high = median_ranks(known[f"in_{name}"], z)
        out_mid = median_ranks(known[f"out_{name}"], z)[1]
        middle = ceil((known[f"in_{name}"] + known[f"out_{name}"]) / 2)
        picked[f"low_{name}"] = _at(ranked[name], ranked.inside & (within == (in_low or 0)))
        picked[f"mid_{name}"] = _at(ranked[name], ranked.inside & (within == in_mid))
        picked[f"high_{name}"] = _at(ranked[name], ranked.inside & (within == (in_high or 0)))
        picked[f"out_{name}"] = _at(ranked[name], ~ranked.inside & (within == out_mid))
        picked[f"all_{name}"] = _at(ranked[name], overall == middle)
    found = one_row(engine, ranked, picked)
    above = {}
    for name in names:
        higher = base[name] > found[f"all_{name}"]
        above[f"in_{name}"] = count_where(base.inside & higher)
        above[f"out_{name}"] = count_where(~base.inside & higher)
    counted = one_row(engine, base, above)
    return [
        {
            "trait": name,
            **{key: found[f"{key}_{name}"] for key in ("low", "mid", "high", "out")},
            "has_in": counted[f"in_{name}"],
            "has_out": counted[f"out_{name}"],
        }
        for name in names
    ]


def _ranks(base: ir.Table, names: Iterable[str]) -> dict[str, ir.Value]:
    import ibis

    ranks: dict[str, ir.Value] = {}
    for name in names:
        order = [ibis.ifelse(base[name].isnull(), 1, 0), base[name]]
        ranks[f"within_{name}"] = ibis.row_number().over(ibis.window(group_by="inside", order_by=order)) + 1
        ranks[f"overall_{name}"] = ibis.row_number().over(ibis.window(order_by=order)) + 1
    return ranks


def _at(value: ir.Value, where: ir.BooleanValue) -> ir.Value:
    import ibis

    return ibis.ifelse(where, value, ibis.null(value.type())).max()


def _number(row: Mapping[str, Any], known: Mapping[str, int], z: float) -> dict[str, Any]:
    shared = _compared(row, known, z)
    inside, outside = float(row["mid"]), float(row["out"])
    bounds = {key: None if row[key] is None else float(row[key]) for key in ("low", "high")}
    lift = inside / outside if outside else None
    return {**shared, "value": None, "measure": "median", "inside": inside, "outside": outside, **bounds, "lift": lift}


def _share(row: Mapping[str, Any], known: Mapping[str, int], z: float) -> dict[str, Any]:
    shared = _compared(row, known, z)
    inside, outside = row["has_in"] / shared["n_inside"], row["has_out"] / shared["n_outside"]
    low, high = wilson(row["has_in"], shared["n_inside"], z)
    lift = inside / outside if outside else None
    share = {"measure": "share", "inside": inside, "outside": outside, "low": low, "high": high, "lift": lift}
    return {**shared, "value": row["value"], **share}


def _compared(row: Mapping[str, Any], known: Mapping[str, int], z: float) -> dict[str, Any]:
    name = row["trait"]
    n_in, n_out = known[f"in_{name}"], known[f"out_{name}"]
    low, high = newcombe(row["has_in"], n_in, row["has_out"], n_out, z)
    size = 2 * asin(sqrt(row["has_in"] / n_in)) - 2 * asin(sqrt(row["has_out"] / n_out))
    return {"trait": name, "n_inside": n_in, "n_outside": n_out, "size": size, "differs": low > 0 or high < 0}
