"""The increment: computes the features of papers whose text or whose extractors have changed.

Data flow: deduplicated_papers -> enriched_papers.

What a feature is belongs in features.py.
"""

import logging

import pandas as pd
import pyarrow as pa

from paper_pipeline.enrich.features import EXTRACTOR_VERSION, PAPER_COLUMNS, compute_features
from paper_pipeline.store import Change, Lake

log = logging.getLogger(__name__)

TABLE = "enriched_papers"
# Papers whose features are computed before they are written: bounds memory, and what a crash costs.
BATCH_PAPERS = 5_000


def find_stale_papers(papers: pa.Table, features: pa.Table) -> list[str]:
    """The papers that have no features, or features of another text or extractor.

    Args:
        papers: Columns paper_id, text_hash of deduplicated_papers.
        features: Columns paper_id, text_hash, extractor_version of enriched_papers.
    """
    current: pd.DataFrame = features.to_pandas()
    current = current[current["extractor_version"] == EXTRACTOR_VERSION]
    both = papers.to_pandas().merge(
        current, on=["paper_id", "text_hash"], how="left", indicator=True
    )
    return sorted(both.loc[both["_merge"] == "left_only", "paper_id"])


def update_features(lake: Lake) -> Change:
    """Brings enriched_papers up to date: a row a paper, no row without a paper."""
    papers = lake.read("deduplicated_papers", ["paper_id", "text_hash"])
    features = lake.read(TABLE, ["paper_id", "text_hash", "extractor_version"])
    orphans = sorted(set(features["paper_id"].to_pylist()) - set(papers["paper_id"].to_pylist()))
    change = lake.apply(TABLE, lake.empty(TABLE), replacing=("paper_id", orphans))
    stale = find_stale_papers(papers, features)
    log.info("%d of %d papers are left to enrich", len(stale), papers.num_rows)
    for start in range(0, len(stale), BATCH_PAPERS):
        batch = stale[start : start + BATCH_PAPERS]
        texts = lake.read("deduplicated_papers", PAPER_COLUMNS, where=("paper_id", batch))
        change += lake.apply(TABLE, compute_features(texts))
        log.info("%d of %d papers enriched", start + len(batch), len(stale))
    return change
