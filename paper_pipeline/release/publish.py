"""Publishing: decides whether a release is due, and puts it in place in one step.

Data flow: the lake's tables -> data/releases/<version>/ -> rows of corpus_release and
released_papers.

What the files hold belongs in snapshot.py.
"""

import importlib.metadata
import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline.release import snapshot
from paper_pipeline.store import Lake
from paper_pipeline.tables import BY_NAME

log = logging.getLogger(__name__)

INPUT_TABLES = (
    "raw_inbox_dumps",
    "parsed_dumps",
    "cleaned_records",
    "quarantined_entries",
    "deduplicated_papers",
    "corrections",
    "enriched_papers",
)


class BrokenManifest(ValueError):
    """The manifest of a release cannot be read."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it lies in its folder."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def version(self) -> str:
        """The number of the release."""
        return str(self.manifest["version"])

    @property
    def fingerprint(self) -> str:
        """The hash over its content."""
        return str(self.manifest["fingerprint"])


def list_releases(folder: Path) -> list[Release]:
    """The releases below a folder, oldest first.

    Raises:
        BrokenManifest: A manifest cannot be read.
    """
    releases: list[Release] = []
    for path in folder.glob(f"*/{snapshot.MANIFEST_FILE}"):
        if path.parent.name.startswith("."):
            continue
        try:
            releases.append(Release(path.parent, json.loads(path.read_text("utf-8"))))
        except ValueError as error:
            raise BrokenManifest(
                f"{path}: expected a manifest in JSON, found {error}; "
                "put the file back, or move the release's folder away"
            ) from error
    return sorted(releases, key=lambda release: version_order(release.version))


def version_order(version: str) -> tuple[int, ...]:
    """A version as numbers, so that 2026.01.09.10 comes after 2026.01.09.9."""
    return tuple(int(part) for part in version.split("."))


def next_version(taken: list[str], today: date) -> str:
    """The calendar version of a release made today: 2026.11.21, then 2026.11.21.1 and so on.

    Never lower than a version that is taken, even where the clock went back.
    """
    version = today.strftime("%Y.%m.%d")
    newest = max(taken, key=version_order, default="")
    if newest and version_order(version) <= version_order(newest):
        day, number = newest[:10], newest[11:]
        version = f"{day}.{int(number or 0) + 1}"
    return version


def publish(
    lake: Lake, folder: Path, code: dict[str, str], today: date | None = None
) -> tuple[Release, bool]:
    """Makes a release if the content differs from the newest one.

    Args:
        lake: The working tables.
        folder: Where the releases are.
        code: Versions of the code that decided about the content.
        today: The day of the release; the current one in UTC when None.

    Returns:
        The newest release, and whether it was made now.
    """
    releases = list_releases(folder)
    newest = releases[-1] if releases else None
    stamp = _stamp(lake, newest, code)
    is_new = False
    if newest is None or lake.recall("release", "published", stamp) is None:
        papers = snapshot.join_papers(
            lake.read("deduplicated_papers"), lake.read("enriched_papers")
        )
        found = snapshot.fingerprint(papers)
        if newest is None or newest.fingerprint != found:
            noted = lake.read("corpus_release", ["version", "fingerprint"]).to_pylist()
            fingerprints = {row["version"]: row["fingerprint"] for row in noted}
            taken = [*fingerprints, *(release.version for release in releases)]
            version = next_version(taken, today or datetime.now(UTC).date())
            last = max(taken, key=version_order, default="")
            if fingerprints.get(last) == found:
                version = last  # its folder was lost: the same content comes back under its number
            newest, is_new = _write(lake, folder, version, papers, code), True
            releases.append(newest)
    for release in releases:
        _register(lake, release)
    lake.remember("release", "published", _stamp(lake, newest, code), newest.version)
    return newest, is_new


def code_versions(lake: Lake) -> dict[str, str]:
    """Versions of the code that the rows in the lake were made by."""
    parsed = lake.read("parsed_dumps", ["format", "parser_version"])
    parsers = parsed.group_by(["format", "parser_version"]).aggregate([]).to_pylist()
    versions = {f"parser_{p['format']}": str(p["parser_version"]) for p in parsers}
    for name, column in (
        ("paper_records", "signature_version"),
        ("enriched_papers", "extractor_version"),
    ):
        used = sorted(set(lake.read(name, [column])[column].to_pylist()))
        versions[column] = ",".join(map(str, used))
    return dict(sorted(versions.items()))


def _write(
    lake: Lake, folder: Path, version: str, papers: pa.Table, code: dict[str, str]
) -> Release:
    """Writes a release beside its place and renames it, so that it is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".writing-*"):
        shutil.rmtree(leftover)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    beside.chmod(0o755)
    snapshot.write_papers(papers, beside / snapshot.PAPERS_FILE)
    dump_ids = lake.read("parsed_dumps", ["dump_id"])["dump_id"].to_pylist()
    content = snapshot.manifest(
        version,
        papers,
        {snapshot.PAPERS_FILE: snapshot.describe_file(beside / snapshot.PAPERS_FILE)},
        {
            "dumps": len(dump_ids),
            "records": lake.count("cleaned_records"),
            "quarantined_entries": lake.count("quarantined_entries"),
            "papers": papers.num_rows,
        },
        dump_ids,
        _corrections(lake),
        code | {"paper_pipeline": importlib.metadata.version("paper-pipeline")},
    )
    snapshot.write_manifest(content, beside / snapshot.MANIFEST_FILE)
    for path in (*beside.iterdir(), beside):
        _sync(path)
    # Before the release is there: an id noted too early does no harm, one never noted would leave
    # its paper without a redirect.
    _note_papers(lake, papers, version)
    beside.replace(folder / version)
    _sync(folder)
    log.info("Released %s: %d papers", version, papers.num_rows)
    return Release(folder / version, content)


def _corrections(lake: Lake) -> list[dict[str, Any]]:
    """What people have said of papers, for the manifest."""
    rows = lake.read("corrections").sort_by("correction_id").to_pylist()
    return [
        row | {"added_on": row["added_on"].isoformat() if row["added_on"] else None} for row in rows
    ]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_published(lake: Lake, folder: Path) -> bool:
    """Whether the newest release was made from the tables as they are."""
    releases = list_releases(folder)
    newest = releases[-1] if releases else None
    return (
        lake.recall("release", "published", _stamp(lake, newest, code_versions(lake))) is not None
    )


def _stamp(lake: Lake, newest: Release | None, code: dict[str, str]) -> list[object]:
    """What a release follows from: while it is the same, there is nothing to publish."""
    return [lake.versions(INPUT_TABLES), code, newest.fingerprint if newest else None]


def _note_papers(lake: Lake, papers: pa.Table, version: str) -> None:
    """Notes that papers have been in a release."""
    known = set(lake.read("released_papers", ["paper_id"])["paper_id"].to_pylist())
    new = sorted(set(papers["paper_id"].to_pylist()) - known)
    schema = BY_NAME["released_papers"].schema
    rows = pa.table({"paper_id": new, "first_release": [version] * len(new)}, schema=schema)
    lake.apply("released_papers", rows)


def _register(lake: Lake, release: Release) -> None:
    """Notes a release and its papers in the lake; a crash after publishing is made good here."""
    if lake.read("corpus_release", ["version"], where=("version", [release.version])).num_rows:
        return
    ids = pq.read_table(release.folder / snapshot.PAPERS_FILE, columns=["paper_id"])
    _note_papers(lake, ids, release.version)
    counts = release.manifest["counts"]
    row = {
        "version": release.version,
        "fingerprint": release.fingerprint,
        "released_at": datetime.now(UTC),
        "dump_count": counts["dumps"],
        "record_count": counts["records"],
        "quarantined_count": counts["quarantined_entries"],
        "paper_count": counts["papers"],
    }
    schema = BY_NAME["corpus_release"].schema
    lake.apply("corpus_release", pa.Table.from_pylist([row], schema=schema))
