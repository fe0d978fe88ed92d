"""Finds the results that a text reports: 84.2% accuracy, 34.5 BLEU, 3.1 points better, 2.5x faster.

Data flow: a title or an abstract, and the benchmarks named in it -> scores, each with its span.

Numbers joined by commas, slashes, dashes, arrows, `and` or `to` form a chain and share one reading,
for which the words of the same sentence are asked:

1. The words after it: `of the data`, `sparsity` or `confidence` refuse; a metric makes it a level,
   a noun of change (`gain`) or a comparative (`faster`) a change.
2. The words before it, fillers such as `up to` left out: `by` after a verb of change, `accuracy
   of`, `improvement of`, `from` and `to` after a verb of change, `achieves`, `scores`.
3. A sign (`+2.3%`), or a benchmark beside it (`84.2% on X`, `X (84.2)`).
4. A score before it that it continues: `84.2% on X and 91.0% on Y`.

What none of them settles is no score: missing one is better than inventing one. Sizes and amounts
of data are none either, not even compared (`10x smaller`, `50% fewer parameters`).

Which words name a benchmark is not asked here, nor whose score it is: those of rivals are reported
too. Text is expected repaired, with Unicode signs in place of LaTeX.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

Benchmark = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Score:
    """A result stated in a text.

    Attributes:
        value: The number as written, 84.2 for `84.2%`; negative where a minus sign stands.
        unit: `%`, `points`, `x` (times), or empty.
        metric: Canonical name of what was measured; None where the text names none.
        benchmark: Canonical name of the benchmark; None where none, or more than one, is meant.
        is_change: Whether it is a difference (`by 3.1 points`) and not a level (`reaches 84.2%`).
        start: Where the number, or its sign, starts in the text.
        end: Where its unit ends, or the number itself where the unit stands at the end of a list.
    """

    value: float
    unit: str
    metric: str | None
    benchmark: str | None
    is_change: bool
    start: int
    end: int


class _Number(NamedTuple):
    """A number that may be a score; `sign` is empty, `+` or `-`."""

    value: float
    unit: str
    sign: str
    is_decimal: bool
    start: int
    end: int


class _Kind(Enum):
    LEVEL = "level"
    ACHIEVED = "achieved"  # a level, if it is a score
    CHANGE = "change"
    JOINED = "joined"  # the same as the score before it
    REFUSED = "refused"


class _Reading(NamedTuple):
    """What words say of a number; `kind` is None where they do not tell."""

    kind: _Kind | None = None
    metric: str | None = None


class _Chain(NamedTuple):
    """Numbers that share one reading; `is_move`: from one level to another, or against it."""

    numbers: list[_Number]
    is_move: bool

    @property
    def start(self) -> int:
        return self.numbers[0].start

    @property
    def end(self) -> int:
        return self.numbers[-1].end

    @property
    def unit(self) -> str:
        return self.numbers[-1].unit


class _Found(NamedTuple):
    """A chain of scores, in the sentence `text[low:high]`."""

    chain: _Chain
    metric: str | None
    is_change: bool
    is_joined: bool
    low: int
    high: int


_UNKNOWN = _Reading()
_REFUSED = _Reading(_Kind.REFUSED)
_JOINED = _Reading(_Kind.JOINED)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _read_metrics(table: str) -> dict[str, str]:
    """Maps names in lower case to the canonical one, which stands first: `canonical | other`."""
    metrics: dict[str, str] = {}
    for line in table.strip().splitlines():
        names = [name.strip() for name in line.split("|")]
        metrics.update((name.lower(), names[0]) for name in names)
    return metrics


_METRICS = _read_metrics(
    """
    accuracy | accuracies | acc
    top-1 accuracy | top-1 acc | top1 accuracy
    top-5 accuracy | top-5 acc
    BLEU | bleu-4 | sacrebleu
    chrF | chrf++
    COMET
    ROUGE | rouge-1 | rouge-2 | rouge-l
    METEOR
    CIDEr
    SPICE
    BERTScore
    F1 | f1-score | f1-scores | f-score | f-measure
    macro-F1 | macro f1 | f1-macro | f1 macro
    micro-F1 | micro f1 | f1-micro | f1 micro
    exact match | em
    precision
    recall
    AUC | auroc | roc-auc | auc-roc
    AUPRC
    mAP
    AP
    IoU
    mIoU
    Dice
    PSNR
    SSIM
    LPIPS
    FID | fids | frechet inception distance
    rFID
    gFID
    FVD
    KID
    CLIP score | clipscore | clip-score
    aesthetic score
    inception score
    image reward | imagereward
    PickScore
    HPSv2
    perplexity | ppl | perplexities
    word error rate | wer
    character error rate | cer
    equal error rate | eer
    error rate | error rates
    error | errors
    MOS
    Elo
    win rate | win rates | win-rate | win-rates | winrate
    success rate | success rates | successes
    attack success rate | attack success rates | asr
    pass rate | pass rates
    resolve rate | resolved rate | resolution rate
    MRR | mean reciprocal rank
    NDCG
    MSE | mean squared error
    MAE | mean absolute error
    RMSE
    AbsRel
    Spearman correlation | spearman | spearman's | spearman rank correlation
    Pearson correlation | pearson | pearson's
    correlation | correlations
    Cohen's kappa | kappa
    agreement | agreement rate
    throughput | throughputs
    latency | latencies
    memory | memory usage | memory footprint | memory consumption | memory requirements
    training time
    inference time
    runtime
    speed | inference speed | training speed | rendering speed | decoding speed
    cost | costs
    FLOPs | flop
    compute | computation | computational cost
    token usage | token consumption | token | tokens
    energy | energy consumption
    """
)
_METRIC_ENDS = frozenset(name.rsplit(" ", 1)[-1] for name in _METRICS)
_AT_K = re.compile(r"(pass|recall|hits?|ndcg|precision|mrr|map|avg|mean|maj|cons)([@^])([0-9k]+)")
_AT_K_NAMES = {"hit": "Hits", "hits": "Hits", "ndcg": "NDCG", "mrr": "MRR", "map": "mAP"}
# Names a score without saying what is measured.
_VAGUE_METRICS = _words("score scores performance average averages results result art sota record")
_ACRONYM = re.compile(r"[A-Za-z]?[A-Z][A-Z0-9-]{1,7}[a-z]?")

# Regular expressions look for digits one character at a time; bytes are found many at once.
_DIGITS = bytes(ord("0") if chr(byte).isdigit() else byte for byte in range(128)) + bytes(128)
_NUMBER = re.compile(
    r"""(?<![A-Za-z)][-‐‑_:=/])(?<![0-9]\.\s)(?<!\+/[-−])
    (?P<value>[0-9]{1,7}(?:,[0-9]{3}(?![0-9]))?(?:\.[0-9]{1,5})?)(?![0-9])
    (?:\s?(?:±|\+/-)\s?[0-9]{1,4}(?:\.[0-9]{1,5})?(?![0-9]))?
    (?:
      (?P<percent>\s?[%％](?![\s-]?(?:points?|pts?|pp)(?!\w))|[\s-]per\s?cent(?!\w))
      |(?P<points>[\s-]?(?:(?:percent(?:age)?|absolute)[\s-]|%[\s-]?)?(?:points?|pts?|ppt?s?)(?!\w))
      |(?P<times>\s?[x×](?!\s?[\w(])|\s?[x×](?=\s[A-Za-z])|[\s-]?fold(?!\w)
        |\s?times(?=\s(?:faster|slower|higher|lower|better|cheaper|more|fewer|less|greater)(?!\w)))
      |(?![\w×*]|\.\s?[0-9]|[-‐‑][A-Za-z])
    )""",
    re.VERBOSE,
)
# What a number does not start after, besides letters and digits.
_BLOCKERS = "_.,@^#$€£{\\±"
_UNITS = {"points": "points", "percent": "%", "times": "x", "value": ""}
_JOINT = re.compile(
    r"\s?(?:/|[-–—]{1,2}|,(?:\s(?:and|or))?|and|or|(?P<move>to|→|->|⟶|⇒|versus|vs\.?))\s?(?:~|≈)?"
)
_SIGNS = ("+", "-", "−")
_JOINT_LENGTH = 8
# A chain that goes on without end tells nothing.
_LONGEST_CHAIN = 12

_BEFORE_LENGTH = 130
_AFTER_LENGTH = 75
_WORDS_AFTER = 8
# How many words back a verb of change stands, or the noun that `of` belongs to.
_VERB_REACH, _NOUN_REACH = 20, 6
_ENDPOINTS = ("by", "from", "to")
_SENTENCE_LENGTH = 400
_OPENERS = " ~≈≥≤<>=+-−"
_ABBREVIATIONS = ("vs", "e.g", "i.e", " al", "cf")

_PUNCTUATION = "()[]{},:;.!?\"'“”‘’*_~≈≥≤<>=+|"
_FILLERS = _words(
    """
    up over about around roughly approximately nearly almost only just merely mere a an the average
    mean overall new state-of-the-art sota impressive remarkable substantial significant at least
    most more less as high low much many well even additional absolute relative further still
    maximum peak close record strong total consistent notable respectively modest approx around
    above below exceeding under whopping competitive median another factor further either both final
    """
) | {""}
_FILLERS_AFTER = {
    "to": _words("up close equal"),
    "than": _words("more less greater fewer higher lower better"),
    "of": _words("average mean median maximum total factor"),
}
# Words that lead up to what is set, and tell nothing of what comes out.
_IDLE = _words("with using on in for under when while only when use uses used require requires")
_MODIFIERS = _words(
    """
    absolute relative average mean overall peak maximum performance zero-shot few-shot top-1 top-5
    end-to-end inference training decoding rendering generation macro micro normalized weighted
    test validation final total cumulative median wall-clock prefill attention
    task benchmark additional the a points point percentage model more in
    """
)
_ACHIEVING = tuple(
    """
    achiev attain reach obtain yield deliver hits record report establish get got secur earn
    averag receiv register exhibit
    """.split()
)
_SCORING = ("scores", "scored", "scoring")
_SCORE_LEADS = (" of ", ": ", "scores ", "scored ", "scoring ")
_CHANGING = tuple(
    """
    improv increas outperform surpass exceed boost reduc decreas lower rais lift accelerat enhanc
    degrad beat drop declin elevat advanc underperform lag trail gain shrink shorten sav cut speed
    slow outstrip fall fell rise rising rose grow bring outpac jump climb lose losing lost
    """.split()
)
# The one share of something that is a score: `solves 45% of the problems`.
_SOLVED = re.compile(r"\b(?:re)?solv(?:e|es|ed|ing)\s(?:[\w~-]{1,14}\s){0,2}\Z", re.IGNORECASE)
_SOLVED_LENGTH = 40
_CHANGES = _words(
    """
    gain gains improvement improvements increase increases drop drops reduction reductions decrease
    decreases speedup speedups speed-up speed-ups boost boosts acceleration accelerations
    degradation decline declines savings saving uplift increment jump lift margin margins gap
    advantage rise enhancement enhancements
    """
)
_SPEEDS = _words("speedup speedups speed-up speed-ups acceleration accelerations faster slower")
_COMPARATIVES = _words("faster slower higher lower better worse cheaper greater quicker")
_SPARING = _words("less fewer")
_COMPARED = _COMPARATIVES | _SPARING | {"more"}
_TIMES_NOUNS = _words("speed efficiency throughput")
_REFUSED_NOUNS = _words(
    """
    confidence sparsity sparse pruning pruned dropout masking mask masked quantile percentile noise
    probability chance interval ci data dataset datasets training-data parameter parameters size
    tokens samples examples labels labeled layers neurons weights responses users people
    participants questions instances images videos smaller larger longer shorter bigger tasks
    compressed resolution upsampling downsampling super-resolution zoom context year years
    """
)
_PREPOSITIONS = _words("on in for across over under when while with at by from using against vs")
_JOINING = _words("and or vs versus than but while compared whereas")
# Between a number and the benchmark that it belongs to.
_LEADS_ON = re.compile(
    r"(?:\s|^)(?:on|in|for|across|over|at|versus)(?:\s[\w'’-]{1,20}){0,4}\s\(?\Z"
    r"|\A(?:\s(?:higher|lower|better|average|absolute|relative|zero-shot)){0,2}\s?\Z"
)
_BREAKS = re.compile(r"\b(?:while|whereas|but|than|compared|using|train(?:ed|ing)|over the)\b|\)")
_BESIDE_AFTER = re.compile(r"\s(?:on|in|for)\s(?:the\s)?(?:[\w-]{1,20}\s)?\Z")
_BESIDE_BEFORE = re.compile(
    r"(?:\s(?:[Ss]cores?|test|validation|benchmark|dataset|data|set|split|subset|suite)){0,3}"
    r"\s?[(:=]\s?[~≈]?"
)
_GAP_LENGTH = 75
_LIST_JOINT = re.compile(r"\s?(?:/|,(?:\s(?:and|or))?|and|or|&)(?:\sthe)?\s?")
_TRAINED_ON = re.compile(
    r"(?:train|tun|built|based|learn|distill|sampled|derived|curat)\w{0,6}\s(?:directly\s)?"
    r"(?:on|with|using|from|in)\s(?:the\s)?\Z"
    r"|\s(?:with|using|from|original)\s(?:the\s)?\Z",
    re.IGNORECASE,
)
# A rival's score belongs to the same benchmark.
_RIVAL = re.compile(r"surpass|outperform|exceed|beat|\bversus\b|\bvs\b|\bcompared\b|\bthan\b")
_TRAINED_LENGTH = 40
# Metrics that a number beside them does not measure: `40% memory` is a budget, not a result.
_COSTS = {
    "throughput", "latency", "memory", "runtime", "speed", "cost", "FLOPs", "compute", "energy",
    "token usage", "training time", "inference time",
}  # fmt: skip
# What is set and not measured.
_SETTINGS = _words(
    """
    temperature sparsity ratio ratios threshold confidence probability dropout noise length lengths
    usage size sizes resolution batch rank version p-value alpha beta lambda epsilon k n
    """
)
_SIZES = _words("parameters params weights layers")
# What stands between a verb and its subject: `accuracy can be raised`.
_AUXILIARIES = _words("can could is are was were be been has have will further also even then")
_SETTING_RATES = _words(
    "learning sampling dropout frame masking mask compression sample bit decay poisoning noise"
)
_LIMITS = _PREPOSITIONS | _JOINING
_LINKS = _words("of is was are were at than reaching")
_ADJECTIVE_ENDS = ("ient", "ive", "ate", "ent", "ble", "ust", "ful")


def extract_scores(text: str, benchmarks: Sequence[Benchmark]) -> list[Score]:
    """Finds the scores in a text, in order.

    Time grows with the length of the text, whatever is in it.

    Args:
        text: A title, an abstract, or any other repaired text.
        benchmarks: Start, end and canonical name of each benchmark mentioned in it, in order.

    Returns:
        The scores; none overlap.
    """
    chains = _find_chains(text, benchmarks)
    if not chains:
        return []
    found = _judge_chains(text, chains, benchmarks)
    scores: list[Score] = []
    taken = 0  # where the last benchmarks end that follow their scores
    for place, item in enumerate(found):
        high = found[place + 1].chain.start if place + 1 < len(found) else item.high
        group, is_after = _find_group(text, item, taken, min(high, item.high), benchmarks)
        if is_after:
            taken = group[-1][1]
        scores.extend(
            Score(n.value, n.unit, item.metric, name, item.is_change, n.start, n.end)
            for n, name in zip(item.chain.numbers, _share(item.chain, group), strict=True)
        )
    return scores


def _find_chains(text: str, benchmarks: Sequence[Benchmark]) -> list[_Chain]:
    """The chains of numbers that a look at the words around them is worth."""
    chains: list[_Chain] = []
    numbers: list[_Number] = []
    is_move = False
    place = 0
    digits = text.encode("ascii", "replace").translate(_DIGITS)
    start = digits.find(b"0")
    while start >= 0:
        is_blocked = start and (text[start - 1].isalnum() or text[start - 1] in _BLOCKERS)
        match = None if is_blocked else _NUMBER.match(text, start)
        if match is None:
            start = digits.find(b"0", start + 1)
            continue
        while place < len(benchmarks) and benchmarks[place][1] <= start:
            place += 1
        is_in_name = place < len(benchmarks) and benchmarks[place][0] <= start
        start = digits.find(b"0", match.end())
        if is_in_name:
            continue
        number = _read_number(text, match)
        if numbers:
            joint = _match_joint(text, numbers[-1], number)
            if joint and len(numbers) < _LONGEST_CHAIN:
                numbers.append(number)
                is_move = is_move or joint["move"] is not None
                continue
            if _may_be_scores(text, numbers):
                chains.append(_close_chain(numbers, is_move))
        numbers, is_move = [number], False
    if numbers and _may_be_scores(text, numbers):
        chains.append(_close_chain(numbers, is_move))
    return chains


def _read_number(text: str, match: re.Match[str]) -> _Number:
    start, end = match.span()
    digits = match["value"]
    sign = text[start - 1] if start else ""
    if sign not in _SIGNS or (
        start > 1 and (text[start - 2].isalnum() or text[start - 2] in "/%-–—")
    ):
        sign = ""
    value = float(digits.replace(",", ""))
    unit = _UNITS[match.lastgroup or ""]
    if not sign:
        return _Number(value, unit, "", "." in digits, start, end)
    return _Number(value if sign == "+" else -value, unit, sign, "." in digits, start - 1, end)


def _match_joint(text: str, last: _Number, number: _Number) -> re.Match[str] | None:
    """What joins two numbers of one chain; None where they do not belong together."""
    if number.start - last.end > _JOINT_LENGTH or (last.unit and last.unit != number.unit):
        return None
    joint = _JOINT.fullmatch(text, last.end, number.start)
    is_even = last.is_decimal == number.is_decimal or (joint and joint[0] in {"/", "-", "–"})
    if not is_even and not last.unit and number.unit:
        return None  # `in 3, 84.2%`
    return joint


def _may_be_scores(text: str, numbers: list[_Number]) -> bool:
    """Whether numbers have a unit or decimals, or a metric or a score beside them."""
    last = numbers[-1]
    if last.unit or last.is_decimal:
        return True
    start = numbers[0].start
    word = text[last.end + 1 : last.end + 16].split(" ", 1)[0].strip(_PUNCTUATION).lower()
    return word in _METRICS or text.endswith(_SCORE_LEADS, 0, start)


def _close_chain(numbers: list[_Number], is_move: bool) -> _Chain:
    unit = numbers[-1].unit
    if len(numbers) > 1:
        numbers = [number._replace(unit=unit) for number in numbers]
    return _Chain(numbers, is_move)


def _judge_chains(text: str, chains: list[_Chain], benchmarks: Sequence[Benchmark]) -> list[_Found]:
    found: list[_Found] = []
    low = high = 0
    for chain in chains:
        if chain.start >= high:
            low = _find_sentence_start(text, max(high, chain.start - _SENTENCE_LENGTH), chain.start)
        high = _find_sentence_end(text, chain.end)
        last = found[-1] if found and found[-1].low == low else None
        judged = _judge_chain(text, chain, low, high, last, benchmarks)
        if judged:
            found.append(judged)
    return found


def _find_sentence_start(text: str, low: int, high: int) -> int:
    """Where the sentence starts that reaches to `high`; clauses after a semicolon count."""
    place = high
    while (place := text.rfind(". ", low, place)) >= 0:
        if _ends_sentence(text, place):
            low = place + 2
            break
    semicolon = text.rfind("; ", low, high)
    return low if semicolon < 0 else semicolon + 2


def _find_sentence_end(text: str, start: int) -> int:
    high = min(len(text), start + _SENTENCE_LENGTH)
    place = start - 1
    while (place := text.find(". ", place + 1, high)) >= 0:
        if _ends_sentence(text, place):
            high = place
            break
    place = text.find("; ", start, high)
    return high if place < 0 else place


def _ends_sentence(text: str, period: int) -> bool:
    return not text[period + 2 : period + 3].islower() and not text.endswith(
        _ABBREVIATIONS, 0, period
    )


def _judge_chain(
    text: str,
    chain: _Chain,
    low: int,
    high: int,
    last: _Found | None,
    benchmarks: Sequence[Benchmark],
) -> _Found | None:
    """Reads a chain in the sentence `text[low:high]`; `last`: the scores before it in there."""
    after = _read_after(text[chain.end : min(high, chain.end + _AFTER_LENGTH)], chain.unit)
    if after.kind is _Kind.REFUSED:
        if not _SOLVED.search(text, max(low, chain.start - _SOLVED_LENGTH), chain.start):
            return None
        after = _Reading(_Kind.LEVEL)
    before_text = text[max(low, chain.start - _BEFORE_LENGTH) : chain.start]
    before = _read_before(before_text.split(), chain.unit)
    if before.kind is _Kind.REFUSED:
        return None
    is_bracketed = before_text.rstrip(_OPENERS).endswith("(")
    is_beside = bool(benchmarks) and _is_beside_benchmark(
        text, chain, benchmarks, is_achieved=before.kind is _Kind.ACHIEVED
    )
    is_joined = before.kind is _Kind.JOINED and _continues(chain, last, is_bracketed)
    model = last if is_joined and after.kind is None else None
    kind = _decide_kind(chain, before, after, model, is_bracketed, is_beside)
    if kind is None or (chain.unit == "x" and kind is not _Kind.CHANGE):
        return None
    is_change = kind is _Kind.CHANGE
    metric = after.metric or before.metric
    if model and not metric and is_change == model.is_change:
        metric = model.metric
    if not (chain.unit or metric or is_beside or is_joined or before.kind is _Kind.LEVEL):
        place = bisect_left(benchmarks, (low, 0, ""))
        if place == len(benchmarks) or benchmarks[place][0] >= high:
            return None
    return _Found(chain, metric, is_change, is_joined, low, high)


def _decide_kind(
    chain: _Chain,
    before: _Reading,
    after: _Reading,
    model: _Found | None,
    is_bracketed: bool,
    is_beside: bool,
) -> _Kind | None:
    """Level, change, or None where nothing tells; `model`: the scores that the chain continues."""
    sign = chain.numbers[0].sign
    is_changing = before.kind is _Kind.CHANGE or after.kind is _Kind.CHANGE
    if chain.is_move and sign != "+" and (is_bracketed or not is_changing):
        return _Kind.LEVEL
    if is_changing or (sign and (chain.unit or is_beside)):
        return _Kind.CHANGE
    if model:
        return _Kind.CHANGE if model.is_change else _Kind.LEVEL
    if before.kind is _Kind.LEVEL or after.kind is _Kind.LEVEL or is_beside:
        return _Kind.LEVEL
    if before.kind is _Kind.ACHIEVED and (chain.unit or after.metric or before.metric):
        return _Kind.LEVEL
    return None


def _continues(chain: _Chain, last: _Found | None, is_bracketed: bool) -> bool:
    """Whether a chain can be read as the scores before it, `last`, are."""
    if last is None or chain.unit != last.chain.unit:
        return False
    is_near = chain.start - last.chain.end <= _BEFORE_LENGTH
    return is_near and not (is_bracketed and last.is_change)


def _read_after(text: str, unit: str) -> _Reading:
    """What the words after a number say of it."""
    if text[:1] in {",", ";", ")", "."}:
        return _UNKNOWN
    words = text.split(None, _WORDS_AFTER)[:_WORDS_AFTER]
    bare = [word.strip(_PUNCTUATION).lower() for word in words]
    if bare and bare[0][:1] == "-":
        bare[0] = bare[0][1:]
    metric = None
    unknown = 0
    for place, word in enumerate(bare[:6]):
        if word in _CHANGES or (word == "loss" and unit):
            return _read_change(bare, place, metric)
        if word in _COMPARED:
            return _read_comparison(words, bare, place)
        if word in _REFUSED_NOUNS or (word == "of" and metric is None and unit != "points"):
            return _REFUSED
        if unit == "x" and word in _TIMES_NOUNS:
            return _Reading(_Kind.CHANGE, _METRICS.get(word))
        if word in _LIMITS:
            metric = metric or (_find_metric_of(bare, place) if word == "in" else None)
            return _Reading(_level_of(metric) if word != "in" else None, metric)
        ending, length = _metric_ending_at(bare, place)
        if ending and (metric is None or length > 1):
            metric = ending
        elif word not in _MODIFIERS and word not in _VAGUE_METRICS:
            unknown += 1
        if unknown > 2 or words[place][-1] in ",;.:)":
            break
    return _Reading(_level_of(metric), metric)


def _read_change(bare: list[str], place: int, metric: str | None) -> _Reading:
    """Reads `gain`, `gain in accuracy`; `metric`: what stands before it, as in `accuracy gain`."""
    if bare[place] in _SPEEDS:
        return _Reading(_Kind.CHANGE, "speed")
    if bare[place + 1 : place + 2] == ["in"] and not _SETTINGS.isdisjoint(
        bare[place + 2 : place + 5]
    ):
        return _REFUSED
    return _Reading(_Kind.CHANGE, metric or _find_metric_of(bare, place + 1))


def _read_comparison(words: list[str], bare: list[str], place: int) -> _Reading:
    """Reads `faster`, `higher accuracy`, `fewer tokens`, `more robust`."""
    word = bare[place]
    if word == "more":
        return _Reading(_Kind.CHANGE) if _ends_with_adjective(words, bare, place) else _REFUSED
    if word in _SPARING:
        metric = _find_metric(bare, place + 1, place + 4)
        is_data = metric == "token usage" and "train" in " ".join(bare[place + 1 : place + 3])
        return _Reading(_Kind.CHANGE, metric) if metric in _COSTS and not is_data else _REFUSED
    metric = "speed" if word in _SPEEDS else _find_metric(bare, place + 1, place + 5)
    return _Reading(_Kind.CHANGE, metric)


def _ends_with_adjective(words: list[str], bare: list[str], more: int) -> bool:
    """Whether `more` belongs to an adjective without a noun: `more robust on X`."""
    place = more + 1
    if place >= len(bare) or not bare[place].endswith(_ADJECTIVE_ENDS):
        return False
    is_last = place + 1 == len(bare) or words[place][-1] in ",.;)"
    return is_last or bare[place + 1] in _LIMITS


def _level_of(metric: str | None) -> _Kind | None:
    return _Kind.LEVEL if metric and metric not in _COSTS else None


def _read_before(words: list[str], unit: str) -> _Reading:
    """What the words that lead up to a number say of it."""
    end, is_joined = _skip_fillers(words)
    otherwise = _JOINED if is_joined else _UNKNOWN
    if not end:
        return otherwise
    word = words[end - 1].strip(_PUNCTUATION).lower()
    if word in _JOINING or words[end - 1].endswith(("'s", "’s")):
        return _JOINED  # `surpassing the teacher's 71.0%`
    if word in _IDLE:
        return _UNKNOWN
    if word in _SETTINGS:
        return _REFUSED
    reach = _VERB_REACH if word in _ENDPOINTS else _NOUN_REACH
    words = words[max(0, end - reach) : end]
    bare = [word.strip(_PUNCTUATION).lower() for word in words]
    if word == "by":
        reading = _read_by(bare, unit)
    elif word in _ENDPOINTS:
        reading = _read_endpoint(bare)
    elif word in _LINKS and len(words) > 1:
        reading = _read_linked(words, bare, unit)
    else:
        reading = _read_last(words, bare, unit, is_joined=is_joined)
    return reading or otherwise


def _skip_fillers(words: list[str]) -> tuple[int, bool]:
    """Where `up to about` at the end of words starts; whether a comma or bracket stands in it."""
    is_joined = False
    for end in range(len(words), 0, -1):
        word = words[end - 1]
        is_joined = is_joined or word[-1] in ",(" or word[0] == "("
        if word[-1] == ":":
            return end, is_joined
        word = word.strip(_PUNCTUATION).lower()
        if word not in _FILLERS and (
            word not in _FILLERS_AFTER
            or end == 1
            or words[end - 2].strip(_PUNCTUATION).lower() not in _FILLERS_AFTER[word]
        ):
            return end, is_joined
    return 0, is_joined


def _read_by(bare: list[str], unit: str) -> _Reading | None:
    """Reads `improves accuracy by`; None where nothing changes."""
    end = len(bare) - 1
    verb = _find_verb(bare, end)
    if verb is None:
        return None
    metric = _find_moved_metric(bare, verb, end)
    if metric is None and (bare[end - 1] in _SETTINGS or bare[end - 1] in _SIZES):
        return _REFUSED
    if metric is None and unit == "x" and bare[verb].startswith(("accelerat", "speed")):
        metric = "speed"
    return _Reading(_Kind.CHANGE, metric)


def _read_endpoint(bare: list[str]) -> _Reading | None:
    """Reads `raises accuracy from`, `gains ranging from`; None where nothing changes."""
    end = len(bare) - 1
    is_range = bare[end - 1] in ("ranging", "range")
    verb = _find_verb(bare, end)
    if verb is None:
        metric, _ = _metric_ending_at(bare, end - 2 if is_range else end - 1)
        return _Reading(_Kind.LEVEL, metric) if metric and bare[end] == "from" else None
    if is_range and bare[verb] in _CHANGES:
        return _Reading(_Kind.CHANGE, _metric_ending_at(bare, verb - 1)[0])
    metric = _find_moved_metric(bare, verb, end)
    if metric is None and not _SETTINGS.isdisjoint(bare[verb + 1 : end]):
        return _REFUSED
    return _Reading(_Kind.LEVEL, metric)


def _read_linked(words: list[str], bare: list[str], unit: str) -> _Reading | None:
    """Reads `accuracy of`, `accuracy is about`; None where the noun tells nothing."""
    noun = len(bare) - 2
    while noun > 0 and bare[noun] in _FILLERS:
        noun -= 1
    return _read_noun(words, bare, noun, unit, is_linked=True)


def _read_last(words: list[str], bare: list[str], unit: str, *, is_joined: bool) -> _Reading | None:
    """Reads `achieves`, `scores`, `accuracy` right before a number; None where they do not tell."""
    word = bare[-1]
    mark = words[-1][-1]
    if mark == ",":
        return None
    if (unit and word.startswith(_CHANGING)) or (mark == ":" and not _CHANGES.isdisjoint(bare)):
        return _Reading(_Kind.CHANGE)
    if word in _SCORING:
        return _Reading(_Kind.LEVEL)
    if word.startswith(_ACHIEVING):
        return _Reading(_Kind.ACHIEVED)
    is_vague = is_joined and word in _VAGUE_METRICS
    reading = None if is_vague else _read_noun(words, bare, len(bare) - 1, unit, is_linked=False)
    if reading is None and mark == ":" and not unit:
        return _Reading(_Kind.ACHIEVED)  # `performs well: 84.2 on X, 37.9 on Y`
    return reading


def _read_noun(
    words: list[str], bare: list[str], place: int, unit: str, *, is_linked: bool
) -> _Reading | None:
    """Reads `accuracy (of)`, `gain (of)`, `score (of)`; None where the noun tells nothing."""
    word = bare[place]
    if word in _CHANGES:
        metric = "speed" if word in _SPEEDS else _metric_ending_at(bare, place - 1)[0]
        return _Reading(_Kind.CHANGE, metric)
    metric, length = _metric_ending_at(bare, place)
    if metric:
        noun = place - length - 1
        if noun >= 0 and bare[noun + 1] in ("in", "of") and bare[noun] in _CHANGES:
            return _Reading(_Kind.CHANGE, metric)
        if unit == "points" and _find_verb(bare, place) is not None:
            return _Reading(_Kind.CHANGE, metric)
        return _Reading(_Kind.LEVEL if is_linked or metric not in _COSTS else None, metric)
    if word in _SETTINGS:
        return _REFUSED
    if word in _VAGUE_METRICS and (is_linked or word in ("score", "scores")):
        while place and bare[place - 1] in _VAGUE_METRICS:
            place -= 1
        return _Reading(_Kind.LEVEL, _metric_ending_at(bare, place - 1)[0])
    if is_linked and word.endswith("-score"):
        return _Reading(_Kind.LEVEL, words[place].strip(_PUNCTUATION))
    if is_linked and bare[place + 1] == "of" and _ACRONYM.fullmatch(words[place]):
        verbs = [verb for verb in bare[max(0, place - 3) : place] if verb not in _FILLERS]
        if verbs and verbs[-1].startswith(_ACHIEVING):
            return _Reading(_Kind.LEVEL, words[place])
    return None


def _find_moved_metric(bare: list[str], verb: int, end: int) -> str | None:
    """The metric that a verb of change is about: its object, or its subject right before it."""
    subject = verb - 1
    while subject > 0 and (bare[subject] in _AUXILIARIES or bare[subject].endswith("ly")):
        subject -= 1
    return _find_last_metric(bare, verb + 1, end) or _metric_ending_at(bare, subject)[0]


def _find_verb(bare: list[str], end: int) -> int | None:
    """The last verb or noun of change before a place."""
    for place in range(end - 1, -1, -1):
        if bare[place] in _CHANGES or bare[place].startswith(_CHANGING):
            return place
    return None


def _metric_ending_at(bare: list[str], place: int) -> tuple[str | None, int]:
    """The metric whose last word stands at a place, the longest name first, and its length."""
    if place < 0:
        return None, 0
    word = bare[place]
    if word in _METRIC_ENDS:
        for length in (3, 2):
            if place + 1 >= length:
                name = " ".join(bare[place + 1 - length : place + 1])
                if name in _METRICS:
                    return _METRICS[name], length
        if word in _METRICS:
            is_at_k = word in ("accuracy", "score") and place and "@" in bare[place - 1]
            return _metric_ending_at(bare, place - 1) if is_at_k else (_METRICS[word], 1)
    if "@" in word or "^" in word:
        at_k = _AT_K.fullmatch(word)
        if at_k:
            return _AT_K_NAMES.get(at_k[1], at_k[1]) + at_k[2] + at_k[3], 1
    if word in ("rate", "rates") and place and bare[place - 1].isalpha():
        kind = bare[place - 1]
        return (None, 0) if kind in _SETTING_RATES else (f"{kind} rate", 2)
    return None, 0


def _find_metric(bare: list[str], start: int, end: int) -> str | None:
    """The first metric between two places, with its longest name."""
    found = None
    for place in range(start, min(end, len(bare))):
        metric, length = _metric_ending_at(bare[start:], place - start)
        if metric and (found is None or length > 1):
            found = metric
        elif found:
            break
    return found


def _find_metric_of(bare: list[str], place: int) -> str | None:
    """The metric in `in average accuracy` that starts at a place."""
    if place < len(bare) and bare[place] in ("in", "of"):
        return _find_metric(bare, place + 1, place + 6)
    return None


def _find_last_metric(bare: list[str], start: int, end: int) -> str | None:
    for place in range(end - 1, start - 1, -1):
        metric, _ = _metric_ending_at(bare, place)
        if metric or bare[place] in ("score", "scores"):
            return metric
    return None


def _is_beside_benchmark(
    text: str, chain: _Chain, benchmarks: Sequence[Benchmark], *, is_achieved: bool
) -> bool:
    """Whether a level stands directly beside a benchmark: `84.2% on X`, `X (84.2)`, `X: 84.2`."""
    place = bisect_left(benchmarks, (chain.end, 0, ""))
    if place and _BESIDE_BEFORE.fullmatch(text, benchmarks[place - 1][1], chain.numbers[0].start):
        return True
    if place == len(benchmarks) or not (chain.unit == "%" or is_achieved):
        return False
    return _BESIDE_AFTER.fullmatch(text, chain.end, benchmarks[place][0]) is not None


def _find_group(
    text: str, item: _Found, low: int, high: int, benchmarks: Sequence[Benchmark]
) -> tuple[list[Benchmark], bool]:
    """The benchmarks that a chain belongs to, and whether they follow it.

    Args:
        text: The text.
        item: The chain.
        low: Benchmarks that start before are taken: `84.2% on X and 91.0% overall`.
        high: Where the next score starts, or the sentence ends.
        benchmarks: All benchmarks of the text.
    """
    chain = item.chain
    place = bisect_left(benchmarks, (chain.end, 0, ""))
    group = _list_before(text, benchmarks, place, max(item.low, chain.start - _SENTENCE_LENGTH))
    if group and _BESIDE_BEFORE.fullmatch(text, group[-1][1], chain.start):
        return (group if len(group) == len(chain.numbers) else group[-1:]), False
    if place < len(benchmarks) and benchmarks[place][0] < high:
        gap = text[chain.end : benchmarks[place][0]]
        if len(gap) <= _GAP_LENGTH and _LEADS_ON.search(gap) and not _BREAKS.search(gap):
            return _list_after(text, benchmarks, place, high), True
    if not group:
        return [], False
    is_taken = group[-1][0] < low and (item.is_joined or item.metric in _COSTS)
    if is_taken and not _RIVAL.search(text, max(low, chain.start - _BEFORE_LENGTH), chain.start):
        return [], False
    start = group[0][0]
    is_trained_on = _TRAINED_ON.search(text, max(item.low, start - _TRAINED_LENGTH), start)
    return ([] if is_trained_on else group), False


def _list_before(
    text: str, benchmarks: Sequence[Benchmark], place: int, low: int
) -> list[Benchmark]:
    """The benchmarks of a sentence that end in one list before a place among them."""
    group: list[Benchmark] = []
    while place and benchmarks[place - 1][0] >= low and len(group) < _LONGEST_CHAIN:
        place -= 1
        if group and not _LIST_JOINT.fullmatch(text, benchmarks[place][1], group[0][0]):
            break
        group.insert(0, benchmarks[place])
    return group


def _list_after(
    text: str, benchmarks: Sequence[Benchmark], place: int, high: int
) -> list[Benchmark]:
    group = [benchmarks[place]]
    for benchmark in benchmarks[place + 1 : place + _LONGEST_CHAIN]:
        if benchmark[0] >= high or not _LIST_JOINT.fullmatch(text, group[-1][1], benchmark[0]):
            break
        group.append(benchmark)
    return group


def _share(chain: _Chain, group: list[Benchmark]) -> list[str | None]:
    """One benchmark for all numbers, or one for each; none where the lists do not agree."""
    count = len(chain.numbers)
    if len(group) == count:
        return [name for _, _, name in group]
    return [group[0][2] if len(group) == 1 else None] * count
