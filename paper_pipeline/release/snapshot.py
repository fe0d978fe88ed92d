"""Snapshots: the files of a release, and the fingerprint of what stands in them.

Data flow: deduplicated_papers and enriched_papers -> papers; ReleaseContent -> the files of a
release, each described in manifest.json.

The same content gives the same bytes: rows are sorted, no time or place of making is written.
When a release is due belongs in publish.py, what a file looks like in the modules beside.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from paper_pipeline.release.content import TABLE_FILES, ReleaseContent
from paper_pipeline.release.database import write_database
from paper_pipeline.tables import BY_NAME

DATABASE_FILE = "papers.db"
PAPERS_FILE = "papers.parquet"
MANIFEST_FILE = "manifest.json"
# Columns that the working tables need and no reader does.
WORKING_COLUMNS = frozenset({"text_hash", "inputs", "extractor_version"})
# Papers and records are found by their key: the statistics of the groups tell which one, and it is
# read whole, 10 ms for a thousand rows of 4 kB. What is read from end to end is a tenth smaller in
# larger groups.
ROWS_PER_GROUP, ROWS_FOUND_BY_KEY = 20_000, 1_000
FOUND_BY_KEY = frozenset({"papers", "records"})
# Level 9 makes files 6 % smaller and takes twice as long.
COMPRESSION_LEVEL = 3


def join_papers(papers: pa.Table, features: pa.Table) -> pa.Table:
    """The golden records beside their features, a row a paper, sorted by paper_id.

    Raises:
        ValueError: The two do not hold the same papers.
    """
    papers, features = papers.sort_by("paper_id"), features.sort_by("paper_id")
    if not papers["paper_id"].equals(features["paper_id"]):
        raise ValueError(
            f"expected features of every paper and of no other, found {papers.num_rows} papers "
            f"and {features.num_rows} rows of features; materialise enriched_papers first"
        )
    joined = papers.drop_columns(sorted(WORKING_COLUMNS & set(papers.column_names)))
    for name in features.column_names:
        if name != "paper_id" and name not in WORKING_COLUMNS:
            joined = joined.append_column(features.schema.field(name), features[name])
    return joined


def released_schema() -> pa.Schema:
    """The columns of papers.parquet."""
    empty = (
        BY_NAME[name].schema.empty_table() for name in ("deduplicated_papers", "enriched_papers")
    )
    return join_papers(*empty).schema


def fingerprint(table: pa.Table) -> str:
    """A hash over the content of a table: column names, types and values in order.

    Independent of how the table is chunked in memory and of the file format, and so of the
    library's version: only lengths, validity and values are hashed.
    """
    digest = hashlib.sha256()
    for field in table.schema:
        digest.update(f"{field.name}:{_type_name(field.type)};".encode())
        for piece in _values(table[field.name].combine_chunks()):
            digest.update(piece)
    return digest.hexdigest()


def _type_name(kind: pa.DataType) -> str:
    """The type in words, without the name of a list's elements, which file formats differ in."""
    if pa.types.is_list(kind):
        return f"list<{_type_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return "struct<" + ",".join(f"{f.name}:{_type_name(f.type)}" for f in kind) + ">"
    return str(kind)


def _values(array: pa.Array) -> Iterator[bytes]:
    yield np.packbits(array.is_valid().to_numpy(zero_copy_only=False)).tobytes()
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        yield pc.fill_null(pc.binary_length(array), 0).to_numpy().tobytes()
        yield b"".join(_buffer_of(array))
    elif pa.types.is_list(kind):
        yield pc.fill_null(pc.list_value_length(array), 0).to_numpy().tobytes()
        yield from _values(array.flatten())
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from _values(child)
    elif pa.types.is_boolean(kind):
        yield np.packbits(pc.fill_null(array, False).to_numpy(zero_copy_only=False)).tobytes()
    else:
        plain = array.cast(pa.int32()) if pa.types.is_date32(kind) else array
        plain = plain.cast(pa.int64()) if pa.types.is_timestamp(kind) else plain
        yield pc.fill_null(plain, 0).to_numpy(zero_copy_only=False).tobytes()


def _buffer_of(array: pa.Array) -> Iterator[bytes]:
    """The characters of all texts, one after the other; of nulls there are none."""
    compact = pc.drop_null(array)
    if len(compact):
        offsets = np.frombuffer(compact.buffers()[1], dtype=np.int32)
        first, last = offsets[compact.offset], offsets[compact.offset + len(compact)]
        yield memoryview(compact.buffers()[2])[first:last].tobytes()


def write_table(table: pa.Table, path: Path) -> None:
    """Writes a table as Parquet, readable by everything that reads Parquet."""
    is_found_by_key = path.stem in FOUND_BY_KEY
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROWS_FOUND_BY_KEY if is_found_by_key else ROWS_PER_GROUP,
        store_schema=True,
    )


def describe_file(path: Path) -> dict[str, Any]:
    """Size and hash of a file, for the manifest."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"byte_count": path.stat().st_size, "sha256": digest}


def write_files(
    content: ReleaseContent,
    pages: Mapping[str, Callable[[ReleaseContent], str]],
    folder: Path,
    previous: Path | None,
) -> dict[str, Any]:
    """Writes all files of a release into an empty folder.

    Files that are as in the release before are not kept twice: they become links to it.

    Args:
        content: What is to be written; its manifest says nothing of files yet.
        pages: Texts to write beside the tables, by file name, each made of the content with the
            files known that come before it.
        folder: Where.
        previous: Folder of the release before.

    Returns:
        The manifest, which is written too, last of all.
    """
    files: dict[str, dict[str, Any]] = {}
    content = replace(content, manifest={**content.manifest, "files": files})
    # SQLite and Parquet are written at the same time: both leave Python alone for most of it.
    with ThreadPoolExecutor(max_workers=1) as other:
        database = folder / DATABASE_FILE
        written = other.submit(write_database, content.papers, content.records, database)
        for table in TABLE_FILES:
            write_table(content.table(table), folder / table.file_name)
        written.result()
    for path in sorted(folder.iterdir()):
        files[path.name] = _describe_and_link(path, previous)
    for name, render in pages.items():
        (folder / name).write_text(render(content), "utf-8")
        files[name] = _describe_and_link(folder / name, previous)
    manifest = {**content.manifest, "files": dict(sorted(files.items()))}
    write_manifest(manifest, folder / MANIFEST_FILE)
    return manifest


def _describe_and_link(path: Path, previous: Path | None) -> dict[str, Any]:
    described = describe_file(path)
    same = previous / path.name if previous else None
    if same is not None and same.is_file() and describe_file(same) == described:
        path.unlink()
        path.hardlink_to(same)
    return described


def describe_release(
    version: str,
    previous: str | None,
    papers: pa.Table,
    counts: dict[str, int],
    inputs: Sequence[str],
    code: Mapping[str, str],
    people: Mapping[str, list[dict[str, Any]]],
) -> dict[str, Any]:
    """What a release says of itself, but for its files.

    Args:
        version: The release's number.
        previous: That of the release before; None for the first.
        papers: What papers.parquet holds.
        counts: dumps, records, quarantined_entries, papers.
        inputs: Ids of the dumps it was made from.
        code: Versions of the code that decided about the content.
        people: What people have said of papers and entries: corrections, quarantine_decisions.
    """
    return {
        "name": "paper_pipeline corpus",
        "version": version,
        "previous": previous,
        "fingerprint": fingerprint(papers),
        "counts": counts,
        "code_versions": dict(code),
        "inputs": {"dump_ids": sorted(inputs)},
        **people,
    }


def write_manifest(content: dict[str, Any], path: Path) -> None:
    """Writes a manifest, the same bytes for the same content."""
    path.write_text(
        json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
