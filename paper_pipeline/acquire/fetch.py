"""Fetching: one answer of a site, whole and plausible, or an error that says what to do.

Data flow: URL and parameters -> Answer (bytes as the site meant them, with time and validators).

The only module that asks sites for pages; reader/hub.py sends releases to one. What an answer
means, which
days to ask for and where the bytes are kept is decided elsewhere. Settings come in as a value;
nothing is read from the environment, neither proxies nor .netrc, and no cookies are kept.
"""

import io
import logging
import math
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from importlib.metadata import version
from typing import NamedTuple, Self
from urllib.parse import urljoin

import requests
import tenacity
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError

from paper_pipeline.net import Origin, origin_of, require_token, shown_url
from paper_pipeline.settings import PREFIX, Settings, SettingsError

log = logging.getLogger(__name__)


class Site(NamedTuple):
    """A site that the settings name.

    Attributes:
        setting: The setting that holds its address.
        least_interval_seconds: Between requests, whatever rate the settings allow.
        takes_token: Whether the token is meant for it.
    """

    setting: str
    least_interval_seconds: float = 0.0
    takes_token: bool = False


DAILY_PAPERS = Site("daily_papers_url", takes_token=True)
# A request every three seconds and one connection are all that arXiv allows:
# https://info.arxiv.org/help/api/tou.html#rate-limits
ARXIV = Site("arxiv_url", least_interval_seconds=3.0)

HUGGING_FACE = Origin("https", "huggingface.co", 443)
# Besides the site of the settings: the real site of the lists, which a mirror may send us back
# to, and the export API of arXiv, which describes the papers that are listed.
ALWAYS_ALLOWED = frozenset({HUGGING_FACE, Origin("https", "export.arxiv.org", 443)})
MAX_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Hugging Face counts requests in windows of five minutes: a longer wait is for another run.
MAX_RETRY_AFTER_SECONDS = 300
MAX_BACKOFF_SECONDS = 60
# Shorter waits are told by the progress of the whole.
LEAST_SECONDS_TOLD = 2.0
# A cache on the way may give an answer an old date. A clock that is ahead by more is wrong, and
# what it dates would be the newest that is known until that day.
MOST_AHEAD = timedelta(days=1)
# Also the most that one step of decompression may yield.
PIECE_BYTES = 1 << 16
BLANKS = b" \t\r\n\0"  # with NUL, so that UTF-16 is recognised too
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
JSON_TYPES = ("", "application/json", "text/json", "text/plain")
# A redirect's query can hold a signature, so only what we ask for ourselves is ever shown.
SHOWN_PARAMETERS = frozenset(
    {"date", "week", "month", "limit", "p", "sort", "submitter"}
    | {"id_list", "search_query", "start", "max_results"}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site sent, complete: its body decompressed and otherwise untouched."""

    url: str  # that gave the answer, after redirects
    status: int
    body: bytes
    captured_at: datetime
    etag: str
    last_modified: str
    content_type: str
    is_unchanged: bool  # 304: what the caller's validators stand for still holds


class Kind(NamedTuple):
    """A way in which fetching fails."""

    is_retryable: bool
    remedy: str


ADDRESSES = "PAPER_PIPELINE_DAILY_PAPERS_URL (for arXiv: PAPER_PIPELINE_ARXIV_URL)"
KINDS = {
    "rate_limited": Kind(True, "ask later, or lower PAPER_PIPELINE_FETCH_RATE"),
    "server_error": Kind(True, "the site is in trouble; ask later"),
    "connection_failed": Kind(True, f"check the network and {ADDRESSES}"),
    "host_not_found": Kind(True, f"check the network and {ADDRESSES}"),
    "tls_failed": Kind(True, "check the clock, and what stands between this machine and the site"),
    "timed_out": Kind(True, "ask later, or raise the PAPER_PIPELINE_..._TIMEOUT_SECONDS"),
    "cut_off": Kind(True, "ask later"),
    "broken_compression": Kind(True, "ask later"),
    "not_json": Kind(True, "this is usually an outage page; ask later"),
    "too_large": Kind(False, "raise PAPER_PIPELINE_MAX_ANSWER_MIB if this really is a list"),
    "not_allowed_host": Kind(False, f"if this site is meant, name it in {ADDRESSES}"),
    "redirect_loop": Kind(False, "see in a browser where the address leads"),
    "unauthorised": Kind(
        False,
        "set PAPER_PIPELINE_HF_TOKEN, or renew it: it may have expired or lack the right "
        "(arXiv takes none, and shuts out who asks too often)",
    ),
    "not_found": Kind(False, f"check {ADDRESSES}"),
    "clock_ahead": Kind(False, "set the clock of this machine; nothing is kept under a wrong date"),
    "refused_by_server": Kind(False, "the site does not take this request; its API may be new"),
    "unexpected_status": Kind(False, "the site may have changed its API"),
}


class FetchError(Exception):
    """No answer could be had.

    Attributes:
        kind: A key of KINDS.
        is_retryable: Whether the same request may succeed later with nothing changed here.
        url: What was asked, without the values of parameters that may be secret.
        status: Of the answer, if there was one.
        retry_after_seconds: How long the site asked to be left alone, if it did.
        try_count: Tries made so far.
    """

    def __init__(
        self,
        kind: str,
        url: str,
        problem: str,
        *,
        status: int | None = None,
        retry_after_seconds: int | None = None,
    ):
        self.kind = kind
        self.is_retryable, remedy = KINDS[kind]
        self.url = shown_url(url, SHOWN_PARAMETERS)
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.try_count = 1
        super().__init__(f"{self.url}: {problem}; {remedy}")

    @property
    def is_worth_retry(self) -> bool:
        """Whether the same request may succeed in some minutes."""
        return self.is_retryable and (self.retry_after_seconds or 0) <= MAX_RETRY_AFTER_SECONDS

    def __str__(self) -> str:
        tries = f" (tried {self.try_count} times)" if self.try_count > 1 else ""
        return f"{self.kind}: {self.args[0]}{tries}"


class Fetcher:
    """Asks allowed sites politely: one request at a time, each well after the one before.

    A turn is counted from the moment the site has answered (or failed to), not from when the
    request left: whatever connecting took, the site sees requests at least 1 / fetch_rate apart.
    Rate limiting libraries count when leave to send is given, and a connection that is slow to
    open then brings two requests close together.
    """

    def __init__(
        self,
        settings: Settings,
        site: Site,
        clock: Callable[[], float],
        sleep: Callable[..., None],
    ):
        self._settings = settings
        self._clock, self._sleep = clock, sleep
        self._home = _home_of(settings, site)
        self._interval = (
            0.0
            if is_unlimited(settings)
            else max(1 / settings.fetch_rate, site.least_interval_seconds)
        )
        # Without a rate nobody but this machine is asked.
        self._allowed = {self._home} if is_unlimited(settings) else {self._home, *ALWAYS_ALLOWED}
        require_token(settings.hf_token.get_secret_value().strip())
        # Never in a local variable: some error reports show those.
        self._token = settings.hf_token.get_secret_value().strip() if site.takes_token else ""
        self._user_agent = _user_agent(settings)
        self._max_bytes = settings.max_answer_mib * 1024 * 1024
        self._next_turn: float | None = None
        self._ends_at = clock() + settings.fetch_hours * 3600
        self._one_at_a_time = threading.Lock()
        self._adapter = _TimedAdapter(pool_maxsize=1)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        site: Site = DAILY_PAPERS,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[..., None] = time.sleep,
    ) -> Self:
        """Makes a fetcher.

        Args:
            settings: Those of fetching are used.
            site: Whom it is to ask.
            clock: Seconds, for the spacing of requests. Timeouts always run on the real clock.
            sleep: Called between requests and tries.

        Raises:
            SettingsError: The URL is not one that may be asked, the rate is 0 for a site other
                than this machine, or contact or token hold characters that no header can.
        """
        return cls(settings, site, clock, sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._adapter.close()

    @property
    def is_over(self) -> bool:
        """Whether this fetcher has asked for as long as the settings allow a run."""
        return self._clock() >= self._ends_at

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        etag: str = "",
        last_modified: str = "",
        accept: str = "application/json",
    ) -> Answer:
        """Gets one answer, trying as often and for as long as the settings allow.

        Args:
            url: Of an allowed site.
            params: Put into the query.
            etag: Of an answer held already; an unchanged one then comes without its body.
            last_modified: The same, for sites that give no ETag.
            accept: Content type to ask for. With application/json, answers are refused that
                cannot be JSON; whether they are is for the parser to say.

        Raises:
            FetchError: There is no answer; see its kind.
        """
        headers = {
            "Accept": accept,
            # gzip and nothing else, because its decompression can be stopped at any byte.
            "Accept-Encoding": "gzip",
            "User-Agent": self._user_agent,
        }
        headers |= {"If-None-Match": etag} if etag else {}
        headers |= {"If-Modified-Since": last_modified} if last_modified else {}
        # tenacity, not urllib3's Retry: that one is done before the body is streamed, so it sees
        # neither a body cut off nor an outage page, and it would not wait for its turn.
        tries = tenacity.Retrying(
            stop=self._is_last,
            retry=tenacity.retry_if_exception(_is_worth_another_try),
            wait=_wait_seconds,
            sleep=self._sleep,
            before_sleep=self._log_retry,
            reraise=True,
        )
        with self._one_at_a_time:
            try:
                return tries(self._follow, url, params, headers)
            except FetchError as error:
                error.try_count = tries.statistics["attempt_number"]
                raise

    def _is_last(self, state: tenacity.RetryCallState) -> bool:
        is_late = self._clock() + state.upcoming_sleep >= self._ends_at
        return is_late or state.attempt_number >= self._settings.fetch_attempts

    def _log_retry(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        number, of = state.attempt_number + 1, self._settings.fetch_attempts
        asked = isinstance(error, FetchError) and error.retry_after_seconds
        why = ", as the site asks" if asked else ""
        wait = state.upcoming_sleep
        log.info("Waiting %.0f s for try %d of %d%s: %s", wait, number, of, why, error)

    def _follow(
        self, url: str, params: Mapping[str, str] | None, headers: dict[str, str]
    ) -> Answer:
        asked = self._prepare(url, params, headers)
        for _ in range(MAX_REDIRECTS + 1):
            found = self._ask(asked)
            if isinstance(found, Answer):
                return found
            asked = self._prepare(found, None, headers, base=str(asked.url))
        raise FetchError(
            "redirect_loop", url, f"expected an answer within {MAX_REDIRECTS} redirects, found more"
        )

    def _prepare(
        self, url: str, params: Mapping[str, str] | None, headers: dict[str, str], base: str = ""
    ) -> requests.PreparedRequest:
        try:
            url = urljoin(base, url)
            request = requests.Request("GET", url, headers=headers, params=params).prepare()
        except (requests.RequestException, ValueError):  # whose texts hold the whole query
            raise FetchError(
                "not_allowed_host", url, "expected an http or https address, found one that is none"
            ) from None
        try:
            origin = origin_of(str(request.url))
        except ValueError as error:
            raise FetchError("not_allowed_host", url, str(error)) from None
        if origin not in self._allowed:
            names = ", ".join(sorted(map(str, self._allowed)))
            raise FetchError("not_allowed_host", url, f"expected one of {names}, found another")
        if self._token and origin in (self._home, HUGGING_FACE):
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _ask(self, request: requests.PreparedRequest) -> Answer | str:
        """Sends one request; returns the answer, or where it redirects to."""
        url = str(request.url)
        self._wait_for_turn()
        limits = self._settings
        deadline = time.monotonic() + limits.total_timeout_seconds
        _deadline.set(deadline)
        try:
            try:
                # The adapter, not a Session: that one reads the body of a redirect to its end,
                # however large, even when told not to follow it; and it keeps cookies.
                response = self._adapter.send(
                    request,
                    stream=True,
                    timeout=(limits.connect_timeout_seconds, limits.read_timeout_seconds),
                )
            finally:
                self._next_turn = self._clock() + self._interval
            with response:  # closes the connection unless the body was read to its end
                captured_at = datetime.now(UTC)
                _check_clock(url, response.headers, captured_at)
                status = response.status_code
                if status in REDIRECTS and "Location" in response.headers:
                    return response.headers["Location"]
                is_unchanged = status == 304 and _is_conditional(request)
                if status != 200 and not is_unchanged:
                    raise _name_status(url, response)
                body = self._read(url, response, deadline)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _name_failure(error, url, deadline, limits) from None
        found = response.headers
        if not is_unchanged and request.headers["Accept"] == "application/json":
            _check_json(url, found, body)
        return Answer(
            url=url,
            status=status,
            body=body,
            captured_at=captured_at,
            etag=found.get("ETag", ""),
            last_modified=found.get("Last-Modified", ""),
            content_type=found.get("Content-Type", ""),
            is_unchanged=is_unchanged,
        )

    def _wait_for_turn(self) -> None:
        if not self._interval:
            return
        if self._next_turn is None:  # another run may have asked a moment ago
            self._next_turn = self._clock() + self._interval
        wait = self._next_turn - self._clock()
        if wait > LEAST_SECONDS_TOLD:
            host, least = self._home.host, self._interval
            log.info("Waiting %.0f s: %s is asked once in %g s at most", wait, host, least)
        if wait > 0:
            self._sleep(wait)

    def _read(self, url: str, response: requests.Response, deadline: float) -> bytes:
        """Reads a body, decompressed, within the limits of time and size."""
        status = response.status_code
        limit = self._max_bytes
        too_large = FetchError(
            "too_large", url,
            f"expected at most {self._settings.max_answer_mib} MiB, found more", status=status,
        )  # fmt: skip
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and int(length[:20]) > limit:
            raise too_large
        pieces: list[bytes] = []
        size = 0
        try:
            for piece in _decoded(_sent(response, limit, too_large), response, url):
                if time.monotonic() > deadline:
                    raise TimeoutError
                size += len(piece)
                if size > limit:
                    raise too_large
                pieces.append(piece)
        except (zlib.error, EOFError) as error:
            raise FetchError(
                "broken_compression", url, f"expected whole gzip, found it broken: {error}",
                status=status,
            ) from None  # fmt: skip
        return b"".join(pieces)


def is_unlimited(settings: Settings) -> bool:
    """Whether the settings ask for no rate limit."""
    return settings.fetch_rate <= 0 or math.isinf(settings.fetch_rate)


def _home_of(settings: Settings, site: Site) -> Origin:
    try:
        home = origin_of(getattr(settings, site.setting))
    except ValueError as error:
        raise SettingsError(f"{PREFIX}{site.setting.upper()}: {error}") from None
    if is_unlimited(settings) and not home.is_loopback:
        raise SettingsError(
            f"PAPER_PIPELINE_FETCH_RATE: expected requests a second, found "
            f"{settings.fetch_rate:g} with {home.host}; only this machine is asked without a limit"
        )
    return home


def _user_agent(settings: Settings) -> str:
    name = f"paper_pipeline/{version('paper-pipeline')}"
    contact = settings.fetch_contact.strip()
    if not all(" " <= character <= "~" for character in contact):
        raise SettingsError(
            f"PAPER_PIPELINE_FETCH_CONTACT: expected plain ASCII, found {contact!r}"
        )
    return f"{name} (+{contact})" if contact else name


def retry_after_seconds(headers: Mapping[str, str]) -> int | None:
    """How long a site asks to be left alone, or None if it does not say so in a known way.

    Both forms of RFC 9110, section 10.2.3. A date is taken against the answer's own Date, so a
    clock that is wrong on either side does not matter.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    until = _http_date(text)
    if until is None:
        return None
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(math.ceil((until - now).total_seconds()), 0)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_worth_another_try(error: BaseException) -> bool:
    return isinstance(error, FetchError) and error.is_worth_retry


_backoff = tenacity.wait_exponential_jitter(initial=1, max=MAX_BACKOFF_SECONDS, jitter=1)


def _wait_seconds(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, FetchError) else None
    return max(_backoff(state), asked or 0)


def _is_conditional(request: requests.PreparedRequest) -> bool:
    return bool({"If-None-Match", "If-Modified-Since"} & request.headers.keys())


def _check_clock(url: str, headers: Mapping[str, str], now: datetime) -> None:
    """Refuses answers while this machine's clock is ahead of the site's."""
    sent_at, age = _http_date(headers.get("Date", "")), headers.get("Age", "").strip()[:9]
    if sent_at is None:
        return
    held = timedelta(seconds=int(age) if age.isascii() and age.isdigit() else 0)  # by a cache
    if now - sent_at - held > MOST_AHEAD:
        raise FetchError(
            "clock_ahead", url,
            f"expected the clock at about {sent_at + held:%Y-%m-%d %H:%M} UTC, as the site's is, "
            f"found {now:%Y-%m-%d %H:%M}",
        )  # fmt: skip


def _name_status(url: str, response: requests.Response) -> FetchError:
    status = response.status_code
    match status:
        case 401 | 403:
            kind = "unauthorised"
        case 404 | 410:
            kind = "not_found"
        case 429:
            kind = "rate_limited"
        case _ if status >= 500:
            kind = "server_error"
        case _ if status >= 400:
            kind = "refused_by_server"
        case _:
            kind = "unexpected_status"
    problem = f"expected status 200, found {status}"
    wait = retry_after_seconds(response.headers)
    if wait is not None and wait > MAX_RETRY_AFTER_SECONDS:
        problem += f" and to wait {wait:,} s, over the {MAX_RETRY_AFTER_SECONDS} s that a run waits"
    return FetchError(kind, url, problem, status=status, retry_after_seconds=wait)


def _sent(response: requests.Response, limit: int, too_large: FetchError) -> Iterator[bytes]:
    """The body as it was sent, in pieces as they arrive: a piece is never waited to be full."""
    size = 0
    while piece := response.raw.read1(PIECE_BYTES, decode_content=False):
        size += len(piece)
        if size > limit:
            raise too_large
        yield piece


def _decoded(pieces: Iterator[bytes], response: requests.Response, url: str) -> Iterator[bytes]:
    """The body decompressed, in pieces of PIECE_BYTES at most, whatever they were made from."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from pieces
        return
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(
            "broken_compression", url,
            f"expected gzip, as asked for, found Content-Encoding {encoding[:40]!r}",
            status=response.status_code,
        )  # fmt: skip
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    is_empty = True
    for piece in pieces:
        while piece:
            if stream.eof:  # a further member
                stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
            is_empty = False
            yield stream.decompress(piece, PIECE_BYTES)
            piece = stream.unused_data if stream.eof else stream.unconsumed_tail
    while not stream.eof and (rest := stream.decompress(b"", PIECE_BYTES)):
        yield rest
    if not (stream.eof or is_empty):
        raise EOFError("it ends early")


def _check_json(url: str, headers: Mapping[str, str], body: bytes) -> None:
    """Refuses what cannot be JSON, in any charset: outage pages, nothing at all, half a list."""
    content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    text = body
    for mark in MARKS:
        text = text.removeprefix(mark)
    text = text.strip(BLANKS)
    if content_type not in JSON_TYPES and not content_type.endswith("+json"):
        problem = f"expected JSON, found {content_type[:80]!r}"
    elif not text:
        problem = "expected JSON, found an empty body"
    elif text[:1] not in b'[{n0123456789"tf-':
        problem = f"expected JSON, found a body that starts with {text[:20]!r}"
    else:
        is_framed = "Content-Length" in headers or "Transfer-Encoding" in headers
        end = {b"[": b"]", b"{": b"}", b'"': b'"'}.get(text[:1], text[-1:])
        if is_framed or text.endswith(end):
            return
        raise FetchError(
            "cut_off", url, f"expected {end!r} at the end, found {text[-20:]!r}", status=200
        )
    raise FetchError("not_json", url, problem, status=200)


def _name_failure(error: Exception, url: str, deadline: float, limits: Settings) -> FetchError:
    """Finds what lies behind the nested errors of requests, urllib3 and the sockets."""
    causes = list(_causes(error))
    if time.monotonic() >= deadline:
        kind, problem = (
            "timed_out",
            f"expected an answer within {limits.total_timeout_seconds:g} s in all, found none",
        )
    elif any(isinstance(c, requests.ConnectTimeout) for c in causes):
        kind, problem = (
            "timed_out",
            f"expected a connection within {limits.connect_timeout_seconds:g} s, found none",
        )
    elif any(isinstance(c, requests.ReadTimeout | ReadTimeoutError | TimeoutError) for c in causes):
        kind, problem = (
            "timed_out",
            f"expected bytes within {limits.read_timeout_seconds:g} s, found silence",
        )
    elif any(isinstance(c, NameResolutionError | socket.gaierror) for c in causes):
        kind, problem = "host_not_found", "expected the host to have an address, found none"
    elif any(isinstance(c, requests.exceptions.SSLError) for c in causes):
        kind, problem = "tls_failed", f"expected a trusted connection, found {causes[-1]}"
    elif isinstance(error, HTTPError):  # urllib3's own, so the body was being read
        kind, problem = "cut_off", f"expected a whole body, found it cut off: {causes[-1]}"
    else:
        kind, problem = "connection_failed", f"expected an answer, found {causes[-1]}"
    return FetchError(kind, url, problem)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it wraps: as arguments, as `reason`, or as its cause."""
    yield error
    inner = [getattr(error, "reason", None), error.__cause__, *error.args]
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
            return


# --- The total timeout ---------------------------------------------------------------------
# Neither requests nor urllib3 bounds an answer as a whole: their read timeout starts anew with
# every byte, in the head as in the body. So every read from the socket is given what is left.

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


class _TimedReader(io.RawIOBase):
    """Reads from a socket until the deadline of the answer, on time.monotonic()."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket):
        self._stream, self._socket = stream, sock
        self._silence_seconds = sock.gettimeout() or math.inf
        self._deadline = _deadline.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for the whole answer is over")
        self._socket.settimeout(min(self._silence_seconds, left))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: object, **options: object):
        super().__init__(sock, *arguments, **options)  # type: ignore[arg-type]
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))


class _TimedHTTPConnection(HTTPConnection):
    response_class = _TimedResponse


class _TimedHTTPSConnection(HTTPSConnection):
    response_class = _TimedResponse


class _TimedHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimedHTTPConnection  # type: ignore[assignment]  # as urllib3's own does


class _TimedHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedHTTPSConnection  # type: ignore[assignment]


class _TimedAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: object, **options: object) -> None:
        super().init_poolmanager(*arguments, **options)  # type: ignore[arg-type]
        pools: dict[str, type[urllib3.HTTPConnectionPool | urllib3.HTTPSConnectionPool]] = {
            "http": _TimedHTTPPool,
            "https": _TimedHTTPSPool,
        }
        self.poolmanager.pool_classes_by_scheme = pools
        # Without this, a dropped pool leaves its connections open until garbage collection.
        self.poolmanager.pools.dispose_func = urllib3.HTTPConnectionPool.close
