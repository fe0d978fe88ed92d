"""A dump on which the code raises waits in quarantine; all others become records."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from paper_pipeline.clean import formats, normalize, review, update
from paper_pipeline.clean.formats import listing_text
from paper_pipeline.clean.page import Capture, Page
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.settings import Settings
from paper_pipeline_tests.corpus import Corpus, abstract, page

POISON = "Poisoned title"
FILES = {f"{n}.txt": page((f"Title {n}", abstract(n)), (f"Other {n}", abstract(50 + n)))
         for n in range(5)}  # fmt: skip
FILES["poisoned.txt"] = page((POISON, abstract(99)), ("Beside it", abstract(98)))


@pytest.fixture
def corpus_of_six(corpus: Corpus) -> Corpus:
    for name, text in FILES.items():
        corpus.write(name, text)
    return corpus


def parse_unless_poisoned(data: bytes, capture: Capture) -> Page:
    if POISON.encode() in data:
        raise ValueError("this title is poison")
    return listing_text.parse_page(data, capture)


def with_text_format(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    text, *others = formats.FORMATS
    monkeypatch.setattr(formats, "FORMATS", (replace(text, **changed), *others))


def break_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    with_text_format(monkeypatch, parse_page=parse_unless_poisoned)


def break_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    def recognises(data: bytes) -> bool:
        if POISON.encode() in data:
            raise ValueError("this title is poison")
        return listing_text.recognises(data)

    with_text_format(monkeypatch, recognises=recognises)


def break_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    real = normalize.repair_text

    def repair_text(text: str) -> Any:
        if text == POISON:
            raise ValueError("this title is poison")
        return real(text)

    monkeypatch.setattr(normalize, "repair_text", repair_text)


def break_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    real = update.profile_records

    def profile_records(records: Any, *args: Any) -> Any:
        if POISON in records["title"].to_pylist():
            raise ValueError("this title is poison")
        return real(records, *args)

    monkeypatch.setattr(update, "profile_records", profile_records)


def hand_on_half_a_character(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser hands on what no table takes."""

    def parse_page(data: bytes, capture: Capture) -> Page:
        found = listing_text.parse_page(data, capture)
        if POISON.encode() not in data:
            return found
        return replace(found, entries=[replace(e, title="\ud800") for e in found.entries])

    with_text_format(monkeypatch, parse_page=parse_page)


BREAKS = {
    "parser": (break_parser, "ValueError: this title is poison"),
    "recogniser": (break_recogniser, "ValueError: this title is poison"),
    "repair": (break_repair, "ValueError: this title is poison"),
    "profile": (break_profile, "ValueError: this title is poison"),
    "half a character": (hand_on_half_a_character, "UnicodeEncodeError: "),
}


def is_passed(corpus: Corpus, name: str) -> bool:
    check = next(check for check in CHECKS if check.name == name)
    return run_check(check, corpus.lake, Settings(data=str(corpus.folder)))[0].is_passed


@pytest.mark.parametrize("name", BREAKS)
def test_one_dump_costs_its_own_entries_only(corpus_of_six: Corpus, name: str) -> None:
    corpus = corpus_of_six
    inject, told = BREAKS[name]
    with pytest.MonkeyPatch.context() as patch:
        inject(patch)
        corpus.acquire()
        versions = corpus.versions()
        corpus.acquire()
        assert corpus.versions() == versions
    assert corpus.lake.count("cleaned_records") == 10
    (entry,) = corpus.lake.read("quarantined_entries").to_pylist()
    dumps = {row["dump_id"]: row for row in corpus.lake.read("parsed_dumps").to_pylist()}
    data = FILES["poisoned.txt"].encode()
    failed = dumps.pop(entry["dump_id"])
    assert entry["entry_id"] == f"{entry['dump_id'][:16]}:page"
    assert (entry["byte_start"], entry["byte_end"]) == (0, len(data))
    assert (entry["rule"], entry["other_rules"]) == ("parser_failed", [])
    assert told in entry["reason"]
    assert entry["excerpt"] == FILES["poisoned.txt"][:1000]
    assert failed["format"] == "listing_text"
    assert (failed["entry_count"], failed["record_count"], failed["quarantined_count"]) == (0, 0, 1)
    assert [dump["record_count"] for dump in dumps.values()] == [2] * 5
    for check in ("entries_conserved", "every_dump_parsed", "dumps_sound"):
        assert is_passed(corpus, check), check
    assert_cannot_be_released(corpus, entry["entry_id"])

    # Mended, but not said so: nothing is read again.
    corpus.acquire()
    assert corpus.versions() == versions
    with pytest.MonkeyPatch.context() as patch:
        with_text_format(patch, parser_version=2)
        corpus.acquire()
        assert corpus.lake.count("quarantined_entries") == 0
        assert corpus.lake.count("cleaned_records") == 12
        versions = corpus.versions()
        corpus.acquire()
        assert corpus.versions() == versions


def assert_cannot_be_released(corpus: Corpus, entry_id: str) -> None:
    raw = RawStore(corpus.folder / "lake" / "raw")
    with pytest.raises(review.ReviewError, match=r"cannot be released: .*parser_version"):
        review.propose_release(
            corpus.lake, raw, entry_id, reason="it is fine", author="me", today=date(2026, 1, 9)
        )


@pytest.mark.parametrize("error", [MemoryError, ImportError, KeyboardInterrupt])
def test_what_says_nothing_about_the_dump_leaves_it_to_the_next_run(
    corpus_of_six: Corpus, error: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(update, "clean_page", fail)
        with pytest.raises(error):
            corpus_of_six.acquire()
    corpus_of_six.acquire()
    assert corpus_of_six.lake.count("cleaned_records") == 12
    assert corpus_of_six.lake.count("quarantined_entries") == 0
