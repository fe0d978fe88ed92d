"""The command line's part about releases: look at them, prove them, search them, hand them on.

Data flow: commands -> release/, corpus.py, search.py, explore.py, export.py, hub.py, rebuild.py ->
words and tables.

The group `releases`, and COMMANDS, which cli.py registers. Titles come from strangers: they are
shown without markup, and what does not print is replaced. What is slow to import is imported by the
command that needs it.
"""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
)
from rich.table import Table
from rich.text import Text

from paper_pipeline.net import require_free
from paper_pipeline.settings import Settings

if TYPE_CHECKING:
    from paper_pipeline.published.changes import ChangeSummary
    from paper_pipeline.reader.corpus import Release
    from paper_pipeline.reader.search import Hit

releases = typer.Typer(
    help="Looks at releases, verifies, rebuilds, exports and prunes them.", no_args_is_help=True
)
VERSION_HELP = "As in 2026.11.21, or latest."
NO_RELEASE = "No release yet: `paper-pipeline run` makes one."
FINGERPRINT_DIGITS = 12
# Papers named by kind where a release cannot be proven, and in a comparison.
MOST_EXAMPLES = 10
# Same as export.Format, which takes time to import.
ExportFormat = Literal["parquet", "jsonl", "csv", "sqlite", "lance"]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]
# Of long lists nobody reads the end; search ranks no more.
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Papers to show at most.")]
Version = Annotated[str, typer.Argument(help=VERSION_HELP)]
ReleaseOption = Annotated[str, typer.Option("--release", help=f"The release. {VERSION_HELP}")]
out = Console()
# For tables, which are as wide as what they hold: a number that is cut off is a wrong one.
wide = Console(width=1_000)
err = Console(stderr=True)


@releases.command("list")
def list_releases() -> None:
    """Shows all releases, the newest first."""
    from paper_pipeline.reader.corpus import list_versions, open_release

    data = Settings.from_environment().data_dir
    shown = Table(box=None, header_style="bold")
    shown.add_column("release", no_wrap=True)
    for name in ("papers", "records", "dumps", "quarantined", "MB"):
        shown.add_column(name, justify="right")
    shown.add_column("fingerprint", no_wrap=True)
    with _problems_in_words():
        versions = list_versions(data)
        for version in reversed(versions):
            manifest = open_release(version, data).manifest
            counts = manifest.get("counts", {})
            names = ("papers", "records", "dumps", "quarantined_entries")
            size = sum(says["byte_count"] for says in manifest.get("files", {}).values())
            shown.add_row(
                version,
                *(f"{counts[name]:,}" if name in counts else "" for name in names),
                f"{size / 1e6:,.1f}",
                Text(_printable(manifest["fingerprint"][:FINGERPRINT_DIGITS])),
            )
    if versions:
        wide.print(shown)
    else:
        _say(NO_RELEASE)


@releases.command("show")
def show_release(version: Version = "latest") -> None:
    """Shows what a release says of itself: counts, inputs, files, versions of the code."""
    release = _open(version)
    manifest = release.manifest
    _say(f"Release {release.version}")
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
        _say(f"  {name.replace('_', ' '):<{width}}  {value}")
    files = Table(box=None, header_style="bold")
    files.add_column("file", no_wrap=True)
    files.add_column("bytes", justify="right")
    files.add_column("SHA-256", no_wrap=True)
    for name, says in sorted(manifest.get("files", {}).items()):
        sha256 = str(says["sha256"])[:FINGERPRINT_DIGITS]
        files.add_row(Text(_printable(name)), f"{says['byte_count']:,}", Text(_printable(sha256)))
    _say("")
    wide.print(files)


@releases.command("diff")
def diff_releases(
    before: Annotated[str, typer.Argument(help=VERSION_HELP)],
    after: Annotated[str, typer.Argument(help=VERSION_HELP)],
) -> None:
    """Shows what differs between two releases: papers by kind, fields, the most telling changes."""
    from paper_pipeline.published.changes import summarize_changes

    old, new = _open(before), _open(after)
    with _problems_in_words(), _warnings_in_words():
        changes = new.changes_since(old)
        titles = old.papers(["paper_id", "title"])
    _say(f"From {old.version} to {new.version}")
    _print_changes(summarize_changes(changes, titles, MOST_EXAMPLES))


@releases.command("changelog")
def write_changelog(
    into: Annotated[
        Path | None,
        typer.Option(help="A changelog: releases that its heading Data lacks are added there."),
    ] = None,
) -> None:
    """Prints what every release changed, the newest first, as markdown for a changelog."""
    from paper_pipeline.reader.changelog import add_entries, tell_release
    from paper_pipeline.reader.corpus import list_versions, open_release

    data = Settings.from_environment().data_dir
    with _problems_in_words():
        found = [open_release(version, data) for version in reversed(list_versions(data))]
        pairs = zip_longest(found, found[1:])
        entries = {
            release.version: "\n".join(map(_printable, tell_release(release, before).split("\n")))
            for release, before in pairs
        }
    if not found:
        err.print(NO_RELEASE, highlight=False)
    elif into is None:
        for line in add_entries("", entries).splitlines():
            _say(line)
    else:
        written = into.read_text("utf-8") if into.exists() else ""
        into.write_text(add_entries(written, entries), "utf-8")
        err.print(f"{len(entries):,} releases are in {into}", highlight=False)


@releases.command("verify")
def verify_releases(
    version: Version = "latest",
    every: Annotated[bool, typer.Option("--all", help="All releases, the oldest first.")] = False,
) -> None:
    """Reads every file of a release and compares it with the manifest; exits with 1 if it differs.

    The changes are applied to the release before, where that is still there.
    """
    from paper_pipeline.release.verify import verify_release

    folders = _release_folders()
    wanted = folders if every else [_folder_of(version, folders)]
    if not wanted:
        _say(NO_RELEASE)
    broken = 0
    for folder in wanted:
        with err.status(f"Reading {folder.name}"):
            problems = verify_release(folder)
        _say(f"{folder.name}: " + (f"{len(problems)} problems" if problems else "as published"))
        for problem in problems:
            err.print(f"  {_printable(problem)}", markup=False, highlight=False, soft_wrap=True)
        broken += bool(problems)
    if broken:
        raise typer.Exit(1)


@releases.command("rebuild")
def rebuild(version: Version = "latest") -> None:
    """Makes a release again from its raw dumps and compares; exits with 1 if it is not proven."""
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake, LakeError
    from paper_pipeline.published.changes import summarize_changes
    from paper_pipeline.workflows.rebuild import RebuildError, rebuild_release

    settings, release = Settings.from_environment(), _open(version)
    lake, raw = Lake(settings.lake_dir), RawStore(settings.lake_dir / "raw")
    count = len(release.manifest.get("inputs", {}).get("dump_ids", []))
    with (
        _problems_in_words(RebuildError, LakeError),
        err.status(f"Making {release.version} again from {count:,} dumps"),
    ):
        found = rebuild_release(lake, raw, release)
        if not found.is_proven:
            summary = summarize_changes(found.changes, release.papers(["paper_id", "title"]))
    if found.is_proven:
        _say(f"{found.version} is proven: its {count:,} dumps give the papers {found.fingerprint}")
        return
    _say(f"{found.version} is not proven")
    _say(f"  expected the papers {found.expected}")
    _say(f"  found               {found.fingerprint}")
    for cause in found.causes or ("no cause is known: the code was changed under its version",):
        _say(f"  perhaps {cause}")
    _say("From the release to what its dumps give today")
    _print_changes(summary)
    raise typer.Exit(1)


@releases.command("export")
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

    release = _open(version)
    earlier = _open(since).version if since == "latest" else since
    with _problems_in_words(), _warnings_in_words(), _progress(MofNCompleteColumn()) as bar:
        task = bar.add_task(f"Writing {target.name}", total=None)
        count = export(
            release.folder,
            target,
            format=format_name,
            columns=None if columns is None else [name.strip() for name in columns.split(",")],
            where=where,
            since=earlier,
            overwrite=overwrite,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _say(f"{count:,} papers of release {release.version} written to {target}")


@releases.command("prune")
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
    from paper_pipeline.lake.store import Lake, LakeError
    from paper_pipeline.release.retention import prune

    settings = Settings.from_environment()
    lake = Lake(settings.lake_dir)
    with _problems_in_words(LakeError), nullcontext() if dry_run else lake.writing():
        pruned = prune(
            lake,
            settings.releases_dir,
            keep=settings.kept_releases if keep is None else keep,
            history=timedelta(days=settings.history_days),
            dry_run=dry_run,
        )
    would = "Would remove" if dry_run else "Removed"
    _say(f"{would} {len(pruned.versions)} releases, {pruned.byte_count / 1e6:,.1f} MB")
    for version in pruned.versions:
        _say(f"  {version}")
    if dry_run:
        _say(f"and versions of tables older than {settings.history_days} days that have no tag")


def search(
    query: Annotated[str, typer.Argument(help='Words, "a phrase", quant*, -without, OR.')],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only papers since this day.")
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Only papers with code.")] = False,
    benchmark: Annotated[str | None, typer.Option(help="Only papers that name it.")] = None,
    size: Annotated[
        str | None, typer.Option(help="Only papers with such a model: 7B, <=13B, 1B-10B.")
    ] = None,
    limit: Limit = 20,
    release: ReleaseOption = "latest",
) -> None:
    """Finds papers of a release, and says why each was found."""
    from paper_pipeline.reader.search import search as find_papers

    database = _find_database(_open(release))
    with _problems_in_words():
        hits = find_papers(
            database,
            query,
            since=since.date() if since else None,
            code=code,
            benchmark=benchmark,
            size=size,
            limit=limit,
        )
    _print_hits(hits, "No paper fits; fewer words or the beginning of one and * find more.")
    if hits.only_newest:
        _say("So many papers fit that only the newest of them were ranked; more words find others.")


def related(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001, or an arXiv id.")],
    limit: Limit = 10,
    release: ReleaseOption = "latest",
) -> None:
    """Finds papers that share rare names and phrases with one."""
    from paper_pipeline.reader.search import related as find_related

    opened = _open(release)
    database = _find_database(opened)
    with _problems_in_words():
        hits = find_related(database, opened.resolve(paper_id), limit)
    _print_hits(hits, "No paper shares a rare name or phrase with it.")


def explore(
    port: Port = 8001,
    opens_browser: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
    release: ReleaseOption = "latest",
) -> None:
    """Shows a release in the browser, on 127.0.0.1; needs the extra `explore`."""
    from paper_pipeline.reader.explore import ExploreError
    from paper_pipeline.reader.explore import explore as show

    opened = _open(release)
    database = _find_database(opened)
    require_free(port)
    _say(f"Release {opened.version}: http://127.0.0.1:{port} (stop with Ctrl-C)")
    with _problems_in_words(ExploreError):
        show(database, opened.manifest, port, opens_browser=opens_browser)


def publish(
    repo_id: Annotated[str, typer.Argument(help="The dataset repository, as owner/name.")],
    release: ReleaseOption = "latest",
    yes: Annotated[
        bool, typer.Option("--yes/--dry-run", help="Upload; otherwise only say what would be.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private/--public", help="Of a repository that is made.")
    ] = True,
) -> None:
    """Publishes a release on the Hugging Face Hub, or says what that would do (the default)."""
    from paper_pipeline.reader.hub import HubError, plan_upload, upload_release

    opened = _open(release)
    with _problems_in_words(HubError), err.status(f"Reading {opened.version}"):
        plan = plan_upload(opened.folder, repo_id)
    if not yes:
        listed = Table("file", box=None, header_style="bold")
        listed.add_column("bytes", justify="right")
        for file in plan.files:
            listed.add_row(Text(_printable(file.name)), f"{file.byte_count:,}")
        _say(f"Release {plan.version} ({plan.fingerprint[:FINGERPRINT_DIGITS]})")
        wide.print(listed)
        _say("")
        _say("With --yes this would, on huggingface.co:")
        for step in plan.describe(private=private):
            _say(f"- {step}")
        _say("")
        _say("Nothing was sent.")
        return
    with _problems_in_words(HubError), _progress(DownloadColumn()) as bar:
        task = bar.add_task("Asking", total=plan.byte_count)
        address = upload_release(
            plan,
            token=Settings.from_environment().hf_token.get_secret_value().strip(),
            private=private,
            on_progress=lambda doing, done, total: bar.update(
                task, description=doing, completed=done, total=total
            ),
        )
    _say(f"Release {plan.version} is in {plan.repo_id}: {address}")


COMMANDS = (search, related, explore, publish)


@contextmanager
def _problems_in_words(*also: type[Exception]) -> Iterator[None]:
    """Turns what is wrong with releases, or with what was asked for, into one clear line.

    A ValueError is what this package and Arrow say of files and texts that are not as expected.
    """
    from paper_pipeline.reader.corpus import SplitPaper, UnknownPaper, UnknownRelease

    try:
        yield
    except (UnknownRelease, UnknownPaper, SplitPaper, OSError, ValueError, *also) as error:
        _fail(str(error))


@contextmanager
def _warnings_in_words() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for warning in caught:
        words = f"Note: {warning.message}"
        err.print(_printable(words), markup=False, highlight=False, soft_wrap=True)


def _progress(count: ProgressColumn) -> Progress:
    """A bar on terminals; elsewhere nothing."""
    words = TextColumn("{task.description}", markup=False)
    bar = BarColumn(bar_width=30)
    return Progress(words, bar, count, console=err, transient=True, disable=not err.is_terminal)


def _fail(words: str) -> NoReturn:
    err.print(_printable(words), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _open(version: str) -> "Release":
    from paper_pipeline.reader.corpus import open_release

    data = Settings.from_environment().data_dir
    with _problems_in_words():
        return open_release(version, data)


def _release_folders() -> list[Path]:
    """Folders of all releases, oldest first; those too whose manifest is gone."""
    from paper_pipeline.published.release import VERSION, version_order

    folder = Settings.from_environment().releases_dir
    found = [path for path in folder.glob("*") if path.is_dir() and VERSION.fullmatch(path.name)]
    return sorted(found, key=lambda path: version_order(path.name))


def _folder_of(version: str, folders: Sequence[Path]) -> Path:
    if version == "latest" and folders:
        return folders[-1]
    for folder in folders:
        if folder.name == version:
            return folder
    return _open(version).folder  # which tells what there is


def _find_database(release: "Release") -> Path:
    from paper_pipeline.published.database import DATABASE_FILE

    path = release.folder / DATABASE_FILE
    if not path.is_file():
        _fail(
            f"release {release.version}: expected {DATABASE_FILE} to search in, found none in "
            f"{release.folder}; releases made by earlier versions hold none: name a newer one "
            "with --release, or let `paper-pipeline run` make one"
        )
    return path


def _say(words: str) -> None:
    out.print(_printable(words), markup=False, highlight=False, soft_wrap=True)


def _printable(text: object) -> str:
    """The text on one line; what would steer a terminal, or does not show, is replaced."""
    return "".join(
        sign if sign.isprintable() else " " if sign.isspace() else "\ufffd" for sign in str(text)
    )


def _print_changes(summary: "ChangeSummary") -> None:
    if not summary.counts:
        _say("  No paper differs.")
        return
    for heading, counts in (("papers", summary.counts), ("field", summary.field_counts)):
        if counts:
            shown = Table(box=None, header_style="bold", padding=(0, 2))
            shown.add_column(heading)
            shown.add_column("count", justify="right")
            for name, count in counts.items():
                shown.add_row(Text(_printable(name)), f"{count:,}")
            wide.print(shown)
    for line in summary.examples:
        _say(f"  {line}")


def _print_hits(hits: Iterable["Hit"], nothing: str) -> None:
    found = list(hits)
    for place, hit in enumerate(found, 1):
        head = Text(f"{place:>3}  ")
        head.append(_printable(hit.title), style="bold")
        out.print(head, soft_wrap=True)
        facts = [hit.paper_id, str(hit.dated_on or "no date"), *hit.why]
        _say("     " + _printable("  ".join(facts)))
        if hit.snippet:
            out.print(_mark(hit.snippet), soft_wrap=True)
    if not found:
        _say(nothing)


def _mark(snippet: str) -> Text:
    """A snippet with what matched set off from the rest."""
    from paper_pipeline.reader.search import MARKS

    before, after = MARKS
    text = Text("     ", style="dim")
    for piece in _printable(snippet).split(before):
        matched, is_marked, rest = piece.partition(after)
        text.append(matched, style="bold not dim" if is_marked else "")
        text.append(rest)
    return text
