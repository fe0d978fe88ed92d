"""Redirects: where a paper went whose id was released and is no longer in use.

Data flow: memberships before and now, released ids, standing redirects -> rows of paper_redirects.

Which records make a paper belongs in clustering.py.
"""

from collections.abc import Collection

import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.tables import BY_NAME


def redirect_papers(
    before: pd.DataFrame, now: pd.DataFrame, released: Collection[str], standing: pa.Table
) -> pa.Table:
    """All redirects as they should stand after a change of memberships.

    Args:
        before: Columns record_id, paper_id of the records concerned, as they stood.
        now: The same after the change; records that are gone are left out.
        released: Those of the ids in `before` that have been in a release; more, where all that
            ever were released are to lead somewhere.
        standing: All rows of paper_redirects.

    Returns:
        All rows of paper_redirects. An id that is in use again has none, and one that led to an
        id which is gone now leads further.
    """
    in_use = set(now["paper_id"])
    moved = before.merge(now, on="record_id", how="left", suffixes=("_old", ""))
    target = {
        str(old): sorted(set(new.dropna()))
        for old, new in moved.groupby("paper_id_old")["paper_id"]
        if old not in in_use
    }
    redirects = {
        row["old_paper_id"]: sorted({t for p in row["paper_ids"] for t in target.get(p, [p])})
        for row in standing.to_pylist()
        if row["old_paper_id"] not in in_use
    }
    # An id of which nothing is known any more, not even its records, leads nowhere.
    lost = {old: list[str]() for old in released if old not in in_use and old not in redirects}
    redirects |= lost | {old: ids for old, ids in target.items() if old in released}
    kinds = {0: "removed", 1: "merged"}
    return pa.Table.from_pylist(
        [
            {"old_paper_id": old, "paper_ids": ids, "kind": kinds.get(len(ids), "split")}
            for old, ids in sorted(redirects.items())
        ],
        schema=BY_NAME["paper_redirects"].schema,
    )
