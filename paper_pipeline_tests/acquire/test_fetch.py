"""Every way in which an answer arrives, or does not: the right bytes, or an error by its name."""

import gzip
import json
import logging
import math
import re
import socket
import time
import traceback
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from paper_pipeline.acquire import fetch
from paper_pipeline.acquire.fetch import Answer, Fetcher, FetchError
from paper_pipeline.settings import Settings, SettingsError
from paper_pipeline_tests.corpus import replace_settings as replace
from paper_pipeline_tests.replay import (
    FAULTS,
    OUTAGE_PAGE,
    Exchange,
    Fault,
    Faults,
    ReplayServer,
    body,
    chunked,
    drip,
    generate_day,
    gzip_bomb,
    gzipped,
    hang,
    huge,
    recoded,
    redirect,
    status,
)

DAY = date(2026, 8, 21)
ENTRIES = generate_day(DAY)
DAYS = {DAY: ENTRIES}
TOKEN = "hf_ThisIsNotARealToken"  # noqa: S105  # made up, to be searched for
SETTINGS = Settings(fetch_rate=0, max_answer_mib=1, fetch_attempts=3)
IMPATIENT = replace(SETTINGS, read_timeout_seconds=0.2, total_timeout_seconds=0.5)


class Sleeper:
    """Sleeps that cost nothing, and are remembered."""

    def __init__(self):
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def ask(server: ReplayServer, settings: Settings = SETTINGS, **arguments: Any) -> Answer:
    """Asks a server for the day, once."""
    sleep = arguments.pop("sleep", Sleeper())
    with Fetcher.from_settings(replace(settings, daily_papers_url=server.url), sleep=sleep) as f:
        return f.get(server.url, {"date": str(DAY), "limit": "100"}, **arguments)


def entries(answer: Answer) -> Any:
    return json.loads(answer.body)


# --- Answers -------------------------------------------------------------------------------


def test_an_answer_is_the_bytes_of_the_site_and_all_that_is_known_of_them() -> None:
    before = datetime.now(UTC)
    with ReplayServer(DAYS) as server:
        answer = ask(server)
        asked = server.requests[0]
    assert entries(answer) == ENTRIES
    assert (answer.status, answer.is_unchanged) == (200, False)
    assert answer.url == f"{server.url}?date={DAY}&limit=100"
    assert answer.etag.startswith('"')
    assert answer.content_type == "application/json; charset=utf-8"
    assert before <= answer.captured_at <= datetime.now(UTC)
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["accept-encoding"] == "gzip"
    assert "authorization" not in asked.headers
    assert "cookie" not in asked.headers


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (chunked, ENTRIES),
        (gzipped, ENTRIES),
        (FAULTS["null"], None),
        (FAULTS["zero"], 0),
        (FAULTS["empty-list"], []),
        (body(b'{"error": "none"}'), {"error": "none"}),
        (body(b" \n [1]\n", "text/plain"), [1]),
        (body(b"\xef\xbb\xbf[1]"), [1]),  # a byte order mark
        (body(b"[]", ""), []),
        (recoded("utf-16"), ENTRIES),
        (recoded("latin-1"), ENTRIES),
        (redirect(f"/api/daily_papers?date={DAY}&limit=100&p=0"), ENTRIES),
    ],
)
def test_odd_answers_that_are_answers(fault: Fault, expected: Any) -> None:
    with ReplayServer(DAYS, {1: fault}) as server:
        assert entries(ask(server)) == expected


def test_the_bytes_of_a_wrong_charset_are_kept_as_they_came() -> None:
    text = '[{"title": "Schrödinger\'s Café"}]'
    with ReplayServer(DAYS, {1: body(text.encode("latin-1"))}) as server:
        assert ask(server).body == text.encode("latin-1")


def test_a_page_that_is_not_json_is_an_answer_to_who_asks_for_it() -> None:
    with ReplayServer(DAYS, {1: body(OUTAGE_PAGE, "text/html")}) as server:
        answer = ask(server, accept="text/html")
    assert (answer.body, answer.content_type) == (OUTAGE_PAGE, "text/html")


def test_conditional_requests() -> None:
    with ReplayServer(DAYS) as server:
        first = ask(server)
        second = ask(server, etag=first.etag)
        third = ask(server, etag='"another"', last_modified="Fri, 21 Aug 2026 00:00:00 GMT")
    assert (second.status, second.is_unchanged, second.body) == (304, True, b"")
    assert second.etag == first.etag
    assert (third.status, third.body) == (200, first.body)
    assert server.requests[2].headers["if-modified-since"] == "Fri, 21 Aug 2026 00:00:00 GMT"


def test_unchanged_is_no_answer_to_who_holds_nothing() -> None:
    with (
        ReplayServer(DAYS, {1: status(304)}) as server,
        pytest.raises(FetchError, match="unexpected_status"),
    ):
        ask(server)


def test_one_connection_is_kept_for_many_requests() -> None:
    with ReplayServer(DAYS, {3: gzipped, 4: chunked}) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url)
        with Fetcher.from_settings(settings) as fetcher:
            etag = fetcher.get(server.url, {"date": str(DAY)}).etag
            for _ in range(4):
                fetcher.get(server.url, {"date": str(DAY)})
            assert fetcher.get(server.url, {"date": str(DAY)}, etag=etag).is_unchanged
            fetcher.get(server.url, {"date": str(DAY)})
    assert {request.connection for request in server.requests} == {1}


# --- The fault matrix ----------------------------------------------------------------------

RETRIED = [
    ("429", "rate_limited", 429),
    ("429-wait", "rate_limited", 429),
    ("500", "server_error", 500),
    ("502", "server_error", 502),
    ("503", "server_error", 503),
    ("close", "connection_failed", None),
    ("reset", "connection_failed", None),
    ("reset-in-body", "cut_off", None),
    ("hang", "timed_out", None),
    ("truncated", "cut_off", None),
    ("truncated-chunks", "cut_off", None),
    ("truncated-unframed", "cut_off", 200),
    ("gzip-truncated", "broken_compression", 200),
    ("html", "not_json", 200),
    ("html-as-json", "not_json", 200),
    ("no-bytes", "not_json", 200),
]


@pytest.mark.parametrize(("name", "kind", "code"), RETRIED)
def test_a_passing_fault_costs_a_try(name: str, kind: str, code: int | None) -> None:
    sleep = Sleeper()
    with ReplayServer(DAYS, {DAY: [FAULTS[name]] * 2}) as server:
        settings = IMPATIENT if name == "hang" else SETTINGS
        assert entries(ask(server, settings, sleep=sleep)) == ENTRIES
    assert len(server.requests) == 3
    assert len(sleep.slept) == 2
    assert 1 <= sleep.slept[0] <= 2 <= sleep.slept[1] <= 3


@pytest.mark.parametrize(("name", "kind", "code"), RETRIED)
def test_a_lasting_fault_is_named_and_retryable(name: str, kind: str, code: int | None) -> None:
    with ReplayServer(DAYS, {DAY: FAULTS[name]}) as server, pytest.raises(FetchError) as caught:
        ask(server, IMPATIENT if name == "hang" else SETTINGS)
    error = caught.value
    assert (error.kind, error.is_retryable, error.status) == (kind, True, code)
    assert error.url == f"{server.url}?date={DAY}&limit=100"
    assert len(server.requests) == error.try_count == SETTINGS.fetch_attempts
    assert str(error).startswith(f"{kind}: {error.url}: expected ")
    assert str(error).endswith("(tried 3 times)")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (status(401), "unauthorised", "PAPER_PIPELINE_HF_TOKEN, or renew it"),
        (status(403), "unauthorised", "PAPER_PIPELINE_HF_TOKEN"),
        (status(404), "not_found", "PAPER_PIPELINE_DAILY_PAPERS_URL"),
        (status(400), "refused_by_server", "found 400"),
        (status(206), "unexpected_status", "found 206"),
        (status(302), "unexpected_status", "found 302"),  # without a Location
        (FAULTS["huge"], "too_large", "at most 1 MiB"),
        (FAULTS["huge-announced"], "too_large", "PAPER_PIPELINE_MAX_ANSWER_MIB"),
        (FAULTS["gzip-bomb"], "too_large", "at most 1 MiB"),
        (FAULTS["redirect-loop"], "redirect_loop", "5 redirects"),
        (FAULTS["redirect-elsewhere"], "not_allowed_host", "https://elsewhere.invalid/list"),
        (redirect("file:///etc/hostname"), "not_allowed_host", "file:///etc/hostname"),
        (redirect("http://huggingface.co/"), "not_allowed_host", "http://huggingface.co/"),
        (redirect("https://huggingface.co/"), "not_allowed_host", ""),  # no rate: loopback only
        (redirect("//localhost/"), "not_allowed_host", "http://localhost/"),
        (redirect("http://[::1/"), "not_allowed_host", "cannot be read"),
        (redirect("http://127.0.0.1:x/"), "not_allowed_host", "found one that is none"),
    ],
)
def test_what_asking_again_cannot_mend_is_asked_once(fault: Fault, kind: str, words: str) -> None:
    with ReplayServer(DAYS, {DAY: fault, 2: fault}) as server, pytest.raises(FetchError) as caught:
        ask(server)
    error = caught.value
    assert (error.kind, error.is_retryable) == (kind, False)
    assert words in str(error)
    assert len(server.requests) == (6 if kind == "redirect_loop" else 1)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (drip(0.05), "within 0.5 s in all"),
        (drip(0.05, from_byte=3), "within 0.5 s in all"),  # the head drips too
        (hang(3600), "within 0.2 s, found silence"),
    ],
)
def test_no_answer_takes_longer_than_the_limits(fault: Fault, words: str) -> None:
    before = time.monotonic()
    with ReplayServer(DAYS, {DAY: fault}) as server, pytest.raises(FetchError, match=words) as e:
        ask(server, replace(IMPATIENT, fetch_attempts=1))
    assert time.monotonic() - before < 3
    assert e.value.kind == "timed_out"


def test_a_slow_answer_within_the_limits_is_an_answer() -> None:
    with ReplayServer(DAYS, {1: hang(0.05)}) as server:
        assert entries(ask(server)) == ENTRIES


@pytest.mark.parametrize("fault", [huge(64), gzip_bomb(200)])
def test_memory_stays_near_the_limit_of_size(fault: Fault) -> None:
    with ReplayServer(DAYS, {DAY: fault}) as server:
        tracemalloc.start()
        with pytest.raises(FetchError, match="too_large"):
            ask(server)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 6 * 2**20  # the server's pieces of 1 MiB are counted too


def test_the_body_of_a_redirect_is_not_read() -> None:
    def endless(exchange: Exchange) -> None:
        lines = {"Location": "/api/daily_papers?date=2026-08-21"}
        exchange.write(exchange.head(302, lines, "application/json", 2**40))
        exchange.flush()
        exchange.pause(0.15)
        exchange.hang_up_after()

    with ReplayServer(DAYS, {1: endless}) as server:
        assert entries(ask(server)) == ENTRIES


def test_no_step_of_decompression_yields_more_than_a_piece() -> None:
    bomb = gzip.compress(b"[" + b" " * 2**21 + b"]")
    pieces = list(decoded([bomb[:1000], bomb[1000:]]))
    assert max(map(len, pieces)) == fetch.PIECE_BYTES
    assert b"".join(pieces) == gzip.decompress(bomb)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (gzip.compress(b"[1]"), b"[1]"),
        (gzip.compress(b"[1") + gzip.compress(b",2]"), b"[1,2]"),  # two members
        (gzip.compress(b"") * 50 + gzip.compress(b"[1]"), b"[1]"),
        (b"", b""),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_gzip_in_any_pieces(data: bytes, expected: bytes, step: int) -> None:
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert b"".join(decoded(pieces)) == expected


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"[1]", "gzip"),  # says gzip and is none
        (gzip.compress(b"[1]") + b"more", "gzip"),
        (gzip.compress(b"[1]")[:-1], "gzip"),
        (gzip.compress(b"[1]")[:-8] + bytes(8), "gzip"),  # a wrong checksum
        (b"[1]", "br"),  # not asked for
        (gzip.compress(gzip.compress(b"[1]")), "gzip, gzip"),
    ],
)
def test_broken_or_unasked_compression(data: bytes, encoding: str) -> None:
    def fault(exchange: Exchange) -> None:
        exchange.send(data, headers={"Content-Encoding": encoding})

    with (
        ReplayServer(DAYS, {DAY: fault}) as server,
        pytest.raises(FetchError, match="broken_compression") as caught,
    ):
        ask(server)
    assert caught.value.is_retryable


def decoded(pieces: list[bytes]) -> Iterator[bytes]:
    response = requests.Response()
    response.headers["Content-Encoding"] = "gzip"
    return fetch._decoded(iter(pieces), response, "http://127.0.0.1/")


# --- No server at all ----------------------------------------------------------------------


def test_refused_connection() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else can take the port
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        sleep = Sleeper()
        with (
            Fetcher.from_settings(replace(SETTINGS, daily_papers_url=url), sleep=sleep) as fetcher,
            pytest.raises(FetchError, match="refused") as caught,
        ):
            fetcher.get(url)
    assert (caught.value.kind, caught.value.is_retryable) == ("connection_failed", True)
    assert len(sleep.slept) == 2


def test_host_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_address(*arguments: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # What a resolver says of .invalid, without asking one.
    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    url = "https://papers.invalid/api"
    settings = replace(SETTINGS, daily_papers_url=url, fetch_rate=1)
    with (
        Fetcher.from_settings(settings, sleep=Sleeper()) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.get(url)
    assert (caught.value.kind, caught.value.is_retryable) == ("host_not_found", True)
    assert caught.value.try_count == 3


def test_a_connection_that_is_never_taken() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        url = f"http://127.0.0.1:{busy.getsockname()[1]}/"
        settings = replace(
            SETTINGS, daily_papers_url=url, connect_timeout_seconds=0.1, fetch_attempts=1
        )
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:  # fill the queue of connections
            each.setblocking(False)
            each.connect_ex(busy.getsockname())
        with (
            Fetcher.from_settings(settings) as fetcher,
            pytest.raises(FetchError, match=r"connection within 0\.1 s") as caught,
        ):
            fetcher.get(url)
        for each in waiting:
            each.close()
    assert caught.value.kind == "timed_out"


def test_tls_that_is_none() -> None:
    with ReplayServer(DAYS) as server:
        url = server.url.replace("http:", "https:")
        settings = replace(SETTINGS, daily_papers_url=url, fetch_attempts=1)
        with Fetcher.from_settings(settings) as fetcher, pytest.raises(FetchError) as caught:
            fetcher.get(url)
    assert caught.value.kind == "tls_failed"


# --- Waiting -------------------------------------------------------------------------------

DATE = "Fri, 21 Aug 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": " 120 "}, 120),
        ({"Retry-After": "9" * 5000}, 999_999_999),
        ({"Retry-After": "Fri, 21 Aug 2026 12:00:30 GMT", "Date": DATE}, 30),
        ({"Retry-After": "Friday, 21-Aug-26 12:00:30 GMT", "Date": DATE}, 30),  # RFC 850
        ({"Retry-After": "Fri Aug 21 12:00:30 2026", "Date": DATE}, 30),  # asctime
        ({"Retry-After": "Fri, 21 Aug 2026 11:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Fri, 21 Aug 2020 11:00:00 GMT"}, 0),
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "²"}, None),
        ({"Retry-After": "Fri, 99 Aug 99999 12:00:30 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    assert fetch.retry_after_seconds(headers) == seconds


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_site_is_left_alone_as_long_as_it_asks(code: int) -> None:
    sleep = Sleeper()
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    script = [status(code, retry_after="30"), status(code, retry_after=in_a_minute)]
    with ReplayServer(DAYS, {DAY: script}) as server:
        assert entries(ask(server, sleep=sleep)) == ENTRIES
    assert sleep.slept[0] == 30
    assert 58 <= sleep.slept[1] <= 61


def test_a_site_that_asks_for_longer_than_a_run_waits_is_for_another_run() -> None:
    sleep = Sleeper()
    with (
        ReplayServer(DAYS, {DAY: status(429, retry_after="3600")}) as server,
        pytest.raises(FetchError, match="wait 3,600 s, over the 300 s") as caught,
    ):
        ask(server, sleep=sleep)
    assert (caught.value.kind, caught.value.is_retryable) == ("rate_limited", True)
    assert caught.value.retry_after_seconds == 3600
    assert (len(server.requests), sleep.slept) == (1, [])


def test_waits_grow_and_differ_and_stay_below_a_minute() -> None:
    waits = []
    for _ in range(2):
        sleep = Sleeper()
        with ReplayServer(DAYS, {DAY: status(503)}) as server, pytest.raises(FetchError):
            ask(server, replace(SETTINGS, fetch_attempts=9), sleep=sleep)
        waits.append(sleep.slept)
    for at, wait in enumerate(waits[0]):
        assert min(2**at, 60) <= wait <= min(2**at + 1, 60)
    assert waits[0] != waits[1]


# --- Polite --------------------------------------------------------------------------------


def test_the_site_never_sees_more_than_the_rate() -> None:
    rate = 25.0
    go_on = redirect(f"/api/daily_papers?date={DAY}&limit=100")
    faults: Faults = {
        2: status(503), 3: go_on, 4: FAULTS["truncated"], 6: FAULTS["reset"], 8: hang(0.1),
        9: FAULTS["gzip-bomb"], 10: status(404),
    }  # fmt: skip
    with ReplayServer(DAYS, faults) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url, fetch_rate=rate, fetch_attempts=5)
        for _ in range(2):  # a second fetcher does not know of the first one's requests
            # Backoff costs nothing here; turns are really waited for.
            with Fetcher.from_settings(settings, sleep=lambda s: time.sleep(min(s, 1 / rate))) as f:
                for _ in range(10):
                    with suppress_fetch_errors():
                        f.get(server.url, {"date": str(DAY), "limit": "100"})
    seen = [request.at for request in server.requests]
    assert len(seen) == 24
    assert min(b - a for a, b in pairwise(seen)) >= 1 / rate
    assert {request.open_connections for request in server.requests} == {1}


def test_the_rate_is_a_request_a_second_unless_told_otherwise() -> None:
    sleep = Sleeper()
    with ReplayServer(DAYS, {2: status(500)}) as server:
        settings = Settings(daily_papers_url=server.url)
        with Fetcher.from_settings(settings, clock=lambda: 0.0, sleep=sleep) as fetcher:
            for _ in range(2):
                fetcher.get(server.url, {"date": str(DAY)})
    turns = [s for s in sleep.slept if s == 1.0]
    assert len(turns) == len(server.requests) == 3
    assert len(sleep.slept) == 4  # and one wait before the second try


def test_threads_share_one_connection_and_take_turns() -> None:
    with ReplayServer(DAYS, dict.fromkeys(range(1, 9), hang(0.02))) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url)
        with Fetcher.from_settings(settings) as fetcher, ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: fetcher.get(server.url), range(8)))
    assert {request.connection for request in server.requests} == {1}


@contextmanager
def suppress_fetch_errors() -> Iterator[None]:
    try:
        yield
    except FetchError as error:
        assert error.kind in {"too_large", "not_found"}  # noqa: PT017


def test_the_user_agent_says_who_asks_and_how_to_reach_them() -> None:
    name = f"paper_pipeline/{version('paper-pipeline')}"
    with ReplayServer(DAYS) as server:
        ask(server)
        ask(server, replace(SETTINGS, fetch_contact="https://example.org/corpus"))
    agents = [request.headers["user-agent"] for request in server.requests]
    assert agents == [name, f"{name} (+https://example.org/corpus)"]


# --- Whom is asked, and who sees the token -------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"daily_papers_url": "https://huggingface.co/api/daily_papers"}, "_FETCH_RATE"),
        ({"daily_papers_url": "https://127.0.0.1.example/", "fetch_rate": 0}, "_FETCH_RATE"),
        ({"daily_papers_url": "https://a.example/", "fetch_rate": math.inf}, "_FETCH_RATE"),
        ({"daily_papers_url": "http://huggingface.co/", "fetch_rate": 1}, "expected https"),
        ({"daily_papers_url": "http://10.0.0.1/"}, "expected https"),
        ({"daily_papers_url": "ftp://127.0.0.1/"}, "_DAILY_PAPERS_URL"),
        ({"daily_papers_url": "huggingface.co"}, "_DAILY_PAPERS_URL"),
        ({"daily_papers_url": ""}, "_DAILY_PAPERS_URL"),
        ({"daily_papers_url": "http://127.0.0.1:x/"}, "_DAILY_PAPERS_URL"),
        ({"daily_papers_url": f"http://me:{TOKEN}@127.0.0.1/"}, "no user or password"),
        ({"hf_token": f"{TOKEN} {TOKEN}"}, "_HF_TOKEN"),
        ({"hf_token": f"{TOKEN}\r\nX-Other: 1"}, "_HF_TOKEN"),
        ({"fetch_contact": "me\r\nX-Other: 1"}, "_FETCH_CONTACT"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, Any], words: str) -> None:
    local = replace(SETTINGS, daily_papers_url="http://127.0.0.1/")
    with pytest.raises(SettingsError, match=words) as caught:
        Fetcher.from_settings(replace(local, **changes))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine_may_be_asked_in_the_clear_and_without_limit(host: str) -> None:
    with Fetcher.from_settings(replace(SETTINGS, daily_papers_url=f"http://{host}:8000/")):
        pass


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.invalid/",
        "https://huggingface.co.elsewhere.invalid/",
        "https://huggingface.co@elsewhere.invalid/",
        "https://elsewhere.invalid\\@huggingface.co/",
        "https://elsewhere.invalid#@huggingface.co/",
        "https://user:word@huggingface.co/",
        "https://word@huggingface.co/",
        "https://huggingface.co:8443/",
        "http://huggingface.co/",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/hostname",
        "data:application/json,[]",
        "//huggingface.co/",
        "",
    ],
)
def test_nobody_else_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.HTTPAdapter, "send", lambda *_, **__: pytest.fail("it was asked"))
    settings = replace(SETTINGS, daily_papers_url="https://huggingface.co/api", fetch_rate=1)
    with (
        Fetcher.from_settings(settings, sleep=Sleeper()) as fetcher,
        pytest.raises(FetchError) as caught,
    ):
        fetcher.get(url)
    assert (caught.value.kind, caught.value.is_retryable) == ("not_allowed_host", False)
    assert "word" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    ("url", "is_given"),
    [
        ("https://mirror.example/api", True),
        ("https://huggingface.co/api", True),
        ("https://export.arxiv.org/api/query", False),
    ],
)
def test_the_token_goes_to_the_site_alone(
    url: str, is_given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers: list[Any] = []

    def send(adapter: object, request: requests.PreparedRequest, **options: object) -> None:
        headers.append(request.headers)
        raise requests.ConnectionError("no network in tests")

    monkeypatch.setattr(fetch.HTTPAdapter, "send", send)
    settings = replace(
        SETTINGS, daily_papers_url="https://mirror.example/", fetch_rate=1, fetch_attempts=1,
        hf_token=f"{TOKEN}\n",
    )  # fmt: skip
    with (
        Fetcher.from_settings(settings, sleep=Sleeper()) as fetcher,
        pytest.raises(FetchError, match="no network"),
    ):
        fetcher.get(url)
    assert headers[0].get("Authorization") == (f"Bearer {TOKEN}" if is_given else None)


def test_another_port_is_another_site() -> None:
    settings = replace(SETTINGS, hf_token=TOKEN)
    with ReplayServer(DAYS) as other:
        fault = redirect(other.url)
        with ReplayServer(DAYS, {1: fault}) as server, pytest.raises(FetchError) as caught:
            ask(server, settings)
    assert caught.value.kind == "not_allowed_host"
    assert other.requests == []
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("name", FAULTS)
def test_the_token_is_never_shown(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = replace(IMPATIENT, hf_token=TOKEN, fetch_attempts=2)
    shown = ""
    with ReplayServer(DAYS, {DAY: FAULTS[name]}) as server:
        settings = replace(settings, daily_papers_url=server.url)
        with Fetcher.from_settings(settings, sleep=Sleeper()) as fetcher:
            try:
                fetcher.get(server.url, {"date": str(DAY)})
            except FetchError as error:
                report = traceback.TracebackException.from_exception(error, capture_locals=True)
                shown = "".join(report.format()) + repr(error) + repr(vars(error))
            shown += repr(fetcher) + repr(settings) + caplog.text
    assert server.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in shown


def test_an_expired_token_is_named() -> None:
    with (
        ReplayServer(DAYS, {DAY: status(401)}) as server,
        pytest.raises(FetchError, match="renew it: it may have expired") as caught,
    ):
        ask(server, replace(SETTINGS, hf_token=TOKEN))
    assert caught.value.kind == "unauthorised"


def test_neither_proxies_nor_netrc_nor_cookies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login me password {TOKEN}")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    def cookie(exchange: Exchange) -> None:
        exchange.send(b"[]", headers={"Set-Cookie": "seen=1; Path=/"})

    with ReplayServer(DAYS, {1: cookie}) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url)
        with Fetcher.from_settings(settings) as fetcher:
            for _ in range(2):
                fetcher.get(server.url)
    for request in server.requests:
        assert not {"authorization", "cookie"} & request.headers.keys()


def test_retries_are_logged_without_what_a_query_may_hide(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger=fetch.__name__)
    with ReplayServer(DAYS, {1: status(503)}) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url)
        with Fetcher.from_settings(settings, sleep=Sleeper()) as fetcher:
            fetcher.get(server.url, {"date": str(DAY), "signature": "0123456789"})
    (line,) = caplog.messages
    assert re.fullmatch(
        rf"Waiting [12] s for try 2 of 3: server_error: {re.escape(server.url)}\?date={DAY}"
        r"&signature=\.\.\.: expected status.*",
        line,
    )


def test_waits_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=fetch.__name__)
    with ReplayServer(DAYS, {1: status(503, retry_after="7")}) as server:
        settings = replace(SETTINGS, daily_papers_url=server.url, fetch_rate=0.2)
        with Fetcher.from_settings(settings, clock=lambda: 0.0, sleep=Sleeper()) as fetcher:
            fetcher.get(server.url, {"date": str(DAY)})
    turn, told, _ = caplog.messages
    assert turn == "Waiting 5 s: 127.0.0.1 is asked once in 5 s at most"
    assert told.startswith("Waiting 7 s for try 2 of 3, as the site asks: server_error")


def test_a_run_asks_for_so_many_hours_and_no_longer() -> None:
    seconds = 0.0

    def sleep(wait: float) -> None:
        nonlocal seconds
        seconds += wait

    with ReplayServer(DAYS, {n: status(503, retry_after="100") for n in range(99)}) as server:
        settings = replace(
            SETTINGS, daily_papers_url=server.url, fetch_attempts=50, fetch_hours=0.1
        )
        with Fetcher.from_settings(settings, clock=lambda: seconds, sleep=sleep) as fetcher:
            assert not fetcher.is_over
            with pytest.raises(FetchError, match="server_error"):
                fetcher.get(server.url)
            assert seconds == 300  # of 360: the fourth wait would end too late
            sleep(60)
            assert fetcher.is_over


@pytest.mark.parametrize(
    ("ahead", "age", "is_refused"),
    [
        (timedelta(hours=20), "", False),
        (timedelta(days=3), "", True),
        (timedelta(days=3), str(3 * 86_400), False),  # a cache has held it for so long
        (timedelta(days=3), "soon", True),
        (timedelta(days=-3), "", False),  # this machine's clock is behind: no date is to come
    ],
)
def test_nothing_is_taken_under_a_clock_that_is_ahead(
    ahead: timedelta, age: str, is_refused: bool
) -> None:
    now = datetime.now(UTC)
    headers = {"Date": format_datetime(now - ahead, usegmt=True), "Age": age}

    def fault(exchange: Exchange) -> None:
        exchange.send(json.dumps(ENTRIES).encode(), 200, headers)

    with ReplayServer(DAYS, {1: fault}) as server:
        if not is_refused:
            assert entries(ask(server)) == ENTRIES
            return
        with pytest.raises(
            FetchError, match=f"the clock at about {now - ahead:%Y-%m-%d}"
        ) as caught:
            ask(server)
    assert (caught.value.kind, caught.value.is_retryable) == ("clock_ahead", False)


def test_every_kind_of_failure_is_shown_here() -> None:
    source = Path(__file__).read_text()
    assert [kind for kind in fetch.KINDS if kind not in source] == []
