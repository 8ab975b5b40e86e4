from __future__ import annotations

from itertools import product

import pytest

from regulars.report.drawing import draw, inline
from regulars.report.palette import DARK, LIGHT, contrast
from regulars.report.plots import columns, curve

POINTS = [(0, 0), (0.2, 0.6), (1, 1)]
CURVE = {"alike": "alike", "axis_title": "customers", "percent_tail": "%", "width": 620}


@pytest.mark.parametrize(
    ("colours", "text", "ground"),
    [
        (colours, text, ground)
        for colours, text, ground in product(
            (LIGHT, DARK), ("ink", "quiet", "brand", "good", "bad", "warn"), ("page", "card")
        )
    ],
)
def test_words_can_be_read(colours, text, ground):
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_marks_can_be_seen(colours):
    assert min(contrast(colours[mark], colours["page"]) for mark in ("mute", "brand", "warn")) >= 3
    assert contrast(colours["quiet"], colours["wash"]) >= 4.5


def test_a_drawing_stands_alone_in_light_and_in_dark():
    plot = curve(POINTS, {"x": 0.2, "y": 0.6}, ["20%", "60%"], **CURVE)
    light, dark = draw(plot), draw(plot, DARK)
    assert LIGHT["brand"] in light
    assert DARK["brand"] in dark
    assert LIGHT["brand"] not in dark
    assert "var(" not in light + dark


def test_a_drawing_in_a_page_takes_the_colours_of_the_page():
    drawn = inline(curve(POINTS, {"x": 0.2, "y": 0.6}, ["20%", "60%"], **CURVE), name="c", title="<b>", description="&")
    assert 'fill="var(--wash)"' in drawn
    assert not [colour for colour in LIGHT.values() if colour in drawn]
    assert "&lt;b&gt;" in drawn
    assert "style=" not in drawn


def test_a_text_that_a_user_typed_stays_text():
    values = [{"band": "<script>", "of": of, "share": 0.5, "said": "<img>"} for of in ("customers", "discount")]
    drawn = inline(
        columns(values, ("customers", "discount"), axis_title="<i>", width=330), name="c", title="t", description="d"
    )
    assert "<script" not in drawn
    assert "&lt;script&gt;" in drawn
