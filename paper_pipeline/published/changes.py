"""Changes: what differs between two states of papers.parquet, and how to get from one to the other.

Data flow: papers before, papers now, paper_redirects -> changes, a row a paper_id that differs;
papers before, changes -> papers now; changes -> a summary in words.

Both states are sorted by paper_id, so they are gone through together, a batch of rows at a time and
column by column: they may be larger than memory, and only rows that differ are ever copied. Which
files hold them belongs in snapshot.py.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from operator import methodcaller

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.lake.tables.contract import ROWS_PER_BATCH

KINDS = ("added", "changed", "merged", "split", "removed")
# What a row of changes says beside the columns of papers.parquet.
OWN_FIELDS = (
    pa.field("kind", pa.string(), nullable=False),
    pa.field("changed_fields", pa.list_(pa.string()), nullable=False),
    pa.field("paper_ids", pa.list_(pa.string()), nullable=False),
)
# Every column may be null in changes. What may not be null in papers.parquet carries this mark, so
# that the schema comes back as it was.
REQUIRED = {b"required": b"true"}
_REDIRECTS = pa.schema(
    [("old_paper_id", pa.string()), ("paper_ids", pa.list_(pa.string())), ("kind", pa.string())]
)
MOST_TITLE_CHARACTERS = 80
EXAMPLES = 5
# What a summary is made from: rows are moved about, and whole ones take some 4 kB each.
TOLD = ("paper_id", "kind", "changed_fields", "paper_ids", "title", "upvotes")
_AS_PYTHON = methodcaller("as_py")


class MismatchedChanges(ValueError):
    """The changes were made against other papers."""


def changes_schema(papers: pa.Schema) -> pa.Schema:
    """The schema of changes between papers whose newer state has the schema given.

    Raises:
        ValueError: The papers have a column with the name of one of the changes' own.
    """
    clashes = sorted({field.name for field in OWN_FIELDS} & set(papers.names))
    if clashes:
        raise ValueError(
            f"expected papers without a column {clashes[0]}, which changes use themselves; "
            "give it another name"
        )
    fields = [
        field.with_nullable(True).with_metadata(None if field.nullable else REQUIRED)
        for field in papers
        if field.name != "paper_id"
    ]
    return pa.schema([papers.field("paper_id"), *OWN_FIELDS, *fields])


def papers_schema(changes: pa.Schema) -> pa.Schema:
    """The schema of the newer papers: what changes_schema was made from."""
    own = {field.name for field in OWN_FIELDS}
    return pa.schema(
        [
            pa.field(field.name, field.type, field.nullable and not _is_required(field))
            for field in changes
            if field.name not in own
        ]
    )


def find_changes(before: pa.Table | None, after: pa.Table, redirects: pa.Table) -> pa.Table:
    """Finds the papers that differ between two tables; see compare_papers."""
    return compare_papers(
        (after.schema.empty_table() if before is None else before).to_reader(ROWS_PER_BATCH),
        after.to_reader(ROWS_PER_BATCH),
        redirects,
    ).read_all()


def compare_papers(
    before: pa.RecordBatchReader, after: pa.RecordBatchReader, redirects: pa.Table
) -> pa.RecordBatchReader:
    """Finds the papers that differ.

    Values are compared bit by bit, so that NaN equals itself and 0.0 is not -0.0. Columns are those
    of `after`: one that only `before` has is left out and changes no paper; one that `before`
    has not, or has with another type, counts as null before, so that every paper with a value in it
    has changed, and of a column with another type every paper that had one.

    Args:
        before: Papers as they were, sorted by paper_id.
        after: Papers as they are, sorted by paper_id, which is their first column.
        redirects: Rows of paper_redirects, as they stand with `after`.

    Returns:
        A row a paper_id that differs, sorted by paper_id: `kind` (one of KINDS; what is gone
        without a redirect is removed), `changed_fields` (names of columns, empty unless changed),
        `paper_ids` (where a merged or split paper's records are now, else empty), and the other
        columns of `after` with its values for added and changed papers, null otherwise. Both
        readers are read while this one is.

    Raises:
        ValueError: Papers are not sorted by paper_id, or one stands twice; while reading.
    """
    schema = changes_schema(after.schema)
    nowhere = pa.Table.from_pylist([{"kind": "removed", "paper_ids": []}], _REDIRECTS)
    known = redirects.select(_REDIRECTS.names).cast(_REDIRECTS)
    targets = pa.concat_tables([known, nowhere]).combine_chunks().to_batches()[0]
    pieces = (_compare(old, new, targets, schema) for old, new in _align(before, after))
    return pa.RecordBatchReader.from_batches(schema, pieces)


def apply_changes(before: pa.Table | None, changes: pa.Table) -> pa.Table:
    """The papers as they are after the changes; see replay_changes."""
    return replay_changes(
        (papers_schema(changes.schema).empty_table() if before is None else before).to_reader(
            ROWS_PER_BATCH
        ),
        changes.to_reader(ROWS_PER_BATCH),
    ).read_all()


def replay_changes(
    before: pa.RecordBatchReader, changes: pa.RecordBatchReader
) -> pa.RecordBatchReader:
    """The papers as they are after the changes: rows, order and schema.

    Raises:
        MismatchedChanges: A paper that was added is there already, or one that changed or went
            is not; while reading, as all that follows.
        ValueError: Rows are not sorted by paper_id, or a paper stands twice.
    """
    schema = papers_schema(changes.schema)
    loose = pa.schema([field.with_nullable(True) for field in schema])
    known = (_conform(batch, loose) for batch in before)
    aligned = _align(pa.RecordBatchReader.from_batches(loose, known), changes)
    pieces = (_apply(old, delta, loose) for old, delta in aligned)
    whole = (pa.RecordBatch.from_arrays(piece.columns, schema=schema) for piece in pieces)
    return pa.RecordBatchReader.from_batches(schema, whole)


def check_order(ids: pa.Array | pa.ChunkedArray) -> None:
    """Makes sure that papers are sorted by paper_id.

    Args:
        ids: The column paper_id.

    Raises:
        ValueError: They are not, or a paper stands twice.
    """
    earlier, later = ids.slice(0, max(len(ids) - 1, 0)), ids.slice(1)
    is_sorted = pc.fill_null(pc.less(earlier, later), False)
    if ids.null_count or not pc.all(is_sorted, min_count=0).as_py():
        place = pc.index(is_sorted, False).as_py()
        found = "one without an id"
        if not ids.null_count:
            found = f"{later[place].as_py()} right after {earlier[place].as_py()}"
        raise ValueError(
            f"expected papers sorted by paper_id, each one once; found {found}; "
            "sort the table by paper_id, and see why a paper stands twice"
        )


def _is_required(field: pa.Field) -> bool:
    return bool(field.metadata) and REQUIRED.items() <= field.metadata.items()


class _Rows:
    """Rows sorted by paper_id, taken up to an id at a time."""

    def __init__(self, reader: pa.RecordBatchReader):
        self._reader = reader
        self._rest = pa.RecordBatch.from_pylist([], reader.schema)
        self._last = self._rest["paper_id"]
        self._fill()

    @property
    def end(self) -> str | None:
        """The last id that can be taken now; None where nothing is left."""
        return self._rest["paper_id"][-1].as_py() if self._rest.num_rows else None

    def take(self, end: str) -> pa.RecordBatch:
        """The rows up to that id."""
        count = bisect_right(self._rest["paper_id"], end, key=_AS_PYTHON)
        taken, self._rest = self._rest.slice(0, count), self._rest.slice(count)
        self._fill()
        return taken

    def _fill(self) -> None:
        while not self._rest.num_rows and (batch := next(self._reader, None)) is not None:
            ids = batch["paper_id"]
            check_order(pa.concat_arrays([self._last, ids]))
            self._rest = batch
            self._last = ids.slice(len(ids) - 1) if len(ids) else self._last


def _align(
    one: pa.RecordBatchReader, other: pa.RecordBatchReader
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Parts of both that cover the same ids, in order."""
    first, second = _Rows(one), _Rows(other)
    while ends := [rows.end for rows in (first, second) if rows.end is not None]:
        end = min(ends)
        yield first.take(end), second.take(end)


def _compare(
    before: pa.RecordBatch, after: pa.RecordBatch, targets: pa.RecordBatch, schema: pa.Schema
) -> pa.RecordBatch:
    """The changes among these rows. The last row of `targets` is for what has no redirect."""
    before_ids, ids = before["paper_id"], after["paper_id"]
    place = pc.index_in(ids, value_set=before_ids)
    is_new = _flags(place.is_null())
    if before_ids.equals(ids):
        old, new = before, after
    else:
        old, new = before.take(place.drop_null()), after.filter(place.is_valid())
    names = np.array([name for name in after.schema.names if name != "paper_id"], dtype=object)
    differs = np.zeros((len(ids), len(names)), dtype=bool)
    for column, name in enumerate(names):
        differs[~is_new, column] = _differing(old, new, name)
    rows = np.flatnonzero(is_new | differs.any(axis=1))
    gone = before_ids.filter(pc.invert(pc.is_in(before_ids, value_set=ids)))
    known = pc.index_in(gone, value_set=targets["old_paper_id"])
    fate = targets.take(pc.fill_null(known, targets.num_rows - 1))
    kinds = pa.array(np.where(is_new[rows], "added", "changed"), pa.string())
    fields = _names_of(differs[rows], names)
    found = pa.RecordBatch.from_pydict(
        {
            "paper_id": pa.concat_arrays([ids.take(pa.array(rows)), gone]),
            "kind": pa.concat_arrays([kinds, fate["kind"]]),
            "changed_fields": pa.concat_arrays([fields, _empty_lists(len(gone))]),
            "paper_ids": pa.concat_arrays([_empty_lists(len(rows)), fate["paper_ids"]]),
            "row": pa.concat_arrays([pa.array(rows, pa.int64()), pa.nulls(len(gone), pa.int64())]),
        }
    )
    if len(gone):
        found = found.take(pc.sort_indices(found["paper_id"]))
    *own, row = found.columns
    is_all = len(row) == len(ids) and not len(gone)
    values = [after[name] if is_all else after[name].take(row) for name in names]
    return pa.RecordBatch.from_arrays([*own, *values], schema=schema)


def _flags(values: pa.Array) -> np.ndarray:
    return values.to_numpy(zero_copy_only=False)


def _empty_lists(count: int) -> pa.Array:
    return pa.ListArray.from_arrays(np.zeros(count + 1, dtype=np.int32), pa.array([], pa.string()))


def _names_of(differs: np.ndarray, names: np.ndarray) -> pa.Array:
    """For every row of a matrix the names of the columns that are true."""
    offsets = np.concatenate([[0], differs.sum(axis=1).cumsum()]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, pa.array(names[np.nonzero(differs)[1]], pa.string()))


def _differing(old: pa.RecordBatch, new: pa.RecordBatch, name: str) -> np.ndarray:
    """In which rows a column differs."""
    now = new[name]
    if name not in old.schema.names:
        return _flags(now.is_valid())
    was = old[name]
    if was.type != now.type:
        return _flags(now.is_valid()) | _flags(was.is_valid())
    return _differs(was, now)


def _differs(one: pa.Array, other: pa.Array) -> np.ndarray:
    """In which places two arrays of one type differ, nested values and nulls included."""
    kind = one.type
    is_valid = _flags(one.is_valid())
    differs = is_valid != _flags(other.is_valid())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = [_flags(pc.fill_null(pc.list_value_length(a), 0)) for a in (one, other)]
        differs |= lengths[0] != lengths[1]
        comparable = np.flatnonzero(is_valid & ~differs)
        if len(comparable) < len(one):
            one, other = one.take(pa.array(comparable)), other.take(pa.array(comparable))
        elements = _differs(one.flatten(), other.flatten())
        if elements.any():
            parents = pc.list_parent_indices(one).to_numpy()[elements]
            differs[comparable[parents]] = True
    elif pa.types.is_struct(kind):
        for part, counterpart in zip(one.flatten(), other.flatten(), strict=True):
            differs |= _differs(part, counterpart)
    else:
        if pa.types.is_floating(kind):
            bits = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width]
            one, other = one.view(bits), other.view(bits)
        if not one.equals(other):
            differs |= _flags(pc.fill_null(pc.not_equal(one, other), False))
    return differs


def _conform(papers: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Papers with the columns of a schema: what they have not, or otherwise, is null."""
    columns = [
        papers[field.name]
        if field.name in papers.schema.names and papers.schema.field(field.name).type == field.type
        else pa.nulls(papers.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _apply(before: pa.RecordBatch, changes: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if not changes.num_rows:
        return before
    is_added = pc.equal(changes["kind"], "added")
    is_there = pc.is_in(changes["paper_id"], value_set=before["paper_id"])
    wrong = changes["paper_id"].filter(pc.equal(is_added, is_there))
    if len(wrong):
        raise MismatchedChanges(
            f"expected the papers that the changes were made against, found {len(wrong)} that "
            f"cannot be changed so, {wrong[0].as_py()} first; apply them to the release before"
        )
    stays = pc.invert(pc.is_in(before["paper_id"], value_set=changes["paper_id"]))
    has_values = pc.is_in(changes["kind"], value_set=pa.array(["added", "changed"]))
    values = changes.filter(has_values).select(schema.names)
    values = pa.RecordBatch.from_arrays(values.columns, schema=schema)
    whole = pa.concat_batches([before.filter(stays), values])
    return whole.take(pc.sort_indices(whole["paper_id"]))


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """Changes in numbers and words.

    Attributes:
        counts: Papers by kind, in the order of KINDS; kinds without papers are left out.
        field_counts: Changed papers by field, the most often changed first.
        examples: The most telling changes, a line each.
    """

    counts: dict[str, int]
    field_counts: dict[str, int]
    examples: tuple[str, ...]

    @property
    def text(self) -> str:
        """The summary as a markdown list."""
        if not self.counts:
            return "- No paper has changed."
        total = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        lines = [f"Papers: {total}."]
        if self.field_counts:
            fields = ", ".join(f"`{name}` {count:,}" for name, count in self.field_counts.items())
            lines.append(f"Fields changed: {fields}.")
        return "\n".join(f"- {line}" for line in [*lines, *self.examples])


def summarize_changes(
    changes: pa.Table, before: pa.Table | None = None, examples: int = EXAMPLES
) -> ChangeSummary:
    """Counts changes by kind and by field, and picks the most telling ones.

    Most telling is what happens to a paper as a whole, and of changed papers a change that few
    others share: a new title among a thousand new numbers of upvotes. Of new papers those with the
    most upvotes are named.

    Args:
        changes: What find_changes returns.
        before: The papers as they were, for the titles of those that are gone.
        examples: How many papers of a kind are named.
    """
    found = pc.value_counts(changes["kind"]).to_pylist()
    by_kind = {row["values"]: row["counts"] for row in found}
    touched = changes["changed_fields"].combine_chunks()
    by_field = {
        row["values"]: row["counts"] for row in pc.value_counts(touched.flatten()).to_pylist()
    }
    ordered = sorted(by_field, key=lambda name: (-by_field[name], name))
    lines = [
        line
        for kind in ("merged", "split", "removed", "changed", "added")
        for line in _tell(changes, before, kind, ordered, examples)
    ]
    return ChangeSummary(
        {kind: by_kind[kind] for kind in KINDS if kind in by_kind},
        {name: by_field[name] for name in ordered},
        tuple(lines),
    )


def _tell(
    changes: pa.Table, before: pa.Table | None, kind: str, fields: list[str], examples: int
) -> Iterator[str]:
    titled = [table for table in (changes, before) if table and "title" in table.column_names]
    wanted = [name for name in TOLD if name in changes.column_names]
    rows = changes.select(wanted).filter(pc.equal(changes["kind"], kind))
    if kind == "changed":
        touched = rows["changed_fields"].combine_chunks()
        rows = rows.take(_rarest_first(touched, fields)[:examples])
    elif kind == "added" and "upvotes" in rows.column_names:
        rows = rows.sort_by([("upvotes", "descending"), ("paper_id", "ascending")])
    columns = ["paper_id", "paper_ids", "changed_fields"]
    for row in rows.slice(0, examples).select(columns).to_pylist():
        name = _name(titled, row["paper_id"])
        if kind == "merged":
            yield f"Merged: {name} into {_name(titled, row['paper_ids'][0])}"
        elif kind == "split":
            parts = ", ".join(_name(titled, paper_id) for paper_id in row["paper_ids"])
            yield f"Split: {name} into {parts}"
        elif kind == "changed":
            yield f"Changed: {name}: {', '.join(row['changed_fields'])}"
        else:
            yield f"{kind.capitalize()}: {name}"


def _rarest_first(touched: pa.Array, fields: list[str]) -> pa.Array:
    """Rows by how seldom the rarest of their fields changed; equals as they stand."""
    rarity = pc.index_in(touched.flatten(), value_set=pa.array(fields[::-1], pa.string()))
    starts = touched.offsets.to_numpy()[:-1] - touched.offsets[0].as_py()
    rarest = np.minimum.reduceat(rarity.to_numpy(), starts) if len(starts) else starts
    return pa.array(np.argsort(rarest, kind="stable"))


def _name(titled: list[pa.Table], paper_id: str) -> str:
    """A paper's id, with the title that the first of the tables has for it."""
    title = next(filter(None, (_title(table, paper_id) for table in titled)), "")
    words = " ".join(title.split())
    if len(words) > MOST_TITLE_CHARACTERS:
        words = words[: MOST_TITLE_CHARACTERS - 1].rstrip() + "…"
    return f"`{paper_id}` ({words})" if words else f"`{paper_id}`"


def _title(table: pa.Table, paper_id: str) -> str | None:
    ids = table["paper_id"]
    place = bisect_left(ids, paper_id, key=_AS_PYTHON)
    is_there = place < len(ids) and ids[place].as_py() == paper_id
    return table["title"][place].as_py() if is_there else None
