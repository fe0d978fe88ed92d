"""Deduplication on strong keys: which records are one paper, and that order cannot matter."""

import random

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.dedup import clustering, matching, signatures, survivorship
from paper_pipeline.tables import BY_NAME
from paper_pipeline_tests.corpus import abstract

LONG = [abstract(seed) for seed in range(4)]
FIRST, SECOND = "2501.00001", "2501.00002"
SCHEMA = BY_NAME["cleaned_records"].schema


def make_records(*rows: dict) -> pa.Table:
    """Rows of cleaned_records with what matters given and the rest filled in."""
    filled = []
    for number, row in enumerate(rows):
        dump_id = format(row.get("dump", number), "064x")
        filled.append(
            {
                "record_id": f"{dump_id[-16:]}:{row.get('index', 0):06d}",
                "dump_id": dump_id,
                "entry_index": row.get("index", 0),
                "byte_start": 0,
                "byte_end": 1,
                "title_raw": row["title"],
                "authors": [],
                "content_hash": format(number, "032x"),
                **{name: value for name, value in row.items() if name in SCHEMA.names},
            }
        )
    return pa.Table.from_pylist(filled, schema=SCHEMA)


def papers_of(records: pa.Table) -> pd.DataFrame:
    signed = signatures.sign_records(records)
    return clustering.cluster_records(signed, matching.match_records(signed))


def parts(records: pa.Table) -> list[list[int]]:
    """Which rows are one paper, as row numbers."""
    members = papers_of(records).set_index("record_id")["paper_id"]
    found: dict[str, list[int]] = {}
    for number, record_id in enumerate(records["record_id"].to_pylist()):
        found.setdefault(members[record_id], []).append(number)
    return sorted(found.values())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"title": "A Model"}, {"title": "a model"}], [[0, 1]]),
        ([{"title": "A -- Model: $Big$"}, {"title": "A Model Big"}], [[0, 1]]),
        ([{"title": "Part 1"}, {"title": "Part 2"}], [[0], [1]]),
        ([{"title": "大模型"}, {"title": "小模型"}], [[0], [1]]),
        (
            [{"title": "One", "abstract": LONG[0]}, {"title": "Two", "abstract": LONG[0].upper()}],
            [[0, 1]],
        ),
        (
            [{"title": "One", "abstract": "Withdrawn."}, {"title": "Two", "abstract": "Withdrawn"}],
            [[0], [1]],
        ),
        ([{"title": "One"}, {"title": "Two"}], [[0], [1]]),
        (
            [{"title": "One", "arxiv_id": FIRST}, {"title": "Two", "arxiv_id": FIRST}],
            [[0, 1]],
        ),
        (
            [{"title": "One", "arxiv_id": FIRST}, {"title": "One", "arxiv_id": SECOND}],
            [[0], [1]],
        ),
        (  # a chain: title, then text
            [
                {"title": "One", "abstract": LONG[0]},
                {"title": "one", "abstract": LONG[1]},
                {"title": "Other", "abstract": LONG[1]},
            ],
            [[0, 1, 2]],
        ),
        (  # the text speaks louder than the title where the two lead to different arXiv ids
            [
                {"title": "One", "arxiv_id": FIRST},
                {"title": "Two", "abstract": LONG[2], "arxiv_id": SECOND},
                {"title": "One", "abstract": LONG[2]},
            ],
            [[0], [1, 2]],
        ),
    ],
    ids=[
        "case", "punctuation", "numerals", "scripts", "same text", "short text", "no text",
        "same arXiv id", "two arXiv ids", "chain", "text before title",
    ],
)  # fmt: skip
def test_which_records_are_one_paper(rows: list[dict], expected: list[list[int]]) -> None:
    assert parts(make_records(*rows)) == expected


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["One", "one", "Two", "Three!", "Four"]),
            "abstract": st.sampled_from([None, *LONG[:3], "Withdrawn."]),
            "arxiv_id": st.sampled_from([None, None, "2501.00001", "2501.00002", "2501.00003"]),
            "upvotes": st.none() | st.integers(0, 3),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=20)
@given(rows=RECORDS, seed=st.randoms(use_true_random=False))
def test_order_does_not_matter(rows: list[dict], seed: random.Random) -> None:
    records = make_records(*rows)
    shuffled = records.take(seed.sample(range(len(rows)), len(rows)))
    members, again = papers_of(records), papers_of(shuffled)
    pd.testing.assert_frame_equal(members, again)
    by_record = members.set_index("record_id")["paper_id"]
    papers = survivorship.choose_fields(records, by_record)
    assert papers.equals(survivorship.choose_fields(shuffled, by_record))


@settings(max_examples=20)
@given(rows=RECORDS)
def test_what_always_holds(rows: list[dict]) -> None:
    records = make_records(*rows)
    members = papers_of(records)
    assert sorted(members["record_id"]) == sorted(records["record_id"].to_pylist())
    frame = members.merge(records.select(["record_id", "arxiv_id"]).to_pandas(), on="record_id")
    assert (frame.groupby("paper_id")["arxiv_id"].nunique() <= 1).all()
    for paper_id, ids in frame.groupby("paper_id")["arxiv_id"]:
        held = set(ids.dropna())
        assert paper_id == f"arxiv:{held.pop()}" if held else paper_id.startswith("paper:")
    known = frame.dropna(subset="arxiv_id")
    assert (known.groupby("arxiv_id")["paper_id"].nunique() == 1).all()
    assert (
        members.groupby("paper_id")["decision"].apply(lambda d: (d == "first").sum()) == 1
    ).all()
    matched = members.dropna(subset="matched_record_id")
    place = members.set_index("record_id")["paper_id"]
    assert (matched["matched_record_id"].map(place) == matched["paper_id"]).all()
    assert set(members.loc[members["matched_record_id"].isna(), "decision"]) <= {"first"}


def test_touched_component_follows_keys_to_the_end() -> None:
    signed = signatures.sign_records(
        make_records(
            {"title": "One", "abstract": LONG[0]},
            {"title": "one", "abstract": LONG[1]},
            {"title": "Two", "abstract": LONG[1]},
            {"title": "two", "abstract": LONG[2]},
            {"title": "Far away", "abstract": LONG[3]},
        )
    )

    def look_up(column: str, values) -> pd.DataFrame:
        return signed[signed[column].isin(values)]

    component = matching.touched_component(signed.iloc[[0]], look_up)
    assert sorted(component.index) == [0, 1, 2, 3]
    assert component["record_id"].is_unique


def test_survivorship_says_where_each_field_is_from() -> None:
    records = make_records(
        {"title": "A Model", "abstract": "Short.", "upvotes": 3, "author_count": 2},
        {"title": "A model", "abstract": "A longer abstract.", "organisation": "Lab"},
        {"title": "A model", "abstract": None, "upvotes": 9, "authors": ["Ada", "Bo"]},
    )
    ids = records["record_id"].to_pylist()
    paper = survivorship.choose_fields(records, pd.Series("paper:x", index=ids)).to_pylist()[0]
    expected = {
        "title": ("A model", 1),
        "abstract": ("A longer abstract.", 1),
        "upvotes": (9, 2),
        "author_count": (2, 0),
        "organisation": ("Lab", 1),
        "authors": (["Ada", "Bo"], 2),
    }
    for field, (value, row) in expected.items():
        assert paper[field] == value, field
        assert paper["field_record_ids"][field] == ids[row], field
    assert paper["field_record_ids"]["arxiv_id"] is None
    assert (paper["record_count"], paper["dump_count"]) == (3, 3)


def test_every_golden_field_has_a_rule() -> None:
    columns = BY_NAME["deduplicated_papers"].schema
    lineage = {field.name for field in columns.field("field_record_ids").type}
    assert {rule.field for rule in survivorship.RULES} == lineage
    assert lineage <= set(columns.names)


def test_two_arxiv_ids_veto_a_shared_title_in_the_decision_itself() -> None:
    """Clustering keeps such papers apart too; the decision must say so by itself."""
    signed = signatures.sign_records(
        make_records({"title": "One", "arxiv_id": FIRST}, {"title": "One", "arxiv_id": SECOND})
    )
    (decision,) = matching.match_records(signed).to_dict("records")
    assert not decision["is_match"]
    assert decision["match_score"] == 0.0
    assert decision["reason"] == "two different arXiv ids"
