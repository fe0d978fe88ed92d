"""The lake: the working tables, versioned. The only module that knows Lance.

Data flow: Arrow tables in the shape of tables/ -> lake/<table>.lance -> Arrow tables.

There is one way to write, `Lake.apply`: it compares first, so that writing what is there already
changes nothing and makes no version. What a row means belongs to the stage that writes it.
"""

# Methods of Lance have parameters without a type; what they return has one.
# pyright: reportUnknownMemberType=false

import hashlib
import json
import logging
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import lance
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.lake.disk import sync
from paper_pipeline.lake.guard import DamagedTable as DamagedTable
from paper_pipeline.lake.guard import Guard, LakeError
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.tables import BY_NAME, TABLES
from paper_pipeline.lake.tables.contract import ROWS_PER_BATCH, Table
from paper_pipeline.runs import Busy, taking_turns

log = logging.getLogger(__name__)

# An IN list is planned value by value; above this many it is cheaper to read the column (measured
# at 100k rows: equal at about 5,000 values).
MOST_VALUES_IN_A_FILTER = 5_000
# Every write leaves a fragment and part of the index unmerged. At 50 the cost of a look-up has
# about doubled.
COMPACT_AFTER_FRAGMENTS = 50
# What is merged is joined in memory, in a pool of 100 MB that holds about three times as much.
BYTES_PER_MERGE = 100 << 20
LOCK_TIMEOUT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did to a table, in rows; `version` is the table's version afterwards."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int
    version: int

    @property
    def is_empty(self) -> bool:
        """Whether the table is as it was."""
        return not (self.inserted or self.updated or self.deleted)

    def __add__(self, later: "Change") -> "Change":
        """This write and a later one to the same table, taken together."""
        return Change(
            self.inserted + later.inserted,
            self.updated + later.updated,
            self.deleted + later.deleted,
            self.unchanged + later.unchanged,
            later.version,
        )


class Lake:
    """The working tables in a folder.

    A table that was never written, or whose stored columns are not those of its contract any more
    (then it is derived, and is made again), reads as empty.
    """

    def __init__(self, folder: Path, tag: str | None = None, only: frozenset[str] | None = None):
        self.folder = folder
        self._guard = Guard(folder)
        self._tag = tag
        self._only = only

    def at(self, tag: str) -> "Lake":
        """The tables as they were when they got this name; to be read only.

        A table that has no such name, or had other columns then, reads as it is now.
        """
        return Lake(self.folder, tag)

    def only(self, names: Iterable[str]) -> "Lake":
        """These tables and no other.

        For what is remembered with the state of certain tables: it cannot look at another one.
        """
        return Lake(self.folder, self._tag, frozenset(names))

    @contextmanager
    def writing(self) -> Generator[None]:
        """Holds the lake for one writer; a second waits, so that stages never interleave.

        Before, all files of all tables are compared with what was written: a damaged table that is
        derived makes room to be made again; another one can be neither read nor written until
        people have mended it. After, everything that was written is on the disk.

        Raises:
            LakeError: Another process held the lake for over an hour.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock, doing = self.folder / ".writing.lock", f"writing {self.folder}"
        try:
            with taking_turns(lock, doing, timeout_seconds=LOCK_TIMEOUT_SECONDS) as turn:
                if turn is None:
                    yield
                    return
                sync(self.folder)  # the lock's note tells of a power cut
                self._guard.heal(is_cut=turn.follows_a_power_cut)
                try:
                    yield
                finally:
                    self.sync()
        except Busy as error:
            raise LakeError(str(error)) from error

    def sync(self) -> None:
        """Waits until all that was written is on the disk, and notes the checksums of it.

        The end of `writing` does that. It is for what must not be seen before.
        """
        self._guard.note()

    def scrub(self) -> dict[str, dict[str, str]]:
        """Reads every file of every table; those of derived tables are made again, as ever.

        Returns:
            For each table that was damaged, what is wrong with each file.
        """
        with self.writing():
            return self._guard.heal(is_full=True)

    def version(self, name: str) -> int:
        """The table's version; 0 when it was never written."""
        dataset = self._open(BY_NAME[name])
        return 0 if dataset is None else dataset.version

    def commit(self, name: str, version: int | None = None) -> str:
        """The commit that made the table what it is now, or was at a version.

        A version's number comes again where a table is made anew, or put back from a copy and
        written to; a commit never does.

        Returns:
            An id; empty where there is no such table or version.
        """
        dataset = self._open(BY_NAME[name])
        if dataset is None:
            return ""
        try:
            made = dataset.read_transaction(dataset.version if version is None else version)
        except OSError:  # that version is gone, or never was
            return ""
        return made.uuid if made else ""

    def versions(self, names: Sequence[str]) -> dict[str, int]:
        """The versions of several tables."""
        return {name: self.version(name) for name in names}

    def count(self, name: str) -> int:
        """Number of rows."""
        dataset = self._open(BY_NAME[name])
        return 0 if dataset is None else dataset.count_rows()

    def empty(self, name: str) -> pa.Table:
        """No rows, in the shape of the contract."""
        return BY_NAME[name].schema.empty_table()

    def read(
        self,
        name: str,
        columns: Sequence[str] | None = None,
        *,
        where: tuple[str, Sequence[str]] | None = None,
        limit: int | None = None,
    ) -> pa.Table:
        """Reads a table, or the rows whose `where` column holds one of the given texts.

        Args:
            name: Name of the table.
            columns: Columns wanted, in order; all when None.
            where: A column of texts and the values looked for.
            limit: The most rows to read.

        Returns:
            Rows in no particular order, typed as the contract says.
        """
        table = BY_NAME[name]
        wanted = list(columns) if columns is not None else table.schema.names
        schema = pa.schema([table.schema.field(c) for c in wanted])
        dataset = self._open(table)
        if dataset is None or (where is not None and not where[1]):
            return schema.empty_table()
        if where is None:
            return _typed(dataset.to_table(columns=wanted, limit=limit), schema)
        column, values = where
        if len(values) <= MOST_VALUES_IN_A_FILTER:
            found = dataset.to_table(columns=wanted, filter=_is_in(column, values), limit=limit)
            return _typed(found, schema)
        held = dataset.to_table(columns=[column])[column]
        places = np.flatnonzero(pc.is_in(held, value_set=pa.array(values, pa.string())))
        found = dataset.take(pa.array(places[:limit]), columns=wanted)
        return _typed(found, schema)

    def read_in_order(
        self, name: str, keys: pa.Array, columns: Sequence[str] | None = None
    ) -> pa.RecordBatchReader:
        """Reads rows by their keys, a batch at a time, for tables that are larger than memory.

        Fast where rows that lie together are wanted together, as those of a day: 100,000 rows of
        features in a second. In an order that has nothing to do with theirs it is 8 s.

        Args:
            name: Name of the table.
            keys: Keys of the rows wanted, in the order wanted.
            columns: Columns wanted, in order; all when None.

        Returns:
            Batches of ROWS_PER_BATCH rows, typed as the contract says; the table is read as it is
            now, whatever is written to it meanwhile.

        Raises:
            LakeError: The table has no row with one of the keys.
        """
        table = BY_NAME[name]
        wanted = list(columns) if columns is not None else table.schema.names
        schema = pa.schema([table.schema.field(c) for c in wanted])
        dataset = self._open(table)
        known = pa.array([], pa.string())
        if dataset is not None:
            known = dataset.to_table(columns=[table.key])[table.key].combine_chunks()
        places = pc.index_in(keys, value_set=known)
        if places.null_count:
            raise LakeError(
                f"{name}: expected rows with {len(keys):,} keys, found {places.null_count:,} keys "
                f"without one, {keys.filter(places.is_null())[0].as_py()} first"
            )
        if dataset is None:
            return pa.RecordBatchReader.from_batches(schema, [])
        taken = _take(dataset, places.to_numpy(zero_copy_only=False), wanted)
        batches = (_typed(rows, schema).combine_chunks().to_batches()[0] for rows in taken)
        return pa.RecordBatchReader.from_batches(schema, batches)

    def read_changes(self, name: str, since: int, columns: Sequence[str]) -> pa.Table:
        """Reads the rows that were inserted or updated after a version of the table.

        Args:
            name: Name of the table.
            since: That version; 0 for all rows.
            columns: Columns wanted, in order.
        """
        table = BY_NAME[name]
        schema = pa.schema([table.schema.field(c) for c in columns])
        dataset = self._open(table)
        if dataset is None:
            return schema.empty_table()
        is_later = f"_row_last_updated_at_version > {since}"
        return _typed(dataset.to_table(columns=list(columns), filter=is_later), schema)

    def apply(
        self, name: str, rows: pa.Table, *, replacing: tuple[str, Sequence[str]] | None = None
    ) -> Change:
        """Makes the table hold these rows, in one commit unless there is very much to write.

        Rows with a key that the table has are updated where they differ; others are inserted.

        Args:
            name: Name of the table.
            rows: Rows in the shape of the contract; every key once.
            replacing: A column of texts and values: rows of the table that hold one of these
                and are not among `rows` are deleted.

        Raises:
            LakeError: `rows` does not fit the contract, or holds a key twice.
        """
        rows = _fitting(rows, BY_NAME[name])
        with self.writing():
            return self._apply(BY_NAME[name], rows, replacing)

    def replace(self, name: str, rows: pa.Table) -> Change:
        """Makes the table hold these rows and no other."""
        key = BY_NAME[name].key
        return self.apply(name, rows, replacing=(key, self.read(name, [key])[key].to_pylist()))

    def tag(self, name: str) -> None:
        """Gives the tables as they are a name, under which these versions stay readable."""
        with self.writing():
            for table in TABLES:
                dataset = self._open(table)
                if dataset is None:
                    continue
                self._guard.begin_tag(table, name)
                # By a plain path Lance 14 makes a folder beside ours as well, where a name above it
                # is not plain ASCII (%C3%B6 for ö), and fails where it must not.
                uri = self._guard.path(table).absolute().as_uri()
                tags = lance.dataset(uri.replace("file:", "file-object-store:", 1)).tags
                if name in tags.list():
                    tags.update(name, dataset.version)
                else:
                    tags.create(name, dataset.version)

    def untag(self, name: str) -> None:
        """Takes a name away again, where tables have it."""
        with self.writing():
            for table in TABLES:
                dataset = self._open(table)
                if dataset is not None and name in dataset.tags.list():
                    self._guard.begin_tag(table, name)
                    dataset.tags.delete(name)

    def tags(self) -> dict[str, dict[str, int]]:
        """For every name, the version of each table that has it."""
        found: dict[str, dict[str, int]] = {}
        for table in TABLES:
            dataset = self._open(table)
            for name, tag in (dataset.tags.list() if dataset is not None else {}).items():
                found.setdefault(name, {})[table.name] = tag["version"]
        return dict(sorted(found.items()))

    def forget(self, older_than: timedelta) -> int:
        """Removes versions of tables that are older and have no name.

        No table gets a new version by this: stages tell by versions what they have not read yet.
        Tables that were damaged and moved aside go when they are as old.

        Args:
            older_than: Age of the versions that may go; who reads one of them must be done by then.

        Returns:
            Bytes that were freed.

        Raises:
            DamagedTable: A table that cannot be made again is damaged; nothing of it is removed.
        """
        freed = 0
        with self.writing():
            self._guard.heal(is_full=True)  # as what stays is noted anew
            for table in TABLES:
                dataset = self._open(table)
                if dataset is None:
                    continue
                self._guard.begin_cleanup(table)
                freed += dataset.cleanup_old_versions(
                    older_than=older_than, error_if_tagged_old_versions=False
                ).bytes_removed
        return freed + self._guard.clear(older_than)

    def recall(self, kind: str, name: str, stamp: Stamp) -> Any | None:
        """What `remember` kept under this name, if it was kept with this very stamp.

        What is no memory, or one that other code wrote in another shape, counts as none.
        """
        try:
            kept = json.loads(self._memory(kind, name).read_text("utf-8"))
        except (FileNotFoundError, ValueError, RecursionError):
            return None
        match kept:
            case {"stamp": noted, "value": value, "sha256": sha256} if noted == str(
                stamp
            ) and sha256 == _hash(value):
                return value
            case _:
                return None

    def remember(self, kind: str, name: str, stamp: Stamp, value: object) -> None:
        """Keeps a result that follows from what the stamp names; derived and disposable."""
        path = self._memory(kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        kept = {"stamp": str(stamp), "sha256": _hash(value), "value": value}
        temporary.write_text(json.dumps(kept), "utf-8")
        temporary.replace(path)

    def recall_progress(self, kind: str, name: str) -> int:
        """Up to which version of a table something is done, as `remember_progress` noted it.

        Returns:
            0 where that is not known, or where other code did it; also where the table was made
            anew or put back from a copy since, as its versions are others then.
        """
        match self.recall(kind, name, Stamp()):
            case [int(version), str(commit)] if commit and commit == self.commit(name, version):
                return version
            case _:
                return 0

    def remember_progress(self, kind: str, name: str, version: int) -> None:
        """Notes that something is done for all rows of a table as of a version."""
        self.remember(kind, name, Stamp(), [version, self.commit(name, version)])

    def _memory(self, kind: str, name: str) -> Path:
        return self.folder / "memory" / kind / f"{name}.json"

    def _open(self, table: Table) -> lance.LanceDataset | None:
        if self._only is not None and table.name not in self._only:
            raise LakeError(
                f"expected only {', '.join(sorted(self._only))} to be read here, found "
                f"{table.name}; name it among the tables that the result depends on"
            )
        self._guard.require_sound(table)
        path = self._guard.path(table)
        if not (path / "_versions").is_dir():
            return None
        try:
            dataset = lance.dataset(str(path))
            if self._tag is not None and self._tag in dataset.tags.list():
                tagged = dataset.checkout_version(self._tag)
                dataset = tagged if tagged.schema.equals(table.schema) else dataset
        except (OSError, ValueError) as error:
            remedy = (
                "delete this folder: the table is made again from the raw dumps"
                if table.derived
                else "put the folder back from a copy, or move it away to start a new history"
            )
            raise LakeError(f"{path}: expected a Lance table, found {error}; {remedy}") from error
        if dataset.schema.equals(table.schema):
            return dataset
        if table.derived:
            return None
        missing = [f for f in table.schema if f.name not in dataset.schema.names]
        found = [f for f in dataset.schema if f.name in table.schema.names]
        if all(f.nullable for f in missing) and all(
            f.equals(table.schema.field(f.name)) for f in found
        ):
            self._guard.begin(table)
            dataset.add_columns(missing)
            return lance.dataset(str(path))
        raise LakeError(
            f"{path}: expected the columns {table.schema.names}, found {dataset.schema.names}. "
            "This table is history and cannot be made again: go back to the version of the code "
            "that wrote it, or move the folder away to start a new history."
        )

    def _create(self, table: Table) -> lance.LanceDataset:
        path = self._guard.path(table)
        self.folder.mkdir(parents=True, exist_ok=True)
        if path.exists():
            log.info("The columns of %s have changed: it is made again", table.name)
        dataset = lance.write_dataset(
            table.schema.empty_table(),
            str(path),
            mode="overwrite" if path.exists() else "create",
            enable_stable_row_ids=True,
        )
        for column in (table.key, *table.indexed):
            dataset.create_scalar_index(column, "BTREE")
        return dataset

    def _apply(
        self, table: Table, rows: pa.Table, replacing: tuple[str, Sequence[str]] | None
    ) -> Change:
        dataset = self._open(table)
        self._guard.begin(table)
        if dataset is None:
            dataset = self._create(table)
        if dataset.count_rows() == 0:
            if rows.num_rows:
                dataset = lance.write_dataset(rows, dataset.uri, mode="append")
                _optimize(dataset)
            return Change(rows.num_rows, 0, 0, 0, dataset.latest_version)
        stale = self._keys_to_delete(table, rows, replacing)
        changed, known_count = self._differing(table, rows)
        inserted = rows.num_rows - known_count
        updated = changed.num_rows - inserted
        is_one_commit = changed.nbytes <= BYTES_PER_MERGE and len(stale) <= MOST_VALUES_IN_A_FILTER
        if changed.num_rows and not updated and not stale:
            lance.write_dataset(changed, dataset.uri, mode="append")
        elif changed.num_rows:
            for part in _in_parts(changed):
                merge = (
                    dataset.merge_insert(table.key)
                    .when_matched_update_all()
                    .when_not_matched_insert_all()
                )
                if is_one_commit and stale:
                    merge = merge.when_not_matched_by_source_delete(_is_in(table.key, stale))
                merge.execute(part)
        if stale and not (is_one_commit and changed.num_rows):
            for start in range(0, len(stale), MOST_VALUES_IN_A_FILTER):
                dataset.delete(_is_in(table.key, stale[start : start + MOST_VALUES_IN_A_FILTER]))
        dataset = lance.dataset(dataset.uri)
        if (changed.num_rows or stale) and len(dataset.get_fragments()) > COMPACT_AFTER_FRAGMENTS:
            _optimize(dataset)
        unchanged = known_count - updated
        return Change(inserted, updated, len(stale), unchanged, dataset.latest_version)

    def _keys_to_delete(
        self, table: Table, rows: pa.Table, replacing: tuple[str, Sequence[str]] | None
    ) -> list[str]:
        if replacing is None:
            return []
        standing = self.read(table.name, [table.key], where=replacing)[table.key]
        gone = pc.invert(pc.is_in(standing, value_set=rows[table.key].combine_chunks()))
        return standing.filter(gone).to_pylist()

    def _differing(self, table: Table, rows: pa.Table) -> tuple[pa.Table, int]:
        """The rows that the table lacks or holds otherwise, and how many of its keys are known."""
        known_count, changed = 0, [rows.slice(0, 0)]
        for part in _in_parts(rows):  # bounds what is held of the table besides
            standing = self.read(table.name, where=(table.key, part[table.key].to_pylist()))
            place = pc.index_in(part[table.key], value_set=standing[table.key].combine_chunks())
            known = pc.is_valid(place)
            known_rows = part.filter(known)
            known_count += known_rows.num_rows
            differs = _differs(known_rows, standing.take(place.filter(known)))
            changed += [known_rows.filter(differs), part.filter(pc.invert(known))]
        return pa.concat_tables(changed), known_count


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _take(
    dataset: lance.LanceDataset, places: npt.NDArray[np.int64], columns: list[str]
) -> Iterator[pa.Table]:
    """Rows by their places in the table, in that order; Lance reads ascending places fastest."""
    for start in range(0, len(places), ROWS_PER_BATCH):
        wanted = places[start : start + ROWS_PER_BATCH]
        order = np.argsort(wanted)
        rows = dataset.take(pa.array(wanted[order]), columns=columns)
        is_ascending = np.array_equal(order, np.arange(len(order)))
        yield rows if is_ascending else rows.take(pa.array(np.argsort(order)))


def _in_parts(rows: pa.Table) -> Iterator[pa.Table]:
    """Parts of at most BYTES_PER_MERGE, as copies: of a slice Lance would count the whole."""
    count = max(1, -(-rows.nbytes // BYTES_PER_MERGE))
    size = max(1, -(-rows.num_rows // count))
    for start in range(0, rows.num_rows, size):
        end = min(start + size, rows.num_rows)
        yield rows if count == 1 else rows.take(pa.array(np.arange(start, end)))


def _is_in(column: str, values: Sequence[str]) -> str:
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"{column} IN ({quoted})"


def _typed(found: pa.Table, schema: pa.Schema) -> pa.Table:
    found = found if found.schema.equals(schema) else found.cast(schema)
    return found.replace_schema_metadata(None)


def _fitting(rows: pa.Table, table: Table) -> pa.Table:
    if set(rows.column_names) != set(table.schema.names):
        raise LakeError(
            f"{table.name}: expected the columns {table.schema.names}, found {rows.column_names}"
        )
    for column in table.columns:
        if not column.nullable and rows[column.name].null_count:
            raise LakeError(
                f"{table.name}: {column.name} may not be null, found "
                f"{rows[column.name].null_count} nulls"
            )
    try:
        rows = rows.select(table.schema.names).cast(table.schema)
    except (pa.ArrowException, ValueError) as error:
        raise LakeError(f"{table.name}: the rows do not fit the contract: {error}") from error
    twice = rows.num_rows - pc.count_distinct(rows[table.key]).as_py()
    if twice:
        raise LakeError(f"{table.name}: expected every {table.key} once, found {twice} again")
    return rows


def _differs(rows: pa.Table, standing: pa.Table) -> pa.Array:
    """For two tables of the same shape, whether row i of one is not row i of the other."""
    differs = pa.array([False] * rows.num_rows, pa.bool_())
    for name in rows.column_names:
        ours, theirs = rows[name].combine_chunks(), standing[name].combine_chunks()
        if pa.types.is_nested(ours.type):
            pairs = zip(ours.to_pylist(), theirs.to_pylist(), strict=True)
            column = pa.array([a != b for a, b in pairs], pa.bool_())
        else:
            unequal = pc.fill_null(pc.not_equal(ours, theirs), False)
            column = pc.or_(unequal, pc.xor(ours.is_null(), theirs.is_null()))
        differs = pc.or_(differs, column)
    return differs


def _optimize(dataset: lance.LanceDataset) -> None:
    dataset.optimize.compact_files()
    dataset.optimize.optimize_indices()
