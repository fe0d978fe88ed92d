"""The replay server answers as the API does, and fails only when told to."""

import json
import socket
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from paper_pipeline_tests import replay
from paper_pipeline_tests.replay import (
    FAULTS,
    PATH,
    FolderDays,
    GeneratedDays,
    ReplayServer,
    generate_day,
    status,
)

FRIDAY = date(2026, 8, 21)
MONDAY = date(2026, 8, 17)  # nothing on Tuesday to Thursday
DAYS = {MONDAY: generate_day(MONDAY, 120), FRIDAY: generate_day(FRIDAY, 3)}


def get(server: ReplayServer, **query: object) -> requests.Response:
    return requests.get(server.url, params={k: str(v) for k, v in query.items()}, timeout=5)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"date": FRIDAY}, DAYS[FRIDAY]),
        ({"date": MONDAY}, DAYS[MONDAY][:50]),
        ({"date": MONDAY, "limit": 100}, DAYS[MONDAY][:100]),
        ({"date": MONDAY, "limit": 100, "p": 1}, DAYS[MONDAY][100:]),
        ({"date": MONDAY, "limit": 100, "p": 2}, []),
        ({"date": MONDAY, "limit": 7, "p": 3}, DAYS[MONDAY][21:28]),
        ({"date": MONDAY + timedelta(days=2)}, DAYS[MONDAY][:50]),  # a day without a list
        ({"date": MONDAY - timedelta(days=1)}, []),  # before the first
        ({"date": FRIDAY + timedelta(days=1)}, []),  # the future, though a weekend
        ({}, DAYS[FRIDAY]),  # the newest
    ],
)
def test_what_is_listed(query: dict[str, object], expected: list[Any]) -> None:
    with ReplayServer(DAYS) as server:
        answer = get(server, **query)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json() == expected


def test_a_weekend_snaps_back_once_it_is_past() -> None:
    sunday = FRIDAY + timedelta(days=2)
    with ReplayServer(DAYS, today=sunday) as server:
        assert get(server, date=sunday).json() == DAYS[FRIDAY]
        assert get(server, date=sunday + timedelta(days=1)).json() == []
    with ReplayServer(DAYS, today=FRIDAY - timedelta(days=1)) as server:
        assert get(server, date=FRIDAY).json() == []  # not listed yet
        assert get(server, limit=1).json() == DAYS[MONDAY][:1]


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "all"}, {"p": -1}, {"date": "2026-8-21"}]
)
def test_a_query_that_cannot_be(query: dict[str, object]) -> None:
    with ReplayServer(DAYS) as server:
        answer = get(server, **query)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_nothing_else_is_served() -> None:
    with ReplayServer(DAYS) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        assert requests.get(server.origin + "/etc/passwd", timeout=5).status_code == 404


def test_etags() -> None:
    with ReplayServer(DAYS) as server:
        first = get(server, date=FRIDAY)
        etag = first.headers["ETag"]
        for held in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            again = requests.get(first.url, headers={"If-None-Match": held}, timeout=5)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["ETag"] == etag
        assert get(server, date=MONDAY).headers["ETag"] != etag
        changed = requests.get(first.url, headers={"If-None-Match": '"other"'}, timeout=5)
    assert changed.content == first.content


def test_a_folder_of_days(tmp_path: Path) -> None:
    (tmp_path / "2026-08-20.json").write_text(json.dumps(DAYS[FRIDAY], indent=2))
    (tmp_path / "2026-08-21.json").write_bytes(b"0\n")  # damaged: served as it is
    (tmp_path / "2026-08-22.json").write_bytes(b"[{'title': None}]")
    (tmp_path / "notes.json").write_text("[]")
    days = FolderDays(tmp_path)
    assert list(days) == [date(2026, 8, 20), date(2026, 8, 21), date(2026, 8, 22)]
    with ReplayServer(tmp_path) as server:
        assert get(server, date="2026-08-20").json() == DAYS[FRIDAY]
        assert get(server, date="2026-08-21").content == b"0\n"
        assert get(server, date="2026-08-22").content == b"[{'title': None}]"


def test_a_folder_without_days(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"YYYY-MM-DD\.json, found none"):
        FolderDays(tmp_path)


# --- Days that are made up -----------------------------------------------------------------


def test_generated_days_are_weekdays_and_always_the_same() -> None:
    sunday = date(2026, 8, 23)
    days = GeneratedDays(580, sunday)
    assert len(days) == len(list(days)) == 580
    assert all(day.weekday() < 5 for day in days)
    assert max(days) == FRIDAY
    assert days[FRIDAY] == GeneratedDays(1, FRIDAY)[FRIDAY]
    with pytest.raises(KeyError):
        days[sunday]


def test_generated_papers_differ() -> None:
    entries = [entry for day in GeneratedDays(120, FRIDAY) for entry in generate_day(day)]
    papers = [entry["paper"] for entry in entries]
    for field in ("id", "title", "summary"):
        assert len({paper[field] for paper in papers}) == len(papers)


def test_generated_entries_have_the_fields_of_the_newest_era() -> None:
    (entry,) = generate_day(FRIDAY, 1)
    always = {
        "paper", "publishedAt", "title", "summary", "thumbnail", "mediaUrls", "numComments",
        "submittedBy", "organization", "isAuthorParticipating",
    }  # fmt: skip
    inner = {
        "id", "authors", "publishedAt", "submittedOnDailyAt", "title", "submittedOnDailyBy",
        "summary", "upvotes", "discussionId", "projectPage", "githubRepo", "githubRepoAddedBy",
        "ai_summary", "ai_keywords", "ai_summary_model", "githubStars", "organization",
    }  # fmt: skip
    assert set(entry) == always
    assert set(entry["paper"]) == inner
    assert {"_id", "name", "hidden"} <= set(entry["paper"]["authors"][0])
    assert entry["paper"]["submittedOnDailyAt"] == "2026-08-21T00:00:00.000Z"
    assert entry["paper"]["publishedAt"] == "2026-08-20T00:00:00.000Z"
    assert entry["publishedAt"] == "2026-08-19T20:00:00.000Z"  # four hours early, as the site's


# --- Faults and the log --------------------------------------------------------------------


def test_faults_by_day_are_used_up_one_a_request() -> None:
    with ReplayServer(DAYS, {FRIDAY: [status(503), status(429, retry_after="2")]}) as server:
        codes = [get(server, date=day).status_code for day in (FRIDAY, MONDAY, FRIDAY, FRIDAY)]
    assert codes == [503, 200, 429, 200]


def test_faults_by_number_and_faults_that_stay() -> None:
    with ReplayServer(DAYS, {2: status(500), MONDAY: status(502)}) as server:
        codes = [get(server, date=day).status_code for day in (FRIDAY, FRIDAY, MONDAY, MONDAY)]
    assert codes == [200, 500, 502, 502]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("close", requests.ConnectionError),
        ("reset", requests.ConnectionError),
        ("reset-in-body", requests.ConnectionError),
        ("truncated", requests.exceptions.ChunkedEncodingError),
        ("truncated-chunks", requests.exceptions.ChunkedEncodingError),
        ("redirect-loop", requests.TooManyRedirects),
        ("hang", requests.ReadTimeout),
    ],
)
def test_faults_are_what_they_are_called(name: str, error: type[Exception]) -> None:
    # requests calls a reset in the body a broken chunk in one place and a connection error in
    # another; both are RequestException.
    kinds = (error, requests.exceptions.ChunkedEncodingError) if "reset" in name else (error,)
    with ReplayServer(DAYS, {FRIDAY: FAULTS[name]}) as server, pytest.raises(kinds):
        requests.get(server.url, params={"date": str(FRIDAY)}, timeout=0.3)


def test_a_reset_is_a_reset() -> None:
    with (
        ReplayServer(DAYS, {1: replay.reset}) as server,
        socket.create_connection(server.socket.getsockname()) as client,
    ):
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_the_log() -> None:
    with ReplayServer(DAYS) as server:
        with requests.Session() as session:
            session.get(server.url, params={"date": "2026-08-21", "p": "0"}, timeout=5)
            session.get(server.url, headers={"X-Mark": "here"}, timeout=5)
        get(server)
    first, second, third = server.requests
    assert (first.number, first.path) == (1, PATH)
    assert first.query == {"date": "2026-08-21", "p": "0"}
    assert second.headers["x-mark"] == "here"
    assert first.at < second.at < third.at
    assert first.connection == second.connection != third.connection
    assert first.open_connections == 1


def test_the_log_counts_connections_that_are_open_at_once() -> None:
    with ReplayServer(DAYS) as server, requests.Session() as one, requests.Session() as other:
        one.get(server.url, timeout=5)
        other.get(server.url, timeout=5)
    assert [request.open_connections for request in server.requests] == [1, 2]


def test_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "2026-08-21.json").write_text(json.dumps(DAYS[FRIDAY]))
    days = ["--days", str(tmp_path), "--port", "0", "--fault", "2026-08-20=empty-list"]
    command = [sys.executable, "-m", "paper_pipeline_tests.replay", *days]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert line.startswith("1 days up to 2026-08-21 on http://127.0.0.1:")
            url = line.split()[-1]
            for day, entries in (("2026-08-21", DAYS[FRIDAY]), ("2026-08-20", [])):
                assert requests.get(url, params={"date": day}, timeout=5).json() == entries
        finally:
            process.kill()  # SIGTERM may be ignored where the tests were started


@pytest.mark.parametrize(
    "arguments", [[], ["--days", "x", "--generate", "3"], ["--generate", "3", "--fault", "1=x"]]
)
def test_arguments_that_cannot_be(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        replay.main(arguments)
    assert "usage: python -m paper_pipeline_tests.replay" in capsys.readouterr().err
