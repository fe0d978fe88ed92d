"""Clustering: accepted pairs become papers.

Data flow: signatures, accepted pairs with their log-odds, links by people -> a paper_id a node.

A pure function of nodes and pairs: neither the order of arrival nor what was clustered before can
matter. Nodes that are connected are one paper, unless that would hold together what contradicts
itself: two arXiv ids, titles with numbers that exclude each other, or records that people keep
apart. Then the pairs of that component are followed from the strongest on, and those that would
join a contradiction are left out. Which field values a paper shows belongs in survivorship.py.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from paper_pipeline.dedup.candidates import distinct, pack
from paper_pipeline.dedup.matching import CERTAIN
from paper_pipeline.dedup.signatures import Signatures, order_keys, take_strings
from paper_pipeline.dedup.titles import Facts, find_facts, find_facts_conflict

SAME_ARXIV_ID, MUST_LINK = 2 * CERTAIN, 3 * CERTAIN
NO_PAIRS = np.empty((0, 2), np.int64)


def cluster_nodes(
    signatures: Signatures,
    pairs: np.ndarray,
    log_odds: np.ndarray,
    must_link: np.ndarray = NO_PAIRS,
    cannot_link: np.ndarray = NO_PAIRS,
) -> np.ndarray:
    """Parts nodes into papers.

    Args:
        signatures: Signatures of n nodes; with a node, all it is connected with.
        pairs: (p, 2) places of accepted pairs.
        log_odds: (p,) of them.
        must_link, cannot_link: (m, 2) places that people join or keep apart.

    Returns:
        (n,) for every node the place of the node with the smallest key in its paper.
    """
    n = len(signatures)
    same = pairs_of_one_id(signatures)
    edges = np.concatenate([pairs, same, must_link]).astype(np.int64)
    strengths = np.concatenate(
        [log_odds, np.full(len(same), SAME_ARXIV_ID), np.full(len(must_link), MUST_LINK)]
    )
    label = label_components(n, edges)
    contested = _find_contested(signatures, label, cannot_link)
    if len(contested):
        inside = np.isin(label[edges[:, 0]], contested)
        kept = _follow_strongest(
            signatures, edges[inside], strengths[inside], cannot_link, np.isin(label, contested)
        )
        label = label_components(n, np.concatenate([edges[~inside], kept]))
    order = order_keys(signatures.node_keys)
    heads = np.zeros(label.max() + 1 if n else 0, np.int64)
    heads[label[order[::-1]]] = order[::-1]
    return heads[label]


def name_papers(signatures: Signatures, heads: np.ndarray) -> list[str]:
    """The paper_id of every node.

    Returns:
        `arxiv:` and the arXiv id of the paper; or `paper:` and the smallest key of its nodes, also
        where people part the records of one arXiv id, for all parts but the one with the smallest
        key.
    """
    ids = signatures.arxiv_ids.to_pylist()
    keys = signatures.node_keys
    id_of_head: dict[int, str] = {}
    for place, head in enumerate(heads.tolist()):
        if ids[place] is not None:
            id_of_head.setdefault(head, ids[place])
    owner: dict[str, int] = {}
    for head, arxiv_id in id_of_head.items():
        if arxiv_id not in owner or keys[head] < keys[owner[arxiv_id]]:
            owner[arxiv_id] = head
    names = {
        head: f"arxiv:{id_of_head[head]}"
        if head in id_of_head and owner[id_of_head[head]] == head
        else f"paper:{key_digits(signatures, head)}"
        for head in np.unique(heads).tolist()
    }
    return [names[head] for head in heads.tolist()]


def key_digits(signatures: Signatures, place: int) -> str:
    """A node's key as hexadecimal digits."""
    return signatures.rows["node_key"][place : place + 1].tobytes().hex()


def label_components(n: int, edges: np.ndarray) -> np.ndarray:
    """(n,) component numbers of a graph with the given (e, 2) edges."""
    from paper_pipeline.dedup import kernels

    left, right = (np.ascontiguousarray(edges[:, side], np.int64) for side in (0, 1))
    labels = np.empty(n, np.int64)
    kernels.label_components(left, right, labels)
    return labels


def pairs_of_one_id(signatures: Signatures) -> np.ndarray:
    """(p, 2) places that hold the same arXiv id together, each with the next by node key."""
    codes = signatures.arxiv_codes
    held = np.flatnonzero(codes > 0)
    order = held[np.lexsort((signatures.node_keys[held], codes[held]))]
    same = codes[order][1:] == codes[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _find_contested(
    signatures: Signatures, label: np.ndarray, cannot_link: np.ndarray
) -> np.ndarray:
    """Components that may hold a contradiction."""
    ours, theirs = label[cannot_link[:, 0]], label[cannot_link[:, 1]]
    contested = [ours[ours == theirs]]
    contested.append(_holding_several(label, signatures.arxiv_codes))
    # A pair was judged by its titles when it was accepted: only three can contradict one another.
    several = _holding_several(label, signatures.column("keys")[:, 0].astype(np.int64))
    several = several[np.bincount(label)[several] > 2]
    places = np.flatnonzero(np.isin(label, several))
    codes, numbers = np.zeros(len(label), np.int64), dict[Facts, int]()
    for place, title in zip(
        places, take_strings(signatures.titles, places).to_pylist(), strict=True
    ):
        codes[place] = numbers.setdefault(find_facts(title), len(numbers) + 1)
    contested.append(_holding_several(label, codes))
    return np.unique(np.concatenate(contested))


def _holding_several(label: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Components whose nodes have more than one code; 0 does not count."""
    held = np.flatnonzero(codes > 0)
    kinds = (distinct(pack(label[held], codes[held])) >> np.uint64(32)).astype(np.int64)
    return distinct(kinds[1:][kinds[1:] == kinds[:-1]])


def _follow_strongest(
    signatures: Signatures,
    edges: np.ndarray,
    strengths: np.ndarray,
    cannot_link: np.ndarray,
    is_contested: np.ndarray,
) -> np.ndarray:
    """The edges that join what may be joined, from the strongest on."""
    keys = signatures.node_keys
    swapped = keys[edges[:, 0]] > keys[edges[:, 1]]
    edges = np.where(swapped[:, None], edges[:, ::-1], edges)
    order = np.lexsort((keys[edges[:, 1]], keys[edges[:, 0]], -strengths))
    ids, titles = signatures.arxiv_ids, signatures.titles
    places = np.flatnonzero(is_contested).tolist()
    parent = {place: place for place in places}
    arxiv = {place: {ids[place].as_py()} - {None} for place in places}
    facts = {place: {find_facts(titles[place].as_py())} for place in places}
    apart: dict[int, set[int]] = {place: set() for place in places}
    for one, other in cannot_link.tolist():
        if one in apart and other in apart:
            apart[one].add(other)
            apart[other].add(one)
    inside = {place: {place} for place in places}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    def contradict(a: int, b: int, strength: float) -> bool:
        if len(arxiv[a] | arxiv[b]) > 1 or apart[a] & inside[b]:
            return True
        if strength >= SAME_ARXIV_ID:  # people and identifiers outrank titles
            return False
        return any(find_facts_conflict(x, y) for x in facts[a] for y in facts[b])

    kept: list[tuple[int, int]] = []
    for edge in order.tolist():
        left, right = edges[edge].tolist()
        a, b = root(left), root(right)
        if a == b or contradict(a, b, float(strengths[edge])):
            continue
        if len(inside[a]) < len(inside[b]):
            a, b = b, a
        parent[b] = a
        for held in (arxiv, facts, apart, inside):
            _absorb(held, a, b)
        kept.append((left, right))
    return np.array(kept, np.int64).reshape(-1, 2)


def _absorb(held: dict[int, set[Any]], into: int, from_: int) -> None:
    held[into] |= held.pop(from_)


def pairs_among(groups: Iterable[np.ndarray]) -> np.ndarray:
    """(p, 2) each first member of a group with every other."""
    found = [
        np.stack([np.full(len(group) - 1, group[0]), group[1:]], axis=1)
        for group in groups
        if len(group) > 1
    ]
    return np.concatenate([*found, NO_PAIRS]).astype(np.int64)
