"""Finds the phrases that say what a paper is about.

Data flow: a title and an abstract -> keyphrases, best first, each with the span that proves it.

Only the paper's own text is read: no frequencies of a corpus, no model. The steps, and where each
comes from:

1. Words are parted into runs at punctuation and at words that belong to no term: function words and
   the verbs and praise of academic prose (RAKE, Rose et al. 2010), and a verb after `to`, `we` or
   `can`. Every run is a candidate, and so is what is left of it when words at its beginning are
   taken off. The long form of `Long Form (LF)` is one too, function words and all (Schwartz &
   Hearst 2003).
2. Candidates are merged under a key that ignores case, hyphens and plurals, and scored by a
   logistic sum of a few properties: how many words, how often, whether it stands free of words
   before it, capitals (YAKE, Campos et al. 2020), a definition, the kind of its first and last
   word, and words that belong to machine learning.
3. A phrase that only stands inside better ones is dropped (the nesting of C-value, Frantzi et al.
   2000).

The score estimates how likely the listing site is to give the phrase as a keyword. Position in the
abstract, as in PositionRank (Florescu & Caragea 2017), told nothing on top of the rest, and a
phrase of the title alone is worth less than one of the abstract.

Scripts without spaces between words part runs as punctuation does: of a Chinese abstract only the
words in other scripts are seen. Methods, tasks and models by name belong to the lexicons, whose
finds may be given as `terms`.

Measured by paper_pipeline_tests/bench/keyphrases.py on the 303 papers of 14 real days that have
keywords, 94 % of which stand in the texts. The weights were fitted on 146 of the papers; of the
other 157, the first 10 phrases hold 37 % of the keywords and the first 20 hold 56 % (40 % and 59 %
with the terms of the lexicons), where YAKE's hold 13 % and 20 %. A paper takes about 0.5 ms on one
core, a 38th of YAKE's time in the same run.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from operator import itemgetter
from typing import Literal, NamedTuple

Field = Literal["title", "abstract"]


@dataclass(frozen=True, slots=True)
class Keyphrase:
    """A phrase that says what a paper is about.

    Attributes:
        phrase: In lower case, except words with capitals inside or with capitals and digits, which
            stay as written (`GRPO`, `ImageNet`, `Qwen2`); single spaces.
        score: 0 to 1, higher is better, to 4 digits.
        field: Where it stands first, the abstract before the title.
        start: Where it starts in that field.
        end: Where it ends.
    """

    phrase: str
    score: float
    field: Field
    start: int
    end: int


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _inflect(verbs: str) -> frozenset[str]:
    """The regular forms of verbs given in their base form."""
    forms: set[str] = set()
    for verb in verbs.split():
        stem = verb.removesuffix("e")
        if verb[-1] == "y" and verb[-2] not in "aeo":
            forms |= {verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"}
        else:
            s = "es" if verb.endswith(("s", "x", "ch", "sh")) else "s"
            forms |= {verb, verb + s, stem + "ed", stem + "ing"}
    return frozenset(forms)


# Words that no term begins or ends with, nor holds (a definition may hold them).
_FUNCTION_WORDS = _words(
    """
    a about above across after again against all along already also although always am among an and
    another any anything apart are around art as aside at away be became because become becomes been
    before behind being below beneath besides between beyond billion billions both but by can cannot
    could d despite did do does doesn doing don done down dozen due during each eg eight either else
    enough et etc even ever every everything few fewer first five for four from further furthermore
    get had half has have having he hence her here hereby herein him his how however hundred
    hundreds i ie if in indeed inside instead into is isn it its itself just last later latter least
    less let like likewise ll many may me might million millions mine more moreover most much must
    my near neither never nevertheless next nine no nobody none nonetheless nor not nothing now
    nowadays of off often on once one ones only onto or other others otherwise our ours out outside
    over overall own per percent perhaps please quite rather re regarding s same second seem seems
    seven several she should since six so some something sometimes somewhat soon still such t ten
    tens than that the their theirs them themselves then there thereby therefore these they thing
    things third this those though thousand thousands three through throughout thus to together too
    toward towards twice two under underneath unless unlike until unto up upon us ve versus very via
    vs was way ways we well were what whatever when whenever where whereas whereby wherein whether
    which whichever while who whole whom whose why will with within without won would yet you your
    zero
    """
)
# Verbs of academic prose; forms that are common inside terms are taken off.
_PROSE_VERBS = _inflect(
    """
    accelerate accommodate accompany accomplish account achieve acquire address adjust adopt advise
    affect aim alleviate allow alter amplify analyse analyze anticipate appear apply argue arise
    ascertain ask assemble assess assume attain augment avoid begin behave believe belong bring
    broaden bypass capitalize circumvent clarify collect combat combine complicate compose
    comprehend comprise conclude conduct consider consist constitute construct contain continue
    contribute convert cope correspond cover craft create customize decide decrease delve
    democratize demonstrate depend depict derive describe deserve determine develop differ disclose
    discover discuss display disrupt distinguish divide elicit eliminate elucidate embody emerge
    emphasize employ empower emulate enable encompass encounter encourage endow enforce enhance
    enrich ensure entail equip establish evaluate evolve exacerbate examine exceed execute exhibit
    exist expand explain exploit explore extend extrapolate facilitate fail fetch find formalize
    formulate foster fulfill furnish gather guarantee hamper handle happen harness help highlight
    hinder hope hypothesize identify ignore illustrate impede implement imply impose improve include
    incorporate incur indicate induce inform inherit initiate inject inspect inspire instantiate
    investigate invoke involve justify know lead leverage maintain make manage maximize mention
    minimize mitigate modify motivate necessitate neglect note observe obtain occur offer offload
    operationalize organize outline outperform overcome overlook paint pave penalize perform persist
    pinpoint pose possess prefer present preserve prevent produce promise promote propose prove
    provide publish quantify reach realise realize reallocate recall reconcile reconstruct rectify
    redefine refer reflect reframe regard relate rely remain remove rephrase replace replicate
    report represent reproduce require reshape resolve restrict retain rethink reveal revisit
    revolutionize satisfy seek select serve shed show showcase solve stabilize stem streamline
    strengthen strive struggle succeed suffer suggest summarize support surpass synthesize tackle
    take tell tend treat trigger uncover undergo undermine underperform underpin underscore
    understand undertake unify unleash unlock unveil use utilise utilize validate vary verify want
    worsen yield
    """
) - _words("augmented evolving understanding")
# Other words that break a run: irregular and single forms of verbs, praise, size, order.
_PROSE_WORDS = _words(
    """
    accurate act acts actual adapts additional adequate advance advanced advances advancing aligns
    alongside appeals appropriate approx available based began best better born broad broader builds
    built called captured captures capturing careful caused causes causing certain challenging
    chosen clear close coined come comes common comparable compared comparing compelling competitive
    complement complements complete comprehensive computes concentrates confirm confirms
    considerable consistent conventional converges correct critical crucial curated current cut cuts
    defined degrade degrades degrading delivering delivers designed desired different difficult
    direct distills distinct diverse dominate dominates drawing drawn driven drives dubbed easy
    effective entire essential estimates excel excellent excels exceptional expensive extensive
    extra extracts fall falls fast faster favorable felt fill fills final fits focused focuses
    focusing followed following follows found fundamental gaining gave ge generalize generalizes
    generate generates geq give given gives giving goes gone good got great greater groundbreaking
    grow growing grown grows guides hard held high-quality higher highest holds holistic huge ideal
    important impressive inadequate increase increased increases increasing infer infers inherent
    initial innovative insufficient integrate integrates integrating interesting introduce
    introduced introduces introducing keep keeps kept key known lack lacking lacks large-scale
    larger largest latest le learns led left leq lies limited limiting longer looks lost lower
    lowest made main major match matches meaningful meant measured meet meets mere met minimal minor
    modern modest multiple named necessary need needed needs new non-trivial notable novel numerous
    opens operates optimizes original outstanding paid partial particular pioneering plays poor
    popular possible potential powerful practical precise predicts preliminary prevalent previous
    primary prior profound prominent proper proven pure put puts quick raises ranging rapid rare
    read recent reduce reduced reduces reducing refine refines refining regardless release released
    releases relevant remarkable respective resulting rich rightarrow rigorous rivaling runs said
    satisfactory saw scales see seen sent serious set severe shares shown significant sim similar
    simple simpler slow smaller smallest so-called solid sophisticated sota spanning spans specific
    spent standard stands start starts state-of-the-art steers stood straightforward striking strong
    stronger strongest studied subsequent substantial successful sufficient suitable superior
    surprising systematic taken termed thorough thought told took total traditional trains trillion
    tune turns typical unable unclear underexplored underlying unique unprecedented upwards useful
    usual valuable various vast versatile vital weak weaker well-designed went wide widespread
    worked works worse worst written
    """
)
# What a verb follows, so that the word after it begins no term.
_VERB_CUES = _words("can cannot could may might must not should they to we which will would you")
_BREAKING_WORDS = _FUNCTION_WORDS | _PROSE_VERBS | _PROSE_WORDS
# Words in -ly are adverbs and break a run, except these.
_NOT_ADVERBS = _words("anomaly assembly butterfly family early supply poly reply multiply")

# What every paper has, in the singular: no phrase alone, and weak at the end of one.
_GENERIC_WORDS = _words(
    """
    ability absence academia addition advantage alternative amount analysis application approach
    area article artifact aspect author average baseline behavior bottleneck capability capacity
    case challenge change choice code combination community comparison complexity component concept
    concern condition consequence consideration content context contrast contribution conversion
    core cost data dataset decade degree demand detail development difference difficulty dimension
    direction diversity domain effect effectiveness efficacy efficiency effort element end
    environment error evaluation evidence example experience experiment expert extent facet fact
    factor failure feasibility feature field finding flexibility form format foundation framework
    function future gain gap goal ground group growth guidance hour human idea image impact
    implementation implication importance improvement industry influence information input insight
    instance interest investigation issue item kind knowledge landscape language layer length level
    limitation line link literature location loss machine magnitude majority manner margin material
    mean mechanism method methodology metric model module number object objective observation
    opportunity option order output page pair paper paradigm part pattern people performance period
    person perspective phase phenomenon pipeline plan platform point position practice practitioner
    presence principle problem procedure process product progress project promise property proposal
    prospect purpose quality quantity question range rate ratio reality reason recipe region
    reliance repository reproducibility requirement research researcher resource response result
    risk role rule sample scale scarcity scenario scheme scope score section sequence series set
    setting setup shift signal significance single situation size solution source space speed stage
    standard state step strategy strength structure student study subject success suite summary
    support system target task teacher technique technology term test text theory time tool topic
    training type unit usage use user utility value variant variety version video view volume
    weakness word work world year
    """
)
# Modifiers that add little to what follows.
_WEAK_MODIFIERS = _words(
    """
    arbitrary automated average basic better complementary complex controlled deeper detailed
    downstream efficient enhanced everyday experimental explicit extended full future general
    generated good high human identical improved independent individual intended large learned low
    manual modern natural new open open-source open-sourced overall practical present project public
    real real-world reliable rich robust scalable short single small special specialized strong
    structural unified universal wide
    """
)
# Words that mark a phrase as a term of machine learning, in the singular; parts of hyphenated
# words count. Names of methods are for the lexicons.
_TECHNICAL_WORDS = _words(
    """
    ablation activation adapter adversarial agentic annotation attention augmentation autoencoder
    autoregressive backbone backpropagation bayesian beam bench causal chain classifier clustering
    codebook coherence conditioning consistency contrastive convergence convolution convolutional
    cross curriculum decoder decoding denoising depth diffusion discrete discriminator distillation
    distribution dropout dynamic embedding encoder encoding ensemble entropy equivariant federated
    feedback feedforward finetuning forgetting fusion gaussian generative geometry gradient graph
    grounding hallucination hidden hindsight hyperparameter imitation inductive inference
    instruction interpolation interpretability inversion kernel language latent likelihood linear
    logit manifold markov mask masked masking matching matrix memory mixture modal modality momentum
    multi multilingual multimodal multitask network neural noise normalization offline online
    operator optimization optimizer overfitting parallelism parameter perceptron perplexity planning
    policy preference pretraining prior probabilistic prompting propagation pruning quantization
    quantized query rank ranking recurrent regression regularization reinforcement rendering
    representation residual retrieval reward rollout routing sampler sampling scaling scheduling
    score self semantic semi sequential softmax sparse sparsity spatial spectral speculative state
    stochastic stream supervised supervision symbolic synthesis synthetic temporal tensor text
    thought token tokenization tokenizer trajectory transfer transformer tree tuning unlearning
    unsupervised variance variational vector vision visual voxel weight window
    """
)


# What ends as nouns and adjectives do is no verb after a cue.
_NOUN_ENDINGS = tuple("al based ed er ic ing ion ity ive ment ness or ous s".split())

# A longer run counts by its last words.
_LONGEST_RUN = 5
_LONGEST_TERM = 8
# No word is longer; what is, is no word.
_WORD_LENGTH = 40
# Letters and digits, joined by marks; characters that need no spaces between words are left out.
_LETTER = r"[^\W_\u2e80-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
_TOKEN = re.compile(rf"({_LETTER}+(?:[-.+/_–]{{1,2}}{_LETTER}+)*\+*|://\S+)")
_SHORT_FORM = re.compile(r"\(([^\W_][\w/+-]{1,10})\)")
_PART = re.compile(r"[^\W_]+\+*")
# Quantities and addresses.
_NO_TERM = re.compile(
    r"[\d.]+(?:[xkmbt]|ms)?|https?|://.*|www\..*|.*\.(?:com|org|net|edu|gov|io|ai)(?:/.*)?"
)


class _Weights(NamedTuple):
    """What each property adds to the log-odds that a phrase is a keyword."""

    base: float = -4.6
    two_or_three_words: float = 1.7
    more_words: float = 0.7
    log_count: float = 0.6
    only_in_title: float = -0.8
    free: float = 1.4
    defined: float = 1.7
    named: float = 0.7
    technical: float = 0.7
    inner_capital_alone: float = 1.6
    short_alone: float = -1.1
    weak_start: float = -1.2
    generic_end: float = -0.4
    gerund_end: float = 0.6
    participle_end: float = -1.3
    term: float = 1.0


_WEIGHTS = _Weights()


class _Word(NamedTuple):
    """What is asked of a word, whatever stands around it.

    Attributes:
        shown: As a keyphrase shows it.
        key: Folded, its parts joined by spaces.
        is_break: Parts runs.
        is_capitalised: Begins with a capital.
        is_technical: Has a part that marks terms of machine learning.
        is_generic: Every paper has it.
        is_weak: Adds little to what follows.
        may_be_verb: In lower case, without the ending of a noun or an adjective.
        alone: What it adds to the score of the phrase that it is.
        end: What it adds to a longer phrase that it ends.
    """

    shown: str
    key: str
    is_break: bool
    is_capitalised: bool = False
    is_technical: bool = False
    is_generic: bool = False
    is_weak: bool = False
    may_be_verb: bool = False
    alone: float = 0.0
    end: float = 0.0


# A word in its text: the word, its start, its end, and whether only white space parts it from the
# word before.
_Place = tuple[_Word, int, int, bool]


@dataclass(slots=True)
class _Candidate:
    """What is known of the phrases under one key.

    Attributes:
        places: Of its first occurrence, the abstract before the title.
        field: Where that is.
        count: How often it occurs.
        is_free: Stands somewhere without a word before it that could belong to it.
        is_named: Written with capitals where no sentence begins.
        is_defined: Is the long form of an abbreviation.
        is_term: A lexicon knows it.
    """

    places: Sequence[_Place]
    field: Field
    count: int = 0
    is_free: bool = False
    is_named: bool = False
    is_defined: bool = False
    is_term: bool = False


_Candidates = dict[str, _Candidate]


def extract_keyphrases(
    title: str, abstract: str | None, terms: Sequence[tuple[int, int]] = (), most: int = 20
) -> list[Keyphrase]:
    """Finds the phrases that say what a paper is about.

    Time grows with the length of the text, whatever is in it.

    Args:
        title: The title, cleaned.
        abstract: The abstract, cleaned; None where there is none.
        terms: Spans of the abstract, in characters, that a lexicon knows as methods, tasks, models
            and the like. They become candidates and score higher.
        most: How many keyphrases to return at most.

    Returns:
        Keyphrases, the best first, no two of which differ in case, hyphens or plural only. The
        stretch of the field from `start` to `end` is the phrase, but for case and white space.
    """
    candidates: _Candidates = {}
    if abstract:
        places = _read_places(abstract)
        _add_runs(candidates, "abstract", abstract, places)
        _add_definitions(candidates, abstract, places)
        _add_terms(candidates, places, terms)
    _add_runs(candidates, "title", title, _read_places(title))
    # The sort is stable: of equals, the one that was met first comes first.
    rated = sorted(
        [(_rate(candidate), key) for key, candidate in candidates.items()],
        key=itemgetter(0),
        reverse=True,
    )
    return list(islice(_drop_nested(rated, candidates), max(0, most)))


@lru_cache(maxsize=1 << 15)
def _read_word(text: str) -> _Word:
    """Describes a word. The cache saves time and changes nothing."""
    lower = text.lower()
    parts = [_fold_plural(part) for part in _PART.findall(text.casefold())]
    key = " ".join(parts)
    is_adverb = lower.endswith("ly") and len(lower) > 4 and lower not in _NOT_ADVERBS
    if is_adverb or lower in _BREAKING_WORDS or _NO_TERM.fullmatch(lower):
        return _Word(lower, key, is_break=True)
    weights = _WEIGHTS
    has_digit = any(map(str.isdigit, lower))
    has_inner_capital = any(left.isalnum() and right.isupper() for left, right in pairwise(text))
    is_generic = key in _GENERIC_WORDS
    is_participle = lower.endswith("ed")
    return _Word(
        shown=text if has_inner_capital or has_digit else lower,
        key=key,
        is_break=False,
        is_capitalised=text[0].isupper(),
        is_technical=not _TECHNICAL_WORDS.isdisjoint(parts),
        is_generic=is_generic,
        is_weak=lower in _WEAK_MODIFIERS,
        may_be_verb=text == lower and not lower.endswith(_NOUN_ENDINGS),
        alone=weights.inner_capital_alone * has_inner_capital
        + weights.short_alone * (len(key) < 3)
        + weights.participle_end * is_participle,
        end=weights.generic_end * is_generic
        + weights.gerund_end * lower.endswith("ing")
        + weights.participle_end * is_participle,
    )


def _fold_plural(word: str) -> str:
    """The singular of a word in lower case, by its ending."""
    if len(word) < 4 or word[-1] != "s" or word[-2] in "siu":
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses")) else word[:-1]


def _read_places(text: str) -> list[_Place]:
    """The words of a text; one that is all in capitals is read as if it were in lower case."""
    # What stands between words, and words, by turns.
    pieces = _TOKEN.split(text)
    if max(map(len, pieces)) > _WORD_LENGTH:
        pieces[1::2] = [
            word if len(word) <= _WORD_LENGTH else "|" * len(word) for word in pieces[1::2]
        ]
        pieces = _TOKEN.split("".join(pieces))
    bounds = list(accumulate(map(len, pieces)))
    words = map(str.lower, pieces[1::2]) if text.isupper() else pieces[1::2]
    is_joined = map(str.isspace, pieces[::2])
    return list(zip(map(_read_word, words), bounds[::2], bounds[1::2], is_joined, strict=False))


def _find_runs(places: list[_Place]) -> Iterator[list[_Place]]:
    run: list[_Place] = []
    is_after_cue = False
    for place in places:
        word, _, _, is_joined = place
        if word.is_break:
            if run:
                yield run
                run = []
            is_after_cue = word.key in _VERB_CUES
        elif is_joined:
            if not (is_after_cue and word.may_be_verb):
                run.append(place)
            is_after_cue = False
        else:
            if run:
                yield run
            run = [place]
            is_after_cue = False
    if run:
        yield run


def _add_runs(candidates: _Candidates, field: Field, text: str, places: list[_Place]) -> None:
    """Adds every run, and what is left of it when words at its beginning are taken off."""
    for run in _find_runs(places):
        key = ""
        is_named = field == "abstract"  # capitals in a title name nothing
        size = len(run)
        for first in range(size - 1, max(-1, size - 1 - _LONGEST_RUN), -1):
            word, start, _, _ = run[first]
            is_named = is_named and word.is_capitalised
            is_alone = not key
            key = word.key if is_alone else f"{word.key} {key}"
            if is_alone and word.is_generic:
                continue
            candidate = candidates.get(key)
            if candidate is None:
                candidate = candidates[key] = _Candidate(run[first:], field)
            candidate.count += 1
            if first == 0 or run[first - 1][0].is_weak:
                candidate.is_free = True
            # Nor does the capital of a sentence.
            if is_named and not (is_alone and (start < 2 or text[start - 2] in ".!?:")):
                candidate.is_named = True


def _add_definitions(candidates: _Candidates, text: str, places: list[_Place]) -> None:
    """Adds the long forms of `Long Form (LF)`."""
    for match in _SHORT_FORM.finditer(text):
        index = bisect_left(places, match.start(), key=itemgetter(1))
        before = places[max(0, index - _LONGEST_TERM) : index]
        if before and not text[before[-1][2] : match.start()].strip():
            size = _match_long_form(text, before, match[1])
            if size:
                _add_phrase(candidates, before[-size:]).is_defined = True


def _match_long_form(text: str, before: list[_Place], short: str) -> int:
    """How many words before an abbreviation it stands for; 0 where it stands for none.

    Its letters are looked for from the last to the first; the first must begin a word.
    """
    letters = [letter for letter in short.removesuffix("s").lower() if letter.isalnum()]
    if len(letters) < 2 or short.islower():
        return 0
    for size in range(1, len(before) + 1):
        _, start, end, is_joined = before[-size]
        word = text[start:end].lower()
        at = len(word)
        while len(letters) > 1 and (at := word.rfind(letters[-1], 0, at)) >= 0:
            letters.pop()
        if len(letters) == 1 and at and word[0] == letters[0]:
            return size
        if not is_joined:
            break
    return 0


def _add_phrase(candidates: _Candidates, places: list[_Place]) -> _Candidate:
    """Adds a phrase of the abstract that no run need hold."""
    key = " ".join(word.key for word, _, _, _ in places)
    candidate = candidates.setdefault(key, _Candidate(places, "abstract"))
    candidate.is_free = True
    candidate.count = max(1, candidate.count)
    return candidate


def _add_terms(
    candidates: _Candidates, places: list[_Place], terms: Sequence[tuple[int, int]]
) -> None:
    for term_start, term_end in sorted(terms):
        first = bisect_left(places, term_start, key=itemgetter(1))
        after = bisect_right(places, term_end, key=itemgetter(2))
        if 0 < after - first <= _LONGEST_TERM and all(
            place[3] for place in places[first + 1 : after]
        ):
            _add_phrase(candidates, places[first:after]).is_term = True


def _rate(candidate: _Candidate) -> float:
    """The log-odds that a phrase is a keyword."""
    weights = _WEIGHTS
    places = candidate.places
    size = len(places)
    points = weights.base
    if size == 1:
        word = places[0][0]
        points += word.alone
        is_technical = word.is_technical
    else:
        points += places[-1][0].end
        points += weights.two_or_three_words if size <= 3 else weights.more_words
        if places[0][0].is_weak:
            points += weights.weak_start
        is_technical = any(word.is_technical for word, _, _, _ in places)
    if candidate.count > 1:
        points += weights.log_count * math.log(candidate.count)
    if candidate.field == "title":
        points += weights.only_in_title
    if candidate.is_free:
        points += weights.free
    if candidate.is_named:
        points += weights.named
    if candidate.is_defined:
        points += weights.defined
    if candidate.is_term:
        points += weights.term
    if is_technical:
        points += weights.technical
    return points


def _drop_nested(rated: list[tuple[float, str]], candidates: _Candidates) -> Iterator[Keyphrase]:
    """The phrases, best first, without those that only stand inside better ones."""
    inside: dict[str, int] = {}
    for points, key in rated:
        candidate = candidates[key]
        if inside.get(key, 0) >= candidate.count:
            continue
        words = [word for word, _, _, _ in candidate.places]
        nested = ""
        for word in reversed(words):
            nested = f"{word.key} {nested}" if nested else word.key
            inside[nested] = inside.get(nested, 0) + candidate.count
        yield Keyphrase(
            " ".join([word.shown for word in words]),
            round(1 / (1 + math.exp(-points)), 4),
            candidate.field,
            candidate.places[0][1],
            candidate.places[-1][2],
        )
