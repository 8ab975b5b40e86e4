"""The library: whole in three languages, learnt from the shop, replaced by the shop's own."""

from __future__ import annotations

import pytest

import small_shops as shops
from regulars.segments import library, membership, tree
from regulars.segments.language import read_texts
from regulars.segments.sentence import sentence
from regulars.segments.tree import Not, TraitTest, leaves
from regulars.segments.writing import to_yaml
from regulars.traits.parameters import Parameters
from segments import made

SIZES = {"category": {1: 900, 2: 40, 3: 29, 4: 500}}
LOADED = {segment.id: segment for segment in library.load(made.words(sizes=SIZES))}
REST = "prefers_none_of_these"
OFFERS = {"en": "offer", "nl": "aanbieding", "da": "tilbud"}


def test_the_six_are_there() -> None:
    ids = ["bargain_hunters", "best_customers", "inactive", "low_order_value"]
    preferences = ["prefers_coffee", "prefers_filters", "prefers_tea", "prefers_none_of_these"]
    assert list(LOADED) == [*ids, *preferences, "top_20_percent"]


@pytest.mark.parametrize("id", LOADED)
def test_each_is_whole(id: str) -> None:
    segment = LOADED[id]
    for language in ("en", "nl", "da"):
        assert segment.name[language]
        assert segment.playbook["goal"][language]
        assert len(segment.playbook["do"][language]) >= 2
        assert segment.playbook["avoid"][language]
        assert sentence(segment, language, made.words(), Parameters(), shops.AS_OF).endswith(".")
    assert segment.minimum
    assert read_texts({f"segments/{id}.yaml": to_yaml(segment)}, made.words())[0] == segment


def test_best_customers_ask_all_four_and_get_no_offers() -> None:
    best = LOADED["best_customers"]
    cuts = membership.plan([best], made.words()).cuts
    assert {cut.trait for cut in cuts} == {"orders", "full_price_share", "regularity", "revenue"}
    assert len(leaves(best.who)) == 4
    for language, word in OFFERS.items():
        assert word in " ".join(best.playbook["avoid"][language]).lower()
        assert word not in " ".join(best.playbook["do"][language]).lower()


def test_preferences_never_overlap() -> None:
    asked = [LOADED[id].who for id in LOADED if id.startswith("prefers_") and id != REST]
    assert all(
        isinstance(who, TraitTest) and who.trait == "preferred_category" and who.test.word == "is" for who in asked
    )
    named = [text for who in asked for text in who.test.values]
    assert len(set(named)) == len(named)
    assert LOADED[REST].who == Not(TraitTest("preferred_category", tree.Test("one_of", tuple(named)))), (
        "the rest is everyone else"
    )


def test_odd_category_names_make_good_files() -> None:
    odd = {'it\'s "x" <b>': 1, "it's 'x' {b}": 2, "ÆØÅ": 3, "日本": 4, "a: b # c": 5, "\\": 6, "\x1b[0m": 7}
    words = made.words(sizes={"category": dict.fromkeys(range(1, 8), 50)})
    words = type(words).of(made.TRAITS, codes={**made.CODES, "category": odd}, sizes=words.sizes)
    each = [segment.who for segment in library.load(words) if segment.id.startswith("prefers_")]
    found = {who.test.values[0] for who in each if isinstance(who, TraitTest)}
    assert found == set(odd) - {"\x1b[0m"}, "what cannot be shown gets no segment"


def test_the_shops_own_take_the_place_and_are_layers_like_any() -> None:
    library_segments = library.load(made.words())
    words = made.words({segment.id: segment.name for segment in library_segments})
    texts = {
        "segments/inactive.yaml": made.text_of({"last_order": {"before": "60 days ago"}}),
        "segments/lost_best.yaml": made.text_of(
            {"all": [{"in_segment": "inactive"}, {"in_segment": "best_customers"}]}
        ),
    }
    own = read_texts(texts, words)
    both = {segment.id: segment for segment in library.with_own(library_segments, own)}
    assert both["inactive"].file == "segments/inactive.yaml"
    assert len(both) == len(library_segments) + 1
    assert both["lost_best"].definition_hash != own[1].definition_hash, "the hash covers the library's layers"


def test_an_id_stays_with_its_category_whatever_their_sizes():
    from regulars.segments.vocabulary import Vocabulary
    from regulars.traits.catalogue import traits

    codes = {"category": {"Tea": 1, "TEA": 2, "お茶": 3, "Coffee": 4}}

    def ids(sizes: dict[int, int]) -> dict[int, str]:
        words = Vocabulary.of(traits(), codes=codes, sizes={"category": sizes})
        text = "for_each: category\n<each>"
        return {codes["category"][text]: file for file, text in library.each("prefers_each.yaml", text, words).items()}

    expected = {1: "prefers_tea.yaml", 2: "prefers_tea_2.yaml", 3: "prefers_3.yaml", 4: "prefers_coffee.yaml"}
    assert ids({1: 40, 2: 35, 3: 60, 4: 30}) == ids({1: 35, 2: 40, 3: 30, 4: 60}) == expected
