"""Source: the tables of a release, read from the lake a batch of rows at a time.

Data flow: deduplicated_papers and enriched_papers -> papers; cleaned_records and paper_records ->
records; the column mentions of papers -> mentions; paper_redirects -> redirects.

Nothing here holds a whole table: a release may be larger than memory. What differs from the release
before belongs in published/changes.py, how tables become files in snapshot.py.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.lake.tables.columns import TEXT
from paper_pipeline.lake.tables.enrich import MENTIONS
from paper_pipeline.published.changes import check_order

# What paper_records adds to a record; its other columns are of the matching alone.
MEMBERSHIP_COLUMNS = ("paper_id", "decision", "matched_record_id", "match_score", "reason")
# Two tables of the lake with the same keys, side by side, are one of the release.
Sides = Mapping[str, Sequence[str]]
PAPERS: Sides = {
    name: [column.name for column in BY_NAME[name].columns if not column.is_working]
    for name in ("deduplicated_papers", "enriched_papers")
}
RECORDS: Sides = {
    "cleaned_records": BY_NAME["cleaned_records"].schema.names,
    "paper_records": ["record_id", *MEMBERSHIP_COLUMNS],
}
MENTIONS_SCHEMA = pa.schema([pa.field("paper_id", TEXT, nullable=False), *MENTIONS.value_type])
MENTIONS_ORDER = ("paper_id", "start", "kind", "name")


def released_schema(sides: Sides = PAPERS) -> pa.Schema:
    """The columns of papers.parquet or of records.parquet, the key first."""
    key = BY_NAME[next(iter(sides))].key
    fields = {
        column: BY_NAME[name].schema.field(column)
        for name, columns in sides.items()
        for column in columns
    }
    return pa.schema([fields.pop(key), *fields.values()])


def read_sides(
    lake: Lake,
    sides: Sides,
    columns: Sequence[str] | None = None,
    keys: pa.Array | None = None,
) -> pa.RecordBatchReader:
    """Reads two tables with the same keys side by side.

    Args:
        lake: The working tables.
        sides: PAPERS or RECORDS.
        columns: Columns wanted, in order; all of them when None.
        keys: Keys of the rows wanted, in order; all, sorted, when None.

    Raises:
        ValueError: One table has a key that the other has not.
        LakeError: A table has no row with one of the keys given.
    """
    schema = released_schema(sides)
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    key = BY_NAME[next(iter(sides))].key
    if keys is None:
        keys = _shared_keys(lake, sides, key)
    readers = [
        lake.read_in_order(name, keys, [c for c in had if c == key or c in schema.names])
        for name, had in sides.items()
    ]
    return pa.RecordBatchReader.from_batches(schema, _side_by_side(readers, schema))


def _side_by_side(
    readers: Sequence[pa.RecordBatchReader], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    for batches in zip(*readers, strict=True):
        columns = {name: batch[name] for batch in batches for name in batch.schema.names}
        yield pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _shared_keys(lake: Lake, sides: Sides, key: str) -> pa.Array:
    """The keys that both tables have, sorted."""
    first, second = (lake.read(name, [key])[key].combine_chunks() for name in sides)
    keys = first.take(pc.sort_indices(first))
    if not keys.equals(second.take(pc.sort_indices(second))):
        one, other = sides
        raise ValueError(
            f"expected a row of {other} for every {key} of {one} and for no other, found "
            f"{_missing(first, second)} without one and {_missing(second, first)} too many; "
            f"materialise {other} first"
        )
    return keys


def _missing(keys: pa.Array, others: pa.Array) -> str:
    """How many keys are not among others, and the first of them."""
    missing = keys.filter(pc.invert(pc.is_in(keys, value_set=others)))
    return f"{len(missing):,}" + (f" (first {pc.min(missing).as_py()})" if len(missing) else "")


def find_touched(lake: Lake, tag: str, released: pa.Array) -> pa.Array | None:
    """The papers that may be other ones than when the lake's tables got a name.

    Args:
        lake: The working tables.
        tag: The name.
        released: The paper_id of those that there were.

    Returns:
        The paper_id of what was written since, and of what is gone; None where nobody knows, as a
        table has no such name.
    """
    versions = lake.tags().get(tag, {})
    if not versions.keys() >= PAPERS.keys():
        return None
    written = [
        lake.read_changes(name, versions[name], ["paper_id"])["paper_id"].combine_chunks()
        for name in PAPERS
    ]
    standing = lake.read("deduplicated_papers", ["paper_id"])["paper_id"].combine_chunks()
    gone = released.filter(pc.invert(pc.is_in(released, value_set=standing)))
    return pa.chunked_array([*written, gone]).unique()


def release_mentions(papers: pa.RecordBatch) -> pa.RecordBatch:
    """The mentions of papers, a row each.

    Args:
        papers: Papers with their features, sorted by paper_id; paper_id and mentions are read.

    Returns:
        Rows of MENTIONS_SCHEMA by MENTIONS_ORDER; equals in the order the paper has them.

    Raises:
        ValueError: Papers are not sorted by paper_id, or one stands twice.
    """
    check_order(papers["paper_id"])
    mentions = papers["mentions"]
    parents = pc.list_parent_indices(mentions)
    columns = [papers["paper_id"].take(parents), *mentions.flatten().flatten()]
    rows = pa.RecordBatch.from_arrays(columns, schema=MENTIONS_SCHEMA)
    # Sorting by numbers that stand for the texts takes a third of the time; no place is the last.
    starts = pc.fill_null(rows["start"], np.iinfo(np.int64).max).to_numpy()
    order = np.lexsort((_ranks(rows["name"]), _ranks(rows["kind"]), starts, parents.to_numpy()))
    return rows.take(pa.array(order))


def _ranks(texts: pa.Array) -> npt.NDArray[np.int64]:
    """For every text its place in alphabetical order, equals alike; nulls are the last."""
    coded = texts.dictionary_encode(null_encoding="encode")
    return pc.rank(coded.dictionary).to_numpy()[coded.indices.to_numpy()]


def release_redirects(paper_redirects: pa.Table) -> pa.Table:
    """Where released ids went that are no longer in use, sorted by old_paper_id."""
    return paper_redirects.sort_by("old_paper_id")
