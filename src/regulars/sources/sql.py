"""Small pieces of SQL that every reader of landed files needs."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """A column's name as an SQL identifier.

    >>> named('the "x"') == chr(34) + 'the ""x""' + chr(34)
    True
    """
    return '"' + column.replace('"', '""') + '"'


def hashed(system: str, kind: str, key: str) -> str:
    """The SQL of an id: 63 bits of SHA-256 over system, kind and the source's own id, as a BIGINT.

    >>> hashed("shop", "order", "order_no")
    "CAST(('0x' || substr(sha256('shop|order|' || order_no), 1, 16))::UBIGINT >> 1 AS BIGINT)"
    """
    return f"CAST(('0x' || substr(sha256({quoted(f'{system}|{kind}|')} || {key}), 1, 16))::UBIGINT >> 1 AS BIGINT)"


def content(parts: str) -> str:
    """The SQL of a number that changes when one of the parts changes.

    >>> content("a, b")
    'CAST(hash(a, b) % 9223372036854775807 AS BIGINT)'
    """
    return f"CAST(hash({parts}) % 9223372036854775807 AS BIGINT)"


def minor(amount: str, digits: int) -> str:
    """An amount in minor units, half a unit rounded away from zero.

    >>> minor("net", 2)
    'CAST(round(net, 2) * 100 AS BIGINT)'
    """
    return f"CAST(round({amount}, {digits}) * {10**digits} AS BIGINT)"


def scaled(amount: str, times: str, over: str) -> str:
    """The SQL of whole `amount × times ÷ over`, half a unit rounded away from zero, in whole numbers only.

    >>> scaled("gross", "100", "121")
    'CAST(sign(gross) * ((2 * abs(gross)::HUGEINT * (100) + (121)) // (2 * (121))) AS BIGINT)'
    """
    return f"CAST(sign({amount}) * ((2 * abs({amount})::HUGEINT * ({times}) + ({over})) // (2 * ({over}))) AS BIGINT)"
