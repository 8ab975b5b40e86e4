"""The report as one HTML page that needs nothing else: no network, no script, light and dark, screen and paper.

`render(facts, language)` takes plain values, so that a page can be drawn and tested without a shop:

    shop           name, currency, digits, country (None or "NL"), note (a sentence, or None)
    as_of          ISO date: the last shop day that counts
    version        number of the published version, or None
    software       version of this software
    totals         buyers, orders, revenue, first_order and last_order (ISO dates or None)
    headlines      Headline.as_plain() of each: kind, segment, amount, whole, n, base, listed, cannot_say
    concentration  Concentration.as_plain(): n, total, curve, tops, needs, cannot_say
    segments       rows of Shop.segments(): id, name, members, share, revenue, share_of_revenue, value_per_customer,
                   thresholds [{trait, learnt, reason}], sentence, growing_is, playbook {do, avoid}, members_month_before, cannot_say
    month          ISO date that members_month_before was counted for by today's rules; None where it was published
    labels         the name of each trait, by language
    profile        Profile.as_plain() with the segment's name as `name`, `types` by trait and `texts` by trait and code;
                   None where no segment could be compared
    discounts      Dependence.as_plain()
    sources        what was read: source, rows {what: count}, money {what: minor units}, difference

Money is in minor units, shares are from 0 to 1, cannot_say is None or {of, n, needs} (of a segment: a sentence).
Names and texts are plain or a mapping by language; all of them are escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.report import views
from regulars.report.palette import DARK, LIGHT, properties
from regulars.report.words import Words, translations

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def render(facts: Mapping[str, Any], language: str) -> str:
    """The page of some facts in a language (en, nl or da), as HTML text."""
    shop = facts["shop"]
    words = Words.of(language, country=shop.get("country"), currency=shop["currency"], digits=shop["digits"])
    style = stylesheet()
    page = environment(language).get_template("page.html")
    return page.render(facts=facts, words=words, style=style, style_hash=source_hash(style), **views.of(facts, words))


@cache
def environment(language: str) -> Environment:
    """The templates in a language; everything they are given is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    known = translations(language)
    made.install_gettext_callables(known.gettext, known.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made


@cache
def stylesheet() -> str:
    """The style sheet: the two palettes, then the rules; print is always light."""
    rules = (HERE / "style.css").read_text(encoding="utf-8")
    light, dark = properties(LIGHT), properties(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f"@media print{{:root{{color-scheme:light}}}}\n{rules}"
    )


def source_hash(text: str) -> str:
    """The hash by which a content security policy allows one inline style.

    >>> source_hash("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
