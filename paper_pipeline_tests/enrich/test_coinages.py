"""Names that no lexicon has: what the words around a name say it is, and what they do not say."""

import pytest

from paper_pipeline.enrich.lexicon import Lexicon, read_entries
from paper_pipeline.enrich.mentions import find_mentions
from paper_pipeline.enrich.parameter_counts import extract_parameter_counts

SOURCES = {
    "model": "[{name: Rook 3, family: Rook}, {name: Jay}, {name: ChatFinch}]",
    "benchmark": "[{name: EggEval}, {name: NestQA}]",
    "dataset": "[{name: FeatherPile}]",
    "method": "[{name: LoPerch}]",
}
LEXICON = Lexicon(
    [
        entry
        for kind, source in SOURCES.items()
        for entry in read_entries(source, kind, f"{kind}.yaml")
    ]
)
M, B, D, W = "model", "benchmark", "dataset", "method"


def find_coined(abstract: str, title: str = "Notes on birds") -> dict[str, str]:
    """What is written -> kind, of the names that only the text explains."""
    texts = {"title": title, "abstract": abstract}
    sizes = {
        field: [(count.start, count.end) for count in extract_parameter_counts(text)]
        for field, text in texts.items()
    }
    mentions = find_mentions([texts], LEXICON, [{}], [sizes])[0]
    return {
        texts[mention.field][mention.start : mention.end]: mention.kind
        for mention in mentions
        if mention.basis == "text"
    }


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        # Appositions.
        pytest.param("We present KwikSort, a large model that sorts.", {"KwikSort": M}, id="comma"),
        pytest.param("KwikSort is a benchmark of 90 birds.", {"KwikSort": B}, id="is-a"),
        pytest.param("KwikSort, which is a corpus of songs, grew.", {"KwikSort": D}, id="which-is"),
        pytest.param("KwikSort, the first dataset of owls.", {"KwikSort": D}, id="the-first"),
        pytest.param("KwikSort, our new vision encoder, wins.", {"KwikSort": M}, id="our"),
        pytest.param("KwikSort — a benchmark for owls — is hard.", {"KwikSort": B}, id="dashes"),
        pytest.param("KwikSort (a small language model) is fast.", {"KwikSort": M}, id="brackets"),
        pytest.param("KwikSort (KS), a corpus of songs.", {"KwikSort": D}, id="acronym-between"),
        pytest.param("KwikSort, an LLM for birds, sings.", {"KwikSort": M}, id="llm"),
        pytest.param("KwikSort and OwlNet are models.", {}, id="plural-is-not-read"),
        pytest.param("KwikSort, a family of models, grew.", {"KwikSort": M}, id="family-of"),
        pytest.param("KwikSort, a suite of benchmarks.", {"KwikSort": B}, id="suite-of"),
        pytest.param("KwikSort is a novel, large dataset.", {"KwikSort": D}, id="adjectives"),
        pytest.param("The first benchmark, KwikSort, is hard.", {"KwikSort": B}, id="noun-first"),
        pytest.param("We release a model, KwikSort.", {"KwikSort": M}, id="noun-first-at-end"),
        # The head of the phrase decides.
        pytest.param("KwikSort, a framework for training models.", {"KwikSort": W}, id="framework"),
        pytest.param("KwikSort, a model merging method.", {"KwikSort": W}, id="model-merging"),
        pytest.param("KwikSort, a benchmark construction tool.", {"KwikSort": W}, id="tool"),
        pytest.param("KwikSort, a dataset for training models.", {"KwikSort": D}, id="dataset-for"),
        pytest.param("KwikSort, a model trained on a corpus.", {"KwikSort": M}, id="trained-on"),
        pytest.param("KwikSort, a library to build models.", {"KwikSort": W}, id="library"),
        pytest.param("KwikSort, a metric for models.", {}, id="metric"),
        pytest.param("KwikSort is a task for models.", {}, id="task"),
        pytest.param("KwikSort is a company that makes models.", {}, id="company"),
        pytest.param("KwikSort is a bird.", {}, id="bird"),
        pytest.param("KwikSort is an evaluation metric.", {}, id="evaluation-metric"),
        # The noun after it.
        pytest.param("Scores on the KwikSort benchmark rose.", {"KwikSort": B}, id="benchmark"),
        pytest.param("The KwikSort dataset is large.", {"KwikSort": D}, id="dataset"),
        pytest.param("Our KwikSort models are small.", {"KwikSort": M}, id="models"),
        pytest.param("The KwikSort vision encoder.", {"KwikSort": M}, id="modifier-between"),
        pytest.param("The KwikSort framework helps.", {"KwikSort": W}, id="framework-after"),
        pytest.param("The KwikSort language is hard.", {}, id="language-after"),
        pytest.param("The KwikSort training data is clean.", {}, id="vague-noun"),
        pytest.param("KwikSort flies over models.", {}, id="noun-further-on"),
        pytest.param("KwikSort Technical Report", {"KwikSort": M}, id="report"),
        # The noun before it.
        pytest.param("Models such as KwikSort fail.", {"KwikSort": M}, id="such-as"),
        pytest.param("Benchmarks like KwikSort are easy.", {"KwikSort": B}, id="like"),
        pytest.param("We built a model called KwikSort.", {"KwikSort": M}, id="called"),
        pytest.param("A new benchmark, termed KwikSort.", {"KwikSort": B}, id="termed"),
        pytest.param("Some datasets (e.g., KwikSort) leak.", {"KwikSort": D}, id="eg"),
        pytest.param("On the benchmark KwikSort we fail.", {"KwikSort": B}, id="noun-right-before"),
        pytest.param("Datasets: KwikSort.", {"KwikSort": D}, id="colon-before"),
        pytest.param("A method called KwikSort.", {"KwikSort": W}, id="method-before"),
        # The company it keeps.
        pytest.param("On EggEval, NestQA, and KWR.", {"KWR": B}, id="row"),
        pytest.param("EggEval and KWR", {"KWR": B}, id="row-of-two"),
        pytest.param("KWR, KWS and EggEval", {"KWR": B, "KWS": B}, id="row-before"),
        pytest.param("EggEval (71.2), NestQA (3.4), KWR (0.5)", {"KWR": B}, id="row-with-scores"),
        pytest.param("OwLet/Rook 3/Jay", {"OwLet": M}, id="row-with-slashes"),
        pytest.param("Rook 3, Jay, as well as OwLet", {"OwLet": M}, id="as-well-as"),
        pytest.param("FeatherPile, EggEval and KWR", {"KWR": B}, id="benchmark-over-dataset"),
        pytest.param("With Jay, OwLet flies.", {}, id="one-comma-is-no-row"),
        pytest.param("Jay, EggEval and KWR", {}, id="mixed-row"),
        pytest.param("Jay flies far, and in summer OwLet too.", {}, id="words-between"),
        pytest.param("LoPerch, OwLet, and KWR", {"OwLet": W, "KWR": W}, id="row-of-methods"),
        # What is done with it.
        pytest.param("It scores 61.2% on KWR.", {"KWR": B}, id="scored-on"),
        pytest.param("It reaches 40.1 accuracy on KWR and falls.", {"KWR": B}, id="accuracy-on"),
        pytest.param("It was fine-tuned on KWR for days.", {"KWR": D}, id="tuned-on"),
        pytest.param("It depends on KWR.", {}, id="depends-on"),
        pytest.param("It gains 3% on KWR-based tasks.", {}, id="scored-on-what-it-describes"),
        # Its make.
        pytest.param("We use KwikBench here.", {"KwikBench": B}, id="bench"),
        pytest.param("We use Kwik-Bench-V2 here.", {"Kwik-Bench-V2": B}, id="bench-version"),
        pytest.param("We use KwikBench+ here.", {"KwikBench+": B}, id="bench-plus"),
        pytest.param("We use OwletQA here.", {"OwletQA": B}, id="qa"),
        pytest.param("We use KwikArena here.", {"KwikArena": B}, id="arena"),
        pytest.param("We use KwikPile here.", {"KwikPile": D}, id="pile"),
        pytest.param("We use KwikInstruct-40K here.", {"KwikInstruct-40K": D}, id="thousands"),
        pytest.param("We use KwikGPT here.", {"KwikGPT": M}, id="gpt"),
        pytest.param("We use OwlFormer here.", {"OwlFormer": M}, id="former"),
        pytest.param("We use Bench and QA here.", {}, id="make-alone"),
        pytest.param("We use KwikBench, a framework.", {"KwikBench": W}, id="apposition-over-make"),
        # Sizes.
        pytest.param("We use KwikSort-7B here.", {"KwikSort-7B": M}, id="size"),
        pytest.param("KwikSort-7B; KwikSort", {"KwikSort-7B": M, "KwikSort": M}, id="size-base"),
        pytest.param(
            "KwikSort, a model. KwikSort 7B.", {"KwikSort": M, "KwikSort 7B": M}, id="gap"
        ),
        # Acronyms.
        pytest.param("A big owl model (BOM) flies.", {}, id="common-words"),
        pytest.param("Many big owl models (BOMs) fly.", {}, id="common-words-plural"),
        pytest.param("We call it owl reward search (ORS).", {}, id="common-words-no-noun"),
        pytest.param(
            "We use the Owl Nest Benchmark (ONB).", {"Owl Nest Benchmark": B, "ONB": B}, id="proper"
        ),
        pytest.param("LLMs, VLMs and MLLM models on GPU and QA.", {}, id="known-acronyms"),
        pytest.param("RLHF or SFT of the BERTs", {}, id="row-of-known-acronyms"),
        pytest.param("On 8K, 4.5K and 16GB of data", {}, id="numbers-with-units"),
        # Shapes.
        pytest.param("A tern, a model, flies.", {}, id="lower-case"),
        pytest.param("It is so. Birds, a model, fly.", {}, id="capital-of-a-sentence"),
        pytest.param("mKWIK is a large model.", {"mKWIK": M}, id="lower-case-start"),
        pytest.param("video-OWLET is a large model.", {"video-OWLET": M}, id="lower-case-prefix"),
        pytest.param("The multi-KWIK model", {"KWIK": M}, id="prefix-is-no-part"),
        pytest.param("Owl-Tern, a model, flies.", {"Owl-Tern": M}, id="two-capitals"),
        pytest.param("It is so. Text-Image, a model, flies.", {}, id="common-words-with-capitals"),
        pytest.param("It is so. Mixture-of-Owls, a model.", {}, id="function-word-inside"),
        pytest.param("ÖwlNet is a large model.", {}, id="accented-capital"),
        pytest.param("KwikSort's is a bird. The KwikSort model.", {"KwikSort": M}, id="genitive"),
        pytest.param("KwikSort++ is a large model.", {"KwikSort++": M}, id="plus-signs"),
        # Attached words.
        pytest.param("A KwikGPT-based agent", {"KwikGPT": M}, id="attached-base-make"),
        pytest.param("The KwikSort-trained model", {}, id="attached-with-noun"),
        # Names of one plain word.
        pytest.param("We introduce Owlet, a model. Owlet sings.", {"Owlet": M}, id="plain-word"),
        pytest.param("We call it Owlet, a bird.", {}, id="plain-word-no-kind"),
        pytest.param("Owlet, a model, sings.", {"Owlet": M}, id="plain-word-first-in-text"),
        pytest.param("We introduce Owl Perch, a benchmark.", {"Owl Perch": B}, id="plain-words"),
        # Traps.
        pytest.param("", {}, id="empty"),
        pytest.param("KwikSort", {}, id="name-alone"),
        pytest.param("KwikSort, a", {}, id="cut-off"),
        pytest.param("KwikSort, a model or a benchmark?", {"KwikSort": M}, id="first-head"),
        pytest.param("We met John McOwl, a researcher.", {}, id="person"),
        pytest.param("We thank OpenAI, a model company.", {}, id="known-company"),
        pytest.param("Written in PyTorch, a model library.", {}, id="known-tool"),
    ],
)
def test_kinds_told_by_the_abstract(abstract: str, expected: dict[str, str]):
    assert find_coined(abstract) == expected


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        pytest.param("KwikSort: A Benchmark for Owls", "", {"KwikSort": B}, id="colon"),
        pytest.param("KwikSort: Towards a Model of Owls", "", {"KwikSort": M}, id="towards"),
        pytest.param("KwikSort: Large Language Models Sing", "", {"KwikSort": M}, id="no-article"),
        pytest.param("KwikSort: Merging Models", "", {}, id="what-is-done"),
        pytest.param("KwikSort: A Framework for Models", "", {"KwikSort": W}, id="framework"),
        pytest.param(
            "KwikSort: On Owls", "KwikSort, a model.", {"KwikSort": M}, id="abstract-tells"
        ),
        pytest.param("KwikSort: A Model", "We sell KwikSort.", {"KwikSort": M}, id="title-tells"),
        pytest.param("Owlet: A Corpus of Songs", "Use Owlet.", {"Owlet": D}, id="plain-word"),
        pytest.param("Owlet: Singing at Night", "Use Owlet.", {}, id="plain-word-no-kind"),
        pytest.param("Large-Scale Text-To-Owl Models", "", {}, id="capitals-of-a-title"),
        pytest.param("KwikSort Technical Report", "", {"KwikSort": M}, id="report"),
        pytest.param(
            "Introducing KwikSort", "We like the KwikSort corpus.", {"KwikSort": D}, id="end"
        ),
        pytest.param("", "KwikSort, a model.", {"KwikSort": M}, id="no-title"),
    ],
)
def test_kinds_told_by_the_title(title: str, abstract: str, expected: dict[str, str]):
    assert find_coined(abstract, title) == expected


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        pytest.param(
            "KwikSort is a novel and large dataset.",
            {"KwikSort": D},
            id="two-adjectives",
        ),
        pytest.param(
            "Rook 3/Jay/OwLet",
            {"OwLet": M},
            id="last-after-a-slash",
        ),
        pytest.param(
            "The Owl Nest Benchmark (ONB) is hard.",
            {"Owl Nest Benchmark": B, "ONB": B},
            id="article-with-a-capital",
        ),
        pytest.param("We train Tern-7B on one card.", {"Tern-7B": M}, id="plain-word-with-a-size"),
        pytest.param(
            "We train KwikSort (7B), which sings.",
            {"KwikSort": M},
            id="size-in-brackets",
        ),
        pytest.param(
            "We introduce KwikSort a novel benchmark that is hard.",
            {"KwikSort": B},
            id="no-comma",
        ),
    ],
)
def test_harder_cases(abstract: str, expected: dict[str, str]):
    assert find_coined(abstract) == expected


@pytest.mark.parametrize(
    ("title", "abstract", "expected"),
    [
        pytest.param(
            "", "We present KwikSort, large-scale song models.", {"KwikSort": M}, id="plural"
        ),
        pytest.param(
            "", "Our 7B model, KwikSort sets a record.", {"KwikSort": M}, id="one-comma-of-two"
        ),
        pytest.param(
            "", "We train a model, referred to as KwikSort.", {"KwikSort": M}, id="referred-to-as"
        ),
        pytest.param(
            "", "A model for re-singing named KwikSort.", {"KwikSort": M}, id="hyphen-on-the-way"
        ),
        pytest.param("", "It builds on KwikSort, a new model.", {"KwikSort": M}, id="builds-on"),
        pytest.param("", "Of 29 songs built on KwikSort, some fit.", {}, id="built-on-is-no-score"),
        pytest.param(
            "KwikSort: Language Models for Owls",
            "We propose KwikSort, an efficient algorithm for owls.",
            {"KwikSort": W},
            id="abstract-over-title",
        ),
        pytest.param(
            "", "Techniques like KWR, Rook 3 and Jay.", {"KWR": W}, id="noun-over-company"
        ),
        pytest.param("", "A compression approach, called KwikLM.", {"KwikLM": W}, id="over-make"),
        pytest.param("", "A song model, called Great Owl.", {"Great Owl": M}, id="plain-words"),
        pytest.param("", "The KWIK-series models", {"KWIK": M}, id="series"),
        pytest.param("", "The BASE models and the INSTRUCT models", {}, id="variants-alone"),
    ],
)
def test_cases_seen_in_papers(title: str, abstract: str, expected: dict[str, str]):
    assert find_coined(abstract, title) == expected


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        pytest.param("Teaching a Language Model to Sing", "Teaching birds."),
        pytest.param("Rethinking the Owl Model", ""),
        pytest.param("Towards a Model of Owls", "Towards owls."),
        pytest.param("", "In the owl model we trust. In summer it sings."),
        pytest.param("", "Unlike a benchmark, it sings."),
        pytest.param("", "Given a framework for owls, we sing."),
        pytest.param(
            "",
            "Motivation: A benchmark of owls is missing.",
        ),
        pytest.param("Can a Language Model Sing?", "Can it?"),
        pytest.param("Is the Benchmark Dead?", "We ask."),
        pytest.param("Why Birds Sing: A Survey of Models", "Why?"),
        pytest.param("", "We introduce a model. We propose an algorithm. The model sings."),
        pytest.param("", "We call the model that sings a bird. It is a model."),
    ],
)
def test_common_words_are_no_names(title: str, abstract: str):
    assert find_coined(abstract, title) == {}


def test_evidence_of_all_places_is_weighed_together():
    text = "KwikSort flies. We met KwikSort in May. The KwikSort dataset is small. KwikSort, again."
    mentions = find_mentions([{"title": "KwikSort", "abstract": text}], LEXICON, [{}], [{}])[0]
    assert [(m.field, m.kind, m.name) for m in mentions] == [
        ("title", "dataset", "KwikSort"),
        *[("abstract", "dataset", "KwikSort")] * 4,
    ]


def test_more_evidence_counts_more():
    once = "The KwikSort dataset is here."
    often = f"{once} KwikSort is a benchmark. KwikSort, a benchmark for owls, is hard."
    assert find_coined(once) == {"KwikSort": D}
    assert find_coined(often) == {"KwikSort": B}


@pytest.mark.parametrize("joint", ["-", "_"])
def test_sizes_and_variants_share_a_name(joint: str):
    written = [f"KwikSort{joint}{piece}" for piece in ("7B", "mini", "Instruct", "Chat", "1.5B")]
    text = f"KwikSort is a language model; we test {' against '.join(written)}."
    mentions = find_mentions([{"title": "", "abstract": text}], LEXICON, [{}], [{}])[0]
    assert [text[m.start : m.end] for m in mentions] == ["KwikSort", *written]
    assert {(m.kind, m.name, m.basis) for m in mentions} == {("model", "KwikSort", "text")}
