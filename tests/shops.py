"""A tiny shop as a folder of CSV files, made up anew for each test."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, timedelta
from pathlib import Path

YAML = """\
schema: shop/1
shop: {{name: Corner, currency: EUR, time_zone: Europe/Amsterdam, language: en, country: NL, as_of: {as_of}}}
sources:
  till:
    files: data/till*.csv
    rows: order_lines
    columns:
      order: order
      customer: customer
      time: time
      product: product
      category: category
      quantity: quantity
      net: net
    discounts:
      - {{amount: discount, kind: promotion, funded_by: shop}}
  people:
    files: data/people.csv
    rows: people
    columns: {{customer: customer, attributes: {{country: country}}}}
"""

COLUMNS = ("order", "customer", "time", "product", "category", "quantity", "net", "discount")
CATEGORIES = ("coffee", "tea", "cake", "bread")
FIRST = date(2025, 1, 1)
LAST = date(2025, 6, 30)


def make(root: Path, *, customers: int = 80, seed: int = 1, as_of: date = LAST) -> Path:
    """A shop with some three orders a customer between January and June 2025."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "data").mkdir(exist_ok=True)
    (root / "segments").mkdir(exist_ok=True)
    set_as_of(root, as_of)
    add_orders(root, "till_1.csv", first=FIRST, last=LAST, customers=customers, seed=seed)
    with (root / "data" / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("customer", "country"))
        writer.writerows((f"C{n:03}", "NL" if n % 3 else "DK") for n in range(customers))
    add_segment(root, "regulars_here", "who: {orders: {at_least: 4}}")
    add_segment(root, "coffee_lovers", "who: {did: bought, where: {category: coffee}, times: {at_least: 2}}")
    add_segment(root, "lately", "who: {did: bought, during: last 30 days}")
    return root


def set_as_of(root: Path, as_of: date) -> None:
    """Write regulars.yaml for another day."""
    (root / "regulars.yaml").write_text(YAML.format(as_of=as_of.isoformat()), encoding="utf-8")


def add_segment(root: Path, id: str, body: str) -> Path:
    """Write a segment's file."""
    path = root / "segments" / f"{id}.yaml"
    path.write_text(f"schema: segment/1\nname: {{en: {id.replace('_', ' ')}}}\n{body}\n", encoding="utf-8")
    return path


def add_orders(
    root: Path,
    name: str,
    *,
    first: date,
    last: date,
    customers: int,
    seed: int,
    per_customer: float = 3.5,
    prefix: str = "",
) -> int:
    """Write a file of orders, numbered with a prefix (the file's name unless given), and return its number of lines."""
    chance = random.Random(seed)
    rows = []
    for number in range(round(customers * per_customer)):
        who = min(int(chance.expovariate(4.0 / customers)), customers - 1)
        at = datetime(first.year, first.month, first.day, 9) + timedelta(
            days=chance.randrange((last - first).days + 1), minutes=chance.randrange(600)
        )
        for line in range(chance.randint(1, 3)):
            category = chance.choice(CATEGORIES)
            net = chance.randint(150, 4000)
            discount = chance.choice((0, 0, 0, 50))
            rows.append(
                (
                    f"{prefix or name}-{number}",
                    f"C{who:03}",
                    at.isoformat(sep=" "),
                    f"P{category}{line}",
                    category,
                    chance.randint(1, 3),
                    f"{net / 100:.2f}",
                    f"{discount / 100:.2f}",
                )
            )
    with (root / "data" / name).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return len(rows)
