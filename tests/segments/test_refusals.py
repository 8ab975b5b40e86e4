"""What is refused, and how it is said: every fault of a file at once, with its line and column."""

from __future__ import annotations

import pytest

from regulars.errors import SegmentError
from regulars.segments.language import read, read_folder, read_texts
from segments import made

HEAD = "schema: segment/1\nname: Made\n"


def faults(text: str, segments=("layer",), file: str = "segments/made.yaml") -> list[str]:
    with pytest.raises(SegmentError) as refused:
        read(text, file, made.words(segments))
    return [str(fault) for fault in refused.value.faults]


CASES = {
    "who: {did: bought, times: {at_least: -1}}": "3:27: times is never below 0; allowed: 0 or more",
    "who: {did: bought, during: {from: 2024-05-01, to: 2024-01-01}}": "3:51: a period that ends before it begins",
    "who:\n  revenu: 3": "3:3: unknown trait: 'revenu'; did you mean revenue?".replace("3:3", "4:3"),
    "who:\n  orders: {at_leest: 3}": "4:12: unknown test of orders: 'at_leest'; did you mean at_least?",
    "who: {orders: 3.5}": "3:15: orders cannot be tested against this: '3.5'; allowed: a whole number",
    "who: {orders: 1e3}": "3:15: orders cannot be tested against this: '1e3'; allowed: a plain number",
    "who: {revenue: 1.999}": "3:16: revenue cannot be tested against this: '1.999'; allowed: at most 2 decimals",
    "who: {revenue: '€ 300'}": "3:16: revenue cannot be tested against this: '€ 300'; allowed: a plain number",
    "who: {full_price_share: 50}": "3:25: full_price_share cannot be tested against this: '50'; allowed: a share",
    "who: {orders: .nan}": "3:15: orders cannot be tested against this: '.nan'",
    "who: {last_order: 31-12-2017}": "3:19: last_order cannot be tested against this: '31-12-2017'; allowed: a date such as",
    "who: {last_order: 2017-02-30}": "3:19: last_order cannot be tested against this: '2017-02-30'; allowed: a date that exists",
    "who: {last_order: {at_least: 2017-02-01}}": "3:20: last_order cannot be asked at_least; allowed: between, known",
    "who: {last_order: {during: last month}}": "3:28: this could mean two periods: 'last month'; allowed: 'previous month' "
    "for the whole calendar month before this one, or 'last 30 days' for the days up to now",
    "who: {last_order: {before: last month}}": "3:28: this could mean two periods: 'last month'; allowed: '1 month ago' "
    "counted back from today, or the day itself, such as 2018-01-31",
    "who: {last_order: last quarter}": "3:19: this could mean two periods: 'last quarter'; allowed: '3 months ago'",
    "who: {did: bought, during: {since: last year}}": "3:36: this could mean two periods: 'last year'; allowed: '1 year ago'",
    "who: {pets: cat}": "3:7: the shop's customers have not told this: 'pets'; map it under attributes of a source with rows",
    "who: {orders: {min: 3}}": "3:16: unknown test of orders: 'min'; did you mean at_least?",
    "who: {orders: {Max: 3}}": "3:16: unknown test of orders: 'Max'; did you mean at_most?",
    "who: {revenue: {at_least: €1.000,50}}": "3:34: a comma ends a value here: ',50'; write a plain number such as 1000.50",
    "who: {revenue: 1.000,50}": "3:22: a comma ends a value here: ',50'; write a plain number such as 1000.50",
    "who: {did: bought, during: last week}": "3:28: this could mean two periods: 'last week'",
    "who: {did: bought, during: last 999999 days}": "3:28: unknown period: 'last 999999 days'; allowed: 1 to 36500 days",
    "who: {did: bought, during: {from: today, for: 2 months}}": "for takes days or weeks: '2 months'; allowed: 60 days",
    "who: {did: bought, during: {from: today}}": "3:28: a period from a point; allowed: {since: …}",
    "who: {did: bougt}": "3:12: unknown event: 'bougt'; did you mean bought?",
    "who: {did: bought, where: {categorie: tea}}": "3:28: unknown field of bought: 'categorie'; did you mean category?",
    "who: {did: bought, where: {category: tee}}": "3:38: unknown category: 'tee'; did you mean tea?",
    "who: {did: bought, where: {orders: 3}}": "3:28: this does not belong in where: 'orders'; where asks of bought:",
    "who: {did: bought, times: 3, items: 4}": "3:30: two counts in one item: 'items'; one item counts one thing",
    "who: {did: viewed, spent: 4}": "3:20: viewed is not counted by this: 'spent'; allowed: times, days",
    "who: {did: bought, orders: 3}": "3:20: two conditions in one item: 'orders'",
    "who: {orders: 3, revenue: 4}": "3:18: two conditions in one item: 'revenue'",
    "who: {orders: {at_least: 3, at_most: 4}}": "3:29: two tests in one item: 'at_most'; write between: [low, high]",
    "who: {orders: {between: [4, 3]}}": "3:25: the first value is above the second; write the lower one first",
    "who: {orders: {between: [4]}}": "3:25: between takes two values: 1",
    "who: {orders: {}}": "3:15: the test of orders is missing; allowed: is, one_of",
    "who: {orders: []}": "3:15: one_of takes 1 to 1000 values: 0",
    "who: {orders: }": "3:14: the value of orders is missing",
    "who: {income: {top: 10%}}": "3:16: income cannot be asked top; allowed: is, one_of",
    "who: {orders: {top: 0%}}": "3:21: top of nobody: '0%'; allowed: more than 0",
    "who: {orders: {top: 10%, among: vips}}": "3:33: unknown segment: 'vips'; known: layer",
    "who: {orders: {top: 10%, per: revenue}}": "3:31: per takes a trait that holds a word: 'revenue'",
    "who: {orders: {at_least: 3, among: buyers}}": "3:29: unknown test of orders: 'among'",
    "who: {in_segment: lair}": "3:19: unknown segment: 'lair'; did you mean layer?",
    "who: {all: []}": "3:12: all of nothing; write at least one condition below it",
    "who: {all: {orders: 3}}": "3:12: all takes a list",
    "who: [{orders: 3}]": "3:6: a list without a word; write all: or any: above it",
    "who: {at_least: 3}": "3:7: a test without a trait: 'at_least'; write the trait first",
    "who: {during: today}": "3:6: this belongs to did or did_not: 'during'",
    "who: {random: 10%}": "3:7: this condition does not exist yet: 'random'",
    'who: {income: "a\\0b"}': "3:15: income cannot be tested against this: 'a\\x00b'",
    'who: {income: "\\ud83d"}': "3:15: half a character",
    "who: {}": "3:6: a condition is missing",
    "who: 3": "3:6: a condition is written as key: value: '3'",
    "who: {orders: 3, orders: 4}": "3:18: the same key twice: 'orders'",
    "who: {? [a] : 3}": "a key is a word",
    "who: &a {orders: 3}": "3:6: an anchor (&); write the value itself",
    "who: {orders: *a}": "an alias (*)",
    "who: {orders: !!python/object:os.system 3}": "3:15: a tag (!); write the value itself",
    "who: {orders: 3}\n---\nwho: {}": "a second document in one file",
    "who: {orders: 3": "this is not YAML",
    "who: {income: x}\nexpect: {members: {at_least: many}}": "4:30: at_least is a number: 'many'",
    "who: {orders: 3}\nminimum: {buyer: 30}": "4:11: unknown key in minimum: 'buyer'; did you mean buyers?",
    "who: {orders: 3}\nof: accounts": "4:5: unknown of: 'accounts'; allowed: customers",
    "who: {orders: 3}\ngrowing_is: nice": "4:13: unknown growing_is: 'nice'; allowed: good, bad, neutral",
    "who: {orders: 3}\nplaybook: {do: {fr: [x]}}": "4:17: unknown key in do: 'fr'; known: da, en, nl",
}  # fmt: skip


ONE_FAULT = (
    "who: {orders: {min: 3}}",
    "who: {orders: {at_leest: 3}}",
    "who: {revenue: {at_least: €1.000,50}}",
    "who: {revenue: 1.000,50}",
    "who: {last_order: {before: last month}}",
)


@pytest.mark.parametrize("text", ONE_FAULT)
def test_one_mistake_is_one_fault(text: str) -> None:
    assert len(faults(HEAD + text)) == 1


@pytest.mark.parametrize("text", CASES, ids=list(CASES))
def test_each_fault_is_said_where_it_stands(text: str) -> None:
    said = faults(HEAD + text)
    assert any(CASES[text] in fault for fault in said), said
    assert all(fault.startswith("segments/made.yaml:") for fault in said)


def test_all_faults_of_a_file_at_once() -> None:
    text = """schema: segment/2
naam: x
who:
  all:
    - revenue: {top: 20%, amongst: buyers}
    - orders: 3.5
      revenue: x
    - did: bought
      where: {any: [{category: tee}, {hour: noon}]}
      during: last month
    - contry: NL
    - {}
"""
    said = faults(text)
    places = [fault.split(": ")[0].removeprefix("segments/made.yaml:") for fault in said]
    assert places == ["1:1", "1:9", "2:1", "5:27", "6:15", "7:7", "7:16", "9:32", "9:45", "10:15", "11:7", "12:7"]


def test_a_file_name_is_an_id() -> None:
    assert (
        "a segment's file name is its id: 'Top Clients'"
        in faults(HEAD + "who: {orders: 3}", file="segments/Top Clients.yaml")[0]
    )
    assert "its id: 'buyers'" in faults(HEAD + "who: {orders: 3}", file="segments/buyers.yaml")[0]


def test_a_segment_cannot_use_itself() -> None:
    files = {
        f"segments/{name}.yaml": HEAD + f"who: {{in_segment: {layer}}}"
        for name, layer in (("a", "b"), ("b", "c"), ("c", "a"))
    }
    with pytest.raises(SegmentError) as refused:
        read_texts(files, made.words())
    assert str(refused.value.faults[0]) == "segments/a.yaml:3:19: a segment that uses itself: 'a → b → c → a'"
    assert len(refused.value.faults) == 3


def test_a_folder_tells_the_faults_of_all_its_files(tmp_path) -> None:
    folder = tmp_path / "segments"
    folder.mkdir()
    (folder / "a.yaml").write_text(HEAD + "who: {order: 3}")
    (folder / "b.yaml").write_bytes(b"\xff\xfe\x00bad")
    (folder / "c.yaml").write_text("")
    (folder / "d.yaml").write_text(HEAD + "who: {orders: 3}", encoding="utf-8-sig")
    (folder / "e.yaml").write_text("x" * 300_000)
    with pytest.raises(SegmentError) as refused:
        read_folder(folder, made.words())
    assert [str(fault.where) for fault in refused.value.faults] == [
        "segments/b.yaml:1:1",
        "segments/e.yaml:1:1",
        "segments/a.yaml:3:7",
        "segments/c.yaml:1:1",
    ]


BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    "deep": "[" * 20_000,
    "deeper": "who: " + "{not: " * 60 + "{orders: 3}" + "}" * 60,
    "wide": "who: {orders: [" + "1," * 20_000 + "]}",
    "long": "who: {income: " + "x" * 100_000 + "}",
    "number": "who: {orders: " + "9" * 60_000 + "}",
    "percent": "who: {full_price_share: " + "1" * 500 + "%}",
    "merge": "who: {<<: {orders: 3}}",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name: str) -> None:
    assert all(len(fault) < 500 for fault in faults(HEAD + BOMBS[name]))
