"""A release as it lies on disk: its folder, its manifest, its files.

Data flow: data/releases/<version>/ -> ReleaseFolder; a Parquet file of it -> batches of rows.

The stage that writes releases and their readers both need this, and neither imports the other. What
differs between two releases belongs in changes.py; making a release, in release/; reading one with
comfort, in reader/corpus.py.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline.lake.tables.columns import VERSION as VERSION_PATTERN
from paper_pipeline.lake.tables.contract import ROWS_PER_BATCH
from paper_pipeline.published.files import TABLE_FILES

MANIFEST_FILE = "manifest.json"
PAPERS_FILE = "papers.parquet"
TABLES = tuple(file.name for file in TABLE_FILES)
VERSION = re.compile(VERSION_PATTERN)
REMEDY = "put the file back, or move the release's folder away"


class BrokenRelease(ValueError):
    """A release whose manifest cannot be read."""


class MissingFile(FileNotFoundError):
    """A release that does not hold the file asked for."""


@dataclass(frozen=True, eq=False)
class ReleaseFolder:
    """A release of the corpus, as it lies in its folder.

    Attributes:
        folder: Where it lies, absolute.
        manifest: What it says of itself: counts, hashes, inputs, versions of the code.
    """

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Opens a release by its folder, wherever it was copied to.

        Raises:
            MissingFile: The folder holds no manifest.
            BrokenRelease: The manifest cannot be read.
        """
        folder = Path(folder).absolute()
        return cls(folder, read_manifest(folder))

    @property
    def version(self) -> str:
        """The number of the release, to be cited."""
        return str(self.manifest["version"])

    @property
    def fingerprint(self) -> str:
        """The hash over its content, to be cited with the version."""
        return str(self.manifest["fingerprint"])

    def has(self, name: str) -> bool:
        """Whether there is a table of that name, one of TABLES."""
        return name in TABLES and (self.folder / f"{name}.parquet").is_file()

    def path(self, name: str = "papers") -> Path:
        """The Parquet file of a table.

        Raises:
            MissingFile: The release does not hold it, as older ones do not hold all.
        """
        if not self.has(name):
            held = ", ".join(sorted(path.name for path in self.folder.glob("*.parquet"))) or "none"
            raise MissingFile(
                f"release {self.version}: expected {name}.parquet, found {held} in {self.folder}; "
                "releases made by earlier versions hold less, take a newer one or copy the file"
            )
        return self.folder / f"{name}.parquet"


def list_releases(folder: Path) -> list[ReleaseFolder]:
    """The releases below a folder, oldest first.

    Raises:
        BrokenRelease: A manifest cannot be read.
    """
    folders = (path.parent for path in folder.glob(f"*/{MANIFEST_FILE}"))
    releases = [ReleaseFolder.open(path) for path in folders if not path.name.startswith(".")]
    return sorted(releases, key=lambda release: version_order(release.version))


def version_order(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 2026.01.09.10 comes after 2026.01.09.9."""
    return tuple(int(part) for part in version.split("."))


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release.

    Raises:
        MissingFile: The folder holds none.
        BrokenRelease: It cannot be read, or is not of the shape that releases are written with.
    """
    path = folder / MANIFEST_FILE
    try:
        return parse_manifest(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingFile(
            f"{path}: expected the manifest of a release, found no file; {REMEDY}"
        ) from error
    except ValueError as error:
        raise BrokenRelease(f"{path}: {error}; {REMEDY}") from error


def parse_manifest(data: bytes) -> dict[str, Any]:
    """The manifest of a release from the bytes of its file; those of earlier versions hold less.

    Raises:
        ValueError: The bytes are no JSON, or not of the shape that releases are written with.
    """
    try:
        content = json.loads(data)
    except ValueError as error:
        raise ValueError(f"expected the manifest of a release in JSON, found {error}") from error
    if not _is_manifest(content):
        raise ValueError(
            "expected the manifest of a release, with version, fingerprint, and files with "
            "byte_count and sha256, found something else"
        )
    return content


def _is_manifest(content: object) -> bool:
    """Whether this is of the shape that releases are written with; earlier ones hold less."""
    if not isinstance(content, dict):
        return False
    manifest = cast("dict[str, Any]", content)
    parts = [manifest.get(name, {}) for name in ("counts", "inputs", "files", "code_versions")]
    if not all(isinstance(part, dict) for part in parts):
        return False
    counts, _, files, _ = cast("list[dict[str, object]]", parts)
    return (
        all(isinstance(manifest.get(name), str) for name in ("version", "fingerprint"))
        and all(isinstance(count, int) for count in counts.values())
        and all(map(_is_file, files.values()))
    )


def _is_file(says: object) -> bool:
    match says:
        case {"byte_count": int(), "sha256": str()}:
            return True
        case _:
            return False


@contextmanager
def open_rows(path: Path, keys: pa.Array | None = None) -> Generator[pa.RecordBatchReader]:
    """The rows of a Parquet file of a release, a batch at a time.

    Read as it is: folders above it with `=` in their names make no columns.

    Args:
        path: The file.
        keys: Values of its first column, which it is sorted by: groups without any of these are not
            read, and other rows are left out. All rows when None.
    """
    import pyarrow.compute as pc

    with pq.ParquetFile(path) as file:
        if keys is None:
            batches = file.iter_batches(ROWS_PER_BATCH)
        else:
            groups = list(_find_groups(file.metadata, keys))
            found = file.iter_batches(ROWS_PER_BATCH, row_groups=groups)
            batches = (batch.filter(pc.is_in(batch[0], value_set=keys)) for batch in found)
        yield pa.RecordBatchReader.from_batches(file.schema_arrow, batches)


def _find_groups(metadata: pq.FileMetaData, keys: pa.Array) -> Iterator[int]:
    """The groups of rows that may have one of the keys in their first column."""
    ordered = sorted(keys.to_pylist())
    for group in range(metadata.num_row_groups):
        held = metadata.row_group(group).column(0).statistics
        if held is None or not held.has_min_max:
            yield group
            continue
        place = bisect_left(ordered, held.min)
        if place < len(ordered) and ordered[place] <= held.max:
            yield group
