"""What assets share in Dagster: where to read and write, and how a table shows itself in the UI.

Data flow: settings -> Workspace; a table's contract and its last change -> Dagster metadata.

A table is right without its picture: a plot or preview that fails is a warning, and its step goes
on. No asset is defined here, and nothing that decides about papers.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

import dagster as dg
import pandas as pd
import pyarrow as pa

from paper_pipeline import plots, runs
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.stamp import Stamp
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME, trace_column
from paper_pipeline.lake.tables.contract import Column, Table
from paper_pipeline.settings import Settings
from paper_pipeline.text import format_traceback

log = logging.getLogger(__name__)

OWNERS = ["team:corpus"]
PREVIEW_ROWS = 8
PREVIEW_CHARACTERS = 60
SHA256 = re.compile("[0-9a-f]{64}")
SHOWN_DIGITS = 12
ERROR_CHARACTERS = 300


class Workspace(dg.ConfigurableResource["Workspace"]):
    """Where the pipeline reads and writes. What is left empty comes from PAPER_PIPELINE_*."""

    data: str = ""
    inbox: str = ""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Announces the run that this process works on, so that others see when it dies."""
        if context.run and context.instance and context.instance.is_persistent:
            runs.announce_run(self.settings().running_dir, context.run.run_id)

    def settings(self) -> Settings:
        """The settings in force."""
        given = {"data": self.data, "inbox": self.inbox}
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


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of tables.

    Attributes:
        tables: The tables it shows, and can look at.
        draw: Draws it, as PNG.
    """

    tables: tuple[str, ...]
    draw: Callable[[Lake], bytes]

    def as_markdown(self, lake: Lake) -> str:
        """Markdown that holds the picture."""
        return plots.as_markdown(self.draw(lake))


def table_metadata(
    workspace: Workspace,
    name: str,
    change: Change,
    *,
    preview: list[str],
    plot: Plot | None = None,
    plots_by_name: Mapping[str, Plot] | None = None,
) -> Mapping[str, dg.MetadataValue]:
    """What a materialisation shows: counts, what changed, some rows, a plot or several."""
    lake = workspace.lake()
    wanted = dict(plots_by_name or {}) | ({"plot": plot} if plot else {})
    parts = {"preview": ((name,), partial(_preview, name=name, columns=preview))}
    if workspace.settings().plots == "on":
        parts |= {key: (plot.tables, plot.as_markdown) for key, plot in wanted.items()}
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(lake.count(name)),
        "inserted": dg.MetadataValue.int(change.inserted),
        "updated": dg.MetadataValue.int(change.updated),
        "deleted": dg.MetadataValue.int(change.deleted),
        "table_version": dg.MetadataValue.text(str(change.version)),
    }
    if BY_NAME[name].made_from:
        lineage = dg.MetadataValue.column_lineage(column_lineage(BY_NAME[name]))
        metadata["dagster/column_lineage"] = lineage
    return metadata | {
        key: show(f"{name}.{key}", partial(_recall_or_draw, lake, f"{name}.{key}", tables, draw))
        for key, (tables, draw) in parts.items()
    }


def show(what: str, draw: Callable[[], str]) -> dg.MetadataValue:
    """Markdown for the UI; where drawing it fails, a sentence that says so, and a warning."""
    try:
        text = draw()
    except Exception as error:  # noqa: BLE001 -- data is never held up by its picture
        log.warning("%s could not be drawn\n%s", what, format_traceback(error))
        text = _as_markdown(f"could not be drawn: {error!r}"[:ERROR_CHARACTERS])
    return dg.MetadataValue.md(text)


def _recall_or_draw(
    lake: Lake, name: str, tables: tuple[str, ...], draw: Callable[[Lake], str]
) -> str:
    """Draws what tables hold, once for each of their states."""
    stamp = Stamp({table: lake.commit(table) for table in tables})
    text = lake.recall("shown", name, stamp)
    if text is None:
        text = draw(lake.only(tables))
        lake.remember("shown", name, stamp, text)
    return text


def type_name(kind: pa.DataType) -> str:
    """The type in one word, short enough for the UI's table of columns."""
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    return "struct" if pa.types.is_struct(kind) else str(kind)


def _as_markdown(text: str) -> str:
    """Text in which markdown finds no tags: `<version>` would vanish."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _preview(lake: Lake, *, name: str, columns: list[str]) -> str:
    rows = lake.read(name, columns, limit=PREVIEW_ROWS)
    if not rows.num_rows:
        return "No rows."
    shown = [{name: _cell(value) for name, value in row.items()} for row in rows.to_pylist()]
    return pd.DataFrame(shown).to_markdown(index=False, disable_numparse=True)


def _cell(value: object) -> str:
    if isinstance(value, list):
        text = ", ".join(map(str, cast("list[object]", value)))
    elif isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M")
    else:
        text = "" if value is None else str(value)
    if SHA256.fullmatch(text):
        return text[:SHOWN_DIGITS] + "…"
    text = " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"
