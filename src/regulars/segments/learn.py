"""What segments learn from the shop: rank cuts and the sizes of preferences, each in one query, with their reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from regulars.segments import format as f
from regulars.segments.membership import Plan, scope_of
from regulars.segments.phrases import PHRASES
from regulars.segments.predicates import every
from regulars.segments.ranks import BASES, SMALLEST_BASE, Cut, base, rank_text
from regulars.segments.remarks import REMARKS
from regulars.traits.parameters import Parameter, Parameters

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from regulars.engine.base import Engine
    from regulars.segments.vocabulary import Vocabulary
    from regulars.traits.trait import Context


def cuts(engine: Engine, rows: ir.Table, cuts: Iterable[Cut], context: Context) -> list[Parameter]:
    """The values of some of a plan's cuts: that at rank ceil(share × n) of the base, of those whose value is known.

    Ties are in. `value` is None where a base (or a group of `per`) has fewer than 30 known values. All cuts whose bases
    lie at one depth of layers are learnt in one query, plus one for each trait that is ranked `per`.
    """
    learnt: list[Parameter] = []
    wanted = tuple(cuts)
    plan = next((cut.plan for cut in wanted), None)
    if plan is None:
        return learnt
    depths = {cut.name: depth_of_cut(cut, plan) for cut in wanted}
    for depth in sorted(set(depths.values())):
        told = with_parameters(context, learnt)
        ready = flagged_below(plan, rows, told, depth)
        asked = [cut for cut in wanted if depths[cut.name] == depth]
        for per in sorted({cut.test.per for cut in asked}):
            learnt += learnt_at_once(engine, ready, plan, [cut for cut in asked if cut.test.per == per], told)
    return learnt


def with_parameters(context: Context, learnt: Iterable[Parameter]) -> Context:
    """The context with what was just learnt, in the place of all that was known by the same names."""
    fresh = {(row.name, row.key): row for row in learnt}
    names = {name for name, _ in fresh}
    kept = {place: row for place, row in context.parameters.rows.items() if row.name not in names}
    return replace(context, parameters=Parameters({**kept, **fresh}))


def depth_of_cut(cut: Cut, plan: Plan) -> int:
    """How many depths of layers must be flagged before a cut's base is known."""
    level = {id: depth for depth, ids in enumerate(plan.depths) for id in ids}
    return level[cut.test.among] + 1 if cut.test.among in level else 0


def flagged_below(plan: Plan, rows: ir.Table, context: Context, depth: int) -> ir.Table:
    """The rows with the flags of the depths below."""
    if not depth:
        return rows
    return Plan(plan.segments, plan.depths[:depth], plan.vocabulary).flagged(rows, context)


def learnt_at_once(engine: Engine, rows: ir.Table, plan: Plan, asked: list[Cut], context: Context) -> list[Parameter]:
    """Cuts that share their groups, in one query."""
    per = asked[0].test.per
    scope = scope_of(rows, plan.vocabulary, context)
    values = {f"v{number}": in_base(cut, scope) for number, cut in enumerate(asked)}
    table = rows.select(**values, **({"per": rows[per]} if per else {}))
    query = at_rank(table, asked, per)
    found = engine.ask(query).to_pylist()
    return [parameter(cut, f"{number}", row, per) for row in found for number, cut in enumerate(asked)]


def in_base(cut: Cut, scope: Any) -> Any:
    """A trait's value for members of the base, else null."""
    import ibis

    inside = base(cut.test.among, scope)
    return ibis.ifelse(every(*inside), scope.column(cut.trait), None) if inside else scope.column(cut.trait)


def at_rank(table: ir.Table, asked: list[Cut], per: str) -> ir.Table:
    """One row (one per group) with the value at each cut's rank and the size of its base, by row numbers and integers.

    Row r is inside the rank ceil(n·p/q) exactly when r·q < n·p + q.
    """
    import ibis

    group = {"group_by": "per"} if per else {}
    placed: dict[str, Any] = {}
    for number, cut in enumerate(asked):
        value = table[f"v{number}"]
        order = value.desc(nulls_first=False) if cut.test.word == "top" else value.asc(nulls_first=False)
        placed[f"r{number}"] = ibis.row_number().over(ibis.window(**group, order_by=order)) + 1
        placed[f"n{number}"] = value.count().over(ibis.window(**group))
    ranked = table.mutate(**placed)
    columns: dict[str, Any] = {}
    for number, cut in enumerate(asked):
        p, q, most = cut.rank
        value, rank, n = (ranked[f"{letter}{number}"] for letter in "vrn")
        inside = (rank <= most) if most else (rank * q < n * p + q)
        kept = ibis.ifelse(inside & value.notnull(), value, None)
        columns[f"c{number}"] = (kept.min() if cut.test.word == "top" else kept.max()).cast("float64")
        columns[f"n{number}"] = n.max().cast("int64")
    return cast("ir.Table", ranked.group_by("per").agg(**columns) if per else ranked.aggregate(**columns))


def parameter(cut: Cut, number: str, row: Mapping[str, Any], per: str) -> Parameter:
    """A learnt cut with its reason."""
    n = int(row[f"n{number}"] or 0)
    enough = n >= SMALLEST_BASE
    group = row.get("per")
    reason: dict[str, Any] = {
        "key": f"cut_{cut.test.word}",
        "trait": cut.trait,
        "rank": rank_text(cut.test),
        "among": cut.test.among,
    }
    if per:
        reason |= {"per": per, "group": group}
    value = float(row[f"c{number}"]) if enough and row[f"c{number}"] is not None else None
    text = json.dumps(reason, sort_keys=True, ensure_ascii=False)
    return Parameter(cut.name, value, n, text, key=group_key(group) if per else 0)


def nobody(cut: Cut) -> Parameter:
    """What is known of a cut whose base has nobody, or no group: nothing can be said."""
    return replace(parameter(cut, "", {"n": 0}, cut.test.per), key=0)


def group_key(group: Any) -> int:
    """A whole number for a group: its code, or 63 bits of its text's hash."""
    import hashlib

    if isinstance(group, int):
        return group
    return int.from_bytes(hashlib.sha256(str(group).encode()).digest()[:8], "big") >> 1


def sizes(engine: Engine, rows: ir.Table, book: str = "category") -> list[Parameter]:
    """How many customers prefer each code, as parameters `sizes/<book>` by code: what library segments per code need."""
    trait = f"preferred_{book}"
    known = rows.filter(rows[trait].notnull())
    counted = known.group_by(trait).agg(n=known.count().cast("int64"))
    found = sorted(engine.ask(counted).to_pylist(), key=lambda row: int(row[trait]))
    reason = json.dumps({"key": "sizes", "trait": trait})
    return [Parameter(f"sizes/{book}", float(row["n"]), row["n"], reason, key=row[trait]) for row in found]


def reason(parameter: Parameter, language: str, vocabulary: Vocabulary) -> str:
    """Why a learnt value is what it is: what it was learnt from, for a cut its rank and the size of its base.

    Where the base is too small: what there is and what it takes.
    """
    told = json.loads(parameter.reason)
    if "among" not in told:
        key = f"learnt_{told['key']}" if parameter.value is not None else "learnt_too_few"
        return REMARKS[key][language].format(n=f.number(parameter.n, language))
    among = told["among"]
    base = PHRASES[f"n_{among}"][language] if among in BASES else vocabulary.segment_name(among, language)
    size, trait = f.number(parameter.n, language), vocabulary.traits[told["trait"]]
    if parameter.value is None:
        label = trait.label.get(language, trait.name)
        return PHRASES["cut_unknown"][language].format(n=size, among=base, label=label, needs=SMALLEST_BASE)
    value = f.value(parameter.value, trait.type, language, vocabulary)
    rank = f.share(float(told["rank"][:-1]) / 100, language) if told["rank"].endswith("%") else told["rank"]
    return PHRASES[told["key"]][language].format(value=value, rank=rank, n=size, among=base)
