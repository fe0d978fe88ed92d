"""Redirects: a released id that is no longer in use always leads to where its records are."""

import pandas as pd
import pyarrow as pa
import pytest

from paper_pipeline.dedup.redirects import redirect_papers
from paper_pipeline.lake.tables import BY_NAME

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
