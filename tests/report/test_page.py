from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from regulars.report.page import render, source_hash

LANGUAGES = ["en", "nl", "da"]
ALLOWED = {"xmlns": {"http://www.w3.org/2000/svg"}}


class Tags(HTMLParser):
    """Every element of a page with its attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def plain(page: str) -> str:
    """The words of a page, each space an ordinary one."""
    return " ".join(" ".join(Tags(page).text).replace("\N{NO-BREAK SPACE}", " ").split())


def euros(minor: int) -> str:
    """Whole euros as a shop in the Netherlands writes them, in English too."""
    return f"€{minor // 100:,}"


@pytest.fixture(scope="module")
def english(pages):
    return pages("en")


def test_three_amounts_open_the_page(english):
    said = plain(english)
    silent = sum(300_000 + 700 * at for at in range(0, 500, 10))
    assert f"{euros(silent)} was brought so far by 50 of your 100 best customers" in said
    best = sum(300_000 + 700 * at for at in range(0, 500, 5))
    assert f"{euros(best)} comes from 100 of 500 customers" in said
    assert 'href="#segment-inactive"' in english
    assert 'href="#segment-best_customers"' in english


def test_every_link_leads_somewhere(english):
    tags = Tags(english).found
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    targets = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert targets <= {f"#{id}" for id in ids}
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_needs_nothing_else(pages, language):
    page = pages(language)
    for tag, attributes in Tags(page).found:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "form", "base"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            assert "://" not in (value or "") or value in ALLOWED.get(name, ())
    assert "@import" not in page
    assert "url(" not in page


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(english):
    style = re.search(r"<style>(.*?)</style>", english, re.S)
    policy = next(a["content"] for tag, a in Tags(english).found if a.get("http-equiv") == "Content-Security-Policy")
    assert style
    assert english.count("<style>") == 1
    assert policy.startswith("default-src 'none'")
    assert source_hash(style[1]) in policy
    assert "unsafe" not in policy


def test_nothing_that_a_user_typed_becomes_markup(evil):
    page = render(evil, "en")
    tags = Tags(page)
    assert {tag for tag, _ in tags.found}.isdisjoint({"script", "img", "b"})
    assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
    assert "alert(1)" in plain(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_little_shop_is_told_what_is_missing(little, language):
    said = plain(render(little, language))
    assert {"en": "Cannot say: 12 buyers", "nl": "Niet te zeggen: 12 kopers", "da": "Kan ikke siges: 12 købere"}[
        language
    ] in said
    assert "None" not in said


def test_what_is_known_of_some_only_is_said(facts):
    compared = {
        **facts["profile"],
        "differences": [{**facts["profile"]["differences"][0], "n_inside": 30, "n_outside": 50}],
    }
    said = plain(render({**facts, "profile": compared}, "en"))
    assert "Known for 80 of 500 customers, and compared among those only." in said
    assert "every amount here is revenue" in said


def test_growth_of_what_should_shrink_is_bad(english):
    assert re.search(r'<span class="bad">\+5</span>.{0,60}bad for the shop', english)
    assert re.search(r'<span class="good">−10</span>.{0,60}good for the shop', english)


def test_each_chart_has_a_name_and_a_table_twin(english):
    tags = Tags(english).found
    charts = [a for tag, a in tags if tag == "svg" and a.get("role") == "img"]
    ids = {a["id"] for _, a in tags if "id" in a}
    assert len(charts) == 6
    assert all(set(a["aria-labelledby"].split()) <= ids for a in charts)
    assert english.count("<details>") == 3


def test_a_code_is_shown_by_its_text_and_a_weekday_by_its_name(pages):
    assert "preferred_category (nl): coffee" in plain(pages("nl")).replace("Preferred", "preferred")
    assert "zaterdag" in pages("nl")
    assert "lørdag" in pages("da")


def test_the_sums_stand_to_the_cent(english):
    assert "€123.45" in plain(english)
    assert "rows in quarantine 1" in plain(english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_one_language(pages, language):
    page = pages(language)
    assert f'<html lang="{language}">' in page
    english = [word for word in ("Show as table", "What to do", "How these") if word in plain(page)]
    assert bool(english) == (language == "en")


def test_the_same_facts_make_the_same_page(facts, english):
    assert render(facts, "en") == english
