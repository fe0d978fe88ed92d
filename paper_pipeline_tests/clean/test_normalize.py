"""A parsed page becomes rows: every entry a record or a quarantined entry, with its lineage."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.clean.normalize import clean_page, fold_whitespace
from paper_pipeline.clean.page import BrokenEntry, Entry, Page
from paper_pipeline.vocabulary import QUARANTINE_RULES

DUMP_ID = "ab" * 32


def page_of(*entries: Entry, broken: tuple[BrokenEntry, ...] = ()) -> Page:
    return Page("listing_text", "blank_lines", "utf-8", entries=[*entries], broken=[*broken])


@pytest.mark.parametrize(
    ("found", "cleaned"),
    [
        ("  A   model \n of\tworlds ", "A model of worlds"),
        ("A\u00a0model\u2003here", "A model here"),
        ("Poke\u0301 Champ", "Pok\u00e9 Champ"),
        ("\ufeffA mo\x00del\x07", "A model"),
        ("Zürich — naïve", "Zürich — naïve"),
        ("", ""),
        ("\x00\x01", ""),
    ],
)
def test_fold_whitespace(found: str, cleaned: str) -> None:
    assert fold_whitespace(found) == cleaned


@given(text=st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_whitespace(fold_whitespace(text)) == fold_whitespace(text)


def test_a_record_keeps_what_was_found_beside_what_was_made_of_it() -> None:
    entry = Entry(
        10,
        90,
        " A  Model",
        "Long\ntext.",
        page_on=date(2025, 12, 8),
        page_on_basis="entry_years",
        author_count=3,
        upvotes=0,
    )
    cleaned = clean_page(page_of(entry), DUMP_ID, b"x" * 100, parser_version=7)
    record = cleaned.records.to_pylist()[0]
    assert record["record_id"] == "abababababababab:000000"
    assert (record["byte_start"], record["byte_end"]) == (10, 90)
    assert (record["title"], record["title_raw"]) == ("A Model", " A  Model")
    assert (record["abstract"], record["abstract_raw"]) == ("Long text.", "Long\ntext.")
    assert (record["author_count"], record["upvotes"]) == (3, 0)
    assert record["listed_on"] == date(2025, 12, 8)
    dump = cleaned.dump.to_pylist()[0]
    assert (dump["entry_count"], dump["record_count"], dump["quarantined_count"]) == (1, 1, 0)
    assert dump["parser_version"] == 7


@pytest.mark.parametrize(
    ("found", "kept"),
    [(" https://a.org/x ", "https://a.org/x"), ("https://a.org\u200b", "https://a.org\u200b"),
     ("  ", None), (None, None), ("see our page", "see our page")],
)  # fmt: skip
def test_addresses_are_as_typed_without_blanks_around(found: str | None, kept: str | None) -> None:
    entry = Entry(0, 9, "A", "b", project_page_url=found, code_repository_url=found)
    record = clean_page(page_of(entry), DUMP_ID, b"x", 1).records.to_pylist()[0]
    assert (record["project_page_url"], record["code_repository_url"]) == (kept, kept)


def test_a_date_that_rests_on_a_files_time_does_not_enter_records() -> None:
    entry = Entry(0, 9, "A", "b", page_on=date(2026, 9, 3), page_on_basis="capture_time")
    record = clean_page(page_of(entry), DUMP_ID, b"x", 1).records.to_pylist()[0]
    assert record["listed_on"] is None


@pytest.mark.parametrize(
    ("entry", "rule", "words"),
    [
        (Entry(0, 5, "\x00 ", "text"), "blank_title", "expected a title"),
        (Entry(0, 5, "t" * 1001, "text"), "title_too_long", "found 1,001"),
        (Entry(0, 5, "t", "a" * 50_001), "abstract_too_long", "found 50,001"),
        (Entry(0, 5, "t", "a", author_count=-2), "implausible_author_count", "found -2"),
        (Entry(0, 5, "t", "a", author_count=10**7), "implausible_author_count", "10,000,000"),
        (Entry(0, 5, "t", "a", authors=("A",) * 10_001), "implausible_author_count", "10,001"),
        (Entry(0, 5, "t", "a", published_on=date(1, 1, 1)), "implausible_date", "0001-01-01"),
        (Entry(0, 5, "t", "a", upvotes=10**30), "implausible_count", "1,000,000"),
        (Entry(0, 5, "t", "a", github_star_count=-1), "implausible_count", "found -1"),
    ],
)
def test_one_bad_entry_is_quarantined_and_the_others_stay(
    entry: Entry, rule: str, words: str
) -> None:
    good = Entry(6, 9, "Good", "text")
    cleaned = clean_page(page_of(entry, good), DUMP_ID, b"found text", 1)
    (row,) = cleaned.quarantined.to_pylist()
    assert (row["rule"], row["excerpt"]) == (rule, "found")
    assert words in row["reason"]
    assert rule in QUARANTINE_RULES
    assert cleaned.records["title"].to_pylist() == ["Good"]
    assert cleaned.records["record_id"].to_pylist() == ["abababababababab:000001"]
    assert cleaned.dump.to_pylist()[0]["entry_count"] == 2


def test_a_dump_that_is_no_listing_is_one_row_of_its_own() -> None:
    whole = BrokenEntry(0, 10, "not_a_listing", "no page format recognises the dump")
    cleaned = clean_page(page_of(broken=(whole,)), DUMP_ID, b"0123456789", 1)
    (row,) = cleaned.quarantined.to_pylist()
    assert row["entry_id"] == "abababababababab:page"
    dump = cleaned.dump.to_pylist()[0]
    assert (dump["entry_count"], dump["quarantined_count"]) == (0, 1)


def test_same_fields_same_hash_other_fields_other_hash() -> None:
    entries = [Entry(0, 1, "A", "b"), Entry(2, 3, "A ", "b"), Entry(4, 5, "A", "b", upvotes=1)]
    hashes = clean_page(page_of(*entries), DUMP_ID, b"", 1).records["content_hash"].to_pylist()
    assert hashes[0] == hashes[1] != hashes[2]
