"""regulars.yaml as frozen definitions, or every fault of it at once with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from regulars.clock import AsOf
from regulars.errors import ShopError, nearest
from regulars.project.mapped import read_sources
from regulars.project.mapping import Source
from regulars.project.marked import Faults, Node, choice, mapping, matching, needed, read, scalar

FILE = "regulars.yaml"
SCHEMA = "shop/1"
LANGUAGES = ("en", "nl", "da")
SHOP_KEYS = ("name", "currency", "time_zone", "language", "country", "as_of", "note")
ENGINE_KEYS = ("kind", "memory", "threads")


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Who computes, and with how much."""

    kind: Literal["duckdb", "postgres", "spark"] = "duckdb"
    memory: str | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A shop's folder and what its regulars.yaml says; sources stand in the order in which they are loaded."""

    root: Path
    name: str
    currency: str
    digits: int
    zone: ZoneInfo
    language: str
    country: str | None
    as_of: date | None
    note: str | None
    engine: EngineSettings
    sources: tuple[Source, ...]
    learn_every_days: int = 7

    @classmethod
    def open(cls, root: Path) -> Project:
        """Read the shop in a folder; ShopError tells every fault of its regulars.yaml."""
        path = root / FILE
        if not path.is_file():
            raise ShopError(f"no {FILE} here", gave=str(root), then="regulars init makes one")
        faults = Faults(FILE)
        document = read(path, FILE, faults)
        if document is None and not faults.found:
            faults.add("the file is empty", then="regulars init makes one")
        project = _project(root, document, faults) if document else None
        if faults.found or project is None:
            raise ShopError(faults=faults.found)
        return project

    @property
    def attributes(self) -> tuple[str, ...]:
        """The told attributes over all sources, in order of first mention."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.attributes))

    @property
    def tells_discounts(self) -> bool:
        """Whether any source of orders tells discounts; where none does, they are unknown, not zero."""
        orders = [source for source in self.sources if source.rows in ("orders", "order_lines")]
        return not orders or any(source.tells_discounts for source in orders)

    @property
    def state(self) -> Path:
        """What Regulars keeps."""
        return self.root / ".regulars"

    @property
    def landing(self) -> Path:
        """The landed files: truth."""
        return self.state / "landing"

    @property
    def catalogue_path(self) -> Path:
        """The catalogue: truth."""
        return self.state / "catalogue.sqlite"

    @property
    def history(self) -> Path:
        """Published joiners and leavers: truth."""
        return self.state / "history"

    @property
    def warehouse(self) -> Path:
        """The warehouse: a pure function of the other three."""
        return self.state / "warehouse.duckdb"

    @property
    def door(self) -> Path:
        """Where the process at work answers the others."""
        return self.state / "door"

    def as_of_now(self) -> AsOf:
        """The end of the shop's as_of day where its data ended, else this moment."""
        return AsOf.end_of(self.as_of, self.zone) if self.as_of else AsOf.now(self.zone)

    def source(self, name: str) -> Source:
        """A source by name."""
        for source in self.sources:
            if source.name == name:
                return source
        raise ShopError("unknown source", gave=name, then=nearest(name, [s.name for s in self.sources]))


def currency_digits(currency: str) -> int | None:
    """Digits after the decimal point of a currency; None for an unknown one.

    >>> currency_digits("EUR"), currency_digits("JPY"), currency_digits("EURO")
    (2, 0, None)
    """
    from babel.core import get_global
    from babel.numbers import get_currency_precision

    return int(get_currency_precision(currency)) if currency in get_global("all_currencies") else None


def _project(root: Path, document: Node, faults: Faults) -> Project | None:
    top = mapping(document, FILE, ("schema", "shop", "sources", "engine", "learn_every_days"), faults)
    if top is None:
        return None
    schema = scalar(top.get("schema"), "schema", faults)
    if schema != SCHEMA:
        faults.add("schema", top.get("schema") or top, gave=schema, allowed=SCHEMA)
    shop = mapping(top.get("shop"), "shop", SHOP_KEYS, faults)
    if shop is None:
        faults.add("shop is missing", top, allowed="shop: {name: …, currency: EUR, time_zone: Europe/Amsterdam}")
    currency, digits = _currency(shop, faults)
    return Project(
        root=root,
        name=needed(shop, "name", "shop", faults),
        currency=currency,
        digits=digits,
        zone=_zone(shop, faults),
        language=choice(shop.get("language") if shop else None, "language", LANGUAGES, faults) or "en",
        country=matching(shop, "country", r"[A-Z]{2}", "two capitals, such as NL", faults),
        as_of=_day(shop.get("as_of") if shop else None, "as_of", faults),
        note=scalar(shop.get("note"), "note", faults) if shop else None,
        engine=_engine(top.get("engine"), faults),
        sources=read_sources(top, faults),
        learn_every_days=_whole(top.get("learn_every_days"), "learn_every_days", faults) or 7,
    )


def _currency(shop: Node | None, faults: Faults) -> tuple[str, int]:
    text = needed(shop, "currency", "shop", faults)
    digits = currency_digits(text) if text else 2
    if digits is None:
        faults.add(
            "unknown currency", shop.get("currency") if shop else None, gave=text, allowed="ISO 4217, such as EUR"
        )
    return text, digits or 0


def _zone(shop: Node | None, faults: Faults) -> ZoneInfo:
    text = needed(shop, "time_zone", "shop", faults) or "UTC"
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        place = shop.get("time_zone") if shop else None
        faults.add("unknown time_zone", place, gave=text, then=nearest(text, available_timezones()))
        return ZoneInfo("UTC")


def _day(node: Node | None, what: str, faults: Faults) -> date | None:
    text = scalar(node, what, faults)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.add(what, node, gave=text, allowed="a date such as 2018-01-31")
        return None


def _whole(node: Node | None, what: str, faults: Faults) -> int | None:
    text = scalar(node, what, faults)
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        faults.add(what, node, gave=text, allowed="a whole number, 1 or more")
        return None
    return int(text)


def _engine(node: Node | None, faults: Faults) -> EngineSettings:
    given = mapping(node, "engine", ENGINE_KEYS, faults)
    if given is None:
        return EngineSettings()
    kind = choice(given.get("kind"), "engine", ("duckdb", "postgres", "spark"), faults) or "duckdb"
    return EngineSettings(
        kind=cast("Literal['duckdb', 'postgres', 'spark']", kind),
        memory=matching(given, "memory", r"[0-9]+ ?[KMGT]i?B", "an amount such as 4GB", faults),
        threads=_whole(given.get("threads"), "threads", faults),
    )
