"""Wiring of the stage dedup."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from paper_pipeline import plots
from paper_pipeline.dedup import (
    clustering,
    engine,
    increment,
    matching,
    redirects,
    signatures,
    survivorship,
)
from paper_pipeline.lake.store import Lake
from paper_pipeline.resources import Plot, Workspace, table_metadata, table_spec
from paper_pipeline.rulings import load_rulings

CODE_VERSION = str(signatures.SIGNATURE_VERSION)
MOST_RECORDS_SHOWN = 12


def _plot_papers(lake: Lake) -> bytes:
    counts = lake.read("deduplicated_papers", ["record_count"]).to_pandas()["record_count"]
    sizes = counts.clip(upper=MOST_RECORDS_SHOWN).value_counts().sort_index()
    names = [f"{n}+" if n == MOST_RECORDS_SHOWN else str(n) for n in sizes.index]
    return plots.bars(
        "Papers by how many records they have", dict(zip(names, sizes, strict=True)), label="papers"
    )


def _plot_decisions(lake: Lake) -> bytes:
    decisions = lake.read("paper_records", ["decision"])["decision"].value_counts().to_pylist()
    counts = {d["values"]: d["counts"] for d in sorted(decisions, key=lambda d: -d["counts"])}
    return plots.bars("Records, by what put them into their paper", counts, label="records")


class Deduplication(dg.Config):
    """How to deduplicate.

    Attributes:
        rebuild: Forget what is known and find all papers again; the outcome is the same.
    """

    rebuild: bool = False


@dg.multi_asset(
    name="deduplicate_records",
    specs=[
        table_spec(
            "deduplicated_papers",
            survivorship.__doc__ or "",
            deps=["cleaned_records"],
            code_version=CODE_VERSION,
        ),
        table_spec(
            "paper_records",
            f"{engine.__doc__}\n{matching.__doc__}\n{clustering.__doc__}",
            deps=["cleaned_records"],
            code_version=CODE_VERSION,
        ),
        table_spec(
            "paper_redirects",
            redirects.__doc__ or "",
            deps=["cleaned_records"],
            code_version=CODE_VERSION,
        ),
    ],
)
def deduplicated_tables(
    config: Deduplication, workspace: Workspace
) -> Iterator[dg.MaterializeResult[Any]]:
    """Finds the papers that records are of."""
    lake = workspace.lake()
    settings = workspace.settings()
    corrections = load_rulings(settings).corrections
    with lake.writing():
        redirects.restore_redirects(lake, settings.releases_dir)
        changes = increment.update_papers(lake, corrections, rebuild=config.rebuild)
    shown = {
        "deduplicated_papers": (
            ["paper_id", "title", "record_count", "published_on", "abstract"],
            Plot(("deduplicated_papers",), _plot_papers),
        ),
        "paper_records": (
            ["record_id", "paper_id", "decision", "reason"],
            Plot(("paper_records",), _plot_decisions),
        ),
        "paper_redirects": (["old_paper_id", "paper_ids", "kind"], None),
    }
    for name, (preview, plot) in shown.items():
        metadata = table_metadata(workspace, name, changes[name], preview=preview, plot=plot)
        yield dg.MaterializeResult(asset_key=name, metadata=metadata)
