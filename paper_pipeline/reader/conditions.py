"""Conditions: which rows are wanted, in a small language.

Data flow: words such as `upvotes >= 50 and benchmarks contains 'GSM8K'` -> a pyarrow expression.

What can be said, capitals or not:

    column = value          also != <> < <= > >=
    column in (value, ...)  also not in
    column is null          also is not null
    column contains 'text'  also not contains; capitals do not count. In a text: anywhere in it.
                            In a list of texts: one that is this text as a whole.
    not ..., ... and ..., ... or ..., ( ... )

A value is a 'text' or "text" (the quote itself is written twice), a number, true or false; days and
moments are texts (`published_on >= '2025-10-01'`). A member of a struct is named with a dot:
`field_record_ids.title`. A row of which a test cannot tell, because its value is null, is neither
in nor out by that test, as in SQL. Nothing is evaluated but this. What reads the rows is corpus.py.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Literal, NoReturn

import pyarrow as pa
import pyarrow.compute as pc

# Far more than people write; deeper ones would end in the stack of the interpreter or of Arrow.
MOST_TESTS = 200
MOST_DEPTH = 40

# Stands between the elements of a list when they are searched as one text; in no text of a paper.
_SEPARATOR = "\x1f"
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": eq, "==": eq, "!=": ne, "<>": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "contains", "true", "false"})
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
      | (?P<sign><=|>=|<>|!=|==|[=<>(),])
    )""",
    re.VERBOSE,
)

TokenKind = Literal["text", "number", "name", "word", "sign", "end"]


class BadCondition(ValueError):
    """A condition that cannot be understood, or does not fit the columns."""


def parse_condition(text: str, schema: pa.Schema) -> pc.Expression:
    """Reads a condition on rows.

    Args:
        text: The condition.
        schema: The columns it may name.

    Returns:
        An expression for filters of pyarrow tables and datasets.

    Raises:
        BadCondition: With the place, what was expected there, and what was found.
    """
    return _Parser(text, schema).parse()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: TokenKind
    text: str
    place: int


@dataclass(frozen=True, slots=True)
class _Column:
    path: tuple[str, ...]
    type: pa.DataType

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def field(self) -> pc.Expression:
        return pc.field(*self.path)

    def as_type(self, kind: pa.DataType) -> pc.Expression:
        """The column to be compared with values of a type.

        Left to itself, Arrow compares whole numbers with 2.5 as floats of 32 bits, and fails.
        """
        return self.field if kind == self.type else self.field.cast(kind, safe=False)


class _Parser:
    """Recursive descent: `or` binds less than `and`, `and` less than `not`."""

    def __init__(self, text: str, schema: pa.Schema):
        self.text = text
        self.schema = schema
        self.tests = 0
        self.depth = 0
        self.tokens = self._split()
        self.next = 0

    def parse(self) -> pc.Expression:
        condition = self._alternatives()
        if self._token.kind != "end":
            self._fail("and, or, or the end")
        return condition

    def _split(self) -> list[_Token]:
        tokens: list[_Token] = []
        place, end = 0, len(self.text.rstrip())
        while place < end:
            found = _TOKEN.match(self.text, place)
            if not found or not found.lastgroup:
                start = place + len(self.text[place:]) - len(self.text[place:].lstrip())
                self._fail("a column, a value or a sign; texts stand in quotes", start)
            kind, text = found.lastgroup, found[found.lastgroup]
            if kind == "name" and text.lower() in _WORDS:
                kind, text = "word", text.lower()
            tokens.append(_Token(kind, text, found.start(found.lastgroup)))  # type: ignore[arg-type]
            place = found.end()
        return [*tokens, _Token("end", "", end)]

    @property
    def _token(self) -> _Token:
        return self.tokens[self.next]

    def _take(self, *texts: str) -> str | None:
        """Goes past the next token when it is one of these words or signs."""
        token = self._token
        if token.kind not in ("word", "sign") or token.text not in texts:
            return None
        self.next += 1
        return token.text

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._fail(text)

    def _fail(self, expected: str, place: int | None = None) -> NoReturn:
        start = self._token.place if place is None else place
        found = repr(self.text[start : start + 20]) if self.text[start:] else "the end"
        raise BadCondition(
            f"condition {self.text[:200]!r}, character {start + 1}: expected {expected}, "
            f"found {found}"
        )

    def _alternatives(self) -> pc.Expression:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            self._fail(f"at most {MOST_DEPTH} conditions within one another")
        condition = self._conjunction()
        while self._take("or"):
            condition |= self._conjunction()
        self.depth -= 1
        return condition

    def _conjunction(self) -> pc.Expression:
        condition = self._negation()
        while self._take("and"):
            condition &= self._negation()
        return condition

    def _negation(self) -> pc.Expression:
        is_negated = False
        while self._take("not"):
            is_negated = not is_negated
        if self._take("("):
            condition = self._alternatives()
            self._expect(")")
        else:
            condition = self._test()
        return ~condition if is_negated else condition

    def _test(self) -> pc.Expression:
        self.tests += 1
        if self.tests > MOST_TESTS:
            self._fail(f"at most {MOST_TESTS} tests; for one of many values there is `in`")
        column = self._column()
        if self._take("is"):
            is_negated = self._take("not")
            self._expect("null")
            return column.field.is_valid() if is_negated else column.field.is_null()
        if sign := self._take(*_OPERATORS):
            value = self._value(column)
            return _OPERATORS[sign](column.as_type(value.type), value)
        is_negated = self._take("not")
        if self._take("in"):
            condition = self._membership(column)
        elif self._take("contains"):
            condition = self._contains(column)
        elif is_negated:
            self._fail("in or contains")
        else:
            self._fail(f"one of {' '.join(_OPERATORS)} in, contains, is null after {column.name}")
        return ~condition if is_negated else condition

    def _column(self) -> _Column:
        token = self._token
        if token.kind != "name":
            self._fail("the name of a column")
        path = tuple(token.text.split("."))
        members: dict[str, pa.DataType] = {field.name: field.type for field in self.schema}
        kind: Any = None
        for name in path:
            if name not in members:
                near = get_close_matches(name, members, n=3)
                hint = f"; did you mean {' or '.join(near)}?" if near else ""
                self._fail(f"one of {', '.join(members) or 'no member, as it is no struct'}{hint}")
            kind = members[name]
            members = {f.name: f.type for f in kind} if pa.types.is_struct(kind) else {}
        self.next += 1
        return _Column(path, kind)

    def _value(self, column: _Column) -> pa.Scalar:
        token = self._token
        value, expected = _read_value(token, column.type)
        if value is None:
            self._fail(f"{expected} for {column.name} ({column.type})")
        self.next += 1
        return value

    def _membership(self, column: _Column) -> pc.Expression:
        self._expect("(")
        values = [self._value(column)]
        while self._take(","):
            values.append(self._value(column))
        self._expect(")")
        # Of numbers, one that is not whole makes all of them so.
        kind = max((value.type for value in values), key=pa.types.is_floating)
        known = column.as_type(kind).isin(pa.array([v.as_py() for v in values], kind))
        # isin says false of null, where every other test cannot tell.
        return pc.if_else(column.field.is_valid(), known, pa.scalar(None, pa.bool_()))

    def _contains(self, column: _Column) -> pc.Expression:
        is_list = pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type)
        if not (is_list or pa.types.is_string(column.type)):
            self._fail(f"a column of texts before contains; {column.name} is {column.type}")
        if self._token.kind != "text":
            self._fail("a text in quotes")
        wanted, searched = _unquote(self._token.text), column.field
        if is_list:
            if _SEPARATOR in wanted:
                self._fail("a text without control characters")
            nothing, separator = pc.scalar(""), pc.scalar(_SEPARATOR)
            joined = pc.binary_join(column.field, separator)
            bounded = pc.binary_join_element_wise(nothing, joined, nothing, separator)
            # An empty list has no element, not one that is empty.
            is_empty = pc.list_value_length(column.field) == pc.scalar(0)
            searched = pc.if_else(is_empty, nothing, bounded)
            wanted = f"{_SEPARATOR}{wanted}{_SEPARATOR}"
        self.next += 1
        return pc.match_substring(searched, wanted, ignore_case=True)


def _unquote(text: str) -> str:
    quote = text[0]
    return text[1:-1].replace(quote * 2, quote)


def _read_value(token: _Token, kind: pa.DataType) -> tuple[pa.Scalar | None, str]:
    """The value a token stands for in a column of a type, or None and what was expected."""
    if pa.types.is_nested(kind):
        return None, "contains or is null, not a comparison,"
    if pa.types.is_boolean(kind):
        is_said = token.kind == "word" and token.text in ("true", "false")
        return (pa.scalar(token.text == "true") if is_said else None), "true or false"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        if token.kind != "number":
            return None, "a number"
        is_real = pa.types.is_floating(kind)
        return (pa.scalar(float(token.text)) if is_real else _read_whole(token.text)), "a number"
    text = _unquote(token.text) if token.kind == "text" else None
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        read = _read_day if pa.types.is_date(kind) else _read_moment
        return (read(text, kind) if text else None), "a day in quotes, as '2025-10-01',"
    return (None if text is None else pa.scalar(text, kind)), "a text in quotes"


def _read_whole(text: str) -> pa.Scalar:
    """A number to compare whole ones with: whole itself, where it is and fits."""
    number = float(text)
    if not number.is_integer() or abs(number) >= 2**63:
        return pa.scalar(number)
    is_plain = text.lstrip("+-").isdigit()  # a float would lose digits
    return pa.scalar(int(text) if is_plain else int(number))


def _read_day(text: str, kind: pa.DataType) -> pa.Scalar | None:
    try:
        return pa.scalar(date.fromisoformat(text), kind)
    except ValueError:
        return None


def _read_moment(text: str, kind: pa.DataType) -> pa.Scalar | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return pa.scalar(moment if moment.tzinfo else moment.replace(tzinfo=UTC), kind)
