"""Tables of the stage assess: what the checks found, how much of every column is filled."""

import pyarrow as pa

from paper_pipeline.lake.tables.columns import (
    COUNT,
    TEXT,
)
from paper_pipeline.lake.tables.contract import Column, Table

CHECKED_ASSETS = (
    *("cleaned_records", "quarantined_entries", "paper_records"),
    *("deduplicated_papers", "enriched_papers"),
)

TABLES = (
    Table(
        "quality_scorecard",
        "assess",
        "a check, and what it found last",
        "check_id",
        (
            Column("check_id", TEXT, "asset and name of the check", unique=True),
            Column("asset", TEXT, "asset it is about"),
            Column("name", TEXT, "its name"),
            Column("promise", TEXT, "what it promises"),
            Column("is_blocking", pa.bool_(), "whether the next stage waits for it"),
            Column("verdict", TEXT, "what it found", allowed=("passed", "warned", "failed")),
            Column("words", TEXT, "what was expected and what was found"),
            Column(
                "depends_on_day", pa.bool_(), "whether the verdict may change with the day alone"
            ),
        ),
        made_from=CHECKED_ASSETS,
    ),
    Table(
        "column_coverage",
        "assess",
        "a column of a table, and how much of it is filled",
        "column_id",
        (
            Column("column_id", TEXT, "table and column", unique=True),
            Column("table", TEXT, "name of the table"),
            Column("column", TEXT, "name of the column"),
            Column("row_count", COUNT, "rows of the table", minimum=0),
            Column(
                "filled_count",
                COUNT,
                "rows that have a value, of lists at least one element",
                minimum=0,
            ),
        ),
        asset="quality_scorecard",
        made_from=CHECKED_ASSETS,
    ),
)
