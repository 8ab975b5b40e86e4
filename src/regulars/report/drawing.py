"""A Vega-Lite specification drawn to an SVG that a page can hold: named for readers, coloured by the page's scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from regulars.report.palette import LIGHT, PALETTE

SVG = "http://www.w3.org/2000/svg"
DROPPED = (
    "aria-",
    "role",
    "clip-path",
    "pointer-events",
    "stroke-miterlimit",
    "font-family",
    "{http://www.w3.org/1999/xlink}",
)
SHAPES = frozenset({"path", "line", "rect", "text", "circle", "tspan"})


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing for wide and for narrow screens, with its name, what it shows in words, and the same as a table."""

    id: str
    title: str
    description: str
    wide: str
    narrow: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def draw(specification: Mapping[str, Any], colours: Mapping[str, str] = LIGHT) -> str:
    """A specification in light colours, drawn with the colours given: a light or a dark SVG that stands alone."""
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(dict(specification)))
    for name, light in LIGHT.items():
        drawn = drawn.replace(f'"{light}"', f'"{colours[name]}"')
    return drawn


def inline(specification: Mapping[str, Any], *, name: str, title: str, description: str) -> str:
    """The SVG inside a page: its colours are the page's custom properties, so that it follows light and dark."""
    root = ET.fromstring(draw(specification))  # noqa: S314 our own drawing
    _clean(root)
    box = root.get("viewBox", "")
    width = box.split()[2]
    root.attrib.clear()
    root.attrib.update({"class": "chart", "viewBox": box, "role": "img", "aria-labelledby": f"{name}-t {name}-d"})
    root.set("width", width)
    for at, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag[0]}"})
        element.text = text
        root.insert(at, element)
    ET.register_namespace("", SVG)
    written = ET.tostring(root, encoding="unicode")
    for colour in PALETTE:
        written = written.replace(f'"{LIGHT[colour]}"', f'"var(--{colour})"')
    return written


def _clean(element: ET.Element) -> None:
    for name in [name for name in element.attrib if name.startswith(DROPPED)]:
        del element.attrib[name]
    for child in list(element):
        _clean(child)
        if _empty(child):
            element.remove(child)
    if element.get("class", "").startswith(("mark-", "background", "foreground", "root")):
        del element.attrib["class"]


def _empty(element: ET.Element) -> bool:
    tag = element.tag.rpartition("}")[2]
    if tag in ("defs", "clipPath"):
        return True
    if tag == "g":
        return len(element) == 0
    if tag == "path" and element.get("d") in ("", "M0,0h0v0h0Z"):
        return True
    if tag == "rect" and element.get("fill") == LIGHT["page"]:
        return True
    return tag in SHAPES and element.get("display") == "none"
