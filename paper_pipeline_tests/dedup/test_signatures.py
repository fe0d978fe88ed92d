"""Signatures: spellings that do not count fold away, and a record is signed by itself alone."""

import random
import unicodedata
from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.dedup.matching import decide_pairs
from paper_pipeline.dedup.signatures import Signatures, number_strings, sign_records
from paper_pipeline.text import title_key
from paper_pipeline_tests.dedup.small_corpora import make_text, make_words, sign


def sign_titles(titles: Iterable[str | None]) -> Signatures:
    return sign(*({"title": title} for title in titles))


def title_hashes(titles: Iterable[str | None]) -> list[int]:
    """The keys of whole titles."""
    return sign_titles(titles).rows["keys"][:, 0].tolist()


def describe(signatures: Signatures) -> list[tuple]:
    """All that signatures say, record by record."""
    return [
        (row.tobytes(), title, arxiv_id)
        for row, title, arxiv_id in zip(
            signatures.rows,
            signatures.titles.to_pylist(),
            signatures.arxiv_ids.to_pylist(),
            strict=True,
        )
    ]


# -- folding

SAME_TITLES = [
    (r"A \textsc{BCS} Theory", "a bcs theory"),
    (r"A textsc{BCS} Theory", "a bcs theory"),
    (r"\emph{Fast} and {\bf slow}", "Fast and slow"),
    (r"Ob\textit{ject}s", "Objects"),
    (r"Pok\'emon Agents", "Pokémon Agents"),
    (r"Pok{\'e}mon Agents", "Pokemon agents"),
    (r"G{\"o}del, Erd\H{o}s", "Gödel, Erdős"),
    (r"G\"{o}del's \c{C}a", "Godel’s Ça"),
    (r"$\alpha$-Divergence", "α-divergence"),
    (r"$\beta$-VAE", "β-VAE"),
    ("Ω-nets", r"$\Omega$-nets"),
    (r"\ell_2 norms", "ell_2 norms"),
    ("x^2 and x_3", "x² and x₃"),
    ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
    ("eﬃcient ﬂow", "efficient flow"),
    ("𝒶𝓉𝓉𝑒𝓃𝓉𝒾ℴ𝓃", "attention"),
    ("𝔼 and 𝒪 in ℝ", "E and O in R"),
    (r"$\mathbb{R}$-trees", "ℝ-trees"),
    ("hyphen\u00adated zero\u200bwidth\ufeff", "hyphenated zerowidth"),
    ("multi-modal multi‐modal multi‑modal", "multimodal multimodal multimodal"),
    ("image segmen- tation", "image segmentation"),
    ("image segmen-\ntation", "image segmentation"),
    ("A -- B --- C – D — E", "A B C D E"),
    ("``Big'' “Data”, don't", '"Big" Data, don’t'),
    ("1,000 nets", "1000 nets"),
    ("½ of ™", "1/2 of TM"),
    ("Crème Brûlée Ångström", "creme brulee angstrom"),
    ("Crème Brûlée", unicodedata.normalize("NFD", "Crème Brûlée")),
    ("Straße Łódź Øre Cœur Þor", "strasse lodz ore coeur thor"),
    ("İstanbul ISTANBUL", "istanbul istanbul"),
    ("ΛΌΓΟΣ", "λόγος"),
    ("Ёлка Йод", "елка иод"),
    ("مُحَمَّد ﻻ", unicodedata.normalize("NFKC", "مُحَمَّد ﻻ")),
    ("がぎ ｶﾞ", unicodedata.normalize("NFKC", "がぎ ｶﾞ")),
    ("がぎ", unicodedata.normalize("NFD", "がぎ")),
    ("学习 检索", "学习检索"),
    ("What? Why!", "what why"),
    ("  A\tb\n c ", "A b c"),
    ("🤗 Transformers", "Transformers"),
]
OTHER_TITLES = [
    ("Tern 2.5", "Tern 25"),
    ("Tern 2.5", "Tern 2 5"),
    ("C++ nets", "C nets"),
    ("Part I", "Part II"),
    ("Part 1", "Part 2"),
    ("学习", "检索"),
    ("Обзор", "Отзыв"),
    ("שָׁלוֹם", "שלום"),  # points carry meaning
    ("は", "ば"),
    ("∞-groups", "groups"),
    ("Contextual{x}", "Conual{x}"),  # text in the midst of a word is no macro
    ("\u0301", "\u0302"),
    ("???", "!!!"),
    ("A", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME_TITLES, ids=[one for one, _ in SAME_TITLES])
def test_two_spellings_of_a_title_have_one_key(one: str, other: str) -> None:
    assert len(set(title_hashes([one, other]))) == 1


@pytest.mark.parametrize(("one", "other"), OTHER_TITLES, ids=[one for one, _ in OTHER_TITLES])
def test_two_titles_have_two_keys(one: str, other: str) -> None:
    assert len(set(title_hashes([one, other]))) == 2


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        (r"The \textsc{BCS} State", "the bcs state"),
        (r"Pok\'emon: G{\"o}del's View", "pokemon godels view"),
        ("Multi-Modal -- a Segmen- tation", "multimodal a segmentation"),
        ("Tern-2.5 and 1,000 more.", "tern2.5 and 1000 more"),
        (r"$\alpha$-Divergence", "alphadivergence"),
        (r"a\\b\,c\ d", "a b c d"),
        (r"50\% of \$5 & {more}", "50 of 5 more"),
        ("深度 Learning", "深 度 learning"),
        ("Обзор методов", "обзор методов"),
        ("?!…", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_folded_title_reads_well(title: str | None, folded: str) -> None:
    assert sign_titles([title]).titles.to_pylist() == [folded]


BLOCKS = {
    "latin": (0x20, 0x250),
    "greek": (0x370, 0x400),
    "cyrillic": (0x400, 0x530),
    "hebrew and arabic": (0x590, 0x700),
    "indic": (0x900, 0xE00),
    "latin with two accents": (0x1E00, 0x1F00),
    "punctuation": (0x2000, 0x2070),
    "letters of mathematics": (0x2100, 0x2150),
    "kana": (0x3041, 0x3097),
    "ideographs": (0x4E00, 0x5200),
    "hangul": (0xAC00, 0xB000),
    "ligatures and arabic forms": (0xFB00, 0xFB50),
    "full width": (0xFF01, 0xFF5F),
    "mathematical letters": (0x1D400, 0x1D800),
    "emoji": (0x1F300, 0x1F700),
}


@pytest.mark.parametrize("block", BLOCKS)
def test_every_character_folds_as_text_says(block: str) -> None:
    titles = [f"a{chr(code)}b" for code in range(*BLOCKS[block])]
    keys = [title_key(title) for title in titles]
    compared = zip(titles, title_hashes(titles), title_hashes(keys), strict=True)
    assert [title for title, ours, theirs in compared if ours != theirs] == []


# Signs that are part of nothing but the spelling.
NOISE = st.text(alphabet=" -,:;!?()[]/&\"'`~$}\u00ad\u200b\u2013\u2014\u201c\u201d", max_size=3)
WORD = st.text(
    alphabet=st.characters(
        categories=("Lu", "Ll"),
        min_codepoint=0x41,
        max_codepoint=0x24F,
        exclude_characters="µ",  # a sign that has a name, mu
    )
    | st.sampled_from("жЖщѳЀאبحकखไคあカ学習한"),
    min_size=1,
    max_size=9,
)


def decompose(text: str) -> str:
    """The text with its accents apart, but for Hangul."""
    return "".join(c if "가" <= c <= "힣" else unicodedata.normalize("NFD", c) for c in text)


@settings(max_examples=150)
@given(words=st.lists(st.tuples(WORD, NOISE), min_size=1, max_size=6))
def test_noise_case_and_composition_do_not_count(words: list[tuple[str, str]]) -> None:
    plain = " ".join(word for word, _ in words)
    noisy = " ".join(word + noise for word, noise in words)
    spelled = [plain, noisy, decompose(plain), plain.upper(), plain.lower()]
    keys = [title_key(text) for text in spelled]
    hashes = title_hashes(spelled)
    assert hashes[0] == hashes[2]
    for key, hashed in zip(keys, hashes, strict=True):
        assert (hashed == hashes[0]) == (key == keys[0])


@settings(max_examples=150)
@given(words=st.lists(WORD, max_size=6), separator=st.sampled_from([" ", "  ", ": ", "\n", " – "]))
def test_plain_letters_fold_as_text_does(words: list[str], separator: str) -> None:
    title = separator.join(words)
    (folded,) = sign_titles([title]).titles.to_pylist()
    assert unicodedata.normalize("NFC", folded.replace(" ", "")) == title_key(title)


# -- any text at all

any_text = st.text(max_size=40)
tricky_text = st.text(
    alphabet="aA1é\u0301\u0308ßİıςΣｆﬁ가각ᄀ\u1161が\u3099+-{}\\$~∞×…’.,: \n\u200b\u00ad中ﷺͺ½🙂𝒜𠀀",
    max_size=40,
)
texts = any_text | tricky_text
records = st.fixed_dictionaries(
    {
        "title": st.none() | texts,
        "abstract": st.none() | texts,
        "authors": st.none() | st.lists(texts, max_size=10),
        "arxiv_id": st.none() | st.just("2501.00001"),
        "doi": st.none() | texts,
        "year": st.none() | st.integers(-5, 70_000),
    }
)


@settings(max_examples=200)
@given(rows=st.lists(records, min_size=1, max_size=5))
def test_any_text_is_signed_by_itself_alone(rows: list[dict]) -> None:
    """Whatever stands beside it in the buffers: a scan that leaves its text would show here."""
    together = sign(*rows)
    together.titles.validate(full=True)
    assert describe(together) == [describe(sign(row))[0] for row in rows]


plain_text = st.text(alphabet="aAbz09 -.,'+$_^}\n:/", max_size=30)


@settings(max_examples=150)
@given(text=plain_text)
def test_the_shorter_way_for_plain_text_leads_to_the_same(text: str) -> None:
    """A soft hyphen vanishes, and makes a text one that takes the longer way."""
    plain = {"title": "t", "abstract": text, "authors": [text]}
    marked = {"title": "t", "abstract": f"\u00ad{text}", "authors": [f"\u00ad{text}"]}
    one, other = describe(sign(plain, marked))
    assert one == other


@settings(max_examples=100)
@given(titles=st.lists(tricky_text | plain_text, min_size=2, max_size=8))
def test_titles_share_a_key_when_they_fold_alike_but_for_spaces(titles: list[str]) -> None:
    signatures = sign_titles(titles)
    folded = [title.replace(" ", "") for title in signatures.titles.to_pylist()]
    keys = signatures.rows["keys"][:, 0].tolist()
    named = [(key, fold) for key, fold in zip(keys, folded, strict=True) if fold]
    assert len({key for key, _ in named}) == len(set(named)) == len({fold for _, fold in named})


@pytest.mark.parametrize("column", ["title", "abstract", "authors"])
@pytest.mark.parametrize("text", ["\\é", "\\𝒜", "a\\", "a-", "1.", "{", "\\H", "\\textit"])
def test_a_text_ends_where_it_ends(text: str, column: str) -> None:
    """A backslash before a character of several bytes made the scan run on."""

    def say(said: str) -> dict:
        return {"title": "t", column: [said] if column == "authors" else said}

    alone = describe(sign(say(text)))
    beside = [describe(sign(say(text), say(neighbour)))[:1] for neighbour in ("a", "z", "é")]
    assert beside == [alone] * 3


@pytest.mark.parametrize("text", ["\\é", "Pok\\é mon", "\\’x"])
def test_a_backslash_before_a_sign_of_several_bytes_only_vanishes(text: str) -> None:
    assert len(set(title_hashes([text, text.replace("\\", "")]))) == 1


ROWS = [
    {"title": "Zwölf Boxkämpfer: ein Überblick", "abstract": make_text(1), "year": 2020},
    {"title": "", "abstract": "", "authors": ["Ada Lovelace", "K. Gödel"]},
    {"title": "深度学习", "abstract": None, "arxiv_id": "2501.00001", "authors": []},
    {"title": None, "abstract": "two words", "doi": "10.1/a"},
    {"title": r"\emph{Tern} 2.5", "abstract": make_text(2, 90), "authors": [None, "Turing, Alan"]},
    {"title": "!?", "abstract": "one", "authors": None, "year": 1999},
]


def table_of(rows: list[dict]) -> pa.Table:
    names = ("title", "abstract", "arxiv_id", "doi", "year", "authors")
    types = [*[pa.string()] * 4, pa.int64(), pa.list_(pa.string())]
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in names} for row in rows],
        pa.schema(dict(zip(names, types, strict=True))),
    )


def test_slices_and_chunks_are_signed_as_the_records_they_hold() -> None:
    table = table_of(ROWS)
    expected = describe(sign_records(table))
    assert len(set(expected)) == len(ROWS)
    for start in range(len(ROWS)):
        for length in range(len(ROWS) - start + 1):
            assert (
                describe(sign_records(table.slice(start, length)))
                == expected[start : start + length]
            )
    parts = [table.slice(0, 2), table.slice(2, 0), table.slice(2, 3), table.slice(5, 1)]
    assert describe(sign_records(pa.concat_tables(parts))) == expected


def test_wide_types_are_signed_like_narrow_ones() -> None:
    table = table_of(ROWS)
    wide = pa.schema(
        {
            **dict.fromkeys(("title", "abstract", "arxiv_id", "doi"), pa.large_string()),
            "year": pa.int32(),
            "authors": pa.list_(pa.large_string()),
        }
    )
    assert describe(sign_records(table.cast(wide))) == describe(sign_records(table))


def test_more_records_than_are_signed_at_once_keep_their_order() -> None:
    table = pa.concat_tables([table_of(ROWS)] * 6_000)
    signatures = sign_records(table)
    assert len(signatures) == table.num_rows
    expected = sign_records(table_of(ROWS))
    assert np.array_equal(signatures.rows, np.tile(expected.rows, 6_000))
    assert signatures.titles.to_pylist() == expected.titles.to_pylist() * 6_000
    assert signatures.arxiv_ids.to_pylist() == expected.arxiv_ids.to_pylist() * 6_000


def test_columns_that_are_not_there_count_as_unknown() -> None:
    titles = pa.table({"title": ["A b", "C d"], "abstract": [make_text(1), None]})
    known = sign({"title": "A b", "abstract": make_text(1)}, {"title": "C d"})
    assert describe(sign_records(titles)) == describe(known)


def test_no_records_have_no_signatures() -> None:
    assert len(sign()) == len(Signatures.concat([])) == 0
    assert Signatures.concat([]).node_keys.tolist() == []


def test_signatures_can_be_taken_apart_and_joined() -> None:
    signatures = sign(*ROWS)
    places = np.array([4, 1, 1, 0])
    parts = [signatures.take(places), signatures.take(np.array([], int)), signatures]
    joined = describe(Signatures.concat(parts))
    assert joined == [describe(signatures)[place] for place in [4, 1, 1, 0, *range(len(ROWS))]]


def test_strings_are_numbered_alike_where_they_are_equal() -> None:
    strings = pa.array(["b", None, "a", "b", "a\0", None, ""])
    numbers = number_strings(strings).tolist()
    assert [number > 0 for number in numbers] == strings.is_valid().to_pylist()
    assert numbers[0] == numbers[3]
    assert len(set(numbers)) == 5
    assert number_strings(strings.slice(1, 1)).tolist() == [0]
    sliced = number_strings(strings.slice(1)).tolist()
    assert [number > 0 for number in sliced] == [False, True, True, True, False, True]


# -- which records are copies

BASE = {
    "title": "Deep sparse attention",
    "abstract": make_text(1),
    "arxiv_id": "2501.00001",
    "authors": ["Ada Lovelace", "Alan Turing"],
    "year": 2020,
    "doi": "10.1/a",
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"title": "DEEP, sparse attention!"},
        {"abstract": make_text(1).upper().replace(" ", "\n") + "."},
        {"authors": ["Turing, Alan", "Lovelace, Ada"]},
        {"authors": ["A. Turing", "Ada K. Lovelace", "Alan Turing"]},
    ],
    ids=str,
)
def test_a_copy_has_the_same_node_key(change: dict) -> None:
    one, other = sign(BASE, BASE | change).node_keys
    assert one == other


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Deep sparse attention 2"},
        {"title": None},
        {"abstract": make_text(1) + " more"},
        {"abstract": " ".join(reversed(make_words(1)))},
        {"abstract": None},
        {"arxiv_id": "2501.00002"},
        {"arxiv_id": None},
        {"authors": ["Ada Lovelace"]},
        {"authors": ["Ada Lovelace", "Alan Turing", "Emmy Noether"]},
        {"authors": None},
        {"year": 2021},
        {"year": None},
        {"doi": "10.1/b"},
        {"doi": None},
    ],
    ids=str,
)
def test_what_tells_records_apart_gives_two_node_keys(change: dict) -> None:
    one, other = sign(BASE, BASE | change).node_keys
    assert one != other


titles = st.sampled_from(
    ["Tern: a net", "Tern a net", "Tern a-net", "tern A net.", "Tern, anet", "Tern 2.5", "Tern 25"]
)
copies = st.fixed_dictionaries(
    {
        "title": titles | texts,
        "abstract": st.sampled_from([make_text(1), make_text(1).upper()]),
        "authors": st.sampled_from([["Ada Lovelace"], ["Lovelace, Ada"]]),
        "year": st.sampled_from([None, 2020]),
    }
)


@settings(max_examples=150)
@given(rows=st.lists(copies, min_size=2, max_size=8))
def test_records_with_one_node_key_are_alike_in_all_that_is_compared(rows: list[dict]) -> None:
    """Or it would matter which of them came first and was kept for their node."""
    signatures = sign(*rows)
    by_key: dict[bytes, tuple] = {}
    for key, said in zip(signatures.node_keys.tolist(), describe(signatures), strict=True):
        assert by_key.setdefault(key, said) == said


# -- what texts share


def share_triples(one: list[str], other: list[str]) -> float:
    """The true Jaccard similarity of the word triples of two texts."""
    ours, theirs = (set(zip(words, words[1:], words[2:], strict=False)) for words in (one, other))
    return len(ours & theirs) / len(ours | theirs)


def test_the_jaccard_similarity_of_texts_is_close_to_the_truth() -> None:
    choose = random.Random(3)  # noqa: S311 -- not a secret
    rows, true = [], []
    for seed in range(150):
        words = make_words(seed, choose.randrange(30, 300))
        other, start = make_words(1_000 + seed, len(words)), choose.randrange(len(words))
        mixed = words[:start] + other[start:]
        for place in choose.sample(range(len(mixed)), choose.randrange(4)):
            mixed[place] = "changed"
        true.append(share_triples(words, mixed))
        rows += [{"title": "t", "abstract": " ".join(text)} for text in (words, mixed)]
    left = np.arange(0, len(rows), 2)
    evidence = decide_pairs(sign(*rows), left, left + 1).evidence
    errors = evidence.jaccard - np.array(true)
    assert np.abs(errors).mean() < 0.04
    assert abs(errors.mean()) < 0.015
    assert np.abs(errors).max() < 0.25


@pytest.mark.parametrize("count", [3, 10, 40, 64])
def test_short_texts_are_compared_exactly(count: int) -> None:
    words = make_words(7, count)
    changed = [*words[:-1], "changed"]
    rows = ({"title": "t", "abstract": " ".join(text)} for text in (words, changed))
    evidence = decide_pairs(sign(*rows), np.array([0]), np.array([1])).evidence
    assert evidence.jaccard[0] == pytest.approx(share_triples(words, changed), abs=0.02)


def test_a_text_cut_short_is_contained_in_the_whole() -> None:
    rows = [{"title": "t", "abstract": make_text(4, count)} for count in (200, 80, 25)]
    left, right = np.array([0, 0, 1]), np.array([1, 2, 2])
    evidence = decide_pairs(sign(*rows), left, right).evidence
    assert (evidence.containment > 0.9).all()
    assert (evidence.jaccard < 0.6).all()


@pytest.mark.parametrize("text", [None, "", "?!", "\u0301"])
def test_a_text_without_words_is_compared_with_nothing(text: str | None) -> None:
    signatures = sign({"title": "t", "abstract": text}, {"title": "t", "abstract": text})
    evidence = decide_pairs(signatures, np.array([0]), np.array([1])).evidence
    assert (evidence.basis[0], evidence.jaccard[0], evidence.words[0]) == (0, 0, 0)


@pytest.mark.parametrize(("one", "other"), [("one", "one"), ("two words", "Two  words!")])
def test_texts_too_short_for_a_triple_are_compared_whole(one: str, other: str) -> None:
    rows = [{"title": "t", "abstract": text} for text in (one, other, "else")]
    evidence = decide_pairs(sign(*rows), np.array([0, 0]), np.array([1, 2])).evidence
    assert evidence.jaccard.tolist() == [1, 0]
    assert evidence.basis.tolist() == [1, 1]


# -- authors, years, DOIs


@pytest.mark.parametrize(
    ("names", "others", "shared", "total"),
    [
        (["Ada Lovelace"], ["Lovelace, Ada"], 1, 1),
        (["Kurt Gödel"], ["Goedel, Kurt", "K. Godel"], 1, 2),
        (["Juan de la Cruz"], ["de la Cruz, Juan"], 1, 1),
        (["ADA LOVELACE"], ["ada lovelace"], 1, 1),
        (["Ada Lovelace", "Alan Turing"], ["Alan Turing", "Emmy Noether"], 1, 3),
        (["Ada Lovelace"], ["Emmy Noether"], 0, 2),
        (["Плотников Иван"], ["Иван"], 1, 1),
        ([r"P. Erd\H{o}s"], ["Erdős, Paul"], 1, 1),
        (["Ada Lovelace", None, "", "?"], ["Lovelace"], 1, 1),
    ],
)
def test_surnames_are_found_in_either_form(
    names: list[str], others: list[str], shared: int, total: int
) -> None:
    signatures = sign({"title": "t", "authors": names}, {"title": "t", "authors": others})
    evidence = decide_pairs(signatures, np.array([0]), np.array([1])).evidence
    assert evidence.shared_surnames[0] == shared
    assert evidence.all_surnames[0] == pytest.approx(shared / total)


@pytest.mark.parametrize("authors", [None, [], [None], ["", "?"]])
def test_nobody_is_not_an_author(authors: list[str | None] | None) -> None:
    signatures = sign({"title": "t", "authors": authors}, {"title": "t", "authors": ["Ada"]})
    evidence = decide_pairs(signatures, np.array([0]), np.array([1])).evidence
    assert (evidence.surnames[0], evidence.all_surnames[0]) == (-1, -1)


def test_the_year_is_given_or_that_of_the_day() -> None:
    days = [date(2020, 1, 1), date(2020, 12, 31), None, date(1999, 5, 5)]
    table = pa.table({"title": ["t"] * 4, "abstract": ["t"] * 4, "published_on": days})
    assert sign_records(table).rows["year"].tolist() == [2020, 2020, 0, 1999]
    years = pa.table({"title": ["t"] * 3, "abstract": ["t"] * 3, "year": [2020, None, 1999]})
    assert sign_records(years).rows["year"].tolist() == [2020, 0, 1999]


def test_a_doi_is_known_or_not() -> None:
    signatures = sign(*({"title": "t", "doi": doi} for doi in ("10.1/a", "10.1/b", None, "10.1/a")))
    evidence = decide_pairs(signatures, np.array([0, 0, 0, 2]), np.array([1, 2, 3, 2])).evidence
    assert evidence.doi.tolist() == [0, -1, 1, -1]
