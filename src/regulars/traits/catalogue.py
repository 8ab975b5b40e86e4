"""All traits of a shop, each after what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from regulars.errors import Fault, ShopError
from regulars.traits import campaigns, orders, people, products, rhythm
from regulars.traits.trait import Context, Trait

if TYPE_CHECKING:
    import ibis.expr.types as ir

BUILT_IN: tuple[Trait, ...] = (*orders.TRAITS, *products.TRAITS, *rhythm.TRAITS, *campaigns.TRAITS)


OF_DISCOUNTS = frozenset(
    {
        "list_value",
        "discount",
        "supplier_discount",
        "full_price_share",
        "discount_share",
        "coupon_orders",
        "coupon_share",
    }
)
"""What cannot be said of anybody where a shop's files do not tell discounts."""


def unknown(trait: Trait) -> Trait:
    """The trait of a shop whose files do not tell it: null for everyone."""

    def nothing(row: ir.Table, context: Context) -> Any:
        import ibis

        return ibis.null("float64")

    return replace(trait, over=None, of=None, parts=(), derive=nothing, empty=None, minimum=0)


def traits(attributes: Iterable[str] = (), *, discounts: bool = True) -> Mapping[str, Trait]:
    """Every trait by name: those of the facts, and one per told attribute.

    Without `discounts` in the shop's files, what is made of them is unknown for everyone.

    Raises ShopError where an attribute bears the name of a trait of the facts.

    >>> "revenue" in traits(), traits(["income"])["income"].kind
    (True, 'told')
    """
    known = {trait.name: trait if discounts or trait.name not in OF_DISCOUNTS else unknown(trait) for trait in BUILT_IN}
    own = people.traits(attributes)
    taken = [trait.name for trait in own if trait.name in known]
    if taken:
        raise ShopError(
            faults=[
                Fault("an attribute has the name of a trait", gave=name, then="map it to another name")
                for name in taken
            ]
        )
    return known | {trait.name: trait for trait in own}


def reference() -> list[dict[str, Any]]:
    """What the documentation says of each trait, in the catalogue's order."""
    return [
        {
            "name": trait.name,
            "type": trait.type,
            "kind": trait.kind,
            "unit": trait.unit,
            "minimum": f"{trait.minimum} {trait.counted}" if trait.minimum else "",
            "book": trait.book or "",
            "label": dict(trait.label),
            "doc": trait.doc,
            "source": trait.source,
        }
        for trait in (*BUILT_IN, people.AGE)
    ]
