"""Reads web archives (WARC) that hold Daily Papers pages or answers of the API.

Data flow: bytes -> records (spans) -> bodies of responses, decoded by fastwarc -> the sibling
formats daily_papers_html and daily_papers_api -> entries of all records as one Page.

Records are framed here, from their Content-Length: so each one's span is known, and a damaged
body hides nothing that follows. Where a body is stored as it is, its entries have spans of their
own in the archive; where it is chunked or compressed, they share the span of their record, or of
the gzip member that holds it. What a page means belongs in the sibling formats.
"""

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

from fastwarc import ArchiveIterator

from paper_pipeline.clean.formats import daily_papers_api, daily_papers_html
from paper_pipeline.clean.formats.daily_papers_api import CUT_OFF_ANSWER, read_day, read_time
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import BrokenEntry, Capture, Drift, Entry, Page

PLAIN = "warc"
GZIPPED = "warc_gz"  # a gzip member a record, as crawlers write them

_LARGEST_BODY = 1 << 25  # bytes, decoded; the largest page seen has 250,000
_LARGEST_MEMBER = 1 << 26  # bytes, decompressed
_READ_AT_ONCE = 1 << 14  # bytes
_LARGEST_HEADER = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's way to ask for a gzip header

_RECORD_HEADER = re.compile(
    rb"(?:\r?\n)*+(?P<version>WARC/\d\.\d{1,2})[ \t]*\r?\n"
    rb"(?P<fields>(?:[^\r\n]{1,8192}\r?\n)*+)\r?\n"
)
_FIELD = re.compile(rb"^([!-9;-~]{1,64}):[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
_HTTP_RECORD = (
    b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
    b"Content-Length: %d\r\n\r\n"
)
_HTTP_HEADER_END = re.compile(rb"\r?\n\r?\n")
_BLANK_END = re.compile(rb"[\r\n\0 ]*+\Z")
_LISTING_PATH = re.compile(r"/(?:papers(?:/(?:date|week|month)/[^/]+)?|api/daily_papers)/?")
_LISTING_HOST = re.compile(r"(?:www\.)?(?:huggingface\.co|hf\.co)")
_ASKED_ON = re.compile(r"(?:/papers/date/|[?&]date=)(\d{4}-\d\d-\d\d)(?!\d)")
_OK = 200
_REDIRECTS = range(300, 400)

_Decoding = Literal["all", "transfer", "none"]
AnyEntry = TypeVar("AnyEntry", Entry, BrokenEntry)


class Record(NamedTuple):
    """A record of an archive.

    Attributes:
        start: Offset of its first byte in the dump, or of the gzip member that holds it.
        end: Offset just past its last byte, or that of the member.
        block_start: Where its block starts in the dump; None where it is compressed.
        fields: Its header, with names in lower case.
        block: Its content.
        is_whole: Whether all of its content is there.
    """

    start: int
    end: int
    block_start: int | None
    fields: dict[str, str]
    block: bytes
    is_whole: bool


class Response(NamedTuple):
    """A response as the web server gave it: its status, and its body, decoded."""

    status: int | None
    body: bytes


def recognises(data: bytes) -> bool:
    """Tells whether a dump is a web archive, plain or with a gzip member a record."""
    if data.startswith(_GZIP_MAGIC):
        try:
            data = zlib.decompressobj(_GZIP_WINDOW).decompress(data[:_READ_AT_ONCE], 64)
        except zlib.error:
            return False
    return re.match(rb"(?:\r?\n)*+WARC/\d\.\d", data) is not None


def parse_page(data: bytes, capture: Capture) -> Page:
    """Reads every listing page in a web archive.

    Never fails: what cannot become an entry is a broken entry, with its rule. Records of other
    pages of the web, redirects and whatever is no response are passed over.

    Args:
        data: The bytes of the dump.
        capture: What is known of it from outside; what a record says of itself goes before.

    Returns:
        The entries of all pages, with the moments at which the pages were captured.
    """
    entries: list[Entry] = []
    broken: list[BrokenEntry] = []
    drift: Counter[tuple[str, str, str]] = Counter()
    days: set[tuple[date, str]] = set()
    for record in _read_records(data):
        if isinstance(record, BrokenEntry):
            broken.append(record)
            continue
        page = _parse_record(record, capture)
        entries += page.entries
        broken += page.broken
        drift.update({(d.field, d.kind, d.found): d.entry_count for d in page.drift})
        if page.page_on:
            days.add((page.page_on, page.page_on_basis))
    page_on, basis = min(days) if days else (None, "unknown")
    if not entries and not broken:
        broken.append(
            BrokenEntry(0, len(data), "no_entries", "no record of the archive is a page of papers")
        )
    return Page(
        format=FORMAT.name,
        layout=GZIPPED if data.startswith(_GZIP_MAGIC) else PLAIN,
        encoding="utf-8",
        page_on=page_on,
        page_on_basis=basis,
        entries=entries,
        broken=broken,
        drift=[Drift(*what, count) for what, count in sorted(drift.items())],
    )


# --- Records -------------------------------------------------------------------------------------


def _read_records(data: bytes) -> Iterator[Record | BrokenEntry]:
    """Yields every record, and where the archive cannot be followed any further."""
    if not data.startswith(_GZIP_MAGIC):
        yield from _split_records(data, 0, len(data), is_plain=True)
        return
    place = 0
    while place < len(data) and not _BLANK_END.match(data, place):
        text, end = _read_member(data, place)
        if end is None:
            yield from _split_records(text, place, len(data), is_plain=False, is_whole=False)
            return
        yield from _split_records(text, place, end, is_plain=False)
        place = end


def _read_member(data: bytes, start: int) -> tuple[bytes, int | None]:
    """Decompresses a gzip member; its end is None where it is cut off, damaged or too large."""
    reader = zlib.decompressobj(_GZIP_WINDOW)
    view, parts, size, place = memoryview(data), list[bytes](), 0, start
    while place < len(data) and not reader.eof:
        read = view[place : place + _READ_AT_ONCE]
        try:
            parts.append(reader.decompress(read, _LARGEST_MEMBER - size))
        except zlib.error:
            break
        size += len(parts[-1])
        if size >= _LARGEST_MEMBER:
            break
        place += len(read) - len(reader.unused_data)
    return b"".join(parts), place if reader.eof else None


def _split_records(
    text: bytes, start: int, end: int, *, is_plain: bool, is_whole: bool = True
) -> Iterator[Record | BrokenEntry]:
    """Yields the records of an archive, or of one of its gzip members.

    Args:
        text: The archive, or what the member holds.
        start: Where it stands in the dump.
        end: Where it ends there.
        is_plain: Whether it is no member, so that records have spans of their own.
        is_whole: Whether nothing is known to be missing at its end.
    """
    place = 0
    while header := _RECORD_HEADER.match(text, place):
        fields = _read_fields(header["fields"])
        length = fields.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 19):
            break
        block_end = header.end() + int(length)
        record = Record(
            start=header.start("version") if is_plain else start,
            end=min(block_end, len(text)) if is_plain else end,
            block_start=header.end() if is_plain else None,
            fields=fields,
            block=text[header.end() : block_end],
            is_whole=block_end <= len(text),
        )
        place = record.end if is_plain else min(block_end, len(text))
        yield record
        if not record.is_whole:
            return
    if not is_whole or not _BLANK_END.match(text, place):
        yield BrokenEntry(
            place if is_plain else start,
            end,
            "cut_off_archive",
            "expected a whole WARC record, found the end or something else",
        )


def _read_fields(header: bytes) -> dict[str, str]:
    return {
        name.decode("ascii").lower(): value.decode("utf-8", "replace")
        for name, value in _FIELD.findall(header)
    }


def _parse_record(record: Record, capture: Capture) -> Page:
    """Reads the page that a record holds, with spans in the dump."""
    nothing = Page(FORMAT.name, PLAIN, "utf-8")
    url = record.fields.get("warc-target-uri", "").strip("<>")
    if record.fields.get("warc-type", "").lower() != "response":
        return nothing if record.is_whole else _break(record, *_cut_off(url))
    response = _read_response(record.block)
    if response.status in _REDIRECTS and record.is_whole:
        return nothing
    page = _parse_body(response, _describe_capture(record, url, capture))
    if page is None or not (page.entries or _is_listing(url)):
        if not record.is_whole:
            return _break(record, *_cut_off(url))
        if not _is_listing(url):
            return nothing
        return _break(
            record,
            "not_a_listing",
            f"expected a list of papers at {url}, found something else (status {response.status})",
        )
    shift = _find_body(record, response.body)

    def place(entry: AnyEntry) -> AnyEntry:
        if shift is None:
            return replace(entry, byte_start=record.start, byte_end=record.end)
        start, end = shift + entry.byte_start, shift + entry.byte_end
        return replace(entry, byte_start=start, byte_end=end)

    entries = [place(entry) for entry in page.entries]
    broken = [place(entry) for entry in page.broken]
    if not record.is_whole:
        broken = [entry for entry in broken if entry.rule != CUT_OFF_ANSWER]
        ends = [record.start, *(entry.byte_end for entry in (*entries, *broken))]
        rest = max(ends) if shift is not None else record.start
        if rest < record.end:
            broken.append(BrokenEntry(rest, record.end, *_cut_off(url)))
    return replace(page, entries=entries, broken=broken)


def _break(record: Record, rule: str, reason: str) -> Page:
    return Page(
        FORMAT.name,
        PLAIN,
        "utf-8",
        broken=[BrokenEntry(record.start, record.end, rule, f"{reason:.500}")],
    )


def _cut_off(url: str) -> tuple[str, str]:
    return "cut_off_archive", f"the archive ends inside its record of {url or 'no page'}"


def _describe_capture(record: Record, url: str, capture: Capture) -> Capture:
    """What a record says of its capture; where it is silent, what is known of the archive."""
    asked = _ASKED_ON.search(url)
    moment = read_time(record.fields.get("warc-date"))
    return Capture(
        moment.date() if moment else capture.captured_on,
        read_day(asked[1]) if asked else None,
        moment or capture.observed_at,
    )


def _is_listing(url: str) -> bool:
    """Whether a page of that address should be a list of papers."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(_LISTING_HOST.fullmatch(host) and _LISTING_PATH.fullmatch(parts.path))


# --- Bodies --------------------------------------------------------------------------------------


def _parse_body(response: Response, capture: Capture) -> Page | None:
    if response.status != _OK:
        return None
    for sibling in (daily_papers_html.FORMAT, daily_papers_api.FORMAT):
        if sibling.recognises(response.body):
            return sibling.parse_page(response.body, capture)
    return None


def _read_response(block: bytes) -> Response:
    """Takes a response apart, and its body out of its encodings.

    Crawlers can store a body decoded under the header of the encoded one, so what cannot be
    decoded is taken as it is.
    """
    decodings: tuple[_Decoding, ...] = ("all", "transfer", "none")
    for decoding in decodings:
        try:
            return _decode_response(block, decoding)
        except OSError:  # fastwarc's for any encoding that is broken or unknown
            continue
    return Response(None, b"")


def _decode_response(block: bytes, decoding: _Decoding) -> Response:
    stream = io.BytesIO(_HTTP_RECORD % len(block) + block)
    for record in ArchiveIterator(stream, parse_http=False):
        record.parse_http(auto_decode=decoding)  # pyright: ignore[reportUnknownMemberType]
        status = record.http_headers.status_code
        return Response(status, record.reader.read(_LARGEST_BODY))
    return Response(None, b"")


def _find_body(record: Record, body: bytes) -> int | None:
    """Where a body stands in the dump, None unless it stands there as it is."""
    header_end = _HTTP_HEADER_END.search(record.block, 0, _LARGEST_HEADER)
    if record.block_start is None or header_end is None:
        return None
    if not body or not record.block.startswith(body, header_end.end()):
        return None
    return record.block_start + header_end.end()


FORMAT = Format(
    name="web_archive",
    parser_version=1,  # raised with its siblings' too: they read what the records hold
    recognises=recognises,
    parse_page=parse_page,
    lists_days=True,
    repeats_pages=True,
    filled_columns=frozenset({"abstract"}),
)
