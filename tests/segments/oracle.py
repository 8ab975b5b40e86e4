"""Who is in a segment, a second time, naively: from the words of the documentation, nothing of the package in it.

A definition is what `who` holds, as plain dicts, lists, texts and numbers; values of customers are dicts by trait; facts
are lists of dicts. Slow and obvious on purpose; where the package and this file disagree, one of them is wrong.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ORDER_FIELDS = {"sales_channel", "store", "device", "payment", "delivery", "source", "medium", "campaign"}
MOMENT_FIELDS = {"weekday", "hour", "month"}
START = date(1970, 1, 1)


class World:
    """A shop at a moment: `values` by customer and trait, `types` and `books` of traits, facts that count."""

    def __init__(self, values, types, books, codes, facts, as_of, digits=2, segments=None, events=()):
        self.values, self.types, self.books, self.codes = values, types, books, codes
        self.facts, self.as_of, self.digits, self.segments = facts, as_of, digits, segments or {}
        self.events = set(events)
        self.today = START + timedelta(days=as_of["day"])

    def members(self, who):
        return {customer for customer in self.values if self.holds(who, customer)}

    # conditions -------------------------------------------------------------------------------------------------

    def holds(self, item, customer):
        if "all" in item:
            return all(self.holds(part, customer) for part in item["all"])
        if "any" in item:
            return any(self.holds(part, customer) for part in item["any"])
        if "not" in item:
            return not self.holds(item["not"], customer)
        if "in_segment" in item:
            return self.holds(self.segments[item["in_segment"]], customer)
        if "not_in_segment" in item:
            return not self.holds(self.segments[item["not_in_segment"]], customer)
        if "did" in item:
            return self.did(item["did"], item, customer)
        if "did_not" in item:
            return not self.did(item["did_not"], item, customer)
        ((trait, test),) = item.items()
        return self.trait_test(trait, test, customer)

    def trait_test(self, trait, test, customer):
        if isinstance(test, dict) and ("top" in test or "bottom" in test):
            return self.ranked(trait, test, customer)
        value, kind = self.values[customer][trait], self.types[trait]
        if kind == "code" and value is not None:
            value = self.text(self.books[trait], value)
        return self.passes(value, kind, test, self.values[customer])

    def text(self, book, code):
        if book == "weekday":
            return WEEKDAYS[code - 1]
        if book == "month":
            return MONTHS[code - 1]
        return next(text for text, number in self.codes[book].items() if number == code)

    def passes(self, value, kind, test, own):
        """Whether a value passes a test; a test of something unknown is false."""
        if isinstance(test, list):
            test = {"one_of": test}
        if not isinstance(test, dict):
            test = {"on" if kind == "date" else "is": test}
        ((word, given),) = test.items()
        if word == "known":
            return (value is not None) == given
        if value is None:
            return False
        if word == "during":
            first, last = self.window(given, own)
            return first is not None and last is not None and first <= value <= last
        wanted = [self.read(one, kind, own) for one in (given if isinstance(given, list) else [given])]
        if None in wanted:
            return False
        return {
            "is": lambda: value == wanted[0],
            "on": lambda: value == wanted[0],
            "one_of": lambda: value in wanted,
            "is_not": lambda: value != wanted[0],
            "not_in": lambda: value not in wanted,
            "at_least": lambda: value >= wanted[0],
            "at_most": lambda: value <= wanted[0],
            "more_than": lambda: value > wanted[0],
            "less_than": lambda: value < wanted[0],
            "between": lambda: wanted[0] <= value <= wanted[-1],
            "before": lambda: value < wanted[0],
            "after": lambda: value > wanted[0],
            "contains": lambda: wanted[0].lower() in value.lower(),
            "starts_with": lambda: value.lower().startswith(wanted[0].lower()),
            "ends_with": lambda: value.lower().endswith(wanted[0].lower()),
        }[word]()

    def read(self, given, kind, own):
        """A written value as the customer's value is kept."""
        if kind == "date":
            return self.point(given, own)
        if kind == "money":
            return int(Fraction(str(given)) * 10**self.digits)
        if kind == "share":
            return float(Fraction(given[:-1]) / 100) if isinstance(given, str) else float(given)
        if kind in ("number", "days"):
            return float(given)
        return given

    # ranks ------------------------------------------------------------------------------------------------------

    def ranked(self, trait, test, customer):
        word = "top" if "top" in test else "bottom"
        per = test.get("per")
        group = self.values[customer][per] if per else None
        if not self.in_base(test.get("among", "buyers"), customer) or self.values[customer][trait] is None:
            return False
        if per and group is None:
            return False
        base = sorted(
            row[trait]
            for other, row in self.values.items()
            if self.in_base(test.get("among", "buyers"), other)
            and row[trait] is not None
            and (not per or row[per] == group)
        )
        if len(base) < 30:
            return False
        asked = test[word]
        rank = min(ceil(Fraction(asked[:-1]) / 100 * len(base)) if isinstance(asked, str) else asked, len(base))
        value = self.values[customer][trait]
        return value >= base[-rank] if word == "top" else value <= base[rank - 1]

    def in_base(self, among, customer):
        if among == "everyone":
            return True
        if among == "buyers":
            return self.values[customer]["orders"] > 0
        return self.holds(self.segments[among], customer)

    # time -------------------------------------------------------------------------------------------------------

    def number(self, day):
        return (day - START).days

    def earlier(self, n, unit):
        unit = unit.rstrip("s")
        if unit in ("day", "week"):
            return self.as_of["day"] - n * {"day": 1, "week": 7}[unit]
        month = self.today.month - n * {"month": 1, "year": 12}[unit]
        year = self.today.year
        while month < 1:
            month, year = month + 12, year - 1
        day = self.today.day
        while True:
            try:
                return self.number(date(year, month, day))
            except ValueError:
                day -= 1

    def point(self, text, own):
        """The day number of a point; None where the customer has no such moment."""
        if text == "today":
            return self.as_of["day"]
        if text in ("first order", "last order"):
            return own["first_order" if text == "first order" else "last_order"]
        if text.endswith(" ago"):
            n, unit, _ = text.split()
            return self.earlier(int(n), unit)
        return self.number(date.fromisoformat(text))

    def window(self, period, own):
        """First and last day, both in."""
        if isinstance(period, dict):
            first = self.point(period.get("since", period.get("from")), own)
            if "to" in period:
                return first, self.point(period["to"], own)
            if "for" in period:
                n, unit = period["for"].split()
                return first, None if first is None else first + int(n) * (7 if unit.startswith("week") else 1) - 1
            return first, self.as_of["day"]
        if period == "today":
            return self.as_of["day"], self.as_of["day"]
        which, *rest = period.split()
        if which == "last":
            return self.earlier(int(rest[0]), rest[1]) + 1, self.as_of["day"]
        start = self.start_of(rest[0], self.today)
        if which == "this":
            return self.number(start), self.as_of["day"]
        return self.number(self.start_of(rest[0], start - timedelta(days=1))), self.number(start) - 1

    def start_of(self, unit, day):
        if unit == "week":
            return day - timedelta(days=day.isoweekday() - 1)
        return date(day.year, {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit], 1)

    # events -----------------------------------------------------------------------------------------------------

    def did(self, name, item, customer):
        units = [unit for unit in ("times", "items", "spent", "days") if unit in item]
        unit = units[0] if units else "times"
        test = item[unit] if units else {"at_least": 1}
        rows = [row for row in self.rows(name, item) if row["customer_id"] == customer]
        if "during" in item:
            first, last = self.window(item["during"], self.values[customer])
            rows = [row for row in rows if first is not None and last is not None and first <= row["day"] <= last]
        if "where" in item:
            rows = [row for row in rows if self.row_holds(item["where"], row, name)]
        total = {
            "times": lambda: len({row["order_id"] for row in rows}) if name == "bought" else len(rows),
            "days": lambda: len({row["day"] for row in rows}),
            "items": lambda: sum(row["items"] for row in rows),
            "spent": lambda: sum(row["net" if name == "bought" else "amount"] for row in rows),
        }[unit]()
        return self.passes(total, "money" if unit == "spent" else "count", test, {})

    def rows(self, name, item):
        """An event's rows: orders, or their lines where the lines are asked of or counted."""
        if name == "bought":
            asked = fields_in(item.get("where"))
            if "items" in item or "spent" in item or asked - ORDER_FIELDS - MOMENT_FIELDS:
                orders = {order["order_id"]: order for order in self.facts["orders"]}
                return [{**orders[line["order_id"]], **line} for line in self.facts["order_lines"]]
            return self.facts["orders"]
        if name == "received":
            return self.facts["sends"]
        if name == "redeemed" and "redeemed" not in self.events:
            return [row for row in self.facts["discounts"] if row["coupon"]]
        kind = self.codes["event"].get(name)
        return [row for row in self.facts["events"] if row["kind"] == kind]

    def row_holds(self, where, row, name):
        if "all" in where:
            return all(self.row_holds(part, row, name) for part in where["all"])
        if "any" in where:
            return any(self.row_holds(part, row, name) for part in where["any"])
        if "not" in where:
            return not self.row_holds(where["not"], row, name)
        ((field, test),) = where.items()
        value, kind = self.field(field, row)
        return self.passes(value, kind, test, {})

    def field(self, field, row):
        if field == "hour":
            return row["minute"] // 60, "count"
        if field == "weekday":
            return WEEKDAYS[(START + timedelta(days=row["day"])).weekday()], "code"
        if field == "month":
            return MONTHS[(START + timedelta(days=row["day"])).month - 1], "code"
        if field == "discounted":
            return row["discount"] + row["supplier_discount"] > 0, "flag"
        book = {"kind": "discount_kind", "code": "discount_code"}.get(field, field)
        code = row.get(field)
        return (None if code is None else self.text(book, code)), "code"


def fields_in(where):
    """The fields that a `where` asks of."""
    if where is None:
        return set()
    for group in ("all", "any"):
        if group in where:
            return set().union(*(fields_in(part) for part in where[group]))
    return fields_in(where["not"]) if "not" in where else set(where)


def counting_facts(shop, as_of, coupon_kinds):
    """What counts at a moment: known customers, before the moment, no test or cancelled orders."""

    def visible(rows):
        return [row for row in rows if row["customer_id"] is not None and row["sec"] < as_of["sec"]]

    dead = {
        order["order_id"]
        for order in shop["orders"]
        if order["test"] or (order["cancelled_sec"] is not None and order["cancelled_sec"] < as_of["sec"])
    }
    alive = defaultdict(list)
    for name in ("orders", "order_lines", "discounts", "events", "sends"):
        alive[name] = [dict(row) for row in visible(shop[name]) if row.get("order_id") not in dead]
    for row in alive["discounts"]:
        row["coupon"] = row["kind"] in coupon_kinds or row["code"] is not None
    return alive
