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
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from paper_pipeline.dedup import ledger, redirects, survivorship
from paper_pipeline.dedup.engine import Batch, Update, plan_update
from paper_pipeline.dedup.index import IndexUnusableError, MatchIndex, replace_index
from paper_pipeline.dedup.signatures import Signatures, sign_records
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.rulings.corrections import NONE, Corrections

log = logging.getLogger(__name__)

# Records taken in at once, and written at once: bounds memory, and what a crash costs.
RECORDS_PER_BATCH = 50_000
SIGNED_COLUMNS = ("record_id", "title", "abstract", "arxiv_id", "authors", "published_on")
WRITTEN = ("paper_redirects", "deduplicated_papers", "paper_records", "match_edges", "corrections")
# Tables that an index must be in step with; the first is what it was made from.
SOURCE = "cleaned_records"
STAMPED = (SOURCE, "deduplicated_papers", "paper_records", "match_edges")


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
        with _opened(MatchIndex(index_folder(lake), read_only=True)) as index:
            backlog = _compare(lake, index)
            is_told_otherwise = list(index.state.corrections) != corrections.to_json()
    except IndexUnusableError:
        return Backlog([], [], is_rebuild=lake.count("cleaned_records") > 0)
    return replace(backlog, is_rebuild=backlog.is_rebuild or is_told_otherwise)


@contextmanager
def _opened(index: MatchIndex) -> Generator[MatchIndex]:
    try:
        yield index
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
    is_rebuild = rebuild
    if not is_rebuild:
        try:
            with _opened(MatchIndex(index_folder(lake))) as index:
                backlog = _compare(lake, index)
                is_rebuild = backlog.is_rebuild
                if not is_rebuild:
                    _extend(lake, index, backlog, corrections, changes)
        except IndexUnusableError as error:
            is_rebuild = True
            if lake.count("paper_records"):
                log.warning("The match index is made again: %s", error)
    if is_rebuild:
        _rebuild(lake, corrections, changes)
    changes["corrections"] += ledger.note_corrections(lake, corrections)
    return changes


def _stamps(lake: Lake) -> dict[str, list[object]]:
    return {name: [lake.version(name), lake.commit(name)] for name in STAMPED}


def _compare(lake: Lake, index: MatchIndex) -> Backlog:
    """What the records have ahead of an index."""
    stamp, found = dict(index.state.stamp or {}), _stamps(lake)
    if any(stamp.get(name) != found[name] for name in STAMPED[1:]):
        return Backlog([], [], is_rebuild=True)
    if stamp[SOURCE] == found[SOURCE]:
        return Backlog([], [])
    version, commit = stamp[SOURCE]
    # A table that was made again, or put back from a copy, may have that version of its own.
    since = version if commit == lake.commit(SOURCE, version) else 0
    changed = lake.read_changes(SOURCE, since, ["record_id"])["record_id"].to_pylist()
    fresh = int((index.find_nodes_of_records(changed) < 0).sum())
    if index.state.records + fresh == lake.count(SOURCE):
        return Backlog(sorted(changed), [])
    # The sums do not add up: records have gone, and only a look at all of them tells which.
    held = set(lake.read("paper_records", ["record_id"])["record_id"].to_pylist())
    standing = set(lake.read(SOURCE, ["record_id"])["record_id"].to_pylist())
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
    now = _stamps(lake)[SOURCE]
    is_told_otherwise = list(index.state.corrections) != corrections.to_json()
    if backlog.is_empty and not is_told_otherwise:
        stamp = dict(index.state.stamp or {})
        if stamp[SOURCE] != now:  # compacted: other files, the same rows
            index.write({}, replace(index.state, stamp=stamp | {SOURCE: now}))
        return
    starts = range(0, max(len(backlog.changed), 1), RECORDS_PER_BATCH)
    for start in starts:
        gone = backlog.gone if start == 0 else []
        batch = _sign(lake, backlog.changed[start : start + RECORDS_PER_BATCH])
        update = plan_update(index, batch, gone, corrections)
        members = ledger.list_members(update)
        touched = members["record_id"].tolist()
        before = lake.read(
            "paper_records", ["record_id", "paper_id"], where=("record_id", touched + gone)
        )
        stale = Stale(before.to_pandas(), gone, update.gone_node_keys)
        _write(lake, update, members, stale, corrections, changes)
        # Until the last batch is in, the index is behind the records.
        source = now if start == starts[-1] else dict(index.state.stamp or {})[SOURCE]
        stamp = _stamps(lake) | {SOURCE: source}
        index.write(dict(update.entries()), replace(update.state, stamp=stamp))


def _sign(lake: Lake, record_ids: list[str]) -> Batch:
    records = lake.read(SOURCE, SIGNED_COLUMNS, where=("record_id", record_ids))
    return Batch(sign_records(records), records["record_id"].to_pylist())


def _rebuild(lake: Lake, corrections: Corrections, changes: dict[str, Change]) -> None:
    """Makes papers and index from all records, as one batch into an empty index."""
    ids = sorted(lake.read(SOURCE, ["record_id"])["record_id"].to_pylist())
    log.info("Deduplicating all %d records (the first time ever this compiles for 15 s)", len(ids))
    parts = [
        _sign(lake, ids[start : start + RECORDS_PER_BATCH])
        for start in range(0, len(ids), RECORDS_PER_BATCH)
    ]
    batch = Batch(
        Signatures.concat([part.signatures for part in parts]),
        [record_id for part in parts for record_id in part.record_ids],
    )
    update = plan_update(MatchIndex(), batch, corrections=corrections)
    # Nothing that stands is trusted to be complete: a crash may have left tables out of step.
    before = lake.read("paper_records", ["record_id", "paper_id"]).to_pandas()
    papers = lake.read("deduplicated_papers", ["first_record_id", "paper_id"]).to_pandas()
    orphans = papers[~papers["paper_id"].isin(before["paper_id"])]
    orphans = orphans.rename(columns={"first_record_id": "record_id"})
    edges = lake.read("match_edges", ["left_node_key"])["left_node_key"]
    stale = Stale(
        pd.concat([before, orphans], ignore_index=True),
        sorted(set(before["record_id"]).difference(ids)),
        edges.unique().to_pylist(),
        is_all=True,
    )
    _write(lake, update, ledger.list_members(update), stale, corrections, changes)
    folder = index_folder(lake)
    beside = folder.with_suffix(".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    with _opened(MatchIndex(beside, create=True)) as index:
        index.load(update.entries(), replace(update.state, stamp=_stamps(lake)))
    replace_index(folder, beside)


@dataclass(frozen=True, slots=True)
class Stale:
    """What stood before an update, of all it touches.

    Attributes:
        members: Columns record_id, paper_id.
        gone: Ids of records that are no more.
        node_keys: Keys of nodes that may be no more.
        is_all: Whether this is all there was.
    """

    members: pd.DataFrame
    gone: list[str]
    node_keys: list[str]
    is_all: bool = False


def _write(
    lake: Lake,
    update: Update,
    members: pd.DataFrame,
    stale: Stale,
    corrections: Corrections,
    changes: dict[str, Change],
) -> None:
    """Writes what an update says to the lake.

    Papers come first and the memberships that explain them after the redirects: whatever of it a
    crash leaves out, the next run still finds there what stood before.

    Args:
        lake: The working tables.
        update: What follows from a batch.
        members: As ledger.list_members returns them.
        stale: What stood before.
        corrections: What people say.
        changes: What has changed so far, by table; added to.
    """
    left = sorted(set(stale.members["paper_id"]) - set(members["paper_id"]))
    overrides = ledger.find_overrides(members, corrections)
    paper_of = members.set_index("record_id")["paper_id"]
    table = "deduplicated_papers"
    for ids in _in_papers(members):
        records = lake.read(SOURCE, survivorship.RECORD_COLUMNS, where=("record_id", ids))
        papers = survivorship.choose_fields(records, paper_of.loc[ids], overrides)
        changes[table] += lake.apply(table, papers, replacing=("paper_id", left))
        left = []
    if left:
        changes[table] += lake.apply(table, lake.empty(table), replacing=("paper_id", left))
    changes["paper_redirects"] += _redirect(lake, stale, members)
    edges = ledger.describe_edges(update)
    rows = ledger.describe_members(update, members, edges)
    changes["paper_records"] += lake.apply(
        "paper_records", rows, replacing=("record_id", stale.gone)
    )
    changes["match_edges"] += lake.apply(
        "match_edges", edges, replacing=("left_node_key", [*update.node_keys, *stale.node_keys])
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


def _redirect(lake: Lake, stale: Stale, members: pd.DataFrame) -> Change:
    before, table = stale.members, "paper_redirects"
    released = lake.read(
        "released_papers",
        ["paper_id"],
        where=None if stale.is_all else ("paper_id", sorted(set(before["paper_id"]))),
    )
    standing = lake.read(table)
    rows = redirects.redirect_papers(
        before,
        members[["record_id", "paper_id"]],
        frozenset(released["paper_id"].to_pylist()),
        standing,
    )
    every_id = standing["old_paper_id"].to_pylist()
    return lake.apply(table, rows, replacing=("old_paper_id", every_id))
