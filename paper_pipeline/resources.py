"""What assets share in Dagster: where to read and write, and how a table shows itself in the UI.

Data flow: settings -> Workspace; a table's contract and its last change -> Dagster metadata.

No asset is defined here, and nothing that decides about papers.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from paper_pipeline import plots
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME, trace_column
from paper_pipeline.lake.tables.contract import Column, Table
from paper_pipeline.settings import Settings

OWNERS = ["team:corpus"]
PREVIEW_ROWS = 8
PREVIEW_CHARACTERS = 60
SHA256 = re.compile("[0-9a-f]{64}")
SHOWN_DIGITS = 12


class Workspace(dg.ConfigurableResource):
    """Where the pipeline reads and writes. What is left empty comes from PAPER_PIPELINE_*."""

    data: str = ""
    inbox: str = ""

    def settings(self) -> Settings:
        """The settings in force."""
        given: dict[str, Any] = {"data": self.data, "inbox": self.inbox}
        return Settings(**{name: folder for name, folder in given.items() if folder})

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
        description=_as_markdown(f"One row is {table.row}.\n\n{description.strip()}"),
        group_name=table.stage,
        kinds=set(kinds),
        owners=OWNERS,
        code_version=code_version,
        metadata={"dagster/column_schema": column_schema(table), "key": table.key},
    )


def column_schema(table: Table) -> dg.TableSchema:
    """The contract of a table as Dagster shows it."""
    leads_to = {r.column: f"; stands in {r.table}" for r in table.references}
    return dg.TableSchema(
        columns=[_dagster_column(c, leads_to.get(c.name, "")) for c in table.columns]
    )


def column_lineage(table: Table) -> dg.TableColumnLineage:
    """What each column is made from, as Dagster shows it."""
    return dg.TableColumnLineage(
        {
            column.name: [
                dg.TableColumnDep(dg.AssetKey(BY_NAME[name].asset_name), source)
                for name, source in trace_column(table, column)
            ]
            for column in table.columns
        }
    )


def _dagster_column(column: Column, reference: str) -> dg.TableColumn:
    shown = [c for c in column.constraints if c not in ("not null", "unique")]
    return dg.TableColumn(
        column.name,
        type_name(column.type),
        description=_as_markdown(column.description + reference),
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
    plots_by_name: Mapping[str, Callable[[Lake], bytes]] | None = None,
) -> Mapping[str, dg.MetadataValue]:
    """What a materialisation shows: counts, what changed, some rows, a plot or several.

    Preview and plots are kept with the version of the table, so that a run which changes nothing
    shows them without drawing again.
    """
    lake = workspace.lake()
    wanted = dict(plots_by_name or {}) | ({"plot": plot} if plot else {})
    if workspace.settings().plots != "on":
        wanted = {}
    stamp = [change.version, preview, list(wanted)]
    shown = lake.recall("shown", name, stamp)
    if shown is None:
        shown = {"preview": _preview(lake.read(name, preview, limit=PREVIEW_ROWS))}
        shown |= {key: plots.as_markdown(draw(lake)) for key, draw in wanted.items()}
        lake.remember("shown", name, stamp, shown)
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(lake.count(name)),
        "inserted": dg.MetadataValue.int(change.inserted),
        "updated": dg.MetadataValue.int(change.updated),
        "deleted": dg.MetadataValue.int(change.deleted),
        "table_version": dg.MetadataValue.text(str(change.version)),
        "preview": dg.MetadataValue.md(shown["preview"]),
    }
    if BY_NAME[name].made_from:
        lineage = dg.MetadataValue.column_lineage(column_lineage(BY_NAME[name]))
        metadata["dagster/column_lineage"] = lineage
    return metadata | {key: dg.MetadataValue.md(shown[key]) for key in wanted}


def type_name(kind: pa.DataType) -> str:
    """The type in one word, short enough for the UI's table of columns."""
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def _as_markdown(text: str) -> str:
    """Text in which markdown finds no tags: `<version>` would vanish."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _preview(rows: pa.Table) -> str:
    if not rows.num_rows:
        return "No rows."
    shown = [{name: _cell(value) for name, value in row.items()} for row in rows.to_pylist()]
    return pd.DataFrame(shown).to_markdown(index=False, disable_numparse=True)


def _cell(value: object) -> str:
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    elif isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M")
    else:
        text = "" if value is None else str(value)
    if SHA256.fullmatch(text):
        return text[:SHOWN_DIGITS] + "…"
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"
