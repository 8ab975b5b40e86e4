"""What each part of the page shows, worked out from the facts; the sentences themselves stand in the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from regulars.report import charts
from regulars.report.reasons import reason
from regulars.report.words import Words

Facts = Mapping[str, Any]
ORDER = ("best_customers", "top_20_percent", "low_order_value", "inactive", "bargain_hunters")
FAMILY = "prefers_"
REST = "prefers_none_of_these"
EXPLAINED = ("silence_chance", "beyond_rhythm")
MOODS = {"slipping": "bad", "discount": "warn", "best": "brand"}
LEANING = 0.6
MOSTLY = 0.9


def of(facts: Facts, words: Words) -> dict[str, Any]:
    """All parts by name; a part that cannot be said is None, and why stands in `unsaid`."""
    segments = sorted((segment(row, facts["labels"], words) for row in facts["segments"]), key=rank)
    by_id = {row["id"]: row for row in segments}
    return {
        "headlines": [headline(row, by_id, words) for row in facts["headlines"]],
        "concentration": concentration(facts["concentration"], words),
        "segments": [row for row in segments if not row["family"] and not row["cannot_say"]],
        "preferences": preferences(segments),
        "changes": any(row["change"] is not None for row in segments),
        "leading": leading(segments),
        "profile": profile(facts["profile"], facts["labels"], words),
        "discounts": discounts(facts["discounts"], by_id, words),
        "unsaid": list(unsaid(facts, segments, words)),
        "sources": [source(row, words) for row in facts["sources"]],
    }


def headline(row: Facts, by_id: Mapping[str, Facts], words: Words) -> dict[str, Any]:
    """One amount, with the segment to act on."""
    target = by_id.get(row["segment"])
    quiet = row["cannot_say"] or not row["n"]
    return {
        **row,
        "mood": "plain" if quiet else MOODS[row["kind"]],
        "share": row["amount"] / row["whole"] if row["amount"] is not None and row["whole"] else None,
        "reason": reason(row["cannot_say"], words) if row["cannot_say"] else None,
        "segment_name": target["title"] if target else None,
        "members": target["members"] if target and not target["cannot_say"] else None,
    }


def concentration(row: Facts, words: Words) -> dict[str, Any] | None:
    """The curve and what was asked of it."""
    if row["cannot_say"]:
        return None
    best = next((reach for reach in row["tops"] if reach["asked"] == 0.2), row["tops"][0])
    return {**row, "best": best, "chart": charts.concentration(row, words)}


def rank(row: Facts) -> tuple[int, int]:
    """Where a segment stands in the report: the known ones first, then those that bring most."""
    place = ORDER.index(row["id"]) if row["id"] in ORDER else len(ORDER)
    return (place, -(row["revenue"] or 0))


def segment(row: Facts, labels: Facts, words: Words) -> dict[str, Any]:
    """A segment's row: its change, whether that is good for the shop, and what to do."""
    before, members = row["members_month_before"], row["members"]
    change = None if before is None or row["cannot_say"] else members - before
    playbook = row.get("playbook") or {}
    return {
        **row,
        "title": words.pick(row["name"]),
        "sentence": words.pick(row["sentence"]),
        "cannot_say": words.pick(row["cannot_say"]),
        "change": change,
        "mood": mood(change, row["growing_is"]),
        "family": row["id"].startswith(FAMILY),
        "learnt": [threshold(one, labels, words) for one in row["thresholds"] or () if telling(one)],
        "todo": as_list(words.pick(playbook.get("do"))),
        "avoid": as_list(words.pick(playbook.get("avoid"))),
    }


def telling(one: Facts) -> bool:
    """Whether a threshold says more than the segment's own words: it was learnt, or explained by what is usual."""
    return bool(one.get("reason")) and (one.get("learnt", True) or one["trait"] in EXPLAINED)


def threshold(one: Facts, labels: Facts, words: Words) -> dict[str, str]:
    """A threshold's trait and its reason."""
    return {"label": trait_name(one["trait"], labels, words), "reason": words.pick(one["reason"])}


def preferences(segments: Sequence[Facts]) -> dict[str, Any] | None:
    """The segments of one preference each, as one group with what is to be done for all of them."""
    rows = [row for row in segments if row["family"] and not row["cannot_say"]]
    groups = [row for row in rows if row["id"] != REST]
    if not groups:
        return None
    rest = next((row for row in rows if row["id"] == REST), None)
    todo, avoid = (
        [step for step in groups[0][of] if all(step in row[of] for row in groups)] for of in ("todo", "avoid")
    )
    listed = [*groups, rest] if rest else groups
    return {"rows": listed, "groups": len(groups), "todo": todo, "avoid": avoid, "rest": rest}


def mood(change: int | None, growing_is: str | None) -> str:
    """Good or bad for the shop: growth of what should shrink is bad.

    >>> mood(12, "bad"), mood(-12, "bad"), mood(12, None)
    ('bad', 'good', 'plain')
    """
    if not change or growing_is not in ("good", "bad"):
        return "plain"
    return growing_is if change > 0 else {"good": "bad", "bad": "good"}[growing_is]


def as_list(value: Any) -> list[Any]:
    """None, one or several as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def leading(segments: Sequence[Facts]) -> Facts | None:
    """The segment that heads the list: the first of the known ones that can be said and has members."""
    return next((row for row in segments if row["id"] in ORDER and not row["cannot_say"] and row["members"]), None)


def profile(row: Facts | None, labels: Facts, words: Words) -> dict[str, Any] | None:
    """A segment against everyone else, in words."""
    if not row or row["cannot_say"]:
        return None
    found = [difference(one, row, labels, words) for one in row["top"]]
    drawn = charts.differences(found, words) if any(one["lift"] for one in found) else None
    return {**row, "title": words.pick(row["name"]), "first": found[0] if found else None, "chart": drawn}


def difference(one: Facts, row: Facts, labels: Facts, words: Words) -> dict[str, Any]:
    """One difference with its values as text and its bounds as ratios."""
    kind = "share" if one["measure"] == "share" else row["types"].get(one["trait"], "number")
    outside = one["outside"] or None
    bounds = [one[key] for key in ("low", "high")]
    low, high = (bound / outside if bound is not None and outside else None for bound in bounds)
    known = all(bound is not None for bound in bounds)
    return {
        "name": label(one, row, labels, words),
        "label": first_upper(label(one, row, labels, words)),
        "lift": one["lift"],
        "low_lift": low if high else None,
        "high_lift": high if low else None,
        "inside": words.value(kind, one["inside"]),
        "outside": words.value(kind, one["outside"]),
        "times": words.times(one["lift"]),
        "interval": f"{words.value(kind, bounds[0])} – {words.value(kind, bounds[1])}" if known else words.nothing,
        "n": f"{words.number(one['n_inside'])} / {words.number(one['n_outside'])}",
    }


def first_upper(text: str) -> str:
    """A text that begins a line."""
    return text[:1].upper() + text[1:]


def label(one: Facts, row: Facts, labels: Facts, words: Words) -> str:
    """A trait's name, and the value it is about."""
    name = str(words.pick(labels.get(one["trait"], one["trait"])))
    if one["value"] is None or one["value"] is True:
        return name
    return f"{name}: {value_text(one, row, words)}"


def value_text(one: Facts, row: Facts, words: Words) -> str:
    """A text as it is, a code by its book, a weekday by the language."""
    trait, value = one["trait"], one["value"]
    if trait == "weekday":
        return words.weekday(value)
    if trait == "part_of_day":
        return words.part_of_day(value)
    return str(row["texts"].get(trait, {}).get(value, value))


def discounts(row: Facts, by_id: Mapping[str, Facts], words: Words) -> dict[str, Any] | None:
    """Dependence on discounts, its bands as shares."""
    if row["cannot_say"]:
        return None
    hunters = by_id.get("bargain_hunters")
    return {
        **row,
        "chart": charts.bands([band(one, row, words) for one in row["bands"]], words),
        "leaning": leaning(row),
        "coupons": row["coupon_orders"] / row["orders"] if row["coupon_orders"] is not None and row["orders"] else None,
        "hunters": {**hunters, "link": f"#segment-{hunters['id']}"} if hunters and not hunters["cannot_say"] else None,
    }


def leaning(row: Facts) -> dict[str, Any] | None:
    """The customers who lean most on promotions, together; None where there are none."""
    most = [one for one in row["bands"] if one["low"] >= LEANING]
    customers, revenue, discount = (sum(one[name] for one in most) for name in ("customers", "revenue", "discount"))
    if not customers or not row["revenue"] or not row["discount"]:
        return None
    shares = {"revenue": revenue / row["revenue"], "discount": discount / row["discount"]}
    return {"customers": customers, "edge": LEANING, **shares}


def band(one: Facts, row: Facts, words: Words) -> dict[str, Any]:
    """One band: its edges in words and its shares of the whole."""
    low, high = words.percent(one["low"]), words.percent(one["high"])
    whole = {"customers": row["n"], "revenue": row["revenue"], "discount": row["discount"]}
    shares = {f"{name}_share": one[name] / total if total else 0.0 for name, total in whole.items()}
    return {**one, **shares, "short": f"{words.number(100 * one['low'])}–{high}", "label": f"{low} – {high}"}


def unsaid(facts: Facts, segments: Sequence[Facts], words: Words) -> Iterable[tuple[str, str]]:
    """What could not be said, by subject, and why."""
    names = {
        "slipping": words.say("Slipping away"),
        "discount": words.say("Discount that may not be needed"),
        "best": words.say("From your best 20%"),
    }
    for row in facts["headlines"]:
        if row["cannot_say"]:
            yield names[row["kind"]], reason(row["cannot_say"], words)
    for subject, part in (
        (words.say("How much the best customers bring"), facts["concentration"]),
        (words.say("Dependence on discounts"), facts["discounts"]),
        (
            words.say("The best against everyone"),
            facts["profile"] or {"cannot_say": {"of": "segment", "n": 0, "needs": 1}},
        ),
    ):
        if part["cannot_say"]:
            yield subject, reason(part["cannot_say"], words)
    if segments and all(row["change"] is None for row in segments):
        yield words.say("Change since a month ago"), words.say("Cannot say: there was nothing to count a month ago.")
    for row in segments:
        if row["cannot_say"]:
            yield row["title"], row["cannot_say"]
    compared = facts["profile"] or {}
    for trait, why in (compared.get("unsaid") or {}).items():
        yield trait_name(trait, facts["labels"], words), reason(why, words)
    yield from partly_known(compared, facts["labels"], words)
    yield words.say("Profit"), words.say("Cannot say: costs are not counted, so every amount here is revenue.")


def partly_known(compared: Facts, labels: Facts, words: Words) -> Iterable[tuple[str, str]]:
    """The traits that were compared among some of the customers only, those with equally many together."""
    everyone = compared.get("n", 0) + compared.get("rest", 0)
    known = {one["trait"]: one["n_inside"] + one["n_outside"] for one in compared.get("differences") or ()}
    for n in sorted({n for n in known.values() if n < MOSTLY * everyone}):
        names = [trait_name(trait, labels, words) for trait in known if known[trait] == n]
        yield (
            words.listed(names),
            words.say(
                "Known for %(n)s of %(everyone)s customers, and compared among those only.",
                n=words.number(n),
                everyone=words.number(everyone),
            ),
        )


def trait_name(trait: str, labels: Facts, words: Words) -> str:
    """A trait's name at the beginning of a line."""
    return first_upper(str(words.pick(labels.get(trait, trait))))


def source(row: Facts, words: Words) -> dict[str, Any]:
    """What was read from one source, and where it went."""
    rows = row["rows"]
    if rows.get("canonical") == rows.get("accepted"):
        rows = {"all": rows.get("accepted", 0)}
    counted = [{"what": words.part(what), "amount": words.number(n)} for what, n in rows.items()]
    sums = {**row["money"], **({"difference": row["difference"]} if row["money"] else {})}
    money = [{"what": words.part(what), "amount": words.money(n, exact=True)} for what, n in sums.items()]
    return {"name": row["source"], "lines": counted + money}
