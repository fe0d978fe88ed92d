"""Changes say what differs, no more and no less, and lead from one release to the next exactly."""

import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published import changes
from paper_pipeline.published.changes import (
    MismatchedChanges,
    apply_changes,
    find_changes,
    summarize_changes,
)
from paper_pipeline.release import snapshot
from paper_pipeline.release.source import released_schema

NO_REDIRECTS = BY_NAME["paper_redirects"].schema.empty_table()
SPAN = pa.struct([pa.field("name", pa.string()), pa.field("score", pa.float64())])
COLUMNS = {
    "title": pa.field("title", pa.string(), nullable=False),
    "upvotes": pa.field("upvotes", pa.int64()),
    "score": pa.field("score", pa.float64()),
    "is_new": pa.field("is_new", pa.bool_()),
    "listed_on": pa.field("listed_on", pa.date32()),
    "methods": pa.field("methods", pa.list_(pa.string()), nullable=False),
    "mentions": pa.field("mentions", pa.list_(SPAN)),
    "chosen": pa.field("chosen", pa.struct([pa.field("a", pa.string()), pa.field("m", SPAN)])),
    "deep": pa.field("deep", pa.list_(pa.list_(pa.float32()))),
}
NUMBERS = st.none() | st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")])
WORDS = st.none() | st.sampled_from(["", "a", "ab", "é", "日本"])
SPANS = st.none() | st.fixed_dictionaries({"name": WORDS, "score": NUMBERS})
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["One", "Two", "Три"]),
    "upvotes": st.none() | st.integers(0, 2),
    "score": NUMBERS,
    "is_new": st.none() | st.booleans(),
    "listed_on": st.none() | st.integers(18_000, 18_001),
    "methods": st.lists(WORDS, max_size=2),
    "mentions": st.none() | st.lists(SPANS, max_size=2),
    "chosen": st.none() | st.fixed_dictionaries({"a": WORDS, "m": SPANS}),
    "deep": st.none() | st.lists(st.none() | st.lists(NUMBERS, max_size=2), max_size=2),
}
ROWS = st.dictionaries(
    st.sampled_from([f"arxiv:{n}" for n in "abcdef"] + ["paper:é", "paper:z"]),
    st.fixed_dictionaries(VALUES),
    max_size=6,
)
NAMES = st.lists(st.sampled_from(list(COLUMNS)), unique=True, min_size=1)


def table(rows: dict[str, dict[str, Any]], names: list[str] | None = None) -> pa.Table:
    """Papers by id, sorted, with the columns named."""
    fields = [COLUMNS[name] for name in names or COLUMNS]
    schema = pa.schema([pa.field("paper_id", pa.string(), nullable=False), *fields])
    values = [{"paper_id": i, **rows[i]} for i in sorted(rows)]
    return pa.table(
        [pa.array([row.get(f.name) for row in values], f.type) for f in schema], schema=schema
    )


def titles(**papers: str) -> pa.Table:
    return table({paper_id: {"title": title} for paper_id, title in papers.items()}, ["title"])


def redirects(*rows: tuple[str, list[str], str]) -> pa.Table:
    schema = BY_NAME["paper_redirects"].schema
    return pa.Table.from_pylist(
        [dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema
    )


def exactly(value: Any) -> Any:
    """A value that equals another only where both are the same bits."""
    if isinstance(value, float):
        return "nan" if value != value else struct.pack("d", value)
    if isinstance(value, list):
        return [exactly(one) for one in value]
    if isinstance(value, dict):
        return {name: exactly(one) for name, one in value.items()}
    return value


@settings(max_examples=60)
@given(before=ROWS, changed=ROWS, gone=st.sets(st.sampled_from("abcdef")), names=NAMES, cut=NAMES)
@pytest.mark.parametrize("rows_per_batch", [1, 3, 20_000])
def test_applied_to_the_earlier_papers_they_give_the_later_ones(
    before, changed, gone, names, cut, rows_per_batch, monkeypatch
) -> None:
    monkeypatch.setattr(changes, "ROWS_PER_BATCH", rows_per_batch)
    after = {i: row for i, row in (before | changed).items() if i[-1] not in gone}
    old, new = table(before, cut), table(after, names)
    found = find_changes(old, new, NO_REDIRECTS)
    again = apply_changes(old, found)
    assert again.schema.equals(new.schema)
    assert again["paper_id"].equals(new["paper_id"])
    assert snapshot.fingerprint(again) == snapshot.fingerprint(new)
    told = {row["paper_id"]: (row["kind"], row["changed_fields"]) for row in found.to_pylist()}
    expected = {i: ("removed", []) for i in before if i not in after}
    for i, row in after.items():
        was = {n: before[i][n] if n in cut else None for n in names} if i in before else {}
        fields = [n for n in names if i in before and exactly(was[n]) != exactly(row[n])]
        if i not in before or fields:
            expected[i] = ("changed" if i in before else "added", fields)
    assert told == expected
    assert found["paper_id"].to_pylist() == sorted(expected)


@given(rows=ROWS)
def test_no_change_no_row(rows: dict) -> None:
    papers = table(rows)
    cut = pa.concat_tables([papers.slice(0, 2), papers.slice(2)])
    assert find_changes(papers, cut, NO_REDIRECTS).num_rows == 0


@settings(max_examples=40)
@given(before=ROWS, after=ROWS)
def test_changes_survive_parquet(tmp_path: Path, before: dict, after: dict) -> None:
    old, new = table(before), table(after)
    for name, papers in (("old", old), ("new", new)):
        snapshot.write_table(papers, tmp_path / name)
    found = find_changes(pq.read_table(tmp_path / "old"), new, NO_REDIRECTS)
    pq.write_table(found, tmp_path / "changes")
    again = apply_changes(pq.read_table(tmp_path / "old"), pq.read_table(tmp_path / "changes"))
    assert again.schema.equals(new.schema)
    assert snapshot.fingerprint(again) == snapshot.fingerprint(new)


@given(rows=ROWS)
def test_the_first_release_adds_every_paper(rows: dict) -> None:
    found = find_changes(None, table(rows), NO_REDIRECTS)
    assert found["kind"].to_pylist() == ["added"] * len(rows)
    assert snapshot.fingerprint(apply_changes(None, found)) == snapshot.fingerprint(table(rows))


def test_a_real_schema_comes_back() -> None:
    schema = released_schema()
    assert changes.papers_schema(changes.changes_schema(schema)).equals(schema)
    assert all(field.nullable for field in list(changes.changes_schema(schema))[4:])


def test_what_is_gone_is_where_redirects_say() -> None:
    before = titles(a="A", b="B", c="C", d="D", e="E")
    where = redirects(
        ("a", ["e"], "merged"),
        ("b", ["e", "f"], "split"),
        ("c", [], "removed"),
        ("e", ["x"], "merged"),  # in use, so it is not gone
        ("z", ["e"], "merged"),  # was not there before
    )
    found = find_changes(before, titles(e="E", f="F"), where).to_pylist()
    assert [(r["paper_id"], r["kind"], r["paper_ids"], r["title"]) for r in found] == [
        ("a", "merged", ["e"], None),
        ("b", "split", ["e", "f"], None),
        ("c", "removed", [], None),
        ("d", "removed", [], None),
        ("f", "added", [], "F"),
    ]


def test_a_column_that_comes_or_changes_its_type_changes_papers_with_values() -> None:
    before = pa.table({"paper_id": ["a", "b", "c"], "n": [1, None, None], "old": [1, 1, 1]})
    after = pa.table({"paper_id": ["a", "b", "c"], "n": [None, None, "2"], "new": [None, 3, None]})
    found = find_changes(before, after, NO_REDIRECTS)
    told = [(row["paper_id"], row["changed_fields"]) for row in found.to_pylist()]
    assert told == [("a", ["n"]), ("b", ["new"]), ("c", ["n"])]
    assert "old" not in found.column_names
    assert apply_changes(before, found).equals(after)


@pytest.mark.parametrize(
    ("ids", "found"),
    [(["b", "a"], "a right after b"), (["a", "a"], "a right after a"), ([None, "a"], "without")],
    ids=["unsorted", "twice", "null"],
)
def test_papers_that_are_not_in_order_are_refused(ids: list, found: str) -> None:
    wrong, right = pa.table({"paper_id": ids}), pa.table({"paper_id": ["a"]})
    for pair in ((wrong, right), (right, wrong)):
        with pytest.raises(ValueError, match=found):
            find_changes(*pair, NO_REDIRECTS)


@pytest.mark.parametrize(
    "other",
    [titles(a="A", c="C"), titles(b="B", c="C"), titles(a="A", b="B", d="D")],
    ids=["a changed paper is missing", "a removed one is", "an added one is there"],
)
def test_changes_made_against_other_papers_are_refused(other: pa.Table) -> None:
    found = find_changes(titles(a="A", b="B"), titles(b="B2", d="D"), NO_REDIRECTS)
    with pytest.raises(MismatchedChanges, match="apply them to the release before"):
        apply_changes(other, found)


def test_a_column_named_like_one_of_the_changes_is_refused() -> None:
    with pytest.raises(ValueError, match="without a column kind"):
        find_changes(None, pa.table({"paper_id": ["a"], "kind": ["x"]}), NO_REDIRECTS)


def test_a_summary_counts_and_tells_the_most_telling() -> None:
    names = ["title", "upvotes"]
    before = {f"p{n:02d}": {"title": f"Paper {n}", "upvotes": n} for n in range(20)}
    after = {i: row | {"upvotes": row["upvotes"] + 1} for i, row in before.items() if i > "p02"}
    after["p07"]["title"] = "Paper  7,\n renamed " + "at length " * 20
    after |= {"q1": {"title": "Liked", "upvotes": 90}, "q0": {"title": "New", "upvotes": None}}
    where = redirects(("p00", ["p03"], "merged"), ("p01", ["p04", "p05"], "split"))
    found = find_changes(table(before, names), table(after, names), where)
    summary = summarize_changes(found, table(before, names), examples=2)
    assert summary.counts == {"added": 2, "changed": 17, "merged": 1, "split": 1, "removed": 1}
    assert list(summary.field_counts.items()) == [("upvotes", 17), ("title", 1)]
    renamed = "Paper 7, renamed at length at length at length at length at length at length at…"
    assert summary.text.splitlines() == [
        "- Papers: 2 added, 17 changed, 1 merged, 1 split, 1 removed.",
        "- Fields changed: `upvotes` 17, `title` 1.",
        "- Merged: `p00` (Paper 0) into `p03` (Paper 3)",
        "- Split: `p01` (Paper 1) into `p04` (Paper 4), `p05` (Paper 5)",
        "- Removed: `p02` (Paper 2)",
        f"- Changed: `p07` ({renamed}): title, upvotes",
        "- Changed: `p03` (Paper 3): upvotes",
        "- Added: `q1` (Liked)",
        "- Added: `q0` (New)",
    ]


def test_a_summary_without_titles() -> None:
    ids = pa.table({"paper_id": ["a", "b"]})
    found = find_changes(ids, ids.slice(1), NO_REDIRECTS)
    assert summarize_changes(found).examples == ("Removed: `a`",)


def test_a_summary_of_nothing() -> None:
    nothing = find_changes(titles(a="A"), titles(a="A"), NO_REDIRECTS)
    assert summarize_changes(nothing).text == "- No paper has changed."
