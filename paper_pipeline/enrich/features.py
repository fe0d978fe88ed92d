"""Features: everything that is derived from one paper, put together.

Data flow: title and abstract of papers -> features -> rows of enriched_papers.

Each kind of feature has a module of its own beside this one. A paper's features depend on its own
text, dates and links alone, never on other papers.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from paper_pipeline.enrich.keyphrases import extract_keyphrases
from paper_pipeline.enrich.language import detect_languages
from paper_pipeline.enrich.lexicon import Lexicon
from paper_pipeline.enrich.links import extract_links
from paper_pipeline.enrich.mentions import Mention, Span, find_mentions
from paper_pipeline.enrich.parameter_counts import extract_parameter_counts
from paper_pipeline.enrich.scores import extract_scores
from paper_pipeline.enrich.text_statistics import compute_text_statistics
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.vocabulary import MENTION_KINDS, UNKNOWN_MONTH

# Raise when any extractor would give another answer for the same text: all features are computed
# again.
EXTRACTOR_VERSION = 2
TEXT_FIELDS = ("title", "abstract")
LINK_FIELDS = ("project_page_url", "code_repository_url")
DATE_FIELDS = ("published_on", "first_listed_on")
# What the features are of, without the text itself.
INPUT_COLUMNS = ("paper_id", "text_hash", *LINK_FIELDS, *DATE_FIELDS)
PAPER_COLUMNS = (*INPUT_COLUMNS, *TEXT_FIELDS)
# Mentions that help to tell what a paper is about.
_TERM_KINDS = frozenset({"method", "task", "model", "benchmark", "dataset"})
_LINK_PARTS = ("url", "kind", "repository", "start", "end")
_SCORE_PARTS = ("value", "unit", "metric", "benchmark", "is_change", "start", "end")
_SCORED_KINDS = frozenset({"benchmark", "dataset"})


def compute_features(papers: pa.Table, lexicon: Lexicon) -> pa.Table:
    """Computes the features of papers.

    Args:
        papers: Rows of deduplicated_papers, at least PAPER_COLUMNS.
        lexicon: The names that are known.

    Returns:
        Rows of enriched_papers, in the same order.
    """
    rows = papers.select([*TEXT_FIELDS, *LINK_FIELDS]).to_pylist()
    found = extract_features(rows, lexicon)
    languages = detect_languages(
        ["\n".join(row[field] or "" for field in TEXT_FIELDS) for row in rows]
    )
    statistics = compute_text_statistics(pc.fill_null(papers["abstract"].combine_chunks(), ""))
    sizes = [[size["value"] for size in paper["parameter_counts"]] for paper in found]
    columns: dict[str, Any] = {
        "paper_id": papers["paper_id"],
        "inputs": join_inputs(papers),
        "extractor_version": [EXTRACTOR_VERSION] * papers.num_rows,
        "month": find_months(papers),
        **{name: [paper[name] for paper in found] for name in (found[0] if found else ())},
        "code_repositories": [_code_repositories(paper["links"]) for paper in found],
        "parameter_count_min": [min(values, default=None) for values in sizes],
        "parameter_count_max": [max(values, default=None) for values in sizes],
        "model_families": [_names(paper["mentions"], "model", "family") for paper in found],
        **{
            kind.column: [_names(paper["mentions"], kind.name, "name") for paper in found]
            for kind in MENTION_KINDS
        },
        "language": [code for code, _ in languages],
        "language_score": [score if code else None for code, score in languages],
        **{
            name: statistics[name].cast(pa.int64())
            for name in ("word_count", "sentence_count", "character_count")
        },
    }
    schema = BY_NAME["enriched_papers"].schema
    if not papers.num_rows:
        return schema.empty_table()
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def extract_features(
    papers: Sequence[Mapping[str, str | None]], lexicon: Lexicon, *, keyphrases: bool = True
) -> list[dict[str, Any]]:
    """Finds what n papers say: links, sizes, mentions, scores, keyphrases.

    Args:
        papers: For each the texts of TEXT_FIELDS and the addresses of LINK_FIELDS, where it has
            them.
        lexicon: The names that are known.
        keyphrases: Whether to look for keyphrases, which take longer than all the rest.

    Returns:
        n mappings of links, parameter_counts, mentions, reported_scores, keyphrases to lists, in
        the shape of the columns of enriched_papers; `text[start:end]` of the field is the proof.
    """
    texts = [
        {field: value for field in TEXT_FIELDS if (value := paper.get(field))} for paper in papers
    ]
    links = [{field: extract_links(value) for field, value in fields.items()} for fields in texts]
    sizes = [
        {field: extract_parameter_counts(value) for field, value in fields.items()}
        for fields in texts
    ]
    mentions = find_mentions(texts, lexicon, _spans(links), _spans(sizes))
    return [
        {
            "links": _merge_links(links[place], paper),
            "parameter_counts": [
                _row(size, ("value", "start", "end"), field)
                for field, found in sizes[place].items()
                for size in found
            ],
            "mentions": [mention._asdict() for mention in mentions[place]],
            "reported_scores": _find_scores(texts[place], mentions[place]),
            "keyphrases": (_find_keyphrases(texts[place], mentions[place]) if keyphrases else []),
        }
        for place, paper in enumerate(papers)
    ]


def join_inputs(papers: pa.Table) -> pa.Array:
    """What the features of papers follow from, as one text a paper.

    Args:
        papers: Rows of deduplicated_papers, at least INPUT_COLUMNS.
    """
    given = [pc.fill_null(papers[field].combine_chunks(), "") for field in LINK_FIELDS]
    texts = papers["text_hash"].combine_chunks()
    return pc.binary_join_element_wise(texts, find_months(papers), *given, " ")


def find_months(papers: pa.Table) -> pa.Array:
    """The month each paper counts for, as in 2025-12; UNKNOWN_MONTH without a date."""
    days = pc.coalesce(*(papers[field].combine_chunks() for field in DATE_FIELDS))
    months = pc.utf8_slice_codeunits(days.cast(pa.string()), 0, 7)
    return pc.fill_null(months, UNKNOWN_MONTH)


def _row(found: Any, parts: tuple[str, ...], field: str) -> dict[str, Any]:
    """What an extractor found, as a row; `dataclasses.asdict` takes twenty times as long."""
    return dict(zip(parts, attrgetter(*parts)(found), strict=True), field=field)


def _spans(found: Sequence[Mapping[str, Sequence[Any]]]) -> list[dict[str, list[Span]]]:
    return [
        {field: [(one.start, one.end) for one in ones] for field, ones in fields.items()}
        for fields in found
    ]


def _merge_links(
    found: Mapping[str, Sequence[Any]], paper: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The links of a paper, each address once: the title's, the abstract's, those given beside."""
    merged: dict[str, dict[str, Any]] = {}
    for field, links in found.items():
        for link in links:
            merged.setdefault(link.url, _row(link, _LINK_PARTS, field))
    for field in LINK_FIELDS:
        for link in extract_links(paper.get(field) or ""):
            row = _row(link, _LINK_PARTS, field) | {"start": None, "end": None}
            if field == "project_page_url" and link.kind == "other":
                row["kind"] = "project_page"
            merged.setdefault(link.url, row)
    return list(merged.values())


def _code_repositories(links: list[dict[str, Any]]) -> list[str]:
    names = {
        link["repository"].casefold(): link["repository"]
        for link in reversed(links)
        if link["kind"] == "code" and link["repository"]
    }
    return list(reversed(names.values()))


def _names(mentions: list[dict[str, Any]], kind: str, part: str) -> list[str]:
    return list(dict.fromkeys(m[part] for m in mentions if m["kind"] == kind and m[part]))


def _find_scores(texts: Mapping[str, str], mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    return [
        _row(score, _SCORE_PARTS, field)
        for field, text in texts.items()
        for score in extract_scores(
            text,
            [
                (mention.start, mention.end, mention.name)
                for mention in mentions
                if mention.field == field and mention.kind in _SCORED_KINDS
            ],
        )
    ]


def _find_keyphrases(texts: Mapping[str, str], mentions: Sequence[Mention]) -> list[dict[str, Any]]:
    terms = [
        (mention.start, mention.end)
        for mention in mentions
        if mention.field == "abstract" and mention.kind in _TERM_KINDS
    ]
    return [
        _row(phrase, ("phrase", "score", "start", "end"), phrase.field)
        for phrase in extract_keyphrases(texts.get("title", ""), texts.get("abstract"), terms)
    ]
