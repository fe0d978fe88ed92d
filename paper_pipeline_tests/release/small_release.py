"""A small release of papers that nobody wrote, the same every time.

`python -m paper_pipeline_tests.release.small_release` writes the golden files again; look at the
difference before it is committed.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from paper_pipeline.lake.coverage import count_filled
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.release.card import write_card
from paper_pipeline.release.content import ReleaseContent
from paper_pipeline.release.croissant import write_croissant
from paper_pipeline.release.database import oldest_first, write_database
from paper_pipeline.release.source import released_schema

GOLDEN = Path(__file__).with_name("golden")
CHANGES = "Two papers are new, one has another title."
REGENERATE = (
    "the golden file differs; if that is meant, run "
    "`python -m paper_pipeline_tests.release.small_release` and look at the difference"
)

PAPERS = (
    {
        "paper_id": "arxiv:2501.00001",
        "title": "Sparse Lanterns: Routing Light Through Deep Networks",
        "abstract": "We present LanternBench, a benchmark for routing. Our 7B model reaches 61.5.",
        "arxiv_id": "2501.00001",
        "authors": ["Ada Example", "Bo Sample"],
        "author_count": 2,
        "published_on": date(2025, 1, 2),
        "first_listed_on": date(2025, 1, 3),
        "last_listed_on": date(2025, 1, 6),
        "upvotes": 41,
        "record_count": 2,
        "dump_count": 2,
        "month": "2025-01",
        "parameter_counts": [
            {"value": 7_000_000_000, "field": "abstract", "start": 50, "end": 52},
        ],
        "parameter_count_min": 7_000_000_000,
        "parameter_count_max": 7_000_000_000,
        "mentions": [
            {
                "kind": "benchmark",
                "name": "LanternBench",
                "family": "",
                "field": "abstract",
                "start": 11,
                "end": 23,
                "basis": "text",
            }
        ],
        "benchmarks": ["LanternBench"],
        "methods": ["routing"],
        "language": "en",
        "language_score": 0.98,
    },
    {
        "paper_id": "arxiv:2502.00002",
        "title": "Eine kleine Studie über Brücken",
        "abstract": "Wir untersuchen Brücken mit einem Modell von 130M Parametern.",
        "arxiv_id": "2502.00002",
        "first_listed_on": date(2025, 2, 4),
        "last_listed_on": date(2025, 2, 4),
        "month": "2025-02",
        "parameter_count_min": 130_000_000,
        "parameter_count_max": 130_000_000,
        "methods": ["routing", "distillation"],
        "language": "de",
        "language_score": 0.91,
    },
    {
        "paper_id": "paper:00112233445566778899",
        "title": "On <script>alert(1)</script> & Other Markup, in | Tables",
        "abstract": "A text about <b>markup</b> that nobody escaped.",
        "links": [
            {
                "url": "https://github.com/example/markup",
                "kind": "code",
                "repository": "example/markup",
                "field": "abstract",
                "start": 0,
                "end": 6,
            }
        ],
        "code_repositories": ["example/markup"],
        "benchmarks": ["LanternBench", '"><img src=x onerror=alert(1)>'],
        "month": "unknown",
        "language": "en",
        "language_score": 0.8,
    },
)


def fill(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    """A table of rows that name only what matters; the rest is null, empty, 0 or a plain word."""
    whole = [{f.name: row.get(f.name, _plain(f)) for f in schema} for row in rows]
    return pa.Table.from_pylist(whole, schema=schema)


def _plain(column: pa.Field) -> Any:
    kind = column.type
    if pa.types.is_list(kind):
        return []
    if pa.types.is_struct(kind):
        return {}
    if column.nullable:
        return None
    return 1 if pa.types.is_integer(kind) else 0.0 if pa.types.is_floating(kind) else "plain"


def write_sorted(
    papers: pa.Table, records: pa.Table | None, path: Path, rows_per_batch: int = 20_000
) -> None:
    """Writes rows that are in any order."""
    order = pc.index_in(oldest_first(papers), papers["paper_id"].combine_chunks())
    rows = papers.take(order).to_reader(rows_per_batch)
    if records is None:
        write_database(rows, None, path)
    else:
        write_database(rows, records.sort_by("record_id").to_reader(rows_per_batch), path)


def records_schema() -> pa.Schema:
    """Columns of records.parquet."""
    columns = list(BY_NAME["cleaned_records"].schema)
    decided = ("paper_id", "decision", "matched_record_id", "match_score", "reason")
    return pa.schema([*columns, *(BY_NAME["paper_records"].schema.field(n) for n in decided)])


def mentions_schema() -> pa.Schema:
    """Columns of mentions.parquet."""
    kinds = BY_NAME["enriched_papers"].schema.field("mentions").type.value_type
    return pa.schema([pa.field("paper_id", pa.string(), nullable=False), *kinds])


def changes_schema() -> pa.Schema:
    """Columns of changes.parquet."""
    first = [
        pa.field("paper_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("changed_fields", pa.list_(pa.string())),
        pa.field("paper_ids", pa.list_(pa.string())),
    ]
    others = [f.with_nullable(True) for f in released_schema() if f.name != "paper_id"]
    return pa.schema([*first, *others])


def small_release(papers: tuple[dict[str, Any], ...] = PAPERS, **manifest: Any) -> ReleaseContent:
    """A release of a few papers.

    Args:
        papers: Rows of papers.parquet, columns without a value left out.
        manifest: What the manifest says otherwise.
    """
    table = fill(released_schema(), list(papers))
    records = [
        {
            "record_id": f"{'ab' * 8}:{place:06d}",
            "dump_id": "ab" * 32,
            "paper_id": paper["paper_id"],
            "title": paper["title"],
            "observed_at": datetime(2025, 2, 5, 6, tzinfo=UTC),
            "decision": "first",
            "match_score": 1.0,
        }
        for place, paper in enumerate(papers)
    ]
    mentions = [
        {"paper_id": paper["paper_id"], **one}
        for paper in papers
        for one in paper.get("mentions", [])
    ]
    changes = [
        {**paper, "kind": "added" if place else "changed", "changed_fields": ["title"][place:]}
        for place, paper in enumerate(papers)
    ]
    redirects = [
        {
            "old_paper_id": "paper:99887766554433221100",
            "paper_ids": ["arxiv:2501.00001"],
            "kind": "merged",
        }
    ]
    said = {
        "name": "paper_pipeline corpus",
        "version": "2026.01.09",
        "fingerprint": "f0" * 32,
        "counts": {
            "dumps": 4,
            "records": len(records),
            "quarantined_entries": 2,
            "papers": len(papers),
        },
        "files": {
            name: {"byte_count": 1000 + place, "sha256": f"{place:064x}"}
            for place, name in enumerate(
                (
                    "changes.parquet",
                    "mentions.parquet",
                    "papers.db",
                    "papers.parquet",
                    "records.parquet",
                    "redirects.parquet",
                )
            )
        },
        "code_versions": {"extractor_version": "2", "paper_pipeline": "0.1.0"},
        "previous": "2026.01.08",
    }
    return ReleaseContent(
        said | manifest,
        papers=ds.dataset(table),
        records=ds.dataset(fill(records_schema(), records)),
        mentions=ds.dataset(fill(mentions_schema(), mentions)),
        redirects=ds.dataset(fill(BY_NAME["paper_redirects"].schema, redirects)),
        changes=ds.dataset(fill(changes_schema(), changes)),
        coverage={
            name: count_filled(table[name]) / max(1, len(papers)) for name in table.column_names
        },
    )


def golden_texts() -> dict[str, str]:
    """The golden files by name."""
    content = small_release()
    return {"README.md": write_card(content, CHANGES), "croissant.json": write_croissant(content)}


def read_croissant(content: ReleaseContent) -> dict[str, Any]:
    """The description of a release, as a reader of the file sees it."""
    return json.loads(write_croissant(content))


if __name__ == "__main__":
    for name, text in golden_texts().items():
        GOLDEN.joinpath(name).write_text(text, "utf-8")
