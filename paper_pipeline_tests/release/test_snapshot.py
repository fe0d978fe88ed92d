"""The fingerprint sees content and nothing else; the same content gives the same file."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.published.changes import apply_changes
from paper_pipeline.release import snapshot
from paper_pipeline.release.source import released_schema
from paper_pipeline_tests.release.small_release import fill

MENTIONS = [
    {"kind": "model", "name": name, "family": "", "field": "title", "start": 0, "end": 1}
    for name in ("M", "N")
]
SCHEMA = pa.schema(
    [
        pa.field("paper_id", pa.string(), nullable=False),
        pa.field("count", pa.int64()),
        pa.field("score", pa.float64()),
        pa.field("is_new", pa.bool_()),
        pa.field("on", pa.date32()),
        pa.field("names", pa.list_(pa.string())),
        pa.field("links", pa.list_(pa.struct([pa.field("url", pa.string())]))),
        pa.field("chosen", pa.struct([pa.field("a", pa.string()), pa.field("b", pa.int64())])),
    ]
)
ROW = st.fixed_dictionaries(
    {
        "paper_id": st.text(max_size=4),
        "count": st.none() | st.integers(-9, 9),
        "score": st.none() | st.floats(0, 1),
        "is_new": st.none() | st.booleans(),
        "on": st.none() | st.dates(date(1991, 1, 1), date(2100, 1, 1)),
        "names": st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3),
        "links": st.none()
        | st.lists(st.fixed_dictionaries({"url": st.text(max_size=2)}), max_size=2),
        "chosen": st.none()
        | st.fixed_dictionaries({"a": st.none() | st.just("x"), "b": st.just(1)}),
    }
)


def table(rows: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


@given(rows=st.lists(ROW, max_size=6), cut=st.integers(0, 6))
def test_chunks_and_file_formats_do_not_matter(tmp_path: Path, rows: list[dict], cut: int) -> None:
    whole = table(rows)
    wanted = snapshot.fingerprint(whole)
    assert snapshot.fingerprint(pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])) == wanted
    snapshot.write_table(whole, tmp_path / "p.parquet")
    assert snapshot.fingerprint(pq.read_table(tmp_path / "p.parquet")) == wanted


@given(one=st.lists(ROW, max_size=3), other=st.lists(ROW, max_size=3))
def test_other_content_has_another_fingerprint(one: list[dict], other: list[dict]) -> None:
    is_same = table(one).to_pylist() == table(other).to_pylist()
    assert (snapshot.fingerprint(table(one)) == snapshot.fingerprint(table(other))) == is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"names": ["ab", "c"]}, {"names": ["a", "bc"]}),
        ({"names": []}, {"names": None}),
        ({"names": [""]}, {"names": [None]}),
        ({"count": 0}, {"count": None}),
        ({"chosen": None}, {"chosen": {"a": None, "b": None}}),
    ],
    ids=["moved letter", "empty or none", "blank or none", "zero or none", "struct of nothing"],
)
def test_near_misses(one: dict, other: dict) -> None:
    rows = [{"paper_id": "p", **one}], [{"paper_id": "p", **other}]
    assert snapshot.fingerprint(table(rows[0])) != snapshot.fingerprint(table(rows[1]))


def test_names_and_types_count() -> None:
    one = pa.table({"a": pa.array([1], pa.int64())})
    assert snapshot.fingerprint(one) != snapshot.fingerprint(one.rename_columns(["b"]))
    moments = pa.table(
        {"a": pa.array([datetime(2025, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))}
    )
    assert snapshot.fingerprint(moments) != snapshot.fingerprint(one)


def test_the_same_content_is_the_same_file(tmp_path: Path) -> None:
    rows = [{"paper_id": f"p{i}", "names": ["x"] * (i % 3)} for i in range(50)]
    for name, cut in (("a", 50), ("b", 7)):
        pieces = [table(rows).slice(0, cut), table(rows).slice(cut)]
        snapshot.write_table(pa.concat_tables(pieces).combine_chunks(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("rows_per_batch", [1, 7, 50])
def test_batches_do_not_matter_to_files(
    tmp_path: Path, rows_per_batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "ROWS_PER_GROUP", 10)
    whole = table([{"paper_id": f"p{i}", "names": ["x"] * (i % 3)} for i in range(50)])
    snapshot.write_table(whole, tmp_path / "whole")
    snapshot.write_table(whole.to_reader(rows_per_batch), tmp_path / "cut")
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()
    assert pq.read_metadata(tmp_path / "cut").num_row_groups == 5


@pytest.mark.parametrize("rows_per_batch", [1, 2, 9])
def test_papers_are_written_in_one_pass(tmp_path: Path, rows_per_batch: int) -> None:
    papers = fill(
        released_schema(),
        [
            {"paper_id": "a", "title": "A", "models": ["M"], "abstract": ""},
            {"paper_id": "b", "title": "B", "models": [], "upvotes": 0},
            {"paper_id": "c", "title": "C", "abstract": "T", "mentions": MENTIONS},
            {"paper_id": "d", "title": "D"},
        ],
    )
    before = papers.slice(0, 3).set_column(1, papers.schema.field(1), [["A", "B", "old"]])
    redirects = pa.table({"old_paper_id": [], "paper_ids": [], "kind": []})
    written = snapshot.write_papers(
        papers.to_reader(rows_per_batch), before.to_reader(rows_per_batch), redirects, tmp_path
    )
    assert written.fingerprint == snapshot.fingerprint(papers)
    names = ("title", "models", "abstract", "upvotes")
    assert [written.coverage[name] for name in names] == [1, 0.25, 0.25, 0.25]
    assert pq.read_table(tmp_path / "papers.parquet").equals(papers)
    mentions = pq.read_table(tmp_path / "mentions.parquet")
    assert mentions["paper_id"].to_pylist() == ["c", "c"]
    changes = pq.read_table(tmp_path / "changes.parquet")
    assert apply_changes(before, changes).equals(papers)
    told = changes.select(["paper_id", "kind", "changed_fields"]).to_pylist()
    assert [tuple(row.values()) for row in told] == [
        ("c", "changed", ["title"]), ("d", "added", []),
    ]  # fmt: skip
