"""Rebuilding: proves that a release follows from its raw dumps, and tells where it does not.

Data flow: the manifest of a release, its raw dumps -> the pure stages over a lake of their own ->
the fingerprint of the papers, held against the release.

Whether the files of a release are as they were published belongs in release/verify.py. Like
extract.py this goes across the stages; the command line uses it, and no stage does.
"""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from paper_pipeline.clean.update import update_records
from paper_pipeline.dedup.increment import update_papers
from paper_pipeline.enrich.update import update_features
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Lake
from paper_pipeline.published.changes import check_order, find_changes
from paper_pipeline.published.release import MANIFEST_FILE, PAPERS_FILE, ReleaseFolder
from paper_pipeline.release import snapshot
from paper_pipeline.release.publish import PACKAGE, code_versions, tag_of
from paper_pipeline.release.source import PAPERS, read_sides
from paper_pipeline.rulings.corrections import Corrections
from paper_pipeline.rulings.decisions import Decision, read_decisions, store_decisions
from paper_pipeline.rulings.files import RulingsError
from paper_pipeline.settings import DriftLimits

log = logging.getLogger(__name__)

RAW_TABLES = ("raw_daily_pages", "raw_inbox_dumps")


class RebuildError(RuntimeError):
    """A release cannot be rebuilt; the message says what is missing, and what to do."""


@dataclass(frozen=True, eq=False)
class Rebuilt:
    """A release, made again from its raw dumps.

    Attributes:
        version: The release.
        expected: The fingerprint that its manifest states.
        fingerprint: The fingerprint of the papers made again.
        changes: What differs between papers.parquet and the papers made again, as find_changes
            tells it; without rows where nothing does.
        causes: What may explain a difference, in words, the likeliest first.
    """

    version: str
    expected: str
    fingerprint: str
    changes: pa.Table
    causes: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether the dumps give the very papers that the manifest and papers.parquet state."""
        return self.fingerprint == self.expected and not self.changes.num_rows


def rebuild_release(lake: Lake, raw: RawStore, release: ReleaseFolder) -> Rebuilt:
    """Makes the papers of a release again from its raw dumps, in a lake beside the real one.

    The dumps that the manifest names go through all stages with the corrections, the decisions and
    the limits that it holds, and with what was known of the dumps then. The real lake is only read,
    the other one is removed afterwards.

    Args:
        lake: The working tables; what was known of the dumps is taken from here, as the tables are
            now where they are not kept as they were.
        raw: The bytes of the dumps.
        release: The release, as it lies in its folder.

    Raises:
        RebuildError: The release does not hold what is needed, or dumps are not in the lake.
        DamagedDump: The bytes of a dump are missing, or are not what was stored.
    """
    manifest = release.manifest
    held = _read_papers(release)
    dump_ids = _read_inputs(release)
    corrections, decisions = _read_rulings(manifest)
    limits = _read_limits(manifest.get("limits", {}))
    then = lake.at(tag_of(release.version))
    known = {name: then.read(name, where=("dump_id", dump_ids)) for name in RAW_TABLES}
    _check_known(known, dump_ids, release)
    lake.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".rebuilding-", dir=lake.folder.parent) as folder:
        beside = Lake(Path(folder))
        for name, rows in known.items():
            beside.apply(name, rows)
        store_decisions(beside, decisions)
        update_records(beside, raw, limits)
        update_papers(beside, corrections)
        update_features(beside)
        papers = read_sides(beside, PAPERS).read_all()
        parsed = beside.read("parsed_dumps", ["dump_id"])["dump_id"].to_pylist()
        today = code_versions(beside)
    found = snapshot.fingerprint(papers)
    is_same = found == release.fingerprint == snapshot.fingerprint(held)
    changes = find_changes(papers if is_same else held, papers, lake.empty("paper_redirects"))
    causes: tuple[str, ...] = ()
    if not is_same:
        is_kept = tag_of(release.version) in lake.tags()
        causes = tuple(_find_causes(release, held, papers, today, parsed, is_kept))
    log.info("Release %s: expected %s, found %s", release.version, release.fingerprint, found)
    return Rebuilt(release.version, release.fingerprint, found, changes, causes)


def _read_papers(release: ReleaseFolder) -> pa.Table:
    path = release.folder / PAPERS_FILE
    try:
        with pq.ParquetFile(path) as file:
            papers = file.read()
        check_order(papers["paper_id"])
    except (OSError, ValueError, KeyError) as error:
        raise RebuildError(
            f"{path}: expected the papers of release {release.version}, found {error}; put the "
            f"file back from a copy (`paper-pipeline releases verify {release.version}`)"
        ) from error
    return papers


def _read_inputs(release: ReleaseFolder) -> list[str]:
    found: object = release.manifest.get("inputs", {}).get("dump_ids")
    if not isinstance(found, list) or not all(
        isinstance(one, str) for one in cast("list[object]", found)
    ):
        raise RebuildError(
            f"{release.folder / MANIFEST_FILE}: expected inputs with dump_ids, found "
            "none; put the file back from a copy"
        )
    return cast("list[str]", found)


def _read_rulings(manifest: Mapping[str, Any]) -> tuple[Corrections, tuple[Decision, ...]]:
    try:
        corrections = Corrections.from_rows(manifest.get("corrections", []))
        return corrections, read_decisions(manifest.get("quarantine_decisions", []))
    except RulingsError as error:
        remedy = "put the file back from a copy"
        raise RebuildError(f"{MANIFEST_FILE}: {error}; {remedy}") from error


def _read_limits(given: dict[str, Any]) -> DriftLimits:
    try:
        return DriftLimits(**given)
    except TypeError as error:
        raise RebuildError(
            f"{MANIFEST_FILE}: expected the limits of drift ({DriftLimits()}), found {error}; "
            "put the file back from a copy, or rebuild with the version that published it"
        ) from error


def _check_known(
    known: Mapping[str, pa.Table], dump_ids: list[str], release: ReleaseFolder
) -> None:
    there = {dump_id for rows in known.values() for dump_id in rows["dump_id"].to_pylist()}
    missing = [dump_id for dump_id in dump_ids if dump_id not in there]
    if missing:
        raise RebuildError(
            f"expected all {len(dump_ids):,} dumps of release {release.version} in "
            f"{' and '.join(RAW_TABLES)}, found {len(missing):,} missing, {missing[0]} first; "
            "put these pages into the inbox again, or take the lake that made the release"
        )


def _find_causes(
    release: ReleaseFolder,
    held: pa.Table,
    papers: pa.Table,
    today: Mapping[str, str],
    parsed: list[str],
    is_kept: bool,
) -> Iterator[str]:
    """What may have led to other papers, the likeliest first."""
    manifest = release.manifest
    stated = snapshot.fingerprint(held)
    if stated != release.fingerprint:
        yield (
            f"{PAPERS_FILE} is not what was published: its fingerprint is {stated}; put "
            "the file back from a copy"
        )
    then = {n: v for n, v in manifest.get("code_versions", {}).items() if n != PACKAGE}
    for name in sorted(then.keys() | today.keys()):
        if then.get(name) != today.get(name):
            yield (
                f"the code is another: {name} was {then.get(name, 'not there')} then and is "
                f"{today.get(name, 'not there')} now; rebuild with the version that published it"
            )
    for words, one, other in (("no longer", held, papers), ("only now", papers, held)):
        columns = [name for name in one.column_names if name not in other.column_names]
        if columns:
            yield f"columns that papers have {words}: {', '.join(columns)}"
    if "quarantine_decisions" not in manifest:
        yield "the manifest does not tell what people had decided of entries in quarantine"
    unparsed = sorted({*manifest["inputs"]["dump_ids"]} - {*parsed})
    if unparsed:
        yield f"{len(unparsed):,} of its dumps are not parsed any more, {unparsed[0]} first"
    if not is_kept:
        yield (
            "the lake does not keep its tables as they were then: what is known of the dumps (day "
            "asked for, moment of capture) may have changed since"
        )
