"""Reads answers of the Daily Papers API, of every era, and the damaged forms archives keep them in.

Data flow: bytes -> decode_dump -> scan_answer (elements: spans and JSON values) -> read_elements
(Entry or BrokenEntry each, Drift) -> Page.

An answer is a list with an object a paper. Met as well: the object {dailyPapers: [...]} of the
site's own pages, an object {status, date, count, data} around the list, an entry or a list a line,
lists of Python reprs, and bare values such as `0`. KNOWN_FIELDS is all that is known of an entry's
fields; what differs from it is drift, and never fatal.

The sibling daily_papers_html.py finds the same objects in pages and reads them with read_elements.
Text is handed on as found; folding and limits belong in normalize.py and quarantine.py.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, cast

from paper_pipeline.clean.formats.decoding import Decoded, decode_dump
from paper_pipeline.clean.formats.format import Format
from paper_pipeline.clean.page import BrokenEntry, Capture, Drift, Entry, Page
from paper_pipeline.identifiers import parse_arxiv_id, repair_float_arxiv_id

# Repairs of an entry, and the note on an answer that ends just behind an element.
FLOAT_IDENTIFIER = "float_identifier"
PYTHON_REPR = "python_repr"
CUT_OFF_ANSWER = "cut_off_answer"

# Layouts of an answer.
LIST = "list"
WRAPPED = "wrapped_list"
LINES = "json_lines"
BARE_VALUE = "bare_value"

# --- What is known of an entry's fields ----------------------------------------------------------

ALWAYS = date(2023, 5, 4)  # the first list


@dataclass(frozen=True, slots=True)
class Field:
    """What is known of a field.

    Attributes:
        kind: Its JSON type; or `count`, an integer from 0, or `time`, a string that states one.
        feeds: The field of Entry that it is a source of; empty where there is none.
        left_out: Why it is not kept; empty where it is, or where only what is inside counts.
        since: Day of the first list in which it stands wherever it can; None where it may lack.
    """

    kind: str
    feeds: str = ""
    left_out: str = ""
    since: date | None = None


def _list_account_fields(path: str, feeds: dict[str, str]) -> dict[str, Field]:
    kinds = {
        "_id": "string",
        "avatarUrl": "string",
        "followerCount": "count",
        "fullname": "string",
        "id": "string",
        "isHf": "boolean",
        "isHfAdmin": "boolean",
        "isMod": "boolean",
        "isPro": "boolean",
        "isUserFollowing": "boolean",
        "name": "string",
        "type": "string",
        "user": "string",
    }
    return {
        f"{path}.{name}": Field(kind, feeds[name])
        if name in feeds
        else Field(kind, left_out="the account on the site, not the paper")
        for name, kind in kinds.items()
    }


def _list_organisation_fields(path: str) -> dict[str, Field]:
    return {
        path: Field("object"),
        f"{path}.fullname": Field("string", "organisation", since=ALWAYS),
        f"{path}.name": Field("string", "organisation", since=ALWAYS),
        f"{path}._id": Field("string", left_out="a key of the site's database"),
        f"{path}.avatar": Field("string", left_out="a picture of the organisation"),
    }


KNOWN_FIELDS = {
    "paper": Field("object", since=ALWAYS),
    "paper.id": Field("string", "arxiv_id", since=ALWAYS),
    "paper.title": Field("string", "title", since=ALWAYS),
    "paper.summary": Field("string", "abstract", since=ALWAYS),
    "paper.upvotes": Field("count", "upvotes", since=ALWAYS),
    "paper.publishedAt": Field("time", "published_on", since=ALWAYS),
    "paper.authors": Field("array", since=ALWAYS),
    "paper.authors[]": Field("object"),
    "paper.authors[].name": Field("string", "authors", since=ALWAYS),
    "paper.authors[]._id": Field("string", left_out="a key of the site's database", since=ALWAYS),
    "paper.authors[].hidden": Field(
        "boolean", left_out="a hidden author is an author all the same", since=ALWAYS
    ),
    "paper.authors[].status": Field("string", left_out="how an account was told to be the author"),
    "paper.authors[].statusLastChangedAt": Field("time", left_out="when that was last decided"),
    "paper.authors[].user": Field("object"),
    **_list_account_fields("paper.authors[].user", {}),
    "paper.discussionId": Field("string", "discussion_id", since=date(2024, 8, 1)),
    "paper.projectPage": Field("string", "project_page_url"),
    "paper.githubRepo": Field("string", "code_repository_url"),
    "paper.githubRepoAddedBy": Field("string", left_out="who named the repository, not which"),
    "paper.githubStars": Field("count", "github_star_count"),
    "paper.ai_keywords": Field("array"),
    "paper.ai_keywords[]": Field("string", "keywords"),
    "paper.ai_summary": Field("string", "ai_summary"),
    "paper.ai_summary_model": Field("string", left_out="which model wrote the summary"),
    "paper.mediaUrls": Field("array"),
    "paper.mediaUrls[]": Field("string", "media_urls"),
    "paper.withdrawnAt": Field("time", "withdrawn_on"),
    "paper.submittedOnDailyAt": Field("time", "page_on", since=date(2025, 3, 17)),
    "paper.submittedOnDailyBy": Field("object", since=date(2025, 3, 17)),
    **_list_account_fields(
        "paper.submittedOnDailyBy", {"name": "submitted_by", "user": "submitted_by"}
    ),
    **_list_organisation_fields("paper.organization"),
    "title": Field("string", "title", since=ALWAYS),
    "summary": Field("string", "abstract", since=date(2025, 3, 11)),
    "publishedAt": Field("time", "page_on", since=ALWAYS),
    "numComments": Field("count", "comment_count", since=ALWAYS),
    "isAuthorParticipating": Field("boolean", "is_author_participating", since=date(2024, 12, 19)),
    "mediaUrl": Field("string", "media_urls"),
    "mediaUrls": Field("array"),
    "mediaUrls[]": Field("string", "media_urls"),
    "thumbnail": Field("string", "thumbnail_url", since=date(2024, 6, 12)),
    "withdrawnAt": Field("time", "withdrawn_on"),
    "upvoted": Field("boolean", left_out="whether the visitor of the page voted"),
    "submittedBy": Field("object"),
    **_list_account_fields("submittedBy", {"name": "submitted_by"}),
    **_list_organisation_fields("organization"),
    **_list_organisation_fields("submitterOrganization"),
}

LEFT_OUT = {path: known.left_out for path, known in KNOWN_FIELDS.items() if known.left_out}

# --- Finding the elements ------------------------------------------------------------------------

_LIST_MEMBERS = ("dailyPapers", "data")
_LONGEST_BARE_VALUE = 4096  # bytes
_ELEMENTS_LOOKED_AT = 100  # to tell a list of entries from any other

_BARE_VALUE = re.compile(
    r"\s*+(?:null|true|false|-?\d[\d.eE+-]*+|\"(?:[^\"\\]|\\.)*+\")\s*+", re.DOTALL
)
# What can stand from where JSON stops making sense to the end, if that is because it was cut off.
_CUT_OFF_TAIL = re.compile(
    r"(?:t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-|\\?u?[0-9a-f]{0,4})\s*+", re.IGNORECASE
)
_DECODER = json.JSONDecoder(strict=False)  # archives hold raw newlines in strings
_LINE = re.compile(r"[^\n]++")
_SPACE = re.compile(r"[ \t\n\r]*+")


class Element(NamedTuple):
    """An element of an answer: its span, and its JSON value or the rule it broke."""

    start: int
    end: int
    value: object
    rule: str = ""
    reason: str = ""


@dataclass(slots=True)
class Answer:
    """An answer taken apart.

    Attributes:
        layout: How it is built.
        elements: Its elements in order; spans are offsets in its text.
        facts: What stands beside the list, in the object around it.
        is_cut_off: Whether it ends where more had to come.
    """

    layout: str
    elements: list[Element] = field(default_factory=list[Element])
    facts: dict[str, object] = field(default_factory=dict[str, object])
    is_cut_off: bool = False


@dataclass(slots=True)
class _Cursor:
    """A place in JSON text."""

    text: str
    place: int = 0

    def skip_space(self) -> str:
        """Moves to the next character that shows something; returns it, "" at the end."""
        match = _SPACE.match(self.text, self.place)
        self.place = match.end() if match else self.place
        return self.text[self.place : self.place + 1]

    def take(self, character: str) -> bool:
        """Moves behind a character if it comes next."""
        if self.skip_space() != character:
            return False
        self.place += 1
        return True

    def expect(self, character: str) -> None:
        if not self.take(character):
            raise json.JSONDecodeError(f"expected {character}", self.text, self.place)

    def decode(self) -> object:
        """Moves behind the value that comes next.

        Raises:
            ValueError: There is no JSON value here.
            RecursionError: It is nested too deeply.
        """
        self.skip_space()
        value, self.place = cast("tuple[object, int]", _DECODER.raw_decode(self.text, self.place))
        return value

    def walk_object(self) -> Iterator[str]:
        """Yields the keys of the object that comes next; the caller takes each value."""
        self.expect("{")
        if self.take("}"):
            return
        while True:
            key = self.decode()
            self.expect(":")
            self.skip_space()
            yield str(key)
            if self.take("}"):
                return
            self.expect(",")


def recognises(data: bytes) -> bool:
    """Tells whether a dump is an answer of the API, or one of its damaged forms.

    Other JSON is not: a list must hold an object with a paper, or the repr of one, among its first
    elements, or nothing at all.
    """
    beginning = decode_dump(data[:_LONGEST_BARE_VALUE])
    first = _read_characters(beginning).lstrip(" \t\r\n")[:1]
    if first not in {"[", "{"}:
        return len(data) <= _LONGEST_BARE_VALUE and _find_layout(_read_characters(beginning)) != ""
    return _find_layout(_read_characters(decode_dump(data))) != ""


def scan_answer(text: str) -> Answer | None:
    """Takes an answer apart, as far as it can be read; None where it is no answer.

    Args:
        text: JSON, whole or cut off.
    """
    layout = _find_layout(text)
    answer = Answer(layout)
    if layout == LINES and text.lstrip().partition("\n")[0].rstrip().endswith("}"):
        for line in _LINE.finditer(text):  # so that a broken line costs no other
            part = Answer(layout)
            _scan_values(_Cursor(line[0]), part)
            answer.is_cut_off = part.is_cut_off
            answer.elements += [
                e._replace(start=e.start + line.start(), end=e.end + line.start())
                for e in part.elements
            ]
    elif layout not in {"", BARE_VALUE}:
        _scan_values(_Cursor(text), answer)
    return answer if layout else None


def _read_characters(decoded: Decoded) -> str:
    return decoded.text[decoded.start :].decode("utf-8", "ignore")


def _find_layout(text: str) -> str:
    """How an answer is built; "" where the text is none."""
    cursor = _Cursor(text)
    first = cursor.skip_space()
    if first == "[":
        return LIST if _is_list_of_entries(cursor, may_be_empty=True) else ""
    if first != "{":
        short = len(text) <= _LONGEST_BARE_VALUE
        return BARE_VALUE if short and _BARE_VALUE.fullmatch(text) else ""
    keys: set[str] = set()
    try:
        for key in cursor.walk_object():
            keys.add(key)
            if key == "paper":
                return LINES if _is_paper(cursor) else ""
            if key in _LIST_MEMBERS and cursor.skip_space() == "[":
                is_ours = key == "dailyPapers" or bool(keys & {"date", "count"})
                return WRAPPED if _is_list_of_entries(cursor, may_be_empty=is_ours) else ""
            cursor.decode()
    except (ValueError, RecursionError):
        pass
    return ""


def _is_list_of_entries(cursor: _Cursor, *, may_be_empty: bool) -> bool:
    """Whether an entry is among the first elements of the list that comes next."""
    cursor.expect("[")
    if cursor.take("]"):
        return may_be_empty
    try:
        for _ in range(_ELEMENTS_LOOKED_AT):
            start = cursor.place
            if cursor.skip_space() == "{":
                for key in cursor.walk_object():
                    if key == "paper" and _is_paper(_Cursor(cursor.text, cursor.place)):
                        return True
                    cursor.decode()
            cursor.place = start
            value = cursor.decode()
            if isinstance(value, str) and _is_repr_of_entry(value):
                return True
            if not cursor.take(","):
                return False
    except (ValueError, RecursionError):
        pass
    return False


def _is_paper(cursor: _Cursor) -> bool:
    """Whether an object with a paper's fields comes next, as far as the text goes."""
    if cursor.skip_space() != "{":
        return False
    try:
        for key in cursor.walk_object():
            if key in {"id", "title", "summary"}:
                return True
            cursor.decode()
    except (ValueError, RecursionError) as error:
        return _is_cut_off(error)
    return False


def _scan_values(cursor: _Cursor, answer: Answer) -> None:
    """Takes all lists, objects around one, and entries up to the end of the text."""
    start = cursor.place
    try:
        while first := cursor.skip_space():
            start = cursor.place
            if first == "[":
                _scan_list(cursor, answer)
            elif not _scan_object(cursor, answer):
                cursor.place = start
                value = cursor.decode()
                answer.elements.append(Element(start, cursor.place, value))
            start = cursor.place
    except (ValueError, RecursionError) as error:
        _give_up(cursor.text, start, answer, error)


def _scan_object(cursor: _Cursor, answer: Answer) -> bool:
    """Takes an object around a list of entries; False where it is none."""
    is_around_list = False
    facts: dict[str, object] = {}
    for key in cursor.walk_object():
        if is_around_list or key not in {"paper", *_LIST_MEMBERS}:
            facts[key] = cursor.decode()
        elif key == "paper" or cursor.skip_space() != "[":
            return False
        else:
            is_around_list = True
            answer.facts = facts
            _scan_list(cursor, answer)
    return is_around_list


def _scan_list(cursor: _Cursor, answer: Answer) -> None:
    cursor.expect("[")
    if cursor.take("]"):
        return
    while True:
        cursor.skip_space()
        start = cursor.place
        value = cursor.decode()
        answer.elements.append(Element(start, cursor.place, value))
        if cursor.take("]"):
            return
        cursor.expect(",")


def _give_up(text: str, start: int, answer: Answer, error: Exception) -> None:
    """Makes one broken element of all that follows the last whole one."""
    answer.is_cut_off = _is_cut_off(error)
    rest = _Cursor(text, max(start, answer.elements[-1].end if answer.elements else 0))
    rest.take(",")
    if not rest.skip_space():
        return
    found = "values nested too deeply" if isinstance(error, RecursionError) else str(error)
    rule, reason = (
        (CUT_OFF_ANSWER, "the answer ends inside an entry")
        if answer.is_cut_off
        else ("damaged_answer", f"expected entries, found {found}")
    )
    answer.elements.append(Element(rest.place, len(text), None, rule, reason))


def _is_cut_off(error: Exception) -> bool:
    """Whether text stopped making sense only because it ended."""
    return isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated")
        or _CUT_OFF_TAIL.fullmatch(error.doc, error.pos) is not None
    )


class Locator:
    """Turns offsets of characters, asked for in ascending order, into offsets of the dump."""

    def __init__(self, decoded: Decoded, text: str, start: int):
        """Takes the text of a dump from an offset of ``decoded.text`` on."""
        self._decoded, self._text, self._utf8, self._character = decoded, text, start, 0

    def find(self, offset: int) -> int:
        """The offset in the dump of a character of the text, or of the end of the text."""
        self._utf8 += len(self._text[self._character : offset].encode())
        self._character = offset
        return self._decoded.find_source_offset(self._utf8)


# --- Reading the elements ------------------------------------------------------------------------

_LONGEST_REPR = 1 << 19  # characters; the longest entry seen has 30,000
_LONGEST_NAME = 300  # characters of an organisation's or a user's name
_MOST_DRIFT = 200  # rows a page; an entry that is another thing altogether has no end of new fields
_LONGEST_PATH = 100  # characters of a field that is new
_LAST_LISTING_MOMENT = date(2025, 3, 10)
_LONGEST_WEEKEND = timedelta(days=3)  # a list of Monday can hold what was listed on Friday night
_OUTER_IS_WRONG_BY = frozenset({timedelta(hours=4), timedelta(hours=5)})
_FIRST_YEAR, _LAST_YEAR = 1991, 2100  # arXiv opened in 1991
_SATURDAY = 5
_LARGEST_COUNT = 2**63 - 1

# What Python writes of a JSON value, and nothing else that it could read. The parser behind
# ast.literal_eval refuses brackets nested more than 200 deep.
_REPR = re.compile(
    r"""(?:
        [\s{}\[\]:,]
      | '(?:[^'\\\n]|\\(?:[\\'"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))*+'
      | "(?:[^"\\\n]|\\(?:[\\'"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))*+"
      | -?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?
      | (?:True|False|None)\b
    )*+""",
    re.VERBOSE,
)
_REPR_OF_ENTRY = re.compile(r"\s*+\{(?:.*?[\s,])??['\"]paper['\"]:\s*+\{", re.DOTALL)
_LIKE_NUMBER = re.compile(r"(?=.*\d)[\d.e+-]+", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.,]{2,20}(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


@dataclass(slots=True)
class Reading:
    """What the elements of a page come to; every element is in exactly one of the two lists."""

    entries: list[Entry] = field(default_factory=list[Entry])
    broken: list[BrokenEntry] = field(default_factory=list[BrokenEntry])
    drift: list[Drift] = field(default_factory=list[Drift])

    def find_page_on(self) -> tuple[date | None, str]:
        """The date of the page and its basis, where its entries agree on one."""
        found = {(e.page_on, e.page_on_basis) for e in self.entries if e.page_on}
        days = {day for day, _ in found}
        return min(found) if len(days) == 1 else (None, "unknown")


class PageDay(NamedTuple):
    """The date of a page for entries that do not tell it, and how it was told."""

    day: date | None
    basis: str


def parse_page(data: bytes, capture: Capture) -> Page:
    """Reads an answer of the API.

    Never fails: what cannot become an entry is a broken entry, with its rule.

    Args:
        data: The bytes of the dump.
        capture: What is known of it from outside; the day asked for dates entries of old answers.

    Returns:
        The answer as parsed.
    """
    decoded = decode_dump(data)
    text = _read_characters(decoded)
    answer = scan_answer(text) or Answer("unknown")
    if capture.asked_on is None:  # the date that an archive put around the list
        capture = Capture(
            capture.captured_on, read_day(answer.facts.get("date")), capture.observed_at
        )
    locator = Locator(decoded, text, decoded.start)
    reading = read_elements(
        [
            element._replace(start=locator.find(element.start), end=locator.find(element.end))
            for element in answer.elements
        ],
        capture,
    )
    page_on, basis = reading.find_page_on()
    if not answer.elements:
        page_on, basis = capture.asked_on, "asked_day" if capture.asked_on else "unknown"
        reading.broken.append(_reject(answer, len(data)))
    notes = [note for note in (decoded.note, CUT_OFF_ANSWER if answer.is_cut_off else "") if note]
    return Page(
        format=FORMAT.name,
        layout=answer.layout,
        encoding=decoded.encoding,
        encoding_note=", ".join(notes),
        page_on=page_on,
        page_on_basis=basis,
        entries=reading.entries,
        broken=reading.broken,
        drift=reading.drift,
    )


def _reject(answer: Answer, byte_count: int) -> BrokenEntry:
    if answer.layout == BARE_VALUE:
        return BrokenEntry(0, byte_count, "not_an_answer", "expected a list, found a bare value")
    if answer.is_cut_off:
        return BrokenEntry(0, byte_count, CUT_OFF_ANSWER, "the answer ends before its first entry")
    return BrokenEntry(0, byte_count, "no_entries", "the list is empty")


def read_elements(
    elements: Iterable[Element], capture: Capture, stated_on: date | None = None
) -> Reading:
    """Makes an entry or a broken entry of every element.

    Args:
        elements: Elements with the spans their entries are to have.
        capture: What is known of the dump from outside.
        stated_on: The date that the page states.

    Returns:
        Entries and broken entries in the order of the elements, and what was unexpected.
    """
    resolved = [_resolve_repr(element) for element in elements]
    records = [_as_object(element.value) for element, _ in resolved]
    page_day = _find_page_day(records, capture.asked_on, stated_on)
    reading = Reading()
    unexpected: Counter[tuple[str, str, str]] = Counter()
    for (element, repairs), record in zip(resolved, records, strict=True):
        entry = _read_entry(element, record, page_day, capture.observed_at, repairs)
        if isinstance(entry, Entry):
            reading.entries.append(entry)
        else:
            reading.broken.append(entry)
        if "paper" in record:
            found: set[tuple[str, str, str]] = set()
            page_on = entry.page_on if isinstance(entry, Entry) else None
            _compare(record, _KNOWN, page_on or page_day.day or ALWAYS, found)
            unexpected.update(found)
    reading.drift = [
        Drift(*what, count) for what, count in sorted(unexpected.items())[:_MOST_DRIFT]
    ]
    return reading


def _read_entry(
    element: Element,
    record: dict[str, object],
    page_day: PageDay,
    observed_at: datetime | None,
    repairs: tuple[str, ...],
) -> Entry | BrokenEntry:
    start, end = element.start, element.end
    paper = _as_object(record.get("paper"))
    if element.rule:
        return BrokenEntry(start, end, element.rule, element.reason)
    if not paper:
        found = _name_type(record.get("paper")) if record else _name_type(element.value)
        return BrokenEntry(start, end, "not_an_entry", f"expected a paper, found {found}")
    title = _first_text(paper.get("title"), record.get("title"))
    if title is None:
        return BrokenEntry(start, end, "no_title", "neither the paper nor the entry has a title")
    arxiv_id, damage = read_arxiv_id(paper.get("id"))
    if damage == "damaged_identifier":
        return BrokenEntry(start, end, damage, f"no arXiv id for sure: {paper.get('id')!r:.80}")
    published_on = read_day(paper.get("publishedAt"))
    submitted_on = read_day(paper.get("submittedOnDailyAt"))
    if submitted_on and page_day.basis != "stated":
        page_day = PageDay(submitted_on, "submitted_on_daily")
    return Entry(
        byte_start=start,
        byte_end=end,
        title=title,
        abstract=_first_text(paper.get("summary"), record.get("summary")),
        page_on=page_day.day,
        page_on_basis=page_day.basis,
        published_on=published_on,
        published_on_basis="paper" if published_on else "",
        arxiv_id=arxiv_id,
        authors=_read_authors(paper.get("authors")),
        organisation=_first_organisation(
            record.get("organization"),
            paper.get("organization"),
            record.get("submitterOrganization"),
        ),
        upvotes=_read_count(paper.get("upvotes")),
        comment_count=_read_count(record.get("numComments")),
        observed_at=observed_at,
        submitted_by=_read_submitter(paper, record),
        discussion_id=_first_text(paper.get("discussionId")),
        thumbnail_url=_first_text(record.get("thumbnail")),
        media_urls=_read_media_urls(paper, record),
        project_page_url=_first_text(paper.get("projectPage")),
        code_repository_url=_first_text(paper.get("githubRepo")),
        github_star_count=_read_count(paper.get("githubStars")),
        keywords=_read_texts(paper.get("ai_keywords")),
        ai_summary=_first_text(paper.get("ai_summary")),
        is_author_participating=_read_flag(record.get("isAuthorParticipating")),
        withdrawn_on=read_day(paper.get("withdrawnAt")) or read_day(record.get("withdrawnAt")),
        repairs=(*repairs, damage) if damage else repairs,
    )


def _read_submitter(paper: dict[str, object], record: dict[str, object]) -> str | None:
    account = _as_object(paper.get("submittedOnDailyBy"))
    older = _as_object(record.get("submittedBy"))
    return _first_name(account.get("name"), account.get("user"), older.get("name"))


def _read_media_urls(paper: dict[str, object], record: dict[str, object]) -> tuple[str, ...]:
    return (
        _read_texts(record.get("mediaUrls"))
        or _read_texts([record.get("mediaUrl")])
        or _read_texts(paper.get("mediaUrls"))
    )


def _find_page_day(
    records: list[dict[str, object]], asked_on: date | None, stated_on: date | None
) -> PageDay:
    """The date of the page, for entries that do not say when they were put on the list.

    Until 2025-03-10 the time outside the paper was the moment of listing, and the latest of them
    falls on the day of the list (they begin on the evening before). Answers since give the time of
    publication there, 4 or 5 hours off. There are no lists on Saturdays and Sundays: who asks for
    one can get the last list before it.
    """
    if stated_on:
        return PageDay(stated_on, "stated")
    asked = PageDay(asked_on, "asked_day") if asked_on else PageDay(None, "unknown")
    if asked_on and asked_on.weekday() < _SATURDAY:
        return asked
    times = [
        (outer, read_time(_as_object(record.get("paper")).get("publishedAt")))
        for record in records
        if (outer := read_time(record.get("publishedAt")))
    ]
    if not times or any(inner and inner - outer in _OUTER_IS_WRONG_BY for outer, inner in times):
        return asked
    days = [outer.date() for outer, _ in times]
    if max(days) > _LAST_LISTING_MOMENT or max(days) - min(days) > _LONGEST_WEEKEND:
        return asked
    return PageDay(max(days), "listing_moment")


def _is_repr_of_entry(text: str) -> bool:
    return _REPR_OF_ENTRY.match(text[:_LONGEST_REPR]) is not None


def _resolve_repr(element: Element) -> tuple[Element, tuple[str, ...]]:
    """Reads what Python wrote of an entry; returns the element, and the repairs made to it."""
    if not isinstance(element.value, str):
        return element, ()
    value: object = None
    if len(element.value) <= _LONGEST_REPR and _REPR.fullmatch(element.value):
        try:
            value = ast.literal_eval(element.value.strip())
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value = None
    if _as_object(_as_object(value).get("paper")):
        return element._replace(value=value), (PYTHON_REPR,)
    return element._replace(
        value=None, rule="damaged_answer", reason="expected an entry, found a string"
    ), ()


# --- Values, each None where its type is another -------------------------------------------------


def read_arxiv_id(value: object) -> tuple[str | None, str]:
    """Reads an id that should be arXiv's.

    Every id seen on the site is. Another kind of id would not be damage: the entry stays, without.

    Returns:
        The id, and a mark: "", `float_identifier` where it had lost digits to a float and they are
        certain, or `damaged_identifier` where they are not.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = repr(value) if is_number else value if isinstance(value, str) else ""
    known = parse_arxiv_id(text)
    if known:
        return known.canonical, ""
    repaired = repair_float_arxiv_id(text)
    if repaired:
        return repaired, FLOAT_IDENTIFIER
    return None, "damaged_identifier" if is_number or _LIKE_NUMBER.fullmatch(text.strip()) else ""


def read_time(value: object) -> datetime | None:
    """Reads a moment in UTC, with or without clock time; None for anything else."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


def read_day(value: object) -> date | None:
    """Reads the day of a moment, in UTC."""
    moment = read_time(value)
    return moment.date() if moment else None


def _as_object(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _read_text(value: object) -> str:
    """A string, without NULs and with half surrogate pairs replaced; "" for anything else."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value.replace("\0", "")
    whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")


def _first_text(*values: object) -> str | None:
    return next((text for value in values if (text := _read_text(value)).strip()), None)


def _first_name(*values: object) -> str | None:
    names = [_read_text(value) for value in values]
    return _first_text(*(name for name in names if len(name) <= _LONGEST_NAME))


def _first_organisation(*values: object) -> str | None:
    return _first_name(
        *(_as_object(value).get(key) for value in values for key in ("fullname", "name"))
    )


def _read_texts(value: object) -> tuple[str, ...]:
    return tuple(text for item in _as_list(value) if (text := _read_text(item)).strip())


def _read_authors(value: object) -> tuple[str, ...]:
    """Names in order; of a repeated name, which 1 in 200 papers has, the first."""
    names: dict[str, str] = {}
    for name in _read_texts([_as_object(author).get("name") for author in _as_list(value)]):
        names.setdefault(" ".join(name.split()), name)
    return tuple(names.values())


def _read_count(value: object) -> int | None:
    return value if isinstance(value, int) and _is_count(value) else None


def _read_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST_COUNT


# --- Drift ---------------------------------------------------------------------------------------

_TYPE_NAMES: dict[object, str] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
_IS_KIND: dict[str, Callable[[object], bool]] = {
    "object": lambda value: type(value) is dict,
    "array": lambda value: type(value) is list,
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "count": _is_count,
    "time": lambda value: read_time(value) is not None,
}


@dataclass(slots=True)
class _Node:
    """A field in the tree that KNOWN_FIELDS describes; the items of an array are its `[]`."""

    path: str
    known: Field
    fields: "dict[str, _Node]" = field(default_factory=dict[str, "_Node"])


def _grow_tree() -> _Node:
    root = _Node("", Field("object"))
    for path, known in KNOWN_FIELDS.items():
        *holders, name = path.replace("[]", ".[]").split(".")
        node = root
        for holder in holders:
            node = node.fields[holder]
        node.fields[name] = _Node(path, known)
    return root


_KNOWN = _grow_tree()


def _compare(value: object, node: _Node, page_on: date, found: set[tuple[str, str, str]]) -> None:
    """Adds what differs between a value and what is known of its field: (path, kind, type)."""
    if not _IS_KIND[node.known.kind](value):
        found.add((node.path, "retyped", _describe(value, node.known.kind)))
    elif node.known.kind == "array":
        for item in _as_list(value):
            _compare(item, node.fields["[]"], page_on, found)
    elif node.known.kind == "object":
        fields = _as_object(value)
        for name, child in node.fields.items():
            if name in fields:
                _compare(fields[name], child, page_on, found)
            elif child.known.since and child.known.since <= page_on:
                found.add((child.path, "vanished", ""))
        for name in fields.keys() - node.fields.keys():
            path = f"{node.path}.{name}" if node.path else name
            found.add((_read_text(path[:_LONGEST_PATH]), "new", _name_type(fields[name])))


def _describe(value: object, kind: str) -> str:
    if kind == "time" and isinstance(value, str):
        return "string that is no time"
    if kind == "count" and type(value) is int:
        return "integer out of range"
    return _name_type(value)


def _name_type(value: object) -> str:
    """The JSON type of a value, such as `string`."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


FORMAT = Format(
    name="daily_papers_api",
    parser_version=1,
    recognises=recognises,
    parse_page=parse_page,
    lists_days=True,
    repeats_pages=False,
    filled_columns=frozenset(
        {"abstract", "arxiv_id", "authors", "published_on", "upvotes", "comment_count"}
    ),
)
