"""Verification: whether a release is what its manifest says.

Data flow: data/releases/<version>/, the release before it -> problems in words.

Whether the raw dumps still give these papers belongs in workflows/rebuild.py, as that runs
other stages.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from paper_pipeline.published.changes import papers_schema, replay_changes
from paper_pipeline.published.release import (
    MANIFEST_FILE,
    PAPERS_FILE,
    BrokenRelease,
    MissingFile,
    open_rows,
    read_manifest,
)
from paper_pipeline.release.snapshot import (
    Fingerprint,
    describe_file,
    fingerprint,
)

COPY = "copy it again from where it is whole"


def verify_release(folder: Path) -> list[str]:
    """Compares a release with its manifest, and its changes with the release before it.

    Every file is read: bytes against the hashes, papers against the fingerprint, rows against the
    counts. Releases of earlier versions hold fewer files; what they do not name is not missed. The
    changes are applied to the release before where that lies beside this one.

    Args:
        folder: The release.

    Returns:
        What is wrong, a text each: what was expected, what was found, what to do. Empty where all
        is well.
    """
    try:
        manifest = read_manifest(folder)
    except (MissingFile, BrokenRelease) as error:
        return [str(error)]
    return [*_check_files(folder, manifest.get("files", {})), *_check_content(folder, manifest)]


def _check_files(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if PAPERS_FILE not in files:
        yield f"{MANIFEST_FILE}: expected {PAPERS_FILE} among its files, found it left out; {COPY}"
    for name, says in sorted(files.items()):
        path = folder / name
        if Path(name).name != name or path.is_symlink():
            yield f"{name}: expected a file in the release's folder, found a way out of it; {COPY}"
        elif not path.is_file():
            yield f"{name}: expected {says['byte_count']:,} bytes, found no file; {COPY}"
        elif (size := path.stat().st_size) != says["byte_count"]:
            yield f"{name}: expected {says['byte_count']:,} bytes, found {size:,}; {COPY}"
        elif (found := describe_file(path)["sha256"]) != says["sha256"]:
            yield f"{name}: expected SHA-256 {says['sha256']}, found {found}; {COPY}"
    for path in sorted(folder.iterdir()):
        if path.name not in files and path.name != MANIFEST_FILE:
            yield (
                f"{path.name}: expected only files that the manifest names, found another; "
                "move it out of the release"
            )


def _check_content(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    try:
        found, rows = _read_papers(folder / PAPERS_FILE)
    except FileNotFoundError:
        return  # which _check_files has told
    except (OSError, ValueError) as error:
        yield f"{PAPERS_FILE}: expected a Parquet file, found {error}; {COPY}"
        return
    if found != manifest["fingerprint"]:
        yield (
            f"{PAPERS_FILE}: expected papers with the fingerprint {manifest['fingerprint']}, "
            f"found {found}; {COPY}"
        )
    yield from _check_counts(folder, manifest, rows)
    yield from _check_changes(folder, manifest)


def _read_papers(path: Path) -> tuple[str, Counter[str]]:
    """The fingerprint of papers, and how many they and their mentions are."""
    rows = Counter[str]()
    with open_rows(path) as papers:
        whole = Fingerprint(papers.schema)
        for batch in papers:
            whole.add(batch)
            rows["papers"] += batch.num_rows
            if "mentions" in batch.schema.names:
                rows["mentions"] += pc.sum(pc.list_value_length(batch["mentions"])).as_py() or 0
    return whole.hexdigest(), rows


def _check_counts(folder: Path, manifest: Mapping[str, Any], rows: Counter[str]) -> Iterator[str]:
    """Compares rows with the counts; a file that is missing or unreadable was told before."""
    counts = manifest.get("counts", {})
    dump_ids = manifest.get("inputs", {}).get("dump_ids", [])
    found: list[tuple[str, str, Any, int]] = [
        (PAPERS_FILE, "papers", counts.get("papers"), rows["papers"]),
        (MANIFEST_FILE, "inputs", counts.get("dumps"), len(dump_ids)),
    ]
    for name, words, expected in (
        ("records.parquet", "records", counts.get("records")),
        ("mentions.parquet", "mentions", rows["mentions"]),
    ):
        path = folder / name
        if name in manifest.get("files", {}) and path.is_file():
            try:
                found.append((name, words, expected, pq.ParquetFile(path).metadata.num_rows))
            except (OSError, ValueError) as error:
                yield f"{name}: expected a Parquet file, found {error}; {COPY}"
    for name, words, expected, count in found:
        if expected != count:
            yield f"{name}: expected {expected} {words}, found {count}; {COPY}"


def _check_changes(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Applies the changes to the release before."""
    name = "changes.parquet"
    path, previous = folder / name, manifest.get("previous")
    if name not in manifest.get("files", {}) or not path.is_file():
        return
    earlier = folder.parent / str(previous) if previous is not None else None
    if earlier is not None and not earlier.is_dir():
        return  # it was pruned, or this release was copied without it
    try:
        if (
            earlier
            and _read_papers(earlier / PAPERS_FILE)[0] != (read_manifest(earlier)["fingerprint"])
        ):
            raise ValueError(f"{PAPERS_FILE} of another fingerprint")
    except (OSError, ValueError) as error:
        yield (
            f"{name}: expected release {previous} whole, to apply the changes to, "
            f"found {error}; verify that release first"
        )
        return
    try:
        found = _replay(earlier, path)
    except (OSError, ValueError, KeyError) as error:
        yield f"{name}: expected changes to release {previous}, found {error}; {COPY}"
        return
    if found != manifest["fingerprint"]:
        yield (
            f"{name}: expected changes that lead from release {previous} to the fingerprint "
            f"{manifest['fingerprint']}, found that they lead to {found}; {COPY}"
        )


def _replay(earlier: Path | None, path: Path) -> str:
    """The fingerprint that changes lead to."""
    with open_rows(path) as changes, ExitStack() as opened:
        before = papers_schema(changes.schema).empty_table().to_reader()
        if earlier is not None:
            before = opened.enter_context(open_rows(earlier / PAPERS_FILE))
        return fingerprint(replay_changes(before, changes))
