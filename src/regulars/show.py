"""Answers on a terminal: tables and short lines; numbers right, words left."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def talk() -> Console:
    """Where progress and remarks go: the error stream."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def page() -> Console:
    """Where data goes: the output stream."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 200)


def as_json(answer: Any) -> str:
    """One JSON object; dates and decimals as text, non-finite numbers refused.

    >>> as_json({"kind": "count", "value": 3})
    '{"kind": "count", "value": 3}'
    """
    return json.dumps(answer, ensure_ascii=False, default=str, allow_nan=False)


def cell(value: Any) -> str:
    """A value as it stands in a table.

    >>> cell(1234567), cell(0.256), cell(None), cell(["a", "b"])
    ('1,234,567', '0.256', '–', 'a, b')
    """
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.6g}" if abs(value) < 100 else f"{value:,.2f}"
        case list() | tuple():
            return ", ".join(cell(each) for each in value)
        case Mapping():
            return ", ".join(f"{key} {cell(each)}" for key, each in value.items())
        case _:
            return str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None, title: str | None = None) -> None:
    """Print rows as a table; columns that hold only numbers stand right."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    names = list(columns or (rows[0] if rows else ()))
    grid = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in names:
        numeric = all(isinstance(row.get(name), int | float | None) for row in rows)
        grid.add_column(name.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell(row.get(name))) for name in names))
    page().print(grid)


def percent(share: float | None) -> str:
    """A share in per cent, one decimal under ten.

    >>> percent(0.0854), percent(0.545705), percent(None)
    ('8.5 %', '55 %', '–')
    """
    if share is None:
        return "–"
    return f"{share * 100:.1f} %" if share < 0.1 else f"{share * 100:.0f} %"


def segments(answer: Mapping[str, Any], _limit: int | None) -> None:
    """Each segment with its size and worth, and what it means or why it cannot say."""
    table(
        [
            {
                "segment": row["id"],
                "members": row["members"],
                "share": percent(row["share"]),
                f"revenue ({answer['currency']})": row["revenue"],
                "share of revenue": percent(row["share_of_revenue"]),
                "per customer": row["value_per_customer"],
                "who": row["cannot_say"] or row["sentence"],
            }
            for row in answer["rows"]
        ]
    )
    for wrong in answer.get("wrong", ()):
        talk().print(wrong, style="red", markup=False)


LOADED = ("source", "files", "accepted", "canonical", "quarantined", "duplicate", "superseded", "erased", "pending")


def loads(answer: Mapping[str, Any], _limit: int | None) -> None:
    """Where each row of each load went, and each amount beside the file's own total."""
    table([{"load": row["load"], **{name: row[name] for name in LOADED}} for row in answer["rows"]])
    money = [
        {"load": row["load"], "source": row["source"], "amount as given": kind.replace("_", " "), **amounts}
        for row in answer["rows"]
        for kind, amounts in row["money"].items()
    ]
    if money:
        table(money)
    quarantined(answer.get("quarantined") or ())
    for row in answer["rows"]:
        if not row["balanced"]:
            talk().print(f"load {row['load']}: accepted is not the sum of the others; please report this", style="red")
        for kind, number in row["notes"].items():
            if number:
                talk().print(f"{row['source']}: {kind.replace('_', ' ')}: {cell(number)}", markup=False)


def quarantined(rows: Iterable[Mapping[str, Any]]) -> None:
    """How many rows were set aside of how many, what they come to, and why most of them."""
    for row in rows:
        amount = "" if row["amount"] is None else f", {row['currency']} {cell(row['amount'])} as the file gives it"
        said = f"{row['source']}: {cell(row['rejected'])} of {cell(row['accepted'])} rows of load {row['load']} are in quarantine"
        talk().print(
            f"{said}{amount}; most often: {row['reason']}; see: regulars quarantine", style="red", markup=False
        )


def refreshed(answer: Mapping[str, Any], _limit: int | None) -> None:
    """What a refresh published."""
    value = answer["value"]
    learnt = "; thresholds learnt" if value.get("learned") else ""
    talk().print(
        f"published version {answer['version']}: {cell(value['customers'])} customers in {value['segments']} segments, "
        f"{cell(value['entered'])} entered, {cell(value['left'])} left{learnt}"
    )
    quarantined(value.get("quarantined") or ())
    for name, what in dict(value.get("cannot_say") or {}).items():
        talk().print(f"{name}: {what}", markup=False)
    for wrong in value.get("wrong") or ():
        talk().print(str(wrong), style="red", markup=False)


def concentration(answer: Mapping[str, Any], _limit: int | None) -> None:
    """What the best bring, and how many bring a share."""
    value = answer["value"]
    if value.get("cannot_say"):
        page().print(cell(value["cannot_say"]), markup=False)
        return
    table(
        [
            {
                "the best": percent(row["asked"]),
                "customers": row["customers"],
                f"bring of {value['of']}": row["value"],
                "share": percent(row["share_of_value"]),
            }
            for row in value["tops"]
        ]
    )
    table(
        [
            {
                f"for a share of {value['of']} of": percent(row["asked"]),
                "customers": row["customers"],
                "the best": percent(row["share_of_customers"]),
            }
            for row in value["needs"]
        ]
    )


def branches(part: Mapping[str, Any], describe: Any, tree: Any = None) -> Any:
    """A tree of conditions, each described on its own line."""
    from rich.tree import Tree

    if tree is None:
        node = tree = Tree(describe(part), guide_style="dim")
    else:
        node = tree.add(describe(part))
    for each in part.get("parts", ()):
        branches(each, describe, node)
    for row in (part.get("evidence") or {}).get("rows", ()):
        node.add(line(", ".join(f"{name} {cell(value)}" for name, value in row.items()), "dim"))
    if (more := (part.get("evidence") or {}).get("total", 0) - len((part.get("evidence") or {}).get("rows", ()))) > 0:
        node.add(line(f"and {cell(more)} more", "dim"))
    return tree


def line(text: str, style: str = "") -> Any:
    """Text that is never read as markup."""
    from rich.text import Text

    return Text(text, style=style)


def why(answer: Mapping[str, Any], _limit: int | None) -> None:
    """Each condition ticked or crossed, with the real value and the rows behind it."""

    def describe(part: Mapping[str, Any]) -> Any:
        value = f": {part['value']}" if part.get("value") is not None else ""
        return line(f"{'✓' if part['holds'] else '✗'} {part['text']}{value}", "green" if part["holds"] else "red")

    value = answer["value"]
    verdict = "is in" if value["in"] else "is not in"
    page().print(line(f"{answer['customer']} {verdict} {answer['segment']}. {value['sentence']}"))
    page().print(branches(value["conditions"], describe))
    for near in value.get("nearest") or ():
        if near.get("needs") is not None:
            page().print(line(f"nearest change: {near['text']}; now {near['value']}, the limit is {near['needs']}"))


def count(answer: Mapping[str, Any], _limit: int | None) -> None:
    """How many in all, for each condition alone, and how many are left after each layer."""

    def describe(part: Mapping[str, Any]) -> Any:
        left = f", {cell(part['left'])} left" if "left" in part else ""
        return line(f"{part['text']}: {cell(part['members'])}{left}")

    value = answer["value"]
    if value.get("cannot_say"):
        page().print(line(str(value["cannot_say"])))
    page().print(line(f"{cell(value['members'])} of {cell(value['customers'])} customers. {value['sentence']}"))
    page().print(branches(value["conditions"], describe))


def profile(answer: Mapping[str, Any], _limit: int | None) -> None:
    """What sets a segment apart, the largest differences first."""
    value = answer["value"]
    if value.get("cannot_say"):
        page().print(line(cell(value["cannot_say"])))
        return
    table(
        [
            {"difference": row["text"], "times": row["lift"], "outside": row["n_outside"], "differs": row["differs"]}
            for row in value["differences"][:20]
        ]
    )
    talk().print(f"{value['comparisons']} comparisons were made; 'differs' holds after correcting for them")


def customer(answer: Mapping[str, Any], _limit: int | None) -> None:
    """The segments a customer is in, then every trait that has a value."""
    table([{"segment": row["segment"], "name": row["name"], "since": row["since"]} for row in answer["segments"]])
    known = {name: value for name, value in answer["traits"].items() if value is not None}
    table([{"trait": name, "value": value} for name, value in known.items()])
    unknown = [name for name in answer["traits"] if name not in known]
    if unknown:
        talk().print(f"not known: {', '.join(unknown)}")


def discounts(answer: Mapping[str, Any], _limit: int | None) -> None:
    """Revenue made with each kind of discount."""
    if answer.get("cannot_say"):
        page().print(line(f"cannot say: {answer['cannot_say']}"))
        return
    table([{**row, "share_of_revenue": percent(row["share_of_revenue"])} for row in answer["rows"]])


def history(answer: Mapping[str, Any], _limit: int | None) -> None:
    """What was published of a segment, without the hash of its definition."""
    table([{name: value for name, value in row.items() if name != "definition"} for row in answer["rows"]])


def plainly(answer: Mapping[str, Any], limit: int | None) -> None:
    """Rows as a table, a value as pairs."""
    rows = answer.get("rows")
    if rows is None:
        value = answer.get("value")
        pairs = value.items() if isinstance(value, dict) else [(answer["kind"], value)]
        table([{"what": key, "value": value} for key, value in pairs])
        return
    if not rows:
        talk().print("nothing to show")
        return
    table(rows[:limit])
    total = answer.get("members", answer.get("total", len(rows)))
    if limit and total > limit:
        talk().print(f"… {limit:,} of {total:,}; --limit {total} shows all")


SHOWN = {
    "segments": segments,
    "loads": loads,
    "load": loads,
    "refresh": refreshed,
    "learn": refreshed,
    "concentration": concentration,
    "why": why,
    "count": count,
    "profile": profile,
    "customer": customer,
    "discounts": discounts,
    "history": history,
}
"""Answers that have a face of their own; others are plain tables."""
