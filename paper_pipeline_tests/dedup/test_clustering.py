"""Clustering: papers follow from nodes and pairs alone, and never hold what excludes itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.dedup.clustering import cluster_nodes, name_papers
from paper_pipeline.dedup.signatures import Signatures
from paper_pipeline.dedup.titles import Facts, find_facts, find_facts_conflict
from paper_pipeline_tests.dedup.small_corpora import ARXIV_IDS, make_text, sign

Pair = tuple[int, int]
# Titles that do not exclude one another, and some that do.
TITLES = ("Rivers", "Rivers of Trees", "Rivers, Part 1", "Rivers, Part 2", "Comment on Rivers")


@dataclass(frozen=True)
class Node:
    title: str = TITLES[0]
    arxiv_id: str | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes, accepted pairs of them with their log-odds, and links by people."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, float], ...] = ()
    must: tuple[Pair, ...] = ()
    cannot: tuple[Pair, ...] = ()


@cache
def sign_nodes(nodes: tuple[Node, ...]) -> Signatures:
    """Nodes that differ in their texts, if in nothing else."""
    return sign(
        *(
            {"title": node.title, "arxiv_id": node.arxiv_id, "abstract": make_text(number)}
            for number, node in enumerate(nodes)
        )
    )


def as_places(pairs: Sequence[Pair]) -> np.ndarray:
    return np.array(pairs, np.int64).reshape(-1, 2)


def find_heads(graph: Graph, order: Sequence[int] | None = None) -> list[int]:
    """For every node the head of its paper, when nodes come in another order."""
    order = list(range(len(graph.nodes)) if order is None else order)
    place = {node: number for number, node in enumerate(order)}
    heads = cluster_nodes(
        sign_nodes(graph.nodes).take(np.array(order, np.int64)),
        as_places([(place[one], place[other]) for one, other, _ in graph.edges]),
        np.array([log_odds for _, _, log_odds in graph.edges], np.float32),
        as_places([(place[one], place[other]) for one, other in graph.must]),
        as_places([(place[one], place[other]) for one, other in graph.cannot]),
    )
    return [order[heads[place[node]]] for node in range(len(order))]


def find_papers(graph: Graph) -> set[frozenset[int]]:
    heads = find_heads(graph)
    return {frozenset(node for node, head in enumerate(heads) if head == one) for one in set(heads)}


def list_facts(graph: Graph) -> list[Facts]:
    return [find_facts(title) for title in sign_nodes(graph.nodes).titles.to_pylist()]


@st.composite
def draw_graph(
    draw: st.DrawFn, ids: Sequence[str | None] = (None, None, *ARXIV_IDS), most: int = 9
) -> Graph:
    """A graph with few log-odds, so that many edges are equally strong."""
    node = st.builds(Node, st.sampled_from(TITLES), st.sampled_from(ids))
    nodes = draw(st.lists(node, min_size=2, max_size=most))
    places = st.integers(0, len(nodes) - 1)
    pairs = st.tuples(places, places).filter(lambda pair: pair[0] < pair[1])
    edges = draw(st.lists(pairs, max_size=16, unique=True))
    log_odds = [draw(st.sampled_from([0.5, 1.0, 7.25])) for _ in edges]
    links = st.lists(pairs, max_size=2, unique=True).map(tuple)
    weighed = tuple((*pair, odds) for pair, odds in zip(edges, log_odds, strict=True))
    return Graph(tuple(nodes), weighed, draw(links), draw(links))


# -- the order of nothing matters


@settings(max_examples=100)
@given(graph=draw_graph(), chance=st.randoms(use_true_random=False))
def test_papers_do_not_depend_on_the_order_of_nodes_or_pairs(
    graph: Graph, chance: random.Random
) -> None:
    def shuffle(pairs: Sequence) -> tuple:
        turned = [
            (pair[1], pair[0], *pair[2:]) if chance.random() < 0.5 else pair for pair in pairs
        ]
        return tuple(chance.sample(turned, len(turned)))

    shuffled = Graph(graph.nodes, shuffle(graph.edges), shuffle(graph.must), shuffle(graph.cannot))
    order = chance.sample(range(len(graph.nodes)), len(graph.nodes))
    assert find_heads(shuffled, order) == find_heads(graph)


@settings(max_examples=60)
@given(graph=draw_graph(most=5), other=draw_graph(most=4))
def test_papers_do_not_depend_on_what_they_are_not_connected_with(
    graph: Graph, other: Graph
) -> None:
    """So that it is enough to cluster what a batch touches."""
    plain = tuple(Node(node.title) for node in other.nodes)
    count = len(graph.nodes)

    def move(pairs: Sequence) -> tuple:
        return tuple((pair[0] + count, pair[1] + count, *pair[2:]) for pair in pairs)

    joined = Graph(
        graph.nodes + plain,
        graph.edges + move(other.edges),
        graph.must + move(other.must),
        graph.cannot + move(other.cannot),
    )
    assert find_heads(joined)[:count] == find_heads(graph)


# -- what a paper may hold


@settings(max_examples=60)
@given(graph=draw_graph())
def test_a_paper_never_holds_two_arxiv_ids(graph: Graph) -> None:
    for paper in find_papers(graph):
        assert len({graph.nodes[node].arxiv_id for node in paper} - {None}) <= 1


@settings(max_examples=60)
@given(graph=draw_graph())
def test_what_people_part_is_parted(graph: Graph) -> None:
    heads = find_heads(graph)
    for one, other in graph.cannot:
        assert heads[one] != heads[other]


@settings(max_examples=60)
@given(graph=draw_graph(ids=[None, ARXIV_IDS[0]]))
def test_what_people_or_ids_join_is_joined_unless_people_part_it(graph: Graph) -> None:
    parted = Graph(graph.nodes, graph.edges, graph.must)
    heads = find_heads(parted)
    for one, other in graph.must:
        assert heads[one] == heads[other]
    same_id = {heads[n] for n, node in enumerate(graph.nodes) if node.arxiv_id}
    assert len(same_id) <= 1


@settings(max_examples=60)
@given(graph=draw_graph(ids=[None]))
def test_titles_that_exclude_one_another_are_joined_by_people_alone(graph: Graph) -> None:
    """The pairs given here are those of a judge who looked at titles, as the engine's is."""
    facts = list_facts(graph)
    edges = tuple(
        edge for edge in graph.edges if not find_facts_conflict(facts[edge[0]], facts[edge[1]])
    )
    for paper in find_papers(Graph(graph.nodes, edges, (), graph.cannot)):
        for one, other in permutations(paper, 2):
            assert not find_facts_conflict(facts[one], facts[other])


@settings(max_examples=60)
@given(graph=draw_graph())
def test_a_paper_is_connected_and_no_two_could_be_one(graph: Graph) -> None:
    heads = find_heads(graph)
    ids = [node.arxiv_id for node in graph.nodes]
    pairs = [(one, other) for one, other, _ in graph.edges] + list(graph.must)
    count = len(ids)
    same = [(i, j) for i in range(count) for j in range(i) if ids[i] and ids[i] == ids[j]]
    facts = list_facts(graph)
    for paper in find_papers(graph):
        reached, seen = {min(paper)}, set[int]()
        while reached != seen:
            seen = set(reached)
            reached |= {
                node for pair in pairs + same if seen & set(pair) for node in pair if node in paper
            }
        assert reached == paper
    for one, other in pairs:
        if heads[one] != heads[other]:
            ours, theirs = (
                {node for node in range(count) if heads[node] == heads[end]} for end in (one, other)
            )
            assert (
                len({ids[node] for node in ours | theirs} - {None}) > 1
                or any({*pair} & ours and {*pair} & theirs for pair in graph.cannot)
                or any(find_facts_conflict(facts[i], facts[j]) for i in ours for j in theirs)
            )


@settings(max_examples=60)
@given(graph=draw_graph())
def test_the_head_of_a_paper_has_its_smallest_key(graph: Graph) -> None:
    heads = find_heads(graph)
    keys = sign_nodes(graph.nodes).node_keys
    for node, head in enumerate(heads):
        assert keys[head] <= keys[node]
        assert heads[head] == head


# -- chains

CHAINS = [
    pytest.param(
        Graph((Node(), Node(), Node()), ((0, 1, 3.0), (1, 2, 2.0))),
        [{0, 1, 2}],
        id="nothing excludes anything",
    ),
    pytest.param(
        Graph(
            (Node(arxiv_id=ARXIV_IDS[0]), Node(), Node(arxiv_id=ARXIV_IDS[1])),
            ((0, 1, 3.0), (1, 2, 2.0)),
        ),
        [{0, 1}, {2}],
        id="two arXiv ids: the stronger pair holds",
    ),
    pytest.param(
        Graph((Node(TITLES[2]), Node(), Node(TITLES[3])), ((0, 1, 2.0), (1, 2, 3.0))),
        [{0}, {1, 2}],
        id="two parts: the stronger pair holds",
    ),
    pytest.param(
        Graph((Node(), Node(), Node()), ((0, 1, 3.0), (1, 2, 2.0)), cannot=((0, 2),)),
        [{0, 1}, {2}],
        id="parted by people: the stronger pair holds",
    ),
    pytest.param(
        Graph(
            (Node(arxiv_id=ARXIV_IDS[0]), Node(), Node(arxiv_id=ARXIV_IDS[1])),
            ((0, 1, 9.0),),
            must=((1, 2),),
        ),
        [{0}, {1, 2}],
        id="people are stronger than any pair",
    ),
    pytest.param(
        Graph((Node(TITLES[2]), Node(TITLES[3])), must=((0, 1),)),
        [{0, 1}],
        id="people may join two parts",
    ),
    pytest.param(
        Graph(
            (Node(TITLES[2], ARXIV_IDS[0]), Node(TITLES[3], ARXIV_IDS[0]), Node()),
            ((0, 2, 1.0),),
        ),
        [{0, 1, 2}],
        id="an arXiv id joins two parts",
    ),
    pytest.param(
        Graph((Node(), Node()), ((0, 1, 9.0),), must=((0, 1),), cannot=((0, 1),)),
        [{0}, {1}],
        id="what is joined and parted is parted",
    ),
    pytest.param(
        Graph(
            (
                Node(arxiv_id=ARXIV_IDS[0]),
                Node(arxiv_id=ARXIV_IDS[0]),
                Node(),
                Node(arxiv_id=ARXIV_IDS[1]),
            ),
            ((1, 2, 2.0), (2, 3, 5.0)),
        ),
        [{0, 1}, {2, 3}],
        id="the records of an arXiv id stay together",
    ),
    pytest.param(
        Graph(
            (Node(TITLES[2]), Node(), Node(TITLES[1]), Node(TITLES[3])),
            ((0, 1, 5.0), (1, 2, 4.0), (2, 3, 6.0)),
        ),
        [{0, 1}, {2, 3}],
        id="a chain breaks at its weakest pair",
    ),
]


@pytest.mark.parametrize(("graph", "expected"), CHAINS)
def test_how_a_chain_breaks(graph: Graph, expected: list[set[int]]) -> None:
    assert find_papers(graph) == {frozenset(paper) for paper in expected}
    count = len(graph.nodes)
    found = {tuple(find_heads(graph, order)) for order in permutations(range(count))}
    assert len(found) == 1


def test_ties_break_alike_in_every_order() -> None:
    """A ring of two ids and four nodes without, all pairs equally strong."""
    nodes = tuple(
        Node(arxiv_id=arxiv_id) for arxiv_id in (ARXIV_IDS[0], None, None, ARXIV_IDS[1], None, None)
    )
    ring = [(node, (node + 1) % 6) for node in range(6)]
    found = set()
    for turned in product((1, -1), repeat=6):
        pairs = (pair[::step] for pair, step in zip(ring, turned, strict=True))
        graph = Graph(nodes, tuple((one, other, 2.0) for one, other in pairs))
        found.add(tuple(find_heads(graph)))
        assert len(find_papers(graph)) == 2
    found |= {tuple(find_heads(graph, order)) for order in permutations(range(6))}
    assert len(found) == 1


def test_no_nodes_are_no_papers() -> None:
    assert find_papers(Graph(())) == set()
    assert name_papers(sign_nodes(()), np.array([], np.int64)) == []


# -- names


@settings(max_examples=60)
@given(graph=draw_graph())
def test_every_paper_has_a_name_of_its_own(graph: Graph) -> None:
    signatures, heads = sign_nodes(graph.nodes), find_heads(graph)
    names = name_papers(signatures, np.array(heads, np.int64))
    assert len(set(zip(names, heads, strict=True))) == len(set(names)) == len(set(heads))
    for node, name in enumerate(names):
        kind, _, said = name.partition(":")
        held = {graph.nodes[n].arxiv_id for n, head in enumerate(heads) if head == heads[node]}
        if kind == "arxiv":
            assert said in held
        else:
            row = signatures.rows["node_key"][heads[node] : heads[node] + 1]
            assert (kind, said) == ("paper", row.tobytes().hex())
    named = {name.partition(":")[2] for name in names if name.startswith("arxiv:")}
    assert named == {node.arxiv_id for node in graph.nodes} - {None}


def test_of_the_parts_of_an_arxiv_id_the_one_with_the_smallest_key_is_named_after_it() -> None:
    nodes = tuple(Node(arxiv_id=ARXIV_IDS[0]) for _ in range(3))
    graph = Graph(nodes, cannot=((0, 1), (1, 2), (0, 2)))
    signatures, heads = sign_nodes(nodes), find_heads(graph)
    names = name_papers(signatures, np.array(heads, np.int64))
    smallest = int(np.argmin(signatures.node_keys))
    assert heads == [0, 1, 2]
    assert [n for n, name in enumerate(names) if name.startswith("arxiv:")] == [smallest]
