"""The increment: computes the features of papers whose text or whose extractors have changed.

Data flow: deduplicated_papers, the lexicons -> enriched_papers, lexicon_entries.

A paper is stale when its text, its month, the links given beside it or the extractors have changed,
or when a lexicon entry that was added, changed or removed stands in its text. The entries that the
features rest on are kept in lexicon_entries, which is written last: after a crash the same papers
are found stale again. What a feature is belongs in features.py.
"""

import logging
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa

from paper_pipeline.enrich.features import (
    EXTRACTOR_VERSION,
    INPUT_COLUMNS,
    PAPER_COLUMNS,
    TEXT_FIELDS,
    compute_features,
    join_inputs,
)
from paper_pipeline.enrich.lexicon import Entry, Lexicon, load_lexicon
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME

log = logging.getLogger(__name__)

TABLE = "enriched_papers"
LEXICON_TABLE = "lexicon_entries"
# Papers whose features are computed before they are written: bounds memory, and what a crash costs.
BATCH_PAPERS = 5_000


def update_features(lake: Lake, lexicon: Lexicon | None = None) -> dict[str, Change]:
    """Brings enriched_papers up to date: a row a paper, no row without a paper.

    Args:
        lake: The working tables.
        lexicon: The names that are known; those of this package when None.

    Returns:
        What changed, by table.
    """
    lexicon = lexicon or load_lexicon()
    papers = lake.read("deduplicated_papers", ["paper_id"])["paper_id"]
    known = lake.read(TABLE, ["paper_id"])["paper_id"]
    orphans = sorted(set(known.to_pylist()) - set(papers.to_pylist()))
    change = lake.apply(TABLE, lake.empty(TABLE), replacing=("paper_id", orphans))
    stale = find_stale_papers(lake, lexicon)
    log.info("%d of %d papers are left to enrich", len(stale), len(papers))
    for start in range(0, len(stale), BATCH_PAPERS):
        batch = stale[start : start + BATCH_PAPERS]
        texts = lake.read("deduplicated_papers", PAPER_COLUMNS, where=("paper_id", batch))
        change += lake.apply(TABLE, compute_features(texts, lexicon))
        log.info("%d of %d papers enriched", start + len(batch), len(stale))
    return {TABLE: change, LEXICON_TABLE: lake.replace(LEXICON_TABLE, _lexicon_rows(lexicon))}


def find_stale_papers(lake: Lake, lexicon: Lexicon | None = None) -> list[str]:
    """The papers that have no features, or features of other inputs, extractors or names."""
    papers = lake.read("deduplicated_papers", INPUT_COLUMNS)
    wanted = pd.DataFrame(
        {"paper_id": papers["paper_id"].to_pandas(), "inputs": join_inputs(papers).to_pandas()}
    )
    features = lake.read(TABLE, ["paper_id", "inputs", "extractor_version"]).to_pandas()
    current = features[features["extractor_version"] == EXTRACTOR_VERSION]
    both = wanted.merge(current, on=["paper_id", "inputs"], how="left", indicator=True)
    stale = set(both.loc[both["_merge"] == "left_only", "paper_id"])
    if len(stale) < len(both):
        stale |= _find_touched(lake, lexicon or load_lexicon())
    return sorted(stale)


def _find_touched(lake: Lake, lexicon: Lexicon) -> set[str]:
    """The papers whose text holds an entry that is not as it was."""
    kept = lake.read(LEXICON_TABLE).to_pylist()
    before = {row["entry_id"]: row["fingerprint"] for row in kept}
    now = {entry.entry_id: entry.fingerprint for entry in lexicon.entries}
    if before == now:
        return set()
    changed = [
        entry for entry in lexicon.entries if before.get(entry.entry_id) != entry.fingerprint
    ]
    changed += [_entry(row) for row in kept if now.get(row["entry_id"]) != row["fingerprint"]]
    log.info("%d lexicon entries have changed", len(changed))
    # In any capitals: more than what an entry matches does no harm.
    probe = Lexicon([replace(entry, is_exact=False, near=()) for entry in _unique(changed)])
    touched: set[str] = set()
    ids = lake.read("deduplicated_papers", ["paper_id"])["paper_id"].to_pylist()
    for start in range(0, len(ids), BATCH_PAPERS):
        batch = ids[start : start + BATCH_PAPERS]
        texts = lake.read(
            "deduplicated_papers", ["paper_id", *TEXT_FIELDS], where=("paper_id", batch)
        )
        for field in TEXT_FIELDS:
            found = probe.find([text or "" for text in texts[field].to_pylist()])
            touched.update(
                paper_id
                for paper_id, matches in zip(texts["paper_id"].to_pylist(), found, strict=True)
                if matches
            )
    return touched


def _unique(entries: list[Entry]) -> list[Entry]:
    """Entries by id, the spellings of those that stand twice together."""
    merged: dict[str, Entry] = {}
    for entry in entries:
        other = merged.get(entry.entry_id)
        aliases = (*other.aliases, *entry.aliases) if other else entry.aliases
        merged[entry.entry_id] = replace(entry, aliases=aliases)
    return list(merged.values())


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(row["kind"], row["name"], tuple(row["aliases"]))


def _lexicon_rows(lexicon: Lexicon) -> pa.Table:
    rows = [
        {
            "entry_id": entry.entry_id,
            "kind": entry.kind,
            "name": entry.name,
            "aliases": list(entry.aliases),
            "family": entry.family,
            "is_exact": entry.is_exact,
            "note": entry.note,
            "fingerprint": entry.fingerprint,
        }
        for entry in lexicon.entries
    ]
    return pa.Table.from_pylist(rows, BY_NAME[LEXICON_TABLE].schema)
