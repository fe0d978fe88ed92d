"""Web archives: records and their bodies, spans, what is passed over, and damage."""

import gzip
import html
import json
import zlib
from datetime import UTC, date, datetime

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_pipeline.clean.formats import parse_dump
from paper_pipeline.clean.formats.web_archive import parse_page
from paper_pipeline.clean.page import Capture, Page
from paper_pipeline.vocabulary import PARSER_FAILED, QUARANTINE_RULES
from paper_pipeline_tests.clean.formats.test_daily_papers_api import OLD, dump, make_entry
from paper_pipeline_tests.clean.formats.test_daily_papers_html import CARDS, JSON_PAGE, write_page
from paper_pipeline_tests.corpus import SAMPLE

PAGE_URL = "https://huggingface.co/papers/date/2025-10-06"
API_URL = "https://huggingface.co/api/daily_papers?date=2024-08-06&limit=100"
MOMENT = datetime(2025, 10, 7, 12, 30, tzinfo=UTC)
PAGE = JSON_PAGE.encode()


def write_record(
    block: bytes, kind: str = "response", url: str = PAGE_URL, end: str = "\r\n"
) -> bytes:
    fields = {
        "WARC-Type": kind,
        "WARC-Target-URI": url,
        "WARC-Date": "2025-10-07T12:30:00Z",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    header = "".join(f"{name}: {value}{end}" for name, value in fields.items())
    return f"WARC/1.0{end}{header}{end}".encode() + block + b"\r\n\r\n"


def write_http(body: bytes, headers: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{headers}\r\n".encode() + body


def write_chunks(body: bytes, size: int = 700) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def pack(*records: bytes) -> bytes:
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def parse(data: bytes) -> Page:
    page = parse_dump(data, Capture())
    check(page, data)
    return page


def check(page: Page, data: bytes) -> None:
    for found in (*page.entries, *page.broken):
        assert 0 <= found.byte_start < found.byte_end <= len(data) or not data
    assert {broken.rule for broken in page.broken} <= QUARANTINE_RULES.keys() - {PARSER_FAILED}


INFO = write_record(b"software: none\r\n", "warcinfo", "")
ROBOTS = write_record(write_http(b"User-agent: *\n"), url="https://huggingface.co/robots.txt")
PLAIN = write_record(write_http(PAGE))
GZIPPED = write_http(gzip.compress(PAGE), "Content-Encoding: gzip\r\n")
BOTH = write_http(
    write_chunks(gzip.compress(PAGE)), "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
)


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(write_http(PAGE), id="plain"),
        pytest.param(GZIPPED, id="gzip"),
        pytest.param(
            write_http(zlib.compress(PAGE), "Content-Encoding: deflate\r\n"), id="deflate"
        ),
        pytest.param(write_http(brotli.compress(PAGE), "content-encoding: br\r\n"), id="brotli"),
        pytest.param(
            write_http(write_chunks(PAGE), "Transfer-Encoding: chunked\r\n"), id="chunked"
        ),
        pytest.param(BOTH, id="chunked and gzip"),
        pytest.param(write_http(PAGE, "Content-Encoding: gzip\r\n"), id="decoded, gzip claimed"),
        pytest.param(
            write_http(PAGE, "Transfer-Encoding: chunked\r\n"), id="decoded, chunks claimed"
        ),
        pytest.param(write_http(PAGE, "Content-Encoding: utf-8\r\n"), id="no encoding at all"),
        pytest.param(write_http(write_page(None, CARDS).encode()), id="cards"),
    ],
)
def test_bodies(block: bytes) -> None:
    for data in (INFO + ROBOTS + write_record(block), pack(INFO, ROBOTS, write_record(block))):
        page = parse(data)
        assert (page.format, page.broken) == ("web_archive", [])
        assert [entry.arxiv_id for entry in page.entries] == ["2510.00001", "2510.00002"]
        assert {entry.observed_at for entry in page.entries} == {MOMENT}
        assert page.page_on == date(2025, 10, 6)


def test_a_plain_body_gives_entries_spans_of_their_own() -> None:
    data = INFO + PLAIN + write_record(GZIPPED)
    page = parse(data)
    assert page.layout == "warc"
    for entry in page.entries[:2]:
        text = html.unescape(data[entry.byte_start : entry.byte_end].decode())
        assert json.loads(text)["paper"]["id"] == entry.arxiv_id
    spans = {(entry.byte_start, entry.byte_end + len("\r\n\r\n")) for entry in page.entries[2:]}
    assert spans == {(len(INFO + PLAIN), len(data))}


def test_in_members_entries_share_the_span_of_theirs() -> None:
    data = pack(INFO, PLAIN, ROBOTS)
    page = parse(data)
    start = len(pack(INFO))
    assert page.layout == "warc_gz"
    assert {(e.byte_start, e.byte_end) for e in page.entries} == {(start, start + len(pack(PLAIN)))}


@pytest.mark.parametrize(
    ("url", "page_on", "basis"),
    [
        (API_URL, date(2024, 8, 6), "asked_day"),
        ("https://huggingface.co/papers/date/2024-08-06", date(2024, 8, 6), "asked_day"),
        ("https://huggingface.co/papers?x=1&date=2024-08-06", date(2024, 8, 6), "asked_day"),
        ("https://web.example/2025/https://hf.co/papers", date(2024, 8, 5), "listing_moment"),
        ("https://huggingface.co/papers?date=2024-13-06", date(2024, 8, 5), "listing_moment"),
        ("", date(2024, 8, 5), "listing_moment"),
    ],
)
def test_the_address_says_which_day_was_asked_for(url: str, page_on: date, basis: str) -> None:
    page = parse(write_record(write_http(dump(*OLD)), url=url))
    assert {(e.page_on, e.page_on_basis) for e in page.entries} == {(page_on, basis)}


def test_a_record_without_a_date_falls_back() -> None:
    data = PLAIN.replace(b"WARC-Date: 2025", b"WARC-Date: then")
    page = parse_page(data, Capture(observed_at=MOMENT))
    assert page.entries[0].observed_at == MOMENT


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        pytest.param(ROBOTS, ["no_entries"], id="robots.txt"),
        pytest.param(
            write_record(write_http(b"0"), url="https://other.example/x.json"),
            ["no_entries"],
            id="JSON of another site",
        ),
        pytest.param(
            write_record(write_http(b"<html>", status="404 Not Found")), ["not_a_listing"], id="404"
        ),
        pytest.param(
            write_record(write_http(b"", "Location: /papers\r\n", "302 Found")),
            ["no_entries"],
            id="redirect",
        ),
        pytest.param(write_record(write_http(b"<html>502</html>")), ["not_a_listing"], id="error"),
        pytest.param(
            write_record(write_http(b"0"), url=API_URL), ["not_an_answer"], id="API says 0"
        ),
        pytest.param(write_record(write_http(b"[]"), url=API_URL), ["no_entries"], id="API, empty"),
        pytest.param(
            write_record(write_http(b"\x1f\x8bnone", "Content-Encoding: gzip\r\n")),
            ["not_a_listing"],
            id="broken gzip",
        ),
        pytest.param(write_record(b"no HTTP"), ["not_a_listing"], id="no HTTP"),
        pytest.param(
            write_record(write_http(PAGE), "revisit") + write_record(PAGE, "resource"),
            ["no_entries"],
            id="no responses",
        ),
        pytest.param(
            write_record(
                write_http(gzip.compress(b"\0" * 40_000_000), "Content-Encoding: gzip\r\n")
            ),
            ["not_a_listing"],
            id="gzip bomb",
        ),
        pytest.param(
            write_record(write_http(PAGE), url="https://[huggingface.co/papers"), [], id="no URL"
        ),
    ],
)
def test_what_is_no_listing(record: bytes, rules: list[str]) -> None:
    assert [broken.rule for broken in parse(INFO + record).broken] == rules
    page = parse(INFO + record + PLAIN)
    assert [broken.rule for broken in page.broken] == [r for r in rules if r != "no_entries"] + (
        ["no_entries"] if API_URL.encode() in record and rules == ["no_entries"] else []
    )
    assert len(page.entries) >= 2


@pytest.mark.parametrize(
    ("data", "entry_count"),
    [
        pytest.param(PLAIN + PLAIN[:30], 2, id="in a header"),
        pytest.param(PLAIN + PLAIN[:400], 2, id="in a body"),
        pytest.param(PLAIN + PLAIN[: PLAIN.index(b"2510.00002")], 3, id="in an entry"),
        pytest.param(PLAIN + PLAIN[:-300], 4, id="behind the entries"),
        pytest.param(PLAIN + ROBOTS[:-10], 2, id="in robots.txt"),
        pytest.param(PLAIN + b"garbage" * 99 + PLAIN, 2, id="garbage between records"),
        pytest.param(
            PLAIN + PLAIN.replace(b"Content-Length: ", b"Content-Length: -"), 2, id="negative"
        ),
        pytest.param(PLAIN + PLAIN.replace(b"Content-Length", b"Length"), 2, id="no length"),
        pytest.param(
            PLAIN + PLAIN.replace(b"Content-Length: ", b"Content-Length: 9"), 4, id="too long"
        ),
        pytest.param(pack(PLAIN, PLAIN)[:-600], 2, id="in a member"),
        pytest.param(pack(PLAIN) + b"\x1f\x8bgarbage", 2, id="broken member"),
        pytest.param(pack(PLAIN + PLAIN[:400]), 2, id="in a whole member"),
    ],
)
def test_a_cut_off_archive(data: bytes, entry_count: int) -> None:
    page = parse(data)
    assert [broken.rule for broken in page.broken] == ["cut_off_archive"]
    assert len(page.entries) == entry_count


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(write_record(write_http(PAGE), end="\n"), id="line feeds"),
        pytest.param(PLAIN.replace(b"Content-Length", b"content-length"), id="lower case"),
        pytest.param(PLAIN.replace(b"WARC/1.0", b"WARC/1.1"), id="1.1"),
        pytest.param(b"\r\n" + PLAIN + b"\r\n\0\0", id="blanks around"),
        pytest.param(PLAIN.replace(PAGE_URL.encode(), f"<{PAGE_URL}>".encode()), id="<URL>"),
    ],
)
def test_spellings(data: bytes) -> None:
    page = parse(data)
    assert (len(page.entries), page.broken) == (2, [])


def test_drift_is_added_up() -> None:
    record = write_record(write_http(dump(make_entry(1, doi=1))), url=API_URL)
    assert [(d.field, d.entry_count) for d in parse(record * 3).drift] == [("doi", 3)]


@pytest.mark.parametrize(
    "data", [b"WARCRAFT/3", b"\x1f\x8b", gzip.compress(b"text", mtime=0), b"WARC"]
)
def test_other_dumps_are_left_alone(data: bytes) -> None:
    assert parse(data).format == "unknown"


@given(
    st.sampled_from([INFO + PLAIN + write_record(BOTH), pack(INFO, PLAIN, write_record(BOTH))]),
    st.integers(0, 12_000),
    st.integers(0, 3_000),
    st.binary(),
)
def test_any_bytes(whole: bytes, place: int, length: int, data: bytes) -> None:
    check(parse_page(data, Capture()), data)
    parse(whole[:place] + data + whole[place + length :])
    parse(whole[:place])


def test_sample() -> None:
    packed = (SAMPLE / "daily_papers_2025-06-02.warc.gz").read_bytes()
    for data in (packed, gzip.decompress(packed)):
        page = parse(data)
        assert (len(page.entries), page.broken, page.drift) == (7, [], [])
        assert [entry.page_on for entry in page.entries] == [date(2025, 6, 2)] * 3 + [
            date(2025, 6, 3)
        ] * 4
        assert len({entry.arxiv_id for entry in page.entries}) == 6
