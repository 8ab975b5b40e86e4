"""Random definitions of segments, and shops to ask them of."""

from __future__ import annotations

import json

from hypothesis import strategies as st

import small_shops as shops
import trait_oracle
from regulars.clock import AsOf
from regulars.segments import learn, membership
from regulars.segments.language import read_texts
from regulars.segments.vocabulary import Vocabulary
from regulars.traits import table
from regulars.traits.catalogue import traits
from regulars.traits.parameters import Parameters
from regulars.traits.trait import Context
from segments.oracle import World, counting_facts

CODES = {**shops.CODES, "discount_code": {"SPRING": 7}}
TRAITS = traits(shops.ATTRIBUTES)
COUPON_KINDS = {2, 3}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "jul", "dec"]


def words(segments=(), **more) -> Vocabulary:
    return Vocabulary.of(TRAITS, codes=CODES, currency="EUR", segments=segments, **more)


counts = st.integers(0, 6)
amounts = st.sampled_from(["0", "2.5", "10", "12.34", "100", "1234.56", 9])
shares = st.sampled_from(["0%", "12.5%", "50%", "100%", 0.25, 1])
points = st.sampled_from(
    ["today", "first order", "last order", "30 days ago", "2 weeks ago", "3 months ago", "1 year ago", "2017-12-24"]
)
fixed_points = st.sampled_from(["today", "30 days ago", "2 weeks ago", "1 month ago", "2017-12-24", "2017-10-31"])
periods = st.one_of(
    st.sampled_from(
        [
            "today",
            "last 1 day",
            "last 30 days",
            "last 2 weeks",
            "last 3 months",
            "last 1 year",
            "this week",
            "this month",
            "previous month",
            "previous week",
            "this quarter",
            "previous quarter",
            "this year",
        ]
    ),
    st.builds(lambda point: {"since": point}, points),
    st.builds(lambda a, b: {"from": a, "to": b}, points, points),
    st.builds(lambda a, n: {"from": a, "for": n}, points, st.sampled_from(["1 day", "60 days", "3 weeks"])),
)


def ordered(pair, key=float):
    return sorted(pair, key=key)


def number_test(values, *, rank=False, top_names=("orders",)):
    low_high = st.lists(values, min_size=2, max_size=2).map(lambda pair: ordered(pair, worth))
    tests = [
        values,
        st.lists(values, min_size=1, max_size=3),
        st.builds(
            lambda word, value: {word: value},
            st.sampled_from(["is", "is_not", "at_least", "at_most", "more_than", "less_than"]),
            values,
        ),
        low_high.map(lambda pair: {"between": pair}),
        st.builds(
            lambda word, many: {word: many},
            st.sampled_from(["one_of", "not_in"]),
            st.lists(values, min_size=1, max_size=3),
        ),
    ]
    return st.one_of(*tests)


def worth(value):
    return float(value[:-1]) / 100 if isinstance(value, str) and value.endswith("%") else float(value)


known = st.booleans().map(lambda value: {"known": value})
ranks = st.builds(
    lambda word, size, among, per: {word: size, **({"among": among} if among else {}), **({"per": per} if per else {})},
    st.sampled_from(["top", "bottom"]),
    st.sampled_from(["20%", "50%", "33.3%", "100%", 5, 500]),
    st.sampled_from([None, "buyers", "everyone", "layer"]),
    st.sampled_from([None, None, "store", "income"]),
)


def code_test(values):
    part = st.sampled_from(["e", "T", "co", "fee", "ü", "%", "_"])
    return st.one_of(
        st.sampled_from(values),
        st.lists(st.sampled_from(values), min_size=1, max_size=3),
        st.sampled_from(values).map(lambda value: {"is_not": value}),
        st.lists(st.sampled_from(values), min_size=1, max_size=3).map(lambda many: {"not_in": many}),
        st.builds(lambda word, text: {word: text}, st.sampled_from(["contains", "starts_with", "ends_with"]), part),
        known,
    )


date_test = st.one_of(
    points,
    st.builds(lambda word, point: {word: point}, st.sampled_from(["before", "after", "on"]), points),
    st.lists(fixed_points, min_size=2, max_size=2).map(lambda pair: {"between": pair}),
    periods.map(lambda period: {"during": period}),
    known,
)


def trait_item(name):
    kind = TRAITS[name].type
    if kind == "flag":
        tests = st.one_of(st.booleans(), known)
    elif kind == "date":
        tests = st.one_of(date_test, ranks)
    elif kind in ("text", "code"):
        tests = code_test(
            ["low", "high", "High"] if name == "income" else sorted(CODES.get(TRAITS[name].book, WEEKDAYS))
        )
    else:
        values = {"count": counts, "money": amounts, "share": shares}.get(kind, st.integers(0, 60))
        tests = st.one_of(number_test(values), known, ranks)
    return tests.map(lambda test: {name: test})


TESTED = [
    "orders", "revenue", "average_order_value", "first_order", "last_order", "full_price_share", "items", "store",
    "weekday", "top_category", "income", "birth_date", "age", "gap_mean", "silence_chance", "beyond_rhythm",
    "days_since_order", "shopping_days", "regularity",
]  # fmt: skip
trait_items = st.sampled_from(TESTED).flatmap(trait_item)

hours = st.integers(0, 23)
moment_fields = [
    code_test(WEEKDAYS).filter(lambda test: test != {}).map(lambda test: {"weekday": test}),
    number_test(hours).map(lambda test: {"hour": test}),
    st.lists(st.sampled_from(MONTHS), min_size=1).map(lambda many: {"month": many}),
]
order_fields = [code_test(sorted(CODES["store"])).map(lambda test: {"store": test})]
line_fields = [
    code_test(sorted(CODES["category"])).map(lambda test: {"category": test}),
    code_test(sorted(CODES["brand"])).map(lambda test: {"brand": test}),
    st.booleans().map(lambda value: {"discounted": value}),
]
coupon_fields = [
    code_test(sorted(CODES["discount_kind"])).map(lambda test: {"kind": test}),
    code_test(["SPRING"]).map(lambda test: {"code": test}),
]


def tree(items, leaves=6):
    return st.recursive(
        items,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=leaves,
    )


@st.composite
def did_items(draw):
    name = draw(st.sampled_from(["bought", "bought", "bought", "viewed", "received", "redeemed", "searched"]))
    fields = {"bought": [*order_fields, *line_fields], "redeemed": []}.get(name, [])
    item = {draw(st.sampled_from(["did", "did_not"])): name}
    if draw(st.booleans()):
        item["where"] = draw(tree(st.one_of(*fields, *moment_fields), leaves=3))
    unit = draw(st.sampled_from([None, "times", "days", *(["items", "spent"] if name == "bought" else [])]))
    if unit:
        item[unit] = draw(number_test(amounts if unit == "spent" else counts))
    if draw(st.booleans()):
        item["during"] = draw(periods)
    return item


layers = st.sampled_from([{"in_segment": "layer"}, {"not_in_segment": "layer"}])
definitions = tree(st.one_of(trait_items, trait_items, did_items(), layers))
layer_definitions = st.sampled_from(
    [{"orders": {"at_least": 2}}, {"not": {"income": "low"}}, {"all": [{"did": "bought", "during": "last 90 days"}]}]
)


def text_of(who) -> str:
    """A file; JSON is YAML."""
    return json.dumps({"schema": "segment/1", "name": "Made", "who": who})


def world(rows, as_of, segments=None) -> World:
    """The naive evaluator's view of a shop."""
    moment = {"day": as_of.day, "sec": as_of.sec}
    values = trait_oracle.traits(rows, moment, shops.PARAMETERS, CODES)
    types = {name: trait.type for name, trait in TRAITS.items()}
    books = {name: trait.book for name, trait in TRAITS.items()}
    facts = counting_facts(rows, moment, COUPON_KINDS)
    return World(values, types, books, CODES, facts, moment, segments=segments, events=CODES["event"])


def computed(engine, who_by_id, as_of: AsOf) -> dict[str, set[int]]:
    """The members of each segment as the package finds them, cuts learnt at the same moment."""
    segments = read_texts({f"segments/{id}.yaml": text_of(who) for id, who in who_by_id.items()}, words())
    plan = membership.plan(segments, words())
    context = Context(as_of, shops.parameters(), CODES)
    measures = plan.measures(context)
    engine.make("traits", table.build(TRAITS, measures, context), order_by=["customer_id"])
    rows = table.now(table.stored(TRAITS, measures), TRAITS, context)
    learnt = learn.cuts(engine, rows, plan.cuts, context)
    told = Context(as_of, Parameters.of([*context.parameters, *learnt]), CODES)
    flags = engine.ask(plan.flags(rows, told)).to_pylist()
    assert all(row[id] in (True, False) for row in flags for id in who_by_id)
    return {id: {row["customer_id"] for row in flags if row[id]} for id in who_by_id}
