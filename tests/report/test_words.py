from __future__ import annotations

import pytest

from regulars.errors import UsageError
from regulars.report.words import Words


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("language", "country", "currency", "amount", "negative", "exact"),
    [
        ("en", "US", "USD", "$1,609,488", "-$1,609,488", "$1,609,488.05"),
        ("en", "GB", "GBP", "£1,609,488", "-£1,609,488", "£1,609,488.05"),
        ("nl", "NL", "EUR", "€ 1.609.488", "€ -1.609.488", "€ 1.609.488,05"),
        ("nl", "BE", "EUR", "€ 1.609.488", "€ -1.609.488", "€ 1.609.488,05"),
        ("da", "DK", "DKK", "1.609.488 kr.", "-1.609.488 kr.", "1.609.488,05 kr."),
        ("da", "DK", "EUR", "1.609.488 €", "-1.609.488 €", "1.609.488,05 €"),
    ],
)
def test_money(language, country, currency, amount, negative, exact):
    words = Words.of(language, country=country, currency=currency)
    assert plain(words.money(160_948_805)) == amount
    assert plain(words.money(-160_948_805)) == negative
    assert plain(words.money(160_948_805, exact=True)) == exact


def test_small_money_keeps_its_cents_and_none_is_a_dash():
    words = Words.of("nl", country="NL")
    assert plain(words.money(845)) == "€ 8,45"
    assert words.money(None) == "–"


@pytest.mark.parametrize(
    ("share", "english", "danish"),
    [
        (0.545, "54%", "54 %"),
        (0.0345, "3.4%", "3,4 %"),
        (0.0004, "<0.1%", "<0,1 %"),
        (0, "0%", "0 %"),
        (1, "100%", "100 %"),
        (-0.2, "-20%", "-20 %"),
    ],
)
def test_shares(share, english, danish):
    assert plain(Words.of("en").percent(share)) == english
    assert plain(Words.of("da").percent(share)) == danish


def test_changes_ratios_days_and_dates():
    words = Words.of("nl", country="NL")
    assert [words.signed(n) for n in (1200, 0, -12)] == ["+1.200", "0", "−12"]
    assert [words.times(ratio) for ratio in (3.14, 12.4, 0.05)] == ["3,1×", "12×", "0,05×"]
    assert [words.days(n) for n in (1, 3.3)] == ["1 dag", "3,3 dagen"]
    assert words.date("2018-01-02") == "2 januari 2018"


def test_a_language_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="allowed: en, nl, da"):
        Words.of("fr")
