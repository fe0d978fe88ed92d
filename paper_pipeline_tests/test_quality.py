"""Each kind of promise in the contracts is really kept watch over by Great Expectations."""

from datetime import date

import pyarrow as pa
import pytest

from paper_pipeline import quality
from paper_pipeline.tables import Column, Table

THINGS = Table(
    "things",
    "clean",
    "a thing",
    "thing_id",
    (
        Column("thing_id", pa.string(), "key", unique=True, pattern="^t[0-9]$"),
        Column("size", pa.int64(), "size", nullable=True, minimum=0, maximum=9),
        Column("made_on", pa.date32(), "day", nullable=True, minimum=date(1991, 1, 1)),
        Column("name", pa.string(), "name", min_length=2, max_length=4),
        Column("kind", pa.string(), "kind", allowed=("a", "b")),
        Column("tags", pa.list_(pa.string()), "tags"),
    ),
)
GOOD = {
    "thing_id": ["t1", "t2", "t3"],
    "size": [0, 9, None],
    "made_on": [date(1991, 1, 1), None, date(2025, 1, 1)],
    "name": ["ab", "abcd", "日本"],
    "kind": ["a", "b", "a"],
    "tags": [[], ["x"], ["x", "y"]],
}


def rows(**columns: list) -> pa.Table:
    nullable = pa.schema([pa.field(c.name, c.type) for c in THINGS.columns])
    return pa.table({**GOOD, **columns}, schema=nullable)


def test_good_rows_keep_every_promise() -> None:
    report = quality.validate(THINGS, rows())
    assert report.broken == []
    assert report.is_met
    assert len(report.findings) == len(quality.expectations(THINGS))


def test_no_rows_keep_every_promise() -> None:
    assert quality.validate(THINGS, rows().slice(0, 0)).is_met


@pytest.mark.parametrize(
    ("column", "values", "expectation", "count"),
    [
        ("thing_id", ["t1", "t1", "t3"], "expect_column_values_to_be_unique", 2),
        ("thing_id", ["t1", "u2", "t3"], "expect_column_values_to_match_regex", 1),
        ("kind", ["a", None, "b"], "expect_column_values_to_not_be_null", 1),
        ("tags", [[], None, []], "expect_column_values_to_not_be_null", 1),
        ("size", [0, 10, -1], "expect_column_values_to_be_between", 2),
        ("made_on", [date(1990, 12, 31)] * 3, "expect_column_values_to_be_between", 3),
        ("name", ["a", "abcde", "abc"], "expect_column_value_lengths_to_be_between", 2),
        ("kind", ["a", "c", "c"], "expect_column_values_to_be_in_set", 2),
    ],
)
def test_each_broken_promise_is_found(column, values, expectation, count) -> None:
    report = quality.validate(THINGS, rows(**{column: values}))
    assert not report.is_met
    (finding,) = [f for f in report.broken if f.expectation == expectation]
    assert (finding.column, finding.unexpected_count) == (column, count)
    assert finding.keys
    assert set(finding.keys) <= {"t1", "t2", "t3", "u2"}


def test_columns_in_another_order_are_found() -> None:
    report = quality.validate(THINGS, rows().select(THINGS.schema.names[::-1]))
    assert [f.expectation for f in report.broken] == ["expect_table_columns_to_match_ordered_list"]
