"""The report's charts: what each shows, in words, as a drawing for two widths and as its table twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regulars.report import plots
from regulars.report.drawing import Chart, inline

if TYPE_CHECKING:
    from regulars.report.words import Words

WIDE, NARROW = 620, 330


def concentration(facts: Mapping[str, Any], words: Words) -> Chart:
    """The concentration curve with what the best 20 % bring; `facts` as Concentration.as_plain gives them."""
    mark = next((reach for reach in facts["tops"] if reach["asked"] == 0.2), facts["tops"][0])
    who, what = words.percent(mark["share_of_customers"]), words.percent(mark["share_of_value"])
    calls = (words.say("%(share)s of customers", share=who), words.say("%(share)s of revenue", share=what))
    spot = {"x": mark["share_of_customers"], "y": mark["share_of_value"]}
    texts = {
        "alike": words.say("if all were alike"),
        "axis_title": words.say("Customers, the best first"),
        "percent_tail": words.percent(0.2).removeprefix("20"),
    }
    return _chart(
        "concentration",
        title=words.say("Share of revenue by share of customers, the best first"),
        description=words.say("%(customers)s of customers bring %(value)s of revenue.", customers=who, value=what),
        specify=lambda width: plots.curve(facts["curve"], spot, calls, **texts, width=width),
        head=(words.say("Best"), words.say("Customers"), words.say("Revenue"), words.say("Share of revenue")),
        rows=tuple(
            (
                words.percent(reach["share_of_customers"]),
                words.number(reach["customers"]),
                words.money(reach["value"]),
                words.percent(reach["share_of_value"]),
            )
            for reach in facts["tops"]
        ),
    )


def differences(found: Sequence[Mapping[str, Any]], words: Words) -> Chart:
    """What sets a segment apart: each of `found` has label, lift, low_lift, high_lift, inside and outside as text."""
    drawn = [{**row, "said": _against(row, words)} for row in found if row["lift"]]
    return _chart(
        "differences",
        title=words.say("How many times as much as everyone else"),
        description="; ".join(f"{row['label']}: {_against(row, words)}" for row in found) + ".",
        specify=lambda width: plots.lollipops(drawn, one=words.say("everyone else"), width=width),
        head=(
            words.say("Trait"),
            words.say("In the segment"),
            words.say("Everyone else"),
            words.say("Ratio"),
            words.say("95% interval"),
            words.say("Customers known"),
        ),
        rows=tuple((r["label"], r["inside"], r["outside"], r["times"], r["interval"], r["n"]) for r in found),
    )


def _against(row: Mapping[str, Any], words: Words) -> str:
    said = words.say("%(inside)s against %(outside)s", inside=row["inside"], outside=row["outside"])
    return f"{said} · {row['times']}" if row["lift"] else said


def bands(found: Sequence[Mapping[str, Any]], words: Words) -> Chart:
    """Customers and discount by how much is bought on promotion: each of `found` has label, shares and texts."""
    most = max(found, key=lambda row: row["customers_share"])
    kinds = ("customers", "discount")
    values = [
        {"band": row["short"], "of": of, "share": row[f"{of}_share"], "said": words.percent(row[f"{of}_share"])}
        for row in found
        for of in kinds
    ]
    return _chart(
        "bands",
        title=words.say("Customers and discount by the share of goods bought on promotion"),
        description=words.say(
            "Most customers, %(share)s, take %(band)s of their goods on promotion.",
            share=words.percent(most["customers_share"]),
            band=most["label"],
        ),
        specify=lambda width: plots.columns(
            values, kinds, axis_title=words.say("Share of goods bought on promotion"), width=width
        ),
        head=(
            words.say("Bought on promotion"),
            words.say("Customers"),
            words.say("Share of customers"),
            words.say("Share of revenue"),
            words.say("Share of discount"),
        ),
        rows=tuple(
            (
                row["label"],
                words.number(row["customers"]),
                *(words.percent(row[f"{of}_share"]) for of in ("customers", "revenue", "discount")),
            )
            for row in found
        ),
    )


def _chart(
    name: str,
    *,
    title: str,
    description: str,
    specify: Callable[[int], Mapping[str, Any]],
    head: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
) -> Chart:
    wide, narrow = (
        inline(specify(width), name=f"{name}-{size}", title=title, description=description)
        for size, width in (("wide", WIDE), ("narrow", NARROW))
    )
    return Chart(name, title, description, wide, narrow, head, rows)
