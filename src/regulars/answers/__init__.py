"""The one table of methods that Python, the command line and the door share."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from regulars.answers import customer, customers, meaning, records, writing
from regulars.owner import Method

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "load": Method(writing.load, writes=True),
        "refresh": Method(writing.publish, writes=True, again=writing.published),
        "rehearse": Method(writing.rehearse, writes=True),
        "learn": Method(writing.learn, writes=True, again=writing.relearnt),
        "rebuild": Method(writing.rebuild, writes=True),
        "segments": Method(customers.segments),
        "members": Method(customers.members),
        "count": Method(customers.count),
        "why": Method(customers.why),
        "customer": Method(customer.customer),
        "sql": Method(customers.sql),
        "export": Method(customers.export),
        "history": Method(records.history),
        "concentration": Method(meaning.concentration),
        "profile": Method(meaning.profile),
        "discounts": Method(meaning.discounted),
        "report": Method(meaning.report),
        "loads": Method(records.loads),
        "quarantine": Method(records.quarantine),
        "runs": Method(records.runs),
        "parameters": Method(records.parameters),
        "traits": Method(records.traits),
    }
)
"""A reading method gets a State, one snapshot of the warehouse; a writing one the Owner. Both get plain arguments by
name and give plain values or an Arrow table."""
