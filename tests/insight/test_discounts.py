from __future__ import annotations

import pytest

from regulars.insight.discounts import dependence


def test_by_hand(shop):
    shares = [1.0, 0.81, 0.8, 0.5, 0.2, 0.0] * 5 + [None]
    engine, rows = shop(
        orders=[2] * 30 + [1],
        revenue=[900] * 30 + [50],
        list_value=[1000] * 30 + [0],
        discount=[100] * 30 + [0],
        full_price_share=shares,
        coupon_orders=[1] * 30 + [0],
    )
    found = dependence(engine, rows)
    assert (found.n, found.unknown) == (30, 1)
    assert found.promoted == 5 * (0 + 190 + 200 + 500 + 800 + 1000)
    assert found.promoted_share == pytest.approx(2690 / 6000)
    assert found.discount_share == pytest.approx(0.1)
    assert (found.orders, found.coupon_orders) == (60, 30)
    assert [band.customers for band in found.bands] == [10, 5, 5, 0, 10]
    assert sum(band.revenue for band in found.bands) == found.revenue == 27000
    assert sum(band.discount for band in found.bands) == found.discount


def test_few_known_prices_cannot_say(shop):
    known = [0.5] * 29 + [None]
    engine, rows = shop(
        orders=[1] * 30, revenue=[1] * 30, list_value=[1] * 30, discount=[0] * 30, full_price_share=known
    )
    assert str(dependence(engine, rows).cannot_say) == "cannot say: 29 buyers with a known price, needs 30"


def test_a_shop_without_prices_cannot_say(shop):
    assert dependence(*shop(orders=[1] * 40, revenue=[1] * 40)).cannot_say
