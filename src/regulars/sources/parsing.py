"""A landed column as a checked canonical value: the SQL of the value, and the SQL of what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from regulars.project.mapping import AMOUNTS, FIELDS, REQUIRED, Column, Kind, Source
from regulars.sources.sql import named, quoted

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
DECIMAL = "DECIMAL(18, 6)"
EARLIEST, LATEST = 86_400, 7_258_118_400
LARGEST: Mapping[str, int] = {"money": 10**10, "number": 10**6}
"""What is larger is a slip of a pen, and price × quantity would not fit into whole minor units."""
FLAGGED = ("cancelled",)
"""Times that may also be told as true or false: true is at the order's own moment."""
UNITS = ("piece", "weight", "volume", "amount")
TRUE = ("true", "t", "1", "yes", "y", "ja", "j", "waar", "sand", "wahr")
FALSE = ("false", "f", "0", "no", "n", "nee", "nej", "nein", "onwaar", "falsk", "falsch")
MOMENT = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]+\d{1,2}:\d{2}(:\d{2}([.]\d*)?)?)?"
"""A moment as databases write it; a cast by itself is content with less, and skips what stands behind."""
ZONED = rf"{MOMENT} ?(Z|UTC|GMT|[+-]\d{{2}}(:?\d{{2}})?)"
CLOCKS = ("%H", "%I", "%c", "%X", "%s")
"""What a format holds that reads a time of day."""
ALLOWED: Mapping[Kind, str] = {
    "money": "an amount such as 12.50, at most 10,000,000,000; say decimal: comma where the file writes 12,50",
    "number": "a number such as 2 or 0.350, at most 1,000,000",
    "integer": "a whole number",
    "flag": "true or false",
    "time": "a moment such as 2018-01-31 14:05, or say its format: in regulars.yaml",
    "day": "a day such as 2018-01-31, or say its format: in regulars.yaml",
}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that may be wrong with a row: of which field, when, what was given, and what is allowed."""

    field: str
    when: str
    gave: str | None
    allowed: str

    @property
    def reason(self) -> str:
        """The SQL of the reason as a sentence."""
        if self.gave is None:
            return quoted(f"{self.field}: {self.allowed}")
        start, end = quoted(f"{self.field}: '"), quoted(f"' is not {self.allowed}")
        return f"{start} || coalesce({self.gave}, '') || {end}"


@dataclass(frozen=True, slots=True)
class Parser:
    """Writes the SQL of one source's fields, given the types of its landed columns."""

    source: Source
    types: Mapping[str, str]
    currency: str

    def fields(self) -> Iterator[tuple[str, Kind, Column]]:
        """Every mapped field with its kind; discounts are `discount_<n>`, attributes `attribute_<name>`."""
        kinds = FIELDS[self.source.rows]
        for field, column in self.source.columns.items():
            yield field, kinds[field], column
        for place, discount in enumerate(self.source.discounts):
            yield f"discount_{place}", "money", discount.amount
            if discount.code:
                yield f"discount_{place}_code", "code", discount.code
            if discount.campaign:
                yield f"discount_{place}_campaign", "id", discount.campaign
        for attribute, column in self.source.attributes.items():
            yield f"attribute_{attribute}", "day" if attribute == "birth_date" else "text", column
        if self.source.tax and self.source.tax.column:
            yield "tax", "money", Column.of(self.source.tax.column)

    def values(self) -> list[str]:
        """The select list: one column per field, a moment as two (on the shop's clock, or in UTC)."""
        found = []
        for field, kind, column in self.fields():
            if kind == "time":
                naive, aware = self.moments(column)
                found += [f"{naive} AS {field}_naive", f"{aware} AS {field}_aware"]
                found.append(f"{self.clocked(column)} AS {field}_clocked")
                if field in FLAGGED:
                    found.append(f"{self.flag(column)} AS {field}_flag")
            else:
                found.append(f"{self.value(kind, column)} AS f_{field}")
        return found

    def checks(self) -> list[Check]:
        """What is checked of every row before anything else is made of it."""
        ragged = "the row does not have as many fields as the header, or its quotes are broken"
        found = [Check("row", "_ragged IS NOT NULL", None, ragged)]
        for field, kind, column in self.fields():
            if field in REQUIRED[self.source.rows]:
                found.append(Check(field, f"{self.given(column)} IS NULL", None, "is missing"))
            if kind in ALLOWED:
                known, allowed = self._known(kind, column), ALLOWED[kind]
                if field in FLAGGED:
                    known, allowed = (
                        f"coalesce({known}, CAST({self.flag(column)} AS BIGINT))",
                        f"{allowed}; or true or false",
                    )
                wrong = f"{self.given(column)} IS NOT NULL AND {known} IS NULL"
                found.append(Check(field, wrong, self.text(column), allowed))
        return [*found, *self._missing_amount(), *self._unknown_unit()]

    def _unknown_unit(self) -> Iterator[Check]:
        """A unit in the shop's own words would make three pieces one item, unseen."""
        if "unit" in self.source.columns:
            text = self.text(self.source.columns["unit"])
            allowed = f"one of {', '.join(UNITS)}; translate it with values: in regulars.yaml"
            yield Check("unit", f"{text} NOT IN ({', '.join(map(quoted, UNITS))})", text, allowed)

    def _missing_amount(self) -> Iterator[Check]:
        """A row that is to carry money must give one of the mapped amounts; a price needs its quantity."""
        columns = self.source.columns
        mapped = [field for field in AMOUNTS.get(self.source.rows, ()) if field in columns]
        if "quantity" in columns:
            yield Check("quantity", f"{self.given(columns['quantity'])} IS NULL", None, "is missing")
        if mapped:
            missing = " AND ".join(f"{self.given(columns[field])} IS NULL" for field in mapped)
            said = "is missing" if len(mapped) == 1 else f"one of {', '.join(mapped)} must be given"
            yield Check(mapped[0], missing, None, said)

    def _known(self, kind: Kind, column: Column) -> str:
        if kind == "time":
            naive, aware = self.moments(column)
            return f"coalesce({naive}, {aware})"
        return self.value(kind, column)

    def value(self, kind: Kind, column: Column) -> str:
        """The value of a field of any kind but time."""
        if kind in ("id", "code"):
            return self.key(column)
        if kind in ("money", "number"):
            number = self.decimal(column)
            return f"CASE WHEN abs({number}) <= {LARGEST[kind]} THEN {number} END"
        if kind == "day":
            return self.day(column)
        text = self.text(column)
        if kind == "integer":
            return f"TRY_CAST({_plain(text)} AS BIGINT)"
        if kind == "flag":
            return self.flag(column)
        return text

    def flag(self, column: Column) -> str:
        """True or false, in the words of several languages."""
        text = self.text(column)
        yes, no = (", ".join(quoted(word) for word in words) for words in (TRUE, FALSE))
        return f"CASE WHEN lower({text}) IN ({yes}) THEN true WHEN lower({text}) IN ({no}) THEN false END"

    def key(self, column: Column) -> str:
        """What tells apart ids and codes: a whole number as it is, because it is joined faster, else its text."""
        if column.is_plain and self.types[column.columns[0]] in INTEGERS:
            return named(column.columns[0])
        return self.text(column)

    def given(self, column: Column) -> str:
        """Something that is null where nothing is given; of a column that is no text the column itself, unread."""
        plain = column.is_plain and self.types[column.columns[0]] != "VARCHAR"
        return named(column.columns[0]) if plain else self.text(column)

    def text(self, column: Column) -> str:
        """The text of a field; nothing and blanks are null."""
        if column.constant is not None:
            return quoted(column.constant)
        parts = [self._text(name) for name in column.columns]
        text = parts[0] if len(parts) == 1 else f"nullif(concat_ws(' ', {', '.join(parts)}), '')"
        if not column.values and column.otherwise is None:
            return text
        cases = " ".join(f"WHEN {quoted(given)} THEN {quoted(value)}" for given, value in column.values.items())
        rest = text if column.otherwise is None else quoted(column.otherwise)
        return f"nullif(CASE {text} {cases} ELSE {rest} END, '')" if cases else f"coalesce({text}, {rest})"

    def _text(self, name: str) -> str:
        column, kind = named(name), self.types[name]
        if kind == "VARCHAR":
            nothing = ", ".join(quoted(word) for word in ("", *self.source.nulls))
            return f"CASE WHEN trim({column}) NOT IN ({nothing}) THEN trim({column}) END"
        if kind in ("DOUBLE", "FLOAT"):  # a column of whole numbers with gaps is often kept as floats: 123.0 is 123
            whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
            return (
                f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
            )
        return f"CAST({column} AS VARCHAR)"

    def decimal(self, column: Column) -> str:
        """A number to six decimals; a float is read by its decimal digits, so that 0.285 is not 0.28499."""
        if column.is_plain and self.types[column.columns[0]] != "VARCHAR":
            return f"TRY_CAST({named(column.columns[0])} AS {DECIMAL})"
        text = self.text(column)
        point, group = (",", r"[.\s']") if self.source.decimal == "," else (".", r"[,\s']")
        money = rf"^({self.currency}|kr\.?|[€$£¥\s\xa0])+|({self.currency}|kr\.?|,-|[€$£¥\s\xa0])+$"
        bare = f"regexp_replace({text}, {quoted(money)}, '', 'g')"
        grouped = rf"[+-]?\d{{1,3}}({group}\d{{3}})+(\{point}\d*)?"
        plain = f"CASE WHEN regexp_full_match({bare}, {quoted(grouped)}) "
        plain += f"THEN regexp_replace({bare}, {quoted(group)}, '', 'g') ELSE {bare} END"
        if point == ",":
            usual = r"[+-]?(\d+(,\d*)?|,\d+)"
            plain = f"CASE WHEN regexp_full_match({plain}, {quoted(usual)}) THEN replace({plain}, ',', '.') END"
            return f"TRY_CAST({_plain(plain)} AS {DECIMAL})"
        return f"coalesce(TRY_CAST({_plain(text)} AS {DECIMAL}), TRY_CAST({_plain(plain)} AS {DECIMAL}))"

    def moments(self, column: Column) -> tuple[str, str]:
        """Seconds on the shop's clock, and seconds in UTC where the value says its zone; one of them is null."""
        kind = self.types[column.columns[0]] if column.is_plain else "VARCHAR"
        if kind == "TIMESTAMP WITH TIME ZONE":
            return "CAST(NULL AS BIGINT)", _seconds(named(column.columns[0]))
        if kind.startswith("TIMESTAMP") or kind == "DATE":
            return _seconds(f"TRY_CAST({named(column.columns[0])} AS TIMESTAMP)"), "CAST(NULL AS BIGINT)"
        text = self.text(column)
        if column.format == "epoch":
            number = f"TRY_CAST({text} AS BIGINT)"
            return "CAST(NULL AS BIGINT)", _within(
                f"CASE WHEN {number} > 99999999999 THEN {number} // 1000 ELSE {number} END"
            )
        if column.format:
            moment = f"try_strptime({text}, {quoted(column.format)})"
            if "%z" in column.format:
                return "CAST(NULL AS BIGINT)", _seconds(moment)
            return _seconds(f"CAST({moment} AS TIMESTAMP)"), "CAST(NULL AS BIGINT)"
        zoned = f"regexp_full_match({text}, {quoted(ZONED)}) AND contains({text}, ':')"
        tidy = rf"regexp_replace(regexp_replace({text}, ' ?(UTC|GMT)$', 'Z'), ' ?([+-]\d\d):?(\d\d)$', '\1:\2')"
        naive = f"CASE WHEN regexp_full_match({text}, {quoted(MOMENT)}) THEN TRY_CAST({text} AS TIMESTAMP) END"
        return _seconds(naive), _seconds(f"CASE WHEN {zoned} THEN TRY_CAST({tidy} AS TIMESTAMPTZ) END")

    def clocked(self, column: Column) -> str:
        """Whether a time of day is written: a date alone says nothing of the hour."""
        kind = self.types[column.columns[0]] if column.is_plain else "VARCHAR"
        if kind == "DATE":
            return "false"
        if kind.startswith("TIMESTAMP") or column.format == "epoch":
            return "true"
        if column.format:
            return "true" if any(sign in column.format for sign in CLOCKS) else "false"
        return f"coalesce(contains({self.text(column)}, ':'), false)"

    def day(self, column: Column) -> str:
        """Days since 1970-01-01 of a date; a moment counts as the day that is written."""
        kind = self.types[column.columns[0]] if column.is_plain else "VARCHAR"
        if kind != "VARCHAR":
            day = f"TRY_CAST({named(column.columns[0])} AS DATE)"
        elif column.format:
            day = f"CAST(try_strptime({self.text(column)}, {quoted(column.format)}) AS DATE)"
        else:
            day = f"CASE WHEN regexp_matches({self.text(column)}, '^\\d{{4}}-') "
            day += f"THEN TRY_CAST(left({self.text(column)}, 10) AS DATE) END"
        days = f"date_diff('day', DATE '1970-01-01', {day})"
        return f"CASE WHEN {days} BETWEEN -60000 AND 84006 THEN CAST({days} AS INTEGER) END"


def _plain(text: str) -> str:
    """A text unless a cast would skip a part of it: 1_000 is a number to a programmer, to a shop it is a slip."""
    return f"CASE WHEN NOT contains({text}, '_') THEN {text} END"


def _seconds(moment: str) -> str:
    return _within(f"epoch_ms({moment}) // 1000")


def _within(second: str) -> str:
    """Moments outside 1970-01-02 to 2200 are slips of a pen, or fillers such as 1970-01-01 and 9999-12-31."""
    return f"CASE WHEN {second} BETWEEN {EARLIEST} AND {LATEST} THEN CAST({second} AS BIGINT) END"
