"""Features: everything that is derived from one paper, put together.

Data flow: title and abstract of papers -> rows of enriched_papers.

Each kind of feature has a module of its own beside this one. A paper's features depend on its own
text alone, never on other papers.
"""

from typing import Any

import pyarrow as pa

from paper_pipeline.enrich.entities import extract_parameter_counts
from paper_pipeline.enrich.language import detect_languages
from paper_pipeline.enrich.links import extract_links
from paper_pipeline.enrich.text_statistics import compute_text_statistics
from paper_pipeline.tables import BY_NAME

# Raise when any extractor would give another answer for the same text: all features are computed
# again.
EXTRACTOR_VERSION = 1
TEXT_FIELDS = ("title", "abstract")
PAPER_COLUMNS = ("paper_id", "text_hash", *TEXT_FIELDS)


def compute_features(papers: pa.Table) -> pa.Table:
    """Computes the features of papers.

    Args:
        papers: Rows of deduplicated_papers, at least PAPER_COLUMNS.

    Returns:
        Rows of enriched_papers, in the same order.
    """
    texts = [
        {field: row[field] for field in TEXT_FIELDS if row[field]}
        for row in papers.select(TEXT_FIELDS).to_pylist()
    ]
    links = [_find_links(text) for text in texts]
    sizes = [_find_parameter_counts(text) for text in texts]
    languages = detect_languages(["\n".join(text.values()) for text in texts])
    abstracts = pa.array([text.get("abstract", "") for text in texts], pa.string())
    statistics = compute_text_statistics(abstracts)
    columns: dict[str, Any] = {
        "paper_id": papers["paper_id"],
        "text_hash": papers["text_hash"],
        "extractor_version": [EXTRACTOR_VERSION] * papers.num_rows,
        "links": links,
        "code_repositories": [_code_repositories(found) for found in links],
        "parameter_counts": sizes,
        "parameter_count_min": [min((s["value"] for s in found), default=None) for found in sizes],
        "parameter_count_max": [max((s["value"] for s in found), default=None) for found in sizes],
        "language": [code for code, _ in languages],
        "language_score": [score if code else None for code, score in languages],
        **{
            name: statistics[name].cast(pa.int64())
            for name in ("word_count", "sentence_count", "character_count")
        },
    }
    schema = BY_NAME["enriched_papers"].schema
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def _find_links(text: dict[str, str]) -> list[dict[str, Any]]:
    """The links of a paper, each address once; the title's before the abstract's."""
    found: dict[str, dict[str, Any]] = {}
    for field, value in text.items():
        for link in extract_links(value):
            found.setdefault(
                link.url,
                {
                    "url": link.url,
                    "kind": link.kind,
                    "repository": link.repository,
                    "field": field,
                    "start": link.start,
                    "end": link.end,
                },
            )
    return list(found.values())


def _code_repositories(links: list[dict[str, Any]]) -> list[str]:
    names = (link["repository"] for link in links if link["kind"] == "code")
    return list(dict.fromkeys(name for name in names if name))


def _find_parameter_counts(text: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"value": size.value, "field": field, "start": size.start, "end": size.end}
        for field, value in text.items()
        for size in extract_parameter_counts(value)
    ]
