"""Mentions: names known or told by the text, what is joined to them, and where they stand."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.lexicon import KINDS, Lexicon, load_lexicon, read_entries
from paper_pipeline.enrich.links import extract_links
from paper_pipeline.enrich.mentions import Mention, find_mentions
from paper_pipeline.enrich.parameter_counts import extract_parameter_counts

SOURCES = {
    "model": """
        - {name: Rook, family: Rook}
        - {name: Rook 3, family: Rook}
        - {name: Rook 3 Mini, family: Rook}
        - {name: Jay-2, aliases: [Blue Jay 2], family: Jay}
        - {name: OwlBERT}
        - {name: Tern2.5}
        - {name: Nightjar K4}
    """,
    "benchmark": "[{name: EggEval}, {name: EggEval+}, {name: NestQA}, {name: Song Test}]",
    "dataset": "[{name: FeatherPile}, {name: Nestbox}]",
    "method": "[{name: LoPerch}, {name: tree perching}]",
    "task": "[{name: song detection}]",
    "language": "[{name: Finnish}]",
    "hardware": "[{name: W100}]",
    "licence": "[{name: Birder License}]",
}
LEXICON = Lexicon(
    [
        entry
        for kind, source in SOURCES.items()
        for entry in read_entries(source, kind, f"{kind}.yaml")
    ]
)

Paper = dict[str, str]


def find_in_papers(papers: list[Paper], lexicon: Lexicon = LEXICON) -> list[list[Mention]]:
    """The mentions of papers, links and sizes found as the pipeline finds them."""
    return find_mentions(
        papers,
        lexicon,
        [
            {f: [(link.start, link.end) for link in extract_links(text)] for f, text in one.items()}
            for one in papers
        ],
        [
            {
                field: [(count.start, count.end) for count in extract_parameter_counts(text)]
                for field, text in one.items()
            }
            for one in papers
        ],
    )


def find(abstract: str) -> list[tuple[str, str, str]]:
    """Kind, name and what is written, for the mentions of an abstract."""
    return [
        (mention.kind, mention.name, abstract[mention.start : mention.end])
        for mention in find_in_papers([{"title": "Of birds", "abstract": abstract}])[0]
    ]


def models(*written: str, name: str = "Rook 3") -> list[tuple[str, str, str]]:
    return [("model", name, one) for one in written]


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        # Known names of every kind.
        pytest.param("We use Rook 3 here.", models("Rook 3"), id="model"),
        pytest.param("blue jay 2 sings", models("blue jay 2", name="Jay-2"), id="alias"),
        pytest.param("on EggEval", [("benchmark", "EggEval", "EggEval")], id="benchmark"),
        pytest.param("on nestbox", [("dataset", "Nestbox", "nestbox")], id="dataset"),
        pytest.param("LoPerch helps", [("method", "LoPerch", "LoPerch")], id="method"),
        pytest.param("for song detection", [("task", "song detection", "song detection")], id="t"),
        pytest.param("in Finnish", [("language", "Finnish", "Finnish")], id="language"),
        pytest.param("a W100 card", [("hardware", "W100", "W100")], id="hardware"),
        pytest.param(
            "the Birder License", [("licence", "Birder License", "Birder License")], id="licence"
        ),
        # Sizes and variants that are joined to a model.
        pytest.param("by Rook-3-7B.", models("Rook-3-7B"), id="size"),
        pytest.param("by Rook 3 7B.", models("Rook 3 7B"), id="size-with-space"),
        pytest.param("by Rook 3 1.5B.", models("Rook 3 1.5B"), id="decimal-size"),
        pytest.param("by Rook3-7B-Instruct.", models("Rook3-7B-Instruct"), id="joined-instruct"),
        pytest.param("by Rook-3-mini.", models("Rook-3-mini", name="Rook 3 Mini"), id="own-entry"),
        pytest.param("by Tern2.5-7B.", models("Tern2.5-7B", name="Tern2.5"), id="decimal-version"),
        pytest.param("by Tern-2.5-VL.", models("Tern-2.5-VL", name="Tern2.5"), id="vision"),
        pytest.param("by OwlBERT-large.", models("OwlBERT-large", name="OwlBERT"), id="large"),
        pytest.param("by Rook 3 (7B).", models("Rook 3"), id="size-in-brackets"),
        pytest.param("by Rook 3 7Bs", models("Rook 3"), id="no-size"),
        pytest.param("by Rook 3 and 7B", models("Rook 3"), id="size-further-on"),
        pytest.param("EggEval 7B", [("benchmark", "EggEval", "EggEval")], id="benchmark-no-size"),
        # Suffixes of benchmarks.
        pytest.param("on EggEval-Hard.", [("benchmark", "EggEval", "EggEval-Hard")], id="hard"),
        pytest.param("on EggEval+.", [("benchmark", "EggEval+", "EggEval+")], id="plus"),
        pytest.param("on NestQA-v2", [("benchmark", "NestQA", "NestQA-v2")], id="version"),
        pytest.param("on the Song Test.", [("benchmark", "Song Test", "Song Test")], id="two"),
        # What is attached but no part of the name.
        pytest.param("a Rook-3-based agent", models("Rook-3"), id="based"),
        pytest.param("Rook-3-generated songs", models("Rook-3"), id="generated"),
        pytest.param("OwlBERT-style nets", models("OwlBERT", name="OwlBERT"), id="style"),
        pytest.param("Rook 3's and Rook 3’s", models("Rook 3", "Rook 3"), id="genitive"),
        pytest.param("non-OwlBERT nets", models("OwlBERT", name="OwlBERT"), id="prefix"),
        pytest.param("(Rook 3), “Rook 3”; Rook 3!", models(*["Rook 3"] * 3), id="signs"),
        pytest.param(
            "EggEval/NestQA", [("benchmark", n, n) for n in ("EggEval", "NestQA")], id="/"
        ),
        # The end of a name stands for it.
        pytest.param(
            "K4 is new: Nightjar K4 sings.",
            models("K4", "Nightjar K4", name="Nightjar K4"),
            id="short-name",
        ),
        pytest.param("K4 is new.", [], id="short-name-alone"),
        # Numbers that make another name.
        pytest.param("Rook 3.1 sings", models("Rook", name="Rook"), id="other-version"),
        pytest.param("Rook 3. It sings", models("Rook 3"), id="end-of-sentence"),
        pytest.param("Rook 33 sings", models("Rook", name="Rook"), id="longer-number"),
        # Names that have a known one in them.
        pytest.param(
            "OwlBERT-Nest, a corpus of birds.",
            [("dataset", "OwlBERT-Nest", "OwlBERT-Nest")],
            id="w",
        ),
        pytest.param(
            "Sea-OwlBERT sings.", [("model", "Sea-OwlBERT", "Sea-OwlBERT")], id="prefixed-model"
        ),
        pytest.param(
            "Sea-EggEval is hard.", [("benchmark", "Sea-EggEval", "Sea-EggEval")], id="prefixed"
        ),
        pytest.param("OwlBERTa sings.", [], id="longer-word"),
        # Names that the text explains beside known ones.
        pytest.param(
            "KwikSort, a model like Rook 3.",
            [("model", "KwikSort", "KwikSort"), ("model", "Rook 3", "Rook 3")],
            id="both",
        ),
        pytest.param(
            "KwikSort-7B and KwikSort-13B beat Rook 3.",
            [
                ("model", "KwikSort", "KwikSort-7B"),
                ("model", "KwikSort", "KwikSort-13B"),
                ("model", "Rook 3", "Rook 3"),
            ],
            id="sizes-of-a-new-model",
        ),
        pytest.param(
            "EggEval, a model of eggs.", [("benchmark", "EggEval", "EggEval")], id="known"
        ),
        # Addresses are no text.
        pytest.param("See https://github.com/owls/Rook-3.", [], id="known-in-address"),
        pytest.param("See https://x.org/KwikSort-7B for it.", [], id="new-in-address"),
        pytest.param(
            "https://x.org/EggEval EggEval", [("benchmark", "EggEval", "EggEval")], id="2"
        ),
        pytest.param(
            "KwikSort, a model: https://x.org/KwikSort", [("model", "KwikSort", "KwikSort")], id="3"
        ),
        # Nothing.
        pytest.param("", [], id="empty"),
        pytest.param("We watch birds and count what we see.", [], id="plain"),
    ],
)
def test_mentions_of_an_abstract(abstract: str, expected: list[tuple[str, str, str]]):
    assert find(abstract) == expected


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        pytest.param("by Rook-3-7B-it.", models("Rook-3-7B-it"), id="size-and-lower-case-piece"),
        pytest.param("by Rook-1.8B.", models("Rook-1.8B", name="Rook"), id="plain-word-and-size"),
        pytest.param("by Rook-3-Instruct.", models("Rook-3-Instruct"), id="plain-word-and-variant"),
        pytest.param(
            "by Rook 3-7B.",
            models("Rook 3-7B"),
            id="space-then-hyphen",
        ),
    ],
)
def test_pieces_after_a_known_model_belong_to_it(
    abstract: str, expected: list[tuple[str, str, str]]
):
    assert find(abstract) == expected


def test_mention_says_what_is_known():
    paper = {"title": "KwikSort: A Model", "abstract": "We sell KwikSort, not Jay-2-7B."}
    assert find_in_papers([paper])[0] == [
        Mention("model", "KwikSort", "", "title", 0, 8, "text"),
        Mention("model", "KwikSort", "", "abstract", 8, 16, "text"),
        Mention("model", "Jay-2", "Jay", "abstract", 22, 30, "lexicon"),
    ]


def test_fields_come_in_the_order_of_the_paper():
    paper = {"title": "On Rook 3", "abstract": "EggEval, then Rook 3", "summary": "NestQA"}
    found = find_in_papers([paper])[0]
    assert [(m.field, m.name) for m in found] == [
        ("title", "Rook 3"),
        ("abstract", "EggEval"),
        ("abstract", "Rook 3"),
        ("summary", "NestQA"),
    ]


def test_no_papers_and_papers_without_texts():
    assert find_in_papers([]) == []
    assert find_in_papers([{}, {"title": ""}, {"title": "Rook 3"}])[:2] == [[], []]


def test_a_lexicon_of_nothing_leaves_what_the_text_tells():
    paper = {"title": "", "abstract": "KwikSort, a model, beats Rook 3."}
    assert [m.name for m in find_in_papers([paper], Lexicon([]))[0]] == ["KwikSort"]


SHIPPED = [
    ("GPT-4o-mini and Claude 3.5 Sonnet", {"GPT-4o mini", "Claude 3.5 Sonnet"}),
    ("Qwen2.5-72B-Instruct wins", {"Qwen2.5"}),
    ("Llama-3.1-8B wins", {"Llama 3.1"}),
    ("Llama-2-7B wins", {"Llama 2"}),
    ("DeepSeek-R1-Distill-Qwen-7B wins", {"DeepSeek-R1-Distill-Qwen"}),
    ("GPT-4-based judges", {"GPT-4"}),
    ("HumanEval+ and MBPP", {"HumanEval+", "MBPP"}),
    ("SWE-bench Verified, SWE-Bench", {"SWE-bench Verified", "SWE-bench"}),
    ("AIME 2024 and MATH-500", {"AIME 2024", "MATH-500"}),
    ("BERT-base and RoBERTa-large", {"BERT", "RoBERTa"}),
    ("the ImageNet-1K dataset", {"ImageNet-1K"}),
    ("Stable Diffusion XL", {"SDXL"}),
]


@pytest.mark.parametrize(("abstract", "names"), [pytest.param(*one, id=one[0]) for one in SHIPPED])
def test_shipped_lexicons(abstract: str, names: set[str]):
    found = find_in_papers([{"title": "", "abstract": abstract}], load_lexicon())[0]
    assert {mention.name for mention in found} == names


# Words of the lexicon, words that explain names, and ugly signs.
PIECES = st.sampled_from(
    [
        *("Rook", "Rook 3", "Jay", "OwlBERT", "EggEval", "NestQA", "FeatherPile", "KwikSort"),
        *("Owlet", "KWR", "LoPerch", "LLMs", "KwikBench", "video-OWL", "Owl Nest Benchmark"),
        *("3", ".1", "7B", "1.5B", "Instruct", "-", "-based", "+", "'s", " ", ", ", ": ", "/", "."),
        *(
            " a model",
            " benchmark",
            " the corpus",
            " such as ",
            " and ",
            " (",
            ")",
            " is a ",
            " on ",
        ),
        *(
            "We introduce ",
            "trained on ",
            "61.2% ",
            "https://x.org/",
            "é",
            "İ",
            "𝐓",
            "\ud83d",
            "\n",
        ),
    ]
)
UGLY = st.one_of(
    st.text(max_size=50), st.lists(PIECES, max_size=25).map("".join), st.just("Rook 3")
)
PAPERS = st.builds(lambda title, abstract: {"title": title, "abstract": abstract}, UGLY, UGLY)


@given(st.lists(PAPERS, max_size=4))
def test_mentions_prove_themselves(papers: list[Paper]):
    found = find_in_papers(papers)
    assert len(found) == len(papers)
    for paper, mentions in zip(papers, found, strict=True):
        free = {"title": 0, "abstract": 0}
        assert [m.field for m in mentions] == sorted((m.field for m in mentions), reverse=True)
        for mention in mentions:
            written = paper[mention.field][mention.start : mention.end]
            assert free[mention.field] <= mention.start < mention.end
            assert written
            assert written == written.strip()
            free[mention.field] = mention.end
            assert mention.kind in KINDS
            if mention.basis == "text":
                assert mention.kind in ("model", "benchmark", "dataset", "method")
                assert mention.family == ""
                # A name with another sign at a joint stands for the same.
                assert written.replace("_", "-").startswith(mention.name)
            else:
                assert mention.basis == "lexicon"
                assert mention.name in SPELLED
                assert any(one in _squeeze(written) for one in SPELLED[mention.name])


def _squeeze(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


SPELLED = {entry.name: [_squeeze(one) for one in entry.spellings] for entry in LEXICON.entries}


@given(st.lists(PAPERS, min_size=1, max_size=4))
def test_mentions_of_a_paper_do_not_depend_on_others(papers: list[Paper]):
    assert find_in_papers(papers) == [find_in_papers([paper])[0] for paper in papers]


@given(PAPERS)
def test_nothing_is_mentioned_in_an_address(paper: Paper):
    spans = {field: [(0, len(text) // 2)] if len(text) > 1 else [] for field, text in paper.items()}
    for mention in find_mentions([paper], LEXICON, [spans], [{}])[0]:
        assert mention.start >= len(paper[mention.field]) // 2


@given(st.text(st.characters()), st.text(st.characters()))
def test_any_text_is_read(title: str, abstract: str):
    assert len(find_in_papers([{"title": title, "abstract": abstract}])) == 1


@pytest.mark.parametrize(
    ("before", "piece", "length"),
    [
        pytest.param("", "A-", 400_000, id="capitals-and-hyphens"),
        pytest.param("", "AbC-", 400_000, id="names-and-hyphens"),
        pytest.param("", "(", 400_000, id="brackets"),
        pytest.param("", "X, a X, a ", 400_000, id="cut-off-appositions"),
        pytest.param("", "AbC (", 40_000, id="names-and-brackets"),
        pytest.param("", "AbC, AbC, ", 40_000, id="rows"),
        pytest.param("", "on AbC ", 40_000, id="scored-on"),
        pytest.param("", "AbC: a ", 40_000, id="colons"),
        pytest.param("", "Rook 3 7B ", 40_000, id="known-names-with-sizes"),
        pytest.param("", "KwikSort-7B ", 40_000, id="new-names-with-sizes"),
        pytest.param("", "such as models (e.g., ", 400_000, id="nouns-before"),
        pytest.param("KwikSort", "-7B", 400_000, id="many-sizes"),
        pytest.param("KwikSort", " ", 400_000, id="blanks"),
        pytest.param("", "aB", 400_000, id="changing-capitals"),
        pytest.param("", "é𝐓AbC\ud83d ", 200_000, id="beyond-ascii"),
        pytest.param("", "A", 8_000, id="one-word-of-capitals"),
        pytest.param("A", "1", 8_000, id="one-word-of-digits"),
        pytest.param("We introduce Owlet, a model. ", "Owlet Rook ", 24_000, id="told"),
    ],
)
def test_time_is_linear(before: str, piece: str, length: int):
    def measure(length: int) -> float:
        text = before + piece * (length // len(piece))
        started = time.process_time()
        find_mentions([{"title": "", "abstract": text}], LEXICON, [{}], [{}])
        return time.process_time() - started

    measure(100)
    # Once each: a word that was read before is not read again.
    short, long = (measure(one) for one in (length // 8, length))
    # Eight times the text: 64 times the time if it were quadratic.
    assert long < 25 * short + 0.02, f"{short:.3f} s, then {long:.3f} s"
