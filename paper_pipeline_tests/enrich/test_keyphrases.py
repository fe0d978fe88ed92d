"""Keyphrases: what is one, what is none, spans that prove them, and ugly texts in linear time."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.enrich.keyphrases import Keyphrase, extract_keyphrases
from paper_pipeline_tests.bench import keyphrases as bench
from paper_pipeline_tests.corpus import ROOT

DAYS = ROOT.parent / "shared" / "samples" / "daily_papers_api"

TITLE = "Sparse Lanterns: Routing Tokens by River Maps"
ABSTRACT = (
    "Token routing is a key problem of sparse expert models. We propose RiverMap, a novel method "
    "that learns to route tokens with Gated River Attention (GRA). Unlike previous work, RiverMap "
    "uses token routing without auxiliary losses and reinforcement learning from bridge feedback "
    "(RLBF). Extensive experiments on LanternBench show that our approach significantly improves "
    "long-range reasoning. Code is available at https://lantern.example/river-map."
)

WORDS = [
    *("We", "the", "of", "RiverMap", "token routing", "Token Routing", "token-routing", "models"),
    *("sparse", "attention", "(GRA)", "propose", ".", ",", "-", "\n", "method", "Lamps", "lamp"),
    *("7B", "don't", "İstanbul", "café", "超大模型", "\ud800", "https://a.b/c", "LLMs", "of-the"),
]
texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
    st.text(st.characters(exclude_categories=()), max_size=80),
)


def phrases(title: str, abstract: str | None, most: int = 20) -> list[str]:
    return [found.phrase for found in extract_keyphrases(title, abstract, most=most)]


def fold(phrase: str) -> str:
    return bench.normalise(phrase)


def check(found: list[Keyphrase], title: str, abstract: str | None) -> None:
    """What holds for every text."""
    for keyphrase in found:
        text = title if keyphrase.field == "title" else abstract or ""
        proof = " ".join(text[keyphrase.start : keyphrase.end].split())
        assert proof.lower() == keyphrase.phrase.lower()
        assert 0 <= keyphrase.score <= 1
        assert keyphrase.score == round(keyphrase.score, 4)
    scores = [keyphrase.score for keyphrase in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("We study token routing.", ["token routing"], id="verb-and-object"),
        pytest.param("Token Routing and token-routing", ["token routing"], id="case-and-hyphen"),
        pytest.param("River maps help. A river map does.", ["river maps"], id="plural"),
        pytest.param("lamp queries and a lamp query", ["lamp queries"], id="plural-in-ies"),
        pytest.param("our novel and effective lanterns", ["lanterns"], id="praise"),
        pytest.param("the method, the results and the paper", [], id="words-of-every-paper"),
        pytest.param("We propose LampNet.", ["LampNet"], id="name-with-capitals-inside"),
        pytest.param("a Qwen9 lantern", ["Qwen9 lantern"], id="name-with-a-digit"),
        pytest.param("Fine-Tuning", ["fine-tuning"], id="capitals-of-a-heading"),
        pytest.param("SPARSE LANTERN ROUTING", ["sparse lantern routing"], id="all-capitals"),
        pytest.param("lanterns, rivers; bridges", ["lanterns", "rivers", "bridges"], id="marks"),
        pytest.param("a lantern's glow", ["lantern", "glow"], id="genitive"),
        pytest.param("It surprisingly glows", ["glows"], id="adverb"),
        pytest.param("12 3.5 40% 7B 2x 10ms", [], id="quantities"),
        pytest.param("see https://lamp.example/a-b for lamps", ["lamps"], id="address"),
        pytest.param("on github.com/lamp/river now", [], id="address-without-scheme"),
        pytest.param("we illuminate rivers", ["rivers"], id="verb-after-we"),
        pytest.param("to illuminate river maps", ["river maps"], id="verb-after-to"),
        pytest.param("用于 lamp routing 的大模型", ["lamp routing"], id="Latin-in-Chinese"),
        pytest.param("大模型推理", [], id="Chinese"),
        pytest.param("C++ lamps", ["c++ lamps"], id="plus-signs"),
    ],
)
def test_phrases_of_a_text(text: str, expected: list[str]) -> None:
    assert sorted(phrases("", text)) == sorted(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "lamp learning from river data (LLRD)", "lamp learning from river data", id="from"
        ),
        pytest.param("a Low-Rank Lamp (LoRaL)", "low-rank lamp", id="letters-inside"),
        pytest.param("bright River Lamp Networks (RLNs)", "river lamp networks", id="plural"),
        pytest.param("Chain of Lamps (CoL) glow", "chain of lamps", id="of"),
    ],
)
def test_the_long_form_of_an_abbreviation_is_a_phrase(text: str, expected: str) -> None:
    defined = {found.phrase: found.score for found in extract_keyphrases("", text)}
    bare = {found.phrase: found.score for found in extract_keyphrases("", text.split("(")[0])}
    assert defined[expected] > bare.get(expected, 0)


@pytest.mark.parametrize(
    "text",
    ["a river of lamps (XYZ)", "a river (see below)", "river of, lamps (ROL)", "(GRA) lamps"],
)
def test_brackets_that_define_nothing_join_no_words(text: str) -> None:
    assert not any(" of " in phrase or "(" in phrase for phrase in phrases("", text))


def test_a_whole_paper() -> None:
    found = phrases(TITLE, ABSTRACT)
    assert {"token routing", "gated river attention", "RiverMap", "LanternBench"} <= set(found[:10])
    assert "reinforcement learning from bridge feedback" in found
    assert "long-range reasoning" in found
    assert not {"method", "approach", "code", "experiments", "work"} & set(found)


def test_a_phrase_of_the_title_alone_is_proved_there() -> None:
    (found,) = (k for k in extract_keyphrases(TITLE, ABSTRACT) if k.phrase == "sparse lanterns")
    assert (found.field, TITLE[found.start : found.end]) == ("title", "Sparse Lanterns")


def test_a_phrase_of_both_is_proved_in_the_abstract() -> None:
    (found,) = extract_keyphrases("River maps", "On river\nmaps and river maps.")
    assert found == Keyphrase("river maps", found.score, "abstract", 3, 13)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param("lamp. Lamp", "lamp", id="more-often"),
        pytest.param("gated lamp attention", "gated lamp cheese", id="technical-word"),
        pytest.param("the Lamp", "the lamp", id="name"),
        pytest.param("river lamp", "lamp", id="two-words"),
        pytest.param("river lamp", "efficient lamp", id="weak-modifier"),
    ],
)
def test_what_scores_higher(better: str, worse: str) -> None:
    first, second = (extract_keyphrases("", text)[0].score for text in (better, worse))
    assert first > second


def test_a_phrase_inside_a_better_one_is_left_out_unless_it_stands_alone_too() -> None:
    assert "lamp routing" not in phrases("", "sparse lamp routing")
    assert "lamp routing" in phrases("", "sparse lamp routing and lamp routing")


def test_terms_raise_phrases_and_add_those_that_runs_do_not_hold() -> None:
    text = "Chains of lamps glow near old bridges, and old bridges know quiet rivers."
    known = [(0, 15), (text.index("quiet"), len(text) - 1)]
    plain = {k.phrase: k.score for k in extract_keyphrases("", text)}
    found = {k.phrase: k.score for k in extract_keyphrases("", text, known)}
    assert "chains of lamps" not in plain
    assert found["quiet rivers"] > plain["quiet rivers"]
    assert found["chains of lamps"] > 0
    assert found["old bridges"] == plain["old bridges"]


@pytest.mark.parametrize("span", [(-5, 2), (5, 3), (90, 99), (0, 0), (0, 10**9), (3, 4)])
def test_a_span_that_holds_no_phrase_changes_nothing(span: tuple[int, int]) -> None:
    text = "lamps, rivers and bridges"
    assert extract_keyphrases("", text, [span]) == extract_keyphrases("", text)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("", None),
        ("", ""),
        (" \n", "\t"),
        ("\ud800", "\udfff \ud800"),
        ("...", "(((("),
        ("的", "。"),
    ],
)
def test_texts_without_words(title: str, abstract: str | None) -> None:
    assert extract_keyphrases(title, abstract) == []


@pytest.mark.parametrize("most", [-1, 0, 1, 3, 1000])
def test_there_are_at_most_as_many_as_asked_and_they_are_the_best(most: int) -> None:
    found = extract_keyphrases(TITLE, ABSTRACT, most=most)
    assert found == extract_keyphrases(TITLE, ABSTRACT, most=10**6)[: max(0, most)]


@given(texts, texts, st.lists(st.tuples(st.integers(-5, 90), st.integers(-5, 90)), max_size=4))
def test_what_holds_for_every_text(title: str, abstract: str, terms: list[tuple[int, int]]) -> None:
    found = extract_keyphrases(title, abstract, terms, most=12)
    check(found, title, abstract)
    assert len(found) <= 12
    keys = [fold(keyphrase.phrase.replace("+", "plus")) for keyphrase in found]
    assert len(keys) == len(set(keys))


@given(st.lists(st.tuples(texts, texts), min_size=2, max_size=5))
@settings(max_examples=30)
def test_a_paper_is_read_alike_whatever_was_read_before(papers: list[tuple[str, str]]) -> None:
    forwards = [extract_keyphrases(*paper) for paper in papers]
    backwards = [extract_keyphrases(*paper) for paper in reversed(papers)]
    assert forwards == backwards[::-1]


@pytest.mark.parametrize(
    "piece",
    [
        "a-a-a-",
        "a ",
        "ab-cd ef ",
        "(",
        "(A) ",
        "lamp (LL) ",
        "_",
        "a.",
        "+",
        "a+",
        "://",
        "://x ",
        "w" * 50 + " ",
        "of ",
        "é̀",
        "超",
        "\ud800",
        "lamp river ",
        "\n",
        "'s",
        "to a ",
        "A B C D E F (ABCDEF) ",
    ],
)
def test_time_grows_with_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        check(extract_keyphrases(text, text), text, text)
        return time.process_time() - started

    short = min(seconds(10_000) for _ in range(3))
    # Ten times the text; quadratic time would take a hundred times as long.
    assert seconds(100_000) < 40 * short + 0.025


def test_a_megabyte_of_hyphens() -> None:
    started = time.process_time()
    assert extract_keyphrases("a-" * 10, "a-a-a-" * 170_000) is not None
    assert time.process_time() - started < 5


def write_days(folder: Path) -> None:
    paper = {"title": TITLE, "summary": ABSTRACT, "ai_keywords": ["Token-Routing", "bridge"]}
    other = {"title": "Lamps", "summary": "On lamps.", "ai_keywords": ["lamp"]}
    (folder / "2031-01-01.json").write_text(json.dumps([{"paper": paper}]), "utf-8")
    (folder / "2031-01-02.json").write_text(
        json.dumps([{"paper": other}, {"paper": paper}, {"paper": {"title": "x", "summary": ""}}]),
        "utf-8",
    )


def test_the_bench_reads_each_paper_once_and_scores_it(tmp_path: Path) -> None:
    write_days(tmp_path)
    papers = bench.read_papers(tmp_path)
    assert [(paper.title, paper.is_fitted) for paper in papers] == [(TITLE, True), ("Lamps", False)]
    assert bench.measure_ceiling(papers) == 1.0
    found = {"token routing"}
    rows = bench.measure("one", lambda paper: [*found, "token-routings"], papers)
    figures = {row.part: (row.recall_at_10, row.precision_at_10) for row in rows}
    assert figures == {
        "odd days": (0.0, 0.0),
        "even days (fitted)": (0.5, 0.1),
        "all": (0.25, 0.05),
    }


def test_the_bench_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="--days"):
        bench.main(["--days", str(tmp_path / "none")])
    write_days(tmp_path)
    monkeypatch.setattr(bench, "make_yake", lambda limit: None)
    target = tmp_path / "figures"
    bench.main(["--days", str(tmp_path), "--json", str(target)])
    assert bench.NO_YAKE in capsys.readouterr().out
    assert {row["tool"] for row in json.loads(target.read_text())["rows"]} == {
        "ours",
        "ours with terms",
    }


@pytest.mark.skipif(
    not DAYS.is_dir(), reason="the real API days are not beside this checkout (../shared/samples)"
)
def test_recall_on_real_days_does_not_fall() -> None:
    papers = [paper for paper in bench.read_papers(DAYS) if not paper.is_fitted]
    (row, _) = bench.measure("ours", bench.extract_ours, papers)
    assert (row.part, row.papers) == ("odd days", 157)
    assert row.recall_at_10 > 0.36
    assert row.recall_at_20 > 0.55
