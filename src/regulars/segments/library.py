"""The segments that every shop has from the start; a file of the shop's own with the same name takes their place."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files

from regulars.segments.language import read_texts, resolved
from regulars.segments.tree import Segment
from regulars.segments.vocabulary import Vocabulary

FOR_EACH = re.compile(r"^for_each: ([a-z_]+)\n", re.MULTILINE)
REST_OF = re.compile(r"^rest_of: ([a-z_]+)\n", re.MULTILINE)
SLOT = "<each>"
FEWEST = 30
MOST = 12
"""At most so many segments from one file with `for_each`, the largest, each with at least FEWEST customers."""


def texts() -> Mapping[str, str]:
    """The library's files by name."""
    folder = files("regulars.segments") / "library"
    found = {
        entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    }
    return dict(sorted(found.items()))


def slug(text: str) -> str:
    """A text as part of an id: small letters, digits and _.

    >>> slug("Crème & Café (0,5 l)")
    'creme_cafe_0_5_l'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40]


def large(book: str, vocabulary: Vocabulary) -> dict[int, str]:
    """The codes of a book that enough customers prefer, with their texts, the largest first."""
    sizes = vocabulary.sizes.get(book, {})
    codes = sorted((code for code, n in sizes.items() if n >= FEWEST), key=lambda code: (-sizes[code], code))[:MOST]
    shown = {code: vocabulary.text(book, code) for code in codes}
    return {code: text for code, text in shown.items() if text is not None and text.isprintable()}


def each(name: str, text: str, vocabulary: Vocabulary) -> dict[str, str]:
    """A file with `for_each: <book>` once per large code, one with `rest_of: <book>` once for all of them, if there are
    any; others as they are.
    """
    if rest := REST_OF.search(text):
        texts = list(large(rest[1], vocabulary).values())
        listed = json.dumps(texts, ensure_ascii=False)
        return {name: REST_OF.sub("", text).replace(f'"{SLOT}"', listed)} if texts else {}
    match = FOR_EACH.search(text)
    if not match:
        return {name: text}
    body = FOR_EACH.sub("", text)
    ids = slugs(match[1], vocabulary)
    return {name.replace("each", ids[code]): filled(body, shown) for code, shown in large(match[1], vocabulary).items()}


def slugs(book: str, vocabulary: Vocabulary) -> dict[int, str]:
    """Each code's part of an id, its own for ever: of codes that would share one the first keeps it, others add their
    number. A text without Latin letters is its number.
    """
    found: dict[int, str] = {}
    taken: set[str] = set()
    for text, code in sorted(vocabulary.codes.get(book, {}).items(), key=lambda row: row[1]):
        plain = slug(text)
        found[code] = f"{plain[:30]}_{code}".strip("_") if plain in taken or not plain else plain
        taken.add(plain)
    return found


def filled(body: str, text: str) -> str:
    """A file's text with a code's text in its place, safe inside quotes of either kind."""
    return body.replace(f"'{SLOT}'", "'" + text.replace("'", "''") + "'").replace(
        SLOT, text.replace("\\", "\\\\").replace('"', '\\"')
    )


def load(vocabulary: Vocabulary) -> list[Segment]:
    """The library's segments for a shop; `prefers_<category>` once per category that the shop's sizes allow."""
    found: dict[str, str] = {}
    for name, text in texts().items():
        found |= each(name, text, vocabulary)
    return read_texts({f"library/{name}": text for name, text in found.items()}, vocabulary)


def with_own(library: list[Segment], own: list[Segment]) -> list[Segment]:
    """The library and the shop's own segments, which take the place of those with their id; layers resolved anew."""
    by_id = {segment.id: segment for segment in (*library, *own)}
    return resolved(replace(segment, definition_hash="") for segment in by_id.values())
