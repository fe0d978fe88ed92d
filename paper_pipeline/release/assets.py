"""Wiring of the stage release."""

from typing import Any

import dagster as dg

from paper_pipeline import plots
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.published.release import version_order
from paper_pipeline.release import publish, snapshot
from paper_pipeline.resources import Plot, Workspace, table_metadata, table_spec


def _plot_releases(lake: Lake) -> bytes:
    columns = ["version", "paper_count", "record_count"]
    releases = lake.read("corpus_release", columns).to_pandas()
    releases = releases.sort_values("version", key=lambda versions: versions.map(version_order))
    repeats = releases["record_count"] - releases["paper_count"]
    return plots.stacked_columns(
        "Releases: papers, and records that repeat them",
        releases["version"].tolist(),
        {"papers": releases["paper_count"].tolist(), "repeats": repeats.tolist()},
        label="records",
    )


@dg.multi_asset(
    name="publish_release",
    specs=[
        table_spec(
            "corpus_release",
            f"{publish.__doc__}\n{snapshot.__doc__}",
            deps=[
                *("deduplicated_papers", "enriched_papers", "quarantined_entries"),
                "quality_scorecard",
            ],
            code_version="1",
            kinds=frozenset({"python", "parquet"}),
        )
    ],
)
def corpus_release(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> dg.MaterializeResult[Any]:
    """Publishes the corpus when its content differs from the newest release."""
    settings, lake = workspace.settings(), workspace.lake()
    with lake.writing():
        limits = settings.drift_limits
        release, is_new = publish.publish(lake, settings.releases_dir, limits)
    context.log.info(f"{'Released' if is_new else 'Nothing has changed since'} {release.version}")
    change = Change(int(is_new), 0, 0, 0, lake.version("corpus_release"))
    shown = table_metadata(
        workspace,
        "corpus_release",
        change,
        preview=["version", "paper_count", "record_count", "dump_count", "released_at"],
        plot=Plot(("corpus_release",), _plot_releases),
    )
    return dg.MaterializeResult(
        asset_key="corpus_release",
        metadata={
            "version": release.version,
            "is_new": is_new,
            "fingerprint": release.fingerprint,
            "folder": dg.PathMetadataValue(str(release.folder)),
            **shown,
        },
    )
