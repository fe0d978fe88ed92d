"""A server that answers as the Daily Papers API does, for tests and demonstrations.

Data flow: a folder of captured days, or days made up here -> GET /api/daily_papers on 127.0.0.1;
papers made up for whatever ids are asked for -> GET /api/query, as the export API of arXiv.

    python -m paper_pipeline_tests.replay --days DIR --port 8000
    python -m paper_pipeline_tests.replay --generate 580 --today 2026-08-21 --port 8000

and, for the pipeline, PAPER_PIPELINE_DAILY_PAPERS_URL=http://127.0.0.1:8000/api/daily_papers with
PAPER_PIPELINE_FETCH_RATE=0; with arXiv, PAPER_PIPELINE_ARXIV=on and
PAPER_PIPELINE_ARXIV_URL=http://127.0.0.1:8000/api/query too.

Faults come on demand, by day or by number of request; see `FAULTS` and the functions above it.
"""

import argparse
import contextlib
import gzip
import hashlib
import json
import os
import random
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from paper_pipeline.identifiers import parse_arxiv_id

PATH = "/api/daily_papers"
ARXIV_PATH = "/api/query"
DEFAULT_LIMIT, MAX_LIMIT = 50, 100
MIB = 1 << 20
# The entries of a day, as the API lists them; bytes for a day whose answer is no list.
Days = Mapping[date, list[Any] | bytes]


# --- Days ----------------------------------------------------------------------------------


class FolderDays(Days):
    """The days of a folder of YYYY-MM-DD.json, each read when it is asked for."""

    def __init__(self, folder: Path):
        self._files = {
            date.fromisoformat(path.stem): path
            for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].json"))
        }
        if not self._files:
            raise ValueError(f"{folder}: expected files named YYYY-MM-DD.json, found none")

    def __getitem__(self, day: date) -> list[Any] | bytes:
        data = self._files[day].read_bytes()
        try:
            value = json.loads(data)
        except ValueError:
            return data
        return value if isinstance(value, list) else data

    def __iter__(self) -> Iterator[date]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class GeneratedDays(Days):
    """Weekdays up to a last one, each made up when it is asked for, always the same."""

    def __init__(self, count: int, last: date):
        days: list[date] = []
        while len(days) < count:
            if last.weekday() < 5:
                days.append(last)
            last -= timedelta(days=1)
        self._days = dict.fromkeys(reversed(days))

    def __getitem__(self, day: date) -> list[dict[str, Any]]:
        if day not in self._days:
            raise KeyError(day)
        return generate_day(day)

    def __iter__(self) -> Iterator[date]:
        return iter(self._days)

    def __len__(self) -> int:
        return len(self._days)


WORDS = {
    kind: words.split(",")
    for kind, words in {
        "aim": "Calibrating,Compressing,Steering,Auditing,Pruning,Tracing,Grounding,Routing,Mixing",
        "quality": "sparse,layered,frugal,recurrent,multilingual,verified,streaming,modular,noisy,"
        "shallow,delayed,shared,adaptive,symbolic,silent,uneven,partial,exact,nested,cautious",
        "thing": "agents,encoders,planners,retrievers,tokenizers,diffusers,critics,adapters,games,"
        "kernels,prompts,memories,rewards,graphs,videos,proofs,gradients,maps,dialogues,judges",
        "place": "clinics,legal text,low light,open worlds,small labs,city traffic,old archives,"
        "home robots,chemistry,long dialogues,weather records,school exams,music,spoken dialects",
        "verb": "measure,revise,extend,question,replace,simplify,compare,align,bound,explain",
        "given": "Amara,Bruno,Chiara,Dmitri,Elif,Farid,Greta,Hiro,Ines,Jonas,Kavya,Liang,Mbali",
        "family": "Okoye,Santos,Ricci,Volkov,Demir,Haddad,Lund,Tanaka,Costa,Weber,Rao,Zhou,Nkosi",
        "organisation": "Quarry Labs,Harbour Institute,Polder University,Kestrel Research",
        "syllable": "ba,cor,da,fen,gil,ho,ka,lum,mi,nor,pel,qui,ra,sol,tar,ul,ve,wen,xi,zan",
    }.items()
}
# Filled anew each time, so that no two abstracts resemble each other more than real ones do.
SENTENCES = (
    "We {verb} {quality} {thing} with {coined}, which needs {number} {quality} {thing}.",
    "Earlier {thing} {verb} {place} only where {quality} {thing} and {thing} agree.",
    "On {coined} and {coined}, {quality} {thing} gain {number}% over {quality} {thing}.",
    "Why {thing} fail in {place} was unknown: {coined} shows that {quality} {thing} do it.",
    "The cost is $O({number} \\times n)$, so {thing} for {place} stay {quality}.",
    "A {quality} pass over {number} {thing} lets {coined} {verb} {place} at no cost.",
    "Our study of {place} finds {number} kinds of {thing}, {number} of them {quality}.",
    "Unlike {coined}, it does not {verb} {thing}, and {quality} {thing} remain {quality}.",
    "People who {verb} {thing} in {place} preferred {coined} in {number} of 1,000 cases.",
    "Code, {quality} {thing} and the {coined} benchmark for {place} are public.",
)


def generate_day(day: date, entry_count: int | None = None) -> list[dict[str, Any]]:
    """Makes up the list of a day, with every field that the API had in the summer of 2026."""
    chance = random.Random(day.toordinal())  # noqa: S311  # made-up papers, no secrets
    count = chance.randint(8, 26) if entry_count is None else entry_count
    return [_Writer(chance).entry(day, number) for number in range(count)]


class _Writer:
    """Makes up the parts of an entry."""

    def __init__(self, chance: random.Random):
        self._chance = chance

    def word(self, kind: str) -> str:
        if kind == "number":
            return str(self._chance.randint(2, 999))
        if kind == "coined":
            return "".join(self.word("syllable") for _ in range(3)).capitalize()
        return self._chance.choice(WORDS[kind])

    def sentence(self) -> str:
        text = self._chance.choice(SENTENCES)
        while "{" in text:
            start, end = text.index("{"), text.index("}")
            text = text[:start] + self.word(text[start + 1 : end]) + text[end + 1 :]
        return text

    def object_id(self) -> str:
        return f"{self._chance.getrandbits(96):024x}"

    def named(self, name: str, avatar: str) -> dict[str, Any]:
        handle = name.lower().replace(" ", "-")
        image = f"https://avatars.example/{handle}.png"
        return {"_id": self.object_id(), avatar: image, "fullname": name, "name": handle}

    def name(self) -> str:
        return f"{self.word('given')} {self.word('family')}"

    def person(self, name: str) -> dict[str, Any]:
        is_paying = self._chance.random() < 0.2
        return self.named(name, "avatarUrl") | {"type": "user", "isPro": is_paying}

    def author(self) -> dict[str, Any]:
        name = self.name()
        author: dict[str, Any] = {"_id": self.object_id(), "name": name, "hidden": False}
        if self._chance.random() < 0.09:
            author |= {"user": self.person(name), "status": "claimed_verified"}
        return author

    def entry(self, day: date, number: int) -> dict[str, Any]:
        chance, word = self._chance, self.word
        # Numbered by the day, so that no two days share a paper.
        published = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
        arxiv_id = f"{published:%y%m}.{(day.toordinal() % 400) * 100 + number % 100:05d}"
        name, thing, place = word("coined"), word("thing"), word("place")
        gap = "\n  " if number % 3 == 0 else " "
        title = f"{name}: {word('aim')} {word('quality').title()} {thing.title()}{gap}"
        title += f"for {place.title()}"
        summary = " ".join(self.sentence() for _ in range(chance.randint(11, 17)))
        group = self.named(word("organisation"), "avatar")
        submitter = self.person(self.name())
        people = range(chance.randint(1, 12))
        return {
            "paper": {
                "id": arxiv_id,
                "authors": [self.author() for _ in people],
                "publishedAt": f"{published:%Y-%m-%dT%H:%M:%S}.000Z",
                "submittedOnDailyAt": f"{day}T00:00:00.000Z",
                "title": title,
                "submittedOnDailyBy": submitter | {"user": submitter["name"]},
                "summary": summary,
                "upvotes": chance.randint(1, 180),
                "discussionId": self.object_id(),
                "projectPage": f"https://{name.lower()}.example/",
                "githubRepo": f"https://github.com/{group['name']}/{name.lower()}",
                "githubRepoAddedBy": "user",
                "ai_summary": self.sentence(),
                "ai_keywords": [f"{word('quality')} {word('thing')}" for _ in range(6)],
                "ai_summary_model": "example/summaries-1",
                "githubStars": chance.randint(0, 4_000),
                "organization": group,
            },
            "publishedAt": f"{published - timedelta(hours=4):%Y-%m-%dT%H:%M:%S}.000Z",
            "title": " ".join(title.split()),
            "summary": summary,
            "thumbnail": f"https://thumbnails.example/{arxiv_id}.png",
            "mediaUrls": [f"https://media.example/{arxiv_id}.mp4"] if number % 3 == 0 else [],
            "numComments": chance.randint(0, 9),
            "submittedBy": submitter
            | dict.fromkeys(("isHf", "isHfAdmin", "isMod", "isUserFollowing"), False)
            | {"followerCount": chance.randint(0, 400)},
            "organization": group,
            "isAuthorParticipating": number % 5 == 0,
        }


# --- What is answered ----------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """An answer as it should be."""

    status: int
    body: bytes
    etag: str = ""
    content_type: str = "application/json; charset=utf-8"


def _error(text: str, status: int = 400) -> Reply:
    return Reply(status, json.dumps({"error": text}).encode())


class Site:
    """Decides what a request gets, as far as the real site's ways are known.

    Args:
        days: The lists, by day.
        today: Days after it have no list yet, whatever `days` holds. Default: the newest day.
    """

    def __init__(self, days: Days, today: date | None = None):
        self._days = days
        self.today = today or max(days, default=date.min)
        self._reply = lru_cache(maxsize=1024)(self._make_reply)

    def answer(self, query: Mapping[str, str]) -> Reply:
        """The answer to a query."""
        try:
            day = date.fromisoformat(query["date"]) if "date" in query else self.today
            limit, page = int(query.get("limit", DEFAULT_LIMIT)), int(query.get("p", 0))
        except ValueError as error:
            return _error(str(error))
        if not 1 <= limit <= MAX_LIMIT or page < 0:
            return _error(f"expected limit 1 to {MAX_LIMIT} and p 0 or more")
        return self._reply(self.listed_day(day), limit, page)

    def listed_day(self, day: date) -> date | None:
        """The day whose list is given for a day: itself, or the last one before that has one."""
        if day > self.today:
            return None
        if day in self._days:
            return day
        return max((d for d in self._days if d <= day), default=None)

    def _make_reply(self, day: date | None, limit: int, page: int) -> Reply:
        found = [] if day is None else self._days[day]
        if isinstance(found, bytes):
            body = found
        else:
            listed = found[page * limit : (page + 1) * limit]
            body = json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode()
        return Reply(200, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


ATOM_ERROR = """<entry>
<id>https://arxiv.org/api/errors#incorrect_id_format_for_{0}</id>
<title>Error</title><summary>incorrect id format for {0}</summary>
<author><name>arXiv api core</name></author>
</entry>"""


class ArxivSite:
    """Decides what a request to arXiv gets.

    Args:
        entries: Atom entries by arXiv id, others are unknown. Default: made up for every id.
    """

    def __init__(self, entries: Mapping[str, str] | None = None):
        self._entries = entries

    def answer(self, query: Mapping[str, str]) -> Reply:
        """The answer to a query: newest papers first, nothing for an id that is unknown."""
        ids = query.get("id_list", "").split(",")
        most = int(query.get("max_results", 10))
        for text in ids:
            if parse_arxiv_id(text) is None:
                return self._reply([ATOM_ERROR.format(escape(text))], 400)
        found = [self._entry(i) for i in sorted(set(ids), reverse=True)]
        return self._reply([entry for entry in found if entry][:most])

    def _entry(self, arxiv_id: str) -> str:
        if self._entries is None:
            return generate_arxiv_entry(arxiv_id)
        return self._entries.get(arxiv_id, "")

    def _reply(self, entries: list[str], status: int = 200) -> Reply:
        return Reply(status, atom_feed(*entries), content_type="application/atom+xml")


def atom_feed(*entries: str, total: int | None = None) -> bytes:
    """A feed as arXiv sends it, of entries given as XML."""
    count = len(entries) if total is None else total
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"'
        ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">\n'
        f"<opensearch:totalResults>{count}</opensearch:totalResults>\n"
        + "\n".join(entries)
        + "\n</feed>\n"
    ).encode()


def generate_arxiv_entry(arxiv_id: str) -> str:
    """Makes up what arXiv says of a paper, always the same."""
    chance = random.Random(arxiv_id)  # noqa: S311  # made-up papers, no secrets
    writer = _Writer(chance)
    version, category = chance.randint(1, 4), chance.choice(["cs.CL", "cs.CV", "cs.LG", "stat.ML"])
    people = [writer.name() for _ in range(chance.randint(1, 12))]
    published = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000))
    updated = published + timedelta(days=20 * (version - 1))
    fields = {
        "id": f"http://arxiv.org/abs/{arxiv_id}v{version}",
        "title": f"{writer.word('coined')}: {writer.word('thing')} for {writer.word('place')}",
        "summary": writer.sentence(),
        "published": f"{published:%Y-%m-%dT%H:%M:%SZ}",
        "updated": f"{updated:%Y-%m-%dT%H:%M:%SZ}",
        "arxiv:comment": f"{chance.randint(4, 40)} pages",
    }
    lines = [f"<{name}>{escape(value)}</{name}>" for name, value in fields.items()]
    lines += [f"<author><name>{escape(name)}</name></author>" for name in people]
    lines += [f'<category term="{category}"/>', f'<arxiv:primary_category term="{category}"/>']
    return "<entry>" + "".join(lines) + "</entry>"


# --- Faults --------------------------------------------------------------------------------


class Exchange:
    """A request being answered: what a fault may do to it."""

    def __init__(self, handler: "_Handler", reply: Reply):
        self._handler = handler
        self.path = handler.path  # with the query
        self.reply = reply

    def send(
        self,
        body: bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        *,
        content_type: str = "application/json; charset=utf-8",
        length: int | None = None,
    ) -> None:
        """Sends an answer; `length` is the Content-Length if not that of the body."""
        self.write(
            self.head(status, headers, content_type, len(body) if length is None else length)
        )
        self.write(body)

    def head(
        self,
        status: int,
        headers: Mapping[str, str] | None,
        content_type: str,
        length: int | None,
    ) -> bytes:
        """The lines before a body; without a length, the body ends with the connection."""
        lines = {"Date": self._handler.date_time_string(), "Content-Type": content_type}
        lines |= {} if length is None else {"Content-Length": str(length)}
        lines |= headers or {}
        if length is None:
            self.hang_up_after()
        text = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        return (text + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n").encode()

    def write(self, data: bytes) -> None:
        """Sends bytes as they are; they leave when the exchange ends, or with flush."""
        self._handler.wfile.write(data)

    def flush(self) -> None:
        """Lets bytes leave now."""
        self._handler.wfile.flush()

    def pause(self, seconds: float) -> None:
        """Waits, but not longer than the server lives."""
        self._handler.server.stopping.wait(seconds)

    def hang_up_after(self) -> None:
        """Closes the connection when the exchange is over."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Ends the connection at once with a TCP reset, as a crashed server does."""
        self.hang_up_after()
        connection = self._handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The server would say goodbye before it closes; the bare descriptor does not.
        os.close(connection.detach())


Fault = Callable[[Exchange], None]


def well(exchange: Exchange) -> None:
    """No fault: the answer as it should be."""
    reply = exchange.reply
    headers = {"ETag": reply.etag} if reply.etag else None
    exchange.send(reply.body, reply.status, headers, content_type=reply.content_type)


def status(code: int, retry_after: str = "") -> Fault:
    """A status without a list, perhaps with a Retry-After."""

    def fault(exchange: Exchange) -> None:
        headers = {"Retry-After": retry_after} if retry_after else None
        exchange.send(b"", code, headers, content_type="text/plain")

    return fault


def body(data: bytes, content_type: str = "application/json; charset=utf-8") -> Fault:
    """Status 200 with another body: null, 0, a page in HTML."""
    return lambda exchange: exchange.send(data, content_type=content_type)


def close(exchange: Exchange) -> None:
    """The connection ends without an answer."""
    exchange.hang_up_after()


def reset(exchange: Exchange) -> None:
    """The connection is reset without an answer."""
    exchange.reset()


def reset_in_body(exchange: Exchange) -> None:
    """The connection is reset in the middle of the body."""
    data = exchange.reply.body
    exchange.send(data[: len(data) // 2], length=len(data))
    exchange.flush()
    exchange.pause(0.05)  # so that the client has read what a reset would throw away
    exchange.reset()


def hang(seconds: float) -> Fault:
    """Silence, then a good answer."""

    def fault(exchange: Exchange) -> None:
        exchange.pause(seconds)
        well(exchange)

    return fault


def drip(seconds: float, *, from_byte: int | None = None) -> Fault:
    """A good answer, a byte at a time: the body only, or from a byte of the head on."""

    def fault(exchange: Exchange) -> None:
        data = exchange.reply.body
        head = exchange.head(200, None, "application/json", len(data))
        start = len(head) if from_byte is None else from_byte
        exchange.write((head + data)[:start])
        for byte in (head + data)[start:]:
            exchange.flush()
            exchange.pause(seconds)
            exchange.write(bytes([byte]))

    return fault


def truncated(exchange: Exchange) -> None:
    """Half the bytes that Content-Length tells of."""
    data = exchange.reply.body
    exchange.send(data[: len(data) // 2], length=len(data))
    exchange.hang_up_after()


def truncated_chunks(exchange: Exchange) -> None:
    """A chunked body that ends before its last chunk."""
    chunked(exchange, end=b"")
    exchange.hang_up_after()


def truncated_unframed(exchange: Exchange) -> None:
    """Half a body that says nowhere how long it is."""
    data = exchange.reply.body
    exchange.write(exchange.head(200, None, "application/json", None) + data[: len(data) // 2])


def chunked(exchange: Exchange, end: bytes = b"0\r\n\r\n") -> None:
    """A good answer in chunks."""
    data = exchange.reply.body
    lines = {"Transfer-Encoding": "chunked", "ETag": exchange.reply.etag}
    head = exchange.head(200, lines, "application/json", 0)
    exchange.write(head.replace(b"Content-Length: 0\r\n", b""))
    for start in range(0, len(data), 1000):
        piece = data[start : start + 1000]
        exchange.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    exchange.write(end)


def gzipped(exchange: Exchange) -> None:
    """A good answer, compressed."""
    exchange.send(gzip.compress(exchange.reply.body), headers={"Content-Encoding": "gzip"})


def gzip_truncated(exchange: Exchange) -> None:
    """A compressed answer that lost its end before it was sent, so its length looks right."""
    data = gzip.compress(exchange.reply.body)
    exchange.send(data[: len(data) // 2], headers={"Content-Encoding": "gzip"})


def huge(mib: int, *, is_announced: bool = False) -> Fault:
    """A body of so many MiB, its length told or not."""

    def fault(exchange: Exchange) -> None:
        length = mib * MIB if is_announced else None
        exchange.write(exchange.head(200, None, "application/json", length) + b"[")
        for _ in range(mib):
            exchange.write(b" " * MIB)
        exchange.hang_up_after()

    return fault


def gzip_bomb(mib: int) -> Fault:
    """So many MiB of blanks in a small compressed body."""

    def fault(exchange: Exchange) -> None:
        exchange.send(_bomb(mib), headers={"Content-Encoding": "gzip"})

    return fault


def _bomb(mib: int) -> bytes:
    """One compressed MiB again and again; nobody gets as far as the missing checksum."""
    stream = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    start = stream.compress(b"[") + stream.flush(zlib.Z_FULL_FLUSH)
    return start + (stream.compress(b" " * MIB) + stream.flush(zlib.Z_FULL_FLUSH)) * mib


def redirect(location: str, code: int = 302) -> Fault:
    """A redirect; to the asked address itself with an empty location: a loop."""
    return lambda exchange: exchange.send(b"moved", code, {"Location": location or exchange.path})


def recoded(charset: str) -> Fault:
    """A good answer in another charset than its Content-Type says."""
    return lambda exchange: exchange.send(exchange.reply.body.decode().encode(charset, "replace"))


OUTAGE_PAGE = b"<!doctype html><html><body><h1>We will be back soon</h1></body></html>"
FAULTS: dict[str, Fault] = {
    "429": status(429),
    "429-wait": status(429, retry_after="2"),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "401": status(401),
    "close": close,
    "reset": reset,
    "reset-in-body": reset_in_body,
    "hang": hang(3600),
    "drip": drip(1),
    "truncated": truncated,
    "truncated-chunks": truncated_chunks,
    "truncated-unframed": truncated_unframed,
    "gzip-truncated": gzip_truncated,
    "html": body(OUTAGE_PAGE, "text/html; charset=utf-8"),
    "html-as-json": body(OUTAGE_PAGE),
    "null": body(b"null"),
    "zero": body(b"0"),
    "empty-list": body(b"[]"),
    "no-bytes": body(b""),
    "utf-16": recoded("utf-16"),
    "latin-1": recoded("latin-1"),
    "huge": huge(300),
    "huge-announced": huge(300, is_announced=True),
    "gzip-bomb": gzip_bomb(1000),
    "redirect-elsewhere": redirect("https://elsewhere.invalid/list"),
    "redirect-loop": redirect(""),
}
# A list is used up, a fault a request, and all is well after it; a single fault stays.
Faults = Mapping[date | int, Fault | Sequence[Fault]]


# --- The server ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """A line of the server's log."""

    number: int  # from 1
    at: float  # time.monotonic() when its head was read
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    connection: int
    open_connections: int  # at that moment, its own included


class ReplayServer(ThreadingHTTPServer):
    """Serves days on 127.0.0.1 in a thread of its own, from `with` to the end of its block.

    Args:
        days: Lists by day, or a folder of them.
        faults: What goes wrong, by day asked for or by number of request (from 1).
        today: Days after it have no list yet. Default: the newest day.
        port: 0 for any that is free.
        arxiv: What is answered as arXiv. Default: papers made up for all ids.
    """

    daemon_threads = True

    def __init__(
        self,
        days: Days | Path,
        faults: Faults | None = None,
        *,
        today: date | None = None,
        port: int = 0,
        arxiv: ArxivSite | None = None,
    ):
        self.arxiv = arxiv or ArxivSite()
        self.site = Site(FolderDays(days) if isinstance(days, Path) else days, today)
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self._faults = dict(faults or {})
        self._used: dict[date | int, int] = {}
        self._open: set[int] = set()
        self._connection_count = 0
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def origin(self) -> str:
        """The address of the server, without a path."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """The address of the API: the value of PAPER_PIPELINE_DAILY_PAPERS_URL."""
        return self.origin + PATH

    @property
    def arxiv_url(self) -> str:
        """The address of arXiv's API: the value of PAPER_PIPELINE_ARXIV_URL."""
        return self.origin + ARXIV_PATH

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def opened(self) -> int:
        """Numbers a new connection."""
        with self._lock:
            self._connection_count += 1
            self._open.add(self._connection_count)
            return self._connection_count

    def closed(self, connection: int) -> None:
        """Forgets a connection."""
        with self._lock:
            self._open.discard(connection)

    def record(
        self, path: str, query: dict[str, str], headers: dict[str, str], connection: int
    ) -> Request:
        """Writes a request into the log."""
        with self._lock:
            request = Request(
                len(self.requests) + 1, time.monotonic(), path, query, headers, connection,
                len(self._open),
            )  # fmt: skip
            self.requests.append(request)
            return request

    def fault_of(self, request: Request) -> Fault:
        """What goes wrong with a request, if anything."""
        keys: list[date | int] = [request.number]
        with contextlib.suppress(ValueError):
            keys.append(date.fromisoformat(request.query.get("date", "")))
        with self._lock:
            for key in keys:
                fault = self._faults.get(key)
                if callable(fault):
                    return fault
                used = self._used.get(key, 0)
                if fault and used < len(fault):
                    self._used[key] = used + 1
                    return fault[used]
        return well

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; any other error is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: ReplayServer
    protocol_version = "HTTP/1.1"  # connections are kept
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together

    def setup(self) -> None:
        super().setup()
        self.number = self.server.opened()

    def finish(self) -> None:
        self.server.closed(self.number)
        super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {k.lower(): v for k, v in self.headers.items()}
        request = self.server.record(parts.path, query, headers, self.number)
        if parts.path == PATH:
            reply = self.server.site.answer(query)
        elif parts.path == ARXIV_PATH:
            reply = self.server.arxiv.answer(query)
        else:
            reply = _error(f"nothing at {parts.path}", 404)
        exchange = Exchange(self, reply)
        fault = self.server.fault_of(request)
        if fault is well and reply.etag and _is_held(reply.etag, headers):
            exchange.write(
                f"HTTP/1.1 304 Not Modified\r\nDate: {self.date_time_string()}\r\n"
                f"ETag: {reply.etag}\r\n\r\n".encode()
            )
        else:
            fault(exchange)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr: the log is a list."""


def _is_held(etag: str, headers: Mapping[str, str]) -> bool:
    held = [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    return etag in held or held == ["*"]


def _fault_argument(text: str) -> tuple[date, Fault]:
    day, _, name = text.partition("=")
    if name not in FAULTS:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(FAULTS)}, found {name!r}")
    return date.fromisoformat(day), FAULTS[name]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m paper_pipeline_tests.replay",
        description="Serves lists of days as the Daily Papers API does, on 127.0.0.1 only.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--days", type=Path, metavar="DIR", help="folder of YYYY-MM-DD.json")
    what.add_argument("--generate", type=int, metavar="N", help="make up N weekdays instead")
    parser.add_argument("--port", type=int, default=8000, help="default 8000; 0 for a free one")
    parser.add_argument(
        "--today", type=date.fromisoformat, metavar="YYYY-MM-DD",
        help="days after it have no list yet; default: the newest day, or now with --generate",
    )  # fmt: skip
    parser.add_argument(
        "--fault", type=_fault_argument, action="append", default=[], metavar="YYYY-MM-DD=NAME",
        help="what goes wrong with a day, again and again: " + ", ".join(FAULTS),
    )  # fmt: skip
    given = parser.parse_args(arguments)
    today = given.today or datetime.now(UTC).date()
    days = FolderDays(given.days) if given.days else GeneratedDays(given.generate, today)
    with ReplayServer(days, dict(given.fault), today=given.today, port=given.port) as server:
        print(f"{len(days)} days up to {server.site.today} on {server.url}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
