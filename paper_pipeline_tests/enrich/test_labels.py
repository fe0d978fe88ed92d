"""The hand labels are well formed, and the scorer counts as its rules say."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline_tests.enrich.labels import (
    KINDS,
    Label,
    LabelledPaper,
    Score,
    load_labels,
    map_span,
    score,
)

PAPER = "ab" * 8
FILES = ("seeds", "days", "check", "final", "fresh")


def paper(*labels: Label) -> LabelledPaper:
    return LabelledPaper(PAPER, "tuned", 100, labels)


def model(start: int, end: int, *, maybe: bool = False) -> Label:
    return Label("model", "abstract", start, end, maybe=maybe)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("seeds", {"tuned": 60, "held_out": 25}),
        ("days", {"held_out": 25}),
        ("check", {"check": 50}),
        ("final", {"final": 50}),
        ("fresh", {"fresh": 45}),
    ],
)
def test_every_part_is_complete(name: str, parts: dict[str, int]) -> None:
    papers = load_labels(name)
    assert Counter(p.part for p in papers) == parts
    assert all(re.fullmatch("[0-9a-f]{16}", p.title_sha256) for p in papers)


def test_no_paper_is_labelled_in_two_places() -> None:
    papers = Counter(p.title_sha256 for name in FILES for p in load_labels(name))
    assert [title for title, count in papers.items() if count > 1] == []


@pytest.mark.parametrize("name", FILES)
def test_labels_are_well_formed(name: str) -> None:
    for p in load_labels(name):
        order = [(x.field != "title", x.start) for x in p.labels]
        assert order == sorted(order)
        for x in p.labels:
            assert x.kind in KINDS
            assert x.field in ("title", "abstract")
            assert 0 <= x.start < x.end
            assert x.field == "title" or x.end <= p.abstract_length
            assert (x.value is not None) == (x.kind == "parameters")
            assert x.value is None or 10**6 <= x.value <= 10**12
            assert (x.url is not None) == (x.kind == "link")
            assert x.url is None or re.fullmatch(r"https?://\S+[\w/]", x.url)


@pytest.mark.parametrize("name", FILES)
def test_labels_of_one_kind_do_not_overlap(name: str) -> None:
    for p in load_labels(name):
        for kind in KINDS:
            of_kind = [x for x in p.labels if x.kind == kind]
            for before, after in pairwise(of_kind):
                assert before.field != after.field or before.end <= after.start


@pytest.mark.parametrize("name", FILES)
def test_labels_as_predictions_are_all_right(name: str) -> None:
    papers = load_labels(name)
    predicted: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for p in papers:
        for x in p.labels:
            predicted.setdefault((p.title_sha256, x.kind), []).append((x.field, x.start, x.end))
    found = score(papers, predicted)
    for kind in KINDS:
        certain = sum(x.kind == kind and not x.maybe for p in papers for x in p.labels)
        assert certain > 0
        assert found[kind] == Score(certain, 0, 0)


@pytest.mark.parametrize(
    ("labels", "spans", "expected"),
    [
        pytest.param([], [], Score(0, 0, 0), id="nothing"),
        pytest.param([model(5, 9)], [], Score(0, 0, 1), id="missed"),
        pytest.param([], [("abstract", 5, 9)], Score(0, 1, 0), id="invented"),
        pytest.param([model(5, 9)], [("abstract", 8, 20)], Score(1, 0, 0), id="overlap"),
        pytest.param([model(5, 9)], [("abstract", 9, 12)], Score(0, 1, 1), id="touching-end"),
        pytest.param([model(5, 9)], [("abstract", 2, 5)], Score(0, 1, 1), id="touching-start"),
        pytest.param([model(5, 9)], [("title", 5, 9)], Score(0, 1, 1), id="other-field"),
        pytest.param(
            [model(5, 9)],
            [("abstract", 5, 7), ("abstract", 7, 9)],
            Score(1, 1, 0),
            id="label-cut-in-two",
        ),
        pytest.param(
            [model(5, 9), model(12, 15)], [("abstract", 5, 15)], Score(1, 0, 1), id="labels-joined"
        ),
        pytest.param(
            [model(5, 9), model(12, 15)],
            [("abstract", 13, 14), ("abstract", 5, 13)],
            Score(2, 0, 0),
            id="each-takes-one",
        ),
        pytest.param([model(5, 9, maybe=True)], [], Score(0, 0, 0), id="maybe-missed"),
        pytest.param(
            [model(5, 9, maybe=True)], [("abstract", 5, 9)], Score(0, 0, 0), id="maybe-found"
        ),
        pytest.param(
            [model(5, 9, maybe=True), model(12, 15)],
            [("abstract", 5, 15)],
            Score(1, 0, 0),
            id="maybe-and-certain",
        ),
        pytest.param(
            [model(5, 9, maybe=True), model(12, 15)],
            [("abstract", 5, 8), ("abstract", 12, 13), ("abstract", 20, 21)],
            Score(1, 1, 0),
            id="some-of-all",
        ),
    ],
)
def test_score_of_spans(
    labels: list[Label], spans: list[tuple[str, int, int]], expected: Score
) -> None:
    assert score([paper(*labels)], {(PAPER, "model"): spans})["model"] == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        pytest.param(("abstract", 5, 7), Score(1, 0, 0), id="no-value"),
        pytest.param(("abstract", 5, 7, 7_000_000_000), Score(1, 0, 0), id="right-value"),
        pytest.param(("abstract", 5, 7, 7_000_000), Score(0, 1, 1), id="wrong-value"),
    ],
)
def test_a_given_value_must_agree(
    span: tuple[str, int, int] | tuple[str, int, int, int], expected: Score
) -> None:
    label = Label("parameters", "abstract", 5, 7, value=7_000_000_000)
    assert score([paper(label)], {(PAPER, "parameters"): [span]})["parameters"] == expected


def test_kinds_and_papers_are_apart() -> None:
    predicted = {(PAPER, "benchmark"): [("abstract", 5, 9)], ("0" * 16, "model"): [("title", 0, 3)]}
    found = score([paper(model(5, 9))], predicted)
    assert found == {
        "parameters": Score(0, 0, 0),
        "model": Score(0, 0, 1),
        "benchmark": Score(0, 1, 0),
        "link": Score(0, 0, 0),
    }


def test_precision_and_recall() -> None:
    assert (Score(3, 1, 2).precision, Score(3, 1, 2).recall) == (0.75, 0.6)
    assert (Score(0, 0, 4).precision, Score(0, 0, 4).recall) == (1.0, 0.0)
    assert (Score(0, 4, 0).precision, Score(0, 4, 0).recall) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("raw", "repaired", "found", "expected"),
    [
        pytest.param("We use Ab-7B here", "We use Ab-7B here", "Ab-7B", "Ab-7B", id="unchanged"),
        pytest.param(r"a 5\% gain of Ab", "a 5% gain of Ab", "Ab", "Ab", id="removed-before"),
        pytest.param(r"a 5\% gain of Ab", "a 5% gain of Ab", "5%", r"5\%", id="removed-inside"),
        pytest.param("of sim100B size", "of ~100B size", "~100B", "sim100B", id="replaced-start"),
        pytest.param(r"the Pok\'e", "the Poké", "Poké", r"Pok\'e", id="replaced-end"),
        pytest.param("at u{u} now", "at u now", "now", "now", id="doubled"),
        pytest.param("runs 4times faster", "runs 4× faster", "4×", "4times", id="times"),
        pytest.param("done.Next Ab", "done. Next Ab", "Next", "Next", id="added-before"),
        pytest.param("done.Next Ab", "done. Next Ab", "done. Next", "done.Next", id="added-inside"),
        pytest.param("done.Next Ab", "done. Next Ab", ". ", ".", id="added-end"),
    ],
)
def test_map_span(raw: str, repaired: str, found: str, expected: str) -> None:
    start = repaired.index(found)
    raw_start, raw_end = map_span(raw, repaired, start, start + len(found))
    assert raw[raw_start:raw_end] == expected


def test_what_the_repair_added_comes_from_nothing() -> None:
    assert map_span("one.Two", "one. Two", 4, 5) == (4, 4)


@pytest.mark.parametrize(("start", "end"), [(2, 2), (3, 1), (-1, 2), (0, 9)])
def test_map_span_refuses_what_is_no_span(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="empty or outside"):
        map_span("text", "text", start, end)


@given(data=st.data(), raw=st.text("abc{}~ ", max_size=30), repaired=st.text("abc ", min_size=2))
def test_a_longer_span_maps_to_a_longer_range(data: st.DataObject, raw: str, repaired: str) -> None:
    end = data.draw(st.integers(1, len(repaired)))
    start = data.draw(st.integers(0, end - 1))
    inner = map_span(raw, repaired, start, end)
    outer = map_span(raw, repaired, 0, len(repaired))
    assert 0 <= outer[0] <= inner[0] <= inner[1] <= outer[1] <= len(raw)


@given(before=st.text(max_size=10), name=st.text(min_size=1, max_size=10), after=st.text())
def test_an_unchanged_text_keeps_its_spans(before: str, name: str, after: str) -> None:
    text = before + name + after
    span = (len(before), len(before) + len(name))
    assert map_span(text, text, *span) == span
