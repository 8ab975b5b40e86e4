"""One scalar of a file to a value, read from its source text by the type of what is tested."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from regulars.errors import Fault, nearest
from regulars.segments.periods import Ambiguous, read_point
from regulars.segments.source import Node, Refused, text_of, where
from regulars.segments.tree import Percent, Value
from regulars.segments.vocabulary import Vocabulary

NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,9})?")
PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
DAYS = re.compile(r"(.*?) days?")
FLAGS = {"true": True, "yes": True, "false": False, "no": False}
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Field:
    """What can be tested: a trait of a customer or a field of an event, seen by name, type and code book."""

    name: str
    type: str
    book: str | None = None


def number(text: str, *, digits: int = 9) -> Decimal:
    """A plain number with at most `digits` decimals; raises ValueError with what is allowed.

    >>> number("12.50")
    Decimal('12.5')
    """
    if not NUMBER.fullmatch(text):
        raise ValueError("a plain number such as 300 or 12.50, without thousands marks or currency")
    value = Decimal(text)
    if value != round(value, digits):
        raise ValueError("a whole number" if digits == 0 else f"at most {digits} decimals")
    return trimmed(value)


def trimmed(value: Decimal) -> Decimal:
    """The same number without trailing zeros or an exponent."""
    whole = value.to_integral_value()
    return whole + 0 if value == whole else value.normalize()


def percent(text: str) -> Percent:
    """A share written as 20% (or 0.2); raises ValueError with what is allowed.

    >>> percent("20%")
    Percent(share=Decimal('0.2'))
    """
    if match := PERCENT.fullmatch(text):
        share = Decimal(match[1]) / 100
    elif NUMBER.fullmatch(text):
        share = Decimal(text)
    else:
        raise ValueError("a share such as 20% or 0.2")
    if not 0 <= share <= 1:
        raise ValueError("a share from 0% to 100%")
    return Percent(trimmed(share))


def days(text: str) -> Decimal:
    """A number of days, the word itself optional."""
    match = DAYS.fullmatch(text)
    return number(match[1] if match else text)


def flag(text: str) -> bool:
    """True or false, in words."""
    if text.lower() not in FLAGS:
        raise ValueError("true or false")
    return FLAGS[text.lower()]


def plain_text(text: str) -> str:
    """A text of a sane length."""
    if "\0" in text:
        raise ValueError("a text without the character 0")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"at most {LONGEST_TEXT} characters")
    return text


def count(text: str) -> Decimal:
    """A whole number."""
    return number(text, digits=0)


READERS: Mapping[str, Callable[[str], Value]] = {
    "count": count,
    "number": number,
    "share": percent,
    "days": days,
    "flag": flag,
    "date": read_point,
    "text": plain_text,
    "code": plain_text,
    "id": plain_text,
}


def read(node: Node, field: Field, vocabulary: Vocabulary, file: str) -> Value:
    """The value of a scalar by the field's type; raises Refused with place, gift and what is allowed."""
    text = text_of(node, file, f"the value of {field.name}")
    try:
        if field.type == "money":
            return number(text, digits=vocabulary.digits)
        value = READERS[field.type](text)
    except ValueError as refusal:
        ambiguous = isinstance(refusal, Ambiguous)
        what = "this could mean two periods" if ambiguous else f"{field.name} cannot be tested against this"
        raise Refused(Fault(what, where(node, file), gave=text[:80], allowed=str(refusal))) from refusal
    return spelled(node, field, value, vocabulary, file) if field.type == "code" else value


def spelled(node: Node, field: Field, value: Value, vocabulary: Vocabulary, file: str) -> str:
    """A code's text as the shop's book writes it; raises Refused for one the shop has never seen."""
    text, book = str(value), field.book or field.name
    known = vocabulary.codes.get(book, {})
    found = vocabulary.spelled(book, text)
    if found is None and known:
        then = nearest(text.casefold(), {word.casefold() for word in known}) if text not in known else None
        raise Refused(Fault(f"unknown {field.name}", where(node, file), gave=text[:80], then=then))
    return found or text
