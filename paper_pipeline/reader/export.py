"""Export: papers of a release, all or some, in the format that somebody wants.

Data flow: papers.parquet of a release, columns, a condition -> one file of Parquet, JSON lines, CSV
or SQLite, or a folder of Lance.

Rows go through in batches, so that memory does not grow with the corpus. Lists and structs are
JSON where a format has no such thing (CSV, SQLite), days and moments ISO 8601. What conditions can
say is told in conditions.py; the files of a release itself belong in release/.
"""

import json
import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Literal, cast, get_args

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from paper_pipeline.published.release import VERSION
from paper_pipeline.reader.conditions import parse_condition
from paper_pipeline.reader.corpus import (
    Release,
    as_of,
    open_folder,
    open_release,
    scan_rows,
)

Format = Literal["parquet", "jsonl", "csv", "sqlite", "lance"]
Progress = Callable[[int, int], None]

ROWS_PER_GROUP = 20_000
SQLITE_TABLE = "papers"


class ExportError(ValueError):
    """What is asked for cannot be written."""


def export(
    release_folder: Path,
    out: Path,
    *,
    format: Format,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    since: str | None = None,
    overwrite: bool = False,
    on_progress: Progress | None = None,
) -> int:
    """Writes papers of a release.

    The file is written beside its place and renamed, so that it is there whole or not at all.
    Links are followed.

    Args:
        release_folder: The release.
        out: The file to write, or the folder of a Lance dataset; folders above it are made.
        format: One of parquet, jsonl, csv, sqlite, lance.
        columns: The columns wanted, in order; all when None.
        where: Which papers are wanted, as `upvotes >= 50`; all when None.
        since: Only papers added or changed since then: an earlier release beside this one, as
            2026.11.21, or a day, as 2026-11-21, for the release that was the newest on it.
        overwrite: Whether to take the place of what is there.
        on_progress: Called after every batch with the rows written and the rows there will be.

    Returns:
        How many papers were written.

    Raises:
        ExportError: The format is not known, something stands where the file is to go, or it would
            stand among the files of releases and lake.
        UnknownColumn, BadCondition, UnknownRelease: The selection does not fit the release.
    """
    if format not in get_args(Format):
        raise ExportError(
            f"expected one of the formats {', '.join(get_args(Format))}, found {format!r}"
        )
    release = open_folder(release_folder)
    out = _find_place(out.absolute(), release, overwrite)
    wanted = _selection(release, where, since)
    scanner = scan_rows(release.path(), columns, wanted)
    total = scan_rows(release.path(), [], wanted).count_rows() if on_progress else 0
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=out.parent))
    try:
        counter = _Counter(scanner, total, on_progress)
        new = beside / "new"
        _WRITERS[format](counter.batches(), scanner.projected_schema, new)
        if out.exists() and (out.is_dir() or new.is_dir()):  # only a file takes a file's place
            out.rename(beside / "old")
        new.replace(out)
    finally:
        shutil.rmtree(beside)
    return counter.done


class _Counter:
    """Hands batches on and tells of them."""

    def __init__(self, scanner: ds.Scanner, total: int, on_progress: Progress | None):
        self.scanner = scanner
        self.total = total
        self.on_progress = on_progress
        self.done = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self.scanner.to_batches():
            if batch.num_rows:
                yield batch
                self.done += batch.num_rows
                if self.on_progress:
                    self.on_progress(self.done, self.total)


def _find_place(out: Path, release: Release, overwrite: bool) -> Path:
    """Where to write, with links followed.

    Raises:
        ExportError: Nothing may be written there.
    """
    if out.exists():
        if not out.is_file() and not (out / "_versions").is_dir():
            found = "a folder" if out.is_dir() else "a device or a pipe"
            raise ExportError(
                f"{out}: expected a file or a Lance dataset to overwrite, found {found}; "
                "choose another name"
            )
        if not overwrite:
            raise ExportError(
                f"{out} is there already; choose another name, or say --overwrite (overwrite=True)"
            )
    place = Path(os.path.realpath(out))
    data = release.folder.parent.parent
    for ours in (release.folder, data / "releases", data / "lake"):
        if place.is_relative_to(os.path.realpath(ours)):
            raise ExportError(
                f"{out}: expected a place outside {ours}, which only the pipeline changes, "
                "found one within; choose another folder"
            )
    return place


def _selection(release: Release, where: str | None, since: str | None) -> pc.Expression | None:
    schema = pq.read_schema(release.path())
    condition = None if where is None else parse_condition(where, schema)
    if since is None:
        return condition
    data = release.folder.parent.parent
    if VERSION.fullmatch(since):
        earlier = open_release(since, data)
    else:
        try:
            earlier = as_of(date.fromisoformat(since), data)
        except ValueError as error:
            raise ExportError(
                f"since: expected a release, as 2026.11.21, or a day, as 2026-11-21, "
                f"found {since!r}"
            ) from error
    changes = release.changes_since(earlier)
    has_values = pc.is_in(changes["kind"], value_set=pa.array(["added", "changed"]))
    is_new = pc.field("paper_id").isin(changes["paper_id"].filter(has_values).combine_chunks())
    return is_new if condition is None else condition & is_new


def _write_parquet(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> None:
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(piece.num_rows for piece in waiting) >= ROWS_PER_GROUP:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))


def _write_json_lines(batches: Iterable[pa.RecordBatch], _: pa.Schema, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for batch in batches:
            file.writelines(_to_json(row) + "\n" for row in batch.to_pylist())


def _write_csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> None:
    flat = pa.schema(
        [pa.field(f.name, pa.string() if pa.types.is_nested(f.type) else f.type) for f in schema]
    )
    with pyarrow.csv.CSVWriter(path, flat) as writer:
        for batch in batches:
            columns = [
                pa.array([_nested_to_json(value) for value in column.to_pylist()], pa.string())
                if pa.types.is_nested(column.type)
                else column
                for column in batch.columns
            ]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=flat))


def _write_sqlite(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> None:
    names = ['"' + name.replace('"', '""') + '"' for name in schema.names]
    columns = [f"{name} {_sqlite_type(field)}" for name, field in zip(names, schema, strict=True)]
    places = ", ".join("?" * len(names))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # The file is thrown away unless all of it is written, so nothing needs to be undone.
        database.execute("pragma journal_mode = off")
        database.execute("pragma synchronous = off")
        database.execute("begin")
        database.execute(f"create table {SQLITE_TABLE} ({', '.join(columns)})")
        for batch in batches:
            values = (map(_to_sqlite, column.to_pylist()) for column in batch.columns)
            database.executemany(
                f"insert into {SQLITE_TABLE} values ({places})",  # noqa: S608 -- only marks
                zip(*values, strict=True),
            )
        database.execute("commit")


def _write_lance(batches: Iterable[pa.RecordBatch], schema: pa.Schema, path: Path) -> None:
    import lance  # noqa: TID251 -- a file for others; the lake's tables stay with store.py

    lance.write_dataset(pa.RecordBatchReader.from_batches(schema, batches), str(path))


_WRITERS: dict[Format, Callable[[Iterable[pa.RecordBatch], pa.Schema, Path], None]] = {
    "parquet": _write_parquet,
    "jsonl": _write_json_lines,
    "csv": _write_csv,
    "sqlite": _write_sqlite,
    "lance": _write_lance,
}


def _to_json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=date.isoformat, allow_nan=False)
    except ValueError:  # JSON has no NaN and no infinity
        return json.dumps(_without_nan(value), ensure_ascii=False, default=date.isoformat)


def _without_nan(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [_without_nan(one) for one in cast("list[object]", value)]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _without_nan(one) for name, one in fields.items()}
    return value


def _nested_to_json(value: Any) -> str | None:
    return None if value is None else _to_json(value)


def _sqlite_type(field: pa.Field) -> str:
    if pa.types.is_integer(field.type) or pa.types.is_boolean(field.type):
        kind = "INTEGER"
    else:
        kind = "REAL" if pa.types.is_floating(field.type) else "TEXT"
    is_key = field.name == "paper_id"
    return kind + (" NOT NULL PRIMARY KEY" if is_key else "" if field.nullable else " NOT NULL")


def _to_sqlite(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return _to_json(value) if isinstance(value, (list, dict)) else value
