"""Lexicons: which spellings are found and which are not, where, and what a wrong file says."""

import re
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.enrich.lexicon import (
    KINDS,
    Entry,
    Lexicon,
    LexiconError,
    fold,
    load_lexicon,
    read_entries,
)

MODELS = """
- {name: Tern, family: Tern}
- {name: Tern 2, family: Tern}
- {name: Heron 2.5}
- {name: Heron 2}
- {name: Kwik-VL, aliases: [KwikVision]}
- {name: K9}
- {name: B-52}
- {name: Lark, case: exact}
- {name: Dream, near: [Language Model, diffusion]}
- {name: Möwe-3}
- {name: Wren.1}
- {name: Rook}
- {name: Rook Instruct, case: exact}
- {name: text-crow-003}
"""
BENCHMARKS = """
- {name: BirdEval}
- {name: BirdEval+}
- {name: Owl Test}
- {name: Owl Test Hard}
- {name: Test Hard Set}
- {name: Robin, near: [question]}
- {name: Stork, case: exact}
- {name: Jay}
"""
DATASETS = """
- {name: Robin}
- {name: stork}
- {name: C++Set}
- {name: Crane's Nest}
- {name: Jay}
"""
METHODS = """
- {name: wing query}
- {name: nest branch}
- {name: beak box}
- {name: pruning}
- {name: mixture of birds, aliases: [MoB]}
- {name: low-rank perching}
- {name: plumage loss}
- {name: fly-by wire way}
"""
SOURCES = {"model": MODELS, "benchmark": BENCHMARKS, "dataset": DATASETS, "method": METHODS}
LEXICON = Lexicon(
    [
        entry
        for kind, source in SOURCES.items()
        for entry in read_entries(source, kind, f"{kind}.yaml")
    ]
)


def find(text: str, lexicon: Lexicon = LEXICON) -> list[tuple[str, str]]:
    """Name of the entry and what is written, for each match in a text."""
    return [(match.entry.name, text[match.start : match.end]) for match in lexicon.find([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Whole words only.
        pytest.param("Tern flies", [("Tern", "Tern")], id="first-word"),
        pytest.param("we saw Tern", [("Tern", "Tern")], id="last-word"),
        pytest.param("Tern", [("Tern", "Tern")], id="only-word"),
        pytest.param("Western Terns internally", [], id="inside-words"),
        pytest.param("Tern3 Ternary 5Tern", [], id="digits-and-letters-are-one-word"),
        pytest.param("(Tern), [Tern]. Tern's", [("Tern", "Tern")] * 3, id="signs-around"),
        pytest.param("Tern/Rook", [("Tern", "Tern"), ("Rook", "Rook")], id="slash"),
        pytest.param("pre-Tern and Tern-based", [("Tern", "Tern")] * 2, id="hyphens-around"),
        pytest.param("Tern Tern", [("Tern", "Tern")] * 2, id="one-space-between-two"),
        pytest.param("“Tern”—Tern…", [("Tern", "Tern")] * 2, id="typographic-signs"),
        # Hyphen, space, joined.
        pytest.param("Tern-2 and Tern 2", [("Tern 2", "Tern-2"), ("Tern 2", "Tern 2")], id="joint"),
        pytest.param("Tern2 flies", [("Tern 2", "Tern2")], id="joined"),
        pytest.param("Tern_2 flies", [("Tern 2", "Tern_2")], id="underscore"),
        pytest.param("Tern‑2 Tern–2", [("Tern 2", "Tern‑2"), ("Tern 2", "Tern–2")], id="dashes"),
        pytest.param("Tern\u00a02", [("Tern 2", "Tern\u00a02")], id="no-break-space"),
        pytest.param("Tern  2", [("Tern", "Tern")], id="two-spaces-are-no-joint"),
        pytest.param("Tern.2", [("Tern", "Tern")], id="point-is-no-joint"),
        pytest.param("Tern, 2 of them", [("Tern", "Tern")], id="comma-is-no-joint"),
        pytest.param("Kwik VL and KwikVL", [("Kwik-VL", "Kwik VL")], id="letters-do-not-join"),
        pytest.param("a K9 and a K 9", [("K9", "K9")], id="short-names-do-not-part"),
        pytest.param("B52 B-52 B 52", [("B-52", w) for w in ("B52", "B-52", "B 52")], id="b-52"),
        pytest.param("text crow 003", [("text-crow-003", "text crow 003")], id="two-joints"),
        pytest.param("text-crow003", [("text-crow-003", "text-crow003")], id="mixed-joints"),
        pytest.param("Low Rank Perching", [("low-rank perching", "Low Rank Perching")], id="or"),
        # Signs that are no joint must be written.
        pytest.param("Wren.1 is not Wren-1", [("Wren.1", "Wren.1")], id="point-in-name"),
        pytest.param("Wren(1)", [], id="brackets-are-no-point"),
        pytest.param("Crane’s Nest", [("Crane's Nest", "Crane’s Nest")], id="curly-apostrophe"),
        pytest.param("C++Set, not C--Set", [("C++Set", "C++Set")], id="plus-inside"),
        # Plus signs at the end.
        pytest.param("on BirdEval+.", [("BirdEval+", "BirdEval+")], id="plus"),
        pytest.param("on BirdEval.", [("BirdEval", "BirdEval")], id="no-plus"),
        # Decimals.
        pytest.param("Heron-2.5", [("Heron 2.5", "Heron-2.5")], id="decimal"),
        pytest.param("Heron 2.7 is no Heron 2", [("Heron 2", "Heron 2")], id="other-decimal"),
        pytest.param("Tern-2.1", [("Tern", "Tern")], id="shorter-name-before-decimal"),
        pytest.param("by Heron 2. It", [("Heron 2", "Heron 2")], id="end-of-sentence"),
        pytest.param("Heron2.5.", [("Heron 2.5", "Heron2.5")], id="decimal-at-end"),
        pytest.param("Heron 2.5.1", [], id="third-number"),
        # Capitals.
        pytest.param("TERN tern tErN", [("Tern", w) for w in ("TERN", "tern", "tErN")], id="any"),
        pytest.param("Lark, lark, LARK", [("Lark", "Lark")], id="exact"),
        pytest.param("a rook instruct bird", [("Rook", "rook")], id="longest-fails-its-capitals"),
        pytest.param("Stork and stork", [("Stork", "Stork"), ("stork", "stork")], id="by-capitals"),
        # Plurals of methods, and of nothing else.
        pytest.param("wing queries", [("wing query", "wing queries")], id="plural-ies"),
        pytest.param("nest branches", [("nest branch", "nest branches")], id="plural-es"),
        pytest.param("beak boxes", [("beak box", "beak boxes")], id="plural-xes"),
        pytest.param("fly-by wire ways", [("fly-by wire way", "fly-by wire ways")], id="plural-ys"),
        pytest.param("MoBs", [("mixture of birds", "MoBs")], id="plural-of-alias"),
        pytest.param("plumage losss prunings", [], id="no-plural"),
        pytest.param("Rooks Terns BirdEvals", [], id="names-have-no-plural"),
        # Overlaps.
        pytest.param("Owl Test Hard", [("Owl Test Hard", "Owl Test Hard")], id="longest"),
        pytest.param("Owl Test Hard Set", [("Owl Test Hard", "Owl Test Hard")], id="first-counts"),
        pytest.param("a Test Hard Set", [("Test Hard Set", "Test Hard Set")], id="second-alone"),
        pytest.param("Rook Instruct", [("Rook Instruct", "Rook Instruct")], id="longer-name"),
        # Names that need company.
        pytest.param("I had a Dream", [], id="no-company"),
        pytest.param("Dream is a LANGUAGE MODEL", [("Dream", "Dream")], id="company"),
        pytest.param("Robin flies", [("Robin", "Robin")], id="second-of-two"),
        # Beyond ASCII.
        pytest.param("Möwe 3, MÖWE3", [("Möwe-3", "Möwe 3"), ("Möwe-3", "MÖWE3")], id="umlauts"),
        pytest.param("naïve Tern", [("Tern", "Tern")], id="place-after-accent"),
        pytest.param("🐦𝐓 Tern 2", [("Tern 2", "Tern 2")], id="place-after-astral"),
        pytest.param("\ud83d Tern \udc26", [("Tern", "Tern")], id="lone-surrogates"),
        pytest.param("ÉTern Ternß", [], id="accented-letters-are-letters"),
        pytest.param("模型Tern Tern模型", [], id="ideographs-are-letters"),
        pytest.param("模型，Tern。", [("Tern", "Tern")], id="full-width-signs"),
        pytest.param("İstanbul ﬁne Tern", [("Tern", "Tern")], id="place-after-odd-lower-case"),
        pytest.param("", [], id="empty"),
        pytest.param("\0\n\t ", [], id="blank"),
    ],
)
def test_finds_spellings(text: str, expected: list[tuple[str, str]]):
    assert find(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("a question of Robin", "benchmark", id="first-with-its-company"),
        pytest.param("Robin flies", "dataset", id="second-where-first-lacks-company"),
        pytest.param("Jay flies", "benchmark", id="first-of-equals"),
    ],
)
def test_first_entry_of_one_spelling_counts(text: str, kind: str):
    assert [match.entry.kind for match in LEXICON.find([text])[0]] == [kind]


@pytest.mark.parametrize("name", ["Finch [dev]", ".Egg", "Wren*", "Yaffle!", " "])
def test_names_that_could_not_be_found_are_refused(name: str):
    with pytest.raises(LexiconError, match="birds"):
        read_entries(f"- {{name: '{name}'}}", "model", "birds.yaml")


def test_alias_leads_to_its_entry():
    match = LEXICON.find(["the kwikvision net"])[0][0]
    assert (match.entry.entry_id, match.start, match.end) == ("model:Kwik-VL", 4, 14)


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param(["Tern", "2"], id="name-and-number"),
        pytest.param(["Owl", "Test Hard", "Set"], id="three-parts"),
        pytest.param(["Tern", "", "2"], id="empty-between"),
        pytest.param(["Tern ", "2"], id="space-at-end"),
        pytest.param(["Tern", " 2"], id="space-at-start"),
        pytest.param(["Tern-", "2"], id="hyphen-at-end"),
        pytest.param(["BirdEval", "+"], id="plus"),
        pytest.param(["Heron 2", ".7"], id="decimal"),
        pytest.param(["Dream", "language model"], id="company-in-another-text"),
        pytest.param(["", "", ""], id="empty"),
        pytest.param([], id="none"),
    ],
)
def test_texts_do_not_run_into_one_another(texts: list[str]):
    assert LEXICON.find(texts) == [LEXICON.find([text])[0] for text in texts]


def test_many_texts_at_once():
    texts = [f"é{'𝐓' * (place % 3)} Tern {place}" if place % 2 else "" for place in range(500)]
    found = LEXICON.find(texts)
    assert len(found) == 500
    assert [len(matches) for matches in found] == [place % 2 for place in range(500)]
    written = {text[m.start : m.end] for text, one in zip(texts, found, strict=True) for m in one}
    assert written == {"Tern"}


def test_lexicon_of_nothing_finds_nothing():
    assert Lexicon([]).find(["Tern", ""]) == [[], []]
    assert Lexicon([Entry("model", "!?"), Entry("model", "…")]).find(["!? …"]) == [[]]


# Words of the lexicon, joints, and ugly signs: texts in which names nearly stand.
PIECES = st.sampled_from(
    [
        *("Tern", "tern", "TERN", "Heron", "Owl", "Test", "Hard", "Set", "Rook", "Instruct"),
        *("BirdEval", "Robin", "question", "Dream", "diffusion", "Möwe", "Lark", "Stork"),
        *("wing", "query", "queries", "MoBs", "K", "B", "C", "2", "2.5", "3", "52", ".", ".5"),
        *(
            "+",
            "++",
            " ",
            "-",
            "_",
            "‑",
            "\u00a0",
            "  ",
            "\n",
            "'",
            "(",
            ")",
            "é",
            "İ",
            "𝐓",
            "\ud83d",
        ),
    ]
)
UGLY = st.one_of(
    st.text(),
    st.text(st.characters()),
    st.lists(PIECES, max_size=30).map("".join),
    st.lists(PIECES, max_size=30).map(" ".join),
)


@given(st.lists(UGLY, max_size=5))
def test_matches_prove_themselves(texts: list[str]):
    found = LEXICON.find(texts)
    assert len(found) == len(texts)
    for text, matches in zip(texts, found, strict=True):
        free = 0
        for match in matches:
            assert free <= match.start < match.end <= len(text)
            free = match.end
            assert _is_spelling(text[match.start : match.end], match.entry)
            assert not re.match(r"\d\.\d", text[match.end - 1 :])
            assert not (text[: match.start][-1:].isalnum() and text[match.start - 1] < "\uffff")
            assert not (text[match.end :][:1].isalnum() and text[match.end] < "\uffff") or (
                text[match.end - 1] == "+"
            )
            assert not match.entry.near or any(word in text.lower() for word in match.entry.near)


def _is_spelling(written: str, entry: Entry) -> bool:
    """Whether a text is a spelling of an entry, said anew: joints may differ, and plurals."""
    plain = [_without_joints(written)]
    if entry.kind == "method":
        plain += [_without_joints(written.removesuffix(end)) for end in ("s", "es")]
        plain.append(_without_joints(re.sub(r"ies$", "y", written)))
    spellings = [_without_joints(spelling) for spelling in entry.spellings]
    if entry.is_exact:
        return bool(set(plain) & set(spellings))
    return bool({one.lower() for one in plain} & {one.lower() for one in spellings})


def _without_joints(text: str) -> str:
    return re.sub("[-‐‑‒–—_\u00a0\u2009\u202f ]", "", text).replace("’", "'").replace("‘", "'")


@given(st.lists(UGLY, min_size=1, max_size=5))
def test_result_of_a_text_does_not_depend_on_others(texts: list[str]):
    assert LEXICON.find(texts) == [LEXICON.find([text])[0] for text in texts]


@given(st.lists(UGLY, max_size=4))
def test_folding_keeps_places(texts: list[str]):
    folded = fold(texts)
    assert len(folded) == 1 + sum(len(text) + 2 for text in texts) + (0 if texts else 2)
    place = 1
    for text in texts:
        for sign, folded_sign in zip(text, folded[place:], strict=False):
            if sign in string.ascii_letters + string.digits:
                assert folded_sign == sign.lower()
            elif not sign.isalnum():
                assert folded_sign == " "
        place += len(text) + 2


@given(st.sampled_from(LEXICON.entries), UGLY, UGLY)
def test_a_name_that_stands_apart_is_found(entry: Entry, before: str, after: str):
    text = f"{before} . {entry.name} . {' '.join(entry.near)} {after}"
    start = len(before) + 3
    assert any(
        match.start == start and match.end == start + len(entry.name)
        for match in LEXICON.find([text])[0]
    )


@pytest.mark.parametrize(
    ("piece", "length"),
    [
        pytest.param("Tern ", 1_000_000, id="names"),
        pytest.param("A-", 1_000_000, id="capitals-and-hyphens"),
        pytest.param("Owl Test ", 1_000_000, id="starts-of-longer-names"),
        pytest.param("((((", 1_000_000, id="brackets"),
        pytest.param("2.5", 1_000_000, id="decimals"),
        pytest.param("é𝐓 ", 1_000_000, id="beyond-ascii"),
        pytest.param("\ud83d", 1_000_000, id="surrogates"),
        pytest.param("BirdEval+", 1_000_000, id="plus"),
        pytest.param(
            "Dream ",
            32_000,
            id="company-that-is-missing",
            # Not strict: a busy machine can hide it.,
        ),
    ],
)
def test_time_is_linear(piece: str, length: int):
    def measure(length: int) -> float:
        text = piece * (length // len(piece))
        started = time.process_time()
        LEXICON.find([text])
        return time.process_time() - started

    measure(10_000)
    short, long = (measure(one) for one in (length // 8, length))
    # Eight times the text: 64 times the time if it were quadratic.
    assert long < 30 * short + 0.05, f"{short:.3f} s, then {long:.3f} s"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("", ["list", "NoneType"], id="empty-file"),
        pytest.param("name: Tern", ["list", "dict"], id="no-list"),
        pytest.param("- {name: Tern", ["YAML"], id="no-yaml"),
        pytest.param("- a: b: c", ["YAML"], id="two-colons"),
        pytest.param("- {name: Tern}\n- Rook", ["entry 2", "Rook"], id="no-mapping"),
        pytest.param("- {name: Tern}\n-", ["entry 2", "None"], id="empty-entry"),
        pytest.param("- {aliases: [Tern]}", ["entry 1", "name"], id="no-name"),
        pytest.param("- {name: 3}", ["entry 1", "quotes"], id="number-as-name"),
        pytest.param("- {name: ' '}", ["entry 1", "name"], id="blank-name"),
        pytest.param("- {name: No}", ["entry 1", "quotes"], id="name-that-yaml-reads-as-false"),
        pytest.param(
            "- {name: A}\n- {name: B}\n- {name: C, alias: [D]}", ["entry 3", "alias"], id="field"
        ),
        pytest.param("- {name: Tern, aliases: Rook}", ["entry 1", "aliases", "Rook"], id="no-list"),
        pytest.param("- {name: Tern, aliases: [1.5]}", ["aliases", "1.5"], id="number-as-alias"),
        pytest.param("- {name: Tern, near: bird}", ["near", "bird"], id="near-is-no-list"),
        pytest.param("- {name: Tern, near: [1]}", ["near", "[1]"], id="number-as-near"),
        pytest.param("- {name: Tern, case: lower}", ["any", "exact", "lower"], id="case"),
        pytest.param("- {name: Tern, case: }", ["case", "None"], id="empty-case"),
    ],
)
def test_wrong_files_are_refused(source: str, words: list[str]):
    with pytest.raises(LexiconError) as raised:
        read_entries(source, "model", "birds.yaml")
    message = str(raised.value)
    assert message.startswith("birds.yaml")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("- {name: Tern, family: 3}", id="number-as-family"),
        pytest.param("- {name: Tern, note: [a]}", id="list-as-note"),
        pytest.param("- {name: Tern, 1: a, b: c}", id="fields-that-cannot-be-sorted"),
        pytest.param("- {name: 2024-13-45}", id="date-that-is-none"),
    ],
)
def test_more_wrong_files_are_refused(source: str):
    with pytest.raises(LexiconError, match=r"^birds\.yaml"):
        read_entries(source, "model", "birds.yaml")


def test_entry_is_read_as_written():
    source = """
    - name: Tern
      aliases: [Sterna]
      family: Laridae
      case: exact
      near: [Sea, COAST]
      note: flies far
    - name: Rook
      aliases:
      case: any
    """
    assert read_entries(source, "model", "birds.yaml") == [
        Entry("model", "Tern", ("Sterna",), "Laridae", True, ("sea", "coast"), "flies far"),
        Entry("model", "Rook"),
    ]


def test_one_name_twice_in_one_kind_is_refused():
    entries = [Entry("model", "Tern"), Entry("dataset", "Tern"), Entry("model", "Tern")]
    with pytest.raises(LexiconError, match="model:Tern"):
        Lexicon(entries)
    assert len(Lexicon(entries[:2]).entries) == 2


def test_fingerprint_follows_what_decides():
    entry = Entry("model", "Tern", ("Sterna", "Sea tern"), "Laridae", False, ("sea",), "note")
    others = [
        Entry("dataset", "Tern", ("Sterna", "Sea tern"), "Laridae", False, ("sea",)),
        Entry("model", "Terns", ("Sterna", "Sea tern"), "Laridae", False, ("sea",)),
        Entry("model", "Tern", ("Sterna",), "Laridae", False, ("sea",)),
        Entry("model", "Tern", ("Sterna", "Sea tern"), "", False, ("sea",)),
        Entry("model", "Tern", ("Sterna", "Sea tern"), "Laridae", True, ("sea",)),
        Entry("model", "Tern", ("Sterna", "Sea tern"), "Laridae", False, ()),
    ]
    prints = {one.fingerprint for one in (entry, *others)}
    assert len(prints) == 1 + len(others)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in prints)
    other_note = Entry("model", "Tern", ("Sterna", "Sea tern"), "Laridae", False, ("sea",), "")
    assert other_note.fingerprint == entry.fingerprint


class TestShippedLexicons:
    """What comes with the package."""

    def test_every_kind_is_there(self):
        entries = load_lexicon().entries
        assert len(entries) >= 400
        assert {entry.kind for entry in entries} == set(KINDS)

    def test_spellings_are_clean(self):
        wrong = [
            (entry.entry_id, text)
            for entry in load_lexicon().entries
            for text in (*entry.spellings, *entry.near, entry.family, entry.note)
            if text != text.strip() or re.search(r"\s\s|[\t\n]", text)
        ]
        assert wrong == []
        assert [e.entry_id for e in load_lexicon().entries if "" in e.spellings] == []

    def test_notes_are_short(self):
        assert [e.entry_id for e in load_lexicon().entries if len(e.note) > 80] == []

    def test_no_spelling_stands_twice_in_an_entry(self):
        wrong = [
            e.entry_id for e in load_lexicon().entries if len(set(e.spellings)) < 1 + len(e.aliases)
        ]
        assert wrong == []

    def test_families_are_of_models(self):
        assert {e.kind for e in load_lexicon().entries if e.family} == {"model"}

    def test_every_spelling_is_found(self):
        lexicon = load_lexicon()
        sentences, expected = [], []
        for entry in lexicon.entries:
            for spelling in entry.spellings:
                sentences.append(f"Here, {spelling} , it is: {', '.join(entry.near)}.")
                expected.append((entry, spelling))
        wrong = []
        for sentence, matches, (entry, spelling) in zip(
            sentences, lexicon.find(sentences), expected, strict=True
        ):
            found = next((one for one in matches if one.start == len("Here, ")), None)
            if found is None or sentence[found.start : found.end] != spelling:
                wrong.append((entry.entry_id, spelling, found))
            elif found.entry is not entry and not _is_spelling(spelling, found.entry):
                wrong.append((entry.entry_id, spelling, found.entry.entry_id))
        assert wrong == []

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("We train it on a large set of texts and see what it does.", id="plain"),
            pytest.param("The cat sat on the mat; a dream of gold came to light.", id="words"),
            pytest.param("In May, Paris and London saw rain, and Ada sang in March.", id="proper"),
            pytest.param(
                "Each of the 20 birds took part in 3.5 of 7 rounds (see Table 2).", id="numbers"
            ),
        ],
    )
    def test_plain_english_holds_no_names(self, text: str):
        kinds = {"model", "benchmark", "dataset", "licence", "hardware"}
        assert [
            m.entry.entry_id for m in load_lexicon().find([text])[0] if m.entry.kind in kinds
        ] == []
