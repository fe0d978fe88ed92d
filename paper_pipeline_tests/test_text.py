"""Folding and keys: what counts as the same text, and properties that hold for any string."""

import time
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.text import (
    content_hash,
    escape_surrogates,
    fold_text,
    format_traceback,
    text_key,
    text_keys,
    title_key,
    title_keys,
)

# Any code point, lone surrogates included.
any_text = st.text(alphabet=st.characters(exclude_categories=()))
tricky_text = st.text(
    alphabet="aA1é\u0301\u0308ßİıςΣｆﬁ가각ᄀ\u1161が\u3099+-{}\\$~∞×…’ \u200b\u00ad\ud800"
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("  A  b\n\tC ", "a b c", id="white-space"),
        pytest.param("State-of-the-Art: why?", "state of the art why", id="punctuation"),
        pytest.param("don’t “quote” — it…", "don t quote it", id="unicode-punctuation"),
        pytest.param("Crème Brûlée Ångström", "creme brulee angstrom", id="accents"),
        pytest.param("Straße Łódź Øre Cœur", "strasse lodz ore coeur", id="spelled-out"),
        pytest.param("ΛΌΓΟΣ λόγος", "λογοσ λογοσ", id="greek-final-sigma"),
        pytest.param("Ёлка Йод", "елка иод", id="cyrillic-breve-stripped"),
        pytest.param("ＦＵＬＬ ½ ﬁne x²", "full 1 2 fine x2", id="compatibility-forms"),
        pytest.param("がぎ", "がぎ", id="voicing-mark-kept"),
        pytest.param("한국어", "한국어", id="hangul-composed"),
        pytest.param("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth", id="invisible"),
        pytest.param("C++ a−b 3∗4 ∞", "c++ a b 3 4 ∞", id="mathematical-signs"),
        pytest.param("!?…", "", id="symbols-only"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold_text(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Attention, Please!", "attention please", id="case-punctuation"),
        pytest.param("Multi-modal", "Multimodal", id="hyphen"),
        pytest.param("A -- B", "A – B", id="dashes"),
        pytest.param("``Big'' Data", "“Big” Data", id="quotes"),
        pytest.param(r"{BERT} for $n$-grams", "BERT for n-grams", id="braces-dollars"),
        pytest.param(r"\textit{O}bstacles", "Obstacles", id="typeface"),
        pytest.param("textit{O}bstacles", "Obstacles", id="typeface-that-lost-its-backslash"),
        pytest.param(r"{\em Fast} nets", "Fast nets", id="old-style-switch"),
        pytest.param(r"G{\"o}del, Erd\H{o}s", "Gödel, Erdős", id="latex-accents"),
        pytest.param(r"$\alpha$-nets", "alpha nets", id="greek-letter-by-name"),
        pytest.param("Two\n  lines", "Two lines", id="line-break"),
        pytest.param("Caf\u00e9", "Cafe\u0301", id="nfc-nfd"),
    ],
)
def test_titles_that_are_the_same(one: str, other: str) -> None:
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Lessons, Part 1", "Lessons, Part 2", id="digits"),
        pytest.param("A Study of C", "A Study of C++", id="plus"),
        pytest.param("学习", "检索", id="chinese"),
        pytest.param("Обзор", "Отзыв", id="cyrillic"),
        pytest.param("???", "!!!", id="symbols"),
        pytest.param("🙂", "🙃", id="emoji"),
        pytest.param("∞-groups", "groups", id="mathematical-sign"),
        pytest.param("Contextual{x}", "Conual{x}", id="macro-name-inside-a-word"),
    ],
)
def test_titles_that_differ(one: str, other: str) -> None:
    assert title_key(one) != title_key(other)


def test_only_a_title_without_visible_characters_has_the_empty_key() -> None:
    assert [title_key(title) for title in ("", " \n", "\u200b", "\x00")] == [""] * 4
    assert title_key("?!") == "?!"


@given(any_text | tricky_text)
def test_folding_and_keys_are_idempotent_and_ignore_the_normal_form(text: str) -> None:
    folded, key = fold_text(text), title_key(text)
    assert fold_text(folded) == folded
    assert title_key(key) == key
    assert text_key(text) == key
    assert bool(key) >= bool(folded)
    for form in ("NFC", "NFD"):
        respelled = unicodedata.normalize(form, text)
        assert (fold_text(respelled), title_key(respelled)) == (folded, key)


def test_every_code_point_folds_stably() -> None:
    for code in range(0, 0x110000, 7):  # a seventh of Unicode, to be fast
        text = f"a{chr(code)}"
        folded, key = fold_text(text), title_key(text)
        assert (fold_text(folded), title_key(key)) == (folded, key), hex(code)


@settings(deadline=None)  # the first conversion imports, on a busy machine for longer than that
@given(st.lists(st.none() | st.text()))
def test_arrays_give_the_same_keys_as_single_texts(texts: list[str | None]) -> None:
    expected = [None if text is None else title_key(text) for text in texts]
    array = pa.array(texts, pa.string())
    assert title_keys(array).to_pylist() == expected
    assert title_keys(pa.chunked_array([array, array])).to_pylist() == expected * 2
    assert text_keys(array.cast(pa.large_string())).to_pylist() == expected


def test_content_hash_is_of_the_exact_text() -> None:
    assert content_hash("a") == "27c35e6e9373877f29e562464e46497e"
    assert content_hash("a") != content_hash("A") != content_hash("a ")
    assert len(content_hash("\ud800")) == 32


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0301\u0323" * 500_000, id="alternating-marks"),
        pytest.param("\\" * 1_000_000, id="backslashes"),
        pytest.param("{" * 1_000_000, id="braces"),
        pytest.param("textit" * 160_000 + "{", id="macro-names"),
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    title_key(text)
    # A tenth of this is usual; quadratic time would be minutes.
    assert time.process_time() - started < 5


@given(any_text)
def test_a_traceback_can_be_kept_by_any_log(message: str) -> None:
    assert "ValueError" in format_traceback(ValueError(message)).encode().decode()
    escaped = escape_surrogates(message)
    assert escaped.encode().decode() == escaped
    assert escaped == message or "\\ud" in escaped
