"""The commands that run the pipeline: run, ingest, backfill, rebuild, ui.

Data flow: commands -> the jobs that the UI shows too -> progress, a summary, an exit code.

The only module of the command line that imports Dagster, inside its functions. What a job does
belongs in automation.py and the stages.
"""

import json
import logging
import os
import runpy
import sys
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, TimeElapsedColumn

from paper_pipeline.cli.console import err, print_table, safe, say, show_progress
from paper_pipeline.cli.errors import CommandError, find_full_disk
from paper_pipeline.cli.history import require_history, require_home
from paper_pipeline.cli.home import make_home, open_home
from paper_pipeline.cli.lake import open_lake
from paper_pipeline.cli.signals import end_children, is_ending
from paper_pipeline.net import require_free
from paper_pipeline.settings import Settings, SettingsError

if TYPE_CHECKING:
    import dagster as dg

commands = typer.Typer()
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]
# How the names of errors begin that Dagster wraps around what a module of ours said.
WRAPPERS = ("Dagster", "Retry")
# Headings of the summary, and what a materialisation calls such rows.
CHANGES = {"new": "inserted", "changed": "updated", "gone": "deleted"}
MOST_DAYS = 10  # that are named where they could not be had


@commands.command()
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
    _exit_unless(_execute(_prepare(inbox), JOB_NAME, as_json=as_json))


def _execute(
    settings: Settings,
    job_name: str,
    *,
    as_json: bool = False,
    tags: dict[str, str] | None = None,
    ops: dict[str, Any] | None = None,
) -> bool:
    """Runs a job in this process, shows progress and a summary, and tells whether all went well."""
    import dagster as dg

    from paper_pipeline import runs
    from paper_pipeline.automation import fail_dead_runs
    from paper_pipeline.definitions import defs

    with _watch(quiet=as_json) as logger:
        watched = dg.Definitions.merge(defs, dg.Definitions(loggers={"progress": logger}))
        job = watched.resolve_job_def(job_name)
        with open_home(settings.dagster_home) as instance:
            for sentence in fail_dead_runs(instance, settings.running_dir):
                say(sentence, to=err)
            run_id = str(uuid.uuid4())
            runs.announce_run(settings.running_dir, run_id)  # before Dagster records its start
            result = job.execute_in_process(
                instance=instance,
                run_id=run_id,
                run_config={"loggers": {"progress": {}}, "ops": ops or {}},
                raise_on_error=False,
                tags={
                    **(tags or {}),
                    "paper_pipeline/started_by": "command line",
                    # The daemon can start again only what it started.
                    "dagster/max_retries": "0",
                    # Shows the run under its job in the UI, as one that was started there.
                    ".dagster/repository": "__repository__@paper_pipeline.definitions",
                },
            )
    if is_ending():  # Dagster has recorded that the run was interrupted
        raise KeyboardInterrupt
    if as_json:
        print(json.dumps(_count(settings, result), indent=2, sort_keys=True))
    else:
        _print_summary(settings, result)
    for line in _problems(result):
        say(line, to=err)
    if not result.success:
        say(
            safe("The run failed.", "bold red"),
            " What was written before the failure is kept; mend the cause and run again. "
            "`paper-pipeline ui` shows every step and check.",
            to=err,
        )
    return result.success


def _exit_unless(is_good: bool) -> None:
    if not is_good:
        raise typer.Exit(1)


@commands.command()
def ingest() -> None:
    """Does the daily schedule's work by hand: asks the site for the days that are due."""
    settings = _prepare(None)
    from paper_pipeline.acquire.daily_pages import read_verdicts
    from paper_pipeline.acquire.days import find_due_days

    (lake, _), today = open_lake(), datetime.now(UTC).date()
    window = settings.refetch_days
    _fetch(settings, find_due_days(read_verdicts(lake), today=today, refetch_days=window))


@commands.command()
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
    from paper_pipeline.acquire.daily_pages import read_verdicts
    from paper_pipeline.acquire.days import FIRST_LISTED_DAY, days_between, find_missing_days

    (lake, _), today = open_lake(), datetime.now(UTC).date()
    start, end = max(first.date(), FIRST_LISTED_DAY), min(last.date() if last else today, today)
    if start > end:
        raise SettingsError(
            f"no day to ask for between {first.date()} and {last.date() if last else today}: "
            f"lists begin on {FIRST_LISTED_DAY} and end today, {today}"
        )
    days = days_between(start, end)
    if not refetch:
        window = settings.refetch_days
        days = find_missing_days(read_verdicts(lake), days, today=today, refetch_days=window)
    _fetch(settings, days, refetch=refetch)


def _fetch(settings: Settings, days: list[date], *, refetch: bool = False) -> None:
    """Runs the daily job over the range that holds the days, or the rest of it where there is none.

    Which days of the range are asked for the asset decides again, from its tables. Where a day was
    not had the corpus is brought up to date all the same, and then the command exits with 1.
    """
    from paper_pipeline.acquire.daily_pages import find_unfetched
    from paper_pipeline.acquire.days import is_weekday
    from paper_pipeline.automation import DAILY_JOB_NAME, JOB_NAME, range_tags

    if not days:
        say("No day is missing.")
        _exit_unless(_execute(settings, JOB_NAME))
        return
    started_at = datetime.now(UTC)
    is_done = _execute(
        settings,
        DAILY_JOB_NAME,
        tags=range_tags(days[0], days[-1]),
        ops={"acquire_daily_pages": {"config": {"refetch": refetch}}},
    )
    asked = [day for day in days if is_weekday(day)]  # on others there are no lists
    unfetched = find_unfetched(open_lake()[0], asked, since=started_at)
    if len(unfetched) == len(asked) and not is_done:
        say("Without these days, the rest is brought up to date.", to=err)
        _execute(settings, JOB_NAME)
    for day, reason in [*unfetched.items()][:MOST_DAYS]:
        say(f"{day}: {reason}", to=err)
    if unfetched:
        say(
            safe(f"{len(unfetched)} of {len(asked)} days could not be had.", "bold red"),
            " What came is kept and released; run again to ask for the others.",
            to=err,
        )
    _exit_unless(is_done and not unfetched)


@commands.command()
def rebuild() -> None:
    """Finds all papers again from all records: proves, or mends, what the increments built."""
    settings = _prepare(None)
    from paper_pipeline.automation import REBUILD_JOB_NAME

    ops = {"deduplicate_records": {"config": {"rebuild": True}}}
    _exit_unless(_execute(settings, REBUILD_JOB_NAME, ops=ops))


@commands.command()
def ui(
    port: Port = 3000,
    inbox: Annotated[Path | None, typer.Option(help="Folder to watch for pages.")] = None,
) -> None:
    """Starts the Dagster UI and its daemon (schedules and sensors) on 127.0.0.1."""
    settings = _prepare(inbox)
    require_free(port)
    require_history(settings.dagster_home)
    say(f"Dagster UI: http://127.0.0.1:{port} (stop with Ctrl-C)")
    # Dagster puts the .env of the folder it is started in above the environment, so it is started
    # in one of its own, where relative paths would mean others. And without PYTHONSAFEPATH Python
    # would import modules from there.
    os.environ |= {
        "PYTHONSAFEPATH": "1",
        "PAPER_PIPELINE_INBOX": str(settings.inbox_dir),
        "PAPER_PIPELINE_CORRECTIONS": str(settings.corrections_file),
        "PAPER_PIPELINE_QUARANTINE_DECISIONS": str(settings.quarantine_decisions_file),
    }
    os.chdir(settings.dagster_home)
    sys.argv = [
        "dagster", "dev",
        "-m", "paper_pipeline.definitions", "-h", "127.0.0.1", "-p", str(port),
    ]  # fmt: skip
    with suppress(SystemExit):  # this process is the server now, as after exec
        runpy.run_module("dagster", run_name="__main__", alter_sys=True)
    if not is_ending():
        end_children()
        raise CommandError("The server has ended by itself; what it wrote above says why.")


def _prepare(inbox: Path | None) -> Settings:
    """Makes the folders, and points Dagster and all child processes at them."""
    if inbox is not None:
        os.environ["PAPER_PIPELINE_INBOX"] = str(inbox.absolute())
    settings = Settings.from_environment()
    settings.require_inbox()
    require_home(settings.dagster_home)
    os.environ["PAPER_PIPELINE_DATA"] = str(settings.data_dir)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    make_home(settings.dagster_home)
    if inbox is None and not settings.inbox:
        settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    return settings


@contextmanager
def _watch(*, quiet: bool) -> Generator["dg.LoggerDefinition"]:
    """Shows the step at work and what it says; hands out the Dagster logger that feeds it."""
    import dagster as dg

    ours = logging.getLogger("paper_pipeline")
    dagsters = logging.Logger("paper_pipeline.progress", logging.DEBUG)
    with show_progress(TimeElapsedColumn(), quiet=quiet) as bar:
        handler = logging.NullHandler() if quiet else _ProgressHandler(bar)
        dagsters.addHandler(handler)
        ours.addHandler(handler)
        ours.setLevel(logging.INFO)
        try:
            yield dg.LoggerDefinition(
                lambda _: dagsters, description="Shows progress on the command line."
            )
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
                if hasattr(record, "is_waiting"):
                    say(record.getMessage(), to=err)
                done, total, _ = getattr(record, "progress", (0, None, 0))
                self._bar.update(self._task, completed=done, total=total)
                self._say(record.getMessage())
        elif event.event_type_value in ("STEP_START", "STEP_RESTARTED"):
            self._step = str(event.step_key).replace("_", " ")
            self._bar.update(self._task, total=None)
            self._say("")
        elif event.event_type_value == "STEP_SUCCESS":
            say(safe("✓", "green"), f" {self._step}", to=err)
        elif event.event_type_value == "STEP_UP_FOR_RETRY":
            retry = event.event_specific_data
            error, wait = retry.error, retry.seconds_to_wait or 0
            while error.cause and str(error.cls_name).startswith(WRAPPERS):
                error = error.cause
            say(f"{self._step}: waiting {wait:.0f} s to try again. {error.message}", to=err)
            self._say(f"waiting {wait:.0f} s to try again")
        elif event.event_type_value == "STEP_FAILURE":
            say(safe("✗", "red"), f" {self._step}", to=err)

    def _say(self, words: str) -> None:
        tail = f": {words}" if words else ""
        self._bar.update(self._task, description=f"{self._step or 'Starting'}{tail}"[:110])


def _read_reports(result: "dg.ExecuteInProcessResult") -> dict[str, dict[str, Any]]:
    """What the materialisation of each table reported, by table, in order."""
    reports: dict[str, dict[str, Any]] = {}
    for event in result.get_asset_materialization_events():
        report = {key: value.value for key, value in event.materialization.metadata.items()}
        if "dagster/row_count" in report:  # of a range of days, that is the newest day
            reports[event.materialization.asset_key.to_user_string()] = report
    return reports


def _count(settings: Settings, result: "dg.ExecuteInProcessResult") -> dict[str, Any]:
    """The counts of the newest release, and what this run changed."""
    from paper_pipeline.published.release import list_releases

    releases = list_releases(settings.releases_dir)
    newest = releases[-1].manifest if releases else {}
    reports, names = _read_reports(result), CHANGES.values()
    return {
        **newest.get("counts", {}),
        "success": result.success,
        "version": newest.get("version"),
        "fingerprint": newest.get("fingerprint"),
        "is_new_release": any(report.get("is_new") for report in reports.values()),
        "changed_tables": [table for table in reports if any(map(reports[table].get, names))],
    }


def _problems(result: "dg.ExecuteInProcessResult") -> Iterator[str]:
    """Failed checks and failed steps, line by line."""
    for check in result.get_asset_check_evaluations():
        if not check.passed:
            level = check.severity.value
            table = check.asset_key.to_user_string()
            yield f"{level} {table}.{check.check_name}: {check.description}"
            if level == "ERROR" and "broken" in check.metadata:
                yield from str(check.metadata["broken"].value).splitlines()
    for event in result.get_step_failure_events():
        error = event.step_failure_data.error
        if error is not None and (full := find_full_disk(error.to_string())):
            yield f"FAILED {event.step_key}: {full}"
            continue
        while error and error.cause and str(error.cls_name).startswith(WRAPPERS):
            error = error.cause
        if error is not None and "AssetCheckFailed" not in str(error.cls_name):
            yield from f"FAILED {event.step_key}: {error.message.strip()}".splitlines()


def _print_summary(settings: Settings, result: "dg.ExecuteInProcessResult") -> None:
    names = ("dagster/row_count", *CHANGES.values())
    print_table(
        ("table", "rows", *CHANGES),
        (
            (table, *(report.get(name) or None for name in names))
            for table, report in _read_reports(result).items()
        ),
    )
    checks = [check.passed for check in result.get_asset_check_evaluations()]
    say(f"Checks: {sum(checks)} of {len(checks)} passed")
    if not result.success:
        return
    counts = _count(settings, result)
    version = str(counts["version"])
    if counts["is_new_release"]:
        say(
            safe(f"Released {version}", "bold green"),
            f": {counts['papers']:,} papers from {counts['records']:,} records of "
            f"{counts['dumps']:,} dumps, {counts['quarantined_entries']:,} in quarantine",
        )
        say(settings.releases_dir / version)
    elif counts["changed_tables"]:
        say(f"The papers are as they were: the newest release is still {version}.")
    else:
        say(
            "Nothing has changed: no table has a new version, the newest release is still "
            f"{version}."
        )
