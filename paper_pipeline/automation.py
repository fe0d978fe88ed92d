"""Automation: the jobs, and what starts them.

Data flow: the clock, files that have settled in the inbox, stages that are behind -> runs of jobs;
runs that have died -> failed ones, which dagster.yaml has retried.

What is new is decided by the stages from their tables: a lost or doubled trigger only delays work
or finds nothing to do.
"""

# Methods of Dagster have parameters without a type; what they return has one.
# pyright: reportUnknownMemberType=false

import hashlib
import json
import time
from dataclasses import asdict
from datetime import UTC, date, timedelta
from pathlib import Path

import dagster as dg

from paper_pipeline import runs
from paper_pipeline.acquire import daily_pages, inbox
from paper_pipeline.acquire.days import find_due_days
from paper_pipeline.lake.store import DamagedTable
from paper_pipeline.release.retention import prune
from paper_pipeline.resources import Workspace
from paper_pipeline.workflows.backlog import find_stages_behind
from paper_pipeline.workflows.scrub import find_damage

JOB_NAME = "update_corpus"
DAILY_JOB_NAME = "ingest_daily_pages"
REBUILD_JOB_NAME = "rebuild_deduplication"
EVERY_ASSET = dg.AssetSelection.all()
FETCHED = dg.AssetSelection.assets("raw_daily_pages", "arxiv_metadata")
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
IN_PROGRESS = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# Files whose run failed are tried again after this long.
RETRY_SECONDS = 3600

update_corpus = dg.define_asset_job(
    JOB_NAME,
    selection=EVERY_ASSET - FETCHED,
    executor_def=dg.in_process_executor,
    description="All that needs no network: new dumps to records, papers, features, a release.",
)
ingest_daily_pages = dg.define_asset_job(
    DAILY_JOB_NAME,
    selection=EVERY_ASSET,
    executor_def=dg.in_process_executor,
    description="Asks the site for the lists of days, then brings everything up to date.",
)

rebuild_deduplication = dg.define_asset_job(
    REBUILD_JOB_NAME,
    selection=dg.AssetSelection.groups("dedup"),
    executor_def=dg.in_process_executor,
    config={"ops": {"deduplicate_records": {"config": {"rebuild": True}}}},
    description="Finds all papers again from all records; nothing changes unless something broke.",
)


@dg.op(description="Removes what the settings kept_releases and history_days do not keep.")
def prune_history(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Applies the policy; with the settings as they come, every release stays."""
    settings, lake = workspace.settings(), workspace.lake()
    with lake.writing():
        pruned = prune(
            lake,
            settings.releases_dir,
            keep=settings.kept_releases,
            history=timedelta(days=settings.history_days),
        )
    context.add_output_metadata(
        {"releases": ", ".join(pruned.versions) or "none", "byte_count": pruned.byte_count}
    )


@dg.job(
    executor_def=dg.in_process_executor,
    description="Removes releases and versions of tables that the settings do not keep.",
)
def apply_retention() -> None:
    """What `paper-pipeline releases prune` does by hand."""
    prune_history()


@dg.op(description="Reads every byte of tables, dumps and releases, and says what is damaged.")
def read_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fails where something is damaged that only people can mend."""
    settings, lake = workspace.settings(), workspace.lake()
    found = find_damage(lake, workspace.raw(), settings, is_full=True)
    if found.mends_itself:
        lake.scrub()
    lines = [*found.mends_itself, *found.needs_people]
    context.add_output_metadata({"damage": dg.MetadataValue.md("\n\n".join(lines) or "none")})
    if found.needs_people:
        raise dg.Failure("\n".join(found.needs_people), allow_retries=False)


@dg.job(
    executor_def=dg.in_process_executor,
    description="Looks whether all that is kept is what was written.",
)
def scrub() -> None:
    """What `paper-pipeline check --full` does by hand; derived tables are made again after it."""
    read_everything()


# Before retention, which removes what damage could be mended from.
scrub_schedule = dg.ScheduleDefinition(
    name="scrub_schedule",
    job=scrub,
    cron_schedule="30 3 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every Sunday: every byte of tables, dumps and releases is read.",
)

# On the quietest day, far from the daily run.
weekly_schedule = dg.ScheduleDefinition(
    name="weekly_schedule",
    job=apply_retention,
    cron_schedule="30 4 * * 0",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every Sunday: old releases and old versions of tables go, as the settings say.",
)


def range_tags(first: date, last: date) -> dict[str, str]:
    """Tags of a run over all days from the first to the last."""
    return {RANGE_START: first.isoformat(), RANGE_END: last.isoformat()}


# Late in the day, when the day's list is about complete. The days of the refetch window are asked
# for again, so nothing is lost by a list that still grows, a missed tick, or a machine that slept.
@dg.schedule(
    job=ingest_daily_pages,
    cron_schedule="30 21 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every day: today, the days before it that may still change, and what is missing.",
)
def daily_schedule(
    context: dg.ScheduleEvaluationContext, workspace: Workspace
) -> dg.RunRequest | dg.SkipReason:
    """Asks for the range that holds every due day; which days in it are due the asset decides."""
    today = context.scheduled_execution_time.astimezone(UTC).date()
    due = find_due_days(
        daily_pages.read_verdicts(workspace.lake()),
        today=today,
        refetch_days=workspace.settings().refetch_days,
    )
    if not due:
        return dg.SkipReason("no weekday is due")
    return dg.RunRequest(run_key=today.isoformat(), tags=range_tags(due[0], today))


def fail_dead_runs(instance: dg.DagsterInstance, running_dir: Path) -> list[str]:
    """Reports runs as failed that are recorded as in progress and have died.

    Dagster does not notice it by itself where the process that started a run has ended as well,
    and lets other runs wait for it.

    Args:
        instance: Whose runs.
        running_dir: Where runs at work are announced.

    Returns:
        A sentence for each.
    """
    failed: list[str] = []
    in_progress = instance.get_run_records(dg.RunsFilter(statuses=IN_PROGRESS))
    for record in in_progress:
        run_id = record.dagster_run.run_id
        why = runs.why_dead(running_dir, run_id, record.update_timestamp)
        if not why:
            continue
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished:  # it has ended since it was listed
            continue
        failed.append(f"Run {run_id} has died: {why}.")
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, failed[-1])
        else:
            instance.report_run_failed(run, failed[-1])
    runs.remove_notes(running_dir, except_of={r.dagster_run.run_id for r in in_progress})
    return failed


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Fails runs whose process is gone, so that no other run waits for them.",
)
def dead_run_sensor(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SkipReason:
    """Starts nothing itself: Dagster tries failed runs again, as dagster.yaml says."""
    failed = fail_dead_runs(context.instance, workspace.settings().running_dir)
    return dg.SkipReason(" ".join(failed) or "every run in progress is alive")


@dg.sensor(
    job=update_corpus,
    minimum_interval_seconds=600,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="The safety net: starts the job where a stage is behind the one before it.",
)
def behind_sensor(
    context: dg.SensorEvaluationContext, workspace: Workspace
) -> dg.RunRequest | dg.SkipReason:
    """A trigger that was lost, or a run that died, only delays work until here."""
    try:
        behind = find_stages_behind(workspace.lake(), workspace.settings(), context.log)
    except DamagedTable as error:  # a run makes it again, or says what to do
        context.log.warning(str(error))
        behind = ["damaged"]
    if not behind:
        return dg.SkipReason("every stage has done what there is to do")
    hour = int(time.time() // RETRY_SECONDS)
    return dg.RunRequest(run_key=f"{hour}:{','.join(behind)}")


@dg.sensor(
    job=update_corpus,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the job when files in the inbox have stopped changing.",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, workspace: Workspace
) -> dg.SensorResult | dg.SkipReason:
    """Watches the inbox. The cursor holds what was seen of files that are not taken yet."""
    settings, lake = workspace.settings(), workspace.lake()
    seen = inbox.seen_files(lake.read("inbox_files"))
    files = [
        file
        for file in inbox.list_inbox(settings.require_inbox())
        if inbox.is_changed(file, seen.get(inbox.shown_path(file.path)))
    ]
    watched = {
        path: inbox.Settling(**facts) for path, facts in json.loads(context.cursor or "{}").items()
    }
    settled, watching = inbox.settle(
        watched,
        files,
        now_ns=time.time_ns(),
        settle_ns=int(settings.settle_seconds * 1e9),
    )
    cursor = json.dumps({path: asdict(facts) for path, facts in watching.items()})
    if not settled:
        waiting = f"{len(files)} files are still settling" if files else "no new files"
        return dg.SensorResult(skip_reason=waiting, cursor=cursor)
    named: list[object] = [
        sorted((inbox.shown_path(f.path), f.size, f.modified_ns) for f in settled)
    ]
    named.append(int(time.time() // RETRY_SECONDS))
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=hashlib.sha256(json.dumps(named).encode()).hexdigest(),
                run_config={
                    "ops": {
                        "acquire_inbox": {"config": {"settle_seconds": settings.settle_seconds}}
                    }
                },
            )
        ],
        cursor=cursor,
    )
