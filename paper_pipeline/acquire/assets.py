"""Wiring of the stage acquire."""

import time
from collections.abc import Iterator

import dagster as dg

from paper_pipeline import plots
from paper_pipeline.acquire import inbox
from paper_pipeline.resources import Workspace, table_metadata, table_spec
from paper_pipeline.store import Lake


class InboxConfig(dg.Config):
    """How to take files from the inbox."""

    settle_seconds: float = 0.0
    """Leave files alone that changed within so many seconds; 0 takes what is there."""


def _plot(lake: Lake) -> bytes:
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
) -> Iterator[dg.MaterializeResult]:
    """Takes new files of the inbox into the raw store."""
    settings, lake = workspace.settings(), workspace.lake()
    with lake.writing():
        change, taken = inbox.take_inbox(
            lake,
            workspace.raw(),
            settings.inbox_dir,
            settings.data_dir / "sample",
            max_bytes=settings.max_dump_bytes,
            changed_before_ns=time.time_ns() - int(config.settle_seconds * 1e9) + 1,
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
                plot=_plot,
            ),
        },
    )
