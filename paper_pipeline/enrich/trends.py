"""Trends: how many papers of each month have a feature.

Data flow: enriched_papers -> feature_counts.

A month is counted anew when one of its papers has changed. What a feature is belongs in
features.py.
"""

import logging
from typing import Any

import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.vocabulary import NAME_KINDS, UNKNOWN_MONTH, classify_sizes

log = logging.getLogger(__name__)

TABLE = "feature_counts"
SOURCE = "enriched_papers"
_COLUMNS = (
    *("month", "language", "parameter_count_max", "links"),
    *(kind.column for kind in NAME_KINDS),
)


def update_counts(lake: Lake) -> Change:
    """Counts the months again whose papers have changed since they were counted."""
    version = lake.version(SOURCE)
    counted = lake.recall_progress("trends", SOURCE)
    changed = lake.read_changes(SOURCE, counted, ["month"])["month"].to_pylist()
    present = lake.read(SOURCE, ["month"])["month"].to_pandas().value_counts()
    noted = lake.read(TABLE, ["month", "feature", "paper_count"]).to_pandas()
    noted = noted[noted["feature"] == "paper"].set_index("month")["paper_count"]
    # A paper that went or moved to another month shows as a difference there.
    months = present.index.union(noted.index)
    differs = present.reindex(months, fill_value=0) != noted.reindex(months, fill_value=0)
    stale = sorted({*changed, *months[differs]})
    papers = lake.read(SOURCE, _COLUMNS, where=("month", stale))
    change = lake.apply(TABLE, count_features(papers), replacing=("month", stale))
    lake.remember_progress("trends", SOURCE, version)
    log.info("%d months counted", len(stale))
    return change


def is_counted(lake: Lake) -> bool:
    """Whether the counts are those of enriched_papers as it is."""
    return lake.recall_progress("trends", SOURCE) == lake.version(SOURCE)


def read_months(lake: Lake, feature: str) -> pd.DataFrame:
    """The counts of one feature: a row a month, in order and without gaps; a column a name.

    Papers without a month are left out.
    """
    counts = lake.read(TABLE, ["month", "feature", "name", "paper_count"]).to_pandas()
    counts = counts[counts["month"] != UNKNOWN_MONTH]
    if counts.empty:
        return pd.DataFrame()
    months = pd.period_range(counts["month"].min(), counts["month"].max(), freq="M").astype(str)
    table = counts[counts["feature"] == feature].pivot_table(
        index="month", columns="name", values="paper_count", aggfunc="sum", fill_value=0
    )
    return table.reindex(months, fill_value=0)


def read_top(lake: Lake, feature: str, most: int) -> dict[str, int]:
    """The names of one feature that most papers have, of all months, and in how many."""
    counts = lake.read(TABLE, ["feature", "name", "paper_count"]).to_pandas()
    totals = counts[counts["feature"] == feature].groupby("name")["paper_count"].sum()
    top = totals.sort_index().sort_values(ascending=False, kind="stable").head(most)
    return {str(name): int(count) for name, count in top.items()}


def count_features(papers: pa.Table) -> pa.Table:
    """Counts in how many papers each feature stands, month by month.

    Args:
        papers: Rows of enriched_papers, at least the columns month, language, parameter_count_max,
            links and those that list names.

    Returns:
        Rows of feature_counts.
    """
    frame = papers.to_pandas()
    month, sizes = frame["month"], frame["parameter_count_max"].astype("float64").dropna()
    parts = [
        _count("paper", month, pd.Series("all", index=frame.index)),
        _count("text_language", month, frame["language"]),
        _count("size_class", month, pd.Series(classify_sizes(sizes), index=sizes.index)),
        *(_count(kind.name, month, frame[kind.column].explode()) for kind in NAME_KINDS),
        _count("link", month, frame["links"].map(_list_kinds).explode()),
    ]
    counts = pd.concat(parts, ignore_index=True)
    counts["feature_id"] = counts["month"] + "|" + counts["feature"] + "|" + counts["name"]
    return pa.Table.from_pandas(
        counts, schema=BY_NAME[TABLE].schema, preserve_index=False
    ).replace_schema_metadata(None)


def _list_kinds(links: list[dict[str, Any]]) -> list[str]:
    return [link["kind"] for link in links]


def _count(feature: str, month: pd.Series, names: pd.Series) -> pd.DataFrame:
    """Counts the papers by month and name; a name counts once a paper, however often it stands."""
    rows = pd.DataFrame({"name": names.dropna()}).join(month)
    rows = rows.assign(paper=rows.index).drop_duplicates()
    counts = rows.groupby(["month", "name"], observed=True).size().rename("paper_count")
    return counts.reset_index().assign(feature=feature)
