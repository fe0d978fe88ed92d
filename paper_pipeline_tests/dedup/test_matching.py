"""Matching: a decision depends on two signatures alone, and its reasons add up."""

from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from paper_pipeline.dedup.matching import (
    CERTAIN,
    PRIOR,
    RELATIONS,
    Decisions,
    Evidence,
    decide_pairs,
    weights,
)
from paper_pipeline_tests.dedup.small_corpora import (
    ARXIV_IDS,
    CONTENTS,
    OTHERS,
    PAIR,
    make_text,
    make_words,
    sign,
    signed_contents,
)


@cache
def all_pairs() -> tuple[np.ndarray, np.ndarray, Decisions]:
    """All pairs of CONTENTS, and what was decided of them together."""
    left, right = np.triu_indices(len(CONTENTS), 1)
    return left, right, decide_pairs(signed_contents(), left, right)


def decide(one: dict[str, Any], other: dict[str, Any]) -> Decisions:
    """The decision on a pair, which must be the same seen from the other."""
    signatures = sign(one, other)
    places = np.array([0]), np.array([1])
    decisions, back = (decide_pairs(signatures, *pair) for pair in (places, places[::-1]))
    assert decisions.log_odds == back.log_odds
    return decisions


def is_match(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(decide(one, other).is_match[0])


def test_the_pairs_are_worth_looking_at() -> None:
    """That is, the corpus of these tests has pairs of either kind, and titles of all."""
    _, _, decisions = all_pairs()
    assert 0.05 < decisions.is_match.mean() < 0.95
    told = set(decisions.evidence.relation.tolist())
    assert len(told & set(RELATIONS)) >= 6


def test_the_weights_add_up_to_the_log_odds() -> None:
    _, _, decisions = all_pairs()
    total = PRIOR + sum(weights(decisions.evidence).values())
    np.testing.assert_allclose(total, decisions.log_odds, rtol=0, atol=1e-5)
    assert ((total > 0) == decisions.is_match).all()


def test_no_pair_is_refused_that_a_look_at_its_titles_would_save() -> None:
    """Titles are compared last, and only where they can still turn the balance."""
    left, right, decisions = all_pairs()
    evidence = decisions.evidence
    titles = signed_contents().titles.to_pylist()
    ours, theirs = ([titles[place] for place in side.tolist()] for side in (left, right))
    scorers = (fuzz.ratio, fuzz.token_sort_ratio)
    alike = np.max([process.cpdist(ours, theirs, scorer=scorer) for scorer in scorers], axis=0)
    alike = np.minimum(alike / 100, 0.999)
    unequal = evidence.title < 1
    matches = decisions.is_match & unequal
    np.testing.assert_allclose(evidence.title[matches], alike[matches], atol=1e-6)
    seen = replace(evidence, title=np.where(unequal, alike, evidence.title))
    total = PRIOR + sum(weights(seen).values())
    refused = ~decisions.is_match & (evidence.relation == "")
    assert (refused & unequal).sum() > 1_000
    assert (total[refused] <= 0).all()


def test_decisions_are_the_same_from_both_sides() -> None:
    left, right, decisions = all_pairs()
    swapped = decide_pairs(signed_contents(), right, left)
    differ = np.flatnonzero(decisions.log_odds != swapped.log_odds)
    found = {
        (CONTENTS[left[place]]["title"], CONTENTS[right[place]]["title"])
        for place in differ.tolist()
    }
    assert found == set()


@settings(max_examples=60)
@given(
    places=st.lists(st.integers(0, len(CONTENTS) * (len(CONTENTS) - 1) // 2 - 1), max_size=40),
)
def test_decisions_do_not_depend_on_what_else_is_judged(places: list[int]) -> None:
    left, right, decisions = all_pairs()
    some = decide_pairs(signed_contents(), left[places], right[places])
    matches = decisions.is_match[places]
    assert (some.is_match == matches).all()
    assert (some.log_odds[matches] == decisions.log_odds[places][matches]).all()


def test_decisions_do_not_depend_on_what_else_is_signed() -> None:
    """Nor on where in the signatures the two stand."""
    left, right, decisions = all_pairs()
    for place in range(0, len(left), 997):
        one, other = left[place], right[place]
        signatures = signed_contents().take(np.array([other, one]))
        alone = decide_pairs(signatures, np.array([1]), np.array([0]))
        assert alone.log_odds[0] == decisions.log_odds[place]


def test_no_pairs_give_no_decisions() -> None:
    nothing = np.array([], np.int64)
    decisions = decide_pairs(signed_contents(), nothing, nothing)
    assert len(decisions.log_odds) == len(decisions.is_match) == 0


# -- what decides


def test_two_arxiv_ids_are_never_one_paper() -> None:
    left, right, decisions = all_pairs()
    ids = [content.get("arxiv_id") for content in CONTENTS]
    differ = np.array(
        [
            None not in (ids[one], ids[other]) and ids[one] != ids[other]
            for one, other in zip(left.tolist(), right.tolist(), strict=True)
        ]
    )
    assert differ.sum() > 100
    assert not decisions.is_match[differ].any()


BASE = {
    "title": "Deep sparse attention for long rivers",
    "abstract": make_text(1),
    "authors": PAIR,
    "year": 2020,
    "doi": "10.1/a",
}
OTHER = {"title": "Bright kernels in noise", "abstract": make_text(2), "authors": OTHERS}


def test_two_arxiv_ids_outweigh_everything() -> None:
    ids = [{"arxiv_id": arxiv_id} for arxiv_id in ARXIV_IDS[:2]]
    assert is_match(BASE, BASE)
    assert not is_match(BASE | ids[0], BASE | ids[1])


@pytest.mark.parametrize("other", [OTHER, OTHER | {"title": "Comment on deep attention"}])
def test_one_arxiv_id_outweighs_everything_but_titles_that_exclude(other: dict) -> None:
    same = {"arxiv_id": ARXIV_IDS[0]}
    assert is_match(BASE | same, other | same)
    assert decide(BASE | same, other | same).log_odds[0] > CERTAIN


def test_one_doi_joins_what_nothing_else_would() -> None:
    assert not is_match(BASE, OTHER)
    assert is_match(BASE, OTHER | {"doi": "10.1/a"})
    assert not is_match(BASE, OTHER | {"doi": "10.1/b"})
    parts = [{"title": f"Deep sparse attention, Part {part}", "doi": "10.1/a"} for part in "12"]
    assert not is_match(*parts)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # The same title
        ({}, {"abstract": None}, True),
        ({}, {"abstract": None, "authors": None, "year": None, "doi": None}, True),
        ({"abstract": None}, {"abstract": None, "year": 2025, "doi": None}, False),
        ({}, {"abstract": " ".join(make_words(1)[:20])}, True),
        # The same text
        ({}, {"title": "Bright kernels in noise", "doi": None}, True),
        ({}, {"title": "Deep sparse atention for long rivers", "doi": None}, True),
        ({}, {"title": "Deep sparse attention for long rivers: Part II", "doi": None}, True),
        ({}, {"title": "Comment on Deep sparse attention for long rivers", "doi": None}, False),
        ({"title": "Rivers, Part I"}, {"title": "Rivers, Part II", "doi": None}, False),
        ({"title": "Rivers, 2023"}, {"title": "Rivers, 2024", "doi": None}, False),
        # Neither
        ({}, {"title": "Bright kernels in noise", "abstract": make_text(2), "doi": None}, False),
        (
            {"authors": None},
            {"title": "Sparse attention for rivers", "abstract": make_text(2), "doi": None},
            False,
        ),
    ],
)
def test_what_is_one_paper(one: dict, other: dict, expected: bool) -> None:
    assert is_match(BASE | one, BASE | other) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Letters to the Editor", False),
        ("Editor's Notes", False),
        ("Editing Letters of Note", True),
        ("A Survey of Editors", True),
    ],
)
def test_a_column_comes_again_under_its_title(title: str, expected: bool) -> None:
    assert is_match({"title": title}, {"title": title, "doi": "10.1/a"}) == expected


def test_equal_titles_say_more_the_longer_they_are() -> None:
    words = make_words(3, 12)
    odds = [
        decide({"title": title}, {"title": title, "year": 2020}).log_odds[0]
        for title in (" ".join(words[:count]) for count in range(1, 13))
    ]
    assert odds == sorted(odds)
    assert odds[0] < odds[3] < odds[7]


# -- how evidence weighs

UNIT = st.floats(0, 1, width=32)
KNOWN = st.sampled_from([-1, 0, 1])
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "jaccard": UNIT,
    "containment": UNIT,
    "words": UNIT,
    "basis": st.integers(0, 64),
    "title": UNIT,
    "title_words": st.integers(0, 20),
    "name": KNOWN,
    "surnames": st.just(-1.0) | UNIT,
    "all_surnames": st.just(-1.0) | UNIT,
    "shared_surnames": st.integers(0, 8),
    "years_apart": st.integers(-1, 30),
    "doi": KNOWN,
    "arxiv": KNOWN,
    "relation": st.sampled_from(["", *RELATIONS]),
    "said": st.just(""),
}


def test_these_are_all_columns_of_evidence() -> None:
    assert set(COLUMNS) == {field.name for field in fields(Evidence)}


def add_up(column: str, values: list[Any], shared: dict[str, Any]) -> np.ndarray:
    """The log-odds of pairs that differ in one column of evidence."""
    columns = {name: [value] * len(values) for name, value in shared.items()} | {column: values}
    texts = ("relation", "said")
    evidence = Evidence(
        **{
            name: np.array(held, object if name in texts else None)
            for name, held in columns.items()
        }
    )
    return PRIOR + sum(weights(evidence).values())


@pytest.mark.parametrize("column", ["jaccard", "containment", "words", "arxiv", "doi", "name"])
@settings(max_examples=60)
@given(shared=st.fixed_dictionaries(COLUMNS), data=st.data())
def test_more_in_common_never_speaks_against_a_match(
    column: str, shared: dict[str, Any], data: st.DataObject
) -> None:
    unit = [0.0, 0.02, 0.04, 0.1, 0.15, 0.3, 0.5, 0.7, 0.8, 0.95, 1.0, *data.draw(st.lists(UNIT))]
    values = [0, 1] if column in ("arxiv", "doi", "name") else sorted(unit)
    assert (np.diff(add_up(column, values, shared)) >= -1e-6).all()


@settings(max_examples=60)
@given(shared=st.fixed_dictionaries(COLUMNS), titles=st.lists(UNIT, min_size=2))
def test_titles_more_alike_never_speak_against_a_match(
    shared: dict[str, Any], titles: list[float]
) -> None:
    """Unequal ones: what equal titles say depends on how many words they have."""
    below = sorted(title for title in titles if title < 1)
    if below:
        assert (np.diff(add_up("title", below, shared)) >= -1e-6).all()


@settings(max_examples=60)
@given(shared=st.fixed_dictionaries(COLUMNS))
def test_years_further_apart_never_speak_for_a_match(shared: dict[str, Any]) -> None:
    assert (np.diff(add_up("years_apart", [0, 1, 2, 3, 5, 9], shared)) <= 1e-6).all()


@settings(max_examples=60)
@given(shared=st.fixed_dictionaries(COLUMNS))
def test_two_arxiv_ids_and_titles_in_conflict_are_refused(shared: dict[str, Any]) -> None:
    assert (add_up("arxiv", [0], shared) < 0).all()
    if shared["arxiv"] < 1 and shared["title"] < 1:
        assert (add_up("relation", ["conflict"], shared) < 0).all()


@settings(max_examples=60)
@given(shared=st.fixed_dictionaries(COLUMNS))
def test_texts_that_are_not_there_weigh_nothing(shared: dict[str, Any]) -> None:
    bare = shared | {"basis": 0}
    for column in ("jaccard", "containment", "words"):
        assert len(set(add_up(column, [0.0, 0.3, 1.0], bare).tolist())) == 1
