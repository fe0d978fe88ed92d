r"""Finds how many parameters the models named in a text have.

Data flow: a title or an abstract -> parameter counts, each with the span that proves it.

`7B` may count parameters, tokens, images or dollars; what stands around it decides. Mentions joined
by commas, dashes, `and` or `to` form a chain and share one verdict, found in this order:

1. Money before it, or a label such as `Figure 3B`: not a count of parameters.
2. Glued to a name (`Falcon-H1-34B`): a count, unless the name is that of a data set (`LAION-2B`).
3. The noun after it: `parameters`, `model` and the like accept, `tokens`, `images`, `hours` and the
   like refuse.
4. Without such a noun, `B` is a count unless training data was being counted; `M`, `T` and the
   spelled-out units need a cue before them (`model sizes from`), brackets after a name
   (`GPT2-medium (355M)`), or a `B` in the same chain. `K` needs the noun.

Numbers are kept as written: `8x7B` is the product, 56,000,000,000, although such a model shares
weights and has fewer parameters (Mixtral 8x7B has 46.7 billion); in `30B-A3B` both the total and
the active count are reported. Numbers without a unit of their own are read where a spelled-out unit
follows the chain (`7, 13 and 70 billion parameters`).

Which model a count belongs to is not asked. Models, datasets and benchmarks by name belong to
modules with lexicons. Text is taken as found, mangled LaTeX included (`sim100B`, `(ge 175B)`), so
that spans fit the column.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """A number of parameters stated in a text.

    Attributes:
        value: The count, 7000000000 for `7B`.
        start: Where the number starts in the text.
        end: Where its unit ends, or the number itself where the unit stands at the end of a list.
    """

    value: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number with a unit (K, M, B or T), not judged yet; `is_word`: the unit is spelled out."""

    count: ParameterCount
    unit: str
    is_word: bool
    is_lower: bool
    is_spaced: bool


class _Verdict(Enum):
    ACCEPT = "accept"
    LEAN_ACCEPT = "lean accept"
    NEUTRAL = "neutral"
    REFUSE = "refuse"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNIT_VALUES = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_WORD_UNITS = {"thousand": "K", "million": "M", "billion": "B", "trillion": "T", "bn": "B"}

# A number starts after anything but a digit, a letter or a decimal point; or right after a name or
# a macro that lost its backslash, or the A of a count of active parameters.
_MENTION = re.compile(
    r"""(?:(?<![A-Za-z0-9_])(?<![0-9][.,])(?<!\.\.)|(?<=[A-Za-z]{3})|(?<=[^A-Za-z]A)|(?<=[^A-Za-z]le)|(?<=[^A-Za-z]ge))
    (?:(?P<experts>\d{1,3})\s?(?:[x×*]|\\?times)\s?)?
    (?P<number>\d{1,4}(?:,\d{3}){0,3}(?:\.\d{1,3})?)
    (?:(?P<space>\s?)(?P<letter>[KMBT])(?![A-Za-z0-9_])
      |\+?[\s-]{0,2}(?P<word>thousand|million|billion|trillion|bn)(?![A-Za-z]))
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
# What joins the mentions of one chain.
_JOINT = re.compile(
    r"""(?:-[a-z]{1,12}(?=[\s,]))?
    (?:\s|[+,;/~&$\\{}–—-]|->|→|rightarrow|\((?=active)|(?<![A-Za-z])(?:A|active|activated|and|or|to|up|through|then|sim|even|[a-z]{2,12}ly)(?![A-Za-z]))
    {1,10}""",
    re.VERBOSE | re.ASCII,
)
_JOINT_LENGTH = 28
_BARE_LIST = re.compile(
    r"(?<![\w.$-])(?<!\w[-.])(?:\d{1,3}(?:\.\d{1,2})?\s{0,2}(?:,\s{0,2}(?:and|or)?|-{1,3}|–|~|to|and|or)\s{0,2}){1,6}\Z",
    re.ASCII,
)
_BARE_LIST_LENGTH = 48
_BARE_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)

_NEXT_WORD = re.compile(r"[\s}$~\\-]{0,4}([A-Za-z][A-Za-z0-9]{0,29})", re.ASCII)
_WORDS_AFTER = 5
_ACCEPTING_WORDS = _words(
    """
    param params parameter parameters parametric model models llm llms lm lms slm slms vlm vlms
    mllm mllms lvlm lvlms lrm lrms vla vlas vit vits network networks transformer transformers
    checkpoint checkpoints variant variants version versions backbone backbones moe active
    activated dense weights teacher teachers student students decoder encoder bert gpt llama
    qwen mistral gemma t5
    """
)
# Units and spelled-out numbers count models too (`1.8 million models`): these are the words that
# settle it.
_ACCEPTING_AFTER_WORD = _words(
    "param params parameter parameters active activated weights model network transformer llm"
)
_LEANING_WORDS = _words("scale scales size sizes sized class regime level")
_REFUSING_WORDS = _words(
    """
    annotations articles atoms audios bits books bytes byte captions cells characters clips
    comments commits contexts context conversations corpora corpus crops customers data dataset
    datasets days demonstrations dialogs dialogues digits documents dollar dollars downloads
    edges entities entries episodes euros examples exaflops events facts files flop flops frames
    galaxies games gflops graphs gpu gpus hour hours images inputs instances instructions
    interactions items iterations keys labels lines listings locations masks macs messages
    meshes minutes molecules mult nodes objects operations pages pairs papers parsecs passages
    patches patents people photos pixels points posts problems products prompts proofs proteins
    queries questions reads records requests responses reviews rollouts rows samples scenes
    seconds sentences sequences songs spectra speakers steps stars subset supervision tables
    tasks texts timesteps token tokens traces trajectories transactions transitions triples
    triplets tuples tweets updates usd users utterances variables vectors vertices videos views
    vocabulary voxels websites word words years
    """
)
_STOPPING_WORDS = _words(
    """
    a achieve achieves and are as at but by can for from has have in is it its language-only on
    only or our outperform outperforms over performs should than that the their these this to
    trained using via was we were when where which while with within without
    """
)
_MONEY_BEFORE = re.compile(r"(?:[$€£¥]|USD|EUR)[\s~]{0,2}\Z")
_LABEL_BEFORE = re.compile(
    r"(?<![A-Za-z-])(?:fig|figs|figure|figures|table|tables|panel|appendix|section|sec|eq|phase|class|type|grade|step"
    r"|theorem|lemma)\.?\s?\Z",
    re.IGNORECASE | re.ASCII,
)
_LABEL_LENGTH = 14
_CUE_BEFORE = re.compile(
    r"(?:param(?:eter)?s?|model(?:s|ing)?|capacity|capacities|llms?|lms|transformers?|networks?)"
    r"(?:[\s-]{0,2}(?:param(?:eter)?s?|sizes?|scales?|counts?|ranges?|budgets?))?"
    r"(?:[\s(]{1,3}(?:of|from|to|at|up|with|ranging|range|varying|spanning|between|only|in|its|just|over|about|around"
    r"|under|scales?|sizes?|different|various|below|above|exceeding|than|more|less|fewer|smaller|larger|approximately|merely|nearly|roughly"
    r"|[<>~]|sim|le|ge)){1,6}[\s(~<>$]{0,3}(?:sim|approx|le|ge|leq|geq)?\s?\Z",
    re.IGNORECASE | re.ASCII,
)
_DATA_BEFORE = re.compile(
    r"(?:(?:pre-?)?train(?:ed|ing)\s(?:on|over|with)|tokens?(?:\s(?:of|from|to|count|budgets?|at|counts))*|corpus\sof"
    r"|data(?:sets?)?\s(?:of|from)|context\s(?:of|to|up\sto)|length\s(?:of|up\sto))"
    r"(?:\s(?:up|to|only|just|about|over|around|from|approximately|nearly|than|more|less|fewer)){0,3}[\s~(<>$]{0,3}\Z",
    re.IGNORECASE | re.ASCII,
)
_CONTEXT_LENGTH = 64
# `GPT2-medium (355M)`: brackets that hold nothing else, after a word that looks like a name.
_BRACKET_BEFORE = re.compile(
    r"[A-Za-z0-9-]*(?:[A-Z]|\d|-)[A-Za-z0-9.-]*\s?\((?:[<>~]|sim|approx)?\s?\Z", re.ASCII
)
_BRACKET_LENGTH = 24
_NAME_BEFORE = re.compile(r"([A-Za-z0-9][A-Za-z0-9.+]*(?:-[A-Za-z0-9.+]+)*)-?\Z", re.ASCII)
_NAME_LENGTH = 40
# What a number glued to a name must reach, and the letters the name must have, to be a size: data
# sets are called `Sports-1M`, phases of matter `2H-1T`.
_LEAST_IN_NAME = {"M": (10**7, 2), "B": (0, 1), "T": (0, 3)}
_MACROS = _words(
    "sim approx approximately times le leq ge geq lesssim gtrsim textless textgreater pm cdot"
)
_SIZE = re.compile(r"[\d.x]+[KMBT]?(?:-[\d.]+[KMBT])*(?:-A)?", re.ASCII | re.IGNORECASE)
_DATASET_NAME = re.compile(
    r"(?:^|-)(?:laion|coyo|sa|jft|cc|yfcc|ig|imagenet|wit|webli|mmc|datacomp|commonpool|howto|panda|pile|obelics"
    r"|redpajama|c|fineweb|openvid|hd-vila|vila|temporal|yttemporal|objaverse|million|top|gsm|ade|ms|part|share\w*|alpaca"
    r"|wiki\w*|common\w*|open\w*math\w*)$"
    r"|(?:vid|video|videos|web|net|bench|data|set|instruct|caption|captions|pairs|corpus|image|images|mix|sft|qa|traj"
    r"|text|edit|recap|crawl|books|songs|wildchat|verse|cap|faces|pedia)$",
    re.IGNORECASE | re.ASCII,
)


def extract_parameter_counts(text: str) -> list[ParameterCount]:
    """Finds the counts of parameters in a text, in order.

    Time grows with the length of the text, whatever is in it.

    Args:
        text: A title, an abstract, or any other text, as found.

    Returns:
        The counts; the same number twice when it is written twice.
    """
    counts: list[ParameterCount] = []
    end_of_last = 0
    for chain in _find_chains(text):
        bare = _bare_counts(text, chain[0], end_of_last)
        start = bare[0].start if bare else chain[0].count.start
        accepted = _accepted_mentions(text, chain, text[max(0, start - _CONTEXT_LENGTH) : start])
        if accepted and accepted[0] is chain[0]:
            counts.extend(bare)
        counts.extend(mention.count for mention in accepted)
        end_of_last = chain[-1].count.end
    return counts


def _find_chains(text: str) -> list[list[_Mention]]:
    chains: list[list[_Mention]] = []
    for match in _MENTION.finditer(text):
        mention = _read_mention(match)
        if chains and _is_joined(text, chains[-1][-1].count.end, mention.count.start):
            chains[-1].append(mention)
        else:
            chains.append([mention])
    return chains


def _read_mention(match: re.Match[str]) -> _Mention:
    letter, word = match["letter"], match["word"]
    unit = letter.upper() if letter else _WORD_UNITS[word.lower()]
    value = (
        Decimal(match["number"].replace(",", "")) * _UNIT_VALUES[unit] * int(match["experts"] or 1)
    )
    return _Mention(
        ParameterCount(int(value), match.start(), match.end()),
        unit,
        is_word=letter is None,
        is_lower=letter is not None and letter.islower(),
        is_spaced=bool(match["space"]),
    )


def _is_joined(text: str, end: int, start: int) -> bool:
    gap = text[end:start] if start - end <= _JOINT_LENGTH else ""
    return bool(gap.strip()) and _JOINT.fullmatch(gap) is not None


def _accepted_mentions(text: str, chain: list[_Mention], before: str) -> list[_Mention]:
    """The mentions of a chain that count parameters; `before` is the text that leads up to it."""
    first, last = chain[0], chain[-1]
    just_before = before[-_LABEL_LENGTH:]
    if _MONEY_BEFORE.search(just_before) or _LABEL_BEFORE.search(just_before):
        return []
    end = last.count.end
    if text[end : end + 1] == ")" and "(" in text[first.count.start : end]:
        end += 1
    after = _judge_words_after(text, last, end)
    named = [mention for mention in chain if _is_named(text, mention)]
    if after is _Verdict.REFUSE:
        return named
    if after is _Verdict.ACCEPT:
        return [mention for mention in chain if not _is_of_dataset(text, mention)]
    if _DATA_BEFORE.search(before):
        return named
    is_settled = (
        after is _Verdict.LEAN_ACCEPT
        or any(_is_plain_billions(text, mention) for mention in chain)
        or _CUE_BEFORE.search(before)
        or _is_bracketed(text, first)
    )
    return [
        mention
        for mention in chain
        if mention in named or (is_settled and _is_plain(text, mention))
    ]


def _is_plain(text: str, mention: _Mention) -> bool:
    """Whether a mention is written as sizes are: `7B`, not `7 B`, `7b` or `SCA7B`."""
    is_usual = mention.unit != "K" and not mention.is_spaced and not mention.is_lower
    return is_usual and not _name_before(text, mention)


def _is_plain_billions(text: str, mention: _Mention) -> bool:
    return mention.unit == "B" and not mention.is_word and _is_plain(text, mention)


def _judge_words_after(text: str, mention: _Mention, position: int) -> _Verdict:
    """Looks for the noun that a number counts, in the few words from a position on."""
    verdict = _Verdict.NEUTRAL
    accepting = _ACCEPTING_AFTER_WORD if mention.is_word else _ACCEPTING_WORDS
    if mention.unit == "K":
        accepting = frozenset({"param", "params", "parameter", "parameters"})
    for _ in range(_WORDS_AFTER):
        match = _NEXT_WORD.match(text, position)
        if match is None:
            break
        word, position = match[1].lower(), match.end()
        if word in accepting:
            return _Verdict.ACCEPT
        is_modifier = text[position : position + 1] == "-" and word not in {"token", "tokens"}
        if word in _REFUSING_WORDS and not is_modifier:
            return _Verdict.REFUSE
        if word in _LEANING_WORDS:
            verdict = _Verdict.LEAN_ACCEPT
        if word in _STOPPING_WORDS:
            break
    return verdict


def _name_before(text: str, mention: _Mention) -> str:
    """The name that a number is glued to, empty when it stands alone."""
    start = mention.count.start
    if start == 0 or not (text[start - 1] == "-" or text[start - 1].isalpha()):
        return ""
    match = _NAME_BEFORE.search(text, max(0, start - _NAME_LENGTH), start)
    name = match[1] if match else ""
    return "" if name.lower() in _MACROS or _SIZE.fullmatch(name) else name


def _is_named(text: str, mention: _Mention) -> bool:
    """Whether a number is part of the name of a model."""
    name = _name_before(text, mention)
    if not name or mention.unit == "K" or mention.is_word or mention.is_spaced:
        return False
    if text[mention.count.start - 1] != "-":
        # `Qwen7B` is a name and a size; `SCA1B`, `Human3.6M` and `3g-3m` are names.
        return mention.unit == "B" and not mention.is_lower and re.search("[a-z]", name) is not None
    if mention.unit == "T" and text[mention.count.start - 2] in "Bb":
        return False  # `bitnet-2B-4T`: two billion parameters, four trillion tokens
    least_value, least_letters = _LEAST_IN_NAME[mention.unit]
    letter_count = sum(map(str.isalpha, name))
    is_size = mention.count.value >= least_value and letter_count >= least_letters
    return is_size and _DATASET_NAME.search(name) is None


def _is_of_dataset(text: str, mention: _Mention) -> bool:
    name = _name_before(text, mention)
    return bool(name) and _DATASET_NAME.search(name) is not None


def _is_bracketed(text: str, mention: _Mention) -> bool:
    start, end = mention.count.start, mention.count.end
    return text[end : end + 1] == ")" and bool(
        _BRACKET_BEFORE.search(text, max(0, start - _BRACKET_LENGTH), start)
    )


def _bare_counts(text: str, mention: _Mention, end_of_last: int) -> list[ParameterCount]:
    """The numbers of a list whose unit is spelled out once, at its end: `7, 13 and 70 billion`."""
    start = mention.count.start
    if not mention.is_word:
        return []
    numbers = _BARE_LIST.search(text, max(end_of_last, start - _BARE_LIST_LENGTH), start)
    if numbers is None:
        return []
    counts = [
        ParameterCount(
            int(Decimal(number[0]) * _UNIT_VALUES[mention.unit]), number.start(), number.end()
        )
        for number in _BARE_NUMBER.finditer(text, numbers.start(), start)
    ]
    return [count for count in counts if 0 < count.value <= mention.count.value]
