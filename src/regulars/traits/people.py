"""Traits that a customer told, and the age that follows from a birth date."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from regulars.clock import day_number
from regulars.traits.orders import words
from regulars.traits.trait import Context, Trait

if TYPE_CHECKING:
    import ibis.expr.types as ir

BIRTH_DATE = "birth_date"
OLDEST = 125

LABELS = {
    BIRTH_DATE: words("birth date", "geboortedatum", "fødselsdato"),
    "age_band": words("age band", "leeftijdsgroep", "aldersgruppe"),
    "income": words("income", "inkomen", "indkomst"),
    "home_ownership": words("home ownership", "eigen of huurwoning", "boligforhold"),
    "marital_status": words("marital status", "burgerlijke staat", "civilstand"),
    "household_size": words("household size", "grootte van het huishouden", "husstandens størrelse"),
    "household_type": words("type of household", "soort huishouden", "husstandstype"),
    "children": words("children at home", "kinderen thuis", "hjemmeboende børn"),
    "gender": words("gender", "geslacht", "køn"),
    "country": words("country", "land", "land"),
    "city": words("city", "woonplaats", "by"),
    "postcode": words("postcode", "postcode", "postnummer"),
    "language": words("language", "taal", "sprog"),
    "job": words("job", "beroep", "job"),
    "pets": words("pets", "huisdieren", "kæledyr"),
}


def plain(attribute: str) -> dict[str, str]:
    """A label for an attribute of the shop's own."""
    text = attribute.replace("_", " ")
    return words(text, text, text)


def born_by(today: date, years: int) -> int:
    """The latest birth day (days since 1970-01-01) of who is so many years old today.

    A birthday counts from its own day on, that of 29 February from 1 March in other years.

    >>> born_by(date(2017, 2, 28), 1) == day_number(date(2016, 2, 28))
    True
    """
    year = today.year - years
    if (today.month, today.day) == (2, 29) and not isleap(year):
        return day_number(date(year, 2, 28))
    return day_number(today.replace(year=year))


def age(row: ir.Table, context: Context) -> Any:
    """Whole years by a search tree over the birth days that bound them; null before birth and beyond `OLDEST`."""
    import ibis

    born, today = row[BIRTH_DATE], context.as_of.date

    def tree(low: int, high: int) -> Any:
        if low == high:
            return ibis.literal(low, type="int64")
        middle = (low + high + 1) // 2
        return ibis.ifelse(born <= born_by(today, middle), tree(middle, high), tree(low, middle - 1))

    possible = (born <= born_by(today, 0)) & (born > born_by(today, OLDEST + 1))
    return ibis.ifelse(possible, tree(0, OLDEST), ibis.null("int64"))


def told(attribute: str) -> Trait:
    """The trait of one told attribute."""
    is_date = attribute == BIRTH_DATE
    return Trait(
        attribute,
        "date" if is_date else "text",
        "told",
        LABELS.get(attribute) or plain(attribute),
        f"What is known of the customer's {plain(attribute)['en']}: told before observed before inferred, then newest.",
        "people",
    )


AGE = Trait(
    "age",
    "count",
    "clock",
    words("years of age", "jaar oud", "år gammel"),
    "Whole years since the birth date.",
    BIRTH_DATE,
    derive=age,
    unit="years",
)


def traits(attributes: Iterable[str]) -> tuple[Trait, ...]:
    """A trait per told attribute, and the age where a birth date may be known."""
    names = tuple(dict.fromkeys(attributes))
    return (*(told(name) for name in names), *((AGE,) if BIRTH_DATE in names else ()))
