"""The commands for people who use papers: search, related, explore, publish, extract.

Data flow: a release -> reader/search.py, explore.py, hub.py -> words, a site; texts of people's own
-> workflows/extract.py -> JSON lines.

Looking after releases belongs in releases.py.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import DownloadColumn, TextColumn
from rich.text import Text

from paper_pipeline.cli.console import err, print_table, safe, say, show_progress, wide
from paper_pipeline.cli.errors import CommandError, in_words
from paper_pipeline.cli.run import Port
from paper_pipeline.net import require_free
from paper_pipeline.settings import Settings

if TYPE_CHECKING:
    from paper_pipeline.reader.corpus import Release
    from paper_pipeline.reader.search import Hit

commands = typer.Typer()
VERSION_HELP = "As in 2026.11.21, or latest."
FINGERPRINT_DIGITS = 12
# Of long lists nobody reads the end; search ranks no more.
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Papers to show at most.")]
ReleaseOption = Annotated[str, typer.Option("--release", help=f"The release. {VERSION_HELP}")]


def open_release(version: str) -> "Release":
    """Opens a release by its version, or the newest."""
    from paper_pipeline.reader import corpus

    data = Settings.from_environment().data_dir
    with in_words(OSError, ValueError):
        return corpus.open_release(version, data)


@commands.command()
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

    database = _find_database(open_release(release))
    with in_words(OSError, ValueError):
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
        say("So many papers fit that only the newest of them were ranked; more words find others.")


@commands.command()
def related(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001, or an arXiv id.")],
    limit: Limit = 10,
    release: ReleaseOption = "latest",
) -> None:
    """Finds papers that share rare names and phrases with one."""
    from paper_pipeline.reader.search import related as find_related

    opened = open_release(release)
    database = _find_database(opened)
    with in_words(OSError, ValueError):
        hits = find_related(database, opened.resolve(paper_id), limit)
    _print_hits(hits, "No paper shares a rare name or phrase with it.")


@commands.command()
def explore(
    port: Port = 8001,
    opens_browser: Annotated[bool, typer.Option("--open", help="Open the page.")] = False,
    release: ReleaseOption = "latest",
) -> None:
    """Shows a release in the browser, on 127.0.0.1; needs the extra `explore`."""
    from paper_pipeline.reader.explore import ExploreError
    from paper_pipeline.reader.explore import explore as show

    opened = open_release(release)
    database = _find_database(opened)
    require_free(port)
    say(f"Release {opened.version}: http://127.0.0.1:{port} (stop with Ctrl-C)")
    with in_words(OSError, ValueError, ExploreError):
        show(database, opened.manifest, port, opens_browser=opens_browser)


@commands.command()
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

    opened = open_release(release)
    with in_words(OSError, ValueError, HubError), err.status(safe(f"Reading {opened.version}")):
        plan = plan_upload(opened.folder, repo_id)
    if not yes:
        say(f"Release {plan.version} ({plan.fingerprint[:FINGERPRINT_DIGITS]})")
        print_table(("file", "bytes"), ((f.name, f.byte_count) for f in plan.files), to=wide)
        say()
        say("With --yes this would, on huggingface.co:")
        for step in plan.describe(private=private):
            say(f"- {step}")
        say()
        say("Nothing was sent.")
        return
    with in_words(OSError, ValueError, HubError), show_progress(DownloadColumn()) as bar:
        task = bar.add_task("Asking", total=plan.byte_count)
        address = upload_release(
            plan,
            token=Settings.from_environment().hf_token.get_secret_value().strip(),
            private=private,
            on_progress=lambda doing, done, total: bar.update(
                task, description=doing, completed=done, total=total
            ),
        )
    say(f"Release {plan.version} is in {plan.repo_id}: {address}")


@commands.command()
def extract(
    source: Annotated[Path, typer.Argument(help="JSON lines with title and abstract; - to read.")],
    target: Annotated[Path, typer.Argument(help="JSON lines to write; - for the screen.")],
) -> None:
    """Repairs texts of yours and finds what is in them: mentions, links, sizes, keyphrases."""
    from paper_pipeline.workflows.extract import BadLine, extract_lines, write_lines

    with ExitStack() as stack:
        stack.enter_context(in_words(BadLine, exit_code=2))
        reading = (
            sys.stdin
            if source == Path("-")
            else stack.enter_context(source.open(encoding="utf-8", errors="replace"))
        )
        results = extract_lines(reading)
        if target == Path("-"):
            write_lines(results, sys.stdout)
            return
        if target.exists() and not target.is_file():  # a device or pipe, whose place is not ours
            with target.open("w", encoding="utf-8", errors="backslashreplace") as writing:
                count = write_lines(results, writing)
            say(f"{count:,} texts written to {target}", to=err)
            return
        # Beside its place first: a wrong line leaves no half of a file behind.
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        stack.callback(beside.unlink, missing_ok=True)
        with (
            show_progress(TextColumn("{task.completed:,.0f} texts")) as bar,
            beside.open("w", encoding="utf-8", errors="backslashreplace") as writing,
        ):
            count = write_lines(bar.track(results, description=""), writing)
        beside.replace(target)
        say(f"{count:,} texts written to {target}", to=err)


def _find_database(release: "Release") -> Path:
    from paper_pipeline.published.database import DATABASE_FILE

    path = release.folder / DATABASE_FILE
    if not path.is_file():
        raise CommandError(
            f"release {release.version}: expected {DATABASE_FILE} to search in, found none in "
            f"{release.folder}; releases made by earlier versions hold none: name a newer one "
            "with --release, or let `paper-pipeline run` make one"
        )
    return path


def _print_hits(hits: Iterable["Hit"], nothing: str) -> None:
    found = list(hits)
    for place, hit in enumerate(found, 1):
        say(f"{place:>3}  ", safe(hit.title, "bold"))
        say("     ", "  ".join([hit.paper_id, str(hit.dated_on or "no date"), *hit.why]))
        if hit.snippet:
            say(_mark(hit.snippet))
    if not found:
        say(nothing)


def _mark(snippet: str) -> Text:
    """A snippet with what matched set off from the rest."""
    from paper_pipeline.reader.search import MARKS

    before, after = MARKS
    text = Text("     ", style="dim")
    for piece in safe(snippet).plain.split(before):
        matched, is_marked, rest = piece.partition(after)
        text.append(matched, style="bold not dim" if is_marked else "")
        text.append(rest)
    return text
