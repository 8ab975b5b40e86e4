"""README and docs are true: their code runs, and nothing that a user can name is missing from them."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

import pages

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "docs" / "examples")]

import make_orders  # noqa: E402
import write_docs  # noqa: E402

BESIDE = {"python.md"}
"""Pages whose reader stands beside that shop, where the README ended."""

FROM_FILES = {"README.md", "your-own-shop.md"}
"""Pages whose reader begins with the repository; of the others the reader stands in the shop of the README."""

MAKE = "$ cp docs/examples/orders.csv .\n$ regulars init myshop --from orders.csv\n$ regulars -C myshop refresh\n"

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
RUNNING = [
    page for page in PAGES if any(block.language in {"console", "python", "yaml"} for block in pages.blocks(page))
]
TARGETS = frozenset(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def cloned(folder: Path) -> Path:
    """A folder with what a reader of the README has of the repository."""
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
    return folder


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory):
    folder = cloned(tmp_path_factory.mktemp("docs"))
    pages.Run(folder, TARGETS).follow(pages.Block(ROOT, 0, "console", "", MAKE))
    return folder


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page, tmp_path, request):
    folder = tmp_path / "reader"
    if page.name in FROM_FILES:
        cloned(folder)
    else:
        shutil.copytree(request.getfixturevalue("made_shop"), folder, ignore=shutil.ignore_patterns("door*"))
        folder /= "" if page.name in BESIDE else "myshop"
    run = pages.Run(folder, TARGETS)
    for block in pages.blocks(page):
        run.follow(block)


def test_the_shop_of_the_examples_is_made_up_again_the_same(tmp_path):
    make_orders.write(tmp_path / "orders.csv")
    kept = (ROOT / "docs" / "examples" / "orders.csv").read_bytes()
    assert kept == (tmp_path / "orders.csv").read_bytes()
    assert len(kept) <= 120_000


@pytest.mark.parametrize("name", write_docs.PAGES)
def test_pages_made_from_the_code_are_up_to_date(name):
    path = ROOT / name
    assert path.exists(), f"{name} is missing; run: make docs"
    assert path.read_text(encoding="utf-8") == write_docs.PAGES[name](), f"{name} is behind; run: make docs"


def test_every_verb_is_documented():
    import typer

    from regulars import cli

    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    verbs = typer.main.get_command(cli.app).commands
    assert len(verbs) > 15
    assert not [verb for verb in verbs if f"\n## {verb}\n" not in text]


def test_every_trait_is_documented():
    from regulars.traits.catalogue import traits

    text = (ROOT / "docs" / "traits.md").read_text(encoding="utf-8")
    names = [trait.name for trait in traits(["birth_date"]).values() if trait.name != "birth_date"]
    assert len(names) >= 25
    assert not [name for name in names if f"\n### {name}\n" not in text]


def test_every_condition_is_documented():
    from regulars.segments.conditions import ITEMS, TESTS

    text = (ROOT / "docs" / "segments.md").read_text(encoding="utf-8")
    words = [*ITEMS, *TESTS]
    assert len(words) > 20
    assert not [word for word in words if f"`{word}`" not in text and f"{word}:" not in text]


def test_every_library_segment_is_documented():
    from regulars.segments import library

    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    names = [name.removesuffix(".yaml").replace("each", "…") for name in library.texts()]
    assert len(names) >= 6
    assert not [name for name in names if f"\n## {name}\n" not in text]


def test_every_field_of_a_source_is_documented():
    from regulars.project.mapping import FIELDS

    text = (ROOT / "docs" / "your-own-shop.md").read_text(encoding="utf-8")
    assert not [rows for rows in FIELDS if f"`{rows}`" not in text]
    assert not {field for fields in FIELDS.values() for field in fields if f"`{field}`" not in text}


def test_the_promised_views_are_there(made_shop):
    import duckdb

    from regulars.traits.catalogue import traits

    text = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE)
    promised = {view: set(re.findall(r"`(\w+)`", columns)) for view, columns in rows if "_" in view}
    assert set(promised) == {"segment_memberships", "segment_versions", "traits_latest"}
    promised["traits_latest"] |= set(traits())
    with duckdb.connect(made_shop / "myshop" / ".regulars" / "warehouse.duckdb", read_only=True) as connection:
        for view, columns in promised.items():
            found = {row[0] for row in connection.sql(f"DESCRIBE {view}").fetchall()}
            assert columns <= found, f"{view} lacks {columns - found}"
            assert connection.sql(f"SELECT count(*) FROM {view}").fetchall()[0][0] > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    assert not [target for target in targets if "://" not in target and not (page.parent / target).exists()]


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert not [
        page.name for page in PAGES if page.parent.name == "docs" and f"({page.name})" not in index + "(index.md)"
    ]
