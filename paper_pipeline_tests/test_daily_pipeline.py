"""Live pages from request to release, against a replayed site with faults."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from paper_pipeline.acquire.daily_pages import read_verdicts
from paper_pipeline.acquire.days import days_between, find_missing_days
from paper_pipeline_tests.corpus import ROOT, Corpus
from paper_pipeline_tests.replay import FAULTS, GeneratedDays, ReplayServer, Site
from paper_pipeline_tests.test_pipeline import Command, all_checks_pass, state

SAMPLES = ROOT.parent / "shared" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the captured days are not beside this checkout; not ours to ship"
)
LAST = date(2025, 10, 10)  # a Friday
FIRST = LAST - timedelta(days=25)
RELEASED_ON = date(2026, 1, 9)
TODAY = date(2026, 1, 5)


@pytest.fixture
def command(corpus: Corpus) -> Command:
    """`paper-pipeline` in a process of its own: a run that captures logs must not meet pytest's."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        script = str(Path(sys.executable).with_name("paper-pipeline"))
        data = {"PAPER_PIPELINE_DATA": str(corpus.folder), "COLUMNS": "160"}
        given = {**os.environ, **data, "PYTHONPATH": str(ROOT)}
        given.pop("DAGSTER_HOME", None)
        return subprocess.run(
            [script, *arguments], env=given, capture_output=True, text=True, check=False
        )

    return run


def verdicts(corpus: Corpus) -> dict[str, str]:
    return {str(day): verdict for day, verdict in read_verdicts(corpus.lake).items()}


def fetch_missing(corpus: Corpus, url: str, first: date = FIRST) -> None:
    corpus.fetch_missing(url, first, LAST, TODAY)


def finish(corpus: Corpus) -> str:
    corpus.acquire()
    corpus.deduplicate()
    return corpus.release(RELEASED_ON).fingerprint


VERDICTS = {
    "429": "failed",
    "500": "failed",
    "502": "failed",
    "503": "failed",
    "401": "failed",
    "close": "failed",
    "reset": "failed",
    "reset-in-body": "failed",
    "truncated": "failed",
    "truncated-chunks": "failed",
    "gzip-truncated": "failed",
    "html": "failed",
    "html-as-json": "failed",
    "huge-announced": "failed",
    "gzip-bomb": "failed",
    "redirect-elsewhere": "failed",
    "redirect-loop": "failed",
    "null": "not_a_list",
    "zero": "not_a_list",
    "empty-list": "empty",
    "utf-16": "listed",
}


def check_faults(
    corpus: Corpus, count: int, faults: Mapping[date, str], *, is_finished: bool
) -> None:
    """Every day has its data or a named verdict; the next run without faults makes it good.

    Args:
        corpus: An empty corpus.
        count: How many days up to LAST there are.
        faults: The names of the faults by day.
        is_finished: Whether the stages after the fetch run too, and their checks.
    """
    days = GeneratedDays(count, LAST)
    replayed = {day: FAULTS[fault] for day, fault in faults.items()}
    with ReplayServer(days, faults=replayed, today=TODAY) as server:
        corpus.fetch(server.url, sorted(days), TODAY, fetch_attempts=2)
    expected = {str(day): VERDICTS[faults[day]] if day in faults else "listed" for day in days}
    assert verdicts(corpus) == expected
    if is_finished:
        finish(corpus)
        assert all_checks_pass(corpus.lake)
    with ReplayServer(days, today=TODAY) as server:
        corpus.fetch(server.url, sorted(faults), TODAY)
    assert set(verdicts(corpus).values()) == {"listed"}
    if is_finished:
        finish(corpus)
        assert all_checks_pass(corpus.lake)
        found = corpus.lake.read("cleaned_records", ["listed_on", "arxiv_id"]).to_pylist()
        listed = {(record["listed_on"], record["arxiv_id"]) for record in found}
        assert listed == {(day, entry["paper"]["id"]) for day in days for entry in days[day]}


@pytest.mark.parametrize("fault", VERDICTS)
def test_a_fault_of_one_day_is_that_days_alone(corpus: Corpus, fault: str) -> None:
    check_faults(corpus, 3, {LAST - timedelta(days=1): fault}, is_finished=False)


def test_days_with_faults_become_papers_once_they_are_fetched_well(corpus: Corpus) -> None:
    """Every fault on a day of its own, between good days."""
    odd = sorted(GeneratedDays(2 * len(VERDICTS) + 1, LAST))[1::2]
    faults = dict(zip(odd, VERDICTS, strict=True))
    check_faults(corpus, 2 * len(VERDICTS) + 1, faults, is_finished=True)


def test_weekends_snap_back_and_are_no_records(corpus: Corpus) -> None:
    days = GeneratedDays(5, LAST)
    holiday = date(2025, 10, 8)
    without = {day: days[day] for day in days if day != holiday}
    with ReplayServer(without, today=TODAY) as server:
        corpus.fetch(server.url, days_between(date(2025, 10, 6), date(2025, 10, 12)), TODAY)
    found = verdicts(corpus)
    assert found["2025-10-08"] == "snapped_back"
    assert found["2025-10-11"] == found["2025-10-12"] == "weekend"
    finish(corpus)
    assert corpus.lake.count("cleaned_records") == sum(len(without[day]) for day in without)


def test_a_second_backfill_asks_for_nothing_but_the_window(corpus: Corpus) -> None:
    days = GeneratedDays(19, LAST)
    with ReplayServer(days, today=TODAY) as server:
        fetch_missing(corpus, server.url)
        first, count = finish(corpus), len(server.requests)
        assert count >= 18
        fetch_missing(corpus, server.url)
        assert len(server.requests) == count
        assert finish(corpus) == first
        recent = find_missing_days(
            read_verdicts(corpus.lake),
            days_between(FIRST, LAST),
            today=LAST,
            refetch_days=7,
        )
        assert recent == days_between(LAST - timedelta(days=7), LAST)


def test_kills_in_the_middle_of_a_backfill_change_nothing(tmp_path: Path) -> None:
    killed, whole = Corpus(tmp_path / "killed"), Corpus(tmp_path / "whole")
    choose = random.Random(5)  # noqa: S311 -- not a secret
    with ReplayServer(GeneratedDays(30, LAST), today=TODAY) as server:
        first = LAST - timedelta(days=41)
        fetch_missing(whole, server.url, first)
        expected = finish(whole)
        code = (
            "from datetime import date; from pathlib import Path\n"
            "from paper_pipeline.acquire import daily_pages; daily_pages.DAYS_PER_WRITE = 5\n"
            "from paper_pipeline_tests.corpus import Corpus\n"
            f"corpus = Corpus(Path({str(killed.folder)!r})); print('ready', flush=True)\n"
            f"span = date.fromisoformat('{first}'), date.fromisoformat('{LAST}')\n"
            f"today = date.fromisoformat('{TODAY}')\n"
            f"corpus.fetch_missing({server.url!r}, *span, today)\n"
            f"corpus.update(date.fromisoformat('{RELEASED_ON}'))"
        )
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            try:
                process.wait(choose.uniform(0.05, 1.2))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        fetch_missing(killed, server.url, first)
        assert finish(killed) == expected
    assert all_checks_pass(killed.lake)


def comparable(corpus: Corpus) -> dict[str, list[dict]]:
    """State without the moments of capture, which differ between any two fetches."""
    found = state(corpus)
    for row in found["cleaned_records"]:
        row.pop("observed_at")
        row.pop("content_hash")
    return found


def test_days_in_any_order_give_the_same_papers(tmp_path: Path) -> None:
    with ReplayServer(GeneratedDays(3, LAST), today=TODAY) as server:
        days = days_between(LAST - timedelta(days=2), LAST + timedelta(days=1))
        found = []
        for name, order in (("ahead", days), ("back", days[::-1])):
            corpus = Corpus(tmp_path / name)
            for day in order:
                corpus.fetch(server.url, [day], TODAY)
                corpus.acquire()
                corpus.deduplicate()
            found.append((comparable(corpus), corpus.release(RELEASED_ON).fingerprint))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "order", [("fetch", "inbox"), ("inbox", "fetch")], ids=" first, then ".join
)
def test_the_same_bytes_by_two_ways(corpus: Corpus, order: tuple[str, str]) -> None:
    """A page that was fetched and came through the inbox too is taken as fetched, in any order."""
    days = GeneratedDays(1, LAST)
    answer = Site(days, TODAY).answer({"date": str(LAST), "limit": "100"})
    for way in order:
        if way == "inbox":
            (corpus.inbox / "copy.json").write_bytes(answer.body)
        else:
            with ReplayServer(days, today=TODAY) as server:
                corpus.fetch(server.url, [LAST], TODAY)
        finish(corpus)
    assert corpus.lake.count("raw_inbox_dumps") == corpus.lake.count("raw_daily_pages") == 1
    observed = corpus.lake.read("cleaned_records", ["observed_at"])["observed_at"]
    assert observed.null_count == 0
    assert len(observed) == len(days[LAST])


@needs_samples
class TestCapturedDays:
    """The real answers of 23 days, from 2024-05-27 to 2026-08-21."""

    days = sorted((SAMPLES / "daily_papers_api").glob("*.json"))

    def counts(self) -> dict[date, int]:
        return {date.fromisoformat(p.stem): len(json.loads(p.read_bytes())) for p in self.days}

    def check_records(self, corpus: Corpus) -> None:
        records = corpus.lake.read("cleaned_records").to_pylist()
        listed = [record["listed_on"] for record in records]
        assert {day: listed.count(day) for day in self.counts()} == self.counts()
        assert corpus.lake.count("quarantined_entries") == 0
        assert len(records) == sum(self.counts().values())
        inner = {
            (entry["paper"]["id"], path.stem): entry["paper"]["publishedAt"][:10]
            for path in self.days
            for entry in json.loads(path.read_bytes())
        }
        for record in records:
            key = (record["arxiv_id"], record["listed_on"].isoformat())
            assert record["published_on"].isoformat() == inner[key]
            assert record["published_on_basis"] == "paper"

    def test_fetched(self, corpus: Corpus) -> None:
        today = date(2026, 11, 1)
        with ReplayServer(SAMPLES / "daily_papers_api", today=today) as server:
            corpus.fetch(server.url, list(self.counts()), today)
        assert set(verdicts(corpus).values()) == {"listed"}
        finish(corpus)
        self.check_records(corpus)
        assert all_checks_pass(corpus.lake)
        papers = corpus.lake.read("deduplicated_papers", ["paper_id", "arxiv_id"])
        assert papers["arxiv_id"].null_count == 0

    def test_through_the_inbox(self, corpus: Corpus) -> None:
        corpus.put(*self.days)
        finish(corpus)
        self.check_records(corpus)

    @pytest.mark.parametrize("day", ["2024-06-12", "2025-01-22"])
    def test_a_day_fetched_twice_is_one_paper_each_and_the_latest_upvotes_win(
        self, corpus: Corpus, day: str
    ) -> None:
        early, late = sorted((SAMPLES / "daily_papers_api_refetched").glob(f"{day}*"))
        today, asked = date(2026, 11, 1), date.fromisoformat(day)
        for path in (early, late):
            with ReplayServer({asked: path.read_bytes()}, today=today) as server:
                corpus.fetch(server.url, [asked], today)
        finish(corpus)
        assert corpus.lake.count("parsed_dumps") == 2
        newest = {e["paper"]["id"]: e["paper"]["upvotes"] for e in json.loads(late.read_bytes())}
        oldest = {e["paper"]["id"] for e in json.loads(early.read_bytes())}
        papers = corpus.lake.read("deduplicated_papers").to_pylist()
        assert {p["arxiv_id"] for p in papers} == set(newest) | oldest
        for paper in papers:
            if paper["arxiv_id"] in newest:
                assert paper["upvotes"] == newest[paper["arxiv_id"]]

    def test_damaged_answers_are_quarantined_by_name_or_read(self, corpus: Corpus) -> None:
        corpus.put(*(SAMPLES / "daily_papers_api_damaged").iterdir())
        finish(corpus)
        rules = corpus.lake.read("quarantined_entries", ["rule"])["rule"].to_pylist()
        assert rules == ["not_an_answer"]
        assert corpus.lake.count("cleaned_records") > 10
        assert all_checks_pass(corpus.lake)


def test_backfill_and_ingest_by_command_line(
    corpus: Corpus, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What people type: the records arrive, a second time asks for nothing, failures are named."""
    today = datetime.now(UTC).date()
    days = GeneratedDays(9, today)
    monkeypatch.setenv("PAPER_PIPELINE_FETCH_RATE", "0")
    monkeypatch.setenv("PAPER_PIPELINE_FETCH_ATTEMPTS", "1")
    monkeypatch.setenv("PAPER_PIPELINE_REFETCH_DAYS", "0")
    bad = sorted(days)[2]
    with ReplayServer(days, faults={bad: [FAULTS["500"]]}) as server:
        monkeypatch.setenv("PAPER_PIPELINE_DAILY_PAPERS_URL", server.url)
        span = ("--from", str(min(days)), "--to", str(max(days)))
        first = command("backfill", *span)
        assert first.returncode == 1
        assert f"WARN raw_daily_pages.days_fetched: days failed: {bad}" in first.stderr
        assert "1 of " in first.stderr
        assert f"{bad}: server_error" in first.stderr
        assert "Released" in first.stdout  # what came is brought to a release first
        count = len(server.requests)
        second = command("ingest")
        assert second.returncode == 0, second.stderr
        asked = {request.query["date"] for request in server.requests[count:]}
        assert asked == {str(bad), *([str(today)] if today.weekday() < 5 else [])}
        assert "days_fetched" not in second.stderr
    assert corpus.lake.count("cleaned_records") == sum(len(days[day]) for day in days)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("backfill", "--from", "2020-01-01", "--to", "2020-02-01"), "lists begin on 2023-05-04"),
        (("backfill", "--from", "yesterday"), "does not match the format"),
    ],
    ids=["before the first list", "no date"],
)
def test_ranges_without_a_day(command: Command, arguments: tuple[str, ...], words: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
