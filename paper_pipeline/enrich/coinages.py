"""Names that no lexicon has: what an abstract itself says a name stands for.

Data flow: a text, the spans of names that are known -> other names, each with its kind.

Papers coin names (`We present Tern-Bench, a benchmark of ...`) and use names that nobody has listed
yet. Whether such a name is a model, a benchmark, a data set or a method is told by the words around
it, all of which are weighed together for all places where the name stands:

- An apposition: `X, a large model that ...`, `X: A Benchmark for ...`, `X is a corpus of ...`.
- The noun after it, `the X benchmark`, or before it, `models such as X`.
- The company it keeps: in `MMLU, GSM8K and X` it is what its neighbours are.
- What is done with it: one scores on a benchmark and trains on a data set.
- Its make: `X-Bench`, `XQA`, `X-7B`.

The head of a noun phrase decides: `a framework for training models` is a framework. Acronyms that
stand for common nouns are no names, be they known as such or spelled out in the text.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from paper_pipeline.enrich.name_shapes import (
    CACHED_WORDS,
    NAMING,
    Name,
    find_base,
    is_no_name,
    last_words,
)
from paper_pipeline.enrich.noun_phrases import (
    HEADS,
    read_apposition,
    read_bare_apposition,
    read_noun_after,
)

Weights = dict[str, dict[str, float]]


class Known(NamedTuple):
    """A name whose kind is known, and where it stands."""

    kind: str
    start: int
    end: int


class Passage(NamedTuple):
    """A title or an abstract, and what is to be judged in it.

    Attributes:
        text: Its text, without addresses.
        is_title: Whether it is a title, where a colon tells what a name stands for.
        names: Words with the shape of a name that no lexicon has.
        plain: Where words begin that may turn out to be names.
        known: What a lexicon has, in order.
        sizes: Spans of counts of parameters.
    """

    text: str
    is_title: bool
    names: list[Name]
    plain: list[int]
    known: Sequence[Known]
    sizes: Sequence[tuple[int, int]]


# Names of several words that begin with capitals.
_PROPER = re.compile(r"[A-Z][\w-]*(?:\s[A-Z0-9][\w-]*(?:\.\w+)*){0,2}+(?!\s[A-Z])")
# Kinds whose names stand in rows beside one another.
_LISTED_KINDS = frozenset(("model", "benchmark", "dataset", "method"))
_NOUNS = (
    "benchmark leaderboard challenge set evaluation dataset corpora corpus model LLM VLM MLLM LVLM "
    "LMM VLA LRM LM network architecture backbone transformer encoder method approach technique "
    "algorithm framework system pipeline agent"
).split()
_KIND_NOUNS = r"benchmarks?|leaderboards?|challenges?|test\ssets?|evaluations?"
_DATA_NOUNS = r"datasets?|data\ssets?|corpora|corpus"
_MODEL_NOUNS = (
    r"models?|LLMs?|VLMs?|MLLMs?|LVLMs?|LMMs?|VLAs?|LRMs?|LMs?|networks?|architectures?|backbones?|"
    r"transformers?|encoders?"
)
_METHOD_NOUNS = (
    r"methods?|approach(?:es)?|techniques?|algorithms?|frameworks?|systems?|pipelines?|agents?"
)
_CALLED = r"(?<!s\s)(?:[\w-]+\s){0,5}(?:called|named|dubbed|termed|referred\sto\sas|denoted\sas)"
_NOUN_BEFORE = re.compile(
    rf"\b(?:(?P<benchmark>{_KIND_NOUNS})|(?P<dataset>{_DATA_NOUNS})|(?P<model>{_MODEL_NOUNS})|"
    rf"(?P<method>{_METHOD_NOUNS}))"
    rf"(?:,?\s(?:such\sas|including|like|namely,?|e\.g\.,?|i\.e\.,?|{_CALLED})"
    r"|(?:\s(?:for|of|in|on)\s[\w-]+(?:\s[\w-]+){0,3})?\s?[:—–]"
    r"|,?\s\((?:e\.g\.,?|i\.e\.,?|such\sas|including|called|termed|dubbed|named)?)?"
    r"\s?(?:the\s)?(?:\d+[KMB]?\s)?\Z",
    re.IGNORECASE,
)
# Words before a name after which it is worth looking for such a noun.
_MAY_FOLLOW_NOUN = frozenset(
    f"{word}{mark}"
    for word in (
        "as", "including", "like", "namely", "called", "named", "dubbed", "termed", "e.g", "i.e",
        "e.g.", "i.e.", "—", "–", "", *_NOUNS, *(f"{noun}s" for noun in _NOUNS),
    )
    for mark in ("", ",", ":", ".,")
)  # fmt: skip
# `the first benchmark, X,`: an apposition the other way round.
_NOUN_APPOSED = re.compile(
    r"\b(?:(?P<benchmark>benchmark|leaderboard)|(?P<dataset>dataset|corpus)|"
    r"(?P<model>model|LLM|VLM|MLLM|LVLM|LMM|VLA|network|architecture)),\s\Z",
    re.IGNORECASE,
)
# `our 7B model, X reaches`: what is ours is one.
_OURS_APPOSED = re.compile(
    r"\bour\s(?:[\w-]+\s){0,4}(?:(?P<benchmark>benchmark)|(?P<dataset>dataset|corpus)|"
    r"(?P<model>model|LLM|VLM|network)),\s\Z",
    re.IGNORECASE,
)
_SCORED_ON = re.compile(
    r"(?:%|\bpoints?|\b(?:accuracy|scores?|scored|performance|results?|state-of-the-art|sota|rate|"
    r"f1|map|miou|bleu|wer|pass@\d+|gains?|improvements?|improves?|evaluated?|evaluations?|evaluating|"
    r"tested|testing|benchmarked|experiments?|validated?|achieves?|outperform\w*|surpass\w*|"
    r"competitive|superior|best|wins?|solves?|excels?)\b|\d)"
    r"(?:\s(?!on\b)[\w%.@+→-]+){0,4}(?<!\sbuilt)(?<!\sbased)(?<!\srelies)(?<!\sdepends)(?<!\strained)"
    r"\son\s(?:the\s|both\s|established\s|popular\s|standard\s)?\Z",
    re.IGNORECASE,
)
_TRAINED_ON = re.compile(
    r"\b(?:pre-?trained|trained|training|fine-?tuned|fine-?tuning)\son\s(?:the\s)?\Z", re.IGNORECASE
)
# Words in front of an `on` that begins no sentence.
_FEWEST_BEFORE_ON = 3
_DIGITS_OR_COLON = frozenset("0123456789:")
_CLOSING = frozenset(".,;")
_BEFORE_SCORED = frozenset("the both established popular standard".split())
_CONTEXT_LENGTH = 60
# What parts names in a row; results may stand beside them.
_GAP = re.compile(
    r"(?:\s?\([^()]{1,60}\)|\s[\d.]+%?(?:\s?(?:→|to)\s?[\d.]+%?)?(?:\s\w{1,4}\.?)?)?"
    r"(?:,\s(?:and\s|or\s|as\swell\sas\s)?|\s(?:and|or|&|vs\.?|versus)\s|/)(?:the\s|on\s|even\s)?(?:\d+[KMB]\s)?"
)
_CLOSES_ROW = re.compile(r"\b(?:and|or)\b")
_MOST_GAP, _PLAIN_GAP = 80, 16
_BENCHMARK_MAKE = re.compile(
    r"(?:[Bb]ench(?:mark)?|BENCH|Eval|EVAL|Arena|Gym|Exam|Leaderboard|(?<=\w[\w-]{3})QA|Judge(?:Bench))"
    r"(?:[-+].{0,12}|\d.{0,4}|s|Plus|Pro|Hard|Lite|V\d?)?\Z"
)
_DATASET_MAKE = re.compile(
    r"(?:Set|Data|Dataset|Corpus|Pile|Instruct-\d.*|-\d{1,4}(?:\.\d+)?[kKM]|(?<!\d)\d{1,4}[kK])\Z"
)
_MODEL_MAKE = re.compile(
    r"(?:(?<=[a-zA-Z-])(?:LM|LLM|VLM|GPT|BERT|[Ll]la[Mm][Aa]|LLaMA|LLaVA|CLIP|ViT|VLA|MLLM|DiT|Mamba|Qwen|"
    r"Gemma|Mistral|[Rr]o[Bb][Ee][Rr][Tt]a|Bert)|[a-z]former|[a-z]Former|-(?:Coder|Chat|VL|R1|Omni|LM))\Z"
)
_SPELLED_OUT = re.compile(
    r"((?:[A-Z][\w’'-]*\s(?:(?:of|for|and|in|on|the|with)\s)?)+(?:[A-Z][\w’'-]*))\s\(\Z"
)
# `the Marsh Reading Dataset`: a name of several words that ends in what it is.
_TITLED_HEADS = {
    "Benchmark": "benchmark", "Leaderboard": "benchmark", "Challenge": "benchmark",
    "Dataset": "dataset", "Corpus": "dataset", "Collection": "dataset",
}  # fmt: skip
_TITLED = {
    head: re.compile(rf"(?<=[a-z]\s)((?!The\s|A\s|Our\s)(?:[A-Z][\w’'-]*\s){{1,5}}{head})\b")
    for head in _TITLED_HEADS
}
# How much each kind of evidence weighs, and how much a name needs.
_BY_APPOSITION, _BY_SIZE, _BY_NOUN, _BY_MAKE, _BY_COMPANY, _BY_USE = 4.0, 3.5, 3.0, 2.5, 2.0, 2.0
# An acronym of common words stays one, whatever stands beside it.
_BY_ACRONYM = 20.0
# What is named, but none of the kinds looked for.
_OTHER = "other"
_LEAST_WEIGHT = 2.0
_LONGEST_VARIANT = 4


def judge_names(passages: Sequence[Passage]) -> list[list[Name]]:
    """Finds the kinds of names, from all the passages of one paper together.

    Args:
        passages: Title and abstract, or one of them; `kind` is set on those of their names that
            get one.

    Returns:
        For each passage further names: words with no shape of a name which the paper introduces as
        one, wherever they stand.
    """
    weights: Weights = defaultdict(lambda: defaultdict(float))
    introduced: dict[str, str] = {}
    for passage in passages:
        introduced |= _weigh_context(
            passage.text, passage.names, weights, is_title=passage.is_title
        )
        _weigh_sizes(passage.text, passage.names, passage.sizes, weights)
        introduced |= _find_introduced(passage.text, passage.plain, is_title=passage.is_title)
    names = [passage.names for passage in passages]
    if weights:
        _decide(names, weights)
        is_told = [_weigh_company(p.text, p.names, p.known, weights) for p in passages]
        if any(is_told):
            _decide(names, weights)
    return [_find_again(passage.text, introduced) for passage in passages]


def _weigh_context(
    text: str, names: list[Name], weights: Weights, *, is_title: bool
) -> dict[str, str]:
    """Weighs what stands around each name; returns long forms of acronyms, with their kind."""
    introduced: dict[str, str] = {}
    for name in names:
        votes = weights[name.base]
        words = last_words(text, name.start)
        context = max(0, name.start - _CONTEXT_LENGTH)
        is_on = words[-1] == "on" or (words[-1] in _BEFORE_SCORED and "on" in words[-2:])
        is_scored = is_on and _SCORED_ON.search(text, context, name.start) is not None
        # In `On X, a model reaches` nothing is told of X.
        kind, has_article = "", False
        if not is_scored and not (is_on and len(words) < _FEWEST_BEFORE_ON):
            kind, has_article = read_apposition(text, name.end, is_title=is_title)
        if kind:
            votes[kind] += _BY_APPOSITION if has_article else _BY_USE
        elif kind := read_noun_after(text, name.end):
            votes[kind] += _BY_NOUN
        if kind := _read_make(name.written, name.base):
            votes[kind] = max(votes[kind], _BY_MAKE)
        if text.startswith("-", name.end):
            continue  # what is done is done with what the name only describes
        if is_scored:
            votes["benchmark"] += _BY_USE
        elif is_on:
            if _TRAINED_ON.search(text, context, name.start):
                votes["dataset"] += _BY_USE
        else:
            if text.endswith("(", 0, name.start):
                _weigh_acronym(name, text[context : name.start], votes, introduced)
            if kind := _read_noun_before(text, name, words[-1]):
                votes[kind] += _BY_NOUN
            elif words[-1] in NAMING and (kind := read_bare_apposition(text, name.end)):
                votes[kind] += _BY_APPOSITION
    return introduced


def _read_noun_before(text: str, name: Name, word: str) -> str:
    """The kind of `models such as X`, `our model, X`; `word`: the one right before the name."""
    context = max(0, name.start - _CONTEXT_LENGTH)
    noun = None
    if word.rpartition("(")[2] in _MAY_FOLLOW_NOUN or word[-1:] in _DIGITS_OR_COLON:
        noun = _NOUN_BEFORE.search(text, context, name.start)
    if noun is None and word[-1:] == ",":
        noun = _OURS_APPOSED.search(text, context, name.start)
        if noun is None and text[name.end : name.end + 1] in _CLOSING:
            noun = _NOUN_APPOSED.search(text, context, name.start)
    return (noun and noun.lastgroup) or ""


@lru_cache(maxsize=CACHED_WORDS)
def _read_make(written: str, base: str) -> str:
    """The kind that the make of a name tells."""
    if _BENCHMARK_MAKE.search(base):
        return "benchmark"
    if _DATASET_MAKE.search(written):
        return "dataset"
    return "model" if _MODEL_MAKE.search(base) else ""


def _find_introduced(text: str, starts: list[int], *, is_title: bool) -> dict[str, str]:
    """Words that a text introduces as the name of something, with the kind of it."""
    found: dict[str, str] = {}
    for start in starts:
        match = _PROPER.match(text, start)
        words = match[0].removeprefix("The ") if match else ""
        if match is None or not words or is_no_name(words):
            continue
        if not is_title and text.startswith(":", match.end()):
            continue  # a heading
        kind, _ = read_apposition(text, match.end())
        context = max(0, start - _CONTEXT_LENGTH)
        if not kind and (noun := _NOUN_BEFORE.search(text, context, start)):
            kind = noun.lastgroup or ""
        if kind:
            found[words] = kind
    for head, kind in _TITLED_HEADS.items():
        if not is_title and head in text:
            found |= {titled[1]: kind for titled in _TITLED[head].finditer(text)}
    return found


def _find_again(text: str, introduced: dict[str, str]) -> list[Name]:
    found: list[Name] = []
    for words, kind in introduced.items():
        place = text.find(words)
        while place >= 0:
            end = place + len(words)
            around = text[place - 1 : place] + text[end : end + 1]
            if not any(map(str.isalnum, around)):
                found.append(Name(place, end, words, find_base(words), kind))
            place = text.find(words, end)
    return found


def _weigh_acronym(
    name: Name, before: str, votes: dict[str, float], introduced: dict[str, str]
) -> None:
    """An acronym in brackets stands for the words before it, which may be common ones.

    `Tern Reading Benchmark (TRB)` is a benchmark under both names.
    """
    words = re.split(r"[ -]", before.rstrip(" -("))
    initials = "".join(word[0] for word in words if word).casefold()
    letters = "".join(filter(str.isalpha, name.base)).casefold()
    near = len(letters) + 2
    if len(letters) < 2 or letters[0] not in initials[-near:]:
        return
    kind = next((HEADS[w.lower()] for w in reversed(words[-near:]) if w.lower() in HEADS), "")
    capitals = sum(word[:1].isupper() for word in words[-near:])
    is_proper = capitals > 1 and not name.written.endswith("s")
    if is_proper and kind in ("benchmark", "dataset"):
        votes[kind] += _BY_APPOSITION
        if spelled_out := _SPELLED_OUT.search(before):
            introduced[spelled_out[1].removeprefix("The ")] = kind
    elif not is_proper and (initials.endswith(letters) or name.base.isupper()):
        votes[_OTHER] += _BY_ACRONYM
    elif initials.endswith(letters):
        votes[_OTHER] += _BY_USE


def _weigh_sizes(
    text: str, names: list[Name], sized: Iterable[tuple[int, int]], weights: Weights
) -> None:
    """A name with a count of parameters in it, or in brackets after it, is that of a model."""
    spans = list(sized)
    if not spans:
        return
    for name in names:
        is_part = any(name.start < start and end <= name.end for start, end in spans)
        beside = name.end + len(" (")
        if is_part:
            name.kind = "model"
        elif text[name.end : beside] != " (" or all(start != beside for start, _ in spans):
            continue
        votes = weights[name.base]
        votes["model"] = max(votes["model"], _BY_SIZE)


def _weigh_company(
    text: str,
    names: list[Name],
    known: Sequence[Known],
    weights: Weights,
) -> bool:
    """Names in a row are of one kind; tells whether that has told anything."""
    if all(name.kind for name in names):
        return False
    row: list[Name | Known] = []
    is_closed = is_told = False
    listed = [one for one in known if one.kind in _LISTED_KINDS]
    for item in sorted([*names, *listed], key=lambda item: item.start):
        if row and (is_closed or not _is_gap(text, row[-1].end, item.start)):
            is_told = _weigh_row(text, row, weights) or is_told
            row = []
        # `A, B and C` ends with C: what follows `, D reaches` is another matter.
        is_closed = bool(row) and _CLOSES_ROW.search(text, row[-1].end, item.start) is not None
        row.append(item)
    return _weigh_row(text, row, weights) or is_told


def _is_gap(text: str, start: int, end: int) -> bool:
    length = end - start
    # Most gaps are prose; those that are wide hold brackets or results.
    is_likely = 0 < length <= _PLAIN_GAP or (
        length <= _MOST_GAP and (text[start + 1] == "(" or text[start + 1].isdigit())
    )
    return is_likely and _GAP.fullmatch(text, start, end) is not None


def _weigh_row(text: str, row: list["Name | Known"], weights: Weights) -> bool:
    """Names without a kind get that of the others in their row; tells whether any did."""
    if len(row) < 2:
        return False
    kinds = {item.kind for item in row} - {""}
    if "dataset" in kinds and "benchmark" in kinds:
        kinds -= {"dataset"}
    # Two names with only a comma between them need not be a row.
    is_row = len(row) > 2 or text[row[0].end : row[1].start].strip() != ","
    unknown = [item for item in row if isinstance(item, Name) and not item.kind]
    if not is_row or not unknown or len(kinds) != 1:
        return False
    kind = kinds.pop()
    for name in unknown:
        weights[name.base][kind] += _BY_COMPANY
    return True


def _decide(names: Sequence[list[Name]], weights: Weights) -> None:
    kinds: dict[str, str] = {}
    for base, votes in weights.items():
        kind = max(votes, key=votes.__getitem__, default="")
        if kind and votes[kind] >= _LEAST_WEIGHT and kind != _OTHER:
            kinds[base] = kind
    if not kinds:
        return
    for found in names:
        for name in found:
            if not name.kind:
                # A variant of a name that is judged is of its kind: `X-S1`, `X-VLA`.
                stem, _, variant = name.base.rpartition("-")
                stem = stem if len(variant) <= _LONGEST_VARIANT else ""
                name.kind = kinds.get(name.base) or kinds.get(stem, "")
