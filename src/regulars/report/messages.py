"""Finds what the report says and keeps the .po files in step: `python -m regulars.report.messages`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.report.words import LANGUAGES, LOCALES

if TYPE_CHECKING:
    from babel.messages import Catalog

HERE = Path(__file__).parent
KEYWORDS: dict[str, Any] = {"say": None, "plural": (1, 2), "gettext": None, "ngettext": (1, 2)}
METHODS = (("jinja2.ext:babel_extract", "templates/*.html"), ("python", "*.py"))


def extracted() -> Catalog:
    """Every message of the templates and of the Python files, without translations."""
    from babel.messages import Catalog
    from babel.messages.extract import extract_from_file

    found = Catalog(project="Regulars", fuzzy=False)
    for method, pattern in METHODS:
        for path in sorted(HERE.glob(pattern)):
            options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} if method != "python" else {}
            for line, message, *_ in extract_from_file(method, path, keywords=KEYWORDS, options=options):
                found.add(message, locations=[(str(path.relative_to(HERE)), line)])
    return found


def translated(language: str) -> Catalog:
    """The catalogue of a language as it stands in its .po file."""
    from babel.messages.pofile import read_po

    with (LOCALES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Bring a .po file up to date: new messages come in empty, old ones go."""
    from babel.messages.pofile import write_po

    catalogue = translated(language)
    catalogue.update(extracted(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    with (LOCALES / f"{language}.po").open("wb") as file:
        write_po(file, catalogue, no_location=True, omit_header=True, sort_output=True, width=120)


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            update(name)
