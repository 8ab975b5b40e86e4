"""Every trait a second time, naively: plain Python over lists of dicts, nothing of the package in it.

Facts are dicts with the canonical columns. Slow and obvious on purpose; where the package and this file disagree, one of
them is wrong.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

COUPONS = {"coupon", "coupon_match", "code", "voucher"}


def half_up(value, places=6):
    """Six decimals, halves up, with the IEEE steps that the engines take."""
    scale = 10.0**places
    return None if value is None else math.floor(value * scale + 0.5) / scale


def share(part, whole):
    return half_up(part / whole) if whole else None


def winner(sums):
    """The code with the largest positive sum, the smallest code at a tie."""
    positive = [(-value, code) for code, value in sums.items() if code is not None and value > 0]
    return min(positive)[1] if positive else None


def visible(rows, as_of):
    return [row for row in rows if row["customer_id"] is not None and row["sec"] < as_of["sec"]]


def order_counts(order, as_of):
    cancelled = order["cancelled_sec"] is not None and order["cancelled_sec"] < as_of["sec"]
    return not order["test"] and not cancelled


def traits(shop, as_of, parameters=None, codes=None):
    """One dict of traits per known customer, by customer id."""
    parameters, codes = parameters or {}, codes or {}
    dead = {order["order_id"] for order in shop["orders"] if not order_counts(order, as_of)}
    kept = {
        name: [row for row in visible(shop[name], as_of) if row.get("order_id") not in dead]
        for name in ("orders", "order_lines", "discounts", "events", "sends")
    }
    answer = {}
    for customer in shop["customers"]:
        own = {
            name: [row for row in rows if row["customer_id"] == customer["customer_id"]] for name, rows in kept.items()
        }
        answer[customer["customer_id"]] = one(customer, own, as_of, parameters, codes)
    return answer


def one(customer, own, as_of, parameters, codes):
    orders, lines = own["orders"], own["order_lines"]
    row = {name: value for name, value in customer.items() if name != "customer_id"}
    row |= of_orders(orders, own["discounts"], as_of, codes)
    row |= of_lines(lines, len(orders), as_of, parameters)
    row |= of_gaps(orders, as_of, parameters)
    row |= of_contacts(own["events"], own["sends"], as_of, codes)
    if "birth_date" in customer:
        row["age"] = years(customer["birth_date"], as_of["day"])
    return row


def of_orders(orders, discounts, as_of, codes):
    n, today = len(orders), as_of["day"]
    days = sorted(order["day"] for order in orders)
    coupon_codes = {code for text, code in codes.get("discount_kind", {}).items() if text in COUPONS}
    with_coupon = {d["order_id"] for d in discounts if d["kind"] in coupon_codes or d["code"] is not None}
    weekdays = Counter((date(1970, 1, 1) + timedelta(days=day)).isoweekday() for day in days)
    parts = Counter(order["minute"] // 360 + 1 for order in orders)
    stores = Counter(order["store"] for order in orders if order["store"] is not None)
    return {
        "orders": n,
        "first_order": days[0] if days else None,
        "last_order": days[-1] if days else None,
        "shopping_days": len(set(days)),
        "orders_90_days": sum(1 for day in days if today - 90 < day <= today),
        "coupon_orders": len(with_coupon),
        "coupon_share": share(len(with_coupon), n),
        "weekday": winner(weekdays) if n >= 3 else None,
        "part_of_day": winner(parts) if n >= 3 else None,
        "store": winner(stores),
        "stores": len(stores),
        "days_since_order": float(today - days[-1]) if days else None,
        "tenure_days": float(today - days[0]) if days else None,
    }


def of_lines(lines, n_orders, as_of, parameters):
    today = as_of["day"]
    revenue, listed = sum(line["net"] for line in lines), sum(line["list"] for line in lines)
    given = sum(line["discount"] for line in lines)
    full = sum(line["list"] for line in lines if line["discount"] == 0 and line["supplier_discount"] == 0)
    by_category, by_brand, counts = defaultdict(int), defaultdict(int), Counter()
    for line in lines:
        by_category[line["category"]] += line["net"]
        by_brand[line["brand"]] += line["net"]
        counts[line["category"]] += 1
    best, strength = preference(counts, parameters.get("category_rate", {}))
    top_category = max((value for code, value in by_category.items() if code is not None), default=None)
    top_brand = max((value for code, value in by_brand.items() if code is not None), default=None)
    enough = len(lines) >= 5
    return {
        "revenue": revenue,
        "list_value": listed,
        "discount": given,
        "supplier_discount": sum(line["supplier_discount"] for line in lines),
        "average_order_value": math.floor(Fraction(revenue, n_orders) + Fraction(1, 2)) if n_orders else None,
        "items": sum(line["items"] for line in lines),
        "lines": len(lines),
        "full_price_share": share(full, listed) if n_orders else None,
        "discount_share": share(given, listed) if n_orders else None,
        "revenue_90_days": sum(line["net"] for line in lines if today - 90 < line["day"] <= today),
        "revenue_previous_90_days": sum(line["net"] for line in lines if today - 180 < line["day"] <= today - 90),
        "categories": len([code for code in counts if code is not None]),
        "top_category": winner(by_category),
        "top_category_share": None if top_category is None else share(top_category, revenue),
        "preference_strength": strength if enough else None,
        "preferred_category": best if enough and strength is not None and strength >= 2 else None,
        "top_brand": winner(by_brand),
        "brand_loyalty": share(top_brand, revenue) if top_brand is not None and n_orders >= 3 else None,
    }


def preference(counts, rates):
    """The category that exceeds its rate most, and by how many standard deviations, in thousandths."""
    total = sum(counts.values())
    scores = {}
    for code, n in counts.items():
        if code in rates and n >= 3:
            z = 2.0 * (math.sqrt(n) - math.sqrt(total * rates[code]))
            scores[code] = math.floor(z * 1000 + 0.5)
    best = winner(scores)
    return best, None if best is None else scores[best] / 1000


def of_gaps(orders, as_of, parameters):
    days = sorted({order["day"] for order in orders})
    gaps = [later - earlier for earlier, later in pairwise(days)]
    mean = sum(gaps) / len(gaps) if gaps else None
    sd = None
    if len(gaps) >= 2:
        sd = math.sqrt(
            Fraction(sum((Fraction(gap) - Fraction(sum(gaps), len(gaps))) ** 2 for gap in gaps), len(gaps) - 1)
        )
    chance = None
    r, alpha = parameters.get("rhythm_r"), parameters.get("rhythm_alpha")
    if gaps and r is not None and alpha is not None:
        seen, so_far = days[-1] - days[0], as_of["day"] - days[0]
        chance = half_up(((alpha + seen) / (alpha + so_far)) ** (r + len(gaps)))
    return {
        "gap_mean": half_up(mean),
        "gap_sd": half_up(sd),
        "regularity": half_up(1 / (1 + (sd / mean) ** 2)) if len(gaps) >= 3 else None,
        "silence_chance": chance,
        "beyond_rhythm": None if chance is None else chance <= 0.05,
    }


def of_contacts(events, sends, as_of, codes):
    redeemed = codes.get("event", {}).get("redeemed")
    return {
        "campaigns_received": len({send["campaign_id"] for send in sends if send["campaign_id"] is not None}),
        "coupons_redeemed": sum(1 for event in events if event["kind"] == redeemed),
        "touchpoints": len(events),
        "last_touchpoint": max((event["day"] for event in events), default=None),
        "touchpoints_30_days": sum(1 for event in events if as_of["day"] - 30 < event["day"] <= as_of["day"]),
    }


def years(born, today):
    """Whole years; a birthday on 29 February is kept on 1 March in other years."""
    if born is None or born > today:
        return None
    start, end = (date(1970, 1, 1) + timedelta(days=day) for day in (born, today))
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))
