"""The ledger: decisions as rows that people can read.

Data flow: an Update of the engine -> rows of paper_records, match_edges, corrections.

Nothing is decided here.
"""

import json
import logging
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from paper_pipeline.dedup.engine import Update
from paper_pipeline.dedup.matching import Decisions, decide_pairs, weights
from paper_pipeline.dedup.signatures import SIGNATURE_VERSION
from paper_pipeline.lake.store import Change, Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.rulings.corrections import Corrections, Override

log = logging.getLogger(__name__)
# Beyond this a probability is 0 or 1 to the last digit shown.
MOST_LOG_ODDS = 30.0


def list_members(update: Update) -> pd.DataFrame:
    """The records of all touched nodes.

    Returns:
        Columns record_id, paper_id, node_key, place (of the node in the update), arxiv_id; sorted
        by record_id.
    """
    sizes = [len(ids) for ids in update.members]
    place = np.repeat(np.arange(len(sizes)), sizes)
    arxiv_ids = np.array(update.signatures.arxiv_ids.to_pylist(), object)
    members = pd.DataFrame(
        {
            "record_id": [record_id for ids in update.members for record_id in ids],
            "paper_id": np.array(update.paper_ids, object)[place],
            "node_key": np.array(update.node_keys, object)[place],
            "place": place,
            "arxiv_id": arxiv_ids[place],
        }
    )
    texts = dict.fromkeys(("record_id", "paper_id", "node_key"), "str")  # also of no records
    return members.astype(texts).sort_values("record_id", ignore_index=True)


def describe_edges(update: Update) -> pa.Table:
    """Rows of match_edges: the accepted pairs within papers."""
    heads = update.heads
    pairs = update.pairs
    if len(pairs):
        pairs = pairs[heads[pairs[:, 0]] == heads[pairs[:, 1]]]
    keys = update.node_keys
    pairs = np.array([sorted(pair, key=keys.__getitem__) for pair in pairs.tolist()], np.int64)
    pairs = pairs.reshape(-1, 2)
    left, right = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])
    decisions = decide_pairs(update.signatures, left, right)
    first = [ids[0] for ids in update.members]
    columns: dict[str, Any] = {
        "edge_id": [f"{keys[a]}-{keys[b]}" for a, b in pairs.tolist()],
        "left_node_key": [keys[place] for place in left.tolist()],
        "right_node_key": [keys[place] for place in right.tolist()],
        "record_id": [first[place] for place in left.tolist()],
        "matched_record_id": [first[place] for place in right.tolist()],
        "match_score": _probability(decisions.log_odds),
        "text_score": decisions.evidence.jaccard.astype(np.float64),
        "title_score": decisions.evidence.title.astype(np.float64),
        "reason": _describe_pairs(decisions),
    }
    return pa.table(columns, schema=BY_NAME["match_edges"].schema)


def _probability(log_odds: np.ndarray) -> np.ndarray:
    """To six digits: beyond them processors may differ."""
    return np.round(1 / (1 + np.exp(-np.clip(log_odds, -MOST_LOG_ODDS, MOST_LOG_ODDS))), 6)


def _describe_pairs(decisions: Decisions) -> list[str]:
    """For every pair what speaks for and against it, with its log-odds."""
    evidence = decisions.evidence
    parts = weights(evidence)
    words = {
        "text": [
            f"abstracts share {share:.0%} of their word triples" for share in evidence.jaccard
        ],
        "words": [f"{share:.0%} of their longer words" for share in evidence.words],
        "title": [
            "equal titles"
            if alike >= 1
            else f"titles {alike:.0%} alike{f' ({said})' if said else ''}"
            for alike, said in zip(evidence.title, evidence.said, strict=True)
        ],
        "name": ["the name before the colon"] * len(evidence.title),
        "authors": [
            f"{share:.0%} of the surnames of the shorter list" for share in evidence.surnames
        ],
        "years": [f"{gap} years apart" if gap else "same year" for gap in evidence.years_apart],
        "doi": ["DOI"] * len(evidence.title),
        "arxiv": ["same arXiv id"] * len(evidence.title),
    }
    return [
        "; ".join(
            f"{words[kind][place]} ({values[place]:+.1f})"
            for kind, values in parts.items()
            if values[place]
        )
        for place in range(len(evidence.title))
    ]


def describe_members(update: Update, members: pd.DataFrame, edges: pa.Table) -> pa.Table:
    """Rows of paper_records: for every record what put it into its paper.

    Args:
        update: What follows from a batch.
        members: As list_members returns them.
        edges: As describe_edges returns them.
    """
    first_of_node = pd.Series([ids[0] for ids in update.members])
    first_of_paper = members.groupby("paper_id")["record_id"].transform("min")
    is_first = members["record_id"] == first_of_paper
    is_copy = ~is_first & (members["record_id"] != members["place"].map(first_of_node))

    # By default a node that no pair holds in its paper is there because people say so.
    decision = pd.Series("correction", index=members.index)
    score = pd.Series(1.0, index=members.index)
    partner = first_of_paper.copy()
    reason = pd.Series("people say so, see data/corrections.yaml", index=members.index)

    best = _best_edges(edges)
    has_edge = members["node_key"].isin(best.index)
    matched = members.loc[has_edge, "node_key"]
    decision[has_edge] = "match"
    score[has_edge] = matched.map(best["match_score"])
    partner[has_edge] = matched.map(best["partner"])
    reason[has_edge] = matched.map(best["reason"])

    # Nodes of one arXiv id within a paper: each with the first of them, and that with the next.
    mates = members[members["arxiv_id"].notna()].drop_duplicates("node_key")
    groups = mates.groupby(["paper_id", "arxiv_id"])["record_id"]
    firsts = groups.transform("first").where(groups.cumcount() > 0, groups.transform("last"))
    named = pd.Series(firsts.to_numpy(), index=mates["node_key"])[
        groups.transform("size").to_numpy() > 1
    ]
    has_id = members["node_key"].isin(named.index)
    decision[has_id], score[has_id] = "arxiv_id", 1.0
    partner[has_id] = members.loc[has_id, "node_key"].map(named)
    reason[has_id] = "same arXiv id"

    decision[is_copy], score[is_copy] = "copy", 1.0
    partner[is_copy] = members.loc[is_copy, "place"].map(first_of_node)
    reason[is_copy] = "a copy: same title, abstract, arXiv id, authors and year"
    decision[is_first], score[is_first], partner[is_first] = "first", 1.0, None
    reason[is_first] = "the first record of the paper"
    columns = {
        "record_id": members["record_id"],
        "paper_id": members["paper_id"],
        "node_key": members["node_key"],
        "matched_record_id": partner.where(partner.notna(), None),
        "decision": decision,
        "match_score": score.astype("float64"),
        "reason": reason,
        "signature_version": SIGNATURE_VERSION,
    }
    schema = BY_NAME["paper_records"].schema
    return pa.Table.from_pandas(pd.DataFrame(columns), schema, preserve_index=False)


def _best_edges(edges: pa.Table) -> pd.DataFrame:
    """For every node its strongest pair: columns match_score, partner, reason, by node_key."""
    frame = edges.to_pandas()
    there = frame.rename(columns={"left_node_key": "node_key", "matched_record_id": "partner"})
    back = frame.rename(columns={"right_node_key": "node_key", "record_id": "partner"})
    wanted = ["node_key", "match_score", "partner", "reason"]
    both = pd.concat([there[wanted], back[wanted]], ignore_index=True)
    both = both.sort_values(["match_score", "partner"], ascending=[False, True])
    return both.drop_duplicates("node_key").set_index("node_key")


def find_overrides(members: pd.DataFrame, corrections: Corrections) -> dict[str, list[Override]]:
    """The overrides of every paper among the members, in an order of their own."""
    found: dict[str, list[Override]] = {}
    for override in corrections.overrides:
        for paper_id in _papers_of(members, override.subject):
            found.setdefault(paper_id, []).append(override)
    return found


def note_corrections(lake: Lake, corrections: Corrections) -> Change:
    """Writes the corrections in force, and whether the papers are as they say."""
    subjects = sorted(corrections.subjects)
    members = _look_up(lake, subjects) if subjects else pd.DataFrame()
    papers = {subject: _papers_of(members, subject) for subject in subjects}
    set_fields = sorted({override.field for override in corrections.overrides})
    meant = {paper_id for o in corrections.overrides for paper_id in papers[o.subject]}
    found = lake.read(
        "deduplicated_papers", ["paper_id", *set_fields], where=("paper_id", sorted(meant))
    )
    values = {row["paper_id"]: row for row in found.to_pylist()}
    rows = corrections.to_rows()
    for row in rows:
        held = [papers[subject] for subject in row["subjects"]]
        if row["kind"] == "override":
            told = [values[paper_id] for paper_id in held[0]]
            note = _judge_override(told, row["field"], json.loads(row["value"]))
        else:
            note = _judge_link(row["kind"], held)
        missing = [subject for subject in row["subjects"] if not papers[subject]]
        note = f"no record is {', '.join(missing)}" if missing else note
        row |= {"is_met": not note, "note": note}
        if note:
            log.warning("A correction is not met (%s): %s", row["reason"], note)
    return lake.replace("corrections", pa.Table.from_pylist(rows, BY_NAME["corrections"].schema))


def _papers_of(members: pd.DataFrame, subject: str) -> list[str]:
    """The papers that hold what a subject of a correction means."""
    if not len(members):
        return []
    kind, _, name = subject.partition(":")
    if kind == "arxiv":
        is_meant = members["arxiv_id"] == name
    elif kind == "paper":
        is_meant = members["node_key"] == name
    else:
        is_meant = members["record_id"] == subject
    return sorted(set(members.loc[is_meant, "paper_id"]))


def _look_up(lake: Lake, subjects: list[str]) -> pd.DataFrame:
    """The records that subjects mean: columns record_id, paper_id, node_key, arxiv_id."""
    arxiv_ids = [s.removeprefix("arxiv:") for s in subjects if s.startswith("arxiv:")]
    keys = [s.removeprefix("paper:") for s in subjects if s.startswith("paper:")]
    ids = [s for s in subjects if not s.startswith(("arxiv:", "paper:"))]
    columns = ["record_id", "paper_id", "node_key"]
    # A paper holds one arXiv id at most: where it is, all records that carry it are.
    holding = lake.read("deduplicated_papers", ["paper_id"], where=("arxiv_id", arxiv_ids))
    inside = lake.read(
        "paper_records", ["record_id"], where=("paper_id", holding["paper_id"].to_pylist())
    )
    known = lake.read(
        "cleaned_records",
        ["record_id", "arxiv_id"],
        where=("record_id", inside["record_id"].to_pylist()),
    )
    by_id = lake.read(
        "paper_records", columns, where=("record_id", ids + known["record_id"].to_pylist())
    )
    by_key = lake.read("paper_records", columns, where=("node_key", keys))
    found = pa.concat_tables([by_id, by_key]).to_pandas().drop_duplicates("record_id")
    arxiv_of = {row["record_id"]: row["arxiv_id"] for row in known.to_pylist()}
    found["arxiv_id"] = [arxiv_of.get(record_id) for record_id in found["record_id"]]
    return found


def _judge_link(kind: str, papers: list[list[str]]) -> str:
    """What keeps a link from being met; empty where nothing does."""
    if kind == "must_link":
        held = sorted({paper_id for ids in papers for paper_id in ids})
        return "" if len(held) <= 1 else f"they are still apart: {', '.join(held)}"
    seen: set[str] = set()
    for ids in papers:
        if shared := seen.intersection(ids):
            return f"they are still together in {', '.join(sorted(shared))}"
        seen.update(ids)
    return ""


def _judge_override(papers: list[dict[str, Any]], field: str, value: object) -> str:
    """What keeps an override from being met; empty where nothing does."""
    for row in papers:
        shown = row[field].isoformat() if isinstance(row[field], date) else row[field]
        if shown != value:
            return f"{field} of {row['paper_id']} is {shown!r}: another correction sets it too"
    return ""
