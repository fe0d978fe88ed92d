"""Explanation: why a paper is one, and where each of its values is from.

Data flow: paper_id -> deduplicated_papers, paper_records, match_edges, corrections -> words.

Reads only what was written when the paper was made; how it is shown belongs in cli/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paper_pipeline.dedup.survivorship import RULES, Rule
from paper_pipeline.lake.store import Lake

Row = dict[str, Any]
MOST_VALUE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class PaperExplanation:
    """A paper, and tables of rows by heading."""

    paper_id: str
    title: str
    sections: dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The papers that an id leads to, and in words how it leads there."""

    redirects: list[str]
    papers: list[PaperExplanation]


def explain_paper(lake: Lake, paper_id: str) -> Explanation | None:
    """Explains the paper of an id, or those that its records went to; None for an unknown id."""
    words: list[str] = []
    ids = [paper_id]
    if not lake.read("deduplicated_papers", ["paper_id"], where=("paper_id", ids)).num_rows:
        redirects = lake.read("paper_redirects", where=("old_paper_id", ids)).to_pylist()
        if not redirects:
            return None
        ids = redirects[0]["paper_ids"]
        went = ", ".join(ids) or "nowhere: its records are no more"
        words.append(f"{paper_id} was {redirects[0]['kind']}: {went}")
    return Explanation(words, [_explain(lake, one) for one in ids])


def _explain(lake: Lake, paper_id: str) -> PaperExplanation:
    (paper,) = lake.read("deduplicated_papers", where=("paper_id", [paper_id])).to_pylist()
    members = lake.read("paper_records", where=("paper_id", [paper_id])).sort_by("record_id")
    ids = members["record_id"].to_pylist()
    records = lake.read(
        "cleaned_records", ["record_id", "dump_id", "title"], where=("record_id", ids)
    ).to_pylist()
    titles = {row["record_id"]: row["title"] for row in records}
    number = {record_id: str(n) for n, record_id in enumerate(ids, 1)}
    edges = lake.read("match_edges", where=("record_id", ids)).sort_by(
        [("match_score", "descending"), ("edge_id", "ascending")]
    )
    keys = {f"paper:{key}" for key in members["node_key"].to_pylist()}
    named = {paper_id, *ids, *keys}
    return PaperExplanation(
        paper_id,
        str(paper["title"]),
        {
            "Records": [_record(row, number, titles) for row in members.to_pylist()],
            "Evidence, in log-odds": [_edge(row, number) for row in edges.to_pylist()],
            "Fields": [
                _field(rule, paper, number) for rule in RULES if paper[rule.field] not in (None, [])
            ],
            "Corrections": [
                _correction(row)
                for row in lake.read("corrections").to_pylist()
                if named.intersection(row["subjects"])
            ],
        },
    )


def _record(row: Row, number: Mapping[str, str], titles: Mapping[str, str]) -> Row:
    return {
        "no.": number[row["record_id"]],
        "record_id": row["record_id"],
        "because": row["decision"],
        "of": number.get(row["matched_record_id"], ""),
        "title": _short(titles[row["record_id"]]),
    }


def _edge(row: Row, number: Mapping[str, str]) -> Row:
    return {
        "no.": number[row["record_id"]],
        "and": number[row["matched_record_id"]],
        "score": f"{row['match_score']:.3f}",
        "because": row["reason"],
    }


def _field(rule: Rule, paper: Row, number: Mapping[str, str]) -> Row:
    is_corrected = rule.field in paper["corrected_fields"]
    return {
        "field": rule.field,
        "value": _short(paper[rule.field]),
        "from": number.get(paper["field_record_ids"][rule.field], ""),
        "rule": "set by a person" if is_corrected else rule.reason,
    }


def _correction(row: Row) -> Row:
    return {
        "kind": row["kind"],
        "subjects": ", ".join(row["subjects"]),
        "by": row["author"],
        "reason": row["reason"],
        "met": "yes" if row["is_met"] else row["note"],
    }


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= MOST_VALUE_CHARACTERS else text[: MOST_VALUE_CHARACTERS - 1] + "…"
