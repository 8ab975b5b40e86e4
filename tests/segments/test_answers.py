"""What a reader is told: thresholds with reasons, what cannot be said, counts per condition, why and with which rows."""

from __future__ import annotations

import pytest

import engines
import small_shops as shops
from regulars.segments import answers, learn, membership
from regulars.segments.counting import count
from regulars.segments.language import read_texts
from regulars.traits import table
from regulars.traits.parameters import Parameter, Parameters
from regulars.traits.trait import Context
from segments import made

WHO = {
    "layer": {"orders": {"at_least": 3}},
    "asked": {
        "all": [
            {"revenue": {"top": "40%"}},
            {"any": [{"in_segment": "layer"}, {"last_order": {"after": "30 days ago"}}]},
            {"not": {"income": "low"}},
            {"did": "bought", "where": {"category": "coffee"}, "times": {"at_least": 2}, "during": "last 6 months"},
        ]
    },
}


@pytest.fixture(scope="module")
def case():
    rows = shops.shop(shops.Seeded(11), customers=60, most_orders=9)
    with engines.duckdb_engine() as engine:
        shops.fill(engine, rows)
        files = {f"segments/{id}.yaml": made.text_of(who) for id, who in WHO.items()}
        plan = membership.plan(read_texts(files, made.words()), made.words())
        context = Context(shops.AS_OF, shops.parameters(), made.CODES)
        measures = plan.measures(context)
        engine.make("traits", table.build(made.TRAITS, measures, context))
        traits = table.now(table.stored(made.TRAITS, measures), made.TRAITS, context)
        learnt = learn.cuts(engine, traits, plan.cuts, context)
        told = Context(shops.AS_OF, Parameters.of([*context.parameters, *learnt]), made.CODES)
        yield engine, rows, traits, plan, told


def test_a_cut_is_the_value_at_its_rank_and_says_why(case) -> None:
    _, rows, _, plan, context = case
    values = made.world(rows, shops.AS_OF).values.values()
    base = sorted((row["revenue"] for row in values if row["orders"]), reverse=True)
    rank = -(-len(base) * 2 // 5)
    cut = context.parameters.get("cut/revenue/top/40%/buyers")
    assert (cut.value, cut.n) == (float(base[rank - 1]), len(base))
    shown = f"€{base[rank - 1] / 100:,.2f}".removesuffix(".00")
    assert learn.reason(cut, "en", plan.vocabulary) == f"at least {shown}: the top 40% of {len(base)} buyers"
    (row,) = answers.thresholds(plan.segments["asked"], context.parameters, "en", plan.vocabulary)
    assert (row["trait"], row["value"], row["text"], row["learnt"]) == ("revenue", float(base[rank - 1]), shown, True)


def test_a_small_base_cannot_say() -> None:
    reason = '{"key": "cut_top", "trait": "revenue", "rank": "20%", "among": "buyers"}'
    unsaid = Parameter("cut/revenue/top/20%/buyers", None, 14, reason)
    assert learn.reason(unsaid, "en", made.words()) == "cannot say: 14 buyers with a known revenue, needs 30"
    assert (
        learn.reason(unsaid, "nl", made.words())
        == "niet te zeggen: 14 kopers met een bekende waarde voor omzet, 30 nodig"
    )


def test_counts_per_condition_agree_with_the_naive_ones(case) -> None:
    engine, rows, traits, plan, context = case
    found = count(engine, traits, plan, "asked", context, "en")
    world = made.world(rows, shops.AS_OF, WHO)
    parts = WHO["asked"]["all"]
    assert found["customers"] == 60
    assert found["members"] == len(world.members(WHO["asked"])) > 0
    assert [part["members"] for part in found["conditions"]["parts"]] == [len(world.members(part)) for part in parts]
    steps = [len(world.members({"all": parts[: n + 1]})) for n in range(4)]
    assert [part["left"] for part in found["conditions"]["parts"]] == steps
    unknown = sum(1 for row in world.values.values() if row["income"] is None)
    assert found["conditions"]["parts"][2]["unknown"] == unknown > 0
    assert f"(this lets in {unknown} of whom it is not known)" in found["sentence"]


def test_why_shows_every_value_and_the_very_rows(case) -> None:
    engine, rows, traits, plan, context = case
    world = made.world(rows, shops.AS_OF, WHO)
    seen = set()
    for customer, values in world.values.items():
        found = answers.why(engine, traits, plan, "asked", customer, context, "en")
        assert found is not None
        inside = customer in world.members(WHO["asked"])
        seen.add(inside)
        assert found["in"] is inside
        parts = found["conditions"]["parts"]
        assert [part["holds"] for part in parts] == [world.holds(part, customer) for part in WHO["asked"]["all"]]
        assert parts[0]["raw"] == values["revenue"]
        assert parts[1]["parts"][0]["parts"][0]["raw"] == values["orders"], "a layer shows its own conditions"
        assert parts[3]["evidence"]["total"] == parts[3]["raw"]
        check_rows(parts[3]["evidence"]["rows"], world, customer)
        assert len(found["nearest"]) > 0
        turned = {change["word"] for change in found["nearest"]}
        if not inside:
            failing = {part["word"] for part in parts if not part["holds"]}
            assert len(found["nearest"]) >= len(failing - {"any", "not"})
        else:
            assert len(turned) <= 2, "the fewest conditions that would take a member out"
    assert seen == {True, False}


def check_rows(rows: list[dict], world, customer: int) -> None:
    """Dates and amounts of the coffee that a customer bought, the newest first."""
    first, last = world.window("last 6 months", {})
    coffee: dict[int, list[int]] = {}
    for line in world.facts["order_lines"]:
        if line["customer_id"] == customer and line["category"] == 1 and first <= line["day"] <= last:
            coffee.setdefault(line["order_id"], []).append(line["net"])
    assert sorted(row["amount"] for row in rows) == sorted(sum(amounts) for amounts in coffee.values())
    assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)


def test_somebody_else_is_not_explained(case) -> None:
    engine, _, traits, plan, context = case
    assert answers.why(engine, traits, plan, "asked", 999, context, "en") is None


def test_below_its_minimum_a_segment_cannot_say() -> None:
    (segment,) = read_texts(
        {"a.yaml": made.text_of({"orders": 3})[:-1] + ', "minimum": {"repeat_buyers": 30}}'}, made.words()
    )
    assert answers.cannot_say(segment, {"repeat_buyers": 14}) == "cannot say: 14 repeat buyers, needs 30"
    assert answers.cannot_say(segment, {"repeat_buyers": 14}, "da") == "kan ikke siges: 14 genkøbere, kræver 30"
    assert answers.cannot_say(segment, {"repeat_buyers": 30}) is None
