"""Values in the words and signs of a language: money in the shop's currency, shares, days, dates, lists."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from regulars.clock import date_of
from regulars.segments.phrases import PHRASES
from regulars.segments.vocabulary import Vocabulary

if TYPE_CHECKING:
    from babel.numbers import NumberPattern

JOINS = {"en": ("and", "or"), "nl": ("en", "of"), "da": ("og", "eller")}
ONES = {"en": ("once", "twice"), "nl": (), "da": ()}


@cache
def whole_pattern(language: str) -> NumberPattern:
    """The language's own way to write money, without decimals."""
    from babel import Locale
    from babel.numbers import parse_pattern

    return parse_pattern(Locale.parse(language).currency_formats["standard"].pattern.replace(".00", ""))


def money(value: Decimal, language: str, vocabulary: Vocabulary) -> str:
    """An amount in major units; whole amounts without decimals.

    >>> money(Decimal(300), "nl", Vocabulary.of([])).replace(chr(160), " ")
    '€ 300'
    """
    from babel.numbers import format_currency

    if value == value.to_integral_value():
        pattern = whole_pattern(language)
        return format_currency(value, vocabulary.currency, pattern.pattern, locale=language, currency_digits=False)
    return format_currency(value, vocabulary.currency, locale=language)


def number(value: Any, language: str) -> str:
    """A number with at most six decimals, in the language's own marks."""
    from babel.numbers import format_decimal

    return format_decimal(value, format="#,##0.######", locale=language)


def share(value: Any, language: str) -> str:
    """A share of 1 as a percentage with at most two decimals.

    >>> share(Decimal("0.2"), "en"), share(Decimal("0.034"), "da").replace(chr(160), " ")
    ('20%', '3,4 %')
    """
    from babel import Locale
    from babel.numbers import format_percent

    pattern = Locale.parse(language).percent_formats[None].pattern.replace("#,##0", "#,##0.##")
    return format_percent(value, format=pattern, locale=language)


NOT_IN_BABEL = {("nl", "day"): ("dag", "dagen"), ("nl", "hour"): ("uur", "uur")}
"""Units, one and many, that Babel 2.18 has no Dutch for."""


def days(value: Any, language: str) -> str:
    """A number of days with its unit."""
    return unit(value, "day", language)


def unit(value: Any, name: str, language: str) -> str:
    """A number with a unit of time.

    >>> unit(60, "day", "da")
    '60 dage'
    >>> unit(60, "day", "nl"), unit(1, "day", "nl")
    ('60 dagen', '1 dag')
    """
    from babel.numbers import format_decimal
    from babel.units import format_unit

    shown = value if value == int(value) else round(float(value), 1)
    shown = int(shown) if shown == int(shown) else shown
    if own := NOT_IN_BABEL.get((language, name)):
        return f"{format_decimal(shown, locale=language)} {own[shown != 1]}"
    return format_unit(shown, f"duration-{name}", locale=language)


def day(value: int, language: str) -> str:
    """A day number as a date.

    >>> day(17532, "nl")
    '1 januari 2018'
    """
    from babel.dates import format_date

    return format_date(date_of(int(value)), "d MMMM y" if language != "da" else "d. MMMM y", locale=language)


def times(value: Any, language: str) -> str:
    """How often: once, twice, 3 times."""
    ones = ONES[language]
    if ones and value in (1, 2):
        return ones[int(value) - 1]
    word = {"en": "times", "nl": "keer", "da": "gang" if value == 1 else "gange"}[language]
    return f"{number(value, language)} {word}"


def joined(parts: Iterable[str], language: str, style: str = "standard") -> str:
    """Parts joined as the language does, by "and" or (style "or") by "or"."""
    from babel.lists import format_list

    return format_list(list(parts), style=style, locale=language)  # type: ignore[arg-type]


def listed(parts: list[str], language: str, style: str) -> str:
    """Parts joined with a comma before the last word too, for parts that would otherwise run into the next.

    >>> listed(["a", "b where c", "d"], "nl", "or")
    'a, b where c, of d'
    """
    word = JOINS[language][style == "or"]
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def code(text: str, book: str | None, language: str) -> str:
    """The text of a code; weekdays and months in the language."""
    from babel.dates import get_day_names, get_month_names

    from regulars.segments.vocabulary import CALENDAR

    if book == "weekday" and text in CALENDAR["weekday"]:
        return str(get_day_names("wide", locale=language)[CALENDAR["weekday"][text] - 1])
    if book == "month" and text in CALENDAR["month"]:
        return str(get_month_names("wide", locale=language)[CALENDAR["month"][text]])
    return text


def value(given: Any, type: str, language: str, vocabulary: Vocabulary, *, book: str | None = None) -> str:
    """A stored value of a trait: money in minor units, a share of 1, a day number, a code.

    >>> value(None, "money", "en", Vocabulary.of([]))
    'unknown'
    """
    if given is None:
        return PHRASES["nothing"][language]
    if type == "money":
        return money(Decimal(round(given)).scaleb(-vocabulary.digits), language, vocabulary)
    if type == "code":
        text = vocabulary.text(book, int(given)) if book else None
        return code(text if text is not None else str(given), book, language)
    if type == "flag":
        return PHRASES["true" if given else "false"][language]
    formats = {"share": share, "days": days, "date": day, "count": number, "number": number}
    return formats[type](given, language) if type in formats else str(given)
