"""Clustering: match decisions become papers.

Data flow: signatures and match decisions -> rows of paper_records.

A pure function of the records and their decisions: neither the order of arrival nor what was
clustered before can matter. Which field values a paper shows belongs in survivorship.py.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PAPER_HASH_DIGITS = 20


def cluster_records(signatures: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Parts records into papers, so that no paper holds two arXiv ids.

    Args:
        signatures: Signatures of all records concerned.
        decisions: As matching.decide_pairs returns them, over the nodes of `signatures`.

    Returns:
        Rows of paper_records, sorted by record_id.
    """
    nodes = signatures.sort_values("record_id").drop_duplicates("node_key")
    nodes = nodes.set_index("node_key").sort_index()
    matches = decisions[decisions["is_match"]]
    matches = matches.sort_values(["match_score", "left", "right"], ascending=[False, True, True])
    cluster = _clusters(nodes, matches)
    papers = _paper_ids(nodes, cluster)
    members = signatures[["record_id", "node_key"]].sort_values("record_id")
    members = members.assign(paper_id=members["node_key"].map(papers))
    return _explain(members, nodes, cluster, matches)


def _clusters(nodes: pd.DataFrame, matches: pd.DataFrame) -> pd.Series:
    """A cluster number for every node."""
    place = pd.Series(np.arange(len(nodes)), index=nodes.index)
    left, right = place[matches["left"]].to_numpy(), place[matches["right"]].to_numpy()
    graph = coo_array((np.ones(len(matches)), (left, right)), shape=(len(nodes), len(nodes)))
    _, label = connected_components(graph, directed=False)
    cluster = pd.Series(label, index=nodes.index)
    held = nodes["arxiv_id"].groupby(cluster).nunique()
    for contested in held.index[held > 1]:
        inside = cluster.index[cluster == contested]
        own = matches[matches["left"].isin(inside)]
        cluster = cluster.where(cluster != contested, _part(nodes.loc[inside], own, cluster.max()))
    return cluster


def _part(nodes: pd.DataFrame, matches: pd.DataFrame, last: int) -> pd.Series:
    """Follows matches from the strongest on, except where it would join two arXiv ids."""
    parent = {node: node for node in nodes.index}
    arxiv_id = {node: {a} if isinstance(a, str) else set() for node, a in nodes["arxiv_id"].items()}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in zip(matches["left"], matches["right"], strict=True):
        a, b = root(left), root(right)
        if a != b and len(arxiv_id[a] | arxiv_id[b]) <= 1:
            parent[b] = a
            arxiv_id[a] |= arxiv_id[b]
    number, _ = pd.factorize(pd.Series([root(node) for node in nodes.index]), sort=True)
    return pd.Series(number + last + 1, index=nodes.index)


def _paper_ids(nodes: pd.DataFrame, cluster: pd.Series) -> pd.Series:
    """The paper_id of every node: of the arXiv id, or else of the smallest node key."""
    smallest = nodes.index.to_series().groupby(cluster).min().str[:PAPER_HASH_DIGITS]
    arxiv_id = nodes["arxiv_id"].groupby(cluster).first()
    paper_id = ("arxiv:" + arxiv_id).where(arxiv_id.notna(), "paper:" + smallest)
    return cluster.map(paper_id)


def _explain(
    members: pd.DataFrame, nodes: pd.DataFrame, cluster: pd.Series, matches: pd.DataFrame
) -> pd.DataFrame:
    """Names for every record the decision that put it into its paper."""
    inside = matches[matches["left"].map(cluster) == matches["right"].map(cluster)]
    columns = ["left", "right", "kind", "match_score", "reason"]
    mirrored = inside[columns].rename(columns={"left": "right", "right": "left"})
    best = pd.concat([inside[columns], mirrored], ignore_index=True)
    best = best.sort_values(["match_score", "right"], ascending=[False, True])
    best = best.drop_duplicates("left").set_index("left")

    node = members["node_key"]
    first_of_node = node.map(nodes["record_id"])
    first_of_paper = members.groupby("paper_id")["record_id"].transform("min")
    is_first = members["record_id"] == first_of_paper
    is_copy = (members["record_id"] != first_of_node) & ~is_first
    partner = node.map(best["right"]).map(nodes["record_id"])
    decision = node.map(best["kind"]).mask(is_copy, "copy").mask(is_first, "first")
    reason = node.map(best["reason"]).mask(is_copy, "a copy: same title, abstract and arXiv id")
    score = node.map(best["match_score"]).mask(is_copy | is_first, 1.0)
    return pd.DataFrame(
        {
            "record_id": members["record_id"],
            "paper_id": members["paper_id"],
            "matched_record_id": partner.mask(is_copy, first_of_node).mask(is_first, None),
            "decision": decision,
            "match_score": score.astype("float64"),
            "reason": reason.mask(is_first, "the first record of the paper"),
        }
    ).reset_index(drop=True)
