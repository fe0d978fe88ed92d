"""Matching: which records may be the same paper, and which are.

Data flow: signatures -> touched component -> candidate pairs -> match decisions.

Here on strong keys alone: the arXiv id, the normalised title, the normalised abstract. Near
duplicates will come through the same functions. Who ends up with whom belongs in clustering.py.
"""

from collections.abc import Callable, Sequence

import pandas as pd

from paper_pipeline.dedup.signatures import KEY_COLUMNS, block_keys

# How much a shared key says. The order matters more than the numbers: where decisions contradict
# one another (one title, two arXiv ids), the stronger is followed first.
SCORES = {"arxiv_id": 1.0, "text": 0.98, "title": 0.95}
REASONS = {
    "arxiv_id": "same arXiv id",
    "text": "same abstract once case, punctuation and spaces are folded",
    "title": "same title once case, punctuation and spaces are folded",
}

LookUp = Callable[[str, Sequence[str]], pd.DataFrame]


def touched_component(seeds: pd.DataFrame, look_up: LookUp) -> pd.DataFrame:
    """All records that the seeds are connected with through shared keys, directly or not.

    What becomes of a record depends on this component alone, so that computing it again from its
    members gives what a rebuild of everything would give.

    Args:
        seeds: Signatures of new and changed records.
        look_up: Given a column of record_signatures and values, the stored signatures that hold
            one of them.

    Returns:
        Signatures, the seeds first; a stored signature of a seed does not replace it.
    """
    component = seeds
    frontier = seeds
    asked: dict[str, set[str]] = {column: set() for column in KEY_COLUMNS}
    while len(frontier):
        found: list[pd.DataFrame] = []
        for column, known in asked.items():
            values = set(frontier[column].dropna()) - known
            known |= values
            if values:
                found.append(look_up(column, sorted(values)))
        if not found:
            break
        frontier = pd.concat(found, ignore_index=True).drop_duplicates("record_id")
        frontier = frontier[~frontier["record_id"].isin(component["record_id"])]
        component = pd.concat([component, frontier], ignore_index=True)
    return component


def candidate_pairs(keys: pd.DataFrame) -> pd.DataFrame:
    """Pairs of nodes that share a block key.

    A strong key makes all its nodes the same paper unless something speaks against it, so it is
    enough to pair each with the first: pairs grow with the nodes, not with their square.

    Args:
        keys: As block_keys returns them.

    Returns:
        Columns left, right (node keys, left < right) and kind, the strongest shared key's.
    """
    first = keys.groupby(["kind", "key"])["node_key"].transform("min")
    pairs = keys.assign(left=first, right=keys["node_key"])
    pairs = pairs.loc[pairs["left"] != pairs["right"], ["left", "right", "kind"]]
    pairs = pairs.assign(match_score=pairs["kind"].map(SCORES).astype("float64"))
    pairs = pairs.sort_values(["match_score", "left", "right"], ascending=[False, True, True])
    return pairs.drop_duplicates(["left", "right"])[["left", "right", "kind"]].reset_index(
        drop=True
    )


def decide_pairs(pairs: pd.DataFrame, signatures: pd.DataFrame) -> pd.DataFrame:
    """Judges candidate pairs.

    Args:
        pairs: As candidate_pairs returns them.
        signatures: Signatures that hold both nodes of every pair.

    Returns:
        The pairs with is_match, match_score (0 where rejected) and reason. Two different arXiv
        ids are two papers, whatever else they share.
    """
    arxiv_ids = signatures.drop_duplicates("node_key").set_index("node_key")["arxiv_id"]
    left, right = pairs["left"].map(arxiv_ids), pairs["right"].map(arxiv_ids)
    is_veto = left.notna() & right.notna() & (left != right)
    score = pairs["kind"].map(SCORES).astype("float64").where(~is_veto, 0.0)
    reason = pairs["kind"].map(REASONS).where(~is_veto, "two different arXiv ids")
    return pairs.assign(is_match=~is_veto, match_score=score, reason=reason)


def match_records(signatures: pd.DataFrame) -> pd.DataFrame:
    """Block keys, candidate pairs and decisions of a component in one go."""
    return decide_pairs(candidate_pairs(block_keys(signatures)), signatures)
