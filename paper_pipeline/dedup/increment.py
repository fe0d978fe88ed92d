"""The increment: brings the papers up to date with the records, touching only what changed.

Data flow: cleaned_records, corrections -> engine -> deduplicated_papers, paper_records,
match_edges, corrections, paper_redirects.

The lake is written first and the match index last: the index says what is done, so that a crash in
between leaves work to do again, with the same result. An index that is missing, damaged or out of
step with the lake is made again from all records. The judging itself is in engine.py and the
modules below it, which know nothing of the lake.
"""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from paper_pipeline.dedup import ledger, redirects, survivorship
from paper_pipeline.dedup.corrections import NONE, Corrections
from paper_pipeline.dedup.engine import Batch, Update, plan_update
from paper_pipeline.dedup.index import IndexUnusableError, MatchIndex, replace_index
from paper_pipeline.dedup.signatures import sign_records
from paper_pipeline.store import Change, Lake

log = logging.getLogger(__name__)

# Records taken in at once, and written at once: bounds memory, and what a crash costs.
RECORDS_PER_BATCH = 50_000
SIGNED_COLUMNS = ("record_id", "title", "abstract", "arxiv_id", "authors", "published_on")
WRITTEN = ("paper_redirects", "deduplicated_papers", "paper_records", "match_edges", "corrections")
# Tables that an index must be in step with; the first is what it was made from.
STAMPED = ("cleaned_records", "deduplicated_papers", "paper_records", "match_edges")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Records whose papers have to be found again."""

    changed: list[str]
    gone: list[str]
    is_rebuild: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changed or self.gone or self.is_rebuild)


def index_folder(lake: Lake) -> Path:
    """Where the match index of a lake lies."""
    return lake.folder / "match_index"


def find_backlog(lake: Lake, corrections: Corrections = NONE) -> Backlog:
    """What is left to deduplicate; reads only."""
    try:
        index = MatchIndex(index_folder(lake), read_only=True)
    except IndexUnusableError:
        return Backlog([], [], is_rebuild=lake.count("cleaned_records") > 0)
    try:
        backlog = _compare(lake, index)
        is_told_otherwise = list(index.state.corrections) != corrections.to_json()
        return replace(backlog, is_rebuild=backlog.is_rebuild or is_told_otherwise)
    finally:
        index.close()


def update_papers(
    lake: Lake, corrections: Corrections = NONE, *, rebuild: bool = False
) -> dict[str, Change]:
    """Deduplicates the records that are new, changed or gone, and all they are connected with.

    Args:
        lake: The working tables.
        corrections: What people say.
        rebuild: Whether to forget what is known and start from all records.

    Returns:
        What changed, by table.
    """
    changes = {name: lake.apply(name, lake.empty(name)) for name in WRITTEN}
    try:
        index = None if rebuild else MatchIndex(index_folder(lake))
        backlog = _compare(lake, index) if index else Backlog([], [], is_rebuild=True)
    except IndexUnusableError as error:
        index, backlog = None, Backlog([], [], is_rebuild=True)
        if lake.count("paper_records"):
            log.warning("The match index is made again: %s", error)
    if index is not None and not backlog.is_rebuild:
        try:
            _extend(lake, index, backlog, corrections, changes)
        except IndexUnusableError as error:
            log.warning("The match index is made again: %s", error)
            backlog = replace(backlog, is_rebuild=True)
        finally:
            index.close()
    elif index is not None:
        index.close()
    if backlog.is_rebuild:
        _rebuild(lake, corrections, changes)
    changes["corrections"] += ledger.note_corrections(lake, corrections)
    return changes


def _compare(lake: Lake, index: MatchIndex) -> Backlog:
    """What the records have ahead of an index."""
    stamp = dict(index.state.stamp or {})
    found = lake.versions(STAMPED)
    source = STAMPED[0]
    if any(stamp.get(name) != found[name] for name in STAMPED[1:]):
        return Backlog([], [], is_rebuild=True)
    if stamp[source] == found[source]:
        return Backlog([], [])
    since = stamp[source] if stamp[source] < found[source] else 0
    changed = lake.read_changes(source, since, ["record_id"])["record_id"].to_pylist()
    fresh = int((index.find_nodes_of_records(changed) < 0).sum())
    if index.state.records + fresh == lake.count(source):
        return Backlog(sorted(changed), [])
    # The sums do not add up: records have gone, and only a look at all of them tells which.
    held = set(lake.read("paper_records", ["record_id"])["record_id"].to_pylist())
    standing = set(lake.read(source, ["record_id"])["record_id"].to_pylist())
    return Backlog(sorted((standing - held).union(changed)), sorted(held - standing))


def _extend(
    lake: Lake,
    index: MatchIndex,
    backlog: Backlog,
    corrections: Corrections,
    changes: dict[str, Change],
) -> None:
    """Takes a backlog into an index, batch by batch."""
    log.info("%d records are new or changed, %d are gone", len(backlog.changed), len(backlog.gone))
    source = STAMPED[0]
    last = lake.version(source)
    is_told_otherwise = list(index.state.corrections) != corrections.to_json()
    if backlog.is_empty and not is_told_otherwise:
        return
    starts = range(0, max(len(backlog.changed), 1), RECORDS_PER_BATCH)
    for start in starts:
        ids = backlog.changed[start : start + RECORDS_PER_BATCH]
        gone = backlog.gone if start == 0 else []
        records = lake.read(source, SIGNED_COLUMNS, where=("record_id", ids)).sort_by("record_id")
        batch = Batch(sign_records(records), records["record_id"].to_pylist())
        update = plan_update(index, batch, gone, corrections)
        _write(lake, update, gone, update.gone_node_keys, corrections, changes)
        is_last = start == starts[-1]
        before = (index.state.stamp or {}).get(source, 0)
        stamp = lake.versions(STAMPED) | {source: last if is_last else before}
        index.write(dict(update.entries()), replace(update.state, stamp=stamp))


def _rebuild(lake: Lake, corrections: Corrections, changes: dict[str, Change]) -> None:
    """Makes papers and index from all records, as one batch into an empty index."""
    count = lake.count("cleaned_records")
    log.info("Deduplicating all %d records (the first time ever this compiles for 15 s)", count)
    records = lake.read("cleaned_records", SIGNED_COLUMNS).sort_by("record_id")
    batch = Batch(sign_records(records), records["record_id"].to_pylist())
    del records
    update = plan_update(MatchIndex(), batch, corrections=corrections)
    held = set(lake.read("paper_records", ["record_id"])["record_id"].to_pylist())
    gone = sorted(held.difference(batch.record_ids))
    edges = lake.read("match_edges", ["left_node_key"])["left_node_key"]
    _write(lake, update, gone, edges.unique().to_pylist(), corrections, changes)
    folder = index_folder(lake)
    beside = folder.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    index = MatchIndex(beside, create=True)
    index.load(update.entries(), replace(update.state, stamp=lake.versions(STAMPED)))
    index.close()
    replace_index(folder, beside)


def _write(
    lake: Lake,
    update: Update,
    gone: list[str],
    stale_keys: list[str],
    corrections: Corrections,
    changes: dict[str, Change],
) -> None:
    """Writes what an update says to the lake.

    Args:
        lake: The working tables.
        update: What follows from a batch.
        gone: Ids of records that are no more.
        stale_keys: Keys of nodes that are no more.
        corrections: What people say.
        changes: What has changed so far, by table; added to.
    """
    members = ledger.list_members(update)
    touched = members["record_id"].tolist()
    before = lake.read(
        "paper_records", ["record_id", "paper_id"], where=("record_id", touched + gone)
    )
    before = before.to_pandas()
    changes["paper_redirects"] += _redirect(lake, before, members)
    left = sorted(set(before["paper_id"]) - set(members["paper_id"]))
    overrides = ledger.find_overrides(members, corrections)
    paper_of = members.set_index("record_id")["paper_id"]
    for ids in _in_papers(members):
        records = lake.read(
            "cleaned_records", survivorship.RECORD_COLUMNS, where=("record_id", ids)
        )
        papers = survivorship.choose_fields(records, paper_of.loc[ids], overrides)
        changes["deduplicated_papers"] += lake.apply(
            "deduplicated_papers", papers, replacing=("paper_id", left)
        )
        left = []
    if left:
        changes["deduplicated_papers"] += lake.apply(
            "deduplicated_papers", lake.empty("deduplicated_papers"), replacing=("paper_id", left)
        )
    edges = ledger.describe_edges(update)
    rows = ledger.describe_members(update, members, edges)
    changes["paper_records"] += lake.apply("paper_records", rows, replacing=("record_id", gone))
    changes["match_edges"] += lake.apply(
        "match_edges", edges, replacing=("left_node_key", [*update.node_keys, *stale_keys])
    )


def _in_papers(members: pd.DataFrame) -> Iterator[list[str]]:
    """Record ids in parts of about RECORDS_PER_BATCH that never divide a paper."""
    ordered = members.sort_values(["paper_id", "record_id"])
    ids, papers = ordered["record_id"].tolist(), ordered["paper_id"].to_numpy()
    start = 0
    while start < len(ids):
        end = min(start + RECORDS_PER_BATCH, len(ids))
        while end < len(ids) and papers[end] == papers[end - 1]:
            end += 1
        yield ids[start:end]
        start = end


def _redirect(lake: Lake, before: pd.DataFrame, members: pd.DataFrame) -> Change:
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
