"""Makes orders.csv beside it: a small coffee shop, made up, always the same."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2024, 5, 1, 9)
END = datetime(2025, 6, 30, 20)
CUSTOMERS = 120
PRODUCTS = {
    "Espresso beans 1 kg": ("coffee", 18.5),
    "Filter coffee 500 g": ("coffee", 8.95),
    "Decaf beans 500 g": ("coffee", 9.75),
    "Earl Grey 100 g": ("tea", 7.5),
    "Sencha 100 g": ("tea", 9.25),
    "Chocolate bar": ("sweets", 3.5),
    "Oat biscuits": ("sweets", 4.25),
    "Hand grinder": ("equipment", 59.0),
    "French press": ("equipment", 34.0),
}
FIELDS = ("order", "customer", "ordered_at", "product", "category", "quantity", "amount", "discount")


def write(path: Path) -> None:
    """Write the shop's order lines as a CSV file, oldest first."""
    rows = sorted(
        _rows(random.Random(20240102)),  # noqa: S311 the same shop each time
        key=lambda row: (row[0], row[1]),
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        numbers: dict[tuple[datetime, str], int] = {}
        for moment, customer, *line in rows:
            number = numbers.setdefault((moment, customer), 1001 + len(numbers))
            writer.writerow([number, customer, moment.strftime("%Y-%m-%d %H:%M"), *line])


def _rows(chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, CUSTOMERS + 1):
        customer = f"C{number:03}"
        rhythm = chance.lognormvariate(3.5, 0.6)
        taste = chance.choices(["coffee", "tea", "sweets"], [6, 2, 2])[0]
        bargains = chance.random() < 0.25
        leaves = chance.random() < 0.35
        moment = START + timedelta(days=chance.uniform(0, 270))
        end = moment + timedelta(days=chance.uniform(20, 300)) if leaves else END
        while moment < min(end, END):
            placed = moment.replace(minute=chance.randrange(60), hour=chance.randrange(8, 21), second=0, microsecond=0)
            yield from _basket(chance, placed, customer, taste, bargains)
            moment += timedelta(days=max(1.0, chance.gammavariate(2.0, rhythm / 2.0)))


def _basket(
    chance: random.Random, moment: datetime, customer: str, taste: str, bargains: bool
) -> Iterator[tuple[Any, ...]]:
    names = list(PRODUCTS)
    weights = [6 if PRODUCTS[name][0] == taste else 0.15 if PRODUCTS[name][0] == "equipment" else 1 for name in names]
    off = 0.2 if chance.random() < (0.85 if bargains else 0.15) else 0.0
    for name in dict.fromkeys(chance.choices(names, weights, k=chance.choice([1, 1, 2, 3]))):
        category, price = PRODUCTS[name]
        quantity = chance.choice([1, 1, 1, 2])
        discount = round(price * quantity * off, 2)
        yield moment, customer, name, category, quantity, f"{price * quantity - discount:.2f}", f"{discount:.2f}"


if __name__ == "__main__":
    write(Path(__file__).with_name("orders.csv"))
