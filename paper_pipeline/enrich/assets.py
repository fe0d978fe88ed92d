"""Wiring of the stage enrich."""

from collections.abc import Iterator

import dagster as dg
import numpy as np

from paper_pipeline import plots
from paper_pipeline.enrich import features, update
from paper_pipeline.resources import Workspace, table_metadata, table_spec
from paper_pipeline.store import Lake

# Upper edges of the size classes shown, in parameters.
SIZE_CLASSES = {
    "under 100M": 1e8,
    "100M-1B": 1e9,
    "1B-3B": 3e9,
    "3B-8B": 8.5e9,
    "8B-15B": 1.5e10,
    "15B-40B": 4e10,
    "40B-100B": 1e11,
    "over 100B": float("inf"),
}


def _plot_sizes(lake: Lake) -> bytes:
    largest = lake.read("enriched_papers", ["parameter_count_max"]).to_pandas()
    values = largest["parameter_count_max"].dropna().to_numpy(dtype="float64")
    place = np.searchsorted(list(SIZE_CLASSES.values()), values, side="right")
    counts = np.bincount(place, minlength=len(SIZE_CLASSES))
    named = dict(zip(SIZE_CLASSES, counts.tolist(), strict=True)) if len(values) else {}
    return plots.bars("Largest model size a paper mentions", named, label="papers")


@dg.multi_asset(
    name="enrich_papers",
    specs=[
        table_spec(
            "enriched_papers",
            features.__doc__ or "",
            deps=["deduplicated_papers"],
            code_version=str(features.EXTRACTOR_VERSION),
        )
    ],
)
def enriched_papers(workspace: Workspace) -> Iterator[dg.MaterializeResult]:
    """Computes the features of new and changed papers."""
    lake = workspace.lake()
    with lake.writing():
        change = update.update_features(lake)
    preview = ["paper_id", "parameter_count_max", "code_repositories", "language", "word_count"]
    metadata = table_metadata(
        workspace, "enriched_papers", change, preview=preview, plot=_plot_sizes
    )
    yield dg.MaterializeResult(asset_key="enriched_papers", metadata=metadata)
