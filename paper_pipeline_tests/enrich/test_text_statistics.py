"""Counts of characters, words and sentences."""

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paper_pipeline.enrich.text_statistics import TEXT_STATISTICS_SCHEMA, compute_text_statistics


@pytest.mark.parametrize(
    ("text", "characters", "words", "sentences"),
    [
        pytest.param("", 0, 0, 0, id="empty"),
        pytest.param(" ?! ", 4, 0, 0, id="no-words"),
        pytest.param("One two", 7, 2, 1, id="no-full-stop"),
        pytest.param("One two. Three.", 15, 3, 2, id="two-sentences"),
        pytest.param("Why? Yes! So…  (Good.)", 22, 4, 4, id="marks"),
        pytest.param("Two\nlines. Next\nline.", 21, 4, 2, id="line-breaks"),
        pytest.param("A state-of-the-art 2.5B, don't", 30, 4, 1, id="inner-punctuation"),
        pytest.param("10,000 items.", 13, 2, 1, id="thousands"),
        pytest.param("We beat X, e.g. BERT, by 3 points.", 34, 8, 1, id="for-example"),
        pytest.param("Lee et al. (2024) see Fig. 3.", 29, 7, 1, id="citation"),
        pytest.param("By A. Turing. Good.", 19, 4, 2, id="initial"),
        pytest.param("v2.0 is out", 11, 3, 1, id="version"),
        pytest.param("用于学习。很好。", 8, 6, 2, id="chinese"),
        pytest.param("Обзор. Новый метод.", 19, 3, 2, id="cyrillic"),
        pytest.param("naïve naive", 11, 2, 1, id="accent"),
    ],
)
def test_counts(text: str, characters: int, words: int, sentences: int) -> None:
    (row,) = compute_text_statistics(pa.array([text])).to_pylist()
    assert row == {
        "character_count": characters,
        "word_count": words,
        "sentence_count": sentences,
        "mean_sentence_word_count": words / sentences if sentences else None,
    }


def test_missing_text_has_no_counts() -> None:
    (row,) = compute_text_statistics(pa.array([None], pa.string())).to_pylist()
    assert set(row.values()) == {None}


@settings(deadline=None)  # the first call compiles the patterns
@given(st.lists(st.none() | st.text()))
def test_row_for_row_whatever_the_layout(texts: list[str | None]) -> None:
    array = pa.array(texts, pa.string())
    table = compute_text_statistics(array)
    assert table.schema == TEXT_STATISTICS_SCHEMA
    assert table.num_rows == len(texts)
    assert compute_text_statistics(array.cast(pa.large_string())).equals(table)
    twice = compute_text_statistics(pa.chunked_array([array, array], pa.string()))
    assert twice.to_pylist() == table.to_pylist() * 2
    for text, row in zip(texts, table.to_pylist(), strict=True):
        if text is not None:
            assert row["character_count"] == len(text)
            assert (row["sentence_count"] > 0) == (row["word_count"] > 0)
            assert row["sentence_count"] <= max(1, len(text))


@pytest.mark.parametrize("unit", [". ", "A. ", "a-", "et al", '."', "\\", "9"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    compute_text_statistics(pa.array([text]))
    # A tenth of this is usual; quadratic time would be minutes.
    assert time.process_time() - started < 5
