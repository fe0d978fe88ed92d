"""Quarantine as a workflow: why entries wait, what a person may decide, what parsing again does."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from paper_pipeline.clean import normalize, quarantine, review, update
from paper_pipeline.clean.normalize import clean_page
from paper_pipeline.clean.page import Entry, Page
from paper_pipeline.clean.quarantine import REMEDIES, find_breaches, read_text
from paper_pipeline.cli.app import app
from paper_pipeline.lake.raw import RawStore
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.quality.check import run_check
from paper_pipeline.quality.registry import CHECKS
from paper_pipeline.rulings.decisions import (
    Decision,
    add_decision,
    load_decisions,
    store_decisions,
)
from paper_pipeline.settings import Settings
from paper_pipeline.vocabulary import QUARANTINE_RULES
from paper_pipeline_tests.corpus import Corpus, abstract
from paper_pipeline_tests.rulings.test_decisions import ENTRY_ID, decision

DUMP_ID = "ab" * 32
CHECK = {check.name: check for check in CHECKS}


# What a person's word does to one entry.


def clean(entry: Entry, *rules: str, place: tuple[str, int] = (ENTRY_ID, 0)) -> Any:
    allowed = {place: frozenset(rules)} if rules else {}
    page = Page("listing_text", "blank_lines", "utf-8", entries=[entry])
    return clean_page(page, DUMP_ID, b"found", 1, allowed=allowed)


@pytest.mark.parametrize(
    ("entry", "rule", "column", "value", "repair"),
    [
        (Entry(0, 5, "t" * 1001, "a"), "title_too_long", "title", "t" * 1000, "title_shortened"),
        (Entry(0, 5, "long " * 300, "a"), "title_too_long", "title",
         " ".join(["long"] * 200), "title_shortened"),
        (Entry(0, 5, "a " + "t" * 1001, "a"), "title_too_long", "title", "a", "title_shortened"),
        (Entry(0, 5, "t", "a" * 50_001), "abstract_too_long", "abstract", "a" * 50_000,
         "abstract_shortened"),
        (Entry(0, 5, "t", "a", author_count=-2), "implausible_author_count", "author_count", None,
         "without_author_count"),
        (Entry(0, 5, "t", "a", authors=("A",) * 10_001), "implausible_author_count",
         "author_count", None, "without_author_count"),
        (Entry(0, 5, "t", "a", published_on=date(1, 1, 1)), "implausible_date", "published_on",
         None, "without_published_on"),
        (Entry(0, 5, "t", "a", withdrawn_on=date(1900, 1, 1)), "implausible_date", "withdrawn_on",
         None, "without_withdrawn_on"),
        (Entry(0, 5, "t", "a", upvotes=10**30), "implausible_count", "upvotes", None,
         "without_upvotes"),
    ],
)  # fmt: skip
def test_a_released_entry_is_a_record_that_keeps_the_contract(
    entry: Entry, rule: str, column: str, value: object, repair: str
) -> None:
    assert clean(entry).quarantined["rule"].to_pylist() == [rule]
    cleaned = clean(entry, rule)
    (record,) = cleaned.records.to_pylist()
    assert cleaned.quarantined.num_rows == 0
    assert record["record_id"] == ENTRY_ID
    assert record[column] == value
    assert record["title_raw"] == entry.title
    assert record["abstract_raw"] == entry.abstract
    assert {"name": f"released_{repair}", "count": 1} in record["repairs"]
    assert find_breaches(record) == []
    assert cleaned.dump["record_count"].to_pylist() == [1]


TWO_BREACHES = Entry(0, 5, "t" * 1001, "a", upvotes=-1, comment_count=-1)


def test_all_that_an_entry_breaks_is_told_at_once() -> None:
    (row,) = clean(TWO_BREACHES).quarantined.to_pylist()
    assert (row["rule"], row["other_rules"]) == ("title_too_long", ["implausible_count"])
    assert "found 1,001" in row["reason"]
    assert "upvotes" in row["reason"]
    assert "comment_count" in row["reason"]


@pytest.mark.parametrize(
    ("entry", "rules", "place", "left"),
    [
        (TWO_BREACHES, ("title_too_long",), (ENTRY_ID, 0), "implausible_count"),
        (TWO_BREACHES, ("implausible_count",), (ENTRY_ID, 0), "title_too_long"),
        (TWO_BREACHES, ("title_too_long", "implausible_count"), (ENTRY_ID, 0), None),
        (TWO_BREACHES, ("title_too_long", "implausible_count"), (ENTRY_ID, 7), "title_too_long"),
        (TWO_BREACHES, ("title_too_long",), ("abababababababab:000001", 0), "title_too_long"),
        (Entry(0, 5, "\x00", "a"), ("blank_title",), (ENTRY_ID, 0), "blank_title"),
        (Entry(0, 5, "t", "a"), ("title_too_long",), (ENTRY_ID, 0), None),
    ],
    ids=["one of two", "other of two", "both", "other bytes", "other entry", "blank", "needless"],
)
def test_only_what_was_decided_is_let_pass(entry, rules, place, left: str | None) -> None:
    cleaned = clean(entry, *rules, place=place)
    assert cleaned.quarantined["rule"].to_pylist() == ([left] if left else [])
    assert cleaned.records.num_rows == (0 if left else 1)


def test_a_decision_about_another_entry_leaves_a_record_as_it_is() -> None:
    entry = Entry(0, 5, "A title", "An abstract", upvotes=3)
    assert clean(entry, "title_too_long").records.equals(clean(entry).records)


def test_every_rule_is_either_about_a_value_or_has_a_remedy() -> None:
    assert set(REMEDIES) <= set(QUARANTINE_RULES)
    assert set(QUARANTINE_RULES) - set(REMEDIES) == {
        "title_too_long", "abstract_too_long", "implausible_date", "implausible_count",
        "implausible_author_count", "unsound_dump",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "start", "end", "text"),
    [
        (b"0123456789", 2, 5, "234"),
        (b"0123456789", 2, 10, "2345"),
        ("aé\u4e16\U0001f600z".encode(), 1, 99, "é\u4e16\U0001f600z"),
        (b"a\xffb", 0, 3, "a\ufffdb"),
        (b"--" + gzip.compress(b"found inside", mtime=0), 2, 99, "foun"),
        (b"\x1f\x8bnot gzip", 0, 4, "\x1f\ufffdno"),
    ],
)
def test_text_as_found(data: bytes, start: int, end: int, text: str) -> None:
    assert read_text(data, start, end, "utf-8", 4) == text


# Over dumps: answers of the API, some of whose entries break a rule.


def answer(*papers: dict[str, Any] | None) -> str:
    usual = {"summary": "An abstract of few words.", "publishedAt": "2025-10-01T00:00:00.000Z"}
    return json.dumps([{"paper": paper and usual | paper} for paper in papers])


def paper(number: int, title: str = "", **others: Any) -> dict[str, Any]:
    given = {"id": f"2510.{number:05d}", "title": title or f"Paper {number}"}
    return given | {"summary": abstract(number)} | others


DUMPS = {
    "a_2025-10-06.json": answer(paper(1), paper(2, "Longer " * 150), None),
    "b_2025-10-07.json": answer(
        paper(3, "Wider " * 200, summary="words " * 9000), paper(4), paper(5, "Deeper " * 160)
    ),
    "c_2025-10-08.json": answer(paper(6), paper(7), paper(8)),
    "d.txt": "This is no listing at all.",
}


@pytest.fixture
def waiting(corpus: Corpus) -> Corpus:
    """A corpus with four entries and a dump in quarantine."""
    for name, content in DUMPS.items():
        corpus.write(name, content)
        os.utime(corpus.inbox / name, (1_760_000_000, 1_760_000_000))
    corpus.acquire()
    return corpus


def decide(corpus: Corpus, *, parse: bool = True) -> None:
    """What the asset does: takes the file, then parses."""
    store_decisions(corpus.lake, load_decisions(corpus.folder / "quarantine.jsonl"))
    if parse:
        corpus.acquire()


def entries(corpus: Corpus) -> dict[str, str]:
    rows = corpus.lake.read("quarantined_entries", ["entry_id", "rule"]).to_pylist()
    return {row["entry_id"]: row["rule"] for row in rows}


def entry_of(corpus: Corpus, rule: str) -> str:
    return min(entry_id for entry_id, broken in entries(corpus).items() if broken == rule)


def record_ids(corpus: Corpus) -> set[str]:
    return set(corpus.lake.read("cleaned_records", ["record_id"])["record_id"].to_pylist())


def is_passed(corpus: Corpus, name: str, **changed: Any) -> bool:
    return run_check(CHECK[name], corpus.lake, Settings(**changed))[0].is_passed


@pytest.fixture
def command(waiting: Corpus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("PAPER_PIPELINE_DATA", str(waiting.folder))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["quarantine", *arguments])

    return run  # type: ignore[return-value]


SIGNED = ("--reason", "it is a paper", "--author", "A. Curator")


def test_list_and_show(waiting: Corpus, command) -> None:
    shown = command("list")
    assert shown.exit_code == 0
    for words in ("title_too_long", "not_a_listing", "not_an_entry", "d.txt"):
        assert words in shown.output
    few = command("list", "--rule", "title_too_long", "--limit", "1")
    assert "2 more" in few.output
    assert "not_a_listing" not in few.output
    assert "d.txt" in command("list", "--dump", "d.txt").output
    assert "Nothing in quarantine fits" in command("list", "--dump", "c_2025-10-08.json").output

    (entry, *_) = review.list_waiting(waiting.lake, dump="a_2025-10-06.json")
    told = command("show", entry.entry_id)
    assert told.exit_code == 0
    assert "expected at most 1,000 characters" in told.output
    assert "a_2025-10-06.json (daily_papers_api, utf-8)" in told.output
    text = told.output.split("\n\n", 1)[1]
    assert json.loads(text)["paper"]["title"] == paper(2, "Longer " * 150)["title"]
    (cut, *_) = review.list_waiting(waiting.lake, rule="abstract_too_long")
    assert command("show", cut.entry_id).output.endswith("[it goes on]\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--rule", "no_such"), "There is no rule no_such. Rules: empty_dump"),
        (("list", "--dump", "zz"), "There is no dump zz"),
        (("list", "--dump", ""), "There is no dump"),
        (("retry", "--dump", "zz"), "There is no dump zz"),
        (("show", "0000000000000000:000001"), "is not in quarantine, and there is no record"),
        (("release", "'; drop", *SIGNED), "is not in quarantine, and there is no record"),
    ],
)
def test_what_is_not_there_is_said(command, arguments: tuple[str, ...], words: str) -> None:
    done = command(*arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_a_page_does_not_steer_the_terminal(waiting: Corpus) -> None:
    waiting.write("e.txt", "\x1b[2J no listing \x9b1A")
    waiting.acquire()
    (entry,) = review.list_waiting(waiting.lake, dump="e.txt")
    text = review.show_text(RawStore(waiting.lake.folder / "raw"), entry)
    assert "no listing" in text
    assert not normalize.CONTROLS.search(text)


def test_a_release_makes_a_record_at_the_next_run_and_for_good(waiting: Corpus, command) -> None:
    entry_id = entry_of(waiting, "title_too_long")
    records, before = record_ids(waiting), waiting.versions()
    done = command("release", entry_id, *SIGNED)
    assert done.exit_code == 0, done.output
    assert "released_title_shortened" in done.output
    assert waiting.versions() == before, "the lake waits for the next run"
    assert command("release", entry_id, *SIGNED).exit_code == 0
    assert len(load_decisions(waiting.folder / "quarantine.jsonl")) == 1

    decide(waiting)
    assert record_ids(waiting) == records | {entry_id}
    assert entry_id not in entries(waiting)
    assert is_passed(waiting, "entries_conserved")
    assert is_passed(waiting, "quarantine_decisions_met")
    again = command("release", entry_id, *SIGNED)
    assert again.exit_code == 2
    assert 'It was released by A. Curator: "it is a paper"' in again.output

    after = waiting.versions()
    decide(waiting)
    assert waiting.versions() == after

    (waiting.folder / "quarantine.jsonl").write_text("")
    decide(waiting)
    assert record_ids(waiting) == records
    assert entries(waiting)[entry_id] == "title_too_long"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("not_an_entry", "teach its format"),
        ("not_a_listing", "write a format for it"),
    ],
)
def test_what_cannot_be_released_says_why(waiting: Corpus, command, rule: str, words: str) -> None:
    done = command("release", entry_of(waiting, rule), *SIGNED)
    assert done.exit_code == 2
    assert QUARANTINE_RULES[rule] in done.output
    assert words in done.output
    assert not (waiting.folder / "quarantine.jsonl").exists()


def test_a_decision_wants_a_reason(waiting: Corpus, command) -> None:
    entry_id = entry_of(waiting, "title_too_long")
    assert command("release", entry_id, "--author", "A").exit_code == 2
    done = command("release", entry_id, "--author", "A", "--reason", " ")
    assert done.exit_code == 2
    assert done.stderr.startswith("Decisions: ")
    assert not (waiting.folder / "quarantine.jsonl").exists()


def test_an_unmet_decision_is_told(waiting: Corpus) -> None:
    entry_id = entry_of(waiting, "title_too_long")
    other = "0000000000000000:000007"
    store_decisions(waiting.lake, [decision(entry_id, 10**6), decision(other)])
    waiting.acquire()
    verdict, _ = run_check(CHECK["quarantine_decisions_met"], waiting.lake, Settings())
    assert not verdict.is_passed
    found = {row["entry_id"]: row["found"] for row in verdict.details}
    assert found[other] == "no entry of that id"
    assert "expected at most 1,000 characters" in found[entry_id]


def test_a_changed_rule_reads_every_dump_again(
    waiting: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert update.find_pending(waiting.lake, update.read_dumps(waiting.lake)) == []
    monkeypatch.setitem(update.VERSIONS, "rules_version", quarantine.RULES_VERSION + 1)
    monkeypatch.setattr(normalize, "RULES_VERSION", quarantine.RULES_VERSION + 1)
    monkeypatch.setattr(quarantine, "MOST_TITLE_CHARACTERS", 1_200)
    dumps = update.read_dumps(waiting.lake)
    assert len(update.find_pending(waiting.lake, dumps)) == len(DUMPS)
    waiting.acquire()
    assert Counter(entries(waiting).values()) == {
        "abstract_too_long": 1, "not_an_entry": 1, "not_a_listing": 1,
    }  # fmt: skip
    assert is_passed(waiting, "entries_conserved")
    assert update.find_pending(waiting.lake, dumps) == []


def test_retry_says_what_changed(waiting: Corpus, command, monkeypatch: pytest.MonkeyPatch) -> None:
    before = waiting.versions()
    same = command("retry")
    assert "3 dumps parsed again" in same.output
    assert "Nothing has changed" in same.output
    assert {n: v for n, v in waiting.versions().items() if n in before} == before
    assert "1 dumps" in command("retry", "--dump", "c_2025-10-08.json").output
    assert (
        "0 dumps"
        in command("retry", "--dump", "c_2025-10-08.json", "--rule", "not_a_listing").output
    )

    lake, entry_id = waiting.lake, entry_of(waiting, "not_an_entry")
    lost = ("entry_id", [entry_id])
    lake.apply("quarantined_entries", lake.empty("quarantined_entries"), replacing=lost)
    mended = command("retry", "--dump", "a_2025-10-06.json")
    assert f"1 entries are new in quarantine: {entry_id}" in mended.output
    monkeypatch.setattr(quarantine, "MOST_TITLE_CHARACTERS", 2_000)
    freed = command("retry", "--rule", "title_too_long")
    assert "2 dumps parsed again" in freed.output
    assert "2 entries became records" in freed.output
    assert is_passed(waiting, "entries_conserved")


def test_a_released_entry_goes_all_the_way(waiting: Corpus) -> None:
    first = waiting.update()
    for entry in review.list_waiting(waiting.lake, rule="title_too_long"):
        proposal = review.propose_release(
            waiting.lake, RawStore(waiting.lake.folder / "raw"), entry.entry_id,
            reason="it is a paper", author="A", today=date(2026, 1, 9),
        )  # fmt: skip
        add_decision(waiting.folder / "quarantine.jsonl", proposal.decision)
    decide(waiting)
    second = waiting.update()
    assert second.manifest["counts"]["papers"] == first.manifest["counts"]["papers"] + 3
    broken = [
        check.name
        for check in CHECKS
        # Contracts take long to load; that records keep theirs is shown above.
        if check.is_blocking
        and not check.name.startswith("contract_of_")
        and not run_check(check, waiting.lake, Settings())[0].is_passed
    ]
    assert broken == []


# Whatever comes first: the dumps, the decisions, or a second look.

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("parse"), st.sampled_from(sorted(DUMPS))),
        st.tuples(st.just("release"), st.integers(0, 2)),
        st.tuples(st.just("withdraw"), st.integers(0, 2)),
        st.tuples(st.just("retry"), st.sampled_from([None, "title_too_long", "not_an_entry"])),
        st.tuples(st.just("lose"), st.sampled_from(["quarantined_entries", "cleaned_records"])),
    ),
    max_size=7,
)


def all_decisions() -> list[Decision]:
    """A decision for each entry whose title is too long, made on a corpus of its own."""
    with TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        for name, content in DUMPS.items():
            corpus.write(name, content)
        corpus.acquire()
        found = review.list_waiting(corpus.lake, rule="title_too_long")
    return [decision(e.entry_id, e.byte_start, rules=e.rules) for e in found]


@pytest.fixture(scope="module")
def decisions() -> list[Decision]:
    return all_decisions()


def rows(corpus: Corpus, name: str) -> list[dict[str, Any]]:
    return corpus.lake.read(name).sort_by(BY_NAME[name].key).to_pylist()


@settings(max_examples=10)
@given(steps=STEPS)
def test_any_order_of_steps_gives_what_one_run_gives(
    decisions: list[Decision], steps: list[tuple[str, Any]]
) -> None:
    with TemporaryDirectory() as folder:
        stepped, whole = Corpus(Path(folder) / "stepped"), Corpus(Path(folder) / "whole")
        raw = RawStore(stepped.lake.folder / "raw")
        made: set[Decision] = set()
        is_whole = True
        for step, what in steps:
            if step == "parse":
                stepped.write(what, DUMPS[what])
                os.utime(stepped.inbox / what, (1_760_000_000, 1_760_000_000))
                stepped.acquire()
                is_whole = True
            elif step in ("release", "withdraw"):
                changed = {decisions[what]}
                made = made | changed if step == "release" else made - changed
                store_decisions(stepped.lake, made)
            elif step == "retry":
                review.retry(stepped.lake, raw, rule=what)
            else:
                stepped.acquire()
                key = BY_NAME[what].key
                lost = stepped.lake.read(what, [key])[key].to_pylist()[:2]
                stepped.lake.apply(what, stepped.lake.empty(what), replacing=(key, lost))
                is_whole = False
            if is_whole:
                assert is_passed(stepped, "entries_conserved"), step
        stepped.acquire()
        for file in stepped.inbox.iterdir():
            whole.put(file)
        store_decisions(whole.lake, made)
        whole.acquire()
        for name in ("parsed_dumps", "cleaned_records", "quarantined_entries"):
            assert rows(stepped, name) == rows(whole, name), name
        assert is_passed(stepped, "entries_conserved")
        before = stepped.versions()
        stepped.acquire()
        assert stepped.versions() == before


# What the asset's page shows.


@pytest.mark.parametrize(
    ("limit", "is_fine"), [(0.05, False), (0.49, False), (0.5, True), (1.0, True)]
)
def test_the_share_in_quarantine_is_held_against_the_limit(
    waiting: Corpus, limit: float, is_fine: bool
) -> None:
    check = CHECK["quarantine_rate"]
    verdict, _ = run_check(check, waiting.lake, Settings(quarantine_limit=limit))
    assert verdict.is_passed == is_fine
    assert "5 of 10 entries (50.0%) of the 4 newest dumps" in verdict.words
    assert [row["entries"] for row in verdict.details] == [3, 1, 1]
    assert verdict.details[0]["rule"] == "title_too_long"
    assert not check.is_blocking


def test_no_entry_is_no_share(corpus: Corpus) -> None:
    assert is_passed(corpus, "quarantine_rate", quarantine_limit=0.0)


def test_only_the_newest_dumps_count(waiting: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    from paper_pipeline.quality import cleaned

    monkeypatch.setattr(cleaned, "NEWEST_DUMPS", 1)
    waiting.write("new.json", answer(paper(9)))
    os.utime(waiting.inbox / "new.json", (1_770_000_000, 1_770_000_000))
    waiting.acquire()
    assert is_passed(waiting, "quarantine_rate", quarantine_limit=0.0)


def test_dates_are_those_of_pages_or_of_captures(waiting: Corpus) -> None:
    moment = datetime.fromtimestamp(1_760_000_000, UTC).date().isoformat()
    assert {day: dict(found) for day, found in review.count_by_date(waiting.lake).items()} == {
        "2025-10-06": {"title_too_long": 1, "not_an_entry": 1},
        "2025-10-07": {"title_too_long": 2},
        moment: {"not_a_listing": 1},
    }


def test_many_dates_are_drawn_by_month(waiting: Corpus, monkeypatch) -> None:
    monkeypatch.setattr(review, "MOST_DATES", 2)
    assert list(review.count_by_date(waiting.lake)) == ["2025-10"]


def test_the_plot_is_drawn_with_and_without_dates(waiting: Corpus, tmp_path: Path) -> None:
    from paper_pipeline.clean.assets import _plot_quarantine

    for corpus in (waiting, Corpus(tmp_path / "empty")):
        assert _plot_quarantine(corpus.lake).startswith(b"\x89PNG")
