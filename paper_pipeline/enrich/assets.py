"""Wiring of the stage enrich."""

from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg

from paper_pipeline import plots
from paper_pipeline.enrich import features, trends, update
from paper_pipeline.lake.store import Lake
from paper_pipeline.resources import Plot, Workspace, table_metadata, table_spec
from paper_pipeline.vocabulary import SIZE_CLASSES

NAMES_SHOWN = 12
CODE_VERSION = str(features.EXTRACTOR_VERSION)


def _plot_papers_a_month(lake: Lake) -> bytes:
    counts = trends.read_months(lake, "paper")
    series = {"papers": counts["all"].tolist()} if len(counts) else {}
    return plots.stacked_columns("Papers a month", list(counts.index), series, label="papers")


def _plot_sizes_over_time(lake: Lake) -> bytes:
    counts = trends.read_months(lake, "size_class")
    classes = [name for name in SIZE_CLASSES if name in counts]
    return plots.stacked_columns(
        "Papers by the largest model size they mention",
        list(counts.index) if classes else [],
        {name: counts[name].tolist() for name in classes},
        label="papers",
    )


def _plot_top(feature: str, title: str) -> Callable[[Lake], bytes]:
    def draw(lake: Lake) -> bytes:
        return plots.bars(title, trends.read_top(lake, feature, NAMES_SHOWN), label="papers")

    return draw


PLOTS = {
    name: Plot((trends.TABLE,), draw)
    for name, draw in {
        "papers_a_month": _plot_papers_a_month,
        "sizes_over_time": _plot_sizes_over_time,
        "top_benchmarks": _plot_top("benchmark", "Benchmarks that most papers name"),
        "top_methods": _plot_top("method", "Methods that most papers name"),
    }.items()
}


@dg.multi_asset(
    name="enrich_papers",
    specs=[
        table_spec(
            "enriched_papers",
            features.__doc__ or "",
            deps=["deduplicated_papers"],
            code_version=CODE_VERSION,
        ),
        table_spec(
            "feature_counts",
            trends.__doc__ or "",
            deps=["enriched_papers"],
            code_version=CODE_VERSION,
        ),
    ],
)
def enriched_tables(workspace: Workspace) -> Iterator[dg.MaterializeResult[Any]]:
    """Computes the features of new and changed papers, and counts them month by month."""
    lake = workspace.lake()
    with lake.writing():
        changes = update.update_features(lake)
        counted = trends.update_counts(lake)
    preview = ["paper_id", "models", "benchmarks", "parameter_count_max", "code_repositories"]
    yield dg.MaterializeResult(
        asset_key="enriched_papers",
        metadata=table_metadata(
            workspace,
            "enriched_papers",
            changes["enriched_papers"],
            preview=preview,
        ),
    )
    yield dg.MaterializeResult(
        asset_key="feature_counts",
        metadata=table_metadata(
            workspace,
            "feature_counts",
            counted,
            preview=["month", "feature", "name", "paper_count"],
            plots_by_name=PLOTS,
        ),
    )
