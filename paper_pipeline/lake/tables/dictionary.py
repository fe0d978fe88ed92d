"""The data dictionary, data/README.md: every table, every column, every promise.

Data flow: TABLES -> markdown.
"""

from collections.abc import Iterator

from paper_pipeline.lake.tables import TABLES


def data_dictionary() -> str:
    """The data dictionary as markdown: every table, every column, every promise."""
    return "\n".join(_dictionary_lines()) + "\n"


def _dictionary_lines() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "Generated from `paper_pipeline/lake/tables/` with `paper-pipeline dictionary`;"
    yield "do not edit."
    yield ""
    yield "Working tables are Lance datasets, `lake/<table>.lance`; raw dumps are zstd files in"
    yield "`lake/raw/`, named by their SHA-256. `sample/` holds pages written for this project."
    for table in TABLES:
        yield ""
        yield f"## `{table.name}`"
        yield ""
        owner = f", kept by the asset `{table.asset}`" if table.asset else ""
        yield f"One row is {table.row}. Key: `{table.key}`. Stage: {table.stage}{owner}."
        for reference in table.references:
            yield f"Every `{reference.column}` stands in `{reference.table}`."
        yield ""
        yield "| column | type | meaning | promises |"
        yield "|---|---|---|---|"
        for column in table.columns:
            promises = "; ".join(column.constraints).replace("|", "\\|")
            yield f"| `{column.name}` | {column.type} | {column.description} | {promises} |"
