"""The commands about releases: look at them, prove them, export and prune them.

Data flow: commands -> release/, workflows/rebuild.py, reader/corpus.py, export.py, changelog.py ->
words and tables.

Searching and publishing one belongs in reading.py.
"""

import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import MofNCompleteColumn

from paper_pipeline.cli.console import err, print_table, safe, say, show_progress, wide
from paper_pipeline.cli.errors import CommandError, in_words
from paper_pipeline.cli.lake import open_lake
from paper_pipeline.cli.reading import FINGERPRINT_DIGITS, VERSION_HELP, open_release
from paper_pipeline.settings import Settings

if TYPE_CHECKING:
    from paper_pipeline.published.changes import ChangeSummary
    from paper_pipeline.reader.corpus import Release

commands = typer.Typer(
    help="Looks at releases, verifies, rebuilds, exports and prunes them.", no_args_is_help=True
)
NO_RELEASE = "No release yet: `paper-pipeline run` makes one."
# Papers named by kind where a release cannot be proven, and in a comparison.
MOST_EXAMPLES = 10
# Same as export.Format, which takes time to import.
ExportFormat = Literal["parquet", "jsonl", "csv", "sqlite", "lance"]
Version = Annotated[str, typer.Argument(help=VERSION_HELP)]


@commands.command("list")
def list_releases() -> None:
    """Shows all releases, the newest first."""
    names = ("papers", "records", "dumps", "quarantined_entries")
    rows: list[tuple[object, ...]] = []
    with in_words(OSError, ValueError):
        for release in _open_all():
            counts = release.manifest.get("counts", {})
            size = sum(says["byte_count"] for says in release.manifest.get("files", {}).values())
            shown = (counts.get(name, "") for name in names)
            fingerprint = release.fingerprint[:FINGERPRINT_DIGITS]
            rows.append((release.version, *shown, round(size / 1e6, 1), fingerprint))
    headings = ("release", "papers", "records", "dumps", "quarantined", "MB", "fingerprint")
    print_table(headings, rows, to=wide)
    if not rows:
        say(NO_RELEASE)


@commands.command("show")
def show_release(version: Version = "latest") -> None:
    """Shows what a release says of itself: counts, inputs, files, versions of the code."""
    release = open_release(version)
    manifest = release.manifest
    say(f"Release {release.version}")
    facts = {
        "folder": release.folder,
        "fingerprint": release.fingerprint,
        "previous": manifest.get("previous") or "none",
        **{name: f"{count:,}" for name, count in manifest.get("counts", {}).items()},
        "corrections": f"{len(manifest.get('corrections', [])):,}",
        "quarantine_decisions": f"{len(manifest.get('quarantine_decisions', [])):,}",
        **manifest.get("code_versions", {}),
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        say(f"  {name.replace('_', ' '):<{width}}  {value}")
    say()
    files = sorted(manifest.get("files", {}).items())
    print_table(
        ("file", "bytes", "SHA-256"),
        (
            (name, says["byte_count"], str(says["sha256"])[:FINGERPRINT_DIGITS])
            for name, says in files
        ),
        to=wide,
    )


@commands.command("diff")
def diff_releases(
    before: Annotated[str, typer.Argument(help=VERSION_HELP)],
    after: Annotated[str, typer.Argument(help=VERSION_HELP)],
) -> None:
    """Shows what differs between two releases: papers by kind, fields, the most telling changes."""
    from paper_pipeline.published.changes import summarize_changes

    old, new = open_release(before), open_release(after)
    with in_words(OSError, ValueError), _warnings_in_words():
        changes = new.changes_since(old)
        titles = old.papers(["paper_id", "title"])
    say(f"From {old.version} to {new.version}")
    _print_changes(summarize_changes(changes, titles, MOST_EXAMPLES))


@commands.command("changelog")
def write_changelog(
    into: Annotated[
        Path | None,
        typer.Option(help="A changelog: releases that its heading Data lacks are added there."),
    ] = None,
) -> None:
    """Prints what every release changed, the newest first, as markdown for a changelog."""
    from paper_pipeline.reader.changelog import add_entries, tell_release

    with in_words(OSError, ValueError):
        found = _open_all()
        pairs = zip_longest(found, found[1:])
        entries = {
            release.version: "\n".join(
                safe(line).plain for line in tell_release(release, before).split("\n")
            )
            for release, before in pairs
        }
    if not found:
        say(NO_RELEASE, to=err)
    elif into is None:
        for line in add_entries("", entries).splitlines():
            say(line)
    else:
        if into.exists() and not into.is_file():
            raise CommandError(f"{into}: expected a file of markdown, found a folder or device")
        written = into.read_text("utf-8") if into.exists() else ""
        beside = into.with_name(f".{into.name}.{os.getpid()}")  # a full disk costs nothing of it
        beside.write_text(add_entries(written, entries), "utf-8")
        beside.replace(into.resolve())
        say(f"{len(entries):,} releases are in {into}", to=err)


@commands.command("verify")
def verify_releases(
    version: Version = "latest",
    every: Annotated[bool, typer.Option("--all", help="All releases, the oldest first.")] = False,
) -> None:
    """Reads every file of a release and compares it with the manifest; exits with 1 if it differs.

    The changes are applied to the release before, where that is still there.
    """
    from paper_pipeline.release.verify import verify_release

    folders = _release_folders()
    name = next(reversed(folders), version) if version == "latest" else version
    wanted = [*folders.values()] if every else [folders.get(name) or open_release(name).folder]
    if not wanted:
        say(NO_RELEASE)
    broken = 0
    for folder in wanted:
        with err.status(safe(f"Reading {folder.name}")):
            problems = verify_release(folder)
        say(f"{folder.name}: " + (f"{len(problems)} problems" if problems else "as published"))
        for problem in problems:
            say(f"  {problem}", to=err)
        broken += bool(problems)
    if broken:
        raise typer.Exit(1)


@commands.command("rebuild")
def rebuild(version: Version = "latest") -> None:
    """Makes a release again from its raw dumps and compares; exits with 1 if it is not proven."""
    from paper_pipeline.lake.store import LakeError
    from paper_pipeline.published.changes import summarize_changes
    from paper_pipeline.workflows.rebuild import RebuildError, rebuild_release

    release, (lake, raw) = open_release(version), open_lake()
    count = len(release.manifest.get("inputs", {}).get("dump_ids", []))
    with (
        in_words(OSError, ValueError, RebuildError, LakeError),
        err.status(safe(f"Making {release.version} again from {count:,} dumps")),
    ):
        found = rebuild_release(lake, raw, release)
        summary = None
        if not found.is_proven:
            summary = summarize_changes(found.changes, release.papers(["paper_id", "title"]))
    if summary is None:
        say(f"{found.version} is proven: its {count:,} dumps give the papers {found.fingerprint}")
        return
    say(f"{found.version} is not proven")
    say(f"  expected the papers {found.expected}")
    say(f"  found               {found.fingerprint}")
    for cause in found.causes or ("no cause is known: the code was changed under its version",):
        say(f"  perhaps {cause}")
    say("From the release to what its dumps give today")
    _print_changes(summary)
    raise typer.Exit(1)


@commands.command("export")
def export_papers(
    target: Annotated[Path, typer.Option("--out", help="File to write, or a folder of Lance.")],
    version: Version = "latest",
    format_name: Annotated[
        ExportFormat, typer.Option("--format", help="Lists are JSON in CSV and SQLite.")
    ] = "parquet",
    columns: Annotated[
        str | None, typer.Option(help="Columns in order, as title,upvotes; all when left out.")
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(help="Which papers, as \"upvotes >= 50 and benchmarks contains 'GSM8K'\"."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Only papers added or changed since a release, or a day (2026-11-21)."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Take the place of what is there.")
    ] = False,
) -> None:
    """Writes papers of a release, all or some, in the format wanted."""
    from paper_pipeline.reader.export import export

    release = open_release(version)
    earlier = open_release(since).version if since == "latest" else since
    count = MofNCompleteColumn()
    with in_words(OSError, ValueError), _warnings_in_words(), show_progress(count) as bar:
        task = bar.add_task(f"Writing {target.name}", total=None)
        written = export(
            release.folder,
            target,
            format=format_name,
            columns=None if columns is None else [name.strip() for name in columns.split(",")],
            where=where,
            since=earlier,
            overwrite=overwrite,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    say(f"{written:,} papers of release {release.version} written to {target}")


@commands.command("prune")
def prune_releases(
    keep: Annotated[
        int | None,
        typer.Option(min=0, help="Releases that stay, the newest; 0: all. Else as the settings."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell only.")] = False,
) -> None:
    """Removes the oldest releases, and versions of the lake's tables that no release needs.

    Raw dumps stay, whatever is pruned.
    """
    from paper_pipeline.lake.store import LakeError
    from paper_pipeline.release.retention import prune

    settings, (lake, _) = Settings.from_environment(), open_lake()
    with in_words(OSError, ValueError, LakeError), nullcontext() if dry_run else lake.writing():
        pruned = prune(
            lake,
            settings.releases_dir,
            keep=settings.kept_releases if keep is None else keep,
            history=timedelta(days=settings.history_days),
            dry_run=dry_run,
        )
    would = "Would remove" if dry_run else "Removed"
    say(f"{would} {len(pruned.versions)} releases, {pruned.byte_count / 1e6:,.1f} MB")
    for version in pruned.versions:
        say(f"  {version}")
    if dry_run:
        say(f"and versions of tables older than {settings.history_days} days that have no tag")


@contextmanager
def _warnings_in_words() -> Generator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for warning in caught:
        say(f"Note: {warning.message}", to=err)


def _open_all() -> "list[Release]":
    """All releases, the newest first."""
    from paper_pipeline.reader.corpus import list_versions

    versions = list_versions(Settings.from_environment().data_dir)
    return [open_release(version) for version in reversed(versions)]


def _release_folders() -> dict[str, Path]:
    """Folders of all releases by version, oldest first; those too whose manifest is gone."""
    from paper_pipeline.published.release import VERSION, version_order

    found = {path.name: path for path in Settings.from_environment().releases_dir.glob("*/")}
    versions = sorted(filter(VERSION.fullmatch, found), key=version_order)
    return {version: found[version] for version in versions}


def _print_changes(summary: "ChangeSummary") -> None:
    if not summary.counts:
        say("  No paper differs.")
        return
    for heading, counts in (("papers", summary.counts), ("field", summary.field_counts)):
        print_table((heading, "count"), counts.items(), to=wide)
    for line in summary.examples:
        say(f"  {line}")
