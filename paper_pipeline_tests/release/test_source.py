"""Records, mentions and redirects of a release: nothing added, nothing lost, always in order."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.lake import store
from paper_pipeline.lake.store import Lake, LakeError
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.enrich import MENTIONS
from paper_pipeline.release.source import (
    MEMBERSHIP_COLUMNS,
    MENTIONS_SCHEMA,
    PAPERS,
    RECORDS,
    read_sides,
    release_mentions,
    release_redirects,
    released_schema,
)
from paper_pipeline_tests.release.small_release import fill

WORDS = st.sampled_from(["model", "task", "Ωmega", ""])
MENTION = st.fixed_dictionaries(
    {
        "kind": WORDS,
        "name": WORDS,
        "family": WORDS,
        "field": st.sampled_from(["title", "abstract", "links"]),
        "start": st.none() | st.integers(0, 3),
        "end": st.none() | st.integers(3, 5),
        "basis": WORDS,
    }
)


def papers_of(mentions: dict[str, list[dict]]) -> pa.RecordBatch:
    schema = pa.schema([("paper_id", pa.string()), ("mentions", MENTIONS)])
    rows = [{"paper_id": i, "mentions": found} for i, found in sorted(mentions.items())]
    return pa.RecordBatch.from_pylist(rows, schema=schema)


@settings(max_examples=60)
@given(papers=st.dictionaries(st.text("abcd", max_size=3), st.lists(MENTION, max_size=4)))
def test_mentions_are_those_of_the_papers_in_order(papers) -> None:
    rows = [{"paper_id": i, **mention} for i, found in papers.items() for mention in found]
    last = float("inf")

    def place(row: dict) -> tuple:
        start = last if row["start"] is None else row["start"]
        return row["paper_id"], start, row["kind"], row["name"]

    mentions = release_mentions(papers_of(papers))
    assert mentions.to_pylist() == sorted(rows, key=place)
    assert mentions.schema.equals(MENTIONS_SCHEMA)


def test_papers_in_pieces_give_the_same_mentions() -> None:
    mention = dict.fromkeys(MENTIONS_SCHEMA.names[1:])
    papers = papers_of({i: [mention | {"name": i * 2}] * n for n, i in enumerate("abcde")})
    pieces = [papers.slice(0, 3), papers.slice(3)]
    whole = release_mentions(papers)
    assert pa.concat_batches([*map(release_mentions, pieces)]).equals(whole)
    assert whole["paper_id"].to_pylist() == list("bccdddeeee")
    with pytest.raises(ValueError, match="found a right after e"):
        release_mentions(pa.concat_batches([papers.slice(3), papers.slice(0, 3)]))


def test_mentions_keep_what_the_contract_says_of_them() -> None:
    assert MENTIONS_SCHEMA.names == [
        "paper_id", "kind", "name", "family", "field", "start", "end", "basis",
    ]  # fmt: skip


def lake_of(folder: Path, **keys: str) -> Lake:
    """A lake with rows of these keys, a letter each; titles say which row they are of."""
    lake = Lake(folder)
    for name, letters in keys.items():
        schema = BY_NAME[name].schema
        key, texts = BY_NAME[name].key, {"title", "reason"} & set(schema.names)
        rows = [{key: one} | dict.fromkeys(texts, f"{name} {one}") for one in letters]
        lake.apply(name, fill(schema, rows))
    return lake


@pytest.mark.parametrize("rows_per_batch", [1, 2, 20_000])
def test_records_stand_beside_their_paper(
    tmp_path: Path, rows_per_batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "ROWS_PER_BATCH", rows_per_batch)
    lake = lake_of(tmp_path, cleaned_records="cab", paper_records="bca")
    records = read_sides(lake, RECORDS)
    assert records.schema.names == [*BY_NAME["cleaned_records"].schema.names, *MEMBERSHIP_COLUMNS]
    assert not records.schema.field("paper_id").nullable
    rows = records.read_all()
    assert [chunk.num_rows for chunk in rows.to_batches()] == {1: [1] * 3, 2: [2, 1]}.get(
        rows_per_batch, [3]
    )
    assert rows.select(["record_id", "title", "reason"]).to_pylist() == [
        {"record_id": i, "title": f"cleaned_records {i}", "reason": f"paper_records {i}"}
        for i in "abc"
    ]


def test_columns_and_order_can_be_chosen(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, deduplicated_papers="abcd", enriched_papers="dcba")
    rows = read_sides(lake, PAPERS, ["language", "title"], pa.array(["c", "a", "d"]))
    assert rows.schema.names == ["language", "title"]
    titles = [f"deduplicated_papers {one}" for one in "cad"]
    assert rows.read_all()["title"].to_pylist() == titles
    with pytest.raises(LakeError, match=r"deduplicated_papers: expected rows with 2 keys, found 1"):
        read_sides(lake, PAPERS, keys=pa.array(["a", "x"]))


def test_an_empty_lake_has_no_rows(tmp_path: Path) -> None:
    rows = read_sides(Lake(tmp_path), PAPERS)
    assert rows.schema.equals(released_schema())
    assert rows.read_all().num_rows == 0


@pytest.mark.parametrize(
    ("records", "memberships", "found"),
    [
        ("abc", "a", r"found 2 \(first b\) without one and 0 too many"),
        ("a", "ba", r"found 0 without one and 1 \(first b\) too many"),
        ("", "b", r"1 \(first b\) too many; materialise paper_records first"),
    ],
    ids=["without a paper", "without a record", "no records"],
)
def test_records_and_memberships_that_do_not_match(
    tmp_path: Path, records: str, memberships: str, found: str
) -> None:
    lake = lake_of(tmp_path, cleaned_records=records, paper_records=memberships)
    with pytest.raises(ValueError, match=found):
        read_sides(lake, RECORDS)


def test_redirects_are_sorted() -> None:
    schema = BY_NAME["paper_redirects"].schema
    rows = [
        {"old_paper_id": "b", "paper_ids": ["x", "y"], "kind": "split"},
        {"old_paper_id": "a", "paper_ids": [], "kind": "removed"},
    ]
    redirects = release_redirects(pa.Table.from_pylist(rows, schema=schema))
    assert redirects.to_pylist() == rows[::-1]
    assert redirects.schema.equals(schema)
