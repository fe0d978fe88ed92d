"""The engine: takes in records, gives out the papers they touch.

Data flow: signatures of new records, ids of gone ones, corrections -> Update (nodes, pairs, papers)
-> the match index.

All state is in index.py; planning an update only reads it, so that what follows from a batch can be
stored elsewhere first. A batch leads to what the set of all records leads to: a full build is one
batch into an empty index.
"""

import logging
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from paper_pipeline.dedup.candidates import (
    MOST_NODES_A_KEY,
    distinct,
    group_entries,
    list_entries,
    pack,
    pairs_within,
)
from paper_pipeline.dedup.clustering import NO_PAIRS, cluster_nodes, name_papers, pairs_among
from paper_pipeline.dedup.index import (
    ARXIV,
    BLOCK,
    COMMON,
    EDGE,
    EDGES,
    MEMBERS,
    NODE,
    NODE_OF_KEY,
    PAPER,
    RECORD,
    IndexUnusableError,
    MatchIndex,
    State,
    pack_signatures,
    split,
)
from paper_pipeline.dedup.matching import decide_pairs
from paper_pipeline.dedup.signatures import Signatures
from paper_pipeline.rulings.corrections import NONE, Corrections

log = logging.getLogger(__name__)
# Pairs judged at once: bounds memory, and shares the work between threads.
PAIRS_PER_CHUNK = 50_000
NO_NODES = np.empty(0, np.int64)


@dataclass(frozen=True)
class Batch:
    """Records to take in: their signatures, and their ids in the same order."""

    signatures: Signatures
    record_ids: Sequence[str]


@dataclass(frozen=True)
class Update:
    """What follows from a batch, for all t nodes it touches.

    Attributes:
        signatures: Of the touched nodes that are left.
        numbers: (t,) their node numbers, rising.
        heads: (t,) for every node the place of the first node of its paper.
        pairs: (p, 2) places of the accepted pairs among them.
        log_odds: (p,) of them.
        state: State of the index afterwards.
    """

    signatures: Signatures
    numbers: np.ndarray
    heads: np.ndarray
    pairs: np.ndarray
    log_odds: np.ndarray
    state: State
    _nodes: "_Nodes"
    _blocks: "_Blocks"
    _edges: "_Edges"

    @cached_property
    def paper_ids(self) -> list[str]:
        """The paper_id of every node."""
        return name_papers(self.signatures, self.heads)

    @property
    def record_labels(self) -> np.ndarray:
        """(r,) for every record of the batch a number that all records of its paper have."""
        places = np.searchsorted(self.numbers, self._nodes.record_nodes)
        return self.numbers[self.heads[places]]

    @cached_property
    def node_keys(self) -> list[str]:
        """The key of every node, as hexadecimal digits."""
        return [key.hex() for key in split(self.signatures.node_keys)]

    @property
    def gone_node_keys(self) -> list[str]:
        """The keys of nodes that are no more."""
        return [key.hex() for key in split(self._nodes.gone_signatures.node_keys)]

    @cached_property
    def members(self) -> list[list[str]]:
        """The ids of the records of every node, sorted."""
        return self._nodes.members(self.numbers)

    def entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What to write to the index, kind by kind in the order of the keys."""
        nodes = self._nodes
        yield from nodes.arxiv_entries()
        yield from self._edges.entries()
        new_keys = split(nodes.new.node_keys)
        new_numbers = split(nodes.new_numbers.astype("<u4"))
        for node_key in split(nodes.gone_signatures.node_keys):
            yield NODE_OF_KEY + node_key, None
        for node_key, number in zip(new_keys, new_numbers, strict=True):
            yield NODE_OF_KEY + node_key, number
        yield from self._blocks.entries()
        gone = split(nodes.gone.astype(">u4"))
        changed = nodes.changed_members()
        for number, ids in zip(split(changed.astype(">u4")), nodes.members(changed), strict=True):
            yield MEMBERS + number, "\n".join(ids).encode()
        yield from ((MEMBERS + number, None) for number in gone)
        packed = pack_signatures(nodes.new)
        for number, value in zip(split(nodes.new_numbers.astype(">u4")), packed, strict=True):
            yield NODE + number, value
        yield from ((NODE + number, None) for number in gone)
        heads = split(self.numbers[self.heads].astype("<u4"))
        for number, head in zip(split(self.numbers.astype(">u4")), heads, strict=True):
            yield PAPER + number, head
        yield from ((PAPER + number, None) for number in gone)
        yield from nodes.record_entries()


def plan_update(
    index: MatchIndex,
    batch: Batch,
    gone: Sequence[str] = (),
    corrections: Corrections = NONE,
) -> Update:
    """Works out what a batch leads to.

    Args:
        index: What is known so far; it is only read.
        batch: New and changed records.
        gone: Ids of records that are no more.
        corrections: Those in force. Papers of which they say otherwise than before are touched.
    """
    nodes = _Nodes(index, batch, gone)
    blocks = _Blocks(index, nodes)
    edges = _Edges(index, nodes, *_judge(nodes, blocks.candidates()))
    edges.drop(blocks.find_unsupported(edges))
    links = _Links(index, nodes, corrections)
    touched = _find_touched(index, nodes, edges, links)
    signatures = nodes.signatures(touched)
    pairs, log_odds = edges.among(touched)
    pairs = np.searchsorted(touched, pairs)
    must_link, cannot_link = (
        np.searchsorted(touched, linked[np.isin(linked, touched).all(axis=1)])
        for linked in (links.must, links.cannot)
    )
    heads = cluster_nodes(signatures, pairs, log_odds, must_link, cannot_link)
    before = index.state
    state = replace(
        before,
        records=before.records + nodes.record_gain,
        nodes=before.nodes + len(nodes.new_numbers) - len(nodes.gone),
        next_node=before.next_node + len(nodes.new_numbers),
        corrections=corrections.to_json(),
    )
    log.info(
        "%d records make %d new nodes and touch %d",
        len(batch.record_ids),
        len(nodes.new),
        len(touched),
    )
    return Update(signatures, touched, heads, pairs, log_odds, state, nodes, blocks, edges)


class _Nodes:
    """Which nodes come, stay and go, and all signatures that were needed so far."""

    def __init__(self, index: MatchIndex, batch: Batch, gone: Sequence[str]):
        self.index = index
        self.record_ids = batch.record_ids
        keys, first, inverse = np.unique(
            batch.signatures.node_keys, return_index=True, return_inverse=True
        )
        numbers = index.find_nodes(keys)
        is_new = numbers < 0
        self.first_new = index.state.next_node
        self.new_numbers = np.arange(self.first_new, self.first_new + int(is_new.sum()))
        numbers[is_new] = self.new_numbers
        self.new = batch.signatures.take(first[is_new])
        # (r,) the node of every record, now and before.
        self.record_nodes = numbers[inverse]
        self.old_record_nodes = index.find_nodes_of_records(batch.record_ids)
        self.gone_ids = list(gone)
        self.gone_record_nodes = index.find_nodes_of_records(self.gone_ids)
        known = self.gone_record_nodes >= 0
        self.record_gain = int((self.old_record_nodes < 0).sum() - known.sum())
        # Old nodes whose records change, and all records they will have.
        moved = (self.old_record_nodes >= 0) & (self.old_record_nodes != self.record_nodes)
        left = np.concatenate([self.old_record_nodes[moved], self.gone_record_nodes[known]])
        joined = self.record_nodes[self.record_nodes < self.first_new]
        self._changed = np.union1d(left, joined[~np.isin(joined, left)])
        self._old_members = {
            number: set(ids)
            for number, ids in zip(
                self._changed.tolist(), index.read_members(self._changed), strict=True
            )
        }
        for place in np.flatnonzero(moved).tolist():
            self._old_members[int(self.old_record_nodes[place])].discard(batch.record_ids[place])
        for record_id, number in zip(self.gone_ids, self.gone_record_nodes.tolist(), strict=True):
            if number >= 0:
                self._old_members[number].discard(record_id)
        for place in np.flatnonzero(self.record_nodes < self.first_new).tolist():
            self._old_members[int(self.record_nodes[place])].add(batch.record_ids[place])
        self.gone = np.array(
            sorted(number for number, ids in self._old_members.items() if not ids), np.int64
        )
        self._numbers, self._signatures = self.new_numbers, self.new
        self._order = np.arange(len(self._numbers))
        self.gone_signatures = self.signatures(self.gone)

    @cached_property
    def arxiv_nodes(self) -> dict[str, list[int]]:
        """The nodes of every arXiv id that new nodes carry, or gone nodes did."""
        new, lost = self.new.arxiv_ids.to_pylist(), self.gone_signatures.arxiv_ids.to_pylist()
        ids = sorted({arxiv_id for arxiv_id in (*new, *lost) if arxiv_id is not None})
        gone = set(self.gone.tolist())
        nodes = {
            arxiv_id: [number for number in held.tolist() if number not in gone]
            for arxiv_id, held in zip(ids, self.index.find_arxiv_nodes(ids), strict=True)
        }
        for arxiv_id, number in zip(new, self.new_numbers.tolist(), strict=True):
            if arxiv_id is not None:
                nodes[arxiv_id].append(number)
        return nodes

    def arxiv_entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries of the index that say which nodes carry an arXiv id."""
        for arxiv_id, numbers in self.arxiv_nodes.items():
            packed = np.array(numbers, "<u4").tobytes()
            yield ARXIV + arxiv_id.encode(), packed or None

    def record_entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries of the index that say which node a record belongs to."""
        order = sorted(range(len(self.record_ids)), key=self.record_ids.__getitem__)
        numbers = split(self.record_nodes.astype("<u4"))
        for place in order:
            yield RECORD + self.record_ids[place].encode(), numbers[place]
        for record_id in self.gone_ids:
            yield RECORD + record_id.encode(), None

    def changed_members(self) -> np.ndarray:
        """Nodes that are left and whose records are others now."""
        return np.concatenate([np.setdiff1d(self._changed, self.gone), self.new_numbers])

    @cached_property
    def seeds(self) -> np.ndarray:
        """Nodes whose papers have to be found again, unless they are gone."""
        return distinct(np.concatenate([self.record_nodes, self.changed_members()]))

    def members(self, numbers: np.ndarray) -> list[list[str]]:
        """The ids of the records of nodes, as they will be."""
        old = [n for n in numbers.tolist() if n < self.first_new and n not in self._old_members]
        read = dict(zip(old, self.index.read_members(np.array(old, np.int64)), strict=True))
        return [
            self._new_members[number]
            if number >= self.first_new
            else sorted(self._old_members.get(number) or read[number])
            for number in numbers.tolist()
        ]

    @cached_property
    def _new_members(self) -> dict[int, list[str]]:
        found: dict[int, set[str]] = {number: set() for number in self.new_numbers.tolist()}
        for record_id, number in zip(self.record_ids, self.record_nodes.tolist(), strict=True):
            if number >= self.first_new:
                found[number].add(record_id)
        return {number: sorted(ids) for number, ids in found.items()}

    def signatures(self, numbers: np.ndarray) -> Signatures:
        """The signatures of nodes."""
        if len(numbers) == len(self.new_numbers) and np.array_equal(numbers, self.new_numbers):
            return self.new
        places = self.places(numbers)
        return self._signatures.take(places)

    def places(self, numbers: np.ndarray) -> np.ndarray:
        """The places of nodes in `loaded`, where they are put when missing."""
        old = distinct(numbers[numbers < self.first_new])
        missing = old[~np.isin(old, self._numbers)] if len(old) else old
        if len(missing):
            self._signatures = Signatures.concat(
                [self._signatures, self.index.read_signatures(missing)]
            )
            self._numbers = np.concatenate([self._numbers, missing])
            self._order = np.argsort(self._numbers)
        if len(self._numbers) == len(self.new_numbers):
            return numbers - self.first_new
        return self._order[np.searchsorted(self._numbers, numbers, sorter=self._order)]

    @property
    def loaded(self) -> Signatures:
        """All signatures in memory."""
        return self._signatures


class _Blocks:
    """The block keys that new and gone nodes hold, and who else holds them."""

    def __init__(self, index: MatchIndex, nodes: _Nodes):
        self.index, self.nodes = index, nodes
        entries = list_entries(nodes.new.rows["keys"], nodes.new_numbers)
        new = group_entries(entries)
        gone = group_entries(list_entries(nodes.gone_signatures.rows["keys"], nodes.gone))
        self.keys = distinct(np.concatenate([new.keys, gone.keys])) if len(gone.keys) else new.keys
        self.before, places, holders = index.find_holders(self.keys)
        self.after = self.before + new.count(self.keys) - gone.count(self.keys)
        # Keys that were too common to be listed, and are rare again.
        self.is_revived = (self.before > MOST_NODES_A_KEY) & (self.after <= MOST_NODES_A_KEY)
        held_keys = self.keys[places]
        if self.is_revived.any():
            found_keys, found = index.find_holders_by_scan(self.keys[self.is_revived])
            held_keys = np.concatenate([held_keys, found_keys])
            holders = np.concatenate([holders, found])
        if len(holders):
            stays = ~np.isin(holders, nodes.gone)
            held = pack(held_keys[stays], holders[stays])
            new = group_entries(np.concatenate([held, entries]))
        self.holders = new.nodes
        self.starts, self.ends = new.find(self.keys)

    @cached_property
    def is_new(self) -> np.ndarray:
        """For every holder whether it is a new node."""
        return self.holders >= self.nodes.first_new

    @cached_property
    def places(self) -> np.ndarray:
        """For every holder the place of its key."""
        return np.repeat(np.arange(len(self.keys)), self.ends - self.starts)

    def candidates(self) -> np.ndarray:
        """(p, 2) nodes that are a candidate pair now, and were none because of these keys."""
        is_seed = self.is_new
        if self.is_revived.any():
            is_seed = is_seed | self.is_revived[self.places]
        rare = (self.after <= MOST_NODES_A_KEY) & (self.ends - self.starts > 1)
        return pairs_within(self.starts[rare], self.ends[rare], self.holders, is_seed)

    def find_unsupported(self, edges: "_Edges") -> np.ndarray:
        """(p, 2) accepted pairs of old nodes that share no key any more that is rare enough."""
        crossed = (self.before <= MOST_NODES_A_KEY) & (self.after > MOST_NODES_A_KEY)
        crossed &= self.before > 1
        if not crossed.any():
            return NO_PAIRS
        inside = crossed[self.places] & ~self.is_new
        places, holders = self.places[inside], self.holders[inside]
        groups = np.flatnonzero(crossed)
        suspects = pairs_within(
            np.searchsorted(places, groups),
            np.searchsorted(places, groups, side="right"),
            holders,
            np.ones(len(holders), bool),
        )
        suspects = edges.existing(suspects)
        if not len(suspects):
            return NO_PAIRS
        loaded = [self.nodes.places(suspects[:, side]) for side in (0, 1)]
        left, right = (self.nodes.loaded.rows["keys"][place] for place in loaded)
        shared = (left[:, :, None] == right[:, None, :]).any(axis=2) & (left > 0)
        keys = np.unique(left[shared])
        counts = self._count(keys)
        supported = shared & (
            counts[np.searchsorted(keys, np.where(shared, left, keys[0]))] <= MOST_NODES_A_KEY
        )
        return suspects[~supported.any(axis=1)]

    def _count(self, keys: np.ndarray) -> np.ndarray:
        """How many nodes hold keys, as it will be."""
        counts = self.index.find_holders(keys)[0]
        places = np.searchsorted(self.keys, keys)
        known = places < len(self.keys)
        known[known] = self.keys[places[known]] == keys[known]
        counts[known] = self.after[places[known]]
        return counts

    def entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries of the index that say who holds a key."""
        packed = self.holders.astype("<u4").tobytes()
        for key, count, start, end in zip(
            split(self.keys.astype(">u4")),
            self.after.tolist(),
            (4 * self.starts).tolist(),
            (4 * self.ends).tolist(),
            strict=True,
        ):
            if count > MOST_NODES_A_KEY:
                yield BLOCK + key, np.array([COMMON, count], "<u4").tobytes()
            else:
                yield BLOCK + key, packed[start:end] or None


def _judge(nodes: _Nodes, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The accepted ones among candidate pairs, and their log-odds."""
    left, right = nodes.places(pairs[:, 0]), nodes.places(pairs[:, 1])
    signatures = nodes.loaded

    def judge(start: int) -> tuple[np.ndarray, np.ndarray]:
        chunk = slice(start, start + PAIRS_PER_CHUNK)
        decisions = decide_pairs(signatures, left[chunk], right[chunk])
        found = np.flatnonzero(decisions.is_match)
        return found + start, decisions.log_odds[found].astype(np.float32)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        judged = list(pool.map(judge, range(0, len(pairs), PAIRS_PER_CHUNK)))
    kept = [np.empty(0, np.int64), *(found for found, _ in judged)]
    strengths = [np.empty(0, np.float32), *(log_odds for _, log_odds in judged)]
    return pairs[np.concatenate(kept)], np.concatenate(strengths)


class _Edges:
    """Accepted pairs: those of the index, less those that fall away, and the new ones."""

    def __init__(self, index: MatchIndex, nodes: _Nodes, pairs: np.ndarray, log_odds: np.ndarray):
        self.index, self.nodes = index, nodes
        self._read: dict[int, np.ndarray] = {}
        self._dropped: set[tuple[int, int]] = set()
        old = self.existing(pairs)  # a pair that was revived may have had another key in common
        fresh = ~np.isin(pack_pairs(pairs), pack_pairs(old))
        self.pairs, self.log_odds = pairs[fresh], log_odds[fresh]
        for number, held in zip(nodes.gone.tolist(), self.of(nodes.gone), strict=True):
            self._dropped |= {_ordered(number, other) for other in held["node"].tolist()}

    def of(self, numbers: np.ndarray) -> list[np.ndarray]:
        """The pairs of nodes as the index has them, each as an array of EDGE."""
        missing = [n for n in numbers.tolist() if n not in self._read]
        found = self.index.read_edges(np.array(missing, np.int64))
        self._read.update(zip(missing, found, strict=True))
        return [self._read[n] for n in numbers.tolist()]

    def existing(self, pairs: np.ndarray) -> np.ndarray:
        """Those of the pairs that the index has."""
        pairs = pairs[pairs[:, 1] < self.nodes.first_new]
        lefts = np.unique(pairs[:, 0])
        held = dict(zip(lefts.tolist(), self.of(lefts), strict=True))
        is_held = [right in held[left]["node"] for left, right in pairs.tolist()]
        return pairs[np.array(is_held, bool)]

    def drop(self, pairs: np.ndarray) -> None:
        """Lets pairs of the index fall away."""
        self._dropped |= {(left, right) for left, right in pairs.tolist()}

    @property
    def changed_nodes(self) -> np.ndarray:
        """Nodes that are left and that gain or lose a pair."""
        dropped = np.array(sorted(self._dropped), np.int64).reshape(-1, 2)
        changed = np.unique(np.concatenate([self.pairs.ravel(), dropped.ravel()]))
        return np.setdiff1d(changed, self.nodes.gone)

    @cached_property
    def _gained(self) -> dict[int, list[tuple[int, float]]]:
        gained: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for (left, right), log_odds in zip(
            self.pairs.tolist(), self.log_odds.tolist(), strict=True
        ):
            gained[left].append((right, log_odds))
            gained[right].append((left, log_odds))
        return gained

    def now(self, number: int) -> list[tuple[int, float]]:
        """The pairs of a node as they will be: the other node and the log-odds."""
        if number not in self._read and number < self.nodes.first_new:
            self.of(np.array([number]))
        held: list[tuple[int, float]] = self._read[number].tolist() if number in self._read else []
        kept = [edge for edge in held if _ordered(number, edge[0]) not in self._dropped]
        return kept + self._gained.get(number, [])

    def among(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(p, 2) pairs of nodes and their log-odds; of any node, its pairs are all among them."""
        old = numbers[numbers < self.nodes.first_new]
        held = self.of(old)
        left = np.repeat(old, [len(edges) for edges in held])
        edges = np.concatenate([*held, np.empty(0, EDGE)])
        right = edges["node"].astype(np.int64)
        kept = left < right
        if self._dropped:
            gone = np.array(sorted(self._dropped), np.int64)
            kept &= ~np.isin(pack_pairs(np.stack([left, right], axis=1)), pack_pairs(gone))
        pairs = np.concatenate([np.stack([left, right], axis=1)[kept], self.pairs])
        return pairs, np.concatenate([edges["log_odds"][kept], self.log_odds])

    def entries(self) -> Iterator[tuple[bytes, bytes | None]]:
        """Entries of the index that hold the pairs of a node."""
        changed = self.changed_nodes
        for number, key in zip(changed.tolist(), split(changed.astype(">u4")), strict=True):
            yield EDGES + key, np.array(sorted(self.now(number)), EDGE).tobytes() or None
        for key in split(self.nodes.gone.astype(">u4")):
            yield EDGES + key, None


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def pack_pairs(pairs: np.ndarray) -> np.ndarray:
    """Each pair as one number."""
    return pack(pairs[:, 0], pairs[:, 1])


class _Links:
    """What people say, as pairs of nodes."""

    def __init__(self, index: MatchIndex, nodes: _Nodes, corrections: Corrections):
        try:
            changed = corrections.changed_subjects(index.state.corrections)
        except (AttributeError, TypeError, ValueError) as error:
            raise IndexUnusableError(
                f"{index.folder}: its corrections cannot be read: {error!r}"
            ) from error
        subjects = sorted(corrections.subjects | changed)
        held = dict(zip(subjects, resolve_subjects(index, nodes, subjects), strict=True))
        # Those of links also where the file is as it was: what a record that has gone held
        # together falls apart.
        linked = {
            s for link in (*corrections.must_link, *corrections.cannot_link) for s in link.subjects
        }
        touched = sorted(linked | changed)
        self.named = np.unique(np.concatenate([NO_NODES, *(held[s] for s in touched)]))
        self.must = pairs_among(
            nodes_by_key(nodes, np.concatenate([held[subject] for subject in link.subjects]))
            for link in corrections.must_link
        )
        apart = [
            np.stack(np.meshgrid(held[one], held[other]), axis=-1).reshape(-1, 2)
            for link in corrections.cannot_link
            for place, one in enumerate(link.subjects)
            for other in link.subjects[place + 1 :]
        ]
        cannot = np.concatenate([NO_PAIRS, *apart])
        self.cannot = cannot[cannot[:, 0] != cannot[:, 1]]


def nodes_by_key(nodes: _Nodes, numbers: np.ndarray) -> np.ndarray:
    """Nodes, each once, by their keys: an order that does not depend on who came first."""
    numbers = np.unique(numbers)
    return numbers[np.argsort(nodes.signatures(numbers).node_keys, kind="stable")]


def resolve_subjects(index: MatchIndex, nodes: _Nodes, subjects: Sequence[str]) -> list[np.ndarray]:
    """The nodes that each subject of a correction means, as they will be."""
    found: list[np.ndarray] = []
    records = (
        dict(zip(nodes.record_ids, nodes.record_nodes.tolist(), strict=True)) if subjects else {}
    )
    gone_ids = set(nodes.gone_ids)
    new_keys = nodes.new.node_keys
    for subject in subjects:
        kind, _, name = subject.partition(":")
        if kind == "arxiv":
            old = index.find_arxiv_nodes([name])[0].astype(np.int64)
            held = np.array(nodes.arxiv_nodes.get(name, old), np.int64)
        elif kind == "paper":
            key = np.frombuffer(bytes.fromhex(name), new_keys.dtype)
            place = np.searchsorted(new_keys, key)[0]
            if place < len(new_keys) and new_keys[place] == key[0]:
                held = nodes.new_numbers[place : place + 1]
            else:
                held = index.find_nodes(key)
        elif subject in records:
            held = np.array([records[subject]])
        elif subject in gone_ids:
            held = NO_NODES
        else:
            held = index.find_nodes_of_records([subject])
        found.append(np.setdiff1d(held[held >= 0], nodes.gone).astype(np.int64))
    return found


def _find_touched(index: MatchIndex, nodes: _Nodes, edges: _Edges, links: _Links) -> np.ndarray:
    """All nodes that are left and connected with what changed, rising."""
    if index.state.nodes == 0:
        return nodes.new_numbers
    lost_ids = nodes.gone_signatures.arxiv_ids.to_pylist()
    mates = [nodes.arxiv_nodes[arxiv_id] for arxiv_id in lost_ids if arxiv_id is not None]
    frontier = set(np.concatenate([nodes.seeds, edges.changed_nodes, links.named]).tolist())
    frontier = frontier.union(*mates) - set(nodes.gone.tolist())
    linked: dict[int, set[int]] = defaultdict(set)
    for one, other in links.must.tolist():
        linked[one].add(other)
        linked[other].add(one)
    touched: set[int] = set()
    while frontier:
        touched |= frontier
        numbers = np.array(sorted(frontier), np.int64)
        ids = nodes.signatures(numbers).arxiv_ids.drop_null().unique().to_pylist()
        unread = [arxiv_id for arxiv_id in ids if arxiv_id not in nodes.arxiv_nodes]
        found = {n for arxiv_id in ids for n in nodes.arxiv_nodes.get(arxiv_id, ())}
        found = found.union(*(held.tolist() for held in index.find_arxiv_nodes(unread)))
        edges.of(numbers[numbers < nodes.first_new])
        for number in numbers.tolist():
            found |= linked.get(number, set())
            found.update(other for other, _ in edges.now(number))
        frontier = found - touched
    return np.array(sorted(touched), np.int64)
