"""The page in a real Chromium: legible, quiet on the network, no wider than a phone."""

from __future__ import annotations

import os
import shutil

import pytest

from regulars.report.page import render

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def chromium():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium: apt-get install chromium")
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Open a page; gives it with what it asked of the network and what it complained about."""
    contexts = []

    def open_page(text, **options):
        context = chromium.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        file = tmp_path / "report.html"
        file.write_text(text, encoding="utf-8")
        page.goto(file.as_uri())
        return page, asked, said

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing(opened, pages, scheme, viewport):
    from axe_playwright_python.sync_playwright import Axe

    page, asked, said = opened(pages("en"), color_scheme=scheme, viewport=viewport)
    page.evaluate("document.querySelectorAll('details').forEach(twin => twin.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert len(asked) == 1
    assert said == []


@pytest.mark.parametrize("language", ["en", "nl", "da"])
def test_a_phone_needs_no_sideways_scroll(opened, pages, language):
    page, _, _ = opened(pages(language), viewport=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator(".narrow svg").first.is_visible()
    assert not page.locator(".wide svg").first.is_visible()


def test_a_page_works_without_scripts(opened, pages):
    page, _, said = opened(pages("en"), java_script_enabled=False)
    page.locator("#concentration summary").click()
    assert page.locator("#concentration details td").first.is_visible()
    assert said == []


def test_no_text_of_a_user_runs(opened, evil):
    page, asked, said = opened(render(evil, "en"))
    assert page.title().startswith("<script>")
    assert len(asked) == 1
    assert said == []


def test_the_first_screen_holds_the_three_amounts(opened, pages):
    page, _, _ = opened(pages("en"))
    for box in [amount.bounding_box() for amount in page.locator(".amount").all()]:
        assert box["y"] + box["height"] < WIDE["height"]


def test_paper_is_light_even_from_a_dark_screen(opened, pages):
    page, _, _ = opened(pages("en"), color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf(format="A4")) > 20_000
