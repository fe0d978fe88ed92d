"""The DBLP-ACM benchmark: papers of four database venues as two libraries list them.

By the University of Leipzig's database group; titles, authors, venues and years, no abstracts. The
folder holds dblp.csv, acm.csv and gt.csv, the pairs of rows that are one paper.
"""

import csv
import html
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from paper_pipeline_tests.bench.scoring import Scores, score_labels, score_pairs
from paper_pipeline_tests.corpus import SEEDS

FOLDER = SEEDS.parent / "dedup" / "dblp-acm"
NO_BENCHMARK = "DBLP-ACM is not beside this checkout (../shared/dedup/dblp-acm); it is not ours"

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("title", pa.string()),
        ("abstract", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("year", pa.int64()),
        ("cluster", pa.int64()),
    ]
)
# The sources by the columns of gt.csv.
SOURCES = {"D1": "dblp", "D2": "acm"}

Record = dict[str, str | int | list[str] | None]


def read_benchmark(folder: Path) -> pa.Table:
    """Reads both libraries into one table of `SCHEMA`; abstracts are null.

    A cluster is what the true pairs connect. Ids are the row's own after the name of its source.
    """
    records = [record for source in SOURCES.values() for record in _read_records(folder, source)]
    rows = {str(record["id"]): row for row, record in enumerate(records)}
    pairs = [
        (rows[f"{SOURCES['D1']}:{pair['D1']}"], rows[f"{SOURCES['D2']}:{pair['D2']}"])
        for pair in _read_csv(folder / "gt.csv")
    ]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    size = len(records)
    graph = coo_array((np.ones(len(pairs)), (left, right)), shape=(size, size))
    clusters = connected_components(graph, directed=False)[1]
    for record, cluster in zip(records, clusters.tolist(), strict=True):
        record["cluster"] = cluster
    return pa.Table.from_pylist(records, SCHEMA)


def score_across(truth: pa.Table, labels: pa.Table) -> Scores:
    """Compares labels with true clusters over the pairs of records of two different sources.

    This benchmark is scored so everywhere, since the true pairs say nothing of records of one
    source: 45 groups of them are alike in every field, and yet each has a partner of its own.

    Args:
        truth: Columns `id`, `source` and `cluster`.
        labels: Columns `id` and `label`, as in `score_labels`.

    Returns:
        The scores; `recall_by_kind` is empty.
    """
    known = pa.table({"id": truth["id"].cast(labels["id"].type), "source": truth["source"]})
    labels = labels.join(known, "id")
    every = score_labels(truth.select(["id", "cluster"]), labels)
    within = score_labels(_split(truth, "cluster"), _split(labels, "label"))
    return score_pairs(
        every.true_pairs - within.true_pairs,
        every.labelled_pairs - within.labelled_pairs,
        every.shared_pairs - within.shared_pairs,
    )


def _split(table: pa.Table, column: str) -> pa.Table:
    """Cuts each group of a column into one group a source."""
    groups = pc.binary_join_element_wise(table["source"], table[column].cast(pa.string()), ":")
    return pa.table({"id": table["id"], column: groups})


def _read_records(folder: Path, source: str) -> Iterator[Record]:
    for row in _read_csv(folder / f"{source}.csv"):
        authors, year = row["authors"], row["year"]
        if not year:
            # No authors: from the venue on, the row stands quoted in the place of the authors.
            authors, year = "", authors.split("%")[1]
        yield {
            "id": f"{source}:{row['id']}",
            "source": source,
            "title": html.unescape(row["title"]),
            "abstract": None,
            "authors": [name for name in html.unescape(authors).split(", ") if name],
            "year": int(year),
        }


def _read_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="%", strict=True)
