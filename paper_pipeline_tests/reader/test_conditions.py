"""Conditions choose the rows that SQL would, and say what is wrong with them where they cannot."""

from contextlib import suppress
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.reader.conditions import MOST_DEPTH, MOST_TESTS, BadCondition, parse_condition

PAPERS = pa.table(
    {
        "n": pa.array([0, 1, 2, 3, 4, 5], pa.int64()),
        "title": ["Small Models", "BIG models", "it's", 'a "b"', "", None],
        "upvotes": pa.array([5, 50, None, 500, 0, -3]),
        "parameters": pa.array([7 * 10**9, 53 * 10**10, 2**53 + 1, 3, None, -1], pa.int64()),
        "score": pa.array([0.5, float("nan"), None, 1.0, -0.25, 2.0]),
        "is_open": pa.array([True, False, None, True, False, None]),
        "published_on": pa.array([date(2025, 10, d) for d in (1, 2, 3, 4, 5)] + [None]),
        "seen_at": pa.array([datetime(2025, 10, 1, h, tzinfo=UTC) for h in range(6)]),
        "methods": pa.array([["LoRA"], ["QLoRA", "rag"], [], None, [""], ["Rag", "lora"]]),
        "scores": pa.array([[1.0]] * 6),
        "from": pa.array([{"title": "r1"}, {"title": None}, None, {"title": "r2"}, None, None]),
    }
)


def rows(condition: str) -> list[int]:
    return PAPERS.filter(parse_condition(condition, PAPERS.schema))["n"].to_pylist()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("upvotes >= 50", [1, 3]),
        ("upvotes = 5e1", [1]),
        ("upvotes<0.5", [4, 5]),
        ("upvotes != 50", [0, 3, 4, 5]),
        ("upvotes <> 50", [0, 3, 4, 5]),
        ("upvotes == -3", [5]),
        ("upvotes is null", [2]),
        ("upvotes IS NOT NULL and upvotes > 5", [1, 3]),
        ("upvotes in (5, 50, 7)", [0, 1]),
        ("upvotes not in (5, 50)", [3, 4, 5]),
        ("not upvotes in (5, 50)", [3, 4, 5]),
        ("upvotes in (0.0, .5)", [4]),
        ("parameters > 3.5", [0, 1, 2]),
        ("parameters <= 2.5 or parameters >= 1e300", [5]),
        ("parameters not in (3, 0.5)", [0, 1, 2, 5]),
        ("parameters = 9007199254740993", [2]),
        ("parameters = 9007199254740992", []),
        ("score > -1", [0, 3, 4, 5]),
        ("score in (1, 2)", [3, 5]),
        ("score in (1, 0.5)", [0, 3]),
        ("is_open = true", [0, 3]),
        ("is_open != TRUE", [1, 4]),
        ("published_on >= '2025-10-04'", [3, 4]),
        ("published_on in ('2025-10-01')", [0]),
        ("seen_at < '2025-10-01T02:00'", [0, 1]),
        ("seen_at >= '2025-10-01T06:00+02:00'", [4, 5]),
        ("title contains 'models'", [0, 1]),
        ("title not contains 'models'", [2, 3, 4]),
        ("title = 'it''s'", [2]),
        ('title = "it\'s"', [2]),
        ("title = 'a \"b\"'", [3]),
        ('title = "a ""b"""', [3]),
        ("title = ''", [4]),
        ("title contains ''", [0, 1, 2, 3, 4]),
        ("title contains '.*'", []),
        ("methods contains 'lora'", [0, 5]),
        ("methods contains 'RAG'", [1, 5]),
        ("methods not contains 'rag'", [0, 2, 4]),
        ("methods contains ''", [4]),
        ("methods is null", [3]),
        ("from.title = 'r2'", [3]),
        ("from.title is null", [1, 2, 4, 5]),
        ("from is null", [2, 4, 5]),
        ("n = 0 or n = 1 and n = 2", [0]),
        ("(n = 0 or n = 1) and n = 1", [1]),
        ("not n = 0 and n < 2", [1]),
        ("not (n = 0 or n > 1)", [1]),
        ("not not n = 1", [1]),
        ("\n n\t=\r1 ", [1]),
        ("N = 1", None),
    ],
)
def test_rows(condition: str, expected: list[int] | None) -> None:
    if expected is None:
        with pytest.raises(BadCondition):
            rows(condition)
    else:
        assert rows(condition) == expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", r"character 1: expected the name of a column, found the end"),
        ("upvote > 1", r"did you mean upvotes\?, found 'upvote > 1'"),
        ("upvotes", r"expected one of = .* after upvotes, found the end"),
        ("upvotes >", r"character 10: expected a number for upvotes \(int64\), found the end"),
        ("upvotes > 'many'", r"expected a number for upvotes \(int64\), found \"'many'\""),
        ("upvotes > 1 2", r"character 13: expected and, or, or the end, found '2'"),
        ("upvotes > 1 and", r"expected the name of a column, found the end"),
        ("(upvotes > 1", r"expected \), found the end"),
        ("upvotes > 1)", r"expected and, or, or the end, found '\)'"),
        ("upvotes in ()", r"expected a number"),
        ("upvotes in (1,)", r"expected a number"),
        ("upvotes in 1", r"expected \(, found '1'"),
        ("upvotes not > 1", r"expected in or contains"),
        ("upvotes is 1", r"expected null"),
        ("scores contains 1", r"expected a column of texts before contains; scores is list"),
        ("upvotes = null", r"expected a number"),
        ("upvotes contains 'x'", r"a column of texts before contains; upvotes is int64"),
        ("title contains 1", r"expected a text in quotes"),
        ("title = open", r"expected a text in quotes for title \(string\), found 'open'"),
        ("title = 'open", r"character 9: expected a column, a value or a sign; texts stand in"),
        ("title = 12", r"expected a text in quotes"),
        ("published_on > '2025-13-01'", r"a day in quotes, as '2025-10-01', for published_on"),
        ("published_on > 2025", r"a day in quotes"),
        ("is_open = 1", r"expected true or false for is_open"),
        ("methods = 'x'", r"expected contains or is null, not a comparison, for methods"),
        ("scores contains 'x'", r"a column of texts before contains"),
        ("methods contains 'a\x1fb'", r"without control characters"),
        ("title.x = 'a'", r"expected one of no member, as it is no struct"),
        ("from.x = 'a'", r"expected one of title, found"),
        ("n; drop table papers", r"character 2: expected a column, a value or a sign"),
        ("__import__('os')", r"expected one of n, title"),
        ("n = 1--1", r"character 6: expected a column, a value or a sign"),
        ("n = 1.2.3", r"character 5: expected a column, a value or a sign"),
        ("(" * (MOST_DEPTH + 1) + "n = 1" + ")" * (MOST_DEPTH + 1), "within one another"),
        (" or ".join(["n = 1"] * (MOST_TESTS + 1)), "there is `in`"),
    ],
)
def test_errors(condition: str, message: str) -> None:
    with pytest.raises(BadCondition, match=message):
        rows(condition)


def test_as_much_as_is_allowed() -> None:
    assert rows(" or ".join(["n = 1"] * MOST_TESTS)) == [1]
    assert rows("(" * (MOST_DEPTH - 1) + "n = 1" + ")" * (MOST_DEPTH - 1)) == [1]
    assert rows("not " * 9_999 + "n = 1") == [0, 2, 3, 4, 5]
    assert rows(f"n in ({', '.join(map(str, range(5, 9_999)))})") == [5]
    assert rows("n < 99999999999999999999999") == [0, 1, 2, 3, 4, 5]
    assert rows("n > -9223372036854775808 and n < 9223372036854775807") == [0, 1, 2, 3, 4, 5]


TESTS = st.sampled_from(
    [
        "upvotes >= 5", "upvotes != 50", "upvotes in (5, 0)", "upvotes not in (5, 500)",
        "upvotes is null", "title is not null", "title = 'it''s'", "title < 'b'",
        "is_open = true", "published_on >= '2025-10-03'", "n in (1, 3)", "score <= 1",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not {c}"),
        inner.map(lambda c: f"({c})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
    ),
    max_leaves=6,
)


@settings(max_examples=80)
@given(condition=CONDITIONS)
def test_rows_are_those_that_sql_gives(condition: str) -> None:
    papers = PAPERS  # noqa: F841 -- DuckDB finds it by its name
    expected = duckdb.execute(f"select n from papers where {condition} order by n").fetchall()  # noqa: S608
    assert rows(condition) == [n for (n,) in expected]


@given(text=st.text(st.sampled_from("n=1<>()'\" ,.andornti\x00é"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadCondition):
        assert isinstance(parse_condition(text, PAPERS.schema), pc.Expression)
