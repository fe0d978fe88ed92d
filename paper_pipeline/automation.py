"""Automation: the job over the whole graph, and what starts it.

Data flow: files that have settled in the inbox -> a run of the job.

What is new is decided by the stages from their tables: a lost or doubled trigger only delays work
or finds nothing to do.
"""

import hashlib
import json
import time
from dataclasses import asdict

import dagster as dg

from paper_pipeline.acquire import inbox
from paper_pipeline.resources import Workspace

JOB_NAME = "update_corpus"
# Files whose run failed are tried again after this long.
RETRY_SECONDS = 3600

update_corpus = dg.define_asset_job(
    JOB_NAME,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Everything, in order: new dumps to records, papers, features and a release.",
)


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
        for file in inbox.list_inbox(settings.inbox_dir)
        if inbox.is_changed(file, seen.get(str(file.path)))
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
    named: list[object] = [sorted((str(f.path), f.size, f.modified_ns) for f in settled)]
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
