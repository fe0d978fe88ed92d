"""Candidates: which pairs of nodes are worth judging.

Data flow: the nodes that hold each block key -> candidate pairs.

Two nodes are a candidate pair when they share a block key that at most MOST_NODES_A_KEY nodes hold.
This is a property of the set of nodes, not of the order in which they came: a key that has become
too common gives no pair any more, and one that is rare again gives its pairs back.
"""

from dataclasses import dataclass

import numpy as np

MOST_NODES_A_KEY = 24


@dataclass(frozen=True)
class Groups:
    """Nodes by block keys.

    Attributes:
        keys: (g,) the keys, rising, each once.
        bounds: (g + 1,) where the nodes of each begin in `nodes`, and where the last ends.
        nodes: (e,) node numbers, rising within a group.
    """

    keys: np.ndarray
    bounds: np.ndarray
    nodes: np.ndarray

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where in `nodes` those of keys begin and end; all keys of the groups are among them."""
        if len(keys) == len(self.keys):
            return self.bounds[:-1], self.bounds[1:]
        first = np.searchsorted(self.keys, keys)
        return self.bounds[first], self.bounds[np.searchsorted(self.keys, keys, side="right")]

    def count(self, keys: np.ndarray) -> np.ndarray:
        """How many nodes hold each of the keys."""
        starts, ends = self.find(keys)
        return ends - starts


def list_entries(keys: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """(e,) entries: each block key of each node, 0 left out, the key in the upper half.

    Args:
        keys: (n, k) block keys, 0 for none.
        nodes: (n,) node numbers.
    """
    from paper_pipeline.dedup import kernels

    entries = np.empty(keys.size, np.uint64)
    count = kernels.list_keys(
        np.ascontiguousarray(keys), np.ascontiguousarray(nodes, np.uint32), entries
    )
    return entries[:count]


def group_entries(entries: np.ndarray) -> Groups:
    """Groups entries by their keys; sorts them in place."""
    from paper_pipeline.dedup import kernels

    entries.sort()
    size = len(entries)
    keys, nodes = np.empty(size, np.uint32), np.empty(size, np.uint32)
    bounds = np.empty(size + 1, np.int64)
    groups, count = kernels.group_keys(entries, keys, bounds, nodes)
    return Groups(keys[:groups], bounds[: groups + 1], nodes[:count])


def pack(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Two numbers below 2**32 as one, the first in its upper half."""
    return (upper.astype(np.uint64) << np.uint64(32)) | lower.astype(np.uint64)


def distinct(values: np.ndarray) -> np.ndarray:
    """Each value once, rising. np.unique hashes numbers, which takes ten times as long here."""
    ordered = np.sort(values)
    begins = np.ones(len(ordered), bool)
    begins[1:] = ordered[1:] != ordered[:-1]
    return ordered[begins]


def pairs_within(
    starts: np.ndarray, ends: np.ndarray, nodes: np.ndarray, is_seed: np.ndarray
) -> np.ndarray:
    """All pairs of nodes within groups that hold at least one seed.

    Args:
        starts, ends: (g,) where each group begins and ends in `nodes`.
        nodes: (e,) node numbers, group by group.
        is_seed: (e,) whether the node is new to the group.

    Returns:
        (p, 2) node numbers, the smaller first, sorted, each pair once.
    """
    from paper_pipeline.dedup import kernels

    arguments = (
        np.ascontiguousarray(starts, np.int64),
        np.ascontiguousarray(ends, np.int64),
        np.ascontiguousarray(nodes, np.uint32),
        np.ascontiguousarray(is_seed, np.bool_),
    )
    count = kernels.pair_groups(*arguments, np.empty(0, np.uint64))
    pairs = np.empty(count, np.uint64)
    kernels.pair_groups(*arguments, pairs)
    pairs = distinct(pairs)
    return np.stack([pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF)], axis=1).astype(
        np.int64
    )
