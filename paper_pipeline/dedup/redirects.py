"""Redirects: where a paper went whose id was released and is no longer in use.

Data flow: memberships before and now, released ids, standing redirects -> rows of paper_redirects.

Which records make a paper belongs in clustering.py.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.release import list_releases

TABLE = "paper_redirects"
MEMBERSHIP = ["record_id", "paper_id"]


def restore_redirects(lake: Lake, releases_dir: Path) -> None:
    """Makes the redirects again where the table is not there, as after it was damaged.

    The newest release says where ids led when it was made, and which records its papers had: their
    papers of today are where ids lead that have gone since.

    Args:
        lake: The working tables.
        releases_dir: Where the releases are.
    """
    releases = list_releases(releases_dir)
    if lake.version(TABLE) or not releases:
        return
    paths = [releases[-1].folder / name for name in ("records.parquet", "redirects.parquet")]
    if not all(path.exists() for path in paths):  # a release of an early version
        return
    before = pq.read_table(paths[0], columns=MEMBERSHIP).to_pandas()
    now = lake.read("paper_records", MEMBERSHIP).to_pandas()
    released = lake.read("released_papers", ["paper_id"])["paper_id"].to_pylist()
    standing = pq.read_table(paths[1])
    # Without memberships of today, those of the release are the last that are known.
    lake.apply(TABLE, redirect_papers(before, before if now.empty else now, released, standing))


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
        schema=BY_NAME[TABLE].schema,
    )
