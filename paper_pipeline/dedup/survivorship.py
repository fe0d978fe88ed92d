"""Survivorship: which value of each field a paper shows, and from which record it is.

Data flow: records with their paper_id -> rows of deduplicated_papers.

The rules stand in one table, RULES. Who belongs to which paper belongs in clustering.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.corrections import Override
from paper_pipeline.text import content_hash

Rank = Callable[[pd.DataFrame, str], pd.Series]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field of a paper is chosen.

    Attributes:
        field: Field of the paper.
        source: Column of the records it is taken from.
        ranks: Each gives every record a number; the largest first one wins, among equals the
            largest second one, and so on; at last the smallest record_id.
        reason: The rule in words.
    """

    field: str
    source: str
    ranks: tuple[Rank, ...]
    reason: str


def _longest(records: pd.DataFrame, column: str) -> pd.Series:
    return records[column].str.len()


def _most_frequent(records: pd.DataFrame, column: str) -> pd.Series:
    return records.groupby(["paper_id", column])[column].transform("size")


def _largest(records: pd.DataFrame, column: str) -> pd.Series:
    values = records[column]
    if pd.api.types.is_numeric_dtype(values) or values.isin([True, False]).all():
        return values.astype("float64")
    return _day_number(values)


def _smallest(records: pd.DataFrame, column: str) -> pd.Series:
    return -_largest(records, column)


def _newest(records: pd.DataFrame, column: str) -> pd.Series:
    """When the page was captured; what nobody knows the time of is older than all the rest."""
    moments = pd.to_datetime(records["observed_at"], utc=True).astype("datetime64[us, UTC]")
    return moments.astype("int64").where(moments.notna(), -1)


def _day_number(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).astype("datetime64[s]").astype("int64")


_BY_COUNT = (_most_frequent, _newest)
_BY_TIME = (_newest, _most_frequent)

RULES: tuple[Rule, ...] = (
    Rule("title", "title", _BY_COUNT, "the spelling most records have"),
    Rule("abstract", "abstract", (_longest,), "the longest: cut-off pages shorten abstracts"),
    Rule("arxiv_id", "arxiv_id", _BY_COUNT, "the only one there is"),
    Rule("authors", "authors", (_longest, _newest), "the longest list"),
    Rule("author_count", "author_count", _BY_COUNT, "the number most records have"),
    Rule("organisation", "organisation", _BY_COUNT, "the name most records have"),
    Rule("published_on", "published_on", (_smallest,), "the earliest day"),
    Rule("first_listed_on", "listed_on", (_smallest,), "the earliest page"),
    Rule("last_listed_on", "listed_on", (_largest,), "the latest page"),
    Rule("upvotes", "upvotes", (_newest, _largest), "the newest known, else the most"),
    Rule("comment_count", "comment_count", (_newest, _largest), "the newest known, else the most"),
    Rule("submitted_by", "submitted_by", _BY_COUNT, "the name most records have"),
    Rule("discussion_id", "discussion_id", _BY_TIME, "the newest known"),
    Rule("thumbnail_url", "thumbnail_url", _BY_TIME, "the newest known"),
    Rule("media_urls", "media_urls", (_newest, _longest), "the newest known"),
    Rule("project_page_url", "project_page_url", _BY_TIME, "the newest known"),
    Rule("code_repository_url", "code_repository_url", _BY_TIME, "the newest known"),
    Rule(
        "github_star_count", "github_star_count", (_newest, _largest), "the newest known, else most"
    ),
    Rule("keywords", "keywords", (_newest, _longest), "the newest known"),
    Rule("ai_summary", "ai_summary", (_newest, _longest), "the newest known"),
    Rule("is_author_participating", "is_author_participating", (_largest,), "yes, if ever"),
    Rule("withdrawn_on", "withdrawn_on", (_smallest,), "the earliest day"),
)
RECORD_COLUMNS = (
    "record_id",
    "dump_id",
    "observed_at",
    *dict.fromkeys(rule.source for rule in RULES),
)
LISTS = tuple(
    column.name
    for column in BY_NAME["deduplicated_papers"].columns
    if pa.types.is_list(column.type) and column.name in {rule.field for rule in RULES}
)


def choose_fields(
    records: pa.Table,
    paper_ids: pd.Series,
    overrides: Mapping[str, Sequence[Override]] | None = None,
) -> pa.Table:
    """Makes the golden record of every paper.

    Args:
        records: Rows of cleaned_records, at least RECORD_COLUMNS.
        paper_ids: The paper_id of every record, by record_id.
        overrides: What people say, by paper_id; of two for one field the last one counts.

    Returns:
        Rows of deduplicated_papers, sorted by paper_id.
    """
    frame = records.select(list(RECORD_COLUMNS)).to_pandas().sort_values("record_id")
    frame = frame.assign(paper_id=frame["record_id"].map(paper_ids))
    for name in LISTS:  # an empty list is a page that names none, not a paper without any
        frame[name] = frame[name].where(frame[name].str.len() > 0)
    by_paper = frame.groupby("paper_id", sort=True)
    papers = pd.DataFrame(
        {
            "first_record_id": by_paper["record_id"].min(),
            "record_count": by_paper.size(),
            "dump_count": by_paper["dump_id"].nunique(),
        }
    )
    lineage = pd.DataFrame(index=papers.index)
    for rule in RULES:
        chosen = _choose(frame, rule)
        papers[rule.field] = chosen[rule.source]
        lineage[rule.field] = chosen["record_id"]
    for name in LISTS:
        papers[name] = pd.Series(
            [list(v) if _is_list(v) else [] for v in papers[name]], index=papers.index
        )
    papers["corrected_fields"] = _correct(papers, lineage, overrides or {})
    papers["text_hash"] = [
        content_hash(f"{title}\n{abstract if isinstance(abstract, str) else ''}")
        for title, abstract in zip(papers["title"], papers["abstract"], strict=True)
    ]
    lineage = lineage.astype(object).where(lineage.notna(), None)
    papers["field_record_ids"] = pd.Series(lineage.to_dict("records"), index=papers.index)
    schema = BY_NAME["deduplicated_papers"].schema
    return pa.Table.from_pandas(papers.reset_index(), schema, preserve_index=False)


def _correct(
    papers: pd.DataFrame, lineage: pd.DataFrame, overrides: Mapping[str, Sequence[Override]]
) -> pd.Series:
    """Puts the values of people in place; they come from no record.

    Returns:
        For every paper the fields that were set.
    """
    corrected = pd.Series([[] for _ in papers.index], index=papers.index)
    for paper_id, entries in overrides.items():
        if paper_id not in papers.index:
            continue
        for entry in entries:
            value: Any = list(entry.value) if isinstance(entry.value, tuple) else entry.value
            papers[entry.field] = papers[entry.field].astype(object)  # takes lists, and null
            papers.at[paper_id, entry.field] = value
            lineage.at[paper_id, entry.field] = None
        corrected[paper_id] = sorted({entry.field for entry in entries})
    return corrected


def _is_list(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str)


def _choose(records: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The winning record of every paper that has a value, indexed by paper_id."""
    candidates = records[records[rule.source].notna()]
    ranks = {f"rank_{n}": rank(candidates, rule.source) for n, rank in enumerate(rule.ranks)}
    ranked = candidates.assign(**ranks).sort_values(
        ["paper_id", *ranks, "record_id"], ascending=[True, *(False for _ in ranks), True]
    )
    return ranked.drop_duplicates("paper_id").set_index("paper_id")
