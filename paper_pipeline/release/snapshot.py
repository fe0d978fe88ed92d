"""Snapshots: the files of a release, and the fingerprint of what stands in them.

Data flow: the tables of a release, a batch of rows at a time -> Parquet files; ReleaseContent ->
pages; both are described in manifest.json.

The same content gives the same bytes: rows are sorted, no time or place of making is written.
When a release is due belongs in publish.py, what a file looks like in the modules beside.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from paper_pipeline.lake.coverage import count_filled
from paper_pipeline.lake.disk import sync
from paper_pipeline.published.changes import compare_papers
from paper_pipeline.published.release import MANIFEST_FILE
from paper_pipeline.release.content import ReleaseContent
from paper_pipeline.release.source import MENTIONS_SCHEMA, release_mentions

# Papers and records are found by their key: the statistics of the groups tell which one, and it is
# read whole, 10 ms for a thousand rows of 4 kB. What is read from end to end is a tenth smaller in
# larger groups.
ROWS_PER_GROUP, ROWS_FOUND_BY_KEY = 20_000, 1_000
FOUND_BY_KEY = frozenset({"papers", "records"})
# Level 9 makes files 6 % smaller and takes twice as long.
COMPRESSION_LEVEL = 3


def fingerprint(rows: pa.Table | pa.RecordBatchReader) -> str:
    """A hash over content: column names, types and values in order.

    Independent of how the rows are cut into batches and of the file format, and so of the library's
    version: only lengths, validity and values are hashed.
    """
    whole = Fingerprint(rows.schema)
    for batch in _batches(rows):
        whole.add(batch)
    return whole.hexdigest()


def _batches(rows: pa.Table | pa.RecordBatchReader) -> Iterable[pa.RecordBatch]:
    return rows.to_batches() if isinstance(rows, pa.Table) else rows


class Fingerprint:
    """A hash over content that comes a batch of rows at a time; see fingerprint.

    Lengths, validity and values of a column, and of what is within it, have a hash each: the
    fingerprint is the hash over the schema and these.
    """

    def __init__(self, schema: pa.Schema):
        self._schema = schema
        self._digests = [
            [hashlib.sha256() for _ in range(_count_pieces(field.type))] for field in schema
        ]

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the next rows in."""
        for column, digests in zip(batch.columns, self._digests, strict=True):
            for digest, piece in zip(digests, _values(column), strict=True):
                digest.update(piece)

    def hexdigest(self) -> str:
        """The fingerprint of all rows so far, 64 digits."""
        whole = hashlib.sha256()
        for field, digests in zip(self._schema, self._digests, strict=True):
            whole.update(f"{field.name}:{_type_name(field.type)};".encode())
            for digest in digests:
                whole.update(digest.digest())
        return whole.hexdigest()


def _type_name(kind: pa.DataType) -> str:
    """The type in words, without the name of a list's elements, which file formats differ in."""
    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ",".join(f"{f.name}:{_type_name(f.type)}" for f in kind) + ">"
    return str(kind)


def _count_pieces(kind: pa.DataType) -> int:
    """How many pieces _values gives of an array of this type."""
    if pa.types.is_struct(kind):
        return 1 + sum(_count_pieces(child.type) for child in kind)
    if pa.types.is_list(kind):
        return 2 + _count_pieces(kind.value_type)
    return 3 if pa.types.is_string(kind) or pa.types.is_binary(kind) else 2


def _values(array: pa.Array) -> Iterator[memoryview]:
    """Validity, lengths, values of an array, a byte or more each; of nulls there are none or 0."""
    yield array.is_valid().cast(pa.uint8()).to_numpy().data
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        yield pc.fill_null(pc.binary_length(array), 0).to_numpy().data
        yield _characters(array)
    elif pa.types.is_list(kind):
        yield pc.fill_null(pc.list_value_length(array), 0).to_numpy().data
        yield from _values(array.flatten())
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from _values(child)
    elif pa.types.is_boolean(kind):
        yield pc.fill_null(array, False).cast(pa.uint8()).to_numpy().data
    else:
        plain = array.cast(pa.int32()) if pa.types.is_date32(kind) else array
        plain = plain.cast(pa.int64()) if pa.types.is_timestamp(kind) else plain
        yield pc.fill_null(plain, 0).to_numpy().data


def _characters(array: pa.Array) -> memoryview:
    """The characters of all texts, one after the other; of nulls there are none."""
    compact = pc.drop_null(array)
    if not len(compact):
        return memoryview(b"")
    offsets = np.frombuffer(compact.buffers()[1], dtype=np.int32)
    first, last = offsets[compact.offset], offsets[compact.offset + len(compact)]
    return memoryview(compact.buffers()[2])[first:last]


class TableWriter:
    """Writes a table as Parquet a batch of rows at a time, readable by all that reads Parquet.

    However the rows are cut into batches, the file is the same.
    """

    def __init__(self, path: Path, schema: pa.Schema):
        self._group = ROWS_FOUND_BY_KEY if path.stem in FOUND_BY_KEY else ROWS_PER_GROUP
        self._writer = pq.ParquetWriter(
            path, schema, compression="zstd", compression_level=COMPRESSION_LEVEL
        )
        # Fewer rows than fill a group.
        self._waiting = pa.RecordBatch.from_pylist([], schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._write(self._waiting)
        self._writer.close()

    def write(self, rows: pa.RecordBatch) -> None:
        """Takes the next rows; they are written as soon as they fill a group."""
        if self._waiting.num_rows:
            missing = self._group - self._waiting.num_rows
            self._waiting = pa.concat_batches([self._waiting, rows.slice(0, missing)])
            rows = rows.slice(missing)
            if self._waiting.num_rows < self._group:
                return
            self._write(self._waiting)
        full = rows.num_rows - rows.num_rows % self._group
        self._write(rows.slice(0, full))
        self._waiting = rows.slice(full)

    def _write(self, rows: pa.RecordBatch) -> None:
        # Whole groups in one piece: where a piece ends, a page may end too.
        if rows.num_rows:
            self._writer.write_batch(rows, row_group_size=self._group)


def write_table(rows: pa.Table | pa.RecordBatchReader, path: Path) -> None:
    """Writes a table as TableWriter does."""
    with TableWriter(path, rows.schema) as writer:
        for batch in _batches(rows):
            writer.write(batch)


def describe_file(path: Path) -> dict[str, Any]:
    """Size and hash of a file, for the manifest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"byte_count": path.stat().st_size, "sha256": digest}


@dataclass(frozen=True, slots=True)
class PapersWritten:
    """What is known of papers once they are written.

    Attributes:
        fingerprint: Of papers.parquet.
        coverage: The share of papers, 0 to 1, of which each column says something.
    """

    fingerprint: str
    coverage: Mapping[str, float]


def write_papers(
    papers: pa.RecordBatchReader,
    before: pa.RecordBatchReader,
    redirects: pa.Table,
    folder: Path,
    touched: pa.Array | None = None,
) -> PapersWritten:
    """Writes papers.parquet, mentions.parquet and changes.parquet in one pass over the papers.

    Args:
        papers: Papers with their features, sorted by paper_id.
        before: Those of the release before, sorted too.
        redirects: Rows of paper_redirects.
        folder: Where.
        touched: The papers that may differ; `before` holds no others then. All when None.

    Raises:
        ValueError: Papers are not sorted by paper_id, or one stands twice.
    """
    schema = papers.schema
    whole = Fingerprint(schema)
    row_count, filled = 0, Counter[str]()

    def write_passing() -> Iterator[pa.RecordBatch]:
        nonlocal row_count
        for batch in papers:
            written.write(batch)
            mentions.write(release_mentions(batch))
            whole.add(batch)
            row_count += batch.num_rows
            filled.update({name: count_filled(batch[name]) for name in schema.names})
            yield batch if touched is None else batch.filter(pc.is_in(batch["paper_id"], touched))

    passing = pa.RecordBatchReader.from_batches(schema, write_passing())
    found = compare_papers(before, passing, redirects)
    with ExitStack() as open_files:
        written, mentions, changes = (
            open_files.enter_context(TableWriter(folder / f"{name}.parquet", columns))
            for name, columns in (
                ("papers", schema),
                ("mentions", MENTIONS_SCHEMA),
                ("changes", found.schema),
            )
        )
        for batch in found:
            changes.write(batch)
    coverage = {name: filled[name] / max(1, row_count) for name in schema.names}
    return PapersWritten(whole.hexdigest(), coverage)


def write_pages(
    content: ReleaseContent,
    pages: Mapping[str, Callable[[ReleaseContent], str]],
    folder: Path,
    previous: Path | None,
) -> dict[str, Any]:
    """Writes the pages of a release beside its tables, and the manifest, last of all.

    Args:
        content: What is to be written; its manifest may describe some of the files already.
        pages: Texts to write, by file name, each made of the content with the files known that
            come before it.
        folder: Where the tables are.
        previous: Folder of the release before.

    Returns:
        The manifest.
    """
    files = dict(content.manifest.get("files", {}))
    content = replace(content, manifest={**content.manifest, "files": files})
    others = (path for path in sorted(folder.iterdir()) if path.name not in files)
    files |= describe_files(others, previous)
    for name, render in pages.items():
        (folder / name).write_text(render(content), "utf-8")
        files |= describe_files([folder / name], previous)
    manifest = {**content.manifest, "files": dict(sorted(files.items()))}
    write_manifest(manifest, folder / MANIFEST_FILE)
    return manifest


def describe_files(paths: Iterable[Path], previous: Path | None) -> dict[str, dict[str, Any]]:
    """Size and hash of files, by name; they are on disk afterwards.

    Files that are as in the release before are not kept twice: they become links to it.

    Args:
        paths: The files.
        previous: Folder of the release before.
    """
    return {path.name: _describe_and_link(path, previous) for path in paths}


def _describe_and_link(path: Path, previous: Path | None) -> dict[str, Any]:
    described = describe_file(path)
    same = previous / path.name if previous else None
    if (
        same is not None
        and same.is_file()
        and same.stat().st_size == described["byte_count"]
        and describe_file(same) == described
    ):
        beside = path.with_name(f".{path.name}")
        with suppress(OSError):  # a file system that knows no links, or no more of them
            beside.hardlink_to(same)
            beside.replace(path)
    sync(path)
    return described


def write_manifest(content: dict[str, Any], path: Path) -> None:
    """Writes a manifest, the same bytes for the same content."""
    path.write_text(
        json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
