"""Titles: what little tells companion papers apart, and what does not."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from paper_pipeline.dedup.titles import (
    Facts,
    Relation,
    find_facts,
    find_facts_conflict,
    is_column,
    is_generic,
    relate_titles,
)
from paper_pipeline_tests.dedup.small_corpora import sign

UNKNOWN = bytes(64)


def vocabulary_of(abstract: str) -> bytes:
    return sign({"title": "t", "abstract": abstract}).rows["vocabulary"].tobytes()


def relate(one: str, other: str, ours: bytes = UNKNOWN, theirs: bytes = UNKNOWN) -> Relation:
    """The relation of two titles, which must be the same seen from the other."""
    relation, said = relate_titles(one, other, ours, theirs)
    assert said
    assert relate_titles(other, one, theirs, ours)[0] == relation
    return relation


def fold(title: str) -> str:
    (folded,) = sign({"title": title}).titles.to_pylist()
    return folded


C, E, I, N, O, P, S = (  # noqa: E741 -- a column of a table
    Relation.CONFLICT,
    Relation.EXTENDED,
    Relation.INSERTED,
    Relation.NUMBERED,
    Relation.REORDERED,
    Relation.REPLACED,
    Relation.SPELLED,
)
RELATIONS = [
    # Parts and volumes
    ("Ladders of Depth, Part I", "Ladders of Depth, Part II", C),
    ("Ladders of Depth. Part 1", "Ladders of Depth. Part 2", C),
    ("Ladders of Depth, Part One", "Ladders of Depth, Part Two", C),
    ("Ladders of Depth: Part A", "Ladders of Depth: Part B", C),
    ("Ladders of Depth, Volume B", "Ladders of Depth, Volume D", C),
    ("Ladders of Depth IV: Trees", "Ladders of Depth V: Trees", C),
    ("Ladders of Depth, Part I", "Ladders of Depth, Part 1", S),
    ("Ladders of Depth II", "Ladders of Depth 2", S),
    ("Ladders of Depth IV: Trees", "Ladders of Depth 4: Trees", S),
    ("Ladders of Depth, Part I", "Ladders of Depth", N),
    ("Ladders of Depth, Part I: Trees", "Ladders of Depth, Part II: Rivers", C),
    # Ordinals and years
    ("Proceedings of the Tenth Workshop", "Proceedings of the Eleventh Workshop", C),
    ("Proceedings of the 10th Workshop", "Proceedings of the 11th Workshop", C),
    ("Proceedings of the Tenth Workshop", "Proceedings of the 10th Workshop", S),
    ("Proceedings of the Twenty-First Workshop", "Proceedings of the Twenty-Second Workshop", C),
    ("Proceedings of the Twenty-First Workshop", "Proceedings of the 21st Workshop", S),
    ("Proceedings of the Thirtieth Workshop", "Proceedings of the 30th Workshop", S),
    ("Findings of the 2023 Shared Task", "Findings of the 2024 Shared Task", C),
    ("Findings of the 2023 Shared Task", "Findings of the Shared Task", N),
    # Sizes and versions
    ("Tern-7B: An Open Model", "Tern-70B: An Open Model", C),
    ("Tern 2 Technical Report", "Tern 3 Technical Report", C),
    ("Tern2.5 Technical Report", "Tern2 Technical Report", C),
    ("Tern 2.5 Technical Report", "Tern 25 Technical Report", C),
    ("TernV2: An Open Model", "TernV3: An Open Model", C),
    ("Tern v2: An Open Model", "Tern: An Open Model", N),
    ("Tern 2 Technical Report", "Tern Technical Report", N),
    ("Ladder for Trees", "Ladder++ for Trees", C),
    ("Ladder for Trees", "LadderPlus for Trees", C),
    ("Ladder for Trees", "LadderPro for Trees", C),
    # Dimensions and orders
    ("2D Ladders of Depth", "3D Ladders of Depth", C),
    ("3D Ladders of Depth", "Ladders of Depth", N),
    ("First-Order Methods for Ladders", "Second-Order Methods for Ladders", C),
    ("A Two-Stage Ladder of Depth", "A Three-Stage Ladder of Depth", C),
    ("Ladders in One Dimension", "Ladders in Two Dimensions", C),
    ("Type I Ladders of Depth", "Type II Ladders of Depth", C),
    # Papers about papers
    ("Comment on Ladders of Depth", "Ladders of Depth", C),
    ("A Comment on “Ladders of Depth”", "Ladders of Depth", C),
    ("Reply to Comment on Ladders of Depth", "Comment on Ladders of Depth", C),
    ("Response to Ladders of Depth", "Ladders of Depth", C),
    ("Erratum: Ladders of Depth", "Ladders of Depth", C),
    ("Corrigendum to Ladders of Depth", "Erratum to Ladders of Depth", C),
    ("Correction to: Ladders of Depth", "Ladders of Depth", C),
    ("Author Correction: Ladders of Depth", "Ladders of Depth", C),
    ("Addendum to Ladders of Depth", "Ladders of Depth", C),
    ("Supplementary Material for Ladders of Depth", "Ladders of Depth", C),
    ("Retraction: Ladders of Depth", "Ladders of Depth", C),
    ("Withdrawn: Ladders of Depth", "Ladders of Depth", C),
    ("Comments on Ladders of Depth", "A Comment on Ladders of Depth", S),
    # Opposites
    ("Supervised Ladders of Depth", "Unsupervised Ladders of Depth", C),
    ("Supervised Ladders of Depth", "Self-Supervised Ladders of Depth", C),
    ("Supervised Ladders of Depth", "Semi-Supervised Ladders of Depth", C),
    ("Online Learning of Ladders", "Offline Learning of Ladders", C),
    ("Convex Ladders of Depth", "Non-Convex Ladders of Depth", C),
    ("Convex Ladders of Depth", "Concave Ladders of Depth", C),
    ("Upper Bounds for Ladders", "Lower Bounds for Ladders", C),
    ("Agent Ladders of Depth", "Multi-Agent Ladders of Depth", C),
    # Words that stand for others, or more of them
    ("Ladders of Depth for Speech", "Ladders of Depth for Vision", P),
    ("Ladders of Depth for Speech", "Ladders of Width for Vision", P),
    ("Tern: Ladders of Depth", "Heron: Ladders of Depth", P),
    ("Tern3-VL: Ladders of Depth", "Tern3-Omni: Ladders of Depth", P),
    ("Ladders of Depth", "Ladders of Depth: A Study of Trees", E),
    ("Ladders of Depth", "Tern: Ladders of Depth", E),
    ("Ladders of Depth", "Ladders of Great Depth", I),
    ("Tern: Ladders of Depth", "Tern: Very Deep Ladders of Depth, Again", I),
    # Spelling, small words, order
    ("The Color of Neural Nets", "The Colour of Neural Nets", S),
    ("Ladders of Depht and Width", "Ladders of Depth and Width", S),
    ("Generalization of Ladders", "Generalisation of Ladders", S),
    ("Learning on the Edge", "Learning at the Edge", S),
    ("The Ladders of the Depth", "Ladders of Depth", S),
    ("Multi Modal Ladders", "Multi-Modal Ladders", S),
    ("Ladders of Depth for Trees", "Trees for Ladders of Depth", O),
    ("Translating English to German", "Translating German to English", O),
    # No paper about another, though it begins like one
    ("Replay Buffers for Ladders", "Buffers for Ladders", E),
    ("Replacing Judges with Juries", "PoLL: Replacing Judges with Juries", E),
    ("Replicating Ladders of Depth", "Ladders of Depth: Replicating", O),
    ("Replica Exchange of Ladders", "Exchange of Ladders", E),
]


@pytest.mark.parametrize(
    ("one", "other", "relation"), RELATIONS, ids=[f"{a} | {b}" for a, b, _ in RELATIONS]
)
def test_how_two_titles_relate(one: str, other: str, relation: Relation) -> None:
    assert relate(fold(one), fold(other)) == relation


WORDS = (
    "a the of for on and deep deep sparse attention networks nets part i ii two 2 graph multi "
    "multiagent agent online offline dataset model comment reply first 7b plus 中"
).split()
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)


def join(words: Iterable[str]) -> str:
    return " ".join(words)


@st.composite
def draw_altered(draw: st.DrawFn) -> tuple[str, str]:
    """A title, and the same with words moved, taken out and put in."""
    one = draw(TITLES)
    other = list(one)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(other)))
        kind = draw(st.integers(0, 2))
        if kind and len(other) > 1:
            moved = other.pop(min(place, len(other) - 1))
            if kind == 1:
                other.insert(draw(st.integers(0, len(other))), moved)
        else:
            other.insert(place, draw(st.sampled_from(WORDS)))
    return join(one), join(other)


@example(pair=("b of", "of b i"))
@example(pair=("sparse deep attention for long rivers", "deep sparse atention for long rivers"))
@example(pair=("of long trees attention and", "long of and trees attention and long"))
@settings(max_examples=200)
@given(pair=draw_altered())
def test_titles_relate_alike_from_both_sides(pair: tuple[str, str]) -> None:
    relate(*pair)


@settings(max_examples=100)
@given(pair=draw_altered(), ours=TITLES, theirs=TITLES)
def test_titles_with_texts_relate_alike_from_both_sides(
    pair: tuple[str, str], ours: list[str], theirs: list[str]
) -> None:
    relate(*pair, vocabulary_of(join(ours)), vocabulary_of(join(theirs)))


@settings(max_examples=100)
@given(one=TITLES, other=TITLES)
def test_facts_exclude_one_another_alike_from_both_sides(one: list[str], other: list[str]) -> None:
    ours, theirs = find_facts(join(one)), find_facts(join(other))
    assert find_facts_conflict(ours, ours) is None
    there, back = find_facts_conflict(ours, theirs), find_facts_conflict(theirs, ours)
    assert bool(there) == bool(back)
    if there:
        assert relate(join(one), join(other)) == Relation.CONFLICT


# -- one word for another, each at home in its own abstract

GLAUCOMA = "we detect glaucoma in photographs of the fundus with a network"
ANAEMIA = "we detect anaemia in photographs of the fundus with a network"


@pytest.mark.parametrize(
    ("ours", "theirs", "relation"),
    [
        (GLAUCOMA, ANAEMIA, Relation.OTHER_SUBJECT),
        (GLAUCOMA, GLAUCOMA, Relation.REPLACED),
        (f"{GLAUCOMA} anaemia", ANAEMIA, Relation.REPLACED),
        (GLAUCOMA, "", Relation.REPLACED),
        ("", "", Relation.REPLACED),
    ],
    ids=["each its own", "one text", "both in one", "one unknown", "both unknown"],
)
def test_a_subject_is_another_where_each_text_speaks_of_its_own(
    ours: str, theirs: str, relation: Relation
) -> None:
    titles = [f"detecting {subject} in photographs" for subject in ("glaucoma", "anaemia")]
    assert relate(*titles, vocabulary_of(ours), vocabulary_of(theirs)) == relation


@pytest.mark.parametrize("word", ["anaemia", "größenwahn", "обнаружение", "tern2.5", "a" * 60])
def test_a_word_of_the_text_is_known_by_the_vocabulary(word: str) -> None:
    """The scan of texts and the look-up of words hash alike, in every script."""
    titles = [fold(f"detecting {subject} in photographs") for subject in (word, "glaucoma")]
    ours, theirs = vocabulary_of(f"On {word.upper()} of"), vocabulary_of(GLAUCOMA)
    assert relate(*titles, ours, theirs) == Relation.OTHER_SUBJECT


def test_data_and_the_model_made_with_them_are_two_works() -> None:
    one, other = "tern a dataset for ladders", "tern a model for ladders"
    assert relate(one, other) == Relation.OTHER_SUBJECT


# -- facts


@pytest.mark.parametrize(
    ("title", "numbers"),
    [
        ("Ladders of Depth", ""),
        ("Ladders II", "2"),
        ("The Second Ladder", "2"),
        ("The 2nd Ladder", "2"),
        ("Two Ladders", "2"),
        ("Twenty-Second Ladder", "22"),
        ("Fiftieth Ladder", "50"),
        ("Ladder 007", "7"),
        ("Ladder 0", "0"),
        ("Tern-2.5-VL 72B", "2.5 72"),
        ("Two-Stage Second-Order Ladders", "2"),
        ("Part B of 3", "3 b"),
        ("Part I", "1"),
        ("Xi in Mix", "11"),
        ("Plan B", ""),
        ("1,000 Ladders", "1000"),
        ("GPT4V", "4"),
    ],
)
def test_the_numbers_of_a_title(title: str, numbers: str) -> None:
    assert find_facts(fold(title)).numbers == frozenset(numbers.split())


@pytest.mark.parametrize(
    ("title", "is_about"),
    [
        ("Comment on Ladders", True),
        ("A Brief Comment on Ladders", True),
        ("Reply to: Ladders", True),
        ("Replies to Ladders", True),
        ("Re: Ladders", True),
        ("Ladders: A Comment", False),
        ("Replay of Ladders", False),
        ("Replacing Ladders", False),
        ("Reasoning on Ladders", False),
        ("Recurrent Ladders", False),
        ("Ladders", False),
    ],
)
def test_which_titles_announce_a_paper_about_another(title: str, is_about: bool) -> None:
    assert bool(find_facts(fold(title)).about) == is_about


@pytest.mark.parametrize(
    ("one", "other", "is_conflict"),
    [
        (Facts(frozenset(), ""), Facts(frozenset("1"), ""), False),
        (Facts(frozenset("1"), ""), Facts(frozenset("12"), ""), False),
        (Facts(frozenset("13"), ""), Facts(frozenset("12"), ""), True),
        (Facts(frozenset(), "comment"), Facts(frozenset(), ""), True),
        (Facts(frozenset("1"), "comment"), Facts(frozenset("1"), "comment"), False),
        (Facts(frozenset("1"), "comment"), Facts(frozenset("2"), "comment"), True),
    ],
)
def test_which_facts_exclude_one_another(one: Facts, other: Facts, is_conflict: bool) -> None:
    assert bool(find_facts_conflict(one, other)) == is_conflict


# -- titles that many papers have


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("A Survey of Ladders", (True, False)),
        ("An Overview of Ladders", (True, False)),
        ("A Comprehensive Review", (True, False)),
        ("Introduction", (True, False)),
        ("Proceedings of the Workshop on Ladders", (True, False)),
        ("Reviewing Ladders of Depth", (False, False)),
        ("Ladders: A Survey", (False, False)),
        ("Editor's Notes", (False, True)),
        ("From the Editors", (False, True)),
        ("Preface", (False, True)),
        ("The Ladder Column", (False, True)),
        ("Book Reviews", (False, True)),
        ("News", (False, True)),
        ("Editorial Decisions in the Peer Review of Long Papers", (False, False)),
        ("Prefaced Ladders of Great Depth", (False, False)),
    ],
)
def test_which_titles_many_papers_have(title: str, expected: tuple[bool, bool]) -> None:
    assert (is_generic(fold(title)), is_column(fold(title))) == expected
