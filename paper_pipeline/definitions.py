"""The code location: what Dagster loads. Data flow, stage by stage, is in the folders beside."""

import dagster as dg

from paper_pipeline.acquire.assets import described_papers, raw_daily_pages, raw_inbox_dumps
from paper_pipeline.automation import (
    apply_retention,
    behind_sensor,
    daily_schedule,
    dead_run_sensor,
    inbox_sensor,
    ingest_daily_pages,
    rebuild_deduplication,
    scrub,
    scrub_schedule,
    update_corpus,
    weekly_schedule,
)
from paper_pipeline.clean.assets import cleaned_tables
from paper_pipeline.dedup.assets import deduplicated_tables
from paper_pipeline.enrich.assets import enriched_tables
from paper_pipeline.quality.assets import CHECK_DEFINITIONS, quality_scorecard
from paper_pipeline.release.assets import corpus_release
from paper_pipeline.resources import Workspace

defs = dg.Definitions(
    assets=[
        raw_daily_pages,
        raw_inbox_dumps,
        cleaned_tables,
        deduplicated_tables,
        described_papers,
        enriched_tables,
        quality_scorecard,
        corpus_release,
    ],
    asset_checks=CHECK_DEFINITIONS,
    jobs=[update_corpus, ingest_daily_pages, rebuild_deduplication, scrub, apply_retention],
    schedules=[daily_schedule, scrub_schedule, weekly_schedule],
    sensors=[inbox_sensor, behind_sensor, dead_run_sensor],
    resources={"workspace": Workspace()},
    executor=dg.in_process_executor,
)
