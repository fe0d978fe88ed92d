"""Signatures: what deduplication compares of a record, computed once.

Data flow: rows of cleaned_records -> rows of record_signatures -> block keys.

What two signatures mean for each other belongs in matching.py.
"""

import pandas as pd
import pyarrow as pa

from paper_pipeline.tables import BY_NAME
from paper_pipeline.text import content_hash, text_key, title_key

# Raise when a signature of the same record would come out otherwise: all records are signed again.
SIGNATURE_VERSION = 1
# An abstract shorter than this once folded ("Withdrawn.", "See the full text.") identifies nothing.
MIN_TEXT_KEY_CHARACTERS = 100

RECORD_COLUMNS = ("record_id", "title", "abstract", "arxiv_id", "content_hash")
# Column of a signature -> kind of the block key it gives.
KEY_COLUMNS = {"arxiv_id": "arxiv_id", "title_hash": "title", "text_hash": "text"}


def sign_records(records: pa.Table) -> pd.DataFrame:
    """Computes the signatures of records.

    Args:
        records: Rows of cleaned_records, at least RECORD_COLUMNS.

    Returns:
        Rows of record_signatures, in the same order.
    """
    title_hashes = [content_hash(title_key(t)) for t in records["title"].to_pylist()]
    text_hashes = [_text_hash(a) for a in records["abstract"].to_pylist()]
    arxiv_ids = records["arxiv_id"].to_pylist()
    signatures = {
        "record_id": records["record_id"],
        "content_hash": records["content_hash"],
        "signature_version": [SIGNATURE_VERSION] * records.num_rows,
        "arxiv_id": arxiv_ids,
        "title_hash": title_hashes,
        "text_hash": text_hashes,
        "node_key": [
            content_hash(f"{title} {text} {arxiv}")
            for title, text, arxiv in zip(title_hashes, text_hashes, arxiv_ids, strict=True)
        ],
    }
    return pa.table(signatures, schema=BY_NAME["record_signatures"].schema).to_pandas()


def _text_hash(abstract: str | None) -> str | None:
    key = text_key(abstract or "")
    return content_hash(key) if len(key) >= MIN_TEXT_KEY_CHARACTERS else None


def block_keys(signatures: pd.DataFrame) -> pd.DataFrame:
    """The block keys of nodes: records that share one may be the same paper.

    A node stands for all records with the same node_key; copies are never compared.

    Returns:
        Columns node_key, kind, key; one row a key a node has.
    """
    nodes = signatures.drop_duplicates("node_key")
    parts = [
        nodes.loc[nodes[column].notna(), ["node_key", column]]
        .rename(columns={column: "key"})
        .assign(kind=kind)
        for column, kind in KEY_COLUMNS.items()
    ]
    return pd.concat(parts, ignore_index=True)[["node_key", "kind", "key"]]
