"""The command line, `paper-pipeline`: thin, over the same job and tables that the UI shows.

Data flow: commands -> the job update_corpus, or a look at the lake -> words and tables.

What is slow to import (Dagster, the stages) is imported by the command that needs it.
"""

import io
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from paper_pipeline.cli import releases as cli_releases
from paper_pipeline.settings import Settings, SettingsError

if TYPE_CHECKING:
    import dagster as dg

app = typer.Typer(
    help="Turns saved Hugging Face Daily Papers pages into one deduplicated, versioned corpus.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
quarantine = typer.Typer(
    help="Looks at what broke a rule, and lets a person release it.", no_args_is_help=True
)
app.add_typer(quarantine, name="quarantine")
app.add_typer(cli_releases.releases, name="releases")
for command in cli_releases.COMMANDS:
    app.command()(command)
ENTRY_HELP = "As in 0123456789abcdef:000012; `list` shows them."
DUMP_HELP = "Only this dump: the beginning of its id, the name of its file, or its day."
# How mentions look in a text; what the kinds are, lexicon.py says.
MARK_STYLES = {
    "model": "bold blue",
    "benchmark": "bold green",
    "dataset": "bold cyan",
    "method": "bold magenta",
    "task": "magenta",
    "size": "bold yellow",
    "score": "yellow",
    "link": "underline",
}
out = Console()
err = Console(stderr=True)


def main() -> None:
    """Entry point: runs the command line, and turns expected errors into one clear line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 is no reason to fail
    try:
        app()
    except (OSError, RuntimeError, ValueError) as error:
        if (told := _tell(error)) is None:
            raise
        subject, code = told
        err.print(f"{subject}: {error}", markup=False, highlight=False, soft_wrap=True)
        sys.exit(code)


def _tell(error: Exception) -> tuple[str, int] | None:
    """What an expected error is about, and the exit code; None for any other.

    The modules that raise these are slow to import, and not needed while all goes well.
    """
    from paper_pipeline.lake.store import LakeError
    from paper_pipeline.published.release import BrokenRelease
    from paper_pipeline.rulings.corrections import CorrectionsError
    from paper_pipeline.rulings.decisions import DecisionsError

    for kinds, subject, code in (
        (SettingsError, "Setting", 2),
        (CorrectionsError, "Corrections", 2),
        (DecisionsError, "Decisions", 2),
        ((LakeError, BrokenRelease, OSError), "Failed", 1),
    ):
        if isinstance(error, kinds):
            return subject, code
    return None


@app.command()
def run(
    inbox: Annotated[
        Path | None, typer.Option(help="Folder to take pages from, instead of the inbox.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
    replacing: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="The newest release, where many of its papers are to change or go on purpose.",
        ),
    ] = None,
) -> None:
    """Brings the whole corpus up to date: new pages to a release."""
    from paper_pipeline.automation import JOB_NAME

    if replacing is not None:
        os.environ["PAPER_PIPELINE_REPLACING"] = replacing
    _execute(_prepare(inbox), JOB_NAME, as_json=as_json)


def _execute(
    settings: Settings,
    job_name: str,
    *,
    as_json: bool,
    tags: dict[str, str] | None = None,
    ops: dict[str, Any] | None = None,
) -> None:
    """Runs a job in this process, shows progress and a summary; exits with 1 where it failed."""
    import dagster as dg

    from paper_pipeline.definitions import defs

    with _progress(quiet=as_json) as handler:
        watched = dg.Definitions.merge(defs, dg.Definitions(loggers={"progress": _logger(handler)}))
        job = watched.resolve_job_def(job_name)
        with dg.DagsterInstance.get() as instance:
            result = job.execute_in_process(
                instance=instance,
                run_config={"loggers": {"progress": {}}, "ops": ops or {}},
                raise_on_error=False,
                tags={
                    **(tags or {}),
                    "paper_pipeline/started_by": "command line",
                    # Shows the run under its job in the UI, as one that was started there.
                    ".dagster/repository": "__repository__@paper_pipeline.definitions",
                },
            )
    problems = list(_problems(result))
    if as_json:
        print(json.dumps(_counts(settings, result), indent=2, sort_keys=True))
    else:
        _print_summary(settings, result)
    for problem in problems:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    if not result.success:
        err.print(
            "[bold red]The run failed.[/] What was written before the failure is kept; mend the "
            "cause and run again. `paper-pipeline ui` shows every step and check.",
        )
        raise typer.Exit(1)


@app.command()
def ingest() -> None:
    """Does the daily schedule's work by hand: asks the site for the days that are due."""
    settings = _prepare(None)
    from paper_pipeline.acquire.days import find_due_days

    today, verdicts = datetime.now(UTC).date(), _verdicts(settings)
    _fetch(settings, find_due_days(verdicts, today=today, refetch_days=settings.refetch_days))


@app.command()
def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today when left out."),
    ] = None,
    refetch: Annotated[
        bool, typer.Option("--refetch", help="Ask for days again that are known already.")
    ] = False,
) -> None:
    """Asks the site for every day of a range that is missing, then updates the corpus.

    Interrupt it whenever you like: run again, it asks only for what is missing.
    """
    settings = _prepare(None)
    from paper_pipeline.acquire.days import FIRST_LISTED_DAY, days_between, find_missing_days

    today = datetime.now(UTC).date()
    start, end = max(first.date(), FIRST_LISTED_DAY), min(last.date() if last else today, today)
    if start > end:
        raise SettingsError(
            f"no day to ask for between {first.date()} and {last.date() if last else today}: "
            f"lists begin on {FIRST_LISTED_DAY} and end today, {today}"
        )
    days = days_between(start, end)
    if not refetch:
        window = settings.refetch_days
        days = find_missing_days(_verdicts(settings), days, today=today, refetch_days=window)
    _fetch(settings, days, refetch=refetch)


def _verdicts(settings: Settings) -> dict[date, str]:
    from paper_pipeline.acquire.daily_pages import read_verdicts
    from paper_pipeline.lake.store import Lake

    return read_verdicts(Lake(settings.lake_dir))


def _fetch(settings: Settings, days: list[date], *, refetch: bool = False) -> None:
    """Runs the daily job over the range that holds the days, or the rest of it where there is none.

    Which days of the range are asked for the asset decides again, from its tables.
    """
    from paper_pipeline.automation import DAILY_JOB_NAME, JOB_NAME, range_tags

    if not days:
        out.print("No day is missing.")
        _execute(settings, JOB_NAME, as_json=False)
        return
    _execute(
        settings,
        DAILY_JOB_NAME,
        as_json=False,
        tags=range_tags(days[0], days[-1]),
        ops={"acquire_daily_pages": {"config": {"refetch": refetch}}},
    )


@app.command()
def status(
    show_settings: Annotated[
        bool, typer.Option("--settings", help="Print every setting instead.")
    ] = False,
) -> None:
    """Shows what is in the lake, what is waiting, and the newest release."""
    settings = Settings.from_environment()
    if show_settings:
        listed = Table("setting", "value", "why", box=None, header_style="bold")
        for variable, value, reason in settings.describe():
            listed.add_row(variable, value or "(not set)", reason)
        out.print(listed)
        return
    from paper_pipeline.acquire import inbox as inbox_files
    from paper_pipeline.lake.store import Lake
    from paper_pipeline.lake.tables import TABLES
    from paper_pipeline.published.release import list_releases

    lake = Lake(settings.lake_dir)
    held = Table("table", "rows", "version", box=None, header_style="bold")
    for table in TABLES:
        version = lake.version(table.name)
        held.add_row(table.name, f"{lake.count(table.name):,}", str(version or "never written"))
    out.print(f"Lake {settings.lake_dir}", highlight=False)
    out.print(held)
    seen = inbox_files.seen_files(lake.read("inbox_files"))
    waiting = [
        file
        for file in inbox_files.list_inbox(settings.inbox_dir)
        if inbox_files.is_changed(file, seen.get(inbox_files.shown_path(file.path)))
    ]
    out.print(f"\nWaiting in {settings.inbox_dir}: {len(waiting)} new files", highlight=False)
    for file in waiting[:10]:
        out.print(
            f"  {inbox_files.shown_path(Path(file.path.name))}  {file.size:,} bytes",
            markup=False,
            highlight=False,
        )
    unparsed = lake.count("raw_inbox_dumps") - lake.count("parsed_dumps")
    if unparsed > 0:
        out.print(f"Waiting to be parsed: {unparsed} dumps")
    releases = list_releases(settings.releases_dir)
    if releases:
        newest = releases[-1]
        counts = newest.manifest["counts"]
        out.print(
            f"\nNewest release {newest.version}: {counts['papers']:,} papers from "
            f"{counts['records']:,} records of {counts['dumps']:,} dumps\n{newest.folder}",
            highlight=False,
            soft_wrap=True,
        )
    else:
        out.print("\nNo release yet: `paper-pipeline run` makes one.")


@app.command()
def rebuild() -> None:
    """Finds all papers again from all records: proves, or mends, what the increments built."""
    settings = _prepare(None)
    from paper_pipeline.automation import REBUILD_JOB_NAME

    _execute(
        settings,
        REBUILD_JOB_NAME,
        as_json=False,
        ops={"deduplicate_records": {"config": {"rebuild": True}}},
    )


@app.command()
def explain(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001, or one that was.")],
) -> None:
    """Shows why a paper is one: its records, the evidence between them, where fields are from."""
    from paper_pipeline.dedup.explanation import explain_paper
    from paper_pipeline.lake.store import Lake

    told = explain_paper(Lake(Settings.from_environment().lake_dir), paper_id)
    if told is None:
        err.print(
            f"There is no paper {paper_id} in the lake, and none was released under that id. "
            "`paper-pipeline status` shows what there is.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)
    for line in told.redirects:
        out.print(line, markup=False, highlight=False)
    for paper in told.papers:
        out.print(f"\n[bold]{paper.paper_id}[/]", highlight=False)
        out.print(paper.title, markup=False, highlight=False)
        for title, rows in paper.sections.items():
            if not rows:
                continue
            shown = Table(
                *rows[0], title=title, title_justify="left", box=None, header_style="bold"
            )
            for row in rows:
                shown.add_row(*(escape(str(value)) for value in row.values()))
            out.print()
            out.print(shown)


@app.command()
def features(
    paper_id: Annotated[str, typer.Argument(help="As in arxiv:2501.00001.")],
) -> None:
    """Shows a paper's text with its mentions marked, and what else was found in it."""
    from paper_pipeline.enrich.marking import describe_finds, mark_text
    from paper_pipeline.lake.store import Lake

    lake = Lake(Settings.from_environment().lake_dir)
    papers = lake.read("deduplicated_papers", where=("paper_id", [paper_id])).to_pylist()
    found = lake.read("enriched_papers", where=("paper_id", [paper_id])).to_pylist()
    if not papers or not found:
        err.print(
            f"There are no features of a paper {paper_id} in the lake. `paper-pipeline run` "
            "computes them; `paper-pipeline explain` knows ids that have changed.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)
    for field in ("title", "abstract"):
        text = Text()
        for piece, kind in mark_text(papers[0][field] or "", field, found[0]):
            text.append(piece, style=MARK_STYLES.get(kind, "bold") if kind else "")
            if kind:
                text.append(f" {{{kind}}}", style="dim")
        out.print(text, soft_wrap=False)
        out.print()
    for title, rows in describe_finds(found[0], papers[0]).items():
        if rows:
            shown = Table(
                *rows[0], title=title, title_justify="left", box=None, header_style="bold"
            )
            for row in rows:
                shown.add_row(*(escape(str(value)) for value in row.values()))
            out.print(shown)
            out.print()


@quarantine.command("list")
def list_quarantine(
    rule: Annotated[str | None, typer.Option(help="Only entries that broke this rule.")] = None,
    dump: Annotated[str | None, typer.Option(help=DUMP_HELP)] = None,
    limit: Annotated[int, typer.Option(min=0, help="Entries to show at most.")] = 20,
) -> None:
    """Shows how many entries broke each rule, then the entries."""
    from paper_pipeline.clean.review import ReviewError, count_by_rule, list_waiting
    from paper_pipeline.lake.store import Lake

    with _exit_on(ReviewError):
        waiting = list_waiting(Lake(Settings.from_environment().lake_dir), rule=rule, dump=dump)
    if not waiting:
        out.print("Nothing in quarantine fits." if rule or dump else "Nothing is in quarantine.")
        return
    counted = Table("rule", box=None, header_style="bold")
    for name in ("entries", "dumps"):
        counted.add_column(name, justify="right")
    for name, entry_count, dump_count in count_by_rule(waiting):
        counted.add_row(name, f"{entry_count:,}", f"{dump_count:,}")
    out.print(counted)
    shown = Table(box=None, header_style="bold")
    shown.add_column("entry", no_wrap=True)
    for name in ("rule", "file or day", "reason"):
        shown.add_column(name)
    for entry in waiting[:limit]:
        rules = ", ".join(entry.rules)
        shown.add_row(entry.entry_id, rules, escape(entry.source), escape(entry.reason))
    if limit:
        out.print()
        out.print(shown)
    if len(waiting) > limit:
        out.print(f"\n{len(waiting) - limit:,} more; --limit shows them", highlight=False)


@quarantine.command("show")
def show_quarantined(entry_id: Annotated[str, typer.Argument(help=ENTRY_HELP)]) -> None:
    """Shows an entry: what it broke, where it stands, and its text as found."""
    from paper_pipeline.clean.review import ReviewError, find_waiting, show_text
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake

    lake = Lake(Settings.from_environment().lake_dir)
    with _exit_on(ReviewError):
        entry = find_waiting(lake, entry_id)
    facts = {
        "rule": ", ".join(entry.rules),
        "reason": entry.reason,
        "file": f"{entry.source} ({entry.format}, {entry.encoding})",
        "dump": entry.dump_id,
        "bytes": f"{entry.byte_start:,} to {entry.byte_end:,}",
    }
    for name, value in facts.items():
        out.print(f"{name:<8}{value}", markup=False, highlight=False, soft_wrap=True)
    out.print()
    text = show_text(RawStore(lake.folder / "raw"), entry)
    out.print(text, markup=False, highlight=False, soft_wrap=True)


@quarantine.command("release")
def release_quarantined(
    entry_id: Annotated[str, typer.Argument(help=ENTRY_HELP)],
    reason: Annotated[str, typer.Option(help="Why it is a paper all the same.")],
    author: Annotated[str, typer.Option(help="Who decides so.")],
) -> None:
    """Decides that an entry becomes a record although a value of it broke a rule."""
    from paper_pipeline.clean.review import ReviewError, propose_release
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake
    from paper_pipeline.rulings.decisions import add_decision

    settings = Settings.from_environment()
    lake = Lake(settings.lake_dir)
    raw, today = RawStore(settings.lake_dir / "raw"), datetime.now(UTC).date()
    with _exit_on(ReviewError):
        proposal = propose_release(lake, raw, entry_id, reason=reason, author=author, today=today)
    file = settings.quarantine_decisions_file
    is_new = add_decision(file, proposal.decision)
    rules = ", ".join(proposal.decision.rules)
    words = f"may break {rules}: noted in {file}" if is_new else f"is released in {file} already"
    out.print(f"{entry_id} {words}", markup=False, highlight=False, soft_wrap=True)
    record = proposal.record
    out.print(f"Title: {record['title']}", markup=False, highlight=False, soft_wrap=True)
    changed = [r["name"] for r in record["repairs"] if r["name"].startswith("released_")]
    if changed:
        words = "As tables do not take a value as it is: " + ", ".join(changed)
        out.print(words, highlight=False, soft_wrap=True)
    out.print("It becomes a record with the next `paper-pipeline run`.", highlight=False)


@quarantine.command("retry")
def retry_quarantined(
    rule: Annotated[str | None, typer.Option(help="Only dumps with such entries.")] = None,
    dump: Annotated[str | None, typer.Option(help=DUMP_HELP)] = None,
) -> None:
    """Parses the dumps of entries in quarantine again, now, and says what changed."""
    from paper_pipeline.clean.review import ReviewError, retry
    from paper_pipeline.lake.raw import RawStore
    from paper_pipeline.lake.store import Lake
    from paper_pipeline.rulings import load_rulings
    from paper_pipeline.rulings.decisions import store_decisions

    settings = Settings.from_environment()
    lake, raw = Lake(settings.lake_dir), RawStore(settings.lake_dir / "raw")
    decisions = load_rulings(settings).decisions
    with _exit_on(ReviewError), lake.writing():
        store_decisions(lake, decisions)
        retried = retry(lake, raw, rule=rule, dump=dump)
    out.print(f"{len(retried.dump_ids)} dumps parsed again", highlight=False)
    told = {
        "became records": retried.released,
        "are new in quarantine": retried.quarantined,
        "are gone": retried.gone,
    }
    for words, entry_ids in told.items():
        if entry_ids:
            some = ", ".join(entry_ids[:5]) + (" ..." if len(entry_ids) > 5 else "")
            out.print(f"{len(entry_ids):,} entries {words}: {some}", highlight=False)
    if all(change.is_empty for change in retried.changes.values()):
        out.print("Nothing has changed.")
    else:
        out.print("`paper-pipeline run` carries the change on to the papers.", highlight=False)


@app.command()
def extract(
    source: Annotated[Path, typer.Argument(help="JSON lines with title and abstract; - to read.")],
    target: Annotated[Path, typer.Argument(help="JSON lines to write; - for the screen.")],
) -> None:
    """Repairs texts of yours and finds what is in them: mentions, links, sizes, keyphrases."""
    from paper_pipeline.workflows.extract import BadLine, extract_lines, write_lines

    with ExitStack() as stack:
        stack.enter_context(_exit_on(BadLine))
        reading = (
            sys.stdin
            if source == Path("-")
            else stack.enter_context(source.open(encoding="utf-8", errors="replace"))
        )
        results = extract_lines(reading)
        if target == Path("-"):
            write_lines(results, sys.stdout)
            return
        # Beside its place first: a wrong line leaves no half of a file behind.
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        stack.callback(beside.unlink, missing_ok=True)
        with beside.open("w", encoding="utf-8", errors="backslashreplace") as writing:
            count = write_lines(_counted(results), writing)
        beside.replace(target)
        err.print(f"{count:,} texts written to {target}", highlight=False, soft_wrap=True)


@contextmanager
def _exit_on(expected: type[Exception]) -> Iterator[None]:
    """Turns an error in what was given into one clear line."""
    try:
        yield
    except expected as error:
        err.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def _counted(results: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hands results on, and shows how many there were."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} texts"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        yield from bar.track(results)


@app.command()
def ui(
    port: cli_releases.Port = 3000,
    inbox: Annotated[Path | None, typer.Option(help="Folder to watch for pages.")] = None,
) -> None:
    """Starts the Dagster UI and its daemon (schedules and sensors) on 127.0.0.1."""
    settings = _prepare(inbox)
    cli_releases.require_free(port)
    command = [
        sys.executable, "-m", "dagster", "dev",
        "-m", "paper_pipeline.definitions", "-h", "127.0.0.1", "-p", str(port),
    ]  # fmt: skip
    out.print(f"Dagster UI: http://127.0.0.1:{port} (stop with Ctrl-C)")
    # Dagster puts the .env of the folder it is started in above the environment, so it is started
    # in one of its own, where relative paths would mean others. And without PYTHONSAFEPATH Python
    # would import modules from there.
    environment = os.environ | {
        "PYTHONSAFEPATH": "1",
        "PAPER_PIPELINE_INBOX": str(settings.inbox_dir),
        "PAPER_PIPELINE_CORRECTIONS": str(settings.corrections_file),
        "PAPER_PIPELINE_QUARANTINE_DECISIONS": str(settings.quarantine_decisions_file),
    }
    sys.exit(subprocess.call(command, env=environment, cwd=settings.dagster_home))  # noqa: S603


@app.command()
def dictionary() -> None:
    """Prints the data dictionary, data/README.md, as tables.py declares it."""
    from paper_pipeline.lake.tables.dictionary import data_dictionary

    sys.stdout.write(data_dictionary())


def _prepare(inbox: Path | None) -> Settings:
    """Makes the folders, and points Dagster and all child processes at them."""
    if inbox is not None:
        if not inbox.is_dir():
            raise SettingsError(f"the inbox {inbox} is not a folder; name one that exists")
        os.environ["PAPER_PIPELINE_INBOX"] = str(inbox.absolute())
    settings = Settings.from_environment()
    os.environ["PAPER_PIPELINE_DATA"] = str(settings.data_dir)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    if inbox is None and not settings.inbox:
        settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    configured = settings.dagster_home / "dagster.yaml"
    if not configured.exists():
        template = resources.files("paper_pipeline") / "dagster.yaml"
        with resources.as_file(template) as path:
            shutil.copyfile(path, configured)
    return settings


@contextmanager
def _progress(*, quiet: bool) -> Iterator[logging.Handler]:
    """Shows the step at work and what it says; hands out the handler that feeds it."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    ours = logging.getLogger("paper_pipeline")
    with Progress(*columns, console=err, transient=True, disable=quiet) as bar:
        handler = logging.NullHandler() if quiet else _ProgressHandler(bar)
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
        try:
            yield handler
        finally:
            ours.removeHandler(handler)


class _ProgressHandler(logging.Handler):
    """Turns Dagster's step events and our modules' messages into one line of progress."""

    def __init__(self, bar: Progress):
        super().__init__(logging.DEBUG)  # the level of Dagster's step events
        self._bar = bar
        self._task = bar.add_task("Starting", total=None)
        self._step = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one log record, of Dagster or of a module of ours."""
        event = getattr(record, "dagster_event", None)
        if event is None:
            if not hasattr(record, "dagster_meta"):  # Dagster hands our own messages on as well
                done, total, _ = getattr(record, "progress", (0, None, 0))
                self._bar.update(self._task, completed=done, total=total)
                self._say(record.getMessage())
        elif event.event_type_value == "STEP_START":
            self._step = str(event.step_key).replace("_", " ")
            self._bar.update(self._task, total=None)
            self._say("")
        elif event.event_type_value in ("STEP_SUCCESS", "STEP_FAILURE"):
            is_good = event.event_type_value == "STEP_SUCCESS"
            mark = "[green]✓[/]" if is_good else "[red]✗[/]"
            self._bar.console.print(f"{mark} {self._step}", highlight=False)

    def _say(self, words: str) -> None:
        tail = f": {words}" if words else ""
        self._bar.update(self._task, description=f"{self._step or 'Starting'}{tail}"[:110])


def _logger(handler: logging.Handler) -> "dg.LoggerDefinition":
    import dagster as dg

    def start(_: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.Logger("paper_pipeline.progress", logging.DEBUG)
        logger.addHandler(handler)
        return logger

    return dg.LoggerDefinition(start, description="Shows progress on the command line.")


def _counts(settings: Settings, result: "dg.ExecuteInProcessResult") -> dict[str, Any]:
    """The counts of the newest release, and what this run changed."""
    from paper_pipeline.published.release import list_releases

    releases = list_releases(settings.releases_dir)
    newest = releases[-1].manifest if releases else {}
    return {
        **newest.get("counts", {}),
        "success": result.success,
        "version": newest.get("version"),
        "fingerprint": newest.get("fingerprint"),
        "is_new_release": any(row["released"] for row in _changes(result)),
        "changed_tables": [row["asset"] for row in _changes(result) if row["changed"]],
    }


def _changes(result: "dg.ExecuteInProcessResult") -> list[dict[str, Any]]:
    """What each materialisation of a run reported, in order."""
    rows: dict[str, dict[str, Any]] = {}
    for event in result.all_events:
        if event.event_type_value != "ASSET_MATERIALIZATION":
            continue
        materialized = event.step_materialization_data.materialization
        found = {key: value.value for key, value in materialized.metadata.items()}
        names = ("inserted", "updated", "deleted")
        if "dagster/row_count" not in found:
            continue  # of a range of days, the newest day's event speaks for the table
        asset = materialized.asset_key.to_user_string()
        rows[asset] = {
            "asset": asset,
            "rows": found["dagster/row_count"],
            **{name: found.get(name, 0) for name in names},
            "changed": any(found.get(name) for name in names),
            "released": bool(found.get("is_new")),
        }
    return list(rows.values())


def _problems(result: "dg.ExecuteInProcessResult") -> Iterator[str]:
    """Failed checks and failed steps in words."""
    for event in result.all_events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION":
            check = event.asset_check_evaluation_data
            if not check.passed:
                level = check.severity.value
                name = f"{check.asset_key.to_user_string()}.{check.check_name}"
                yield f"{level} {name}: {check.description}"
                shown = check.metadata.get("broken")
                if shown is not None and level == "ERROR":
                    yield str(shown.value)
        elif event.event_type_value == "STEP_FAILURE":
            error = event.step_failure_data.error
            while error and error.cause and str(error.cls_name).startswith("Dagster"):
                error = error.cause  # Dagster's wrapper around what a module of ours said
            if error is not None and "AssetCheckFailed" not in str(error.cls_name):
                yield f"FAILED {event.step_key}: {error.message.strip()}"


def _print_summary(settings: Settings, result: "dg.ExecuteInProcessResult") -> None:
    changes = _changes(result)
    if changes:
        summary = Table(box=None, header_style="bold")
        summary.add_column("table")
        for name in ("rows", "new", "changed", "gone"):
            summary.add_column(name, justify="right")
        for row in changes:
            numbers = (row["rows"], row["inserted"], row["updated"], row["deleted"])
            summary.add_row(row["asset"], *(f"{n:,}" if n else "·" for n in numbers))
        out.print(summary)
    checks = [
        event.asset_check_evaluation_data.passed
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    out.print(f"Checks: {sum(checks)} of {len(checks)} passed")
    if not result.success:
        return
    counts = _counts(settings, result)
    if counts["is_new_release"]:
        out.print(
            f"[bold green]Released {counts['version']}[/]: {counts['papers']:,} papers from "
            f"{counts['records']:,} records of {counts['dumps']:,} dumps, "
            f"{counts['quarantined_entries']:,} in quarantine\n"
            f"{settings.releases_dir / str(counts['version'])}",
            highlight=False,
            soft_wrap=True,
        )
    elif not any(row["changed"] for row in changes):
        out.print(
            f"Nothing has changed: no table has a new version, the newest release is still "
            f"{counts['version']}.",
            highlight=False,
        )
    else:
        out.print(
            f"The papers are as they were: the newest release is still {counts['version']}.",
            highlight=False,
        )
