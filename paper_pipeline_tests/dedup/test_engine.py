"""The engine: whatever the order and the batches, the papers are those of one full build."""

import random
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.dedup.candidates import MOST_NODES_A_KEY
from paper_pipeline.dedup.engine import Batch, Update, plan_update
from paper_pipeline.dedup.index import MatchIndex, State
from paper_pipeline.rulings.corrections import NONE, Corrections, Link, Override
from paper_pipeline_tests.dedup.small_corpora import (
    ARXIV_IDS,
    CONTENTS,
    CORRECTIONS,
    PAIR,
    RECORD_IDS,
    Step,
    build,
    clear_index,
    draw_history,
    draw_places,
    keep_store,
    list_papers,
    make_batch,
    make_text,
    make_words,
    name_node,
    number_records,
    set_cap,
    sign,
    write_update,
)

store = pytest.fixture(scope="module")(keep_store)


@pytest.fixture(params=[MOST_NODES_A_KEY, 3, 2], ids="cap {}".format)
def cap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    set_cap(monkeypatch, request.param)
    return request.param


class Follower:
    """What the lake would say of papers after every update, and what records there are."""

    def __init__(self, index: MatchIndex):
        self.index = index
        clear_index(index)
        self.records: dict[str, int] = {}
        self.papers: dict[str, str] = {}

    def take(self, step: Step, corrections: Corrections = NONE) -> Update:
        """Takes a step into the index, as the increment does."""
        fresh = {record_id: place for record_id, place in step.items() if place is not None}
        gone = [i for i, place in step.items() if place is None and i in self.records]
        update = plan_update(self.index, make_batch(fresh), gone, corrections)
        told, before = list_papers(update), self.list_mates()
        assert set(fresh) <= set(told)
        assert told.keys().isdisjoint(gone)
        write_update(self.index, update)
        for record_id in gone:
            del self.records[record_id], self.papers[record_id]
        self.records |= fresh
        self.papers |= told
        for record_id, mates in self.list_mates().items():  # or its paper would not be made again
            assert record_id in told or mates == before[record_id]
        return update

    def list_mates(self) -> dict[str, set[str]]:
        """The records of the paper of every record."""
        papers: dict[str, set[str]] = {}
        for record_id, paper_id in self.papers.items():
            papers.setdefault(paper_id, set()).add(record_id)
        return {record_id: papers[paper_id] for record_id, paper_id in self.papers.items()}


def follow_rows(
    store: MatchIndex, *steps: tuple[dict[str, dict], Sequence[str], Corrections]
) -> tuple[dict[str, str], dict[str, str]]:
    """Takes steps (records by id, ids gone, corrections); the papers of all, and of a rebuild."""
    clear_index(store)
    records: dict[str, dict] = {}
    papers: dict[str, str] = {}
    corrections = NONE
    for fresh, gone, corrections in steps:
        update = plan_update(store, Batch(sign(*fresh.values()), [*fresh]), gone, corrections)
        write_update(store, update)
        for record_id in gone:
            del records[record_id], papers[record_id]
        records |= fresh
        papers |= list_papers(update)
    ids = sorted(records)
    batch = Batch(sign(*(records[record_id] for record_id in ids)), ids)
    return papers, list_papers(plan_update(MatchIndex(), batch, corrections=corrections))


def rows_batch(*rows: dict) -> Batch:
    return Batch(sign(*rows), [f"r{number}" for number in range(len(rows))])


def papers_of(*rows: dict, corrections: Corrections = NONE) -> list[int]:
    """For every record the first one of its paper."""
    labels = plan_update(MatchIndex(), rows_batch(*rows), corrections=corrections).record_labels
    return [labels.tolist().index(label) for label in labels.tolist()]


def link(kind: str, *subjects: str) -> Corrections:
    return Corrections((Link(f"{kind}_link", subjects, "reason", "author"),))


# -- incremental equals full


@settings(max_examples=35)
@given(history=draw_history())
def test_any_history_gives_the_papers_of_one_full_build(
    store: MatchIndex, cap: int, history: list[Step]
) -> None:
    follower = Follower(store)
    for step in history:
        follower.take(step)
        assert follower.papers == list_papers(build(follower.records))


@settings(max_examples=50)
@given(history=draw_history(), told=st.lists(CORRECTIONS, min_size=4, max_size=4))
def test_corrections_may_come_and_go_with_any_step(
    store: MatchIndex, history: list[Step], told: list[Corrections]
) -> None:
    follower = Follower(store)
    for step, corrections in zip(history, told, strict=False):
        follower.take(step, corrections)
        assert follower.papers == list_papers(build(follower.records, corrections))


@settings(max_examples=25)
@given(places=draw_places(len(RECORD_IDS)), told=st.lists(CORRECTIONS, min_size=1, max_size=2))
def test_corrections_may_come_and_go_without_new_records(
    store: MatchIndex, places: list[int], told: list[Corrections]
) -> None:
    follower = Follower(store)
    follower.take(dict(zip(RECORD_IDS, places, strict=False)))
    for corrections in (*told, NONE):
        follower.take({}, corrections)
        assert follower.papers == list_papers(build(follower.records, corrections))


@settings(max_examples=25)
@given(places=draw_places(24), chance=st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(
    cap: int, places: list[int], chance: random.Random
) -> None:
    records = number_records(places)
    shuffled = make_batch(dict(chance.sample([*records.items()], len(records))))
    assert list_papers(plan_update(MatchIndex(), shuffled)) == list_papers(build(records))


@settings(max_examples=25)
@given(places=draw_places(len(RECORD_IDS)), chance=st.randoms(use_true_random=False))
def test_one_by_one_in_any_order_is_like_all_at_once(
    store: MatchIndex, places: list[int], chance: random.Random
) -> None:
    records = dict(zip(RECORD_IDS, places, strict=False))
    follower = Follower(store)
    for record_id in chance.sample([*records], len(records)):
        follower.take({record_id: records[record_id]})
    assert follower.papers == list_papers(build(records))


# -- what always holds


@settings(max_examples=25)
@given(history=draw_history(), corrections=CORRECTIONS)
def test_every_record_is_counted_and_in_one_paper(
    store: MatchIndex, history: list[Step], corrections: Corrections
) -> None:
    follower = Follower(store)
    for step in history:
        update = follower.take(step, corrections)
        told = Counter(record_id for record_ids in update.members for record_id in record_ids)
        assert set(told.values()) <= {1}
        assert set(follower.papers) == set(follower.records)
        nodes = make_batch(follower.records).signatures.node_keys.tolist()
        assert store.state.records == len(follower.records)
        assert store.state.nodes == len(set(nodes))
        assert list(store.state.corrections) == corrections.to_json()


@settings(max_examples=25)
@given(places=draw_places(30), corrections=CORRECTIONS)
def test_a_paper_holds_one_arxiv_id_at_most_and_is_named_after_it(
    places: list[int], corrections: Corrections
) -> None:
    records = number_records(places)
    held: dict[str, set[str]] = {}
    for record_id, paper_id in list_papers(build(records, corrections)).items():
        arxiv_id = CONTENTS[records[record_id]].get("arxiv_id")
        held.setdefault(paper_id, set()).update([f"arxiv:{arxiv_id}"] if arxiv_id else [])
    for paper_id, names in held.items():
        assert len(names) <= 1
        assert paper_id.startswith("paper:") or names == {paper_id}
    named = {paper_id for paper_id in held if paper_id.startswith("arxiv:")}
    assert named == set().union(*held.values())


@settings(max_examples=25)
@given(
    places=draw_places(20),
    groups=st.lists(st.lists(st.integers(0, 19), min_size=2, max_size=3, unique=True), max_size=3),
)
def test_what_people_part_is_never_one_paper(places: list[int], groups: list[list[int]]) -> None:
    records = number_records(places)
    parted = [[f"{n:016x}:000000" for n in group if n < len(places)] for group in groups]
    groups = [tuple(group) for group in parted if len(group) > 1]
    links = tuple(Link("cannot_link", group, "reason", "author") for group in groups)
    papers = list_papers(build(records, Corrections(links)))
    keys = make_batch(records).signatures.node_keys.tolist()
    key_of = dict(zip(records, keys, strict=True))
    for one in links:
        held = {key_of[subject]: papers[subject] for subject in one.subjects}
        assert len(set(held.values())) == len(held)  # copies are one node, and cannot be parted


@settings(max_examples=25)
@given(places=draw_places(12), pair=st.lists(st.integers(0, 11), min_size=2, max_size=2))
def test_what_people_join_is_one_paper(places: list[int], pair: list[int]) -> None:
    one, other = (number % len(places) for number in pair)
    rows = [CONTENTS[place] | {"arxiv_id": None} for place in places]
    papers = papers_of(*rows, corrections=link("must", f"r{one}", f"r{other}", "unknown"))
    assert papers[one] == papers[other]


@settings(max_examples=30)
@given(places=draw_places(30))
def test_an_update_is_consistent_in_itself(places: list[int]) -> None:
    records = number_records(places)
    update = build(records)
    nodes = len(update.numbers)
    assert len(update.signatures) == len(update.heads) == len(update.members) == nodes
    assert (np.diff(update.numbers) > 0).all()
    assert (update.heads[update.heads] == update.heads).all()
    assert len(update.pairs) == len(update.log_odds)
    assert (update.log_odds > 0).all()
    assert (update.pairs[:, 0] != update.pairs[:, 1]).all()
    assert len({frozenset(pair) for pair in update.pairs.tolist()}) == len(update.pairs)
    told, labels = list_papers(update), update.record_labels.tolist()
    paper_of_label = dict(zip(labels, map(told.get, records), strict=True))
    assert [paper_of_label[label] for label in labels] == [told[i] for i in records]
    assert len(set(paper_of_label.values())) == len(paper_of_label)


# -- an update touches what changed, and no more


def test_nothing_new_touches_nothing(store: MatchIndex) -> None:
    follower = Follower(store)
    follower.take(dict(zip(RECORD_IDS, range(9), strict=True)))
    update = plan_update(store, make_batch({}))
    assert update.members == update.paper_ids == [*update.entries()] == []
    assert len(update.record_labels) == len(update.numbers) == 0
    assert update.state == store.state


def test_nothing_at_all_is_an_update_too() -> None:
    update = plan_update(MatchIndex(), make_batch({}))
    assert (update.members, [*update.entries()]) == ([], [])
    assert (update.state.records, update.state.nodes) == (0, 0)


def test_records_that_come_again_unchanged_change_nothing(store: MatchIndex) -> None:
    follower = Follower(store)
    step: Step = dict(zip(RECORD_IDS, range(9), strict=True))
    follower.take(step)
    papers, state = dict(follower.papers), store.state
    follower.take(step)
    assert (follower.papers, store.state) == (papers, state)


def test_a_copy_of_a_known_record_joins_its_node(store: MatchIndex) -> None:
    follower = Follower(store)
    follower.take({RECORD_IDS[0]: 4})
    update = follower.take({RECORD_IDS[1]: 4})
    assert update.members == [[RECORD_IDS[0], RECORD_IDS[1]]]
    assert (store.state.records, store.state.nodes) == (2, 1)


def test_papers_that_a_record_does_not_concern_are_left_alone(store: MatchIndex) -> None:
    clear_index(store)
    rows = [{"title": f"On {make_text(seed, 6)}", "abstract": make_text(seed)} for seed in range(6)]
    write_update(store, plan_update(store, rows_batch(*rows)))
    near = {"title": rows[3]["title"], "abstract": make_text(3, 30)}
    update = plan_update(store, Batch(sign(near), ["new"]))
    assert sorted(map(tuple, update.members)) == [("new",), ("r3",)]
    assert len(set(update.paper_ids)) == 1


def test_when_all_records_have_gone_nothing_is_left(store: MatchIndex) -> None:
    follower = Follower(store)
    follower.take(dict(zip(RECORD_IDS, range(9), strict=True)))
    update = follower.take(dict.fromkeys(RECORD_IDS))
    assert update.members == []
    assert (store.state.records, store.state.nodes, follower.papers) == (0, 0, {})
    follower.take({RECORD_IDS[0]: 3})
    assert follower.papers == list_papers(build({RECORD_IDS[0]: 3}))


def test_records_that_nobody_knows_may_be_gone(store: MatchIndex) -> None:
    follower = Follower(store)
    follower.take({RECORD_IDS[0]: 1})
    update = plan_update(store, make_batch({}), ["unknown"])
    assert (update.state.records, update.members) == (1, [])


# -- single cases

NEAR = {"title": "Deep sparse attention for rivers", "abstract": make_text(72)}
FAR = {"title": "Bright kernels of trees in noise", "abstract": make_text(71)}


def test_a_pair_is_judged_alike_whichever_came_first(store: MatchIndex) -> None:
    """Words that can be aligned in two ways: the order of a pair decided which was taken."""
    one = {"title": "Of long trees attention and", "authors": PAIR}
    other = {"title": "Long of and trees attention and long", "authors": PAIR, "year": 2020}
    found = {
        tuple(sorted(papers.items()))
        for papers in (
            *follow_rows(store, ({"one": one}, [], NONE), ({"other": other}, [], NONE)),
            *follow_rows(store, ({"other": other}, [], NONE), ({"one": one}, [], NONE)),
        )
    }
    assert len(found) == 1


@pytest.mark.parametrize("order", ["abc", "bac", "cab", "cba"])
@pytest.mark.parametrize(
    ("spelled", "otherwise"),
    [
        ("RiverNet: deep sparse attention", "RiverNet deep sparse attention"),
        ("RiverNet: deep sparse attention", "RiverNet: deep sparseattention"),
    ],
    ids=["colon", "space"],
)
def test_it_does_not_matter_which_spelling_of_a_title_came_first(
    store: MatchIndex, spelled: str, otherwise: str, order: str
) -> None:
    words = make_words(0)
    shared = {"abstract": " ".join(words), "authors": ["Emmy Noether"], "year": 2020}
    third = {"title": "RiverNet: a corpus of deep tree noise", "abstract": " ".join(words[20:])}
    records = {"a": {"title": spelled, **shared}, "b": {"title": otherwise, **shared}}
    records["c"] = third | {"authors": PAIR}
    papers, rebuilt = follow_rows(store, *(({i: records[i]}, [], NONE) for i in order))
    assert papers == rebuilt


@pytest.mark.parametrize("one", [NEAR, FAR], ids=["near", "far"])  # one has the smaller key
@pytest.mark.parametrize("has_copy", [False, True], ids=["gone", "kept by a copy"])
def test_what_people_joined_parts_when_a_record_goes(
    store: MatchIndex, one: dict, has_copy: bool
) -> None:
    joined = link("must", "a", "b")
    records = {"a": one, "b": FAR if one is NEAR else NEAR} | ({"copy": one} if has_copy else {})
    papers, rebuilt = follow_rows(store, (records, [], joined), ({}, ["a"], joined))
    assert papers == rebuilt
    assert len(set(papers.values())) == len(papers)


def test_what_people_joined_to_an_arxiv_id_parts_when_its_record_goes(store: MatchIndex) -> None:
    joined = link("must", f"arxiv:{ARXIV_IDS[0]}", "b")
    records = {"a": NEAR | {"arxiv_id": ARXIV_IDS[0]}, "b": FAR}
    papers, rebuilt = follow_rows(store, (records, [], joined), ({}, ["a"], joined))
    assert papers == rebuilt
    assert papers["b"].startswith("paper:")


def test_what_people_joined_parts_when_a_record_says_something_else(store: MatchIndex) -> None:
    """The copy stays what it was, without the link that its node had."""
    joined = link("must", "a", "b")
    start = {"a": NEAR, "copy": NEAR, "b": FAR}
    changed = {"a": {"title": "Another title altogether", "abstract": make_text(73)}}
    papers, rebuilt = follow_rows(store, (start, [], joined), (changed, [], joined))
    assert papers == rebuilt
    assert papers["a"] == papers["b"] != papers["copy"]


def test_a_link_waits_for_its_record(store: MatchIndex) -> None:
    joined = link("must", "a", "b")
    steps = [({"b": FAR}, [], joined), ({"c": FAR}, [], joined), ({"a": NEAR}, [], joined)]
    papers, rebuilt = follow_rows(store, *steps)
    assert papers == rebuilt
    assert len(set(papers.values())) == 1


@pytest.mark.parametrize("subject", ["record", "arxiv", "paper"])
@pytest.mark.parametrize("kind", ["must", "cannot"])
def test_every_kind_of_subject_is_heeded_and_forgotten(
    store: MatchIndex, kind: str, subject: str
) -> None:
    one = NEAR | {"arxiv_id": ARXIV_IDS[0]}
    other = FAR if kind == "must" else NEAR | {"abstract": make_text(72, 30)}
    key = sign(one).rows["node_key"].tobytes().hex()
    named = {"record": "a", "arxiv": f"arxiv:{ARXIV_IDS[0]}", "paper": f"paper:{key}"}
    told = link(kind, named[subject], "b")
    start = ({"a": one, "b": other}, [], NONE)
    before, _ = follow_rows(store, start)
    during, rebuilt = follow_rows(store, start, ({}, [], told))
    after, _ = follow_rows(store, start, ({}, [], told), ({}, [], NONE))
    assert during == rebuilt
    assert before == after
    assert (before["a"] == before["b"]) == (kind == "cannot")
    assert (during["a"] == during["b"]) == (kind == "must")


def test_an_override_touches_its_paper_alone(store: MatchIndex) -> None:
    follower = Follower(store)
    follower.take({RECORD_IDS[0]: 4, RECORD_IDS[1]: len(CONTENTS) - 1})
    override = Override(RECORD_IDS[0], "organisation", "A Lab", "reason", "author")
    update = follower.take({}, Corrections((override,)))
    assert update.members == [[RECORD_IDS[0]]]
    assert follower.papers == list_papers(build(follower.records))


def test_people_cannot_join_two_arxiv_ids() -> None:
    one, other = (NEAR | {"arxiv_id": arxiv_id} for arxiv_id in ARXIV_IDS[:2])
    assert papers_of(one, other, corrections=link("must", "r0", "r1")) == [0, 1]


def test_people_can_part_the_records_of_one_arxiv_id() -> None:
    one, other = ({**row, "arxiv_id": ARXIV_IDS[0]} for row in (NEAR, FAR))
    assert papers_of(one, other) == [0, 0]
    parted = link("cannot", "r0", "r1")
    update = plan_update(MatchIndex(), rows_batch(one, other), corrections=parted)
    assert sorted(paper_id[:6] for paper_id in update.paper_ids) == ["arxiv:", "paper:"]


# -- keys that too many hold


@pytest.mark.parametrize("count", [MOST_NODES_A_KEY, MOST_NODES_A_KEY + 1])
def test_the_cap_is_the_greatest_count_that_still_gives_pairs(count: int) -> None:
    title = "Deep sparse attention for long rivers"
    rows = [{"title": title, "doi": f"10.1/{number}"} for number in range(count)]
    pairs = plan_update(MatchIndex(), rows_batch(*rows)).pairs
    assert len(pairs) == (count * (count - 1) // 2 if count <= MOST_NODES_A_KEY else 0)


def test_a_key_that_too_many_hold_gives_no_pair_until_it_is_rare_again(
    store: MatchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_cap(monkeypatch, 3)
    clear_index(store)
    titled = {"title": "Deep sparse attention for long rivers"}
    rows = [titled | {"year": year} for year in (None, 2020)]
    rows += [titled | {"doi": doi} for doi in ("10.1/a", "10.1/b")]
    papers: dict[str, str] = {}
    counts = []
    for number, row in enumerate(rows):
        update = plan_update(store, Batch(sign(row), [f"r{number}"]))
        write_update(store, update)
        papers |= list_papers(update)
        counts.append(len(set(papers.values())))
    assert counts == [1, 1, 1, 4]
    update = plan_update(store, make_batch({}), ["r1"])
    write_update(store, update)
    del papers["r1"]
    assert len(set((papers | list_papers(update)).values())) == 1


def test_pairs_with_another_key_in_common_outlast_a_common_key(
    store: MatchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_cap(monkeypatch, 3)
    clear_index(store)
    title, text = "Deep sparse attention for long rivers", make_text(5)
    twins = [{"title": title, "abstract": text}, {"title": title, "abstract": f"{text} again"}]
    others = [{"title": title, "abstract": make_text(seed)} for seed in (6, 7)]
    write_update(store, plan_update(store, rows_batch(*twins)))
    update = plan_update(store, Batch(sign(*others), ["o0", "o1"]))
    write_update(store, update)
    papers = list_papers(plan_update(store, rows_batch(*twins)))
    assert sorted(papers) == ["r0", "r1"]
    assert len(set(papers.values())) == 1


def test_a_state_says_what_it_was_made_with() -> None:
    told = link("cannot", RECORD_IDS[0], name_node(3))
    update = build({RECORD_IDS[0]: 0}, told)
    assert update.state.cap == State().cap
    assert list(update.state.corrections) == told.to_json()
