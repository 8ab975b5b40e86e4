"""A refresh publishes who is in which segment and why that changed; whatever fails leaves the last version as it was."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

import regulars
import shops
from regulars.errors import SourceError, UsageError
from regulars.traits.parameters import Parameter, Parameters
from regulars.versions import definitions, history, memberships, steps

LATER = date(2025, 7, 18)


def orders_of(root, until):
    """Every order line of the shop's files up to a day, read without any of our own code."""
    rows = []
    for path in sorted((root / "data").glob("till_*.csv")):
        with path.open(newline="") as file:
            rows += [row for row in csv.DictReader(file) if datetime.fromisoformat(row["time"]).date() <= until]
    return rows


def expected(root, day):
    """Who should be in the tiny shop's three own segments, in plain Python."""
    orders, coffee, late = defaultdict(set), defaultdict(set), set()
    for row in orders_of(root, day):
        orders[row["customer"]].add(row["order"])
        if row["category"] == "coffee":
            coffee[row["customer"]].add(row["order"])
        if datetime.fromisoformat(row["time"]).date() > day - timedelta(days=30):
            late.add(row["customer"])
    return {
        "regulars_here": {who for who, found in orders.items() if len(found) >= 4},
        "coffee_lovers": {who for who, found in coffee.items() if len(found) >= 2},
        "lately": late,
    }


def members(shop, segment):
    return {row["customer"] for row in shop.members(segment)["rows"]}


def intervals(shop, where="TRUE"):
    with shop.owner.snapshot() as state:
        return state.engine.ask(
            f"SELECT * FROM segment_memberships WHERE {where} ORDER BY segment, customer, valid_from"
        ).to_pylist()


@pytest.fixture(scope="module")
def story(shop_template, tmp_path_factory):
    """A shop over four versions: the first, new facts and later, other definitions, learnt anew."""
    import shutil

    root = shutil.copytree(shop_template, tmp_path_factory.mktemp("story") / "shop")
    seen = {}
    with regulars.open(root) as shop:

        def look(told):
            seen[told["version"]] = {
                "told": told,
                "intervals": intervals(shop),
                "members": {row["id"]: row["members"] for row in shop.segments()["rows"]},
            }

        look(shop.refresh())
        shops.add_orders(root, "till_2.csv", first=date(2025, 7, 1), last=LATER, customers=80, seed=2, per_customer=0.5)
        look(shop.refresh(as_of=LATER.isoformat()))
        shops.add_segment(root, "coffee_lovers", "who: {did: bought, where: {category: tea}, times: {at_least: 2}}")
        shops.add_segment(root, "best_tenth", "who: {revenue: {top: 10%}}")
        (root / "segments" / "lately.yaml").unlink()
        look(shop.refresh(as_of=(LATER + timedelta(days=1)).isoformat()))
        shops.add_orders(root, "till_3.csv", first=date(2025, 7, 19), last=date(2025, 7, 20), customers=80, seed=3)
        look(shop.refresh(as_of=date(2025, 7, 20).isoformat(), learn=True))
        yield root, shop, seen


def test_members_are_those_of_a_plain_reading_of_the_files(shop_root):
    with regulars.open(shop_root) as shop:
        assert {id: members(shop, id) for id in ("regulars_here", "coffee_lovers", "lately")} == expected(
            shop_root, shops.LAST
        )


def test_the_second_version_too(story):
    root, _, seen = story
    then = [
        row for row in seen[2]["intervals"] if row["valid_to"] is None and row["segment"] in ("lately", "coffee_lovers")
    ]
    found = defaultdict(set)
    for row in then:
        found[row["segment"]].add(row["customer"])
    wanted = expected(root, LATER)
    assert found == {id: wanted[id] for id in ("lately", "coffee_lovers")}


def test_a_change_says_facts_or_time(story):
    root, _, seen = story
    with (root / "data" / "till_2.csv").open(newline="") as file:
        touched = {row["customer"] for row in csv.DictReader(file)}
    changed = [row for row in seen[2]["intervals"] if row["version"] == 2 or row["left_version"] == 2]
    own = [row for row in changed if row["segment"] in ("lately", "regulars_here", "coffee_lovers")]
    reasons = {(row["customer"] in touched, row["left_reason"] or row["reason"]) for row in own}
    assert reasons == {(True, "facts"), (False, "time")}


def test_a_change_says_definition(story):
    _, _, seen = story
    changed = [row for row in seen[3]["intervals"] if row["version"] == 3 or row["left_version"] == 3]
    causes = defaultdict(set)
    for row in changed:
        causes[row["segment"]].add(row["left_reason"] or row["reason"])
    assert causes["coffee_lovers"] == {"definition"}
    assert causes["best_tenth"] == {"definition"}
    assert causes["lately"] == {"definition"}
    assert "definition" not in causes["regulars_here"]
    assert not [row for row in seen[3]["intervals"] if row["segment"] == "lately" and row["valid_to"] is None]


def test_a_change_says_parameters(story):
    _, _, seen = story
    changed = [row for row in seen[4]["intervals"] if row["version"] == 4 or row["left_version"] == 4]
    assert {row["left_reason"] or row["reason"] for row in changed if row["segment"] == "best_tenth"} == {"parameters"}
    assert {row["left_reason"] or row["reason"] for row in changed if row["segment"] == "regulars_here"} == {"facts"}
    given = {reason for row in seen[4]["intervals"] for reason in (row["reason"], row["left_reason"]) if reason}
    assert given == set(memberships.REASONS)


def test_a_change_without_a_known_reason_is_refused():
    with pytest.raises(ValueError, match="weather"):
        memberships.find_changes(None, {"vip": 0}, {"vip": "weather"}, "")


def test_intervals_are_closed_and_never_overlap(story):
    _, _, seen = story
    last = seen[4]["intervals"]
    by_pair = defaultdict(list)
    for row in last:
        by_pair[row["segment"], row["customer"]].append(row)
    for rows in by_pair.values():
        for row, following in pairwise(rows):
            assert row["valid_to"] is not None
            assert row["valid_to"] <= following["valid_from"]
            assert row["left_version"] < following["version"]
    for version, state in seen.items():
        open_then = defaultdict(int)
        for row in last:
            if row["version"] <= version and (row["left_version"] is None or row["left_version"] > version):
                open_then[row["segment"]] += 1
        assert {id: open_then[id] for id in state["members"]} == state["members"]


def test_versions_history_and_catalogue_tell_the_same(story):
    root, shop, seen = story
    with shop.owner.snapshot() as state:
        rows = state.engine.ask("SELECT DISTINCT version, as_of FROM segment_versions ORDER BY version").to_pylist()
        published = state.catalogue.versions()
        changes = {v: history.changes(state.engine, v).to_pylist() for v in seen}
        latest = state.engine.ask("SELECT DISTINCT version FROM traits_latest").to_pylist()
    assert [row["version"] for row in rows] == [1, 2, 3, 4] == [one.version for one in published]
    assert rows[1]["as_of"] == LATER
    assert latest == [{"version": 4}]
    for one in published:
        told = history.read(root / ".regulars" / "history", one.version)
        assert told.version == one
        import pyarrow.parquet as pq

        assert pq.read_table(told.changes).to_pylist() == changes[one.version]
        story_of = json.loads(history.files(root / ".regulars" / "history", one.version)[1].read_text())
        assert {row["segment"]: row["members"] for row in story_of["segments"]} == seen[one.version]["members"]


def test_what_other_tools_read_keeps_its_columns(story):
    _, shop, _ = story
    told = ["segment", "customer", "valid_from", "valid_to", "reason", "version"]
    with shop.owner.snapshot() as state:
        columns = {
            name: state.engine.ask(f"SELECT * FROM {name} LIMIT 0").schema
            for name in ("segment_memberships", "segment_versions", "traits_latest")
        }
        kinds = {name: str(kind) for name, kind in zip(told, columns["segment_memberships"].types, strict=False)}
        latest = state.engine.ask("SELECT customer, revenue, days_since_order FROM traits_latest").to_pylist()
        audited = state.catalogue.audited()
    assert columns["segment_memberships"].names[:6] == told
    assert kinds["valid_from"] == kinds["valid_to"] == "date32[day]"
    assert columns["segment_versions"].names == [
        "version",
        "as_of",
        "published_at",
        "loads_through",
        "customers",
        "segment",
        "definition",
        "members",
        "note",
    ]
    assert columns["traits_latest"].names[:3] == ["version", "customer", "customer_id"]
    assert {row["customer"] for row in latest} == {f"C{n:03}" for n in range(80)}
    assert any(row["days_since_order"] is not None for row in latest)
    assert [row["what"] for row in audited].count("publish") == 4
    assert shop.catalogue.audit_broken_at() is None


def test_learning_happens_when_it_is_due_and_for_cuts_that_are_missing(story):
    _, shop, seen = story
    assert [seen[version]["told"]["value"]["learned"] for version in (1, 2, 3, 4)][1:] == [True, False, True]
    rows = shop.parameters()["rows"]
    assert {row["valid_from"] for row in rows if row["name"] == "rhythm_r"} == {"2025-07-20"}
    with shop.owner.snapshot() as state:
        tenth = state.engine.ask("SELECT * FROM parameters WHERE name LIKE 'cut/revenue/top/10%' ORDER BY fitted_at")
    assert tenth.num_rows == 2


def test_nothing_new_publishes_nothing(shop_root):
    with regulars.open(shop_root) as shop:
        told = shop.refresh()
        assert (told["version"], told["value"]["published"]) == (1, False)
        assert [path.name for path in sorted((shop_root / ".regulars" / "history").iterdir())] == [
            "v000001.json",
            "v000001.parquet",
        ]


def test_versions_go_forward_in_time(shop_root):
    with regulars.open(shop_root) as shop, pytest.raises(UsageError, match=r"forward in time.*to a new folder"):
        shop.refresh(as_of="2025-06-29")


def test_a_wrong_file_is_named_and_holds_up_nobody(shop_root):
    with regulars.open(shop_root) as shop:
        before = members(shop, "coffee_lovers")
        shops.add_segment(shop_root, "coffee_lovers", "who: {did: bought, wher: {category: tea}}")
        shops.add_segment(shop_root, "new_ones", "who: {orders: 1}")
        told = shop.refresh()
        assert told["version"] == 2
        assert len(told["value"]["wrong"]) == 1
        assert "segments/coffee_lovers.yaml:3:" in told["value"]["wrong"][0]
        assert "wher" in told["value"]["wrong"][0]
        rows = {row["id"]: row for row in shop.segments()["rows"]}
        assert rows["new_ones"]["members"] > 0
        assert shop.history("coffee_lovers")["rows"][-1]["members"] == len(before)
        assert members(shop, "coffee_lovers") == before
        assert shop.refresh()["value"]["published"] is False


def empty_till(root):
    """Only one customer has bought so far."""
    path = root / "data" / "till_1.csv"
    rows = path.read_text().splitlines()
    path.write_text("\n".join(rows[:2]) + "\n")


def test_what_could_not_be_said_is_learnt_when_news_comes_though_the_day_stands_still(tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "GROWN", float("inf"))
    root = shops.make(tmp_path / "shop")
    empty_till(root)
    with regulars.open(root) as shop:
        before = shop.refresh()["value"]["cannot_say"]
        assert "top_20_percent" in before
        shops.add_orders(root, "till_2.csv", first=shops.FIRST, last=shops.LAST, customers=80, seed=3)
        shop.load()
        told = shop.refresh()
        assert (told["version"], told["value"]["cannot_say"]) == (2, {})
        learnt = {row["name"]: row for row in shop.parameters()["rows"] if row["value"] is not None}
        assert {"rhythm_r", "return_days_90", "category_rate"} <= learnt.keys()
        assert {row["id"]: row["members"] for row in shop.segments()["rows"]}["top_20_percent"] > 10


def test_what_was_learnt_holds_until_there_are_half_as_many_buyers_again(tmp_path):
    root = shops.make(tmp_path / "shop", customers=300)
    with regulars.open(root) as shop:
        shop.refresh()
        n = shop.refresh()["value"]["customers"]
        few = {"first": shops.LAST, "last": shops.LAST, "per_customer": 0.1}
        shops.add_orders(root, "till_2.csv", customers=300, seed=3, **few)
        assert shop.refresh()["value"]["learned"] is False
        header = ",".join(shops.COLUMNS)
        rows = [f"N{i},New{i},2025-06-29 10:00,Ptea1,tea,1,10.00,0.00" for i in range(n)]
        (root / "data" / "till_3.csv").write_text("\n".join([header, *rows]) + "\n")
        assert shop.refresh()["value"]["learned"] is True


def test_a_clock_that_is_set_back_loses_nothing_of_what_was_learnt(shop_root, monkeypatch):
    from regulars import clock

    then = clock.utc_now() + timedelta(hours=1)
    with regulars.open(shop_root) as shop:
        shops.add_orders(shop_root, "till_2.csv", first=shops.LAST, last=shops.LAST, customers=80, seed=3)
        ticks = iter(range(10**6))
        monkeypatch.setattr(clock, "utc_now", lambda: then - timedelta(seconds=next(ticks)))
        told = shop.learn()
        with shop.owner.snapshot() as state:
            in_force = sorted(state.context.parameters, key=lambda row: (row.name, row.key))
        kept = history.read(shop_root / ".regulars" / "history", told["version"]).parameters
        assert list(kept) == in_force
        assert {row.version for row in kept} == {2}


def test_what_was_not_learnt_again_is_out_of_force():
    old = [Parameter("sizes/category", 50.0, 50, "", key=key, version=1) for key in (1, 2)]
    new = Parameter("sizes/category", 60.0, 60, "", key=2, version=2)
    none = Parameter("sizes/category", None, 0, "", version=3)
    assert definitions.learnt_sizes(Parameters.of([*old, new])) == {"category": {2: 60}}
    assert definitions.learnt_sizes(Parameters.of([*old, new, none])) == {}


def test_a_month_before_is_told_only_of_the_same_segment(shop_root):
    shops.add_segment(shop_root, "regulars_here", "minimum: {repeat_buyers: 1000}\nwho: {orders: {at_least: 1}}")
    with regulars.open(shop_root) as shop:
        then = {row["id"]: row["members"] for row in shop.refresh() and shop.segments()["rows"]}
        shops.add_segment(shop_root, "regulars_here", "who: {orders: {at_least: 1}}")
        shops.add_segment(shop_root, "coffee_lovers", "who: {did: bought, where: {category: tea}}")
        shops.add_segment(shop_root, "new_ones", "who: {orders: 1}")
        shop.refresh(as_of=(shops.LAST + timedelta(days=30)).isoformat())
        rows = {row["id"]: row["members_month_before"] for row in shop.segments()["rows"]}
        for changed in ("regulars_here", "coffee_lovers", "new_ones"):
            assert rows[changed] is None
        assert rows["lately"] == then["lately"] > 0


ORDERS_APART = """\
schema: shop/1
shop: {name: Apart, currency: EUR, time_zone: Europe/Amsterdam, language: en, country: NL, as_of: 2025-06-30}
sources:
  heads: {files: data/heads*.csv, rows: orders, columns: {order: order, customer: customer, time: time}}
  lines: {files: data/lines*.csv, rows: order_lines, columns: {order: order, product: product, net: net}}
"""


def test_a_line_or_a_corrected_order_is_a_fact_of_whoever_it_concerns(tmp_path):
    root = tmp_path
    (root / "data").mkdir()
    (root / "segments").mkdir()
    (root / "regulars.yaml").write_text(ORDERS_APART)
    heads = "order,customer,time\n" + "".join(f"o{n},c{n},2025-06-0{n} 10:00\n" for n in range(1, 6))
    (root / "data" / "heads_1.csv").write_text(heads)
    (root / "data" / "lines_1.csv").write_text("order,product,net\n" + "".join(f"o{n},p,10.00\n" for n in range(1, 5)))
    shops.add_segment(root, "spenders", "who: {revenue: {at_least: 5}}")
    shops.add_segment(root, "once_bought", "who: {orders: {at_least: 1}}")
    with regulars.open(root) as shop:
        shop.refresh()
        (root / "data" / "lines_2.csv").write_text("order,product,net\no5,p,10.00\n")
        (root / "data" / "heads_2.csv").write_text("order,customer,time\no1,c9,2025-06-01 10:00\n")
        shop.refresh()
        rows = intervals(shop, "segment IN ('spenders', 'once_bought') AND (version = 2 OR left_version = 2)")
    told = {(row["segment"], row["customer"]): row["left_reason"] or row["reason"] for row in rows}
    assert told["spenders", "c5"] == "facts"
    assert told["once_bought", "c9"] == "facts"
    assert told["once_bought", "c1"] == "facts"


def test_too_few_say_nothing(shop_root):
    body = "minimum: {repeat_buyers: 1000}\nwho: {orders: {at_least: 1}}"
    shops.add_segment(shop_root, "regulars_here", body)
    with regulars.open(shop_root) as shop:
        told = shop.refresh()
        assert "needs 1,000" in told["value"]["cannot_say"]["regulars_here"]
        row = next(row for row in shop.segments()["rows"] if row["id"] == "regulars_here")
        assert (row["members"], row["cannot_say"]) == (0, told["value"]["cannot_say"]["regulars_here"])


def test_a_source_that_does_not_fit_stops_it_and_changes_nothing(shop_root):
    (shop_root / "data" / "till_2.csv").write_text("order,client,time\n1,C1,2025-06-30\n")
    with regulars.open(shop_root) as shop:
        with pytest.raises(SourceError, match="customer"):
            shop.refresh()
        assert shop.segments()["version"] == 1
        assert next((run["verb"], run["status"]) for run in shop.runs()["rows"]) == ("refresh", "failed")
        (shop_root / "data" / "till_2.csv").unlink()
        assert shop.refresh()["value"]["published"] is False


def test_words_hold_more_than_sixty_segments():
    """Slots beyond the first word, packed and unpacked by the engine."""
    import pyarrow as pa

    from regulars.engine.compile import unbound
    from regulars.engine.duckdb import DuckDB

    engine = DuckDB.open()
    names = [f"s{n}" for n in range(130)]
    columns = {"customer_id": "int64", **dict.fromkeys(names, "boolean")}
    engine.create("flags", columns)
    rows = [{"customer_id": c, **{name: (n * 7 + c) % 3 == 0 for n, name in enumerate(names)}} for c in range(50)]
    engine.append("flags", pa.Table.from_pylist(rows))
    slots = {name: n for n, name in enumerate(names)}
    packed = memberships.words(unbound("flags", columns), slots, memberships.width(slots))
    engine.make("words", packed)
    unpacked = engine.ask(memberships.flags(engine, slots)).to_pylist()
    assert sorted(unpacked, key=lambda row: row["customer_id"]) == rows
    assert memberships.members(engine, slots) == {name: sum(row[name] for row in rows) for name in names}
    engine.close()
