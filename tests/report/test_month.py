"""A month ago, counted by the facts up to then."""

from __future__ import annotations

from datetime import timedelta

import regulars as rg
import shops
from regulars.answers import meaning
from regulars.versions.state import State


def counted(root):
    with rg.open(root) as shop:
        shop.refresh()
        owner = shop.owner
        assert owner
        month = meaning.month_before(State.published(owner.project, owner.catalogue, owner.engine))
        return {row["id"]: row["members"] for row in shop.segments()["rows"]}, month


def test_it_is_what_a_refresh_then_would_have_found(tmp_path):
    now, month = counted(shops.make(tmp_path / "now"))
    then, _ = counted(shops.make(tmp_path / "then", as_of=shops.LAST - timedelta(days=meaning.MONTH)))
    written = {id for id in ("regulars_here", "coffee_lovers", "lately") if id in then}
    assert len(written) == 3
    assert {id: month[id] for id in written} == {id: then[id] for id in written}
    assert {id: month[id] for id in written} != {id: now[id] for id in written}


def test_before_the_first_order_there_is_nothing_to_count(tmp_path):
    _, month = counted(shops.make(tmp_path / "young", as_of=shops.FIRST + timedelta(days=20)))
    assert month is None


def test_the_report_says_which_day_it_counted(tmp_path):
    with rg.open(shops.make(tmp_path / "shop")) as shop:
        shop.refresh()
        page = shop.report(language="nl")["value"]
    assert "31 mei 2025" in page.replace("\N{NO-BREAK SPACE}", " ")
