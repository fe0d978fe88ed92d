"""Titles: what tells companion papers apart, which share most of their words.

Data flow: pairs of folded titles -> a veto in words, or none.

"Part I" and "Part II", the reports of two years, a model of 15B and one of 340B, a paper and the
comment on it: such titles differ in little, and that little is all that counts. How alike titles
are otherwise is judged in matching.py.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

_DIVISION_NAMES = tuple("part paper volume phase book chapter".split())
_DIVISION = re.compile(rf"\b(?:{'|'.join(_DIVISION_NAMES)}) ([a-z])\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
# Numbers that are part of a word: firstorder, twostage.
_PREFIX_SYLLABLES = tuple("one two three four five six first second third fourth fifth".split())
_NUMBER_PREFIX = re.compile(
    rf"\b({'|'.join(_PREFIX_SYLLABLES)})"
    r"(?=order|degree|generation|person|party|stage|step|shot|way|layer|level|dimension|body|player|"
    r"phase|loop|point|stream|hop|view)"
)
_ROMAN = {
    word: str(number)
    for number, word in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), 1
    )
}
_CARDINALS = "one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_NUMBER_WORDS = (
    _ROMAN
    | {word: str(number) for number, word in enumerate(_CARDINALS, 1)}
    | {word: str(number) for number, word in enumerate(_ORDINALS, 1)}
    | {
        tens + ordinal: str(ten + unit)
        for tens, ten in _TENS.items()
        for unit, ordinal in enumerate(_ORDINALS[:9], 1)
    }
    | {tens[:-1] + "ieth": str(ten) for tens, ten in _TENS.items()}
)
# Titles that begin so are of papers about the paper named after it.
_ABOUT_ANOTHER = re.compile(
    r"(?:(?:a|an|the)\s)?(?:(?:brief|short|further|critical|technical|author|authors|editorial|"
    r"publisher)\s)?(comment|reply|replies|response|rejoinder|rebuttal|errat(?=a\b|um\b)|"
    r"corrigend|correction|addendum|retraction|supplement|discussion|commentary|withdrawn|re\b)"
)
# Titles that begin so are the titles of many papers.
_GENERIC = re.compile(
    r"(?:(?:a|an|the|on)\s)?(?:(?:brief|short|comprehensive|systematic|critical|recent|general|"
    r"gentle|literature)\s)?(?:surveys?|reviews?|overview|introduction|tutorial|primer|"
    r"perspectives?|proceedings|report)\b"
)
# What a periodical prints in every issue.
_COLUMN = re.compile(
    r"(?:(?:the|a|from|message|guest)\s)*(?:(?:editor|chair|treasurer|president)s?|editorial|"
    r"foreword|preface|reminiscences|calls?\sfor|book\sreviews?|announcements?|reports|articles|"
    r"letters?\sto|in\smemoriam|obituary)\b|.*\b(?:column|news|forum|message|profiles)$"
)
MOST_COLUMN_WORDS = 5
_SMALL_WORDS = frozenset("a an the of for in on with and to by from via using at as is".split())
# What makes the opposite of a word, or its successor.
_PREFIXES = frozenset("un non in dis anti semi self multi de re sub super hyper pseudo".split())
_SUFFIXES = frozenset(("+", "++", "plus", "pro", "x"))
_OPPOSITES = ({"online", "offline"}, {"convex", "concave"}, {"upper", "lower"}, {"intra", "inter"})
# What a paper presents: data, or what is made with them.
_WORKS = (
    frozenset("corpus corpora dataset datasets benchmark benchmarks treebank testbed".split()),
    frozenset("toolkit model models agent agents library method network parser pipeline".split()),
)
TELLING_LETTERS = 5
# Two words so alike are one word, misspelled (normalised Indel similarity, per cent).
MISSPELLED = 75


@dataclass(frozen=True, slots=True)
class Facts:
    """What a title says that can exclude what another one says.

    Attributes:
        numbers: The numbers in it, however written: 2, ii, second, 2nd, 15b, qwen2.5, part b.
        about: Whether it announces a comment, a reply, a correction ...; empty when it does not.
    """

    numbers: frozenset[str]
    about: str


@lru_cache(maxsize=100_000)
def find_facts(title: str) -> Facts:
    """The facts in a folded title."""
    about = _ABOUT_ANOTHER.match(title)
    return Facts(_find_numbers(title), about[1] if about else "")


def find_facts_conflict(one: Facts, other: Facts) -> str | None:
    """Why two titles with these facts name two papers; None when nothing says so.

    A number that only one of them has is no conflict: titles get shortened.
    """
    if one.about != other.about:
        return "one is about the other: a comment, a reply or a correction"
    ours, theirs = one.numbers - other.numbers, other.numbers - one.numbers
    if ours and theirs:
        return f"numbers differ: {_listed(ours)} and {_listed(theirs)}"
    return None


class Relation(StrEnum):
    """How two unequal titles stand to one another."""

    CONFLICT = "conflict"  # they name two papers
    OTHER_SUBJECT = "other_subject"  # one word for another, each at home in its own abstract
    REORDERED = "reordered"  # the same words in another order
    NUMBERED = "numbered"  # only one has a number
    REPLACED = "replaced"  # words of the one stand in place of words of the other
    INSERTED = "inserted"  # one has words more in its midst
    EXTENDED = "extended"  # one begins or ends as the other, and goes on
    SPELLED = "spelled"  # they differ in spelling


def relate_titles(one: str, other: str, ours: bytes, theirs: bytes) -> tuple[Relation, str]:
    """Tells how two folded titles differ.

    Args:
        one, other: Titles that are not equal.
        ours, theirs: The vocabularies of their abstracts, as signatures have them.

    Returns:
        The relation, and in words what it rests on; the same whichever title comes first.
    """
    if other < one:
        one, other, ours, theirs = other, one, theirs, ours
    said = find_facts_conflict(find_facts(one), find_facts(other))
    if said:
        return Relation.CONFLICT, said
    first, second = one.split(), other.split()
    changes = _find_changes(first, second)
    for change in changes:
        if prefix := change.opposes(first, second):
            return Relation.CONFLICT, f"{prefix} stands before a word in one of them only"
    if len(first) == len(second) and sorted(first) == sorted(second):
        return Relation.REORDERED, "the same words in another order"
    replaced = [change for change in changes if change.is_replacement(first, second)]
    # Titles made on one last: most words are the same, so that what differs is what counts.
    kept = len(first) - sum(change.size for change in changes)
    if 2 * kept >= max(len(first), len(second)) - 1:
        mine = {word for change in replaced for word in change.words(first, second)[0]}
        yours = {word for change in replaced for word in change.words(first, second)[1]}
        here, there = _only_in(mine, ours, theirs), _only_in(yours, theirs, ours)
        made = [(mine & ones, yours & others) for ones, others in (_WORKS, _WORKS[::-1])]
        here, there = next((pair for pair in made if all(pair)), (here, there))
        if here and there:
            said = f"{_listed(here)} here, {_listed(there)} there, each with its own text"
            return Relation.OTHER_SUBJECT, said
        if len(changes) == 1 and find_facts(one).numbers != find_facts(other).numbers:
            return Relation.NUMBERED, "a number stands in one of them only"
    if replaced:
        here, there = (" ".join(words) for words in replaced[0].words(first, second))
        return Relation.REPLACED, f"{here} here, {there} there"
    added = [change for change in changes if change.adds(first, second)]
    if not added:
        return Relation.SPELLED, "they differ in spelling"
    if len(added) == 1 and added[0].is_at_an_end(first, second):
        return Relation.EXTENDED, "one goes on where the other ends"
    return Relation.INSERTED, "one has words that the other lacks"


def _only_in(words: set[str], own: bytes, other: bytes) -> set[str]:
    """The words that stand in the own abstract, when none of them stands in the other."""
    at_home = {word for word in words if _holds(own, word)}
    return set() if any(_holds(other, word) for word in at_home) else at_home


def _holds(vocabulary: bytes, word: str) -> bool:
    if len(word) < TELLING_LETTERS:
        return False
    return all(vocabulary[bit >> 3] >> (bit & 7) & 1 for bit in _find_bits(word))


@lru_cache(maxsize=100_000)
def _find_bits(word: str) -> tuple[int, ...]:
    from paper_pipeline.dedup.kernels import find_bits

    return find_bits(word)


@dataclass(frozen=True, slots=True)
class _Change:
    """Words of one title, and what stands in their place in another."""

    one_start: int
    one_end: int
    other_start: int
    other_end: int

    def words(self, one: list[str], other: list[str]) -> tuple[list[str], list[str]]:
        return one[self.one_start : self.one_end], other[self.other_start : self.other_end]

    @property
    def size(self) -> int:
        return self.one_end - self.one_start

    def is_replacement(self, one: list[str], other: list[str]) -> bool:
        mine, yours = self.words(one, other)
        if _SMALL_WORDS.issuperset(mine) or _SMALL_WORDS.issuperset(yours):
            return False
        if fuzz.ratio("".join(mine), "".join(yours)) >= MISSPELLED:
            return False
        written = [_are_numbers(mine), _are_numbers(yours)]
        return not all(written) or _find_numbers(" ".join(mine)) != _find_numbers(" ".join(yours))

    def opposes(self, one: list[str], other: list[str]) -> str:
        """The syllable that makes one word the opposite or the successor of the other."""
        mine, yours = (" ".join(words) for words in self.words(one, other))
        short, long = sorted((mine, yours), key=len)
        if len(short) < TELLING_LETTERS or " " in long:
            return ""
        if long.startswith(short) and long[len(short) :] in _SUFFIXES:
            return long[len(short) :]
        if {short, long} in _OPPOSITES:
            return long
        return (
            long[: -len(short)] if long.endswith(short) and long[: -len(short)] in _PREFIXES else ""
        )

    def adds(self, one: list[str], other: list[str]) -> bool:
        mine, yours = self.words(one, other)
        return _SMALL_WORDS.issuperset(mine) != _SMALL_WORDS.issuperset(yours)

    def is_at_an_end(self, one: list[str], other: list[str]) -> bool:
        at_start = self.one_start == self.other_start == 0
        return at_start or (self.one_end == len(one) and self.other_end == len(other))


def _find_changes(one: list[str], other: list[str]) -> list[_Change]:
    """What turns one list of words into another; neighbouring changes are one."""
    start, one_end, other_end = 0, len(one), len(other)
    while start < min(one_end, other_end) and one[start] == other[start]:
        start += 1
    while start < min(one_end, other_end) and one[one_end - 1] == other[other_end - 1]:
        one_end, other_end = one_end - 1, other_end - 1
    if set(one[start:one_end]).isdisjoint(other[start:other_end]):
        return [_Change(start, one_end, start, other_end)]
    found: list[_Change] = []
    for step in Indel.opcodes(one, other):
        if step.tag == "equal":
            continue
        change = _Change(step.src_start, step.src_end, step.dest_start, step.dest_end)
        if (
            found
            and found[-1].one_end == change.one_start
            and found[-1].other_end == change.other_start
        ):
            last = found.pop()
            change = _Change(last.one_start, change.one_end, last.other_start, change.other_end)
        found.append(change)
    return found


def is_column(title: str) -> bool:
    """Whether a folded title is one that comes again with every issue, such as `editors notes`."""
    return title.count(" ") < MOST_COLUMN_WORDS and bool(_COLUMN.match(title))


def is_generic(title: str) -> bool:
    """Whether a folded title is one that many papers have, such as `a survey of ...`."""
    return bool(_GENERIC.match(title))


def _find_numbers(title: str) -> frozenset[str]:
    found = {_NUMBER_WORDS[word] for word in title.split() if word in _NUMBER_WORDS}
    found.update([number.lstrip("0") or "0" for number in _NUMBER.findall(title)])
    # Most titles have none of these syllables, and to see that is much faster than a pattern.
    if any(syllable in title for syllable in _PREFIX_SYLLABLES):
        found.update([_NUMBER_WORDS[prefix] for prefix in _NUMBER_PREFIX.findall(title)])
    if any(name in title for name in _DIVISION_NAMES):
        found.update([name for name in _DIVISION.findall(title) if name not in _NUMBER_WORDS])
    return frozenset(found)


def _are_numbers(words: list[str]) -> bool:
    """Whether these words are numbers and nothing else: `tenth`, `10th`, but not `qwen3vl`."""
    return all(word in _NUMBER_WORDS or word[0].isdigit() for word in words)


def _listed(words: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(words))
