"""Words, money, numbers and dates in a shop's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.errors import UsageError

if TYPE_CHECKING:
    from babel import Locale

LANGUAGES = {"en": "en_GB", "nl": "nl_NL", "da": "da_DK"}
"""The languages there are, each with the locale used where the shop's country has none of that language."""
LEAST = 0.001
"""The smallest share that is shown as a number."""
LOCALES = Path(__file__).parent / "locales"


@cache
def translations(language: str) -> NullTranslations:
    """A language's messages, compiled in memory from its .po file; English is what the source is written in."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    if language == "en":
        return NullTranslations()
    with (LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def locale_of(language: str, country: str | None) -> Locale:
    """The locale of a language in a country where it is spoken officially, else the language's own.

    >>> str(locale_of("nl", "BE")), str(locale_of("nl", "US")), locale_of("en", "NL").number_symbols["latn"]["group"]
    ('nl_BE', 'nl_NL', ',')
    """
    from babel import Locale, UnknownLocaleError
    from babel.languages import get_official_languages

    if language not in LANGUAGES:
        raise UsageError("unknown language", gave=language, allowed=", ".join(LANGUAGES))
    try:
        official = country is not None and language in get_official_languages(country, de_facto=True)
        return Locale.parse(f"{language}_{country}" if official else LANGUAGES[language])
    except (UnknownLocaleError, ValueError):
        return Locale.parse(LANGUAGES[language])


@dataclass(frozen=True, slots=True)
class Words:
    """How a report speaks: a language, the shop's country, its currency and that currency's digits.

    >>> words = Words.of("nl", country="NL", currency="EUR")
    >>> words.money(160948800).replace(chr(160), " "), words.percent(0.0345), words.number(1234.5)
    ('€ 1.609.488', '3,4%', '1.234,5')
    """

    language: str
    locale: Locale
    currency: str
    digits: int

    @classmethod
    def of(cls, language: str, *, country: str | None = None, currency: str = "EUR", digits: int = 2) -> Words:
        """The words of a language for a shop."""
        return cls(language, locale_of(language, country), currency, digits)

    def say(self, message: str, **values: Any) -> str:
        """A message in this language, with its values."""
        said = translations(self.language).gettext(message)
        return said % values if values else said

    def plural(self, one: str, many: str, n: int, **values: Any) -> str:
        """A message for one or for many; `n` is shown as a number."""
        said = translations(self.language).ngettext(one, many, n)
        return said % {"n": self.number(n), **values}

    def money(self, minor: float | None, *, exact: bool = False) -> str:
        """An amount in minor units, in whole units of the currency unless it must be exact."""
        from babel.numbers import format_currency

        if minor is None:
            return self.nothing
        amount = Decimal(str(minor)).scaleb(-self.digits)
        pattern = self.locale.currency_formats["standard"].pattern
        if exact or abs(amount) < 10:
            return format_currency(amount, self.currency, locale=self.locale)
        whole = pattern.replace(".00", "")
        return format_currency(amount, self.currency, format=whole, locale=self.locale, currency_digits=False)

    def number(self, value: float | None, *, decimals: int = 1) -> str:
        """A number, with at most so many decimals."""
        from babel.numbers import format_decimal

        if value is None:
            return self.nothing
        return format_decimal(Decimal(str(round(value, decimals))), locale=self.locale)

    def signed(self, value: int) -> str:
        """A change, with its sign; a true minus rather than a hyphen."""
        return f"+{self.number(value)}" if value > 0 else self.number(value).replace("-", "\N{MINUS SIGN}")

    def percent(self, share: float | None) -> str:
        """A share: whole per cents from 10 % on, one decimal under that."""
        from babel.numbers import format_percent

        if share is None:
            return self.nothing
        if 0 < abs(share) < LEAST:
            return f"<{self.percent(LEAST)}"
        decimals = 0 if abs(share) >= 0.0995 or share == 0 else 1
        shown = Decimal(str(share)).quantize(Decimal(1).scaleb(-decimals - 2))
        pattern = self.locale.percent_formats[None].pattern
        wanted = pattern.replace("#,##0", "#,##0.#" if decimals else "#,##0")
        return format_percent(shown, format=wanted, locale=self.locale)

    def times(self, ratio: float | None) -> str:
        """How many times as much."""
        if ratio is None:
            return self.nothing
        return f"{self.number(ratio, decimals=1 if ratio < 10 else 0) if ratio >= 0.1 else self.number(ratio, decimals=2)}×"

    def date(self, day: Any) -> str:
        """A date in full; text is read as ISO 8601."""
        from datetime import date

        from babel.dates import format_date

        if day is None:
            return self.nothing
        return format_date(date.fromisoformat(day) if isinstance(day, str) else day, "long", locale=self.locale)

    def weekday(self, number: int) -> str:
        """The name of a weekday, Monday being 1."""
        names: Any = self.locale.days["format"]
        return str(names["wide"][(number - 1) % 7])

    def part_of_day(self, number: int) -> str:
        """The name of a part of the day, by its number in the trait's fixed code book."""
        names = (self.say("night"), self.say("morning"), self.say("afternoon"), self.say("evening"))
        return names[number - 1] if 1 <= number <= len(names) else str(number)

    def part(self, what: str) -> str:
        """The name of a line of the sums; a kind of discount that the shop named itself stays as it is."""
        names = {
            "accepted": self.say("rows accepted"),
            "all": self.say("rows, all in use"),
            "canonical": self.say("rows in use"),
            "quarantined": self.say("rows in quarantine"),
            "duplicate": self.say("rows that were there already"),
            "superseded": self.say("rows replaced by newer ones"),
            "erased": self.say("rows erased"),
            "pending": self.say("rows waiting"),
            "list": self.say("at shelf price"),
            "net": self.say("revenue"),
            "difference": self.say("difference from the files"),
        }
        if what.startswith("discount/"):
            return self.say("discount: %(kind)s", kind=what.removeprefix("discount/").replace("_", " "))
        return names.get(what) or what.replace("_", " ")

    def days(self, value: float) -> str:
        """A length of time in days."""
        return self.plural("%(shown)s day", "%(shown)s days", 1 if value == 1 else 2, shown=self.number(value))

    def listed(self, names: Iterable[str]) -> str:
        """Names with commas and an "and"."""
        from babel.lists import format_list

        return str(format_list(list(names), locale=self.locale))

    def pick(self, text: Any) -> Any:
        """A text that is given per language: this one's, else English, else any."""
        if not isinstance(text, Mapping):
            return text
        return text.get(self.language) or text.get("en") or next(iter(text.values()), None)

    def value(self, kind: str, value: Any) -> str:
        """A trait's value by the trait's type."""
        if value is None:
            return self.nothing
        if kind in ("text", "code"):
            return str(value)
        shown: Mapping[str, Callable[[float], str]] = {"money": self.money, "share": self.percent, "days": self.days}
        return shown.get(kind, self.number)(value)

    @property
    def nothing(self) -> str:
        """What stands where no value can be given."""
        return "\N{EN DASH}"
