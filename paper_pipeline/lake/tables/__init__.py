"""Every table of the lake, declared once, a module for each stage.

A column is described here and nowhere else. What checks a table against its contract is in
quality/validation.py; what no single table can promise (conservation, every paper explained) is in
the checks beside it.
"""

from paper_pipeline.lake.tables import acquire, assess, clean, dedup, enrich, release
from paper_pipeline.lake.tables.contract import Column, Table

# In the order of the flow.
TABLES: tuple[Table, ...] = (
    *acquire.TABLES,
    *clean.TABLES,
    *dedup.TABLES,
    *enrich.TABLES,
    *assess.TABLES,
    *release.TABLES,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}


def trace_column(table: Table, column: Column) -> tuple[tuple[str, str], ...]:
    """What a column is made from, as pairs of table and column, one step back."""
    if column.sources:
        pairs = (source.partition(".") for source in column.sources)
        return tuple((name, of) for name, _, of in pairs)
    sources = [BY_NAME[name] for name in table.made_from]
    same = tuple((t.name, column.name) for t in sources if column.name in t.schema.names)
    return same or tuple((t.name, t.key) for t in sources)
