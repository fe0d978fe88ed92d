r"""Finds how many parameters the models named in a text have.

Data flow: a title or an abstract -> parameter counts, each with the span that proves it.

`7B` may count parameters, tokens, images or dollars; what stands around it decides. Mentions joined
by commas, dashes, `and` or `to` form a chain and share one verdict, found in this order:

1. Money before it, or a label such as `Figure 3B`: not a count of parameters.
2. Glued to a name (`Falcon-H1-34B`): a count, unless the name is that of a data set (`LAION-2B`),
   by its words or because the text presents it as one (`Name-36M, a video dataset`).
3. The noun after it: `parameters`, `model` and the like accept, `tokens`, `images`, `hours` and the
   like refuse.
4. Without such a noun, `B` is a count unless training data was being counted; `M`, `T` and the
   spelled-out units need a cue before them (`model sizes from`), brackets after a name
   (`GPT2-medium (355M)`), or a `B` in the same chain. `K` needs the noun; `7 B` and `7b` need the
   name of a model family before them.

Numbers are kept as written: `8x7B` is the product, 56,000,000,000, although such a model shares
weights and has fewer parameters (Mixtral 8x7B has 46.7 billion); in `30B-A3B` both the total and
the active count are reported. Numbers without a unit of their own are read where a spelled-out unit
follows the chain (`7, 13 and 70 billion parameters`), or a letter ends a range (`0.5 to 7B`). Of
numbers in words, `one million` to `ten hundred trillion` are read.

Which model a count belongs to is not asked. Models, datasets and benchmarks by name belong to
modules with lexicons. Text is read repaired (`~100B`, `(≥ 175B)`) or as found, mangled LaTeX
included (`sim100B`, `(ge 175B)`), and spans fit the text that was given.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple


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


class _Mention(NamedTuple):
    """A number with a unit (K, M, B or T), not judged yet.

    `stated`: the number; `name`: what it is glued to; `is_word`: the unit is spelled out;
    `is_split`: the unit stands inside the number (`7B1`).
    """

    stated: ParameterCount
    unit: str
    name: str = ""
    is_word: bool = False
    is_lower: bool = False
    is_spaced: bool = False
    is_split: bool = False


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
# a macro that lost its backslash, or the A of a count of active parameters. The first digit comes
# before the looks back: digits are rare, and a pattern that starts with one skips all else quickly.
# The unit may stand in place of the decimal point (`bloom-7b1`), or before a count of training
# tokens (`2B4T`).
_MENTION = re.compile(
    r"""(?P<number>[0-9]
    (?:(?<![A-Za-z0-9_].)(?<![0-9][.,].)(?<!\.\..)
      |(?<=[A-Za-z]{3}.)|(?<=[^A-Za-z]A.)|(?<=[^A-Za-z](?:so|le|ge).))
    (?:[0-9]{0,2}+\s?+(?:[x×*]|\\?times)\s?[0-9])?+[0-9]{0,3}+(?:,[0-9]{3}){0,3}+(?:\.[0-9]{1,3})?+)
    (?:(?P<space>\s?)(?P<letter>[KMBT])
       (?:(?P<tenths>(?<=[0-9]B)(?<!\.[0-9]B)[0-9])?(?![A-Za-z0-9_])|(?<=B)(?=[0-9]{1,2}T(?![A-Za-z0-9_])))
      |\+?[\s-]{0,2}(?P<word>thousand|million|billion|trillion|bn)(?![A-Za-z]))
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_FACTOR = re.compile(r"[0-9][0-9.,]*")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten".split(), 1)
}
_SPELLED_OUT = re.compile(
    rf"(?<![A-Za-z-])(?P<number>{'|'.join(_NUMBER_WORDS)})(?P<hundred>\shundred)?[\s-]"
    r"(?P<word>million|billion|trillion)\Z",
    re.ASCII | re.IGNORECASE,
)
_WORD_UNIT_END = re.compile(
    r"illion(?:(?<=[A-Za-z][\s-][MmBb]illion)|(?<=[A-Za-z][\s-][Tt]rillion))(?![A-Za-z])", re.ASCII
)
_SPELLED_OUT_LENGTH = len("three hundred trillion")
# What joins the mentions of one chain.
_JOINT = re.compile(
    r"""(?:-[a-z]{1,12}(?=[\s,]))?
    (?:\s|[+,;/~∼≈≤≥<>&$\\{}–—→-]|rightarrow|\((?=active)|(?<![A-Za-z])(?:A|active|activated|and|or|to|up|through|then|sim|even|[a-z]{2,12}ly)(?![A-Za-z]))
    {1,10}""",
    re.VERBOSE | re.ASCII,
)
_JOINT_LENGTH = 28
_BARE_LIST = re.compile(
    r"(?<![\w.$-])(?<!\w[-.])(?:\d{1,3}(?:\.\d{1,2})?\s{0,2}(?:,\s{0,2}(?:and|or)?|-{1,3}|–|~|to|and|or)\s{0,2}){1,6}\Z",
    re.ASCII,
)
# Before a letter only ranges and slashes (`0.5 to 7B`, `7/13/70B`): in `Gemma 2, 9B` and in
# `Gemma 2-9B` the first number is a version.
_BARE_RANGE = re.compile(
    r"(?<![\w.$/-])(?<!\w[-.])(?:\d{1,3}(?:\.\d{1,2})?\s?(?:-{1,3}|–|/|to)\s?){1,6}\Z",
    re.ASCII,
)
_RANGE_ENDS = frozenset("-–/o")
_BARE_LIST_LENGTH = 48
_CAPITALISED_BEFORE = re.compile(r"(?<!\w)[A-Z][\w.-]*\s\Z", re.ASCII)
_BARE_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)

_NEXT_WORD = re.compile(r"[\s}$~\\-]{0,4}([A-Za-z][A-Za-z0-9]{0,29})", re.ASCII)
_WORDS_AFTER = 5
_ACCEPTING_WORDS = _words(
    """
    param params parameter parameters parametric model models llm llms lm lms slm slms vlm vlms
    mllm mllms lvlm lvlms lrm lrms vla vlas vit vits network networks transformer transformers
    checkpoint checkpoints variant variants version versions backbone backbones moe dense weights
    teacher student decoder encoder autoencoder unet dit cnn vae bert gpt llama qwen mistral gemma
    t5
    """
)
# Units and spelled-out numbers count models too (`1.8 million models`, `a million model runs`):
# these are the words that settle it.
_PARAMETER_WORDS = _words("param params parameter parameters")
_ACCEPTING_AFTER_WORD = {
    "M": _PARAMETER_WORDS | {"weights"},
    "B": _PARAMETER_WORDS | {"weights", "model", "network", "transformer", "llm"},
}
_LEANING_WORDS = _words(
    "scale scales size sizes sized class regime level active activated trainable"
)
_REFUSING_WORDS = _words(
    """
    adds annotations articles atoms audios bits books bp bytes byte calls captions cells characters
    clicks clips comments commits contexts context conversations corpora corpus crops customers
    data dataset datasets days demonstrations dialogs dialogues digits documents dollar dollars
    downloads edges entities entries episodes euros examples exaflops events facts files flop flops
    frames galaxies games gaussians genomes gflops graphs gpu gpus hour hours images impressions
    inputs instances instructions interactions items iterations keys labels lines listings locations
    macs masks measurements meshes messages minutes molecules mult nodes nucleotides objects
    observations operations pages pairs papers parsecs particles passages patches patents people
    photos pixels points polygons posts primitives problems products prompts proofs proteins
    queries questions ratings reactions reads records requests residues responses reviews rollouts
    rows samples scenes searches seconds sentences sequences songs speakers spectra splats stars
    steps subset supervision tables tasks texts tiles timesteps token tokens
    traces trajectories transactions transcripts transitions triangles triples triplets tuples
    tweets updates usd users utterances variables vectors vertices videos views vocabulary voxels
    websites word words years
    """
)
_STOPPING_WORDS = _words(
    """
    a achieve achieves across after also and are as at before between both but by can during for
    from has have in into is it its on only or our outperform outperforms over per
    performs should than that the their then these this through to trained under until using versus
    via vs was we were when where which while with within without
    """
)
# These four read text in lower case: without a choice of case they can skip to a first letter.
_MONEY_BEFORE = re.compile(r"(?:[$€£¥]|usd|eur)[\s~]{0,2}\Z")
_LABEL_BEFORE = re.compile(
    r"(?<![a-z-])(?:fig|figs|figure|figures|table|tables|panel|appendix|section|sec|eq|phase|class|type|grade|step"
    r"|theorem|lemma)\.?\s?\Z",
    re.ASCII,
)
_LABEL_LENGTH = 14
_CUE_BEFORE = re.compile(
    r"(?:param(?:eter)?s?|model(?:s|ing)?|capacity|capacities|llms?|lms|transformers?|networks?)"
    r"(?:[\s-]{0,2}(?:param(?:eter)?s?|sizes?|scales?|counts?|ranges?|budgets?))?"
    r"(?:[\s(]{1,3}(?:of|from|to|at|up|with|ranging|range|varying|spanning|between|only|in|its|just|over|about|around"
    r"|under|scales?|sizes?|different|various|below|above|exceeding|than|more|less|fewer|smaller|larger|approximately|merely|nearly|roughly"
    r"|[<>~∼≈≤≥]|sim|le|ge)){1,6}[\s(~∼≈≤≥<>$]{0,3}(?:sim|approx|le|ge|leq|geq)?\s?\Z"
    r"|(?:parameter|model|network|transformer|llm)s?(?:[\s-](?:sizes?|scales?|counts?))?\s?[(:]\s?\Z",
    re.ASCII,
)
_DATA_BEFORE = re.compile(
    r"(?:(?:pre-?)?train(?:ed|ing)\s(?:on|over|with)|tokens?(?:\s(?:of|from|to|count|budgets?|at|counts))*|corpus\sof|vocabulary\s(?:size\s)?of"
    r"|data(?:sets?)?\s(?:of|from)|context\s(?:of|to|up\sto)|length\s(?:of|up\sto))"
    r"(?:\s(?:up|to|only|just|about|over|around|from|approximately|nearly|than|more|less|fewer)){0,3}[\s~∼≈≤≥(<>$]{0,3}\Z",
    re.ASCII,
)
_CONTEXT_LENGTH = 64
# `GPT2-medium (355M)`: brackets that hold nothing else, after a word that looks like a name.
_BRACKET_BEFORE = re.compile(
    r"([A-Za-z0-9-]*(?:[A-Z]|\d|-)[A-Za-z0-9.-]*)\s?\((?:[<>~∼≈≤≥]|sim|approx)?\s?\Z", re.ASCII
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
# `12 B` and `7b` are sizes after the name of a family.
_FAMILY_BEFORE = re.compile(
    r"(?<![a-z])(?:llama|gemma|qwen|(?:mis|mix|minis)tral|nemo|nemotron|phi|falcon|vicuna|pythia|opt|bloomz?|olmo|deepseek|gpt"
    r"|palm|yi|internlm|internvl|baichuan|glm|mpt|starcoder|smollm|granite|llava|alpaca|rwkv|codellama|zephyr)"
    r"(?:[\s-]?v?\d(?:\.\d)?)?(?:[\s-](?:chat|instruct|base|coder|math|vl|code|nemo))?\s\Z",
    re.IGNORECASE | re.ASCII,
)
# Data sets called by their number of billions; of millions and trillions many more words name them.
_DATASET_NAME = re.compile(
    r"(?:^|-)(?:laion|coyo|sa|jft|cc|ig|mint|datacomp|commonpool|dolma|obelics)(?:-[a-z]{2})?$"
    r"|(?:corpus|dataset|data|crawl|books|pedia|pajama|pile|web|webli|webtext|webmath)(?:-edu)?$",
    re.IGNORECASE | re.ASCII,
)
_SMALL_DATASET_NAME = re.compile(
    r"(?:^|-)(?:yfcc|imagenet|wit|mmc|howto|panda|c|openvid|hd-vila|vila|temporal|yttemporal|objaverse|million|top|gsm"
    r"|ade|ms|part|share\w*|alpaca|wiki\w*|common\w*|open\w*math\w*|youtube|github|reddit|twitter|pubmed|arxiv)$"
    r"|(?:vid|video|videos|net|bench|set|instruct|caption|captions|pairs|image|images|mix|sft|qa|traj|text|edit|recap"
    r"|songs|wildchat|verse|cap|faces)$",
    re.IGNORECASE | re.ASCII,
)
# `Name-36M, a large video dataset`, `a corpus called Name-10B`.
_PRESENTED_AFTER = re.compile(
    r"[\w.-]{0,20}(?:\s(?:dataset|corpus)\b"
    r"|(?:\s?[,(:]|\sis|\sas)\san?\s(?:(?!model|network|llm)[^.;:!?]){0,80}?\b(?:dataset|corpus|benchmark)\b)",
    re.IGNORECASE | re.ASCII,
)
_PRESENTED_BEFORE = re.compile(
    r"(?:dataset|corpus|benchmark)(?:,?\s(?:called|named|termed|dubbed)\s|\s?\()\Z", re.IGNORECASE
)
_PRESENTED_LENGTH = 24


def extract_parameter_counts(text: str) -> list[ParameterCount]:
    """Finds the counts of parameters in a text, in order.

    Time grows with the length of the text, whatever is in it.

    Args:
        text: A title, an abstract, or any other text, repaired or as found.

    Returns:
        The counts; the same number twice when it is written twice.
    """
    counts: list[ParameterCount] = []
    datasets: set[str] = set()
    end_of_last = 0
    for chain in _find_chains(text):
        bare = _bare_counts(text, chain[0], end_of_last)
        start = bare[0].start if bare else chain[0].stated.start
        before = text[max(0, start - _CONTEXT_LENGTH) : start].lower()
        accepted = _accepted_mentions(text, chain, before, datasets)
        if accepted and accepted[0] is chain[0]:
            counts.extend(bare)
        counts.extend(mention.stated for mention in accepted)
        end_of_last = chain[-1].stated.end
    return counts


def _start(mention: _Mention) -> int:
    return mention.stated.start


def _find_chains(text: str) -> list[list[_Mention]]:
    mentions = [_read_mention(match) for match in _MENTION.finditer(text)]
    if spelled_out := _find_spelled_out(text):
        mentions = sorted(mentions + spelled_out, key=_start)
    chains: list[list[_Mention]] = []
    for mention in mentions:
        if chains and _is_joined(text, chains[-1][-1].stated.end, mention.stated.start):
            chains[-1].append(mention)
        else:
            chains.append([mention])
    return chains


def _read_mention(match: re.Match[str]) -> _Mention:
    number, space, letter, tenths, word = match.group("number", "space", "letter", "tenths", "word")
    unit = letter.upper() if letter else _WORD_UNITS[word.lower()]
    value = _UNIT_VALUES[unit]
    if number.isdigit() and not tenths:
        value *= int(number)
    else:
        for factor in _FACTOR.findall(f"{number}.{tenths}" if tenths else number):
            value = int(Decimal(factor.replace(",", "")) * value)
    return _Mention(
        ParameterCount(value, match.start(), match.end()),
        unit,
        _name_before(match.string, match.start()),
        is_word=letter is None,
        is_lower=letter is not None and letter.islower(),
        is_spaced=bool(space),
        is_split=bool(tenths),
    )


def _find_spelled_out(text: str) -> list[_Mention]:
    """Mentions whose number is a word, from `one million` to `ten hundred trillion`."""
    mentions: list[_Mention] = []
    for ending in _WORD_UNIT_END.finditer(text):
        end = ending.end()
        match = _SPELLED_OUT.search(text, max(0, end - _SPELLED_OUT_LENGTH), end)
        if match is None:
            continue
        unit = _WORD_UNITS[match["word"].lower()]
        value = _NUMBER_WORDS[match["number"].lower()] * (100 if match["hundred"] else 1)
        count = ParameterCount(value * _UNIT_VALUES[unit], match.start(), end)
        mentions.append(_Mention(count, unit, is_word=True))
    return mentions


def _is_joined(text: str, end: int, start: int) -> bool:
    gap = text[end:start] if start - end <= _JOINT_LENGTH else ""
    return bool(gap.strip()) and _JOINT.fullmatch(gap) is not None


def _accepted_mentions(
    text: str, chain: list[_Mention], before: str, datasets: set[str]
) -> list[_Mention]:
    """The mentions of a chain that count parameters.

    Args:
        text: The whole text.
        chain: The mentions.
        before: The text that leads up to them, in lower case.
        datasets: Names that the text presented as those of data sets; more are added.
    """
    named = [mention for mention in chain if _is_named(text, mention, datasets)]
    if len(named) == len(chain):
        return named
    first, last = chain[0], chain[-1]
    just_before = before[-_LABEL_LENGTH:]
    if _MONEY_BEFORE.search(just_before) or _LABEL_BEFORE.search(just_before):
        return []
    end = last.stated.end
    if text[end : end + 1] == ")" and "(" in text[first.stated.start : end]:
        end += 1
    after = _judge_words_after(text, last, end)
    if after is _Verdict.REFUSE:
        return named
    if after is _Verdict.ACCEPT:
        return [mention for mention in chain if not _is_dataset_name(mention.name, mention.unit)]
    if _DATA_BEFORE.search(before):
        return named
    plain = [mention for mention in chain if _is_plain(text, mention)]
    is_settled = (
        bool(named)
        or after is _Verdict.LEAN_ACCEPT
        or any(mention.unit == "B" and not mention.is_word for mention in plain)
        or _CUE_BEFORE.search(before)
        or _is_bracketed(text, first)
    )
    if not is_settled:
        return []
    return sorted(named + plain, key=_start)


def _is_plain(text: str, mention: _Mention) -> bool:
    """Whether a mention is written as sizes are: `7B`, not `7 B`, `7b`, `SCA7B` or `LAION 5B`."""
    if mention.unit == "K" or mention.name:
        return False
    before = text[max(0, mention.stated.start - _NAME_LENGTH) : mention.stated.start]
    if mention.is_spaced or mention.is_lower or mention.is_split:
        return mention.unit == "B" and _FAMILY_BEFORE.search(before) is not None
    word_before = before.rstrip(" (").rpartition(" ")[2]
    return word_before == before or _DATASET_NAME.search(word_before) is None


def _judge_words_after(text: str, mention: _Mention, position: int) -> _Verdict:
    """Looks for the noun that a number counts, in the few words from a position on."""
    verdict = _Verdict.NEUTRAL
    accepting = _ACCEPTING_WORDS
    if mention.unit == "K":
        accepting = _PARAMETER_WORDS
    elif mention.is_word:
        accepting = _ACCEPTING_AFTER_WORD["M" if mention.unit == "M" else "B"]
    for place in range(_WORDS_AFTER):
        match = _NEXT_WORD.match(text, position)
        if match is None:
            break
        is_tail = text[position] == "-"
        word, position = match[1].lower(), match.end()
        if word in accepting:
            return _Verdict.ACCEPT
        if place == 0 and is_tail and f"{word}s" in _REFUSING_WORDS:
            return _Verdict.REFUSE  # `1B-vector index`
        # `2B text-to-image model`, `8B long-context model`
        is_modifier = (place > 0 and is_tail and not word.endswith("s")) or (
            text[position : position + 1] == "-" and word not in {"token", "tokens"}
        )
        if word in _REFUSING_WORDS and not is_modifier:
            return _Verdict.REFUSE
        if word in _LEANING_WORDS:
            verdict = _Verdict.LEAN_ACCEPT
        if word in _STOPPING_WORDS:
            break
    return verdict


def _name_before(text: str, start: int) -> str:
    """The name that a number is glued to, empty when it stands alone."""
    if start == 0 or not (text[start - 1] == "-" or text[start - 1].isalpha()):
        return ""
    match = _NAME_BEFORE.search(text, max(0, start - _NAME_LENGTH), start)
    name = match[1] if match else ""
    return "" if name.lower() in _MACROS or _SIZE.fullmatch(name) else name


def _is_named(text: str, mention: _Mention, datasets: set[str]) -> bool:
    """Whether a number is part of the name of a model; adds names of data sets to `datasets`."""
    name = mention.name
    if not name or mention.unit == "K" or mention.is_word or mention.is_spaced:
        return False
    start, end = mention.stated.start, mention.stated.end
    if text[start - 1] != "-":
        # `Qwen7B` is a name and a size; `SCA1B`, `Human3.6M` and `3g-3m` are names. A `So400m` has
        # the shape that is optimal for its size.
        if mention.unit == "M":
            return name.lower().endswith("-so") or name.lower() == "so"
        return mention.unit == "B" and not mention.is_lower and re.search("[a-z]", name) is not None
    if mention.unit == "T" and text[start - 2] in "Bb":
        return False  # `bitnet-2B-4T`: two billion parameters, four trillion tokens
    least_value, least_letters = _LEAST_IN_NAME[mention.unit]
    letter_count = sum(map(str.isalpha, name))
    if mention.stated.value < least_value or letter_count < least_letters:
        return False
    if _is_dataset_name(name, mention.unit):
        return False
    whole = f"{name}-{text[start:end]}"
    start_of_name = start - len(name) - 1
    if _PRESENTED_AFTER.match(text, end) or _PRESENTED_BEFORE.search(
        text, max(0, start_of_name - _PRESENTED_LENGTH), start_of_name
    ):
        datasets.add(whole)
    return whole not in datasets


def _is_dataset_name(name: str, unit: str) -> bool:
    if _DATASET_NAME.search(name):
        return True
    return unit != "B" and _SMALL_DATASET_NAME.search(name) is not None


def _is_bracketed(text: str, mention: _Mention) -> bool:
    start, end = mention.stated.start, mention.stated.end
    if text[end : end + 1] != ")":
        return False
    name = _BRACKET_BEFORE.search(text, max(0, start - _BRACKET_LENGTH), start)
    return name is not None and not _is_dataset_name(name[1], mention.unit)


def _bare_counts(text: str, mention: _Mention, end_of_last: int) -> list[ParameterCount]:
    """The numbers of a list whose unit stands once, at its end: `7, 13 and 70 billion`."""
    start = mention.stated.start
    last_joint = text[max(0, start - 3) : start].rstrip()[-1:]
    if not (mention.is_word or last_joint in _RANGE_ENDS):
        return []
    pattern = _BARE_LIST if mention.is_word else _BARE_RANGE
    numbers = pattern.search(text, max(end_of_last, start - _BARE_LIST_LENGTH), start)
    if numbers is None or (
        not mention.is_word
        and "-" in numbers[0]
        and _CAPITALISED_BEFORE.search(
            text, max(0, numbers.start() - _NAME_LENGTH), numbers.start()
        )
    ):
        return []
    counts = [
        ParameterCount(
            int(Decimal(number[0]) * _UNIT_VALUES[mention.unit]), number.start(), number.end()
        )
        for number in _BARE_NUMBER.finditer(text, numbers.start(), start)
    ]
    return [count for count in counts if 0 < count.value <= mention.stated.value]
