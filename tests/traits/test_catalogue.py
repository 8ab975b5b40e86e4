"""Every trait says what it is, in three languages, and stands after what it reads."""

from __future__ import annotations

import pytest

import small_shops as shops
from regulars.errors import EngineError, ShopError
from regulars.traits import catalogue, table
from regulars.traits.facts import facts, fields
from regulars.traits.parameters import Parameters
from regulars.traits.trait import FIXED_BOOKS, WIDEST, Context, Trait

TRAITS = catalogue.traits(shops.ATTRIBUTES)
CONTEXT = Context(shops.AS_OF, shops.parameters(), shops.CODES)


@pytest.mark.parametrize("trait", TRAITS.values(), ids=TRAITS)
def test_a_trait_says_what_it_is(trait: Trait) -> None:
    assert trait.type in table.TYPES
    assert set(trait.label) == {"en", "nl", "da"}
    assert all(label and label == label.strip() and not label.endswith(".") for label in trait.label.values())
    assert trait.doc.endswith(".")
    assert trait.source
    assert (trait.type == "code") == (trait.book is not None)
    assert trait.book is None or trait.book in FIXED_BOOKS or trait.book in shops.CODES
    assert trait.empty is None or trait.type in ("count", "money")
    assert trait.counted in TRAITS


def test_there_are_enough_and_each_is_told_once() -> None:
    assert len(catalogue.traits()) >= 25
    rows = catalogue.reference()
    assert len({row["name"] for row in rows}) == len(rows)
    assert {row["name"] for row in rows} == {*catalogue.traits(["birth_date"])} - {"birth_date"}
    assert all(row["doc"] and row["source"] and row["label"] for row in rows)


def test_a_label_is_used_for_one_trait_only() -> None:
    for language in ("en", "nl", "da"):
        labels = [trait.label[language] for trait in TRAITS.values()]
        assert sorted(labels) == sorted(set(labels))


def test_money_and_counts_are_known_of_everybody() -> None:
    unknown = {trait.name for trait in TRAITS.values() if trait.type in ("count", "money") and trait.empty is None}
    assert unknown == {"average_order_value", "age"}


def test_what_is_not_stored_reads_stored_traits_only() -> None:
    """A clock trait is an expression over the stored row: no facts, no parts."""
    for trait in TRAITS.values():
        assert trait.stored or (trait.derive is not None and not trait.measures)


def test_the_table_has_the_declared_columns() -> None:
    query = table.build(TRAITS, (), CONTEXT)
    assert {name: str(kind).lstrip("!") for name, kind in query.schema().items()} == table.schema(TRAITS)
    now = table.now(table.stored(TRAITS), TRAITS, CONTEXT)
    kinds = {name: str(kind).lstrip("!") for name, kind in now.schema().items()}
    assert kinds == {"customer_id": "int64"} | {trait.name: table.TYPES[trait.type] for trait in TRAITS.values()}


def test_an_attribute_may_not_hide_a_trait() -> None:
    with pytest.raises(ShopError, match="revenue") as told:
        catalogue.traits(["revenue", "income", "orders"])
    assert len(told.value.faults) == 2


def test_a_shop_without_birth_dates_has_no_age() -> None:
    assert "age" not in catalogue.traits(["income"])
    assert "age" in catalogue.traits(["birth_date"])


def test_a_code_book_that_is_too_large_to_rank_by_is_refused() -> None:
    largest = Context(shops.AS_OF, Parameters(), {"brand": {"last": WIDEST - 1}})
    assert largest.width("brand") == WIDEST
    beyond = Context(shops.AS_OF, Parameters(), {"brand": {"last": WIDEST}})
    with pytest.raises(EngineError, match="brand"):
        table.build(TRAITS, (), beyond)


def test_the_width_is_above_every_code() -> None:
    for largest in (1, 2, 3, 4, 7, 8, 1023, 1024):
        width = Context(shops.AS_OF, Parameters(), {"store": {"x": largest}}).width("store")
        assert largest < width <= 2 * largest


def test_fields_tell_what_an_expression_reads() -> None:
    orders = facts(CONTEXT)["orders"]
    assert fields(orders.day + orders.minute) == {"day", "minute"}
