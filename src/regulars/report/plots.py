"""The Altair specifications: marks, scales and where the words stand; values and texts come ready made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulars.report.palette import LIGHT

ROOMY = 400
"""The width in pixels from which words fit beside each other."""


def dressed(chart: Any) -> dict[str, Any]:
    """A chart in the house's style, as a Vega-Lite specification."""
    quiet = {"labelColor": LIGHT["quiet"], "labelFontSize": 12, "titleColor": LIGHT["quiet"], "titleFontSize": 12}
    axis = {**quiet, "titleFontWeight": "normal", "domain": False, "ticks": False, "gridColor": LIGHT["line"]}
    plain = chart.configure(background=LIGHT["page"], font="sans-serif", padding=2).configure_view(stroke=None)
    specification: dict[str, Any] = plain.configure_axis(**axis, labelPadding=8, titlePadding=10).to_dict(
        validate=False
    )
    return specification


def written(data: Any, **style: Any) -> Any:
    """Words on a chart."""
    import altair as alt

    return alt.Chart(data).mark_text(**{"align": "left", "fontSize": 13, "color": LIGHT["ink"], **style})


def rule(data: Any, **style: Any) -> Any:
    """A straight line on a chart."""
    import altair as alt

    return alt.Chart(data).mark_rule(**style)


def curve(
    points: Sequence[Sequence[float]],
    spot: Mapping[str, float],
    calls: Sequence[str],
    *,
    alike: str,
    axis_title: str,
    percent_tail: str,
    width: int,
) -> dict[str, Any]:
    """A concentration curve over its diagonal, with one point called out: `spot` has x and y, `calls` a line each."""
    import altair as alt

    data = alt.Data(values=[{"x": x, "y": y, "even": x} for x, y in points])
    at = alt.Data(values=[{**spot, "zero": 0}])
    marks = [0, 0.2, 0.4, 0.6, 0.8, 1] if width >= ROOMY else [0, 0.2, 0.5, 1]
    shares = {"labelExpr": f"round(datum.value * 100) + '{percent_tail}'", "values": marks}
    unit = alt.Scale(domain=[0, 1], nice=False)
    across = alt.X("x:Q", scale=unit, axis=alt.Axis(title=axis_title, grid=False, **shares))
    upward = alt.Y("y:Q", scale=unit, axis=alt.Axis(title=None, **shares))
    dashed = {"color": LIGHT["warn"], "strokeDash": [3, 3]}
    diagonal = {"color": LIGHT["mute"], "strokeDash": [2, 4], "strokeWidth": 1.2}
    aside = alt.Data(values=[{"x": 1, "y": 0.12}])
    halo = {"stroke": LIGHT["wash"], "strokeWidth": 5, "color": LIGHT["wash"]}
    layers = [
        alt.Chart(data).mark_area(color=LIGHT["wash"]).encode(across, upward),
        alt.Chart(data).mark_line(**diagonal).encode(across, alt.Y("even:Q", scale=unit)),
        alt.Chart(data).mark_line(color=LIGHT["brand"], strokeWidth=2.5).encode(across, upward),
        rule(at, **dashed).encode(across, upward, y2="zero:Q"),
        rule(at, **dashed).encode(upward, x="zero:Q", x2="x:Q"),
        alt.Chart(at).mark_circle(color=LIGHT["warn"], size=90, opacity=1).encode(across, upward),
        written(aside, text=alike, align="right", dx=-8, fontSize=12, color=LIGHT["quiet"]).encode(across, upward),
        *(
            written(at, text=call, dx=12, dy=16 + 17 * line, fontWeight=600, **style).encode(across, upward)
            for line, call in enumerate(calls)
            for style in (halo, {})
        ),
    ]
    return dressed(alt.layer(*layers).properties(width=width - 60, height=round(width * 0.36) + 70))


def lollipops(rows: Sequence[Mapping[str, Any]], *, one: str, width: int) -> dict[str, Any]:
    """Ratios to both sides of 1, in the middle, on a log scale: each row has label, said, lift and, where known, low_lift and high_lift."""
    import altair as alt

    roomy = width >= ROOMY
    data = alt.Data(values=[{**row, "at": at, "one": 1} for at, row in enumerate(rows)])
    ends = [1.0, *(row[key] for row in rows for key in ("lift", "low_lift", "high_lift") if row[key])]
    reach = 1.1 * max(max(ends), 1 / min(ends))
    scale = alt.Scale(type="log", domain=[1 / reach, reach], nice=False)
    start, value, low = (alt.X(f"{name}:Q", scale=scale, axis=None) for name in ("one", "lift", "low_lift"))
    down = alt.Y("at:O", axis=None)
    line = alt.Data(values=[{"one": 1, "word": one}])
    brand = LIGHT["brand"]
    says: dict[str, Any] = {"fontSize": 12.5, "color": LIGHT["quiet"]}
    halo: dict[str, Any] = {"stroke": LIGHT["page"], "strokeWidth": 5, "color": LIGHT["page"]}
    right = {**says, "align": "right", "dy": -18}
    told = {"x": alt.value(width - 14 if roomy else 0), "text": "said:N"}
    named: dict[str, Any] = {"fontWeight": 600, "dy": -18 if roomy else -33}
    words = [(named, {"x": alt.value(0), "text": "label:N"}), (right if roomy else {**says, "dy": -16}, told)]
    layers = [
        rule(line, color=LIGHT["mute"]).encode(start),
        written(line, **{**says, "align": "center", "dy": -10 if roomy else -20}).encode(
            start, y=alt.value(0), text="word:N"
        ),
        rule(data, color=brand, opacity=0.3, strokeWidth=8).encode(down, low, x2="high_lift:Q"),
        rule(data, color=brand, strokeWidth=2.5).encode(down, start, x2="lift:Q"),
        alt.Chart(data).mark_circle(color=brand, size=110, opacity=1).encode(down, value),
        *(written(data, **{**font, **style}).encode(down, **where) for font, where in words for style in (halo, {})),
    ]
    return dressed(alt.layer(*layers).properties(width=width - 14, height=(52 if roomy else 68) * len(rows)))


def columns(
    values: Sequence[Mapping[str, Any]], kinds: Sequence[str], *, axis_title: str, width: int
) -> dict[str, Any]:
    """Columns of each band side by side: each value has band, of (one of two `kinds`), share and said."""
    import altair as alt

    data = alt.Data(values=list(values))
    across = alt.X(
        "band:N", sort=None, axis=alt.Axis(title=axis_title, labelAngle=0), scale=alt.Scale(paddingInner=0.28)
    )
    beside = alt.XOffset("of:N", sort=list(kinds), scale=alt.Scale(paddingInner=0.08))
    upward = alt.Y("share:Q", axis=None, scale=alt.Scale(nice=False, domainMin=0))
    paint = alt.Scale(domain=list(kinds), range=[LIGHT["mute"], LIGHT["brand"]])
    bars = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=2)
        .encode(across, upward, beside, alt.Color("of:N", scale=paint, legend=None))
    )
    size = 12 if width >= ROOMY else 9.5
    text = written(data, align="center", dy=-8, fontSize=size).encode(across, upward, beside, text="said:N")
    return dressed(alt.layer(bars, text).properties(width=width - 20, height=round(width * 0.28) + 70))
