"""What becomes of arXiv's answers: whom it is asked for, how often, and what a fault costs."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from paper_pipeline.acquire import arxiv_metadata, fetch
from paper_pipeline.acquire.arxiv_metadata import (
    Report,
    fetch_metadata,
    find_due_ids,
    update_arxiv_metadata,
)
from paper_pipeline.acquire.fetch import ARXIV, Fetcher, FetchError
from paper_pipeline.lake.store import Lake
from paper_pipeline.lake.tables import BY_NAME
from paper_pipeline.quality import validation
from paper_pipeline.settings import Settings, SettingsError
from paper_pipeline_tests.corpus import ROOT
from paper_pipeline_tests.corpus import replace_settings as replace
from paper_pipeline_tests.replay import (
    FAULTS,
    OUTAGE_PAGE,
    ArxivSite,
    Exchange,
    Fault,
    Faults,
    ReplayServer,
    Reply,
    atom_feed,
    body,
    generate_arxiv_entry,
    redirect,
    status,
)

NOW = datetime(2026, 8, 21, 21, 30, tzinfo=UTC)
IDS = [f"2501.{number:05d}" for number in range(1, 251)]
SETTINGS = Settings(
    arxiv="on", fetch_rate=0, fetch_attempts=2, max_answer_mib=1,
    read_timeout_seconds=0.2, total_timeout_seconds=0.5,
)  # fmt: skip
REAL = ROOT.parent / "shared" / "samples" / "arxiv_atom"


def ask(lake: Lake, server: ReplayServer, ids: list[str], now: datetime = NOW, **changes: Any):
    """Asks a server for ids, without waiting."""
    settings = replace(SETTINGS, arxiv_url=server.arxiv_url, **changes)
    with Fetcher.from_settings(settings, ARXIV, sleep=lambda _: None) as fetcher:
        return fetch_metadata(
            lake, fetcher, settings.arxiv_url, ids, now=now, most_calls=settings.arxiv_calls
        )


def rows(lake: Lake) -> dict[str, dict[str, Any]]:
    return {row["arxiv_id"]: row for row in lake.read("arxiv_metadata").to_pylist()}


def verdicts(lake: Lake) -> dict[str, str]:
    return {arxiv_id: row["verdict"] for arxiv_id, row in rows(lake).items()}


def asked(server: ReplayServer) -> list[list[str]]:
    return [request.query["id_list"].split(",") for request in server.requests]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


# --- Who is due ----------------------------------------------------------------------------


def papers(*ids: str | None) -> pa.Table:
    return pa.table({"arxiv_id": pa.array(ids, pa.string())})


def known(*facts: tuple[str, str, float, float | None]) -> pa.Table:
    """Rows of (arxiv_id, verdict, days since it was asked for, days since it was updated)."""
    columns = ["arxiv_id", "verdict", "checked_at", "updated_at"]
    schema = pa.schema([BY_NAME["arxiv_metadata"].schema.field(c) for c in columns])
    return pa.Table.from_pylist(
        [
            {
                "arxiv_id": arxiv_id,
                "verdict": verdict,
                "checked_at": NOW - timedelta(days=days),
                "updated_at": None if age is None else NOW - timedelta(days=age),
            }
            for arxiv_id, verdict, days, age in facts
        ],
        schema,
    )


@pytest.mark.parametrize(
    ("verdict", "days", "age", "is_due"),
    [
        ("found", 29.9, 400, False),
        ("found", 30, 400, True),
        ("found", 30, None, True),
        ("found", 6.9, 10, False),
        ("found", 7, 10, True),
        ("found", 7, 59.9, True),
        ("found", 7, 60, False),
        ("found", 0, 10, False),
        ("not_found", 6.9, None, False),
        ("not_found", 7, None, True),
        ("vanished", 7, 4000, True),
        ("refused", 7, None, True),
    ],
)
def test_when_an_id_is_due_again(verdict: str, days: float, age: float | None, is_due: bool):
    table = known((IDS[0], verdict, days, age))
    found = find_due_ids(papers(IDS[0]), table, now=NOW, settings=SETTINGS)
    assert found == ([IDS[0]] if is_due else [])


def test_a_shorter_refresh_is_for_young_papers_too() -> None:
    table = known((IDS[0], "found", 2, 10), (IDS[1], "not_found", 1, None))
    settings = replace(SETTINGS, arxiv_refresh_days=2)
    assert find_due_ids(papers(*IDS[:2]), table, now=NOW, settings=settings) == [IDS[0]]


def test_the_new_come_first_then_those_asked_for_longest_ago_each_once() -> None:
    table = known((IDS[0], "found", 40, 400), (IDS[1], "found", 90, 400), (IDS[9], "found", 1, 400))
    asked_for = papers(IDS[0], IDS[3], None, IDS[1], IDS[3], IDS[2], IDS[9])
    found = find_due_ids(asked_for, table, now=NOW, settings=SETTINGS)
    assert found == [IDS[2], IDS[3], IDS[1], IDS[0]]


@pytest.mark.parametrize(
    "text",
    [
        "2501.00042v1", "arXiv:2501.00042", "2501.0042", "2513.00042", "", "math.GT/0309136", "x",
        "2501.00042,2501.00043", "2501.00042&search_query=all", "2501.00042\r\nHost: a", "../x",
        "http://arxiv.org/abs/2501.00042", " 2501.00042",
    ],
)  # fmt: skip
def test_what_is_no_canonical_id_never_enters_a_url(text: str) -> None:
    found = find_due_ids(papers(text, "math/0309136"), known(), now=NOW, settings=SETTINGS)
    assert found == ["math/0309136"]


# --- What is written -----------------------------------------------------------------------


def test_every_paper_is_described_and_keeps_its_contract(lake: Lake) -> None:
    with ReplayServer({}) as server:
        report = ask(lake, server, IDS)
    assert [len(ids) for ids in asked(server)] == [100, 100, 50]
    assert {request.query["max_results"] for request in server.requests} == {"100"}
    assert {request.headers["accept"] for request in server.requests} == {"application/atom+xml"}
    assert {request.connection for request in server.requests} == {1}
    assert verdicts(lake) == dict.fromkeys(IDS, "found")
    assert (report.due_count, report.call_count, report.left_count) == (250, 3, 0)
    assert (report.change.inserted, report.failures) == (250, [])
    for row in rows(lake).values():
        assert row["checked_at"] == NOW
        assert row["title"]
        assert row["authors"]
        assert row["primary_category"] in row["categories"]
        assert 1 <= row["arxiv_version"] <= 4
        assert row["submitted_at"] <= row["updated_at"]
    checked = validation.validate(BY_NAME["arxiv_metadata"], lake.read("arxiv_metadata"))
    assert checked.is_met, checked


def test_answers_are_told_by_their_ids_not_by_their_order(lake: Lake) -> None:
    unknown = {IDS[3], IDS[7]}
    entries = {i: generate_arxiv_entry(i) for i in IDS[:10] if i not in unknown}
    with ReplayServer({}, arxiv=ArxivSite(entries)) as server:
        report = ask(lake, server, IDS[:10])
    assert verdicts(lake) == {i: "not_found" if i in unknown else "found" for i in IDS[:10]}
    for arxiv_id in unknown:
        row = rows(lake)[arxiv_id]
        assert (row["title"], row["authors"], row["arxiv_version"]) == (None, [], None)
    assert report.describe() == "10 ids due, 1 calls: 8 found, 2 not_found"


def test_papers_that_nobody_asked_for_are_ignored(lake: Lake) -> None:
    more = atom_feed(*map(generate_arxiv_entry, IDS[:3]), "<entry><id>x</id></entry>")
    with ReplayServer({}, {1: body(more)}) as server:
        report = ask(lake, server, IDS[1:2])
    assert verdicts(lake) == {IDS[1]: "found"}
    assert report.unasked_count == 2


def test_a_newer_answer_replaces_and_one_that_says_nothing_does_not(lake: Lake) -> None:
    first = generate_arxiv_entry(IDS[0]).replace("<title>", "<title>Old ")
    for day, entry in enumerate([first, generate_arxiv_entry(IDS[0]), "", ""]):
        with ReplayServer({}, arxiv=ArxivSite({IDS[0]: entry})) as server:
            report = ask(lake, server, IDS[:1], NOW + timedelta(days=day))
            seen = rows(lake)[IDS[0]]
        assert report.verdicts == {"found" if entry else "vanished": 1}
        assert seen["checked_at"] == NOW + timedelta(days=day)
        assert seen["title"].startswith("Old ") == (day == 0)
        assert seen["authors"]
    assert lake.count("arxiv_metadata") == 1
    with ReplayServer({}) as server:
        ask(lake, server, IDS[:1])
    assert verdicts(lake) == {IDS[0]: "found"}


@pytest.mark.skipif(not REAL.is_dir(), reason="arXiv's real answers are not beside this checkout")
def test_real_answers_end_to_end(lake: Lake) -> None:
    answers = {
        ("0808.05394", "1707.08567"): "0808.05394_1707.08567",
        ("astro-ph/0601001",): "astro-ph_0601001",
        ("0808.05394",): "0808.05394",
    }
    for ids, name in answers.items():
        data = (REAL / f"{name}_s0_m100.xml").read_bytes()
        with ReplayServer({}, {1: body(data, "application/atom+xml")}) as server:
            ask(lake, server, [*ids])
    assert verdicts(lake) == {
        "0808.05394": "not_found", "1707.08567": "found", "astro-ph/0601001": "found",
    }  # fmt: skip
    row = rows(lake)["astro-ph/0601001"]
    assert (row["primary_category"], row["comment"][:8]) == ("astro-ph", "62 pages")


# --- Faults --------------------------------------------------------------------------------


FAILURES: list[tuple[str, Fault, str]] = [
    *((name, FAULTS[name], kind) for name, kind in {
        "500": "server_error", "429": "rate_limited", "hang": "timed_out", "reset": "connection_",
        "truncated": "cut_off", "gzip-truncated": "broken_compression", "401": "unauthorised",
        "redirect-elsewhere": "not_allowed_host",
    }.items()),
    ("huggingface", redirect("https://huggingface.co/"), "not_allowed_host"),
    ("half a feed", FAULTS["truncated-unframed"], "expected whole XML"),
    ("outage page", body(OUTAGE_PAGE, "text/html"), "expected whole XML"),
    ("null", FAULTS["null"], "expected whole XML"),
    ("document type", body(b"<!DOCTYPE feed><feed/>"), "no document type"),
    ("404", status(404), "not_found"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "words"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
def test_a_call_that_fails_is_named_and_the_run_goes_on(
    lake: Lake, fault: Fault, words: str
) -> None:
    def second_call(exchange: Exchange) -> None:
        # By its ids, so that it fails however often it is tried.
        (fault if "2501.00101" in exchange.path else replay_well)(exchange)

    def replay_well(exchange: Exchange) -> None:
        exchange.send(exchange.reply.body, content_type=exchange.reply.content_type)

    faults: Faults = dict.fromkeys(range(1, 9), second_call)
    with ReplayServer({}, faults) as server:
        report = ask(lake, server, IDS)
    (failure,) = report.failures
    assert words in failure
    assert len(failure) < 500
    assert sorted(rows(lake)) == IDS[:100] + IDS[200:]
    assert (report.call_count, report.left_count) == (3, 100)
    assert "100 are left for the next run; 1 calls failed" in report.describe()
    table = lake.read("arxiv_metadata")
    assert find_due_ids(papers(*IDS), table, now=NOW, settings=SETTINGS) == IDS[100:200]


def test_a_passing_fault_costs_nothing_but_a_try(lake: Lake) -> None:
    with ReplayServer({}, {1: status(503), 3: FAULTS["reset"]}) as server:
        report = ask(lake, server, IDS)
    assert (report.call_count, report.failures, len(server.requests)) == (3, [], 5)
    assert verdicts(lake) == dict.fromkeys(IDS, "found")


@pytest.mark.parametrize("fault", [FAULTS["html"], FAULTS["close"]])
def test_after_several_failures_in_a_row_the_rest_is_left(lake: Lake, fault: Fault) -> None:
    ids = [f"2502.{number:05d}" for number in range(1, 1001)]
    with ReplayServer({}, dict.fromkeys(range(3, 99), fault)) as server:
        report = ask(lake, server, ids)
    assert len(report.failures) == arxiv_metadata.MOST_FAILURES_IN_A_ROW
    assert report.call_count == 7
    assert sorted(rows(lake)) == ids[:200]
    assert report.left_count == 800


class Choosy(ArxivSite):
    """Refuses a call that holds an id it does not like, by its status or in a feed."""

    def __init__(self, bad: Sequence[str], answer: Reply):
        super().__init__()
        self._bad, self._answer = {*bad}, answer

    def answer(self, query: Any) -> Reply:
        is_bad = self._bad & {*query["id_list"].split(",")}
        return self._answer if is_bad else super().answer(query)


REFUSAL = atom_feed("<entry><id>http://arxiv.org/api/errors#bad</id><summary>bad</summary></entry>")


BAD_REQUEST = (Reply(400, b""), "refused_by_server: http")


@pytest.mark.parametrize(
    ("bad", "answer", "reason"),
    [
        (IDS[57:58], *BAD_REQUEST),
        (IDS[57:58], Reply(414, b""), "refused_by_server: http"),
        (IDS[57:58], Reply(200, REFUSAL), "bad"),
        (IDS[57:58], Reply(200, b"x" * (2 << 20)), "too_large: http"),
        (IDS[:1], *BAD_REQUEST),
        (IDS[99:101], *BAD_REQUEST),
    ],
)
def test_an_id_that_arxiv_refuses_does_not_take_others_along(
    lake: Lake, bad: list[str], answer: Reply, reason: str
) -> None:
    with ReplayServer({}, arxiv=Choosy(bad, answer)) as server:
        report = ask(lake, server, IDS)
    assert verdicts(lake) == {i: "refused" if i in bad else "found" for i in IDS}
    assert all(rows(lake)[i]["reason"].startswith(reason) for i in bad)
    assert report.left_count == 0
    assert report.call_count <= 3 + 20 * len(bad)


def test_a_site_that_refuses_everything_is_left_alone(lake: Lake) -> None:
    with ReplayServer({}) as server:
        ask(lake, server, IDS)
    before = rows(lake)
    with ReplayServer({}, arxiv=Choosy(IDS, Reply(400, b""))) as server:
        report = ask(lake, server, IDS, NOW + timedelta(days=40))
    assert report.call_count == arxiv_metadata.MOST_FAILURES_IN_A_ROW
    assert report.verdicts == {"refused": 3}
    after = rows(lake)
    for arxiv_id in IDS:  # nothing that was known is lost
        assert after[arxiv_id]["authors"] == before[arxiv_id]["authors"]
        assert after[arxiv_id]["arxiv_version"] == before[arxiv_id]["arxiv_version"]


def test_an_answer_that_counts_papers_and_sends_none_is_asked_for_again(lake: Lake) -> None:
    with ReplayServer({}, {1: body(atom_feed(total=100))}) as server:
        report = ask(lake, server, IDS[:100])
    assert [len(ids) for ids in asked(server)] == [100] + [10] * 10
    assert report.verdicts == {"found": 100}
    # Of a single id that arXiv does not know, it has been seen to count one too.
    with ReplayServer({}, {1: body(atom_feed(total=1))}) as server:
        assert ask(lake, server, ["2503.00001"]).verdicts == {"not_found": 1}


# --- A run ---------------------------------------------------------------------------------


@pytest.fixture
def deduplicated(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The arXiv ids that deduplicated_papers seems to hold."""
    ids: list[str | None] = [*IDS, None]
    read = Lake.read

    def read_papers(self: Lake, name: str, *arguments: Any, **options: Any) -> pa.Table:
        if name == "deduplicated_papers":
            return papers(*ids)
        return read(self, name, *arguments, **options)

    monkeypatch.setattr(Lake, "read", read_papers)
    return ids


def update(lake: Lake, server: ReplayServer, now: datetime = NOW, **changes: Any) -> Report:
    settings = replace(SETTINGS, arxiv_url=server.arxiv_url, **changes)
    return update_arxiv_metadata(lake, settings, now=now)


def test_off_by_default_and_then_nobody_is_asked(
    lake: Lake, deduplicated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.HTTPAdapter, "send", lambda *_, **__: pytest.fail("it was asked"))
    report = update_arxiv_metadata(lake, Settings(), now=NOW)
    assert (report.due_count, report.call_count, report.change.is_empty) == (0, 0, True)
    assert lake.count("arxiv_metadata") == 0
    # Off, an address that could not be asked does no harm.
    update_arxiv_metadata(lake, Settings(fetch_rate=0, arxiv_url="x"), now=NOW)


def test_a_second_run_asks_nothing_and_changes_nothing(
    lake: Lake, deduplicated: list[str | None]
) -> None:
    with ReplayServer({}) as server:
        update(lake, server)
        version = lake.version("arxiv_metadata")
        second = update(lake, server, NOW + timedelta(hours=1))
        assert len(server.requests) == 3
        assert (second.due_count, second.change.is_empty) == (0, True)
        assert lake.version("arxiv_metadata") == version
        deduplicated.append("math/0309136")
        assert update(lake, server, NOW + timedelta(days=1)).verdicts == {"found": 1}
        assert asked(server)[3:] == [["math/0309136"]]
        assert update(lake, server, NOW + timedelta(days=40)).change.updated == 251


def test_a_crash_costs_one_call(
    lake: Lake, deduplicated: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, written = Lake.apply, []

    def crash(self: Lake, name: str, table: pa.Table, **options: Any) -> Any:
        written.append(table.num_rows)
        if len(written) == 4:  # after no rows, and those of two calls
            raise KeyboardInterrupt
        return apply(self, name, table, **options)

    with ReplayServer({}) as server:
        monkeypatch.setattr(Lake, "apply", crash)
        with pytest.raises(KeyboardInterrupt):
            update(lake, server)
        monkeypatch.setattr(Lake, "apply", apply)
        assert sorted(rows(lake)) == IDS[:200]
        update(lake, server)
    assert asked(server)[3:] == [IDS[200:]]
    assert verdicts(lake) == dict.fromkeys(IDS, "found")


def test_arxiv_sees_one_connection(lake: Lake, deduplicated: list[str]) -> None:
    with ReplayServer({}) as server:
        update(lake, server)
    assert len(server.requests) == 3
    assert {request.open_connections for request in server.requests} == {1}


def test_a_run_is_bounded_and_the_next_goes_on(lake: Lake, deduplicated: list[str]) -> None:
    with ReplayServer({}) as server:
        first = update(lake, server, arxiv_calls=2)
        assert (first.call_count, first.left_count) == (2, 50)
        assert "50 are left for the next run" in first.describe()
        second = update(lake, server, arxiv_calls=2)
        assert (second.call_count, second.left_count) == (1, 0)
    assert [i for ids in asked(server) for i in ids] == IDS


def test_progress_is_logged(
    lake: Lake, deduplicated: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=arxiv_metadata.__name__)
    with ReplayServer({}) as server:
        update(lake, server)
    steps = [r.progress for r in caplog.records if hasattr(r, "progress")]
    assert steps == [(100, 250, 100), (200, 250, 200), (250, 250, 250)]
    assert caplog.messages[-1] == "250 ids due, 3 calls: 250 found"


# --- Polite, and nobody else ---------------------------------------------------------------


@pytest.mark.parametrize(("rate", "seconds"), [(1.0, 3.0), (100.0, 3.0), (0.1, 10.0)])
def test_arxiv_is_asked_every_three_seconds_at_most(
    lake: Lake, rate: float, seconds: float
) -> None:
    now = 0.0
    left: list[float] = []

    def sleep(length: float) -> None:
        nonlocal now
        now += length

    def note(exchange: Exchange) -> None:
        left.append(now)
        exchange.send(exchange.reply.body, content_type=exchange.reply.content_type)

    faults: Faults = dict.fromkeys(range(1, 9), note) | {2: status(503)}
    with ReplayServer({}, faults) as server:
        settings = replace(SETTINGS, arxiv_url=server.arxiv_url, fetch_rate=rate)
        with Fetcher.from_settings(settings, ARXIV, clock=lambda: now, sleep=sleep) as fetcher:
            fetch_metadata(lake, fetcher, server.arxiv_url, IDS, now=NOW, most_calls=9)
    # Also before the first, for another run may have asked a moment ago; the second was retried.
    assert left == pytest.approx([seconds, 3 * seconds, 4 * seconds])


def test_the_lists_are_asked_for_at_the_rate_of_the_settings_alone() -> None:
    slept: list[float] = []
    with ReplayServer({}) as server:
        settings = Settings(daily_papers_url=server.url)
        with Fetcher.from_settings(settings, clock=lambda: 0.0, sleep=slept.append) as fetcher:
            fetcher.get(server.url)
    assert slept == [1.0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arxiv_url": "http://export.arxiv.org/api/query"}, "ARXIV_URL: expected https"),
        ({"arxiv_url": "export.arxiv.org"}, "ARXIV_URL: expected an https address"),
        ({"arxiv_url": "https://me:word@export.arxiv.org/"}, "ARXIV_URL: expected no user"),
        ({"fetch_rate": 0}, "FETCH_RATE: expected requests a second, found 0 with export.arxiv"),
    ],
)
def test_settings_that_cannot_be(lake: Lake, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        update_arxiv_metadata(lake, replace(Settings(arxiv="on"), **changes), now=NOW)


def test_arxiv_never_sees_the_token(lake: Lake) -> None:
    with ReplayServer({}) as server:
        ask(lake, server, IDS[:1], hf_token="hf_made_up", daily_papers_url=server.url)  # noqa: S106
        assert "authorization" not in server.requests[0].headers


def test_errors_show_the_beginning_of_a_long_list_of_ids() -> None:
    error = FetchError("timed_out", f"https://a.example/?id_list={','.join(IDS)}", "no answer")
    assert "2501.00001" in error.url
    assert len(error.url) < 200


def test_an_answer_dated_under_a_clock_that_was_ahead_is_asked_for_again() -> None:
    dated = known(("2501.00001", "found", -400, 100), ("2501.00002", "found", 1, 100))
    found = find_due_ids(papers("2501.00001", "2501.00002"), dated, now=NOW, settings=SETTINGS)
    assert found == ["2501.00001"]


def test_the_time_of_a_run_leaves_the_rest_for_the_next(lake: Lake) -> None:
    with ReplayServer({}) as server:
        settings = replace(SETTINGS, arxiv_url=server.arxiv_url)
        with Fetcher.from_settings(settings, ARXIV, clock=iter([0, 1e9, 1e9]).__next__) as fetcher:
            report = fetch_metadata(lake, fetcher, settings.arxiv_url, IDS, now=NOW, most_calls=9)
    assert (report.call_count, report.left_count) == (0, len(IDS))
    assert "left for the next run" in report.describe()
