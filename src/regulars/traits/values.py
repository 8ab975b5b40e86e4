"""The small words that traits are written in: each gives the same value on every engine.

Sums are of integers; a division is done once, on float64; floats are rounded to 6 decimals by the same IEEE steps
everywhere (the engines' own ROUND differ in the last place at ties).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACES = 1_000_000.0


def number(value: float) -> ir.FloatingScalar:
    """A float64 literal, on engines that would read a decimal too."""
    import ibis

    return cast("ir.FloatingScalar", ibis.literal(float(value), type="float64"))


def count_if(condition: ir.BooleanValue) -> ir.IntegerScalar:
    """How many rows meet a condition."""
    import ibis

    return total(ibis.ifelse(condition, 1, 0))


def total(value: ir.NumericColumn, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """The sum of integers, kept a 64-bit integer where an engine would widen it."""
    import ibis

    kept = value if where is None else ibis.ifelse(where, value, 0)
    return cast("ir.IntegerScalar", kept.sum().cast("!int64"))


def rounded(value: ir.NumericValue) -> ir.FloatingValue:
    """A float with 6 decimals, halves up; for values below 9 · 10¹², beyond which the engine refuses."""
    scaled = value.cast("float64") * number(PLACES) + number(0.5)
    return cast("ir.FloatingValue", scaled.floor().cast("float64") / number(PLACES))


def ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """Part over whole with 6 decimals; null where the whole is 0."""
    return rounded(part.cast("float64") / whole.nullif(0).cast("float64"))


def whole_ratio(part: ir.IntegerValue, whole: ir.IntegerValue) -> ir.IntegerValue:
    """Part over whole as the nearest integer, halves up; null where the whole is 0."""
    halves = (part * 2 + whole).cast("float64") / (whole * 2).nullif(0).cast("float64")
    return cast("ir.IntegerValue", halves.floor())


def packed(value: ir.IntegerValue, code: ir.IntegerValue, width: int) -> ir.IntegerScalar:
    """The largest value with its code, the smallest code winning a tie, as one integer for `unpacked`."""
    import ibis

    key = value.cast("int64") * width + (ibis.literal(width - 1, type="int64") - code)
    return cast("ir.IntegerScalar", key.max())


def unpacked(key: ir.IntegerValue, width: int) -> ir.IntegerValue:
    """The code that `packed` chose; null where no value is positive."""
    import ibis

    code = ibis.literal(width - 1, type="int64") - key % width
    return cast("ir.IntegerValue", ibis.ifelse(key >= width, code, ibis.null("int64")))


def looked_up(code: ir.IntegerValue, values: Mapping[int, int]) -> ir.IntegerValue:
    """A whole number by code as a search tree of comparisons, so that no join is needed; null for an unknown code."""
    import ibis

    nothing = ibis.null("int64")

    def tree(codes: list[int]) -> ir.Value:
        if len(codes) == 1:
            return ibis.ifelse(code == codes[0], ibis.literal(values[codes[0]], type="int64"), nothing)
        middle = len(codes) // 2
        return ibis.ifelse(code < codes[middle], tree(codes[:middle]), tree(codes[middle:]))

    return cast("ir.IntegerValue", tree(sorted(values)) if values else nothing)
