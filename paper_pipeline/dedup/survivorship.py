"""Survivorship: which value of each field a paper shows, and from which record it is.

Data flow: records with their paper_id -> rows of deduplicated_papers.

The rules stand in one table, RULES. Who belongs to which paper belongs in clustering.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from paper_pipeline.tables import BY_NAME
from paper_pipeline.text import content_hash

Rank = Callable[[pd.DataFrame, str], pd.Series]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field of a paper is chosen.

    Attributes:
        field: Field of the paper.
        source: Column of the records it is taken from.
        rank: Gives every record a number; the largest wins, then the smallest record_id.
        reason: The rule in words.
    """

    field: str
    source: str
    rank: Rank
    reason: str


def _longest(records: pd.DataFrame, column: str) -> pd.Series:
    return records[column].str.len()


def _most_frequent(records: pd.DataFrame, column: str) -> pd.Series:
    return records.groupby(["paper_id", column])[column].transform("size")


def _largest(records: pd.DataFrame, column: str) -> pd.Series:
    values = records[column]
    return values if pd.api.types.is_numeric_dtype(values) else _day_number(values)


def _smallest(records: pd.DataFrame, column: str) -> pd.Series:
    return -_largest(records, column)


def _day_number(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).astype("datetime64[s]").astype("int64")


RULES: tuple[Rule, ...] = (
    Rule("title", "title", _most_frequent, "the spelling most records have"),
    Rule("abstract", "abstract", _longest, "the longest: cut-off pages shorten abstracts"),
    Rule("arxiv_id", "arxiv_id", _most_frequent, "the only one there is"),
    Rule("authors", "authors", _longest, "the longest list"),
    Rule("author_count", "author_count", _most_frequent, "the number most records have"),
    Rule("organisation", "organisation", _most_frequent, "the name most records have"),
    Rule("published_on", "published_on", _smallest, "the earliest day"),
    Rule("first_listed_on", "listed_on", _smallest, "the earliest page"),
    Rule("last_listed_on", "listed_on", _largest, "the latest page"),
    Rule("upvotes", "upvotes", _largest, "the most: they only grow, pages are taken at any time"),
    Rule("comment_count", "comment_count", _largest, "the most, for the same reason"),
)
RECORD_COLUMNS = (
    "record_id",
    "dump_id",
    *dict.fromkeys(rule.source for rule in RULES),
)


def choose_fields(records: pa.Table, paper_ids: pd.Series) -> pa.Table:
    """Makes the golden record of every paper.

    Args:
        records: Rows of cleaned_records, at least RECORD_COLUMNS.
        paper_ids: The paper_id of every record, by record_id.

    Returns:
        Rows of deduplicated_papers, sorted by paper_id.
    """
    frame = records.select(list(RECORD_COLUMNS)).to_pandas().sort_values("record_id")
    frame = frame.assign(paper_id=frame["record_id"].map(paper_ids))
    # An empty list of authors is a page that names none, not a paper without authors.
    frame["authors"] = frame["authors"].where(frame["authors"].str.len() > 0)
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
    papers["authors"] = [list(a) if _is_list(a) else [] for a in papers["authors"]]
    papers["text_hash"] = [
        content_hash(f"{title}\n{abstract if isinstance(abstract, str) else ''}")
        for title, abstract in zip(papers["title"], papers["abstract"], strict=True)
    ]
    lineage = lineage.astype(object).where(lineage.notna(), None)
    papers["field_record_ids"] = pd.Series(lineage.to_dict("records"), index=papers.index)
    schema = BY_NAME["deduplicated_papers"].schema
    return pa.Table.from_pandas(papers.reset_index(), schema, preserve_index=False)


def _is_list(value: object) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, str)


def _choose(records: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """The winning record of every paper that has a value, indexed by paper_id."""
    candidates = records[records[rule.source].notna()]
    ranked = candidates.assign(rank=rule.rank(candidates, rule.source))
    ranked = ranked.sort_values(
        ["paper_id", "rank", "record_id"], ascending=[True, False, True], kind="stable"
    )
    return ranked.drop_duplicates("paper_id").set_index("paper_id")
