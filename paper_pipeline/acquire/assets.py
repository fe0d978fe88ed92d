"""Wiring of the stage acquire."""

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from paper_pipeline import plots, runs
from paper_pipeline.acquire import arxiv_metadata, daily_pages, inbox
from paper_pipeline.lake.store import Lake, LakeError
from paper_pipeline.partitions import daily
from paper_pipeline.resources import Plot, Workspace, table_metadata, table_spec
from paper_pipeline.settings import SettingsError

PAGES = "raw_daily_pages"
# A fetch is tried again as a whole where it brought nothing because the site is down, busy or out
# of reach: after one minute and after two more. Where a token, an address, a setting, the lake or a
# disk is at fault, minutes help nothing.
SITE_IS_DOWN = dg.RetryPolicy(
    max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
CATEGORIES_SHOWN = 12


@contextmanager
def _trying_once() -> Generator[None]:
    """Keeps Dagster from trying a step again because of an error that is not a site's."""
    try:
        yield
    except (SettingsError, LakeError, OSError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error


class DailyConfig(dg.Config):
    """How to fetch days."""

    refetch: bool = False
    """Ask for every day again, known or not. A single day is always asked for again."""


def _plot_days(lake: Lake) -> bytes:
    fetches = lake.read("daily_fetches", ["day", "listed_count"]).sort_by("day").to_pandas()
    by_month = fetches.groupby(fetches["day"].str[:7])["listed_count"].sum()
    return plots.stacked_columns(
        "Entries listed, by month",
        by_month.index.tolist(),
        {"entries": by_month.tolist()},
        label="entries",
        empty="No day has been fetched yet",
    )


@dg.multi_asset(
    name="acquire_daily_pages",
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=SITE_IS_DOWN,
    specs=[
        table_spec(PAGES, daily_pages.__doc__ or "", deps=[], code_version="1"),
    ],
)
def raw_daily_pages(
    context: dg.AssetExecutionContext, config: DailyConfig, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Asks the site for the lists of days and keeps what comes."""
    settings, lake = workspace.settings(), workspace.lake()
    asked = [date.fromisoformat(key) for key in context.partition_keys]
    refetch = config.refetch or len(asked) == 1
    lock = settings.lake_dir / ".daily_papers.lock"
    with _trying_once(), runs.taking_turns(lock, "fetching days"):
        report = daily_pages.update_days(lake, workspace.raw(), settings, asked, refetch=refetch)
    if report.failed and len(report.failed) == report.asked_count:
        raise dg.Failure(
            f"No day could be fetched. {report.describe_failures()}",
            allow_retries=report.is_worth_retry,
        )
    context.log.info(report.describe_failures() or f"{len(report.verdicts)} days asked for")
    for day, answer in report.verdicts.items():
        facts = {"verdict": answer.verdict, "entries": answer.entry_count, "why": answer.reason}
        context.add_asset_metadata(facts, asset_key=PAGES, partition_key=day.isoformat())
    # Every day of the range gets an event; plot and preview go to the newest day's alone.
    preview = ["page_on", "page_number", "entry_count", "verdict", "captured_at"]
    plot = Plot(("daily_fetches",), _plot_days)
    shown = table_metadata(workspace, PAGES, report.change, preview=preview, plot=plot)
    newest = max(context.partition_keys)
    context.add_asset_metadata(shown, asset_key=PAGES, partition_key=newest)
    yield dg.MaterializeResult(asset_key=PAGES)


class InboxConfig(dg.Config):
    """How to take files from the inbox."""

    settle_seconds: float = 0.0
    """Leave files alone that changed within so many seconds; 0 takes what is there."""


def _plot_files(lake: Lake) -> bytes:
    verdicts = lake.read("inbox_files", ["verdict"])["verdict"].value_counts().to_pylist()
    counts = {v["values"].replace("_", " "): v["counts"] for v in verdicts}
    ordered = dict(sorted(counts.items(), key=lambda item: -item[1]))
    return plots.bars("Files of the inbox, by verdict", ordered, label="files")


@dg.multi_asset(
    name="acquire_inbox",
    specs=[table_spec("raw_inbox_dumps", inbox.__doc__ or "", deps=[], code_version="1")],
)
def raw_inbox_dumps(
    context: dg.AssetExecutionContext, config: InboxConfig, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Takes new files of the inbox into the raw store."""
    settings, lake = workspace.settings(), workspace.lake()
    with lake.writing():
        change, taken = inbox.take_inbox(
            lake,
            workspace.raw(),
            settings.require_inbox(),
            settings.data_dir / "sample",
            max_bytes=settings.max_dump_bytes,
            settle_ns=int(config.settle_seconds * 1e9),
        )
    context.log.info(
        f"{taken.folder}: {len(taken.arrivals)} files looked at, {change.inserted} new"
    )
    yield dg.MaterializeResult(
        asset_key="raw_inbox_dumps",
        metadata={
            "inbox": str(taken.folder),
            "files_looked_at": len(taken.arrivals),
            **table_metadata(
                workspace,
                "raw_inbox_dumps",
                change,
                preview=["file_name", "byte_count", "captured_at", "dump_id"],
                plot=Plot(("inbox_files",), _plot_files),
            ),
        },
    )


def _plot_categories(lake: Lake) -> bytes:
    column = lake.read("arxiv_metadata", ["primary_category"])["primary_category"]
    counts = Counter(name for name in column.to_pylist() if name).most_common(CATEGORIES_SHOWN)
    return plots.bars(
        "Papers by arXiv's primary category",
        dict(counts),
        label="papers",
        empty="arXiv has not been asked",
    )


@dg.multi_asset(
    name="acquire_arxiv_metadata",
    retry_policy=SITE_IS_DOWN,
    specs=[
        table_spec(
            "arxiv_metadata",
            arxiv_metadata.__doc__ or "",
            deps=["deduplicated_papers"],
            code_version="1",
        )
    ],
)
def described_papers(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Asks arXiv for the papers that are due, if it is to be asked."""
    settings, lake = workspace.settings(), workspace.lake()
    lock = settings.lake_dir / ".arxiv.lock"
    with _trying_once(), runs.taking_turns(lock, "asking arXiv"):
        report = arxiv_metadata.update_arxiv_metadata(lake, settings, now=datetime.now(UTC))
    # In the end a run does without: nothing is made from this table.
    is_last = context.retry_number == SITE_IS_DOWN.max_retries
    if report.is_worth_retry and not report.verdicts and not is_last:
        raise dg.Failure(f"arXiv has not answered. {report.describe()}")
    context.log.info(report.describe())
    preview = ["arxiv_id", "verdict", "arxiv_version", "title", "primary_category", "comment"]
    plot = Plot(("arxiv_metadata",), _plot_categories)
    shown = table_metadata(workspace, "arxiv_metadata", report.change, preview=preview, plot=plot)
    facts = {"calls": report.call_count, "left": report.left_count, "failed": report.failures[:5]}
    yield dg.MaterializeResult(asset_key="arxiv_metadata", metadata={**facts, **shown})
