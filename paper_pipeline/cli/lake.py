"""The commands about the lake: what it holds, why a paper is one, what was found in its text.

Data flow: commands -> tables of the lake, dedup/explanation.py, enrich/marking.py -> words and
tables.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from paper_pipeline.cli.console import err, print_table, safe, say
from paper_pipeline.cli.errors import CommandError
from paper_pipeline.settings import Settings, SettingsError
from paper_pipeline.vocabulary import MENTION_KINDS

if TYPE_CHECKING:
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake

commands = typer.Typer()
MARK_STYLES = {kind.name: kind.style for kind in MENTION_KINDS} | {
    "size": "bold yellow",
    "score": "yellow",
    "link": "underline",
}
MOST_FILES = 10


def open_lake() -> "tuple[Lake, RawStore]":
    """The tables of the lake, and the bytes of its dumps."""
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake

    folder = Settings.from_environment().lake_dir
    return Lake(folder), RawStore(folder / "raw")


@commands.command()
def status(
    show_settings: Annotated[
        bool, typer.Option("--settings", help="Print every setting instead.")
    ] = False,
) -> None:
    """Shows what is in the lake, what is waiting, and the newest release."""
    settings = Settings.from_environment()
    if show_settings:
        print_table(
            ("setting", "value", "why"),
            ((name, value or "(not set)", why) for name, value, why in settings.describe()),
        )
        return
    from paper_pipeline.acquire import inbox
    from paper_pipeline.lake.tables import TABLES
    from paper_pipeline.published.release import list_releases

    lake, _ = open_lake()
    names = [table.name for table in TABLES]
    say(f"Lake {settings.lake_dir}")
    print_table(
        ("table", "rows", "version"),
        ((name, lake.count(name), str(lake.version(name) or "never written")) for name in names),
    )
    seen = inbox.seen_files(lake.read("inbox_files"))
    say()
    try:
        waiting = [
            file
            for file in inbox.list_inbox(settings.require_inbox())
            if inbox.is_changed(file, seen.get(inbox.shown_path(file.path)))
        ]
    except (SettingsError, OSError) as error:
        say(f"The inbox cannot be read. {error}")
    else:
        say(f"Waiting in {settings.inbox_dir}: {len(waiting)} new files")
        for file in waiting[:MOST_FILES]:
            say(f"  {inbox.shown_path(Path(file.path.name))}  {file.size:,} bytes")
    unparsed = lake.count("raw_inbox_dumps") - lake.count("parsed_dumps")
    if unparsed > 0:
        say(f"Waiting to be parsed: {unparsed} dumps")
    say()
    releases = list_releases(settings.releases_dir)
    if not releases:
        say("No release yet: `paper-pipeline run` makes one.")
        return
    newest = releases[-1]
    counts = newest.manifest["counts"]
    say(
        f"Newest release {newest.version}: {counts['papers']:,} papers from "
        f"{counts['records']:,} records of {counts['dumps']:,} dumps"
    )
    say(newest.folder)


@commands.command()
def check(
    full: Annotated[
        bool, typer.Option("--full", help="Read every byte of tables, dumps and releases.")
    ] = False,
) -> None:
    """Compares what is kept with what was written; exits with 1 if something is damaged.

    Without --full, files of tables are read where they seem touched, and raw dumps must be there.
    """
    from paper_pipeline.workflows.scrub import find_damage

    settings, (lake, raw) = Settings.from_environment(), open_lake()
    with err.status("Reading all files" if full else "Looking at all files"):
        found = find_damage(lake, raw, settings, is_full=full)
    for line in (*found.mends_itself, *found.needs_people):
        say(line, to=err)
    if found.needs_people or found.mends_itself:
        raise typer.Exit(1)
    say("All is as it was written." if full else "Nothing was touched. --full reads every byte.")


@commands.command()
def explain(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001, or one that was.")],
) -> None:
    """Shows why a paper is one: its records, the evidence between them, where fields are from."""
    from paper_pipeline.dedup.explanation import explain_paper

    lake, _ = open_lake()
    told = explain_paper(lake, paper_id)
    if told is None:
        raise CommandError(
            f"There is no paper {paper_id} in the lake, and none was released under that id. "
            "`paper-pipeline status` shows what there is."
        )
    for line in told.redirects:
        say(line)
    for paper in told.papers:
        say()
        say(safe(paper.paper_id, "bold"))
        say(paper.title)
        _print_sections(paper.sections)


@commands.command()
def features(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001.")],
) -> None:
    """Shows a paper's text with its mentions marked, and what else was found in it."""
    from paper_pipeline.enrich.marking import describe_finds, mark_text

    lake, _ = open_lake()
    papers = lake.read("deduplicated_papers", where=("paper_id", [paper_id])).to_pylist()
    found = lake.read("enriched_papers", where=("paper_id", [paper_id])).to_pylist()
    if not papers or not found:
        raise CommandError(
            f"There are no features of a paper {paper_id} in the lake. `paper-pipeline run` "
            "computes them; `paper-pipeline explain` knows ids that have changed."
        )
    title, abstract = (
        _mark(mark_text(papers[0][field] or "", field, found[0])) for field in ("title", "abstract")
    )
    say(title, wraps=True)
    say()
    say(abstract, wraps=True)
    _print_sections(describe_finds(found[0], papers[0]))


@commands.command()
def dictionary() -> None:
    """Prints the data dictionary, data/README.md, as tables.py declares it."""
    from paper_pipeline.lake.tables.dictionary import data_dictionary

    sys.stdout.write(data_dictionary())


def _mark(pieces: Iterable[tuple[str, str]]) -> Text:
    """A text whose mentions are set off, each followed by its kind."""
    text = Text()
    for piece, kind in pieces:
        text.append_text(safe(piece, MARK_STYLES.get(kind, "bold") if kind else ""))
        if kind:
            text.append(f" {{{kind}}}", style="dim")
    return text


def _print_sections(sections: Mapping[str, list[dict[str, Any]]]) -> None:
    """Prints a table under each heading that has rows."""
    for title, rows in sections.items():
        if rows:
            say()
            print_table(rows[0], (row.values() for row in rows), title=title)
