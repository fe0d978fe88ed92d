"""Marks cut a text into pieces that make it up again."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.features import extract_features
from paper_pipeline.enrich.lexicon import Entry, Lexicon
from paper_pipeline.enrich.marking import describe_finds, mark_text

LEXICON = Lexicon([Entry("model", "Tern-2"), Entry("benchmark", "MarshBench")])
PAPER = {
    "title": "Tern-2 with 7B parameters",
    "abstract": "Tern-2 scores 81.5% on MarshBench (https://github.com/reed/wading). Tern-2 sings.",
}


def find(paper: dict[str, str]) -> dict[str, Any]:
    return extract_features([paper], LEXICON)[0]


def test_marks_of_a_title_and_an_abstract() -> None:
    found = find(PAPER)
    assert list(mark_text(PAPER["title"], "title", found))[:3] == [
        ("Tern-2", "model"), (" with ", ""), ("7B", "size"),
    ]  # fmt: skip
    marked = dict(mark_text(PAPER["abstract"], "abstract", found))
    assert marked["MarshBench"] == "benchmark"
    assert marked["81.5%"] == "score"
    assert marked["https://github.com/reed/wading"] == "link"


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8),
)
def test_pieces_make_up_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    mentions = [
        {
            "kind": "model",
            "field": "abstract",
            "start": start,
            "end": min(len(text), start + length),
        }
        for start, length in spans
        if start < len(text)
    ]
    found = {"mentions": mentions, "parameter_counts": [], "links": [], "reported_scores": []}
    assert "".join(piece for piece, _ in mark_text(text, "abstract", found)) == text


def test_tables_for_people() -> None:
    found = describe_finds(find(PAPER), PAPER)
    assert {"kind": "model", "name": "Tern-2", "told by": "lexicon", "times": 3} in found[
        "Mentions"
    ]
    assert found["Model sizes"] == [{"parameters": "7,000,000,000", "as written": "7B"}]
    assert found["Reported scores"][0]["value"] == "81.5 %"
    assert found["Links"][0]["repository"] == "reed/wading"
    assert found["Keyphrases"]
