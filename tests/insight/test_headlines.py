from __future__ import annotations

from regulars.insight.headlines import headlines


def rows_of(shop, count=40, **changes):
    good = [at < 35 for at in range(count)]
    columns = {
        "orders": [3] * count,
        "revenue": [100 * (at + 1) for at in range(count)],
        "discount": [10 * (at + 1) for at in range(count)],
        "full_price_share": [0.5 if at % 2 else 0.49 for at in range(count)],
        "beyond_rhythm": [at in (2, 3, 38) for at in range(count)],
        "in_top_20_percent": good,
        "in_inactive": [at == 3 for at in range(count)],
        "in_best_customers": [at == 1 for at in range(count)],
    }
    return shop(**{**columns, **changes})


def test_the_three_amounts_by_hand(shop):
    slipping, discount, best = headlines(*rows_of(shop))
    assert (slipping.amount, slipping.n, slipping.base, slipping.listed) == (300 + 400, 2, 35, 1)
    assert slipping.segment == "inactive"
    odd = [10 * (at + 1) for at in range(1, 40, 2)]
    assert (discount.amount, discount.n, discount.base, discount.listed) == (sum(odd), 20, 40, 1)
    assert discount.whole == sum(10 * (at + 1) for at in range(40))
    assert (best.amount, best.n, best.whole) == (sum(100 * (at + 1) for at in range(35)), 35, 82000)


def test_an_unknown_rhythm_cannot_say(shop):
    slipping, discount, _ = headlines(*rows_of(shop, beyond_rhythm=[None] * 40))
    assert slipping.amount is None
    assert str(slipping.cannot_say) == "cannot say: 0 good customers with a rhythm, needs 1"
    assert discount.amount is not None


def test_nobody_silent_is_an_answer(shop):
    slipping, *_ = headlines(*rows_of(shop, beyond_rhythm=[False] * 40))
    assert (slipping.amount, slipping.n, slipping.cannot_say) == (0, 0, None)


def test_a_missing_column_cannot_say(shop):
    found = headlines(*shop(orders=[1] * 40, revenue=[1] * 40))
    assert [headline.amount for headline in found] == [None, None, None]


def test_few_buyers_cannot_say(shop):
    found = headlines(*rows_of(shop, count=29))
    assert [str(headline.cannot_say) for headline in found] == [
        "cannot say: 29 buyers, needs 30",
        "cannot say: 29 buyers with a known price, needs 30",
        "cannot say: 29 buyers, needs 30",
    ]


def test_a_small_shop_gets_its_amounts(shop):
    few = [at < 6 for at in range(30)]
    slipping, discount, best = headlines(*rows_of(shop, count=30, in_top_20_percent=few))
    assert (slipping.amount, slipping.n, slipping.base) == (300 + 400, 2, 6)
    assert discount.n == 15
    assert best.n == 6
