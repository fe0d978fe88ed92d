"""Redirects: a released id that is no longer in use always leads to where its records are."""

import shutil
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from paper_pipeline.dedup.increment import update_papers
from paper_pipeline.dedup.redirects import redirect_papers, restore_redirects
from paper_pipeline.enrich.update import update_features
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.corrections import Corrections, Link
from paper_pipeline_tests.corpus import Corpus, abstract, page

SCHEMA = BY_NAME["paper_redirects"].schema


def memberships(**papers: str) -> pd.DataFrame:
    """Records named by single letters: P="ab" puts records a and b into paper P."""
    rows = [(record, paper) for paper, records in papers.items() for record in records]
    return pd.DataFrame(rows, columns=["record_id", "paper_id"], dtype="str")


def standing(**rows: list[str]) -> pa.Table:
    values = [{"old_paper_id": k, "paper_ids": v, "kind": "merged"} for k, v in rows.items()]
    return pa.Table.from_pylist(values, schema=SCHEMA)


@pytest.mark.parametrize(
    ("before", "now", "released", "stood", "expected"),
    [
        ({"P": "a"}, {"P": "ab"}, {"P"}, {}, {}),
        ({"P": "a", "Q": "b"}, {"P": "ab"}, {"P", "Q"}, {}, {"Q": (["P"], "merged")}),
        ({"P": "a", "Q": "b"}, {"P": "ab"}, {"P"}, {}, {}),
        ({"P": "ab"}, {"Q": "a", "R": "b"}, {"P"}, {}, {"P": (["Q", "R"], "split")}),
        ({"P": "ab"}, {}, {"P"}, {}, {"P": ([], "removed")}),
        ({"Q": "a"}, {"R": "a"}, set(), {"P": ["Q"]}, {"P": (["R"], "merged")}),
        ({"Q": "a"}, {"P": "a"}, {"Q"}, {"P": ["Q"]}, {"Q": (["P"], "merged")}),
        ({"Q": "ab"}, {"R": "a", "S": "b"}, set(), {"P": ["Q"]}, {"P": (["R", "S"], "split")}),
    ],
    ids=[
        "grown", "merged", "never released", "split", "gone", "led further", "in use again",
        "led to both parts",
    ],
)  # fmt: skip
def test_redirects(before, now, released, stood, expected) -> None:
    rows = redirect_papers(
        memberships(**before), memberships(**now), released, standing(**stood)
    ).to_pylist()
    assert {r["old_paper_id"]: (r["paper_ids"], r["kind"]) for r in rows} == expected


@pytest.mark.parametrize("is_released", [True, False], ids=["released", "not released yet"])
def test_redirects_that_were_lost_are_made_again(corpus: Corpus, *, is_released: bool) -> None:
    """One id has led to another paper since the first release, a second only since the next."""
    for seed in range(4):
        corpus.write(f"{seed}.txt", page((f"Title {seed}", abstract(seed))))
    corpus.update()
    records = corpus.lake.read("cleaned_records", ["record_id"])["record_id"].to_pylist()
    links = [
        Link("must_link", tuple(pair), "reason", "author") for pair in (records[:2], records[2:])
    ]
    for day, known in ((10, links[:1]), (11, links)):
        update_papers(corpus.lake, Corrections(tuple(known)))
        if day == 10 or is_released:
            update_features(corpus.lake)
            corpus.release(date(2026, 1, day))
    lost = corpus.lake.read("paper_redirects").sort_by("old_paper_id")
    assert lost.num_rows == 2
    shutil.rmtree(corpus.lake.folder / "paper_redirects.lance")
    if is_released:  # the release knows all by itself
        shutil.rmtree(corpus.lake.folder / "paper_records.lance")
    for _ in range(2):  # what stands stays
        restore_redirects(corpus.lake, corpus.folder / "releases")
        assert corpus.lake.read("paper_redirects").sort_by("old_paper_id") == lost
