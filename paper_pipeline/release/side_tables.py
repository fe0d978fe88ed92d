"""Side tables: what a release holds beside its papers, ready to be joined with them.

Data flow: cleaned_records and paper_records -> records.parquet; the column mentions of the papers
-> mentions.parquet; paper_redirects -> redirects.parquet.

The papers themselves belong in snapshot.py, what differs from the release before in changes.py.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.release.changes import check_order
from paper_pipeline.tables import MENTIONS, TEXT

# What paper_records adds to a record; its other columns are of the matching alone.
MEMBERSHIP_COLUMNS = ("paper_id", "decision", "matched_record_id", "match_score", "reason")
MENTIONS_SCHEMA = pa.schema([pa.field("paper_id", TEXT, nullable=False), *MENTIONS.value_type])
MENTIONS_ORDER = ("paper_id", "start", "kind", "name")
ROWS_PER_BLOCK = 20_000


def release_records(cleaned_records: pa.Table, paper_records: pa.Table) -> pa.Table:
    """The records beside the paper each belongs to and why, sorted by record_id.

    Args:
        cleaned_records: All rows of cleaned_records.
        paper_records: All rows of paper_records.

    Raises:
        ValueError: The two do not hold the same records.
    """
    records = cleaned_records.sort_by("record_id")
    memberships = paper_records.sort_by("record_id")
    if not records["record_id"].equals(memberships["record_id"]):
        raise ValueError(
            f"expected every record in one paper: of {records.num_rows:,} records "
            f"{_missing(records, memberships)} are in none, and of {memberships.num_rows:,} "
            f"memberships {_missing(memberships, records)} are of no record; "
            "materialise paper_records first"
        )
    for name in MEMBERSHIP_COLUMNS:
        records = records.append_column(memberships.schema.field(name), memberships[name])
    return records


def _missing(rows: pa.Table, others: pa.Table) -> str:
    """How many ids of one table the other has not, and the first of them."""
    ids = rows["record_id"]
    known = others["record_id"].combine_chunks()
    missing = ids.filter(pc.invert(pc.is_in(ids, value_set=known)))
    return f"{len(missing):,}" + (f" (first {missing[0].as_py()})" if len(missing) else "")


def release_mentions(papers: pa.Table) -> pa.Table:
    """The mentions of all papers, a row each.

    Args:
        papers: Papers with their features, sorted by paper_id; paper_id and mentions are read.

    Returns:
        Rows of MENTIONS_SCHEMA by MENTIONS_ORDER; equals in the order the paper has them.

    Raises:
        ValueError: Papers are not sorted by paper_id, or one stands twice.
    """
    check_order(papers)
    nested = papers.select(["paper_id", "mentions"])
    pieces = [_flatten(batch) for batch in nested.to_batches(ROWS_PER_BLOCK)]
    return pa.concat_tables([MENTIONS_SCHEMA.empty_table(), *pieces])


def _flatten(papers: pa.RecordBatch) -> pa.Table:
    """The mentions of papers that are sorted themselves."""
    mentions = papers["mentions"]
    parents = pc.list_parent_indices(mentions)
    columns = [papers["paper_id"].take(parents), *mentions.flatten().flatten()]
    table = pa.Table.from_arrays(columns, schema=MENTIONS_SCHEMA)
    # Sorting by numbers that stand for the texts takes a third of the time; no place is the last.
    starts = pc.fill_null(table["start"], np.iinfo(np.int64).max).to_numpy()
    order = np.lexsort((_ranks(table["name"]), _ranks(table["kind"]), starts, parents.to_numpy()))
    return table.take(pa.array(order))


def _ranks(texts: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """For every text its place in alphabetical order, equals alike; nulls are the last."""
    coded = texts.combine_chunks().dictionary_encode(null_encoding="encode")
    return pc.rank(coded.dictionary).to_numpy()[coded.indices.to_numpy()]


def release_redirects(paper_redirects: pa.Table) -> pa.Table:
    """Where released ids went that are no longer in use, sorted by old_paper_id."""
    return paper_redirects.sort_by("old_paper_id")
