"""What assets share in Dagster: where to read and write, and how a table shows itself in the UI.

Data flow: settings -> Workspace; a table and its last change -> Dagster metadata.

No asset is defined here, and nothing that decides about papers.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import dagster as dg
import pandas as pd
import pyarrow as pa

from paper_pipeline import plots
from paper_pipeline.dumps import RawStore
from paper_pipeline.settings import Settings
from paper_pipeline.store import Change, Lake
from paper_pipeline.tables import BY_NAME, Column, Table

OWNERS = ["team:corpus"]
PREVIEW_ROWS = 8
PREVIEW_CHARACTERS = 80


class Workspace(dg.ConfigurableResource):
    """Where the pipeline reads and writes. What is left empty comes from PAPER_PIPELINE_*."""

    data: str = ""
    inbox: str = ""

    def settings(self) -> Settings:
        """The settings in force."""
        given = {k: v for k, v in {"data": self.data, "inbox": self.inbox}.items() if v}
        return replace(Settings.from_environment(), **given)

    def lake(self) -> Lake:
        """The working tables."""
        return Lake(self.settings().lake_dir)

    def raw(self) -> RawStore:
        """The bytes of the dumps."""
        return RawStore(self.settings().lake_dir / "raw")


def table_spec(
    name: str,
    description: str,
    *,
    deps: list[str],
    code_version: str,
    kinds: frozenset[str] = frozenset({"python", "lance"}),
) -> dg.AssetSpec:
    """The asset of a table, with the columns of its contract.

    Args:
        name: Name of the table and asset.
        description: The docstring of the module that does the work.
        deps: Names of the assets it reads.
        code_version: Changes when the same input would give other rows.
        kinds: Labels shown in the graph.
    """
    table = BY_NAME[name]
    return dg.AssetSpec(
        name,
        deps=deps,
        description=f"One row is {table.row}.\n\n{description.strip()}",
        group_name=table.stage,
        kinds=set(kinds),
        owners=OWNERS,
        code_version=code_version,
        metadata={"dagster/column_schema": column_schema(table), "key": table.key},
    )


def column_schema(table: Table) -> dg.TableSchema:
    """The contract of a table as Dagster shows it."""
    return dg.TableSchema(
        columns=[_dagster_column(column) for column in table.columns],
        constraints=dg.TableConstraints(
            other=[f"every {r.column} stands in {r.table}" for r in table.references]
        ),
    )


def _dagster_column(column: Column) -> dg.TableColumn:
    shown = [c for c in column.constraints if c not in ("not null", "unique")]
    return dg.TableColumn(
        column.name,
        str(column.type),
        description=column.description,
        constraints=dg.TableColumnConstraints(
            nullable=column.nullable, unique=column.unique, other=shown
        ),
    )


def table_metadata(
    workspace: Workspace,
    name: str,
    change: Change,
    *,
    preview: list[str],
    plot: Callable[[Lake], bytes] | None = None,
) -> Mapping[str, dg.MetadataValue]:
    """What a materialisation shows: counts, what changed, some rows, a plot.

    Preview and plot are kept with the version of the table, so that a run which changes nothing
    shows them without drawing again.
    """
    lake = workspace.lake()
    wants_plot = plot is not None and workspace.settings().plots == "on"
    stamp = [change.version, preview, wants_plot]
    shown = lake.recall("shown", name, stamp)
    if shown is None:
        shown = {"preview": _preview(lake.read(name, preview, limit=PREVIEW_ROWS))}
        if plot is not None and wants_plot:
            shown["plot"] = plots.as_markdown(plot(lake))
        lake.remember("shown", name, stamp, shown)
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(lake.count(name)),
        "inserted": dg.MetadataValue.int(change.inserted),
        "updated": dg.MetadataValue.int(change.updated),
        "deleted": dg.MetadataValue.int(change.deleted),
        "table_version": dg.MetadataValue.int(change.version),
        "preview": dg.MetadataValue.md(shown["preview"]),
    }
    if "plot" in shown:
        metadata["plot"] = dg.MetadataValue.md(shown["plot"])
    return metadata


def _preview(rows: pa.Table) -> str:
    if not rows.num_rows:
        return "No rows."
    frame = rows.to_pandas().map(_cell)
    return frame.to_markdown(index=False, disable_numparse=True)


def _cell(value: object) -> str:
    if isinstance(value, str):
        text = value
    elif hasattr(value, "__len__"):
        text = ", ".join(map(str, list(value)))  # type: ignore[call-overload]
    else:
        text = "" if pd.isna(value) else str(value)  # type: ignore[call-overload]
    text = " ".join(text.split()).replace("|", "\\|")
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"
