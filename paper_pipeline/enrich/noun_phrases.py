"""Noun phrases: what kind of thing a phrase about a name says that it is.

Data flow: a text and the place where a name ends -> the kind of thing, by the head of the phrase.

The head decides: `a framework for training models` is a framework. How much that weighs beside
other evidence is told in coinages.py.
"""

import re

from paper_pipeline.enrich.name_shapes import word_set

# What a noun phrase is, by its head.
_HEAD_WORDS = {
    "benchmark": """
        benchmark benchmarks testbed testbeds leaderboard leaderboards challenge challenges exam
        exams gym arena evaluation evaluations testset
    """,
    "dataset": """
        dataset datasets corpus corpora treebank database databases datastore collection data
    """,
    "model": """
        model models llm llms vlm vlms mllm mllms lmm lmms lvlm lvlms slm slms lrm lrms vla vlas
        lm lms transformer transformers network networks backbone backbones encoder encoders
        decoder autoencoder autoencoders tokenizer tokenizers chatbot chatbots generator
        generators reasoner architecture architectures checkpoint checkpoints mlm vae gan unet
        prm prms orm
    """,
    "method": """
        framework frameworks method methods approach approaches algorithm algorithms pipeline
        pipelines technique techniques strategy strategies system systems agent agents paradigm
        paradigms toolkit toolkits library libraries platform platforms mechanism mechanisms
        module modules scheme schemes procedure optimizer optimizers loss losses protocol
        protocols tool tools engine engines recipe objective objectives sampler samplers solver
        solvers scheduler adapter adapters attack attacks estimator infrastructure formulation
        regularizer kernel kernels layer layers operator operators workflow workflows defense
    """,
    "other": """
        metric metrics environment environments simulator simulators taxonomy survey study
        analysis interface plugin package assistant assistants language languages task tasks
        score scores judge company team organization competition solution project paper index
    """,
}
HEADS = {word: kind for kind, words in _HEAD_WORDS.items() for word in words.split()}
# Heads that say nothing when something stands before them: a model family, a benchmark suite.
_COLLECTIVES = word_set(
    "family families series suite suites set sets variant variants version versions class group "
    "pair trio line collection range lineup generation release releases architecture split splits"
)
_LONE_COLLECTIVES = {"suite": "benchmark", "suites": "benchmark"}
# What ends a noun phrase.
_STOPS = word_set(
    """
    that which who whose where when while for of with to in on by at from as via using is are was
    were and or but can capable designed trained built based we our it this these comprising
    containing consisting covering spanning featuring evaluating assessing measuring tailored
    specifically aimed aiming focused focusing curated collected constructed derived created
    composed developed pretrained pre-trained fine-tuned finetuned powered able without under over
    across between through than including such like enabling allowing providing offering combining
    integrating unifying leveraging supporting targeting inspired proposed introduced if because
    has have had does do requires achieves achieving outperforms improves shows not only both
    """
)
# Heads that say little right after a name: `SG training data`.
_VAGUE = frozenset("data collection evaluation evaluations".split())
# Words in -ing that go on a noun phrase: `a model training framework`.
_ACTIVITIES = word_set(
    "training merging editing serving routing scaling learning reasoning pruning tuning "
    "fine-tuning processing understanding modeling modelling prompting planning steering testing "
    "benchmarking caching decoding parsing building hosting engineering compressing"
)
_MODIFIERS = word_set(
    """
    language vision vision-language multimodal evaluation reasoning generation foundation base
    diffusion video image text speech audio code coding math mathematical retrieval embedding
    caption captioning instruction preference classification segmentation detection reward world
    policy test validation training test-set
    family series visual medical agent agentic large small pretrained pre-trained open-source
    open-weight instruction-tuned chat suite dense sparse hybrid research public challenging new
    multilingual long-context understanding question answering safety robotics manipulation
    benchmark challenge leaderboard corpus style family-based
    """
)
_DETERMINED = re.compile(
    r"\)?(?:\s?\([^()]{1,60}\))?"
    r"(?:(?:\s?[,:—–]\s?|\s-\s|\s?\()(?:which\s(?:is|are)\s)?|\s(?:is|are|was|were)\s)"
    r"(?:an?|the|our|one\sof\sthe)\s",
    re.IGNORECASE,
)
# What no apposition begins with, so that most names need no closer look: a space and a letter other
# than those of `is`, `are`, `was`; the end of a sentence.
_PLAIN_STARTS = frozenset(f" {letter}" for letter in "bcdefghjklmnopqrstuvxyz") | {". ", ".", ""}
# What may stand between a name and its noun.
_BEFORE_NOUN = frozenset(" )-")
_COLON = re.compile(r"\s?[:—–]\s(?:(?:A|An|The|Towards|Toward)\s)?")
_GERUND = re.compile(r"\w+ing\b")
_WORD_OR_SIGN = re.compile(r"[^\s,.;:()\[\]—–]+(?:[.][^\s,.;:()\[\]—–]+)*|[,.;:()\[\]—–]")
_MOST_WORDS = 18
# What may be joined to a name before the noun: `X-series models`.
_JOINED = ("-series", "-family")
_AFTER = re.compile(r"\s(?=[A-Za-z])")
# `we introduce X, lightweight models that`.
_BARE_APPOSITION = re.compile(
    r"(?:,\s|\s(?=an?\s))(?:an?\s)?(?=[a-z])(?!which|that|and|or|where|we)"
)


def read_apposition(text: str, end: int, *, is_title: bool = False) -> tuple[str, bool]:
    """The kind that `, a ... benchmark` or `: A ... Corpus` gives a name that ends there.

    Returns:
        The kind, empty where there is none, and whether an article stands there: without one a
        title may say in the same place what is done to models.
    """
    if text[end : end + 2] in _PLAIN_STARTS:
        return "", False
    if determined := _DETERMINED.match(text, end):
        return _find_head(text, determined.end()), True
    if is_title and (colon := _COLON.match(text, end)) and not _GERUND.match(text, colon.end()):
        return _find_head(text, colon.end()), False
    return "", False


def read_bare_apposition(text: str, end: int) -> str:
    """The kind that an apposition without article gives: `we introduce X, lightweight models`."""
    bare = _BARE_APPOSITION.match(text, end)
    return _find_head(text, bare.end()) if bare else ""


def _find_head(text: str, start: int) -> str:
    """The kind of the noun phrase that starts there, empty where its head is none we know."""
    kind, last = "", ""
    for count, match in enumerate(_WORD_OR_SIGN.finditer(text, start)):
        word = match[0].lower()
        if count == _MOST_WORDS or word in ".;:()[]—–":
            break
        if word in (",", "and", "or"):
            if kind:
                break
            continue
        if word == "of" and last in _COLLECTIVES:
            kind = ""
            continue
        if word in _STOPS:
            break
        head = HEADS.get(word) or HEADS.get(word.rpartition("-")[2])
        if head:
            kind = head
        elif word in _COLLECTIVES:
            kind = kind or _LONE_COLLECTIVES.get(word, "")
        elif kind:
            if word.endswith("ed") or (word.endswith("ing") and word not in _ACTIVITIES):
                break
            kind = ""
        last = word
    return kind


def read_noun_after(text: str, end: int) -> str:
    """The kind that the noun right after a name gives it: `the X benchmark`."""
    if text[end : end + 1] not in _BEFORE_NOUN:
        return ""
    end += next((len(word) for word in _JOINED if text.startswith(word, end)), 0)
    if text.startswith(" Technical Report", end):
        return "model"
    position = end + text.startswith(")", end)
    for _ in range(3):
        blank = _AFTER.match(text, position)
        found = _WORD_OR_SIGN.match(text, blank.end()) if blank else None
        if found is None:
            return ""
        word = found[0].lower().removesuffix("'s").removesuffix("’s")
        if head := HEADS.get(word):
            if word not in _VAGUE:
                return head
        elif word not in _MODIFIERS:
            return ""
        position = found.end()
    return ""
