"""The increment: brings the papers up to date with the records, touching only what changed.

Data flow: cleaned_records -> record_signatures, deduplicated_papers, paper_records,
paper_redirects.

The judging itself is in signatures.py, matching.py, clustering.py and survivorship.py, which know
nothing of what was there before.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from paper_pipeline.dedup import clustering, matching, redirects, signatures, survivorship
from paper_pipeline.store import Change, Lake
from paper_pipeline.tables import BY_NAME

log = logging.getLogger(__name__)

SIGNATURES = "record_signatures"
# Records compared at once with all they are connected with: bounds memory, and a crash's cost.
RECORDS_PER_BATCH = 10_000
WRITTEN = ("paper_redirects", "deduplicated_papers", "paper_records", SIGNATURES)


@dataclass(frozen=True, slots=True)
class Backlog:
    """Records whose papers have to be found again."""

    changed: list[str]
    gone: list[str]


def find_backlog(records: pa.Table, signed: pa.Table) -> Backlog:
    """Compares what is cleaned with what is signed.

    Args:
        records: Columns record_id, content_hash of cleaned_records.
        signed: Columns record_id, content_hash, signature_version of record_signatures.
    """
    ours, theirs = records.to_pandas(), signed.to_pandas()
    theirs = theirs[theirs["signature_version"] == signatures.SIGNATURE_VERSION]
    both = ours.merge(theirs, on=["record_id", "content_hash"], how="left", indicator=True)
    changed = both.loc[both["_merge"] == "left_only", "record_id"].tolist()
    signed_ids = signed["record_id"].to_pandas()
    return Backlog(changed, signed_ids[~signed_ids.isin(ours["record_id"])].tolist())


def update_papers(lake: Lake) -> dict[str, Change]:
    """Deduplicates the records that are new, changed or gone, and all they are connected with.

    The signatures are written last: they mark a record as done. A crash before leaves the record
    to be done again, with the same result.

    Returns:
        What changed, by table.
    """
    backlog = find_backlog(
        lake.read("cleaned_records", ["record_id", "content_hash"]),
        lake.read(SIGNATURES, ["record_id", "content_hash", "signature_version"]),
    )
    log.info("%d records are new or changed, %d are gone", len(backlog.changed), len(backlog.gone))
    changes = {name: lake.apply(name, lake.empty(name)) for name in WRITTEN}
    for batch in _batches(backlog):
        for name, change in _update_batch(lake, batch).items():
            changes[name] += change
    return changes


def _batches(backlog: Backlog) -> Iterator[Backlog]:
    """Parts a backlog so that memory is bounded; what comes later is compared with what is done."""
    if backlog.gone:
        yield Backlog([], backlog.gone)
    for start in range(0, len(backlog.changed), RECORDS_PER_BATCH):
        yield Backlog(backlog.changed[start : start + RECORDS_PER_BATCH], [])


def _update_batch(lake: Lake, backlog: Backlog) -> dict[str, Change]:
    seeds = _seeds(lake, backlog)

    def look_up(column: str, values: Sequence[str]) -> pd.DataFrame:
        found = lake.read(SIGNATURES, where=(column, values)).to_pandas()
        return found[~found["record_id"].isin(backlog.gone)]

    component = matching.touched_component(seeds, look_up)
    decisions = matching.match_records(component)
    members = clustering.cluster_records(component, decisions)
    touched = component["record_id"].tolist()
    log.info("%d records touch %d", len(seeds), len(touched))
    records = lake.read(
        "cleaned_records", survivorship.RECORD_COLUMNS, where=("record_id", touched)
    )
    papers = survivorship.choose_fields(records, members.set_index("record_id")["paper_id"])
    memberships = pa.Table.from_pandas(
        members, BY_NAME["paper_records"].schema, preserve_index=False
    )
    stale = touched + backlog.gone
    return {
        "paper_redirects": _redirect(lake, stale, members),
        "deduplicated_papers": lake.apply(
            "deduplicated_papers", papers, replacing=("first_record_id", stale)
        ),
        "paper_records": lake.apply(
            "paper_records", memberships, replacing=("record_id", backlog.gone)
        ),
        SIGNATURES: lake.apply(
            SIGNATURES,
            pa.Table.from_pandas(seeds, BY_NAME[SIGNATURES].schema, preserve_index=False),
            replacing=("record_id", backlog.gone),
        ),
    }


def _seeds(lake: Lake, backlog: Backlog) -> pd.DataFrame:
    """Signatures of the changed records, and of those that shared a paper with changed or gone."""
    changed = lake.read(
        "cleaned_records", signatures.RECORD_COLUMNS, where=("record_id", backlog.changed)
    )
    signed = signatures.sign_records(changed)
    left = lake.read(
        "paper_records", ["paper_id"], where=("record_id", backlog.changed + backlog.gone)
    )
    papers = sorted(set(left["paper_id"].to_pylist()))
    mates = lake.read("paper_records", ["record_id"], where=("paper_id", papers))
    others = sorted(set(mates["record_id"].to_pylist()) - set(backlog.changed) - set(backlog.gone))
    standing = lake.read(SIGNATURES, where=("record_id", others)).to_pandas()
    return pd.concat([signed, standing], ignore_index=True) if len(standing) else signed


def _redirect(lake: Lake, stale: list[str], members: pd.DataFrame) -> Change:
    before = lake.read(
        "paper_records", ["record_id", "paper_id"], where=("record_id", stale)
    ).to_pandas()
    released = lake.read(
        "released_papers", ["paper_id"], where=("paper_id", sorted(set(before["paper_id"])))
    )
    standing = lake.read("paper_redirects")
    rows = redirects.redirect_papers(
        before,
        members[["record_id", "paper_id"]],
        frozenset(released["paper_id"].to_pylist()),
        standing,
    )
    every_id = standing["old_paper_id"].to_pylist()
    return lake.apply("paper_redirects", rows, replacing=("old_paper_id", every_id))
