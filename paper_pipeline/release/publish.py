"""Publishing: decides whether a release is due, and puts it in place in one step.

Data flow: the lake's tables -> data/releases/<version>/ -> rows of corpus_release and
released_papers.

What the files hold belongs in snapshot.py.
"""

import importlib.metadata
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from paper_pipeline.lake.disk import sync
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.published.changes import TOLD, summarize_changes
from paper_pipeline.published.database import DATABASE_FILE
from paper_pipeline.published.files import TABLE_FILES
from paper_pipeline.published.release import (
    MANIFEST_FILE,
    PAPERS_FILE,
    ReleaseFolder,
    list_releases,
    open_rows,
    version_order,
)
from paper_pipeline.release import snapshot
from paper_pipeline.release.card import write_card
from paper_pipeline.release.content import ReleaseContent, count_names
from paper_pipeline.release.croissant import write_croissant
from paper_pipeline.release.database import (
    RECORD_COLUMNS,
    SOURCE_COLUMNS,
    oldest_first,
    write_database,
)
from paper_pipeline.release.report import (
    CheckVerdict,
    Quality,
    draft_report,
    render_quality_page,
)
from paper_pipeline.release.source import (
    PAPERS,
    RECORDS,
    find_touched,
    read_sides,
    release_redirects,
)
from paper_pipeline.settings import DriftLimits

log = logging.getLogger(__name__)

# Of the package as a whole: another number alone does not make other papers.
PACKAGE = "paper_pipeline"
INPUT_TABLES = ("deduplicated_papers", "enriched_papers")
# Columns of corpus_release that count something, and what the manifest calls it.
COUNTS = {
    "dump_count": "dumps",
    "record_count": "records",
    "quarantined_count": "quarantined_entries",
    "paper_count": "papers",
}


def tag_of(version: str) -> str:
    """The name under which the lake's tables stay readable as a release was made of them."""
    return f"release-{version}"


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
    lake: Lake,
    folder: Path,
    limits: DriftLimits | None = None,
    today: date | None = None,
) -> tuple[ReleaseFolder, bool]:
    """Makes a release if the content differs from the newest one.

    Args:
        lake: The working tables.
        folder: Where the releases are.
        limits: From when on a dump was held back as damaged; the defaults when None.
        today: The day of the release; the current one in UTC when None.

    Returns:
        The newest release, and whether it was made now.
    """
    releases, is_new = list_releases(folder), False
    if not releases or not _is_published(lake, releases[-1]):
        today = today or datetime.now(UTC).date()
        made = _write(lake, folder, releases, limits or DriftLimits(), today)
        if made is not None:
            releases, is_new = [*releases, made], True
    for release in releases:
        _register(lake, release)
    newest = releases[-1]
    lake.remember("release", "published", _stamp(lake, newest), newest.version)
    return newest, is_new


def is_published(lake: Lake, folder: Path) -> bool:
    """Whether the newest release was made from the papers as they are."""
    releases = list_releases(folder)
    return bool(releases) and _is_published(lake, releases[-1])


def _is_published(lake: Lake, newest: ReleaseFolder) -> bool:
    return lake.recall("release", "published", _stamp(lake, newest)) is not None


def _stamp(lake: Lake, newest: ReleaseFolder) -> Stamp:
    """What a release follows from: while it is the same, there is nothing to publish."""
    papers = {name: lake.commit(name) for name in INPUT_TABLES}
    return Stamp({**papers, "release": newest.fingerprint})


def code_versions(lake: Lake) -> dict[str, str]:
    """Versions of the code that the rows in the lake were made by."""
    parsed = lake.read("parsed_dumps", ["format", "parser_version"])
    parsers = parsed.group_by(["format", "parser_version"]).aggregate([]).to_pylist()
    versions = {f"parser_{p['format']}": str(p["parser_version"]) for p in parsers}
    for name, column in (
        ("parsed_dumps", "repair_version"),
        ("parsed_dumps", "rules_version"),
        ("parsed_dumps", "profile_version"),
        ("paper_records", "signature_version"),
        ("enriched_papers", "extractor_version"),
    ):
        used = sorted(set(lake.read(name, [column])[column].to_pylist()))
        versions[column] = ",".join(map(str, used))
    return dict(sorted(versions.items()))


def _write(
    lake: Lake,
    folder: Path,
    releases: list[ReleaseFolder],
    limits: DriftLimits,
    today: date,
) -> ReleaseFolder | None:
    """Writes a release beside its place and renames it, so that it is there whole or not at all.

    Returns:
        The release; None where the papers are those of the newest one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".writing-*"):
        shutil.rmtree(leftover)
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    beside.chmod(0o755)
    previous = releases[-1] if releases else None
    # All else is done while the database is being written, which takes longest and leaves Python
    # alone for most of it.
    with ThreadPoolExecutor(max_workers=1) as other:
        database = other.submit(_write_database, lake, beside / DATABASE_FILE)
        papers = _write_tables(lake, previous, beside)
        if previous is not None and papers.fingerprint == previous.fingerprint:
            database.result()
            shutil.rmtree(beside)
            return None
        version = _choose_version(lake, releases, papers.fingerprint, today)
        if version_order(version)[:3] > (today.year, today.month, today.day):
            log.warning(
                "Release %s has the number of a day to come, as today is %s: the clock is behind, "
                "or was ahead when the newest release was made",
                version, today,
            )  # fmt: skip
        content = _describe(lake, beside, papers, version, limits, previous)
        pages = _draft_pages(lake, content, previous)
        database.result()
    manifest = snapshot.write_pages(content, pages, beside, previous.folder if previous else None)
    for path in (beside / MANIFEST_FILE, beside):
        sync(path)
    # Before the release is there: an id noted too early does no harm, one never noted would leave
    # its paper without a redirect.
    _note_papers(lake, content.papers, version)
    # The same holds for a tag: the next release of that number takes it over.
    lake.tag(tag_of(version))
    lake.sync()
    beside.replace(folder / version)
    sync(folder)
    log.info("Released %s: %d papers", version, content.counts["papers"])
    return ReleaseFolder((folder / version).absolute(), manifest)


def _write_database(lake: Lake, path: Path) -> None:
    """Writes papers.db; reads the lake by itself, as its papers stand in another order."""
    dated = lake.read(INPUT_TABLES[0], ["paper_id", "published_on", "first_listed_on"])
    papers = read_sides(lake, PAPERS, SOURCE_COLUMNS, oldest_first(dated))
    write_database(papers, read_sides(lake, RECORDS, tuple(RECORD_COLUMNS)), path)


def _write_tables(
    lake: Lake, previous: ReleaseFolder | None, folder: Path
) -> snapshot.PapersWritten:
    """Writes the Parquet files."""
    redirects = release_redirects(lake.read("paper_redirects"))
    papers = read_sides(lake, PAPERS)
    with ExitStack() as opened:
        before, touched = papers.schema.empty_table().to_reader(), None
        if previous is not None:
            touched = _find_touched(lake, previous, papers.schema)
            path = previous.folder / PAPERS_FILE
            before = opened.enter_context(open_rows(path, touched))
        written = snapshot.write_papers(papers, before, redirects, folder, touched)
    snapshot.write_table(read_sides(lake, RECORDS), folder / "records.parquet")
    snapshot.write_table(redirects, folder / "redirects.parquet")
    return written


def _draft_pages(
    lake: Lake, content: ReleaseContent, previous: ReleaseFolder | None
) -> dict[str, Callable[[ReleaseContent], str]]:
    """The pages of a release, in order; what is left to do needs the files before them."""
    summary = summarize_changes(content.changes.to_table(list(TOLD)), _read_titles(previous)).text
    quality = _read_quality(lake)
    card = write_card(content, summary)
    quality_page = render_quality_page(quality, _read_history(lake, content))
    return {
        "README.md": lambda _: card,
        "report.html": draft_report(content, lake.read("parsed_dumps").sort_by("dump_id"), quality),
        "quality.html": lambda _: quality_page,
        "croissant.json": write_croissant,
    }


def _find_touched(lake: Lake, previous: ReleaseFolder, schema: pa.Schema) -> pa.Array | None:
    """The papers that may differ from those of a release; None where nobody knows.

    The lake knows where it made that release, and keeps its tables as they were then.
    """
    columns = ["version", "fingerprint"]
    noted = lake.read("corpus_release", columns, where=("version", [previous.version]))
    path = previous.folder / PAPERS_FILE
    if noted["fingerprint"].to_pylist() != [previous.fingerprint]:
        return None
    if not pq.read_schema(path).equals(schema):
        return None
    released = pq.read_table(path, columns=["paper_id"])["paper_id"].combine_chunks()
    return find_touched(lake, tag_of(previous.version), released)


def _choose_version(
    lake: Lake, releases: list[ReleaseFolder], fingerprint: str, today: date
) -> str:
    """The number of a new release."""
    noted = lake.read("corpus_release", ["version", "fingerprint"]).to_pylist()
    fingerprints = {row["version"]: row["fingerprint"] for row in noted}
    there = [release.version for release in releases]
    last = max([*fingerprints, *there], key=version_order, default="")
    if fingerprints.get(last) == fingerprint and last not in there:
        return last  # its folder was lost: the same content comes back under its number
    return next_version([*fingerprints, *there], today)


def _describe(
    lake: Lake,
    folder: Path,
    papers: snapshot.PapersWritten,
    version: str,
    limits: DriftLimits,
    previous: ReleaseFolder | None,
) -> ReleaseContent:
    """A release whose tables are written, as values."""
    paths = {file.name: folder / file.file_name for file in TABLE_FILES}
    tables = {name: ds.dataset(path) for name, path in paths.items()}
    dump_ids = lake.read("parsed_dumps", ["dump_id"])["dump_id"].to_pylist()
    counts = {
        "dumps": len(dump_ids),
        "records": tables["records"].count_rows(),
        "quarantined_entries": lake.count("quarantined_entries"),
        "papers": tables["papers"].count_rows(),
    }
    manifest = {
        "name": "paper_pipeline corpus",
        "version": version,
        "previous": previous.version if previous else None,
        "fingerprint": papers.fingerprint,
        "counts": counts,
        # What it was made from and by: workflows/rebuild.py makes it again from these.
        "inputs": {"dump_ids": sorted(dump_ids)},
        "corrections": _read_people(lake, "corrections"),
        "quarantine_decisions": _read_people(lake, "quarantine_decisions"),
        "limits": asdict(limits),
        "code_versions": code_versions(lake) | {PACKAGE: importlib.metadata.version(PACKAGE)},
        "files": snapshot.describe_files(paths.values(), previous.folder if previous else None),
    }
    return ReleaseContent(manifest, **tables, coverage=papers.coverage)


def _read_titles(release: ReleaseFolder | None) -> pa.Table | None:
    if release is None:
        return None
    return ds.dataset(release.folder / PAPERS_FILE).to_table(["paper_id", "title"])


def _read_people(lake: Lake, name: str) -> list[dict[str, Any]]:
    """What people have said, for the manifest."""
    rows = lake.read(name).sort_by(BY_NAME[name].key).to_pylist()
    return [
        row | {"added_on": row["added_on"].isoformat() if row["added_on"] else None} for row in rows
    ]


def _read_quality(lake: Lake) -> Quality:
    """The scorecard, but for what depends on the day it was made or on the runs before."""
    checks = [
        CheckVerdict(
            row["asset"],
            row["name"],
            row["verdict"],
            row["promise"] if row["verdict"] == "passed" else row["words"],
        )
        for row in lake.read("quality_scorecard").sort_by("check_id").to_pylist()
        if not row["depends_on_day"]
    ]
    coverage: dict[str, dict[str, float]] = {}
    for row in lake.read("column_coverage").sort_by("column_id").to_pylist():
        share = row["filled_count"] / max(row["row_count"], 1)
        coverage.setdefault(row["table"], {})[row["column"]] = share
    rules = lake.read("quarantined_entries", ["rule"])["rule"]
    return Quality(checks, coverage, count_names(rules))


def _read_history(lake: Lake, content: ReleaseContent) -> pa.Table:
    """Rows of corpus_release up to this release, the oldest first."""
    known = lake.read("corpus_release").to_pylist()
    order = version_order(content.version)
    rows = [row for row in known if version_order(row["version"]) < order]
    rows.append(_row(content.manifest))
    rows.sort(key=lambda row: version_order(row["version"]))
    return pa.Table.from_pylist(rows, BY_NAME["corpus_release"].schema)


def _row(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A row of corpus_release."""
    row = {name: manifest["counts"][counted] for name, counted in COUNTS.items()}
    named = {name: manifest[name] for name in ("version", "fingerprint")}
    return named | row | {"released_at": datetime.now(UTC)}


def _note_papers(lake: Lake, papers: ds.Dataset, version: str) -> None:
    """Notes that papers have been in a release."""
    ids = papers.to_table(["paper_id"])["paper_id"]
    known = lake.read("released_papers", ["paper_id"])["paper_id"].combine_chunks()
    new = ids.filter(pc.invert(pc.is_in(ids, value_set=known)))
    schema = BY_NAME["released_papers"].schema
    rows = pa.table({"paper_id": new, "first_release": [version] * len(new)}, schema=schema)
    lake.apply("released_papers", rows)


def _register(lake: Lake, release: ReleaseFolder) -> None:
    """Notes a release and its papers in the lake; a crash after publishing is made good here."""
    if lake.read("corpus_release", ["version"], where=("version", [release.version])).num_rows:
        return
    _note_papers(lake, ds.dataset(release.folder / PAPERS_FILE), release.version)
    schema = BY_NAME["corpus_release"].schema
    lake.apply("corpus_release", pa.Table.from_pylist([_row(release.manifest)], schema=schema))
