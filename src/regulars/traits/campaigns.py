"""Traits of what the shop sent and what the customer did beside ordering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.traits.orders import in_last, words
from regulars.traits.trait import Context, Trait
from regulars.traits.values import count_if

if TYPE_CHECKING:
    import ibis.expr.types as ir


def redeemed(events: ir.Table, context: Context) -> Any:
    """How often a coupon was handed in; 0 in a shop that never saw one."""
    code = context.code("event", "redeemed")
    return count_if(events.kind == (-1 if code is None else code))


TRAITS = (
    Trait(
        "campaigns_received",
        "count",
        "state",
        words("campaigns received", "ontvangen campagnes", "modtagne kampagner"),
        "How many different campaigns were sent to the customer.",
        "sends",
        over="sends",
        of=lambda sends, context: sends.campaign_id.nunique(),
        empty=0,
    ),
    Trait(
        "coupons_redeemed",
        "count",
        "state",
        words("coupons handed in", "ingeleverde kortingsbonnen", "indløste kuponer"),
        "How often the customer handed in a coupon of a campaign.",
        "events",
        over="events",
        of=redeemed,
        empty=0,
    ),
    Trait(
        "touchpoints",
        "count",
        "state",
        words("contacts beside orders", "contactmomenten naast bestellingen", "kontakter ud over ordrer"),
        "Events of any kind: views, searches, mails opened, coupons handed in, questions to support.",
        "events",
        over="events",
        of=lambda events, context: events.count().cast("!int64"),
        empty=0,
    ),
    Trait(
        "last_touchpoint",
        "date",
        "state",
        words(
            "last contact beside orders", "laatste contactmoment naast bestellingen", "seneste kontakt ud over ordrer"
        ),
        "The shop day of the last event.",
        "events",
        over="events",
        of=lambda events, context: events.day.max(),
        minimum=1,
        counted="touchpoints",
    ),
    Trait(
        "touchpoints_30_days",
        "count",
        "window",
        words(
            "contacts in the last 30 days", "contactmomenten in de laatste 30 dagen", "kontakter i de seneste 30 dage"
        ),
        "Events in the 30 shop days that end with the day asked for.",
        "events",
        over="events",
        of=lambda events, context: count_if(in_last(events, context, 30)),
        empty=0,
    ),
)
"""In an order in which every trait follows what it reads."""
