"""Records, mentions and redirects of a release: nothing added, nothing lost, always in order."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.release import side_tables
from paper_pipeline.release.side_tables import (
    MENTIONS_SCHEMA,
    release_mentions,
    release_records,
    release_redirects,
)
from paper_pipeline.tables import BY_NAME, MENTIONS

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


def papers_of(mentions: dict[str, list[dict]]) -> pa.Table:
    schema = pa.schema([("paper_id", pa.string()), ("mentions", MENTIONS)])
    rows = [{"paper_id": i, "mentions": found} for i, found in sorted(mentions.items())]
    return pa.Table.from_pylist(rows, schema=schema)


@settings(max_examples=60)
@given(papers=st.dictionaries(st.text("abcd", max_size=3), st.lists(MENTION, max_size=4)))
@pytest.mark.parametrize("rows_per_block", [1, 20_000])
def test_mentions_are_those_of_the_papers_in_order(papers, rows_per_block, monkeypatch) -> None:
    monkeypatch.setattr(side_tables, "ROWS_PER_BLOCK", rows_per_block)
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
    pieces = pa.concat_tables([papers.slice(0, 3), papers.slice(3)])
    assert release_mentions(pieces).equals(release_mentions(papers))
    assert release_mentions(papers)["paper_id"].to_pylist() == list("bccdddeeee")
    with pytest.raises(ValueError, match="found a right after e"):
        release_mentions(pa.concat_tables([papers.slice(3), papers.slice(0, 3)]))


def test_mentions_keep_what_the_contract_says_of_them() -> None:
    assert MENTIONS_SCHEMA.names == [
        "paper_id", "kind", "name", "family", "field", "start", "end", "basis",
    ]  # fmt: skip


def records_of(*record_ids: str) -> pa.Table:
    return pa.table({"record_id": record_ids, "title": [i.upper() for i in record_ids]})


def memberships_of(**papers: str) -> pa.Table:
    rows = [
        {
            "record_id": record_id,
            "paper_id": paper_id,
            "node_key": "0" * 20,
            "matched_record_id": None if record_id == records[0] else records[0],
            "decision": "first" if record_id == records[0] else "match",
            "match_score": 1.0,
            "reason": "like",
            "signature_version": 1,
        }
        for paper_id, records in papers.items()
        for record_id in records
    ]
    return pa.Table.from_pylist(rows, schema=BY_NAME["paper_records"].schema)


def test_records_know_their_paper() -> None:
    records = release_records(records_of("c", "a", "b"), memberships_of(P="ac", Q="b"))
    assert records.column_names == [
        "record_id", "title", "paper_id", "decision", "matched_record_id", "match_score", "reason",
    ]  # fmt: skip
    assert records.select(["record_id", "title", "paper_id", "matched_record_id"]).to_pylist() == [
        {"record_id": "a", "title": "A", "paper_id": "P", "matched_record_id": None},
        {"record_id": "b", "title": "B", "paper_id": "Q", "matched_record_id": None},
        {"record_id": "c", "title": "C", "paper_id": "P", "matched_record_id": "a"},
    ]


def test_the_contracts_of_both_tables_fit_together() -> None:
    tables = (BY_NAME[name].schema.empty_table() for name in ("cleaned_records", "paper_records"))
    schema = release_records(*tables).schema
    names = BY_NAME["cleaned_records"].schema.names
    assert schema.names == [*names, *side_tables.MEMBERSHIP_COLUMNS]
    assert not schema.field("paper_id").nullable


@pytest.mark.parametrize(
    ("records", "memberships", "found"),
    [
        ("abc", {"P": "a"}, r"of 3 records 2 \(first b\) are in none, and of 1 memberships 0 are"),
        ("a", {"P": "ab"}, r"of 1 records 0 are in none, and of 2 memberships 1 \(first b\)"),
        ("", {"P": "b"}, r"1 \(first b\) are of no record; materialise paper_records first"),
        ("aa", {"P": "a"}, r"of 2 records 0 are in none, and of 1 memberships 0 are"),
    ],
    ids=["without a paper", "without a record", "no records", "a record twice"],
)
def test_records_and_memberships_that_do_not_match(records, memberships, found) -> None:
    with pytest.raises(ValueError, match=found):
        release_records(
            pa.table({"record_id": pa.array(list(records), pa.string())}),
            memberships_of(**memberships),
        )


def test_redirects_are_sorted() -> None:
    schema = BY_NAME["paper_redirects"].schema
    rows = [
        {"old_paper_id": "b", "paper_ids": ["x", "y"], "kind": "split"},
        {"old_paper_id": "a", "paper_ids": [], "kind": "removed"},
    ]
    redirects = release_redirects(pa.Table.from_pylist(rows, schema=schema))
    assert redirects.to_pylist() == rows[::-1]
    assert redirects.schema.equals(schema)
