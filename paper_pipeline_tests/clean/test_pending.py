"""What is left to parse follows from the tables: new dumps, newer parsers, rows that are lost."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from paper_pipeline.clean.pending import batches, find_pending_dumps

IN_FORCE = {"repair_version": 1, "rules_version": 1}


def dumps(*ids: str) -> pa.Table:
    moments = [datetime(2025, 1, 1 + n, tzinfo=UTC) for n in range(len(ids))]
    return pa.table(
        {
            "dump_id": pa.array(ids, pa.string()),
            "captured_at": moments,
            "capture": ["x"] * len(ids),
            "decisions": [""] * len(ids),
            "damage": [""] * len(ids),
        }
    )


def parsed(*rows: tuple[str, str, int, int, int], **others: str | int) -> pa.Table:
    names = ("dump_id", "format", "parser_version", "record_count", "quarantined_count")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64(), pa.int64())
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    table = pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})
    usual = {"capture": "x", "decisions": "", "damage": "", "repair_version": 1, "rules_version": 1}
    for name, value in (usual | others).items():
        kind = pa.string() if isinstance(value, str) else pa.int64()
        table = table.append_column(name, pa.array([value] * len(rows), kind))
    return table


def rows_of(*ids: str) -> tuple[int, object]:
    return len(ids), lambda: pa.table({"dump_id": pa.array(ids, pa.string())})


@pytest.mark.parametrize(
    ("known", "records", "expected"),
    [
        ([], [], ["a", "b"]),
        ([("a", "text", 2, 1, 0)], ["a"], ["b"]),
        ([("a", "text", 2, 1, 0), ("b", "html", 1, 1, 0)], ["a", "b"], []),
        ([("a", "text", 1, 1, 0), ("b", "html", 1, 1, 0)], ["a", "b"], ["a"]),
        ([("a", "text", 2, 1, 0), ("b", "html", 1, 2, 0)], ["a", "b"], ["b"]),
        ([("a", "text", 2, 1, 0), ("b", "html", 1, 1, 0)], [], ["a", "b"]),
    ],
    ids=["all new", "one new", "none", "newer parser", "row lost", "table lost"],
)
def test_pending(known, records, expected) -> None:
    stored = {"record_count": rows_of(*records), "quarantined_count": rows_of()}
    versions = {"text": 2, "html": 1}
    known_rows = parsed(*known)
    found = find_pending_dumps(dumps("a", "b"), known_rows, versions.__getitem__, IN_FORCE, stored)
    assert found == expected


@pytest.mark.parametrize(
    ("as_parsed", "expected"),
    [
        ({}, []),
        ({"capture": "less was known"}, ["a"]),
        ({"decisions": "others were made"}, ["a"]),
        ({"damage": "held against others it is damaged"}, ["a"]),
        ({"repair_version": 2}, ["a"]),
        ({"rules_version": 2}, ["a"]),
    ],
    ids=str,
)
def test_what_a_dump_was_parsed_with_counts(as_parsed, expected) -> None:
    known = parsed(("a", "text", 2, 1, 0), **as_parsed)
    stored = {"record_count": rows_of("a"), "quarantined_count": rows_of()}
    assert find_pending_dumps(dumps("a"), known, lambda _: 2, IN_FORCE, stored) == expected


def test_batches_are_bounded_and_hold_every_dump_once() -> None:
    sizes = {"a": 4, "b": 4, "c": 20, "d": 1, "e": 1}
    assert list(batches([*sizes], sizes, max_bytes=8)) == [["a", "b"], ["c"], ["d", "e"]]
    assert list(batches([], {}, max_bytes=8)) == []
