"""One table of colours: it writes the page's custom properties and is what the charts are drawn with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PALETTE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "page": ("#fbfaf7", "#15181b"),
        "card": ("#ffffff", "#1c2024"),
        "ink": ("#1b2226", "#ebe8e2"),
        "quiet": ("#5a6268", "#a9aaa5"),
        "line": ("#e3dfd6", "#33383d"),
        "brand": ("#0b5f66", "#6fc5c6"),
        "wash": ("#dcebea", "#1d3638"),
        "good": ("#1a6a3e", "#78d19c"),
        "bad": ("#a6312c", "#f2958f"),
        "warn": ("#8a5408", "#e6b660"),
        "mute": ("#868b86", "#7d8489"),
    }
)
"""Name: light, dark. Text colours have a contrast of at least 4.5 on page, card and wash; marks at least 3."""

LIGHT = MappingProxyType({name: light for name, (light, _) in PALETTE.items()})
DARK = MappingProxyType({name: dark for name, (_, dark) in PALETTE.items()})


def properties(colours: Mapping[str, str]) -> str:
    """The custom properties of a style sheet.

    >>> properties({"ink": "#000000"})
    '--ink:#000000'
    """
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2, relative luminance).

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
