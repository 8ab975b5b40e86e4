"""The report's charts as Altair specifications, drawn on the server; each knows its table twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regulars.report.drawing import Chart, inline
from regulars.report.palette import LIGHT

if TYPE_CHECKING:
    from regulars.report.words import Words

WIDE, NARROW = 620, 330


def concentration(facts: Mapping[str, Any], words: Words) -> Chart:
    """The concentration curve with what the best 20 % bring; `facts` as Concentration.as_plain gives them."""
    mark = next((reach for reach in facts["tops"] if reach["asked"] == 0.2), facts["tops"][0])
    call = words.say(
        "%(customers)s of customers bring %(value)s",
        customers=words.percent(mark["share_of_customers"]),
        value=words.percent(mark["share_of_value"]),
    )
    rows = tuple(
        (
            words.percent(r["share_of_customers"]),
            words.number(r["customers"]),
            words.money(r["value"]),
            words.percent(r["share_of_value"]),
        )
        for r in facts["tops"]
    )
    return _chart(
        "concentration",
        title=words.say("Share of revenue by share of customers, the best first"),
        description=call + ".",
        specify=lambda width: _curve(facts["curve"], mark, call, words, width),
        head=(words.say("Best"), words.say("Customers"), words.say("Revenue"), words.say("Share of revenue")),
        rows=rows,
    )


def differences(found: Sequence[Mapping[str, Any]], words: Words) -> Chart:
    """What sets a segment apart: each of `found` has label, lift, low_lift, high_lift, inside and outside as text."""
    drawn = [row for row in found if row["lift"]]
    said = "; ".join(f"{row['label']}: {row['inside']} / {row['outside']}" for row in found[:5])
    return _chart(
        "differences",
        title=words.say("How many times as much as everyone else"),
        description=said + ".",
        specify=lambda width: _lollipops(drawn, words, width),
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


def bands(found: Sequence[Mapping[str, Any]], words: Words) -> Chart:
    """Customers and discount by how much is bought on promotion: each of `found` has label, shares and texts."""
    most = max(found, key=lambda row: row["customers_share"])
    described = words.say(
        "Most customers, %(share)s, are in the band %(band)s",
        share=words.percent(most["customers_share"]),
        band=most["label"],
    )
    return _chart(
        "bands",
        title=words.say("Customers and discount by the share of goods bought on promotion"),
        description=described + ".",
        specify=lambda width: _columns(found, words, width),
        head=(
            words.say("Bought on promotion"),
            words.say("Customers"),
            words.say("Share of customers"),
            words.say("Share of revenue"),
            words.say("Share of discount"),
        ),
        rows=tuple(
            (
                r["label"],
                words.number(r["customers"]),
                *(words.percent(r[f"{of}_share"]) for of in ("customers", "revenue", "discount")),
            )
            for r in found
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


def _dressed(chart: Any) -> dict[str, Any]:
    quiet = {"labelColor": LIGHT["quiet"], "labelFontSize": 12, "titleColor": LIGHT["quiet"], "titleFontSize": 12}
    axis = {**quiet, "titleFontWeight": "normal", "domain": False, "ticks": False, "gridColor": LIGHT["line"]}
    dressed = chart.configure(background=LIGHT["page"], font="sans-serif", padding=2).configure_view(stroke=None)
    specification: dict[str, Any] = dressed.configure_axis(**axis, labelPadding=8, titlePadding=10).to_dict()
    return specification


def _percents(words: Words) -> str:
    tail = words.percent(0.2).removeprefix("20")
    return f"round(datum.value * 100) + '{tail}'"


def _curve(
    points: Sequence[Sequence[float]], mark: Mapping[str, Any], call: str, words: Words, width: int
) -> dict[str, Any]:
    import altair as alt

    curve = alt.Data(values=[{"x": x, "y": y, "even": x} for x, y in points])
    spot = alt.Data(values=[{"x": mark["share_of_customers"], "y": mark["share_of_value"], "call": call, "zero": 0}])
    axis = {"labelExpr": _percents(words), "values": [0, 0.2, 0.4, 0.6, 0.8, 1]}
    unit = alt.Scale(domain=[0, 1], nice=False)
    across = alt.X("x:Q", scale=unit, axis=alt.Axis(title=words.say("Customers, the best first"), grid=False, **axis))
    upward = alt.Y("y:Q", scale=unit, axis=alt.Axis(title=None, **axis))
    line = (
        alt.Chart(curve)
        .mark_area(color=LIGHT["wash"], line={"color": LIGHT["brand"], "strokeWidth": 2.5})
        .encode(across, upward)
    )
    even = (
        alt.Chart(curve)
        .mark_line(color=LIGHT["mute"], strokeDash=[2, 4], strokeWidth=1.2)
        .encode(across, alt.Y("even:Q", scale=unit))
    )
    down = alt.Chart(spot).mark_rule(color=LIGHT["warn"], strokeDash=[3, 3]).encode(across, upward, y2="zero:Q")
    left = alt.Chart(spot).mark_rule(color=LIGHT["warn"], strokeDash=[3, 3]).encode(upward, x="zero:Q", x2="x:Q")
    dot = alt.Chart(spot).mark_circle(color=LIGHT["warn"], size=90, opacity=1).encode(across, upward)
    text = {"align": "left", "dx": 12, "dy": 14, "fontSize": 13, "fontWeight": 600, "color": LIGHT["ink"]}
    label = alt.Chart(spot).mark_text(**text).encode(across, upward, text="call:N")
    layered = (line + even + down + left + dot + label).properties(width=width - 60, height=round(width * 0.36) + 70)
    return _dressed(layered)


def _lollipops(rows: Sequence[Mapping[str, Any]], words: Words, width: int) -> dict[str, Any]:
    import altair as alt

    data = alt.Data(
        values=[
            {**row, "at": at, "one": 1, "said": f"{row['inside']}  /  {row['outside']}"} for at, row in enumerate(rows)
        ]
    )
    ends = [1.0, *(row[key] for row in rows for key in ("lift", "low_lift", "high_lift") if row[key])]
    domain = [min(ends) * 0.92, max(ends) * 1.08]
    across = {"scale": alt.Scale(type="log", domain=domain, nice=False), "axis": None}
    down = alt.Y("at:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    base = alt.Chart(data)
    even = base.mark_rule(color=LIGHT["mute"], strokeWidth=1).encode(x=alt.X("one:Q", **across))
    whisker = base.mark_rule(color=LIGHT["brand"], opacity=0.35, strokeWidth=7).encode(
        down, x=alt.X("low_lift:Q", **across), x2="high_lift:Q"
    )
    stem = base.mark_rule(color=LIGHT["brand"], strokeWidth=2.5).encode(down, x=alt.X("one:Q", **across), x2="lift:Q")
    dot = base.mark_circle(color=LIGHT["brand"], size=110, opacity=1).encode(down, x=alt.X("lift:Q", **across))
    name = base.mark_text(align="left", dy=-17, fontSize=13, fontWeight=600, color=LIGHT["ink"]).encode(
        down, x=alt.value(0), text="label:N"
    )
    said = base.mark_text(align="right", dy=-17, fontSize=12.5, color=LIGHT["quiet"]).encode(
        down, x=alt.value(width - 12), text="said:N"
    )
    return _dressed((even + whisker + stem + dot + name + said).properties(width=width - 12, height=46 * len(rows)))


def _columns(rows: Sequence[Mapping[str, Any]], words: Words, width: int) -> dict[str, Any]:
    import altair as alt

    order = ["customers", "discount"]
    values = [
        {"band": row["short"], "of": of, "share": row[f"{of}_share"], "said": words.percent(row[f"{of}_share"])}
        for row in rows
        for of in order
    ]
    data = alt.Data(values=values)
    across = alt.X(
        "band:N",
        sort=None,
        axis=alt.Axis(title=words.say("Share of goods bought on promotion"), labelAngle=0),
        scale=alt.Scale(paddingInner=0.28),
    )
    beside = alt.XOffset("of:N", sort=order, scale=alt.Scale(paddingInner=0.08))
    upward = alt.Y("share:Q", axis=None, scale=alt.Scale(nice=False, domainMin=0))
    colour = alt.Color("of:N", scale=alt.Scale(domain=order, range=[LIGHT["mute"], LIGHT["brand"]]), legend=None)
    bars = alt.Chart(data).mark_bar(cornerRadiusEnd=2).encode(across, upward, beside, colour)
    size = 12 if width > 400 else 9.5
    text = (
        alt.Chart(data)
        .mark_text(dy=-8, fontSize=size, color=LIGHT["ink"])
        .encode(across, upward, beside, text="said:N")
    )
    return _dressed((bars + text).properties(width=width - 20, height=round(width * 0.28) + 70))
